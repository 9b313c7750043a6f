//! The journal: what was accepted, batch by batch, on disk before anybody hears of it.
//!
//! One table of one redb file, `seq -> batch`, without gaps. A batch is written by a single redb commit that is flushed before it returns, so a
//! crash leaves all of it or none of it. [`batch`] is the row and its checksums, [`entry`] what is in it, [`delta`] how a unit is
//! made short, [`sealed`] how secrets get there.
//!
//! After a write that failed the journal takes no more: what the disk has is known only once the file is opened anew, and then a batch is either
//! there as a whole or not at all.

pub(crate) mod batch;
pub(crate) mod delta;
pub(crate) mod entry;
mod sealed;
mod untouched;

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use redb::{Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};

pub(crate) use sealed::{SealedEndpoint, SealedKey};
pub(crate) use untouched::Untouched;

use batch::{Batch, Damage, pack, unpack};

/// Batches by their number, from 1.
const BATCHES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("batches");

/// Batches are written once and read once: no use in keeping many of their pages.
const CACHE: usize = 16 << 20;

/// How many batches at most leave with one that comes.
const FORGOTTEN_AT_ONCE: usize = 16;

/// How many batches a copy writes before it flushes.
const COPIED_AT_ONCE: usize = 256;

/// An open journal.
pub(crate) struct Journal {
    file: Arc<Database>,
    end: End,
    /// What it was opened with after the checkpoint.
    bytes: u64,
    /// A checkpoint has the batches up to this one.
    needed_after: u64,
}

/// Where a journal ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct End {
    /// The number of the last batch; 0 before the first.
    pub(crate) through: u64,
    /// Its checksum; 0 before the first.
    pub(crate) checksum: u32,
}

/// What was written down, for whoever copies it while more is.
pub(crate) struct Reader(Arc<Database>);

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
    /// The file itself; and the last batch known to be good, where that is known: 0 if there is none.
    File(redb::Error, Option<u64>),
    /// The file makes no sense; and the same.
    Damaged(Option<u64>),
    /// This batch.
    Batch(u64, Damage),
}

impl<E: Into<redb::Error>> From<E> for Unreadable {
    fn from(error: E) -> Self {
        Self::File(error.into(), None)
    }
}

impl Unreadable {
    /// The same, where every batch through `good` could be read.
    fn after(self, good: u64) -> Self {
        match self {
            Self::File(error, _) => Self::File(error, Some(good)),
            Self::Damaged(_) => Self::Damaged(Some(good)),
            named @ Self::Batch(..) => named,
        }
    }
}

impl Journal {
    /// Opens the journal on `storage` and hands every batch after `from` in order to `replay`. What is before it is not looked at: a checkpoint has
    /// it. On an empty storage it begins, after `from`: a crash during that leaves something that is no journal, so whoever keeps it in a file gives
    /// it its name only afterwards.
    pub(crate) fn open(
        storage: impl StorageBackend,
        from: End,
        replay: impl FnMut(Batch) -> Result<(), Damage>,
    ) -> Result<Self, Unreadable> {
        // On notes of its own that make no sense at all redb panics, which is an answer too.
        let good = Cell::new(from.through);
        catch_unwind(AssertUnwindSafe(|| {
            Self::read(storage, from, replay, &good)
        }))
        .unwrap_or(Err(Unreadable::Damaged(None)))
        .map_err(|wrong| wrong.after(good.get()))
    }

    fn read(
        storage: impl StorageBackend,
        from: End,
        replay: impl FnMut(Batch) -> Result<(), Damage>,
        good: &Cell<u64>,
    ) -> Result<Self, Unreadable> {
        let is_new = storage.len().map_err(redb::StorageError::from)? == 0;
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE);
        let mut file = builder.create_with_backend(storage)?;
        if is_new {
            let transaction = file.begin_write()?;
            transaction.open_table(BATCHES)?;
            transaction.commit()?;
        } else {
            continues(&file, from)?;
        }
        let (end, bytes) = read_all(&file, from, replay, good)?;
        // redb trusts what it closed properly, and would write over batches if what it notes of free space were damaged.
        if !file.check_integrity()? && last(&file)? != end.through {
            return Err(Unreadable::Damaged(None));
        }
        Ok(Self {
            file: Arc::new(file),
            end,
            bytes,
            needed_after: from.through,
        })
    }

    /// How many bytes of batches it was opened with that no checkpoint has.
    pub(crate) const fn bytes_at_opening(&self) -> u64 {
        self.bytes
    }

    /// Writes the next batch; how many bytes it takes. Once it returns the batch is on the disk, whatever happens.
    pub(crate) fn append(&mut self, entries: u32, body: &[u8]) -> Result<usize, Failed> {
        let seq = self.end.through + 1;
        let (row, checksum) = pack(seq, self.end.checksum, entries, body);
        let transaction = self.insert(seq, &row).map_err(|error| Failed {
            // Nothing of a transaction shows before its commit.
            may_be_written: false,
            why: error.to_string(),
        })?;
        transaction.commit().map_err(|error| Failed {
            may_be_written: true,
            why: error.to_string(),
        })?;
        self.end = End {
            through: seq,
            checksum,
        };
        Ok(row.len())
    }

    /// Batches up to this one are in a checkpoint: they leave with those that are appended from now on.
    pub(crate) const fn forget(&mut self, through: u64) {
        self.needed_after = through;
    }

    /// Where it ends.
    pub(crate) const fn end(&self) -> End {
        self.end
    }

    /// For copies.
    pub(crate) fn reader(&self) -> Reader {
        Reader(Arc::clone(&self.file))
    }

    fn insert(&self, seq: u64, row: &[u8]) -> Result<redb::WriteTransaction, redb::Error> {
        let transaction = self.file.begin_write()?;
        {
            let mut batches = transaction.open_table(BATCHES)?;
            batches.insert(seq, row)?;
            // Some at a time, so that no single commit is long; more than one, so that they run out. The last one that is not needed stays: it shows
            // whose journal this is.
            for _ in 0..FORGOTTEN_AT_ONCE {
                let first = batches.first()?.map(|(first, _)| first.value());
                match first.filter(|first| *first < self.needed_after) {
                    Some(first) => batches.remove(first)?,
                    None => break,
                };
            }
        }
        Ok(transaction)
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Journal(through batch {})", self.end.through)
    }
}

