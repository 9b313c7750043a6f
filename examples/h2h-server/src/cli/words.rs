//! Arguments as typed values: whatever the API would refuse is refused before anything is asked.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::admin::Amount;

/// A word of the API: `shop`, `admin:*`, `2001:db8::/32`.
pub fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::from(text)).map_err(|error| error.to_string())
}

/// Whole rupiah in plain digits.
pub fn amount(text: &str) -> Result<Amount, String> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = plain.then(|| serde_json::from_str(text).ok()).flatten();
    read.ok_or_else(|| "whole rupiah in plain digits, 1 to 10^12".to_owned())
}

/// An order by its id or its code.
pub fn order(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("the id of an order, or its code like TRX-20260131-0A1B2C3D".to_owned())
    }
}

/// `PRODUCT/SUPPLIER/SKU`.
pub fn route(text: &str) -> Result<crate::admin::SwitchedRoute, String> {
    let rule = || "PRODUCT/SUPPLIER/SKU, as `catalog show` names them".to_owned();
    let mut parts = text.splitn(3, '/');
    let mut next = || parts.next().ok_or_else(rule);
    let (product, supplier, sku) = (next()?, next()?, next()?);
    Ok(crate::admin::SwitchedRoute {
        product: parsed(product)?,
        supplier: parsed(supplier)?,
        sku: parsed(sku)?,
    })
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|error: T::Err| format!("{text}: {error}"))
}
