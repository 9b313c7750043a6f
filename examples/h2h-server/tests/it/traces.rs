//! The trace id of an order, from the request that placed it to the supplier, the callback and the webhook.

use std::time::{Duration, Instant};

use eraflazz_core::webhook::{Format, Signing};
use sandbox::{Match, Plan};
use serde_json::Value;

use crate::house::{House, PATIENCE, order};
use crate::leaks::{captured, captured_json};
use crate::receiver::Receiver;
use crate::webhooks::secret;

fn lines() -> Vec<Value> {
    let text = captured_json().text();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn is(line: &Value, field: &str, value: &str) -> bool {
    line[field] == value
}

/// The lines with this trace id, once one of them says `message`.
async fn until(trace: &str, message: &str) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let mut lines = lines();
        lines.retain(|line| is(line, "trace_id", trace));
        if lines.iter().any(|line| is(line, "message", message)) {
            return lines;
        }
        assert!(began.elapsed() < PATIENCE, "{lines:#?}");
        tokio::task::yield_now().await;
    }
}

fn named<'a>(lines: &'a [Value], message: &str) -> &'a Value {
    let found = lines.iter().find(|line| is(line, "message", message));
    found.unwrap_or_else(|| panic!("{message}: {lines:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn d_28_the_trace_id_goes_from_the_request_to_the_supplier_and_the_webhook() {
    captured();
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    let signing = Format::Standard(Signing::with(secret(9)));
    house.listens("agen", &receiver.url("ok"), signing).await;
    let (number, sn) = ("087812340077", "SN-TRACED-77001");
    house
        .sandbox
        .script(Match::CustomerNo(number.into()), Plan::sukses().sn(sn));
    let told = house.agen().post_and_wait(&order("TRACE-1", number)).await;
    assert_eq!(told.data("status"), "SUCCESS");
    let trace = told.data("trx_id").to_owned();
    let request = told.headers["x-request-id"].to_str().unwrap().to_owned();
    receiver
        .until(|got| got.last().is_some_and(|last| last.status() == "SUCCESS"))
        .await;
    let of_the_order = until(&trace, "webhook tried").await;
    house.close().await;

    let find = |message: &str| named(&of_the_order, message);
    let accepted = find("order accepted or refused");
    assert_eq!(accepted["request_id"], request, "{accepted}");
    assert_eq!(accepted["span"], "request");
    let answered = find("request");
    assert_eq!(answered["request_id"], request);
    assert_eq!(answered["status"], 200);
    // The adapter knows no order: it has the trace id from the call it is made in.
    let adapter = find("answered");
    assert_eq!(adapter["target"], "eraflazz_suppliers::digiflazz::adapter");
    assert_eq!(
        (&adapter["supplier"], &adapter["call"]),
        (&"digiflazz".into(), &"send".into())
    );
    assert_eq!(adapter["request_id"], Value::Null, "a worker called");
    let called = find("supplier called");
    assert_eq!(
        (&called["span"], &called["attempt"]),
        (&"supplier_call".into(), &1.into())
    );
    assert!(called["took_ms"].is_u64(), "{called}");
    assert_eq!(find("webhook tried")["span"], "webhook");
    let ended = find("order ended");
    assert_eq!(
        (&ended["level"], &ended["status"]),
        (&"INFO".into(), &"SUCCESS".into())
    );
    assert_eq!(ended["ref_id"], "TRACE-1", "what the member asks by");
    assert_eq!(
        (&ended["member"], &ended["product"]),
        (&"agen".into(), &"XL10".into()),
        "as an operator knows them"
    );
    assert!(
        of_the_order
            .iter()
            .all(|line| line["timestamp"].is_string())
    );
    for line in &of_the_order {
        let line = line.to_string();
        for canary in [number, &number[1..], sn, "test-secret-of"] {
            assert!(!line.contains(canary), "T-20: {line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_leads_to_the_order_it_is_about() {
    captured();
    let house = House::open().await;
    let number = "087812340078";
    let plan = Plan::pending().then(Duration::from_millis(100), "00");
    house.sandbox.script(Match::CustomerNo(number.into()), plan);
    let told = house.agen().post_and_wait(&order("TRACE-2", number)).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let of_the_order = until(told.data("trx_id"), "callback heard").await;
    house.close().await;
    let heard = named(&of_the_order, "callback heard");
    let all = lines();
    let stored = all
        .iter()
        .find(|line| is(line, "message", "callback stored") && line["inbox"] == heard["inbox"]);
    let request = &stored.unwrap()["request_id"];
    assert!(request.as_str().unwrap().starts_with("req_"), "{request}");
    assert_eq!(heard["request_id"], Value::Null, "heard by a worker");
}
