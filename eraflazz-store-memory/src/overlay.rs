//! A batch as it would leave the state, before it is on disk.
//!
//! [`Overlay`] is a [`View`] over a state that it only reads: what a batch writes stays in [`Writes`], with just enough indexes beside it that
//! the next unit of the batch sees it. Once the batch is durable, [`Writes::publish`] plays it into the state through the very functions that a
//! store without a journal writes with. Until then nobody else sees any of it, and a batch whose flush failed is simply dropped.

use std::collections::BTreeMap;
use std::ops::Range;

use eraflazz_core::catalog::{QuotaKey, QuotaUse};
use eraflazz_core::commit::{CaseWrite, GuardKey, Nonce, OutboxRow, View};
use eraflazz_core::ids::{
    AttemptNo, GatewayId, InboxId, MemberId, OrderId, PaymentId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::{Account, EffectKey, Receipt, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, LogRow, Order};
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::ports::{InboxRow, InboxState};
use eraflazz_core::text::{RefId, Sku, Target, TheirRef};
use eraflazz_core::webhook::EndpointState;

use crate::state::{GuardRow, Map, Set, State, live_guard};
use crate::store::money;

/// What a batch writes, kind by kind, each in the order in which it was written. Kinds do not depend on each other's order, except that an attempt
/// needs its order: orders are played first.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    orders: Vec<Order>,
    attempts: Vec<Attempt>,
    log: Vec<LogRow>,
    transfers: Receipt,
    wallets: Vec<Wallet>,
    inbox: Vec<InboxWrite>,
    inquiries: Vec<Inquiry>,
    payments: Vec<Payment>,
    cases: Vec<CaseWrite>,
    nonces: Vec<Nonce>,
    outbox: Vec<OutboxWrite>,
    endpoint_states: Vec<(MemberId, EndpointState)>,
    quotas: BTreeMap<QuotaKey, QuotaUse>,
}

/// What happens to the outbox.
#[derive(Debug)]
enum OutboxWrite {
    Put(OutboxRow),
    Remove(OrderId),
}

/// What happens to the inbox.
#[derive(Debug)]
enum InboxWrite {
    Put(Box<InboxRow>),
    Aside(InboxId, InboxState),
    Try(InboxId),
    Remove(InboxId),
}

impl Writes {
    /// Plays everything into the state.
    pub(crate) fn publish(self, state: &mut State) {
        for order in self.orders {
            state.put_order(order);
        }
        for attempt in self.attempts {
            state.put_attempt(attempt);
        }
        for row in self.log {
            state.put_log(row);
        }
        state.put_transfers(&self.transfers);
        for wallet in self.wallets {
            state.put_wallet(wallet);
        }
        for write in self.inbox {
            match write {
                InboxWrite::Put(row) => state.write_inbox(*row),
                InboxWrite::Aside(id, to) => state.set_inbox_aside(id, to),
                InboxWrite::Try(id) => state.count_inbox_try(id),
                InboxWrite::Remove(id) => state.remove_inbox(id),
            }
        }
        for inquiry in self.inquiries {
            state.inquiries.put(inquiry);
        }
        for payment in self.payments {
            state.put_payment(payment);
        }
        for case in self.cases {
            state.put_case(case);
        }
        for nonce in self.nonces {
            state.put_nonce(nonce);
        }
        for write in self.outbox {
            match write {
                OutboxWrite::Put(row) => state.put_outbox(row),
                OutboxWrite::Remove(order) => state.remove_outbox(order),
            }
        }
        for (member, endpoint) in self.endpoint_states {
            state.put_endpoint_state(member, endpoint);
        }
        for (key, used) in self.quotas {
            state.put_quota(key, used);
        }
    }
}

