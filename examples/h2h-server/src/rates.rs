//! How often each of many callers has called: core's GCRA, one bucket a caller.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eraflazz_core::limit::{Rate, Taken, Tat};
use eraflazz_core::time::Timestamp;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::error::ApiError;

/// A bucket that counts per minute is full again after a minute, so nothing is lost by forgetting it a little later.
const MEMORY: Duration = Duration::from_secs(90);

/// Buckets by caller. Those that were idle longest are forgotten first. Cloning it shares the buckets.
#[derive(Clone, Debug)]
pub struct Rates<K: Hash + Eq + Send + Sync + 'static> {
    buckets: Cache<K, Arc<Mutex<Tat>>>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Rates<K> {
    /// No calls yet, of at most `callers_max` callers at a time.
    pub fn new(callers_max: u64) -> Self {
        let buckets = Cache::builder()
            .max_capacity(callers_max)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(MEMORY)
            .build();
        Self { buckets }
    }

    /// Counts a call of `caller` at `now`, or says `RATE_LIMITED` with the wait; then nothing was counted. `per_minute` of `None` is
    /// no limit.
    pub fn take(&self, caller: K, per_minute: Option<u32>, now: Timestamp) -> Result<(), ApiError> {
        let Some(per_minute) = per_minute else {
            return Ok(());
        };
        let bucket = self.buckets.get_with(caller, Arc::default);
        let taken = bucket
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(Rate::per_minute(per_minute), now);
        match taken {
            Taken::Allowed => Ok(()),
            Taken::Wait(wait) => Err(ApiError::rate_limited(wait)),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    #[test]
    fn t_16_each_caller_has_a_bucket_of_its_own() {
        let rates = Rates::new(10);
        for _ in 0..3 {
            rates.take("a", Some(3), NOW).unwrap();
        }
        let refused = rates.take("a", Some(3), NOW).unwrap_err();
        assert_eq!(refused, ApiError::rate_limited(Duration::from_secs(20)));
        assert_eq!(refused.code(), ErrorCode::RateLimited);
        rates.take("b", Some(3), NOW).unwrap();
        rates
            .take("a", Some(3), NOW.plus(Duration::from_secs(20)))
            .unwrap();
    }

    #[test]
    fn no_limit_counts_nothing() {
        let rates = Rates::new(10);
        for _ in 0..1_000 {
            rates.take("a", None, NOW).unwrap();
        }
        rates.take("a", Some(1), NOW).unwrap();
    }
}
