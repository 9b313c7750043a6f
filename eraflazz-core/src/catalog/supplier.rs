//! Who delivers it, under which code and for how much.

use serde::{Deserialize, Serialize};

use super::cut_off::CutOff;
use crate::ids::{MappingId, ProductId, SupplierId};
use crate::money::Money;
use crate::text::{Sku, Slug};

/// A supplier as the catalog knows it. What its adapter can do is in its [`Profile`](crate::supplier::Profile).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplierInfo {
    /// Its index in the catalog.
    pub id: SupplierId,
    /// Its name in settings, unique: the one its adapter is registered under.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// Whether it is bought from.
    pub active: bool,
}

/// One supplier's route of one product (mapping).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Its index in the catalog, in the order in which mappings were added.
    pub id: MappingId,
    /// The product it delivers.
    pub product: ProductId,
    /// The supplier it is bought from.
    pub supplier: SupplierId,
    /// The supplier's code.
    pub sku: Sku,
    /// What the supplier charges (HPP), as last synced.
    pub cost: Money,
    /// The operator's wish, lower first.
    pub priority: u16,
    /// What the supplier says is left, as last synced; `None` for unlimited.
    pub stock: Option<u64>,
    /// Whether this route is used: what people, and the engine after a bill above the cap, say of it. A sync never touches it.
    pub active: bool,
    /// Whether the supplier sells it, as last synced: what a sync alone says of it.
    pub listed: bool,
    /// Daily closed window of this route.
    pub cut_off: Option<CutOff>,
}

impl Mapping {
    /// An active route with unlimited stock and no window of its own. Everything else by struct update.
    pub const fn new(
        id: MappingId,
        product: ProductId,
        supplier: SupplierId,
        sku: Sku,
        cost: Money,
    ) -> Self {
        Self {
            id,
            product,
            supplier,
            sku,
            cost,
            priority: 0,
            stock: None,
            active: true,
            listed: true,
            cut_off: None,
        }
    }

    /// Whether it may be bought: neither we nor the supplier have closed it.
    pub const fn is_open(&self) -> bool {
        self.active && self.listed
    }
}
