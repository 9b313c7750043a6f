//! What must hold in a catalog, and the words for it when it does not.

use std::collections::{BTreeMap, BTreeSet};

use super::CatalogData;
use crate::catalog::destination::{DestinationRule, is_value};
use crate::catalog::price_book::{Buyers, Goods, Price, PriceBook};
use crate::catalog::product::{FieldRule, Product, ProductKind};
use crate::catalog::{Approval, ApprovalId, CatalogError, Proposal, Quota, SyncMark};
use crate::ids::{ProductId, SupplierId};
use crate::money::{Money, MoneyError};
use crate::text::{ProductCode, Slug};

type Check = Result<(), CatalogError>;

/// Categories, tiers and suppliers: dense ids, unique slugs, readable names.
pub(super) fn names(data: &CatalogData) -> Check {
    let categories = data
        .categories
        .iter()
        .map(|entry| (entry.id.index(), &entry.slug, &entry.name));
    let tiers = data
        .tiers
        .iter()
        .map(|entry| (entry.id.index(), &entry.slug, &entry.name));
    let suppliers = data
        .suppliers
        .iter()
        .map(|entry| (entry.id.index(), &entry.slug, &entry.name));
    named("category", categories)?;
    named("tier", tiers)?;
    for supplier in &data.suppliers {
        quota(supplier.quota, || format!("supplier {}", supplier.slug))?;
    }
    named("supplier", suppliers)
}

fn named<'a>(kind: &str, entries: impl Iterator<Item = (usize, &'a Slug, &'a String)>) -> Check {
    let mut slugs = BTreeSet::new();
    for (index, (id, slug, name)) in entries.enumerate() {
        let entry = || format!("{kind} {slug}");
        dense(id, index, entry)?;
        readable(name, "name", entry)?;
        if !slugs.insert(slug) {
            return Err(CatalogError::new(entry(), "slug", "is used twice"));
        }
    }
    Ok(())
}

/// Products, and the index of their codes.
pub(super) fn products(
    data: &CatalogData,
) -> Result<BTreeMap<ProductCode, ProductId>, CatalogError> {
    let mut by_code = BTreeMap::new();
    for (index, product) in data.products.iter().enumerate() {
        let entry = || format!("product {}", product.code);
        let wrong = |field, rule: &str| Err(CatalogError::new(entry(), field, rule));
        dense(product.id.index(), index, entry)?;
        readable(&product.name, "name", entry)?;
        // Not every product has a brand.
        if !product.brand.is_empty() {
            readable(&product.brand, "brand", entry)?;
        }
        if by_code.insert(product.code.clone(), product.id).is_some() {
            return wrong("code", "is used twice");
        }
        if data.categories.get(product.category.index()).is_none() {
            return wrong("category", "there is no such category");
        }
        if product.base_price < Money::ZERO {
            return wrong("base_price", "is negative");
        }
        within_bound(product.base_price, "base_price", entry)?;
        if product.kind == ProductKind::Postpaid && product.base_price != Money::ZERO {
            return wrong(
                "base_price",
                "is not zero: what a bill costs is known from its inquiry",
            );
        }
        within_bound(product.min_margin, "min_margin", entry)?;
        if product.min_margin < Money::ZERO && !product.loss_leader {
            return wrong("min_margin", "may be negative only for a loss leader");
        }
        if let Err(rule) = destination(&product.destination) {
            return wrong("destination", rule);
        }
        input_fields(product)?;
        if product.destination == DestinationRule::Fields {
            made_of_fields(product)?;
        }
    }
    Ok(by_code)
}

