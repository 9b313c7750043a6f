//! A catalog from a file, into the one that is there: all or nothing, and everything that is wrong is told.

use std::collections::BTreeSet;

use eraflazz_core::catalog::{CatalogChange, PriceRule, Snapshot, TierId};
use eraflazz_core::ids::MemberId;
use eraflazz_core::member::{Member, MemberKind};
use eraflazz_core::text::Slug;

use super::changes::{catalog_changes, plan_price};
use super::names::Names;
use super::{PriceSeed, Seed, whole};
use crate::strict::Problems;

/// The catalog as it stands, as names need it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// What is sold.
    pub catalog: &'a Snapshot,
    /// Members, whom prices may be for.
    pub members: &'a [(Slug, MemberId)],
    /// Suppliers that the settings name.
    pub configured: &'a BTreeSet<Slug>,
}

impl Seed {
    /// The changes that bring the catalog part of this file into the one that stands. Money, members and operators have commands of their
    /// own: a file that names them is refused.
    pub fn import(&self, standing: &Standing<'_>) -> Result<Vec<CatalogChange>, Problems> {
        let mut problems = Problems::default();
        if !self.members.is_empty() {
            problems.add("members", "not part of a catalog");
        }
        if !self.operators.is_empty() {
            problems.add("operators", "not part of a catalog");
        }
        for (index, supplier) in self.suppliers.iter().enumerate() {
            if !supplier.float.is_zero() {
                let at = format!("suppliers[{index}].float");
                problems.add(at, "money is booked, not imported");
            }
        }
        self.check_suppliers(standing.configured, &mut problems);
        let names = standing.names(self, &mut problems);
        let changes = catalog_changes(self, standing.catalog, &names, &mut problems);
        if problems.is_empty() {
            let members = standing.members();
            whole::check(self, standing.catalog, &changes, &members, &mut problems);
        }
        if problems.is_empty() {
            Ok(changes)
        } else {
            Err(problems)
        }
    }
}

impl PriceSeed {
    /// The rule that it writes down.
    pub fn rule(&self, standing: &Standing<'_>) -> Result<PriceRule, Problems> {
        let mut problems = Problems::default();
        let names = standing.names(&Seed::default(), &mut problems);
        match plan_price("", self, &names, &mut problems) {
            Some(rule) if problems.is_empty() => Ok(rule),
            _ => Err(problems),
        }
    }
}

impl Standing<'_> {
    /// The members with their own prices alone: what their tier pays is looked at for every tier anyway.
    fn members(&self) -> Vec<Member> {
        let tier = TierId(0);
        let known = self.members.iter();
        known
            .map(|(code, id)| Member::new(*id, code.clone(), tier, MemberKind::H2h))
            .collect()
    }

    fn names(&self, seed: &Seed, problems: &mut Problems) -> Names {
        Names::collect(seed, self.catalog, self.members, Vec::new(), problems)
    }
}
