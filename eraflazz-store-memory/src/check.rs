//! Looking at a folder while nobody has it open, without changing a byte of it.

use std::path::Path;

use eraflazz_core::ledger::{Difference, Recount};
use eraflazz_core::ports::Vault;

use crate::folder::{Folder, FolderError, JOURNAL};
use crate::journal::Journal;
use crate::replay::Replay;
use crate::store::trial_balance;

/// What was found in a folder of which every batch is what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// How many batches the journal has.
    pub batches: u64,
    /// How many orders there are.
    pub orders: u64,
    /// How many transfers there are.
    pub transfers: u64,
    /// Balances that are not the sum of their transfers. Empty if the books close.
    pub differences: Vec<Difference>,
}

/// Checks the store in `folder`: every batch against its checksum and the batch before it, every entry by doing it again, every balance by adding
/// up the transfers with code of its own. The first batch that is wrong is the error. Changes nothing, not even what a crash left to be mended, and
/// refuses a folder that a process has open.
pub fn check(folder: &Path, vault: &dyn Vault) -> Result<Findings, FolderError> {
    let folder = Folder::take_existing(folder)?;
    let path = folder.file(JOURNAL);
    let mut replay = Replay::from_nothing(vault);
    let batches = folder.look(JOURNAL, |file| {
        Journal::open(file, |batch| replay.batch(&batch)).map(|journal| journal.end().through)
    })?;
    let Replay { state, .. } = replay;
    let mut recount = Recount::default();
    recount.add(&state.transfers);
    let books = trial_balance(&state).map_err(|beyond| FolderError::Unreadable {
        file: path,
        why: beyond.why,
    })?;
    Ok(Findings {
        batches,
        orders: u64::try_from(state.orders.len()).unwrap_or(u64::MAX),
        transfers: recount.rows(),
        differences: recount.differences(&books),
    })
}
