//! `compact`: gives back the space of the disk that the store's files keep and do not use. Only while no server runs.

use eraflazz_core::engine::{SystemClock, SystemDice};
use eraflazz_core::ports::{Clock as _, Dice as _};
use eraflazz_core::text::Operator;
use eraflazz_store_memory::{Compacted, FolderError};
use serde::{Deserialize, Serialize};

use super::desk::DeskError;
use super::open::who;
use super::show::{Show, facts};
use crate::audit::{Act, AuditError, AuditFile};
use crate::envelope::RequestId;
use crate::settings::{Folder, Store};
use crate::store::StoreError;

/// What the files of the store took, and take.
#[derive(Debug, Serialize, Deserialize)]
struct CompactTold {
    folder: String,
    bytes_before: u64,
    bytes_after: u64,
}

/// The lines of this act in the audit beside the store.
struct Line<'a> {
    file: AuditFile,
    operator: Operator,
    request_id: RequestId,
    folder: &'a Folder,
}

impl<'a> Line<'a> {
    fn begin(folder: &'a Folder) -> Result<Self, DeskError> {
        let not_ready = |error: AuditError| DeskError::NotReady(error.to_string());
        let mut random = [0; 10];
        random.copy_from_slice(&SystemDice.roll()[..10]);
        let line = Self {
            file: AuditFile::open(&folder.data).map_err(not_ready)?,
            operator: who()?,
            request_id: RequestId::mint(SystemClock::start().now(), &random),
            folder,
        };
        line.add("begun").map_err(not_ready)?;
        Ok(line)
    }

    fn end(&self, compacted: &Result<Compacted, StoreError>) -> Result<(), DeskError> {
        let result = match compacted {
            Ok(_) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        let added = self.add(&result);
        added.map_err(|error| DeskError::Strange(format!("it has ended, but not told: {error}")))
    }

    fn add(&self, result: &str) -> Result<(), AuditError> {
        self.file.add(&Act {
            timestamp: &SystemClock::start().now().to_string(),
            operator: self.operator.as_str(),
            action: "compact",
            subject: &self.folder.data.display().to_string(),
            result,
            request_id: self.request_id.as_str(),
        })
    }
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
    // Where there is no store there is nothing to do, and nothing to keep a line in.
    let audit = (!folder.is_new())
        .then(|| Line::begin(folder))
        .transpose()?;
    let compacted = folder.compact().await;
    if let Some(audit) = audit {
        audit.end(&compacted)?;
    }
    let Compacted { before, after } = compacted.map_err(wrong)?;
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
