//! `archive`: the log of an ended order leaves the database for a file, and is told from there.

use std::time::{SystemTime, UNIX_EPOCH};

use conformance::servers::Postgres;
use eraflazz_core::time::Timestamp;
use reqwest::Method;
use serde_json::json;

use crate::cluster::said;
use crate::house::House;
use crate::program::until;

/// The month that it is in Jakarta.
fn this_month() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let millis = i64::try_from(since.as_millis()).unwrap();
    Timestamp::from_millis(millis).month().to_string()
}

/// What is told without the line of the audit, which has a time.
fn answer(said: &str) -> &str {
    said.split_once("\ncode ").unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_20_what_happened_to_an_order_is_told_from_the_archive() {
    let house = House::build("archive", &[]).await;
    let server = Postgres::shared();
    let url = server.database();
    let house = house.in_database(&url);
    said(&house, &["migrate"]).await;
    let (running, agen) = house.serve().await;
    let body =
        json!({"ref_id": "A-1", "product": "NOW", "destination": "087800000031"}).to_string();
    let path = "/api/v1/transactions?wait=4500";
    let (_, order) = agen.call(Method::POST, path, &body).await.unwrap();
    assert_eq!(order["data"]["status"], "SUCCESS", "{order}");
    let code = order["data"]["trx_code"].as_str().unwrap();
    let show = ["order", "show", code];
    // The webhook that comes beside the answer is the last that is heard of it.
    let before = until("the webhook", async || {
        let told = said(&house, &show).await;
        told.contains("heard by signed callback").then_some(told)
    })
    .await;
    assert!(before.contains("send 1 to digiflazz"), "{before}");

    // Orders of this month stay.
    let into = house.copy("archive");
    let into = into.to_str().unwrap();
    let month = this_month();
    let archive = ["archive", "--before", &month, "--into", into];
    let none = said(&house, &archive).await;
    assert!(none.contains("the logs of 0 orders"), "{none}");
    server.run_in(
        &url,
        "UPDATE eraflazz.orders SET created_at = created_at - interval '40 days'",
    );
    let moved = said(&house, &archive).await;
    assert!(moved.contains("moved the logs of 1 orders"), "{moved}");
    let checked = said(&house, &["archive", "--check", "--into", into]).await;
    assert!(
        checked.contains("1 files with the logs of 1 orders"),
        "{checked}"
    );

    // Where the files are not, the order is told without its log; where they are, it is told whole.
    let without = said(&house, &show).await;
    let why = "what happened cannot be shown: this log has left for the file log-before-";
    assert!(without.contains(why), "{without}");
    let here = [("STORE__ARCHIVE", into)];
    let mut whole = house.run_with(&show, &here);
    assert!(whole.ends().await, "{}", whole.said());
    assert_eq!(answer(&whole.said()), answer(&before));

    // Whoever repeats it hears what it heard before, and nothing is bought.
    let bought = house.sandbox.ledger().purchases.len();
    let (status, again) = agen.call(Method::POST, path, &body).await.unwrap();
    assert_eq!((status, &again["data"]), (200, &order["data"]));
    assert_eq!(house.sandbox.ledger().purchases.len(), bought);
    let books = said(&house, &["books"]).await;
    assert!(books.contains("books close"), "{books}");

    let wrong: [(&[&str], &str); 3] = [
        (
            &["archive", "--before", "2026-13", "--into", into],
            "a month is written like 2026-05",
        ),
        (
            &["archive", "--before", "9999-12", "--into", into],
            "has not begun",
        ),
        (
            &["archive", "--before", &month],
            "store.archive: the folder of the archive is required",
        ),
    ];
    for (words, why) in wrong {
        let mut refused = house.run(words);
        assert!(!refused.ends().await);
        assert!(refused.said().contains(why), "{}", refused.said());
    }
    drop(running);
    house.remove();
}
