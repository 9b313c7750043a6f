//! Placing orders and looking at them.

use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::{Match, Plan};
use serde_json::json;

use crate::house::{House, Told, nonce, order, seconds};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_answers_at_once_and_ends_with_a_serial_number() {
    let house = House::open().await;
    let agen = house.agen();
    let taken = agen.post(&order("A-1", "087800001001")).await;
    assert_eq!(taken.http, 200, "{}", taken.text);
    assert_eq!(taken.body["code"], 200);
    assert_eq!(taken.body["status"], "success");
    assert_eq!(taken.data("status"), "PENDING");
    assert_eq!(taken.data("rc"), "03");
    assert_eq!(taken.body["data"]["price"], 10_500);
    assert_eq!(taken.body["data"]["balance_remaining"], 49_989_500);
    assert_eq!(taken.headers["x-request-id"].len(), 35);

    let ended = agen.until("A-1", "SUCCESS").await;
    assert_eq!(ended.data("rc"), "00");
    assert_eq!(ended.data("trx_id"), taken.data("trx_id"));
    assert!(!ended.data("sn").is_empty());
    assert_eq!(ended.body["data"]["balance_after"], 49_989_500);
    assert!(ended.body["data"]["revision"].as_u64() > taken.body["data"]["revision"].as_u64());
    assert_eq!(agen.balance().await, 49_989_500);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_holds_the_answer_for_the_end() {
    let house = House::open().await;
    let agen = house.agen();
    let told = agen.post_and_wait(&order("W-1", "087800001002")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);

    // One that does not end: the answer comes when the wait is over, with the order as it stands.
    let number = "087800001003";
    house
        .sandbox
        .script(Match::CustomerNo(number.into()), Plan::pending());
    let began = Instant::now();
    let path = "/api/v1/transactions?wait=300";
    let told = agen
        .post_bytes(path, order("W-2", number).to_string().as_bytes())
        .await;
    assert_eq!(told.data("rc"), "03", "{}", told.text);
    assert!(began.elapsed() >= Duration::from_millis(300));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_top_up_is_a_200_and_the_money_is_back() {
    let house = House::open().await;
    let agen = house.agen();
    let number = "087800001004";
    house
        .sandbox
        .script(Match::CustomerNo(number.into()), Plan::rc("54"));
    let told = agen.post_and_wait(&order("F-1", number)).await;
    assert_eq!(told.http, 200);
    assert_eq!(told.data("status"), "FAILED", "{}", told.text);
    assert_eq!(agen.balance().await, 50_000_000);
    let mutations = agen.get("/api/v1/mutations").await;
    let kinds: Vec<(&str, i64)> = mutations.body["data"]["mutations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["type"].as_str().unwrap(),
                row["amount"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [("DEBIT", 10_500), ("CREDIT", 10_500), ("DEBIT", 50_000_000)]
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_18_a_repeated_ref_id_is_the_same_order() {
    let house = House::open().await;
    let agen = house.agen();
    let first = agen.post_and_wait(&order("R-1", "087800001005")).await;
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let again = agen.post(&order("R-1", "087800001005")).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.text, first.text);
    assert_eq!(house.sandbox.deliveries_to("087800001005"), 1);

    let other = agen.post(&order("R-1", "087800001006")).await;
    assert_eq!(other.refusal(), (422, "REF_ID_MISMATCH"));
    assert_eq!(other.body["ref_id"], "R-1");
    assert_eq!(house.sandbox.deliveries_to("087800001006"), 0);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_06_a_refused_order_keeps_its_answer() {
    let house = House::open().await;
    let (agen, poor) = (house.agen(), house.other());
    let no_money = order("P-1", "087800001007");
    let wrong_number = order("P-2", "0878");
    let dear = json!({"ref_id": "P-3", "product": "XL10", "destination": "087800001008", "max_price": 10_499});
    let unsold = json!({"ref_id": "P-4", "product": "NONE1", "destination": "087800001008"});
    let cases = [
        (&poor, &no_money, (400, "INSUFFICIENT_BALANCE")),
        (&agen, &wrong_number, (422, "INVALID_DESTINATION")),
        (&agen, &dear, (409, "PRICE_CHANGED")),
        (&agen, &unsold, (422, "PRODUCT_UNAVAILABLE")),
    ];
    for (client, wanted, refusal) in cases {
        let first = client.post(wanted).await;
        assert_eq!(first.refusal(), refusal, "{}", first.text);
        assert_eq!(first.body["ref_id"], wanted["ref_id"]);
        let again = client.post(wanted).await;
        assert_eq!(again.but_id(), first.but_id());
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let path = format!(
            "/api/v1/transactions/{}",
            wanted["ref_id"].as_str().unwrap()
        );
        let shown = client.get(&path).await;
        assert_eq!((shown.http, shown.data("status")), (200, "FAILED"));
    }
    let told = poor.post(&no_money).await;
    assert_eq!(
        told.body["message"],
        "Saldo tidak cukup: butuh Rp 10.500, tersedia Rp 5.000."
    );
    assert_eq!(house.sandbox.ledger().purchases.len(), 0);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_19_a_shop_that_presses_twice_is_told_the_earlier_order() {
    let house = House::open().await;
    let shop = house.client("ek_test_toko_0001", "test-secret-of-toko-0001-abcdef");
    let first = shop.post(&order("S-1", "087800001009")).await;
    assert_eq!(first.http, 200, "{}", first.text);
    let twice = shop.post(&order("S-2", "087800001009")).await;
    assert_eq!(twice.refusal(), (409, "DUPLICATE_ORDER"));
    assert_eq!(twice.body["earlier_ref_id"], "S-1");
    let mut wanted = order("S-3", "087800001009");
    wanted["counter"] = json!(2);
    assert_eq!(shop.post(&wanted).await.http, 200);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_product_is_not_kept() {
    let house = House::open().await;
    let agen = house.agen();
    let mut wanted = order("U-1", "087800001010");
    wanted["product"] = json!("NOSUCH");
    assert_eq!(
        agen.post(&wanted).await.refusal(),
        (404, "PRODUCT_NOT_FOUND")
    );
    assert_eq!(agen.post(&order("U-1", "087800001010")).await.http, 200);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_another_operator_is_a_warning() {
    let house = House::open().await;
    let told = house.agen().post(&order("O-1", "081234567890")).await;
    assert_eq!(told.http, 200);
    assert!(
        told.data("warning").contains("operator lain"),
        "{}",
        told.text
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_idempotency_key_says_what_the_body_says() {
    let house = House::open().await;
    let agen = house.agen();
    let body = order("K-1", "087800001011").to_string();
    let send = async |key: &str| {
        let path = "/api/v1/transactions";
        let request = agen.signed(&Method::POST, path, body.as_bytes(), seconds(), &nonce());
        Told::of(request.header("Idempotency-Key", key).send().await.unwrap()).await
    };
    assert_eq!(send("K-2").await.refusal(), (422, "VALIDATION_FAILED"));
    assert_eq!(send("\"K-1").await.refusal(), (422, "VALIDATION_FAILED"));
    assert_eq!(send("K-1").await.http, 200);
    assert_eq!(send("\"K-1\"").await.http, 200);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_newest_first_and_do_not_shift() {
    let house = House::open().await;
    let agen = house.agen();
    for n in 0..5 {
        let told = agen.post(&order(&format!("L-{n}"), "087800001012")).await;
        assert_eq!(told.http, 200);
    }
    let refs = |told: &Told| -> Vec<String> {
        let rows = told.body["data"]["transactions"]
            .as_array()
            .unwrap()
            .clone();
        rows.iter()
            .map(|row| row["ref_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = agen.get("/api/v1/transactions?limit=3").await;
    assert_eq!(refs(&first), ["L-4", "L-3", "L-2"]);
    agen.post(&order("L-5", "087800001012")).await;
    let cursor = first.data("next_cursor");
    let path = format!("/api/v1/transactions?limit=3&cursor={cursor}");
    let second = agen.get(&path).await;
    assert_eq!(refs(&second), ["L-1", "L-0"]);
    assert_eq!(second.body["data"]["next_cursor"], serde_json::Value::Null);
    agen.until("L-5", "SUCCESS").await;
    for n in 0..5 {
        agen.until(&format!("L-{n}"), "SUCCESS").await;
    }
    let delivered = "/api/v1/transactions?status=SUCCESS&limit=2";
    let first = agen.get(delivered).await;
    assert_eq!(refs(&first), ["L-5", "L-4"]);
    let cursor = first.data("next_cursor");
    let second = agen.get(&format!("{delivered}&cursor={cursor}")).await;
    assert_eq!(refs(&second), ["L-3", "L-2"]);
    let none = agen.get("/api/v1/transactions?status=REFUND").await;
    assert_eq!(refs(&none).len(), 0);
    let late = agen
        .get("/api/v1/transactions?from=2999-01-01T00:00:00%2B07:00")
        .await;
    assert_eq!(refs(&late).len(), 0, "{}", late.text);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_price_list_shows_what_the_member_pays() {
    let house = House::open().await;
    let told = house.agen().get("/api/v1/products?brand=XL").await;
    assert_eq!(
        told.body["data"]["products"],
        json!([{"code":"XL10","name":"XL 10.000","category":"pulsa","brand":"XL","price":10_500,"status":"open","cut_off":null,"multi":false,
            "kind":"prepaid","target_schema":{"kind":"phone","operators":["xl"],"strict":false}}])
    );
    house.close().await;
}
