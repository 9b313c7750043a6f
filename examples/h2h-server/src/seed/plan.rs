//! From names to ids, and the checks that need the whole.

use eraflazz_core::catalog::{CatalogChange, Snapshot, TierId};
use eraflazz_core::ids::{MemberId, SupplierId};
use eraflazz_core::member::{ApiKey, KeyError, KeyHolder, KeyState, Member, MemberLimits, Scopes};
use eraflazz_core::money::Money;
use secrecy::ExposeSecret;

use super::changes::catalog_changes;
use super::names::Names;
use super::{KeySeed, MemberSeed, Seed, whole};
use crate::settings::usable_secret;
use crate::strict::Problems;

/// What an empty store is filled with, in this order: the catalog, the members, their keys, then money.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Changes that make a catalog of an empty one.
    pub catalog: Vec<CatalogChange>,
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
        let empty = Snapshot::default();
        let minted = self.members.iter().map(|_| mint()).collect();
        let names = Names::collect(self, &empty, &[], minted, &mut problems);
        let mut plan = Plan {
            catalog: catalog_changes(self, &empty, &names, &mut problems),
            ..Plan::default()
        };
        for (index, seed) in self.suppliers.iter().enumerate() {
            if let Some(id) = names.suppliers.known(&seed.slug) {
                let at = format!("suppliers[{index}].float");
                let float = opening(at, id, seed.float, &mut problems);
                plan.floats.extend(float);
            }
        }
        for (index, seed) in self.members.iter().enumerate() {
            plan_member(index, seed, &names, &mut plan, &mut problems);
        }
        for (index, seed) in self.operators.iter().enumerate() {
            let at = format!("operators[{index}]");
            let holder = KeyHolder::Operator(seed.name.clone());
            plan_keys(&at, &holder, &seed.keys, &mut plan, &mut problems);
        }
        if problems.is_empty() {
            whole::check(self, &empty, &plan.catalog, &plan.members, &mut problems);
        }
        if problems.is_empty() {
            Ok(plan)
        } else {
            Err(problems)
        }
    }
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
        let shares = |other: &ApiKey| {
            let administers = |holder: &KeyHolder| matches!(holder, KeyHolder::Operator(_));
            other.holder != *holder
                && (administers(&other.holder) || administers(holder))
                && other.secret.expose_secret() == key.secret.expose_secret()
        };
        if plan.keys.iter().any(shares) {
            let rule = "is somebody else's secret: an operator has one of its own";
            problems.add(format!("{at}.secret"), rule);
            continue;
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
            Err(error @ KeyError::ForeignScope) => {
                problems.add(format!("{at}.scopes"), error.to_string());
            }
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
