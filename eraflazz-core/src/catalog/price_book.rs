//! What members pay: rules over the base price, the most specific first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::product::Product;
use crate::ids::{CategoryId, MemberId, ProductId};
use crate::money::Money;
use crate::text::Slug;

/// A tier of members (level harga), dense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TierId(pub u16);

impl TierId {
    /// The index into dense tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A tier of members: retail, reseller, or any other level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its index in the catalog.
    pub id: TierId,
    /// Its name in settings, unique.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
}

/// How a sell price comes about. It is rounded up to whole rupiah afterwards, once (D20).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// The base price plus this amount; may be negative.
    Flat(Money),
    /// The base price plus this many millionths of it; may be negative.
    Ppm(i32),
    /// This, whatever the base price is. For single products only.
    Sell(Money),
}

/// Whom a price rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Buyers {
    /// Every member of a tier.
    Tier(TierId),
    /// One member.
    Member(MemberId),
}

/// What a price rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goods {
    /// Every product of a category.
    Category(CategoryId),
    /// One product.
    Product(ProductId),
}

/// A row of the price book. There is at most one for each pair of buyers and goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRule {
    /// Whom it is for.
    pub buyers: Buyers,
    /// What it is about.
    pub goods: Goods,
    /// How the price comes about.
    pub price: Price,
}

/// All price rules, arranged for look-up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceBook {
    tiers: BTreeMap<(TierId, Goods), Price>,
    members: BTreeMap<MemberId, BTreeMap<Goods, Price>>,
}

impl PriceBook {
    /// The rule that decides what a member of `tier` pays for `product`: the member's own for the product, then for its category,
    /// then the tier's for the product, then for its category. `None` if no rule speaks of it: then it is not for sale to them,
    /// rather than for sale at cost.
    pub fn price(&self, member: MemberId, tier: TierId, product: &Product) -> Option<Price> {
        let goods = [
            Goods::Product(product.id),
            Goods::Category(product.category),
        ];
        let own = self
            .members
            .get(&member)
            .and_then(|own| goods.iter().find_map(|goods| own.get(goods)));
        own.or_else(|| {
            goods
                .iter()
                .find_map(|goods| self.tiers.get(&(tier, *goods)))
        })
        .copied()
    }

    /// Adds a rule; `false`, and nothing added, if there is one for its buyers and goods.
    pub(super) fn insert(&mut self, rule: &PriceRule) -> bool {
        use std::collections::btree_map::Entry;
        let free = match rule.buyers {
            Buyers::Tier(tier) => match self.tiers.entry((tier, rule.goods)) {
                Entry::Vacant(slot) => Some(slot.insert(rule.price)),
                Entry::Occupied(_) => None,
            },
            Buyers::Member(member) => {
                match self.members.entry(member).or_default().entry(rule.goods) {
                    Entry::Vacant(slot) => Some(slot.insert(rule.price)),
                    Entry::Occupied(_) => None,
                }
            }
        };
        free.is_some()
    }

    /// Every rule, tiers before members.
    pub fn rules(&self) -> impl Iterator<Item = PriceRule> + '_ {
        let tiers = self.tiers.iter().map(|(&(tier, goods), &price)| PriceRule {
            buyers: Buyers::Tier(tier),
            goods,
            price,
        });
        let members = self.members.iter().flat_map(|(&member, own)| {
            own.iter().map(move |(&goods, &price)| PriceRule {
                buyers: Buyers::Member(member),
                goods,
                price,
            })
        });
        tiers.chain(members)
    }
}
