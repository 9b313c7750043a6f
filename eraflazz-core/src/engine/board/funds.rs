//! What suppliers have of ours: by the books, by what they said last, and what is left of both (E-13).

use std::time::Duration;

use super::{Board, SupplierState};
use crate::ids::SupplierId;
use crate::ledger::{Account, Receipt};
use crate::money::Money;
use crate::ports::SupplierFunds;
use crate::route::BalanceRead;
use crate::time::Timestamp;

impl Board {
    /// Whom to ask now what is left of our deposit: who was not asked for so long, and who is tripped or runs low.
    pub(in crate::engine) fn to_read(
        &self,
        every: Option<Duration>,
        now: Timestamp,
    ) -> Vec<SupplierId> {
        let state = self.state();
        let due = (0_u16..).zip(&state.suppliers).filter(|(_, supplier)| {
            let is_due = |every| {
                let next = supplier.asked_at.map(|asked| asked.plus(every));
                next.is_none_or(|next| next <= now)
            };
            supplier.trip.tripped().is_some() || supplier.is_low || every.is_some_and(is_due)
        });
        due.map(|(id, _)| SupplierId(id)).collect()
    }

    /// A balance is about to be read. Gives what was spent there before.
    pub(in crate::engine) fn begin_read(&self, supplier: SupplierId, now: Timestamp) -> Money {
        let mut state = self.state();
        let supplier = state.suppliers.get_mut(supplier.index());
        supplier.map_or(Money::ZERO, |supplier| {
            supplier.asked_at = Some(now);
            supplier.spent
        })
    }

    /// The supplier said what is left of our deposit. Anything above zero closes its account trip (D40).
    pub(in crate::engine) fn balance_read(
        &self,
        supplier: SupplierId,
        left: Money,
        spent_before: Money,
        now: Timestamp,
    ) {
        if let Some(state) = self.state().suppliers.get_mut(supplier.index()) {
            state.read = Some(BalanceRead {
                left,
                spent_before,
                at: now,
            });
            if left.is_positive() {
                state.trip.clear();
            }
        }
    }

    /// Who runs low since the last look, and what is left there.
    pub(in crate::engine) fn run_low(&self, now: Timestamp) -> Vec<(SupplierId, Money)> {
        let mut state = self.state();
        let knows_funds = state.knows_funds;
        let mut told = Vec::new();
        for (id, supplier) in (0_u16..).map(SupplierId).zip(&mut state.suppliers) {
            let threshold = self.seat(id).and_then(|seat| seat.rules.alert_below);
            let left = supplier.free_funds(knows_funds, now);
            let (is_low, was_low) = (
                matches!((left, threshold), (Some(left), Some(least)) if left < least),
                supplier.is_low,
            );
            supplier.is_low = is_low;
            if let Some(left) = left.filter(|_| is_low && !was_low) {
                told.push((id, left));
            }
        }
        told
    }

    /// What suppliers have of ours, as the store has it; those it does not name have nothing.
    pub(in crate::engine) fn load_funds(&self, funds: &[SupplierFunds]) {
        let mut state = self.state();
        let knew = std::mem::replace(&mut state.knows_funds, true);
        let most = funds.iter().map(|fund| fund.supplier.index() + 1).max();
        state.seat(most.unwrap_or(0), 0);
        for (id, supplier) in (0_u16..).zip(&mut state.suppliers) {
            let fund = funds.iter().find(|fund| fund.supplier.0 == id);
            let (prepaid, exposure) = fund.map_or((Money::ZERO, Money::ZERO), |fund| {
                (fund.prepaid, fund.exposure)
            });
            // What other processes bought meanwhile.
            let spent = supplier.prepaid.checked_sub(prepaid);
            if let Some(spent) = spent.filter(|spent| knew && spent.is_positive()) {
                supplier.spend(spent);
            }
            supplier.prepaid = prepaid;
            supplier.exposure = exposure;
        }
    }

    /// Transfers are committed: suppliers' deposits follow them.
    pub(in crate::engine) fn paid(&self, receipt: &Receipt) {
        let mut state = self.state();
        for row in &receipt.rows {
            let mut shift = |account: Account, up: bool| {
                let Account::Prepaid(id) = account else {
                    return;
                };
                state.seat(id.index() + 1, 0);
                let supplier = &mut state.suppliers[id.index()];
                let moved = if up {
                    supplier.prepaid.checked_add(row.amount)
                } else {
                    supplier.spend(row.amount);
                    supplier.prepaid.checked_sub(row.amount)
                };
                supplier.prepaid = moved.unwrap_or(supplier.prepaid);
            };
            shift(row.debit, true);
            shift(row.credit, false);
        }
    }
}

impl SupplierState {
    fn spend(&mut self, amount: Money) {
        self.spent = self.spent.checked_add(amount).unwrap_or(self.spent);
    }

    /// What is left there once everything under way has been billed at its cap: by our books, and by what the supplier said if that is less. `None` while
    /// neither is known.
    pub(super) fn free_funds(&self, knows_books: bool, now: Timestamp) -> Option<Money> {
        let committed = self.exposure.checked_add(self.pending);
        let committed = committed.unwrap_or(self.exposure);
        let by_books = self.prepaid.checked_sub(committed).unwrap_or(Money::ZERO);
        let read = self.read.filter(|read| read.is_good(now));
        let by_read = read.map(|read| read.forecast(self.spent, committed));
        let by_books = knows_books.then_some(by_books);
        by_books.into_iter().chain(by_read).min()
    }
}
