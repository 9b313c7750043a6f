//! What hostile bytes may do at the `OtomaX` adapter: each function takes them where the adapter takes a stranger's bytes, and panics if
//! money could follow from a misreading. Called by the properties beside this file and by the fuzz targets of `tests/fuzz`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    AttemptView, Claim, Exchange, Formed, Purchase, RawRequest, ReadError, Reading, Reason,
    Sighting, Written,
};
use eraflazz_core::text::{Sku, Target};
use eraflazz_suppliers::otomax::{Config, Otomax, Pattern, ReplyForm, ReportForm, Says};

use line::{Line, whole};

#[path = "../../hostile/line.rs"]
mod line;

/// What is asked about.
pub(crate) const REFERENCE: &str = "900001";
pub(crate) const SKU: &str = "S10";
pub(crate) const TARGET: &str = "081234567890";
/// What no message may show. They travel in each request as they are.
const SECRETS: [&str; 2] = ["canary-pin-4417", "canary-password-c0de"];
/// Every form of a reply.
pub(crate) const FORMS: [ReplyForm; 3] = [ReplyForm::Text, ReplyForm::Json, ReplyForm::Xml];

/// A reply with this body, in each form, as the answer to the first send and to a question.
pub(crate) fn reply(body: &[u8]) -> Vec<Sighting> {
    FORMS
        .into_iter()
        .flat_map(|form| reply_as(form, body))
        .collect()
}

/// The same in one form: to the first send, and to a question.
pub(crate) fn reply_as(form: ReplyForm, body: &[u8]) -> [Sighting; 2] {
    READERS.with(|readers| {
        let (_, reader) = readers.iter().find(|(one, _)| *one == form).unwrap();
        [true, false].map(|is_first| {
            let seen = reader.read_reply(&attempt(), is_first, body);
            assert_fair(&Visible::of(form, body), &seen);
            seen
        })
    })
}

/// A reply that is read by a pattern that a stranger to regular expressions typed: what is said if it can be used.
pub(crate) fn pattern(says: Says, regex: &str, body: &[u8]) -> Option<Sighting> {
    let pattern = Pattern {
        says,
        regex: regex.to_owned(),
    };
    let checked = pattern.check();
    let config = Config {
        patterns: vec![pattern],
        ..config("http://127.0.0.1:9")
    };
    match Otomax::new(config) {
        Ok(reader) => {
            checked.unwrap();
            let seen = reader.read_reply(&attempt(), false, body);
            let visible = Visible::of(ReplyForm::Text, body);
            assert_bound(&visible, &seen);
            if seen.claim == Claim::Delivered && says != Says::Delivered {
                assert_fair(&visible, &seen);
            }
            Some(seen)
        }
        Err(error) => {
            let told = error.to_string();
            assert_eq!(error.field, "patterns", "{told}");
            assert!(told.len() < 200 && checked.is_err(), "{told}");
            None
        }
    }
}

/// A pattern on the first line, that means a delivery, and a reply behind it.
pub(crate) fn pattern_and_reply(bytes: &[u8]) -> Option<Sighting> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let regex = String::from_utf8_lossy(&bytes[..end]);
    pattern(Says::Delivered, &regex, &bytes[end + 1..])
}

/// A report (callback) with this query, and this body if it is posted; in both forms.
pub(crate) fn report(query: &str, posted: Option<&[u8]>) -> Vec<Sighting> {
    let forms = [ReportForm::Otomax, ReportForm::Irs];
    forms.map(|form| report_as(form, query, posted)).into()
}

