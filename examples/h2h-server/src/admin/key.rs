//! Keys of members' programs and of operators.

use eraflazz_core::member::{KeyState, Scope};
use eraflazz_core::text::{KeyId, Operator, Slug};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, words};
use crate::settings::plain_network;

/// `POST /api/v1/admin/keys`. The caller names the key, so that a second click makes no second one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Its public part: `ek_live_…` or `ek_test_…`.
    #[schema(value_type = words::KeyId)]
    pub id: KeyId,
    /// The code of the member it speaks for; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub member: Option<Slug>,
    /// the operator it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Operator>)]
    pub operator: Option<Operator>,
    /// What it may do.
    #[schema(value_type = Vec<words::Scope>, min_items = 1)]
    pub scopes: Vec<Scope>,
    /// Where it may be used from; anywhere if empty.
    #[serde(default, deserialize_with = "networks")]
    #[schema(value_type = Vec<words::Network>)]
    pub networks: Vec<IpNet>,
}

struct Plain(IpNet);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        plain_network(&String::deserialize(from)?)
            .map(Self)
            .ok_or_else(|| {
                de::Error::custom("a network like 203.0.113.0/24, without zeros in front")
            })
    }
}

pub(super) fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let plain = Vec::<Plain>::deserialize(from)?;
    Ok(plain.into_iter().map(|Plain(network)| network).collect())
}

/// A key as it is told: never with its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyTold {
    /// Its public part.
    pub id: String,
    /// Whom it speaks for.
    pub holder: HolderTold,
    /// What it may do.
    #[schema(value_type = Vec<words::Scope>)]
    pub scopes: Vec<Scope>,
    /// Where it may be used from; anywhere if empty.
    #[schema(value_type = Vec<words::Network>)]
    pub networks: Vec<IpNet>,
    /// Whether it is still good.
    #[schema(value_type = words::KeyState)]
    pub state: KeyState,
}

/// Whom a key speaks for: a member by its code, or an operator.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HolderTold {
    /// A member.
    Member(String),
    /// An operator.
    Operator(String),
}

/// A new key with its secret, which is shown this once. Prints nothing of it.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct KeyIssued {
    /// The key.
    pub key: KeyTold,
    /// What requests are signed with.
    pub secret: String,
}

impl Shown for NewKey {
    fn example() -> Value {
        json!({"id": "ek_live_toko_0001", "member": "toko-maju", "scopes": ["trx:write", "trx:read"], "networks": ["203.0.113.0/24"]})
    }

    fn together() -> Option<Value> {
        Some(json!({"oneOf": [
            speaks_for("member", "operator", "^trx:(read|write)$"),
            speaks_for("operator", "member", "^admin:"),
        ]}))
    }
}

impl Shown for KeyTold {
    fn example() -> Value {
        json!({
            "id": "ek_live_toko_0001", "holder": {"member": "toko-maju"}, "scopes": ["trx:write", "trx:read"],
            "networks": ["203.0.113.0/24"], "state": "active",
        })
    }
}

impl Shown for KeyIssued {
    fn example() -> Value {
        json!({"key": KeyTold::example(), "secret": "sk_sample_3q2xw7c9v5b1n8m6k4j0h2g"})
    }
}

/// A key speaks for a member or an operator, and has scopes of that kind.
fn speaks_for(holder: &str, nobody: &str, scopes: &str) -> Value {
    json!({
        "required": [holder],
        "properties": {
            holder: {"type": "string"},
            nobody: {"type": "null"},
            "scopes": {"items": {"pattern": scopes}},
        },
    })
}
