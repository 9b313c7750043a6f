//! Callbacks: whose they are is said by a header that is the same for ever and covers no body. So what is read here is a hint: it has the engine ask.
//!
//! How the body is written differs between accounts of it: JSON with the transaction under `data` or by itself, a form with `data[trxid]`, with JSON in
//! `data`, or flat. Exactly one of them is tried: read as another, a text inside could become a field.

use std::collections::BTreeMap;

use bytes::Bytes;
use eraflazz_core::supplier::{
    Answer, Claim, RawRequest, Reading, Reason, Sighting, Unauthenticated,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::wire::Transaction;
use super::{Config, classify, sign};
use crate::json;

/// Carries the signature.
const SIGNATURE: &str = "x-client-signature";
/// Most fields of a form: each is compared with those before it.
const FIELDS_MAX: usize = 64;

/// Verifies and reads a callback. One without the header is read only where the settings say that it has none; a wrong one never.
pub(super) fn read(config: &Config, request: &RawRequest) -> Result<Reading, Unauthenticated> {
    let header = request.header(SIGNATURE);
    let is_genuine = sign::is_genuine(&config.api_id, &config.api_key, header);
    let is_unsigned = !request.headers.contains_key(SIGNATURE);
    if !(is_genuine || is_unsigned && !config.callback_signature) {
        return Err(Unauthenticated);
    }
    let unreadable = Sighting::new(Claim::Unclear, Reason::Unreadable);
    Ok(Reading {
        sightings: vec![sighting(request).unwrap_or(unreadable)],
        answer: answer(),
    })
}

/// What it wants to hear once the callback is kept.
fn answer() -> Answer {
    Answer {
        status: 200,
        content_type: "application/json",
        body: Bytes::from_static(br#"{"success":true}"#),
    }
}

fn sighting(request: &RawRequest) -> Option<Sighting> {
    let body = request.body.trim_ascii();
    if body.first() == Some(&b'{') {
        return of_json(body);
    }
    let kind = request.header("content-type").unwrap_or_default();
    if kind.to_ascii_lowercase().contains("json") {
        return None;
    }
    of_form(body)
}

#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    trxid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    trx_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
}

fn of_json(body: &[u8]) -> Option<Sighting> {
    let outer: Outer<'_> = json::object(body)?;
    let nested = outer.data.filter(|data| data.get().starts_with('{'));
    let transaction = match nested {
        None => Transaction::of_json(body)?,
        // Two transactions in one: nobody knows which is meant.
        Some(_) if outer.trxid.or(outer.trx_id).or(outer.status).is_some() => return None,
        Some(data) => Transaction::of_json(data.get().as_bytes())?,
    };
    Some(classify::called(&transaction))
}

fn of_form(body: &[u8]) -> Option<Sighting> {
    let fields = fields(body)?;
    let nested = fields
        .get("data")
        .filter(|data| data.trim().starts_with('{'));
    let transaction = match nested {
        None => Transaction::of_fields(&fields),
        Some(_)
            if ["trxid", "trx_id", "status"]
                .iter()
                .any(|name| fields.contains_key(*name)) =>
        {
            return None;
        }
        Some(data) => Transaction::of_json(data.trim().as_bytes())?,
    };
    Some(classify::called(&transaction))
}

/// The fields of a form, `data[trxid]` under `trxid`. `None` if it is no text, or a name is given twice (T-9).
fn fields(body: &[u8]) -> Option<BTreeMap<String, String>> {
    std::str::from_utf8(body).ok()?;
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        let bare = name
            .strip_prefix("data[")
            .and_then(|name| name.strip_suffix(']'))
            .unwrap_or(&name);
        let before = fields.insert(bare.to_owned(), value.into_owned());
        if before.is_some() || fields.len() > FIELDS_MAX {
            return None;
        }
    }
    Some(fields)
}
