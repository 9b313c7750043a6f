//! Keeping the catalog by a supplier's price list (sync produk): pure.
//!
//! [`plan`] compares a list with the catalog that is there and gives what is to be changed, all of it or nothing. What it promises:
//!
//! * A list that is empty, or sells nothing, is no list: it is refused, and nothing is closed for it. What was refused by the supplier
//!   never comes this far.
//! * A sync says of a route whether the supplier sells it ([`Mapping::listed`]), and never touches what people, or the engine after a bill above the cap,
//!   have closed ([`Mapping::active`]). So it opens again what a sync has closed, and nothing else (INV-17).
//! * What a supplier charges is a fact and counts at once: a route above the cost cap is not used from then on. What members pay follows it
//!   only when it moves, and by itself only so far ([`Rules::rise_max_ppm`], [`Rules::fall_max_ppm`]); the rest waits for a person, and so does the
//!   withdrawal of a route that the list has no more. An order that was quoted keeps its quote (INV-16).
//! * A list of prepaid goods says nothing of bills, and one of bills nothing of prepaid goods.
//! * The same list again changes nothing.
//!
//! The base price of a product moves with the cost of its best route: open, and of the lowest priority number (D20). An amount that a person has set
//! stays until that cost moves.

mod create;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use self::create::Creator;
pub use self::rules::{CategoryRule, Form, Markup, Rules, normal};
use super::{Approval, ApprovalId, CatalogChange, Mapping, ProductKind, Proposal, Snapshot};
use crate::ids::{CategoryId, MappingId, ProductId, SupplierId};
use crate::money::Money;
use crate::supplier::{PriceList, PriceRow};
use crate::text::Sku;
use crate::time::Timestamp;

/// What a list makes of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The changes, for the catalog that was looked at and no other.
    pub changes: Vec<CatalogChange>,
    /// What they come to.
    pub statistics: Statistics,
    /// What a person should know, in the order of the list.
    pub remarks: Vec<Remark>,
}

/// What a sync comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Rows of the list that were looked at.
    pub total: u32,
    /// Products that are new.
    pub created: u32,
    /// Rows of which a route, or the prices of its product, changed.
    pub updated: u32,
    /// Rows of which nothing changed.
    pub unchanged: u32,
    /// Rows that the supplier does not sell and that we do not have.
    pub skipped_inactive: u32,
    /// Rows that became no product for another reason, and rows that could not be read; see the remarks.
    pub passed_over: u32,
    /// Categories that are new.
    pub categories_created: u32,
    /// Questions to a person that are new or have changed.
    pub approvals: u32,
}

/// Something about a row that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The supplier's code; `None` if it could not be read.
    pub sku: Option<Sku>,
    /// What.
    pub text: String,
}

/// Why a list is not believed. Nothing follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It has no rows.
    #[error("the list is empty")]
    Empty,
    /// Not one of its rows is sold: something is wrong with the list, or with our account.
    #[error("the list sells nothing")]
    NothingSold,
    /// No row belongs to the category that was asked for.
    #[error("the list has no such category")]
    NoSuchCategory,
    /// There is no such supplier in the catalog.
    #[error("the catalog has no such supplier")]
    NoSuchSupplier,
}

/// What `list`, just read, makes of the catalog; of one category of the list alone if `only` names it, by the supplier's name or by ours.
pub fn plan(
    snapshot: &Snapshot,
    supplier: SupplierId,
    list: &PriceList,
    only: Option<&str>,
    rules: &Rules,
    now: Timestamp,
) -> Result<Plan, PlanError> {
    if snapshot.supplier(supplier).is_none() {
        return Err(PlanError::NoSuchSupplier);
    }
    if list.rows.is_empty() {
        return Err(PlanError::Empty);
    }
    if !list.rows.iter().any(|row| row.active) {
        return Err(PlanError::NothingSold);
    }
    let wanted = |row: &&PriceRow| only.is_none_or(|only| rules.is_of(row, only));
    let rows: Vec<&PriceRow> = list.rows.iter().filter(wanted).collect();
    if rows.is_empty() {
        return Err(PlanError::NoSuchCategory);
    }
    let mut planner = Planner::new(snapshot, supplier, list.goods, rules, now);
    for row in &rows {
        planner.row(row);
    }
    planner.miss(list, only);
    planner.reprice();
    Ok(planner.end(list, only))
}

