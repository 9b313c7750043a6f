//! From an answer to sightings: status words and the words of messages, two closed, pure tables.
//!
//! Source: the vendor's pages and open clients; there are no codes. A status word decides what is claimed. The words of a message give only the reason,
//! never the claim: what a refusal proves follows from `result` and from there being no transaction in it.

use eraflazz_core::supplier::{Claim, Formed, Reason, Sighting};
use eraflazz_core::text::{Sku, Sn, TheirRef};
use eraflazz_core::time::Timestamp;

use super::goods::{Section, joined, placed};
use super::wire::{Answer, Transaction, transactions};
use crate::json::{Scalar, bill};

/// The answer to the one POST of an order for `asked`.
pub(super) fn ordered(asked: &Sku, body: &[u8]) -> Sighting {
    let Some(answer) = Answer::read(body) else {
        return unreadable();
    };
    let inside = answer.data.map(|data| data.get().as_bytes());
    if answer.result {
        let transaction = inside.and_then(Transaction::of_json);
        return transaction.map_or_else(unreadable, |one| {
            sighting(&one, Some(asked), &answer.message)
        });
    }
    if inside.is_some_and(holds_something) {
        return Sighting::new(Claim::Unclear, Reason::Contradiction);
    }
    let reason = answer.message.text().map_or(Reason::None, reason);
    Sighting::new(REFUSED, reason)
}

/// Whether there is more in the `data` of a refusal than nothing or words: then a transaction may have been formed after all.
fn holds_something(data: &[u8]) -> bool {
    match data.first() {
        Some(b'"') => false,
        Some(b'{') => Transaction::of_json(data)
            .is_none_or(|one| one.id != Scalar::Absent || one.status != Scalar::Absent),
        Some(b'[') => data != b"[]",
        _ => true,
    }
}

/// The answer to a question about an order for `asked`: a sighting for each transaction in it, whosesoever it is. A question that was refused says nothing
/// about the order.
pub(super) fn asked_about(asked: &Sku, body: &[u8]) -> Vec<Sighting> {
    let Some(answer) = Answer::read(body) else {
        return vec![unreadable()];
    };
    if !answer.result {
        let known = answer.message.text().map_or(Reason::None, reason);
        let reason = if known == Reason::None {
            Reason::NotFound
        } else {
            known
        };
        return vec![Sighting::new(Claim::Unclear, reason)];
    }
    let Some(rows) = answer.data.and_then(transactions) else {
        return vec![unreadable()];
    };
    if rows.is_empty() {
        return vec![Sighting::new(Claim::Unclear, Reason::NotFound)];
    }
    let read = |row: Option<Transaction<'_>>| {
        row.map_or_else(unreadable, |one| {
            sighting(&one, Some(asked), &Scalar::Absent)
        })
    };
    rows.into_iter().map(read).collect()
}

/// What a callback tells. Its section is not said, so of the product it names nothing: a code is of one section only.
pub(super) fn called(transaction: &Transaction<'_>) -> Sighting {
    sighting(transaction, None, &Scalar::Absent)
}

fn unreadable() -> Sighting {
    Sighting::new(Claim::Unclear, Reason::Unreadable)
}

