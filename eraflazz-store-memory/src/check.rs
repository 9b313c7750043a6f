//! Looking at a folder while nobody has it open, without changing a byte of it.

use std::path::Path;

use eraflazz_core::ledger::{Difference, Recount};
use eraflazz_core::ports::Vault;

use crate::archive::Archive;
use crate::checkpoint::restored;
use crate::folder::{ARCHIVE, Folder, FolderError, JOURNAL};
use crate::journal::Journal;
use crate::replay::Replay;
use crate::store::trial_balance;

/// Transfers that are read at once.
const PAGE: usize = 10_000;

/// What was found in a folder of which every batch is what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// How many batches were ever written.
    pub batches: u64,
    /// How many orders there are.
    pub orders: u64,
    /// How many transfers there are.
    pub transfers: u64,
    /// Balances that are not the sum of their transfers. Empty if the books close.
    pub differences: Vec<Difference>,
}

/// Checks the store in `folder`: every page and row of the archive, every batch of the journal against its checksum and
/// the batch before it, every entry by doing it again, every balance by adding
/// up the transfers with code of its own. The first batch that is wrong is the error. Changes nothing, not even what a crash left to be mended, and
/// refuses a folder that a process has open.
pub fn check(folder: &Path, vault: &dyn Vault) -> Result<Findings, FolderError> {
    let folder = Folder::take_to_read(folder)?;
    let path = folder.file(ARCHIVE);
    let mut archive = folder.look(ARCHIVE, Archive::in_file)?;
    let of_archive = |why| FolderError::of_archive(&path, &why);
    let verified = archive.verify().map_err(of_archive)?;
    let restored = restored(&archive, vault, &path)?;
    let mut recount = Recount::default();
    while recount.rows() < verified.transfers {
        let look = archive
            .look()
            .and_then(|mut look| look.transfers(recount.rows(), PAGE));
        recount.add(&look.map_err(of_archive)?);
    }
    let from = restored.end;
    let mut replay = Replay::of(restored, &archive, vault);
    let journal = folder.look(JOURNAL, |path, file| {
        let journal = Journal::open(file, from, |batch| replay.batch(&batch));
        journal
            .map(|journal| journal.end())
            .map_err(|wrong| FolderError::of_journal(path, wrong))
    });
    let Replay { state, unread, .. } = replay;
    if let Some(why) = unread {
        return Err(of_archive(why));
    }
    let batches = journal?.through;
    let newer: Vec<_> = state.transfers.starting(0).copied().collect();
    recount.add(&newer);
    let books = trial_balance(&state).map_err(|beyond| FolderError::Unreadable {
        file: folder.file(JOURNAL),
        why: beyond.why,
    })?;
    Ok(Findings {
        batches,
        orders: verified.orders + state.born(),
        transfers: recount.rows(),
        differences: recount.differences(&books),
    })
}
