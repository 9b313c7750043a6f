//! `check` and `check-config`: whether a folder, or a set-up, is what it should be. Both change nothing and start nothing.

use eraflazz_store_memory::Findings;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::desk::DeskError;
use super::show::{Show, print};
use crate::serve::{self, StartError};
use crate::settings::{Settings, Store};
use crate::store::StoreError;

/// What is in a folder, every batch and row of which could be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckTold {
    batches: u64,
    orders: u64,
    transfers: u64,
    /// Whether there was a key to open the secrets with.
    secrets_opened: bool,
    /// Whether there were a key and settings to hold the epoch against the record.
    epoch_compared: bool,
    /// Whether every balance is the sum of its transfers.
    closes: bool,
    /// What is not.
    pub(super) differences: Vec<String>,
}

/// Checks the store that no process may have open, and whether the epoch of `settings`, where there are any, fits it. Books that do not close are told, and are
/// a failure.
pub async fn store(
    store: &Store,
    settings: Option<&Settings>,
    show: Show,
) -> Result<(), DeskError> {
    let wrong = |error: StoreError| DeskError::NotReady(error.to_string());
    if let Store::Postgres(database) = store {
        return super::database::check(database, show).await;
    }
    let folder = store.folder().map_err(wrong)?;
    let Findings {
        batches,
        orders,
        transfers,
        differences,
    } = folder.check().await.map_err(wrong)?;
    let told = CheckTold {
        batches,
        orders,
        transfers,
        secrets_opened: folder.vault_key.is_some(),
        epoch_compared: settings.is_some() && folder.vault_key.is_some(),
        closes: differences.is_empty(),
        differences: differences.iter().map(ToString::to_string).collect(),
    };
    if !show.json {
        print(&format!(
            "{batches} batches, {orders} orders, {transfers} transfers"
        ))?;
        if !told.secrets_opened {
            print("secrets were not opened: there is no store.vault_key")?;
        }
    }
    if !told.closes {
        return Err(DeskError::BooksOpen(told));
    }
    match settings {
        Some(settings) if told.epoch_compared => {
            let compared = serve::check_record(settings).await;
            compared.map_err(|error| DeskError::NotReady(error.to_string()))?;
        }
        _ if show.json => {}
        _ => print("the epoch was not compared: that needs the settings of a server")?,
    }
    show.answer(json!(told), |_: &CheckTold| {
        "every balance is the sum of its transfers".to_owned()
    })
}

/// Builds all that a server with these settings would.
pub async fn settings(settings: &Settings, show: Show) -> Result<(), DeskError> {
    serve::check(settings).await.map_err(|error| {
        if let StartError::Seed(problems) = error {
            DeskError::Seed(problems)
        } else {
            DeskError::NotReady(error.to_string())
        }
    })?;
    show.answer(json!({"fine": true}), |_: &serde_json::Value| {
        "the settings are fine".to_owned()
    })
}