/// What a transaction says, as one sighting.
///
/// A name that is there but cannot be one makes the whole sighting unclear, as does a missing id: nothing else tells one purchase of these goods from
/// another (E-9).
fn sighting(transaction: &Transaction<'_>, asked: Option<&Sku>, message: &Scalar<'_>) -> Sighting {
    let (claim, reason) = classify(transaction, message);
    let their_ref = name(&transaction.id, |text| TheirRef::new(text).ok());
    let target = target(transaction);
    let sku = match asked {
        Some(asked) => product(transaction, asked),
        None => Ok(None),
    };
    let (claim, reason) = match (&their_ref, &target, &sku) {
        (Ok(Some(_)), Ok(_), Ok(_)) => (claim, reason),
        _ => (Claim::Unclear, Reason::Unreadable),
    };
    let (price, price_unread) = bill(transaction.price);
    let read_sn = |field: &Scalar<'_>| field.text().and_then(Sn::read);
    Sighting {
        their_ref: their_ref.unwrap_or_default(),
        target: target.unwrap_or_default(),
        sku: sku.unwrap_or_default(),
        // A note holds the serial number of a success, and the reason of a failure.
        sn: Some(claim)
            .filter(|claim| *claim == Claim::Delivered)
            .and_then(|_| read_sn(&transaction.sn).or_else(|| read_sn(&transaction.note))),
        price,
        price_unread,
        balance: transaction.balance.unwrap_or_default(),
        formed_at: transaction.created.text().and_then(Timestamp::of_wib),
        ..Sighting::new(claim, reason)
    }
}

/// There, but no such name.
struct Foreign;

fn name<T>(field: &Scalar<'_>, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Foreign> {
    match field {
        Scalar::Absent => Ok(None),
        Scalar::Text(text) => read(text).map(Some).ok_or(Foreign),
        Scalar::Odd => Err(Foreign),
    }
}

fn target(transaction: &Transaction<'_>) -> Result<Option<eraflazz_core::text::Target>, Foreign> {
    let zone = match &transaction.zone {
        Scalar::Odd => return Err(Foreign),
        zone @ (Scalar::Absent | Scalar::Text(_)) => zone.text(),
    };
    name(&transaction.number, |number| joined(number, zone))
}

/// The product by its code. Answers about games have none, and name the service by its title; only where that is the code itself it is one.
fn product(transaction: &Transaction<'_>, asked: &Sku) -> Result<Option<Sku>, Foreign> {
    let (section, code): (Section, &str) = placed(asked);
    if transaction.code == Scalar::Absent {
        let is_code = |title: &str| title.eq_ignore_ascii_case(code);
        let titled = transaction.service.text().is_some_and(is_code);
        return Ok(titled.then(|| asked.clone()));
    }
    name(&transaction.code, |code| section.sku(code))
}

const REFUSED: Claim = Claim::Refused { formed: Formed::No };
const FAILED: Claim = Claim::Refused {
    formed: Formed::Yes,
};

/// What the status word says, and of a failure why.
fn classify(transaction: &Transaction<'_>, message: &Scalar<'_>) -> (Claim, Reason) {
    let Some(word) = transaction.status.text() else {
        return (Claim::Unclear, Reason::Unreadable);
    };
    match word.to_ascii_lowercase().as_str() {
        "waiting" | "process" | "processing" => (Claim::Pending, Reason::None),
        "success" => (Claim::Delivered, Reason::None),
        "error" | "failed" => {
            let why = transaction.note.text().or_else(|| message.text());
            (FAILED, why.map_or(Reason::None, failure))
        }
        // Some of it was delivered and some was not.
        "partial" => (Claim::Unclear, Reason::Contradiction),
        _ => (Claim::Unclear, Reason::Other),
    }
}

/// Words, and what they are the reason of; the first row with one of them counts.
const WORDS: [(&[&str], Reason); 4] = [
    (
        &[
            "whitelist",
            "signature",
            "sign",
            "api key",
            "credential",
            "unauthorized",
        ],
        Reason::AccountFault,
    ),
    (&["saldo", "balance"], Reason::SupplierFunds),
    (
        &[
            "layanan",
            "service",
            "produk",
            "tidak tersedia",
            "gangguan",
            "maintenance",
        ],
        Reason::OutOfStock,
    ),
    (
        &["tujuan", "target", "nomor", "user id"],
        Reason::BadDestination,
    ),
];

/// Why a request was refused.
fn reason(message: &str) -> Reason {
    let text = message.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    if words.any(|word| word == "ip") {
        return Reason::AccountFault;
    }
    found(&text, &WORDS)
}

