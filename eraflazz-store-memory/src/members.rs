//! Members and their keys.

use std::sync::Arc;

use async_trait::async_trait;
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::Wallet;
use eraflazz_core::member::{ApiKey, Member};
use eraflazz_core::money::Money;
use eraflazz_core::ports::{ChangeError, Members};
use eraflazz_core::text::{KeyId, Slug};

use crate::MemoryStore;

#[async_trait]
impl Members for MemoryStore {
    async fn member(&self, id: MemberId) -> Result<Option<Arc<Member>>, Unavailable> {
        Ok(self.read().members.get(&id).cloned())
    }

    async fn member_by_code(&self, code: &Slug) -> Result<Option<Arc<Member>>, Unavailable> {
        let state = self.read();
        Ok(state
            .member_codes
            .get(code)
            .and_then(|id| state.members.get(id))
            .cloned())
    }

    async fn key(&self, id: &KeyId) -> Result<Option<(Arc<ApiKey>, Arc<Member>)>, Unavailable> {
        let state = self.read();
        let Some(key) = state.keys.get(id) else {
            return Ok(None);
        };
        Ok(state
            .members
            .get(&key.member)
            .map(|member| (key.clone(), member.clone())))
    }

    async fn members(&self) -> Result<Vec<Arc<Member>>, Unavailable> {
        let mut members: Vec<_> = self.read().members.values().cloned().collect();
        members.sort_unstable_by_key(|member| member.id);
        Ok(members)
    }

    async fn put_member(&self, member: Member) -> Result<(), ChangeError> {
        if member.credit_limit < Money::ZERO || member.credit_limit.bounded().is_err() {
            return Err(ChangeError::Member {
                field: "credit_limit",
                rule: "zero to 10^12 rupiah",
            });
        }
        let mut state = self.state()?;
        if state
            .member_codes
            .get(&member.code)
            .is_some_and(|holder| *holder != member.id)
        {
            return Err(ChangeError::Member {
                field: "code",
                rule: "belongs to another member",
            });
        }
        if let Some(upline) = member.upline
            && (upline == member.id || !state.members.contains_key(&upline))
        {
            return Err(ChangeError::Member {
                field: "upline",
                rule: "another member that exists",
            });
        }
        if state.snapshot.tier(member.tier).is_none() {
            return Err(ChangeError::Member {
                field: "tier",
                rule: "a tier of the catalog",
            });
        }
        let wallet = state
            .wallets
            .entry(member.id)
            .or_insert_with(|| Wallet::new(member.id, member.credit_limit));
        if wallet
            .available
            .checked_add(member.credit_limit)
            .is_none_or(|left| left < Money::ZERO)
        {
            return Err(ChangeError::Member {
                field: "credit_limit",
                rule: "at least what the wallet is below zero",
            });
        }
        wallet.credit_limit = member.credit_limit;
        let old = state
            .members
            .get(&member.id)
            .map(|known| known.code.clone());
        if let Some(old) = old.filter(|old| *old != member.code) {
            state.member_codes.remove(&old);
        }
        state.member_codes.insert(member.code.clone(), member.id);
        state.members.insert(member.id, Arc::new(member));
        Ok(())
    }

    async fn put_key(&self, key: ApiKey) -> Result<(), ChangeError> {
        let mut state = self.state()?;
        if !state.members.contains_key(&key.member) {
            return Err(ChangeError::Member {
                field: "key.member",
                rule: "a member that exists",
            });
        }
        key.admit(state.keys.values().map(|known| &**known))?;
        state.keys.insert(key.id.clone(), Arc::new(key));
        Ok(())
    }
}
