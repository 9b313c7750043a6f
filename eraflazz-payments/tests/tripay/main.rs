//! Hostile bytes: whatever Tripay, or somebody who claims to be it, sends is read without a panic, within bounds, and never into more than it says. `entry`
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
use eraflazz_core::payment::{PaymentClaim, PaymentState};
use proptest::prelude::*;
use proptest::sample::select;

use entry::{OURS, THEIRS};
use spoil::{spoils, spoilt};

const STATES: [(&str, PaymentState); 5] = [
    ("UNPAID", PaymentState::Pending),
    ("PAID", PaymentState::Settled),
    ("EXPIRED", PaymentState::Expired),
    ("FAILED", PaymentState::Failed),
    ("REFUND", PaymentState::Refunded),
];

/// A payment as Tripay tells it: the amount is in the field of this name, and its parts add up.
#[derive(Clone, Debug)]
struct Told {
    text: String,
    ours: String,
    state: PaymentState,
    amount: i64,
    customer: i64,
}

fn told(amount_field: &'static str) -> impl Strategy<Value = Told> {
    let ours = prop_oneof![4 => Just(OURS.to_owned()), 1 => "[A-Z0-9]{19}[A-Z]"];
    let amounts = (1_000..1_000_000_000_i64, 0..500_i64, 0..500_i64);
    (ours, select(&STATES[..]), amounts, any::<bool>()).prop_map(
        move |(ours, (word, state), (amount, merchant, customer), in_text)| {
            let total = merchant + customer;
            let received = amount - total;
            let shown = if in_text {
                format!("\"{amount}\"")
            } else {
                amount.to_string()
            };
            let text = format!(
                r#"{{"reference":"{THEIRS}","merchant_ref":"{ours}","payment_method":"QRIS","payment_method_code":"QRIS2","{amount_field}":{shown},"fee_merchant":{merchant},"fee_customer":{customer},"total_fee":{total},"amount_received":{received},"is_closed_payment":1,"status":"{word}","paid_at":1767225600,"note":null}}"#
            );
            Told {
                text,
                ours,
                state,
                amount,
                customer,
            }
        },
    )
}

fn answer(data: &str) -> Vec<u8> {
    format!(r#"{{"success":true,"message":"","data":{data}}}"#).into_bytes()
}

fn list() -> impl Strategy<Value = (Vec<Told>, Vec<u8>)> {
    prop::collection::vec(told("amount"), 0..4).prop_map(|rows| {
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        let body = answer(&format!("[{}]", texts.join(",")));
        (rows, body)
    })
}

const CHANNELS: &str = r#"{"success":true,"data":[{"group":"E-Wallet","code":"QRIS2","name":"QRIS","type":"direct","fee_merchant":{"flat":750,"percent":"0.70"},"fee_customer":{"flat":0,"percent":0},"minimum_amount":1000,"maximum_amount":5000000,"active":true}]}"#;
const QUOTES: &str = r#"{"success":true,"data":[{"code":"QRIS2","name":"QRIS","fee":{"flat":750,"percent":"0.70"},"total_fee":{"merchant":1450,"customer":0}}]}"#;
const STEPS: &str =
    r#"{"success":true,"data":[{"title":"m-BCA","steps":["Buka m-BCA","Bayar 1234567890"]}]}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_callback_is_read_as_it_was_written(told in told("total_amount")) {
        let said = entry::callback(told.text.as_bytes()).sightings.remove(0);
        prop_assert_eq!(said.claim, PaymentClaim::Is(told.state));
        prop_assert_eq!(said.amount, Money::rupiah(told.amount));
        prop_assert_eq!(said.our_ref, told.ours.parse().ok());
        prop_assert_eq!(said.fees.map(|fees| fees.customer), Money::rupiah(told.customer));
    }

    #[test]
    fn hostile_callbacks_are_never_read_into_more_than_they_say(
        told in told("total_amount"),
        spoils in spoils(),
    ) {
        entry::callback(&spoilt(told.text.into_bytes(), &spoils));
    }

    #[test]
    fn inv_35_a_spoilt_callback_under_the_old_signature_is_nobodys(
        told in told("total_amount"),
        spoils in spoils(),
        any: Vec<u8>,
    ) {
        let signature = entry::signature(told.text.as_bytes());
        let body = spoilt(told.text.clone().into_bytes(), &spoils);
        for body in [body, any] {
            if body != told.text.as_bytes() {
                entry::unsigned(&signature, &body);
            }
        }
    }

    #[test]
    fn inv_35_no_hostile_header_is_the_signature(
        header in "[0-9a-fA-F]{62,66}|\\PC*",
        told in told("total_amount"),
    ) {
        entry::unsigned(&header, told.text.as_bytes());
    }

    #[test]
    fn hostile_bytes_under_a_right_signature_claim_nothing(body: Vec<u8>) {
        let reading = entry::callback(&body);
        prop_assert_eq!(reading.sightings[0].claim, PaymentClaim::Unclear);
    }
}