/// Why an order failed that was formed. Our account was good enough to form it: what a note says of the balance is that the price was given back.
fn failure(note: &str) -> Reason {
    found(&note.to_lowercase(), &WORDS[2..])
}

fn found(text: &str, rows: &[(&[&str], Reason)]) -> Reason {
    rows.iter()
        .find(|(words, _)| words.iter().any(|word| text.contains(word)))
        .map_or(Reason::None, |(_, reason)| *reason)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn s10() -> Sku {
        Sku::new("S10").unwrap()
    }

    /// The order answer of the vendor's page.
    const ORDERED: &str = r#"{"result":true,"data":{"trxid":"ABC123XYZ","data":"081234567890","code":"S10","service":"Telkomsel 10.000","status":"waiting","note":"","balance":989500,"price":10500},"message":"Pesanan diterima"}"#;

    #[test]
    fn the_published_order_is_under_way() {
        let seen = ordered(&s10(), ORDERED.as_bytes());
        assert_eq!((seen.claim, seen.reason), (Claim::Pending, Reason::None));
        assert_eq!(seen.their_ref.unwrap().as_str(), "ABC123XYZ");
        assert_eq!(seen.target.unwrap().as_str(), "081234567890");
        assert_eq!(seen.sku, Some(s10()));
        assert_eq!(seen.price.unwrap().to_string(), "10500");
        assert_eq!(seen.balance.unwrap().to_string(), "989500");
        assert_eq!((seen.our_ref, seen.sn, seen.formed_at), (None, None, None));
    }

    #[rstest]
    #[case("waiting", Claim::Pending, Reason::None)]
    #[case("process", Claim::Pending, Reason::None)]
    #[case("processing", Claim::Pending, Reason::None)]
    #[case("Success", Claim::Delivered, Reason::None)]
    #[case("SUCCESS", Claim::Delivered, Reason::None)]
    #[case("error", FAILED, Reason::None)]
    #[case("failed", FAILED, Reason::None)]
    #[case("partial", Claim::Unclear, Reason::Contradiction)]
    #[case("sukses", Claim::Unclear, Reason::Other)]
    #[case("successful", Claim::Unclear, Reason::Other)]
    #[case("refund", Claim::Unclear, Reason::Other)]
    #[case("", Claim::Unclear, Reason::Unreadable)]
    fn the_table_of_status_words(#[case] word: &str, #[case] claim: Claim, #[case] reason: Reason) {
        let body = ORDERED.replace("waiting", word);
        let seen = ordered(&s10(), body.as_bytes());
        assert_eq!((seen.claim, seen.reason), (claim, reason));
    }

    #[rstest]
    #[case("IP Anda tidak terdaftar pada whitelist", Reason::AccountFault)]
    #[case("IP not allowed: 203.0.113.7", Reason::AccountFault)]
    #[case("Alamat ip ini ditolak", Reason::AccountFault)]
    #[case("Masukkan ke whitelist", Reason::AccountFault)]
    #[case("Signature tidak valid", Reason::AccountFault)]
    #[case("Invalid API Key", Reason::AccountFault)]
    #[case("Wrong credential", Reason::AccountFault)]
    #[case("Unauthorized", Reason::AccountFault)]
    #[case("Saldo tidak mencukupi", Reason::SupplierFunds)]
    #[case("Your balance is too low for this service", Reason::SupplierFunds)]
    #[case("Layanan tidak ditemukan", Reason::OutOfStock)]
    #[case("Service not found", Reason::OutOfStock)]
    #[case("Produk sedang gangguan", Reason::OutOfStock)]
    #[case("Sedang tidak tersedia", Reason::OutOfStock)]
    #[case("Maintenance", Reason::OutOfStock)]
    #[case("Nomor tujuan salah", Reason::BadDestination)]
    #[case("Invalid target", Reason::BadDestination)]
    #[case("User ID tidak ditemukan", Reason::BadDestination)]
    #[case("Permintaan ditolak", Reason::None)]
    #[case("Tips: ship it", Reason::None)]
    #[case("", Reason::None)]
    fn a_refusal_formed_nothing_for_the_reason_in_its_words(
        #[case] message: &str,
        #[case] expected: Reason,
    ) {
        for data in ["null", "\"\"", "[]", "{}", r#"{"note":"x"}"#] {
            let body = format!(r#"{{"result":false,"data":{data},"message":"{message}"}}"#);
            let seen = ordered(&s10(), body.as_bytes());
            assert_eq!((seen.claim, seen.reason), (REFUSED, expected), "{data}");
            // The same in answer to a question is none.
            let seen = &asked_about(&s10(), body.as_bytes())[0];
            assert_eq!(seen.claim, Claim::Unclear);
        }
    }

    #[rstest]
    #[case::with_an_id(r#"{"trxid":"ABC123XYZ"}"#)]
    #[case::with_an_id_spelt_otherwise(r#"{"trx_id":"ABC123XYZ"}"#)]
    #[case::with_an_odd_id(r#"{"trxid":[1]}"#)]
    #[case::with_a_status(r#"{"status":"success"}"#)]
    #[case::with_rows(r#"[{"trxid":"ABC123XYZ"}]"#)]
    #[case::with_a_field_twice(r#"{"note":"a","note":"b"}"#)]
    #[case::with_a_number("7")]
    fn inv_12_a_refusal_that_may_have_formed_something_proves_nothing(#[case] data: &str) {
        let body = format!(r#"{{"result":false,"data":{data},"message":"Saldo tidak mencukupi"}}"#);
        assert_eq!(ordered(&s10(), body.as_bytes()).claim, Claim::Unclear);
    }

    #[rstest]
    #[case::no_id(r#""trxid":"ABC123XYZ","#, "")]
    #[case::empty_id("ABC123XYZ", "")]
    #[case::odd_id(r#""ABC123XYZ""#, "[1]")]
    #[case::id_that_is_none("ABC123XYZ", "ABC\\n123")]
    #[case::odd_target(r#""081234567890""#, "{}")]
    #[case::target_that_is_none("081234567890", "0812é4567890")]
    #[case::code_that_is_none(r#""S10""#, "true")]
    #[case::code_of_the_other_section(r#""S10""#, r#""game/S10""#)]
    #[case::no_result(r#""result":true,"#, "")]
    #[case::cut(r#","message":"Pesanan diterima"}"#, "")]
    #[case::list(r#""data":{"trxid""#, r#""data":[{"trxid""#)]
    fn e_09_what_does_not_say_which_purchase_it_is_proves_nothing(
        #[case] from: &str,
        #[case] to: &str,
    ) {
        let body = ORDERED.replace("waiting", "success").replacen(from, to, 1);
        assert_eq!(
            ordered(&s10(), body.as_bytes()).claim,
            Claim::Unclear,
            "{body}"
        );
    }

    #[rstest]
    #[case(r#""sn":"","note":"0123456789012345""#, Some("0123456789012345"))]
    #[case(r#""sn":"77","note":"0123456789012345""#, Some("77"))]
    #[case(r#""sn":"-","note":"0123456789012345""#, Some("0123456789012345"))]
    #[case(r#""note":"""#, None)]
    #[case(r#""note":"-""#, None)]
    fn e_12_the_serial_number_is_a_field_of_its_own_or_the_note(
        #[case] fields: &str,
        #[case] expected: Option<&str>,
    ) {
        let told = |status: &str| {
            let body = ORDERED
                .replace("waiting", status)
                .replace(r#""note":"""#, fields);
            ordered(&s10(), body.as_bytes())
        };
        let seen = told("success");
        assert_eq!(seen.claim, Claim::Delivered);
        assert_eq!(seen.sn.as_ref().map(Sn::as_str), expected);
        for other in ["waiting", "error", "partial"] {
            assert_eq!(told(other).sn, None, "{other}");
        }
    }

    #[rstest]
    #[case("Nomor tujuan salah", Reason::BadDestination)]
    #[case("Produk gangguan", Reason::OutOfStock)]
    #[case("Transaksi gagal, saldo dikembalikan", Reason::None)]
    #[case("Your IP is fine", Reason::None)]
    #[case("Gagal", Reason::None)]
    fn a_failure_that_was_formed_never_closes_the_supplier(
        #[case] note: &str,
        #[case] expected: Reason,
    ) {
        let body = ORDERED
            .replace("waiting", "error")
            .replace(r#""note":"""#, &format!(r#""note":"{note}""#));
        let seen = ordered(&s10(), body.as_bytes());
        assert_eq!((seen.claim, seen.reason), (FAILED, expected));
    }

    /// As the vendor's page shows it: without a code, the service by its title.
    const GAME: &str = r#"{"result":true,"data":[{"trxid":"ABC123XYZ","data":"12345678","zone":"2012","service":"86 Diamonds","status":"success","note":"0123456789012345","price":18750,"created_date":"2023-01-23 17:56:45"},{"trxid":"ABC124","data":"87654321","zone":"","code":"FF70","service":"70 Diamonds","status":"process","price":"9000"},17]}"#;

    #[test]
    fn a_list_gives_a_sighting_for_each_row() {
        let asked = Sku::new("game/ML86-S1").unwrap();
        let seen = asked_about(&asked, GAME.as_bytes());
        assert_eq!(seen.len(), 3);
        assert_eq!(seen[0].claim, Claim::Delivered);
        assert_eq!(seen[0].target.as_ref().unwrap().as_str(), "12345678(2012)");
        assert_eq!(seen[0].sku, None, "no code is no product");
        assert_eq!(seen[0].formed_at, Timestamp::of_wib("2023-01-23 17:56:45"));
        assert_eq!(seen[1].claim, Claim::Pending);
        assert_eq!(seen[1].sku.as_ref().unwrap().as_str(), "game/FF70");
        assert_eq!(seen[1].target.as_ref().unwrap().as_str(), "87654321");
        assert_eq!(seen[1].formed_at, None);
        assert_eq!(
            (seen[2].claim, seen[2].reason),
            (Claim::Unclear, Reason::Unreadable)
        );
    }

    #[test]
    fn a_title_that_is_the_code_names_the_product() {
        let asked = Sku::new("game/ML86-S1").unwrap();
        let body = GAME.replace("86 Diamonds", "ml86-s1");
        assert_eq!(asked_about(&asked, body.as_bytes())[0].sku, Some(asked));
    }

    #[rstest]
    #[case(r#"{"result":true,"data":[]}"#, Reason::NotFound)]
    #[case(
        r#"{"result":false,"data":null,"message":"Transaksi tidak ditemukan"}"#,
        Reason::NotFound
    )]
    #[case(
        r#"{"result":false,"data":null,"message":"Signature tidak valid"}"#,
        Reason::AccountFault
    )]
    #[case(r#"{"result":true,"data":null}"#, Reason::Unreadable)]
    #[case(r#"{"result":true,"data":"x"}"#, Reason::Unreadable)]
    #[case("<html></html>", Reason::Unreadable)]
    fn inv_12_nothing_in_a_status_is_no_failure(#[case] body: &str, #[case] reason: Reason) {
        let seen = asked_about(&s10(), body.as_bytes());
        assert_eq!(seen, [Sighting::new(Claim::Unclear, reason)]);
    }

    #[test]
    fn a_status_may_be_one_object() {
        let body = GAME.replace(r#""data":[{"#, r#""data":{"#);
        let body = format!("{}}}", body.split_once("},{").unwrap().0) + "}";
        let asked = Sku::new("game/ML86-S1").unwrap();
        assert_eq!(
            asked_about(&asked, body.as_bytes())[0].claim,
            Claim::Delivered
        );
    }
}
