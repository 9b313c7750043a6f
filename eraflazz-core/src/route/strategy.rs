//! What "best" means: an ordering of sellable routes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::MappingId;
use crate::money::Money;
use crate::time::Timestamp;

use super::rank::Candidate;

/// How sellable routes are put in order. Stateless and pure: the same candidate gives the same key.
///
/// Which routes are sellable at all is not its business: it never sees one that is not.
pub trait Strategy: Send + Sync {
    /// What it is called in explanations.
    fn by(&self) -> By;

    /// Whether it draws: then the roll is part of the explanation, and the same roll gives the same ranking.
    fn draws(&self) -> bool;

    /// Where `candidate` stands: lower is better. Equal keys are told apart by the mapping's id.
    fn key(&self, candidate: &Candidate<'_>, scene: &Scene) -> SortKey;
}

/// What a strategy may look at besides the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Now.
    pub now: Timestamp,
    /// What the cheapest sellable route costs.
    pub cheapest: Money,
    /// What the dice gave.
    pub roll: u64,
}

/// By what routes were put in order, as the log keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Nothing was chosen: the same attempt again, or a refusal before any route was looked at.
    #[default]
    Nothing,
    /// [`Cheapest`].
    Cheapest,
    /// [`Priority`].
    Priority,
    /// [`SuccessRate`].
    SuccessRate,
    /// [`Weighted`](super::Weighted).
    Weighted,
    /// A strategy that was handed to the builder.
    Own,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Cheapest => "lowest cost",
            Self::Priority => "priority",
            Self::SuccessRate => "success rate",
            Self::Weighted => "weighted score",
            Self::Own => "the house's own rule",
        })
    }
}

/// The lowest cost; then the fewest failures, the operator's priority, the older mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cheapest;

/// The operator's priority; then the lowest cost, the fewest failures, the older mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Priority;

/// The best share of deliveries lately, in whole percents; then the lowest cost, the operator's priority, the older mapping. What was left in doubt counts
/// as not delivered here: nobody may try elsewhere before it is settled. Percents, so that one failure long ago does not outweigh the price for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SuccessRate;

impl Strategy for Cheapest {
    fn by(&self) -> By {
        By::Cheapest
    }

    fn draws(&self) -> bool {
        false
    }

    fn key(&self, candidate: &Candidate<'_>, scene: &Scene) -> SortKey {
        SortKey::new()
            .then_cost(candidate.mapping.cost)
            .then_failures(candidate.health.failure_ppm(scene.now))
            .then_priority(candidate.mapping.priority)
    }
}

impl Strategy for Priority {
    fn by(&self) -> By {
        By::Priority
    }

    fn draws(&self) -> bool {
        false
    }

    fn key(&self, candidate: &Candidate<'_>, scene: &Scene) -> SortKey {
        SortKey::new()
            .then_priority(candidate.mapping.priority)
            .then_cost(candidate.mapping.cost)
            .then_failures(candidate.health.failure_ppm(scene.now))
    }
}

impl Strategy for SuccessRate {
    fn by(&self) -> By {
        By::SuccessRate
    }

    fn draws(&self) -> bool {
        false
    }

    fn key(&self, candidate: &Candidate<'_>, scene: &Scene) -> SortKey {
        const PERCENT: u32 = 10_000;
        SortKey::new()
            .then_failures(candidate.health.undelivered_ppm(scene.now) / PERCENT)
            .then_cost(candidate.mapping.cost)
            .then_priority(candidate.mapping.priority)
    }
}

/// Several ordered numbers in one, most significant first, so that sorting compares a single integer. Up to 96 bits of parts;
/// a part that is larger than its bits counts as the largest that fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey(u128);

impl SortKey {
    /// A key in which nothing was compared yet.
    pub const fn new() -> Self {
        Self(0)
    }

    /// Then by `cost`, exactly, up to the largest that INV-5 allows (47 bits).
    #[must_use]
    pub const fn then_cost(self, cost: Money) -> Self {
        let hundredths = cost.hundredths();
        self.then(
            if hundredths < 0 {
                0
            } else {
                hundredths.unsigned_abs()
            },
            47,
        )
    }

    /// Then by a share in millionths (20 bits).
    #[must_use]
    pub const fn then_failures(self, ppm: u32) -> Self {
        self.then(ppm as u64, 20)
    }

    /// Then by the operator's wish (16 bits).
    #[must_use]
    pub const fn then_priority(self, priority: u16) -> Self {
        self.then(priority as u64, 16)
    }

    /// Then by any other number of `bits` bits, at most 64.
    #[must_use]
    pub const fn then(self, part: u64, bits: u32) -> Self {
        let largest = match 1_u64.checked_shl(bits) {
            Some(above) => above - 1,
            None => u64::MAX,
        };
        let part = if part > largest { largest } else { part };
        Self((self.0 << bits) | part as u128)
    }

    /// The key followed by the id that tells equal ones apart.
    pub(super) const fn with_id(self, id: MappingId) -> u128 {
        (self.0 << 32) | id.0 as u128
    }

    /// The id in a key that [`Self::with_id`] made.
    pub(super) fn id_of(key: u128) -> MappingId {
        MappingId(u32::try_from(key & u128::from(u32::MAX)).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_parts_outweigh_later_ones() {
        let cost = |h| SortKey::new().then_cost(Money::from_hundredths(h));
        let low = cost(1).then_failures(1_000_000).then_priority(u16::MAX);
        let high = cost(2).then_failures(0).then_priority(0);
        assert!(low < high);
        assert!(cost(5).then_failures(1) < cost(5).then_failures(2));
        assert!(low.with_id(MappingId(u32::MAX)) < high.with_id(MappingId(0)));
        assert!(low.with_id(MappingId(1)) < low.with_id(MappingId(2)));
    }

    #[test]
    fn a_part_never_spills_into_the_one_before_it() {
        let key = |part| SortKey::new().then(1, 8).then(part, 4);
        assert_eq!(key(16), key(15));
        assert!(key(u64::MAX) < SortKey::new().then(2, 8).then(0, 4));
        assert_eq!(
            SortKey::new().then_cost(Money::from_hundredths(i64::MIN)),
            SortKey::new().then_cost(Money::ZERO)
        );
        let dearest = SortKey::new().then_cost(Money::MAX_AMOUNT);
        assert!(SortKey::new().then_cost(Money::from_hundredths(99_999_999_999_999)) < dearest);
    }
}
