//! Warnings that would come for ever otherwise: a store out of reach is asked many times a second, and now and then one line about each cause is enough.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Engine;
use crate::commit::Unavailable;
use crate::ids::SupplierId;
use crate::time::Timestamp;

/// How often a cause is told.
pub(super) struct Pace {
    /// How soon again at first; twice as long each time after.
    pub(super) soonest: Duration,
    /// How rarely at last. A cause that was silent for so long is told at once.
    pub(super) rarest: Duration,
}

/// A store that does not answer.
const UNAVAILABLE: Pace = Pace {
    soonest: Duration::from_secs(1),
    rarest: Duration::from_mins(1),
};

/// What is told, and of which supplier if it is one's.
type Cause = (&'static str, Option<SupplierId>);

/// What was told of each cause. Bounded by how many causes the engine has words for, and by the suppliers.
#[derive(Default)]
pub(super) struct Seldom(Mutex<BTreeMap<Cause, Told>>);

struct Told {
    last_at: Timestamp,
    next_at: Timestamp,
    pause: Duration,
    untold: u64,
}

impl Seldom {
    /// Whether to tell it now, and if so how often it was not told since it last was.
    pub(super) fn tell(&self, cause: Cause, pace: &Pace, now: Timestamp) -> Option<u64> {
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = causes.get_mut(&cause);
        let Some(told) = known.filter(|told| now < told.last_at.plus(pace.rarest)) else {
            let told = Told {
                last_at: now,
                next_at: now.plus(pace.soonest),
                pause: pace.soonest,
                untold: 0,
            };
            let untold = causes.insert(cause, told).map_or(0, |told| told.untold);
            return Some(untold);
        };
        told.last_at = now;
        if now < told.next_at {
            told.untold += 1;
            return None;
        }
        told.pause = (told.pause * 2).min(pace.rarest);
        told.next_at = now.plus(told.pause);
        Some(std::mem::take(&mut told.untold))
    }
}

impl Engine {
    /// Tells that the store did not answer, and what was not done for it: at once, then ever more rarely as long as it goes on.
    pub(super) fn warn_seldom(&self, what: &'static str, error: &Unavailable) {
        if let Some(untold) = self.tells_now(what) {
            tracing::warn!(%error, untold, "{what}");
        }
    }

    /// Whether this cause is told now, and if so how often it was not told since it last was.
    pub(super) fn tells_now(&self, what: &'static str) -> Option<u64> {
        let now = self.inner.clock.now();
        self.inner.seldom.tell((what, None), &UNAVAILABLE, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_goes_on_is_told_ever_more_rarely_and_a_new_one_at_once() {
        let seldom = Seldom::default();
        let tell = |cause, now| seldom.tell((cause, None), &UNAVAILABLE, now);
        let begin = Timestamp::from_micros(1_700_000_000_000_000);
        let mut told = Vec::new();
        let mut untold = 0;
        for tick in 0..(3 * 60 * 50) {
            let now = begin.plus(Duration::from_millis(20) * tick);
            if let Some(before) = tell("the disk is full", now) {
                untold += before;
                told.push(now.since(begin).as_secs());
            }
        }
        assert_eq!(told, [0, 1, 3, 7, 15, 31, 63, 123]);
        assert_eq!(untold, 123 * 50 - 7, "what was not told is counted");
        let end = begin.plus(Duration::from_mins(3));
        assert_eq!(tell("another", end), Some(0));
        let later = end.plus(UNAVAILABLE.rarest);
        assert_eq!(tell("another", later), Some(0));
        assert!(tell("another", later.plus(UNAVAILABLE.soonest)).is_some());
    }
}
