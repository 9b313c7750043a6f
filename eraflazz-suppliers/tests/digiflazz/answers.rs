//! What purchases look like on the wire, and what ugly answers are read as.

use std::time::Duration;

use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Claim, Formed, Purchase, Reason, Written};
use eraflazz_core::text::Target;
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};
use rstest::rstest;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{REFERENCE, adapter, config, only, purchase, success};

async fn serving(status: u16, body: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/transaction"))
        .and(header("content-type", "application/json"))
        .respond_with(ResponseTemplate::new(status).set_body_string(body))
        .mount(&server)
        .await;
    server
}

async fn bodies(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests
        .into_iter()
        .map(|request| String::from_utf8(request.body).unwrap())
        .collect()
}

#[tokio::test]
async fn a_success_is_read_in_full() {
    let server = serving(200, &success()).await;
    let exchange = adapter(&format!("{}/v1", server.uri()))
        .send(&purchase())
        .await;
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(exchange.raw, success());
    let sighting = only(&exchange);
    assert_eq!(sighting.claim, Claim::Delivered);
    assert_eq!(sighting.our_ref.unwrap().as_str(), REFERENCE);
    assert_eq!(sighting.target.as_ref().unwrap().as_str(), "087800001233");
    assert_eq!(sighting.sku.as_ref().unwrap().as_str(), "xld10");
    assert_eq!(sighting.sn.as_ref().unwrap().as_str(), "1234567890");
    assert_eq!(sighting.code.as_ref().unwrap().as_str(), "00");
    assert_eq!(sighting.price, Money::rupiah(10_000));
    assert_eq!(sighting.balance, Money::rupiah(990_000));
}

#[tokio::test]
async fn inv_11_a_resend_is_the_same_request_byte_for_byte() {
    let server = serving(200, &success()).await;
    let adapter = adapter(&format!("{}/v1/", server.uri()));
    adapter.send(&purchase()).await;
    adapter
        .send(&Purchase {
            send: 2,
            age: Duration::from_hours(24 * 40),
            ..purchase()
        })
        .await;
    let bodies = bodies(&server).await;
    assert_eq!(
        bodies,
        vec![
            format!(
                r#"{{"username":"eraflazz_demo","buyer_sku_code":"xld10","customer_no":"087800001233","ref_id":"{REFERENCE}","max_price":10500,"sign":"573af401af24a6386c3ba78d101ae38e"}}"#
            );
            2
        ]
    );
}

