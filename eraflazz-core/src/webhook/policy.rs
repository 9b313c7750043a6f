//! What follows a try: plain data and pure decisions (money-safety 8.8).

use std::time::Duration;

use super::endpoint::{Disabled, EndpointState};
use super::event::Outcome;
use crate::time::Timestamp;

/// Schedules and bounds of deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Waits after each failed try of a revision; then it is parked. Each is lengthened or shortened by up to a fifth.
    pub schedule: Vec<Duration>,
    /// Most of what a receiver's `Retry-After` can ask for.
    pub retry_after_max: Duration,
    /// How long one try may take.
    pub timeout: Duration,
    /// An endpoint that took nothing for so long is reported.
    pub alert_after: Duration,
    /// An endpoint that took nothing for so long is disabled.
    pub disable_after: Duration,
    /// After so many failures in a row an endpoint is tried only once in [`Policy::pause`].
    pub pause_after: u32,
    /// How long it is left alone then.
    pub pause: Duration,
    /// An endpoint for which more than this waits is disabled: the store must not grow without bound.
    pub waiting_max: u64,
    /// Tries under way at once to one endpoint. It bounds what one is told: with 16 a receiver that answers in 300 ms hears 50 a second, more than any
    /// member orders for long; with fewer than what its orders need its outbox would grow for ever.
    pub per_endpoint: usize,
    /// Tries under way at once in all: enough that many endpoints which answer nobody leave room for the others.
    pub in_flight: usize,
}

impl Default for Policy {
    fn default() -> Self {
        let (seconds, minutes, hours) = (
            Duration::from_secs,
            Duration::from_mins as fn(u64) -> Duration,
            Duration::from_hours as fn(u64) -> Duration,
        );
        Self {
            schedule: vec![
                seconds(5),
                seconds(30),
                minutes(2),
                minutes(10),
                minutes(30),
                hours(2),
                hours(6),
                hours(12),
                hours(24),
            ],
            retry_after_max: hours(1),
            timeout: seconds(15),
            alert_after: hours(24),
            disable_after: hours(5 * 24),
            pause_after: 20,
            pause: minutes(5),
            waiting_max: 100_000,
            per_endpoint: 16,
            in_flight: 256,
        }
    }
}

/// What follows a try of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the receiver has it.
    Done,
    /// Another try.
    Again {
        /// When.
        at: Timestamp,
    },
    /// The schedule is used up: it stays where people see it, until it is sent again by hand or a newer revision comes.
    Parked,
}

impl Policy {
    /// What follows try number `tries` (from 1) of a revision, which ended `now` with `outcome`; `roll` decides the jitter.
    pub fn next(&self, tries: u16, outcome: Outcome, now: Timestamp, roll: u64) -> Next {
        if outcome.is_taken() {
            return Next::Done;
        }
        let place = usize::from(tries).saturating_sub(1);
        let Some(wait) = self.schedule.get(place) else {
            return Next::Parked;
        };
        let wait = jittered(*wait, roll).max(self.asked(outcome).unwrap_or_default());
        Next::Again { at: now.plus(wait) }
    }

    /// The endpoint's state after a try that ended `now` with `outcome`.
    pub fn state(&self, before: EndpointState, outcome: Outcome, now: Timestamp) -> EndpointState {
        let EndpointState::Active { failing_since } = before else {
            return before;
        };
        if outcome.is_taken() {
            return EndpointState::WELL;
        }
        let since = failing_since.unwrap_or(now);
        let disabled = |why| EndpointState::Disabled { why, since: now };
        if outcome.code() == Some(410) {
            disabled(Disabled::Gone)
        } else if now.since(since) >= self.disable_after {
            disabled(Disabled::Dead)
        } else {
            EndpointState::Active {
                failing_since: Some(since),
            }
        }
    }

    /// Until when the endpoint as a whole is left alone after `failures` tries in a row that ended badly, the last one `now` with `outcome`.
    pub fn pause(&self, failures: u32, outcome: Outcome, now: Timestamp) -> Option<Timestamp> {
        let worn_out = (failures >= self.pause_after).then_some(self.pause);
        let wait = worn_out.max(self.asked(outcome))?;
        Some(now.plus(wait))
    }

    /// Whether an endpoint in this state should be reported to people: it took nothing for a day, and is not disabled yet.
    pub fn is_alarming(&self, state: EndpointState, now: Timestamp) -> bool {
        match state {
            EndpointState::Active {
                failing_since: Some(since),
            } => now.since(since) >= self.alert_after,
            EndpointState::Active {
                failing_since: None,
            }
            | EndpointState::Disabled { .. } => false,
        }
    }

    /// What the receiver asked for, as far as it may.
    fn asked(&self, outcome: Outcome) -> Option<Duration> {
        match outcome {
            Outcome::Refused { retry_after, .. } => {
                retry_after.map(|asked| asked.min(self.retry_after_max))
            }
            Outcome::Taken { .. }
            | Outcome::Blocked(_)
            | Outcome::NoConnection
            | Outcome::TimedOut
            | Outcome::Broken => None,
        }
    }
}

