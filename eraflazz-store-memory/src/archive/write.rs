//! A checkpoint, written table by table inside one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eraflazz_core::commit::Nonce;
use eraflazz_core::ids::{OrderId, SubjectId, SupplierId};
use eraflazz_core::ledger::TransferRow;
use eraflazz_core::order::{Aggregate, LogRow, Order};
use eraflazz_core::text::TheirRef;
use redb::{ReadableTable, Table, TableHandle, WriteTransaction};

use super::ages::Ages;
use super::block::{self, FULL, Filling};
use super::books;
use super::entry::{Entry, Of};
use super::error::{ArchiveError, Result};
use super::head::Head;
use super::keys;
use super::known::Learned;
use super::lists::{self, List};
use super::reader::Blocks;
use super::shelf::{Rows, Shelf};
use super::tables::{
    self, AGES, BLOCKS, CODES, ENTRIES, GUARDS, IDS, LISTS, LIVE, NONCES, Number, REFS, SERIALS,
    SHELVES, SUPPLIER_REFS, THEIR_REFS, TRANSFERS,
};
use super::unpacked::Unpacked;

/// How many fingerprints a row of `refs` has at most: 32 KiB with redb's own bytes.
const REFS_ROW: usize = 4_080;

/// The tables of one transaction, and what it has to tell [`Known`](super::known::Known) once it is committed.
pub(super) struct Writer<'txn> {
    txn: &'txn WriteTransaction,
    unpacked: Arc<Unpacked>,
    ids: Table<'txn, u128, Number>,
    entries: Table<'txn, Number, tables::Place>,
    head: Head,
    /// Encoded entries, in the order in which they go into blocks.
    encoded: Vec<(Number, Vec<u8>)>,
    /// Codes of orders that were not there before.
    codes: Vec<([u8; 21], Number)>,
    /// Orders that were not there before, with their numbers.
    learned: Learned,
}

impl<'txn> Writer<'txn> {
    pub(super) fn new(
        txn: &'txn WriteTransaction,
        head: Head,
        unpacked: Arc<Unpacked>,
    ) -> Result<Self> {
        Ok(Self {
            ids: txn.open_table(IDS)?,
            entries: txn.open_table(ENTRIES)?,
            txn,
            unpacked,
            head,
            encoded: Vec::new(),
            codes: Vec::new(),
            learned: Learned::default(),
        })
    }

    /// The head as it will be, and what memory learns of the checkpoint once it is committed.
    pub(super) fn finish(self) -> (Head, Learned) {
        (self.head, self.learned)
    }

