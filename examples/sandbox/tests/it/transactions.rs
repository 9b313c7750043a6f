//! First calls: the documented test numbers, the checks before a purchase, the code table.

use sandbox::{Config, Match, Plan, ProductRow, Sandbox, State, rc};
use serde_json::{Value, json};

use crate::{
    buyer::{Buyer, quick, until},
    receiver::Receiver,
};

#[tokio::test]
async fn the_documented_test_numbers_answer_as_documented() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);

    let sold = buyer.buy("T-1", "xld10", "087800001230").await;
    assert_eq!(
        (
            &sold["status"],
            &sold["rc"],
            &sold["sn"],
            &sold["buyer_last_saldo"],
            &sold["price"]
        ),
        (
            &json!("Sukses"),
            &json!("00"),
            &json!("1234567890"),
            &json!(990_000),
            &json!(10_000)
        )
    );
    sandbox.top_up(10_000);
    let failed = buyer.buy("T-2", "xld10", "087800001232").await;
    assert_eq!(
        (
            &failed["status"],
            &failed["rc"],
            &failed["sn"],
            &failed["buyer_last_saldo"]
        ),
        (&json!("Gagal"), &json!("02"), &json!(""), &json!(1_000_000))
    );
    let pending = buyer.buy("T-3", "xld10", "087800001233").await;
    assert_eq!(
        (
            &pending["status"],
            &pending["rc"],
            &pending["buyer_last_saldo"]
        ),
        (&json!("Pending"), &json!("03"), &json!(990_000))
    );
    let pending = buyer.buy("T-4", "xld10", "087800001234").await;
    assert_eq!(
        (&pending["status"], &pending["rc"]),
        (&json!("Pending"), &json!("03"))
    );
    assert!(sandbox.ledger().closes());
}

#[tokio::test]
async fn pending_test_numbers_end_by_signed_webhook() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::start(quick()).await.unwrap();
    sandbox.set_webhook_url(&receiver.url);
    let buyer = Buyer::of(&sandbox);

    buyer.buy("T-3", "xld10", "087800001233").await;
    until("two webhooks", || receiver.got().len() == 2).await;
    assert_eq!(receiver.story(), ["create Pending", "update Sukses"]);
    let last = receiver.got()[1].clone();
    assert!(last.is_signed_with("eraflazz-hook-secret"));
    assert_eq!(last.agent, "Digiflazz-Hookshot");
    assert_eq!(
        (&last.data()["sn"], &last.data()["rc"]),
        (&json!("1234567890"), &json!("00"))
    );

    buyer.buy("T-4", "xld10", "087800001234").await;
    until("four webhooks", || receiver.got().len() == 4).await;
    assert_eq!(receiver.story()[2..], ["create Pending", "update Gagal"]);
    assert_eq!(sandbox.balance(), 990_000);
    assert_eq!(sandbox.deliveries_to("087800001233"), 1);
    assert_eq!(sandbox.deliveries_to("087800001234"), 0);
}

#[tokio::test]
async fn other_numbers_succeed_with_their_own_serial_number() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    let one = buyer.buy("A-1", "XLD10", "081200000001").await;
    let two = buyer.buy("A-2", "xld10", "081200000001").await;
    assert_eq!((&one["rc"], &two["rc"]), (&json!("00"), &json!("00")));
    assert!(one["sn"].as_str().is_some_and(|sn| sn.len() >= 19));
    assert_ne!(one["sn"], two["sn"]);
    assert_eq!(one["buyer_sku_code"], "XLD10");
    assert_eq!(sandbox.deliveries_to("081200000001"), 2);
}

#[tokio::test]
async fn every_code_of_the_table_answers_its_status_and_is_stored_only_if_formed() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    for row in &rc::TABLE {
        let ref_id = format!("RC-{}", row.code);
        sandbox.script(Match::RefId(ref_id.clone()), Plan::rc(row.code).once());
        let first = buyer.buy(&ref_id, "xld10", "081200000002").await;
        assert_eq!(first["rc"], row.code);
        assert_eq!(first["status"], row.status.word(), "{}", row.code);
        assert_eq!(
            sandbox.ledger().purchase(&ref_id).is_some(),
            row.formed,
            "{}",
            row.code
        );

        // A formed one is replayed; one that formed nothing buys when it is sent again.
        let second = buyer.buy(&ref_id, "xld10", "081200000002").await;
        assert_eq!(second["rc"], if row.formed { row.code } else { "00" });
    }
    assert!(sandbox.ledger().closes());
}

