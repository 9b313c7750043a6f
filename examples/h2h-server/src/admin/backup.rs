//! Copies of the store.

use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};

/// Asks for a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBackup {
    /// How it is called among the backups; by the moment, if it is not given. Never a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Slug>,
}

/// A copy that was made and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupTold {
    /// How it is called.
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