/// The same in one form.
pub(crate) fn report_as(form: ReportForm, query: &str, posted: Option<&[u8]>) -> Sighting {
    let request = RawRequest {
        method: posted.map_or("GET", |_| "POST").to_owned(),
        path: format!("/report?{query}"),
        headers: BTreeMap::new(),
        body: posted.map(Bytes::copy_from_slice).unwrap_or_default(),
        source: None,
    };
    let reading = CALLED.with(|called| {
        let (_, reader) = called.iter().find(|(one, _)| *one == form).unwrap();
        reader.read_callback(&request)
    });
    let Reading {
        mut sightings,
        answer,
    } = reading.expect("it may come from anywhere");
    assert_eq!(answer.status, 200);
    assert!(!String::from_utf8_lossy(&answer.body).contains("canary"));
    let seen = sightings.pop().expect("one report, one sighting");
    assert!(sightings.is_empty(), "one report, one sighting");
    let pairs = url::form_urlencoded::parse(query.as_bytes())
        .chain(url::form_urlencoded::parse(posted.unwrap_or_default()));
    let said: Vec<String> = pairs.map(|(_, value)| value.into_owned()).collect();
    assert_reported(&said.join(" \n "), &seen);
    seen
}

/// The body of an answer to a purchase, over a socket.
pub(crate) fn answer(body: &[u8]) -> Exchange {
    let exchange = wire(&whole(body));
    if body.len() <= 64 * 1024 {
        assert_eq!(exchange.raw, body, "what came is kept as it came");
    }
    assert_eq!(exchange.sightings.len(), 1);
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
    assert!(exchange.sightings.len() <= 1, "never two verdicts");
    for sighting in &exchange.sightings {
        assert_ne!(sighting.claim, Claim::NotSent);
        assert_fair(&Visible::of(ReplyForm::Text, &exchange.raw), sighting);
    }
    exchange
}

/// The body of an answer to a question about our deposit.
pub(crate) fn balance(body: &[u8]) -> Result<Money, ReadError> {
    let read = LINE.with(|line| {
        line.say(whole(body));
        line.block_on(line.adapter.balance())
    });
    match &read {
        Ok(balance) => {
            assert_written(
                &Visible::of(ReplyForm::Text, body),
                *balance,
                "what is left",
            );
        }
        Err(error) => {
            let told = format!("{error} {error:?}");
            assert!(told.len() < 500, "{told}");
            assert!(!told.contains("canary"), "INV-37: {told}");
        }
    }
    read
}

/// What a reader sees of a body, found by means that share nothing with the adapter's.
struct Visible {
    form: ReplyForm,
    /// One line, in small letters.
    text: String,
}

impl Visible {
    fn of(form: ReplyForm, body: &[u8]) -> Self {
        let decoded = match std::str::from_utf8(body) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(body.iter().copied().map(char::from).collect()),
        };
        let text = match form {
            ReplyForm::Text => decoded.into_owned(),
            ReplyForm::Json => match serde_json::from_str(&decoded) {
                Ok(value) => values(&value),
                // What lies too deep for this reader may be passed over by the adapter's.
                Err(_) => decoded.into_owned(),
            },
            ReplyForm::Xml => untagged(&decoded),
        };
        Self {
            form,
            text: folded(&text),
        }
    }

    fn says_any_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.text.contains(word))
    }
}

/// One line in small letters, without what has no width.
fn folded(text: &str) -> String {
    let visible = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let seen: String = text.chars().filter(visible).collect();
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    // Letters that are the same to a pattern without regard to letter case.
    line.to_lowercase()
        .replace('\u{17f}', "s")
        .replace('\u{212a}', "k")
}

/// All texts and numbers of a JSON value, one after the other.
fn values(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(all) => all.iter().map(values).collect::<Vec<_>>().join(" \n "),
        serde_json::Value::Object(all) => all.values().map(values).collect::<Vec<_>>().join(" \n "),
        serde_json::Value::String(text) => text.clone(),
        other @ (serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)) => other.to_string(),
    }
}

/// The text of XML without its tags, each entity as the character that it is.
fn untagged(xml: &str) -> String {
    let mut text = String::new();
    for part in xml.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, behind)| behind));
        text.push(' ');
    }
    for (entity, plain) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
    ] {
        text = text.replace(entity, plain);
    }
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, from)) = rest.split_once("&#") {
        let (number, behind) = from.split_once(';').unwrap_or((from, ""));
        let code = match number.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        };
        plain.push_str(before);
        plain.extend(code.and_then(char::from_u32));
        rest = behind;
    }
    plain.push_str(rest);
    plain.replace("&amp;", "&")
}

