//! From the catalog of a file to changes of the one that is there: what the file names is added or replaced, the rest stays.

use std::collections::BTreeSet;

use eraflazz_core::catalog::{
    Buyers, CatalogChange, Category, Goods, Mapping, Price, PriceRule, Product, Quota, Snapshot,
    SupplierInfo, Tier,
};
use eraflazz_core::ids::MappingId;

use super::names::Names;
use super::{MappingSeed, PriceSeed, Seed};
use crate::strict::Problems;

/// The changes that bring the catalog part of `seed` into `base`. Where the file does not say whether an entry is open, one that is there
/// stays as it is.
pub(super) fn catalog_changes(
    seed: &Seed,
    base: &Snapshot,
    names: &Names,
    problems: &mut Problems,
) -> Vec<CatalogChange> {
    let mut changes = Vec::new();
    for entry in &seed.categories {
        let (slug, name) = (entry.slug.clone(), entry.name.clone());
        if let Some(id) = names.categories.known(&slug) {
            let active = base.category(id).is_none_or(|known| known.active);
            changes.push(CatalogChange::PutCategory(Category {
                id,
                slug,
                name,
                active,
            }));
        }
    }
    for entry in &seed.tiers {
        let (slug, name) = (entry.slug.clone(), entry.name.clone());
        if let Some(id) = names.tiers.known(&slug) {
            changes.push(CatalogChange::PutTier(Tier { id, slug, name }));
        }
    }
    for entry in &seed.suppliers {
        let (slug, name) = (entry.slug.clone(), entry.name.clone());
        if let Some(id) = names.suppliers.known(&slug) {
            let known = base.supplier(id);
            let open = known.is_none_or(|known| known.active);
            let quota = known.map_or_else(Quota::default, |known| known.quota);
            changes.push(CatalogChange::PutSupplier(SupplierInfo {
                name,
                active: entry.active.unwrap_or(open),
                quota: Quota {
                    orders: entry.quota_orders.or(quota.orders),
                    amount: entry.quota_amount.or(quota.amount),
                },
                ..SupplierInfo::new(id, slug)
            }));
        }
    }
    put_products(seed, base, names, &mut changes, problems);
    put_mappings(seed, base, names, &mut changes, problems);
    let mut ruled = BTreeSet::new();
    for (index, entry) in seed.prices.iter().enumerate() {
        let at = format!("prices[{index}]");
        let Some(rule) = plan_price(&at, entry, names, problems) else {
            continue;
        };
        if !ruled.insert((rule.buyers, rule.goods)) {
            problems.add(at, "is a second rule for the same buyers and goods");
        }
        changes.push(CatalogChange::PutPrice(rule));
    }
    changes
}

fn put_products(
    seed: &Seed,
    base: &Snapshot,
    names: &Names,
    changes: &mut Vec<CatalogChange>,
    problems: &mut Problems,
) {
    for (index, entry) in seed.products.iter().enumerate() {
        let at = format!("products[{index}].category");
        let Some(category) = names.categories.find(at, &entry.category, problems) else {
            continue;
        };
        let Some(id) = names.products.known(&entry.code) else {
            continue;
        };
        let in_file = seed
            .categories
            .iter()
            .find(|group| group.slug == entry.category);
        let group = in_file
            .map(|group| group.name.clone())
            .or_else(|| base.category(category).map(|group| group.name.clone()));
        let brand = entry.brand.clone().or(group).unwrap_or_default();
        let known = base.product(id);
        let open = known.is_none_or(|known| known.active);
        let asked = known.map(|known| known.input_fields.clone());
        let usual = Product::prepaid(
            id,
            entry.code.clone(),
            category,
            entry.destination.0.clone(),
            entry.base_price,
        );
        changes.push(CatalogChange::PutProduct(Product {
            name: entry.name.clone(),
            brand,
            input_fields: entry.input_fields.clone().or(asked).unwrap_or_default(),
            min_margin: entry.min_margin,
            loss_leader: entry.loss_leader,
            cut_off: entry.cut_off,
            multi: entry.multi,
            sn_required: entry.sn_required,
            active: entry.active.unwrap_or(open),
            kind: entry.kind,
            ..usual
        }));
    }
}

