//! What is sold, through whom and for how much, as a person writes it.

use std::fmt;

use eraflazz_core::catalog::{
    CutOff, DestinationRule, InputField, Operator, ProductKind, TargetForm,
};
use eraflazz_core::money::Money;
use eraflazz_core::text::{ProductCode, Sku, Slug};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, one_of, words};

/// `[[categories]]`: a group of products with prices of its own (kategori).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategorySeed {
    /// Its name in this file.
    #[schema(value_type = words::Slug)]
    pub slug: Slug,
    /// Its name for people.
    #[schema(value_type = words::PersonName)]
    pub name: String,
}

/// `[[tiers]]`: a level of prices.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TierSeed {
    /// Its name in this file.
    #[schema(value_type = words::Slug)]
    pub slug: Slug,
    /// Its name for people.
    #[schema(value_type = words::PersonName)]
    pub name: String,
}

/// `[[suppliers]]`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplierSeed {
    /// Its name here and in the settings.
    #[schema(value_type = words::Slug)]
    pub slug: Slug,
    /// Its name for people.
    #[schema(value_type = words::PersonName)]
    pub name: String,
    /// Whether it is bought from; yes for a new one, as it is for one that is there.
    pub active: Option<bool>,
    /// How many purchases are made there in a day at most; as it is for one that is there.
    #[schema(maximum = 4_294_967_295_u32)]
    pub quota_orders: Option<u32>,
    /// For how much are made there in a day at most; as it is for one that is there.
    #[schema(value_type = Option<words::PriceOrZero>)]
    pub quota_amount: Option<Money>,
    /// Our deposit there as of now (saldo di supplier).
    #[serde(default)]
    #[schema(value_type = words::Price)]
    pub float: Money,
}

/// `[[products]]`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductSeed {
    /// What members type.
    #[schema(value_type = words::ProductCode)]
    pub code: ProductCode,
    /// Its name for people.
    #[schema(value_type = words::PersonName)]
    pub name: String,
    /// The `slug` of its category.
    #[schema(value_type = words::Slug)]
    pub category: Slug,
    /// The brand as price lists spell it; the name of the category if there is none.
    #[schema(value_type = Option<words::PersonName>)]
    pub brand: Option<String>,
    /// What its destination must look like.
    #[schema(value_type = words::Destination)]
    pub destination: DestinationSeed,
    /// What a form asks the buyer for, in this order; of one that is there what it asks already.
    #[schema(value_type = Option<Vec<words::InputField>>)]
    pub input_fields: Option<Vec<InputField>>,
    /// What prices are built on (D20).
    #[schema(value_type = words::PriceOrZero)]
    pub base_price: Money,
    /// What must be left of the sell price.
    #[serde(default)]
    #[schema(value_type = words::Price)]
    pub min_margin: Money,
    /// Whether it may be sold below cost.
    #[serde(default)]
    pub loss_leader: bool,
    /// Daily closed window in Jakarta time: `23:45-00:15`.
    #[schema(value_type = Option<words::Window>)]
    pub cut_off: Option<CutOff>,
    /// Whether it may be bought again for one destination on one day without a counter.
    #[serde(default)]
    pub multi: bool,
    /// Whether a success without a serial number waits for it.
    #[serde(default)]
    pub sn_required: bool,
    /// Whether it is sold; yes for a new one, as it is for one that is there.
    pub active: Option<bool>,
    /// `prepaid`, or `postpaid` for a bill: its `base_price` and the `cost` of its mappings are 0, because what it comes to is asked first.
    #[serde(default = "usual_kind")]
    #[schema(value_type = String, pattern = "^(prepaid|postpaid)$")]
    pub kind: ProductKind,
}

const fn usual_kind() -> ProductKind {
    ProductKind::Prepaid
}

/// What a destination must look like: `"phone"`, `{ phone = ["telkomsel", "by_u"] }`, `"pln_meter"`, `{ digits = [16, 16] }`,
/// `{ player = [6, 10], zone = [4, 5] }`, `"fields"`: the product's own `input_fields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationSeed(pub DestinationRule);

