#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

const SETTLED: &str = r#"{"transaction_status":"settlement","transaction_id":"be03df7d-0000-4000-8000-000000000001","status_code":"200","signature_key":"5a0a3d57ef15f61745089716a83c091c726ac9da6fedb1302bbaa8f8cb4d4b0dede331c36cf71dc82f1a259879fd6dc51fbe74f0c015b1933a3be452e8fd0c33","payment_type":"bank_transfer","order_id":"ERA-20260101-0001","gross_amount":"44000.00","fraud_status":"accept","currency":"IDR"}"#;
const SERVER_KEY: &str = "SB-Mid-server-EraflazzDemoKey01";
const PAID: &str = r#"{"reference":"DEV-T12345000000001ABCD","merchant_ref":"ERA-20260101-0001","payment_method":"BCA Virtual Account","payment_method_code":"BCAVA","total_amount":44000,"fee_merchant":5500,"fee_customer":0,"total_fee":5500,"amount_received":38500,"is_closed_payment":1,"status":"PAID","paid_at":1767225600,"note":null}"#;
const PAID_SIGNATURE: &str = "8634146eeac7c0fe9f1e9533d5a14a52b92618b1da3ded6c0596cf10d0ec95f7";
const PRIVATE_KEY: &str = "eraflazz-private-key-0001";

fn read(gateway: Gateway, line: &Value) -> (Value, Option<String>) {
    let mut output = Vec::new();
    let ended = run(gateway, line.to_string().as_bytes(), &mut output, 100);
    let told = serde_json::from_slice(&output).unwrap();
    (told, ended.err().map(|error| error.to_string()))
}

#[rstest]
#[case::as_text(json!(SETTLED))]
#[case::as_json(serde_json::from_str(SETTLED).unwrap())]
fn a_genuine_notification_of_midtrans_is_told(#[case] body: Value) {
    let line = json!({"kind": "notification", "server_key": SERVER_KEY, "body": body});
    let (told, ended) = read(Gateway::Midtrans, &line);
    assert_eq!(ended, None);
    assert_eq!(told["state"], "settled");
    assert_eq!(told["verified"], true);
    assert_eq!(told["amount"], 44_000);
    assert_eq!(told["reference"], "ERA-20260101-0001");
    assert_eq!(told["payment"], "be03df7d-0000-4000-8000-000000000001");
    assert!(told["why"].as_str().unwrap().contains("asked"), "{told}");
}

#[test]
fn another_amount_is_not_genuine_and_says_nothing() {
    let body = SETTLED.replace("44000.00", "94000.00");
    let line = json!({"kind": "notification", "server_key": SERVER_KEY, "body": body});
    let (told, _) = read(Gateway::Midtrans, &line);
    assert_eq!(told["verified"], false);
    assert_eq!(told["state"], "unclear");
    assert_eq!(told["amount"], Value::Null);
}

#[rstest]
#[case::field(json!({"signature": PAID_SIGNATURE}))]
#[case::header(json!({"headers": {"X-Callback-Signature": PAID_SIGNATURE}}))]
fn a_genuine_callback_of_tripay_is_told(#[case] mut line: Value) {
    line["kind"] = json!("callback");
    line["private_key"] = json!(PRIVATE_KEY);
    line["body"] = json!(PAID);
    let (told, ended) = read(Gateway::Tripay, &line);
    assert_eq!(ended, None);
    assert_eq!(told["state"], "settled");
    assert_eq!(told["verified"], true);
    assert_eq!(told["amount"], 44_000);
    assert_eq!(told["reference"], "ERA-20260101-0001");
    line["body"] = json!(format!("{PAID}\n"));
    assert_eq!(read(Gateway::Tripay, &line).0["verified"], false);
}

#[test]
fn the_testers_payment_of_nothing_is_genuine_and_unclear() {
    let body = r#"{"reference": "DEV-T12345000000003ABCD", "merchant_ref": null, "status": "PAID", "total_amount": 0}"#;
    let signature = "277574b217c5a805d4fad6105781f6e2e544128b0f6f921de326ed4b11d5eb25";
    let line = json!({"kind": "callback", "private_key": PRIVATE_KEY, "signature": signature, "body": body});
    let (told, _) = read(Gateway::Tripay, &line);
    assert_eq!(told["verified"], true);
    assert_eq!(told["state"], "unclear");
}

#[test]
fn an_answer_has_no_signature_of_its_own() {
    let body = r#"{"status_code":"404","status_message":"Transaction doesn't exist."}"#;
    let (told, _) = read(Gateway::Midtrans, &json!({"kind": "status", "body": body}));
    assert_eq!(told["state"], "not_found");
    assert_eq!(told["verified"], Value::Null);
}

#[rstest]
#[case(Gateway::Midtrans, json!({"kind": "letter", "body": "{}"}), "kind")]
#[case(Gateway::Midtrans, json!({"kind": "notification"}), "body")]
#[case(Gateway::Midtrans, json!({"kind": "notification", "body": "{}", "private_key": "x"}), "private_key")]
#[case(Gateway::Tripay, json!({"kind": "callback", "body": "{}", "server_key": "x"}), "server_key")]
#[case(Gateway::Tripay, json!({"kind": "callback", "body": "{}", "extra": 1}), "extra")]
fn a_line_that_is_none_is_named(
    #[case] gateway: Gateway,
    #[case] line: Value,
    #[case] field: &str,
) {
    let (told, ended) = read(gateway, &line);
    assert_eq!(told["state"], "unreadable");
    assert!(told["why"].as_str().unwrap().contains(field), "{told}");
    assert!(ended.is_some());
}
