//! Webhooks, well and badly delivered.

use std::time::Duration;

use sandbox::{Fault, Match, Plan, Sandbox, Signing};
use serde_json::{Value, json};

use crate::{
    buyer::{Buyer, quick, until},
    receiver::Receiver,
};

const SECRET: &str = "eraflazz-hook-secret";
const SOON: Duration = Duration::from_millis(10);

/// What arrives for one order that goes as planned, once `count` webhooks are there.
async fn arrivals(plan: Plan, count: usize) -> Receiver {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::start(quick()).await.unwrap();
    sandbox.set_webhook_url(&receiver.url);
    sandbox.script(Match::Next, plan);
    Buyer::of(&sandbox).buy("W-1", "xLd10", "0812").await;
    until("webhooks", || receiver.got().len() >= count).await;
    assert_eq!(receiver.got().len(), count);
    receiver
}

fn success_later() -> Plan {
    Plan::pending().then(SOON, "00")
}

#[tokio::test]
async fn a_finished_order_is_announced_too() {
    let receiver = arrivals(Plan::sukses(), 1).await;
    assert_eq!(receiver.story(), ["create Sukses"]);
    assert!(receiver.got()[0].is_signed_with(SECRET));
}

#[tokio::test]
async fn late_success_and_reversal_are_announced() {
    let receiver = arrivals(Plan::gagal().then(SOON, "00").then(SOON, "74"), 3).await;
    assert_eq!(
        receiver.story(),
        ["create Gagal", "update Sukses", "update Gagal"]
    );
    assert_eq!(receiver.got()[2].data()["rc"], "74");
}

#[tokio::test]
async fn duplicated() {
    let receiver = arrivals(success_later().fault(Fault::WebhookRepeated(2)), 4).await;
    let story = [
        "create Pending",
        "create Pending",
        "update Sukses",
        "update Sukses",
    ];
    assert_eq!(receiver.story(), story);
    assert_eq!(receiver.got()[2].body, receiver.got()[3].body);
}

#[tokio::test]
async fn reordered() {
    let receiver = arrivals(success_later().fault(Fault::WebhookReordered), 2).await;
    assert_eq!(receiver.story(), ["update Sukses", "create Pending"]);
}

#[tokio::test]
async fn signed_wrong_or_not_at_all() {
    let receiver = arrivals(Plan::sukses().fault(Fault::WebhookWrongSignature), 1).await;
    let got = receiver.got()[0].clone();
    assert!(got.signature.is_some() && !got.is_signed_with(SECRET));
    let receiver = arrivals(Plan::sukses().fault(Fault::WebhookUnsigned), 1).await;
    assert_eq!(receiver.got()[0].signature, None);
}

#[tokio::test]
async fn lower_cased_or_for_another_number_or_for_nobody() {
    let receiver = arrivals(success_later().fault(Fault::LowercaseSku), 2).await;
    assert_eq!(receiver.got()[1].data()["buyer_sku_code"], "xld10");
    let receiver = arrivals(Plan::sukses().fault(Fault::WebhookWrongDestination), 1).await;
    assert_ne!(receiver.got()[0].data()["customer_no"], "0812");
    let receiver = arrivals(Plan::sukses().fault(Fault::WebhookUnknownRef), 2).await;
    assert_eq!(receiver.got()[0].data()["ref_id"], "W-1");
    assert_eq!(receiver.got()[1].data()["ref_id"], "NOBODY-SENT-THIS");
    assert!(receiver.got()[1].is_signed_with(SECRET));
}

#[tokio::test]
async fn before_the_answer() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::start(quick()).await.unwrap();
    sandbox.set_webhook_url(&receiver.url);
    let plan = success_later()
        .fault(Fault::WebhookBeforeAnswer)
        .fault(Fault::late(Duration::from_secs(1)));
    sandbox.script(Match::Next, plan);
    let answer = Buyer::of(&sandbox).buy("W-1", "xld10", "0812").await;
    // Even the end of the order was told before the answer that knows only its beginning.
    assert_eq!(receiver.story(), ["create Pending", "update Sukses"]);
    assert_eq!(answer["status"], "Pending");
}

#[tokio::test]
async fn never_sent_so_that_asking_again_has_to_finish_the_order() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::start(quick()).await.unwrap();
    sandbox.set_webhook_url(&receiver.url);
    let buyer = Buyer::of(&sandbox);
    sandbox.script(Match::Next, success_later().fault(Fault::WebhookNever));
    buyer.buy("W-1", "xld10", "0812").await;
    until("delivery", || sandbox.deliveries_to("0812") == 1).await;
    assert_eq!(buyer.buy("W-1", "xld10", "0812").await["status"], "Sukses");
    // Another order's webhook comes through, so silence about the first is no accident of timing.
    buyer.buy("W-2", "xld10", "0813").await;
    until("webhook", || receiver.got().len() == 1).await;
    assert_eq!(receiver.got()[0].data()["ref_id"], "W-2");
}

#[tokio::test]
async fn a_purchase_may_bring_its_own_address() {
    let (account, own) = (Receiver::start().await, Receiver::start().await);
    let sandbox = Sandbox::start(quick()).await.unwrap();
    sandbox.set_webhook_url(&account.url);
    let buyer = Buyer::of(&sandbox);
    let mut body = buyer.purchase("W-1", "xld10", "0812");
    body.insert("cb_url".into(), json!(own.url));
    buyer
        .send("/transaction", Value::Object(body).to_string())
        .await
        .unwrap();
    until("webhook", || own.got().len() == 1).await;
    assert!(account.got().is_empty());
}

#[tokio::test]
async fn a_ping_has_no_data_and_carries_the_secret() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::start(quick()).await.unwrap();
    sandbox.set_webhook_url(&receiver.url);
    sandbox.ping().await;
    let answer = Buyer::of(&sandbox)
        .send("/report/hooks/77/pings", String::new())
        .await
        .unwrap();
    let got = receiver.got();
    assert_eq!(
        (got[0].event.as_str(), got[1].event.as_str()),
        ("ping", "ping")
    );
    assert_eq!(answer.text, got[1].body);
    let body: Value = serde_json::from_slice(&got[1].body).unwrap();
    assert_eq!(
        (&body["hook_id"], &body["hook"]["secret"]),
        (&json!("77"), &json!(SECRET))
    );
    assert_eq!(body.get("data"), None);
}

#[tokio::test]
async fn a_forged_webhook_changes_no_book() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::start(quick()).await.unwrap();
    sandbox.set_webhook_url(&receiver.url);
    let body = json!({"data": {"ref_id": "W-9", "status": "Sukses", "rc": "00"}});
    sandbox.forge_webhook("update", &body, Signing::Wrong).await;
    assert!(!receiver.got()[0].is_signed_with(SECRET));
    assert_eq!(sandbox.ledger().purchases, []);
    let sent = sandbox.webhooks();
    assert_eq!((sent.len(), sent[0].http_status), (1, Some(200)));
}
