//! The bell: its promises as those of any queue, then what only many processes have, then a Redis that fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use conformance::servers::Redis;
use eraflazz_core::ids::{InboxId, OrderId};
use eraflazz_core::ports::{Due, Queue};
use eraflazz_core::time::Timestamp;
use eraflazz_store_postgres::{BellError, BellSettings, RedisQueue};
use secrecy::SecretString;
use tokio::time::timeout;

use super::{address, name};

/// Long enough for any machine; no test that passes waits for it.
const PROMPT: Duration = Duration::from_secs(30);

/// Each test has a bell of its own name on it, and so has each run.
fn shared() -> &'static Redis {
    Redis::shared()
}

fn settings() -> BellSettings {
    BellSettings {
        name: name(),
        ..BellSettings::default()
    }
}

fn bell(redis: &Redis, settings: &BellSettings) -> RedisQueue {
    RedisQueue::open(&address(redis), settings).unwrap()
}

fn items(count: u8) -> Vec<Due> {
    (0..count)
        .map(|number| Due::Order(OrderId::mint(Timestamp::from_millis(1), &[number; 10])))
        .collect()
}

/// Takes, and says that it was worked, until these were seen.
async fn work(queue: &RedisQueue, wanted: &[Due]) {
    let mut left: BTreeSet<Due> = wanted.iter().copied().collect();
    while !left.is_empty() {
        let taken = timeout(PROMPT, queue.take(100)).await.unwrap();
        for due in &taken {
            left.remove(due);
        }
        queue.ack(&taken).await;
    }
}

/// Rings until it is heard: a bell may lose what it carries, but not for ever.
async fn ring_until_heard(from: &RedisQueue, to: &RedisQueue, item: Due) {
    let ring = async {
        loop {
            from.push(&[item]).await;
            if let Ok(taken) = timeout(Duration::from_millis(200), to.take(10)).await {
                to.ack(&taken).await;
                if taken.contains(&item) {
                    return;
                }
            }
        }
    };
    timeout(PROMPT, ring).await.unwrap();
}

mod suite {
    use super::*;

    fn fresh() -> std::future::Ready<Arc<dyn Queue>> {
        std::future::ready(Arc::new(bell(shared(), &settings())))
    }

