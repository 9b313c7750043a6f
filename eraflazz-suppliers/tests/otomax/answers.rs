//! What comes back, and what does not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{AttemptView, Claim, Reason, Repeat, Written};
use eraflazz_suppliers::otomax::Otomax;
use wiremock::ResponseTemplate;

use crate::support::{SUCCESS, adapter, answering, attempt, config, only, purchase, saying};

#[tokio::test]
async fn another_status_than_200_proves_nothing_whatever_it_says() {
    for status in [201, 302, 401, 404, 500, 502] {
        let answer = ResponseTemplate::new(status)
            .set_body_string("R#900001 S10.081234567890 GAGAL. Stok kosong. Saldo 1.000");
        let server = answering(answer).await;
        let exchange = adapter(&server.uri()).send(&purchase()).await;
        assert_eq!(exchange.written, Written::Yes);
        assert_eq!(only(&exchange).claim, Claim::Unclear, "{status}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = answering(ResponseTemplate::new(200).set_body_string(SUCCESS)).await;
    let answer = ResponseTemplate::new(302).insert_header("location", other.uri());
    let server = answering(answer).await;
    let exchange = adapter(&server.uri()).send(&purchase()).await;
    assert_eq!(only(&exchange).claim, Claim::Unclear);
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_without_a_known_end_is_unclear() {
    let base = saying(
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nR#900001 S10.081234567890 GAGAL. Stok kosong. Saldo 1.000",
    )
    .await;
    let exchange = adapter(&base).send(&purchase()).await;
    assert_eq!(only(&exchange).claim, Claim::Unclear);
    assert!(!exchange.raw.is_empty(), "it is kept as evidence");
}

#[tokio::test]
async fn half_an_answer_is_unclear() {
    let base = saying(
        b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\nR#900001 S10.081234567890 GAGAL. Stok kosong. Saldo 1.000",
    )
    .await;
    let exchange = adapter(&base).send(&purchase()).await;
    assert_eq!(only(&exchange).claim, Claim::Unclear);
    assert_eq!(exchange.written, Written::Yes);
}

#[tokio::test]
async fn silence_is_unclear() {
    let answer = ResponseTemplate::new(200)
        .set_body_string(SUCCESS)
        .set_delay(Duration::from_secs(30));
    let server = answering(answer).await;
    let exchange = adapter(&server.uri()).send(&purchase()).await;
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(
        (only(&exchange).claim, only(&exchange).reason),
        (Claim::Unclear, Reason::Timeout)
    );
}

#[tokio::test]
async fn more_than_a_page_is_unclear() {
    let body = format!("{SUCCESS}{}", "x".repeat(70_000));
    let server = answering(ResponseTemplate::new(200).set_body_string(body)).await;
    let exchange = adapter(&server.uri()).send(&purchase()).await;
    assert_eq!(only(&exchange).claim, Claim::Unclear);
}

#[tokio::test]
async fn a_reply_in_latin_1_is_read() {
    let mut body = b"Caf\xe9 Pulsa: ".to_vec();
    body.extend_from_slice(SUCCESS.as_bytes());
    let server = answering(ResponseTemplate::new(200).set_body_bytes(body)).await;
    let exchange = adapter(&server.uri()).send(&purchase()).await;
    assert_eq!(only(&exchange).claim, Claim::Delivered);
}

/// A server whose replies show any time of day, and that knows purchases as `repeat` says.
fn at_any_time(base: &str, repeat: Repeat) -> Otomax {
    let mut config = config(base);
    config.clock.slack = Duration::from_hours(12);
    config.profile.repeat = repeat;
    Otomax::new(config).unwrap()
}

const BEFORE: &str =
    "T#77 R#900001 S10.081234567890 sudah pernah jam 18:46, status Sukses. SN: 0041. Saldo 267.484";

#[tokio::test]
async fn what_was_bought_before_is_ours_only_when_asked_or_sent_again() {
    let server = answering(ResponseTemplate::new(200).set_body_string(BEFORE)).await;
    for repeat in [Repeat::Never, Repeat::Counter] {
        let adapter = at_any_time(&server.uri(), repeat);
        let first = adapter.send(&purchase()).await;
        let first = only(&first);
        assert_eq!(
            (first.claim, first.reason),
            (Claim::Unclear, Reason::Duplicate)
        );
        assert_eq!((&first.sn, &first.their_ref), (&None, &None));
        let asked = adapter.ask(&attempt()).await;
        assert_eq!(only(&asked).claim, Claim::Delivered);
        let mut again = purchase();
        again.send = 2;
        assert_eq!(only(&adapter.send(&again).await).claim, Claim::Delivered);
    }
}

#[tokio::test]
async fn an_earlier_purchase_that_was_before_ours_is_nobodys_even_when_asked() {
    let hours_ago = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        / 60
        + 7 * 60
        - 6 * 60;
    let minute = hours_ago % (24 * 60);
    let shown = format!("{:02}:{:02}", minute / 60, minute % 60);
    let before = BEFORE.replace("18:46", &shown);
    let server = answering(ResponseTemplate::new(200).set_body_string(before)).await;
    let mut config = config(&server.uri());
    config.profile.repeat = Repeat::ByRef;
    let adapter = Otomax::new(config).unwrap();
    for exchange in [
        adapter.send(&purchase()).await,
        adapter.ask(&attempt()).await,
    ] {
        let seen = only(&exchange);
        assert_eq!(
            (seen.claim, seen.reason),
            (Claim::Unclear, Reason::Duplicate)
        );
    }
    let hours_old = AttemptView {
        age: Duration::from_hours(7),
        ..attempt()
    };
    assert_eq!(only(&adapter.ask(&hours_old).await).claim, Claim::Delivered);
}
