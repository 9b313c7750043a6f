//! What is left at a supplier between two reads of its balance.

use std::time::Duration;

use crate::money::Money;
use crate::time::Timestamp;

/// What a supplier said is left of our deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceRead {
    /// What it said.
    pub left: Money,
    /// What our books had ever spent there when the question left. Whatever was spent while it was under way may not be in the answer and counts as spent
    /// after it.
    pub spent_before: Money,
    /// When it answered.
    pub at: Timestamp,
}

impl BalanceRead {
    /// After this time it tells nothing any more: a supplier whose balance cannot be read is bought from by our books alone.
    pub const GOOD_FOR: Duration = Duration::from_hours(1);

    /// What is left now, if everything under way is billed at its cap: what it said, less what our books spent since, less `committed`. A purchase that was
    /// under way at the read may be in the answer already and is taken off twice until the next one: too low, never too high.
    #[must_use]
    pub fn forecast(&self, spent: Money, committed: Money) -> Money {
        let since = spent.checked_sub(self.spent_before);
        let left = since.and_then(|since| self.left.checked_sub(since));
        left.and_then(|left| left.checked_sub(committed))
            .unwrap_or(Money::ZERO)
    }

    /// Whether it still tells anything.
    pub fn is_good(&self, now: Timestamp) -> bool {
        now < self.at.plus(Self::GOOD_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::sample::rupiah;

    const NOON: Timestamp = Timestamp::from_micros(1_767_243_600_000_000);

    #[test]
    fn e_13_between_reads_the_books_go_on_counting() {
        let read = BalanceRead {
            left: rupiah(100_000),
            spent_before: rupiah(7_000),
            at: NOON,
        };
        assert_eq!(read.forecast(rupiah(7_000), Money::ZERO), rupiah(100_000));
        assert_eq!(
            read.forecast(rupiah(27_000), rupiah(10_500)),
            rupiah(69_500)
        );
        assert!(!read.forecast(rupiah(107_000), rupiah(1)).is_positive());
        assert!(read.is_good(NOON.plus(Duration::from_mins(59))));
        assert!(!read.is_good(NOON.plus(Duration::from_hours(1))));
    }
}
