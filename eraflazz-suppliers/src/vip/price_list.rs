//! Reading the lists of services: both sections, at the price of the account's level. Pure.
//!
//! A list that was refused is an error, never "no products". One bad row does not take the others with it: it is named in [`PriceList::refused`]. Rows
//! without a code are no goods (the vendor's lists hold some) and are passed over.

use std::collections::BTreeSet;

use eraflazz_core::catalog::CutOff;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{PriceList, PriceRow, ReadError};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::goods::Section;
use super::wire::{Account, Answer};
use crate::json::{self, Scalar, amount, flag};

/// Most rows of a list that is read (T-24).
const ROWS_MAX: usize = 100_000;

/// Which of three prices is the account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The dearest, and what is taken for a level that nobody knows.
    Basic,
    Premium,
    Special,
}

/// What an answer about the account says: its balance, and its level.
pub(super) fn account(body: &[u8]) -> Result<(Option<Money>, Level), ReadError> {
    let data = told(body, "account")?;
    let account: Account<'_> = json::object(data.get().as_bytes())
        .ok_or_else(|| unreadable("the account is not an object with each field once"))?;
    let balance =
        amount(account.balance).map_err(|error| unreadable(&format!("balance: {error}")))?;
    let level = match Scalar::read(account.level).text() {
        Some(word) if word.eq_ignore_ascii_case("special") => Level::Special,
        Some(word) if word.eq_ignore_ascii_case("premium") => Level::Premium,
        _ => Level::Basic,
    };
    Ok((balance, level))
}

/// The `data` of an answer that brought some.
fn told<'a>(body: &'a [u8], what: &str) -> Result<&'a RawValue, ReadError> {
    let answer = Answer::read(body)
        .ok_or_else(|| unreadable(&format!("the answer about the {what} is none of theirs")))?;
    if !answer.result {
        // There are no codes, and their words may hold what we sent.
        return Err(ReadError::Refused {
            code: "result false".to_owned(),
        });
    }
    answer
        .data
        .ok_or_else(|| unreadable(&format!("an answer about the {what} without it")))
}

/// Adds one section's list of services to `list`.
pub(super) fn add(
    list: &mut PriceList,
    section: Section,
    level: Level,
    body: &[u8],
) -> Result<(), ReadError> {
    let data = told(body, "services")?;
    let rows = json::list(data.get(), ROWS_MAX)
        .ok_or_else(|| unreadable("the services are no list, or more than anybody sells"))?;
    let mut seen = BTreeSet::new();
    for (index, raw) in rows.iter().enumerate() {
        let place = || format!("{} row {}", section.path(), index + 1);
        match row(raw, section, level) {
            Ok(None) => {}
            Ok(Some(row)) if !seen.insert(row.sku.as_str().to_ascii_lowercase()) => {
                let code = row.sku.as_str();
                list.refused
                    .push(format!("{}: code: {code:?} is listed before", place()));
            }
            Ok(Some(row)) => list.rows.push(row),
            Err(rule) => list.refused.push(format!("{}: {rule}", place())),
        }
    }
    Ok(())
}

pub(super) fn unreadable(what: &str) -> ReadError {
    ReadError::Unreadable(what.to_owned())
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    brand: Option<&'a RawValue>,
    #[serde(borrow, default)]
    game: Option<&'a RawValue>,
    #[serde(borrow, default)]
    category: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    multi_trx: Option<&'a RawValue>,
    /// As it is spelt on the wire.
    #[serde(borrow, default)]
    maintenace: Option<&'a RawValue>,
    #[serde(borrow, default)]
    maintenance: Option<&'a RawValue>,
    #[serde(borrow, default)]
    note: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Prices<'a> {
    #[serde(borrow, default)]
    basic: Option<&'a RawValue>,
    #[serde(borrow, default)]
    premium: Option<&'a RawValue>,
    #[serde(borrow, default)]
    special: Option<&'a RawValue>,
}

