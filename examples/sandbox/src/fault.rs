//! Everything that can go wrong between a purchase that happened and the caller who wants to know.
//!
//! A fault changes what is *said*, never what was *done*: the ledger keeps the truth while the wire lies.
//! What really happens to an order is the [`Plan`](crate::Plan)'s business. The one exception is
//! [`Fault::RefusePost`], which turns a single call away before it is looked at.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One way of answering badly. Those on an answer act on chosen calls, those on a webhook on every webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Answer only after so many milliseconds; the order executes at once.
    Late {
        /// Milliseconds from executing to answering.
        millis: u64,
    },
    /// Execute, then close the connection without a byte of answer.
    Lost,
    /// Announce the whole body, send half of it, close.
    CutBody,
    /// An HTML page of a proxy with this HTTP status (502, 520, …).
    HtmlPage(u16),
    /// No body at all, with this HTTP status (500, …).
    EmptyBody(u16),
    /// The right JSON under this HTTP status (400, …).
    HttpStatus(u16),
    /// `{"data":{"message":…}}` and nothing else.
    MessageOnly,
    /// `rc` and `message`, without status and echo.
    BareRefusal,
    /// Answer with this code and leave the order alone: a first call forms nothing, a later one changes nothing.
    RefusePost(String),
    /// Another order's `ref_id` in the answer.
    WrongRef,
    /// Another number in the answer.
    WrongDestination,
    /// The SKU in lower case, in answers and webhooks (seen in real `update` webhooks).
    LowercaseSku,
    /// Status and rc that contradict each other: the rc stays, Sukses becomes Gagal and anything else Sukses.
    Contradiction,
    /// The status in capitals.
    UppercaseStatus,
    /// This code in place of the true one, the status untouched.
    SayRc(String),
    /// `rc` as a JSON number, so that a leading zero is lost.
    NumericRc,
    /// Prices as JSON strings.
    PriceAsText,
    /// Prices as `10000.0`.
    PriceAsDecimal,
    /// No `sn` key.
    SnMissing,
    /// `"sn": null`.
    SnNull,
    /// `"sn": ""`.
    SnEmpty,
    /// No `buyer_last_saldo` key.
    BalanceMissing,
    /// An object in place of the price list's array, with this code.
    ObjectForList(String),
    /// Deliver the `create` webhook and only then answer.
    WebhookBeforeAnswer,
    /// Deliver each webhook so many times.
    WebhookRepeated(u32),
    /// Hold `create` back until the first `update` has been delivered.
    WebhookReordered,
    /// Sign with another secret.
    WebhookWrongSignature,
    /// No signature header.
    WebhookUnsigned,
    /// Another number in the webhook.
    WebhookWrongDestination,
    /// Beside each webhook, one more for a `ref_id` nobody ever sent.
    WebhookUnknownRef,
    /// No webhook ever; only asking again finishes the order.
    WebhookNever,
}

impl Fault {
    /// [`Fault::Late`] by a duration.
    pub fn late(by: Duration) -> Self {
        Self::Late {
            millis: u64::try_from(by.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Changes the `data` of an answer or a webhook; faults of the transport leave it alone.
    pub(crate) fn distort(&self, data: &mut Value) {
        match self {
            Self::MessageOnly => keep(data, &["message"]),
            Self::BareRefusal => keep(data, &["rc", "message"]),
            Self::WrongRef => set(data, "ref_id", &json!("NOT-YOUR-REF")),
            Self::WrongDestination | Self::WebhookWrongDestination => {
                set(data, "customer_no", &json!("089999999999"));
            }
            Self::LowercaseSku => change(data, "buyer_sku_code", |sku| {
                sku.as_str().map(|sku| json!(sku.to_lowercase()))
            }),
            Self::Contradiction => change(data, "status", |status| {
                Some(json!(if status == "Sukses" {
                    "Gagal"
                } else {
                    "Sukses"
                }))
            }),
            Self::UppercaseStatus => change(data, "status", |status| {
                status.as_str().map(|status| json!(status.to_uppercase()))
            }),
            Self::SayRc(rc) => set(data, "rc", &json!(rc)),
            Self::NumericRc => change(data, "rc", |rc| {
                rc.as_str()?.parse::<u64>().ok().map(Value::from)
            }),
            Self::PriceAsText => change(data, "price", |price| Some(json!(price.to_string()))),
            Self::PriceAsDecimal => change(data, "price", |price| {
                serde_json::from_str(&format!("{price}.0")).ok()
            }),
            Self::SnMissing => remove(data, "sn"),
            Self::SnNull => set(data, "sn", &Value::Null),
            Self::SnEmpty => set(data, "sn", &json!("")),
            Self::BalanceMissing => remove(data, "buyer_last_saldo"),
            Self::ObjectForList(rc) => {
                *data = json!({"rc": rc, "message": crate::rc::find_or_unknown(rc).message});
            }
            Self::Late { .. }
            | Self::Lost
            | Self::CutBody
            | Self::HtmlPage(_)
            | Self::EmptyBody(_)
            | Self::HttpStatus(_)
            | Self::RefusePost(_)
            | Self::WebhookBeforeAnswer
            | Self::WebhookRepeated(_)
            | Self::WebhookReordered
            | Self::WebhookWrongSignature
            | Self::WebhookUnsigned
            | Self::WebhookUnknownRef
            | Self::WebhookNever => {}
        }
    }

    /// Faults that a webhook shows in its body too.
    pub(crate) fn shows_in_webhook(&self) -> bool {
        matches!(self, Self::LowercaseSku | Self::WebhookWrongDestination)
    }

    /// Faults that only webhooks have.
    pub(crate) fn is_about_webhooks(&self) -> bool {
        matches!(
            self,
            Self::WebhookBeforeAnswer
                | Self::WebhookRepeated(_)
                | Self::WebhookReordered
                | Self::WebhookWrongSignature
                | Self::WebhookUnsigned
                | Self::WebhookWrongDestination
                | Self::WebhookUnknownRef
                | Self::WebhookNever
        )
    }
}

/// A price list has many objects, every other answer has one.
fn objects(data: &mut Value) -> Vec<&mut Map<String, Value>> {
    match data {
        Value::Array(rows) => rows.iter_mut().filter_map(Value::as_object_mut).collect(),
        Value::Object(object) => vec![object],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn keep(data: &mut Value, keys: &[&str]) {
    for object in objects(data) {
        object.retain(|key, _| keys.contains(&key.as_str()));
    }
}

fn remove(data: &mut Value, key: &str) {
    for object in objects(data) {
        object.remove(key);
    }
}

fn set(data: &mut Value, key: &str, value: &Value) {
    for object in objects(data) {
        object.insert(key.to_owned(), value.clone());
    }
}

fn change(data: &mut Value, key: &str, new: impl Fn(&Value) -> Option<Value>) {
    for object in objects(data) {
        if let Some(value) = object.get_mut(key)
            && let Some(new) = new(value)
        {
            *value = new;
        }
    }
}
