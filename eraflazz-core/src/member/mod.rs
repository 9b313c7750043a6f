//! Members (agen, reseller): who orders and on which terms; and the keys with which programs speak for members and operators.

mod key;
mod scope;

use serde::{Deserialize, Serialize};

use crate::catalog::TierId;
use crate::ids::MemberId;
use crate::money::Money;
use crate::text::Slug;

pub use key::{ApiKey, KeyError, KeyHolder, KeyState};
pub use scope::{Scope, Scopes};

/// A member and the terms it orders on. Its money is in its wallet, which belongs to the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its identity for ever.
    pub id: MemberId,
    /// What people call it, unique.
    pub code: Slug,
    /// Its name for people.
    pub name: String,
    /// Whose prices it pays.
    pub tier: TierId,
    /// Person or program.
    pub kind: MemberKind,
    /// Who brought it in.
    pub upline: Option<MemberId>,
    /// How far below zero its `available` may go (INV-4); zero or more.
    pub credit_limit: Money,
    /// Whether it may order. Orders already open finish either way (E-34).
    pub status: MemberStatus,
    /// How a purchase repeated by mistake is recognised.
    pub guard_policy: GuardPolicy,
    /// Who bears a success that comes after the money went back.
    pub late_success: LateSuccess,
    /// How often it may call.
    pub limits: MemberLimits,
    /// Whether a number of another operator is refused rather than warned about.
    pub strict_operator: bool,
}

impl Member {
    /// An active member of this kind on its kind's usual terms: no credit, late successes reclaimed.
    pub fn new(id: MemberId, code: Slug, tier: TierId, kind: MemberKind) -> Self {
        Self {
            id,
            name: code.as_str().to_owned(),
            code,
            tier,
            kind,
            upline: None,
            credit_limit: Money::ZERO,
            status: MemberStatus::Active,
            guard_policy: kind.guard_policy(),
            late_success: LateSuccess::Reclaim,
            limits: kind.limits(),
            strict_operator: false,
        }
    }
}

/// What kind of customer a member is; decides the defaults only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberKind {
    /// A person at a counter.
    Shop,
    /// Another server (host-to-host).
    H2h,
}

impl MemberKind {
    /// A person may press twice; a program's new reference is its intent (INV-19).
    pub const fn guard_policy(self) -> GuardPolicy {
        match self {
            Self::Shop => GuardPolicy::ByDayCounter,
            Self::H2h => GuardPolicy::ByRef,
        }
    }

    /// The call limits that a member of this kind starts with.
    pub const fn limits(self) -> MemberLimits {
        let (orders, reads) = match self {
            Self::Shop => (60, 120),
            Self::H2h => (12_000, 12_000),
        };
        MemberLimits {
            orders_per_minute: Some(orders),
            reads_per_minute: Some(reads),
            price_lists_per_minute: Some(6),
        }
    }
}

/// Whether a member may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// It may.
    Active,
    /// It may not.
    Suspended,
}

/// How a purchase repeated by mistake is recognised (INV-19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardPolicy {
    /// Same day, product, destination and counter: the same purchase.
    ByDayCounter,
    /// Only the same reference is the same purchase.
    ByRef,
}

/// Who bears a success that comes after the money went back (D36, E-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateSuccess {
    /// The member: charged up to what is available, the rest is owed.
    Reclaim,
    /// The house.
    Absorb,
}

/// How often a member may call, per minute; `None` for as often as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberLimits {
    /// Orders.
    pub orders_per_minute: Option<u32>,
    /// Reads of orders, balance and mutations.
    pub reads_per_minute: Option<u32>,
    /// Reads of the price list.
    pub price_lists_per_minute: Option<u32>,
}

impl MemberLimits {
    /// No limits: for demonstrations, benches and sandboxes.
    pub const UNLIMITED: Self = Self {
        orders_per_minute: None,
        reads_per_minute: None,
        price_lists_per_minute: None,
    };
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_member_decides_the_defaults() {
        let id = MemberId(uuid::Uuid::from_u128(1));
        let new = |kind| Member::new(id, Slug::new("shop1").unwrap(), TierId(0), kind);
        let shop = new(MemberKind::Shop);
        assert_eq!(shop.guard_policy, GuardPolicy::ByDayCounter);
        assert_eq!(shop.limits.orders_per_minute, Some(60));
        assert_eq!(shop.limits.reads_per_minute, Some(120));
        let h2h = new(MemberKind::H2h);
        assert_eq!(h2h.guard_policy, GuardPolicy::ByRef);
        assert_eq!(h2h.limits.orders_per_minute, Some(12_000));
        assert_eq!(h2h.limits.price_lists_per_minute, Some(6));
    }
}