    /// Appends the transfers. Gives where those of each subject stand.
    pub(super) fn transfers(
        &mut self,
        rows: Vec<TransferRow>,
    ) -> Result<BTreeMap<SubjectId, Vec<u64>>> {
        let mut of_subject: BTreeMap<SubjectId, Vec<u64>> = BTreeMap::new();
        let mut mutations: BTreeMap<u128, Vec<u64>> = BTreeMap::new();
        let mut table = self.txn.open_table(TRANSFERS)?;
        let mut first = self.head.transfers;
        for (row, place) in rows.iter().zip(first..) {
            of_subject.entry(row.key.subject).or_default().push(place);
            if let Some(change) = row.available {
                let member = change.member.0.as_u128();
                mutations.entry(member).or_default().push(place);
            }
        }
        self.head.transfers += rows.len() as u64;

        let mut rows = rows;
        let mut there = 0;
        if let Some(tail) = table.last()? {
            let (key, packed) = (tail.0.value(), tail.1.value());
            if packed.len() < FULL && !rows.is_empty() {
                let mut joined = books::unpack(key, packed)?;
                there = joined.len();
                joined.append(&mut rows);
                (first, rows) = (key, joined);
            }
        }
        let mut filling = Filling::new();
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let (took, packed) =
                filling.fill(there, rest.len(), |n| books::pack(first, &rest[..n]))?;
            table.insert(first, packed.as_slice())?;
            first += took as u64;
            rest = &rest[took..];
            there = 0;
        }
        let mut table = self.txn.open_table(LISTS)?;
        for (member, places) in mutations {
            lists::append(&mut table, List::Mutations, member, &places)?;
        }
        Ok(of_subject)
    }

    /// Writes the orders as they are now, those that are new in the order of their birth, and whatever else has log rows or transfers.
    pub(super) fn subjects(
        &mut self,
        orders: Vec<Aggregate>,
        mut log: BTreeMap<SubjectId, Vec<LogRow>>,
        mut transfers: BTreeMap<SubjectId, Vec<u64>>,
    ) -> Result<()> {
        let mut blocks = Blocks::new(self.txn.open_table(BLOCKS)?, Arc::clone(&self.unpacked));
        let mut births: BTreeMap<u128, Vec<u64>> = BTreeMap::new();
        let mut goods = Goods::open(self.txn)?;
        let mut ages = Ages::from(self.head.numbers);
        let mut seen = BTreeSet::new();
        for agg in orders {
            if !seen.insert(agg.order.id) {
                let why = format!("order {} is in the checkpoint twice", agg.order.id);
                return Err(ArchiveError::Unwritable(why));
            }
            let (number, is_new) = self.number(agg.order.id.0.as_u128())?;
            // Under its id there may be a log that is older than the order.
            let is_born = is_new
                || match self.entries.get(number)? {
                    Some(place) => matches!(blocks.entry(place.value())?.of, Of::Subject(_)),
                    None => true,
                };
            if is_born {
                self.born(&agg.order, number);
                let member = agg.order.member.0.as_u128();
                births.entry(member).or_default().push(u64::from(number));
                ages.born(number, agg.order.created_at);
            }
            goods.put(&agg, number, &mut self.learned)?;
            let subject = agg.order.id.into();
            let log = log.remove(&subject).unwrap_or_default();
            let transfers = transfers.remove(&subject).unwrap_or_default();
            self.entry(number, Of::order(agg), log, &transfers)?;
        }
        let mut others = log;
        for subject in transfers.keys() {
            others.entry(*subject).or_default();
        }
        for (subject, log) in others {
            let (number, _) = self.number(subject.0.as_u128())?;
            let of = match self.entries.get(number)? {
                Some(place) => blocks.entry(place.value())?.of,
                None => Of::Subject(subject),
            };
            let transfers = transfers.remove(&subject).unwrap_or_default();
            self.entry(number, of, log, &transfers)?;
        }
        drop(blocks);
        self.write_refs()?;
        self.write_codes()?;
        ages.write(&mut self.txn.open_table(AGES)?)?;
        self.write_blocks()?;
        let mut table = self.txn.open_table(LISTS)?;
        for (member, numbers) in births {
            lists::append(&mut table, List::Orders, member, &numbers)?;
        }
        Ok(())
    }

    /// The number of an order or a subject, and whether it is a new one.
    fn number(&mut self, id: u128) -> Result<(Number, bool)> {
        if let Some(number) = self.ids.get(id)? {
            return Ok((number.value(), false));
        }
        let number = self.head.numbers;
        self.head.numbers = number
            .checked_add(1)
            .ok_or_else(|| ArchiveError::Unwritable("there are too many orders".to_owned()))?;
        self.ids.insert(id, number)?;
        self.learned.newest_id = self.learned.newest_id.max(id);
        Ok((number, true))
    }

    fn born(&mut self, order: &Order, number: Number) {
        let fingerprint = keys::reference(order.member, &order.ref_id);
        self.learned.refs.push((fingerprint, number));
        self.codes.push((keys::code_bytes(&order.trx_code), number));
    }

    fn entry(&mut self, number: Number, of: Of, log: Vec<LogRow>, transfers: &[u64]) -> Result<()> {
        let before = self.entries.get(number)?.map(|place| place.value());
        let entry = Entry::new(before, of, log, transfers);
        self.encoded.push((number, entry.encode()?));
        Ok(())
    }

    /// The codes of new orders; sorted, because their table is.
    fn write_codes(&mut self) -> Result<()> {
        let mut codes = std::mem::take(&mut self.codes);
        codes.sort_unstable();
        let mut table = self.txn.open_table(CODES)?;
        for (code, number) in codes {
            table.insert(&code, number)?;
            self.learned.codes.extend(keys::code(&code));
        }
        Ok(())
    }

    fn write_refs(&self) -> Result<()> {
        let mut table = self.txn.open_table(REFS)?;
        for row in self.learned.refs.chunks(REFS_ROW) {
            let Some((_, first)) = row.first() else {
                continue;
            };
            let mut bytes = Vec::with_capacity(row.len() * 8);
            for (fingerprint, number) in row {
                bytes.extend_from_slice(&fingerprint.0.to_le_bytes());
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            let sealed = tables::seal(REFS.name(), &first.to_be_bytes(), &bytes);
            table.insert(*first, sealed.as_slice())?;
        }
        Ok(())
    }

    /// Puts the encoded entries into blocks, beginning with the last one if it is not full.
    fn write_blocks(&mut self) -> Result<()> {
        let encoded = std::mem::take(&mut self.encoded);
        if encoded.is_empty() {
            return Ok(());
        }
        let mut table = self.txn.open_table(BLOCKS)?;
        let mut block = 0;
        let mut tail = None;
        if let Some(last) = table.last()? {
            let (key, packed) = (last.0.value(), last.1.value());
            if packed.len() < FULL {
                block = key;
                tail = Some(tables::unpack(BLOCKS.name(), &key.to_be_bytes(), packed)?);
            } else {
                block = key + 1;
            }
        }
        let there = match &tail {
            Some(joined) => block::split(joined).ok_or_else(|| {
                ArchiveError::damaged(BLOCKS.name(), block, "its rows have no ends")
            })?,
            None => Vec::new(),
        };
        let rows: Vec<&[u8]> = there
            .iter()
            .copied()
            .chain(encoded.iter().map(|(_, row)| row.as_slice()))
            .collect();
        // Those that were there stay where they are.
        let mut moved = encoded.iter().map(|(number, _)| *number);
        let mut least = there.len();
        let mut filling = Filling::new();
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let (took, packed) = filling.fill(least, rest.len().min(SLOTS), |n| {
                let joined = block::join(&rest[..n])?;
                tables::pack(BLOCKS.name(), &block.to_be_bytes(), &joined)
            })?;
            table.insert(block, packed.as_slice())?;
            for slot in (0..).take(took).skip(least) {
                if let Some(number) = moved.next() {
                    self.entries.insert(number, (block, slot))?;
                }
            }
            rest = &rest[took..];
            least = 0;
            block += 1;
        }
        Ok(())
    }

    /// Ids that suppliers gave. Who had one first keeps it.
    pub(super) fn their_refs(&self, mut refs: Vec<(SupplierId, TheirRef, OrderId)>) -> Result<()> {
        refs.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut table = self.txn.open_table(THEIR_REFS)?;
        for (supplier, their_ref, order) in refs {
            let key = (supplier.0, their_ref.as_str());
            let Some(number) = self.ids.get(order.0.as_u128())? else {
                let why = format!("{their_ref} belongs to order {order}, which was never written");
                return Err(ArchiveError::Unwritable(why));
            };
            if table.get(key)?.is_none() {
                table.insert(key, number.value())?;
            }
        }
        Ok(())
    }

    pub(super) fn nonces(&self, nonces: &[Nonce]) -> Result<()> {
        let mut table = self.txn.open_table(NONCES)?;
        for nonce in nonces {
            table.insert((nonce.key.as_str(), nonce.nonce.as_str()), ())?;
        }
        Ok(())
    }

    /// Makes the shelves hold these rows and no others. A row that is there as it should be is left alone.
    pub(super) fn shelves(&self, shelves: &BTreeMap<Shelf, Rows>) -> Result<()> {
        let mut table = self.txn.open_table(SHELVES)?;
        for (shelf, rows) in shelves {
            let shelf = *shelf as u8;
            table.retain_in::<(u8, &[u8]), _>(
                (shelf, [].as_slice())..(shelf + 1, [].as_slice()),
                |(_, key), _| rows.contains_key(key),
            )?;
            for (key, row) in rows {
                let key = (shelf, key.as_slice());
                let is_there = table.get(key)?.is_some_and(|known| known.value() == row);
                if !is_there {
                    table.insert(key, row.as_slice())?;
                }
            }
        }
        Ok(())
    }
}