/// A claim is made only where the text makes it, about what was asked, by a reader that shares nothing with the adapter's.
fn assert_fair(said: &Visible, seen: &Sighting) {
    assert_bound(said, seen);
    let is_structured = said.form != ReplyForm::Text;
    let succeeds = said.says_any_of(&["sukses", "berhasil", "success", "succeed"]);
    match seen.claim {
        Claim::Delivered => {
            // A number of the family, or a code.
            let by_number = is_structured && said.says_any_of(&["20", "00"]);
            assert!(succeeds || by_number, "a delivery without its word");
        }
        Claim::Pending => {
            let words = [
                "proses",
                "menunggu",
                "tunggu",
                "pending",
                "progress",
                "processing",
                "validasi",
                "gagal kirim",
                "parsing",
                "antri",
            ];
            let by_number = is_structured && said.text.contains(|c: char| c.is_ascii_digit());
            assert!(
                said.says_any_of(&words) || by_number,
                "nothing is in process"
            );
        }
        Claim::Refused { .. } if seen.reason == Reason::AccountFault => {
            let words = [
                "pin", "password", "sign", "ip", "member", "reseller", "akun", "agen",
            ];
            assert!(said.says_any_of(&words), "nothing is said of our account");
        }
        Claim::Refused { .. } => {
            let words = [
                "gagal",
                "failed",
                "failure",
                "ditolak",
                "batal",
                "diabaikan",
                "blacklist",
                "status",
            ];
            let by_number = is_structured && said.text.contains(|c: char| c.is_ascii_digit());
            assert!(said.says_any_of(&words) || by_number, "nothing has failed");
        }
        Claim::Unclear => {}
        Claim::NotSent => panic!("it was sent: it was answered"),
    }
}

/// What was read is about what was asked, names only what stands there, and can be kept and read back.
fn assert_bound(said: &Visible, seen: &Sighting) {
    assert_kept(seen);
    let ours = [
        (seen.our_ref.map(|one| one.as_str().to_owned()), REFERENCE),
        (seen.sku.as_ref().map(|one| one.as_str().to_owned()), SKU),
        (
            seen.target.as_ref().map(|one| one.as_str().to_owned()),
            TARGET,
        ),
    ];
    for (read, name) in &ours {
        let Some(read) = read else { continue };
        assert!(read.eq_ignore_ascii_case(name), "E-9: {read} is not ours");
        let stands = said.text.contains(&name.to_ascii_lowercase());
        assert!(stands, "E-9: {name} stands nowhere");
    }
    if seen.claim == Claim::Unclear {
        return;
    }
    let names = ours.map(|(read, _)| read.is_some());
    let account = Claim::Refused { formed: Formed::No };
    let is_about_our_account = (seen.claim, seen.reason) == (account, Reason::AccountFault);
    assert!(
        names[0] || (names[1] && names[2]) || is_about_our_account,
        "E-9: {:?} is about nothing",
        seen.claim
    );
    if said.form == ReplyForm::Text && !is_about_our_account {
        for name in references(&said.text) {
            assert_eq!(name, REFERENCE, "E-9: it is about another purchase as well");
        }
    }
    let is_delivery = seen.claim == Claim::Delivered;
    assert!(names[2] || !is_delivery, "E-9: a delivery to nobody");
    assert!(is_delivery || (seen.sn.is_none() && seen.price.is_none()));
    if let Some(price) = seen.price {
        assert!(price > Money::ZERO, "INV-5");
        assert_written(said, price, "the price");
    }
    if let Some(sn) = &seen.sn {
        let sn = folded(sn.as_str());
        assert!(
            said.text.contains(&sn),
            "the serial number {sn} stands nowhere"
        );
    }
}

