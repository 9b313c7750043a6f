//! Copies of the store.

use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, words};

/// Asks for a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBackup {
    /// How it is called among the backups; by the moment, if it is not given. Never a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Slug>)]
    pub name: Option<Slug>,
}

/// A copy that was made and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupTold {
    /// How it is called.
    #[schema(value_type = words::Slug)]
    pub name: Slug,
    /// Where it is, on the machine of the server.
    pub folder: String,
    /// What it takes on disk.
    pub bytes: u64,
    /// The number of its last batch: everything that was acknowledged before the copy was asked for.
    pub batches: u64,
    /// How many orders are in it.
    pub orders: u64,
    /// How many transfers are in it. Every balance is their sum.
    pub transfers: u64,
}

impl Shown for NewBackup {
    fn example() -> Value {
        json!({"name": "before-upgrade"})
    }
}

impl Shown for BackupTold {
    fn example() -> Value {
        json!({
            "name": "before-upgrade",
            "folder": "/var/backups/eraflazz/before-upgrade",
            "bytes": 1_048_576,
            "batches": 5_000,
            "orders": 4_000,
            "transfers": 12_000
        })
    }
}
