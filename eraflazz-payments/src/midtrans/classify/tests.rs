use rstest::rstest;

use super::super::{Kind, is_genuine, read};
use super::*;

const K1: &str = "SB-Mid-server-EraflazzDemoKey01";
const SETTLED: &str = r#"{"transaction_time":"2026-01-01 07:00:00","transaction_status":"settlement","transaction_id":"be03df7d-0000-4000-8000-000000000001","status_message":"midtrans payment notification","status_code":"200","signature_key":"5a0a3d57ef15f61745089716a83c091c726ac9da6fedb1302bbaa8f8cb4d4b0dede331c36cf71dc82f1a259879fd6dc51fbe74f0c015b1933a3be452e8fd0c33","settlement_time":"2026-01-01 07:05:00","payment_type":"bank_transfer","payment_amounts":[{"paid_at":"2026-01-01 07:04:58","amount":"44000.00"}],"va_numbers":[{"bank":"bni","va_number":"3333000000111111"}],"order_id":"ERA-20260101-0001","merchant_id":"G000000001","gross_amount":"44000.00","fraud_status":"accept","currency":"IDR"}"#;
const EXPIRED: &str = r#"{"transaction_time":"2026-01-01 07:00:00","transaction_status":"expire","transaction_id":"be03df7d-0000-4000-8000-000000000001","status_message":"midtrans payment notification","status_code":"202","signature_key":"3b32238aa113d405879fc26a5efec207f6d20eda0d381f55501c796c971eafe13c9832401fa6f9b984ec147af0f520de5ccefd201821111438e0c0e7e4fc29c0","payment_type":"bank_transfer","va_numbers":[{"bank":"bca","va_number":"812785002530231"}],"payment_amounts":[],"order_id":"ERA-20260101-0001","merchant_id":"G000000001","gross_amount":"44000.00","fraud_status":"accept","currency":"IDR"}"#;

fn told(body: &str) -> (PaymentClaim, PaymentReason) {
    let seen = read(Kind::Notification, body.as_bytes());
    (seen.claim, seen.reason)
}

#[test]
fn the_pages_samples_are_genuine_and_read() {
    for (body, state) in [
        (SETTLED, PaymentState::Settled),
        (EXPIRED, PaymentState::Expired),
    ] {
        assert!(is_genuine(&K1.into(), body.as_bytes()));
        assert!(!is_genuine(
            &"SB-Mid-server-another-key".into(),
            body.as_bytes()
        ));
        assert_eq!(told(body), (PaymentClaim::Is(state), PaymentReason::None));
    }
    let seen = read(Kind::Notification, SETTLED.as_bytes());
    assert_eq!(seen.amount, Money::rupiah(44_000));
    assert_eq!(seen.pay_with.code.as_deref(), Some("3333000000111111"));
    assert_eq!(
        seen.paid_at.map(|at| at.to_string()).as_deref(),
        Some("2026-01-01T07:05:00.000+07:00")
    );
}

#[test]
fn t_05_an_amount_without_its_decimals_is_another_text() {
    let body = SETTLED.replace(
        "\"gross_amount\":\"44000.00\"",
        "\"gross_amount\":\"44000\"",
    );
    assert!(!is_genuine(&K1.into(), body.as_bytes()));
}

#[test]
fn inv_35_another_word_under_a_genuine_signature_gives_itself_away_or_is_a_hint() {
    let body = EXPIRED.replace("\"expire\"", "\"settlement\"");
    assert!(
        is_genuine(&K1.into(), body.as_bytes()),
        "the word is not signed"
    );
    assert_eq!(told(&body).0, PaymentClaim::Unclear);
}

