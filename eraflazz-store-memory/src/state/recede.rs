//! The end of a checkpoint: what the archive has and cannot move leaves memory. And the way back.

use std::sync::Arc;

use eraflazz_core::ids::{OrderId, SubjectId};
use eraflazz_core::ledger::TransferRow;
use eraflazz_core::order::Attempt;

use super::{History, Sealed, Slot, State, Window, live_guard};
use crate::archive::{Loaded, can_move};

/// How far the orders of an archived checkpoint have left.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    orders: usize,
    fetched: usize,
}

impl State {
    /// Begins with what an archive holds through the transfer at `transfers`, and notes from now on what the next checkpoint must bring.
    pub(crate) fn archived(transfers: u64) -> Self {
        Self {
            transfers: Window::at(transfers),
            is_archived: true,
            ..Self::default()
        }
    }

    /// Lets go of at most `at_once` orders that the archive has now. Once all have been looked at, the checkpoint is given back: drop it where nobody
    /// waits.
    pub(crate) fn recede(&mut self, leaving: &mut Leaving, at_once: usize) -> Option<Arc<Sealed>> {
        let sealed = self.sealed.clone()?;
        let end = sealed.transfers.end();
        let before = leaving.orders;
        for (agg, _) in sealed.orders.iter().skip(before).take(at_once) {
            self.let_go(agg.order.id, end);
        }
        leaving.orders = sealed.orders.len().min(before + at_once);
        let left = at_once - (leaving.orders - before);
        let before = leaving.fetched;
        for id in sealed.fetched.iter().skip(before).take(left) {
            self.let_go(*id, end);
        }
        leaving.fetched = sealed.fetched.len().min(before + left);
        if leaving.orders < sealed.orders.len() || leaving.fetched < sealed.fetched.len() {
            return None;
        }
        self.let_go_of_subjects(end);
        self.sealed = None;
        Some(sealed)
    }

    /// The order leaves if it cannot move and has not been written since; otherwise it keeps its transfers that leave the window.
    fn let_go(&mut self, id: OrderId, end: u64) {
        let Some(slot) = self.orders.get(&id) else {
            return;
        };
        if slot.history.is_changed || can_move(&slot.agg) {
            let leaving = self.leaving(&slot.history, end);
            if let Some(slot) = self.orders.get_mut(&id) {
                slot.history.keep(leaving, end);
            }
            return;
        }
        let Some(Slot { agg, .. }) = self.orders.remove(&id) else {
            return;
        };
        let order = &agg.order;
        self.by_ref.remove(&(order.member, order.ref_id.clone()));
        self.trx_codes.remove(&order.trx_code);
        if let Some(guard) = live_guard(order) {
            self.guards.remove(&guard);
        }
        for attempt in &agg.attempts {
            self.forget_attempt(attempt);
        }
    }

    fn forget_attempt(&mut self, attempt: &Attempt) {
        self.by_supplier_ref
            .remove(&(attempt.supplier, attempt.supplier_ref));
        if let Some(their_ref) = &attempt.their_ref {
            let key = (attempt.supplier, their_ref.clone());
            if self.by_their_ref.get(&key) == Some(&attempt.order) {
                self.by_their_ref.remove(&key);
            }
        }
        if let Some(sn) = &attempt.sn {
            self.by_sn.remove(attempt.supplier, sn, attempt.order);
        }
    }

    /// What is no order leaves unless it has been written since.
    fn let_go_of_subjects(&mut self, end: u64) {
        self.subjects.retain(|_, history| history.is_changed);
        for subject in self.changed_subjects.clone() {
            let Some(history) = self.subjects.get(&subject) else {
                continue;
            };
            let leaving = self.leaving(history, end);
            if let Some(history) = self.subjects.get_mut(&subject) {
                history.keep(leaving, end);
            }
        }
    }

    /// Takes an order back from the archive, unless it is here.
    pub(crate) fn take_back(&mut self, loaded: Loaded) {
        let Loaded {
            aggregate,
            transfers,
        } = loaded;
        let id = aggregate.order.id;
        if self.orders.contains_key(&id) {
            return;
        }
        let order = &aggregate.order;
        self.index_new(order);
        if let Some(counter) = self.depth_of(order.state) {
            *counter += 1;
        }
        if let Some(at) = order.next_action_at {
            self.due.insert((at, id));
        }
        for attempt in &aggregate.attempts {
            let me = (id, attempt.no);
            self.by_supplier_ref
                .insert((attempt.supplier, attempt.supplier_ref), me);
            self.index_attempt(attempt, false);
        }
        let is_open = |attempt: &Attempt| attempt.state.is_open();
        let goods = (order.product, order.destination.clone());
        self.write_under_way(goods, id, aggregate.attempts.iter().any(is_open));
        let slot = Slot::new(Arc::new(aggregate), History::of(transfers));
        self.orders.insert(id, slot);
        self.fetched.push(id);
    }

    /// What came from the archive so far need not leave again: it can move.
    pub(crate) fn forget_fetched(&mut self) {
        self.fetched = Vec::new();
    }

    /// Takes the money of a subject without an order back from the archive, unless it is here.
    pub(crate) fn take_back_subject(&mut self, subject: SubjectId, transfers: Vec<TransferRow>) {
        let history = || History::of(transfers);
        self.subjects.entry(subject).or_insert_with(history);
    }
}
