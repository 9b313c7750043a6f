//! What is sold, through whom and for how much.

use eraflazz_core::money::Money;
use eraflazz_core::text::{ProductCode, Sku, Slug};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, one_of, words};
use crate::seed::PriceSeed;

/// What `POST /api/v1/admin/catalog/import` did; its body is the catalog part of a seed file, as TOML or JSON.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    /// The version of the catalog; of a check the one that stands.
    pub version: u64,
    /// How many entries were added or replaced.
    pub changes: usize,
    /// Whether it was only checked, with `?check=true`.
    pub only_checked: bool,
}

/// `GET /api/v1/admin/catalog`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CatalogTold {
    /// Rises with every change.
    pub version: u64,
    /// Suppliers and whether each is open.
    pub suppliers: Vec<Switched>,
    /// Products with their routes.
    pub products: Vec<ProductTold>,
    /// Price rules, as a seed file writes them.
    pub prices: Vec<PriceSeed>,
}

/// Something that is open or closed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Switched {
    /// Its name.
    pub name: String,
    /// Whether it is open.
    pub active: bool,
}

/// A product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProductTold {
    /// What members type.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The slug of its category.
    pub category: String,
    /// What prices are built on.
    #[schema(value_type = words::Money)]
    pub base_price: Money,
    /// Whether it is sold.
    pub active: bool,
    /// Where it is bought.
    pub routes: Vec<RouteTold>,
}

/// A supplier's route of a product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RouteTold {
    /// The slug of the supplier.
    pub supplier: String,
    /// The supplier's code.
    pub sku: String,
    /// What it charges.
    #[schema(value_type = words::Money)]
    pub cost: Money,
    /// The operator's wish, lower first.
    pub priority: u16,
    /// What is left; unlimited if absent.
    #[schema(required = true)]
    pub stock: Option<u64>,
    /// Whether it is used.
    pub active: bool,
}

/// `POST /api/v1/admin/catalog/switch`: opens or closes a supplier, a category, a product, or one route; one of the four.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// The slug of a supplier; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub supplier: Option<Slug>,
    /// that of a category; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub category: Option<Slug>,
    /// the code of a product; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::ProductCode>)]
    pub product: Option<ProductCode>,
    /// a route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<SwitchedRoute>,
    /// Open or closed.
    pub active: bool,
}

/// A route by its names.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchedRoute {
    /// The code of the product.
    #[schema(value_type = words::ProductCode)]
    pub product: ProductCode,
    /// The slug of the supplier.
    #[schema(value_type = words::Slug)]
    pub supplier: Slug,
    /// The supplier's code.
    #[schema(value_type = words::Sku)]
    pub sku: Sku,
}

/// `POST /api/v1/admin/prices/remove`: a price rule by its buyers and goods, a tier *or* a member and a category *or* a product.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceNamed {
    /// The slug of the tier that it is for; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub tier: Option<Slug>,
    /// the code of the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub member: Option<Slug>,
    /// The slug of the category that it is about; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub category: Option<Slug>,
    /// the code of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::ProductCode>)]
    pub product: Option<ProductCode>,
}

/// `POST /api/v1/admin/products/{code}/base-price`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BasePrice {
    /// What the product's prices are built on.
    #[schema(value_type = words::PriceOrZero)]
    pub base_price: Money,
}

impl Shown for Imported {
    fn example() -> Value {
        json!({"version": 7, "changes": 6, "only_checked": false})
    }
}

impl Shown for CatalogTold {
    fn example() -> Value {
        json!({
            "version": 7,
            "suppliers": [{"name": "digiflazz", "active": true}],
            "products": [{
                "code": "XL10", "name": "XL 10.000", "category": "pulsa", "base_price": "10050.50", "active": true,
                "routes": [{"supplier": "digiflazz", "sku": "xld10", "cost": "10050.50", "priority": 100, "stock": null, "active": true}],
            }],
            "prices": [PriceSeed::example()],
        })
    }
}

impl Shown for Switch {
    fn example() -> Value {
        json!({"route": {"product": "XL10", "supplier": "digiflazz", "sku": "xld10"}, "active": false})
    }

    fn together() -> Option<Value> {
        Some(one_of(&["supplier", "category", "product", "route"]))
    }
}

impl Shown for PriceNamed {
    fn example() -> Value {
        json!({"tier": "retail", "category": "pulsa"})
    }

    fn together() -> Option<Value> {
        Some(json!({"allOf": [one_of(&["tier", "member"]), one_of(&["category", "product"])]}))
    }
}

impl Shown for BasePrice {
    fn example() -> Value {
        json!({"base_price": "10050.50"})
    }
}
