//! The servers over one database with a Redis beside it, which fails in every way it can: nothing is lost, and nothing is bought twice (INV-26).

use std::time::{Duration, Instant};

use conformance::servers::{Postgres, Redis};
use reqwest::Method;
use serde_json::json;

use crate::buyers::{Caller, Load};
use crate::cluster::{PARTS, Part, cluster_of, orders_are_worked_at_once, said};
use crate::house::House;
use crate::program::{patiently, until};

const PASSWORD: &str = "canary-password-of-a-queue-93e0";

#[tokio::test(flavor = "multi_thread")]
async fn d_05_an_order_that_one_process_accepts_another_hears_of_by_redis() {
    let redis = Redis::shared();
    orders_are_worked_at_once("redis-prompt", &redis.address()).await;
}

/// The key of the bell for the database at `url`.
fn bell(url: &str) -> String {
    let (_, database) = url.rsplit_once('/').unwrap();
    format!("eraflazz:{{{}}}:bell", database.replace('_', "-"))
}

/// Returns once servers ring in this Redis.
async fn rings(redis: &Redis, bell: &str) {
    let command = format!("EXISTS {bell}");
    until("a bell in Redis", async || {
        (redis.command(&command) == ":1").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_24_redis_killed_wiped_full_or_read_only_loses_nothing_and_buys_nothing_twice() {
    let mut redis = Redis::start();
    let server = Postgres::shared();
    let url = server.database();
    let house = House::build("redis-faults", &[("STORE__QUEUE", &redis.address())]).await;
    let (house, mut parts, callers) = cluster_of(house.in_database(&url)).await;
    let bell = bell(&url);
    let loads = callers
        .each_ref()
        .map(|caller| Load::on(caller, &house.orders));
    rings(&redis, &bell).await;
    let go_on = async || patiently("orders", house.orders.grow_by(30)).await;

    go_on().await;
    redis.kill();
    go_on().await;
    // Somebody who works dies meanwhile, and is not told of what was lost with both.
    parts[2].process.kill();
    parts[2] = Part::start(&house, PARTS[2]).await;
    redis.restart();
    rings(&redis, &bell).await;
    go_on().await;
    assert_eq!(redis.command("FLUSHALL"), "+OK");
    rings(&redis, &bell).await;
    for (break_it, mend_it) in [
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    ] {
        assert_eq!(redis.command(break_it), "+OK");
        go_on().await;
        assert_eq!(redis.command(mend_it), "+OK");
        assert_eq!(redis.command("FLUSHALL"), "+OK");
        rings(&redis, &bell).await;
        go_on().await;
    }
    // The last orders end without it.
    redis.kill();
    go_on().await;
    for load in loads {
        load.end().await;
    }
    house.all_is_well(&callers[1]).await;
    for (words, told) in [
        ("books", "books close"),
        ("check", "every balance is the sum"),
    ] {
        let said = said(&house, &[words]).await;
        assert!(said.contains(told), "{said}");
    }
    drop(parts);
    house.remove();
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_26_servers_start_without_redis_say_so_loudly_and_orders_are_swept() {
    let mut redis = Redis::start();
    redis.kill();
    let queue = [("STORE__QUEUE", redis.address())];
    let queue = queue.each_ref().map(|(key, value)| (*key, value.as_str()));
    let house = House::build("redis-away", &queue).await;
    let house = house.in_database(&Postgres::shared().database());
    let (house, parts, callers) = cluster_of(house).await;
    for part in &parts {
        let said = part.process.said();
        assert!(said.contains(r#""alert":"Redis takes nothing""#), "{said}");
    }
    let load = Load::on(&callers[0], &house.orders);
    patiently("orders", house.orders.grow_by(60)).await;
    load.end().await;
    house.all_is_well(&callers[1]).await;
    drop(parts);
    house.remove();
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_37_the_password_of_redis_is_told_to_nobody() {
    let redis = Redis::start();
    assert_eq!(
        redis.command(&format!("CONFIG SET requirepass {PASSWORD}")),
        "+OK"
    );
    let url = Postgres::shared().database();
    let address = redis.address();
    let settings = [("LOG__LEVEL", "trace"), ("STORE__QUEUE", &address)];
    let house = House::build("redis-password", &settings).await;
    let house = house.in_database(&url);
    let mut heard = vec![said(&house, &["migrate"]).await];
    let alert = "Redis takes nothing";
    let inside = address.replace("redis://", &format!("redis://:{PASSWORD}@"));
    let wrong = address.replace("redis://", &format!("redis://nobody:{PASSWORD}@"));
    for (given, is_taken) in [
        (("STORE__QUEUE_PASSWORD", PASSWORD), true),
        (("STORE__QUEUE", inside.as_str()), true),
        (("STORE__QUEUE", wrong.as_str()), false),
    ] {
        let mut server = house.run_with(&["serve"], &[given]);
        let base = server.ready(&house.http).await;
        house.calls_back(&base);
        let agen = house.agen(base);
        let load = Load::on(&agen, &house.orders);
        patiently("orders", house.orders.grow_by(20)).await;
        load.end().await;
        house.all_is_well(&agen).await;
        server.signal("TERM");
        assert!(server.ends().await, "{}", server.said());
        let said = server.said();
        assert_eq!(!said.contains(alert), is_taken, "{said}");
        heard.push(said);
    }
    for (words, rule) in [
        (
            ["check-config", "--queue", inside.as_str()],
            "--queue: everybody on this machine",
        ),
        (
            ["check-config", "--queue", PASSWORD],
            "store.queue: local, postgres or redis://",
        ),
        (
            ["check-config", "--queue", "local"],
            "store.queue: postgres or redis://",
        ),
    ] {
        let mut refused = house.run(&words);
        assert!(!refused.ends().await);
        let said = refused.said();
        assert!(said.contains(rule), "{said}");
        heard.push(said);
    }
    for told in heard {
        assert!(!told.contains(PASSWORD), "{told}");
    }
    house.remove();
}

/// A member that may read ten times a minute.
const MEMBER: &str = r#"
[[members]]
code = "warung"
tier = "retail"
kind = "h2h"
limits = { reads_per_minute = 10 }

[[members.keys]]
id = "ek_test_warung_0001"
secret = "test-secret-of-warung-0001-abcdef"
scopes = ["trx:read"]
"#;

/// How many of twenty calls this server allowed.
async fn allowed(server: &Caller) -> u64 {
    let mut allowed = 0;
    for _ in 0..20 {
        let answer = server.call(Method::GET, "/api/v1/balance", "").await;
        match answer.unwrap() {
            (200, _) => allowed += 1,
            (429, _) => {}
            other => panic!("{other:?}"),
        }
    }
    allowed
}

#[tokio::test(flavor = "multi_thread")]
async fn t_16_a_limit_is_one_for_all_servers_with_redis_and_no_more_without() {
    let mut redis = Redis::start();
    let address = redis.address();
    let queue = [("STORE__QUEUE", address.as_str())];
    let house = House::build_with("redis-limits", &queue, sandbox::Config::default(), MEMBER).await;
    let house = house.in_database(&Postgres::shared().database());
    said(&house, &["migrate"]).await;
    let mut parts = Vec::new();
    for part in [PARTS[0], PARTS[1]] {
        parts.push(Part::start(&house, part).await);
    }
    let warung = [0, 1].map(|n: usize| Caller {
        key: "ek_test_warung_0001",
        secret: "test-secret-of-warung-0001-abcdef",
        ..house.agen(parts[n].base.clone())
    });
    // What was allowed is given back with the time: one every six seconds in all.
    let began = Instant::now();
    let given_back = || began.elapsed().as_secs().div_ceil(6);
    let first = allowed(&warung[0]).await;
    assert!((10..=10 + given_back()).contains(&first), "{first}");
    let second = allowed(&warung[1]).await;
    assert!((0..=given_back()).contains(&second), "{second}");
    // Each has its half.
    redis.kill();
    for server in &warung {
        let alone = allowed(server).await;
        assert!((5..=5 + given_back()).contains(&alone), "{alone}");
    }
    let began = Instant::now();
    redis.restart();
    // Nobody asks it for a second after it was away; then there is a bucket, and it is full.
    let again = until("Redis counts again", async || {
        let bucket = redis.command("KEYS eraflazz:*:rate:member-*");
        let _ = warung[0].call(Method::GET, "/api/v1/balance", "").await;
        (bucket != "*0").then(|| began.elapsed())
    })
    .await;
    assert!(again < Duration::from_secs(30), "{again:?}");
    drop(parts);
    house.remove();
}

/// The gap between two calls to the supplier at this house, whose time runs sixty times as fast.
const GAP: (&str, i64) = ("6s", 100);

/// Orders for goods that are delivered at once: one call each.
async fn orders(server: &Caller, numbers: std::ops::Range<u32>) {
    for n in numbers {
        let body = json!({
            "ref_id": format!("P-{n}"),
            "product": "NOW",
            "destination": format!("0878{n:08}"),
        })
        .to_string();
        let answer = server.call(Method::POST, "/api/v1/transactions", &body);
        let (status, answer) = answer.await.unwrap();
        assert_eq!(status, 200, "{answer}");
    }
}

/// When the supplier was first called for each purchase, in milliseconds, once there are so many.
async fn calls(house: &House, many: usize) -> Vec<i64> {
    until("calls to the supplier", async || {
        let bought = house.sandbox.ledger().purchases;
        let mut calls: Vec<i64> = bought.iter().map(|one| one.created_ms).collect();
        calls.sort_unstable();
        (calls.len() >= many).then_some(calls)
    })
    .await
}

/// Two workers where the settings allow for four: what each would keep to by itself is half of what they use together.
#[tokio::test(flavor = "multi_thread")]
async fn the_pace_of_a_supplier_is_one_for_all_workers_with_redis_and_a_share_without() {
    let mut redis = Redis::start();
    let address = redis.address();
    let settings = [
        ("STORE__QUEUE", address.as_str()),
        ("SUPPLIERS__DIGIFLAZZ__MIN_GAP", GAP.0),
        ("ENGINE__PROCESSES", "4"),
        ("ENGINE__ORDER_DEADLINE", "24h"),
    ];
    let house = House::build("redis-pace", &settings).await;
    let (house, parts, callers) =
        cluster_of(house.in_database(&Postgres::shared().database())).await;
    orders(&callers[0], 0..100).await;
    until("the supplier's calls are counted in Redis", async || {
        let bucket = redis.command("KEYS eraflazz:*:rate:supplier-K-digiflazz");
        (bucket == "*1").then_some(())
    })
    .await;
    let together = calls(&house, 50).await;
    redis.kill();
    let before = calls(&house, 50).await.len();
    let all = calls(&house, 100).await;
    // A call that was counted may leave a little later, and so be nearer to the next.
    let late = 5 * GAP.1;
    let took = together[49] - together[0];
    assert!(took >= 49 * GAP.1 - late, "{took} ms: {together:?}");
    let alone = &all[before..];
    let took = alone[alone.len() - 1] - alone[0];
    let calls = i64::try_from(alone.len()).unwrap();
    // Each worker keeps four gaps, so together they keep two.
    assert!(
        took >= (calls - 2) * 2 * GAP.1 - late,
        "{took} ms: {alone:?}"
    );
    house.books_close(&callers[1]).await;
    drop(parts);
    house.remove();
}
