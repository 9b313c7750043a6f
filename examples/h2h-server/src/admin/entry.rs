//! The entries of the catalog one by one: categories, products, mappings, suppliers. Each is told with a version, and changed by whoever names it. None is
//! ever removed, because orders name them; they are closed.

use eraflazz_core::catalog::{CutOff, InputField, ProductKind, TargetForm};
use eraflazz_core::money::Money;
use eraflazz_core::text::{ProductCode, Sku, Slug};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::account::AccountSettings;
use crate::openapi::{Shown, words};
use crate::seed::DestinationSeed;

/// `null` is something that was given.
#[expect(
    clippy::option_option,
    reason = "not given, null, and a value are three things"
)]
fn is_given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// `POST /api/v1/admin/categories`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategory {
    /// Its name in requests and files, unique.
    #[schema(value_type = words::Slug)]
    pub slug: Slug,
    /// Its name for people.
    #[schema(value_type = words::PersonName)]
    pub name: String,
    /// Whether its products are sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// `POST /api/v1/admin/categories/{slug}`. What is given is set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryChange {
    /// The version that was seen.
    #[schema(value_type = words::SeenVersion)]
    pub version: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PersonName>)]
    pub name: Option<String>,
    /// Whether its products are sold: closed, none of them is, whatever they say of themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// A category.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CategoryTold {
    /// Its name in requests and files.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Whether its products are sold.
    pub active: bool,
    /// What a change names.
    pub version: String,
}

/// `POST /api/v1/admin/products`. What is not given is as usual.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// What members type, unique.
    #[schema(value_type = words::ProductCode)]
    pub code: ProductCode,
    /// Its name for people.
    #[schema(value_type = words::PersonName)]
    pub name: String,
    /// The slug of its category.
    #[schema(value_type = words::Slug)]
    pub category: Slug,
    /// The brand as price lists spell it; the name of the category if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PersonName>)]
    pub brand: Option<String>,
    /// What its destination must look like.
    #[schema(value_type = words::Destination)]
    pub destination: DestinationSeed,
    /// What prices are built on.
    #[schema(value_type = words::PriceOrZero)]
    pub base_price: Money,
    /// What a form asks the buyer for, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<words::InputField>>)]
    pub input_fields: Option<Vec<InputField>>,
    /// What must be left of the sell price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Price>)]
    pub min_margin: Option<Money>,
    /// Whether it may be sold below cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_leader: Option<bool>,
    /// Daily closed window in Jakarta time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Window>)]
    pub cut_off: Option<CutOff>,
    /// Whether it may be bought again for one destination on one day without a counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi: Option<bool>,
    /// Whether a success without a serial number waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sn_required: Option<bool>,
    /// Whether it is sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// `POST /api/v1/admin/products/{code}`. What is given is set, the rest stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductChange {
    /// The version that was seen.
    #[schema(value_type = words::SeenVersion)]
    pub version: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PersonName>)]
    pub name: Option<String>,
    /// The slug of its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub category: Option<Slug>,
    /// The brand as price lists spell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PersonName>)]
    pub brand: Option<String>,
    /// What its destination must look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Destination>)]
    pub destination: Option<DestinationSeed>,
    /// What prices are built on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PriceOrZero>)]
    pub base_price: Option<Money>,
    /// What a form asks the buyer for, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<words::InputField>>)]
    pub input_fields: Option<Vec<InputField>>,
    /// What must be left of the sell price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Price>)]
    pub min_margin: Option<Money>,
    /// Whether it may be sold below cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_leader: Option<bool>,
    /// Daily closed window in Jakarta time; `null` for none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    #[schema(value_type = Option<words::Window>)]
    pub cut_off: Option<Option<CutOff>>,
    /// Whether it may be bought again for one destination on one day without a counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi: Option<bool>,
    /// Whether a success without a serial number waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sn_required: Option<bool>,
    /// Whether it is sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// A product, whole.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, told by name"
)]
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GoodsTold {
    /// What members type.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The slug of its category.
    pub category: String,
    /// The brand as price lists spell it.
    pub brand: String,
    /// How it is bought: `prepaid`.
    #[schema(value_type = String)]
    pub kind: ProductKind,
    /// What its destination must look like.
    #[schema(value_type = words::Destination)]
    pub destination: DestinationSeed,
    /// What a form asks the buyer for.
    #[schema(value_type = Vec<words::InputField>)]
    pub input_fields: Vec<InputField>,
    /// What prices are built on.
    #[schema(value_type = words::Money)]
    pub base_price: Money,
    /// What must be left of the sell price.
    #[schema(value_type = words::Money)]
    pub min_margin: Money,
    /// Whether it may be sold below cost.
    pub loss_leader: bool,
    /// Daily closed window.
    #[schema(required = true, value_type = Option<words::Window>)]
    pub cut_off: Option<CutOff>,
    /// Whether it may be bought again without a counter.
    pub multi: bool,
    /// Whether a success without a serial number waits for it.
    pub sn_required: bool,
    /// Whether it is sold.
    pub active: bool,
    /// What a change names.
    pub version: String,
}

