//! What hostile bytes may do at the Moota adapter: each function takes them where the adapter takes a stranger's bytes, and panics if money could follow from a
//! misreading. Called by the properties beside this file and by the fuzz targets of `tests/fuzz`.

use std::collections::BTreeMap;
use std::time::Duration;

use eraflazz_core::engine::BankAccount;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{BankLine, Environment};
use eraflazz_core::ports::BankFeed;
use eraflazz_core::supplier::{RawRequest, ReadError};
use eraflazz_core::text::TheirRef;
use eraflazz_core::time::Timestamp;
use eraflazz_payments::moota::{Config, Moota};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use fields::{Fields, rows};
use line::{Line, whole};

#[path = "../hostile/fields.rs"]
mod fields;
#[expect(dead_code, reason = "a list is read page by page")]
#[path = "../../../eraflazz-suppliers/tests/hostile/line.rs"]
mod line;

pub(crate) const BANK: &str = "BANKtest01";
const SECRET: &str = "sample-secret-of-the-sandbox";
/// Every name of a row that is kept.
const NAMES: [&str; 8] = [
    "mutation_id",
    "bank_id",
    "account_number",
    "date",
    "type",
    "amount",
    "balance",
    "description",
];
const PAGE_NAMES: [&str; 2] = ["last_page", "data"];
/// The last of several pages, with nothing on it.
const LAST: &[u8] = br#"{"last_page":1,"data":[]}"#;

/// The signature of these bytes.
pub(crate) fn signature(body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    base16ct::lower::encode_string(&mac.finalize().into_bytes())
}

/// A push with this body, rightly signed.
pub(crate) fn push(body: &[u8]) -> Vec<BankLine> {
    let request = request(&signature(body), body);
    let (lines, again) =
        CALLED.with(|moota| (moota.read_push(&request), moota.read_push(&request)));
    let lines = lines.expect("the signature is right");
    assert_eq!(again.unwrap(), lines, "read again it is the same");
    if !lines.is_empty() {
        assert_all_told(&pushed(body), &lines);
    }
    lines
}

/// The rows of a push, however they come.
fn pushed(body: &[u8]) -> Vec<Option<Fields>> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return rows(body, &NAMES).unwrap_or_default();
    }
    let page = Fields::of(body, &PAGE_NAMES);
    match page.as_ref().and_then(|page| page.raw("data")) {
        Some(data) => rows(data.as_bytes(), &NAMES).unwrap_or_default(),
        None => vec![Fields::of(body, &NAMES)],
    }
}

/// A push whose signature is `header`, which its sender made up or has from another one.
pub(crate) fn unsigned(header: &str, body: &[u8]) {
    let read = CALLED.with(|moota| moota.read_push(&request(header, body)));
    assert!(read.is_err(), "{header} passed for a signature");
}

/// The body of the first page of a list.
pub(crate) fn page(body: &[u8]) -> Result<Vec<BankLine>, ReadError> {
    let read = asked(vec![whole(body), whole(LAST)]);
    if let Ok(lines) = &read {
        let page = Fields::of(body, &PAGE_NAMES).expect("a page is an object");
        let rows = page.rows("data", &NAMES);
        assert_all_told(&rows.expect("with a list in it"), lines);
    }
    read
}

/// Everything that a peer writes after it has read a question for a page, HTTP included.
pub(crate) fn wire(bytes: &[u8]) -> Result<Vec<BankLine>, ReadError> {
    let read = asked(vec![bytes.to_vec(), whole(LAST)]);
    for line in read.iter().flatten() {
        assert_bounded(line);
    }
    read
}

fn asked(says: Vec<Vec<u8>>) -> Result<Vec<BankLine>, ReadError> {
    let from = Timestamp::from_millis(1_767_225_600_000).business_day();
    let read = LINE.with(|line| {
        line.say_in_turn(says);
        line.block_on(line.adapter.lines(from))
    });
    if let Err(error) = &read {
        let told = error.to_string();
        assert!(!told.is_empty() && told.len() < 500, "{told}");
    }
    read
}

/// Each line is a row of its own, in their order, that says so; and two that have one key say the same (E-31).
fn assert_all_told(rows: &[Option<Fields>], lines: &[BankLine]) {
    let mut rest = rows.iter().flatten();
    for line in lines {
        assert_bounded(line);
        assert!(rest.any(|row| is_told(row, line)), "{line:?}");
        let twins = lines.iter().filter(|other| other.key == line.key);
        for twin in twins {
            assert_eq!((twin.amount, twin.day), (line.amount, line.day), "E-31");
        }
    }
}

fn assert_bounded(line: &BankLine) {
    assert!(line.amount.is_positive(), "INV-5");
    let kept = Fields::of(&line.raw, &NAMES).expect("what is kept is an object");
    assert!(is_told(&kept, line), "what is kept says the same: {line:?}");
    let others = ["token", "bank", "note", "taggings", "meta"];
    assert!(others.iter().all(|name| kept.raw(name).is_none()), "INV-37");
}

fn is_told(row: &Fields, line: &BankLine) -> bool {
    let date = row.text("date");
    let is_timed = !date.ends_with("00:00:00");
    let when = line.at.map(|at| {
        let shown = at.to_string();
        format!("{} {}", &shown[..10], &shown[11..19])
    });
    row.is_named("bank_id", Some(BANK))
        && row.is_named("type", Some("CR"))
        && row.is_rupiah("amount", Some(line.amount))
        && row.is_named("mutation_id", line.id.as_ref().map(TheirRef::as_str))
        && date.split(' ').next() == Some(line.day.to_string().as_str())
        && when == is_timed.then_some(date.clone())
}

fn request(signature: &str, body: &[u8]) -> RawRequest {
    RawRequest {
        method: "POST".to_owned(),
        path: "/api/v1/webhooks/bca".to_owned(),
        headers: BTreeMap::from([("signature".to_owned(), vec![signature.to_owned()])]),
        body: body.to_vec().into(),
        source: None,
    }
}

fn adapter(base: &str) -> Moota {
    let account = BankAccount {
        environment: Environment::Sandbox,
        number: "1234567890".to_owned(),
        bank: "BCA".to_owned(),
        holder: "PT Contoh".to_owned(),
        read_above: Money::ZERO,
    };
    Moota::new(Config {
        base_url: format!("{base}/api/v2"),
        timeout: Duration::from_secs(10),
        ..Config::new(account, BANK, "sample-token-of-the-sandbox", SECRET)
    })
    .unwrap()
}

thread_local! {
    static LINE: Line<Moota> = Line::open(adapter);
    /// One that only hears pushes.
    static CALLED: Moota = adapter("http://127.0.0.1:9");
}
