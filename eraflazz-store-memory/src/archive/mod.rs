//! The archive: everything that need not be in memory, in one file that is always at one point of the journal.
//!
//! Memory holds what can still move (D14). A [`Checkpoint`] writes what changed since the one before it, all or nothing, and names the journal
//! batch through which it is complete; then the journal may forget those batches and memory those orders that are settled ([`can_move`]). They
//! still answer everything: by any of their keys, in the lists of their member, with their log and their money. One that a late callback or a
//! person moves is [loaded](Archive::load) back and written again by the next checkpoint.
//!
//! # How it is laid out
//! Orders and subjects get numbers as they come. An *entry* is a picture of one, with the log rows and the places of the transfers that came
//! since its picture before; a few hundred entries are compressed together into a *block*, which is what makes an order small. Transfers are kept
//! once, in the order of commits. Keys point to numbers, numbers to the newest entry, entries to the one before. Nothing of an order is in
//! memory but a fingerprint of its reference (`known.rs`). Every packed row carries a checksum over its table, its key and its bytes.
//!
//! Everything here is a plain blocking call without threads, over any [`StorageBackend`]: a simulator runs it on one that tears and fails.

mod ages;
mod block;
mod books;
mod checkpoint;
mod entry;
mod error;
mod head;
pub(crate) mod keys;
mod known;
mod learn;
mod lists;
mod look;
mod read;
mod reader;
mod shelf;
mod tables;
mod unpacked;
mod verify;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, RwLock, RwLockReadGuard};

use eraflazz_core::order::Aggregate;
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTableMetadata, StorageBackend, TableHandle,
};

use crate::folder::FolderError;
use crate::journal::End;

pub use checkpoint::Checkpoint;
pub use error::{ArchiveError, Result};
pub use look::Look;
pub use read::Loaded;
pub use shelf::Shelf;
pub use verify::Verified;

use head::Head;
use known::Known;
use tables::{
    AGES, BLOCKS, CODES, ENTRIES, GUARDS, HEAD, IDS, LISTS, LIVE, NONCES, REFS, SERIALS, SHELVES,
    SUPPLIER_REFS, THEIR_REFS, TRANSFERS,
};
use unpacked::Unpacked;

/// The format of the file that this program writes and reads.
const FORMAT: u32 = 11;

/// True while the order can move without being asked to: it is open, something of it is due, an attempt's outcome is open, or it waits for a
/// person. Any other order may leave memory once a checkpoint has it.
pub fn can_move(agg: &Aggregate) -> bool {
    let order = &agg.order;
    order.state.is_open()
        || order.next_action_at.is_some()
        || order.review.is_some()
        || agg.attempts.iter().any(|attempt| attempt.state.is_open())
}

/// The archive of one store.
#[derive(Debug)]
pub struct Archive {
    db: Database,
    known: RwLock<Known>,
    unpacked: Arc<Unpacked>,
}

impl Archive {
    /// Enough for the pages that look-ups of recent rows touch.
    pub const CACHE_BYTES: usize = 32 << 20;

    /// Opens the file, or makes an empty archive of a new one. Somebody else who has it open is an error. At most `cache_bytes` of it are kept in
    /// memory.
    pub fn open(path: &Path, cache_bytes: usize) -> Result<Self> {
        Self::over(
            Database::builder()
                .set_cache_size(cache_bytes)
                .create(path)?,
        )
    }

    /// The same over any storage.
    pub fn open_on(storage: impl StorageBackend, cache_bytes: usize) -> Result<Self> {
        let mut builder = Database::builder();
        Self::over(
            builder
                .set_cache_size(cache_bytes)
                .create_with_backend(storage)?,
        )
    }

    /// The archive in this file of a store.
    pub(crate) fn in_file(path: &Path, file: impl StorageBackend) -> Result<Self, FolderError> {
        // On notes of its own that make no sense at all redb panics, which is an answer too.
        let open = AssertUnwindSafe(|| Self::open_on(file, Self::CACHE_BYTES)?.sound());
        let opened = catch_unwind(open).unwrap_or(Err(ArchiveError::Closed));
        opened.map_err(|wrong| FolderError::of_archive(path, &wrong))
    }