/// One row; `None` if it has no code, or the field and the rule that it breaks.
fn row(raw: &RawValue, section: Section, level: Level) -> Result<Option<PriceRow>, String> {
    let row: Row<'_> =
        json::object(raw.get().as_bytes()).ok_or("not an object with each field once")?;
    let sku = match Scalar::read(row.code) {
        Scalar::Absent => return Ok(None),
        Scalar::Text(code) => section.sku(&code),
        Scalar::Odd => None,
    };
    let sku = sku
        .ok_or("code: printable ASCII without |, and none that begins like the other section's")?;
    let named = |rule: String| format!("({:?}) {rule}", sku.as_str());
    let prices: Prices<'_> = row
        .price
        .and_then(|prices| json::object(prices.get().as_bytes()))
        .ok_or_else(|| named("price: an object with a price for each level".to_owned()))?;
    let of_level = match level {
        Level::Basic => prices.basic,
        Level::Premium => prices.premium,
        Level::Special => prices.special,
    };
    let price = amount(of_level)
        .map_err(|error| named(format!("price: {error}")))?
        .filter(|price| price.is_transferable())
        .ok_or_else(|| named("price: above zero".to_owned()))?;
    let status = Scalar::read(row.status);
    Ok(Some(PriceRow {
        name: words(row.name),
        category: words(row.category),
        brand: words(row.brand).or_else(|| words(row.game)),
        kind: words(row.kind),
        price,
        // Whatever it is called otherwise: empty, in trouble, or a word nobody knows.
        active: status
            .text()
            .is_some_and(|word| word.eq_ignore_ascii_case("available")),
        stock: None,
        multi: flag(row.multi_trx),
        cut_off: cut_off(&row).map_err(named)?,
        description: words(row.note),
        form: None,
        sku,
    }))
}

fn words(raw: Option<&RawValue>) -> Option<String> {
    let text = Scalar::read(raw);
    text.text().filter(|text| *text != "-").map(str::to_owned)
}

