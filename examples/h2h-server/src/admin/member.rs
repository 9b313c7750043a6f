//! Members (agen) and their wallets.

use eraflazz_core::member::{GuardPolicy, LateSuccess, MemberKind, MemberLimits, MemberStatus};
use eraflazz_core::text::Slug;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::amount::CreditLimit;
use crate::openapi::{Shown, words};

/// `POST /api/v1/admin/members`. What is not given is as usual for its kind.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// What people call it, unique.
    #[schema(value_type = words::Slug)]
    pub code: Slug,
    /// Its name for people; the code if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PersonName>)]
    pub name: Option<String>,
    /// The slug of the tier whose prices it pays.
    #[schema(value_type = words::Slug)]
    pub tier: Slug,
    /// `shop` or `h2h`.
    #[schema(value_type = words::MemberKind)]
    pub kind: MemberKind,
    /// The code of the member who brought it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub upline: Option<Slug>,
    /// How far below zero it may go; needs `admin:money` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::CreditLimit>)]
    pub credit_limit: Option<CreditLimit>,
    /// How often it may call; what is given in place of what is usual, `null` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::MemberLimits>)]
    pub limits: Option<LimitsChange>,
    /// `by_day_counter` or `by_ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::GuardPolicy>)]
    pub guard_policy: Option<GuardPolicy>,
}

/// `POST /api/v1/admin/members/{code}`. What is given is set, the rest stays; setting it again changes nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PersonName>)]
    pub name: Option<String>,
    /// The slug of its tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub tier: Option<Slug>,
    /// `active` or `suspended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::MemberStatus>)]
    pub status: Option<MemberStatus>,
    /// How far below zero it may go; needs `admin:money` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::CreditLimit>)]
    pub credit_limit: Option<CreditLimit>,
    /// How often it may call; what is given is set, `null` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::MemberLimits>)]
    pub limits: Option<LimitsChange>,
    /// `by_day_counter` or `by_ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::GuardPolicy>)]
    pub guard_policy: Option<GuardPolicy>,
    /// `reclaim` or `absorb`; needs `admin:money` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::LateSuccess>)]
    pub late_success: Option<LateSuccess>,
    /// Whether another operator's number is refused rather than warned about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict_operator: Option<bool>,
}

/// Limits that change; the others stay. `Some(None)`, which is `null`, is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsChange {
    /// Orders.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    pub orders_per_minute: Option<Option<u32>>,
    /// Reads of orders, balance and mutations.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    pub reads_per_minute: Option<Option<u32>>,
    /// Reads of the price list.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "is_given"
    )]
    pub price_lists_per_minute: Option<Option<u32>>,
}

impl LimitsChange {
    /// The limits from now on, where they are `now`.
    #[must_use]
    pub fn over(self, now: MemberLimits) -> MemberLimits {
        MemberLimits {
            orders_per_minute: self.orders_per_minute.unwrap_or(now.orders_per_minute),
            reads_per_minute: self.reads_per_minute.unwrap_or(now.reads_per_minute),
            price_lists_per_minute: self
                .price_lists_per_minute
                .unwrap_or(now.price_lists_per_minute),
        }
    }
}

/// `null` is something that was given.
#[expect(
    clippy::option_option,
    reason = "not given, null, and a number are three things"
)]
fn is_given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(from).map(Some)
}

/// A member and what it has.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberTold {
    /// Its id for ever.
    pub id: String,
    /// What people call it.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The slug of its tier.
    pub tier: String,
    /// `shop` or `h2h`.
    #[schema(value_type = words::MemberKind)]
    pub kind: MemberKind,
    /// The code of the member who brought it in.
    #[schema(required = true)]
    pub upline: Option<String>,
    /// `active` or `suspended`.
    #[schema(value_type = words::MemberStatus)]
    pub status: MemberStatus,
    /// How a repeated purchase is recognised.
    #[schema(value_type = words::GuardPolicy)]
    pub guard_policy: GuardPolicy,
    /// Who bears a late success.
    #[schema(value_type = words::LateSuccess)]
    pub late_success: LateSuccess,
    /// Whether another operator's number is refused.
    pub strict_operator: bool,
    /// How often it may call.
    #[schema(value_type = words::MemberLimits)]
    pub limits: MemberLimits,
    /// What it has.
    pub wallet: WalletTold,
}

/// A wallet, whole rupiah.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct WalletTold {
    /// What can be spent but for the credit; below zero while credit is used.
    pub balance: i64,
    /// What open orders hold.
    pub held: i64,
    /// What is owed after late successes; netted from the next deposit.
    pub receivable: i64,
    /// How far below zero the balance may go.
    pub credit_limit: i64,
    /// Whether it takes no new orders.
    pub frozen: bool,
}

/// `POST /api/v1/admin/members/{code}/freeze` and `…/thaw`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WalletNote {
    /// Why, for the log of the member.
    #[schema(value_type = words::Note)]
    pub note: String,
}

impl Shown for NewMember {
    fn example() -> Value {
        json!({"code": "toko-maju", "name": "Toko Maju", "tier": "retail", "kind": "shop"})
    }
}

impl Shown for MemberChange {
    fn example() -> Value {
        json!({"tier": "reseller", "limits": {"orders_per_minute": 600, "reads_per_minute": 1_200, "price_lists_per_minute": 6}})
    }
}

impl Shown for MemberTold {
    fn example() -> Value {
        json!({
            "id": "019b7706-8000-7a1b-8c3d-4e5f60718293", "code": "toko-maju", "name": "Toko Maju", "tier": "retail", "kind": "shop",
            "upline": null, "status": "active", "guard_policy": "by_day_counter", "late_success": "reclaim", "strict_operator": false,
            "limits": {"orders_per_minute": 60, "reads_per_minute": 120, "price_lists_per_minute": 6},
            "wallet": {"balance": 500_000, "held": 0, "receivable": 0, "credit_limit": 0, "frozen": false},
        })
    }
}

impl Shown for WalletNote {
    fn example() -> Value {
        json!({"note": "dispute of 2026-01-01 is being looked at"})
    }
}