/// `POST /api/v1/admin/mappings`: one supplier's route of one product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMapping {
    /// The code of the product.
    #[schema(value_type = words::ProductCode)]
    pub product: ProductCode,
    /// The slug of the supplier.
    #[schema(value_type = words::Slug)]
    pub supplier: Slug,
    /// The supplier's code.
    #[schema(value_type = words::Sku)]
    pub sku: Sku,
    /// What the supplier charges (HPP).
    #[schema(value_type = words::Cost)]
    pub cost: Money,
    /// The operator's wish, lower first; 100 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 65_535)]
    pub priority: Option<u16>,
    /// What the supplier has left; unlimited if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u64>,
    /// Daily closed window of this route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Window>)]
    pub cut_off: Option<CutOff>,
    /// Whether it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// How this supplier is told a destination of several fields; the normal form if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::TargetForm>)]
    pub form: Option<TargetForm>,
    /// How many purchases go this way in a day at most; no quota if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 4_294_967_295_u32)]
    pub quota_orders: Option<u32>,
    /// For how much go this way in a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PriceOrZero>)]
    pub quota_amount: Option<Money>,
}

/// `POST /api/v1/admin/mappings/{id}`. What is given is set, the rest stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingChange {
    /// The version that was seen.
    #[schema(value_type = words::SeenVersion)]
    pub version: String,
    /// What the supplier charges (HPP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Cost>)]
    pub cost: Option<Money>,
    /// The operator's wish, lower first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 65_535)]
    pub priority: Option<u16>,
    /// What the supplier has left; `null` for unlimited.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    #[schema(value_type = Option<u64>)]
    pub stock: Option<Option<u64>>,
    /// Daily closed window of this route; `null` for none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    #[schema(value_type = Option<words::Window>)]
    pub cut_off: Option<Option<CutOff>>,
    /// Whether it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// How this supplier is told a destination of several fields; `null` for the normal form.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    #[schema(value_type = Option<words::TargetForm>)]
    pub form: Option<Option<TargetForm>>,
    /// How many purchases go this way in a day at most; `null` for any number.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    #[schema(value_type = Option<u32>, maximum = 4_294_967_295_u32)]
    pub quota_orders: Option<Option<u32>>,
    /// For how much go this way in a day at most; `null` for any amount.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    #[schema(value_type = Option<words::PriceOrZero>)]
    pub quota_amount: Option<Option<Money>>,
}

/// A mapping.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MappingTold {
    /// Its number.
    pub id: u32,
    /// The code of the product.
    pub product: String,
    /// The slug of the supplier.
    pub supplier: String,
    /// The supplier's code.
    pub sku: String,
    /// What the supplier charges.
    #[schema(value_type = words::Money)]
    pub cost: Money,
    /// The operator's wish, lower first.
    pub priority: u16,
    /// What is left; unlimited if null.
    #[schema(required = true)]
    pub stock: Option<u64>,
    /// Daily closed window.
    #[schema(required = true, value_type = Option<words::Window>)]
    pub cut_off: Option<CutOff>,
    /// Whether we use it.
    pub active: bool,
    /// Whether the supplier sells it, as last synced.
    pub listed: bool,
    /// How this supplier is told a destination of several fields.
    #[schema(required = true, value_type = Option<words::TargetForm>)]
    pub form: Option<TargetForm>,
    /// How many purchases go this way in a day at most.
    #[schema(required = true)]
    pub quota_orders: Option<u32>,
    /// For how much go this way in a day at most.
    #[schema(required = true, value_type = Option<words::Money>)]
    pub quota_amount: Option<Money>,
    /// What a change names.
    pub version: String,
}

