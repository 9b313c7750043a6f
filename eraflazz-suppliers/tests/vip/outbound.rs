//! What leaves: one form by POST, with the account in its body and nowhere else.

use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Claim, Purchase, Written};

use crate::support::{
    API_ID, API_KEY, SIGN, SUCCESS, adapter, answering, attempt, bought, json, only, purchase,
};

async fn sent(purchase: &Purchase) -> (String, String) {
    let server = answering(json(SUCCESS)).await;
    adapter(&server.uri()).send(purchase).await;
    posted(&server).await
}

/// Path and body of the only request.
async fn posted(server: &wiremock::MockServer) -> (String, String) {
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.query(), None, "what is secret is in no address");
    let kind = request.headers.get("content-type").unwrap();
    assert_eq!(kind, "application/x-www-form-urlencoded");
    let body = String::from_utf8(request.body.clone()).unwrap();
    (request.url.path().to_owned(), body)
}

fn form(rest: &str) -> String {
    format!("key={API_KEY}&sign={SIGN}{rest}")
}

#[tokio::test]
async fn an_order_is_posted_to_its_section() {
    let credit = sent(&purchase()).await;
    let expected = form("&type=order&service=S10&data_no=081234567890");
    assert_eq!(credit, ("/api/prepaid".to_owned(), expected));
    let game = sent(&bought("game/ML86-S1", "12345678(2012)")).await;
    let expected = form("&type=order&service=ML86-S1&data_no=12345678&data_zone=2012");
    assert_eq!(game, ("/api/game-feature".to_owned(), expected));
    let game = sent(&bought("game/FF70", "12345678")).await;
    let expected = form("&type=order&service=FF70&data_no=12345678");
    assert_eq!(game, ("/api/game-feature".to_owned(), expected));
}

#[tokio::test]
async fn a_question_is_put_by_the_id_or_else_for_the_newest() {
    for (sku, path) in [("S10", "/api/prepaid"), ("game/FF70", "/api/game-feature")] {
        for (id, which) in [
            (None, "&type=status&limit=50"),
            (Some("ABC 1"), "&type=status&trxid=ABC+1"),
        ] {
            let server = answering(json(SUCCESS)).await;
            let about = attempt(&bought(sku, "12345678"), id);
            adapter(&server.uri()).ask(&about).await;
            assert_eq!(posted(&server).await, (path.to_owned(), form(which)));
        }
    }
}

#[tokio::test]
async fn the_account_is_asked_with_nothing_else() {
    let account = r#"{"result":true,"data":{"balance":522,"level":"Special"},"message":"ok"}"#;
    let server = answering(json(account)).await;
    let balance = adapter(&server.uri()).balance().await.unwrap();
    assert_eq!(balance.to_string(), "522");
    assert_eq!(posted(&server).await, ("/api/profile".to_owned(), form("")));
}

#[tokio::test]
async fn inv_09_nothing_is_ever_sent_twice() {
    let server = answering(json(SUCCESS)).await;
    let again = Purchase {
        send: 2,
        ..purchase()
    };
    for unsent in [again, bought("game/ML86-S1", "12345678;zone=2012")] {
        let exchange = adapter(&server.uri()).send(&unsent).await;
        assert_eq!(exchange.written, Written::No);
        assert_eq!(only(&exchange).claim, Claim::NotSent);
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[test]
fn inv_37_no_secret_is_shown() {
    let shown = format!("{:?}", adapter("http://127.0.0.1:9"));
    for secret in [API_ID, API_KEY, SIGN] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