#[tokio::test]
async fn settings_reach_the_purchase() {
    let server = serving(200, &success()).await;
    let adapter = Digiflazz::new(Config {
        testing: true,
        allow_dot: true,
        cb_url: Some("http://127.0.0.1:9/callback".to_owned()),
        ..config(&format!("{}/v1", server.uri()))
    })
    .unwrap();
    adapter.send(&purchase()).await;
    adapter
        .send(&Purchase {
            target: Target::new("12345.6789").unwrap(),
            ..purchase()
        })
        .await;
    let bodies = bodies(&server).await;
    assert!(bodies[0].contains(r#""testing":true,"cb_url":"http://127.0.0.1:9/callback","sign""#));
    assert!(bodies[1].contains(r#""allow_dot":true"#));
}

#[tokio::test]
async fn what_must_not_be_bought_is_refused_unsent() {
    let server = serving(200, &success()).await;
    let adapter = adapter(&format!("{}/v1", server.uri()));
    let day = Duration::from_hours(24);
    let refused = [
        (
            Reason::Other,
            Purchase {
                send: 2,
                age: day * 85,
                ..purchase()
            },
        ),
        (
            Reason::Price,
            Purchase {
                cap: "0.99".parse().unwrap(),
                ..purchase()
            },
        ),
        (
            Reason::Price,
            Purchase {
                cap: "-5".parse().unwrap(),
                ..purchase()
            },
        ),
        (
            Reason::Other,
            Purchase {
                target: Target::new("087800001233.2").unwrap(),
                ..purchase()
            },
        ),
    ];
    for (reason, purchase) in refused {
        let exchange = adapter.send(&purchase).await;
        assert_eq!(exchange.written, Written::No);
        assert_eq!(only(&exchange).claim, Claim::NotSent);
        assert_eq!(only(&exchange).reason, reason, "{purchase:?}");
    }
    assert!(bodies(&server).await.is_empty());

    let almost = Purchase {
        send: 2,
        age: Duration::from_hours(24 * 85 - 1),
        ..purchase()
    };
    adapter.send(&almost).await;
    assert_eq!(bodies(&server).await.len(), 1);
}

#[tokio::test]
async fn asking_never_buys() {
    let server = serving(200, &success()).await;
    let sent = purchase();
    let exchange = adapter(&format!("{}/v1", server.uri()))
        .ask(&eraflazz_core::supplier::AttemptView {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            supplier_ref: sent.supplier_ref,
            their_ref: None,
            sku: sent.sku,
            target: sent.target,
            sends: 1,
            age: Duration::from_mins(2),
        })
        .await;
    assert_eq!(only(&exchange).claim, Claim::Unclear);
    assert!(bodies(&server).await.is_empty());
}

const REFUSED: Claim = Claim::Refused { formed: Formed::No };
const FAILED: Claim = Claim::Refused {
    formed: Formed::Yes,
};

#[rstest]
#[case::refusal_400(
    400,
    r#"{"data":{"rc":"42","message":"x"}}"#,
    REFUSED,
    Reason::AccountFault
)]
#[case::refusal_200(
    200,
    r#"{"data":{"rc":"42","message":"x"}}"#,
    REFUSED,
    Reason::AccountFault
)]
#[case::refusal_429(
    429,
    r#"{"data":{"rc":"44","status":"Gagal"}}"#,
    REFUSED,
    Reason::SupplierFunds
)]
#[case::rate_limit(
    200,
    r#"{"data":{"rc":"85","status":"Gagal"}}"#,
    Claim::Unclear,
    Reason::RateLimited
)]
#[case::failed_502(502, r#"{"data":{"rc":"02","status":"Gagal"}}"#, FAILED, Reason::Other)]
#[case::no_code(
    200,
    r#"{"data":{"message":"Invalid Payload"}}"#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::status_alone(
    200,
    r#"{"data":{"status":"Gagal"}}"#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::success_without_status(200, r#"{"data":{"rc":"00"}}"#, Claim::Unclear, Reason::Unreadable)]
#[case::code_as_number(
    200,
    r#"{"data":{"rc":3,"status":"Pending"}}"#,
    Claim::Pending,
    Reason::None
)]
#[case::loud_status(
    200,
    r#"{"data":{"rc":"03","status":"PENDING"}}"#,
    Claim::Pending,
    Reason::None
)]
#[case::router(
    200,
    r#"{"data":{"rc":"99","status":"Pending"}}"#,
    Claim::Pending,
    Reason::None
)]
#[case::unknown_code(
    200,
    r#"{"data":{"rc":"90","status":"Gagal"}}"#,
    Claim::Unclear,
    Reason::Other
)]
#[case::contradiction(
    200,
    r#"{"data":{"rc":"03","status":"Gagal"}}"#,
    Claim::Unclear,
    Reason::Contradiction
)]
#[case::contradiction(
    200,
    r#"{"data":{"rc":"02","status":"Sukses"}}"#,
    Claim::Unclear,
    Reason::Contradiction
)]
#[case::two_codes(
    200,
    r#"{"data":{"rc":"02","status":"Gagal","rc":"00"}}"#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::two_answers(
    200,
    r#"{"data":{"rc":"02","status":"Gagal"},"data":{}}"#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::list(
    200,
    r#"{"data":[{"rc":"02","status":"Gagal"}]}"#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::null(200, r#"{"data":null}"#, Claim::Unclear, Reason::Unreadable)]
#[case::no_data(
    200,
    r#"{"rc":"02","status":"Gagal"}"#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::cut(
    200,
    r#"{"data":{"rc":"02","status":"Gagal""#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::empty_500(500, "", Claim::Unclear, Reason::Unreadable)]
