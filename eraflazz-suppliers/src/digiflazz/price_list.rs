//! Reading the price lists: of prepaid goods, and of bills.
//!
//! A list that was refused, is empty, or of which no row can be read is an error, never "no products". One bad row does not take
//! the others with it: it is named in [`PriceList::refused`] and left out.

use std::collections::BTreeSet;
use std::time::Duration;

use eraflazz_core::catalog::sync::normal;
use eraflazz_core::catalog::{CutOff, ProductKind, TargetForm};
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{PriceList, PriceRow, ReadError};
use eraflazz_core::text::Sku;
use serde_json::value::RawValue;

use super::wire::{self, Contents, Plain};
use crate::json::{self, Scalar, amount, flag};

/// The whole list may be asked for once in this time, per account ("Daftar Harga").
const LIST_INTERVAL: Duration = Duration::from_mins(5);
/// The code of a list asked for too soon.
const TOO_SOON: &str = "83";

/// Most rows of a list that is read. Real ones have some ten thousand; without an end, millions of rows that are none would each cost a
/// sentence in [`PriceList::refused`] (T-24).
const ROWS_MAX: usize = 100_000;

/// Reads an answer to a price-list request.
pub(super) fn read(body: &[u8], goods: ProductKind) -> Result<PriceList, ReadError> {
    let Contents::Data(data) = wire::open(body) else {
        return Err(unreadable("not an object with data"));
    };
    if !data.get().starts_with('[') {
        return Err(refusal(data));
    }
    let Some(rows) = json::list(data.get(), ROWS_MAX) else {
        return Err(unreadable("a list of more rows than any supplier has"));
    };
    let mut list = PriceList {
        goods,
        ..PriceList::default()
    };
    let mut seen = BTreeSet::new();
    for (index, raw) in rows.iter().enumerate() {
        match row(raw, goods) {
            Ok(row) if !seen.insert(row.sku.as_str().to_ascii_lowercase()) => {
                list.refused.push(format!(
                    "row {}: buyer_sku_code: {:?} is listed before",
                    index + 1,
                    row.sku.as_str()
                ));
            }
            Ok(row) => list.rows.push(row),
            Err(rule) => list.refused.push(format!("row {}: {rule}", index + 1)),
        }
    }
    if list.rows.is_empty() {
        return Err(unreadable("a list without a readable row"));
    }
    Ok(list)
}

/// A refused list: an object in place of the rows.
fn refusal(data: &RawValue) -> ReadError {
    let rc = Plain::read(data).and_then(|plain| wire::rc(plain.rc));
    match rc.as_deref() {
        Some(TOO_SOON) => ReadError::TooSoon(LIST_INTERVAL),
        rc => refused(rc),
    }
}

/// An answer that carries a code instead of what was asked for.
pub(super) fn refused(rc: Option<&str>) -> ReadError {
    match rc {
        Some(rc) if rc.len() <= 8 && rc.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            ReadError::Refused {
                code: rc.to_owned(),
            }
        }
        _ => unreadable("neither what was asked for nor a code"),
    }
}

pub(super) fn unreadable(what: &str) -> ReadError {
    ReadError::Unreadable(what.to_owned())
}

#[derive(serde::Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    product_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    category: Option<&'a RawValue>,
    #[serde(borrow, default)]
    brand: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    buyer_sku_code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    buyer_product_status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    seller_product_status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    unlimited_stock: Option<&'a RawValue>,
    #[serde(borrow, default)]
    stock: Option<&'a RawValue>,
    #[serde(borrow, default)]
    multi: Option<&'a RawValue>,
    #[serde(borrow, default)]
    start_cut_off: Option<&'a RawValue>,
    #[serde(borrow, default)]
    end_cut_off: Option<&'a RawValue>,
    #[serde(borrow, default)]
    desc: Option<&'a RawValue>,
}

/// One row, or the field and the rule that it breaks.
fn row(raw: &RawValue, goods: ProductKind) -> Result<PriceRow, String> {
    let row: Row<'_> =
        json::object(raw.get().as_bytes()).ok_or("not an object with each field once")?;
    let sku = Scalar::read(row.buyer_sku_code)
        .text()
        .and_then(|text| Sku::new(text).ok())
        .ok_or_else(|| format!("buyer_sku_code: {}", Sku::RULE))?;
    let named = |rule: String| format!("({:?}) {rule}", sku.as_str());
    let (price, stock) = match goods {
        ProductKind::Prepaid => {
            let price = amount(row.price)
                .map_err(|error| named(format!("price: {error}")))?
                .filter(|price| price.is_transferable())
                .ok_or_else(|| named("price: above zero".to_owned()))?;
            (price, stock(&row).map_err(named)?)
        }
        // What a bill comes to is known from its inquiry, and nobody has a stock of them.
        ProductKind::Postpaid => (Money::ZERO, None),
    };
    Ok(PriceRow {
        name: words(row.product_name),
        category: words(row.category),
        brand: words(row.brand),
        kind: words(row.kind),
        price,
        // A missing switch is an off one.
        active: flag(row.buyer_product_status) == Some(true)
            && flag(row.seller_product_status) == Some(true),
        stock,
        multi: flag(row.multi),
        cut_off: cut_off(&row).map_err(named)?,
        description: words(row.desc),
        form: form(row.category, row.brand),
        sku,
    })
}

/// How the players of a game are told, where lists and integrators agree on it, or one of them says so: id and zone run together, or a bar before the server;
/// and bills of more than a number, as the page "Cek Tagihan" has it.
fn form(category: Option<&RawValue>, brand: Option<&RawValue>) -> Option<TargetForm> {
    let (category, brand) = (normal(&words(category)?), normal(&words(brand)?));
    let form = match (category.as_str(), brand.as_str()) {
        ("GAMES" | "GAME", "MOBILE LEGENDS" | "MOBILE LEGEND") => "{user_id}{zone_id}",
        ("GAMES" | "GAME", "GENSHIN IMPACT" | "HONKAI STAR RAIL" | "ZENLESS ZONE ZERO") => {
            "{user_id}|{server}"
        }
        ("PASCABAYAR", "EMONEY") => "{number};amount={amount}",
        ("PASCABAYAR", "SAMSAT") => "{payment_code},{identity_no}",
        _ => return None,
    };
    TargetForm::new(form).ok()
}

fn words(raw: Option<&RawValue>) -> Option<String> {
    Scalar::read(raw).text().map(ToOwned::to_owned)
}

fn stock(row: &Row<'_>) -> Result<Option<u64>, String> {
    if flag(row.unlimited_stock) == Some(true) {
        return Ok(None);
    }
    let left: i64 = Scalar::read(row.stock)
        .text()
        .and_then(|text| text.parse().ok())
        .ok_or("stock: a whole number, or unlimited_stock")?;
    // Oversold stock has been seen below zero.
    Ok(Some(u64::try_from(left).unwrap_or(0)))
}

fn cut_off(row: &Row<'_>) -> Result<Option<CutOff>, String> {
    match (
        Scalar::read(row.start_cut_off),
        Scalar::read(row.end_cut_off),
    ) {
        (Scalar::Absent, Scalar::Absent) => Ok(None),
        (Scalar::Text(start), Scalar::Text(end)) => {
            CutOff::from_clock_times(&start, &end).map_err(|error| format!("cut_off: {error}"))
        }
        _ => Err("start_cut_off, end_cut_off: both or neither".to_owned()),
    }
}