proptest! {
    // Each of these goes over a socket.
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn hostile_answers_are_never_read_into_more_than_they_say(
        told in told("amount"),
        spoils in spoils(),
    ) {
        let whole = answer(&told.text);
        let said = entry::detail(&whole).sightings.remove(0);
        prop_assert_eq!((said.claim, said.amount), (PaymentClaim::Is(told.state), Money::rupiah(told.amount)));
        let body = spoilt(whole, &spoils);
        entry::created(&body);
        entry::detail(&body);
    }

    #[test]
    fn hostile_lists_never_hide_or_invent_a_payment_of_ours(
        (rows, body) in list(),
        spoils in spoils(),
    ) {
        let mine: Vec<PaymentClaim> = rows
            .iter()
            .filter(|row| row.ours == OURS)
            .map(|row| PaymentClaim::Is(row.state))
            .collect();
        let read = entry::listed(&body).sightings.into_iter().map(|said| said.claim);
        let read: Vec<PaymentClaim> = read.filter(|claim| *claim != PaymentClaim::NotFound).collect();
        prop_assert_eq!(read, mine);
        entry::listed(&spoilt(body, &spoils));
    }

    #[test]
    fn inv_12_hostile_http_after_a_create_was_read_is_never_a_proof_that_it_was_not(
        told in told("amount"),
        spoils in spoils(),
        status in select(vec!["200 OK", "302 Found", "400 Bad Request", "502 Bad Gateway", "0 ?"]),
    ) {
        let body = answer(&told.text);
        let mut peer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        peer.extend(body);
        entry::wire(&spoilt(peer, &spoils));
    }

    #[test]
    fn hostile_channels_and_fees_are_read_as_written_or_refused(
        body in select(vec![CHANNELS, QUOTES, STEPS]),
        spoils in spoils(),
    ) {
        prop_assert_eq!(entry::lists(body.as_bytes()), 1);
        entry::lists(&spoilt(body.into(), &spoils));
    }
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
fn assert_claimed(name: &str, claim: PaymentClaim) {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let expected = match stem.rsplit('-').next().unwrap() {
        "paid" => PaymentClaim::Is(PaymentState::Settled),
        "pending" => PaymentClaim::Is(PaymentState::Pending),
        "refused" => PaymentClaim::Refused,
        _ => PaymentClaim::Unclear,
    };
    assert_eq!(claim, expected, "{name}");
}

#[test]
fn the_corpus_of_the_fuzz_targets_holds() {
    for (name, body) in corpus("tripay_callback") {
        assert_claimed(&name, entry::callback(&body).sightings[0].claim);
    }
    for (name, body) in corpus("tripay_answer") {
        assert_claimed(&name, entry::created(&body).sightings[0].claim);
        entry::detail(&body);
        entry::listed(&body);
    }
    for (name, bytes) in corpus("tripay_wire") {
        assert_claimed(&name, entry::wire(&bytes).sightings[0].claim);
    }
    let read = corpus("tripay_lists");
    let read: usize = read.iter().map(|(_, body)| entry::lists(body)).sum();
    assert_eq!(read, 3);
}
