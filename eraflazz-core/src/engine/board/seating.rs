//! Seating: the catalog that was last taken, and who sits where by it.

use std::sync::Arc;

use super::Board;
use super::seats::{Seat, Seats};
use crate::catalog::Snapshot;
use crate::ids::SupplierId;
use crate::ports::Supplier;

/// A catalog snapshot and where its suppliers sit.
#[derive(Default)]
pub(in crate::engine) struct Seating {
    pub(super) snapshot: Arc<Snapshot>,
    /// By supplier id.
    pub(super) seats: Vec<Option<Arc<Seat>>>,
}

impl Seating {
    /// Where the supplier sits; `None` without an adapter.
    pub(in crate::engine) fn seat(&self, supplier: SupplierId) -> Option<&Arc<Seat>> {
        self.seats.get(supplier.index())?.as_ref()
    }
}

impl Board {
    /// Takes a newer catalog, and seats whoever is new in it. An older one is let by: who still holds it would unseat those that came since.
    pub(in crate::engine) fn refresh(&self, snapshot: &Arc<Snapshot>) {
        if self.has(snapshot) {
            return;
        }
        let mut turn = self.seats.turn();
        if self.has(snapshot) {
            // Somebody was faster.
            return;
        }
        let seats = turn.seat_all(snapshot);
        let mut state = self.state();
        state.seat(seats.len(), snapshot.mappings().len());
        let before = self.seating.load();
        let was = before.seats.iter().zip(&seats).zip(&mut state.suppliers);
        for ((was, is), supplier) in was {
            // What its account was refused for is mended by whoever gave it another one (D40); if not, the next refusal says so again.
            if let (Some(was), Some(is)) = (was, is)
                && !Arc::ptr_eq(was, is)
            {
                supplier.trip.clear();
            }
        }
        drop(state);
        self.seating.store(Arc::new(Seating {
            snapshot: Arc::clone(snapshot),
            seats,
        }));
    }

    /// Whether this catalog, or a newer one, is taken.
    fn has(&self, snapshot: &Snapshot) -> bool {
        let seating = self.seating.load();
        seating.snapshot.version() >= snapshot.version() && !seating.seats.is_empty()
    }

    /// Who sits where, by the catalog that was last taken.
    pub(in crate::engine) fn seating(&self) -> Arc<Seating> {
        self.seating.load_full()
    }

    /// Where the supplier sits; `None` without an adapter.
    pub(in crate::engine) fn seat(&self, supplier: SupplierId) -> Option<Arc<Seat>> {
        self.seating.load().seat(supplier).cloned()
    }

    /// All seats.
    pub(in crate::engine) const fn seats(&self) -> &Seats {
        &self.seats
    }

    /// Which of the engine's suppliers this one of the catalog is.
    pub(in crate::engine) fn place(&self, supplier: SupplierId) -> Option<usize> {
        self.seating.load().seat(supplier).map(|seat| seat.place)
    }

    pub(in crate::engine) fn adapter(&self, supplier: SupplierId) -> Option<Arc<dyn Supplier>> {
        let seating = self.seating.load();
        seating.seat(supplier).map(|seat| Arc::clone(&seat.adapter))
    }
}
