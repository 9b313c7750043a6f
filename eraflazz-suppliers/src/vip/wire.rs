//! What is on the wire: the forms that we post, and a tolerant reading of what comes back.
//!
//! Every request is a form by POST, reads included; every answer is `{"result", "data", "message"}`. Types there and in practice differ, so every
//! field is read as raw JSON first.

use std::collections::BTreeMap;

use bytes::Bytes;
use eraflazz_core::money::{Money, MoneyError};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::form_urlencoded::Serializer;

use crate::json::{self, Scalar};

/// Most that is read of an answer about transactions or the account.
pub(super) const ANSWER_BYTES_MAX: usize = 512 * 1024;
/// Most that is read of a list of services.
pub(super) const SERVICES_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most transactions of a list that is read. We ask for fifty.
const TRANSACTIONS_MAX: usize = 500;

/// The form of a request: who asks, and what. The same values give the same bytes.
pub(super) fn form(key: &SecretString, sign: &SecretString, fields: &[(&str, &str)]) -> Bytes {
    let form = Serializer::new(String::new())
        .append_pair("key", key.expose_secret().trim())
        .append_pair("sign", sign.expose_secret())
        .extend_pairs(fields)
        .finish();
    Bytes::from(form)
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

/// A whole answer.
pub(super) struct Answer<'a> {
    /// Whether the request was taken.
    pub(super) result: bool,
    /// What it brought; `None` if it is missing or null.
    pub(super) data: Option<&'a RawValue>,
    /// For people; the only thing that tells failures apart.
    pub(super) message: Scalar<'a>,
}

impl<'a> Answer<'a> {
    /// `None` if it is not one whole JSON object with each of its fields once and a result.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let envelope: Envelope<'_> = json::object(body)?;
        Some(Self {
            result: result(envelope.result?.get())?,
            data: envelope.data,
            message: Scalar::read(envelope.message),
        })
    }
}

/// A boolean; old servers write it as text.
fn result(json: &str) -> Option<bool> {
    let text = json
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(json);
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A transaction as an answer, a row of a list or a callback tells it.
pub(super) struct Transaction<'a> {
    pub(super) id: Scalar<'a>,
    pub(super) number: Scalar<'a>,
    pub(super) zone: Scalar<'a>,
    pub(super) code: Scalar<'a>,
    pub(super) service: Scalar<'a>,
    pub(super) status: Scalar<'a>,
    pub(super) note: Scalar<'a>,
    pub(super) sn: Scalar<'a>,
    pub(super) price: Result<Option<Money>, MoneyError>,
    pub(super) balance: Result<Option<Money>, MoneyError>,
    pub(super) created: Scalar<'a>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    trxid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    trx_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    zone: Option<&'a RawValue>,
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    service: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    note: Option<&'a RawValue>,
    #[serde(borrow, default)]
    sn: Option<&'a RawValue>,
    #[serde(borrow, default)]
    price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    balance: Option<&'a RawValue>,
    #[serde(borrow, default)]
    created_date: Option<&'a RawValue>,
}

impl<'a> Transaction<'a> {
    /// The transaction in one JSON object; `None` if it is none, or has a known field twice (T-9).
    pub(super) fn of_json(json: &'a [u8]) -> Option<Self> {
        let row: Row<'_> = json::object(json)?;
        Some(Self {
            id: either(Scalar::read(row.trxid), Scalar::read(row.trx_id)),
            number: Scalar::read(row.data),
            zone: Scalar::read(row.zone),
            code: Scalar::read(row.code),
            service: Scalar::read(row.service),
            status: Scalar::read(row.status),
            note: Scalar::read(row.note),
            sn: Scalar::read(row.sn),
            price: json::amount(row.price),
            balance: json::amount(row.balance),
            created: Scalar::read(row.created_date),
        })
    }

    /// The same of named texts.
    pub(super) fn of_fields(fields: &'a BTreeMap<String, String>) -> Self {
        let field = |name: &str| match fields.get(name).map(|text| text.trim()) {
            None | Some("") => Scalar::Absent,
            Some(text) => Scalar::Text(text.into()),
        };
        Self {
            id: either(field("trxid"), field("trx_id")),
            number: field("data"),
            zone: field("zone"),
            code: field("code"),
            service: field("service"),
            status: field("status"),
            note: field("note"),
            sn: field("sn"),
            price: json::amount_in(&field("price")),
            balance: json::amount_in(&field("balance")),
            created: field("created_date"),
        }
    }
}

