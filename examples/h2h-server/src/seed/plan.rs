//! From names to ids, and the checks that need the whole.

use std::collections::BTreeMap;

use eraflazz_core::catalog::{
    Buyers, CatalogData, Category, Goods, Mapping, Price, PriceRule, Product, SupplierInfo, Tier,
    TierId,
};
use eraflazz_core::ids::{CategoryId, MappingId, MemberId, ProductId, SupplierId};
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Member, MemberLimits, Scopes};
use eraflazz_core::money::Money;
use eraflazz_core::text::{ProductCode, Slug};

use super::{KeySeed, MemberSeed, PriceSeed, Seed, whole};
use crate::settings::usable_secret;
use crate::strict::Problems;

/// What an empty store is filled with, in this order: the catalog, the members, their keys, then money.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// A catalog that [`Snapshot::new`](eraflazz_core::catalog::Snapshot::new) accepts.
    pub catalog: CatalogData,
    /// An upline comes before those it brought in.
    pub members: Vec<Member>,
    /// Every one belongs to a member above, or to an operator.
    pub keys: Vec<ApiKey>,
    /// What members own as of now; amounts above zero.
    pub balances: Vec<(MemberId, Money)>,
    /// What lies at suppliers as of now; amounts above zero.
    pub floats: Vec<(SupplierId, Money)>,
}

impl Seed {
    /// Turns names into ids; `mint` gives the id of each member, in the order of the file. The error lists every name that means
    /// nothing, every name used twice, and the first rule of the catalog that is broken.
    pub fn plan(&self, mut mint: impl FnMut() -> MemberId) -> Result<Plan, Problems> {
        let mut problems = Problems::default();
        let names = Names::collect(self, &mut mint, &mut problems);
        let mut plan = Plan::default();
        self.plan_catalog(&names, &mut plan, &mut problems);
        for (index, seed) in self.members.iter().enumerate() {
            plan_member(index, seed, &names, &mut plan, &mut problems);
        }
        for (index, seed) in self.operators.iter().enumerate() {
            let at = format!("operators[{index}]");
            let holder = KeyHolder::Operator(seed.name.clone());
            plan_keys(&at, &holder, &seed.keys, &mut plan, &mut problems);
        }
        if problems.is_empty() {
            whole::check(self, &plan, &mut problems);
        }
        if problems.is_empty() {
            Ok(plan)
        } else {
            Err(problems)
        }
    }

    fn plan_catalog(&self, names: &Names, plan: &mut Plan, problems: &mut Problems) {
        let catalog = &mut plan.catalog;
        for (seed, id) in self.categories.iter().zip(0..) {
            let (slug, name) = (seed.slug.clone(), seed.name.clone());
            let id = CategoryId(id);
            catalog.categories.push(Category { id, slug, name });
        }
        for (seed, id) in self.tiers.iter().zip(0..) {
            let (slug, name) = (seed.slug.clone(), seed.name.clone());
            let id = TierId(id);
            catalog.tiers.push(Tier { id, slug, name });
        }
        for ((index, seed), id) in self.suppliers.iter().enumerate().zip(0..) {
            let id = SupplierId(id);
            catalog.suppliers.push(SupplierInfo {
                id,
                slug: seed.slug.clone(),
                name: seed.name.clone(),
                active: seed.active,
            });
            let at = format!("suppliers[{index}].float");
            plan.floats.extend(opening(at, id, seed.float, problems));
        }
        for ((index, seed), id) in self.products.iter().enumerate().zip(0..) {
            let at = format!("products[{index}].category");
            let Some(category) = names.categories.find(at, &seed.category, problems) else {
                continue;
            };
            let brand = seed.brand.clone();
            let group = self.categories.get(category.index());
            let brand = brand.or_else(|| group.map(|group| group.name.clone()));
            let usual = Product::prepaid(
                ProductId(id),
                seed.code.clone(),
                category,
                seed.destination.0.clone(),
                seed.base_price,
            );
            catalog.products.push(Product {
                name: seed.name.clone(),
                brand: brand.unwrap_or_default(),
                min_margin: seed.min_margin,
                loss_leader: seed.loss_leader,
                cut_off: seed.cut_off,
                multi: seed.multi,
                sn_required: seed.sn_required,
                active: seed.active,
                ..usual
            });
        }
        for ((index, seed), id) in self.mappings.iter().enumerate().zip(0..) {
            let at = format!("mappings[{index}]");
            let product = names
                .products
                .find(format!("{at}.product"), &seed.product, problems);
            let supplier = names
                .suppliers
                .find(format!("{at}.supplier"), &seed.supplier, problems);
            if let (Some(product), Some(supplier)) = (product, supplier) {
                let (sku, cost) = (seed.sku.clone(), seed.cost);
                catalog.mappings.push(Mapping {
                    priority: seed.priority,
                    stock: seed.stock,
                    cut_off: seed.cut_off,
                    active: seed.active,
                    ..Mapping::new(MappingId(id), product, supplier, sku, cost)
                });
            }
        }
        for (index, seed) in self.prices.iter().enumerate() {
            let rule = plan_price(&format!("prices[{index}]"), seed, names, problems);
            catalog.prices.extend(rule);
        }
    }
}

