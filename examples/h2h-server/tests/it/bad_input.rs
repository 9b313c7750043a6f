//! What is not read, and how that is said.

use reqwest::Method;
use rstest::rstest;

use crate::house::{House, Told, nonce, order, seconds};

const ORDERS: &str = "/api/v1/transactions";

#[rstest]
#[case("price", "1")]
#[case("status", "\"SUCCESS\"")]
#[case("member_id", "\"x\"")]
#[case("balance", "1")]
#[case("role", "\"admin\"")]
#[case("is_refunded", "true")]
#[tokio::test(flavor = "multi_thread")]
async fn t_02_nothing_else_can_be_bound(#[case] field: &str, #[case] value: &str) {
    let house = House::open().await;
    let mut wanted = order("M-1", "087800003001");
    wanted[field] = serde_json::from_str(value).unwrap();
    let told = house.agen().post(&wanted).await;
    assert_eq!(told.refusal(), (422, "VALIDATION_FAILED"));
    assert_eq!(told.body["errors"][0]["pointer"], format!("/{field}"));
    assert_eq!(house.agen().get("/api/v1/transactions/M-1").await.http, 404);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_strict_and_nothing_is_half_done() {
    let house = House::open().await;
    let agen = house.agen();
    let broken: [(&str, (u16, &str)); 9] = [
        // t_09
        (
            r#"{"ref_id":"D-1","ref_id":"D-2","product":"XL10","destination":"087800003002"}"#,
            (400, "MALFORMED_JSON"),
        ),
        // t_10
        (
            r#"{"ref_id":"D-1","product":"XL10","destination":"087800003002","max_price":1e5}"#,
            (422, "VALIDATION_FAILED"),
        ),
        (
            r#"{"ref_id":"D-1","product":"XL10","destination":"087800003002","max_price":10500.0}"#,
            (422, "VALIDATION_FAILED"),
        ),
        (
            r#"{"ref_id":"D-1","product":"XL10","destination":"087800003002","max_price":"10500"}"#,
            (422, "VALIDATION_FAILED"),
        ),
        (
            r#"{"ref_id":"D-1","product":"XL10","destination":"087800003002","max_price":9007199254740993}"#,
            (422, "VALIDATION_FAILED"),
        ),
        // t_05
        (
            r#"{"ref_id":"D|1","product":"XL10","destination":"087800003002"}"#,
            (422, "VALIDATION_FAILED"),
        ),
        (
            r#"{"ref_id":"D-1","product":"XL10"}"#,
            (422, "VALIDATION_FAILED"),
        ),
        ("{", (400, "MALFORMED_JSON")),
        ("", (415, "UNSUPPORTED_MEDIA_TYPE")),
    ];
    for (body, refusal) in broken {
        let told = agen.post_bytes(ORDERS, body.as_bytes()).await;
        assert_eq!(told.refusal(), refusal, "{body}");
        assert_eq!(told.body["retryable"], false, "{body}");
    }
    assert_eq!(agen.get("/api/v1/transactions/D-1").await.http, 404);
    assert_eq!(agen.balance().await, 50_000_000);
    house.close().await;
}

/// Read by position an order would have no names, so nothing in it could be unknown or twice.
#[tokio::test(flavor = "multi_thread")]
async fn t_06_a_list_is_not_an_order() {
    let house = House::open().await;
    let agen = house.agen();
    for list in [
        r#"["L-1","XL10","087800003005"]"#,
        r#"["L-1","XL10","087800003005",20000,1]"#,
        r#"[{"ref_id":"L-1","product":"XL10","destination":"087800003005"}]"#,
    ] {
        let told = agen.post_bytes(ORDERS, list.as_bytes()).await;
        assert_eq!(told.refusal(), (422, "VALIDATION_FAILED"), "{list}");
        assert_eq!(told.body["errors"][0]["pointer"], "", "{list}");
    }
    assert_eq!(agen.get("/api/v1/transactions/L-1").await.http, 404);
    assert_eq!(agen.balance().await, 50_000_000);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_06_queries_have_one_reading() {
    let house = House::open().await;
    let agen = house.agen();
    for query in [
        "wait=1&wait=2",
        "wait[]=1",
        "Wait=1",
        "wait=8001",
        "wait=-1",
        "price=1",
    ] {
        let told = agen
            .post_bytes(
                &format!("{ORDERS}?{query}"),
                order("Y-1", "087800003003").to_string().as_bytes(),
            )
            .await;
        assert_eq!(told.refusal(), (422, "VALIDATION_FAILED"), "{query}");
    }
    for path in [
        "transactions?limit=0",
        "transactions?limit=201",
        "transactions?status=success",
        "transactions?cursor=x",
        "transactions?from=yesterday",
        "transactions?limit=1&limit=1",
        "transactions/Y-1?x=1",
        "mutations?page=2",
        "balance?member_id=1",
        "products?updated_since=2026-01-01",
    ] {
        let told = agen.get(&format!("/api/v1/{path}")).await;
        assert_eq!(told.refusal(), (422, "VALIDATION_FAILED"), "{path}");
        assert!(
            !told.body["errors"][0]["pointer"]
                .as_str()
                .unwrap()
                .is_empty()
        );
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_11_bodies_have_a_size() {
    let house = House::open().await;
    let agen = house.agen();
    let huge = vec![b' '; 64 * 1024 + 1];
    let told = agen.post_bytes(ORDERS, &huge).await;
    assert_eq!(told.refusal(), (413, "BODY_TOO_LARGE"));
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(agen.post_bytes(ORDERS, deep.as_bytes()).await.http / 100, 4);
    let body = order("Z-1", "087800003004").to_string();
    let zipped = agen
        .signed(&Method::POST, ORDERS, body.as_bytes(), seconds(), &nonce())
        .header("Content-Encoding", "gzip");
    let told = Told::of(zipped.send().await.unwrap()).await;
    assert_eq!(told.refusal(), (415, "UNSUPPORTED_MEDIA_TYPE"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_in_the_envelope() {
    let house = House::open().await;
    let agen = house.agen();
    for path in [
        "/",
        "/api/v1/nothing",
        "/api/v1",
        "/api/v2/balance",
        "/api/v1/balance/",
    ] {
        let told = Told::of(agen.http.get(house.url(path)).send().await.unwrap()).await;
        assert_eq!(told.refusal(), (404, "ROUTE_NOT_FOUND"), "{path}");
        assert_eq!(
            told.headers["x-request-id"],
            told.body["request_id"].as_str().unwrap()
        );
    }
    let told = Told::of(
        agen.http
            .delete(house.url("/api/v1/balance"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(told.refusal(), (405, "METHOD_NOT_ALLOWED"));
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            agen.http
                .get(house.url(path))
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
    }
    house.close().await;
}
