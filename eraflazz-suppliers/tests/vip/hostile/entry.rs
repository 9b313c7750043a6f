//! What hostile bytes may do at the VIP Reseller adapter: each function takes them where the adapter takes a stranger's bytes, and panics if money could
//! follow from a misreading. Called by the properties beside this file and by the fuzz targets of `tests/fuzz`.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    AttemptView, Claim, Exchange, Formed, PriceList, Purchase, RawRequest, ReadError, Reading,
    Sighting, Written,
};
use eraflazz_core::text::{Sku, Target};
use eraflazz_suppliers::vip::{Config, Vip};
use md5::{Digest, Md5};
use serde_json::value::RawValue;

use line::{Line, whole};

#[path = "../../hostile/line.rs"]
mod line;

const API_ID: &str = "APIID123";
const API_KEY: &str = "sample-key-for-tests";
pub(crate) const TARGET: &str = "081234567890";

/// The body of an answer to an order.
pub(crate) fn ordered(body: &[u8]) -> Exchange {
    let exchange = answered(whole(body), async |vip| vip.send(&purchase()).await);
    assert_eq!(exchange.raw, body, "what came is kept as it came");
    assert_eq!(exchange.sightings.len(), 1);
    exchange
}

/// The body of an answer to a question, put by an id or for the newest.
pub(crate) fn asked(body: &[u8], by_id: bool) -> Exchange {
    let about = about(by_id);
    let exchange = answered(whole(body), async |vip| vip.ask(&about).await);
    for said in &exchange.sightings {
        let unformed = Claim::Refused { formed: Formed::No };
        assert_ne!(said.claim, unformed, "it would speak of one POST only");
    }
    exchange
}

/// Everything that a peer writes after it has read an order, HTTP included.
pub(crate) fn wire(bytes: &[u8]) -> Exchange {
    answered(bytes.to_vec(), async |vip| vip.send(&purchase()).await)
}

/// The body of a callback, in a request that is the provider's.
pub(crate) fn callback(kind: &str, body: &[u8]) -> Reading {
    let reading = CALLED.with(|vip| vip.read_callback(&request(&sign(), kind, body)));
    let reading = reading.expect("the signature is right");
    assert_eq!(reading.answer.status, 200);
    assert_eq!(reading.sightings.len(), 1);
    for said in &reading.sightings {
        assert_kept(said);
        if said.claim != Claim::Unclear {
            assert!(said.their_ref.is_some(), "E-9: of no order");
            assert_eq!(said.sku, None, "a code is of one section only");
            assert!(is_written(body, said), "{said:?}");
        }
    }
    reading
}

/// A callback whose signature is `header`, which its sender made up.
pub(crate) fn unsigned(header: &str, body: &[u8]) {
    let read = CALLED.with(|vip| vip.read_callback(&request(header, "application/json", body)));
    assert!(read.is_err(), "{header} passed for a signature");
}

/// The body of the answers to the two questions for services, after the one about the account was answered well.
pub(crate) fn price_list(body: &[u8]) -> Result<PriceList, ReadError> {
    const ACCOUNT: &[u8] = br#"{"result":true,"data":{"balance":1,"level":"Basic"}}"#;
    let read = LINE.with(|line| {
        line.say_in_turn(vec![whole(ACCOUNT), whole(body)]);
        line.block_on(line.adapter.price_list())
    });
    if let Ok(list) = &read {
        for row in &list.rows {
            assert!(
                row.price.is_transferable(),
                "INV-5: {} is a price",
                row.price
            );
        }
        assert!(list.refused.iter().all(|why| why.len() < 500));
    }
    read
}

/// The body of an answer about the account.
pub(crate) fn balance(body: &[u8]) -> Result<Money, ReadError> {
    let read = LINE.with(|line| {
        line.say(whole(body));
        line.block_on(line.adapter.balance())
    });
    if let Ok(balance) = &read {
        let answer = object(body).unwrap();
        let data = object(answer["data"].get().as_bytes()).unwrap();
        let written = text_in(&data)("balance");
        assert_eq!(written.parse::<Money>().as_ref(), Ok(balance), "{written}");
    }
    read
}

fn answered(says: Vec<u8>, call: impl AsyncFnOnce(&Vip) -> Exchange) -> Exchange {
    let exchange = LINE.with(|line| {
        line.say(says);
        line.block_on(call(&line.adapter))
    });
    assert_eq!(
        exchange.written,
        Written::Yes,
        "it was read by the peer: INV-12"
    );
    assert!(!exchange.sightings.is_empty());
    for said in &exchange.sightings {
        assert_ne!(said.claim, Claim::NotSent);
        assert_fair(&exchange.raw, said);
    }
    exchange
}

