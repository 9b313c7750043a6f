//! Guessing a buyer's login is slowed down (T-14): five wrong ones in a row, then none is looked at for a while that doubles.
//!
//! Only calls from the buyer's own addresses count, so no stranger can lock a buyer out. The memory is this process's and may be lost: what keeps a
//! login from being guessed is that its password has 120 bits.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eraflazz_core::text::KeyId;
use eraflazz_core::time::Timestamp;
use moka::sync::Cache;

/// Wrong logins in a row that cost nothing.
const FREE: u32 = 5;
/// The first wait; each wrong login after it doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest one.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Buyers that are counted at once.
const BUYERS_MAX: u64 = 100_000;

/// How one buyer's logins fared lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Failures {
    in_a_row: u32,
    until: Option<Timestamp>,
}

impl Failures {
    /// Whether the login that `compare` looks at is right. While locked nothing is compared, and the answer is no.
    fn ask(&mut self, now: Timestamp, compare: impl FnOnce() -> bool) -> bool {
        if self.until.is_some_and(|until| now < until) {
            return false;
        }
        if compare() {
            *self = Self::default();
            return true;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        if let Some(beyond) = self.in_a_row.checked_sub(FREE) {
            let wait = FIRST_WAIT.saturating_mul(1 << beyond.min(16));
            self.until = Some(now.plus(wait.min(LONGEST_WAIT)));
        }
        false
    }
}

/// The locks of all buyers. Cloning it shares them.
#[derive(Clone)]
pub struct Locks {
    failures: Cache<KeyId, Arc<Mutex<Failures>>>,
}

impl Locks {
    /// None locked.
    pub fn new() -> Self {
        let failures = Cache::builder()
            .max_capacity(BUYERS_MAX)
            .time_to_idle(LONGEST_WAIT * 4)
            .build();
        Self { failures }
    }

    /// Whether the login of `buyer` that `compare` looks at is right. One at a time: of a burst of wrong ones, five are looked at (T-17).
    pub fn ask(&self, buyer: &KeyId, now: Timestamp, compare: impl FnOnce() -> bool) -> bool {
        let failures = self.failures.get_with(buyer.clone(), Arc::default);
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.ask(now, compare)
    }
}

impl Default for Locks {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Locks")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    #[test]
    fn t_14_five_wrong_ones_then_a_wait_that_doubles() {
        let mut failures = Failures::default();
        let mut now = NOW;
        for _ in 0..FREE {
            assert!(!failures.ask(now, || false));
        }
        for seconds in [30, 60, 120, 240, 480, 900, 900] {
            let just_before = now.plus(Duration::from_millis(seconds * 1_000 - 1));
            assert!(
                !failures.ask(just_before, || unreachable!("nothing is compared")),
                "{seconds}"
            );
            now = now.plus(Duration::from_secs(seconds));
            assert!(!failures.ask(now, || false), "looked at, and wrong");
        }
        now = now.plus(LONGEST_WAIT);
        assert!(failures.ask(now, || true));
        assert_eq!(failures, Failures::default(), "forgiven");
    }

    #[test]
    fn t_14_a_right_one_in_between_forgives() {
        let mut failures = Failures::default();
        for _ in 0..100 {
            for _ in 1..FREE {
                assert!(!failures.ask(NOW, || false));
            }
            assert!(failures.ask(NOW, || true));
        }
    }

    #[test]
    fn t_17_of_a_burst_of_guesses_five_are_looked_at() {
        let locks = Locks::new();
        let key = KeyId::new("otomax-ERZ001").unwrap();
        let looked = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| {
                    locks.ask(&key, NOW, || {
                        looked.fetch_add(1, Ordering::Relaxed);
                        false
                    })
                });
            }
        });
        assert_eq!(looked.into_inner(), FREE);
        let other = KeyId::new("otomax-ERZ002").unwrap();
        assert!(locks.ask(&other, NOW, || true), "only that one is locked");
    }
}
