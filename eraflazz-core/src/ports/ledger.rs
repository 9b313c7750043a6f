//! The books as people read them.

use async_trait::async_trait;

use crate::commit::{Case, Unavailable};
use crate::ids::{
    Installation, MemberId, OrderId, PaymentId, SubjectId, SupplierId, SupplierRef, TrxCode,
};
use crate::ledger::{Account, TransferRow, Wallet};
use crate::money::Money;
use crate::order::{Aggregate, LogRow, Order, PublicStatus};
use crate::payment::{DepositStatus, Payment};
use crate::text::RefId;
use crate::time::Timestamp;

/// The books as people read them: balances, mutations, lists, recount. May lag behind the store; no decision rests on it. Reads only: money
/// is written inside a [`Store::commit`](super::Store::commit), by the rules of [`crate::ledger::rules`].
#[async_trait]
pub trait Ledger: Send + Sync {
    /// The wallet of a member; `None` for a stranger.
    async fn wallet(&self, member: MemberId) -> Result<Option<Wallet>, Unavailable>;

    /// The balance of any account, on its normal side.
    async fn balance(&self, account: Account) -> Result<Money, Unavailable>;

    /// The transfers that touched what the member can spend, newest first.
    async fn mutations(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<TransferRow>, Unavailable>;

    /// The order with this code; codes are unique.
    async fn by_trx_code(&self, code: &TrxCode) -> Result<Option<OrderId>, Unavailable>;

    /// The orders of a member, newest first.
    async fn orders_of(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable>;

    /// The deposits through gateways that fit, newest first.
    async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &Page,
    ) -> Result<Vec<Payment>, Unavailable>;

    /// One order with its attempts.
    async fn order(&self, id: OrderId) -> Result<Option<Aggregate>, Unavailable>;

    /// The log of an order or another subject, oldest first.
    async fn log(&self, subject: SubjectId) -> Result<Vec<LogRow>, Unavailable>;

    /// The newest reference that this installation has minted at this supplier, by its epoch and then by its time, of all orders ever; `None` without
    /// one. References of digits name no installation and do not count.
    async fn newest_ref(
        &self,
        supplier: SupplierId,
        installation: Installation,
    ) -> Result<Option<SupplierRef>, Unavailable>;

    /// Cases that are open, oldest first.
    async fn open_cases(&self, page: &Page) -> Result<Vec<Case>, Unavailable>;

    /// Every transfer, oldest first, for recounts: `limit` of them after the first `skip`.
    async fn transfers(&self, skip: u64, limit: usize) -> Result<Vec<TransferRow>, Unavailable>;

    /// Every wallet, for recounts.
    async fn wallets(&self) -> Result<Vec<Wallet>, Unavailable>;

    /// The transfers after the first `skip` and every balance, all of one moment; `None` if there are more than `limit` of them: read some by
    /// [`Ledger::transfers`] first. So a recount compares like with like however many orders go on meanwhile.
    async fn trial_balance(
        &self,
        skip: u64,
        limit: usize,
    ) -> Result<Option<TrialBalance>, Unavailable>;
}

/// The balances that the store keeps, all of one moment (neraca saldo).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrialBalance {
    /// The last transfers that they rest on, oldest first.
    pub rows: Vec<TransferRow>,
    /// Every wallet.
    pub wallets: Vec<Wallet>,
    /// Every house account that a transfer has touched, on its normal side.
    pub houses: Vec<(Account, Money)>,
}

/// A page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many at most, 1 to [`Page::MAX`].
    pub limit: usize,
    /// How many of the newest (or oldest) to leave out.
    pub skip: usize,
}

impl Page {
    /// The largest page.
    pub const MAX: usize = 200;

    /// The first `limit`, at most [`Self::MAX`].
    pub const fn first(limit: usize) -> Self {
        Self {
            limit: if limit > Self::MAX { Self::MAX } else { limit },
            skip: 0,
        }
    }
}

/// Which deposits through gateways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaymentFilter {
    /// Only this member's.
    pub member: Option<MemberId>,
    /// Only those that stand so.
    pub status: Option<DepositStatus>,
    /// Only what the list has after this [place](Payment::place): how pages are turned while deposits are asked for.
    pub listed_after: Option<(Timestamp, PaymentId)>,
}

impl PaymentFilter {
    /// All of one member's.
    pub fn of(member: MemberId) -> Self {
        Self {
            member: Some(member),
            ..Self::default()
        }
    }
}

/// Which orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only with this public status.
    pub status: Option<PublicStatus>,
    /// Only accepted at or after this.
    pub from: Option<Timestamp>,
    /// Only accepted before this.
    pub to: Option<Timestamp>,
    /// Only with this reference of the member.
    pub ref_id: Option<RefId>,
    /// Only for a destination that ends like this.
    pub destination_end: Option<String>,
    /// Only what the member's list has after this order, none after one that was never listed: how pages are turned while orders are accepted and
    /// change.
    pub listed_after: Option<OrderId>,
}

impl OrderFilter {
    /// Whether every order fits.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this order fits, as it is now, wherever it is in the list.
    pub fn fits(&self, order: &Order) -> bool {
        let Self {
            status,
            from,
            to,
            ref_id,
            destination_end,
            listed_after: _,
        } = self;
        status.is_none_or(|status| order.status() == status)
            && from.is_none_or(|from| order.created_at >= from)
            && to.is_none_or(|to| order.created_at < to)
            && ref_id.as_ref().is_none_or(|ref_id| order.ref_id == *ref_id)
            && destination_end
                .as_ref()
                .is_none_or(|end| order.destination.as_str().ends_with(end))
    }
}
