//! Many at once, and the end of the day.

use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::{Fault, Match, Plan};
use tokio::task::JoinSet;

use crate::house::{House, PATIENCE, Told, nonce, order, seconds};

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orders_at_once_are_all_answered_and_settled() {
    const ORDERS: u32 = 1_000;
    // A client opens a connection even for a request that finds a free one in the end, so a thousand may not be enough.
    let house = House::open_with(&[("SERVER__CONNECTIONS_PER_ADDRESS", "2000")]).await;
    let agen = house.agen();
    let began = Instant::now();
    let mut sent = JoinSet::new();
    for n in 0..ORDERS {
        let agen = agen.clone();
        sent.spawn(async move {
            let number = format!("0878{:08}", 50_000_000 + n);
            agen.post(&order(&format!("K-{n:04}"), &number)).await.http
        });
    }
    let answers = sent.join_all().await;
    let answered_in = began.elapsed();
    assert!(answered_in < PATIENCE, "{answered_in:?}");
    assert_eq!(answers.len(), 1_000);
    assert!(answers.iter().all(|http| *http == 200), "{answers:?}");

    let began = Instant::now();
    let paid = 50_000_000 - i64::from(ORDERS) * 10_500;
    loop {
        let told = agen.get("/api/v1/balance").await;
        if told.body["data"]["held"] == 0 {
            break;
        }
        assert!(began.elapsed() < 3 * PATIENCE, "{}", told.text);
        tokio::task::yield_now().await;
    }
    assert_eq!(agen.balance().await, paid);
    let ledger = house.sandbox.ledger();
    assert_eq!(ledger.purchases.len(), 1_000);
    assert!(ledger.closes());
    assert!(ledger.purchases.iter().all(|row| row.deliveries == 1));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_17_a_hundred_twins_are_one_order() {
    let house = House::open().await;
    let agen = house.agen();
    let mut sent = JoinSet::new();
    for _ in 0..100 {
        let agen = agen.clone();
        sent.spawn(async move {
            let told = agen.post(&order("TWIN-1", "087800005001")).await;
            (told.http, told.data("trx_id").to_owned())
        });
    }
    let mut answers = sent.join_all().await;
    answers.dedup();
    assert_eq!(answers.len(), 1);
    agen.until("TWIN-1", "SUCCESS").await;
    assert_eq!(house.sandbox.deliveries_to("087800005001"), 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_30_a_stop_answers_who_waits_and_hears_who_was_asked() {
    let house = House::open().await;
    let agen = house.agen();
    let number = "087800005002";
    // The answer is all that there will be: no webhook tells of it.
    let plan = Plan::sukses()
        .fault(Fault::late(Duration::from_millis(500)))
        .fault(Fault::WebhookNever);
    house.sandbox.script(Match::CustomerNo(number.into()), plan);
    let body = order("STOP-1", number).to_string();
    let waiting = agen.signed(
        &Method::POST,
        "/api/v1/transactions?wait=8000",
        body.as_bytes(),
        seconds(),
        &nonce(),
    );
    let waiting = tokio::spawn(waiting.send());
    let began = Instant::now();
    while house.sandbox.ledger().purchases.is_empty() {
        assert!(began.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
    let engine = house.server.engine().clone();
    let House { sandbox, server } = house;
    server.stop().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(8));

    let told = Told::of(waiting.await.unwrap().unwrap()).await;
    assert_eq!(told.http, 200, "{}", told.text);
    let agen_code = "agen".parse().unwrap();
    let member = engine.members().member_by_code(&agen_code).await;
    let member = member.unwrap().unwrap().id;
    let ref_id = "STOP-1".parse().unwrap();
    let ended = engine.order(member, &ref_id).await.unwrap().unwrap();
    assert_eq!(ended.status().word(), "SUCCESS");
    assert!(
        agen.http
            .get(format!("{}/healthz", agen.base))
            .send()
            .await
            .is_err()
    );
    assert_eq!(sandbox.deliveries_to(number), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_orders_that_nobody_has_settled() {
    let house = House::open().await;
    let agen = house.agen();
    let number = "087800005003";
    let which = Match::CustomerNo(number.into());
    house.sandbox.script(which, Plan::pending());
    let body = order("STOP-2", number).to_string();
    let path = "/api/v1/transactions?wait=8000";
    let waiting = agen.signed(&Method::POST, path, body.as_bytes(), seconds(), &nonce());
    let waiting = tokio::spawn(waiting.send());
    let began = Instant::now();
    while house.sandbox.ledger().purchases.is_empty() {
        assert!(began.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
    let asked = Instant::now();
    house.server.stop().await.unwrap();
    let told = Told::of(waiting.await.unwrap().unwrap()).await;
    assert!(
        asked.elapsed() < Duration::from_secs(4),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!((told.http, told.data("rc")), (200, "03"), "{}", told.text);
}
