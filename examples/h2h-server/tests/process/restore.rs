//! A database that was put back to an earlier state (C14, INV-31): it does not know what was bought since. Nothing is sent before a person has compared, and what
//! the supplier tells of the lost time is booked once.

use conformance::servers::Postgres;
use reqwest::Method;
use sandbox::{Match, Plan, Purchase};
use serde_json::{Value, json};

use crate::buyers::Caller;
use crate::cluster::said;
use crate::fence::{refused, shut_out};
use crate::house::{House, dewi};
use crate::program::until;

/// What a purchase costs us, whole rupiah.
const COST: i64 = 10_000;

async fn buy(agen: &Caller, n: u32, wait: &str) -> (u16, Value) {
    let body = json!({
        "ref_id": format!("R-{n}"),
        "product": "NOW",
        "destination": format!("08780000004{n}"),
    });
    let path = format!("/api/v1/transactions?wait={wait}");
    let answer = agen.call(Method::POST, &path, &body.to_string()).await;
    answer.unwrap()
}

async fn how(agen: &Caller, n: u32) -> (u16, Value) {
    let path = format!("/api/v1/transactions/R-{n}");
    agen.call(Method::GET, &path, "").await.unwrap()
}

fn purchases(house: &House) -> Vec<Purchase> {
    house.sandbox.ledger().purchases
}

/// What is left at the supplier: by our books, and as it says.
async fn left(house: &House) -> (i64, i64) {
    let told = said(house, &["epoch", "show", "--json"]).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    let of = |what: &str| told["suppliers"][0][what].as_i64().unwrap();
    (of("prepaid") - of("exposure"), of("balance"))
}

/// An order, and a copy of the database with it.
async fn copied(house: &House, server: &Postgres, url: &str) -> String {
    let (mut running, agen) = house.serve().await;
    let (_, told) = buy(&agen, 1, "4500").await;
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    running.signal("TERM");
    assert!(running.ends().await, "{}", running.said());
    let (place, _) = url.split_once('?').unwrap_or((url, ""));
    let (_, name) = place.rsplit_once('/').unwrap();
    let backup = server.database_like(name);
    assert_eq!(
        left(house).await,
        (10_000_000_000 - COST, 10_000_000_000 - COST)
    );
    backup
}

/// One that is delivered and one that is under way, of which the copy knows nothing; then the database is gone. Our reference of the latter, for this number.
async fn lost_since(house: &House, number: &str) -> String {
    let (mut running, agen) = house.serve().await;
    let (_, told) = buy(&agen, 2, "4500").await;
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    house
        .sandbox
        .script(Match::CustomerNo(number.to_owned()), Plan::pending());
    let (_, told) = buy(&agen, 3, "100").await;
    assert_ne!(told["data"]["status"], "SUCCESS", "{told}");
    let under_way = until("the purchase of the third", async || {
        let all = purchases(house);
        let found = all.iter().find(|row| row.customer_no == number)?;
        Some(found.ref_id.clone())
    })
    .await;
    running.kill();
    under_way
}

#[tokio::test(flavor = "multi_thread")]
async fn c_14_inv_31_what_a_restore_has_lost_is_not_bought_again_and_is_booked_once() {
    let house = House::build("restore", &[]).await;
    let server = Postgres::shared();
    let url = server.database();
    let house = house.in_database(&url);
    said(&house, &["migrate"]).await;
    let backup = copied(&house, server, &url).await;
    let number = "087800000043";
    let under_way = lost_since(&house, number).await;

    // The file first, then the backup.
    std::fs::write(house.epoch_file(), "1\n").unwrap();
    let house = house.in_database(&backup);
    let (mut fenced, agen) = shut_out(&house, "all").await;
    assert_eq!(how(&agen, 1).await.0, 200);
    for lost in [2, 3] {
        assert_eq!(how(&agen, lost).await.0, 404, "it is lost");
    }
    assert_eq!(
        buy(&agen, 4, "100").await.0,
        503,
        "and nothing new is taken"
    );
    // Callbacks are, and wait.
    house.calls_back(&agen.base);
    assert!(house.sandbox.settle(&under_way, "00").await);
    let heard = house.sandbox.webhooks();
    assert_eq!(heard.last().unwrap().http_status, Some(200));
    fenced.signal("TERM");
    assert!(fenced.ends().await, "{}", fenced.said());
    assert_eq!(purchases(&house).len(), 3, "nothing was sent");
    // Who is shut out keeps it from nobody.
    server.run_in(&backup, "DO $$ BEGIN ASSERT (SELECT array_agg(taken_until IS NULL) = ARRAY[true] FROM eraflazz.inbox); END $$");

    // A person compares: the difference is what was lost.
    assert_eq!(
        left(&house).await,
        (10_000_000_000 - COST, 10_000_000_000 - 3 * COST)
    );
    let unchecked = refused(house.run(&["epoch", "raise"])).await;
    assert!(unchecked.contains("nothing was raised"), "{unchecked}");
    let raised = said(&house, &["epoch", "raise", "--checked"]).await;
    assert!(raised.contains("the epoch is 1"), "{raised}");

    // What the supplier told of the lost time is booked, once, as the house's; a person hears of it, and books the rest.
    let (_running, agen) = house.serve().await;
    until("the case of the lost purchase", async || {
        let pending = said(&house, &["pending"]).await;
        pending.contains("orphan").then_some(())
    })
    .await;
    assert!(house.sandbox.settle(&under_way, "00").await);
    let lost = purchases(&house);
    let delivered = lost
        .iter()
        .find(|row| row.customer_no.ends_with("42"))
        .unwrap();
    let cost = COST.to_string();
    let reference = delivered.ref_id.as_str();
    said(
        &house,
        &[
            "float",
            "digiflazz",
            &cost,
            "--kind",
            "corrected",
            "--source",
            "restore",
            "--reference",
            reference,
            "--bank",
            "99",
        ],
    )
    .await;
    let (books, says) = left(&house).await;
    assert_eq!(
        (books, says),
        (10_000_000_000 - 3 * COST, 10_000_000_000 - 3 * COST)
    );

    // New orders go on, under references that no lost one can have.
    let (_, told) = buy(&agen, 4, "4500").await;
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    let all = purchases(&house);
    assert!(
        all[..3].iter().all(|row| row.ref_id.starts_with("K00")),
        "{all:?}"
    );
    assert!(all[3].ref_id.starts_with("K01"), "{all:?}");
    let (status, books) = dewi(&agen)
        .call(Method::GET, "/api/v1/admin/books", "")
        .await
        .unwrap();
    assert_eq!(
        (status, &books["data"]["closes"]),
        (200, &json!(true)),
        "{books}"
    );
    house.remove();
}
