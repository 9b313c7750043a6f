//! Channels, fees and instructions: for people and for pages, never for books. What was kept of a payment is in its own sighting.

use eraflazz_core::money::Money;
use eraflazz_core::supplier::ReadError;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{self, Field, Odd};

/// A fee: a part that is fixed and a share of the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// Whatever the amount.
    pub flat: Money,
    /// Of the amount, in millionths: 0.7 % is 7,000.
    pub ppm: i64,
}

/// A channel that is open to the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its code.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Tripay's group of it.
    pub group: Option<String>,
    /// Whether the customer goes on at a page instead of being shown a code.
    pub redirects: bool,
    /// Whether it may be offered now.
    pub active: bool,
    /// The part of the fee that we bear.
    pub fee_merchant: Fee,
    /// The part that the customer bears.
    pub fee_customer: Fee,
    /// Least amount.
    pub minimum: Option<Money>,
    /// Largest amount.
    pub maximum: Option<Money>,
}

/// What a payment of an amount would cost at one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeQuote {
    /// The channel.
    pub code: String,
    /// How it comes about.
    pub fee: Fee,
    /// Who bears how much.
    pub borne_by: Bearing,
}

/// Who bears how much of a fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearing {
    /// We do.
    pub merchant: Money,
    /// The customer does, on top of the amount.
    pub customer: Money,
}

/// How to pay in one way, step by step, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Where: "Internet Banking".
    pub title: String,
    /// The steps.
    pub steps: Vec<String>,
}

#[derive(Deserialize)]
struct FeeRow<'a> {
    #[serde(borrow, default)]
    flat: Field<'a>,
    #[serde(borrow, default)]
    percent: Field<'a>,
}

#[derive(Deserialize)]
struct ChannelRow<'a> {
    #[serde(borrow, default)]
    code: Field<'a>,
    #[serde(borrow, default)]
    name: Field<'a>,
    #[serde(borrow, default)]
    group: Field<'a>,
    #[serde(borrow, default, rename = "type")]
    kind: Field<'a>,
    #[serde(borrow, default)]
    active: Field<'a>,
    #[serde(borrow, default)]
    fee_merchant: Field<'a>,
    #[serde(borrow, default)]
    fee_customer: Field<'a>,
    #[serde(borrow, default)]
    minimum_amount: Field<'a>,
    #[serde(borrow, default)]
    maximum_amount: Field<'a>,
}

#[derive(Deserialize)]
struct QuoteRow<'a> {
    #[serde(borrow, default)]
    code: Field<'a>,
    #[serde(borrow, default)]
    fee: Field<'a>,
    #[serde(borrow, default)]
    total_fee: Field<'a>,
}

#[derive(Deserialize)]
struct BearingRow<'a> {
    #[serde(borrow, default)]
    merchant: Field<'a>,
    #[serde(borrow, default)]
    customer: Field<'a>,
}

#[derive(Deserialize)]
struct InstructionRow<'a> {
    #[serde(borrow, default)]
    title: Field<'a>,
    #[serde(borrow, default)]
    steps: Field<'a>,
}

pub(super) fn channels(data: Field<'_>) -> Result<Vec<Channel>, ReadError> {
    rows(data, |row| {
        let row: ChannelRow<'_> = json::inner(Some(row)).ok_or(Odd)?;
        Ok(Channel {
            code: required(row.code)?,
            name: required(row.name)?,
            group: json::shown(row.group),
            redirects: json::shown(row.kind).is_some_and(|kind| kind == "redirect"),
            // What does not say that it is open is not offered.
            active: row
                .active
                .is_some_and(|flag| matches!(flag.get(), "true" | "1")),
            fee_merchant: fee(row.fee_merchant)?,
            fee_customer: fee(row.fee_customer)?,
            minimum: json::rupiah(row.minimum_amount)?,
            maximum: json::rupiah(row.maximum_amount)?,
        })
    })
}

pub(super) fn quotes(data: Field<'_>) -> Result<Vec<FeeQuote>, ReadError> {
    rows(data, |row| {
        let row: QuoteRow<'_> = json::inner(Some(row)).ok_or(Odd)?;
        let bearing: BearingRow<'_> = json::inner(row.total_fee).ok_or(Odd)?;
        Ok(FeeQuote {
            code: required(row.code)?,
            fee: fee(row.fee)?,
            borne_by: Bearing {
                merchant: json::rupiah(bearing.merchant)?.ok_or(Odd)?,
                customer: json::rupiah(bearing.customer)?.ok_or(Odd)?,
            },
        })
    })
}

