//! What hostile bytes may do at the Digiflazz adapter: each function takes them where the adapter takes a stranger's bytes, and panics if
//! money could follow from a misreading. Called by the properties beside this file and by the fuzz targets of `tests/fuzz`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    Claim, Exchange, PriceRow, Purchase, RawRequest, ReadError, Reading, Sighting, Written,
};
use eraflazz_core::text::{Sku, Target};
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::value::RawValue;
use sha1::Sha1;

use line::{Line, whole};

#[path = "../../hostile/line.rs"]
mod line;

/// The reference of the purchase that [`answer`] answers.
pub(crate) const REFERENCE: &str = "E0101HF5S2K3A0B1C2DZ";
const SECRET: &str = "eraflazz-hook-secret";
/// No list of Digiflazz has more rows, by far.
const ROWS_MAX: usize = 100_000;

/// A callback with this body, rightly signed.
pub(crate) fn callback(body: &[u8]) -> Reading {
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    let hex = base16ct::lower::encode_string(&mac.finalize().into_bytes());
    let request = request(&format!("sha1={hex}"), body);
    let reading = CALLED.with(|adapter| adapter.read_callback(&request));
    let reading = reading.expect("the signature is right");
    assert_eq!(reading.answer.status, 200);
    assert!(reading.sightings.len() <= 1);
    for sighting in &reading.sightings {
        assert_fair(body, sighting);
    }
    reading
}

/// A callback whose signature is `header`, which its sender made up.
pub(crate) fn unsigned(header: &str, body: &[u8]) {
    let read = CALLED.with(|adapter| adapter.read_callback(&request(header, body)));
    assert!(read.is_err(), "{header} passed for a signature");
}

/// The body of an answer to a purchase.
pub(crate) fn answer(body: &[u8]) -> Exchange {
    let exchange = LINE.with(|line| {
        line.say(whole(body));
        line.block_on(line.adapter.send(&purchase()))
    });
    assert_eq!(exchange.written, Written::Yes, "it was read by the peer");
    assert_eq!(exchange.raw, body, "what came is kept as it came");
    assert_eq!(exchange.sightings.len(), 1);
    assert_fair(body, &exchange.sightings[0]);
    exchange
}

/// Everything that a peer writes after it has read a purchase, HTTP included.
pub(crate) fn wire(bytes: &[u8]) -> Exchange {
    let exchange = LINE.with(|line| {
        line.say(bytes.to_vec());
        line.block_on(line.adapter.send(&purchase()))
    });
    assert_eq!(
        exchange.written,
        Written::Yes,
        "it was read by the peer: INV-12"
    );
    for sighting in &exchange.sightings {
        assert_ne!(sighting.claim, Claim::NotSent);
        assert_fair(&exchange.raw, sighting);
    }
    exchange
}

/// The body of an answer to a balance request.
pub(crate) fn balance(body: &[u8]) -> Result<Money, ReadError> {
    let read = LINE.with(|line| {
        line.say(whole(body));
        line.block_on(line.adapter.balance())
    });
    match &read {
        Ok(deposit) => {
            let data = field(&object(body).unwrap(), "data").unwrap();
            assert_same_amount(data.get("deposit").map(|raw| &**raw), *deposit);
        }
        Err(error) => assert_named(error),
    }
    read
}

/// The body of an answer to a price-list request.
pub(crate) fn price_list(body: &[u8]) -> Result<Vec<PriceRow>, ReadError> {
    let read = LINE.with(|line| {
        line.say(whole(body));
        line.block_on(line.adapter.price_list())
    });
    match read {
        Ok(list) => {
            assert!(list.rows.len() + list.refused.len() <= ROWS_MAX);
            assert!(
                list.refused
                    .iter()
                    .all(|why| why.starts_with("row ") && why.len() < 500)
            );
            assert_listed(body, &list.rows);
            Ok(list.rows)
        }
        Err(error) => {
            assert_named(&error);
            Err(error)
        }
    }
}

/// Each row is one of the list, once, for the price that stands there.
fn assert_listed(body: &[u8], rows: &[PriceRow]) {
    let data = object(body).and_then(|object| object.get("data").cloned());
    let listed: Vec<Box<RawValue>> = serde_json::from_str(data.unwrap().get()).unwrap();
    let listed: Vec<Fields> = listed
        .iter()
        .filter_map(|row| object(row.get().as_bytes()))
        .collect();
    let mut seen = BTreeSet::new();
    for row in rows {
        assert!(
            row.price.is_transferable(),
            "INV-5: {} is a price",
            row.price
        );
        assert!(
            seen.insert(row.sku.as_str().to_ascii_lowercase()),
            "{} twice",
            row.sku.as_str()
        );
        let named = |fields: &&Fields| text(fields, "buyer_sku_code") == row.sku.as_str();
        assert!(
            listed
                .iter()
                .filter(named)
                .any(|fields| is_amount(fields.get("price").map(|raw| &**raw), row.price)),
            "{} does not stand there for {}",
            row.sku.as_str(),
            row.price
        );
    }
}

