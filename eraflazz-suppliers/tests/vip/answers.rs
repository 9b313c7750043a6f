//! What comes back, and what does not.

use std::time::Duration;

use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Claim, ReadError, Reason, Written};
use rstest::rstest;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{REFUSED, SUCCESS, adapter, answering, attempt, bought, json, only, purchase};

#[rstest]
#[case(200, Claim::Delivered)]
#[case(201, Claim::Delivered)]
#[case(400, Claim::Delivered)]
#[case(500, Claim::Unclear)]
#[case(502, Claim::Unclear)]
#[case(503, Claim::Unclear)]
#[tokio::test]
async fn inv_12_a_server_in_trouble_proves_nothing_whatever_it_says(
    #[case] status: u16,
    #[case] claim: Claim,
) {
    let answer = ResponseTemplate::new(status).set_body_raw(SUCCESS, "application/json");
    let server = answering(answer).await;
    let exchange = adapter(&server.uri()).send(&purchase()).await;
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(only(&exchange).claim, claim);
    assert_eq!(exchange.raw, SUCCESS, "it is kept as evidence");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn inv_12_a_refusal_by_a_server_in_trouble_proves_nothing() {
    for (status, is_proof) in [(200, true), (403, true), (500, false), (504, false)] {
        let answer = ResponseTemplate::new(status).set_body_raw(REFUSED, "application/json");
        let server = answering(answer).await;
        let exchange = adapter(&server.uri()).send(&purchase()).await;
        let is_refused = matches!(only(&exchange).claim, Claim::Refused { .. });
        assert_eq!(is_refused, is_proof, "{status}");
    }
}

#[tokio::test]
async fn inv_12_silence_is_unclear() {
    let server = answering(json(SUCCESS).set_delay(Duration::from_secs(30))).await;
    let exchange = adapter(&server.uri()).send(&purchase()).await;
    assert_eq!(exchange.written, Written::Yes);
    let seen = only(&exchange);
    assert_eq!((seen.claim, seen.reason), (Claim::Unclear, Reason::Timeout));
}

/// The answer to a game's order has no code: what it is known by is its id.
#[tokio::test]
async fn a_game_is_known_by_its_id() {
    let body = r#"{"result":true,"data":{"trxid":"ABC123","data":"12345678","zone":"2012","service":"86 Diamonds","status":"waiting","note":"","balance":1,"price":18750},"message":"ok"}"#;
    let server = answering(json(body)).await;
    let exchange = adapter(&server.uri())
        .send(&bought("game/ML86-S1", "12345678(2012)"))
        .await;
    let seen = only(&exchange);
    assert_eq!(seen.claim, Claim::Pending);
    assert_eq!(seen.target.as_ref().unwrap().as_str(), "12345678(2012)");
    assert_eq!(seen.sku, None);
    assert_eq!(seen.their_ref.as_ref().unwrap().as_str(), "ABC123");
}

#[tokio::test]
async fn a_list_is_told_row_by_row() {
    let row = |id: &str, status: &str| {
        format!(
            r#"{{"trxid":"{id}","data":"081234567890","code":"S10","service":"x","status":"{status}","note":"","price":10500,"created_date":"2026-05-01 12:00:00"}}"#
        )
    };
    let rows = [row("C", "success"), row("B", "error"), row("A", "sukses")].join(",");
    let server = answering(json(&format!(r#"{{"result":true,"data":[{rows}]}}"#))).await;
    let exchange = adapter(&server.uri())
        .ask(&attempt(&purchase(), None))
        .await;
    let ids = exchange
        .sightings
        .iter()
        .map(|row| row.their_ref.as_ref().unwrap().as_str());
    assert_eq!(ids.collect::<Vec<_>>(), ["C", "B", "A"]);
    assert!(exchange.sightings.iter().all(|row| row.formed_at.is_some()));
}

/// Three calls share the time of one.
#[tokio::test]
async fn a_price_list_that_takes_too_long_ends_in_time() {
    let server = MockServer::start().await;
    let slow = Duration::from_millis(450);
    for (at, data) in [
        ("/api/profile", r#"{"balance":1,"level":"basic"}"#),
        ("/api/prepaid", "[]"),
        ("/api/game-feature", "[]"),
    ] {
        let body = format!(r#"{{"result":true,"data":{data}}}"#);
        let answer = json(&body).set_delay(slow);
        Mock::given(path(at))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let list = adapter(&server.uri()).price_list().await;
    assert!(matches!(list, Err(ReadError::Unreachable(_))), "{list:?}");
    assert!(server.received_requests().await.unwrap().len() < 3);
}

#[tokio::test]
async fn a_refused_account_is_an_error_without_their_words() {
    let server = answering(json(REFUSED)).await;
    let adapter = adapter(&server.uri());
    for error in [
        adapter.balance().await.unwrap_err(),
        adapter.price_list().await.unwrap_err(),
    ] {
        assert!(matches!(error, ReadError::Refused { .. }), "{error}");
        assert!(!error.to_string().contains("Saldo"), "{error}");
    }
}
