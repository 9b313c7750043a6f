//! What callers ask for, as types. A request that exists has passed the rules of its fields.

use std::collections::BTreeMap;
use std::fmt;

use eraflazz_core::ids::InquiryId;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{Customer, Method};
use eraflazz_core::text::{DestinationText, ProductCode, RefId, Slug};

use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::openapi::{Shown, words};

/// `POST /api/v1/transactions`. Nothing about money or state can be bound from it but the caller's own price cap (T-2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransaction {
    /// The caller's reference: the key of idempotency.
    #[schema(value_type = words::RefId)]
    pub ref_id: RefId,
    /// What to buy; letters in either case.
    #[serde(deserialize_with = "any_case")]
    #[schema(value_type = words::AnyCaseProductCode)]
    pub product: ProductCode,
    /// For whom, as typed; the product's own rule is applied by the engine.
    #[schema(value_type = words::Target)]
    pub destination: DestinationText,
    /// Of a destination of several fields: all but the first by their names, in place of writing them behind it: `{"zone_id": "2012"}`.
    #[serde(default)]
    #[schema(value_type = Option<words::TargetFields>)]
    pub fields: Option<BTreeMap<Slug, DestinationText>>,
    /// What the caller will pay at most.
    #[serde(default, deserialize_with = "whole_rupiah")]
    #[schema(value_type = Option<words::Amount>)]
    pub max_price: Option<Money>,
    /// 2 to 99 for a wanted repeat of the same goods on the same day; 1 otherwise.
    #[serde(default = "one", deserialize_with = "counter")]
    #[schema(minimum = 1, maximum = 99, default = 1)]
    pub counter: u8,
    /// Of a bill: the `inquiry_id` of the answer that is paid.
    #[serde(default)]
    #[schema(value_type = Option<words::Uuid>)]
    pub inquiry_id: Option<InquiryId>,
}

impl Shown for NewTransaction {
    fn example() -> Value {
        json!({"ref_id": "TRX-0001", "product": "XL10", "destination": "087812345678", "max_price": 10_500})
    }
}

/// `POST /api/v1/inquiries`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = NewInquiry)]
#[serde(deny_unknown_fields)]
pub struct AskedFor {
    /// The caller's reference of the inquiry, which has nothing to do with those of orders: the same again gives the same answer.
    #[schema(value_type = words::RefId)]
    pub ref_id: RefId,
    /// About what; letters in either case.
    #[serde(deserialize_with = "any_case")]
    #[schema(value_type = words::AnyCaseProductCode)]
    pub product: ProductCode,
    /// Of whom, as typed.
    #[schema(value_type = words::Target)]
    pub destination: DestinationText,
    /// Of a destination of several fields: all but the first by their names, as in an order.
    #[serde(default)]
    #[schema(value_type = Option<words::TargetFields>)]
    pub fields: Option<BTreeMap<Slug, DestinationText>>,
}

impl Shown for AskedFor {
    fn example() -> Value {
        json!({"ref_id": "CEK-0001", "product": "PLNPASCA", "destination": "530000000001"})
    }
}

/// `POST /api/v1/deposits`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = NewGatewayDeposit)]
#[serde(deny_unknown_fields)]
pub struct NewDeposit {
    /// The caller's reference of the deposit, which has nothing to do with those of orders: the key of idempotency.
    #[schema(value_type = words::RefId)]
    pub ref_id: RefId,
    /// Through which gateway, as the list of channels names it.
    #[schema(value_type = words::Slug)]
    pub gateway: Slug,
    /// How it is paid, as the list of channels names it.
    #[serde(deserialize_with = "method")]
    #[schema(value_type = words::PayMethod)]
    pub method: Method,
    /// How much is credited; a fee that the customer bears comes on top.
    #[serde(deserialize_with = "rupiah")]
    #[schema(value_type = words::Amount)]
    pub amount: Money,
    /// Who pays.
    pub customer: Payer,
}