/// A state and what a batch writes over it. Places are indexes into [`Writes`].
#[derive(Debug)]
pub(crate) struct Overlay<'a> {
    base: &'a State,
    writes: Writes,
    orders: Map<OrderId, usize>,
    /// How many of the orders are new.
    born: usize,
    by_ref: Map<(MemberId, RefId), OrderId>,
    trx_codes: Set<TrxCode>,
    guards: Map<GuardRow, OrderId>,
    /// The attempts written of each order, every version of them.
    attempts: Map<OrderId, Vec<usize>>,
    by_supplier_ref: Map<(SupplierId, SupplierRef), (OrderId, AttemptNo)>,
    by_their_ref: Map<(SupplierId, TheirRef), OrderId>,
    exclusive: Map<(SupplierId, Sku, Target), (OrderId, AttemptNo)>,
    effects: Map<EffectKey, Range<usize>>,
    wallets: Map<MemberId, usize>,
    payments: Map<PaymentId, usize>,
    payment_codes: Map<PaymentCode, PaymentId>,
    payment_refs: Map<(GatewayId, TheirRef), PaymentId>,
    awaited: Map<(GatewayId, Money), PaymentId>,
    /// Callbacks that came or went, and whether they are there now.
    inbox: Map<InboxId, bool>,
    nonces: Set<Nonce>,
    /// What must be learnt of an order now, if anything.
    outbox: Map<OrderId, Option<OutboxRow>>,
    endpoint_states: Map<MemberId, EndpointState>,
}

impl<'a> Overlay<'a> {
    /// Nothing written yet.
    pub(crate) fn over(base: &'a State) -> Self {
        Self {
            base,
            writes: Writes::default(),
            orders: Map::default(),
            born: 0,
            by_ref: Map::default(),
            trx_codes: Set::default(),
            guards: Map::default(),
            attempts: Map::default(),
            by_supplier_ref: Map::default(),
            by_their_ref: Map::default(),
            exclusive: Map::default(),
            effects: Map::default(),
            wallets: Map::default(),
            payments: Map::default(),
            payment_codes: Map::default(),
            payment_refs: Map::default(),
            awaited: Map::default(),
            inbox: Map::default(),
            nonces: Set::default(),
            outbox: Map::default(),
            endpoint_states: Map::default(),
        }
    }

    /// What was written, for after the flush.
    pub(crate) fn into_writes(self) -> Writes {
        self.writes
    }

    /// How many orders there are.
    pub(crate) fn order_count(&self) -> usize {
        self.base.orders.len() + self.born
    }

    /// Stores a callback that is not there yet.
    pub(crate) fn put_inbox(&mut self, row: InboxRow) {
        self.inbox.insert(row.id, true);
        self.writes.inbox.push(InboxWrite::Put(Box::new(row)));
    }

    /// Stores an inquiry; one that is there stays.
    pub(crate) fn put_inquiry(&mut self, inquiry: Inquiry) {
        self.writes.inquiries.push(inquiry);
    }

    /// Sets a callback aside.
    pub(crate) fn set_inbox_aside(&mut self, id: InboxId, to: InboxState) {
        self.writes.inbox.push(InboxWrite::Aside(id, to));
    }

    /// The newest version of each attempt of the order that was written.
    fn written(&self, order: OrderId) -> impl Iterator<Item = &Attempt> {
        let places = self.attempts.get(&order).map_or(&[][..], Vec::as_slice);
        let attempts = places
            .iter()
            .filter_map(|place| self.writes.attempts.get(*place));
        attempts.enumerate().filter_map(|(n, attempt)| {
            let newer = places
                .iter()
                .skip(n + 1)
                .filter_map(|place| self.writes.attempts.get(*place));
            let is_newest = newer.clone().all(|later| later.no != attempt.no);
            is_newest.then_some(attempt)
        })
    }
}

