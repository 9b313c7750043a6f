//! Slots: how many calls a supplier takes at once and how soon after each other, and who gets the next one. Purchases and status checks stand in one line,
//! the oldest order first: a check that came back by the clock alone would find each slot taken by what is newer, for hours.

use std::time::Duration;

use super::{Board, Found, State, SupplierState};
use crate::catalog::Snapshot;
use crate::engine::settings::Settings;
use crate::ids::{OrderId, SupplierId};
use crate::order::Attempt;
use crate::route::Explanation;
use crate::supplier::Profile;
use crate::time::Timestamp;

/// How long a status check by resending waits before it looks again whether the supplier has opened.
const CLOSED_RETRY: Duration = Duration::from_mins(1);

/// How long a status check waits in line before it looks by itself: it is called when it has a slot, unless its process has died since. Each look is a
/// commit.
const LINE_RETRY: Duration = Duration::from_secs(30);

/// What a supplier takes from this process: its share.
#[derive(Clone, Copy)]
pub(super) struct Slots {
    /// So many calls at once.
    pub(super) most: u32,
    /// The gap between the beginnings of two.
    gap: Duration,
}

impl Slots {
    /// When the next call may begin after one that begins now; `None` where no gap is asked for.
    pub(super) fn next(self, now: Timestamp) -> Option<Timestamp> {
        (!self.gap.is_zero()).then(|| now.plus(self.gap))
    }

    /// How many calls may begin now.
    fn free(self, supplier: &SupplierState, now: Timestamp) -> u32 {
        let free = self.most.saturating_sub(supplier.in_flight);
        match self.opens_at(supplier, now) {
            Some(_) => 0,
            None if self.gap.is_zero() => free,
            None => free.min(1),
        }
    }

    /// When the next call may begin; `None` for now. While one waits to be counted, no other is let in: it would only wait behind it, with its intent committed.
    pub(super) fn opens_at(self, supplier: &SupplierState, now: Timestamp) -> Option<Timestamp> {
        let slot = supplier.next_slot_at.filter(|slot| *slot > now);
        if supplier.pacing.is_waiting() {
            let later = now.plus(self.gap);
            Some(slot.map_or(later, |slot| slot.max(later)))
        } else {
            slot
        }
    }

    /// How many slots count as taken for this order: those of the calls under way, and those that are kept for older orders.
    pub(super) fn taken_for(
        self,
        order: Option<OrderId>,
        supplier: &SupplierState,
        now: Timestamp,
    ) -> u32 {
        let free = self.free(supplier, now);
        let kept = order.map_or(0, |order| supplier.line.kept_from(order, free, now));
        if kept > 0 && kept == free {
            self.most
        } else {
            supplier.in_flight + kept
        }
    }
}

impl State {
    /// The order waits for no slot any more.
    pub(super) fn leave_lines(&mut self, order: OrderId) {
        for supplier in &mut self.suppliers {
            supplier.line.leave(order);
        }
    }

    /// The order waits where it found a route without a free slot, and nowhere else.
    pub(super) fn line_up(&mut self, order: OrderId, found: &Explanation, snapshot: &Snapshot) {
        self.leave_lines(order);
        let full = found.found.iter();
        let full = full.filter(|(_, note)| matches!(note, Found::Full | Found::Spaced));
        for mapping in full.filter_map(|(id, _)| snapshot.mapping(*id)) {
            if let Some(supplier) = self.suppliers.get_mut(mapping.supplier.index()) {
                supplier.line.join(order);
            }
        }
    }
}

impl Board {
    pub(super) fn slots(&self, profile: &Profile, supplier: &SupplierState) -> Slots {
        Slots {
            most: profile.max_in_flight / self.shares.processes(),
            gap: self.shares.gap(profile, &supplier.pacing),
        }
    }

    /// Takes a slot for a status check of the order, or says when to try again, and calls the order before that if a slot becomes its own: a check is a
    /// call like any other, and one that resends is not made inside a cut-off of its route or supplier either (E-14). The slot is given back by
    /// [`Self::call_ended`] or [`Self::not_committed`].
    pub(in crate::engine) fn begin_check(
        &self,
        order: OrderId,
        attempt: &Attempt,
        sends: bool,
        now: Timestamp,
        settings: &Settings,
    ) -> Result<(), Timestamp> {
        let seating = self.seating.load();
        let Some(seat) = seating.seat(attempt.supplier) else {
            return Ok(());
        };
        let profile = seat.profile();
        let route = seating.snapshot.mapping(attempt.mapping);
        let mut windows = profile
            .cut_off
            .into_iter()
            .chain(route.and_then(|route| route.cut_off));
        let mut state = self.state();
        state.leave_lines(order);
        if sends && windows.any(|window| window.covers(now)) {
            return Err(now.plus(CLOSED_RETRY));
        }
        let Some(supplier) = state.suppliers.get_mut(attempt.supplier.index()) else {
            return Ok(());
        };
        let slots = self.slots(profile, supplier);
        if slots.taken_for(Some(order), supplier, now) >= slots.most {
            supplier.line.join(order);
            return Err(now.plus(LINE_RETRY));
        }
        if let Some(slot) = slots.opens_at(supplier, now) {
            supplier.line.join(order);
            return Err(slot.max(now.plus(settings.policy.held_retry)));
        }
        supplier.in_flight += 1;
        supplier.next_slot_at = slots.next(now);
        Ok(())
    }

    /// The order has no call to make: no slot is kept for it.
    pub(in crate::engine) fn needs_no_slot(&self, order: OrderId) {
        self.state().leave_lines(order);
    }

    /// Whether a slot is kept for the order.
    pub(in crate::engine) fn has_turn(&self, order: OrderId) -> bool {
        let state = self.state();
        let mut suppliers = state.suppliers.iter();
        suppliers.any(|supplier| supplier.line.is_called(order))
    }

    /// The orders whose turn it is, wherever a slot is free.
    pub(in crate::engine) fn call_up(&self, now: Timestamp) -> Vec<OrderId> {
        let mut called = Vec::new();
        for (id, supplier) in (0_u16..).zip(&mut self.state().suppliers) {
            if let Some(seat) = self.seat(SupplierId(id)) {
                let free = self.slots(seat.profile(), supplier).free(supplier, now);
                called.extend(supplier.line.call(free, now));
            }
        }
        called
    }

    /// When the supplier has a slot by its pace; `None` for now.
    pub(in crate::engine) fn slot_at(
        &self,
        supplier: SupplierId,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let seat = self.seat(supplier)?;
        let state = self.state();
        let known = state.suppliers.get(supplier.index())?;
        self.slots(seat.profile(), known).opens_at(known, now)
    }

    pub(in crate::engine) fn call_ended(&self, supplier: SupplierId) {
        if let Some(state) = self.state().suppliers.get_mut(supplier.index()) {
            state.in_flight = state.in_flight.saturating_sub(1);
        }
    }
}
