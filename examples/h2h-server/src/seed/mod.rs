//! The seed file: what fills an empty store at the first start.
//!
//! People write names (a product's category, a mapping's supplier); the store wants dense ids. [`Seed::read`] reads the file and
//! lists everything that is wrong with it by place (`products[3].category: no such category`); [`Seed::plan`] turns names into ids
//! and gives a [`Plan`] that has passed core's own checks. Nothing here touches a store.

mod catalog;
mod changes;
mod import;
mod member;
mod names;
mod plan;
mod whole;

use std::collections::BTreeSet;
use std::path::Path;

use eraflazz_core::text::Slug;

pub use import::Standing;

pub use catalog::{
    CatalogFile, CategorySeed, DestinationSeed, MappingSeed, PriceSeed, ProductSeed, SupplierSeed,
    TierSeed,
};
pub use member::{KeySeed, MemberSeed, OperatorSeed};
pub use plan::Plan;

use crate::strict::{Node, Problems, Section, parse_toml};

/// A seed file as it was written.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    /// `[[categories]]`.
    pub categories: Vec<CategorySeed>,
    /// `[[tiers]]`.
    pub tiers: Vec<TierSeed>,
    /// `[[suppliers]]`: each is configured under the same name in the settings.
    pub suppliers: Vec<SupplierSeed>,
    /// `[[products]]`.
    pub products: Vec<ProductSeed>,
    /// `[[mappings]]`.
    pub mappings: Vec<MappingSeed>,
    /// `[[prices]]`.
    pub prices: Vec<PriceSeed>,
    /// `[[members]]`: an upline stands above those it brought in.
    pub members: Vec<MemberSeed>,
    /// `[[operators]]`.
    pub operators: Vec<OperatorSeed>,
}

impl Seed {
    /// Reads the seed file at `path`.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let named = |rule: String| {
            let mut problems = Problems::default();
            problems.add("", format!("{}: {rule}", path.display()));
            problems
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| named(format!("cannot be read: {error}")))?;
        Self::read(&text)
            .map_err(|problems| named(format!("{} problem(s)\n{problems}", problems.all().len())))
    }

    /// Reads the text of a seed file. The error lists every entry that is wrong.
    pub fn read(text: &str) -> Result<Self, Problems> {
        match parse_toml(text) {
            Ok(node) => Self::from_node(node),
            Err(fault) => {
                let mut problems = Problems::default();
                problems.add(fault.field(), fault.detail());
                Err(problems)
            }
        }
    }

    /// Reads a document that was parsed already.
    pub fn from_node(node: Node) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let Node::Table(table) = node else {
            problems.add("", format!("a table is expected, not {}", node.kind()));
            return Err(problems);
        };
        let mut root = Section::new("", table, &mut problems);
        let seed = Self {
            categories: root.each("categories"),
            tiers: root.each("tiers"),
            suppliers: root.each("suppliers"),
            products: root.each("products"),
            mappings: root.each("mappings"),
            prices: root.each("prices"),
            members: root.each("members"),
            operators: root.each("operators"),
        };
        root.end();
        if problems.is_empty() {
            Ok(seed)
        } else {
            Err(problems)
        }
    }

    /// Reports suppliers of this file that the settings do not name: nothing could be bought from them.
    pub fn check_suppliers(&self, configured: &BTreeSet<Slug>, problems: &mut Problems) {
        for (index, supplier) in self.suppliers.iter().enumerate() {
            if !configured.contains(&supplier.slug) {
                problems.add(
                    format!("suppliers[{index}].slug"),
                    format!(
                        "no such supplier \"{}\" in the settings: add [suppliers.{}]",
                        supplier.slug, supplier.slug
                    ),
                );
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod wrong_values;
