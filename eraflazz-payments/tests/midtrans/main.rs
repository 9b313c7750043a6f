//! Hostile bytes: whatever Midtrans, or somebody who claims to be it, sends is read without a panic, within bounds, and never into more than it says. `entry`
//! holds what must be true of every input, these strategies find the inputs.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod entry;
#[path = "../../../tests/fuzz/spoil.rs"]
mod spoil;

use eraflazz_core::money::Money;
use eraflazz_core::payment::{PaymentClaim, PaymentCode, PaymentState};
use proptest::prelude::*;
use proptest::sample::select;

use entry::{MERCHANT, OURS};
use spoil::{spoils, spoilt};

/// What goes together: code, word, fraud check and state.
const STATES: [(&str, &str, &str, PaymentState); 13] = [
    ("201", "pending", "", PaymentState::Pending),
    ("200", "authorize", "accept", PaymentState::Authorized),
    ("200", "capture", "accept", PaymentState::Captured),
    ("200", "capture", "challenge", PaymentState::Challenged),
    ("200", "capture", "deny", PaymentState::Denied),
    ("200", "settlement", "accept", PaymentState::Settled),
    ("202", "deny", "accept", PaymentState::Denied),
    ("200", "cancel", "accept", PaymentState::Cancelled),
    ("407", "expire", "accept", PaymentState::Expired),
    ("202", "failure", "", PaymentState::Failed),
    ("200", "refund", "accept", PaymentState::Refunded),
    (
        "200",
        "partial_refund",
        "accept",
        PaymentState::PartlyRefunded,
    ),
    ("200", "chargeback", "accept", PaymentState::ChargedBack),
];

/// A payment as Midtrans tells it, without a signature.
#[derive(Clone, Debug)]
struct Told {
    text: String,
    ours: String,
    code: &'static str,
    state: PaymentState,
    amount: i64,
}

fn told() -> impl Strategy<Value = Told> {
    let ours = prop_oneof![4 => Just(OURS.to_owned()), 1 => "[A-Z0-9]{19}[A-Z]"];
    (ours, select(&STATES[..]), 1_000..1_000_000_000_i64, any::<bool>()).prop_map(
        |(ours, (code, word, fraud, state), amount, with_refunds)| {
            let fraud = if fraud.is_empty() {
                String::new()
            } else {
                format!(r#""fraud_status":"{fraud}","#)
            };
            let refunds = if with_refunds && state.is_reversed() {
                r#""refund_amount":"500.00","refunds":[{"refund_key":"R1","refund_amount":"500.00","bank_confirmed_at":"2026-01-02 07:00:00"}],"#
            } else {
                ""
            };
            let text = format!(
                r#"{{"status_code":"{code}","transaction_id":"be03df7d-0000-4000-8000-000000000001","order_id":"{ours}","merchant_id":"{MERCHANT}","gross_amount":"{amount}.00","currency":"IDR","payment_type":"qris","transaction_status":"{word}",{fraud}{refunds}"settlement_time":"2026-01-01 07:00:00","actions":[{{"name":"generate-qr-code","url":"https://qr.example/1"}}],"acquirer":"gopay"}}"#
            );
            Told {
                text,
                ours,
                code,
                state,
                amount,
            }
        },
    )
}

/// Refusals, and answers that say nothing of a payment.
fn answers() -> impl Strategy<Value = String> {
    let code = select(vec![
        "200", "201", "202", "400", "401", "402", "404", "405", "406", "407", "409", "411", "412",
        "414", "500", "501", "503", "900",
    ]);
    let refusal = code.prop_map(|code| {
        format!(r#"{{"status_code":"{code}","status_message":"no","id":"a","refund_key":"R1"}}"#)
    });
    prop_oneof![2 => told().prop_map(|told| told.text), 1 => refusal]
}

const PAGE: &str = r#"{"token":"66e4fa55-fdac-4ef9-91b5-733b97d1b862","redirect_url":"https://app.sandbox.midtrans.com/snap/v2/vtweb/66e4fa55"}"#;
const REFUND: &str = r#"{"status_code":"200","transaction_id":"be03df7d","order_id":"E0001KDVDYMR00G70R7Z","gross_amount":"44000.00","currency":"IDR","transaction_status":"partial_refund","refund_amount":"10000.00","refund_key":"R1"}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_notification_is_read_as_it_was_written(told in told()) {
        prop_assert!(entry::notification(told.text.as_bytes()).is_none(), "nobody signed it");
        let signed = entry::rightly_signed(told.text.as_bytes());
        let said = entry::notification(&signed).unwrap().sightings.remove(0);
        prop_assert_eq!(said.claim, PaymentClaim::Is(told.state));
        prop_assert_eq!(said.amount, Money::rupiah(told.amount));
        prop_assert_eq!(said.our_ref, told.ours.parse().ok());
    }

    #[test]
    fn hostile_notifications_under_a_right_signature_are_never_read_into_more_than_they_say(
        told in told(),
        spoils in spoils(),
    ) {
        let body = spoilt(told.text.into_bytes(), &spoils);
        entry::notification(&entry::rightly_signed(&body));
    }

    /// What is signed cannot be changed; what is not, the state above all, is a hint that nothing follows from.
    #[test]
    fn inv_35_a_spoilt_notification_under_the_old_signature_names_no_other_payment_and_no_other_amount(
        told in told(),
        spoils in spoils(),
    ) {
        let signed = entry::rightly_signed(told.text.as_bytes());
        if let Some(reading) = entry::notification(&spoilt(signed, &spoils)) {
            let said = &reading.sightings[0];
            if let PaymentClaim::Is(state) = said.claim {
                prop_assert_eq!(said.our_ref.as_ref().unwrap().as_str(), told.ours);
                prop_assert_eq!(said.amount, Money::rupiah(told.amount));
                prop_assert!(told.code == "200" || state.rank() < PaymentState::Captured.rank());
            }
        }
    }

    /// Three fields are signed without anything between them: of all the ways to cut that text, one names a payment of ours that was paid.
    #[test]
    fn t_05_no_other_cut_of_what_was_signed_is_a_payment_of_ours(
        amount in prop_oneof!["[1-9][0-9]{3,9}", "(200){1,3}[0-9]{0,3}"],
        code in select(vec!["200", "201", "202", "407"]),
    ) {
        let signature = entry::signature(OURS, code, &format!("{amount}.00"));
        let text = format!("{OURS}{code}{amount}.00");
        for cut in 1..text.len() - 3 {
            let (order_id, rest) = text.split_at(cut);
            let (status, gross) = rest.split_at(3);
            let body = format!(
                r#"{{"status_code":"{status}","transaction_id":"be03df7d","order_id":"{order_id}","gross_amount":"{gross}","transaction_status":"settlement","fraud_status":"accept","signature_key":"{signature}"}}"#
            );
            let read = entry::notification(body.as_bytes());
            let said = read.map(|mut reading| reading.sightings.remove(0));
            let paid = said.filter(|said| matches!(said.claim, PaymentClaim::Is(_)));
            let is_ours = paid.is_some_and(|said| PaymentCode::parse(said.our_ref.unwrap().as_str()).is_ok());
            prop_assert_eq!(is_ours, order_id == OURS && code == "200", "{}", body);
        }
    }

    #[test]
    fn hostile_bytes_are_nobodys_notification(body: Vec<u8>) {
        prop_assert!(entry::notification(&body).is_none());
        prop_assert!(entry::notification(&entry::rightly_signed(&body)).is_none());
    }
}