fn destination(rule: &DestinationRule) -> Result<(), &'static str> {
    match rule {
        DestinationRule::Digits { min, max } if *min < 1 || min > max || *max > 64 => {
            Err("needs 1 <= min <= max <= 64 digits")
        }
        DestinationRule::Phone {
            operators,
            strict: true,
        } if operators.is_empty() => Err("strict needs at least one operator"),
        &DestinationRule::Player {
            id_min,
            id_max,
            zone_min,
            zone_max,
        } if id_min < 1
            || id_min > id_max
            || id_max > 32
            || zone_min < 1
            || zone_min > zone_max
            || zone_max > 16 =>
        {
            Err("needs 1 <= min <= max, at most 32 digits of an id and 16 of a zone")
        }
        DestinationRule::Digits { .. }
        | DestinationRule::Phone { .. }
        | DestinationRule::PlnMeter
        | DestinationRule::Player { .. }
        | DestinationRule::Fields => Ok(()),
    }
}

fn input_fields(product: &Product) -> Check {
    let mut keys = BTreeSet::new();
    for field in &product.input_fields {
        let entry = || format!("product {}, input field {}", product.code, field.key);
        readable(&field.label, "label", entry)?;
        if !keys.insert(&field.key) {
            return Err(CatalogError::new(entry(), "key", "is used twice"));
        }
        let possible = match &field.rule {
            FieldRule::Digits { min, max } => *min >= 1 && min <= max,
            FieldRule::Text { max } => *max >= 1,
            FieldRule::OneOf(values) => !values.is_empty(),
        };
        if !possible {
            return Err(CatalogError::new(entry(), "rule", "accepts nothing"));
        }
    }
    Ok(())
}

/// A destination that is made of the input fields has some, fits into its normal form, and can be taken apart again.
fn made_of_fields(product: &Product) -> Check {
    let entry = || format!("product {}", product.code);
    let fields = &product.input_fields;
    if fields.is_empty() {
        let rule = "fields: the product has no input_fields";
        return Err(CatalogError::new(entry(), "destination", rule));
    }
    let longest: usize = fields.iter().map(|field| field.rule.lengths().1 + 2).sum();
    if longest - 2 > 64 {
        let rule = "fields: with all of them as long as they may be it has more than 64 characters";
        return Err(CatalogError::new(entry(), "destination", rule));
    }
    for field in fields {
        if let FieldRule::OneOf(values) = &field.rule
            && !values.iter().all(|value| {
                is_value(value) && value.bytes().all(|byte| (0x20..0x7F).contains(&byte))
            })
        {
            let entry = format!("product {}, input field {}", product.code, field.key);
            let rule = "of a destination, values are printable ASCII without ( ) { } | ; and without blanks around them";
            return Err(CatalogError::new(entry, "rule", rule));
        }
    }
    Ok(())
}

/// Mappings: their product and supplier exist, their cost can be booked, no route is listed twice.
pub(super) fn mappings(data: &CatalogData) -> Check {
    let mut routes = BTreeSet::new();
    for (index, mapping) in data.mappings.iter().enumerate() {
        let entry = || format!("mapping {} ({})", mapping.id, mapping.sku);
        let wrong = |field, rule| Err(CatalogError::new(entry(), field, rule));
        dense(mapping.id.index(), index, entry)?;
        let Some(product) = data.products.get(mapping.product.index()) else {
            return wrong("product", "there is no such product");
        };
        if data.suppliers.get(mapping.supplier.index()).is_none() {
            return wrong("supplier", "there is no such supplier");
        }
        match product.kind {
            ProductKind::Prepaid if !mapping.cost.is_positive() => {
                return wrong("cost", "is not above zero");
            }
            ProductKind::Postpaid if mapping.cost != Money::ZERO => {
                return wrong(
                    "cost",
                    "is not zero: what a bill costs is known from its inquiry",
                );
            }
            ProductKind::Prepaid | ProductKind::Postpaid => {}
        }
        within_bound(mapping.cost, "cost", entry)?;
        quota(mapping.quota, entry)?;
        if let Some(form) = &mapping.form
            && let Err(error) = form.check(product)
        {
            return Err(CatalogError::new(entry(), "form", error.to_string()));
        }
        if !routes.insert((mapping.product, mapping.supplier, mapping.sku.as_str())) {
            return wrong("sku", "is mapped twice for this product and supplier");
        }
    }
    Ok(())
}