/// A claim is made only where the bytes make it, by a reader that shares nothing with the adapter's; what was read can be kept and read back.
fn assert_fair(body: &[u8], said: &Sighting) {
    assert_kept(said);
    if said.claim == Claim::Unclear {
        return;
    }
    let answer = object(body).expect("a claim is made by JSON");
    let result = answer.get("result").map_or("", |raw| raw.get());
    let result = result.trim_matches('"').to_lowercase();
    if said.claim == (Claim::Refused { formed: Formed::No }) {
        assert_eq!(result, "false");
        assert_eq!((&said.their_ref, &said.target), (&None, &None));
        return;
    }
    assert_eq!(result, "true", "INV-12");
    assert!(said.their_ref.is_some(), "E-9: of no order");
    let data = answer.get("data").map_or("", |raw| raw.get());
    let rows: Vec<Box<RawValue>> = if data.starts_with('[') {
        serde_json::from_str(data).unwrap()
    } else {
        vec![RawValue::from_string(data.to_owned()).unwrap()]
    };
    let mut rows = rows.iter().filter_map(|row| object(row.get().as_bytes()));
    assert!(rows.any(|row| is_told(&text_in(&row), said)), "{said:?}");
}

type Fields = BTreeMap<String, Box<RawValue>>;

fn object(bytes: &[u8]) -> Option<Fields> {
    serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()
}

/// What stands in a field: its text, or its number as it is written; nothing for everything else.
fn text_in(fields: &Fields) -> impl Fn(&str) -> String {
    |name| {
        let raw = fields.get(name).map_or("null", |raw| raw.get());
        let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| {
            let is_number = raw.starts_with(|first: char| first.is_ascii_digit() || first == '-');
            if is_number { raw } else { "" }.to_owned()
        });
        text.trim().to_owned()
    }
}

/// Whether a transaction with these fields says this, name by name.
fn is_told(text: &dyn Fn(&str) -> String, said: &Sighting) -> bool {
    let words: &[&str] = match said.claim {
        Claim::Delivered => &["success"],
        Claim::Pending => &["waiting", "process", "processing"],
        Claim::Refused { .. } => &["error", "failed"],
        Claim::NotSent | Claim::Unclear => &[],
    };
    let target = match text("zone").as_str() {
        "" => text("data"),
        zone => format!("{}({zone})", text("data")),
    };
    let named = said.target.as_ref().map_or("", Target::as_str);
    let sku = said.sku.as_ref().map_or("", Sku::as_str);
    let price = said
        .price
        .is_none_or(|price| text("price").parse() == Ok(price));
    let id = said.their_ref.as_ref().unwrap().as_str();
    words.contains(&text("status").to_ascii_lowercase().as_str())
        && [text("trxid"), text("trx_id")].contains(&id.to_owned())
        && (named.is_empty() || named == target)
        && (sku.is_empty() || sku == text("code") || sku.eq_ignore_ascii_case(&text("service")))
        && price
}

/// Whether a callback's bytes hold what it is read to say, written in JSON or as a form.
fn is_written(body: &[u8], said: &Sighting) -> bool {
    let body = body.trim_ascii();
    let in_json = |json: &[u8]| {
        let outer = object(json).unwrap_or_default();
        let inner = outer
            .get("data")
            .and_then(|raw| object(raw.get().as_bytes()));
        is_told(&text_in(&outer), said) || inner.is_some_and(|row| is_told(&text_in(&row), said))
    };
    if body.first() == Some(&b'{') {
        return in_json(body);
    }
    let mut row = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let bare = name
            .strip_prefix("data[")
            .and_then(|name| name.strip_suffix(']'));
        row.insert(bare.unwrap_or(&name).to_owned(), value.trim().to_owned());
    }
    let text = |name: &str| row.get(name).cloned().unwrap_or_default();
    is_told(&text, said) || in_json(text("data").as_bytes())
}

fn assert_kept(said: &Sighting) {
    let kept = serde_json::to_string(said).unwrap();
    let back: Sighting = serde_json::from_str(&kept).expect("what is kept can be read back");
    assert_eq!(&back, said);
    for amount in said.price.into_iter().chain(said.balance) {
        assert!(amount <= Money::MAX_AMOUNT, "INV-5");
    }
}

fn sign() -> String {
    let mut hash = Md5::new();
    hash.update(API_ID);
    hash.update(API_KEY);
    base16ct::lower::encode_string(&hash.finalize())
}

fn request(signature: &str, kind: &str, body: &[u8]) -> RawRequest {
    let header = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    RawRequest {
        method: "POST".to_owned(),
        path: "/callback".to_owned(),
        headers: BTreeMap::from([
            header("x-client-signature", signature),
            header("content-type", kind),
        ]),
        body: Bytes::copy_from_slice(body),
        source: None,
    }
}

fn purchase() -> Purchase {
    Purchase {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: SupplierRef::parse("E0101HF5S2K3A0B1C2DZ").unwrap(),
        sku: Sku::new("S10").unwrap(),
        target: Target::new(TARGET).unwrap(),
        cap: Money::rupiah(11_000).unwrap(),
        send: 1,
        age: Duration::ZERO,
    }
}

fn about(by_id: bool) -> AttemptView {
    let purchase = purchase();
    AttemptView {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: purchase.supplier_ref,
        their_ref: by_id.then(|| "ABC123XYZ".parse().unwrap()),
        sku: purchase.sku,
        target: purchase.target,
        sends: 1,
        age: Duration::from_mins(2),
    }
}

fn adapter(base: &str) -> Vip {
    Vip::new(Config {
        base_url: format!("{base}/api"),
        ..Config::new(API_ID, API_KEY)
    })
    .unwrap()
}

thread_local! {
    static LINE: Line<Vip> = Line::open(adapter);
    /// One that only hears callbacks.
    static CALLED: Vip = adapter("http://127.0.0.1:9");
}
