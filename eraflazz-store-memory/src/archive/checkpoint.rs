//! A checkpoint: what changed in memory since the one before it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eraflazz_core::commit::Nonce;
use eraflazz_core::ids::{OrderId, SubjectId, SupplierId};
use eraflazz_core::ledger::TransferRow;
use eraflazz_core::order::{Aggregate, LogRow};
use eraflazz_core::text::TheirRef;
use serde::Serialize;

use super::Archive;
use super::error::{ArchiveError, Result};
use super::head::Head;
use super::shelf::{self, Rows, Shelf};
use super::tables::HEAD;
use super::write::Writer;

/// Everything that the journal tells after the last checkpoint, up to and with batch `through`, as it left memory: of rows that change the last
/// state, of rows that are only added all of them.
#[derive(Debug, Default)]
pub struct Checkpoint {
    /// The last journal batch whose effects are in here. Batches are counted from 1.
    pub through: u64,
    /// Its checksum.
    pub checksum: u32,
    /// Orders that were written, each once, as they are now; new ones in the order of their birth.
    pub orders: Vec<Aggregate>,
    /// Log rows that were added, oldest first.
    pub log: Vec<LogRow>,
    /// The place of the first of `transfers` among all transfers ever: [`Archive::transfers_len`].
    pub transfers_from: u64,
    /// Transfers that were added, in the order of commits.
    pub transfers: Vec<TransferRow>,
    /// Ids of suppliers, with the order that was the first to be known by each. One that the archive has already stays with its order.
    pub their_refs: Vec<(SupplierId, TheirRef, OrderId)>,
    /// Nonces that were used.
    pub nonces: Vec<Nonce>,
    shelves: BTreeMap<Shelf, Rows>,
}

impl Checkpoint {
    /// A checkpoint through this batch that changes nothing yet.
    pub fn through(batch: u64, transfers_from: u64) -> Self {
        Self {
            through: batch,
            transfers_from,
            ..Self::default()
        }
    }

    /// Everything that is on this shelf from now on, each under another key.
    pub fn shelve<K: Serialize, V: Serialize>(
        &mut self,
        shelf: Shelf,
        rows: impl IntoIterator<Item = (K, V)>,
    ) -> Result<()> {
        let rows = rows.into_iter();
        let rows = rows.map(|(key, value)| shelf::row(shelf, &key, &value));
        self.shelves.insert(shelf, rows.collect::<Result<_>>()?);
        Ok(())
    }
}

impl Archive {
    /// Writes the checkpoint, all of it or nothing, durable when it returns. Reads see all of it from then on. Then the journal up to `through` is no
    /// longer needed.
    ///
    /// A checkpoint that does not follow the last one is [`ArchiveError::OutOfStep`]: so one that was written is never written again. After any
    /// other error the archive is as it was; after [`ArchiveError::Storage`] it must be opened again before it takes another checkpoint, and
    /// [`Archive::through`] says then which one it has.
    pub fn checkpoint(&self, checkpoint: Checkpoint) -> Result<()> {
        let mut txn = self.db.begin_write()?;
        // The next start does not walk the whole file, however this process ends.
        txn.set_quick_repair(true);
        let head = Head::read(&txn.open_table(HEAD)?)?;
        checkpoint.follows(&head)?;
        let mut writer = Writer::new(&txn, head, Arc::clone(&self.unpacked))?;
        let transfers = writer.transfers(checkpoint.transfers)?;
        let mut log: BTreeMap<SubjectId, Vec<LogRow>> = BTreeMap::new();
        for row in checkpoint.log {
            log.entry(row.subject).or_default().push(row);
        }
        writer.subjects(checkpoint.orders, log, transfers)?;
        writer.their_refs(checkpoint.their_refs)?;
        writer.nonces(&checkpoint.nonces)?;
        writer.shelves(&checkpoint.shelves)?;
        let (mut head, learned) = writer.finish();
        head.through = checkpoint.through;
        head.checksum = checkpoint.checksum;
        head.write(&mut txn.open_table(HEAD)?)?;
        txn.commit()?;
        learned.teach(&self.known, head)?;
        Ok(())
    }
}

impl Checkpoint {
    fn follows(&self, head: &Head) -> Result<()> {
        if self.through <= head.through {
            return Err(ArchiveError::OutOfStep {
                what: "the journal",
                expected: head.through + 1,
                found: self.through,
            });
        }
        if self.transfers_from != head.transfers {
            return Err(ArchiveError::OutOfStep {
                what: "the transfers",
                expected: head.transfers,
                found: self.transfers_from,
            });
        }
        Ok(())
    }
}
