//! How well a route has done lately, in integers.

use std::time::Duration;

use super::outcome::Outcome;
use crate::time::Timestamp;

/// Moving averages over one supplier's deliveries of one product (D24). A new one is in perfect health; a bad one recovers by
/// success, and by time, so that nothing is shunned for ever because nobody asks it any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// How much of the recent past failed, at `at`.
    failure_ppm: u32,
    /// How much of the recent past was left in doubt, at `at`.
    doubt_ppm: u32,
    latency_ms: u32,
    at: Option<Timestamp>,
}

/// Weight of the newest outcome: one part in this many.
const WINDOW: u32 = 16;
const MILLION: u32 = 1_000_000;
/// In microseconds.
const HALF_LIFE: u64 = 10 * 60 * 1_000_000;

impl Health {
    /// Half of what is held against a route is forgotten in this time.
    pub const HALF_LIFE: Duration = Duration::from_micros(HALF_LIFE);

    /// Folds in an outcome that was judged at `now` and took `latency` from the send.
    pub fn record(&mut self, outcome: Outcome, latency: Duration, now: Timestamp) {
        let (failure, doubt) = match outcome {
            Outcome::Success => (Some(0), 0),
            Outcome::Failure => (Some(MILLION), 0),
            Outcome::Doubt => (None, MILLION),
        };
        let faded = self.faded(now);
        self.failure_ppm = match failure {
            Some(value) => towards(faded.failure_ppm, value),
            None => faded.failure_ppm,
        };
        self.doubt_ppm = towards(faded.doubt_ppm, doubt);
        if outcome != Outcome::Doubt {
            let latency = u32::try_from(latency.as_millis()).unwrap_or(u32::MAX);
            self.latency_ms = match self.at {
                None => latency,
                Some(_) => towards(self.latency_ms, latency),
            };
        }
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
    }

    /// The share of recent attempts that failed, as of `now`, in millionths.
    pub fn failure_ppm(&self, now: Timestamp) -> u32 {
        self.faded(now).failure_ppm
    }

    /// The share of recent attempts whose first answer left a doubt, as of `now`, in millionths.
    pub fn doubt_ppm(&self, now: Timestamp) -> u32 {
        self.faded(now).doubt_ppm
    }

    /// The share of recent attempts that were not delivered by their first answer, failed or left in doubt, as of `now`, in millionths.
    pub fn undelivered_ppm(&self, now: Timestamp) -> u32 {
        let faded = self.faded(now);
        faded
            .failure_ppm
            .saturating_add(faded.doubt_ppm)
            .min(MILLION)
    }

    /// How long a definite answer takes, in milliseconds; zero before the first.
    pub const fn latency_ms(&self) -> u32 {
        self.latency_ms
    }

    fn faded(&self, now: Timestamp) -> Self {
        let Some(at) = self.at else { return *self };
        let elapsed = u64::try_from(now.micros().saturating_sub(at.micros())).unwrap_or(0);
        let halvings = u32::try_from(elapsed / HALF_LIFE).unwrap_or(u32::MAX);
        let fade = |ppm: u32| ppm.checked_shr(halvings).unwrap_or(0);
        Self {
            failure_ppm: fade(self.failure_ppm),
            doubt_ppm: fade(self.doubt_ppm),
            ..*self
        }
    }
}

/// `from`, one part in [`WINDOW`] of the way to `to`.
fn towards(from: u32, to: u32) -> u32 {
    let sum = u64::from(from) * u64::from(WINDOW - 1) + u64::from(to);
    u32::try_from(sum / u64::from(WINDOW)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn after(outcomes: &[Outcome]) -> Health {
        let mut health = Health::default();
        for outcome in outcomes {
            health.record(*outcome, SECOND, START);
        }
        health
    }

    #[test]
    fn failures_count_and_successes_mend() {
        let new = Health::default();
        assert_eq!(new.failure_ppm(START), 0);
        let one = after(&[Outcome::Failure]);
        let two = after(&[Outcome::Failure, Outcome::Failure]);
        let mended = after(&[Outcome::Failure, Outcome::Failure, Outcome::Success]);
        assert!(0 < one.failure_ppm(START));
        assert!(one.failure_ppm(START) < two.failure_ppm(START));
        assert!(mended.failure_ppm(START) < two.failure_ppm(START));
        assert!(after(&[Outcome::Failure; 100]).failure_ppm(START) > 990_000);
    }

    #[test]
    fn doubts_are_counted_apart() {
        let health = after(&[Outcome::Failure, Outcome::Doubt, Outcome::Doubt]);
        assert_eq!(
            health.failure_ppm(START),
            after(&[Outcome::Failure]).failure_ppm(START)
        );
        assert!(health.doubt_ppm(START) > 0);
    }

    #[test]
    fn time_forgives_by_halves() {
        let bad = after(&[Outcome::Failure; 20]);
        let now = bad.failure_ppm(START);
        let almost = START.plus(Health::HALF_LIFE.saturating_sub(Duration::from_micros(1)));
        assert_eq!(bad.failure_ppm(almost), now);
        assert_eq!(bad.failure_ppm(START.plus(Health::HALF_LIFE)), now / 2);
        assert_eq!(bad.failure_ppm(START.plus(Health::HALF_LIFE * 3)), now / 8);
        assert_eq!(bad.failure_ppm(START.plus(Health::HALF_LIFE * 40)), 0);
        let yesterday = Timestamp::from_micros(START.micros() - 86_400_000_000);
        assert_eq!(
            bad.failure_ppm(yesterday),
            now,
            "a clock set back changes nothing"
        );
    }

    #[test]
    fn latency_starts_at_the_first_answer() {
        let mut health = Health::default();
        health.record(Outcome::Success, Duration::from_millis(1_600), START);
        assert_eq!(health.latency_ms(), 1_600);
        health.record(Outcome::Success, Duration::ZERO, START);
        assert_eq!(health.latency_ms(), 1_500);
        health.record(Outcome::Doubt, Duration::from_mins(1), START);
        assert_eq!(
            health.latency_ms(),
            1_500,
            "no answer says nothing about answers"
        );
    }

    proptest! {
        #[test]
        fn shares_stay_shares(outcomes in prop::collection::vec((0_u8..3, 0_u64..100_000_000_000), 0..200)) {
            let mut health = Health::default();
            let mut now = START;
            for (kind, micros) in outcomes {
                now = now.plus(Duration::from_micros(micros));
                let outcome = [Outcome::Success, Outcome::Failure, Outcome::Doubt][usize::from(kind)];
                health.record(outcome, Duration::from_micros(micros), now);
                prop_assert!(health.failure_ppm(now) <= MILLION && health.doubt_ppm(now) <= MILLION);
            }
        }
    }
}
