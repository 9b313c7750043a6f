//! Who may do what, how often, from where.

use reqwest::Method;
use rstest::rstest;

use crate::house::{House, Told, nonce, order, seconds};

#[tokio::test(flavor = "multi_thread")]
async fn t_01_a_foreign_order_looks_like_an_absent_one() {
    let house = House::open().await;
    let (agen, other) = (house.agen(), house.other());
    agen.post_and_wait(&order("MINE-1", "087800002001")).await;
    let foreign = other.get("/api/v1/transactions/MINE-1").await;
    let absent = other.get("/api/v1/transactions/NONE-1").await;
    assert_eq!(foreign.refusal(), (404, "TRANSACTION_NOT_FOUND"));
    assert_eq!(foreign.but_id(), absent.but_id());
    for odd in ["%7C", "a%20b", "%ff", &"x".repeat(65)] {
        let told = other.get(&format!("/api/v1/transactions/{odd}")).await;
        assert_eq!(told.but_id(), absent.but_id(), "{odd}");
    }
    let list = other.get("/api/v1/transactions").await;
    assert_eq!(
        list.body["data"]["transactions"].as_array().unwrap().len(),
        0
    );
    let mutations = other.get("/api/v1/mutations").await;
    assert_eq!(
        mutations.body["data"]["mutations"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // The same reference of another member is another order.
    let told = other.post(&order("MINE-1", "087800002001")).await;
    assert_eq!(told.refusal(), (400, "INSUFFICIENT_BALANCE"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_03_a_key_does_what_its_scopes_say() {
    let house = House::open().await;
    let reader = house.client("ek_test_baca_0001", "test-secret-of-baca-0001-abcdef");
    let writer = house.client("ek_test_tulis_001", "test-secret-of-tulis-001-abcdef");
    let missing = (403, "SCOPE_MISSING");
    assert_eq!(
        reader.post(&order("B-1", "087800002002")).await.refusal(),
        missing
    );
    assert_eq!(reader.get("/api/v1/transactions/B-1").await.http, 404);
    assert_eq!(writer.post(&order("B-1", "087800002002")).await.http, 200);
    for path in [
        "/balance",
        "/products",
        "/mutations",
        "/transactions",
        "/transactions/B-1",
    ] {
        let told = writer.get(&format!("/api/v1{path}")).await;
        assert_eq!(told.refusal(), missing, "{path}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_good_where_its_networks_say_and_strangers_hear_nothing_of_it() {
    let house = House::open().await;
    let far = house.client("ek_test_jauh_0001", "test-secret-of-jauh-0001-abcdef");
    assert_eq!(
        far.get("/api/v1/balance").await.refusal(),
        (403, "IP_NOT_ALLOWED")
    );
    let guess = house.client("ek_test_jauh_0001", "test-secret-of-jauh-0001-guess!");
    assert_eq!(
        guess.get("/api/v1/balance").await.refusal(),
        (401, "UNAUTHENTICATED")
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_member_is_told_so() {
    let house = House::open().await;
    let member = house.client("ek_test_henti_001", "test-secret-of-henti-001-abcdef");
    let told = member.post(&order("H-1", "087800002003")).await;
    assert_eq!(told.refusal(), (403, "MEMBER_SUSPENDED"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_04_a_replayed_order_is_the_same_order_and_a_replayed_read_is_refused() {
    let house = House::open().await;
    let agen = house.agen();
    let (body, now) = (order("N-1", "087800002004").to_string(), seconds());
    let send = async |method: Method, path: &str, body: &[u8], at: u64, nonce: &str| {
        let request = agen.signed(&method, path, body, at, nonce);
        Told::of(request.send().await.unwrap()).await
    };
    let orders = "/api/v1/transactions";
    let first = send(Method::POST, orders, body.as_bytes(), now, "nonce-order-1").await;
    let again = send(Method::POST, orders, body.as_bytes(), now, "nonce-order-1").await;
    assert_eq!(first.data("trx_id"), again.data("trx_id"));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    agen.until("N-1", "SUCCESS").await;
    assert_eq!(house.sandbox.deliveries_to("087800002004"), 1);

    let read = send(Method::GET, "/api/v1/balance", b"", now, "nonce-read-01").await;
    assert_eq!(read.http, 200);
    let read = send(Method::GET, "/api/v1/balance", b"", now, "nonce-read-01").await;
    assert_eq!(read.refusal(), (401, "UNAUTHENTICATED"));

    for at in [now - 310, now + 310] {
        let late = send(Method::GET, "/api/v1/balance", b"", at, &nonce()).await;
        assert_eq!(late.refusal(), (401, "TIMESTAMP_OUT_OF_RANGE"));
        assert!(late.body["server_time"].is_string());
    }
    house.close().await;
}

#[rstest]
#[case::unknown_key("ek_test_nobody_01", "test-secret-of-agen-0001-abcdef")]
#[case::wrong_secret("ek_test_agen_0001", "test-secret-of-agen-0001-abcdeF")]
#[case::decoy("ek_test_nobody_01", "no member signs with these bytes")]
#[tokio::test(flavor = "multi_thread")]
async fn t_15_one_401_for_all(#[case] key: &str, #[case] secret: &str) {
    let house = House::open().await;
    let told = house.client(key, secret).get("/api/v1/balance").await;
    assert_eq!(told.refusal(), (401, "UNAUTHENTICATED"));
    let plain = house
        .client("ek_test_nobody_02", "x")
        .get("/api/v1/balance")
        .await;
    assert_eq!(told.but_id(), plain.but_id());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_08_signatures_have_one_form() {
    let house = House::open().await;
    let agen = house.agen();
    let path = "/api/v1/balance";
    let unsigned = agen.http.get(house.url(path)).send().await.unwrap();
    assert_eq!(Told::of(unsigned).await.refusal(), (400, "MISSING_HEADER"));
    let twice = agen
        .signed(&Method::GET, path, b"", seconds(), &nonce())
        .header("X-Signature", "v1=00");
    let twice = Told::of(twice.send().await.unwrap()).await;
    assert_eq!(twice.refusal(), (401, "UNAUTHENTICATED"));
    // Scheme A says nothing about the path: it is for JSON POSTs only.
    let body = order("A-8", "087800002005").to_string();
    let simple = agen.signed_simply(&Method::POST, "/api/v1/transactions", body.as_bytes());
    assert_eq!(simple.send().await.unwrap().status(), 200);
    let simple = agen.signed_simply(&Method::GET, path, b"");
    assert_eq!(simple.send().await.unwrap().status(), 401);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_16_members_have_limits_with_retry_after() {
    let house = House::open().await;
    let shop = house.client("ek_test_toko_0001", "test-secret-of-toko-0001-abcdef");
    for n in 0..3 {
        let told = shop
            .post(&order(&format!("Q-{n}"), &format!("08780000210{n}")))
            .await;
        assert_eq!(told.http, 200, "{}", told.text);
    }
    let told = shop.post(&order("Q-3", "087800002103")).await;
    assert_eq!(told.refusal(), (429, "RATE_LIMITED"));
    let wait: u64 = told.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=20).contains(&wait));
    // Reads and the price list have buckets of their own; nothing of the refused order is there.
    assert_eq!(shop.get("/api/v1/transactions/Q-3").await.http, 404);
    assert_eq!(shop.get("/api/v1/products").await.http, 200);
    assert_eq!(shop.get("/api/v1/products").await.http, 429);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_16_addresses_have_limits_before_anybody_is_known() {
    let house = House::open_with(&[("LIMITS__PER_ADDRESS", "2")]).await;
    let nobody = house.client("ek_test_nobody_01", "a-secret-that-nobody-has");
    for http in [401, 401, 429] {
        assert_eq!(nobody.get("/api/v1/balance").await.http, http);
    }
    house.close().await;
}
