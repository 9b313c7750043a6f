//! Who delivers it, under which code and for how much.

use serde::{Deserialize, Serialize};

use super::account::SealedAccount;
use super::cut_off::CutOff;
use super::destination::{Destination, DestinationRule};
use super::form::TargetForm;
use super::product::Product;
use super::quota::Quota;
use crate::ids::{MappingId, ProductId, SupplierId};
use crate::money::Money;
use crate::text::{Sku, Slug, Target};

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
    /// What its adapter is made of, where the catalog keeps that and not the settings of the server. Once there it stays, unless another is put in its place.
    #[serde(default)]
    pub account: Option<SealedAccount>,
    /// How much is bought there in a day.
    #[serde(default)]
    pub quota: Quota,
}

impl SupplierInfo {
    /// An active supplier of that name for people as well, whose adapter is not the catalog's matter. Everything else by struct update.
    pub fn new(id: SupplierId, slug: Slug) -> Self {
        Self {
            id,
            name: slug.as_str().to_owned(),
            slug,
            active: true,
            account: None,
            quota: Quota::default(),
        }
    }
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
    /// How this supplier is told a destination of several fields; `None` for the normal form, `12345678(2012)`. For products whose destination has none it is
    /// always `None`.
    pub form: Option<TargetForm>,
    /// How much is bought by this route in a day.
    #[serde(default)]
    pub quota: Quota,
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
            form: None,
            quota: Quota {
                orders: None,
                amount: None,
            },
        }
    }

    /// A destination of the product as this supplier is told it; `None` if it cannot be told, since the product asks for other fields by now than when
    /// it was taken.
    pub fn target(&self, product: &Product, destination: &Destination) -> Option<Target> {
        match (&self.form, &product.destination) {
            (Some(form), _) => form.render(product, destination),
            (None, DestinationRule::Player { .. } | DestinationRule::Fields) => {
                Some(destination.clone().into())
            }
            (
                None,
                DestinationRule::Phone { .. }
                | DestinationRule::PlnMeter
                | DestinationRule::Digits { .. },
            ) => Some(destination.render()),
        }
    }

    /// Whether it may be bought: neither we nor the supplier have closed it.
    pub const fn is_open(&self) -> bool {
        self.active && self.listed
    }
}
