//! One look into the file: entries, chains and transfers as of one checkpoint.

use std::sync::Arc;

use eraflazz_core::ids::{OrderId, SubjectId};
use eraflazz_core::ledger::TransferRow;
use eraflazz_core::order::Aggregate;
use redb::{ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, TableHandle};

use super::entry::Entry;
use super::error::{ArchiveError, Result};
use super::read::Loaded;
use super::tables::{self, BLOCKS, ENTRIES, IDS, Number, Place, TRANSFERS};
use super::unpacked::Unpacked;
use super::{Archive, block, books};

/// Blocks, of which the last one read is at hand: neighbours are read together.
pub(super) struct Blocks<T> {
    table: T,
    unpacked: Arc<Unpacked>,
    last: Option<(u32, Arc<Vec<u8>>)>,
}

impl<T: ReadableTable<u32, &'static [u8]>> Blocks<T> {
    pub(super) const fn new(table: T, unpacked: Arc<Unpacked>) -> Self {
        Self {
            table,
            unpacked,
            last: None,
        }
    }

    /// The entry that stands there.
    pub(super) fn entry(&mut self, place: Place) -> Result<Entry> {
        let (number, slot) = place;
        let damaged = |why: &str| ArchiveError::damaged(BLOCKS.name(), place, why);
        if self.last.as_ref().is_none_or(|(last, _)| *last != number) {
            let Some(packed) = self.table.get(number)? else {
                return Err(damaged("the block is missing"));
            };
            let packed = packed.value();
            let bytes = self.unpacked.blocks.of(number, packed, || {
                tables::unpack(BLOCKS.name(), &number.to_be_bytes(), packed)
            })?;
            self.last = Some((number, bytes));
        }
        let bytes = self.last.as_ref().map_or(&[][..], |(_, bytes)| bytes);
        let row = block::row(bytes, usize::from(slot))
            .ok_or_else(|| damaged("the block has no such slot"))?;
        Entry::decode(place, row)
    }
}

/// One look.
pub(super) struct Reader {
    pub(super) txn: ReadTransaction,
    entries: ReadOnlyTable<Number, Place>,
    blocks: Blocks<ReadOnlyTable<u32, &'static [u8]>>,
    transfers: ReadOnlyTable<u64, &'static [u8]>,
    unpacked: Arc<Unpacked>,
    /// The last block of transfers read, and the place of its first.
    books: (u64, Arc<Vec<TransferRow>>),
}

impl Reader {
    pub(super) fn begin(archive: &Archive) -> Result<Self> {
        let txn = archive.db.begin_read()?;
        let unpacked = Arc::clone(&archive.unpacked);
        Ok(Self {
            entries: txn.open_table(ENTRIES)?,
            blocks: Blocks::new(txn.open_table(BLOCKS)?, Arc::clone(&unpacked)),
            transfers: txn.open_table(TRANSFERS)?,
            unpacked,
            books: (0, Arc::default()),
            txn,
        })
    }

    /// The number of an order; `None` for a stranger.
    pub(super) fn number(&self, order: OrderId) -> Result<Option<Number>> {
        let numbers = self.txn.open_table(IDS)?;
        Ok(numbers.get(order.0.as_u128())?.map(|number| number.value()))
    }

    /// The newest entry of an order or a subject; `None` for a stranger.
    pub(super) fn of(&mut self, subject: SubjectId) -> Result<Option<Entry>> {
        let id = subject.0.as_u128();
        let Some(number) = self.txn.open_table(IDS)?.get(id)? else {
            return Ok(None);
        };
        let newest = self.newest(number.value())?;
        if newest.of.subject() == subject {
            Ok(Some(newest))
        } else {
            Err(ArchiveError::damaged(
                IDS.name(),
                subject,
                "it points to another order",
            ))
        }
    }

    /// The newest entry under this number.
    pub(super) fn newest(&mut self, number: Number) -> Result<Entry> {
        let Some(place) = self.entries.get(number)? else {
            return Err(ArchiveError::damaged(
                ENTRIES.name(),
                number,
                "it is missing",
            ));
        };
        self.blocks.entry(place.value())
    }

    /// The order under this number.
    pub(super) fn order(&mut self, number: Number) -> Result<Aggregate> {
        let newest = self.newest(number)?;
        newest
            .of
            .aggregate()
            .ok_or_else(|| ArchiveError::damaged(ENTRIES.name(), number, "it is not of an order"))
    }

    /// The entry and all before it, oldest first.
    pub(super) fn chain(&mut self, newest: Entry) -> Result<Vec<Entry>> {
        let subject = newest.of.subject();
        let mut before = newest.before;
        let mut chain = vec![newest];
        while let Some(place) = before {
            let entry = self.blocks.entry(place)?;
            if entry.of.subject() != subject || entry.before.is_some_and(|next| next >= place) {
                return Err(ArchiveError::damaged(
                    BLOCKS.name(),
                    place,
                    "it is not the entry that a later one continues",
                ));
            }
            before = entry.before;
            chain.push(entry);
        }
        chain.reverse();
        Ok(chain)
    }

    /// An order with its transfers; `None` for a subject without an order.
    pub(super) fn loaded(&mut self, newest: Entry) -> Result<Option<Loaded>> {
        let chain = self.chain(newest)?;
        let transfers = self.transfers_of(&chain)?;
        let newest = chain.into_iter().next_back();
        let aggregate = newest.and_then(|newest| newest.of.aggregate());
        Ok(aggregate.map(|aggregate| Loaded {
            aggregate,
            transfers,
        }))
    }

    /// The transfers that these entries name.
    pub(super) fn transfers_of(&mut self, chain: &[Entry]) -> Result<Vec<TransferRow>> {
        let places: Vec<u64> = chain.iter().flat_map(Entry::transfers).collect();
        places
            .into_iter()
            .map(|place| self.transfer(place))
            .collect()
    }

    /// The transfer at this place.
    pub(super) fn transfer(&mut self, place: u64) -> Result<TransferRow> {
        if self.in_books(place).is_none()
            && let Some(block) = self.transfers.range(..=place)?.next_back()
        {
            let (first, packed) = block?;
            let (first, packed) = (first.value(), packed.value());
            let unpack = || books::unpack(first, packed);
            self.books = (first, self.unpacked.books.of(first, packed, unpack)?);
        }
        self.in_books(place).ok_or_else(|| {
            ArchiveError::damaged(TRANSFERS.name(), place, "the transfer is missing")
        })
    }

    fn in_books(&self, place: u64) -> Option<TransferRow> {
        let offset = place.checked_sub(self.books.0)?;
        self.books.1.get(usize::try_from(offset).ok()?).copied()
    }
}
