//! What hostile bytes may do at the Midtrans adapter: each function takes them where the adapter takes a stranger's bytes, and panics if money could follow from
//! a misreading. Called by the properties beside this file and by the fuzz targets of `tests/fuzz`.

use std::collections::BTreeMap;
use std::time::Duration;

use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Act, Amount, Customer, Environment, Item, Method, NewPayment, PaymentClaim, PaymentCode,
    PaymentExchange, PaymentReading, PaymentRef, PaymentSighting, PaymentState,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::{RawRequest, Written};
use eraflazz_core::text::{EchoedRef, TheirRef};
use eraflazz_core::time::Timestamp;
use eraflazz_payments::Timing;
use eraflazz_payments::midtrans::{Config, Midtrans};
use sha2::{Digest, Sha512};

use fields::Fields;
use line::{Line, whole};

#[path = "../hostile/fields.rs"]
mod fields;
#[path = "../../../eraflazz-suppliers/tests/hostile/line.rs"]
mod line;

/// Our reference of the payment that is asked for and looked at.
pub(crate) const OURS: &str = "E0001KDVDYMR00G70R7Z";
pub(crate) const MERCHANT: &str = "G123456789";
const SERVER_KEY: &str = "SB-Mid-server-EraflazzDemoKey01";

/// Every name that the adapter looks at.
const NAMES: [&str; 24] = [
    "status_code",
    "transaction_id",
    "order_id",
    "merchant_id",
    "gross_amount",
    "currency",
    "payment_type",
    "transaction_status",
    "fraud_status",
    "signature_key",
    "settlement_time",
    "expiry_time",
    "expire_time",
    "va_numbers",
    "permata_va_number",
    "bill_key",
    "biller_code",
    "payment_code",
    "redirect_url",
    "actions",
    "qr_string",
    "refund_amount",
    "refund_key",
    "refunds",
];
const REFUND_NAMES: [&str; 3] = ["refund_key", "refund_amount", "bank_confirmed_at"];

/// The signature of these three.
pub(crate) fn signature(order_id: &str, status_code: &str, gross_amount: &str) -> String {
    let mut hash = Sha512::new();
    for part in [order_id, status_code, gross_amount, SERVER_KEY] {
        hash.update(part);
    }
    base16ct::lower::encode_string(&hash.finalize())
}

