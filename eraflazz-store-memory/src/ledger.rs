//! The books, read.

use async_trait::async_trait;
use eraflazz_core::commit::{Case, Unavailable};
use eraflazz_core::ids::{MemberId, OrderId, SubjectId};
use eraflazz_core::ledger::{Account, TransferRow, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, LogRow, Order};
use eraflazz_core::ports::{Ledger, OrderFilter, Page, TrialBalance};

use crate::store::{MemoryStore, money, trial_balance};

#[async_trait]
impl Ledger for MemoryStore {
    async fn wallet(&self, member: MemberId) -> Result<Option<Wallet>, Unavailable> {
        Ok(self.state()?.wallets.get(&member).copied())
    }

    async fn balance(&self, account: Account) -> Result<Money, Unavailable> {
        let state = self.state()?;
        let of_wallet = |member: MemberId, part: fn(&Wallet) -> Money| {
            state.wallets.get(&member).map_or(Money::ZERO, part)
        };
        match account {
            Account::Available(member) => Ok(of_wallet(member, |wallet| wallet.available)),
            Account::Held(member) => Ok(of_wallet(member, |wallet| wallet.held)),
            Account::Receivable(member) => Ok(of_wallet(member, |wallet| wallet.receivable)),
            Account::Prepaid(_)
            | Account::Dispute(_)
            | Account::Bank(_)
            | Account::Opening
            | Account::Revenue
            | Account::Cogs
            | Account::LossDelivery => money(state.houses.get(&account).copied().unwrap_or(0)),
        }
    }

    async fn mutations(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<TransferRow>, Unavailable> {
        let state = self.state()?;
        let places = state.mutations.get(&member).into_iter().flatten().rev();
        Ok(paged(places, page)
            .filter_map(|place| state.transfers.get(*place).copied())
            .collect())
    }

    async fn orders_of(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable> {
        let state = self.state()?;
        let ids = state.of_member.get(&member).into_iter().flatten().rev();
        let orders = ids
            .filter_map(|id| state.orders.get(id))
            .map(|agg| &agg.order)
            .filter(|order| fits(order, filter));
        Ok(paged(orders, page).cloned().collect())
    }

    async fn order(&self, id: OrderId) -> Result<Option<Aggregate>, Unavailable> {
        Ok(self.state()?.aggregate(id))
    }

    async fn log(&self, subject: SubjectId) -> Result<Vec<LogRow>, Unavailable> {
        Ok(self.state()?.log.get(&subject).cloned().unwrap_or_default())
    }

    async fn open_cases(&self, page: &Page) -> Result<Vec<Case>, Unavailable> {
        let state = self.state()?;
        let mut cases: Vec<&Case> = state.cases.values().collect();
        cases.sort_by_key(|case| (case.opened_at, case.key));
        Ok(paged(cases.into_iter(), page).cloned().collect())
    }

    async fn transfers(&self, skip: u64, limit: usize) -> Result<Vec<TransferRow>, Unavailable> {
        let state = self.state()?;
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Ok(state
            .transfers
            .iter()
            .skip(skip)
            .take(limit)
            .copied()
            .collect())
    }

    async fn wallets(&self) -> Result<Vec<Wallet>, Unavailable> {
        let mut wallets: Vec<Wallet> = self.state()?.wallets.values().copied().collect();
        wallets.sort_by_key(|wallet| wallet.member);
        Ok(wallets)
    }

    async fn trial_balance(
        &self,
        skip: u64,
        limit: usize,
    ) -> Result<Option<TrialBalance>, Unavailable> {
        let state = self.state()?;
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let rest = state.transfers.get(skip..).unwrap_or_default();
        if rest.len() > limit {
            return Ok(None);
        }
        let mut kept = trial_balance(&state)?;
        kept.rows = rest.to_vec();
        Ok(Some(kept))
    }
}

fn fits(order: &Order, filter: &OrderFilter) -> bool {
    filter.status.is_none_or(|status| order.status() == status)
        && filter.from.is_none_or(|from| order.created_at >= from)
        && filter.to.is_none_or(|to| order.created_at < to)
}

fn paged<T>(rows: impl Iterator<Item = T>, page: &Page) -> impl Iterator<Item = T> {
    rows.skip(page.skip).take(page.limit.min(Page::MAX))
}