/// `POST /api/v1/transfers`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransfer {
    /// The caller's reference of the transfer, which has nothing to do with those of orders: the key of idempotency.
    #[schema(value_type = words::RefId)]
    pub ref_id: RefId,
    /// The code of the member who gets it: above or below the caller in the tree.
    #[schema(value_type = words::Slug)]
    pub to: Slug,
    /// How much.
    #[serde(deserialize_with = "rupiah")]
    #[schema(value_type = words::Amount)]
    pub amount: Money,
}

impl Shown for NewTransfer {
    fn example() -> Value {
        json!({"ref_id": "TF-0001", "to": "toko-maju", "amount": 250_000})
    }
}

/// Who pays: told to the gateway and not kept. Debug output shows none of it (INV-37).
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payer {
    /// Name.
    #[schema(value_type = words::PayerName)]
    pub name: String,
    /// E-mail address.
    #[schema(value_type = words::Email)]
    pub email: String,
    /// Telephone number.
    #[schema(value_type = words::Phone)]
    pub phone: String,
}

impl fmt::Debug for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payer(***)")
    }
}

impl From<Payer> for Customer {
    fn from(payer: Payer) -> Self {
        let Payer { name, email, phone } = payer;
        Self { name, email, phone }
    }
}

impl Shown for NewDeposit {
    fn example() -> Value {
        json!({
            "ref_id": "DEP-0001", "gateway": "tripay", "method": "qris", "amount": 100_000,
            "customer": {"name": "Toko Maju", "email": "kasir@toko-maju.example", "phone": "081234567890"},
        })
    }
}

/// The query of `POST /api/v1/transactions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// Milliseconds that the answer may be held back for a final state; at most [`Wait::MAX`].
    #[serde(default, deserialize_with = "at_most_8_s")]
    #[param(minimum = 0, maximum = 8000)]
    pub wait: u16,
}

impl Wait {
    /// The longest wait in milliseconds (D16).
    pub const MAX: u16 = 8_000;
}

fn any_case<'de, D: Deserializer<'de>>(source: D) -> Result<ProductCode, D::Error> {
    let text = String::deserialize(source)?;
    ProductCode::new(&text.to_ascii_uppercase()).map_err(de::Error::custom)
}

const WHOLE_RUPIAH: &str = "whole rupiah, 1 to 10^12";

/// Our own API takes integers only; [`Money`] itself would also read a text with decimals.
fn whole_rupiah<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Money>, D::Error> {
    let Some(rupiah) = Option::<i128>::deserialize(source)? else {
        return Ok(None);
    };
    i64::try_from(rupiah)
        .ok()
        .and_then(Money::rupiah)
        .filter(|amount| amount.is_positive())
        .map(Some)
        .ok_or_else(|| de::Error::custom(WHOLE_RUPIAH))
}

fn rupiah<'de, D: Deserializer<'de>>(source: D) -> Result<Money, D::Error> {
    whole_rupiah(source)?.ok_or_else(|| de::Error::custom(WHOLE_RUPIAH))
}

fn method<'de, D: Deserializer<'de>>(source: D) -> Result<Method, D::Error> {
    Method::of_word(&String::deserialize(source)?)
        .ok_or_else(|| de::Error::custom("a method of GET /api/v1/deposits/channels"))
}

const fn one() -> u8 {
    1
}

fn counter<'de, D: Deserializer<'de>>(source: D) -> Result<u8, D::Error> {
    // Wider than the field, so that the answer to any number outside is the field's own rule.
    let counter = i128::deserialize(source)?;
    u8::try_from(counter)
        .ok()
        .filter(|counter| (1..=99).contains(counter))
        .ok_or_else(|| de::Error::custom("1 to 99"))
}

