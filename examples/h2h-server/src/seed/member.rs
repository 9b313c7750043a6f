//! Who orders, as a person writes it.

use eraflazz_core::member::{LateSuccess, MemberKind, MemberLimits, MemberStatus, Scope};
use eraflazz_core::money::Money;
use eraflazz_core::text::{KeyId, Operator, Slug};
use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::settings::Network;

/// `[[members]]` (agen). What is not given is as usual for its kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberSeed {
    /// What people call it.
    pub code: Slug,
    /// Its name for people; the code if there is none.
    pub name: Option<String>,
    /// The `slug` of the tier whose prices it pays.
    pub tier: Slug,
    /// `shop` or `h2h`.
    pub kind: MemberKind,
    /// The `code` of the member who brought it in; stands above it in the file.
    pub upline: Option<Slug>,
    /// How far below zero it may go.
    #[serde(default)]
    pub credit_limit: Money,
    /// `active` or `suspended`.
    pub status: Option<MemberStatus>,
    /// Who bears a success that comes after the money went back: `reclaim` or `absorb`.
    pub late_success: Option<LateSuccess>,
    /// Whether another operator's number is refused rather than warned about.
    #[serde(default)]
    pub strict_operator: bool,
    /// How often it may call.
    pub limits: Option<MemberLimits>,
    /// No limits at all: for demonstrations, benches and sandboxes.
    #[serde(default)]
    pub unlimited: bool,
    /// What it owns as of now (saldo awal).
    #[serde(default)]
    pub balance: Money,
    /// `[[members.keys]]`, at most two.
    #[serde(default)]
    pub keys: Vec<KeySeed>,
}

/// `[[operators]]`: who runs this server. An operator's key never orders, a member's key never administers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorSeed {
    /// The name that stands in the log of what is done with its keys.
    pub name: Operator,
    /// `[[operators.keys]]`, at most two.
    pub keys: Vec<KeySeed>,
}

/// `[[members.keys]]` and `[[operators.keys]]`: a key of their programs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySeed {
    /// Its public part, `ek_live_…` or `ek_test_…`.
    pub id: KeyId,
    /// What requests are signed with, at least 16 characters.
    pub secret: SecretString,
    /// What it may do: `trx:write`, `trx:read`; of an operator `admin:*` or a part of it.
    pub scopes: Vec<Scope>,
    /// Where it may be used from; anywhere if not given.
    #[serde(default, deserialize_with = "networks")]
    pub networks: Vec<IpNet>,
}

fn networks<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<IpNet>, D::Error> {
    let networks: Vec<Network> = Vec::deserialize(source)?;
    Ok(networks.into_iter().map(|network| network.0).collect())
}