/// A destination rule without details.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PlainDestination {
    /// Any mobile number, as for e-money.
    Phone,
    /// A PLN meter number or customer id.
    PlnMeter,
    /// The product's own input fields.
    Fields,
}

/// A destination rule with details: `phone` with or without `strict`, or `digits`, or `player` with `zone`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailedDestination {
    /// Whose numbers.
    phone: Option<Vec<Operator>>,
    /// Whether another operator's number is refused rather than warned about.
    strict: Option<bool>,
    /// Fewest and most digits.
    digits: Option<[u8; 2]>,
    /// Fewest and most digits of a player's id.
    player: Option<[u8; 2]>,
    /// And of the zone.
    zone: Option<[u8; 2]>,
}

impl Serialize for DestinationSeed {
    /// As a file writes it.
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let written = match &self.0 {
            DestinationRule::Phone { operators, strict } if operators.is_empty() && !strict => {
                json!("phone")
            }
            DestinationRule::Phone { operators, strict } => {
                json!({"phone": operators, "strict": strict})
            }
            DestinationRule::PlnMeter => json!("pln_meter"),
            DestinationRule::Digits { min, max } => json!({"digits": [min, max]}),
            DestinationRule::Player {
                id_min,
                id_max,
                zone_min,
                zone_max,
            } => json!({"player": [id_min, id_max], "zone": [zone_min, zone_max]}),
            DestinationRule::Fields => json!("fields"),
        };
        written.serialize(to)
    }
}

const DESTINATION: &str = r#"one of "phone", "pln_meter", "fields", { phone = [operators] }, { digits = [min, max] }, { player = [min, max], zone = [min, max] }"#;

impl<'de> Deserialize<'de> for DestinationSeed {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(DestinationVisitor).map(Self)
    }
}

struct DestinationVisitor;

impl<'de> de::Visitor<'de> for DestinationVisitor {
    type Value = DestinationRule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DESTINATION)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DestinationRule, E> {
        match PlainDestination::deserialize(text.into_deserializer())? {
            PlainDestination::Phone => Ok(DestinationRule::Phone {
                operators: Vec::new(),
                strict: false,
            }),
            PlainDestination::PlnMeter => Ok(DestinationRule::PlnMeter),
            PlainDestination::Fields => Ok(DestinationRule::Fields),
        }
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<DestinationRule, A::Error> {
        let detailed = DetailedDestination::deserialize(MapAccessDeserializer::new(map))?;
        let DetailedDestination {
            phone,
            strict,
            digits,
            player,
            zone,
        } = detailed;
        match (phone, strict, digits, player, zone) {
            (Some(operators), strict, None, None, None) => Ok(DestinationRule::Phone {
                operators,
                strict: strict.unwrap_or(false),
            }),
            (None, None, Some([min, max]), None, None) => Ok(DestinationRule::Digits { min, max }),
            (None, None, None, Some([id_min, id_max]), Some([zone_min, zone_max])) => {
                Ok(DestinationRule::Player {
                    id_min,
                    id_max,
                    zone_min,
                    zone_max,
                })
            }
            _ => Err(de::Error::custom(DESTINATION)),
        }
    }
}

/// `[[mappings]]`: one supplier's route of one product.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingSeed {
    /// The `code` of the product.
    #[schema(value_type = words::ProductCode)]
    pub product: ProductCode,
    /// The `slug` of the supplier.
    #[schema(value_type = words::Slug)]
    pub supplier: Slug,
    /// The supplier's code.
    #[schema(value_type = words::Sku)]
    pub sku: Sku,
    /// What the supplier charges (HPP).
    #[schema(value_type = words::Price)]
    pub cost: Money,
    /// The operator's wish, lower first.
    #[serde(default = "usual_priority")]
    #[schema(maximum = 65_535)]
    pub priority: u16,
    /// What the supplier has left; unlimited if not given.
    pub stock: Option<u64>,
    /// Daily closed window of this route.
    #[schema(value_type = Option<words::Window>)]
    pub cut_off: Option<CutOff>,
    /// Whether this route is used; yes for a new one, as it is for one that is there.
    pub active: Option<bool>,
    /// How this supplier is told a destination of several fields: `{user_id}{zone_id}`; the normal form if not given, `12345678(2012)`.
    #[schema(value_type = Option<words::TargetForm>)]
    pub form: Option<TargetForm>,
    /// How many purchases go this way in a day at most; as it is for one that is there.
    #[schema(maximum = 4_294_967_295_u32)]
    pub quota_orders: Option<u32>,
    /// For how much go this way in a day at most; as it is for one that is there.
    #[schema(value_type = Option<words::PriceOrZero>)]
    pub quota_amount: Option<Money>,
}