fn put_mappings(
    seed: &Seed,
    base: &Snapshot,
    names: &Names,
    changes: &mut Vec<CatalogChange>,
    problems: &mut Problems,
) {
    let mut added = 0;
    let mut named = BTreeSet::new();
    for (index, entry) in seed.mappings.iter().enumerate() {
        let at = format!("mappings[{index}]");
        let MappingSeed { sku, cost, .. } = entry;
        let product = names
            .products
            .find(format!("{at}.product"), &entry.product, problems);
        let supplier = names
            .suppliers
            .find(format!("{at}.supplier"), &entry.supplier, problems);
        let (Some(product), Some(supplier)) = (product, supplier) else {
            continue;
        };
        if !named.insert((product, supplier, sku.clone())) {
            problems.add(at, "is a second route by the same supplier and sku");
        }
        let known = base.mappings().iter().find(|known| {
            known.product == product && known.supplier == supplier && known.sku == *sku
        });
        let id = known.map_or_else(
            || {
                let next = base.mappings().len() + added;
                added += 1;
                MappingId(u32::try_from(next).unwrap_or(u32::MAX))
            },
            |known| known.id,
        );
        let open = known.is_none_or(|known| known.active);
        let quota = known.map_or_else(Quota::default, |known| known.quota);
        let mapping = Mapping {
            listed: known.is_none_or(|known| known.listed),
            priority: entry.priority,
            stock: entry.stock,
            cut_off: entry.cut_off,
            active: entry.active.unwrap_or(open),
            form: entry.form.clone(),
            quota: Quota {
                orders: entry.quota_orders.or(quota.orders),
                amount: entry.quota_amount.or(quota.amount),
            },
            ..Mapping::new(id, product, supplier, sku.clone(), *cost)
        };
        // The engine closes routes by itself, also between this look at the catalog and the change.
        changes.push(if known.is_some() && entry.active.is_none() {
            CatalogChange::AmendMapping(mapping)
        } else {
            CatalogChange::PutMapping(mapping)
        });
    }
}

/// The rule that `seed` writes down, or what is wrong with it.
pub(super) fn plan_price(
    at: &str,
    seed: &PriceSeed,
    names: &Names,
    problems: &mut Problems,
) -> Option<PriceRule> {
    let buyers = match (&seed.tier, &seed.member) {
        (Some(tier), None) => {
            let tier = names.tiers.find(format!("{at}.tier"), tier, problems);
            tier.map(Buyers::Tier)
        }
        (None, Some(member)) => {
            let member = names.members.find(format!("{at}.member"), member, problems);
            member.map(Buyers::Member)
        }
        _ => {
            problems.add(at, "needs either tier or member");
            None
        }
    };
    let goods = match (&seed.category, &seed.product) {
        (Some(category), None) => {
            let category = names
                .categories
                .find(format!("{at}.category"), category, problems);
            category.map(Goods::Category)
        }
        (None, Some(product)) => {
            let product = names
                .products
                .find(format!("{at}.product"), product, problems);
            product.map(Goods::Product)
        }
        _ => {
            problems.add(at, "needs either category or product");
            None
        }
    };
    let price = match (seed.flat, seed.ppm, seed.sell) {
        (Some(amount), None, None) => Price::Flat(amount),
        (None, Some(rate), None) => Price::Ppm(rate),
        (None, None, Some(amount)) => Price::Sell(amount),
        _ => {
            problems.add(at, "needs one of flat, ppm and sell");
            return None;
        }
    };
    Some(PriceRule {
        buyers: buyers?,
        goods: goods?,
        price,
    })
}