/// The body with the right signature in it; as it is where there is nothing to sign.
pub(crate) fn rightly_signed(body: &[u8]) -> Vec<u8> {
    let Some(fields) = Fields::of(body, &NAMES) else {
        return body.to_vec();
    };
    let exact = |name: &str| fields.exact(name).unwrap_or_default();
    let [order_id, code, amount] = ["order_id", "status_code", "gross_amount"].map(exact);
    let open = body.iter().position(|byte| *byte == b'{').unwrap() + 1;
    let signature = signature(&order_id, &code, &amount);
    let mut signed = body[..open].to_vec();
    signed.extend_from_slice(format!(r#""signature_key":"{signature}""#).as_bytes());
    let rest = body[open..].trim_ascii_start();
    if rest.first() != Some(&b'}') {
        signed.push(b',');
    }
    signed.extend_from_slice(rest);
    signed
}

/// A notification with this body. It is read if the signature in it is that of its own fields, and else is nobody's.
pub(crate) fn notification(body: &[u8]) -> Option<PaymentReading> {
    let read = CALLED.with(|midtrans| midtrans.read_callback(&request(body)));
    let fields = Fields::of(body, &NAMES);
    let is_signed = fields.as_ref().is_some_and(is_signed);
    let Ok(reading) = read else {
        let is_text = std::str::from_utf8(body).is_ok();
        assert!(!(is_signed && is_text), "it was signed");
        return None;
    };
    assert!(is_signed, "INV-35: nobody signed it");
    assert_eq!(reading.answer.status, 200);
    assert_eq!(reading.sightings.len(), 1);
    let said = &reading.sightings[0];
    assert!(
        matches!(said.claim, PaymentClaim::Is(_) | PaymentClaim::Unclear),
        "only an answer says {said:?}"
    );
    assert_fair(fields.as_ref(), said, false);
    Some(reading)
}

fn is_signed(fields: &Fields) -> bool {
    let names = ["order_id", "status_code", "gross_amount", "signature_key"];
    let [Some(order_id), Some(code), Some(amount), Some(claimed)] =
        names.map(|name| fields.exact(name))
    else {
        return false;
    };
    let is_code = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
    let ours = signature(&order_id, &code, &amount);
    !order_id.is_empty() && is_code && claimed.eq_ignore_ascii_case(&ours)
}

/// The body of an answer to a charge.
pub(crate) fn charged(body: &[u8]) -> PaymentExchange {
    answered(whole(body), false, async |midtrans| {
        midtrans.create(&payment(Method::Qris)).await
    })
}

/// The body of an answer to a request for a page.
pub(crate) fn page(body: &[u8]) -> PaymentExchange {
    let exchange = said(whole(body), async |midtrans| {
        midtrans.create(&payment(Method::Page)).await
    });
    let told = &exchange.sightings[0];
    if told.claim != PaymentClaim::Unclear {
        let pending = PaymentClaim::Is(PaymentState::Pending);
        assert_eq!(told.claim, pending, "INV-12: a 200 refuses nothing");
        let fields = Fields::of(body, &["token", "redirect_url", "error_messages"]).unwrap();
        assert!(fields.is_named("token", told.pay_with.token.as_deref()));
        assert!(told.pay_with.token.is_some());
    }
    exchange
}

/// The body of an answer to a question.
pub(crate) fn asked(body: &[u8]) -> PaymentExchange {
    let exchange = answered(whole(body), false, async |midtrans| {
        midtrans.look(&ours()).await
    });
    let said = &exchange.sightings[0];
    assert_ne!(
        said.claim,
        PaymentClaim::Refused,
        "a question is not refused"
    );
    if said.claim == PaymentClaim::NotFound {
        let fields = Fields::of(body, &NAMES).unwrap();
        assert_eq!(fields.text("status_code"), "404", "INV-12");
    }
    exchange
}

/// The body of an answer to a cancel.
pub(crate) fn cancelled(body: &[u8]) -> PaymentExchange {
    answered(whole(body), false, async |midtrans| {
        midtrans.act(&ours(), &Act::Cancel).await
    })
}

/// The body of an answer to a refund.
pub(crate) fn refunded(body: &[u8]) -> PaymentExchange {
    let act = Act::Refund {
        key: "R1".parse().unwrap(),
        amount: Money::rupiah(10_000).unwrap(),
        reason: "asked for".to_owned(),
        direct: false,
    };
    answered(whole(body), true, async |midtrans| {
        midtrans.act(&ours(), &act).await
    })
}

/// Everything that a peer writes after it has read a charge, HTTP included.
pub(crate) fn wire(bytes: &[u8]) -> PaymentExchange {
    answered(bytes.to_vec(), false, async |midtrans| {
        midtrans.create(&payment(Method::Qris)).await
    })
}

fn answered(
    says: Vec<u8>,
    of_refund: bool,
    call: impl AsyncFnOnce(&Midtrans) -> PaymentExchange,
) -> PaymentExchange {
    let exchange = said(says, call);
    let fields = Fields::of(&exchange.raw, &NAMES);
    assert_fair(fields.as_ref(), &exchange.sightings[0], of_refund);
    exchange
}

fn said(says: Vec<u8>, call: impl AsyncFnOnce(&Midtrans) -> PaymentExchange) -> PaymentExchange {
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
    assert_ne!(exchange.sightings[0].claim, PaymentClaim::NotSent);
    exchange
}

/// A claim is made only where the bytes make it.
fn assert_fair(fields: Option<&Fields>, said: &PaymentSighting, of_refund: bool) {
    let told = || fields.expect("a claim is made by an object");
    match said.claim {
        PaymentClaim::Unclear => {}
        PaymentClaim::Is(state) => assert!(is_told(told(), state, said, of_refund), "{said:?}"),
        PaymentClaim::Refused | PaymentClaim::NotFound => {
            let code = told().text("status_code");
            let is_refusal = code.starts_with('4') || code == "501" || (of_refund && code == "202");
            assert!(
                is_refusal && code != "406" && code != "407",
                "INV-12: {code}"
            );
        }
        PaymentClaim::NotSent => panic!("{said:?} of an answer"),
    }
}

/// Whether these fields say what was read of them, name by name.
fn is_told(fields: &Fields, state: PaymentState, said: &PaymentSighting, of_refund: bool) -> bool {
    let word = fields.text("transaction_status").to_ascii_lowercase();
    let fraud = fields.text("fraud_status").to_ascii_lowercase();
    let is_clean = ["", "accept"].contains(&fraud.as_str());
    let is_word = match state {
        PaymentState::Pending => word == "pending",
        PaymentState::Authorized => word == "authorize",
        PaymentState::Challenged => word == "capture" && fraud == "challenge",
        PaymentState::Failed => word == "failure",
        PaymentState::Denied => word == "deny" || (word == "capture" && fraud == "deny"),
        PaymentState::Cancelled => word == "cancel",
        PaymentState::Expired => word == "expire",
        PaymentState::Captured => word == "capture" && is_clean,
        PaymentState::Settled => word == "settlement" && is_clean,
        PaymentState::PartlyRefunded => word == "partial_refund",
        PaymentState::PartlyChargedBack => word == "partial_chargeback",
        PaymentState::Refunded => word == "refund",
        PaymentState::ChargedBack => word == "chargeback",
    };
    let is_own = |name: &str, own: &str| {
        let text = fields.text(name);
        text.is_empty() || text.eq_ignore_ascii_case(own)
    };
    let ours = said.our_ref.as_ref().map(EchoedRef::as_str);
    let theirs = said.their_ref.as_ref().map(TheirRef::as_str);
    let is_whole = state.rank() < PaymentState::Captured.rank()
        || (fields.text("status_code") == "200"
            && said.amount.is_some_and(Money::is_positive)
            && ours.is_some()
            && theirs.is_some());
    is_word
        && is_whole
        && is_own("currency", "IDR")
        && is_own("merchant_id", MERCHANT)
        && fields.is_named("order_id", ours)
        && fields.is_named("transaction_id", theirs)
        && fields.is_rupiah("gross_amount", said.amount)
        && are_refunds_told(fields, said, of_refund)
}

fn are_refunds_told(fields: &Fields, said: &PaymentSighting, of_refund: bool) -> bool {
    if of_refund {
        let amount = said.refunds.first().map(|refund| refund.amount);
        return said.refunded.is_none()
            && said.refunds.len() <= 1
            && (amount.is_none() || fields.is_rupiah("refund_amount", amount));
    }
    let rows = fields.rows("refunds", &REFUND_NAMES).unwrap_or_default();
    let is_row = |(row, refund): (&Option<Fields>, &eraflazz_core::payment::RefundSeen)| {
        let row = row.as_ref().expect("each refund was read");
        row.is_rupiah("refund_amount", Some(refund.amount))
            && refund.is_confirmed != row.text("bank_confirmed_at").is_empty()
    };
    fields.is_rupiah("refund_amount", said.refunded)
        && rows.len() == said.refunds.len()
        && rows.iter().zip(&said.refunds).all(is_row)
}

fn request(body: &[u8]) -> RawRequest {
    RawRequest {
        method: "POST".to_owned(),
        path: "/api/v1/webhooks/midtrans".to_owned(),
        headers: BTreeMap::new(),
        body: body.to_vec().into(),
        source: None,
    }
}

fn ours() -> PaymentRef {
    PaymentRef::ours(PaymentCode::parse(OURS).unwrap())
}

fn payment(method: Method) -> NewPayment {
    let amount = Money::rupiah(44_000).unwrap();
    NewPayment {
        code: PaymentCode::parse(OURS).unwrap(),
        method,
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

fn adapter(base: &str) -> Midtrans {
    Midtrans::new(Config {
        base_url: base.to_owned(),
        snap_url: format!("{base}/snap/v1"),
        merchant_id: Some(MERCHANT.to_owned()),
        timing: Timing {
            timeout: Duration::from_secs(10),
            ..Timing::default()
        },
        ..Config::new(Environment::Sandbox, SERVER_KEY)
    })
    .unwrap()
}

thread_local! {
    static LINE: Line<Midtrans> = Line::open(adapter);
    /// One that only hears notifications.
    static CALLED: Midtrans = adapter("http://127.0.0.1:9");
}