/// `POST /api/v1/admin/suppliers`: one that the settings of the server name, or one that brings its own.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSupplier {
    /// Its name here and in the settings.
    #[schema(value_type = words::Slug)]
    pub slug: Slug,
    /// Its name for people.
    #[schema(value_type = words::PersonName)]
    pub name: String,
    /// Whether it is bought from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// How many purchases are made there in a day at most; no quota if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 4_294_967_295_u32)]
    pub quota_orders: Option<u32>,
    /// For how much are made there in a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PriceOrZero>)]
    pub quota_amount: Option<Money>,
    /// What a settings file would have as `[suppliers.<slug>]`, in the same words. Secrets go in and never come out. Needs `admin:*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::AccountSettings>)]
    pub settings: Option<AccountSettings>,
}

/// `POST /api/v1/admin/suppliers/{slug}`. What is given is set, the rest stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplierChange {
    /// The version that was seen.
    #[schema(value_type = words::SeenVersion)]
    pub version: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PersonName>)]
    pub name: Option<String>,
    /// Whether it is bought from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// How many purchases are made there in a day at most; `null` for any number.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    #[schema(value_type = Option<u32>, maximum = 4_294_967_295_u32)]
    pub quota_orders: Option<Option<u32>>,
    /// For how much are made there in a day at most; `null` for any amount.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    #[schema(value_type = Option<words::PriceOrZero>)]
    pub quota_amount: Option<Option<Money>>,
    /// Settings that are set, as for a new one; `null` takes one away. An account stays the one it is, and with another address come its secrets. Needs
    /// `admin:*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::AccountSettings>)]
    pub settings: Option<AccountSettings>,
}

/// A balance that was read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BalanceTold {
    /// What the supplier said.
    #[schema(value_type = words::Money)]
    pub left: Money,
    /// When.
    pub read_at: String,
}

/// Where the settings of a supplier are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptIn {
    /// In the settings file, and changed there.
    File,
    /// In the catalog, and changed here.
    Catalog,
}

/// A supplier and how it is.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, told by name"
)]
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SupplierTold {
    /// Its name here and in the settings.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Whether it is bought from.
    pub active: bool,
    /// Whether it has an adapter: without one nothing is bought there.
    pub configured: bool,
    /// Where its settings are: `file`, `catalog`, or nowhere.
    #[schema(required = true)]
    pub kept_in: Option<KeptIn>,
    /// Those of its settings that no secrets are, where the catalog keeps them.
    #[schema(required = true, value_type = Option<words::AccountSettings>)]
    pub settings: Option<AccountSettings>,
    /// The names of those that are.
    pub secrets: Vec<String>,
    /// Our deposit there, by our books.
    #[schema(value_type = words::Money)]
    pub deposit: Money,
    /// What open purchases may still cost there.
    #[schema(value_type = words::Money)]
    pub exposure: Money,
    /// What is left to buy for once everything under way is billed, by our books or by what it said last, whichever is less.
    #[schema(required = true, value_type = Option<words::Money>)]
    pub free: Option<Money>,
    /// How many purchases are made there in a day at most.
    #[schema(required = true)]
    pub quota_orders: Option<u32>,
    /// For how much are made there in a day at most.
    #[schema(required = true, value_type = Option<words::Money>)]
    pub quota_amount: Option<Money>,
    /// How many purchases of today count in its quota, while it has one.
    pub quota_used_orders: u32,
    /// For how much.
    #[schema(value_type = words::Money)]
    pub quota_used_amount: Money,
    /// What it said last is left of our deposit; nothing if it was not asked since this process began.
    #[schema(required = true)]
    pub balance: Option<BalanceTold>,
    /// Purchases under way in this process.
    pub in_flight: u32,
    /// Orders that wait for their turn there in this process.
    pub waiting: usize,
    /// How many of a million purchases were delivered by their first answer lately, as this process saw it; old failures are forgotten by halves every ten minutes.
    #[schema(maximum = 1_000_000)]
    pub success_ppm: u32,
    /// How many of a million were left in doubt by it.
    #[schema(maximum = 1_000_000)]
    pub doubt_ppm: u32,
    /// How long a definite answer takes lately, in milliseconds; 0 before the first.
    pub latency_ms: u32,
    /// Whether nothing is bought because its account is empty or refused us; a good read of the balance mends that, or another account.
    pub tripped: bool,
    /// Whether it is bought from just now.
    pub open: bool,
    /// If not, why: `supplier switched off`, `breaker open`, …
    #[schema(required = true)]
    pub closed_by: Option<String>,
    /// When the next order may try it, if it failed too often.
    #[schema(required = true)]
    pub opens_at: Option<String>,
    /// When its whole price list was last synced.
    #[schema(required = true)]
    pub last_synced_at: Option<String>,
    /// What a change names.
    pub version: String,
}

