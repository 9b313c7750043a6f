//! Keys of members' programs and of operators.

use eraflazz_core::member::{KeyState, Scope};
use eraflazz_core::text::{KeyId, Operator, Slug};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/admin/keys`. The caller names the key, so that a second click makes no second one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Its public part: `ek_live_…` or `ek_test_…`.
    pub id: KeyId,
    /// The code of the member it speaks for; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Slug>,
    /// the operator it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Where it may be used from; anywhere if empty.
    #[serde(default)]
    pub networks: Vec<IpNet>,
}

/// A key as it is told: never with its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyTold {
    /// Its public part.
    pub id: String,
    /// Whom it speaks for.
    pub holder: HolderTold,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Where it may be used from; anywhere if empty.
    pub networks: Vec<IpNet>,
    /// Whether it is still good.
    pub state: KeyState,
}

/// Whom a key speaks for: a member by its code, or an operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderTold {
    /// A member.
    Member(String),
    /// An operator.
    Operator(String),
}

/// A new key with its secret, which is shown this once. Prints nothing of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyIssued {
    /// The key.
    pub key: KeyTold,
    /// What requests are signed with.
    pub secret: String,
}