    conformance::queue_suite!(fresh);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_piece_goes_to_one_process_of_many() {
    let settings = settings();
    let ringer = bell(shared(), &settings);
    let workers: Vec<RedisQueue> = (0..4).map(|_| bell(shared(), &settings)).collect();
    let pushed = items(200);
    ringer.push(&pushed).await;
    let mut seen = Vec::new();
    while seen.len() < pushed.len() {
        for worker in &workers {
            if let Ok(taken) = timeout(Duration::from_millis(100), worker.take(7)).await {
                worker.ack(&taken).await;
                seen.extend(taken);
            }
        }
    }
    seen.sort();
    let mut pushed = pushed;
    pushed.sort();
    assert_eq!(seen, pushed, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_took_goes_to_another() {
    let settings = BellSettings {
        stray_after: Duration::from_millis(300),
        ..settings()
    };
    let dying = bell(shared(), &settings);
    let pushed = items(20);
    dying.push(&pushed).await;
    let taken = timeout(PROMPT, dying.take(20)).await.unwrap();
    assert!(!taken.is_empty());
    drop(dying);
    work(&bell(shared(), &settings), &pushed).await;
}

/// What ended the process that took it may end the next one: only the database counts that, so only there it is taken again.
#[tokio::test(flavor = "multi_thread")]
async fn inv_28_a_callback_that_a_dead_process_took_is_left_to_the_sweep() {
    let settings = BellSettings {
        stray_after: Duration::from_millis(300),
        ..settings()
    };
    let dying = bell(shared(), &settings);
    let poison = Due::Inbox(InboxId::mint(Timestamp::from_millis(1), &[9; 10]));
    let order = items(1);
    dying.push(&[poison, order[0]]).await;
    let mut taken = Vec::new();
    while taken.len() < 2 {
        taken.extend(timeout(PROMPT, dying.take(2)).await.unwrap());
    }
    drop(dying);
    // The order comes back, by the same look at what was left; the callback does not, and nothing is left of it.
    let next = bell(shared(), &settings);
    let again = timeout(PROMPT, next.take(2)).await.unwrap();
    assert_eq!(again, order);
    next.ack(&again).await;
    let more = timeout(Duration::from_secs(1), next.take(2)).await;
    assert!(more.is_err(), "{more:?}");
    let length = format!("XLEN eraflazz:{{{}}}:bell", settings.name);
    assert_eq!(shared().command(&length), ":0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_worked_leaves_the_stream() {
    let settings = settings();
    let queue = bell(shared(), &settings);
    let pushed = items(50);
    queue.push(&pushed).await;
    work(&queue, &pushed).await;
    assert_eq!(queue.depth().await, 0);
    let length = format!("XLEN eraflazz:{{{}}}:bell", settings.name);
    // The acknowledgement was said before the question for the depth was.
    assert_eq!(shared().command(&length), ":0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bell_that_nobody_hears_is_bounded() {
    let settings = BellSettings {
        depth_max: 100,
        ..settings()
    };
    let queue = bell(shared(), &settings);
    for _ in 0..20 {
        queue.push(&items(250)).await;
    }
    // Redis trims whole nodes of its tree, a hundred entries each.
    let depth = queue.depth().await;
    assert!((1..=300).contains(&depth), "{depth}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_somebody_else_are_thrown_out() {
    let settings = settings();
    let queue = bell(shared(), &settings);
    let stream = format!("eraflazz:{{{}}}:bell", settings.name);
    assert!(
        shared()
            .command(&format!("XADD {stream} * order short"))
            .starts_with('$')
    );
    work(&queue, &[]).await;
    queue.push(&items(1)).await;
    work(&queue, &items(1)).await;
    assert_eq!(queue.depth().await, 0);
    assert_eq!(shared().command(&format!("XLEN {stream}")), ":0");
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_26_without_redis_a_process_hears_itself() {
    let mut redis = Redis::start();
    let settings = settings();
    let queue = bell(&redis, &settings);
    redis.kill();
    // Who works is known by asking for work.
    assert!(
        timeout(Duration::from_millis(50), queue.take(1))
            .await
            .is_err()
    );
    ring_until_heard(&queue, &queue, items(1)[0]).await;
    assert_eq!(queue.depth().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn e_24_a_killed_redis_comes_back_empty_and_all_is_as_before() {
    let mut redis = Redis::start();
    let settings = settings();
    let (ringer, worker) = (bell(&redis, &settings), bell(&redis, &settings));
    ring_until_heard(&ringer, &worker, items(1)[0]).await;
    redis.restart();
    ring_until_heard(&ringer, &worker, items(2)[1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_24_a_wiped_redis_is_used_again_at_once() {
    let redis = Redis::start();
    let settings = settings();
    let (ringer, worker) = (bell(&redis, &settings), bell(&redis, &settings));
    ring_until_heard(&ringer, &worker, items(1)[0]).await;
    ringer.push(&items(9)).await;
    assert_eq!(redis.command("FLUSHALL"), "+OK");
    ring_until_heard(&ringer, &worker, items(10)[9]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_refuses_writes_loses_nothing_of_a_process_alone() {
    for (refuse, allow) in [
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    ] {
        let redis = Redis::start();
        let settings = settings();
        let (other, queue) = (bell(&redis, &settings), bell(&redis, &settings));
        ring_until_heard(&queue, &queue, items(1)[0]).await;
        assert_eq!(redis.command(refuse), "+OK");
        ring_until_heard(&queue, &queue, items(2)[1]).await;
        assert_eq!(redis.command(allow), "+OK");
        ring_until_heard(&other, &queue, items(3)[2]).await;
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name_and_without_the_password() {
    let open = |address: &str, settings: &BellSettings| {
        RedisQueue::open(&SecretString::from(address), settings).unwrap_err()
    };
    let wrong = open(
        "http://user:sample-password@localhost",
        &BellSettings::default(),
    );
    assert_eq!(wrong, BellError::Address);
    assert!(!wrong.to_string().contains("sample-password"));
    let good = "redis://127.0.0.1:1/0";
    let named = |name: &str| BellSettings {
        name: name.to_owned(),
        ..BellSettings::default()
    };
    for name in ["", "a b", "{a}", &"a".repeat(65)] {
        assert_eq!(
            open(good, &named(name)).to_string(),
            "name: 1 to 64 letters, digits and hyphens"
        );
    }
    let none = BellSettings {
        depth_max: 0,
        ..BellSettings::default()
    };
    assert_eq!(open(good, &none).to_string(), "depth_max: at least 1");
    let at_once = BellSettings {
        stray_after: Duration::ZERO,
        ..BellSettings::default()
    };
    assert_eq!(
        open(good, &at_once).to_string(),
        "stray_after: at least a millisecond"
    );
}