fn cut_off(row: &Row<'_>) -> Result<Option<CutOff>, String> {
    let window = match Scalar::read(row.maintenace.or(row.maintenance)) {
        Scalar::Absent => return Ok(None),
        Scalar::Text(window) if window == "-" => return Ok(None),
        Scalar::Text(window) => window,
        Scalar::Odd => return Err("maintenace: HH:MM - HH:MM".to_owned()),
    };
    let (start, end) = window.split_once('-').ok_or("maintenace: HH:MM - HH:MM")?;
    CutOff::from_clock_times(start.trim(), end.trim())
        .map_err(|error| format!("maintenace: {error}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The rows that were captured, a junk row, and rows that break a rule each.
    const PREPAID: &str = r#"{"result":true,"data":[
{"brand":"XL","code":"XLDHR3","name":"XL HOTROD 3 GB / 30 Hari","note":"-","price":{"basic":48225,"premium":48200,"special":48175},"status":"available","multi_trx":true,"maintenace":"23:44 - 00:16","category":"Hotrod","prepost":"prepaid","type":"paket-internet"},
{"brand":"","code":"","name":"","note":"","price":{"basic":0,"premium":0,"special":0},"status":"empty","multi_trx":false,"maintenace":"00:00 - 00:00","category":"","prepost":"prepaid","type":"not-filtered"},
{"code":"S5","price":{"basic":5500,"premium":5450,"special":5400},"status":"empty","maintenance":"00:00 - 00:00"},
{"code":"s5","price":{"basic":5500,"premium":5450,"special":5400},"status":"available"},
{"code":"S0","price":{"basic":0,"premium":0,"special":0},"status":"available"},
{"code":"game/S1","price":{"basic":1,"premium":1,"special":1},"status":"available"},
{"code":"S2","price":5500,"status":"available"},
{"code":"S3","price":{"basic":5500,"premium":5450,"special":5400},"status":"gangguan","maintenace":"soon"},
7],"message":"ok"}"#;

    const GAMES: &str = r#"{"result":true,"data":[{"code":"ML14-S14","game":"Mobile Legends A","name":"14 Diamonds ( 13 + 1 Bonus )","price":{"basic":3310,"premium":3260,"special":3235},"server":"1","status":"empty"}],"message":"ok"}"#;

    #[test]
    fn the_captured_rows_are_read_at_the_price_of_the_level() {
        for (level, price, game) in [
            (Level::Basic, "48225", "3310"),
            (Level::Premium, "48200", "3260"),
            (Level::Special, "48175", "3235"),
        ] {
            let mut list = PriceList::default();
            add(&mut list, Section::Prepaid, level, PREPAID.as_bytes()).unwrap();
            add(&mut list, Section::Game, level, GAMES.as_bytes()).unwrap();
            assert_eq!(list.rows.len(), 3, "{:?}", list.refused);
            let hotrod = &list.rows[0];
            assert_eq!(hotrod.sku.as_str(), "XLDHR3");
            assert_eq!(hotrod.price.to_string(), price);
            assert!(hotrod.active);
            assert_eq!(hotrod.multi, Some(true));
            assert_eq!(hotrod.cut_off.unwrap().to_string(), "23:44-00:16");
            assert_eq!(hotrod.description, None);
            let s5 = &list.rows[1];
            assert!(!s5.active);
            assert_eq!(s5.cut_off, None, "00:00 - 00:00 is no window");
            let diamonds = &list.rows[2];
            assert_eq!(diamonds.sku.as_str(), "game/ML14-S14");
            assert_eq!(diamonds.brand.as_deref(), Some("Mobile Legends A"));
            assert_eq!(diamonds.price.to_string(), game);
            assert!(!diamonds.active);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_and_junk_is_passed_over() {
        let mut list = PriceList::default();
        let body = PREPAID.as_bytes();
        add(&mut list, Section::Prepaid, Level::Basic, body).unwrap();
        let begins = [
            "prepaid row 4: code: \"s5\" is listed before",
            "prepaid row 5: (\"S0\") price: above zero",
            "prepaid row 6: code: ",
            "prepaid row 7: (\"S2\") price: an object",
            "prepaid row 8: (\"S3\") maintenace: ",
            "prepaid row 9: not an object",
        ];
        assert_eq!(list.refused.len(), begins.len(), "{:?}", list.refused);
        for (refused, begin) in list.refused.iter().zip(begins) {
            assert!(refused.starts_with(begin), "{refused}");
        }
    }

    #[rstest]
    #[case(r#"{"result":false,"data":null,"message":"Signature tidak valid"}"#)]
    #[case(r#"{"result":true,"data":null}"#)]
    #[case(r#"{"result":true,"data":{}}"#)]
    #[case(r#"{"result":true,"data":[{}}"#)]
    #[case("<html></html>")]
    fn what_is_no_list_is_an_error(#[case] body: &str) {
        let mut list = PriceList::default();
        add(&mut list, Section::Game, Level::Basic, body.as_bytes()).unwrap_err();
    }

    /// The answer that was captured.
    const ACCOUNT: &str = r#"{"result":true,"data":{"full_name":"Sampel","username":"sampel","balance":522,"point":0,"level":"Special","registered":"2023-01-23 17:56:45"},"message":"Successfully got your account details."}"#;

    #[rstest]
    #[case("Special", Level::Special)]
    #[case("premium", Level::Premium)]
    #[case("BASIC", Level::Basic)]
    #[case("Platinum", Level::Basic)]
    fn the_captured_account_has_a_balance_and_a_level(#[case] word: &str, #[case] level: Level) {
        let body = ACCOUNT.replace("Special", word);
        let (balance, read) = account(body.as_bytes()).unwrap();
        assert_eq!(balance.unwrap().to_string(), "522");
        assert_eq!(read, level);
    }

    #[test]
    fn a_balance_that_is_none_is_never_zero() {
        let (balance, _) = account(ACCOUNT.replace("522", "null").as_bytes()).unwrap();
        assert_eq!(balance, None);
        for odd in ["5.222", "\"Rp 522\"", "[522]"] {
            let body = ACCOUNT.replace("522", odd);
            account(body.as_bytes()).unwrap_err();
        }
    }
}
