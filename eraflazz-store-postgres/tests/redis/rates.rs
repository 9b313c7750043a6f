//! Rates that many processes share.

use std::time::Duration;

use conformance::servers::Redis;
use eraflazz_core::limit::{Rate, Taken};
use eraflazz_store_postgres::SharedRates;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::{address, name};

#[tokio::test(flavor = "multi_thread")]
async fn t_16_many_processes_take_from_one_bucket() {
    let (redis, name) = (Redis::shared(), name());
    let rate = Rate::new(Duration::from_mins(1), 20);
    let mut callers = JoinSet::new();
    for _process in 0..8 {
        let rates = SharedRates::open(&address(redis), &name).unwrap();
        callers.spawn(async move {
            let mut allowed = 0;
            for _ in 0..10 {
                match rates.take("member-1", rate).await.unwrap() {
                    Taken::Allowed => allowed += 1,
                    Taken::Wait(wait) => assert!(wait <= Duration::from_mins(1), "{wait:?}"),
                }
            }
            allowed
        });
    }
    let allowed: u32 = callers.join_all().await.into_iter().sum();
    assert_eq!(allowed, 20);
    let rates = SharedRates::open(&address(redis), &name).unwrap();
    assert_eq!(rates.take("member-2", rate).await, Some(Taken::Allowed));
    let others = SharedRates::open(&address(redis), &format!("{name}-other")).unwrap();
    assert_eq!(others.take("member-1", rate).await, Some(Taken::Allowed));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_says_to_wait_is_enough_and_no_more_than_needed() {
    let (redis, name) = (Redis::shared(), name());
    let rates = SharedRates::open(&address(redis), &name).unwrap();
    let rate = Rate::new(Duration::from_millis(200), 1);
    assert_eq!(rates.take("a", rate).await, Some(Taken::Allowed));
    let began = Instant::now();
    while rates.take("a", rate).await != Some(Taken::Allowed) {}
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(190), "{waited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e_39_a_clock_set_back_costs_one_wait() {
    let (redis, name) = (Redis::shared(), name());
    let rates = SharedRates::open(&address(redis), &name).unwrap();
    let rate = Rate::new(Duration::from_millis(50), 1);
    // Written under a clock of the year 2096.
    let set = format!("SET eraflazz:{{{name}}}:rate:a 4000000000000000");
    assert_eq!(redis.command(&set), "+OK");
    let Some(Taken::Wait(wait)) = rates.take("a", rate).await else {
        panic!("a full bucket");
    };
    assert_eq!(wait, Duration::from_millis(50));
    let allowed = async { while rates.take("a", rate).await != Some(Taken::Allowed) {} };
    timeout(Duration::from_secs(20), allowed).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_that_are_full_again_are_forgotten() {
    let (redis, name) = (Redis::shared(), name());
    let rates = SharedRates::open(&address(redis), &name).unwrap();
    let rate = Rate::new(Duration::from_secs(10), 3);
    assert_eq!(rates.take("a", rate).await, Some(Taken::Allowed));
    let left = redis.command(&format!("PTTL eraflazz:{{{name}}}:rate:a"));
    let left: u64 = left.trim_start_matches(':').parse().unwrap();
    assert!((9_000..=11_000).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_it_says_so_soon_and_then_at_once() {
    let mut redis = Redis::start();
    let rates = SharedRates::open(&address(&redis), "test").unwrap();
    let rate = Rate::per_minute(60);
    assert_eq!(rates.take("a", rate).await, Some(Taken::Allowed));
    redis.kill();
    for _ in 0..1_000 {
        assert_eq!(
            timeout(Duration::from_secs(20), rates.take("a", rate))
                .await
                .unwrap(),
            None
        );
    }
    redis.restart();
    let back = async { while rates.take("a", rate).await.is_none() {} };
    timeout(Duration::from_secs(20), back).await.unwrap();
}
