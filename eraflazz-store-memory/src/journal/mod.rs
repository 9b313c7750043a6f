//! The journal: what was accepted, batch by batch, on disk before anybody hears of it.
//!
//! One table of one redb file, `seq -> batch`, without gaps. A batch is written by a single redb commit that is flushed before it returns, so a
//! crash leaves all of it or none of it. [`batch`] is the row and its checksums, [`entry`] what is in it, [`sealed`] how secrets get there.
//!
//! After a write that failed the journal takes no more: what the disk has is known only once the file is opened anew, and then a batch is either
//! there as a whole or not at all.

pub(crate) mod batch;
pub(crate) mod entry;
mod sealed;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::{Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};

pub(crate) use sealed::SealedKey;

use batch::{Batch, Damage, NO_CHECKSUM, pack, unpack};

/// Batches by their number, from 1.
const BATCHES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("batches");

/// Batches are written once and read once: no use in keeping many of their pages.
const CACHE: usize = 16 << 20;

/// An open journal.
pub(crate) struct Journal {
    file: Database,
    /// The number of the last batch.
    seq: u64,
    /// Its checksum.
    checksum: u32,
}

/// Why a batch was not written.
#[derive(Debug)]
pub(crate) struct Failed {
    /// Whether it may be on the disk all the same.
    pub(crate) may_be_written: bool,
    /// What redb says.
    pub(crate) why: String,
}

/// Why a journal cannot be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The file itself.
    File(redb::Error),
    /// The file makes no sense.
    Damaged,
    /// This batch.
    Batch(u64, Damage),
}

impl<E: Into<redb::Error>> From<E> for Unreadable {
    fn from(error: E) -> Self {
        Self::File(error.into())
    }
}

impl Journal {
    /// Opens the journal on `storage` and hands every batch in order to `replay`. On an empty one it begins: a crash during that leaves something
    /// that is no journal, so whoever keeps it in a file gives it its name only afterwards.
    pub(crate) fn open(
        storage: impl StorageBackend,
        replay: impl FnMut(Batch) -> Result<(), Damage>,
    ) -> Result<Self, Unreadable> {
        // On notes of its own that make no sense at all redb panics, which is an answer too.
        catch_unwind(AssertUnwindSafe(|| Self::read(storage, replay)))
            .unwrap_or(Err(Unreadable::Damaged))
    }

    fn read(
        storage: impl StorageBackend,
        replay: impl FnMut(Batch) -> Result<(), Damage>,
    ) -> Result<Self, Unreadable> {
        let is_new = storage.len().map_err(redb::StorageError::from)? == 0;
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE);
        let mut file = builder.create_with_backend(storage)?;
        if is_new {
            let transaction = file.begin_write()?;
            transaction.open_table(BATCHES)?;
            transaction.commit()?;
        }
        let (seq, checksum) = read_all(&file, replay)?;
        // redb trusts what it closed properly, and would write over batches if what it notes of free space were damaged.
        if !file.check_integrity()? && last(&file)? != seq {
            return Err(Unreadable::Damaged);
        }
        Ok(Self {
            file,
            seq,
            checksum,
        })
    }

    /// Writes the next batch. Once it returns the batch is on the disk, whatever happens.
    pub(crate) fn append(&mut self, entries: u32, body: &[u8]) -> Result<u64, Failed> {
        let seq = self.seq + 1;
        let (row, checksum) = pack(seq, self.checksum, entries, body);
        let transaction = self.insert(seq, &row).map_err(|error| Failed {
            // Nothing of a transaction shows before its commit.
            may_be_written: false,
            why: error.to_string(),
        })?;
        transaction.commit().map_err(|error| Failed {
            may_be_written: true,
            why: error.to_string(),
        })?;
        (self.seq, self.checksum) = (seq, checksum);
        Ok(seq)
    }

    fn insert(&self, seq: u64, row: &[u8]) -> Result<redb::WriteTransaction, redb::Error> {
        let transaction = self.file.begin_write()?;
        transaction.open_table(BATCHES)?.insert(seq, row)?;
        Ok(transaction)
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Journal(through batch {})", self.seq)
    }
}

/// The number of the last batch.
fn last(file: &Database) -> Result<u64, redb::Error> {
    let table = file.begin_read()?.open_table(BATCHES)?;
    Ok(table.last()?.map_or(0, |(seq, _)| seq.value()))
}

/// Reads every batch in order; the number of the last one and its checksum.
fn read_all(
    file: &Database,
    mut replay: impl FnMut(Batch) -> Result<(), Damage>,
) -> Result<(u64, u32), Unreadable> {
    let mut last = (0, NO_CHECKSUM);
    let transaction = file.begin_read()?;
    let table = transaction.open_table(BATCHES)?;
    for row in table.iter()? {
        let (seq, bytes) = row?;
        let (before, checksum) = last;
        let seq_due = before + 1;
        if seq.value() != seq_due {
            return Err(Unreadable::Batch(seq_due, Damage::Missing));
        }
        let named = |damage| Unreadable::Batch(seq_due, damage);
        let batch = unpack(seq_due, checksum, bytes.value()).map_err(named)?;
        last = (seq_due, batch.checksum);
        replay(batch).map_err(named)?;
    }
    Ok(last)
}
