//! The fake gateways send a notification again until it is taken, as their vendors' tables say.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, http::StatusCode, routing::post};
use sandbox::{midtrans, tripay};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A receiver that gives these answers one after the other, the last one for ever; and what it was sent.
async fn receiver(answers: Vec<(u16, &'static str)>) -> (String, UnboundedReceiver<Value>) {
    let (heard, hears) = unbounded_channel();
    let answers = Arc::new(Mutex::new(answers));
    let router = Router::new().route(
        "/",
        post(move |body: String| {
            heard.send(serde_json::from_str(&body).unwrap()).unwrap();
            let mut answers = answers.lock().unwrap();
            let (status, text) = if answers.len() > 1 {
                answers.remove(0)
            } else {
                answers[0]
            };
            async move { (StatusCode::from_u16(status).unwrap(), text) }
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, hears)
}

async fn next(hears: &mut UnboundedReceiver<Value>) -> Option<Value> {
    let waits = tokio::time::timeout(Duration::from_secs(5), hears.recv());
    waits.await.ok().flatten()
}

/// Nothing more comes for long enough to have come several times.
async fn is_quiet(hears: &mut UnboundedReceiver<Value>) -> bool {
    tokio::time::timeout(Duration::from_millis(300), hears.recv())
        .await
        .is_err()
}

async fn tripay_at(url: String) -> tripay::Tripay {
    tripay::Tripay::start(tripay::Settings {
        callback_url: Some(url),
        resend_after: Duration::from_millis(10),
        ..tripay::Settings::default()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn tripay_wants_its_own_answer_and_gives_up_after_three_more() {
    let (url, mut hears) = receiver(vec![(200, "OK")]).await;
    let gateway = tripay_at(url).await;
    assert!(gateway.letter("nobody").is_none());
    gateway.send(gateway.tester(r#"{"status":"PAID","total_amount":0}"#));
    for _ in 0..4 {
        assert_eq!(next(&mut hears).await.unwrap()["status"], "PAID");
    }
    assert!(is_quiet(&mut hears).await);
}

#[tokio::test]
async fn tripay_stops_once_it_is_taken() {
    let (url, mut hears) = receiver(vec![(500, ""), (200, r#"{"success":true}"#)]).await;
    let gateway = tripay_at(url).await;
    gateway.send(gateway.tester(r#"{"status":"PAID","total_amount":0}"#));
    for _ in 0..2 {
        assert!(next(&mut hears).await.is_some());
    }
    assert!(is_quiet(&mut hears).await);
}

#[tokio::test]
async fn midtrans_tries_again_by_its_table() {
    for (status, most) in [(200, 1), (302, 1), (500, 2), (404, 3), (503, 5), (418, 6)] {
        let (url, mut hears) = receiver(vec![(status, "")]).await;
        let gateway = midtrans::Midtrans::start(midtrans::Settings {
            notification_url: Some(url),
            retry_minute: Duration::from_micros(100),
            ..midtrans::Settings::default()
        });
        let gateway = gateway.await.unwrap();
        let asked = json!({
            "payment_type": "bank_transfer", "transaction_details": { "order_id": "ERA-1", "gross_amount": 44_000 }, "bank_transfer": { "bank": "bca" },
        });
        let made = reqwest::Client::new()
            .post(format!("{}/v2/charge", gateway.base_url()))
            .basic_auth(&gateway.settings().server_key, Some(""))
            .json(&asked)
            .send();
        assert_eq!(made.await.unwrap().status(), 200);
        assert!(gateway.settle("ERA-1", "settlement"));
        gateway.announce("ERA-1");
        for _ in 0..most {
            let told = next(&mut hears).await.unwrap();
            assert_eq!(told["transaction_status"], "settlement", "{status}");
        }
        assert!(is_quiet(&mut hears).await, "{status}");
    }
}
