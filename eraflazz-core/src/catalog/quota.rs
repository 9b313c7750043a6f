//! How much may be bought at a supplier, or by one route, in a day (kuota harian).

use serde::{Deserialize, Serialize};

use crate::ids::{MappingId, SupplierId};
use crate::money::Money;
use crate::time::BusinessDay;

/// What may be bought in one day of Jakarta's calendar, at most. The default is no quota.
///
/// What counts is every attempt that was intended on that day while there was a quota, by what the catalog said it costs, until it is proven that nothing
/// was bought: what is not known yet counts. So a quota that is set in the middle of a day counts from then on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// So many purchases.
    pub orders: Option<u32>,
    /// For so much in all.
    pub amount: Option<Money>,
}

impl Quota {
    /// Whether there is one.
    pub const fn is_set(&self) -> bool {
        self.orders.is_some() || self.amount.is_some()
    }

    /// Whether one more purchase at `cost` is within it.
    pub fn takes(&self, used: QuotaUse, cost: Money) -> bool {
        self.left(used).takes(cost)
    }

    /// What may still be bought.
    pub fn left(&self, used: QuotaUse) -> QuotaLeft {
        if self.orders.is_some_and(|most| used.orders >= most) {
            return QuotaLeft::Nothing;
        }
        match self.amount {
            None => QuotaLeft::Any,
            Some(most) => match most.checked_sub(used.amount) {
                Some(left) if left.is_positive() => QuotaLeft::UpTo(left),
                _ => QuotaLeft::Nothing,
            },
        }
    }
}

/// What a quota leaves of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuotaLeft {
    /// There is none, or none that looks at amounts and one that is not reached.
    #[default]
    Any,
    /// A purchase that costs no more than this.
    UpTo(Money),
    /// It is reached.
    Nothing,
}

impl QuotaLeft {
    /// Whether a purchase at `cost` is within it.
    pub fn takes(self, cost: Money) -> bool {
        match self {
            Self::Any => true,
            Self::UpTo(left) => cost <= left,
            Self::Nothing => false,
        }
    }
}

/// What a day has taken of a quota so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaUse {
    /// So many purchases.
    pub orders: u32,
    /// For so much in all.
    pub amount: Money,
}

impl QuotaUse {
    /// With one more purchase. What is beyond any count stays the most that can be counted, which is over every quota.
    #[must_use]
    pub fn plus(self, cost: Money) -> Self {
        Self {
            orders: self.orders.saturating_add(1),
            amount: self.amount.checked_add(cost).unwrap_or(Money::MAX_AMOUNT),
        }
    }

    /// With one purchase less, never below nothing.
    #[must_use]
    pub fn minus(self, cost: Money) -> Self {
        let left = self.amount.checked_sub(cost);
        Self {
            orders: self.orders.saturating_sub(1),
            amount: left.unwrap_or(Money::ZERO).max(Money::ZERO),
        }
    }
}

/// Which quota of which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QuotaKey {
    /// The day in Jakarta.
    pub day: BusinessDay,
    /// At which supplier.
    pub supplier: SupplierId,
    /// By which route; `None` for all of the supplier's together.
    pub mapping: Option<MappingId>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::sample::rupiah;

    proptest! {
        /// However purchases come and go, what is within the quota is never above it, and what was given back can be taken again.
        #[test]
        fn a_quota_is_never_passed_and_gives_back_what_it_took(
            orders in proptest::option::of(0..6_u32),
            amount in proptest::option::of(0..50_i64),
            steps in proptest::collection::vec((any::<bool>(), 1..20_i64), 0..60),
        ) {
            let quota = Quota { orders, amount: amount.map(rupiah) };
            let (mut used, mut bought) = (QuotaUse::default(), Vec::new());
            for (takes, cost) in steps {
                if takes {
                    if quota.takes(used, rupiah(cost)) {
                        used = used.plus(rupiah(cost));
                        bought.push(cost);
                    }
                } else if let Some(cost) = bought.pop() {
                    used = used.minus(rupiah(cost));
                }
                let sum: i64 = bought.iter().sum();
                prop_assert_eq!(used, QuotaUse { orders: u32::try_from(bought.len()).unwrap_or(u32::MAX), amount: rupiah(sum) });
                prop_assert!(orders.is_none_or(|most| used.orders <= most));
                prop_assert!(amount.is_none_or(|most| sum <= most));
            }
        }
    }
}