/// Price rules, arranged.
pub(super) fn prices(data: &CatalogData) -> Result<PriceBook, CatalogError> {
    let mut book = PriceBook::default();
    for rule in &data.prices {
        let entry = || {
            let buyers = match rule.buyers {
                Buyers::Tier(tier) => format!("tier {}", tier.0),
                Buyers::Member(member) => format!("member {member}"),
            };
            match rule.goods {
                Goods::Category(id) => format!("price of category {id} for {buyers}"),
                Goods::Product(id) => format!("price of product {id} for {buyers}"),
            }
        };
        let wrong = |field, rule: &str| Err(CatalogError::new(entry(), field, rule));
        match rule.buyers {
            Buyers::Tier(tier) if data.tiers.get(tier.index()).is_none() => {
                return wrong("buyers", "there is no such tier");
            }
            Buyers::Tier(_) | Buyers::Member(_) => {}
        }
        match rule.goods {
            Goods::Category(id) if data.categories.get(id.index()).is_none() => {
                return wrong("goods", "there is no such category");
            }
            Goods::Product(id) if data.products.get(id.index()).is_none() => {
                return wrong("goods", "there is no such product");
            }
            Goods::Category(_) | Goods::Product(_) => {}
        }
        match (rule.price, rule.goods) {
            (Price::Sell(_), Goods::Category(_)) => {
                return wrong("price", "a sell price is for a single product");
            }
            (Price::Sell(sell), Goods::Product(_)) if !sell.is_positive() => {
                return wrong("price", "is not above zero");
            }
            (Price::Sell(amount) | Price::Flat(amount), _) => {
                within_bound(amount, "price", entry)?;
            }
            (Price::Ppm(ppm), _) if !(-1_000_000..=PPM_MAX).contains(&ppm) => {
                return wrong("price", "must lie between -1000000 and 10000000 ppm");
            }
            (Price::Ppm(_), _) => {}
        }
        if !book.insert(rule) {
            return wrong("goods", "has two rules for the same buyers");
        }
    }
    Ok(book)
}

/// Approvals: about what is there, one of a kind.
pub(super) fn approvals(
    data: &CatalogData,
) -> Result<BTreeMap<ApprovalId, Approval>, CatalogError> {
    let mut found = BTreeMap::new();
    for approval in &data.approvals {
        let id = approval.proposal.id();
        let wrong =
            |field, rule: &str| Err(CatalogError::new(format!("approval {id}"), field, rule));
        match approval.proposal {
            Proposal::BasePrice { product, to, .. } => {
                if data.products.get(product.index()).is_none() {
                    return wrong("product", "there is no such product");
                }
                within_bound(to, "to", || format!("approval {id}"))?;
            }
            Proposal::Withdrawal { mapping } => {
                if data.mappings.get(mapping.index()).is_none() {
                    return wrong("mapping", "there is no such mapping");
                }
            }
        }
        if found.insert(id, *approval).is_some() {
            return wrong("id", "is used twice");
        }
    }
    Ok(found)
}

/// Marks of syncs: one for a supplier that is there.
pub(super) fn syncs(data: &CatalogData) -> Result<BTreeMap<SupplierId, SyncMark>, CatalogError> {
    let mut found = BTreeMap::new();
    for mark in &data.syncs {
        let wrong = |rule: &str| {
            Err(CatalogError::new(
                format!("sync {}", mark.supplier),
                "supplier",
                rule,
            ))
        };
        if data.suppliers.get(mark.supplier.index()).is_none() {
            return wrong("there is no such supplier");
        }
        if found.insert(mark.supplier, *mark).is_some() {
            return wrong("has two marks");
        }
    }
    Ok(found)
}

/// A markup of ten times the base price is a typing error.
const PPM_MAX: i32 = 10_000_000;