const VERSION: &str = "9f86d081884c7d65";

impl Shown for NewCategory {
    fn example() -> Value {
        json!({"slug": "games", "name": "Games"})
    }
}

impl Shown for CategoryChange {
    fn example() -> Value {
        json!({"version": VERSION, "name": "Voucher Game"})
    }
}

impl Shown for CategoryTold {
    fn example() -> Value {
        json!({"slug": "games", "name": "Games", "active": true, "version": VERSION})
    }
}

impl Shown for NewProduct {
    fn example() -> Value {
        json!({
            "code": "ML86", "name": "Mobile Legends 86 Diamond", "category": "games", "brand": "MOBILE LEGENDS",
            "destination": {"player": [6, 10], "zone": [4, 5]}, "base_price": 18_750,
            "input_fields": [
                {"key": "user_id", "label": "User ID", "rule": {"digits": {"min": 6, "max": 10}}},
                {"key": "zone_id", "label": "Zone ID", "rule": {"digits": {"min": 4, "max": 5}}},
            ],
        })
    }
}

impl Shown for ProductChange {
    fn example() -> Value {
        json!({"version": VERSION, "base_price": "18750.50", "cut_off": null, "active": true})
    }
}

impl Shown for GoodsTold {
    fn example() -> Value {
        json!({
            "code": "XL10", "name": "XL 10.000", "category": "pulsa", "brand": "XL", "kind": "prepaid", "destination": {"phone": ["xl"], "strict": false},
            "input_fields": [], "base_price": "10050.50", "min_margin": 0, "loss_leader": false, "cut_off": "23:45-00:15", "multi": false,
            "sn_required": true, "active": true, "version": VERSION,
        })
    }
}

impl Shown for NewMapping {
    fn example() -> Value {
        json!({"product": "XL10", "supplier": "digiflazz", "sku": "xld10", "cost": "10050.50", "priority": 1})
    }
}

impl Shown for MappingChange {
    fn example() -> Value {
        json!({"version": VERSION, "cost": "10060.50", "stock": null, "active": true})
    }
}

impl Shown for MappingTold {
    fn example() -> Value {
        json!({
            "id": 0, "product": "XL10", "supplier": "digiflazz", "sku": "xld10", "cost": "10050.50", "priority": 1, "stock": null, "cut_off": null,
            "active": true, "listed": true, "form": null, "quota_orders": null, "quota_amount": 2_000_000, "version": VERSION,
        })
    }
}

impl Shown for NewSupplier {
    fn example() -> Value {
        json!({
            "slug": "digiflazz-2", "name": "Digiflazz, akun kedua",
            "settings": {
                "kind": "digiflazz", "base_url": "https://api.digiflazz.com/v1", "username": "toko",
                "api_key": "0f4c2b7e-6a51-4d6e-9d0b-3f1c5a7e9b24", "webhook_secret": "kata-rahasia-webhook-kedua",
            },
        })
    }
}

impl Shown for SupplierChange {
    fn example() -> Value {
        json!({"version": VERSION, "active": false, "settings": {"api_key": "9b24c2b7e-6a51-4d6e-9d0b-3f1c5a7e0f4c"}})
    }
}

impl Shown for SupplierTold {
    fn example() -> Value {
        json!({
            "slug": "digiflazz", "name": "Digiflazz", "active": true, "configured": true, "kept_in": "catalog",
            "settings": {"kind": "digiflazz", "base_url": "https://api.digiflazz.com/v1", "username": "toko"},
            "secrets": ["api_key", "webhook_secret"], "deposit": "4989949.50", "exposure": 10_050, "free": "4979899.50",
            "quota_orders": 500, "quota_amount": null, "quota_used_orders": 3, "quota_used_amount": "30151.50",
            "balance": {"left": 4_990_000, "read_at": "2026-01-01T08:59:30.000+07:00"}, "in_flight": 1, "waiting": 0, "success_ppm": 987_654,
            "doubt_ppm": 0, "latency_ms": 1_250, "tripped": false, "open": true, "closed_by": null, "opens_at": null, "last_synced_at": "2026-01-01T02:00:02.000+07:00", "version": VERSION,
        })
    }
}
