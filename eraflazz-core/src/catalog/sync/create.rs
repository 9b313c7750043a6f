//! What a list has and the catalog does not: products, their categories, and what is added to their cost.

use std::collections::{BTreeMap, BTreeSet};

use super::Categories;
use super::rules::{Goods as Known, Rules, normal};
use crate::catalog::{
    Buyers, CatalogChange, Category, Goods, Mapping, PriceRule, Product, ProductKind, Snapshot,
    Tier, TierId,
};
use crate::ids::{CategoryId, MappingId, ProductId, SupplierId};
use crate::supplier::PriceRow;
use crate::text::{ProductCode, Slug};

/// The operator's wish of a route that nobody has wished anything of.
const PRIORITY: u16 = 100;
/// What is said of goods whose destination is not known for certain, or how the supplier is told it.
const UNSEEN: &str = "has a destination that nobody has looked at: closed until a person opens it";

/// Adds to a catalog, with ids that follow its own.
pub(super) struct Creator<'a> {
    snapshot: &'a Snapshot,
    supplier: SupplierId,
    goods: ProductKind,
    rules: &'a Rules,
    tiers: Vec<(Slug, TierId)>,
    categories: Categories,
    slugs: BTreeMap<Slug, CategoryId>,
    codes: BTreeSet<ProductCode>,
    products: usize,
    mappings: usize,
    created: Created,
}

/// What was added.
#[derive(Default)]
pub(super) struct Created {
    pub(super) changes: Vec<CatalogChange>,
    pub(super) categories: u32,
}