fn plan_price(
    at: &str,
    seed: &PriceSeed,
    names: &Names,
    problems: &mut Problems,
) -> Option<PriceRule> {
    let buyers = match (&seed.tier, &seed.member) {
        (Some(tier), None) => {
            let tier = names.tiers.find(format!("{at}.tier"), tier, problems);
            tier.map(Buyers::Tier)
        }
        (None, Some(member)) => {
            let member = names.members.find(format!("{at}.member"), member, problems);
            member.map(Buyers::Member)
        }
        _ => {
            problems.add(at, "needs either tier or member");
            None
        }
    };
    let goods = match (&seed.category, &seed.product) {
        (Some(category), None) => {
            let category = names
                .categories
                .find(format!("{at}.category"), category, problems);
            category.map(Goods::Category)
        }
        (None, Some(product)) => {
            let product = names
                .products
                .find(format!("{at}.product"), product, problems);
            product.map(Goods::Product)
        }
        _ => {
            problems.add(at, "needs either category or product");
            None
        }
    };
    let price = match (seed.flat, seed.ppm, seed.sell) {
        (Some(amount), None, None) => Price::Flat(amount),
        (None, Some(rate), None) => Price::Ppm(rate),
        (None, None, Some(amount)) => Price::Sell(amount),
        _ => {
            problems.add(at, "needs one of flat, ppm and sell");
            return None;
        }
    };
    Some(PriceRule {
        buyers: buyers?,
        goods: goods?,
        price,
    })
}

fn plan_member(
    index: usize,
    seed: &MemberSeed,
    names: &Names,
    plan: &mut Plan,
    problems: &mut Problems,
) {
    let at = format!("members[{index}]");
    let tier = names.tiers.find(format!("{at}.tier"), &seed.tier, problems);
    let upline = match &seed.upline {
        Some(code) => {
            let upline = names.members.find(format!("{at}.upline"), code, problems);
            let above = upline.filter(|id| plan.members.iter().any(|member| member.id == *id));
            if upline.is_some() && above.is_none() {
                problems.add(
                    format!("{at}.upline"),
                    "stands above its member in the file",
                );
            }
            above
        }
        None => None,
    };
    if seed.unlimited && seed.limits.is_some() {
        problems.add(format!("{at}.limits"), "not together with unlimited");
    }
    if seed.credit_limit < Money::ZERO {
        problems.add(format!("{at}.credit_limit"), "zero or more");
    }
    let Some(id) = names.minted.get(index).copied() else {
        return;
    };
    let balance = opening(format!("{at}.balance"), id, seed.balance, problems);
    plan.balances.extend(balance);
    plan_keys(&at, &KeyHolder::Member(id), &seed.keys, plan, problems);

    // Without a tier the problem is noted; the member still counts as an upline.
    let usual = Member::new(id, seed.code.clone(), tier.unwrap_or(TierId(0)), seed.kind);
    let limits = if seed.unlimited {
        MemberLimits::UNLIMITED
    } else {
        seed.limits.unwrap_or(usual.limits)
    };
    plan.members.push(Member {
        name: seed.name.clone().unwrap_or_else(|| usual.name.clone()),
        upline,
        credit_limit: seed.credit_limit,
        status: seed.status.unwrap_or(usual.status),
        late_success: seed.late_success.unwrap_or(usual.late_success),
        limits,
        strict_operator: seed.strict_operator,
        ..usual
    });
}

