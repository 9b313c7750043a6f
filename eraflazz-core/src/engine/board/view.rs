//! How suppliers are, for people to see.

use super::Board;
use crate::catalog::{QuotaLeft, QuotaUse};
use crate::ids::SupplierId;
use crate::money::Money;
use crate::route::{BalanceRead, Gate, Health, Note, Trip};
use crate::time::Timestamp;

/// What a supplier has of ours, and how it is, by what one process knows. The default is one that nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SupplierView {
    /// Whether it has an adapter in this process: without one nothing is bought there.
    pub seated: bool,
    /// Our deposit there, by our books.
    pub prepaid: Money,
    /// What open purchases may still cost there.
    pub exposure: Money,
    /// What it said last is left of our deposit; `None` if it was never asked, or never answered, since this process began.
    pub balance: Option<BalanceRead>,
    /// What is left to buy for once everything under way is billed: by our books, and by what it said if that is less. `None` while neither is known.
    pub free: Option<Money>,
    /// What today has taken of its quota, while it has one.
    pub quota_used: QuotaUse,
    /// Purchases under way in this process.
    pub in_flight: u32,
    /// Orders that wait for a slot there in this process.
    pub waiting: usize,
    /// How it has done lately with all its products together; starts in perfect health with the process.
    pub health: Health,
    /// Whether nothing is bought there because its account is empty or refused us; why and since when.
    pub trip: Trip,
    /// Whether its breaker lets orders pass.
    pub gate: Gate,
    /// Why nothing is bought there just now, the first reason that a route would be skipped for; `None` while it is open.
    pub closed_by: Option<Note>,
}

impl Board {
    /// How a supplier is at `now`; nothing of one that nobody knows.
    pub(in crate::engine) fn supplier_state(
        &self,
        supplier: SupplierId,
        now: Timestamp,
    ) -> SupplierView {
        let seating = self.seating.load();
        let seat = seating.seat(supplier);
        let state = self.state();
        let Some(known) = state.suppliers.get(supplier.index()) else {
            return SupplierView::default();
        };
        let info = seating.snapshot.supplier(supplier);
        let free = known.free_funds(state.knows_funds, now);
        let gate = known.breaker.gate(now);
        let day = now.business_day();
        let window = seat.and_then(|seat| seat.profile().cut_off);
        let reasons = [
            (Note::NotRegistered, seat.is_none()),
            (Note::SupplierInactive, info.is_none_or(|info| !info.active)),
            (
                Note::CutOff,
                window.is_some_and(|window| window.covers(now)),
            ),
            (
                Note::OverQuota,
                state.quotas.left_at(info, day) == QuotaLeft::Nothing,
            ),
            (
                Note::OutOfBalance,
                free.is_some_and(|free| !free.is_positive()),
            ),
            (Note::Tripped, known.trip.tripped().is_some()),
            (Note::BreakerOpen, matches!(gate, Gate::Open { .. })),
        ];
        let closed_by = reasons.iter().find(|(_, holds)| *holds);
        SupplierView {
            seated: seat.is_some(),
            prepaid: known.prepaid,
            exposure: known.exposure,
            balance: known.read,
            free,
            quota_used: state.quotas.used_at(supplier, day),
            in_flight: known.in_flight,
            waiting: known.line.len(),
            health: known.health,
            trip: known.trip,
            gate,
            closed_by: closed_by.map(|(note, _)| *note),
        }
    }
}
