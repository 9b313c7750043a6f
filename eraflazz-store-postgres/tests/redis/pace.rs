//! The pace of suppliers that many processes keep together.

use std::sync::Arc;
use std::time::Duration;

use conformance::servers::Redis;
use eraflazz_core::ids::Installation;
use eraflazz_core::limit::Taken;
use eraflazz_core::ports::Pace;
use eraflazz_core::text::Slug;
use eraflazz_store_postgres::{SharedPace, SharedRates};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::{address, name};

fn process(redis: &Redis, name: &str, installation: char) -> SharedPace {
    let rates = SharedRates::open(&address(redis), name).unwrap();
    SharedPace::new(Arc::new(rates), Installation::new(installation).unwrap())
}

fn supplier(name: &str) -> Slug {
    Slug::new(name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_two_processes_are_a_gap_apart() {
    const GAP: Duration = Duration::from_millis(40);
    let (redis, name) = (Redis::shared(), name());
    let began = Instant::now();
    let mut processes = JoinSet::new();
    for _process in 0..2 {
        let pace = process(redis, &name, 'E');
        processes.spawn(async move {
            for _ in 0..10 {
                loop {
                    match pace.take(&supplier("digiflazz"), GAP).await.unwrap() {
                        Taken::Allowed => break,
                        Taken::Wait(wait) => assert!(wait <= GAP, "{wait:?}"),
                    }
                }
            }
        });
    }
    processes.join_all().await;
    // Twenty calls, nineteen gaps; the clocks are two.
    let least = GAP * 18;
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_supplier_of_each_installation_has_a_pace_of_its_own() {
    let (redis, bell) = (Redis::shared(), name());
    let gap = Duration::from_mins(10);
    let (ours, theirs) = (process(redis, &bell, 'E'), process(redis, &bell, 'F'));
    for (pace, name) in [(&ours, "a"), (&ours, "b"), (&theirs, "a")] {
        let first = pace.take(&supplier(name), gap).await;
        assert_eq!(first, Some(Taken::Allowed), "{name}");
        let second = pace.take(&supplier(name), gap).await;
        assert!(matches!(second, Some(Taken::Wait(_))), "{name}: {second:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_it_says_so_soon_and_counts_again_when_it_is_back() {
    let mut redis = Redis::start();
    let pace = process(&redis, "test", 'E');
    let (name, gap) = (supplier("digiflazz"), Duration::from_mins(10));
    assert_eq!(pace.take(&name, gap).await, Some(Taken::Allowed));
    redis.kill();
    for _ in 0..1_000 {
        let said = timeout(Duration::from_secs(20), pace.take(&name, gap)).await;
        assert_eq!(said.unwrap(), None);
    }
    redis.restart();
    let back = async { while pace.take(&name, gap).await.is_none() {} };
    timeout(Duration::from_secs(20), back).await.unwrap();
    let counted = pace.take(&name, gap).await;
    assert!(matches!(counted, Some(Taken::Wait(_))), "{counted:?}");
}