/// A plan that is being made.
struct Planner<'a> {
    snapshot: &'a Snapshot,
    rules: &'a Rules,
    now: Timestamp,
    /// Our routes there, by the supplier's code in lower case.
    routes: BTreeMap<String, Vec<&'a Mapping>>,
    /// Routes as they are to be, where that is not how they are.
    amended: BTreeMap<MappingId, Mapping>,
    /// Which row of the list, by its place, touches which product; once each row that changed something.
    touched: BTreeMap<ProductId, BTreeSet<u32>>,
    changed: BTreeSet<u32>,
    seen: u32,
    creator: Creator<'a>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn new(
        snapshot: &'a Snapshot,
        supplier: SupplierId,
        goods: ProductKind,
        rules: &'a Rules,
        now: Timestamp,
    ) -> Self {
        let mut routes: BTreeMap<String, Vec<&Mapping>> = BTreeMap::new();
        let is_listed = |product: ProductId| {
            let product = snapshot.product(product);
            product.is_some_and(|product| product.kind == goods)
        };
        for mapping in snapshot.mappings() {
            if mapping.supplier == supplier && is_listed(mapping.product) {
                routes.entry(key(&mapping.sku)).or_default().push(mapping);
            }
        }
        Self {
            snapshot,
            rules,
            now,
            routes,
            amended: BTreeMap::new(),
            touched: BTreeMap::new(),
            changed: BTreeSet::new(),
            seen: 0,
            creator: Creator::new(snapshot, supplier, goods, rules),
            plan: Plan::default(),
        }
    }

    fn row(&mut self, row: &PriceRow) {
        let place = self.seen;
        self.seen += 1;
        let routes = self.routes.get(&key(&row.sku)).cloned();
        if let Some(routes) = routes {
            for route in routes {
                self.amend(route, row, place);
            }
        } else if !row.active {
            self.plan.statistics.skipped_inactive += 1;
        } else {
            match self.creator.create(row) {
                Ok(doubt) => {
                    self.plan.statistics.created += 1;
                    if let Some(text) = doubt {
                        self.remark(&row.sku, text);
                    }
                }
                Err(why) => {
                    self.plan.statistics.passed_over += 1;
                    self.remark(&row.sku, why);
                }
            }
        }
    }

    fn remark(&mut self, sku: &Sku, text: impl Into<String>) {
        self.plan.remarks.push(Remark {
            sku: Some(sku.clone()),
            text: text.into(),
        });
    }

    /// The route as the row has it. Whether people have closed it is theirs.
    fn amend(&mut self, route: &'a Mapping, row: &PriceRow, place: u32) {
        let wanted = Mapping {
            listed: row.active,
            cost: row.price,
            stock: row.stock,
            cut_off: row.cut_off,
            ..route.clone()
        };
        // It is on the list: nobody need be asked about its end any more.
        let id = ApprovalId::Withdrawal(route.id);
        if self.snapshot.approval(id).is_some() {
            self.plan.changes.push(CatalogChange::RemoveApproval(id));
            self.changed.insert(place);
        }
        self.touched.entry(route.product).or_default().insert(place);
        if wanted != *route {
            self.plan.changes.push(CatalogChange::SetMappingListing {
                mapping: route.id,
                listed: wanted.listed,
                cost: wanted.cost,
                stock: wanted.stock,
                cut_off: wanted.cut_off,
            });
            self.changed.insert(place);
            self.amended.insert(route.id, wanted);
        }
    }

    /// Routes that the list has no more are asked about. One whose row could not be read is there, whatever it says.
    fn miss(&mut self, list: &PriceList, only: Option<&str>) {
        let there: BTreeSet<String> = list.rows.iter().map(|row| key(&row.sku)).collect();
        let gone: Vec<&Mapping> = self
            .routes
            .iter()
            .filter(|(sku, _)| !there.contains(*sku))
            .flat_map(|(_, routes)| routes.iter().copied())
            .filter(|route| route.listed && self.is_in_scope(route.product, only))
            .filter(|route| !list.refused.iter().any(|row| names(row, &route.sku)))
            .collect();
        for route in gone {
            let proposal = Proposal::Withdrawal { mapping: route.id };
            if self.snapshot.approval(proposal.id()).is_none() {
                self.ask(proposal);
                self.remark(&route.sku, "is on the list no more: waits for approval");
            }
        }
    }

    fn is_in_scope(&self, product: ProductId, only: Option<&str>) -> bool {
        let Some(only) = only else {
            return true;
        };
        let product = self.snapshot.product(product);
        let category = product.and_then(|product| self.snapshot.category(product.category));
        category.is_some_and(|category| {
            self.rules
                .names_category(only, category.slug.as_str(), &category.name)
        })
    }

    fn ask(&mut self, proposal: Proposal) {
        self.plan.statistics.approvals += 1;
        self.plan.changes.push(CatalogChange::PutApproval(Approval {
            proposal,
            since: self.now,
            rejected: false,
        }));
    }

    /// Base prices follow the cost of the best route where that has moved.
    fn reprice(&mut self) {
        for (product, rows) in std::mem::take(&mut self.touched) {
            let routes = self.snapshot.mappings_of(product);
            let before = best(routes.iter());
            let after = best(
                routes
                    .iter()
                    .map(|old| self.amended.get(&old.id).unwrap_or(old)),
            );
            let (Some(known), Some(to)) = (self.snapshot.product(product), after) else {
                continue;
            };
            let (from, id) = (known.base_price, ApprovalId::BasePrice(product));
            let asked = self.snapshot.approval(id).copied();
            if before == Some(to) {
                // What was asked has been done by hand.
                if asked.is_some() && from == to {
                    self.plan.changes.push(CatalogChange::RemoveApproval(id));
                    self.changed.extend(rows);
                }
                continue;
            }
            if self.rules.is_beyond(from, to) {
                self.ask(Proposal::BasePrice { product, from, to });
                let code = known.code.clone();
                self.plan.remarks.push(Remark {
                    sku: None,
                    text: format!("the base price of {code} would move from {from} to {to}: waits for approval"),
                });
            } else {
                if from != to {
                    self.plan.changes.push(CatalogChange::SetBasePrice {
                        product,
                        base_price: to,
                    });
                }
                if asked.is_some() {
                    self.plan.changes.push(CatalogChange::RemoveApproval(id));
                }
            }
            self.changed.extend(rows);
        }
    }

    fn end(mut self, list: &PriceList, only: Option<&str>) -> Plan {
        let created = self.creator.end();
        let refused = if only.is_none() {
            u32::try_from(list.refused.len()).unwrap_or(u32::MAX)
        } else {
            0
        };
        for row in list.refused.iter().take(refused as usize) {
            self.plan.remarks.push(Remark {
                sku: None,
                text: format!("could not be read: {row}"),
            });
        }
        let statistics = &mut self.plan.statistics;
        statistics.categories_created = created.categories;
        statistics.updated = u32::try_from(self.changed.len()).unwrap_or(u32::MAX);
        statistics.total = self.seen.saturating_add(refused);
        statistics.passed_over = statistics.passed_over.saturating_add(refused);
        let known = statistics
            .created
            .saturating_add(statistics.updated)
            .saturating_add(statistics.skipped_inactive)
            .saturating_add(statistics.passed_over);
        statistics.unchanged = statistics.total.saturating_sub(known);
        let mut changes = created.changes;
        changes.append(&mut self.plan.changes);
        self.plan.changes = changes;
        self.plan
    }
}

