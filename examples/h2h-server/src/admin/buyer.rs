//! Logins of servers of the `OtomaX` family.

use eraflazz_core::member::KeyState;
use eraflazz_core::text::Slug;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::key::networks;
use crate::openapi::{Shown, words};
use crate::seller::BuyerId;

/// `POST /api/v1/admin/buyers`. The caller names the login, so that a second click makes no second one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBuyer {
    /// Its `memberID`.
    #[schema(value_type = words::BuyerId)]
    pub id: BuyerId,
    /// The code of the member that it orders for.
    #[schema(value_type = words::Slug)]
    pub member: Slug,
    /// Where it calls from: at least one, since its signature can be sent again by whoever saw it.
    #[serde(deserialize_with = "networks")]
    #[schema(value_type = Vec<words::Network>, min_items = 1)]
    pub networks: Vec<IpNet>,
    /// Whether it may say PIN and password in clear, for a server that cannot sign.
    #[serde(default)]
    pub plain: bool,
}

/// A login as it is told: never with its PIN and password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BuyerTold {
    /// Its `memberID`.
    pub id: String,
    /// The code of the member that it orders for.
    pub member: String,
    /// Where it calls from.
    #[schema(value_type = Vec<words::Network>)]
    pub networks: Vec<IpNet>,
    /// Whether it may say PIN and password in clear.
    pub plain: bool,
    /// Whether it is still good.
    #[schema(value_type = words::KeyState)]
    pub state: KeyState,
}

/// A new login with its PIN and password, which are shown this once. Prints nothing of them.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct BuyerIssued {
    /// The login.
    pub buyer: BuyerTold,
    /// Its PIN.
    pub pin: String,
    /// Its password.
    pub password: String,
}

impl Shown for NewBuyer {
    fn example() -> Value {
        json!({"id": "ERZ001", "member": "toko-maju", "networks": ["203.0.113.9/32"]})
    }
}

impl Shown for BuyerTold {
    fn example() -> Value {
        json!({"id": "ERZ001", "member": "toko-maju", "networks": ["203.0.113.9/32"], "plain": false, "state": "active"})
    }
}

impl Shown for BuyerIssued {
    fn example() -> Value {
        json!({"buyer": BuyerTold::example(), "pin": "123456", "password": "sample0password0sample00"})
    }
}