impl Reader {
    /// Writes everything that is in the journal now after `from` to the empty `storage`, checked as it goes. What is appended meanwhile is not in the
    /// copy.
    pub(crate) fn copy_to(
        &self,
        storage: impl StorageBackend,
        from: End,
    ) -> Result<End, Unreadable> {
        let mut copy = Journal::open(storage, from, |_| Err(Damage::Chain))?;
        let rows = self.0.begin_read()?.open_table(BATCHES)?;
        let first = from.through + 1;
        // The batch that the copy continues shows whose journal it is.
        let transaction = copy.file.begin_write()?;
        if let Some(row) = rows.get(from.through)? {
            transaction
                .open_table(BATCHES)?
                .insert(from.through, row.value())?;
        }
        transaction.commit()?;
        for some in (first..).step_by(COPIED_AT_ONCE) {
            let transaction = copy.file.begin_write()?;
            let mut table = transaction.open_table(BATCHES)?;
            let before = copy.end;
            for row in rows.range(some..some + COPIED_AT_ONCE as u64)? {
                let (seq, bytes) = row?;
                copy.end = follow(copy.end, seq.value(), bytes.value(), |_| Ok(()))?;
                table.insert(seq.value(), bytes.value())?;
            }
            drop(table);
            transaction.commit()?;
            if copy.end == before {
                break;
            }
        }
        Ok(copy.end)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

/// Makes the file as small as what is in it.
pub(crate) fn compact(storage: impl StorageBackend) -> Result<(), Unreadable> {
    let compacted = AssertUnwindSafe(|| {
        let mut file = Database::builder().create_with_backend(storage)?;
        file.compact()?;
        Ok(())
    });
    catch_unwind(compacted).unwrap_or(Err(Unreadable::Damaged(None)))
}

/// The number of the last batch.
fn last(file: &Database) -> Result<u64, redb::Error> {
    let table = file.begin_read()?.open_table(BATCHES)?;
    Ok(table.last()?.map_or(0, |(seq, _)| seq.value()))
}

/// Reads every batch after `from` in order, and notes the last that was good; where it ends, and how many bytes that were.
fn read_all(
    file: &Database,
    from: End,
    mut replay: impl FnMut(Batch) -> Result<(), Damage>,
    good: &Cell<u64>,
) -> Result<(End, u64), Unreadable> {
    let (mut end, mut length) = (from, 0);
    let batches = file.begin_read()?.open_table(BATCHES)?;
    for row in batches.range(from.through + 1..)? {
        let (seq, bytes) = row?;
        end = follow(end, seq.value(), bytes.value(), &mut replay)?;
        length += bytes.value().len() as u64;
        good.set(end.through);
    }
    Ok((end, length))
}

/// A journal that a checkpoint goes on with still has the batch that the checkpoint ends with. One without it ended earlier, or belongs to another
/// archive.
fn continues(file: &Database, from: End) -> Result<(), Unreadable> {
    if from.through == 0 {
        return Ok(());
    }
    let batches = file.begin_read()?.open_table(BATCHES)?;
    let Some(row) = batches.get(from.through)? else {
        return Err(Unreadable::Batch(from.through, Damage::Missing));
    };
    match batch::checksum_of(from.through, row.value()) {
        Ok(checksum) if checksum == from.checksum => Ok(()),
        Ok(_) => Err(Unreadable::Batch(from.through, Damage::Archive)),
        Err(damage) => Err(Unreadable::Batch(from.through, damage)),
    }
}

/// The end after this row, which must be the next one.
fn follow(
    before: End,
    seq: u64,
    bytes: &[u8],
    replay: impl FnOnce(Batch) -> Result<(), Damage>,
) -> Result<End, Unreadable> {
    let through = before.through + 1;
    let named = |damage| Unreadable::Batch(through, damage);
    if seq != through {
        return Err(named(Damage::Missing));
    }
    let batch = unpack(through, before.checksum, bytes).map_err(named)?;
    let checksum = batch.checksum;
    replay(batch).map_err(named)?;
    Ok(End { through, checksum })
}