#[case::html(
    502,
    "<html><h1>502 Bad Gateway</h1></html>",
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::wrong_path(404, "404 page not found", Claim::Unclear, Reason::Unreadable)]
#[case::foreign_ref(
    200,
    r#"{"data":{"ref_id":"INV/77","rc":"02","status":"Gagal"}}"#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[case::odd_ref(
    200,
    r#"{"data":{"ref_id":{"a":1},"rc":"02","status":"Gagal"}}"#,
    Claim::Unclear,
    Reason::Unreadable
)]
#[tokio::test]
async fn ugly_answers_are_read_by_code_and_status_alone(
    #[case] http_status: u16,
    #[case] body: &str,
    #[case] claim: Claim,
    #[case] reason: Reason,
) {
    let server = serving(http_status, body).await;
    let exchange = adapter(&format!("{}/v1", server.uri()))
        .send(&purchase())
        .await;
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(exchange.raw, body);
    assert_eq!(
        (only(&exchange).claim, only(&exchange).reason),
        (claim, reason)
    );
    assert_eq!(bodies(&server).await.len(), 1, "one send is one request");
}

/// Words in a message, whatever they say, decide nothing: only the code and the status do.
#[rstest]
#[case::bait_in_a_failure(r#"{"data":{"rc":"02","status":"Gagal","message":"SUKSES SN: 1234567890 R#A-0001"}}"#, Claim::Refused { formed: Formed::Yes })]
#[case::bait_in_a_pending(
    r#"{"data":{"rc":"03","status":"Pending","message":"SUKSES.\r\nSN=1234567890 <b>SUKSES</b>"}}"#,
    Claim::Pending
)]
#[case::bait_in_an_unknown_code(
    r#"{"data":{"rc":"90","status":"Gagal","message":"GAGAL, saldo dikembalikan"}}"#,
    Claim::Unclear
)]
#[tokio::test]
async fn t_18_words_in_a_message_decide_nothing(#[case] body: &str, #[case] claim: Claim) {
    let server = serving(200, body).await;
    let exchange = adapter(&format!("{}/v1", server.uri()))
        .send(&purchase())
        .await;
    assert_eq!(
        (only(&exchange).claim, only(&exchange).sn.clone()),
        (claim, None)
    );
}

#[rstest]
#[case::foreign_ref(REFERENCE, "EF-20260101-000001")]
#[case::foreign_target("087800001233", "0878\\u00001")]
#[case::foreign_sku("xld10", "xld\\u0000")]
#[tokio::test]
async fn e_09_a_success_with_an_echo_that_cannot_be_ours_claims_nothing(
    #[case] ours: &str,
    #[case] theirs: &str,
) {
    let server = serving(200, &success().replace(ours, theirs)).await;
    let exchange = adapter(&format!("{}/v1", server.uri()))
        .send(&purchase())
        .await;
    assert_eq!(only(&exchange).claim, Claim::Unclear);
    assert_eq!(only(&exchange).sn, None);
}

#[rstest]
#[case::price_as_text("10000,", "\"10000\",", Money::rupiah(10_000), false)]
#[case::price_with_a_dot("10000,", "10000.0,", Money::rupiah(10_000), false)]
#[case::price_with_a_fraction(
    "10000,",
    "10000.25,",
    Some(Money::from_hundredths(1_000_025)),
    false
)]
#[case::price_too_precise("10000,", "10000.255,", None, true)]
#[case::price_beyond_the_bound("10000,", "10000000000000,", None, true)]
#[case::price_in_powers("10000,", "1e4,", None, true)]
#[case::price_below_zero("10000,", "-10000,", None, true)]
#[case::price_null("10000,", "null,", None, false)]
#[tokio::test]
async fn t_10_a_price_is_exact_or_absent(
    #[case] as_sent: &str,
    #[case] instead: &str,
    #[case] price: Option<Money>,
    #[case] unread: bool,
) {
    let server = serving(200, &success().replace(as_sent, instead)).await;
    let exchange = adapter(&format!("{}/v1", server.uri()))
        .send(&purchase())
        .await;
    assert_eq!(only(&exchange).claim, Claim::Delivered);
    assert_eq!(only(&exchange).price, price);
    assert_eq!(only(&exchange).price_unread, unread, "E-10");
}

#[rstest]
#[case("\"\"")]
#[case("null")]
#[case("\"-\"")]
#[case("\"0\"")]
#[case("{}")]
#[tokio::test]
async fn e_12_a_success_may_lack_its_serial_number(#[case] sn: &str) {
    let server = serving(200, &success().replace("\"1234567890\"", sn)).await;
    let exchange = adapter(&format!("{}/v1", server.uri()))
        .send(&purchase())
        .await;
    assert_eq!(only(&exchange).claim, Claim::Delivered);
    assert_eq!(only(&exchange).sn, None);
}
