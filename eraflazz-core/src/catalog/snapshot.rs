//! The catalog as a whole, checked once and never changed.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::approval::{Approval, ApprovalId, SyncMark};
use super::error::CatalogError;
use super::price_book::{PriceBook, PriceRule, Tier, TierId};
use super::product::{Category, Product};
use super::supplier::{Mapping, SupplierInfo};
use crate::ids::{CategoryId, MappingId, ProductId, SupplierId};
use crate::text::ProductCode;

mod check;

/// A catalog as plain data, for files and stores. In every list but `prices` the entry at index n has the id n.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogData {
    /// Categories by id.
    pub categories: Vec<Category>,
    /// Tiers by id.
    pub tiers: Vec<Tier>,
    /// Suppliers by id.
    pub suppliers: Vec<SupplierInfo>,
    /// Products by id.
    pub products: Vec<Product>,
    /// Mappings by id.
    pub mappings: Vec<Mapping>,
    /// Price rules in any order.
    pub prices: Vec<PriceRule>,
    /// What waits for a person's word, and what was rejected, in any order.
    pub approvals: Vec<Approval>,
    /// How far syncs have come, in any order.
    pub syncs: Vec<SyncMark>,
}

/// An immutable, versioned catalog (D8). One that exists has passed every check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    version: u64,
    categories: Vec<Category>,
    tiers: Vec<Tier>,
    suppliers: Vec<SupplierInfo>,
    products: Vec<Product>,
    by_code: BTreeMap<ProductCode, ProductId>,
    /// By product, then by id: the mappings of one product lie side by side.
    mappings: Vec<Mapping>,
    /// Where in `mappings` those of each product lie.
    routes: Vec<Range<u32>>,
    /// Where in `mappings` each id lies.
    places: Vec<u32>,
    prices: PriceBook,
    approvals: BTreeMap<ApprovalId, Approval>,
    syncs: BTreeMap<SupplierId, SyncMark>,
}

impl Snapshot {
    /// The catalog of `data` as `version`, or the first thing that is wrong with it.
    pub fn new(version: u64, data: CatalogData) -> Result<Self, CatalogError> {
        let by_code = check::products(&data)?;
        check::names(&data)?;
        check::mappings(&data)?;
        let prices = check::prices(&data)?;
        let approvals = check::approvals(&data)?;
        let syncs = check::syncs(&data)?;

        let mut mappings = data.mappings;
        mappings.sort_unstable_by_key(|mapping| (mapping.product, mapping.id));
        let (routes, places) = arrange(&mappings, data.products.len());
        Ok(Self {
            version,
            categories: data.categories,
            tiers: data.tiers,
            suppliers: data.suppliers,
            products: data.products,
            by_code,
            mappings,
            routes,
            places,
            prices,
            approvals,
            syncs,
        })
    }

    /// The same catalog as plain data.
    pub fn data(&self) -> CatalogData {
        CatalogData {
            categories: self.categories.clone(),
            tiers: self.tiers.clone(),
            suppliers: self.suppliers.clone(),
            products: self.products.clone(),
            mappings: self
                .places
                .iter()
                .filter_map(|&place| self.mappings.get(place as usize).cloned())
                .collect(),
            prices: self.prices.rules().collect(),
            approvals: self.approvals.values().copied().collect(),
            syncs: self.syncs.values().copied().collect(),
        }
    }

    /// Rises with every change. An order keeps the one it was quoted from (INV-16).
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// All categories; the id is the index.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// All tiers; the id is the index.
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// All suppliers; the id is the index.
    pub fn suppliers(&self) -> &[SupplierInfo] {
        &self.suppliers
    }

    /// All products; the id is the index.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// All mappings, those of one product side by side.
    pub fn mappings(&self) -> &[Mapping] {
        &self.mappings
    }

    /// The price rules.
    pub const fn prices(&self) -> &PriceBook {
        &self.prices
    }

    /// What waits for a person's word, and what was rejected.
    pub fn approvals(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.values()
    }

    /// The approval with this id.
    pub fn approval(&self, id: ApprovalId) -> Option<&Approval> {
        self.approvals.get(&id)
    }