impl View for Overlay<'_> {
    fn order(&self, id: OrderId) -> Option<&Order> {
        match self.orders.get(&id) {
            Some(place) => self.writes.orders.get(*place),
            None => self.base.order(id),
        }
    }

    fn by_ref(&self, member: MemberId, ref_id: &RefId) -> Option<OrderId> {
        let key = (member, ref_id.clone());
        let found = self.by_ref.get(&key).or_else(|| self.base.by_ref.get(&key));
        found.copied()
    }

    fn has_trx_code(&self, code: &TrxCode) -> bool {
        self.trx_codes.contains(code) || self.base.has_trx_code(code)
    }

    fn by_guard(&self, key: &GuardKey<'_>) -> Option<OrderId> {
        let row = (
            key.day,
            key.member,
            key.product,
            key.destination.clone(),
            key.counter,
        );
        let holder = self.guards.get(&row).or_else(|| self.base.guards.get(&row));
        // An order of this batch may have let go of it.
        holder
            .copied()
            .filter(|id| self.order(*id).and_then(live_guard).as_ref() == Some(&row))
    }

    fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Option<(OrderId, AttemptNo)> {
        self.by_supplier_ref
            .get(&(supplier, *supplier_ref))
            .copied()
            .or_else(|| self.base.by_supplier_ref(supplier, supplier_ref))
    }

    fn by_their_ref(&self, supplier: SupplierId, their_ref: &TheirRef) -> Option<OrderId> {
        let key = (supplier, their_ref.clone());
        let written = self.by_their_ref.get(&key).copied();
        // Who was known by it first keeps it.
        self.base.by_their_ref(supplier, their_ref).or(written)
    }

    fn attempt(&self, order: OrderId, no: AttemptNo) -> Option<&Attempt> {
        self.written(order)
            .find(|attempt| attempt.no == no)
            .or_else(|| self.base.attempt(order, no))
    }

    fn live_attempt(&self, order: OrderId) -> Option<AttemptNo> {
        let before = self.base.orders.get(&order);
        let untouched = before
            .iter()
            .flat_map(|slot| &slot.agg.attempts)
            .filter(|attempt| self.written(order).all(|written| written.no != attempt.no));
        let mut live = untouched
            .chain(self.written(order))
            .filter(|attempt| attempt.state.is_live());
        live.next().map(|attempt| attempt.no)
    }

    fn exclusive_attempt(
        &self,
        supplier: SupplierId,
        sku: &Sku,
        target: &Target,
    ) -> Option<(OrderId, AttemptNo)> {
        let goods = (supplier, sku.clone(), target.clone());
        let holder = self
            .exclusive
            .get(&goods)
            .or_else(|| self.base.exclusive.get(&goods));
        // An attempt of this batch may have let go of them.
        holder
            .copied()
            .filter(|(order, no)| self.attempt(*order, *no).is_some_and(Attempt::is_exclusive))
    }

    fn payment(&self, id: PaymentId) -> Option<&Payment> {
        match self.payments.get(&id) {
            Some(place) => self.writes.payments.get(*place),
            None => self.base.payment(id),
        }
    }

    fn payment_coded(&self, code: &PaymentCode) -> Option<PaymentId> {
        let written = self.payment_codes.get(code).copied();
        written.or_else(|| self.base.payment_coded(code))
    }

    fn payment_of(&self, gateway: GatewayId, theirs: &TheirRef) -> Option<PaymentId> {
        let written = self.payment_refs.get(&(gateway, theirs.clone())).copied();
        written.or_else(|| self.base.payment_of(gateway, theirs))
    }

    fn payment_awaiting(&self, bank: GatewayId, amount: Money) -> Option<PaymentId> {
        let key = (bank, amount);
        let written = self.awaited.get(&key).copied();
        let holder = written.or_else(|| self.base.payment_awaiting(bank, amount));
        // A deposit of this batch may have let go of it.
        holder.filter(|id| {
            let row = self.payment(*id);
            row.and_then(Payment::awaits) == Some(key)
        })
    }

    fn wallet(&self, member: MemberId) -> Option<Wallet> {
        match self.wallets.get(&member) {
            Some(place) => self.writes.wallets.get(*place).copied(),
            None => self.base.wallet(member),
        }
    }

    fn in_dispute(&self, supplier: SupplierId) -> Money {
        let account = Account::Dispute(supplier);
        let rows = self.writes.transfers.rows.iter();
        let written = rows.map(|row| {
            let amount = i128::from(row.amount.hundredths());
            let owes = if row.debit == account { amount } else { 0 };
            let owed = if row.credit == account { amount } else { 0 };
            owes - owed
        });
        let sum = i128::from(self.base.in_dispute(supplier).hundredths()) + written.sum::<i128>();
        money(sum).unwrap_or(Money::ZERO)
    }

    fn quota_used(&self, key: &QuotaKey) -> QuotaUse {
        let written = self.writes.quotas.get(key).copied();
        written.unwrap_or_else(|| self.base.quota_used(key))
    }

    fn effect(&self, key: &EffectKey) -> Option<Receipt> {
        let Some(place) = self.effects.get(key) else {
            return self.base.effect(key);
        };
        let rows = self.writes.transfers.rows.get(place.clone())?.to_vec();
        Some(Receipt { rows })
    }

    fn has_effect(&self, key: &EffectKey) -> bool {
        self.effects.contains_key(key) || self.base.has_effect(key)
    }

    fn has_inbox(&self, id: InboxId) -> bool {
        let written = self.inbox.get(&id).copied();
        written.unwrap_or_else(|| self.base.has_inbox(id))
    }

    fn has_nonce(&self, nonce: &Nonce) -> bool {
        self.nonces.contains(nonce) || self.base.has_nonce(nonce)
    }

    fn outbox(&self, order: OrderId) -> Option<OutboxRow> {
        let written = self.outbox.get(&order).copied();
        written.unwrap_or_else(|| self.base.outbox(order))
    }

    fn endpoint(&self, member: MemberId) -> Option<(u32, EndpointState)> {
        let (version, state) = self.base.endpoint(member)?;
        let written = self.endpoint_states.get(&member).copied();
        Some((version, written.unwrap_or(state)))
    }

    fn put_order(&mut self, order: Order) {
        if self.order(order.id).is_none() {
            self.born += 1;
            self.by_ref
                .insert((order.member, order.ref_id.clone()), order.id);
            self.trx_codes.insert(order.trx_code);
            if let Some(guard) = live_guard(&order) {
                self.guards.insert(guard, order.id);
            }
        }
        self.orders.insert(order.id, self.writes.orders.len());
        self.writes.orders.push(order);
    }

    fn put_attempt(&mut self, attempt: Attempt) {
        let me = (attempt.order, attempt.no);
        self.by_supplier_ref
            .insert((attempt.supplier, attempt.supplier_ref), me);
        if let Some(their_ref) = &attempt.their_ref {
            let key = (attempt.supplier, their_ref.clone());
            self.by_their_ref.entry(key).or_insert(attempt.order);
        }
        if attempt.is_exclusive() {
            let goods = (
                attempt.supplier,
                attempt.sku.clone(),
                attempt.target.clone(),
            );
            self.exclusive.insert(goods, me);
        }
        let place = self.writes.attempts.len();
        self.attempts.entry(attempt.order).or_default().push(place);
        self.writes.attempts.push(attempt);
    }

    fn put_payment(&mut self, payment: Payment) {
        self.payment_codes.insert(payment.code, payment.id);
        if let Some(theirs) = payment.theirs.clone() {
            self.payment_refs
                .insert((payment.gateway, theirs), payment.id);
        }
        if let Some(key) = payment.awaits() {
            self.awaited.insert(key, payment.id);
        }
        self.payments.insert(payment.id, self.writes.payments.len());
        self.writes.payments.push(payment);
    }

    fn put_log(&mut self, row: LogRow) {
        self.writes.log.push(row);
    }

    fn put_transfers(&mut self, receipt: &Receipt) {
        let rows = &mut self.writes.transfers.rows;
        for row in &receipt.rows {
            let place = rows.len();
            rows.push(*row);
            self.effects.entry(row.key).or_insert(place..place).end = place + 1;
        }
    }

    fn put_wallet(&mut self, wallet: Wallet) {
        self.wallets
            .insert(wallet.member, self.writes.wallets.len());
        self.writes.wallets.push(wallet);
    }

    fn remove_inbox(&mut self, id: InboxId) {
        self.inbox.insert(id, false);
        self.writes.inbox.push(InboxWrite::Remove(id));
    }

    fn count_inbox_try(&mut self, id: InboxId) {
        self.writes.inbox.push(InboxWrite::Try(id));
    }

    fn put_case(&mut self, case: CaseWrite) {
        self.writes.cases.push(case);
    }

    fn put_nonce(&mut self, nonce: Nonce) {
        self.nonces.insert(nonce.clone());
        self.writes.nonces.push(nonce);
    }

    fn put_outbox(&mut self, row: OutboxRow) {
        self.outbox.insert(row.order, Some(row));
        self.writes.outbox.push(OutboxWrite::Put(row));
    }

    fn remove_outbox(&mut self, order: OrderId) {
        self.outbox.insert(order, None);
        self.writes.outbox.push(OutboxWrite::Remove(order));
    }

    fn put_endpoint_state(&mut self, member: MemberId, state: EndpointState) {
        self.endpoint_states.insert(member, state);
        self.writes.endpoint_states.push((member, state));
    }

    fn put_quota(&mut self, key: QuotaKey, used: QuotaUse) {
        self.writes.quotas.insert(key, used);
    }
}
