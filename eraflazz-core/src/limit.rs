//! Rate limits over a given time (GCRA): a bucket that is one point in time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How often something may happen: one every `per` in the long run, up to `burst` at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    per: Duration,
    burst: u32,
}

impl Rate {
    /// One every `per`, up to `burst` at once (at least one).
    pub const fn new(per: Duration, burst: u32) -> Self {
        Self {
            per,
            burst: if burst == 0 { 1 } else { burst },
        }
    }

    /// `count` a minute, all of which may come at once.
    pub const fn per_minute(count: u32) -> Self {
        let count = if count == 0 { 1 } else { count };
        // Rounded up to the microsecond that timestamps count, so that it is never more than `count`.
        Self::new(
            Duration::from_micros(60_000_000_u64.div_ceil(count as u64)),
            count,
        )
    }

    /// One every so long, in the long run.
    pub const fn per(self) -> Duration {
        self.per
    }

    /// How many at once.
    pub const fn burst(self) -> u32 {
        self.burst
    }

    /// The part of it that is left for each of `shares` who cannot agree: together they allow no more than the whole, but for one call at once each.
    #[must_use]
    pub fn split(self, shares: u32) -> Self {
        let shares = shares.max(1);
        Self::new(self.per.saturating_mul(shares), self.burst / shares)
    }
}

/// What one caller has used up: the theoretical arrival time of its next call. The default has used nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tat(Timestamp);

impl Default for Tat {
    fn default() -> Self {
        Self(Timestamp::from_micros(i64::MIN))
    }
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It may, and was counted.
    Allowed,
    /// Not before this much has passed; nothing was counted.
    Wait(Duration),
}

impl Tat {
    /// Counts a call at `now`, if `rate` allows one. In no span of time `t` are more than `burst + t / per` allowed.
    ///
    /// A clock that runs backwards costs the caller at most one wait of `per`: a state that lies further ahead than a full
    /// bucket was written under another clock and counts as full.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> Taken {
        let full = now.plus(rate.per.saturating_mul(rate.burst));
        let tat = self.0.clamp(now, full);
        let next = tat.plus(rate.per);
        self.0 = tat;
        if next > full {
            return Taken::Wait(next.since(full));
        }
        self.0 = next;
        Taken::Allowed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    #[test]
    fn a_burst_then_one_at_a_time() {
        let rate = Rate::new(Duration::from_secs(1), 3);
        let mut tat = Tat::default();
        for _ in 0..3 {
            assert_eq!(tat.take(rate, START), Taken::Allowed);
        }
        assert_eq!(tat.take(rate, START), Taken::Wait(Duration::from_secs(1)));
        let soon = START.plus(Duration::from_millis(400));
        assert_eq!(
            tat.take(rate, soon),
            Taken::Wait(Duration::from_millis(600))
        );
        let later = START.plus(Duration::from_secs(1));
        assert_eq!(tat.take(rate, later), Taken::Allowed);
        assert_eq!(tat.take(rate, later), Taken::Wait(Duration::from_secs(1)));
    }

    #[test]
    fn e_39_a_clock_set_back_costs_one_wait() {
        let rate = Rate::per_minute(60);
        let mut tat = Tat::default();
        assert_eq!(tat.take(rate, START), Taken::Allowed);
        let hour_ago = Timestamp::from_micros(START.micros() - 3_600_000_000);
        assert_eq!(
            tat.take(rate, hour_ago),
            Taken::Wait(Duration::from_secs(1))
        );
        let second_later = hour_ago.plus(Duration::from_secs(1));
        assert_eq!(tat.take(rate, second_later), Taken::Allowed);
    }

    #[test]
    fn a_rate_of_nothing_is_one() {
        let mut tat = Tat::default();
        assert_eq!(tat.take(Rate::per_minute(0), START), Taken::Allowed);
        assert_eq!(
            tat.take(Rate::per_minute(0), START),
            Taken::Wait(Duration::from_mins(1))
        );
    }

    #[test]
    fn a_split_rate_is_what_one_of_many_may_take() {
        let rate = Rate::new(Duration::from_secs(1), 10).split(4);
        assert_eq!(rate, Rate::new(Duration::from_secs(4), 2));
        assert_eq!(Rate::per_minute(60).split(0), Rate::per_minute(60));
        assert_eq!(Rate::per_minute(2).split(5).burst(), 1);
    }

    proptest! {
        #[test]
        fn t_16_no_window_allows_more_than_the_rate(
            per in 1_u64..5_000,
            burst in 1_u32..20,
            steps in prop::collection::vec(0_u64..4_000, 1..120),
        ) {
            let rate = Rate::new(Duration::from_micros(per), burst);
            let mut tat = Tat::default();
            let mut now = START;
            let mut allowed = Vec::new();
            for step in steps {
                now = now.plus(Duration::from_micros(step));
                match tat.take(rate, now) {
                    Taken::Allowed => allowed.push(now),
                    Taken::Wait(wait) => {
                        // What it says is exact: a microsecond less is refused, the wait itself is allowed.
                        prop_assert!(wait > Duration::ZERO);
                        let early = now.plus(wait.saturating_sub(Duration::from_micros(1)));
                        prop_assert_ne!(tat.clone().take(rate, early), Taken::Allowed);
                        prop_assert_eq!(tat.clone().take(rate, now.plus(wait)), Taken::Allowed);
                    }
                }
            }
            for (i, from) in allowed.iter().enumerate() {
                for (j, to) in allowed.iter().enumerate().skip(i) {
                    let span = u64::try_from(to.since(*from).as_micros()).unwrap_or(u64::MAX);
                    let count = u64::try_from(j - i + 1).unwrap_or(u64::MAX);
                    prop_assert!(count <= u64::from(burst) + span / per);
                }
            }
        }

        #[test]
        fn any_clock_is_harmless(jumps in prop::collection::vec(any::<i64>(), 1..60)) {
            let rate = Rate::per_minute(60);
            let mut tat = Tat::default();
            for jump in jumps {
                if let Taken::Wait(wait) = tat.take(rate, Timestamp::from_micros(jump)) {
                    prop_assert!(wait <= Duration::from_secs(1));
                }
            }
        }
    }
}
