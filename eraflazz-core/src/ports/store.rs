//! The record of orders: the only write on a money path.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::catalog::{Destination, QuotaKey, QuotaUse};
use crate::commit::{Changes, Unavailable, Verdict};
use crate::ids::{
    GatewayId, InboxId, InquiryId, MemberId, OrderId, PaymentId, ProductId, SupplierId, SupplierRef,
};
use crate::inquiry::Inquiry;
use crate::money::Money;
use crate::order::Aggregate;
use crate::payment::{Payment, PaymentCode};
use crate::supplier::{RawRequest, Sighting};
use crate::text::{RefId, Sn, TheirRef};
use crate::time::{BusinessDay, Timestamp};

/// How long after its end an inquiry is kept at least, so that whoever is late hears that it is over.
pub const INQUIRY_KEPT: Duration = Duration::from_hours(1);

/// Where orders, attempts, money and callbacks are kept. Every store gives the verdicts of [`commit::apply`](fn@crate::commit::apply) and passes the
/// conformance suite; nothing else is needed to plug in another one.
///
/// A call that fails is [`Unavailable`]; reads may simply be repeated, a commit as its `may_have_committed` says.
#[async_trait]
pub trait Store: Send + Sync {
    /// Commits each unit or refuses it, in order, each against what the accepted ones before it left; answers one verdict a unit.
    /// Returns only once the accepted units are as durable as this store makes them. Repeating a committed unit changes nothing: its keys
    /// answer `RefTaken`, `Stale` or `EffectDone`.
    async fn commit(&self, units: Vec<Changes>) -> Result<Vec<Verdict>, Unavailable>;

    /// The orders with these ids, each with its attempts, as of one moment each; `None` where there is none. Same order as asked.
    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<Option<Aggregate>>, Unavailable>;