/// `wait`, a fifth longer or shorter at most.
fn jittered(wait: Duration, roll: u64) -> Duration {
    let ppm = 800_000 + u32::try_from(roll % 400_001).unwrap_or(0);
    wait / 1_000_000 * ppm
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
    /// A roll that changes nothing.
    const EVEN: u64 = 200_000;
    const TAKEN: Outcome = Outcome::Taken { code: 204 };
    const FULL: Outcome = refused(500);

    const fn refused(code: u16) -> Outcome {
        Outcome::Refused {
            code,
            retry_after: None,
        }
    }

    const fn later(code: u16, seconds: u64) -> Outcome {
        Outcome::Refused {
            code,
            retry_after: Some(Duration::from_secs(seconds)),
        }
    }

    #[rstest]
    #[case(1, FULL, Some(5))]
    #[case(2, Outcome::NoConnection, Some(30))]
    #[case(3, Outcome::TimedOut, Some(2 * 60))]
    #[case(4, Outcome::Broken, Some(10 * 60))]
    #[case(5, Outcome::Blocked("port"), Some(30 * 60))]
    #[case::redirects_are_failures(6, refused(302), Some(2 * 3600))]
    #[case(7, refused(404), Some(6 * 3600))]
    #[case(8, refused(410), Some(12 * 3600))]
    #[case(9, FULL, Some(24 * 3600))]
    #[case(10, FULL, None)]
    #[case(u16::MAX, FULL, None)]
    #[case::retry_after_lengthens(1, later(503, 600), Some(600))]
    #[case::and_never_shortens(4, later(429, 1), Some(600))]
    #[case::by_an_hour_at_most(1, later(503, 999_999_999), Some(3600))]
    #[case::and_not_beyond_the_end(10, later(503, 60), None)]
    fn a_failed_try_waits_by_the_schedule(
        #[case] tries: u16,
        #[case] outcome: Outcome,
        #[case] seconds: Option<u64>,
    ) {
        let next = Policy::default().next(tries, outcome, NOW, EVEN);
        let expected = seconds.map_or(Next::Parked, |seconds| Next::Again {
            at: NOW.plus(Duration::from_secs(seconds)),
        });
        assert_eq!(next, expected);
    }

    #[rstest]
    #[case(200)]
    #[case(204)]
    #[case(299)]
    fn whatever_is_taken_is_done(#[case] code: u16) {
        let next = Policy::default().next(3, Outcome::Taken { code }, NOW, 0);
        assert_eq!(next, Next::Done);
    }

    proptest! {
        #[test]
        fn the_jitter_is_a_fifth_at_most(roll: u64, tries in 1_u16..=9) {
            let policy = Policy::default();
            let wait = policy.schedule[usize::from(tries) - 1];
            let Next::Again { at } = policy.next(tries, FULL, NOW, roll) else {
                return Err(TestCaseError::fail("the schedule is not used up"));
            };
            prop_assert!(at.since(NOW) >= wait / 10 * 8);
            prop_assert!(at.since(NOW) <= wait / 10 * 12);
        }
    }

    const fn failing(hours: u64) -> EndpointState {
        EndpointState::Active {
            failing_since: Some(Timestamp::from_micros(
                NOW.micros() - hours.cast_signed() * 3_600_000_000,
            )),
        }
    }

    const fn off(why: Disabled) -> EndpointState {
        EndpointState::Disabled { why, since: NOW }
    }

    #[rstest]
    #[case::a_success_heals(failing(100), TAKEN, EndpointState::WELL)]
    #[case::the_first_failure_is_remembered(EndpointState::WELL, FULL, failing(0))]
    #[case::and_later_ones_do_not_move_it(failing(30), FULL, failing(30))]
    #[case::one_hour_before_five_days(failing(119), FULL, failing(119))]
    #[case::five_days_disable(failing(120), FULL, off(Disabled::Dead))]
    #[case::gone_disables_at_once(EndpointState::WELL, refused(410), off(Disabled::Gone))]
    #[case::what_is_disabled_stays_so(off(Disabled::Behind), TAKEN, off(Disabled::Behind))]
    fn an_endpoint_is_given_up_in_the_end(
        #[case] before: EndpointState,
        #[case] outcome: Outcome,
        #[case] after: EndpointState,
    ) {
        assert_eq!(Policy::default().state(before, outcome, NOW), after);
    }

    #[rstest]
    #[case(0, FULL, None)]
    #[case(19, FULL, None)]
    #[case(20, FULL, Some(300))]
    #[case(1, later(429, 60), Some(60))]
    #[case(25, later(429, 60), Some(300))]
    #[case(25, later(429, 7_200), Some(3600))]
    fn an_endpoint_in_trouble_is_left_alone(
        #[case] failures: u32,
        #[case] outcome: Outcome,
        #[case] seconds: Option<u64>,
    ) {
        let until = Policy::default().pause(failures, outcome, NOW);
        assert_eq!(until, seconds.map(|s| NOW.plus(Duration::from_secs(s))));
    }

    #[rstest]
    #[case(EndpointState::WELL, false)]
    #[case(failing(23), false)]
    #[case(failing(24), true)]
    #[case(off(Disabled::Dead), false)]
    fn a_day_of_failure_is_reported(#[case] state: EndpointState, #[case] alarming: bool) {
        assert_eq!(Policy::default().is_alarming(state, NOW), alarming);
    }

    #[test]
    fn the_schedule_is_the_published_one() {
        let total: Duration = Policy::default().schedule.iter().sum();
        assert_eq!(Policy::default().schedule.len(), 9);
        assert_eq!(total.as_secs(), 5 + 30 + 120 + 600 + 1_800 + 44 * 3600);
        assert_eq!(
            *Policy::default().schedule.last().unwrap(),
            Duration::from_hours(24)
        );
    }
}