#[rstest]
#[case("settlement", "accept", Some(PaymentState::Settled))]
#[case("SETTLEMENT", "ACCEPT", Some(PaymentState::Settled))]
#[case("settlement", "challenge", None)]
#[case("settlement", "deny", None)]
#[case("capture", "accept", Some(PaymentState::Captured))]
#[case("capture", "challenge", Some(PaymentState::Challenged))]
#[case("capture", "deny", Some(PaymentState::Denied))]
#[case("capture", "maybe", None)]
#[case("deny", "accept", Some(PaymentState::Denied))]
#[case("refund", "accept", Some(PaymentState::Refunded))]
#[case("partial_refund", "accept", Some(PaymentState::PartlyRefunded))]
#[case("chargeback", "accept", Some(PaymentState::ChargedBack))]
#[case("partial_chargeback", "accept", Some(PaymentState::PartlyChargedBack))]
#[case("PARTIAL_SETTLEMENT", "accept", None)]
#[case("authorize", "accept", Some(PaymentState::Authorized))]
#[case("failure", "accept", Some(PaymentState::Failed))]
#[case("cancel", "accept", Some(PaymentState::Cancelled))]
#[case("PENDING", "accept", Some(PaymentState::Pending))]
fn words_are_read_by_the_table(
    #[case] word: &str,
    #[case] fraud: &str,
    #[case] expected: Option<PaymentState>,
) {
    let body = SETTLED
        .replace("\"settlement\"", &format!("\"{word}\""))
        .replace("\"accept\"", &format!("\"{fraud}\""));
    let expected = expected.map_or((PaymentClaim::Unclear, PaymentReason::Unlisted), |state| {
        (PaymentClaim::Is(state), PaymentReason::None)
    });
    assert_eq!(told(&body), expected);
}

#[rstest]
#[case::fraction(
    "\"44000.00\",\"fraud",
    "\"44000.50\",\"fraud",
    PaymentReason::Unreadable
)]
#[case::nothing(
    "\"44000.00\",\"fraud",
    "\"0.00\",\"fraud",
    PaymentReason::Contradiction
)]
#[case::dollars("\"IDR\"", "\"USD\"", PaymentReason::Currency)]
#[case::nameless(
    "\"transaction_id\"",
    "\"transaction_no\"",
    PaymentReason::Contradiction
)]
#[case::code(
    "\"status_code\":\"200\"",
    "\"status_code\":\"201\"",
    PaymentReason::Contradiction
)]
#[case::no_code("\"status_code\"", "\"code\"", PaymentReason::Unreadable)]
#[case::shape("\"ERA-20260101-0001\"", "{}", PaymentReason::Unreadable)]
fn what_is_off_is_unclear(#[case] from: &str, #[case] to: &str, #[case] reason: PaymentReason) {
    assert!(SETTLED.contains(from));
    assert_eq!(
        told(&SETTLED.replace(from, to)),
        (PaymentClaim::Unclear, reason)
    );
}

