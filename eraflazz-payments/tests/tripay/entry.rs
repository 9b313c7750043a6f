//! What hostile bytes may do at the Tripay adapter: each function takes them where the adapter takes a stranger's bytes, and panics if money could follow from
//! a misreading. Called by the properties beside this file and by the fuzz targets of `tests/fuzz`.

use std::collections::BTreeMap;
use std::time::Duration;

use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Amount, Customer, Environment, Item, Method, NewPayment, PaymentClaim, PaymentCode,
    PaymentExchange, PaymentReading, PaymentRef, PaymentSighting, PaymentState,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::{RawRequest, ReadError, Written};
use eraflazz_core::text::{EchoedRef, TheirRef};
use eraflazz_core::time::Timestamp;
use eraflazz_payments::Timing;
use eraflazz_payments::tripay::{Config, Tripay};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use fields::Fields;
use line::{Line, whole};

#[path = "../hostile/fields.rs"]
mod fields;
#[path = "../../../eraflazz-suppliers/tests/hostile/line.rs"]
mod line;

/// Our reference of the payment that is asked for and looked at.
pub(crate) const OURS: &str = "E0001KDVDYMR00G70R7Z";
/// Tripay's.
pub(crate) const THEIRS: &str = "DEV-T12345000000001ABCD";
const PRIVATE_KEY: &str = "eraflazz-private-key-0001";

/// Every name that the adapter looks at.
const NAMES: [&str; 20] = [
    "success",
    "data",
    "reference",
    "uuid",
    "merchant_ref",
    "payment_method",
    "amount",
    "fee_merchant",
    "fee_customer",
    "total_fee",
    "amount_received",
    "pay_code",
    "pay_url",
    "checkout_url",
    "qr_string",
    "qr_url",
    "status",
    "expired_time",
    "expired_at",
    "paid_at",
];
/// And those of a callback.
const EVENT_NAMES: [&str; 10] = [
    "reference",
    "merchant_ref",
    "payment_method_code",
    "total_amount",
    "fee_merchant",
    "fee_customer",
    "total_fee",
    "amount_received",
    "status",
    "paid_at",
];

/// The signature of these bytes.
pub(crate) fn signature(body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(PRIVATE_KEY.as_bytes()).unwrap();
    mac.update(body);
    base16ct::lower::encode_string(&mac.finalize().into_bytes())
}

/// A callback with this body, rightly signed.
pub(crate) fn callback(body: &[u8]) -> PaymentReading {
    let request = request(&signature(body), body);
    let reading = CALLED.with(|tripay| tripay.read_callback(&request));
    let reading = reading.expect("the signature is right");
    assert_eq!(reading.answer.status, 200);
    assert_eq!(reading.sightings.len(), 1);
    for said in &reading.sightings {
        if said.claim != PaymentClaim::Unclear {
            let fields = Fields::of(body, &EVENT_NAMES);
            let fields = fields.expect("a claim is made by an object");
            assert!(is_told(&fields, "total_amount", said), "{said:?}");
        }
    }
    reading
}

/// A callback whose signature is `header`, which its sender made up or has from another one.
pub(crate) fn unsigned(header: &str, body: &[u8]) {
    let read = CALLED.with(|tripay| tripay.read_callback(&request(header, body)));
    assert!(read.is_err(), "{header} passed for a signature");
}

/// The body of an answer to a create.
pub(crate) fn created(body: &[u8]) -> PaymentExchange {
    let exchange = answered(whole(body), async |tripay| tripay.create(&payment()).await);
    assert_eq!(exchange.raw, body, "what came is kept as it came");
    exchange
}

/// The body of an answer to a question about one payment.
pub(crate) fn detail(body: &[u8]) -> PaymentExchange {
    let about = PaymentRef {
        theirs: Some(THEIRS.parse().unwrap()),
        ..ours()
    };
    let exchange = answered(whole(body), async |tripay| tripay.look(&about).await);
    for said in &exchange.sightings {
        assert!(matches!(
            said.claim,
            PaymentClaim::Is(_) | PaymentClaim::Unclear
        ));
    }
    exchange
}