/// A block has no more slots than this.
const SLOTS: usize = u16::MAX as usize;

/// What is indexed of an order besides its id and its reference.
struct Goods<'txn> {
    supplier_refs: Table<'txn, (u16, &'static [u8; 20]), (Number, u16)>,
    serials: Table<'txn, (u16, u32, Number), ()>,
    guards: Table<'txn, (i32, u32, Number), ()>,
    live: Table<'txn, Number, ()>,
}

impl<'txn> Goods<'txn> {
    fn open(txn: &'txn WriteTransaction) -> Result<Self> {
        Ok(Self {
            supplier_refs: txn.open_table(SUPPLIER_REFS)?,
            serials: txn.open_table(SERIALS)?,
            guards: txn.open_table(GUARDS)?,
            live: txn.open_table(LIVE)?,
        })
    }

    fn put(&mut self, agg: &Aggregate, number: Number, learned: &mut Learned) -> Result<()> {
        for attempt in &agg.attempts {
            let (supplier, bytes) = (attempt.supplier.0, keys::ref_bytes(&attempt.supplier_ref));
            self.supplier_refs
                .insert((supplier, &bytes), (number, attempt.no.0))?;
            let newest = learned.newest_ref.entry(supplier).or_default();
            *newest = bytes.max(*newest);
            if let Some(sn) = &attempt.sn {
                let print = keys::serial(attempt.supplier, sn);
                self.serials.insert((supplier, print.0, number), ())?;
            }
        }
        if let Some((key, is_live)) = keys::guard(&agg.order) {
            let row = (key.0, key.1.0, number);
            if is_live {
                self.guards.insert(row, ())?;
                learned.guards.push(key);
            } else {
                self.guards.remove(row)?;
            }
        }
        if super::can_move(agg) {
            self.live.insert(number, ())?;
        } else {
            self.live.remove(number)?;
        }
        Ok(())
    }
}
