//! A small catalog for tests: XL pulsa and a PLN token, two suppliers, two tiers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{
    Buyers, CatalogData, Category, DestinationRule, Goods, Mapping, Operator, Price, PriceRule,
    Product, Quota, Snapshot, SupplierInfo, Tier, TierId,
};
use crate::ids::{CategoryId, MappingId, ProductId, SupplierId};
use crate::money::Money;
use crate::text::{ProductCode, Sku, Slug};

pub(crate) fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

pub(crate) fn slug(text: &str) -> Slug {
    Slug::new(text).unwrap()
}

pub(crate) fn code(text: &str) -> ProductCode {
    ProductCode::new(text).unwrap()
}

pub(crate) fn product(id: u32, code_text: &str, base_price: i64) -> Product {
    Product {
        sn_required: true,
        ..Product::prepaid(
            ProductId(id),
            code(code_text),
            CategoryId(0),
            DestinationRule::Phone {
                operators: vec![Operator::Xl],
                strict: false,
            },
            rupiah(base_price),
        )
    }
}

pub(crate) fn mapping(id: u32, product: u32, supplier: u16, cost: i64) -> Mapping {
    let sku = Sku::new(&format!("sku{id}")).unwrap();
    Mapping {
        priority: 100,
        ..Mapping::new(
            MappingId(id),
            ProductId(product),
            SupplierId(supplier),
            sku,
            rupiah(cost),
        )
    }
}

pub(crate) const RETAIL: TierId = TierId(0);
pub(crate) const RESELLER: TierId = TierId(1);

/// Products `X10` (category `pulsa`, base 10,500) and `PLN20` (category `pln`, base 20,000); mappings 0 and 2 of `X10`, 1 of
/// `PLN20`; suppliers `alpha` and `beta`; retail pays 500 more, reseller 1 % more (pulsa only).
pub(crate) fn data() -> CatalogData {
    let category = |id, name: &str| Category {
        id: CategoryId(id),
        slug: slug(name),
        name: name.to_owned(),
        active: true,
    };
    let tier = |id, name: &str| Tier {
        id,
        slug: slug(name),
        name: name.to_owned(),
    };
    let supplier = |id, name: &str| SupplierInfo {
        id: SupplierId(id),
        slug: slug(name),
        name: name.to_owned(),
        active: true,
        account: None,
        quota: Quota::default(),
    };
    let rule = |tier, category, price| PriceRule {
        buyers: Buyers::Tier(tier),
        goods: Goods::Category(CategoryId(category)),
        price,
    };
    let mut token = product(1, "PLN20", 20_000);
    token.category = CategoryId(1);
    token.destination = DestinationRule::PlnMeter;
    CatalogData {
        categories: vec![category(0, "pulsa"), category(1, "pln")],
        tiers: vec![tier(RETAIL, "retail"), tier(RESELLER, "reseller")],
        suppliers: vec![supplier(0, "alpha"), supplier(1, "beta")],
        products: vec![product(0, "X10", 10_500), token],
        mappings: vec![
            mapping(0, 0, 0, 10_400),
            mapping(1, 1, 0, 20_000),
            mapping(2, 0, 1, 10_450),
        ],
        prices: vec![
            rule(RETAIL, 0, Price::Flat(rupiah(500))),
            rule(RETAIL, 1, Price::Flat(rupiah(500))),
            rule(RESELLER, 0, Price::Ppm(10_000)),
        ],
        approvals: Vec::new(),
        syncs: Vec::new(),
    }
}

pub(crate) fn snapshot() -> Snapshot {
    Snapshot::new(7, data()).unwrap()
}
