//! The JSON of the protocol: a purchase request read strictly, answers as the documentation prints them.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use crate::{
    config::ProductRow,
    ledger::{Purchase, State},
    rc::{self, Rc, Status},
};

/// A prepaid purchase as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PurchaseRequest {
    pub(crate) username: String,
    pub(crate) sign: String,
    pub(crate) sku: String,
    pub(crate) customer_no: String,
    pub(crate) ref_id: String,
    pub(crate) max_price: Option<i64>,
    pub(crate) callback_url: Option<String>,
}

/// Reads a body as a JSON object; anything else is rc 40.
pub(crate) fn object(body: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(body).ok()? {
        Value::Object(object) => Some(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

/// A required text that is not empty.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// A call about a bill as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BillRequest {
    pub(crate) command: Command,
    pub(crate) username: String,
    pub(crate) sign: String,
    pub(crate) sku: String,
    pub(crate) customer_no: String,
    pub(crate) ref_id: String,
}

/// What is wanted of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// `inq-pasca`.
    Inquire,
    /// `pay-pasca`.
    Pay,
    /// `status-pasca`.
    Status,
}

impl BillRequest {
    /// `None` for a missing field, a wrong type, a command that there is not, or a field that bills do not have.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let object = object(body)?;
        let command = match text(&object, "commands")? {
            "inq-pasca" => Command::Inquire,
            "pay-pasca" => Command::Pay,
            "status-pasca" => Command::Status,
            _ => return None,
        };
        let is_flag = |value: &Value| value.is_boolean() && command != Command::Status;
        if object.get("testing").is_some_and(|value| !is_flag(value)) {
            return None;
        }
        if ["max_price", "cb_url", "allow_dot"]
            .iter()
            .any(|key| object.contains_key(*key))
        {
            return None;
        }
        Some(Self {
            command,
            username: text(&object, "username")?.to_owned(),
            sign: text(&object, "sign")?.to_owned(),
            sku: text(&object, "buyer_sku_code")?.to_owned(),
            customer_no: text(&object, "customer_no")?.to_owned(),
            ref_id: text(&object, "ref_id")?.to_owned(),
        })
    }

    /// The fields that a refusal echoes.
    pub(crate) fn as_purchase(&self) -> PurchaseRequest {
        PurchaseRequest {
            username: self.username.clone(),
            sign: self.sign.clone(),
            sku: self.sku.clone(),
            customer_no: self.customer_no.clone(),
            ref_id: self.ref_id.clone(),
            max_price: None,
            callback_url: None,
        }
    }
}

/// Whether a body is a call about a bill.
pub(crate) fn is_about_bills(body: &[u8]) -> bool {
    object(body).is_some_and(|object| object.contains_key("commands"))
}

impl PurchaseRequest {
    /// `None` for a missing field, a wrong type, or a command: that is a [`BillRequest`].
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let object = object(body)?;
        if object.contains_key("commands") {
            return None;
        }
        for flag in ["testing", "allow_dot"] {
            if object.get(flag).is_some_and(|value| !value.is_boolean()) {
                return None;
            }
        }
        let max_price = match object.get("max_price") {
            None => None,
            Some(value) => Some(value.as_i64()?),
        };
        let callback_url = match object.get("cb_url") {
            None => None,
            Some(value) => Some(value.as_str()?.to_owned()),
        };
        Some(Self {
            username: text(&object, "username")?.to_owned(),
            sign: text(&object, "sign")?.to_owned(),
            sku: text(&object, "buyer_sku_code")?.to_owned(),
            customer_no: text(&object, "customer_no")?.to_owned(),
            ref_id: text(&object, "ref_id")?.to_owned(),
            max_price,
            callback_url,
        })
    }
}

/// The `data` of an answer or a webhook about a formed transaction.
pub(crate) fn transaction(row: &Purchase) -> Value {
    let known = rc::find_or_unknown(&row.rc);
    let sn = match row.state {
        State::Sukses => row.sn.as_deref().unwrap_or_default(),
        State::Pending | State::Gagal | State::Refunded => "",
    };
    if let Some(bill) = &row.bill {
        return bill_paid(row, bill, known, sn);
    }
    json!({
        "ref_id": row.ref_id,
        "customer_no": row.customer_no,
        "buyer_sku_code": row.sku,
        "message": known.message,
        "status": known.status.word(),
        "rc": row.rc,
        "sn": sn,
        "buyer_last_saldo": row.balance_after,
        "price": row.price,
        "tele": "@telegram",
        "wa": "081234512345",
    })
}

/// The same of a bill: what is pending or failed tells neither price nor bill.
fn bill_paid(row: &Purchase, bill: &Value, known: &Rc, sn: &str) -> Value {
    let mut data = match row.state {
        State::Sukses => bill.clone(),
        State::Pending | State::Gagal | State::Refunded => json!({
            "ref_id": row.ref_id, "customer_no": row.customer_no, "buyer_sku_code": row.sku,
        }),
    };
    data["message"] = json!(known.message);
    data["status"] = json!(known.status.word());
    data["rc"] = json!(row.rc);
    if row.state == State::Sukses {
        data["sn"] = json!(sn);
        data["buyer_last_saldo"] = json!(row.balance_after);
    }
    data
}

/// The `data` of a refusal. What it echoes is the request, if one could be read and refusals are not bare.
pub(crate) fn refusal(code: &str, caller: IpAddr, echo: Option<&PurchaseRequest>) -> Value {
    let known = rc::find_or_unknown(code);
    let message = if code == "45" {
        format!("{} {caller}", known.message)
    } else {
        known.message.to_owned()
    };
    match echo {
        None => json!({"rc": code, "message": message}),
        Some(request) => json!({
            "ref_id": request.ref_id,
            "customer_no": request.customer_no,
            "buyer_sku_code": request.sku,
            "message": message,
            "status": Status::Gagal.word(),
            "rc": code,
        }),
    }
}

/// The rows of a price list that fit the filters of a request.
pub(crate) fn price_list(products: &[ProductRow], request: &Map<String, Value>) -> Value {
    let wants = |key: &str, value: &str| {
        text(request, key).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    products
        .iter()
        .filter(|row| {
            wants("code", &row.buyer_sku_code)
                && wants("brand", &row.brand)
                && wants("category", &row.category)
                && wants("type", &row.kind)
        })
        .map(|row| json!(row))
        .collect()
}
