//! What is on the wire. Source: Tripay developer pages, and real payloads: a field may be null, a number where a text is documented, or missing.

use eraflazz_core::payment::Item;
use serde::{Deserialize, Serialize};

use crate::json::{self, Field};

/// A closed payment. The same values give the same bytes.
#[derive(Serialize)]
pub(super) struct ClosedBody<'a> {
    pub(super) method: &'a str,
    pub(super) merchant_ref: &'a str,
    pub(super) amount: i64,
    pub(super) customer_name: &'a str,
    pub(super) customer_email: &'a str,
    pub(super) customer_phone: &'a str,
    pub(super) order_items: Vec<ItemBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) return_url: Option<&'a str>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expired_time: Option<i64>,
    pub(super) signature: String,
}

#[derive(Serialize)]
pub(super) struct ItemBody<'a> {
    sku: &'a str,
    name: &'a str,
    price: i64,
    quantity: u32,
}

impl<'a> ItemBody<'a> {
    pub(super) fn of(item: &'a Item) -> Self {
        Self {
            sku: &item.sku,
            name: &item.name,
            price: item.price.floor_rupiah(),
            quantity: item.quantity,
        }
    }
}

/// An open payment.
#[derive(Serialize)]
pub(super) struct OpenBody<'a> {
    pub(super) method: &'a str,
    pub(super) merchant_ref: &'a str,
    pub(super) customer_name: &'a str,
    pub(super) signature: String,
}

/// The envelope of every answer.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(default)]
    success: Option<bool>,
    #[serde(borrow, default)]
    data: Field<'a>,
}

/// What an answer says at first sight.
pub(super) enum Contents<'a> {
    /// `success` and data.
    Data(Field<'a>),
    /// `success` is false.
    Failure,
    /// Not one whole envelope.
    Unreadable,
}

pub(super) fn open(body: &[u8]) -> Contents<'_> {
    match json::object::<Envelope<'_>>(body) {
        Some(Envelope {
            success: Some(true),
            data,
        }) => Contents::Data(data),
        Some(Envelope {
            success: Some(false),
            ..
        }) => Contents::Failure,
        Some(Envelope { success: None, .. }) | None => Contents::Unreadable,
    }
}

/// A payment as create, detail and lists show it.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
pub(super) struct Payment<'a> {
    #[serde(borrow, default)]
    pub(super) reference: Field<'a>,
    #[serde(borrow, default)]
    pub(super) uuid: Field<'a>,
    #[serde(borrow, default)]
    pub(super) merchant_ref: Field<'a>,
    #[serde(borrow, default)]
    pub(super) payment_method: Field<'a>,
    #[serde(borrow, default)]
    pub(super) amount: Field<'a>,
    #[serde(borrow, default)]
    pub(super) fee_merchant: Field<'a>,
    #[serde(borrow, default)]
    pub(super) fee_customer: Field<'a>,
    #[serde(borrow, default)]
    pub(super) total_fee: Field<'a>,
    #[serde(borrow, default)]
    pub(super) amount_received: Field<'a>,
    #[serde(borrow, default)]
    pub(super) pay_code: Field<'a>,
    #[serde(borrow, default)]
    pub(super) pay_url: Field<'a>,
    #[serde(borrow, default)]
    pub(super) checkout_url: Field<'a>,
    #[serde(borrow, default)]
    pub(super) qr_string: Field<'a>,
    #[serde(borrow, default)]
    pub(super) qr_url: Field<'a>,
    #[serde(borrow, default)]
    pub(super) status: Field<'a>,
    #[serde(borrow, default)]
    pub(super) expired_time: Field<'a>,
    #[serde(borrow, default)]
    pub(super) expired_at: Field<'a>,
    #[serde(borrow, default)]
    pub(super) paid_at: Field<'a>,
}

/// A payment as callbacks tell it.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, default)]
    pub(super) reference: Field<'a>,
    #[serde(borrow, default)]
    pub(super) merchant_ref: Field<'a>,
    #[serde(borrow, default)]
    pub(super) payment_method_code: Field<'a>,
    #[serde(borrow, default)]
    pub(super) total_amount: Field<'a>,
    #[serde(borrow, default)]
    pub(super) fee_merchant: Field<'a>,
    #[serde(borrow, default)]
    pub(super) fee_customer: Field<'a>,
    #[serde(borrow, default)]
    pub(super) total_fee: Field<'a>,
    #[serde(borrow, default)]
    pub(super) amount_received: Field<'a>,
    #[serde(borrow, default)]
    pub(super) status: Field<'a>,
    #[serde(borrow, default)]
    pub(super) paid_at: Field<'a>,
}
