//! The bodies that we write: charges and Snap pages. The same payment gives the same bytes. Pure.
//!
//! Source: docs.midtrans.com, "Charge Transactions" and "Request Body JSON Parameter".

use eraflazz_core::payment::{Amount, Bank, Method, NewPayment, PaymentReason, Store, Wallet};
use eraflazz_core::time::Timestamp;
use serde_json::{Map, Value, json};

const BILL_INFO_CHARS: usize = 30;

/// The body of a charge (or, for [`Method::Page`], of a page), or why none is sent.
pub(super) fn body(payment: &NewPayment, acquirer: &str) -> Result<Value, PaymentReason> {
    let Amount::Fixed(amount) = payment.amount else {
        return Err(PaymentReason::NotOffered);
    };
    let amount = amount.whole_rupiah().ok_or(PaymentReason::BadRequest)?;
    let items: Vec<Value> = payment
        .items
        .iter()
        .map(|item| {
            json!({ "id": item.sku, "price": item.price.floor_rupiah(), "quantity": item.quantity, "name": item.name })
        })
        .collect();
    let customer = &payment.customer;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    put(
        "transaction_details",
        json!({ "order_id": payment.code.as_str(), "gross_amount": amount }),
    );
    put("item_details", Value::Array(items));
    put(
        "customer_details",
        json!({ "first_name": customer.name, "email": customer.email, "phone": customer.phone }),
    );
    let minutes = payment.expires_in.map(|wait| wait.as_secs() / 60);
    let starts = written(payment.created_at);
    if payment.method == Method::Page {
        if let Some(minutes) = minutes {
            put(
                "expiry",
                json!({ "start_time": starts, "unit": "minute", "duration": minutes }),
            );
        }
        if let Some(url) = &payment.return_url {
            put("callbacks", json!({ "finish": url }));
        }
        return Ok(Value::Object(body));
    }
    let (kind, details) = method(payment, acquirer)?;
    put("payment_type", json!(kind));
    put(kind, details);
    // Cards ignore it.
    if let Some(minutes) = minutes.filter(|_| payment.method != Method::Card) {
        put(
            "custom_expiry",
            json!({ "order_time": starts, "expiry_duration": minutes, "unit": "minute" }),
        );
    }
    Ok(Value::Object(body))
}

/// Midtrans's word for a method, and what goes with it.
fn method(payment: &NewPayment, acquirer: &str) -> Result<(&'static str, Value), PaymentReason> {
    let first = payment.items.first();
    let name = first.map_or("", |item| item.name.as_str());
    let wallet = || match &payment.return_url {
        Some(url) => json!({ "callback_url": url }),
        None => json!({}),
    };
    Ok(match payment.method {
        Method::Bank(Bank::Mandiri) => {
            let what: String = name.chars().take(BILL_INFO_CHARS).collect();
            (
                "echannel",
                json!({ "bill_info1": "Bayar:", "bill_info2": what }),
            )
        }
        Method::Bank(bank) => ("bank_transfer", json!({ "bank": bank_word(bank)? })),
        Method::Wallet(Wallet::Gopay) => {
            let mut details = wallet();
            if let (Some(fields), Some(_)) = (details.as_object_mut(), &payment.return_url) {
                fields.insert("enable_callback".to_owned(), Value::Bool(true));
            }
            ("gopay", details)
        }
        Method::Wallet(Wallet::Shopeepay) => ("shopeepay", wallet()),
        Method::Qris => ("qris", json!({ "acquirer": acquirer })),
        Method::Card => {
            let card = payment.card.as_ref().ok_or(PaymentReason::CardToken)?;
            let mut details =
                json!({ "token_id": card.token, "authentication": card.authenticate });
            if let (Some(fields), true) = (details.as_object_mut(), card.reserve_only) {
                fields.insert("type".to_owned(), json!("authorize"));
            }
            ("credit_card", details)
        }
        Method::Store(Store::Indomaret) => {
            ("cstore", json!({ "store": "indomaret", "message": name }))
        }
        // Alfamart's receipts are split at this character.
        Method::Store(Store::Alfamart)
            if payment.items.iter().any(|item| item.name.contains('|')) =>
        {
            return Err(PaymentReason::BadRequest);
        }
        Method::Store(Store::Alfamart) => {
            ("cstore", json!({ "store": "alfamart", "message": name }))
        }
        Method::Wallet(Wallet::Dana | Wallet::Ovo)
        | Method::Store(Store::Alfamidi)
        | Method::Page
        | Method::Transfer => {
            return Err(PaymentReason::NotOffered);
        }
    })
}

const fn bank_word(bank: Bank) -> Result<&'static str, PaymentReason> {
    match bank {
        Bank::Bca => Ok("bca"),
        Bank::Bni => Ok("bni"),
        Bank::Bri => Ok("bri"),
        Bank::Permata => Ok("permata"),
        Bank::Cimb => Ok("cimb"),
        Bank::Mandiri | Bank::Bsi | Bank::Danamon | Bank::Muamalat | Bank::Ocbc | Bank::Other => {
            Err(PaymentReason::NotOffered)
        }
    }
}

/// A point in time as requests name it, `2026-01-01 07:00:00 +0700`.
fn written(at: Timestamp) -> String {
    let text = at.to_string();
    let (date, time) = text.split_once('T').unwrap_or_default();
    format!("{date} {} +0700", time.get(..8).unwrap_or_default())
}
