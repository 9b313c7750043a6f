//! The books as people read them.

use async_trait::async_trait;
use eraflazz_core::commit::{Case, Unavailable};
use eraflazz_core::ids::{MemberId, OrderId, SubjectId};
use eraflazz_core::ledger::{Account, TransferRow, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, LogRow, Order};
use eraflazz_core::ports::{Ledger, OrderFilter, Page};

use crate::MemoryStore;

fn keeps(filter: &OrderFilter, order: &Order) -> bool {
    filter.status.is_none_or(|status| order.status() == status)
        && filter.from.is_none_or(|from| order.created_at >= from)
        && filter.to.is_none_or(|to| order.created_at < to)
}

#[async_trait]
impl Ledger for MemoryStore {
    async fn wallet(&self, member: MemberId) -> Result<Option<Wallet>, Unavailable> {
        Ok(self.read().wallets.get(&member).copied())
    }

    async fn balance(&self, account: Account) -> Result<Money, Unavailable> {
        let state = self.read();
        let wallet = account
            .wallet()
            .and_then(|member| state.wallets.get(&member).copied());
        Ok(match (account, wallet) {
            (Account::Available(_), Some(wallet)) => wallet.available,
            (Account::Held(_), Some(wallet)) => wallet.held,
            (Account::Receivable(_), Some(wallet)) => wallet.receivable,
            _ => state.house.get(&account).copied().unwrap_or_default(),
        })
    }

    async fn mutations(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<TransferRow>, Unavailable> {
        let state = self.read();
        let places = state
            .mutations
            .get(&member)
            .map(Vec::as_slice)
            .unwrap_or_default();
        Ok(places
            .iter()
            .rev()
            .skip(page.skip)
            .take(page.limit)
            .filter_map(|place| state.transfers.get(*place).copied())
            .collect())
    }

    async fn orders_of(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable> {
        let state = self.read();
        let ids = state
            .of_member
            .get(&member)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let orders = ids
            .iter()
            .rev()
            .filter_map(|id| state.orders.get(id))
            .map(|row| &row.order);
        Ok(orders
            .filter(|order| keeps(filter, order))
            .skip(page.skip)
            .take(page.limit)
            .cloned()
            .collect())
    }

    async fn order(&self, id: OrderId) -> Result<Option<Aggregate>, Unavailable> {
        Ok(self.read().aggregate(id))
    }

    async fn log(&self, subject: SubjectId) -> Result<Vec<LogRow>, Unavailable> {
        Ok(self.read().log.get(&subject).cloned().unwrap_or_default())
    }

    async fn open_cases(&self, page: &Page) -> Result<Vec<Case>, Unavailable> {
        let state = self.read();
        let mut cases: Vec<&Case> = state.cases.values().collect();
        cases.sort_by_key(|case| (case.opened_at, case.key));
        Ok(cases
            .into_iter()
            .skip(page.skip)
            .take(page.limit)
            .cloned()
            .collect())
    }

    async fn transfers(&self, skip: u64, limit: usize) -> Result<Vec<TransferRow>, Unavailable> {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Ok(self
            .read()
            .transfers
            .iter()
            .skip(skip)
            .take(limit)
            .copied()
            .collect())
    }

    async fn wallets(&self) -> Result<Vec<Wallet>, Unavailable> {
        let mut wallets: Vec<_> = self.read().wallets.values().copied().collect();
        wallets.sort_unstable_by_key(|wallet| wallet.member);
        Ok(wallets)
    }
}
