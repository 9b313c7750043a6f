//! Each fault fires, and the ledger keeps the truth while the wire lies.

use std::time::Duration;

use sandbox::{Endpoint, Fault, Match, Plan, Sandbox};
use serde_json::{Value, json};

use crate::buyer::{Answer, Buyer, quick};

/// The answer to a purchase spoilt by a fault; the purchase itself must have happened, once.
async fn spoilt(plan: Plan) -> Answer {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(Match::Next, plan);
    let answer = buyer.try_buy("F-1", "xLd10", "0812").await.unwrap();
    assert_eq!(
        (sandbox.deliveries_to("0812"), sandbox.balance()),
        (1, 990_000)
    );
    let truth = buyer.buy("F-1", "xLd10", "0812").await;
    assert_eq!(
        (&truth["status"], &truth["rc"]),
        (&json!("Sukses"), &json!("00"))
    );
    assert_eq!(sandbox.deliveries_to("0812"), 1);
    answer
}

async fn data(fault: Fault) -> Value {
    spoilt(Plan::sukses().fault(fault)).await.data
}

#[tokio::test]
async fn a_late_answer_outlives_the_caller_and_the_order_is_executed_at_once() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(
        Match::Next,
        Plan::sukses().fault(Fault::late(Duration::from_mins(1))),
    );
    let error = buyer
        .buy_within("F-1", "0812", Duration::from_millis(500))
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(sandbox.deliveries_to("0812"), 1);
    assert_eq!(buyer.buy("F-1", "xld10", "0812").await["rc"], "00");
    assert_eq!(sandbox.deliveries_to("0812"), 1);
}

#[tokio::test]
async fn a_lost_answer_leaves_an_executed_order_behind() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(Match::Next, Plan::sukses().fault(Fault::Lost));
    let error = buyer.try_buy("F-1", "xld10", "0812").await.unwrap_err();
    assert!(
        error.is_request() && !error.is_connect() && !error.is_timeout(),
        "{error:?}"
    );
    assert_eq!(
        (sandbox.deliveries_to("0812"), sandbox.posts_of("F-1")),
        (1, 1)
    );
}

#[tokio::test]
async fn a_cut_body_starts_well_and_does_not_end() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(Match::Next, Plan::sukses().fault(Fault::CutBody));
    let error = buyer.try_buy("F-1", "xld10", "0812").await.unwrap_err();
    assert!(error.is_decode() || error.is_body(), "{error:?}");
    assert_eq!(
        (sandbox.deliveries_to("0812"), sandbox.posts_of("F-1")),
        (1, 1)
    );
}

#[tokio::test]
async fn pages_and_silence_in_place_of_json() {
    for status in [502, 520, 522, 524] {
        let answer = spoilt(Plan::sukses().fault(Fault::HtmlPage(status))).await;
        assert_eq!((answer.status, &answer.text[..6]), (status, "<html>"));
    }
    let answer = spoilt(Plan::sukses().fault(Fault::EmptyBody(500))).await;
    assert_eq!((answer.status, answer.text.as_str()), (500, ""));
    let answer = spoilt(Plan::sukses().fault(Fault::HttpStatus(400))).await;
    assert_eq!((answer.status, &answer.data["rc"]), (400, &json!("00")));
}

#[tokio::test]
async fn bodies_that_say_too_little() {
    assert_eq!(
        data(Fault::MessageOnly).await,
        json!({"message": "Transaksi Sukses"})
    );
    let bare = data(Fault::BareRefusal).await;
    assert_eq!(bare, json!({"message": "Transaksi Sukses", "rc": "00"}));
    assert_eq!(data(Fault::SnMissing).await.get("sn"), None);
    assert_eq!(data(Fault::SnNull).await.get("sn"), Some(&Value::Null));
    assert_eq!(data(Fault::SnEmpty).await["sn"], "");
    assert_eq!(
        data(Fault::BalanceMissing).await.get("buyer_last_saldo"),
        None
    );
}

#[tokio::test]
async fn bodies_that_lie() {
    assert_ne!(data(Fault::WrongRef).await["ref_id"], "F-1");
    assert_ne!(data(Fault::WrongDestination).await["customer_no"], "0812");
    assert_eq!(data(Fault::LowercaseSku).await["buyer_sku_code"], "xld10");
    let contradiction = data(Fault::Contradiction).await;
    assert_eq!(
        (&contradiction["status"], &contradiction["rc"]),
        (&json!("Gagal"), &json!("00"))
    );
    let unknown = data(Fault::SayRc("90".into())).await;
    assert_eq!(
        (&unknown["status"], &unknown["rc"]),
        (&json!("Sukses"), &json!("90"))
    );
}

#[tokio::test]
async fn bodies_of_odd_types() {
    assert_eq!(data(Fault::UppercaseStatus).await["status"], "SUKSES");
    assert_eq!(data(Fault::NumericRc).await["rc"], json!(0));
    assert_eq!(data(Fault::PriceAsText).await["price"], json!("10000"));
    let answer = spoilt(Plan::sukses().fault(Fault::PriceAsDecimal)).await;
    assert!(
        answer.text.contains(r#""price":10000.0,"#),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_contradiction_on_a_failure_claims_success() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    sandbox.script(Match::Next, Plan::gagal().fault(Fault::Contradiction));
    let answer = Buyer::of(&sandbox).buy("F-1", "xld10", "0812").await;
    assert_eq!(
        (&answer["status"], &answer["rc"]),
        (&json!("Sukses"), &json!("02"))
    );
    assert_eq!(sandbox.deliveries_to("0812"), 0);
}

#[tokio::test]
async fn faults_act_on_the_calls_they_name() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(
        Match::Sku("xld10".into()),
        Plan::sukses()
            .fault_on(2, Fault::SnEmpty)
            .fault_always(Fault::PriceAsText),
    );
    for (call, spoilt) in [(1, false), (2, true), (3, false)] {
        let answer = buyer.buy("F-1", "xld10", "0812").await;
        assert_eq!(answer["sn"] == "", spoilt, "call {call}");
        assert_eq!(answer["price"], "10000");
    }
}

#[tokio::test]
async fn reading_endpoints_can_be_spoilt_too() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.spoil(Endpoint::Balance, Fault::HtmlPage(502));
    sandbox.spoil(Endpoint::Balance, Fault::EmptyBody(500));
    assert_eq!(buyer.balance().await.unwrap().status, 502);
    assert_eq!(buyer.balance().await.unwrap().status, 500);
    assert_eq!(
        buyer.balance().await.unwrap().data,
        json!({"deposit": 1_000_000})
    );

    sandbox.spoil(Endpoint::PriceList, Fault::PriceAsText);
    let rows = buyer.price_list(json!({})).await.unwrap().data;
    assert_eq!(rows[0]["price"], "10000");
    sandbox.advance(Duration::from_mins(5));
    sandbox.spoil(Endpoint::PriceList, Fault::ObjectForList("83".into()));
    assert_eq!(buyer.price_list(json!({})).await.unwrap().data["rc"], "83");
}
