//! The rows that a batch touches, in memory while it is decided: the [`View`] of this store.
//!
//! Loaded once under their locks (`load`), decided on by [`apply`](fn@eraflazz_core::commit::apply), written once (`write`): however often a batch moves
//! a row, the database sees where it ended. Whatever [`Touch`] did not name was not loaded; asking for it is an error of this program, which is
//! noted instead of answered as if there were nothing, and the batch is given up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use eraflazz_core::catalog::{QuotaKey, QuotaUse};
use eraflazz_core::commit::{CaseWrite, GuardKey, Guarded, Nonce, OutboxRow, Touch, View};
use eraflazz_core::ids::{
    AttemptNo, GatewayId, InboxId, MemberId, OrderId, PaymentId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, EffectKey, Receipt, TransferRow, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, LogRow, Order};
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::text::{RefId, Sku, Target, TheirRef};
use eraflazz_core::webhook::EndpointState;

/// A row, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Slot<T> {
    pub(crate) value: T,
    pub(crate) fate: Fate,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// As it was read.
    Kept,
    /// It was there and is another now.
    Changed,
    /// It was not there.
    New,
}

impl<T> Slot<T> {
    pub(crate) const fn kept(value: T) -> Self {
        let fate = Fate::Kept;
        Self { value, fate }
    }

    fn write(&mut self, value: T) {
        self.value = value;
        if self.fate == Fate::Kept {
            self.fate = Fate::Changed;
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) touch: Touch,
    pub(crate) orders: BTreeMap<OrderId, Slot<Order>>,
    pub(crate) attempts: BTreeMap<(OrderId, AttemptNo), Slot<Attempt>>,
    pub(crate) refs: BTreeMap<(MemberId, RefId), OrderId>,
    pub(crate) trx_codes: BTreeSet<TrxCode>,
    pub(crate) guards: BTreeMap<Guarded, OrderId>,
    pub(crate) supplier_refs: BTreeMap<(SupplierId, SupplierRef), (OrderId, AttemptNo)>,
    pub(crate) their_refs: BTreeMap<(SupplierId, TheirRef), OrderId>,
    /// Ids that became known with this batch and must be nobody else's.
    pub(crate) linked: BTreeMap<(SupplierId, TheirRef), OrderId>,
    pub(crate) exclusive: BTreeMap<(SupplierId, Sku, Target), (OrderId, AttemptNo)>,
    pub(crate) wallets: BTreeMap<MemberId, Slot<Wallet>>,
    pub(crate) payments: BTreeMap<PaymentId, Slot<Payment>>,
    pub(crate) payment_codes: BTreeMap<PaymentCode, PaymentId>,
    pub(crate) payment_refs: BTreeMap<(GatewayId, TheirRef), PaymentId>,
    pub(crate) awaited: BTreeMap<(GatewayId, Money), PaymentId>,
    /// What suppliers owe us, under the lock of their disputes.
    pub(crate) disputes: BTreeMap<SupplierId, Money>,
    /// What is used of quotas, under their locks.
    pub(crate) quotas: BTreeMap<QuotaKey, Slot<QuotaUse>>,
    pub(crate) effects: BTreeMap<EffectKey, Receipt>,
    pub(crate) inbox: BTreeSet<InboxId>,
    pub(crate) nonces: BTreeSet<Nonce>,
    /// What must be told of an order; `None` once nothing is, any more.
    pub(crate) outbox: BTreeMap<OrderId, Slot<Option<OutboxRow>>>,
    pub(crate) endpoints: BTreeMap<MemberId, Slot<(u32, EndpointState)>>,
    /// What is only ever added or taken away, in order.
    pub(crate) news: News,
    freed: Freed,
    strayed: AtomicBool,
}

/// Keys that are let go of, of which each is somebody's alone, and who takes one of them again.
#[derive(Debug, Default)]
struct Freed {
    guards: BTreeSet<Guarded>,
    goods: BTreeSet<(SupplierId, Sku, Target)>,
    live: BTreeSet<OrderId>,
    amounts: BTreeSet<(GatewayId, Money)>,
    guard_is_taken: bool,
    amount_is_taken: bool,
    takers: BTreeSet<(OrderId, AttemptNo)>,
}

/// What a batch adds, takes away or counts, unread.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) log: Vec<LogRow>,
    pub(crate) transfers: Vec<TransferRow>,
    pub(crate) inbox_done: BTreeSet<InboxId>,
    pub(crate) inbox_tries: BTreeMap<InboxId, i32>,
    pub(crate) cases: Vec<CaseWrite>,
    pub(crate) nonces: Vec<Nonce>,
}

