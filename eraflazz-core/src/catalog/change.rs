//! How a catalog changes: a list of changes, all or nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::approval::{Approval, ApprovalId, Run, SyncMark};
use super::cut_off::CutOff;
use super::error::CatalogError;
use super::price_book::{Buyers, Goods, Price, PriceRule, Tier};
use super::product::{Category, Product};
use super::snapshot::{CatalogData, Snapshot};
use super::supplier::{Mapping, SupplierInfo};
use crate::ids::{MappingId, ProductId, SupplierId};
use crate::money::Money;
use crate::time::Timestamp;

/// One change of the catalog. `Put…` replaces the entry with that id, or adds it when the id is the next one; entries are never
/// removed, because orders name them, only switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CatalogChange {
    /// Adds or replaces a category.
    PutCategory(Category),
    /// Adds or replaces a tier.
    PutTier(Tier),
    /// Adds or replaces a supplier. One that brings no account leaves the one that is there: whoever only renames it, or imports a file, has none to bring.
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
    /// Adds or replaces a mapping; one that is there stays as open or as closed as it is then, by people and by the supplier, whoever has switched it meanwhile (INV-17).
    AmendMapping(Mapping),
    /// Changes nothing, and refuses the whole list unless the catalog still has this version: what stands beside it was decided by looking at that one.
    Over {
        /// Which.
        version: u64,
    },
    /// Sets what a supplier's price list says of a route. Whether people have closed it is not touched.
    SetMappingListing {
        /// Which.
        mapping: MappingId,
        /// Whether the supplier sells it.
        listed: bool,
        /// What it charges.
        cost: Money,
        /// What is left; `None` for unlimited.
        stock: Option<u64>,
        /// When it is closed every day.
        cut_off: Option<CutOff>,
    },
    /// Asks a person, in place of an earlier question about the same.
    PutApproval(Approval),
    /// Asks no more. One that is not there is no error.
    RemoveApproval(ApprovalId),
    /// The supplier's whole list was synced; a run that was begun has ended.
    MarkSynced {
        /// Whose.
        supplier: SupplierId,
        /// When.
        at: Timestamp,
    },
    /// Begins the run of a schedule that was due then. Refuses the whole list if that run, or a later one, was begun before, unless it
    /// did not end in its time: one process alone runs what is due, and another takes over what a dead one has left.
    BeginRun {
        /// Whose.
        supplier: SupplierId,
        /// When it was due.
        due: Timestamp,
        /// When it begins.
        at: Timestamp,
        /// From when on another may begin it anew.
        until: Timestamp,
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
            if let Self::Over { version } = change
                && *version != snapshot.version()
            {
                let now = snapshot.version();
                let rule = format!("was {version} when it was read, and is {now}");
                return Err(CatalogError::overtaken(rule));
            }
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
            Self::PutSupplier(new) => put_supplier(data, new),
            Self::PutProduct(new) => put(&mut data.products, new.id.index(), new, || {
                format!("product {}", new.code)
            }),
            Self::PutMapping(new) => put(&mut data.mappings, new.id.index(), new, || {
                format!("mapping {} ({})", new.id, new.sku)
            }),
            Self::AmendMapping(new) => {
                let there = data.mappings.get(new.id.index());
                let active = there.map_or(new.active, |there| there.active);
                let listed = there.map_or(new.listed, |there| there.listed);
                let amended = Mapping {
                    active,
                    listed,
                    ..new.clone()
                };
                Self::PutMapping(amended).write(data, prices)
            }
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
            Self::SetMappingListing {
                mapping,
                listed,
                cost,
                stock,
                cut_off,
            } => {
                let entry = find(&mut data.mappings, mapping.index(), "mapping")?;
                entry.listed = *listed;
                entry.cost = *cost;
                entry.stock = *stock;
                entry.cut_off = *cut_off;
                Ok(())
            }
            Self::Over { .. }
            | Self::PutApproval(_)
            | Self::RemoveApproval(_)
            | Self::MarkSynced { .. }
            | Self::BeginRun { .. } => self.keep_book(data),
        }
    }

    /// The changes of what is kept beside the goods: questions to people, and how far syncs have come.
    fn keep_book(&self, data: &mut CatalogData) -> Result<(), CatalogError> {
        match self {
            Self::PutApproval(new) => {
                let id = new.proposal.id();
                data.approvals.retain(|known| known.proposal.id() != id);
                data.approvals.push(*new);
            }
            Self::RemoveApproval(id) => {
                data.approvals.retain(|known| known.proposal.id() != *id);
            }
            Self::MarkSynced { supplier, at } => {
                let mark = mark_of(data, *supplier);
                mark.synced_at = Some(*at);
                if let Some(run) = &mut mark.run {
                    run.ended = true;
                }
            }
            Self::BeginRun {
                supplier,
                due,
                at,
                until,
            } => {
                let mark = mark_of(data, *supplier);
                if mark.run.is_some_and(|run| !run.may_begin(*due, *at)) {
                    return Err(CatalogError::overtaken("the run was begun before"));
                }
                mark.run = Some(Run {
                    due: *due,
                    until: *until,
                    ended: false,
                });
            }
            Self::PutCategory(_)
            | Self::PutTier(_)
            | Self::PutSupplier(_)
            | Self::PutProduct(_)
            | Self::PutMapping(_)
            | Self::PutPrice(_)
            | Self::RemovePrice { .. }
            | Self::SetSupplierActive { .. }
            | Self::SetProductActive { .. }
            | Self::SetBasePrice { .. }
            | Self::SetMappingActive { .. }
            | Self::SetMappingCost { .. }
            | Self::AmendMapping(_)
            | Self::Over { .. }
            | Self::SetMappingListing { .. } => {}
        }
        Ok(())
    }
}

