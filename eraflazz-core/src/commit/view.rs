//! The rows that a commit reads and writes.

use super::changes::{CaseWrite, Nonce, OutboxRow};
use crate::catalog::{Destination, QuotaKey, QuotaUse};
use crate::ids::{
    AttemptNo, GatewayId, InboxId, MemberId, OrderId, PaymentId, ProductId, SupplierId,
    SupplierRef, TrxCode,
};
use crate::ledger::{EffectKey, Receipt, Wallet};
use crate::money::Money;
use crate::order::{Attempt, LogRow, Order};
use crate::payment::{Payment, PaymentCode};
use crate::text::{RefId, Sku, Target, TheirRef};
use crate::time::BusinessDay;
use crate::webhook::EndpointState;

/// The key of the duplicate-business guard (INV-19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardKey<'a> {
    /// The day in Jakarta.
    pub day: BusinessDay,
    /// Whose order.
    pub member: MemberId,
    /// What.
    pub product: ProductId,
    /// For whom.
    pub destination: &'a Destination,
    /// The how-manieth of the day.
    pub counter: u8,
}

/// The rows that [`apply`](fn@super::apply) reads and writes. A store gives it its own state, or copies of the rows that a batch touches; the
/// verdicts are the same (D7). Reads see what this view has written. `put_*` are called only for units whose checks all passed.
pub trait View {
    /// The order with this id.
    fn order(&self, id: OrderId) -> Option<&Order>;
    /// The order with this reference of the caller (INV-18).
    fn by_ref(&self, member: MemberId, ref_id: &RefId) -> Option<OrderId>;
    /// Whether an order has this code.
    fn has_trx_code(&self, code: &TrxCode) -> bool;
    /// The order that holds this guard (INV-19).
    fn by_guard(&self, key: &GuardKey<'_>) -> Option<OrderId>;
    /// The attempt with this reference at this supplier (INV-11).
    fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Option<(OrderId, AttemptNo)>;
    /// The order with an attempt that this supplier knows by this id: of several, the one that was known by it first.
    fn by_their_ref(&self, supplier: SupplierId, their_ref: &TheirRef) -> Option<OrderId>;
    /// The attempt with this number.
    fn attempt(&self, order: OrderId, no: AttemptNo) -> Option<&Attempt>;
    /// The live attempt of the order (INV-10).
    fn live_attempt(&self, order: OrderId) -> Option<AttemptNo>;
    /// The order with an exclusive live attempt at this supplier for these goods (INV-11).
    fn exclusive_attempt(
        &self,
        supplier: SupplierId,
        sku: &Sku,
        target: &Target,
    ) -> Option<(OrderId, AttemptNo)>;
    /// The deposit with this id.
    fn payment(&self, id: PaymentId) -> Option<&Payment>;
    /// The deposit with this code of ours.
    fn payment_coded(&self, code: &PaymentCode) -> Option<PaymentId>;
    /// The deposit that is this payment of the gateway's (INV-22).
    fn payment_of(&self, gateway: GatewayId, theirs: &TheirRef) -> Option<PaymentId>;
    /// The deposit that awaits exactly this amount on this account (INV-23).
    fn payment_awaiting(&self, bank: GatewayId, amount: Money) -> Option<PaymentId>;
    /// The wallet of the member.
    fn wallet(&self, member: MemberId) -> Option<Wallet>;
    /// What this supplier owes us for reversed deliveries. Whoever asks is alone with it until its batch has ended.
    fn in_dispute(&self, supplier: SupplierId) -> Money;
    /// What is used of this quota. Whoever asks is alone with it until its batch has ended.
    fn quota_used(&self, key: &QuotaKey) -> QuotaUse;
    /// What the effect with this key brought (INV-6).
    fn effect(&self, key: &EffectKey) -> Option<Receipt>;
    /// Whether the effect with this key happened.
    fn has_effect(&self, key: &EffectKey) -> bool;
    /// Whether the callback still waits in the inbox.
    fn has_inbox(&self, id: InboxId) -> bool;
    /// Whether the nonce was used.
    fn has_nonce(&self, nonce: &Nonce) -> bool;
    /// What waits or is parked of this order (INV-29).
    fn outbox(&self, order: OrderId) -> Option<OutboxRow>;
    /// The version and the state of the member's endpoint.
    fn endpoint(&self, member: MemberId) -> Option<(u32, EndpointState)>;

    /// Writes an order, new or replaced.
    fn put_order(&mut self, order: Order);
    /// Writes an attempt, new or replaced.
    fn put_attempt(&mut self, attempt: Attempt);
    /// Writes a deposit, new or replaced.
    fn put_payment(&mut self, payment: Payment);
    /// Appends a log row.
    fn put_log(&mut self, row: LogRow);
    /// Appends the rows of one or more journals.
    fn put_transfers(&mut self, receipt: &Receipt);
    /// Writes a wallet.
    fn put_wallet(&mut self, wallet: Wallet);
    /// Removes an applied callback from the inbox.
    fn remove_inbox(&mut self, id: InboxId);
    /// Counts a try of a callback that could not be read.
    fn count_inbox_try(&mut self, id: InboxId);
    /// Opens, extends or closes a case.
    fn put_case(&mut self, case: CaseWrite);
    /// Marks a nonce as used.
    fn put_nonce(&mut self, nonce: Nonce);
    /// Writes what a member must learn of an order, in place of what stood there.
    fn put_outbox(&mut self, row: OutboxRow);
    /// Removes what was to be learnt of an order.
    fn remove_outbox(&mut self, order: OrderId);
    /// Writes the state of the member's endpoint.
    fn put_endpoint_state(&mut self, member: MemberId, state: EndpointState);
    /// Writes what is used of a quota.
    fn put_quota(&mut self, key: QuotaKey, used: QuotaUse);
}
