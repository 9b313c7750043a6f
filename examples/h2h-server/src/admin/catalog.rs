//! What is sold, through whom and for how much.

use eraflazz_core::money::Money;
use eraflazz_core::text::{ProductCode, Sku, Slug};
use serde::{Deserialize, Serialize};

use crate::seed::PriceSeed;

/// What `POST /api/v1/admin/catalog/import` did; its body is the catalog part of a seed file, as TOML or JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Imported {
    /// The version of the catalog; of a check the one that stands.
    pub version: u64,
    /// How many entries were added or replaced.
    pub changes: usize,
    /// Whether it was only checked, with `?check=true`.
    pub only_checked: bool,
}

/// `GET /api/v1/admin/catalog`.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Switched {
    /// Its name.
    pub name: String,
    /// Whether it is open.
    pub active: bool,
}

/// A product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProductTold {
    /// What members type.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The slug of its category.
    pub category: String,
    /// What prices are built on.
    pub base_price: Money,
    /// Whether it is sold.
    pub active: bool,
    /// Where it is bought.
    pub routes: Vec<RouteTold>,
}

/// A supplier's route of a product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RouteTold {
    /// The slug of the supplier.
    pub supplier: String,
    /// The supplier's code.
    pub sku: String,
    /// What it charges.
    pub cost: Money,
    /// The operator's wish, lower first.
    pub priority: u16,
    /// What is left; unlimited if absent.
    pub stock: Option<u64>,
    /// Whether it is used.
    pub active: bool,
}

/// `POST /api/v1/admin/catalog/switch`: opens or closes a supplier, a product, or one route; one of the three.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// The slug of a supplier; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Slug>,
    /// the code of a product; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductCode>,
    /// a route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<SwitchedRoute>,
    /// Open or closed.
    pub active: bool,
}

/// A route by its names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchedRoute {
    /// The code of the product.
    pub product: ProductCode,
    /// The slug of the supplier.
    pub supplier: Slug,
    /// The supplier's code.
    pub sku: Sku,
}

/// `POST /api/v1/admin/products/{code}/base-price`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasePrice {
    /// What the product's prices are built on.
    pub base_price: Money,
}