fn plan_keys(
    at: &str,
    holder: &KeyHolder,
    keys: &[KeySeed],
    plan: &mut Plan,
    problems: &mut Problems,
) {
    for (index, key) in keys.iter().enumerate() {
        let at = format!("{at}.keys[{index}]");
        if let Err(rule) = usable_secret(&key.secret) {
            problems.add(format!("{at}.secret"), rule);
            continue;
        }
        if key.scopes.is_empty() {
            problems.add(
                format!("{at}.scopes"),
                "at least one, or the key opens nothing",
            );
        }
        if plan.keys.iter().any(|other| other.id == key.id) {
            problems.add(format!("{at}.id"), "is used twice");
            continue;
        }
        let key = ApiKey {
            id: key.id.clone(),
            holder: holder.clone(),
            secret: key.secret.clone(),
            scopes: Scopes::of(&key.scopes),
            networks: key.networks.clone(),
            state: KeyState::Active,
        };
        match key.admit(&plan.keys) {
            Ok(()) => plan.keys.push(key),
            Err(error) => problems.add(at, error.to_string()),
        }
    }
}

/// An amount that somebody has from the first day on; zero has no entry.
fn opening<Id>(at: String, id: Id, amount: Money, problems: &mut Problems) -> Option<(Id, Money)> {
    if amount.is_transferable() {
        return Some((id, amount));
    }
    if !amount.is_zero() {
        problems.add(at, "zero to 10^12 rupiah");
    }
    None
}

/// The ids behind the names of the file.
struct Names {
    categories: Index<Slug, CategoryId>,
    tiers: Index<Slug, TierId>,
    suppliers: Index<Slug, SupplierId>,
    products: Index<ProductCode, ProductId>,
    members: Index<Slug, MemberId>,
    /// Of each entry of `members`, by its place.
    minted: Vec<MemberId>,
}

impl Names {
    fn collect(seed: &Seed, mint: &mut impl FnMut() -> MemberId, problems: &mut Problems) -> Self {
        let slugs = |list: &'static str| move |index: usize| format!("{list}[{index}].slug");
        let codes = |list: &'static str| move |index: usize| format!("{list}[{index}].code");
        let minted: Vec<MemberId> = seed.members.iter().map(|_| mint()).collect();
        let categories = seed.categories.iter().map(|entry| &entry.slug);
        let tiers = seed.tiers.iter().map(|entry| &entry.slug);
        let suppliers = seed.suppliers.iter().map(|entry| &entry.slug);
        let products = seed.products.iter().map(|entry| &entry.code);
        let members = seed.members.iter().map(|entry| &entry.code);
        Self {
            categories: Index::new(
                "category",
                categories.zip((0..).map(CategoryId)),
                slugs("categories"),
                problems,
            ),
            tiers: Index::new(
                "tier",
                tiers.zip((0..).map(TierId)),
                slugs("tiers"),
                problems,
            ),
            suppliers: Index::new(
                "supplier",
                suppliers.zip((0..).map(SupplierId)),
                slugs("suppliers"),
                problems,
            ),
            products: Index::new(
                "product",
                products.zip((0..).map(ProductId)),
                codes("products"),
                problems,
            ),
            members: Index::new(
                "member",
                members.zip(minted.iter().copied()),
                codes("members"),
                problems,
            ),
            minted,
        }
    }
}

/// Names of one kind of thing.
struct Index<K, Id> {
    kind: &'static str,
    ids: BTreeMap<K, Id>,
}

impl<K: Ord + Clone + std::fmt::Display, Id: Copy> Index<K, Id> {
    fn new<'a>(
        kind: &'static str,
        entries: impl Iterator<Item = (&'a K, Id)>,
        place: impl Fn(usize) -> String,
        problems: &mut Problems,
    ) -> Self
    where
        K: 'a,
    {
        let mut ids = BTreeMap::new();
        for (index, (name, id)) in entries.enumerate() {
            if ids.insert(name.clone(), id).is_some() {
                problems.add(place(index), "is used twice");
            }
        }
        Self { kind, ids }
    }

    fn find(&self, at: String, name: &K, problems: &mut Problems) -> Option<Id> {
        let id = self.ids.get(name).copied();
        if id.is_none() {
            problems.add(at, format!("no such {} \"{name}\"", self.kind));
        }
        id
    }
}