pub(super) fn instructions(data: Field<'_>) -> Result<Vec<Instruction>, ReadError> {
    rows(data, |row| {
        let row: InstructionRow<'_> = json::inner(Some(row)).ok_or(Odd)?;
        let steps = json::list(row.steps).ok_or(Odd)?;
        Ok(Instruction {
            title: required(row.title)?,
            steps: steps
                .into_iter()
                .map(|step| required(Some(step)))
                .collect::<Result<_, Odd>>()?,
        })
    })
}

/// Every row of a list, or an error: a list with a hole would say that something is not there.
fn rows<T>(
    data: Field<'_>,
    read: impl Fn(&RawValue) -> Result<T, Odd>,
) -> Result<Vec<T>, ReadError> {
    let unreadable = |what: &str| ReadError::Unreadable(what.to_owned());
    let rows = json::list(data).ok_or_else(|| unreadable("data: a list is expected"))?;
    rows.into_iter()
        .map(|row| read(row).map_err(|_| unreadable("data: a row with a field that is none")))
        .collect()
}

fn required(field: Field<'_>) -> Result<String, Odd> {
    json::text(field)?
        .map(std::borrow::Cow::into_owned)
        .ok_or(Odd)
}

/// A fee. The share is a number or a text, with up to two decimals.
fn fee(field: Field<'_>) -> Result<Fee, Odd> {
    let row: FeeRow<'_> = json::inner(field).ok_or(Odd)?;
    let share: Money = match json::text(row.percent)? {
        Some(text) => text.parse().map_err(|_| Odd)?,
        None => Money::ZERO,
    };
    if share < Money::ZERO {
        return Err(Odd);
    }
    Ok(Fee {
        flat: json::rupiah(row.flat)?.unwrap_or(Money::ZERO),
        ppm: share.hundredths().checked_mul(100).ok_or(Odd)?,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn a_channel_is_read_with_its_fees() {
        let data = raw(
            r#"[{"group":"E-Wallet","code":"QRIS2","name":"QRIS","type":"direct","fee_merchant":{"flat":750,"percent":"0.70"},"fee_customer":{"flat":0,"percent":0},"total_fee":{"flat":750,"percent":0.7},"minimum_fee":null,"maximum_fee":null,"minimum_amount":1000,"maximum_amount":5000000,"active":true},{"code":"OVO","name":"OVO","type":"redirect","fee_merchant":{"flat":0,"percent":3},"fee_customer":{"flat":0,"percent":"0.00"},"active":false}]"#,
        );
        let channels = channels(Some(&data)).unwrap();
        assert_eq!(channels[0].fee_merchant.ppm, 7_000);
        assert_eq!(channels[0].fee_merchant.flat, Money::rupiah(750).unwrap());
        assert_eq!(channels[0].maximum, Money::rupiah(5_000_000));
        assert!(channels[0].active && !channels[0].redirects);
        assert_eq!(channels[1].fee_merchant.ppm, 30_000);
        assert!(!channels[1].active && channels[1].redirects);
    }

    #[test]
    fn a_quote_says_who_bears_what() {
        let data = raw(
            r#"[{"code":"QRIS2","name":"QRIS","fee":{"flat":750,"percent":"0.70","min":null,"max":null},"total_fee":{"merchant":1450,"customer":0}}]"#,
        );
        let quotes = quotes(Some(&data)).unwrap();
        assert_eq!(quotes[0].borne_by.merchant, Money::rupiah(1_450).unwrap());
        assert_eq!(quotes[0].borne_by.customer, Money::ZERO);
    }

    #[test]
    fn instructions_are_steps() {
        let data = raw(r#"[{"title":"m-BCA","steps":["Buka m-BCA","Bayar {{pay_code}}"]}]"#);
        assert_eq!(instructions(Some(&data)).unwrap()[0].steps.len(), 2);
    }

    #[test]
    fn a_list_with_a_hole_is_no_list() {
        for bad in [
            r#"[{"code":"X"}]"#,
            "{}",
            "[1]",
            r#"[{"code":"A","name":"A","fee_merchant":{"flat":-1},"fee_customer":{}}]"#,
            r#"[{"code":"A","name":"A","fee_merchant":{"percent":"0.701"},"fee_customer":{}}]"#,
        ] {
            assert!(channels(Some(&raw(bad))).is_err(), "{bad}");
        }
    }
}