fn at_most_8_s<'de, D: Deserializer<'de>>(source: D) -> Result<u16, D::Error> {
    let wait = i128::deserialize(source)?;
    u16::try_from(wait)
        .ok()
        .filter(|wait| *wait <= Wait::MAX)
        .ok_or_else(|| de::Error::custom("0 to 8000 milliseconds"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::strict::{Rule, read_json, read_query};

    fn with(field: &str, value: &str) -> Result<NewTransaction, (Rule, String)> {
        let mut order: serde_json::Value = serde_json::from_str(
            r#"{"ref_id":"TRX-0001","product":"s10","destination":"081234567890"}"#,
        )
        .unwrap();
        order[field] = serde_json::from_str(value).unwrap();
        read_json(order.to_string().as_bytes()).map_err(|fault| (fault.rule(), fault.pointer()))
    }

    #[test]
    fn an_order_is_read() {
        let order = with("max_price", "10500").unwrap();
        assert_eq!(order.product.as_str(), "S10");
        assert_eq!(order.max_price, Money::rupiah(10_500));
        assert_eq!(order.counter, 1);
        assert_eq!(with("max_price", "null").unwrap().max_price, None);
        assert_eq!(with("counter", "99").unwrap().counter, 99);
    }

    #[rstest]
    #[case("price")]
    #[case("status")]
    #[case("member_id")]
    #[case("balance")]
    #[case("role")]
    #[case("is_refunded")]
    #[case("Ref_Id")]
    #[case("cost")]
    fn t_02_nothing_else_can_be_bound(#[case] field: &str) {
        assert_eq!(
            with(field, "1"),
            Err((Rule::UnknownField, format!("/{field}")))
        );
    }

    #[rstest]
    #[case("ref_id", r#""TRX|1""#)]
    #[case("ref_id", r#""TRX&1""#)]
    #[case("ref_id", r#""TRX=1""#)]
    #[case("ref_id", r#""""#)]
    #[case("product", r#""S1.0""#)]
    #[case("product", r#""S10\n""#)]
    #[case("destination", r#""0812|3456""#)]
    #[case("destination", r#""0812\u0000""#)]
    #[case("destination", r#""０８１２""#)]
    #[case("destination", r#""0812\r\n""#)]
    fn t_05_signed_fields_hold_no_boundary_characters(#[case] field: &str, #[case] value: &str) {
        assert_eq!(with(field, value), Err((Rule::Value, format!("/{field}"))));
    }

    #[rstest]
    #[case("max_price", "0", Rule::Value)]
    #[case("max_price", "1000000000001", Rule::Value)]
    #[case("max_price", "18446744073709551615", Rule::Value)]
    #[case("max_price", "-1", Rule::Value)]
    #[case("max_price", r#""10500""#, Rule::Type)]
    #[case("max_price", r#""1000 ""#, Rule::Type)]
    #[case("max_price", "10500.0", Rule::Number)]
    #[case("counter", "0", Rule::Value)]
    #[case("counter", "100", Rule::Value)]
    #[case("counter", "300", Rule::Value)]
    #[case("counter", r#""2""#, Rule::Type)]
    #[case("destination", "81234567890", Rule::Type)]
    fn t_10_numbers_are_exact_or_refused(
        #[case] field: &str,
        #[case] value: &str,
        #[case] rule: Rule,
    ) {
        assert_eq!(with(field, value), Err((rule, format!("/{field}"))));
    }

    #[rstest]
    #[case("256", "1 to 99")]
    #[case("-1", "1 to 99")]
    #[case("null", "a whole number is expected, not null")]
    #[case(r#""2""#, "a whole number is expected, not a text")]
    #[case("[2]", "a whole number is expected, not a list")]
    fn a_rule_is_told_without_a_type_of_rust(#[case] counter: &str, #[case] rule: &str) {
        let body = format!(
            r#"{{"ref_id":"A","product":"XL10","destination":"0878","counter":{counter}}}"#
        );
        let fault = read_json::<NewTransaction>(body.as_bytes()).unwrap_err();
        assert_eq!((fault.field().as_str(), fault.detail()), ("counter", rule));
    }

    #[rstest]
    #[case(None, Some(0))]
    #[case(Some("wait=8000"), Some(8_000))]
    #[case(Some("wait=8001"), None)]
    #[case(Some("wait=-1"), None)]
    #[case(Some("wait=1.5"), None)]
    #[case(Some("wait="), None)]
    #[case(Some("max_price=1"), None)]
    fn t_06_the_query_waits_and_nothing_else(
        #[case] query: Option<&str>,
        #[case] wait: Option<u16>,
    ) {
        assert_eq!(read_query::<Wait>(query).ok().map(|w| w.wait), wait);
    }
}