/// Of two spellings of one name; both at once are as good as none that can be read.
fn either<'a>(one: Scalar<'a>, other: Scalar<'a>) -> Scalar<'a> {
    match (one, other) {
        (Scalar::Absent, other) => other,
        (one, Scalar::Absent) => one,
        _ => Scalar::Odd,
    }
}

/// The transactions in the `data` of a status answer: a list, or an object that stands for a list of one. `None` if it is neither, or longer than any
/// list that was asked for: of a part of it, one row could be taken for the only one.
pub(super) fn transactions(data: &RawValue) -> Option<Vec<Option<Transaction<'_>>>> {
    if data.get().starts_with('{') {
        return Some(vec![Transaction::of_json(data.get().as_bytes())]);
    }
    let rows: Vec<&RawValue> = json::list(data.get(), TRANSACTIONS_MAX)?;
    Some(
        rows.into_iter()
            .map(|row| Transaction::of_json(row.get().as_bytes()))
            .collect(),
    )
}

/// The `data` of an answer about the account.
#[derive(Deserialize)]
pub(super) struct Account<'a> {
    #[serde(borrow, default)]
    pub(super) balance: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) level: Option<&'a RawValue>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_form_is_who_asks_and_what() {
        let form = form(
            &" APIKEY456 ".into(),
            &"7001b3a1c7c69e3d198daf27a69f477a".into(),
            &[
                ("type", "order"),
                ("service", "ML86-S1"),
                ("data_no", "a b&c=1"),
            ],
        );
        assert_eq!(
            form,
            "key=APIKEY456&sign=7001b3a1c7c69e3d198daf27a69f477a&type=order&service=ML86-S1&data_no=a+b%26c%3D1"
        );
    }

    #[rstest]
    #[case(r#"{"result":true}"#, Some(true))]
    #[case(r#"{"result":"true"}"#, Some(true))]
    #[case(r#"{"result":"False"}"#, Some(false))]
    #[case(r#"{"result":1}"#, None)]
    #[case(r#"{"result":null}"#, None)]
    #[case(r#"{"data":{}}"#, None)]
    #[case(r#"{"result":true,"result":false}"#, None)]
    #[case("[true]", None)]
    #[case(r#"{"result":true"#, None)]
    fn t_09_an_answer_has_one_result(#[case] body: &str, #[case] expected: Option<bool>) {
        let read = Answer::read(body.as_bytes());
        assert_eq!(read.map(|answer| answer.result), expected);
    }

    #[test]
    fn data_that_is_null_is_none() {
        let answer = Answer::read(br#"{"result":false,"data":null,"message":" x "}"#).unwrap();
        assert!(answer.data.is_none());
        assert_eq!(answer.message.text(), Some("x"));
    }

    #[rstest]
    #[case("[]", Some(0))]
    #[case(r#"[{"trxid":"A"},{"trxid":"B"},7]"#, Some(3))]
    #[case(r#"{"trxid":"A"}"#, Some(1))]
    #[case(r#""A""#, None)]
    #[case("null", None)]
    fn a_status_is_a_list_or_one_transaction(#[case] data: &str, #[case] rows: Option<usize>) {
        let raw = RawValue::from_string(data.to_owned()).unwrap();
        assert_eq!(transactions(&raw).map(|rows| rows.len()), rows);
    }

    #[test]
    fn a_list_without_end_is_none() {
        let rows = vec![r#"{"trxid":"A"}"#; TRANSACTIONS_MAX + 1].join(",");
        let raw = RawValue::from_string(format!("[{rows}]")).unwrap();
        assert!(transactions(&raw).is_none());
    }

    #[test]
    fn t_09_two_spellings_of_one_name_are_none() {
        let row = Transaction::of_json(br#"{"trxid":"A","trx_id":"B"}"#).unwrap();
        assert_eq!(row.id, Scalar::Odd);
        assert!(Transaction::of_json(br#"{"status":"success","status":"error"}"#).is_none());
    }
}