    /// The same archive once every page has its checksum. redb trusts what it closed properly, and would write over orders if what it notes of free space
    /// were damaged: such notes are mended here. Reads the whole file.
    fn sound(mut self) -> Result<Self> {
        let through = self.through()?;
        if !self.db.check_integrity()? {
            let known = learn::learn(&self.db.begin_read()?)?;
            if known.head.through != through {
                let why = "their checksums did not fit";
                return Err(ArchiveError::damaged("pages", "any", why));
            }
            self.known = RwLock::new(known);
        }
        Ok(self)
    }

    fn over(db: Database) -> Result<Self> {
        let mut txn = db.begin_write()?;
        txn.set_quick_repair(true);
        let is_new = txn.list_tables()?.next().is_none();
        if is_new {
            Head::default().write(&mut txn.open_table(HEAD)?)?;
            txn.open_table(IDS)?;
            txn.open_table(ENTRIES)?;
            txn.open_table(BLOCKS)?;
            txn.open_table(LIVE)?;
            txn.open_table(REFS)?;
            txn.open_table(CODES)?;
            txn.open_table(AGES)?;
            txn.open_table(SUPPLIER_REFS)?;
            txn.open_table(THEIR_REFS)?;
            txn.open_table(SERIALS)?;
            txn.open_table(GUARDS)?;
            txn.open_table(LISTS)?;
            txn.open_table(TRANSFERS)?;
            txn.open_table(NONCES)?;
            txn.open_table(SHELVES)?;
            txn.commit()?;
        } else {
            txn.abort()?;
        }
        let known = learn::learn(&db.begin_read()?)?;
        let known = RwLock::new(known);
        Ok(Self {
            db,
            known,
            unpacked: Arc::default(),
        })
    }

    /// The last journal batch that is in the archive; 0 before the first checkpoint.
    pub fn through(&self) -> Result<u64> {
        Ok(self.known()?.head.through)
    }

    /// That batch and its checksum: where the journal goes on.
    pub(crate) fn end(&self) -> Result<End> {
        let known = self.known()?;
        Ok(End {
            through: known.head.through,
            checksum: known.head.checksum,
        })
    }

    /// How many orders it has, settled or not.
    pub fn orders_len(&self) -> Result<u32> {
        Ok(self.known()?.head.numbers)
    }

    /// How many transfers there are: the place of the next one.
    pub fn transfers_len(&self) -> Result<u64> {
        Ok(self.known()?.head.transfers)
    }

    /// Gives space back that older checkpoints used. Reads every page: for quiet hours or before a start. False if there was none.
    pub fn compact(&mut self) -> Result<bool> {
        Ok(self.db.compact()?)
    }

    /// Runs `copy` while no checkpoint is being written: meanwhile the file is whole and may be copied as it stands. Reads go on; a checkpoint waits.
    pub fn at_rest<T>(&self, copy: impl FnOnce() -> T) -> Result<T> {
        let txn = self.db.begin_write()?;
        let copied = copy();
        txn.abort()?;
        Ok(copied)
    }

    /// What each table takes on disk: its name, its pages in bytes, and how many rows it has.
    pub fn sizes(&self) -> Result<Vec<(String, u64, u64)>> {
        let txn = self.begin()?;
        let mut sizes = Vec::new();
        for handle in txn.list_tables()? {
            let name = handle.name().to_owned();
            let table = txn.open_untyped_table(handle)?;
            let stats = table.stats()?;
            let bytes = stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes();
            sizes.push((name, bytes, table.len()?));
        }
        Ok(sizes)
    }

    fn known(&self) -> Result<RwLockReadGuard<'_, Known>> {
        self.known.read().map_err(|_| ArchiveError::Closed)
    }

    fn begin(&self) -> Result<ReadTransaction> {
        Ok(self.db.begin_read()?)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