impl Rows {
    /// Nothing loaded yet.
    pub(crate) fn of(touch: Touch) -> Self {
        Self {
            touch,
            ..Self::default()
        }
    }

    /// Whether something was asked for that was never loaded.
    pub(crate) fn strayed(&self) -> bool {
        self.strayed.load(Ordering::Relaxed)
    }

    /// Whether a row takes a key that another one lets go of: then what lets go is written first.
    pub(crate) fn takes_what_it_frees(&self) -> bool {
        self.freed.guard_is_taken || self.freed.amount_is_taken || !self.freed.takers.is_empty()
    }

    /// Whether this attempt takes a key that another row lets go of.
    pub(crate) fn takes_what_was_freed(&self, attempt: &Attempt) -> bool {
        self.freed.takers.contains(&(attempt.order, attempt.no))
    }

    /// Whether a row was loaded, if there is one.
    fn knows<T: Ord>(&self, loaded: &BTreeSet<T>, key: &T) -> bool {
        let knows = loaded.contains(key);
        if !knows {
            self.strayed.store(true, Ordering::Relaxed);
        }
        knows
    }
}

impl View for Rows {
    fn order(&self, id: OrderId) -> Option<&Order> {
        self.knows(&self.touch.orders, &id);
        self.orders.get(&id).map(|slot| &slot.value)
    }

    fn by_ref(&self, member: MemberId, ref_id: &RefId) -> Option<OrderId> {
        let key = (member, ref_id.clone());
        self.knows(&self.touch.refs, &key);
        self.refs.get(&key).copied()
    }

    fn has_trx_code(&self, code: &TrxCode) -> bool {
        self.knows(&self.touch.trx_codes, code);
        self.trx_codes.contains(code)
    }

    fn by_guard(&self, key: &GuardKey<'_>) -> Option<OrderId> {
        let key = Guarded::from(key);
        self.knows(&self.touch.guards, &key);
        self.guards.get(&key).copied()
    }

    fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Option<(OrderId, AttemptNo)> {
        let key = (supplier, *supplier_ref);
        self.knows(&self.touch.supplier_refs, &key);
        self.supplier_refs.get(&key).copied()
    }

    fn by_their_ref(&self, supplier: SupplierId, their_ref: &TheirRef) -> Option<OrderId> {
        let key = (supplier, their_ref.clone());
        self.knows(&self.touch.their_refs, &key);
        self.their_refs.get(&key).copied()
    }

    fn attempt(&self, order: OrderId, no: AttemptNo) -> Option<&Attempt> {
        self.knows(&self.touch.orders, &order);
        self.attempts.get(&(order, no)).map(|slot| &slot.value)
    }

    fn live_attempt(&self, order: OrderId) -> Option<AttemptNo> {
        self.knows(&self.touch.orders, &order);
        let mut attempts = self.attempts_of(order);
        let live = attempts.find(|attempt| attempt.state.is_live());
        live.map(|attempt| attempt.no)
    }

    fn exclusive_attempt(
        &self,
        supplier: SupplierId,
        sku: &Sku,
        target: &Target,
    ) -> Option<(OrderId, AttemptNo)> {
        let goods = (supplier, sku.clone(), target.clone());
        self.knows(&self.touch.exclusive, &goods);
        self.exclusive.get(&goods).copied()
    }

    fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.knows(&self.touch.payments, &id);
        self.payments.get(&id).map(|slot| &slot.value)
    }

    fn payment_coded(&self, code: &PaymentCode) -> Option<PaymentId> {
        self.knows(&self.touch.payment_codes, code);
        self.payment_codes.get(code).copied()
    }

    fn payment_of(&self, gateway: GatewayId, theirs: &TheirRef) -> Option<PaymentId> {
        let key = (gateway, theirs.clone());
        self.knows(&self.touch.payment_refs, &key);
        self.payment_refs.get(&key).copied()
    }

    fn payment_awaiting(&self, bank: GatewayId, amount: Money) -> Option<PaymentId> {
        let key = (bank, amount);
        self.knows(&self.touch.awaited, &key);
        self.awaited.get(&key).copied()
    }

    fn wallet(&self, member: MemberId) -> Option<Wallet> {
        self.knows(&self.touch.wallets, &member);
        self.wallets.get(&member).map(|slot| slot.value)
    }

    fn in_dispute(&self, supplier: SupplierId) -> Money {
        self.knows(&self.touch.disputes, &supplier);
        let owed = self.disputes.get(&supplier);
        owed.copied().unwrap_or(Money::ZERO)
    }

    fn quota_used(&self, key: &QuotaKey) -> QuotaUse {
        self.knows(&self.touch.quotas, key);
        let used = self.quotas.get(key);
        used.map(|slot| slot.value).unwrap_or_default()
    }

    fn effect(&self, key: &EffectKey) -> Option<Receipt> {
        self.knows(&self.touch.subjects, &key.subject);
        self.effects.get(key).cloned()
    }

    fn has_effect(&self, key: &EffectKey) -> bool {
        self.knows(&self.touch.subjects, &key.subject);
        self.effects.contains_key(key)
    }

    fn has_inbox(&self, id: InboxId) -> bool {
        self.knows(&self.touch.inbox, &id);
        self.inbox.contains(&id)
    }

    fn has_nonce(&self, nonce: &Nonce) -> bool {
        self.knows(&self.touch.nonces, nonce);
        self.nonces.contains(nonce)
    }

    fn outbox(&self, order: OrderId) -> Option<OutboxRow> {
        self.knows(&self.touch.outbox, &order);
        self.outbox.get(&order).and_then(|slot| slot.value)
    }

    fn endpoint(&self, member: MemberId) -> Option<(u32, EndpointState)> {
        self.knows(&self.touch.endpoints, &member);
        self.endpoints.get(&member).map(|slot| slot.value)
    }

    fn put_order(&mut self, order: Order) {
        let guarded = Guarded::by(&order);
        let id = order.id;
        if let Some(slot) = self.orders.get_mut(&id) {
            let freed = Guarded::by(&slot.value).filter(|_| guarded.is_none());
            if let Some(freed) = freed {
                self.guards.remove(&freed);
                self.freed.guards.insert(freed);
            }
            slot.write(order);
            return;
        }
        self.refs.insert((order.member, order.ref_id.clone()), id);
        self.trx_codes.insert(order.trx_code);
        if let Some(guarded) = guarded {
            self.freed.guard_is_taken |= self.freed.guards.contains(&guarded);
            self.guards.insert(guarded, id);
        }
        let (value, fate) = (order, Fate::New);
        self.orders.insert(id, Slot { value, fate });
    }

    fn put_attempt(&mut self, attempt: Attempt) {
        let me = (attempt.order, attempt.no);
        let goods = (
            attempt.supplier,
            attempt.sku.clone(),
            attempt.target.clone(),
        );
        if attempt.is_exclusive() {
            if self.freed.goods.contains(&goods) {
                self.freed.takers.insert(me);
            }
            self.exclusive.insert(goods, me);
        } else if self.exclusive.get(&goods) == Some(&me) {
            self.exclusive.remove(&goods);
            self.freed.goods.insert(goods);
        }
        let was_live = self
            .attempt(me.0, me.1)
            .is_some_and(|old| old.state.is_live());
        match (was_live, attempt.state.is_live()) {
            (true, false) => drop(self.freed.live.insert(me.0)),
            (false, true) if self.freed.live.contains(&me.0) => {
                self.freed.takers.insert(me);
            }
            (true | false, true) | (false, false) => {}
        }
        self.link(&attempt);
        if let Some(slot) = self.attempts.get_mut(&me) {
            slot.write(attempt);
            return;
        }
        self.supplier_refs
            .insert((attempt.supplier, attempt.supplier_ref), me);
        let (value, fate) = (attempt, Fate::New);
        self.attempts.insert(me, Slot { value, fate });
    }

    fn put_payment(&mut self, payment: Payment) {
        let known = self.payments.get(&payment.id);
        let awaited = known.and_then(|slot| slot.value.awaits());
        let awaits = payment.awaits();
        if let Some(freed) = awaited.filter(|_| awaits.is_none()) {
            self.awaited.remove(&freed);
            self.freed.amounts.insert(freed);
        }
        if let Some(taken) = awaits.filter(|_| awaited.is_none()) {
            self.freed.amount_is_taken |= self.freed.amounts.contains(&taken);
            self.awaited.insert(taken, payment.id);
        }
        if let Some(theirs) = payment.theirs.clone() {
            self.payment_refs
                .insert((payment.gateway, theirs), payment.id);
        }
        if let Some(slot) = self.payments.get_mut(&payment.id) {
            slot.write(payment);
            return;
        }
        self.payment_codes.insert(payment.code, payment.id);
        let id = payment.id;
        let (value, fate) = (payment, Fate::New);
        self.payments.insert(id, Slot { value, fate });
    }

    fn put_log(&mut self, row: LogRow) {
        self.news.log.push(row);
    }

    fn put_transfers(&mut self, receipt: &Receipt) {
        for row in &receipt.rows {
            self.effects.entry(row.key).or_default().rows.push(*row);
            for (supplier, owed) in &mut self.disputes {
                let account = Account::Dispute(*supplier);
                let moved = match (row.debit == account, row.credit == account) {
                    (true, false) => owed.checked_add(row.amount),
                    (false, true) => owed.checked_sub(row.amount),
                    (true, true) | (false, false) => Some(*owed),
                };
                // What is beyond any count covers nothing.
                *owed = moved.unwrap_or(Money::ZERO);
            }
        }
        self.news.transfers.extend(&receipt.rows);
    }

    fn put_wallet(&mut self, wallet: Wallet) {
        if let Some(slot) = self.wallets.get_mut(&wallet.member) {
            slot.write(wallet);
        }
    }

    fn remove_inbox(&mut self, id: InboxId) {
        self.inbox.remove(&id);
        self.news.inbox_done.insert(id);
    }

    fn count_inbox_try(&mut self, id: InboxId) {
        *self.news.inbox_tries.entry(id).or_default() += 1;
    }

    fn put_case(&mut self, case: CaseWrite) {
        self.news.cases.push(case);
    }

    fn put_nonce(&mut self, nonce: Nonce) {
        self.nonces.insert(nonce.clone());
        self.news.nonces.push(nonce);
    }

    fn put_outbox(&mut self, row: OutboxRow) {
        self.write_outbox(row.order, Some(row));
    }

    fn remove_outbox(&mut self, order: OrderId) {
        self.write_outbox(order, None);
    }

    fn put_endpoint_state(&mut self, member: MemberId, state: EndpointState) {
        if let Some(slot) = self.endpoints.get_mut(&member) {
            let (version, _) = slot.value;
            slot.write((version, state));
        }
    }

    fn put_quota(&mut self, key: QuotaKey, used: QuotaUse) {
        let slot = self.quotas.entry(key);
        slot.or_insert(Slot::kept(used)).write(used);
    }
}

impl Rows {
    /// The attempts of an order, by number.
    pub(crate) fn attempts_of(&self, order: OrderId) -> impl Iterator<Item = &Attempt> {
        let all = (order, AttemptNo(0))..=(order, AttemptNo(u16::MAX));
        self.attempts.range(all).map(|(_, slot)| &slot.value)
    }

    /// Whose an id of the supplier's is from now on, where it must be nobody else's.
    fn link(&mut self, attempt: &Attempt) {
        let known = self.attempts.get(&(attempt.order, attempt.no));
        let is_new = known.is_none_or(|slot| slot.value.their_ref.is_none());
        let Some(theirs) = attempt.their_ref.clone().filter(|_| is_new) else {
            return;
        };
        let key = (attempt.supplier, theirs);
        if attempt.exclusive {
            self.linked.insert(key.clone(), attempt.order);
        }
        self.their_refs.entry(key).or_insert(attempt.order);
    }

    fn write_outbox(&mut self, order: OrderId, row: Option<OutboxRow>) {
        let slot = self.outbox.entry(order);
        slot.or_insert(Slot::kept(None)).write(row);
    }
}
