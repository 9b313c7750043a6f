#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rstest::rstest;

use super::*;

const PAID: &str = r#"{"reference":"DEV-T12345000000001ABCD","merchant_ref":"ERA-20260101-0001","payment_method":"BCA Virtual Account","payment_method_code":"BCAVA","total_amount":44000,"fee_merchant":5500,"fee_customer":0,"total_fee":5500,"amount_received":38500,"is_closed_payment":1,"status":"PAID","paid_at":1767225600,"note":null}"#;

fn said(body: &str) -> PaymentSighting {
    super::super::callback::event(body.as_bytes(), Some(Environment::Sandbox))
}

#[test]
fn the_pages_sample_is_a_settled_payment() {
    let seen = said(PAID);
    assert_eq!(seen.claim, PaymentClaim::Is(PaymentState::Settled));
    assert_eq!(seen.amount, Money::rupiah(44_000));
    assert_eq!(seen.fees.unwrap().received, Money::rupiah(38_500).unwrap());
    assert_eq!(seen.their_ref.unwrap().as_str(), "DEV-T12345000000001ABCD");
    assert_eq!(
        seen.paid_at.unwrap().to_string(),
        "2026-01-01T07:00:00.000+07:00"
    );
}

#[rstest]
#[case("UNPAID", PaymentState::Pending)]
#[case("paid", PaymentState::Settled)]
#[case("EXPIRED", PaymentState::Expired)]
#[case("Failed", PaymentState::Failed)]
#[case("REFUND", PaymentState::Refunded)]
fn words_are_read_by_the_table(#[case] word: &str, #[case] expected: PaymentState) {
    let seen = said(&PAID.replace("\"PAID\"", &format!("\"{word}\"")));
    assert_eq!(seen.claim, PaymentClaim::Is(expected));
}

#[rstest]
#[case::a_new_word("\"PAID\"", "\"PARTIAL\"", PaymentReason::Unlisted)]
#[case::no_word("\"PAID\"", "null", PaymentReason::Unlisted)]
#[case::fees(
    "\"fee_merchant\":5500",
    "\"fee_merchant\":5400",
    PaymentReason::Contradiction
)]
#[case::net("38500", "44000", PaymentReason::Contradiction)]
#[case::fraction("44000", "44000.5", PaymentReason::Unreadable)]
#[case::exponent("44000", "44e3", PaymentReason::Unreadable)]
#[case::negative("44000", "-44000", PaymentReason::Unreadable)]
#[case::production("DEV-T12345", "T12345", PaymentReason::Environment)]
#[case::nameless("\"DEV-T12345000000001ABCD\"", "null", PaymentReason::Contradiction)]
#[case::odd_name("\"DEV-T12345000000001ABCD\"", "[]", PaymentReason::Unreadable)]
fn what_is_off_is_unclear(#[case] from: &str, #[case] to: &str, #[case] reason: PaymentReason) {
    assert!(PAID.contains(from));
    let seen = said(&PAID.replace(from, to));
    assert_eq!((seen.claim, seen.reason), (PaymentClaim::Unclear, reason));
}

#[test]
fn inv_35_the_testers_payment_of_nothing_is_unclear() {
    let body = r#"{"reference": "DEV-T12345000000003ABCD", "merchant_ref": null, "status": "PAID", "total_amount": 0}"#;
    let seen = said(body);
    assert_eq!(
        (seen.claim, seen.reason),
        (PaymentClaim::Unclear, PaymentReason::Contradiction)
    );
}

#[test]
fn t_09_a_field_given_twice_is_unreadable() {
    let seen = said(&PAID.replacen('{', r#"{"total_amount":1,"#, 1));
    assert_eq!(seen.reason, PaymentReason::Unreadable);
}

#[test]
fn a_row_of_a_list_is_read_with_its_number_for_a_code() {
    let row = r#"{"reference":"T12345000000001ABCD","merchant_ref":"ERA","payment_method":"BRIVA","amount":44000,"fee_merchant":4250,"fee_customer":0,"total_fee":4250,"amount_received":39750,"pay_code":45649878666155,"status":"UNPAID","expired_at":1767312000,"paid_at":null}"#;
    let seen = payment(
        &json::object::<Payment<'_>>(row.as_bytes()).unwrap(),
        Some(Environment::Production),
    );
    assert_eq!(seen.claim, PaymentClaim::Is(PaymentState::Pending));
    assert_eq!(seen.pay_with.code.as_deref(), Some("45649878666155"));
    assert_eq!(seen.expires_at, Some(moment(1_767_312_000)));
}

#[test]
fn a_standing_code_waits() {
    let row = r#"{"uuid":"T0001OP9376HnpS","merchant_ref":"MEMBER-77","payment_method":"BCAVA","pay_code":"1234","qr_string":null}"#;
    let seen = payment(&json::object::<Payment<'_>>(row.as_bytes()).unwrap(), None);
    assert_eq!(seen.claim, PaymentClaim::Is(PaymentState::Pending));
    assert_eq!(seen.standing.unwrap().as_str(), "T0001OP9376HnpS");
}