impl Plan {
    /// The list for a store: for the catalog of this version alone, and with the mark that the supplier was synced if the plan is about its whole list.
    pub fn commit(
        self,
        version: u64,
        whole: Option<(SupplierId, Timestamp)>,
    ) -> Vec<CatalogChange> {
        let mut all = vec![CatalogChange::Over { version }];
        all.extend(self.changes);
        all.extend(whole.map(|(supplier, at)| CatalogChange::MarkSynced { supplier, at }));
        all
    }
}

/// What the best of these routes costs: open, the lowest priority number first, then the oldest.
fn best<'a>(routes: impl Iterator<Item = &'a Mapping>) -> Option<Money> {
    let open = routes.filter(|route| route.is_open());
    open.min_by_key(|route| (route.priority, route.id))
        .map(|route| route.cost)
}

/// Answers and lists are compared without regard to the case of letters.
fn key(sku: &Sku) -> String {
    sku.as_str().to_ascii_lowercase()
}

/// Whether what is said of a row that could not be read is about this code: adapters quote the code if that much could be read.
fn names(refused: &str, sku: &Sku) -> bool {
    let quoted = format!("{:?}", sku.as_str()).to_ascii_lowercase();
    refused.to_ascii_lowercase().contains(&quoted)
}

/// The ids of categories that a plan names.
type Categories = BTreeMap<String, CategoryId>;
