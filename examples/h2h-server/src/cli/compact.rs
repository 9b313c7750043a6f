//! `compact`: gives back the space of the disk that the store's files keep and do not use. Only while no server runs.

use eraflazz_store_memory::{Compacted, FolderError};
use serde::{Deserialize, Serialize};

use super::desk::DeskError;
use super::show::{Show, facts};
use crate::settings::Store;
use crate::store::StoreError;

/// What the files of the store took, and take.
#[derive(Debug, Serialize, Deserialize)]
struct CompactTold {
    folder: String,
    bytes_before: u64,
    bytes_after: u64,
}

/// Compacts the store. Refused while a process has it open; repeating it changes nothing.
pub async fn run(store: &Store, show: Show) -> Result<(), DeskError> {
    let wrong = |error: StoreError| {
        let why = error.to_string();
        let in_use = matches!(error, StoreError::Folder(FolderError::InUse { .. }));
        let advice = ": stop it first, a store is compacted only while nobody uses it";
        DeskError::NotReady(why + if in_use { advice } else { "" })
    };
    let folder = store.folder().map_err(wrong)?;
    let Compacted { before, after } = folder.compact().await.map_err(wrong)?;
    let told = CompactTold {
        folder: folder.data.display().to_string(),
        bytes_before: before,
        bytes_after: after,
    };
    let told = serde_json::to_value(told).map_err(|error| DeskError::Strange(error.to_string()))?;
    show.answer(told, |told: &CompactTold| {
        facts(&[
            ("folder", told.folder.clone()),
            ("bytes before", told.bytes_before.to_string()),
            ("bytes after", told.bytes_after.to_string()),
        ])
    })
}