proptest! {
    // Each of these goes over a socket.
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_is_read_as_it_was_written(told in told()) {
        let said = entry::asked(told.text.as_bytes()).sightings.remove(0);
        prop_assert_eq!((said.claim, said.amount), (PaymentClaim::Is(told.state), Money::rupiah(told.amount)));
    }

    #[test]
    fn hostile_answers_are_never_read_into_more_than_they_say(
        text in answers(),
        spoils in spoils(),
    ) {
        let body = spoilt(text.into_bytes(), &spoils);
        entry::charged(&body);
        entry::asked(&body);
        entry::cancelled(&body);
    }

    #[test]
    fn hostile_pages_and_refunds_are_never_read_into_more_than_they_say(spoils in spoils()) {
        entry::page(&spoilt(PAGE.into(), &spoils));
        entry::refunded(&spoilt(REFUND.into(), &spoils));
    }

    #[test]
    fn inv_12_hostile_http_after_a_charge_was_read_is_never_a_proof_that_it_was_not(
        text in answers(),
        spoils in spoils(),
        status in select(vec!["200 OK", "302 Found", "400 Bad Request", "502 Bad Gateway", "0 ?"]),
    ) {
        let mut peer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", text.len()).into_bytes();
        peer.extend(text.into_bytes());
        entry::wire(&spoilt(peer, &spoils));
    }
}

#[test]
fn what_is_spoilt_is_read_as_it_is() {
    let page = entry::page(PAGE.as_bytes()).sightings.remove(0);
    assert!(page.pay_with.token.is_some());
    let refund = entry::refunded(REFUND.as_bytes()).sightings.remove(0);
    assert_eq!(refund.refunds[0].amount, Money::rupiah(10_000).unwrap());
}

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/");
    let files = std::fs::read_dir(format!("{folder}{target}")).unwrap();
    let files = files.map(|file| file.unwrap());
    files
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, std::fs::read(file.path()).unwrap())
        })
        .collect()
}

/// The last word of a file's name, before its ending, is what is claimed by it.
fn assert_claimed(name: &str, claim: Option<PaymentClaim>) {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let expected = match stem.rsplit('-').next().unwrap() {
        "paid" => Some(PaymentClaim::Is(PaymentState::Settled)),
        "pending" => Some(PaymentClaim::Is(PaymentState::Pending)),
        "refused" => Some(PaymentClaim::Refused),
        "nobodys" => None,
        _ => Some(PaymentClaim::Unclear),
    };
    assert_eq!(claim, expected, "{name}");
}

#[test]
fn the_corpus_of_the_fuzz_targets_holds() {
    for (name, body) in corpus("midtrans_notification") {
        entry::notification(&entry::rightly_signed(&body));
        let read = entry::notification(&body);
        assert_claimed(&name, read.map(|reading| reading.sightings[0].claim));
    }
    for (name, body) in corpus("midtrans_answer") {
        assert_claimed(&name, Some(entry::charged(&body).sightings[0].claim));
        entry::page(&body);
        entry::asked(&body);
        entry::cancelled(&body);
        entry::refunded(&body);
    }
    for (name, bytes) in corpus("midtrans_wire") {
        assert_claimed(&name, Some(entry::wire(&bytes).sightings[0].claim));
    }
}
