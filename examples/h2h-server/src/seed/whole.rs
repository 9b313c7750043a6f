//! The rules that need the whole catalog, told by the place in the file.

use std::collections::{BTreeMap, BTreeSet};

use eraflazz_core::catalog::{
    Buyers, CatalogChange, CatalogError, Goods, PriceRule, Product, ProductKind, Snapshot,
};
use eraflazz_core::ids::MemberId;
use eraflazz_core::member::{Member, MemberKind};
use eraflazz_core::money::Money;
use eraflazz_core::pricing::{QuoteError, quote, quote_bill};
use eraflazz_core::text::Slug;
use eraflazz_core::time::Timestamp;

use super::Seed;
use crate::strict::Problems;

/// Reports the first rule of the catalog that `changes` of `base` break; if none is, every price rule of the file that leads to a price nobody can
/// be charged. Everything in `seed` has found its way into `changes`, in the order of the file; `members` are those whose own prices count.
pub(super) fn check(
    seed: &Seed,
    base: &Snapshot,
    changes: &[CatalogChange],
    members: &[Member],
    problems: &mut Problems,
) {
    let rules: Vec<&PriceRule> = changes
        .iter()
        .filter_map(|change| {
            if let CatalogChange::PutPrice(rule) = change {
                Some(rule)
            } else {
                None
            }
        })
        .collect();
    match CatalogChange::apply(base, changes) {
        Ok(snapshot) => check_prices(seed, &rules, members, &snapshot, problems),
        Err(error) => problems.add(place(seed, changes, &rules, &error), error.rule),
    }
}

/// Core names an entry by what it is; people look for it by where it stands.
fn place(
    seed: &Seed,
    changes: &[CatalogChange],
    rules: &[&PriceRule],
    error: &CatalogError,
) -> String {
    let entry = error.entry.as_str();
    let slugs = |kind: &str, list: &str, slugs: Vec<&Slug>| {
        let at = slugs
            .iter()
            .position(|slug| entry == format!("{kind} {slug}"));
        at.map(|index| format!("{list}[{index}].{}", error.field))
    };
    let product = || {
        let codes = &mut seed.products.iter();
        let at = codes.position(|product| entry == format!("product {}", product.code))?;
        Some(format!("products[{at}].{}", error.field))
    };
    let mapping = || {
        let number = entry.strip_prefix("mapping ")?.split(' ').next()?;
        let mut routes = changes.iter().filter_map(|change| {
            if let CatalogChange::PutMapping(route) | CatalogChange::AmendMapping(route) = change {
                Some(route.id)
            } else {
                None
            }
        });
        let at = routes.position(|id| id.to_string() == number)?;
        Some(format!("mappings[{at}].{}", error.field))
    };
    // Of two rules for the same, the later one is too many.
    let price = || {
        let at = rules.iter().rposition(|rule| entry == price_entry(rule))?;
        let written = seed.prices.get(at)?;
        let field = match error.field {
            "price" => written.amount_field(),
            "goods" if written.category.is_some() => "category",
            "goods" => "product",
            other => other,
        };
        Some(format!("prices[{at}].{field}"))
    };
    let categories = seed.categories.iter().map(|entry| &entry.slug).collect();
    let tiers = seed.tiers.iter().map(|entry| &entry.slug).collect();
    let suppliers = seed.suppliers.iter().map(|entry| &entry.slug).collect();
    slugs("category", "categories", categories)
        .or_else(|| slugs("tier", "tiers", tiers))
        .or_else(|| slugs("supplier", "suppliers", suppliers))
        .or_else(product)
        .or_else(mapping)
        .or_else(price)
        .unwrap_or_else(|| format!("{entry}.{}", error.field))
}

fn price_entry(rule: &PriceRule) -> String {
    let buyers = match rule.buyers {
        Buyers::Tier(tier) => format!("tier {}", tier.0),
        Buyers::Member(member) => format!("member {member}"),
    };
    match rule.goods {
        Goods::Category(id) => format!("price of category {id} for {buyers}"),
        Goods::Product(id) => format!("price of product {id} for {buyers}"),
    }
}

/// What bills are tried with: a small one, which a discount spoils first.
const SAMPLE_BILL: Money = Money::from_hundredths(1_000_000);

/// A price below zero, or one that leaves nothing to buy with, would be found out by the first member who orders. One problem a
/// rule, by the first product that it spoils.
fn check_prices(
    seed: &Seed,
    rules: &[&PriceRule],
    members: &[Member],
    snapshot: &Snapshot,
    problems: &mut Problems,
) {
    let rules = Rules::of(rules);
    let nobody = MemberId::mint(Timestamp::from_micros(0), &[0; 10]);
    let of_tiers = snapshot
        .tiers()
        .iter()
        .map(|tier| Member::new(nobody, tier.slug.clone(), tier.id, MemberKind::H2h));
    // A member without rules of its own pays what its tier pays.
    let with_own = members
        .iter()
        .filter(|member| rules.members.contains_key(&member.id));
    let mut told = BTreeSet::new();
    for buyer in of_tiers.chain(with_own.cloned()) {
        for product in snapshot.products() {
            let quoted = match product.kind {
                ProductKind::Prepaid => quote(snapshot, product, &buyer),
                ProductKind::Postpaid => quote_bill(SAMPLE_BILL, snapshot, product, &buyer),
            };
            let rule = match quoted {
                Ok(_) | Err(QuoteError::NoPrice | QuoteError::NeedsInquiry) => continue,
                Err(QuoteError::NotChargeable) => format!(
                    "gives product {} a price that is not 1 to 10^12 rupiah",
                    product.code
                ),
                Err(QuoteError::NoRoom) => format!(
                    "leaves nothing to buy product {} with after its min_margin",
                    product.code
                ),
            };
            let deciding = rules.deciding(&buyer, product);
            if let Some((at, written)) = deciding.and_then(|at| Some((at, seed.prices.get(at)?)))
                && told.insert(at)
            {
                problems.add(format!("prices[{at}].{}", written.amount_field()), rule);
            }
        }
    }
}

/// Where the rule for some buyers and goods stands in the file.
#[derive(Default)]
struct Rules {
    tiers: BTreeMap<(u16, Goods), usize>,
    members: BTreeMap<MemberId, BTreeMap<Goods, usize>>,
}

impl Rules {
    fn of(prices: &[&PriceRule]) -> Self {
        let mut rules = Self::default();
        for (at, rule) in prices.iter().enumerate() {
            match rule.buyers {
                Buyers::Tier(tier) => rules.tiers.insert((tier.0, rule.goods), at),
                Buyers::Member(member) => rules
                    .members
                    .entry(member)
                    .or_default()
                    .insert(rule.goods, at),
            };
        }
        rules
    }

    /// The same order as in core's price book: the member's own before the tier's, a product's before its category's.
    fn deciding(&self, buyer: &Member, product: &Product) -> Option<usize> {
        let goods = [
            Goods::Product(product.id),
            Goods::Category(product.category),
        ];
        let own = self.members.get(&buyer.id);
        own.and_then(|own| goods.iter().find_map(|goods| own.get(goods)))
            .or_else(|| {
                let tier = buyer.tier.0;
                goods
                    .iter()
                    .find_map(|goods| self.tiers.get(&(tier, *goods)))
            })
            .copied()
    }
}
