//! How often each of many callers has called: core's GCRA, one bucket a caller.

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::ids::MemberId;
use eraflazz_core::limit::{Rate, Taken, Tat};
use eraflazz_core::text::Slug;
use eraflazz_core::time::Timestamp;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::auth::Bucket;
use crate::error::ApiError;

/// A bucket that counts per minute is full again after a minute, so nothing is lost by forgetting it a little later.
const MEMORY: Duration = Duration::from_secs(90);

/// Where calls are counted for all servers together.
#[async_trait]
pub trait Tally: fmt::Debug + Send + Sync {
    /// Counts a call of `caller` now, if `rate` allows one. None if it cannot say, soon and for a while: then each server limits by itself.
    async fn take(&self, caller: &str, rate: Rate) -> Option<Taken>;
}

/// Somebody whose calls all servers count together.
pub trait Caller: Hash + Eq + Send + Sync + 'static {
    /// A name that is the same in every server, and nobody else's.
    fn name(&self) -> String;
}

impl Caller for (MemberId, Bucket) {
    fn name(&self) -> String {
        let bucket = match self.1 {
            Bucket::Orders => "orders",
            Bucket::Reads => "reads",
            Bucket::PriceList => "prices",
        };
        format!("member-{}-{bucket}", self.0.0)
    }
}

/// A supplier, which calls back.
impl Caller for Slug {
    fn name(&self) -> String {
        format!("callbacks-{self}")
    }
}

/// A payment gateway, which tells of payments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FromGateway(pub Slug);

impl Caller for FromGateway {
    fn name(&self) -> String {
        format!("notifications-{}", self.0)
    }
}

/// Buckets by caller. Those that were idle longest are forgotten first. Cloning it shares the buckets.
#[derive(Clone, Debug)]
pub struct Rates<K: Hash + Eq + Send + Sync + 'static> {
    buckets: Cache<K, Arc<Mutex<Tat>>>,
    shares: u32,
}

impl<K: Hash + Eq + Send + Sync + 'static> Rates<K> {
    /// No calls yet, of at most `callers_max` callers at a time, in one of so many servers that count by themselves: each allows its share.
    pub fn new(callers_max: u64, shares: u32) -> Self {
        let buckets = Cache::builder()
            .max_capacity(callers_max)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(MEMORY)
            .build();
        Self { buckets, shares }
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
            .take(Rate::per_minute(per_minute).split(self.shares), now);
        told(taken)
    }
}

impl<K: Caller> Rates<K> {
    /// The same of the whole limit in the tally of all servers, and of this one's share while there is none that can say.
    pub async fn take_together(
        &self,
        tally: Option<&dyn Tally>,
        caller: K,
        per_minute: Option<u32>,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        if let (Some(tally), Some(per_minute)) = (tally, per_minute) {
            let rate = Rate::per_minute(per_minute);
            if let Some(taken) = tally.take(&caller.name(), rate).await {
                return told(taken);
            }
        }
        self.take(caller, per_minute, now)
    }
}

fn told(taken: Taken) -> Result<(), ApiError> {
    match taken {
        Taken::Allowed => Ok(()),
        Taken::Wait(wait) => Err(ApiError::rate_limited(wait)),
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
        let rates = Rates::new(10, 1);
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
        let rates = Rates::new(10, 1);
        for _ in 0..1_000 {
            rates.take("a", None, NOW).unwrap();
        }
        rates.take("a", Some(1), NOW).unwrap();
    }

    /// Says this of every call, and remembers the rates that it was asked about.
    #[derive(Debug)]
    struct Says(Option<Taken>, Mutex<Vec<(String, Rate)>>);

    #[async_trait]
    impl Tally for Says {
        async fn take(&self, caller: &str, rate: Rate) -> Option<Taken> {
            self.1.lock().unwrap().push((caller.to_owned(), rate));
            self.0
        }
    }

    fn says(taken: Option<Taken>) -> Says {
        Says(taken, Mutex::default())
    }

    #[tokio::test]
    async fn t_16_all_servers_together_have_the_whole_limit_and_each_alone_its_share() {
        let supplier = || Slug::new("digiflazz").unwrap();
        let rates = Rates::new(10, 4);
        let wait = Duration::from_secs(7);
        let full = says(Some(Taken::Wait(wait)));
        let refused = rates.take_together(Some(&full), supplier(), Some(8), NOW);
        assert_eq!(refused.await, Err(ApiError::rate_limited(wait)));
        let asked = ("callbacks-digiflazz".to_owned(), Rate::per_minute(8));
        assert_eq!(*full.1.lock().unwrap(), [asked]);
        for _ in 0..100 {
            let free = says(Some(Taken::Allowed));
            let allowed = rates.take_together(Some(&free), supplier(), Some(8), NOW);
            allowed.await.unwrap();
        }
        let away = says(None);
        for n in 0..3 {
            let taken = rates.take_together(Some(&away), supplier(), Some(8), NOW);
            assert_eq!(taken.await.is_ok(), n < 2, "{n}");
        }
        let none = says(None);
        let unlimited = rates.take_together(Some(&none), supplier(), None, NOW);
        unlimited.await.unwrap();
        assert!(none.1.lock().unwrap().is_empty(), "nothing to count");
    }

    #[test]
    fn each_limit_of_a_member_has_a_name_of_its_own() {
        let member = MemberId::mint(NOW, &[0; 10]);
        let names = [Bucket::Orders, Bucket::Reads, Bucket::PriceList];
        let names = names.map(|bucket| (member, bucket).name());
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), 3);
    }
}