/// The body of an answer to a question for the payments under our reference.
pub(crate) fn listed(body: &[u8]) -> PaymentExchange {
    let exchange = LINE.with(|line| {
        line.say(whole(body));
        line.block_on(line.adapter.look(&ours()))
    });
    assert_eq!(exchange.written, Written::Yes);
    assert!(!exchange.sightings.is_empty());
    let rows = Fields::of(body, &NAMES[..2]).and_then(|answer| answer.rows("data", &NAMES[2..]));
    for said in &exchange.sightings {
        let rows = || rows.as_ref().expect("it is said by a list").iter();
        match said.claim {
            PaymentClaim::Is(_) => {
                let echo = said.our_ref.as_ref().map(EchoedRef::as_str);
                assert_eq!(echo, Some(OURS), "somebody else's");
                assert!(
                    rows().flatten().any(|row| is_told(row, "amount", said)),
                    "{said:?}"
                );
            }
            PaymentClaim::NotFound => {
                let is_other = |row: &Option<Fields>| {
                    let row = row.as_ref().expect("each row was read");
                    row.text("merchant_ref") != OURS
                };
                assert!(rows().all(is_other), "INV-12: it is there");
            }
            PaymentClaim::Unclear => {}
            PaymentClaim::NotSent | PaymentClaim::Refused => panic!("{said:?} of a list"),
        }
    }
    exchange
}

/// Everything that a peer writes after it has read a create, HTTP included.
pub(crate) fn wire(bytes: &[u8]) -> PaymentExchange {
    answered(bytes.to_vec(), async |tripay| {
        tripay.create(&payment()).await
    })
}

/// The body of an answer to a question for channels, fees or steps; how many of the three it is read as.
pub(crate) fn lists(body: &[u8]) -> usize {
    let amount = Money::rupiah(44_000).unwrap();
    let (channels, quotes, steps) = LINE.with(|line| {
        line.say(whole(body));
        let tripay = &line.adapter;
        (
            line.block_on(tripay.channels()),
            line.block_on(tripay.fees(amount, Some("QRIS2"))),
            line.block_on(tripay.instructions("BCAVA", "1234567890", amount)),
        )
    });
    let text = String::from_utf8_lossy(body);
    let is_there = |amount: Money| {
        // An escaped digit is a digit as well.
        amount == Money::ZERO || text.contains('\\') || text.contains(&amount.to_string())
    };
    for channel in channels.iter().flatten() {
        let fees = [channel.fee_merchant.flat, channel.fee_customer.flat];
        let bounds = channel.minimum.into_iter().chain(channel.maximum);
        assert!(bounds.chain(fees).all(is_there), "{channel:?}");
    }
    for quote in quotes.iter().flatten() {
        let parts = [quote.borne_by.merchant, quote.borne_by.customer];
        assert!(parts.into_iter().all(is_there), "{quote:?}");
    }
    let read = [as_read(&channels), as_read(&quotes), as_read(&steps)];
    read.into_iter().filter(|read| *read).count()
}

fn as_read<T>(read: &Result<Vec<T>, ReadError>) -> bool {
    match read {
        Ok(rows) => !rows.is_empty(),
        Err(error) => {
            let told = error.to_string();
            assert!(!told.is_empty() && told.len() < 500, "{told}");
            false
        }
    }
}

fn answered(says: Vec<u8>, call: impl AsyncFnOnce(&Tripay) -> PaymentExchange) -> PaymentExchange {
    let exchange = LINE.with(|line| {
        line.say(says);
        line.block_on(call(&line.adapter))
    });
    assert_eq!(
        exchange.written,
        Written::Yes,
        "it was read by the peer: INV-12"
    );
    assert_eq!(exchange.sightings.len(), 1);
    let said = &exchange.sightings[0];
    let answer = Fields::of(&exchange.raw, &NAMES[..2]);
    let success = answer.as_ref().and_then(|answer| answer.raw("success"));
    match said.claim {
        PaymentClaim::Is(_) => {
            assert_eq!(success, Some("true"));
            let data = answer.as_ref().and_then(|answer| answer.raw("data"));
            let data = Fields::of(data.unwrap().as_bytes(), &NAMES[2..]);
            assert!(is_told(&data.unwrap(), "amount", said), "{said:?}");
        }
        PaymentClaim::Refused => assert_eq!(success, Some("false"), "INV-12"),
        PaymentClaim::Unclear => {}
        PaymentClaim::NotSent | PaymentClaim::NotFound => panic!("{said:?} of an answer"),
    }
    exchange
}

