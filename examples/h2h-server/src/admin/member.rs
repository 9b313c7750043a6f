//! Members (agen) and their wallets.

use eraflazz_core::member::{GuardPolicy, LateSuccess, MemberKind, MemberLimits, MemberStatus};
use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};

use super::amount::CreditLimit;

/// `POST /api/v1/admin/members`. What is not given is as usual for its kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// What people call it, unique.
    pub code: Slug,
    /// Its name for people; the code if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The slug of the tier whose prices it pays.
    pub tier: Slug,
    /// `shop` or `h2h`.
    pub kind: MemberKind,
    /// The code of the member who brought it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upline: Option<Slug>,
    /// How far below zero it may go; needs `admin:money` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_limit: Option<CreditLimit>,
    /// How often it may call; the whole set, `null` in it for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<MemberLimits>,
}

/// `POST /api/v1/admin/members/{code}`. What is given is set, the rest stays; setting it again changes nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The slug of its tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Slug>,
    /// `active` or `suspended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MemberStatus>,
    /// How far below zero it may go; needs `admin:money` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_limit: Option<CreditLimit>,
    /// How often it may call; the whole set, `null` in it for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<MemberLimits>,
    /// `by_day_counter` or `by_ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard_policy: Option<GuardPolicy>,
    /// `reclaim` or `absorb`; needs `admin:money` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_success: Option<LateSuccess>,
    /// Whether another operator's number is refused rather than warned about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict_operator: Option<bool>,
}

/// A member and what it has.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    pub kind: MemberKind,
    /// The code of the member who brought it in.
    pub upline: Option<String>,
    /// `active` or `suspended`.
    pub status: MemberStatus,
    /// How a repeated purchase is recognised.
    pub guard_policy: GuardPolicy,
    /// Who bears a late success.
    pub late_success: LateSuccess,
    /// Whether another operator's number is refused.
    pub strict_operator: bool,
    /// How often it may call.
    pub limits: MemberLimits,
    /// What it has.
    pub wallet: WalletTold,
}

/// A wallet, whole rupiah.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalletNote {
    /// Why, for the log of the member.
    pub note: String,
}
