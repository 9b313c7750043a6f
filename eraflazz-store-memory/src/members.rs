//! Members, their keys, and the terms of their wallets.

use std::sync::Arc;

use async_trait::async_trait;
use eraflazz_core::catalog::Snapshot;
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::Wallet;
use eraflazz_core::member::{ApiKey, Member};
use eraflazz_core::money::Money;
use eraflazz_core::ports::{ChangeError, KnownKey, Members};
use eraflazz_core::text::{KeyId, Slug};
use eraflazz_core::webhook::{Endpoint, EndpointRow};
use tokio::sync::oneshot;

use crate::state::State;
use crate::store::MemoryStore;
use crate::writer::Ask;

#[async_trait]
impl Members for MemoryStore {
    async fn member(&self, id: MemberId) -> Result<Option<Arc<Member>>, Unavailable> {
        Ok(self.state()?.members.get(&id).cloned())
    }

    async fn member_by_code(&self, code: &Slug) -> Result<Option<Arc<Member>>, Unavailable> {
        let state = self.state()?;
        let id = state.by_code.get(code);
        Ok(id.and_then(|id| state.members.get(id)).cloned())
    }

    async fn key(&self, id: &KeyId) -> Result<Option<KnownKey>, Unavailable> {
        let state = self.state()?;
        Ok(state.keys.get(id).map(|key| {
            let member = key.holder.member();
            let member = member.and_then(|member| state.members.get(&member));
            (key.clone(), member.cloned())
        }))
    }

    async fn keys(&self) -> Result<Vec<Arc<ApiKey>>, Unavailable> {
        Ok(self.state()?.keys.values().cloned().collect())
    }

    async fn members(&self) -> Result<Vec<Arc<Member>>, Unavailable> {
        Ok(self.state()?.members.values().cloned().collect())
    }

    async fn put_member(
        &self,
        member: Member,
        over: Option<Arc<Member>>,
    ) -> Result<(), ChangeError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::Member(Box::new(member), over, reply), answer)
            .await?
    }

    async fn put_key(&self, key: ApiKey) -> Result<(), ChangeError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::Key(Box::new(key), reply), answer).await?
    }

    async fn endpoint(&self, member: MemberId) -> Result<Option<EndpointRow>, Unavailable> {
        Ok(self.state()?.endpoints.get(&member).cloned())
    }

    async fn put_endpoint(
        &self,
        endpoint: Endpoint,
        over: Option<Arc<Endpoint>>,
    ) -> Result<(), ChangeError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::Endpoint(Box::new(endpoint), over, reply), answer)
            .await?
    }

    async fn remove_endpoint(&self, member: MemberId) -> Result<(), ChangeError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::NoEndpoint(member, reply), answer).await?
    }
}

/// Whether the member is still what the change was made from.
pub(crate) fn over_member(
    state: &State,
    member: &Member,
    over: Option<&Member>,
) -> Result<(), ChangeError> {
    let there = state.members.get(&member.id);
    ChangeError::unless_overtaken(there.map(|there| &**there), over, member)
}

/// The same of an endpoint.
pub(crate) fn over_endpoint(
    state: &State,
    endpoint: &Endpoint,
    over: Option<&Endpoint>,
) -> Result<(), ChangeError> {
    let there = state.endpoints.get(&endpoint.member);
    ChangeError::unless_overtaken(there.map(|row| &*row.endpoint), over, endpoint)
}

/// Whether the member may be written as it is; the wallet that it has from then on.
pub(crate) fn check_member(
    state: &State,
    catalog: &Snapshot,
    member: &Member,
) -> Result<Wallet, ChangeError> {
    if state
        .by_code
        .get(&member.code)
        .is_some_and(|id| *id != member.id)
    {
        return Err(refused("code", "belongs to another member"));
    }
    if member
        .upline
        .is_some_and(|upline| upline == member.id || !state.members.contains_key(&upline))
    {
        return Err(refused("upline", "must be another member that exists"));
    }
    if catalog.tier(member.tier).is_none() {
        return Err(refused("tier", "must be a tier of the catalog"));
    }
    let limit = member.credit_limit;
    if limit < Money::ZERO || limit.bounded().is_err() {
        return Err(refused(
            "credit_limit",
            "zero or more, at most 10^12 rupiah",
        ));
    }
    let old = state.wallets.get(&member.id).copied();
    let mut wallet = old.unwrap_or_else(|| Wallet::new(member.id, limit));
    wallet.credit_limit = limit;
    if wallet
        .spendable()
        .is_none_or(|spendable| spendable < Money::ZERO)
    {
        return Err(refused(
            "credit_limit",
            "the member already uses more than that (INV-4)",
        ));
    }
    if old != Some(wallet) {
        wallet.version = wallet.version.wrapping_add(1);
    }
    Ok(wallet)
}

/// Whether the key may be written.
pub(crate) fn check_key(state: &State, key: &ApiKey) -> Result<(), ChangeError> {
    let member = key.holder.member();
    if member.is_some_and(|member| !state.members.contains_key(&member)) {
        return Err(refused("member", "there is no such member"));
    }
    Ok(key.admit(state.keys.values().map(|known| &**known))?)
}

/// Whether the endpoint may be written.
pub(crate) fn check_endpoint(state: &State, endpoint: &Endpoint) -> Result<(), ChangeError> {
    if !state.members.contains_key(&endpoint.member) {
        return Err(refused("member", "there is no such member"));
    }
    match endpoint.format.report() {
        None => Ok(()),
        Some(report) => report.check().map_err(|rule| refused("format", rule)),
    }
}

const fn refused(field: &'static str, rule: &'static str) -> ChangeError {
    ChangeError::Member { field, rule }
}
