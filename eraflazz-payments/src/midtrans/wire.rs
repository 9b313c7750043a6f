//! What comes back on the wire. Source: docs.midtrans.com, "Sample Response": fields without a value are left out, new ones may appear.

use serde::Deserialize;

use crate::json::Field;

/// A payment as charges, questions, acts and notifications show it.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
pub(super) struct Payment<'a> {
    #[serde(borrow, default)]
    pub(super) status_code: Field<'a>,
    #[serde(borrow, default)]
    pub(super) transaction_id: Field<'a>,
    #[serde(borrow, default)]
    pub(super) order_id: Field<'a>,
    #[serde(borrow, default)]
    pub(super) merchant_id: Field<'a>,
    #[serde(borrow, default)]
    pub(super) gross_amount: Field<'a>,
    #[serde(borrow, default)]
    pub(super) currency: Field<'a>,
    #[serde(borrow, default)]
    pub(super) payment_type: Field<'a>,
    #[serde(borrow, default)]
    pub(super) transaction_status: Field<'a>,
    #[serde(borrow, default)]
    pub(super) fraud_status: Field<'a>,
    #[serde(borrow, default)]
    pub(super) signature_key: Field<'a>,
    #[serde(borrow, default)]
    pub(super) settlement_time: Field<'a>,
    #[serde(borrow, default)]
    pub(super) expiry_time: Field<'a>,
    #[serde(borrow, default)]
    pub(super) expire_time: Field<'a>,
    #[serde(borrow, default)]
    pub(super) va_numbers: Field<'a>,
    #[serde(borrow, default)]
    pub(super) permata_va_number: Field<'a>,
    #[serde(borrow, default)]
    pub(super) bill_key: Field<'a>,
    #[serde(borrow, default)]
    pub(super) biller_code: Field<'a>,
    #[serde(borrow, default)]
    pub(super) payment_code: Field<'a>,
    #[serde(borrow, default)]
    pub(super) redirect_url: Field<'a>,
    #[serde(borrow, default)]
    pub(super) actions: Field<'a>,
    #[serde(borrow, default)]
    pub(super) qr_string: Field<'a>,
    #[serde(borrow, default)]
    pub(super) refund_amount: Field<'a>,
    #[serde(borrow, default)]
    pub(super) refund_key: Field<'a>,
    #[serde(borrow, default)]
    pub(super) refunds: Field<'a>,
}

/// One of `va_numbers`.
#[derive(Deserialize)]
pub(super) struct VirtualAccount<'a> {
    #[serde(borrow, default)]
    pub(super) va_number: Field<'a>,
}

/// One of `actions`.
#[derive(Deserialize)]
pub(super) struct Action<'a> {
    #[serde(borrow, default)]
    pub(super) name: Field<'a>,
    #[serde(borrow, default)]
    pub(super) url: Field<'a>,
}

/// One of `refunds`.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
pub(super) struct Refund<'a> {
    #[serde(borrow, default)]
    pub(super) refund_key: Field<'a>,
    #[serde(borrow, default)]
    pub(super) refund_amount: Field<'a>,
    #[serde(borrow, default)]
    pub(super) bank_confirmed_at: Field<'a>,
}

/// Snap's answer: a token, or texts.
#[derive(Deserialize)]
pub(super) struct Snap<'a> {
    #[serde(borrow, default)]
    pub(super) token: Field<'a>,
    #[serde(borrow, default)]
    pub(super) redirect_url: Field<'a>,
    #[serde(borrow, default)]
    pub(super) error_messages: Field<'a>,
}