#[tokio::test]
async fn the_provider_checks_before_it_sells() {
    let closed = ProductRow {
        start_cut_off: "00:00".into(),
        end_cut_off: "23:59".into(),
        ..ProductRow::new("closed", 1_000)
    };
    let mirror = ProductRow {
        start_cut_off: "23:59".into(),
        end_cut_off: "00:00".into(),
        ..ProductRow::new("closed2", 1_000)
    };
    let config = Config {
        products: vec![
            ProductRow::new("xld10", 10_000),
            ProductRow::new("dear", 2_000_000),
            ProductRow {
                buyer_product_status: false,
                ..ProductRow::new("off", 1_000)
            },
            ProductRow {
                seller_product_status: false,
                ..ProductRow::new("gone", 1_000)
            },
            ProductRow {
                unlimited_stock: false,
                stock: 1,
                ..ProductRow::new("last", 1_000)
            },
            ProductRow {
                multi: false,
                ..ProductRow::new("single", 1_000)
            },
            closed,
            mirror,
        ],
        ..quick()
    };
    let sandbox = Sandbox::start(config).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    let rc = async |ref_id: &str, sku: &str| buyer.buy(ref_id, sku, "0812").await["rc"].clone();

    assert_eq!(rc("C-1", "nothing").await, "43");
    assert_eq!(rc("C-2", "off").await, "43");
    assert_eq!(rc("C-3", "gone").await, "53");
    assert_eq!(rc("C-4", "dear").await, "44");
    assert_eq!(rc("C-5", "last").await, "00");
    assert_eq!(rc("C-6", "last").await, "68");
    assert_eq!(rc("C-7", "single").await, "00");
    assert_eq!(rc("C-8", "single").await, "63");
    // The two windows share no minute and leave none out.
    let codes = [rc("C-9", "closed").await, rc("C-10", "closed2").await];
    assert!(
        codes == [json!("58"), json!("00")] || codes == [json!("00"), json!("58")],
        "{codes:?}"
    );

    let mut capped = buyer.purchase("C-11", "xld10", "0812");
    capped.insert("max_price".into(), json!(9_999));
    let refused = buyer
        .send("/transaction", Value::Object(capped.clone()).to_string())
        .await;
    assert_eq!(refused.unwrap().data["rc"], "69");
    capped.insert("max_price".into(), json!(10_000));
    let sold = buyer
        .send("/transaction", Value::Object(capped).to_string())
        .await;
    assert_eq!(sold.unwrap().data["rc"], "00");
    assert_eq!(
        sandbox.balance(),
        1_000_000 - 1_000 - 1_000 - 1_000 - 10_000
    );

    // A new day lifts the repeat rule.
    sandbox.advance(std::time::Duration::from_hours(24));
    assert_eq!(rc("C-12", "single").await, "00");
}

#[tokio::test]
async fn strangers_and_malformed_bodies_are_refused_and_leave_nothing() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    let good = buyer.purchase("S-1", "xld10", "0812");
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body.insert(key.into(), value);
        Value::Object(body).to_string()
    };
    let without = |key: &str| {
        let mut body = good.clone();
        body.remove(key);
        Value::Object(body).to_string()
    };
    for (body, rc) in [
        (with("username", json!("someone")), "42"),
        (
            with("sign", json!("740b00a1b8784e028cc8078edf66d12b")),
            "41",
        ),
        (with("ref_id", json!("S-2")), "41"),
        (with("customer_no", json!(812)), "40"),
        (with("max_price", json!("10000")), "40"),
        (with("testing", json!("true")), "40"),
        (with("cb_url", json!(1)), "40"),
        (with("ref_id", json!("")), "40"),
        (with("commands", json!("buy-pasca")), "40"),
        (without("buyer_sku_code"), "40"),
        (without("sign"), "40"),
        ("[]".into(), "40"),
        ("not json".into(), "40"),
    ] {
        let answer = buyer.send("/transaction", body.clone()).await.unwrap();
        assert_eq!(answer.data["rc"], rc, "{body}");
        assert!(answer.data.get("status").is_none(), "{body}");
    }
    assert_eq!(sandbox.ledger().purchases, []);
    let answer = buyer.send("/topup", String::new()).await.unwrap();
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (404, "404 page not found")
    );
}

#[tokio::test]
async fn refusals_take_the_configured_shape() {
    let config = Config {
        refusal_http_status: 400,
        bare_refusals: true,
        ..quick()
    };
    let sandbox = Sandbox::start(config).await.unwrap();
    sandbox.script(Match::Any, Plan::rc("45"));
    let answer = Buyer::of(&sandbox)
        .try_buy("S-1", "xld10", "0812")
        .await
        .unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.data,
        json!({"rc": "45", "message": "IP anda tidak dikenali 127.0.0.1"})
    );
}

#[tokio::test]
async fn later_steps_reach_every_state_and_the_money_follows() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    let soon = std::time::Duration::from_millis(5);
    let state = |ref_id: &str| sandbox.ledger().purchase(ref_id).map(|row| row.state);

    sandbox.script(Match::RefId("L-1".into()), Plan::gagal().then(soon, "00"));
    assert_eq!(buyer.buy("L-1", "xld10", "0811").await["status"], "Gagal");
    until("late success", || state("L-1") == Some(State::Sukses)).await;
    assert_eq!(
        (sandbox.deliveries_to("0811"), sandbox.balance()),
        (1, 990_000)
    );

    sandbox.script(Match::RefId("L-2".into()), Plan::sukses().then(soon, "74"));
    assert_eq!(buyer.buy("L-2", "xld10", "0812").await["status"], "Sukses");
    until("reversal", || state("L-2") == Some(State::Refunded)).await;
    assert_eq!(
        (sandbox.deliveries_to("0812"), sandbox.balance()),
        (1, 990_000)
    );
    let again = buyer.buy("L-2", "xld10", "0812").await;
    assert_eq!(
        (&again["rc"], &again["status"]),
        (&json!("74"), &json!("Gagal"))
    );

    sandbox.script(Match::RefId("L-3".into()), Plan::pending());
    buyer.buy("L-3", "xld10", "0813").await;
    assert_eq!(
        (state("L-3"), sandbox.balance()),
        (Some(State::Pending), 980_000)
    );
    assert!(sandbox.settle("L-3", "00").await);
    assert!(sandbox.settle("L-3", "00").await, "said again");
    assert_eq!(
        (sandbox.deliveries_to("0813"), sandbox.balance()),
        (1, 980_000)
    );
    assert!(!sandbox.settle("nobody's", "00").await);
    assert!(sandbox.ledger().closes());
}