/// A claim is made only where the bytes make it, by a reader that shares nothing with the adapter's; what was read can be kept and read back.
fn assert_fair(body: &[u8], sighting: &Sighting) {
    let kept = serde_json::to_string(sighting).unwrap();
    let back: Sighting = serde_json::from_str(&kept).expect("what is kept can be read back");
    assert_eq!(&back, sighting);
    for amount in sighting.price.into_iter().chain(sighting.balance) {
        assert!(amount <= Money::MAX_AMOUNT, "INV-5");
    }
    if sighting.claim == Claim::Unclear {
        return;
    }
    let data = object(body).and_then(|fields| field(&fields, "data"));
    let data = data.expect("a claim is made by an object with data");
    let (status, rc) = (text(&data, "status").to_lowercase(), text(&data, "rc"));
    let code = if rc.len() == 1 {
        format!("0{rc}")
    } else {
        rc.clone()
    };
    match sighting.claim {
        Claim::Delivered => assert_eq!((status.as_str(), code.as_str()), ("sukses", "00")),
        Claim::Pending => {
            assert_eq!(status, "pending");
            assert!(["03", "99"].contains(&code.as_str()), "{rc}");
        }
        Claim::Refused { .. } => {
            assert!(["gagal", ""].contains(&status.as_str()), "{status}");
            assert!(
                !["00", "03", "99"].contains(&code.as_str()) && !code.is_empty(),
                "{rc}"
            );
        }
        Claim::NotSent | Claim::Unclear => panic!("{:?} of an answer", sighting.claim),
    }
    let named = |name: &str, read: Option<&str>| {
        let written = text(&data, name);
        assert_eq!(
            read.unwrap_or_default().to_lowercase(),
            written.to_lowercase(),
            "{name}"
        );
    };
    let our_ref = sighting.our_ref.map(|our_ref| our_ref.as_str().to_owned());
    named("ref_id", our_ref.as_deref());
    named("buyer_sku_code", sighting.sku.as_ref().map(Sku::as_str));
    if let Some(target) = &sighting.target {
        named("customer_no", Some(target.as_str()));
    }
    if let Some(price) = sighting.price {
        assert_same_amount(data.get("price").map(|raw| &**raw), price);
    }
}

fn assert_same_amount(written: Option<&RawValue>, read: Money) {
    assert!(
        is_amount(written, read),
        "{read} was read where {written:?} is written"
    );
}

/// Whether exactly this amount is written there, digit by digit.
fn is_amount(written: Option<&RawValue>, read: Money) -> bool {
    let Some(raw) = written.map(RawValue::get) else {
        return false;
    };
    let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<2}");
    let (hundredths, rest) = part.split_at(2);
    let Ok(written) = format!("{whole}{hundredths}").parse::<i64>() else {
        return false;
    };
    rest.bytes().all(|b| b == b'0') && sign * written == read.hundredths()
}

fn assert_named(error: &ReadError) {
    let told = error.to_string();
    assert!(!told.is_empty() && told.len() < 500, "{told}");
}

type Fields = BTreeMap<String, Box<RawValue>>;

fn object(bytes: &[u8]) -> Option<Fields> {
    serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()
}

fn field(fields: &Fields, name: &str) -> Option<Fields> {
    object(fields.get(name)?.get().as_bytes())
}

/// What stands in a field: its text, or its number as it is written; nothing for everything else.
fn text(fields: &Fields, name: &str) -> String {
    let raw = fields.get(name).map_or("null", |raw| raw.get());
    let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| {
        let is_number = raw.starts_with(|first: char| first.is_ascii_digit() || first == '-');
        if is_number { raw } else { "" }.to_owned()
    });
    text.trim().to_owned()
}

fn request(signature: &str, body: &[u8]) -> RawRequest {
    RawRequest {
        method: "POST".to_owned(),
        path: "/callback".to_owned(),
        headers: BTreeMap::from([("x-hub-signature".to_owned(), vec![signature.to_owned()])]),
        body: Bytes::copy_from_slice(body),
        source: None,
    }
}

fn purchase() -> Purchase {
    Purchase {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: SupplierRef::parse(REFERENCE).unwrap(),
        sku: Sku::new("xld10").unwrap(),
        target: Target::new("087800001233").unwrap(),
        cap: Money::rupiah(10_500).unwrap(),
        send: 1,
        age: Duration::ZERO,
    }
}

fn adapter(base_url: &str) -> Digiflazz {
    Digiflazz::new(Config {
        base_url: base_url.to_owned(),
        min_interval: Duration::from_secs(1),
        ..Config::new("eraflazz_demo", "dev-sample-key-for-tests", SECRET)
    })
    .unwrap()
}

thread_local! {
    static LINE: Line<Digiflazz> = Line::open(|base| adapter(&format!("{base}/v1")));
    /// One that only hears callbacks.
    static CALLED: Digiflazz = adapter("http://127.0.0.1:9/v1");
}