fn mark_of(data: &mut CatalogData, supplier: SupplierId) -> &mut SyncMark {
    let marks = &mut data.syncs;
    let known = marks.iter().position(|mark| mark.supplier == supplier);
    let at = known.unwrap_or(marks.len());
    if known.is_none() {
        marks.push(SyncMark::new(supplier));
    }
    &mut marks[at]
}

fn put_supplier(data: &mut CatalogData, new: &SupplierInfo) -> Result<(), CatalogError> {
    let there = data.suppliers.get(new.id.index());
    let kept = there.and_then(|there| there.account.clone());
    let new = SupplierInfo {
        account: new.account.clone().or(kept),
        ..new.clone()
    };
    put(&mut data.suppliers, new.id.index(), &new, || {
        format!("supplier {}", new.slug)
    })
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::catalog::sample::{self, rupiah};
    use crate::catalog::{SealedAccount, TierId};
    use crate::ids::CategoryId;

    #[test]
    fn a_supplier_that_is_put_without_an_account_keeps_its_own() {
        let account = |byte| Some(SealedAccount::new(vec![byte]).unwrap());
        let put = |snapshot: &Snapshot, account| {
            let mut info = snapshot.supplier(SupplierId(0)).unwrap().clone();
            info.account = account;
            let after = CatalogChange::apply(snapshot, &[CatalogChange::PutSupplier(info)]);
            after.unwrap()
        };
        let of = |snapshot: &Snapshot| snapshot.supplier(SupplierId(0)).unwrap().account.clone();
        let first = put(&sample::snapshot(), account(1));
        assert_eq!(of(&first), account(1));
        let renamed = put(&first, None);
        assert_eq!(of(&renamed), account(1), "it is not lost by the way");
        assert_eq!(of(&put(&renamed, account(2))), account(2));
    }

    #[test]
    fn changes_are_applied_together_under_the_next_version() {
        let before = sample::snapshot();
        let after = CatalogChange::apply(
            &before,
            &[
                // Refers to a product that the next change adds.
                CatalogChange::PutMapping(sample::mapping(3, 2, 1, 24_000)),
                CatalogChange::PutProduct(sample::product(2, "X25", 24_500)),
                CatalogChange::SetMappingActive {
                    mapping: MappingId(0),
                    active: false,
                },
                CatalogChange::SetMappingCost {
                    mapping: MappingId(2),
                    cost: rupiah(10_300),
                    stock: Some(4),
                },
                CatalogChange::SetBasePrice {
                    product: ProductId(0),
                    base_price: rupiah(10_300),
                },
                CatalogChange::SetProductActive {
                    product: ProductId(1),
                    active: false,
                },
                CatalogChange::SetSupplierActive {
                    supplier: SupplierId(0),
                    active: false,
                },
            ],
        )
        .unwrap();
        assert_eq!((before.version(), after.version()), (7, 8));
        assert_eq!(after.mappings_of(ProductId(2)).len(), 1);
        assert!(!after.mapping(MappingId(0)).unwrap().active);
        let repriced = after.mapping(MappingId(2)).unwrap();
        assert_eq!((repriced.cost, repriced.stock), (rupiah(10_300), Some(4)));
        assert_eq!(
            after.product(ProductId(0)).unwrap().base_price,
            rupiah(10_300)
        );
        assert!(!after.product(ProductId(1)).unwrap().active);
        assert!(!after.supplier(SupplierId(0)).unwrap().active);
        assert!(before.mapping(MappingId(0)).unwrap().active, "untouched");
    }

    /// A list that was made before a route was closed over the cap does not open it again.
    #[test]
    fn inv_17_what_is_amended_stays_as_closed_as_it_is() {
        let before = sample::snapshot();
        let amended = Mapping {
            cost: rupiah(9_999),
            ..before.mapping(MappingId(0)).unwrap().clone()
        };
        assert!(amended.active);
        let close = CatalogChange::SetMappingActive {
            mapping: MappingId(0),
            active: false,
        };
        let closed = CatalogChange::apply(&before, &[close]).unwrap();
        let amend = CatalogChange::AmendMapping(amended);
        let after = CatalogChange::apply(&closed, std::slice::from_ref(&amend)).unwrap();
        let there = after.mapping(MappingId(0)).unwrap();
        assert_eq!((there.active, there.cost), (false, rupiah(9_999)));
        let after = CatalogChange::apply(&before, &[amend]).unwrap();
        assert!(after.mapping(MappingId(0)).unwrap().active);
    }

    #[test]
    fn groups_are_put_and_replaced() {
        let mut data = sample::data();
        let mut category = data.categories.remove(0);
        category.name = "Pulsa reguler".to_owned();
        let tier = Tier {
            id: TierId(2),
            slug: sample::slug("master"),
            name: "Master".to_owned(),
        };
        let mut supplier = data.suppliers.remove(1);
        supplier.slug = sample::slug("gamma");
        let after = CatalogChange::apply(
            &sample::snapshot(),
            &[
                CatalogChange::PutCategory(category.clone()),
                CatalogChange::PutTier(tier.clone()),
                CatalogChange::PutSupplier(supplier.clone()),
            ],
        )
        .unwrap();
        assert_eq!(after.category(CategoryId(0)), Some(&category));
        assert_eq!(after.tier(TierId(2)), Some(&tier));
        assert_eq!(after.supplier_named("gamma"), Some(&supplier));
        assert_eq!(after.supplier_named("beta"), None);
    }

    #[test]
    fn price_rules_are_put_and_removed() {
        let before = sample::snapshot();
        let rule = PriceRule {
            price: Price::Flat(rupiah(900)),
            ..before.prices().rules().next().unwrap()
        };
        let after = CatalogChange::apply(&before, &[CatalogChange::PutPrice(rule)]).unwrap();
        assert!(after.prices().rules().any(|found| found == rule));
        assert_eq!(
            after.prices().rules().count(),
            before.prices().rules().count(),
            "replaced, not added"
        );
        let remove = CatalogChange::RemovePrice {
            buyers: rule.buyers,
            goods: rule.goods,
        };
        let after = CatalogChange::apply(&after, std::slice::from_ref(&remove)).unwrap();
        assert!(
            !after
                .prices()
                .rules()
                .any(|found| found.goods == rule.goods && found.buyers == rule.buyers)
        );
        assert_eq!(
            CatalogChange::apply(&after, &[remove]).unwrap_err().field,
            "goods"
        );
    }

    #[test]
    fn one_wrong_change_refuses_them_all() {
        let before = sample::snapshot();
        let good = CatalogChange::SetMappingActive {
            mapping: MappingId(0),
            active: false,
        };
        let wrong = [
            (
                CatalogChange::PutProduct(sample::product(9, "X99", 1)),
                "product X99",
                "id",
            ),
            (
                CatalogChange::PutMapping(sample::mapping(3, 9, 0, 1)),
                "mapping 3 (sku3)",
                "product",
            ),
            (
                CatalogChange::SetMappingCost {
                    mapping: MappingId(9),
                    cost: rupiah(1),
                    stock: None,
                },
                "mapping 9",
                "id",
            ),
            (
                CatalogChange::SetBasePrice {
                    product: ProductId(0),
                    base_price: Money::from_hundredths(i64::MAX),
                },
                "product X10",
                "base_price",
            ),
        ];
        for (bad, entry, field) in wrong {
            let error = CatalogChange::apply(&before, &[good.clone(), bad]).unwrap_err();
            assert_eq!(
                (error.entry.as_str(), error.field),
                (entry, field),
                "{error}"
            );
        }
        // Out of order: the second would silently take the place of the first.
        let swapped = [4, 3].map(|id| CatalogChange::PutMapping(sample::mapping(id, 1, 1, 20_000)));
        let error = CatalogChange::apply(&before, &swapped).unwrap_err();
        assert_eq!(
            (error.entry.as_str(), error.field),
            ("mapping 4 (sku4)", "id")
        );
        assert_eq!(before, sample::snapshot());
    }
}