/// Whether these fields say what was read of them, name by name.
fn is_told(fields: &Fields, amount: &str, said: &PaymentSighting) -> bool {
    let PaymentClaim::Is(state) = said.claim else {
        return false;
    };
    let word = match state {
        PaymentState::Pending => "UNPAID",
        PaymentState::Settled => "PAID",
        PaymentState::Expired => "EXPIRED",
        PaymentState::Failed => "FAILED",
        PaymentState::Refunded => "REFUND",
        PaymentState::Authorized
        | PaymentState::Challenged
        | PaymentState::Denied
        | PaymentState::Cancelled
        | PaymentState::Captured
        | PaymentState::PartlyRefunded
        | PaymentState::PartlyChargedBack
        | PaymentState::ChargedBack => return false,
    };
    let theirs = said.their_ref.as_ref().map(TheirRef::as_str);
    let is_named = fields.is_named("merchant_ref", said.our_ref.as_ref().map(EchoedRef::as_str))
        && fields.is_named("reference", theirs)
        && theirs.is_none_or(|theirs| theirs.starts_with("DEV-"));
    if let Some(standing) = &said.standing {
        let waits = state == PaymentState::Pending && fields.text("status").is_empty();
        return waits && is_named && fields.is_named("uuid", Some(standing.as_str()));
    }
    let is_whole = state.rank() < PaymentState::Captured.rank()
        || (said.amount.is_some_and(Money::is_positive) && theirs.is_some());
    let parts = ["fee_merchant", "fee_customer", "amount_received"];
    let adds_up = match said.fees {
        Some(fees) => {
            let told = [fees.merchant, fees.customer, fees.received];
            let sum = fees.merchant.hundredths() + fees.customer.hundredths();
            let rest = said.amount.map(|amount| amount.hundredths() - sum);
            rest == Some(fees.received.hundredths())
                && fields.is_rupiah("total_fee", Some(Money::from_hundredths(sum)))
                && parts
                    .iter()
                    .zip(told)
                    .all(|(name, told)| fields.is_rupiah(name, Some(told)))
        }
        // One that is not there, and nothing is held against anything.
        None => parts
            .iter()
            .chain(&["total_fee"])
            .any(|name| fields.text(name).is_empty()),
    };
    fields.text("status").eq_ignore_ascii_case(word)
        && is_named
        && is_whole
        && adds_up
        && fields.is_rupiah(amount, said.amount)
}

fn request(signature: &str, body: &[u8]) -> RawRequest {
    let header = (
        "x-callback-signature".to_owned(),
        vec![signature.to_owned()],
    );
    RawRequest {
        method: "POST".to_owned(),
        path: "/api/v1/webhooks/tripay".to_owned(),
        headers: BTreeMap::from([header]),
        body: body.to_vec().into(),
        source: None,
    }
}

fn ours() -> PaymentRef {
    PaymentRef::ours(PaymentCode::parse(OURS).unwrap())
}

fn payment() -> NewPayment {
    let amount = Money::rupiah(44_000).unwrap();
    NewPayment {
        code: PaymentCode::parse(OURS).unwrap(),
        method: Method::Qris,
        amount: Amount::Fixed(amount),
        items: vec![Item {
            sku: "DEPOSIT".to_owned(),
            name: "Deposit".to_owned(),
            price: amount,
            quantity: 1,
        }],
        customer: Customer {
            name: "Toko Maju".to_owned(),
            email: "kasir@toko-maju.example".to_owned(),
            phone: "081234567890".to_owned(),
        },
        created_at: Timestamp::from_millis(1_767_225_600_000),
        expires_in: None,
        notify_url: None,
        return_url: None,
        card: None,
    }
}

fn adapter(base: &str) -> Tripay {
    Tripay::new(Config {
        base_url: format!("{base}/api-sandbox"),
        timing: Timing {
            timeout: Duration::from_secs(10),
            ..Timing::default()
        },
        ..Config::new(
            Environment::Sandbox,
            "T12345",
            "DEV-sample-key-of-the-sandbox",
            PRIVATE_KEY,
        )
    })
    .unwrap()
}

thread_local! {
    static LINE: Line<Tripay> = Line::open(adapter);
    /// One that only hears callbacks.
    static CALLED: Tripay = adapter("http://127.0.0.1:9");
}