const fn usual_priority() -> u16 {
    100
}

/// `[[prices]]`: for a tier *or* a member, about a category *or* a product, by an amount *or* a rate *or* as a whole.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceSeed {
    /// The `slug` of the tier that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub tier: Option<Slug>,
    /// The `code` of the member that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub member: Option<Slug>,
    /// The `slug` of the category that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub category: Option<Slug>,
    /// The `code` of the product that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::ProductCode>)]
    pub product: Option<ProductCode>,
    /// Base price plus this amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Price>)]
    pub flat: Option<Money>,
    /// Base price plus this many millionths of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -1_000_000, maximum = 10_000_000)]
    pub ppm: Option<i32>,
    /// This price, whatever the base price is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Cost>)]
    pub sell: Option<Money>,
}

impl PriceSeed {
    /// The field that says how much.
    pub const fn amount_field(&self) -> &'static str {
        if self.flat.is_some() {
            "flat"
        } else if self.ppm.is_some() {
            "ppm"
        } else {
            "sell"
        }
    }
}

impl Shown for PriceSeed {
    fn example() -> Value {
        json!({"tier": "retail", "category": "pulsa", "flat": 500})
    }

    fn together() -> Option<Value> {
        Some(json!({"allOf": [
            one_of(&["tier", "member"]),
            one_of(&["category", "product"]),
            one_of(&["flat", "ppm", "sell"]),
        ]}))
    }
}

/// The catalog part of a seed file, as a request carries it: what [`Seed`](super::Seed) reads but for members and operators.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogFile {
    /// Groups of products.
    #[serde(default)]
    pub categories: Vec<CategorySeed>,
    /// Levels of prices.
    #[serde(default)]
    pub tiers: Vec<TierSeed>,
    /// Suppliers, each configured under the same name in the settings.
    #[serde(default)]
    pub suppliers: Vec<SupplierSeed>,
    /// What is sold.
    #[serde(default)]
    pub products: Vec<ProductSeed>,
    /// Through whom.
    #[serde(default)]
    pub mappings: Vec<MappingSeed>,
    /// For how much.
    #[serde(default)]
    pub prices: Vec<PriceSeed>,
}

impl CatalogFile {
    /// An example as TOML.
    pub const TOML: &str = "[[categories]]\nslug = \"pulsa\"\nname = \"Pulsa\"\n\n[[products]]\ncode = \"XL10\"\nname = \"XL 10.000\"\ncategory = \"pulsa\"\ndestination = { phone = [\"xl\"] }\nbase_price = \"10050.50\"\n";
}

impl Shown for CatalogFile {
    fn example() -> Value {
        json!({
            "categories": [{"slug": "pulsa", "name": "Pulsa"}],
            "products": [{
                "code": "XL10", "name": "XL 10.000", "category": "pulsa", "brand": "XL", "destination": {"phone": ["xl"]},
                "base_price": "10050.50", "sn_required": true,
            }],
            "mappings": [{"product": "XL10", "supplier": "digiflazz", "sku": "xld10", "cost": "10050.50"}],
            "prices": [PriceSeed::example()],
        })
    }

    /// Money is booked, not imported.
    fn together() -> Option<Value> {
        let no_float = json!({"properties": {"float": {"const": 0}}});
        Some(json!({"properties": {"suppliers": {"items": no_float}}}))
    }
}