impl<'a> Creator<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        supplier: SupplierId,
        goods: ProductKind,
        rules: &'a Rules,
    ) -> Self {
        let tiers = snapshot.tiers().iter();
        let mut categories = Categories::new();
        for known in snapshot.categories() {
            // The first of two that read alike.
            categories.entry(normal(&known.name)).or_insert(known.id);
            if let Some(rule) = rules.categories.iter().find(|rule| rule.slug == known.slug) {
                for spelt in &rule.spelt {
                    categories.insert(spelt.clone(), known.id);
                }
            }
        }
        Self {
            snapshot,
            supplier,
            goods,
            rules,
            tiers: tiers.map(|tier| (tier.slug.clone(), tier.id)).collect(),
            categories,
            slugs: snapshot
                .categories()
                .iter()
                .map(|known| (known.slug.clone(), known.id))
                .collect(),
            codes: BTreeSet::new(),
            products: snapshot.products().len(),
            mappings: snapshot.mappings().len(),
            created: Created::default(),
        }
    }

    pub(super) fn end(self) -> Created {
        self.created
    }

    /// A product and its route; what is doubtful about it, in which case it is closed until a person has looked. `Err` says why there is none.
    pub(super) fn create(&mut self, row: &PriceRow) -> Result<Option<&'static str>, &'static str> {
        if row.name.as_deref().is_some_and(is_a_check) {
            return Err("is a check, no goods");
        }
        let code = ProductCode::new(&row.sku.as_str().to_ascii_uppercase())
            .map_err(|_| "is no code that members can type: map it by hand")?;
        if self.snapshot.product_coded(&code).is_some() || !self.codes.insert(code.clone()) {
            return Err("is the code of a product that is there: map it by hand");
        }
        let spelt = row.category.as_deref().unwrap_or_default();
        let brand = row.brand.as_deref().unwrap_or(spelt);
        let goods = match self.goods {
            ProductKind::Prepaid => {
                let rule = self.rules.category(spelt);
                rule.map(|rule| rule.goods(brand))
            }
            ProductKind::Postpaid => Some(Known::of_bill(brand)),
        };
        let mut doubt = match &goods {
            None => Some("is of a category that nobody knows: closed until a person opens it"),
            Some(goods) if !goods.is_known => Some(UNSEEN),
            Some(_) => None,
        };
        let category = self.category(spelt)?;
        let product = ProductId(number(self.products)?);
        let mapping = MappingId(number(self.mappings)?);
        let goods = goods.unwrap_or_else(Known::of_anybody);
        let new = Product {
            name: readable(row.name.as_deref().unwrap_or_default())
                .unwrap_or_else(|| code.as_str().to_owned()),
            brand: readable(brand).unwrap_or_default(),
            multi: row.multi.unwrap_or(false),
            sn_required: goods.sn_required,
            input_fields: goods.input_fields,
            kind: self.goods,
            ..Product::prepaid(product, code, category, goods.destination, row.price)
        };
        let form = row.form.clone();
        let form = form.filter(|form| form.check(&new).is_ok());
        if form.is_none() && !new.destination_fields().is_empty() {
            doubt = doubt.or(Some(UNSEEN));
        }
        self.created
            .changes
            .push(CatalogChange::PutProduct(Product {
                active: doubt.is_none(),
                ..new
            }));
        self.created
            .changes
            .push(CatalogChange::PutMapping(Mapping {
                priority: PRIORITY,
                stock: row.stock,
                cut_off: row.cut_off,
                form,
                ..Mapping::new(mapping, product, self.supplier, row.sku.clone(), row.price)
            }));
        self.products += 1;
        self.mappings += 1;
        Ok(doubt)
    }

    /// The category that a list spells so; a new one with the usual markups if there is none.
    fn category(&mut self, spelt: &str) -> Result<CategoryId, &'static str> {
        let rule = self.rules.category(spelt);
        let known = rule.map_or_else(|| normal(spelt), |rule| normal(&rule.name));
        let known = self
            .categories
            .get(&normal(spelt))
            .or_else(|| self.categories.get(&known));
        if let Some(id) = known {
            return Ok(*id);
        }
        let (slug, name) = match rule {
            Some(rule) => (rule.slug.clone(), rule.name.clone()),
            None => named(spelt)?,
        };
        // Another one may have the slug under a name of its own.
        let id = match self.slugs.get(&slug) {
            Some(id) => *id,
            None => self.add_category(slug, name)?,
        };
        self.categories.insert(normal(spelt), id);
        Ok(id)
    }

    fn add_category(&mut self, slug: Slug, name: String) -> Result<CategoryId, &'static str> {
        let next = self.snapshot.categories().len() + self.created.categories as usize;
        let id = u16::try_from(next)
            .map(CategoryId)
            .map_err(|_| "would need one more category than there can be")?;
        self.created.categories += 1;
        let category = Category {
            id,
            slug: slug.clone(),
            name,
            active: true,
        };
        self.created
            .changes
            .push(CatalogChange::PutCategory(category));
        self.mark_up(id, &slug);
        self.slugs.insert(slug, id);
        Ok(id)
    }

    /// The usual markups of a new category, for the tiers that are there; where there is none, the tiers of the markups are made.
    fn mark_up(&mut self, category: CategoryId, slug: &Slug) {
        if self.snapshot.tiers().is_empty() {
            for markup in &self.rules.markups {
                let next = u16::try_from(self.tiers.len()).unwrap_or(u16::MAX);
                if self.tiers.iter().all(|(known, _)| *known != markup.tier) {
                    let id = TierId(next);
                    self.created.changes.push(CatalogChange::PutTier(Tier {
                        id,
                        slug: markup.tier.clone(),
                        name: markup.tier.as_str().to_owned(),
                    }));
                    self.tiers.push((markup.tier.clone(), id));
                }
            }
        }
        for markup in self
            .rules
            .markups
            .iter()
            .filter(|markup| markup.category == *slug)
        {
            let tier = self.tiers.iter().find(|(known, _)| *known == markup.tier);
            if let Some((_, tier)) = tier {
                self.created
                    .changes
                    .push(CatalogChange::PutPrice(PriceRule {
                        buyers: Buyers::Tier(*tier),
                        goods: Goods::Category(category),
                        price: markup.price,
                    }));
            }
        }
    }
}

fn number(next: usize) -> Result<u32, &'static str> {
    u32::try_from(next).map_err(|_| "would be one more than there can be")
}

/// What lists sell that only looks something up.
fn is_a_check(name: &str) -> bool {
    let name = normal(name);
    name.starts_with("CEK ") || name.starts_with("CHECK ")
}

/// A text for people, as the catalog takes it.
fn readable(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let plain: String = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = plain.chars().take(100).collect();
    (!short.is_empty()).then_some(short)
}

/// A category that nobody knows, by its own name.
fn named(spelt: &str) -> Result<(Slug, String), &'static str> {
    let name = readable(spelt).unwrap_or_else(|| "Lainnya".to_owned());
    let parts = normal(spelt).to_ascii_lowercase();
    let bare: String = parts
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(30)
        .collect();
    let bare = bare.trim_matches('-');
    let text = if bare.is_empty() {
        "lainnya".to_owned()
    } else if bare.starts_with(|c: char| c.is_ascii_lowercase()) {
        bare.to_owned()
    } else {
        format!("k{bare}")
    };
    let slug = Slug::new(text.trim_end_matches('-'));
    let slug = slug.map_err(|_| "is of a category without a name that can be written")?;
    Ok((slug, name))
}