    /// The order with this reference of the caller.
    async fn by_ref(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Aggregate>, Unavailable>;

    /// The order with an attempt under this reference at this supplier.
    async fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<Aggregate>, Unavailable>;

    /// The order with an attempt that this supplier knows by this id.
    async fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<Aggregate>, Unavailable>;

    /// For each of `serials`, in the order asked: orders with an attempt at that supplier that carries that serial number and was first sent at
    /// `since` or later, newest first, at most `limit`. A number is not unique: it is looked up, never relied on (E-12).
    async fn by_sn(
        &self,
        serials: &[(SupplierId, Sn)],
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Vec<OrderId>>, Unavailable>;

    /// Orders that have an attempt under way for these goods and this destination, at any supplier. At most `limit`.
    async fn in_flight_for(
        &self,
        product: ProductId,
        destination: &Destination,
        limit: usize,
    ) -> Result<Vec<OrderId>, Unavailable>;

    /// What is due at `now`: callbacks that wait in the inbox, oldest first, then orders by their `next_action_at`, longest overdue first, so that
    /// nothing is asked or sent that a callback has answered (C7). At most `limit`. Reading it changes nothing: what is not worked stays due.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable>;

    /// What is due at `now`, as [`Store::due`] has it, kept for the caller for a while: whoever takes meanwhile is given other work, so that many processes
    /// share what is due in place of racing for it. No lock and no claim: no version moves, no commit is refused for it (INV-27), and what is not
    /// worked is due again soon, an order after some seconds, a callback after a minute. A callback that is taken again counts a try: whoever took it before
    /// did not live to apply it (INV-28). A store that one process alone can open need not keep anything: it gives what [`Store::due`] gives.
    async fn take_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable>;

    /// How many orders are open, by state.
    async fn depth(&self) -> Result<Depth, Unavailable>;

    /// Stores an inquiry, durable when it returns. The same id again changes nothing, whatever it says: the first one stands. It is kept until its end at
    /// least; what is over for [`INQUIRY_KEPT`] may be forgotten.
    async fn put_inquiry(&self, inquiry: Inquiry) -> Result<(), Unavailable>;

    /// The inquiry with this id, if it is still known.
    async fn inquiry(&self, id: InquiryId) -> Result<Option<Inquiry>, Unavailable>;

    /// The deposit through a gateway with this id.
    async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, Unavailable>;

    /// The deposit with this code of ours.
    async fn payment_coded(&self, code: &PaymentCode) -> Result<Option<Payment>, Unavailable>;

    /// The deposit that is this payment of the gateway's (INV-22).
    async fn payment_of(
        &self,
        gateway: GatewayId,
        theirs: &TheirRef,
    ) -> Result<Option<Payment>, Unavailable>;

    /// The deposit that awaits exactly this amount on this account (INV-23).
    async fn payment_awaiting(
        &self,
        bank: GatewayId,
        amount: Money,
    ) -> Result<Option<Payment>, Unavailable>;

    /// Deposits that are to be looked at by `now`, longest overdue first, at most `limit`. Reading it changes nothing: what is not looked at stays due (INV-26).
    async fn due_payments(&self, now: Timestamp, limit: usize)
    -> Result<Vec<Payment>, Unavailable>;

    /// Stores a callback, durable when it returns. The same id again changes nothing.
    async fn put_inbox(&self, row: InboxRow) -> Result<(), Unavailable>;

    /// The callback with this id, if it still waits.
    async fn inbox(&self, id: InboxId) -> Result<Option<InboxRow>, Unavailable>;

    /// Marks a callback as an orphan (nobody's, as far as we know) or as quarantined. It stays, and is due no more; marked as waiting, it is due
    /// again. Repeating it changes nothing.
    async fn set_inbox_aside(&self, id: InboxId, state: InboxState) -> Result<(), Unavailable>;

    /// Orphans from this supplier that name this transaction of theirs, oldest first: what can be applied once an attempt is known by it (E-7).
    async fn orphans_naming(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Vec<InboxId>, Unavailable>;

    /// Callbacks that were set aside, orphans and quarantined ones, later than `after`, oldest first, at most `limit`: what people are shown, and of
    /// which orphans are matched again at start.
    async fn set_aside(
        &self,
        after: Option<InboxId>,
        limit: usize,
    ) -> Result<Vec<InboxRow>, Unavailable>;

    /// Whether anything is written at all. Fails once this store has given up writing until it is opened anew, while reads go on; a commit that was
    /// refused for its own sake, as one more order than there is room for, is nothing of that kind. Asked by whoever watches: quick, changes nothing.
    async fn takes_writes(&self) -> Result<(), Unavailable>;

    /// What each supplier still has of ours and how much of it live attempts may still cost. Read at start; the engine keeps it current from its own commits.
    async fn supplier_funds(&self) -> Result<Vec<SupplierFunds>, Unavailable>;

    /// What is used of the quotas of that day, by their keys; those that nothing was taken of may be left out. Read with the funds; what counts is what a commit says.
    async fn quotas_used(&self, day: BusinessDay)
    -> Result<Vec<(QuotaKey, QuotaUse)>, Unavailable>;
}

/// How many orders are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// HELD.
    pub held: u64,
    /// `IN_FLIGHT`.
    pub in_flight: u64,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Due {
    /// An order to look at.
    Order(OrderId),
    /// A callback to apply.
    Inbox(InboxId),
}

/// A callback, raw and durable, until the commit that applies it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRow {
    /// Its id.
    pub id: InboxId,
    /// From which supplier it claims to be.
    pub supplier: SupplierId,
    /// When it came.
    pub received_at: Timestamp,
    /// Whether a signature over the fields used was verified.
    pub signed: bool,
    /// What was read of it; `None` if reading it failed.
    pub sightings: Option<Vec<Sighting>>,
    /// The request as it came.
    pub request: RawRequest,
    /// How often applying it failed.
    pub tries: u16,
    /// Whether it still waits.
    pub state: InboxState,
}

impl InboxRow {
    /// The raw bytes as evidence.
    pub fn raw(&self) -> Bytes {
        self.request.body.clone()
    }
}

/// What became of a callback in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboxState {
    /// It waits to be applied.
    Waiting,
    /// Nobody's, as far as we know. Kept (C14).
    Orphan,
    /// It could not be read or applied three times. Kept, and before a person (INV-28).
    Quarantined,
}

/// The money at a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierFunds {
    /// Which.
    pub supplier: SupplierId,
    /// Balance of the prepaid account.
    pub prepaid: Money,
    /// Σ caps of attempts that may still be billed.
    pub exposure: Money,
}
