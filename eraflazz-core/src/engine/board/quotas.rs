//! What today has taken of suppliers' quotas: by the commits of this process, and every few seconds by what the store says of all of them. A forecast: what
//! counts is what the commit of an intent says.

use std::collections::BTreeMap;

use super::Board;
use crate::catalog::{Mapping, Quota, QuotaKey, QuotaLeft, QuotaUse, SupplierInfo};
use crate::ids::SupplierId;
use crate::money::Money;
use crate::order::{Aggregate, Attempt};
use crate::time::BusinessDay;

/// Of each quota that was taken of.
#[derive(Default)]
pub(super) struct Quotas(BTreeMap<QuotaKey, Taken>);

#[derive(Clone, Copy, Default)]
struct Taken {
    /// Committed.
    used: QuotaUse,
    /// By intents that are being committed.
    pending: QuotaUse,
}

impl Quotas {
    fn left(&self, quota: Quota, key: QuotaKey) -> QuotaLeft {
        if !quota.is_set() {
            return QuotaLeft::Any;
        }
        let taken = self.0.get(&key).copied().unwrap_or_default();
        let amount = taken.used.amount.checked_add(taken.pending.amount);
        quota.left(QuotaUse {
            orders: taken.used.orders.saturating_add(taken.pending.orders),
            amount: amount.unwrap_or(Money::MAX_AMOUNT),
        })
    }

    /// What a supplier's quota leaves of the day.
    pub(super) fn left_at(&self, supplier: Option<&SupplierInfo>, day: BusinessDay) -> QuotaLeft {
        supplier.map_or(QuotaLeft::Any, |info| {
            self.left(info.quota, of_supplier(info.id, day))
        })
    }

    /// What a route's quota leaves of the day.
    pub(super) fn left_by(&self, mapping: &Mapping, day: BusinessDay) -> QuotaLeft {
        self.left(mapping.quota, of_route(mapping, day))
    }

    /// What is used of a supplier's quota.
    pub(super) fn used_at(&self, supplier: SupplierId, day: BusinessDay) -> QuotaUse {
        let taken = self.0.get(&of_supplier(supplier, day));
        taken.map(|taken| taken.used).unwrap_or_default()
    }

    /// Reserves one purchase until it is committed, or is not.
    pub(super) fn reserve(
        &mut self,
        mapping: &Mapping,
        of_all: Quota,
        cost: Money,
        day: BusinessDay,
    ) {
        let keys = [
            (of_all, of_supplier(mapping.supplier, day)),
            (mapping.quota, of_route(mapping, day)),
        ];
        for (_, key) in keys.into_iter().filter(|(quota, _)| quota.is_set()) {
            let taken = self.0.entry(key).or_default();
            taken.pending = taken.pending.plus(cost);
        }
    }

    /// Frees what was reserved for this attempt.
    pub(super) fn release(&mut self, attempt: &Attempt) {
        for key in attempt.quota_keys_of(attempt.first_sent_at) {
            if let Some(taken) = self.0.get_mut(&key) {
                taken.pending = taken.pending.minus(attempt.expected_cost);
            }
        }
    }

    /// What the commit took and gave back.
    pub(super) fn committed(&mut self, before: &Aggregate, after: &Aggregate) {
        for attempt in &after.attempts {
            let was = before.attempt(attempt.no);
            let took = was.is_some_and(Attempt::takes_of_quota);
            for key in attempt.quota_keys_of(after.order.updated_at) {
                let taken = self.0.entry(key).or_default();
                taken.used = match (took, attempt.takes_of_quota()) {
                    (false, true) => taken.used.plus(attempt.expected_cost),
                    (true, false) => taken.used.minus(attempt.expected_cost),
                    (true, true) | (false, false) => taken.used,
                };
            }
        }
    }
}

const fn of_supplier(supplier: SupplierId, day: BusinessDay) -> QuotaKey {
    QuotaKey {
        day,
        supplier,
        mapping: None,
    }
}

const fn of_route(mapping: &Mapping, day: BusinessDay) -> QuotaKey {
    QuotaKey {
        day,
        supplier: mapping.supplier,
        mapping: Some(mapping.id),
    }
}

impl Board {
    /// What is used of the quotas of a day, as the store has it; of those it does not name nothing is. Days before it are over.
    pub(in crate::engine) fn load_quotas(&self, day: BusinessDay, all: &[(QuotaKey, QuotaUse)]) {
        let mut state = self.state();
        let known = &mut state.quotas.0;
        known.retain(|key, _| key.day >= day);
        for taken in known.values_mut() {
            taken.used = QuotaUse::default();
        }
        for (key, used) in all {
            known.entry(*key).or_default().used = *used;
        }
    }

    /// A commit was refused since this much is used of a quota.
    pub(in crate::engine) fn quota_is_used(&self, key: QuotaKey, used: QuotaUse) {
        self.state().quotas.0.entry(key).or_default().used = used;
    }
}
