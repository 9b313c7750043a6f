//! The rows of one order in memory, written by the commit rule, and an independent recount of its money.

use std::collections::{BTreeMap, BTreeSet};

use eraflazz_core::catalog::{QuotaKey, QuotaUse};
use eraflazz_core::commit::{CaseKey, CaseKind, CaseWrite, GuardKey, Nonce, OutboxRow, View};
use eraflazz_core::ids::{
    AttemptNo, InboxId, MemberId, OrderId, ProductId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ids::{GatewayId, PaymentId};
use eraflazz_core::ledger::{Account, EffectKey, Receipt, TransferRow, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, LogRow, Order};
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::text::{RefId, Sku, Target, TheirRef};
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::EndpointState;

#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) order: Option<Order>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) wallet: Option<Wallet>,
    pub(crate) transfers: Vec<TransferRow>,
    pub(crate) log: Vec<LogRow>,
    pub(crate) cases: BTreeMap<CaseKey, (CaseKind, Timestamp)>,
    pub(crate) opened: Vec<CaseKind>,
    pub(crate) inbox: BTreeSet<InboxId>,
    /// The supplier's ids of attempts of another order.
    pub(crate) taken: Vec<TheirRef>,
    pub(crate) quotas: BTreeMap<QuotaKey, QuotaUse>,
}

impl Rows {
    /// The balance of an account on its debit side, from the transfers alone.
    pub(crate) fn debit_balance(&self, account: Account) -> i64 {
        let signed = |row: &TransferRow| {
            let amount = row.amount.hundredths();
            i64::from(row.debit == account) * amount - i64::from(row.credit == account) * amount
        };
        self.transfers.iter().map(signed).sum()
    }

    /// What the suppliers' prepaid accounts paid for this order, all together.
    pub(crate) fn billed(&self) -> i64 {
        -(0..4)
            .map(|id| self.debit_balance(Account::Prepaid(SupplierId(id))))
            .sum::<i64>()
    }

    pub(crate) fn disputed_with_suppliers(&self) -> i64 {
        (0..4)
            .map(|id| self.debit_balance(Account::Dispute(SupplierId(id))))
            .sum()
    }
}

impl View for Rows {
    fn order(&self, id: OrderId) -> Option<&Order> {
        self.order.as_ref().filter(|order| order.id == id)
    }

    fn by_ref(&self, member: MemberId, ref_id: &RefId) -> Option<OrderId> {
        let order = self.order.as_ref()?;
        (order.member == member && order.ref_id == *ref_id).then_some(order.id)
    }

    fn has_trx_code(&self, code: &TrxCode) -> bool {
        self.order
            .as_ref()
            .is_some_and(|order| order.trx_code == *code)
    }

    fn by_guard(&self, _: &GuardKey<'_>) -> Option<OrderId> {
        None
    }

    fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        named: &SupplierRef,
    ) -> Option<(OrderId, AttemptNo)> {
        self.attempts
            .iter()
            .find(|attempt| attempt.supplier == supplier && attempt.supplier_ref == *named)
            .map(|attempt| (attempt.order, attempt.no))
    }

    fn by_their_ref(&self, supplier: SupplierId, named: &TheirRef) -> Option<OrderId> {
        if self.taken.contains(named) {
            return Some(OrderId(uuid::Uuid::from_u128(99)));
        }
        self.attempts
            .iter()
            .find(|attempt| {
                attempt.supplier == supplier && attempt.their_ref.as_ref() == Some(named)
            })
            .map(|attempt| attempt.order)
    }

    fn in_dispute(&self, supplier: SupplierId) -> Money {
        Money::from_hundredths(self.debit_balance(Account::Dispute(supplier)))
    }

    fn attempt(&self, _: OrderId, no: AttemptNo) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.no == no)
    }

    fn live_attempt(&self, _: OrderId) -> Option<AttemptNo> {
        self.attempts
            .iter()
            .find(|attempt| attempt.state.is_live())
            .map(|attempt| attempt.no)
    }

    fn exclusive_attempt(
        &self,
        _: SupplierId,
        _: &Sku,
        _: &Target,
    ) -> Option<(OrderId, AttemptNo)> {
        None
    }

    fn payment(&self, _: PaymentId) -> Option<&Payment> {
        None
    }

    fn payment_coded(&self, _: &PaymentCode) -> Option<PaymentId> {
        None
    }

    fn payment_of(&self, _: GatewayId, _: &TheirRef) -> Option<PaymentId> {
        None
    }

    fn payment_awaiting(&self, _: GatewayId, _: Money) -> Option<PaymentId> {
        None
    }

    fn wallet(&self, member: MemberId) -> Option<Wallet> {
        self.wallet.filter(|wallet| wallet.member == member)
    }

    fn effect(&self, key: &EffectKey) -> Option<Receipt> {
        let rows: Vec<TransferRow> = self
            .transfers
            .iter()
            .filter(|row| row.key == *key)
            .copied()
            .collect();
        (!rows.is_empty()).then_some(Receipt { rows })
    }

    fn has_effect(&self, key: &EffectKey) -> bool {
        self.transfers.iter().any(|row| row.key == *key)
    }

    fn has_inbox(&self, id: InboxId) -> bool {
        self.inbox.contains(&id)
    }

    fn has_nonce(&self, _: &Nonce) -> bool {
        false
    }

    fn put_order(&mut self, order: Order) {
        self.order = Some(order);
    }

    fn put_attempt(&mut self, attempt: Attempt) {
        match self
            .attempts
            .iter_mut()
            .find(|known| known.no == attempt.no)
        {
            Some(known) => *known = attempt,
            None => self.attempts.push(attempt),
        }
    }

    fn put_payment(&mut self, _: Payment) {}

    fn put_log(&mut self, row: LogRow) {
        self.log.push(row);
    }

    fn put_transfers(&mut self, receipt: &Receipt) {
        self.transfers.extend(&receipt.rows);
    }

    fn put_wallet(&mut self, wallet: Wallet) {
        self.wallet = Some(wallet);
    }

    fn remove_inbox(&mut self, id: InboxId) {
        self.inbox.remove(&id);
    }

    fn count_inbox_try(&mut self, _: InboxId) {}

    fn put_case(&mut self, case: CaseWrite) {
        match case {
            CaseWrite::Open(case) => {
                self.opened.push(case.key.kind);
                self.cases
                    .entry(case.key)
                    .or_insert((case.key.kind, case.deadline));
            }
            CaseWrite::Extend { key, deadline } => self.cases.get_mut(&key).unwrap().1 = deadline,
            CaseWrite::Close(key) => {
                self.cases.remove(&key);
            }
        }
    }

    fn put_nonce(&mut self, _: Nonce) {}

    fn outbox(&self, _: OrderId) -> Option<OutboxRow> {
        None
    }

    fn endpoint(&self, _: MemberId) -> Option<(u32, EndpointState)> {
        None
    }

    fn put_outbox(&mut self, _: OutboxRow) {}

    fn remove_outbox(&mut self, _: OrderId) {}

    fn put_endpoint_state(&mut self, _: MemberId, _: EndpointState) {}

    fn quota_used(&self, key: &QuotaKey) -> QuotaUse {
        self.quotas.get(key).copied().unwrap_or_default()
    }

    fn put_quota(&mut self, key: QuotaKey, used: QuotaUse) {
        self.quotas.insert(key, used);
    }
}

/// Whole rupiah as hundredths.
pub(crate) const fn rp(rupiah: i64) -> i64 {
    rupiah * 100
}

pub(crate) fn money(rupiah: i64) -> Money {
    Money::rupiah(rupiah).unwrap()
}

pub(crate) fn product() -> ProductId {
    ProductId(7)
}