#[rstest]
#[case(Kind::Charge, "400", PaymentClaim::Refused, PaymentReason::BadRequest)]
#[case(
    Kind::Charge,
    "401",
    PaymentClaim::Refused,
    PaymentReason::AccountFault
)]
#[case(
    Kind::Charge,
    "402",
    PaymentClaim::Refused,
    PaymentReason::ChannelClosed
)]
#[case(Kind::Charge, "404", PaymentClaim::Unclear, PaymentReason::Unlisted)]
#[case(Kind::Charge, "406", PaymentClaim::Unclear, PaymentReason::Duplicate)]
#[case(Kind::Charge, "411", PaymentClaim::Refused, PaymentReason::CardToken)]
#[case(Kind::Charge, "202", PaymentClaim::Unclear, PaymentReason::Unlisted)]
#[case(Kind::Charge, "429", PaymentClaim::Refused, PaymentReason::RateLimited)]
#[case(
    Kind::Charge,
    "503",
    PaymentClaim::Unclear,
    PaymentReason::GatewayTrouble
)]
#[case(
    Kind::Charge,
    "505",
    PaymentClaim::Unclear,
    PaymentReason::GatewayTrouble
)]
#[case(Kind::Charge, "777", PaymentClaim::Unclear, PaymentReason::Unlisted)]
#[case(Kind::Status, "404", PaymentClaim::NotFound, PaymentReason::None)]
#[case(Kind::Act, "412", PaymentClaim::Refused, PaymentReason::WrongState)]
#[case(Kind::Act, "404", PaymentClaim::Refused, PaymentReason::WrongState)]
#[case(Kind::Refund, "414", PaymentClaim::Refused, PaymentReason::Amount)]
#[case(Kind::Refund, "406", PaymentClaim::Unclear, PaymentReason::Duplicate)]
fn codes_are_read_by_the_table(
    #[case] kind: Kind,
    #[case] code: &str,
    #[case] claim: PaymentClaim,
    #[case] reason: PaymentReason,
) {
    let body = format!(r#"{{"status_code":"{code}","status_message":"any","id":"6c1f"}}"#);
    let seen = read(kind, body.as_bytes());
    assert_eq!((seen.claim, seen.reason), (claim, reason));
}

#[test]
fn an_expiry_that_succeeds_says_407() {
    let body = r#"{"status_code":"407","status_message":"Success, transaction has expired","transaction_id":"T","order_id":"O","gross_amount":"44000.00","transaction_status":"expire"}"#;
    let seen = read(Kind::Act, body.as_bytes());
    assert_eq!(seen.claim, PaymentClaim::Is(PaymentState::Expired));
}

#[test]
fn a_refund_that_the_bank_refuses_is_no_refund() {
    let body = r#"{"status_code":"202","status_message":"Refund denied by the bank","transaction_id":"T","order_id":"O","gross_amount":"44000.00","transaction_status":"settlement","refund_amount":"0.00"}"#;
    let seen = read(Kind::Refund, body.as_bytes());
    assert_eq!(
        (seen.claim, seen.reason),
        (PaymentClaim::Refused, PaymentReason::Bank)
    );
    assert!(seen.refunds.is_empty());
}

#[test]
fn a_refund_is_told_for_itself_and_a_question_tells_all() {
    let one = r#"{"status_code":"200","transaction_id":"T","order_id":"O","gross_amount":"150000.00","transaction_status":"partial_refund","refund_chargeback_id":202502070943231234,"refund_amount":"50000.00","refund_key":"rf-1"}"#;
    let seen = read(Kind::Refund, one.as_bytes());
    assert_eq!(seen.claim, PaymentClaim::Is(PaymentState::PartlyRefunded));
    assert_eq!(seen.refunded, None);
    assert_eq!(
        seen.refunds[0].amount,
        Money::rupiah(50_000).unwrap_or_default()
    );
    let all = r#"{"status_code":"200","transaction_id":"T","order_id":"O","gross_amount":"150000.00","transaction_status":"partial_refund","refund_amount":"70000.00","refunds":[{"refund_chargeback_id":1,"refund_amount":"50000.00","refund_key":"rf-1","bank_confirmed_at":"2026-01-01 07:00:00"},{"refund_amount":"20000.00","refund_key":"from the dashboard!"}]}"#;
    let seen = read(Kind::Status, all.as_bytes());
    assert_eq!(seen.refunded, Money::rupiah(70_000));
    assert!(seen.refunds[0].is_confirmed && seen.refunds[0].key.is_some());
    assert!(!seen.refunds[1].is_confirmed && seen.refunds[1].key.is_none());
}

#[rstest]
#[case(r#""permata_va_number":"8562000087926752""#, "8562000087926752")]
#[case(r#""bill_key":"778347787706","biller_code":"70012""#, "778347787706")]
#[case(r#""store":"indomaret","payment_code":"010811223344""#, "010811223344")]
fn each_bank_and_store_has_its_own_field_for_the_code(#[case] extra: &str, #[case] code: &str) {
    let body = format!(
        r#"{{"status_code":"201","transaction_id":"T","order_id":"O","gross_amount":"44000.00","transaction_status":"pending",{extra}}}"#
    );
    let seen = read(Kind::Charge, body.as_bytes());
    assert_eq!(seen.claim, PaymentClaim::Is(PaymentState::Pending));
    assert_eq!(seen.pay_with.code.as_deref(), Some(code));
}

#[test]
fn actions_give_the_app_and_the_picture() {
    let body = r#"{"status_code":"201","transaction_id":"T","order_id":"O","gross_amount":"25000.00","transaction_status":"pending","actions":[{"name":"generate-qr-code","method":"GET","url":"https://api.sandbox.midtrans.com/v2/gopay/T/qr-code"},{"name":"deeplink-redirect","method":"GET","url":"gojek://gopay/merchanttransfer"}],"expiry_time":"2026-01-01 07:15:00"}"#;
    let seen = read(Kind::Charge, body.as_bytes());
    assert_eq!(
        seen.pay_with.url.as_deref(),
        Some("gojek://gopay/merchanttransfer")
    );
    assert!(seen.pay_with.qr_url.is_some());
    assert!(seen.expires_at.is_some());
}
