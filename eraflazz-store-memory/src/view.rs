//! The state as a commit sees it.

use eraflazz_core::catalog::{QuotaKey, QuotaUse};
use eraflazz_core::commit::{CaseWrite, GuardKey, Nonce, OutboxRow, View};
use eraflazz_core::ids::{
    AttemptNo, GatewayId, InboxId, MemberId, OrderId, PaymentId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, EffectKey, Receipt, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, LogRow, Order};
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::text::{RefId, Sku, Target, TheirRef};
use eraflazz_core::webhook::EndpointState;

use crate::state::State;
use crate::store::money;

impl View for State {
    fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(&id).map(|slot| &slot.agg.order)
    }

    fn by_ref(&self, member: MemberId, ref_id: &RefId) -> Option<OrderId> {
        self.by_ref.get(&(member, ref_id.clone())).copied()
    }

    fn has_trx_code(&self, code: &TrxCode) -> bool {
        self.trx_codes.contains_key(code)
    }

    fn by_guard(&self, key: &GuardKey<'_>) -> Option<OrderId> {
        let row = (
            key.day,
            key.member,
            key.product,
            key.destination.clone(),
            key.counter,
        );
        self.guards.get(&row).copied()
    }

    fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Option<(OrderId, AttemptNo)> {
        self.by_supplier_ref
            .get(&(supplier, *supplier_ref))
            .copied()
    }

    fn by_their_ref(&self, supplier: SupplierId, their_ref: &TheirRef) -> Option<OrderId> {
        let key = (supplier, their_ref.clone());
        self.by_their_ref.get(&key).copied()
    }

    fn in_dispute(&self, supplier: SupplierId) -> Money {
        let account = Account::Dispute(supplier);
        let sum = self.houses.get(&account).copied().unwrap_or(0);
        // What is beyond any count covers nothing.
        money(sum).unwrap_or(Money::ZERO)
    }

    fn quota_used(&self, key: &QuotaKey) -> QuotaUse {
        self.quotas.get(key).copied().unwrap_or_default()
    }

    fn attempt(&self, order: OrderId, no: AttemptNo) -> Option<&Attempt> {
        self.orders.get(&order)?.agg.attempt(no)
    }

    fn live_attempt(&self, order: OrderId) -> Option<AttemptNo> {
        self.orders
            .get(&order)?
            .agg
            .live()
            .map(|attempt| attempt.no)
    }

    fn exclusive_attempt(
        &self,
        supplier: SupplierId,
        sku: &Sku,
        target: &Target,
    ) -> Option<(OrderId, AttemptNo)> {
        self.exclusive
            .get(&(supplier, sku.clone(), target.clone()))
            .copied()
    }

    fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.get(id)
    }

    fn payment_coded(&self, code: &PaymentCode) -> Option<PaymentId> {
        self.payments.coded(code)
    }

    fn payment_of(&self, gateway: GatewayId, theirs: &TheirRef) -> Option<PaymentId> {
        self.payments.of(gateway, theirs)
    }

    fn payment_awaiting(&self, bank: GatewayId, amount: Money) -> Option<PaymentId> {
        self.payments.awaiting(bank, amount)
    }

    fn wallet(&self, member: MemberId) -> Option<Wallet> {
        self.wallets.get(&member).copied()
    }

    fn effect(&self, key: &EffectKey) -> Option<Receipt> {
        self.receipt(key)
    }

    fn has_effect(&self, key: &EffectKey) -> bool {
        self.knows(key)
    }

    fn has_inbox(&self, id: InboxId) -> bool {
        self.inbox.contains_key(&id)
    }

    fn has_nonce(&self, nonce: &Nonce) -> bool {
        let sealed = self.sealed.as_ref();
        self.nonces.contains(nonce) || sealed.is_some_and(|sealed| sealed.nonces.contains(nonce))
    }

    fn outbox(&self, order: OrderId) -> Option<OutboxRow> {
        self.outbox.row(order)
    }

    fn endpoint(&self, member: MemberId) -> Option<(u32, EndpointState)> {
        let row = self.endpoints.get(&member)?;
        Some((row.version, row.state))
    }

    fn put_order(&mut self, order: Order) {
        self.write_order(order);
    }

    fn put_attempt(&mut self, attempt: Attempt) {
        self.write_attempt(attempt);
    }

    fn put_payment(&mut self, payment: Payment) {
        self.payments.put(payment);
    }

    fn put_log(&mut self, row: LogRow) {
        self.write_log(row);
    }

    fn put_transfers(&mut self, receipt: &Receipt) {
        self.write_transfers(receipt);
    }

    fn put_wallet(&mut self, wallet: Wallet) {
        self.wallets.insert(wallet.member, wallet);
    }

    fn remove_inbox(&mut self, id: InboxId) {
        self.drop_inbox(id);
    }

    fn count_inbox_try(&mut self, id: InboxId) {
        if let Some(row) = self.inbox.get_mut(&id) {
            row.tries = row.tries.saturating_add(1);
        }
    }

    fn put_case(&mut self, case: CaseWrite) {
        match case {
            CaseWrite::Open(case) => {
                self.cases.entry(case.key).or_insert(case);
            }
            CaseWrite::Extend { key, deadline } => {
                if let Some(case) = self.cases.get_mut(&key) {
                    case.deadline = deadline;
                }
            }
            CaseWrite::Close(key) => {
                self.cases.remove(&key);
            }
        }
    }

    fn put_nonce(&mut self, nonce: Nonce) {
        self.nonces.insert(nonce);
    }

    fn put_outbox(&mut self, row: OutboxRow) {
        self.outbox.put(row);
    }

    fn remove_outbox(&mut self, order: OrderId) {
        self.outbox.remove(order);
    }

    fn put_endpoint_state(&mut self, member: MemberId, state: EndpointState) {
        if let Some(row) = self.endpoints.get_mut(&member) {
            row.state = state;
        }
    }

    fn put_quota(&mut self, key: QuotaKey, used: QuotaUse) {
        self.write_quota(key, used);
    }
}

#[cfg(test)]
mod tests;
