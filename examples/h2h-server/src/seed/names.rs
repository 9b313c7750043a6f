//! The ids behind the names that a file uses: of what is there already, and of what the file adds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use eraflazz_core::catalog::{Snapshot, TierId};
use eraflazz_core::ids::{CategoryId, MemberId, ProductId, SupplierId};
use eraflazz_core::text::{ProductCode, Slug};

use super::Seed;
use crate::strict::Problems;

/// The ids behind the names of a file.
pub(super) struct Names {
    pub(super) categories: Index<Slug, CategoryId>,
    pub(super) tiers: Index<Slug, TierId>,
    pub(super) suppliers: Index<Slug, SupplierId>,
    pub(super) products: Index<ProductCode, ProductId>,
    pub(super) members: Index<Slug, MemberId>,
    /// Of each entry of `members`, by its place.
    pub(super) minted: Vec<MemberId>,
}

impl Names {
    /// Of what `base` and `members` have and of what `seed` adds: names keep their ids, new ones get the next, new members those that were
    /// minted for them.
    pub(super) fn collect(
        seed: &Seed,
        base: &Snapshot,
        members: &[(Slug, MemberId)],
        minted: Vec<MemberId>,
        problems: &mut Problems,
    ) -> Self {
        let mut categories = Index::of(
            "category",
            base.categories().iter().map(|c| (&c.slug, c.id)),
        );
        let next = base.categories().len();
        let entries = seed.categories.iter().map(|entry| &entry.slug);
        categories.add(
            "categories",
            "slug",
            entries,
            dense(next, CategoryId),
            problems,
        );
        let mut tiers = Index::of("tier", base.tiers().iter().map(|t| (&t.slug, t.id)));
        let entries = seed.tiers.iter().map(|entry| &entry.slug);
        tiers.add(
            "tiers",
            "slug",
            entries,
            dense(base.tiers().len(), TierId),
            problems,
        );
        let mut suppliers = Index::of("supplier", base.suppliers().iter().map(|s| (&s.slug, s.id)));
        let next = base.suppliers().len();
        let entries = seed.suppliers.iter().map(|entry| &entry.slug);
        suppliers.add(
            "suppliers",
            "slug",
            entries,
            dense(next, SupplierId),
            problems,
        );
        let mut products = Index::of("product", base.products().iter().map(|p| (&p.code, p.id)));
        let next = base.products().len();
        let entries = seed.products.iter().map(|entry| &entry.code);
        products.add(
            "products",
            "code",
            entries,
            dense(next, ProductId),
            problems,
        );
        let mut all = Index::of("member", members.iter().map(|(code, id)| (code, *id)));
        let entries = seed.members.iter().map(|entry| &entry.code);
        let mut fresh = minted.iter().copied();
        all.add("members", "code", entries, || fresh.next(), problems);
        Self {
            categories,
            tiers,
            suppliers,
            products,
            members: all,
            minted,
        }
    }
}

/// Dense ids from `next` on.
fn dense<N: TryFrom<usize>, Id>(next: usize, id: fn(N) -> Id) -> impl FnMut() -> Option<Id> {
    let mut next = next..;
    move || N::try_from(next.next()?).ok().map(id)
}

/// Names of one kind of thing.
pub(super) struct Index<K, Id> {
    kind: &'static str,
    ids: BTreeMap<K, Id>,
}

impl<K: Ord + Clone + fmt::Display, Id: Copy> Index<K, Id> {
    fn of<'a>(kind: &'static str, known: impl Iterator<Item = (&'a K, Id)>) -> Self
    where
        K: 'a,
    {
        let ids = known.map(|(name, id)| (name.clone(), id)).collect();
        Self { kind, ids }
    }

    fn add<'a>(
        &mut self,
        list: &str,
        field: &str,
        entries: impl Iterator<Item = &'a K>,
        mut next: impl FnMut() -> Option<Id>,
        problems: &mut Problems,
    ) where
        K: 'a,
    {
        let mut seen = BTreeSet::new();
        for (index, name) in entries.enumerate() {
            if !seen.insert(name.clone()) {
                problems.add(format!("{list}[{index}].{field}"), "is used twice");
            } else if !self.ids.contains_key(name)
                && let Some(id) = next()
            {
                self.ids.insert(name.clone(), id);
            }
        }
    }

    /// The id behind `name`.
    pub(super) fn known(&self, name: &K) -> Option<Id> {
        self.ids.get(name).copied()
    }

    /// The id behind `name`, or a problem at `at`.
    pub(super) fn find(&self, at: String, name: &K, problems: &mut Problems) -> Option<Id> {
        let id = self.known(name);
        if id.is_none() {
            problems.add(at, format!("no such {} \"{name}\"", self.kind));
        }
        id
    }
}