    /// How far syncs of this supplier have come.
    pub fn sync_mark(&self, supplier: SupplierId) -> SyncMark {
        let known = self.syncs.get(&supplier).copied();
        known.unwrap_or(SyncMark::new(supplier))
    }

    /// The category with this id.
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        self.categories.get(id.index())
    }

    /// The tier with this id.
    pub fn tier(&self, id: TierId) -> Option<&Tier> {
        self.tiers.get(id.index())
    }

    /// The supplier with this id.
    pub fn supplier(&self, id: SupplierId) -> Option<&SupplierInfo> {
        self.suppliers.get(id.index())
    }

    /// The supplier that settings call `slug`.
    pub fn supplier_named(&self, slug: &str) -> Option<&SupplierInfo> {
        self.suppliers
            .iter()
            .find(|supplier| supplier.slug.as_str() == slug)
    }

    /// The product with this id.
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        self.products.get(id.index())
    }

    /// The product that members call `code`.
    pub fn product_coded(&self, code: &ProductCode) -> Option<&Product> {
        self.product(*self.by_code.get(code)?)
    }

    /// Whether the product is sold: neither it nor its category is closed.
    pub fn is_sold(&self, product: &Product) -> bool {
        let category = self.category(product.category);
        product.active && category.is_some_and(|category| category.active)
    }

    /// The mapping with this id.
    pub fn mapping(&self, id: MappingId) -> Option<&Mapping> {
        self.mappings.get(*self.places.get(id.index())? as usize)
    }

    /// The mappings of a product, side by side, by id; none for an unknown product.
    pub fn mappings_of(&self, product: ProductId) -> &[Mapping] {
        self.routes
            .get(product.index())
            .and_then(|route| self.mappings.get(route.start as usize..route.end as usize))
            .unwrap_or_default()
    }
}

/// Where the mappings of each product lie, and where each mapping lies, in a list sorted by product.
fn arrange(mappings: &[Mapping], products: usize) -> (Vec<Range<u32>>, Vec<u32>) {
    let mut routes = vec![0..0; products];
    let mut places = vec![0; mappings.len()];
    for (place, mapping) in (0_u32..).zip(mappings) {
        if let Some(route) = routes.get_mut(mapping.product.index()) {
            if route.start == route.end {
                route.start = place;
            }
            route.end = place + 1;
        }
        if let Some(slot) = places.get_mut(mapping.id.index()) {
            *slot = place;
        }
    }
    (routes, places)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::catalog::sample;

    #[test]
    fn mappings_of_a_product_lie_side_by_side() {
        let snapshot = sample::snapshot();
        let ids = |product| -> Vec<u32> {
            snapshot
                .mappings_of(ProductId(product))
                .iter()
                .map(|mapping| mapping.id.0)
                .collect()
        };
        assert_eq!(ids(0), [0, 2]);
        assert_eq!(ids(1), [1]);
        assert_eq!(ids(2), [] as [u32; 0]);
        for id in 0..3 {
            assert_eq!(snapshot.mapping(MappingId(id)).unwrap().id.0, id);
        }
        assert_eq!(snapshot.mapping(MappingId(3)), None);
    }

    #[test]
    fn things_are_found_by_name() {
        let snapshot = sample::snapshot();
        let found = snapshot.product_coded(&sample::code("PLN20")).unwrap();
        assert_eq!(found.id, ProductId(1));
        assert_eq!(snapshot.product_coded(&sample::code("PLN50")), None);
        assert_eq!(snapshot.supplier_named("beta").unwrap().id, SupplierId(1));
        assert_eq!(snapshot.supplier_named("gamma"), None);
    }

    #[test]
    fn a_snapshot_gives_back_the_data_it_was_made_of() {
        let snapshot = sample::snapshot();
        assert_eq!(snapshot.data(), sample::data());
        let json = serde_json::to_string(&snapshot.data()).unwrap();
        let read: CatalogData = serde_json::from_str(&json).unwrap();
        assert_eq!(Snapshot::new(7, read).unwrap(), snapshot);
    }

    #[test]
    fn settings_with_unknown_keys_are_refused() {
        let json = serde_json::to_string(&sample::data()).unwrap();
        let wrong = json.replacen("\"sku\"", "\"skuu\"", 1);
        assert!(serde_json::from_str::<CatalogData>(&wrong).is_err());
    }
}