/// The references that a text echoes as `R#…`.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("r#").filter_map(|(at, _)| {
        let before = text[..at].bytes().next_back();
        let is_word = before
            .is_some_and(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric() || byte == b'_');
        let from = &text[at + 2..];
        let is_part = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        let end = from.find(is_part).unwrap_or(from.len());
        let ends = matches!(from[end..].chars().next(), None | Some(' ' | ',' | '&'));
        let name = &from[..end];
        let name = name.strip_suffix('.').unwrap_or(name);
        ((1..=64).contains(&name.len()) && ends && !is_word).then_some(name)
    })
}

/// A report claims only what it says, about whatever it names.
fn assert_reported(said: &str, seen: &Sighting) {
    assert_kept(seen);
    let text = folded(said);
    let named = [
        seen.our_ref.map(|one| one.as_str().to_owned()),
        seen.sku.as_ref().map(|one| one.as_str().to_owned()),
        seen.target.as_ref().map(|one| one.as_str().to_owned()),
    ];
    for name in named.into_iter().flatten() {
        assert!(text.contains(&folded(&name)), "E-9: {name} stands nowhere");
    }
    if seen.claim == Claim::Delivered {
        let words = ["sukses", "berhasil", "success", "succeed", "20", "1"];
        assert!(
            words.iter().any(|word| text.contains(word)),
            "a delivery without its word"
        );
    }
    assert!(seen.claim == Claim::Delivered || seen.sn.is_none());
    if let Some(price) = seen.price {
        assert!(price > Money::ZERO, "INV-5");
        let form = ReplyForm::Text;
        assert_written(&Visible { form, text }, price, "the price");
    }
}

fn assert_kept(seen: &Sighting) {
    let kept = serde_json::to_string(seen).unwrap();
    let back: Sighting = serde_json::from_str(&kept).expect("what is kept can be read back");
    assert_eq!(&back, seen);
    assert!(!kept.contains("canary"), "INV-37");
    for amount in seen.price.into_iter().chain(seen.balance) {
        assert!(
            amount <= Money::MAX_AMOUNT && -amount.hundredths() <= Money::MAX_AMOUNT.hundredths(),
            "INV-5"
        );
    }
}

/// Its whole rupiah stand there, digit by digit, whatever marks the thousands.
fn assert_written(said: &Visible, amount: Money, what: &str) {
    let digits = (amount.hundredths() / 100).abs().to_string();
    let bare: String = said
        .text
        .chars()
        .filter(|c| !matches!(c, '.' | ','))
        .collect();
    assert!(bare.contains(&digits), "{what} {amount} stands nowhere");
}

fn purchase() -> Purchase {
    Purchase {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: SupplierRef::parse(REFERENCE).unwrap(),
        sku: Sku::new(SKU).unwrap(),
        target: Target::new(TARGET).unwrap(),
        cap: Money::rupiah(11_000).unwrap(),
        send: 1,
        age: Duration::ZERO,
    }
}

fn attempt() -> AttemptView {
    let purchase = purchase();
    AttemptView {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: purchase.supplier_ref,
        their_ref: None,
        sku: purchase.sku,
        target: purchase.target,
        sends: 1,
        age: Duration::from_mins(2),
    }
}

fn config(base: &str) -> Config {
    let profile = Config::silent_profile();
    Config {
        order: "GET /trx?product={product}&dest={dest}&refID={ref}&memberID={member}&pin={pin}&password={password}".to_owned(),
        balance: Some("GET /balance?memberID={member}&pin={pin}&password={password}".to_owned()),
        ..Config::new(base, "erz001", SECRETS[0], SECRETS[1], profile)
    }
}

fn adapter(change: impl FnOnce(&mut Config)) -> Otomax {
    let mut config = config("http://127.0.0.1:9");
    change(&mut config);
    Otomax::new(config).unwrap()
}

thread_local! {
    static LINE: Line<Otomax> = Line::open(|base| Otomax::new(config(base)).unwrap());
    /// One for each form of replies.
    static READERS: [(ReplyForm, Otomax); 3] = FORMS.map(|form| (form, adapter(|c| c.reply = form)));
    /// One for each form of reports.
    static CALLED: [(ReportForm, Otomax); 2] =
        [ReportForm::Otomax, ReportForm::Irs].map(|form| (form, adapter(|c| c.report = form)));
}
