//! How a catalog changes: a list of changes, all or nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::CatalogError;
use super::price_book::{Buyers, Goods, Price, PriceRule, Tier};
use super::product::{Category, Product};
use super::snapshot::{CatalogData, Snapshot};
use super::supplier::{Mapping, SupplierInfo};
use crate::ids::{MappingId, ProductId, SupplierId};
use crate::money::Money;

/// One change of the catalog. `Put…` replaces the entry with that id, or adds it when the id is the next one; entries are never
/// removed, because orders name them, only switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CatalogChange {
    /// Adds or replaces a category.
    PutCategory(Category),
    /// Adds or replaces a tier.
    PutTier(Tier),
    /// Adds or replaces a supplier.
    PutSupplier(SupplierInfo),
    /// Adds or replaces a product.
    PutProduct(Product),
    /// Adds or replaces a mapping.
    PutMapping(Mapping),
    /// Adds a price rule, or replaces the one for the same buyers and goods.
    PutPrice(PriceRule),
    /// Removes the price rule for these buyers and goods.
    RemovePrice {
        /// Whom it was for.
        buyers: Buyers,
        /// What it was about.
        goods: Goods,
    },
    /// Switches a supplier on or off.
    SetSupplierActive {
        /// Which.
        supplier: SupplierId,
        /// On or off.
        active: bool,
    },
    /// Switches a product on or off.
    SetProductActive {
        /// Which.
        product: ProductId,
        /// On or off.
        active: bool,
    },
    /// Sets what a product's prices are built on.
    SetBasePrice {
        /// Which.
        product: ProductId,
        /// The new base price.
        base_price: Money,
    },
    /// Switches a mapping on or off.
    SetMappingActive {
        /// Which.
        mapping: MappingId,
        /// On or off.
        active: bool,
    },
    /// Sets what a supplier charges and has left.
    SetMappingCost {
        /// Which.
        mapping: MappingId,
        /// The new cost.
        cost: Money,
        /// What is left; `None` for unlimited.
        stock: Option<u64>,
    },
}

/// The price rules while a list of changes is worked in.
type Prices = BTreeMap<(Buyers, Goods), Price>;

impl CatalogChange {
    /// The catalog after `changes`, in order, with the next version; or what is wrong with the first one, or with the whole they
    /// make. The given snapshot is untouched either way. Entries may refer to ones that a later change of the list adds.
    pub fn apply(snapshot: &Snapshot, changes: &[Self]) -> Result<Snapshot, CatalogError> {
        let mut data = snapshot.data();
        let mut prices: Prices = std::mem::take(&mut data.prices)
            .into_iter()
            .map(|rule| ((rule.buyers, rule.goods), rule.price))
            .collect();
        for change in changes {
            change.write(&mut data, &mut prices)?;
        }
        data.prices = prices
            .into_iter()
            .map(|((buyers, goods), price)| PriceRule {
                buyers,
                goods,
                price,
            })
            .collect();
        Snapshot::new(snapshot.version().saturating_add(1), data)
    }

    fn write(&self, data: &mut CatalogData, prices: &mut Prices) -> Result<(), CatalogError> {
        match self {
            Self::PutCategory(new) => put(&mut data.categories, new.id.index(), new, || {
                format!("category {}", new.slug)
            }),
            Self::PutTier(new) => put(&mut data.tiers, new.id.index(), new, || {
                format!("tier {}", new.slug)
            }),
            Self::PutSupplier(new) => put(&mut data.suppliers, new.id.index(), new, || {
                format!("supplier {}", new.slug)
            }),
            Self::PutProduct(new) => put(&mut data.products, new.id.index(), new, || {
                format!("product {}", new.code)
            }),
            Self::PutMapping(new) => put(&mut data.mappings, new.id.index(), new, || {
                format!("mapping {} ({})", new.id, new.sku)
            }),
            Self::PutPrice(new) => {
                prices.insert((new.buyers, new.goods), new.price);
                Ok(())
            }
            Self::RemovePrice { buyers, goods } => match prices.remove(&(*buyers, *goods)) {
                Some(_) => Ok(()),
                None => Err(CatalogError::new("price", "goods", "there is no such rule")),
            },
            Self::SetSupplierActive { supplier, active } => {
                find(&mut data.suppliers, supplier.index(), "supplier")?.active = *active;
                Ok(())
            }
            Self::SetProductActive { product, active } => {
                find(&mut data.products, product.index(), "product")?.active = *active;
                Ok(())
            }
            Self::SetBasePrice {
                product,
                base_price,
            } => {
                find(&mut data.products, product.index(), "product")?.base_price = *base_price;
                Ok(())
            }
            Self::SetMappingActive { mapping, active } => {
                find(&mut data.mappings, mapping.index(), "mapping")?.active = *active;
                Ok(())
            }
            Self::SetMappingCost {
                mapping,
                cost,
                stock,
            } => {
                let entry = find(&mut data.mappings, mapping.index(), "mapping")?;
                entry.cost = *cost;
                entry.stock = *stock;
                Ok(())
            }
        }
    }
}

fn put<T: Clone>(
    entries: &mut Vec<T>,
    index: usize,
    new: &T,
    name: impl Fn() -> String,
) -> Result<(), CatalogError> {
    let next = entries.len();
    match entries.get_mut(index) {
        Some(old) => *old = new.clone(),
        None if index == next => entries.push(new.clone()),
        None => {
            return Err(CatalogError::new(
                name(),
                "id",
                format!("must be an existing one or the next one, {next}"),
            ));
        }
    }
    Ok(())
}

fn find<'a, T>(
    entries: &'a mut [T],
    index: usize,
    kind: &'static str,
) -> Result<&'a mut T, CatalogError> {
    entries.get_mut(index).ok_or_else(|| {
        CatalogError::new(
            format!("{kind} {index}"),
            "id",
            format!("there is no such {kind}"),
        )
    })
}
