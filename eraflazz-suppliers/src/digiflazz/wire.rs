//! What is on the wire: the bodies that we write, and a tolerant reading of what comes back.
//!
//! Source: Digiflazz developer pages, "Topup", "Cek Saldo", "Daftar Harga". Types there and in practice differ, and any field but
//! `rc` may be missing, so every field is read as raw JSON first.

use std::borrow::Cow;

use bytes::Bytes;
use eraflazz_core::text::Target;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::json::{self, Scalar};

/// Most that is read of an answer about one transaction or the balance.
pub(super) const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Most that is read of a price list; the longest ones have some ten thousand rows.
pub(super) const PRICE_LIST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A purchase. The same values give the same bytes.
#[derive(Serialize)]
pub(super) struct PurchaseBody<'a> {
    pub(super) username: &'a str,
    pub(super) buyer_sku_code: &'a str,
    pub(super) customer_no: &'a str,
    pub(super) ref_id: &'a str,
    /// Whole rupiah.
    pub(super) max_price: i64,
    #[serde(skip_serializing_if = "is_off")]
    pub(super) testing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cb_url: Option<&'a str>,
    #[serde(skip_serializing_if = "is_off")]
    pub(super) allow_dot: bool,
    pub(super) sign: String,
}

/// A call about a bill. The same values give the same bytes.
#[derive(Serialize)]
pub(super) struct BillBody<'a> {
    pub(super) commands: &'static str,
    pub(super) username: &'a str,
    pub(super) buyer_sku_code: &'a str,
    pub(super) customer_no: &'a str,
    pub(super) ref_id: &'a str,
    #[serde(flatten)]
    pub(super) beside: Beside,
    /// Not part of `status-pasca`.
    #[serde(skip_serializing_if = "is_off")]
    pub(super) testing: bool,
    pub(super) sign: String,
}

/// What some bills are asked about and paid with besides the customer's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Beside {
    /// Of a property tax: which year's.
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<u16>,
    /// Of e-money: how much is topped up, in whole rupiah.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<u64>,
}

impl Beside {
    /// What stands beside the number of `target`; `None` if Digiflazz knows no such field, or one of them is no whole number.
    pub(super) fn read(target: &Target) -> Option<Self> {
        let mut beside = Self::default();
        let named = target.beside().count();
        for (name, value) in target.beside() {
            if !value.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            match name {
                "year" if beside.year.is_none() => beside.year = Some(value.parse().ok()?),
                "amount" if beside.amount.is_none() => beside.amount = Some(value.parse().ok()?),
                _ => return None,
            }
        }
        let is_all = target.as_str().split(';').count() == named + 1;
        is_all.then_some(beside)
    }
}

/// A question about a PLN customer.
#[derive(Serialize)]
pub(super) struct CustomerBody<'a> {
    pub(super) username: &'a str,
    pub(super) customer_no: &'a str,
    pub(super) sign: String,
}

/// A balance or price-list request.
#[derive(Serialize)]
pub(super) struct CommandBody<'a> {
    pub(super) cmd: &'static str,
    pub(super) username: &'a str,
    pub(super) sign: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
const fn is_off(switch: &bool) -> bool {
    !*switch
}

/// The JSON of a request body.
pub(super) fn body<T: Serialize>(request: &T) -> Option<Bytes> {
    serde_json::to_vec(request).ok().map(Bytes::from)
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    hook_id: Option<&'a RawValue>,
}

/// What an answer or callback holds.
pub(super) enum Contents<'a> {
    /// `{"data": …}`.
    Data(&'a RawValue),
    /// `{"hook_id": …}` without data: a ping.
    Ping,
    /// An object with neither.
    NoData,
    /// Not one whole JSON object.
    Unreadable,
}

/// Opens the envelope.
pub(super) fn open(body: &[u8]) -> Contents<'_> {
    match json::object::<Envelope<'_>>(body) {
        Some(Envelope {
            data: Some(data), ..
        }) => Contents::Data(data),
        Some(Envelope {
            hook_id: Some(_), ..
        }) => Contents::Ping,
        Some(_) => Contents::NoData,
        None => Contents::Unreadable,
    }
}

/// The `data` of an answer about a transaction.
#[derive(Deserialize)]
pub(super) struct Transaction<'a> {
    #[serde(borrow, default)]
    pub(super) ref_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) trx_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) customer_no: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) buyer_sku_code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) rc: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) sn: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) buyer_last_saldo: Option<&'a RawValue>,
}

impl<'a> Transaction<'a> {
    /// The transaction in `data`; `None` if it is not one object with each known field at most once.
    pub(super) fn read(data: &'a RawValue) -> Option<Self> {
        json::object(data.get().as_bytes())
    }
}

/// The `data` of an answer to a balance request, or of a refused price list.
#[derive(Deserialize)]
pub(super) struct Plain<'a> {
    #[serde(borrow, default)]
    pub(super) deposit: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) rc: Option<&'a RawValue>,
}

impl<'a> Plain<'a> {
    /// The object in `data`.
    pub(super) fn read(data: &'a RawValue) -> Option<Self> {
        json::object(data.get().as_bytes())
    }
}

/// A response code. They are text with a leading zero; one that comes as a number gets its zero back.
pub(super) fn rc(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    match Scalar::read(raw) {
        Scalar::Text(Cow::Borrowed(number)) => Some(Cow::Owned(format!("{number:0>2}"))),
        Scalar::Text(text) => Some(text),
        Scalar::Absent => None,
        // A code is there, but not one of the table: as good as an unknown one.
        Scalar::Odd => Some(Cow::Borrowed("?")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", Some("00"))]
    #[case("3", Some("03"))]
    #[case("45", Some("45"))]
    #[case("100", Some("100"))]
    #[case(r#""03""#, Some("03"))]
    #[case(r#""3""#, Some("3"))]
    #[case(r#"" 00 ""#, Some("00"))]
    #[case("0.0", Some("0.0"))]
    #[case(r#""""#, None)]
    #[case("null", None)]
    #[case("[]", Some("?"))]
    #[case("true", Some("?"))]
    fn a_code_as_number_gets_its_zero_back(#[case] json: &str, #[case] expected: Option<&str>) {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        assert_eq!(rc(Some(&raw)).as_deref(), expected);
    }

    #[test]
    fn optional_fields_are_left_out_of_a_purchase() {
        let mut purchase = PurchaseBody {
            username: "eraflazz_demo",
            buyer_sku_code: "xld10",
            customer_no: "087800001233",
            ref_id: "EF-20260101-000001",
            max_price: 10_500,
            testing: false,
            cb_url: None,
            allow_dot: false,
            sign: "6cefc0587178b4e35c152cd5883e607b".to_owned(),
        };
        assert_eq!(
            body(&purchase).unwrap(),
            r#"{"username":"eraflazz_demo","buyer_sku_code":"xld10","customer_no":"087800001233","ref_id":"EF-20260101-000001","max_price":10500,"sign":"6cefc0587178b4e35c152cd5883e607b"}"#
        );
        purchase.testing = true;
        purchase.allow_dot = true;
        purchase.cb_url = Some("https://hook.test/d");
        assert_eq!(
            body(&purchase).unwrap(),
            r#"{"username":"eraflazz_demo","buyer_sku_code":"xld10","customer_no":"087800001233","ref_id":"EF-20260101-000001","max_price":10500,"testing":true,"cb_url":"https://hook.test/d","allow_dot":true,"sign":"6cefc0587178b4e35c152cd5883e607b"}"#
        );
    }
}
