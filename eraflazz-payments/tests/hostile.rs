//! What strangers send: nothing panics, nothing forged is genuine, and less than a whole text never says that somebody paid.
#![cfg(all(feature = "tripay", feature = "midtrans"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use eraflazz_core::payment::{Environment, PaymentClaim, PaymentSighting, PaymentState};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::RawRequest;
use eraflazz_payments::{midtrans, tripay};
use proptest::prelude::*;

const PRIVATE_KEY: &str = "eraflazz-private-key-0001";
const PAID: &str = r#"{"reference":"DEV-T12345000000001ABCD","merchant_ref":"ERA-20260101-0001","payment_method":"BCA Virtual Account","payment_method_code":"BCAVA","total_amount":44000,"fee_merchant":5500,"fee_customer":0,"total_fee":5500,"amount_received":38500,"is_closed_payment":1,"status":"PAID","paid_at":1767225600,"note":null}"#;
const PAID_SIGNATURE: &str = "8634146eeac7c0fe9f1e9533d5a14a52b92618b1da3ded6c0596cf10d0ec95f7";
const SERVER_KEY: &str = "SB-Mid-server-EraflazzDemoKey01";
const SETTLED: &str = r#"{"transaction_status":"settlement","transaction_id":"be03df7d-0000-4000-8000-000000000001","status_code":"200","signature_key":"5a0a3d57ef15f61745089716a83c091c726ac9da6fedb1302bbaa8f8cb4d4b0dede331c36cf71dc82f1a259879fd6dc51fbe74f0c015b1933a3be452e8fd0c33","order_id":"ERA-20260101-0001","gross_amount":"44000.00","fraud_status":"accept","currency":"IDR"}"#;
const LIST: &str = r#"{"success":true,"data":[{"reference":"T12345000000001ABCD","merchant_ref":"ERA","amount":44000,"fee_merchant":4250,"fee_customer":0,"total_fee":4250,"amount_received":39750,"status":"PAID"}]}"#;
const TRIPAY_KINDS: [tripay::Kind; 3] = [
    tripay::Kind::Callback,
    tripay::Kind::Payment,
    tripay::Kind::List,
];
const MIDTRANS_KINDS: [midtrans::Kind; 5] = [
    midtrans::Kind::Notification,
    midtrans::Kind::Charge,
    midtrans::Kind::Status,
    midtrans::Kind::Act,
    midtrans::Kind::Refund,
];

/// Made once: a client reads the machine's certificates.
static AT_TRIPAY: LazyLock<tripay::Tripay> = LazyLock::new(|| {
    let config = tripay::Config {
        base_url: "http://127.0.0.1:9/api-sandbox".to_owned(),
        ..tripay::Config::new(
            Environment::Sandbox,
            "T12345",
            "DEV-sample-key-of-the-sandbox",
            PRIVATE_KEY,
        )
    };
    tripay::Tripay::new(config).unwrap()
});

static AT_MIDTRANS: LazyLock<midtrans::Midtrans> = LazyLock::new(|| {
    let config = midtrans::Config {
        base_url: "http://127.0.0.1:9".to_owned(),
        snap_url: "http://127.0.0.1:9/snap/v1".to_owned(),
        ..midtrans::Config::new(Environment::Sandbox, SERVER_KEY)
    };
    midtrans::Midtrans::new(config).unwrap()
});

fn notice(body: &[u8], signature: &str) -> RawRequest {
    RawRequest {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: BTreeMap::from([(
            "x-callback-signature".to_owned(),
            vec![signature.to_owned()],
        )]),
        body: body.to_vec().into(),
        source: None,
    }
}

fn says_money(seen: &PaymentSighting) -> bool {
    seen.state()
        .is_some_and(|state| state.rank() >= PaymentState::Captured.rank())
}

fn everything_read(body: &[u8]) -> Vec<PaymentSighting> {
    let mut seen: Vec<PaymentSighting> = TRIPAY_KINDS
        .into_iter()
        .flat_map(|kind| tripay::read(kind, body))
        .collect();
    seen.extend(MIDTRANS_KINDS.map(|kind| midtrans::read(kind, body)));
    seen
}

#[test]
fn the_texts_that_are_spoilt_here_are_good_ones() {
    let tripay = AT_TRIPAY.read_callback(&notice(PAID.as_bytes(), PAID_SIGNATURE));
    assert!(says_money(&tripay.unwrap().sightings[0]));
    let midtrans = AT_MIDTRANS.read_callback(&notice(SETTLED.as_bytes(), ""));
    assert!(says_money(&midtrans.unwrap().sightings[0]));
    assert!(says_money(
        &tripay::read(tripay::Kind::List, LIST.as_bytes())[0]
    ));
}

proptest! {
    #[test]
    fn any_bytes_say_nothing(body in prop::collection::vec(any::<u8>(), 0..400)) {
        for seen in everything_read(&body) {
            prop_assert_eq!(seen.claim, PaymentClaim::Unclear);
        }
        prop_assert!(AT_TRIPAY.read_callback(&notice(&body, PAID_SIGNATURE)).is_err());
        prop_assert!(AT_MIDTRANS.read_callback(&notice(&body, "")).is_err());
    }

    #[test]
    fn half_a_text_never_says_money(cut in 0_usize..400, which in 0_usize..3) {
        let text = [PAID, SETTLED, LIST][which];
        let cut = cut.min(text.len() - 1);
        for seen in everything_read(&text.as_bytes()[..cut]) {
            prop_assert!(!says_money(&seen), "{:?}", seen);
        }
    }

    #[test]
    fn t_08_one_changed_byte_of_tripays_callback_is_nobodys(at in 0_usize..313, byte in any::<u8>()) {
        let mut body = PAID.as_bytes().to_vec();
        let at = at % body.len();
        prop_assume!(body[at] != byte);
        body[at] = byte;
        prop_assert!(AT_TRIPAY.read_callback(&notice(&body, PAID_SIGNATURE)).is_err());
    }

    #[test]
    fn t_08_one_changed_byte_of_midtranss_notification_changes_nothing_that_is_signed(
        at in 0_usize..400,
        byte in any::<u8>(),
    ) {
        let genuine = midtrans::read(midtrans::Kind::Notification, SETTLED.as_bytes());
        let mut body = SETTLED.as_bytes().to_vec();
        let at = at % body.len();
        prop_assume!(body[at] != byte);
        body[at] = byte;
        if let Ok(reading) = AT_MIDTRANS.read_callback(&notice(&body, "")) {
            let seen = &reading.sightings[0];
            if says_money(seen) {
                prop_assert_eq!(&seen.our_ref, &genuine.our_ref);
                prop_assert_eq!(seen.amount, genuine.amount);
            }
        }
    }

    #[test]
    fn any_signature_but_the_right_one_is_refused(signature in "[0-9a-fA-F]{0,130}|\\PC{0,80}") {
        prop_assume!(!signature.eq_ignore_ascii_case(PAID_SIGNATURE));
        prop_assert!(AT_TRIPAY.read_callback(&notice(PAID.as_bytes(), &signature)).is_err());
    }
}