fn dense(id: usize, index: usize, entry: impl Fn() -> String) -> Check {
    if id == index {
        Ok(())
    } else {
        Err(CatalogError::new(
            entry(),
            "id",
            format!("is {id} but stands at {index}: ids count from 0 without gaps"),
        ))
    }
}

fn readable(text: &str, field: &'static str, entry: impl Fn() -> String) -> Check {
    if (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(CatalogError::new(
            entry(),
            field,
            "must have 1 to 100 characters and no control characters",
        ))
    }
}

/// A price beyond what a transfer may carry is refused, never clipped (INV-5).
fn quota(quota: Quota, entry: impl Fn() -> String) -> Check {
    let Some(amount) = quota.amount else {
        return Ok(());
    };
    if amount < Money::ZERO {
        return Err(CatalogError::new(entry(), "quota_amount", "is negative"));
    }
    within_bound(amount, "quota_amount", entry)
}

fn within_bound(amount: Money, field: &'static str, entry: impl Fn() -> String) -> Check {
    amount
        .bounded()
        .map(|_| ())
        .map_err(|error: MoneyError| CatalogError::new(entry(), field, error.to_string()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::catalog::sample::{self, rupiah};
    use crate::catalog::{InputField, PriceRule, Snapshot, TierId};
    use crate::ids::{CategoryId, SupplierId};

    fn field(data: &mut CatalogData, rule: FieldRule) {
        let field = InputField {
            key: sample::slug("zone"),
            label: "Zone".to_owned(),
            rule,
        };
        data.products[0].input_fields.push(field);
    }

    fn player([id_min, id_max]: [u8; 2], [zone_min, zone_max]: [u8; 2]) -> DestinationRule {
        DestinationRule::Player {
            id_min,
            id_max,
            zone_min,
            zone_max,
        }
    }

    #[rstest]
    #[case::gap(|d: &mut CatalogData| d.suppliers[1].id = SupplierId(2), "supplier beta", "id")]
    #[case::slug(|d: &mut CatalogData| d.tiers[1].slug = sample::slug("retail"), "tier retail", "slug")]
    #[case::no_name(|d: &mut CatalogData| d.categories[0].name.clear(), "category pulsa", "name")]
    #[case::control(|d: &mut CatalogData| d.categories[0].name.push('\n'), "category pulsa", "name")]
    #[case::code(|d: &mut CatalogData| d.products[1].code = sample::code("X10"), "product X10", "code")]
    #[case::category(|d: &mut CatalogData| d.products[0].category = CategoryId(9), "product X10", "category")]
    #[case::negative(|d: &mut CatalogData| d.products[0].base_price = rupiah(-1), "product X10", "base_price")]
    #[case::inv_05_price(
        |d: &mut CatalogData| d.products[0].base_price = Money::from_hundredths(100_000_000_000_001),
        "product X10", "base_price"
    )]
    #[case::margin(|d: &mut CatalogData| d.products[0].min_margin = rupiah(-1), "product X10", "min_margin")]
    #[case::digits(
        |d: &mut CatalogData| d.products[0].destination = DestinationRule::Digits { min: 5, max: 4 },
        "product X10", "destination"
    )]
    #[case::digits_long(
        |d: &mut CatalogData| d.products[0].destination = DestinationRule::Digits { min: 5, max: 65 },
        "product X10", "destination"
    )]
    #[case::player_turned(|d: &mut CatalogData| d.products[0].destination = player([10, 6], [4, 5]), "product X10", "destination")]
    #[case::player_nothing(|d: &mut CatalogData| d.products[0].destination = player([0, 10], [4, 5]), "product X10", "destination")]
    #[case::zone_turned(|d: &mut CatalogData| d.products[0].destination = player([6, 10], [5, 4]), "product X10", "destination")]
    #[case::zone_nothing(|d: &mut CatalogData| d.products[0].destination = player([6, 10], [0, 4]), "product X10", "destination")]
    #[case::zone_long(|d: &mut CatalogData| d.products[0].destination = player([6, 32], [4, 31]), "product X10", "destination")]
    #[case::strict(
        |d: &mut CatalogData| d.products[0].destination = DestinationRule::Phone { operators: vec![], strict: true },
        "product X10", "destination"
    )]
    #[case::field_rule(
        |d: &mut CatalogData| field(d, FieldRule::OneOf(vec![])),
        "product X10, input field zone", "rule"
    )]
    #[case::field_key(
        |d: &mut CatalogData| { field(d, FieldRule::Text { max: 9 }); field(d, FieldRule::Text { max: 9 }) },
        "product X10, input field zone", "key"
    )]
    #[case::product(|d: &mut CatalogData| d.mappings[0].product = ProductId(9), "mapping 0 (sku0)", "product")]
    #[case::supplier(|d: &mut CatalogData| d.mappings[0].supplier = SupplierId(9), "mapping 0 (sku0)", "supplier")]
    #[case::cost(|d: &mut CatalogData| d.mappings[0].cost = Money::ZERO, "mapping 0 (sku0)", "cost")]
    #[case::quota(|d: &mut CatalogData| d.mappings[0].quota.amount = Some(rupiah(-1)), "mapping 0 (sku0)", "quota_amount")]
    #[case::inv_05_quota(
        |d: &mut CatalogData| d.suppliers[0].quota.amount = Some(Money::from_hundredths(100_000_000_000_001)),
        "supplier alpha", "quota_amount"
    )]
    #[case::inv_05_cost(
        |d: &mut CatalogData| d.mappings[0].cost = Money::from_hundredths(100_000_000_000_001),
        "mapping 0 (sku0)", "cost"
    )]
    #[case::twice(
        |d: &mut CatalogData| { d.mappings[2].supplier = SupplierId(0); d.mappings[2].sku = d.mappings[0].sku.clone() },
        "mapping 2 (sku0)", "sku"
    )]
    #[case::tier(
        |d: &mut CatalogData| d.prices[0].buyers = Buyers::Tier(TierId(9)),
        "price of category 0 for tier 9", "buyers"
    )]
    #[case::goods(
        |d: &mut CatalogData| d.prices[0].goods = Goods::Product(ProductId(9)),
        "price of product 9 for tier 0", "goods"
    )]
    #[case::sell_category(
        |d: &mut CatalogData| d.prices[0].price = Price::Sell(rupiah(1)),
        "price of category 0 for tier 0", "price"
    )]
    #[case::sell_nothing(
        |d: &mut CatalogData| { d.prices[0].goods = Goods::Product(ProductId(0)); d.prices[0].price = Price::Sell(Money::ZERO) },
        "price of product 0 for tier 0", "price"
    )]
    #[case::ppm(
        |d: &mut CatalogData| d.prices[0].price = Price::Ppm(10_000_001),
        "price of category 0 for tier 0", "price"
    )]
    #[case::inv_05_markup(
        |d: &mut CatalogData| d.prices[0].price = Price::Flat(Money::from_hundredths(-100_000_000_000_001)),
        "price of category 0 for tier 0", "price"
    )]
    #[case::two_rules(
        |d: &mut CatalogData| { let again = d.prices[0]; d.prices.push(PriceRule { price: Price::Ppm(0), ..again }) },
        "price of category 0 for tier 0", "goods"
    )]
    fn a_wrong_catalog_is_refused_by_the_name_of_the_field(
        #[case] spoil: fn(&mut CatalogData),
        #[case] entry: &str,
        #[case] field: &str,
    ) {
        let mut data = sample::data();
        spoil(&mut data);
        let error = Snapshot::new(1, data).unwrap_err();
        assert_eq!(
            (error.entry.as_str(), error.field),
            (entry, field),
            "{error}"
        );
    }

    #[test]
    fn a_loss_leader_may_have_a_negative_margin() {
        let mut data = sample::data();
        data.products[0].loss_leader = true;
        data.products[0].min_margin = rupiah(-500);
        assert!(Snapshot::new(1, data).is_ok());
    }
}
