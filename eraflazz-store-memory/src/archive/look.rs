//! One look at the lists of the archive, all of it as of one checkpoint.

use eraflazz_core::ids::{Installation, MemberId, OrderId, SubjectId, SupplierId, SupplierRef};
use eraflazz_core::ledger::TransferRow;
use eraflazz_core::order::{LogRow, Order};
use eraflazz_core::time::Timestamp;

use super::Archive;
use super::ages;
use super::entry::Entry;
use super::error::Result;
use super::head::Head;
use super::lists::{self, List};
use super::reader::Reader;
use super::tables::{AGES, HEAD, LISTS, Number, SUPPLIER_REFS};

/// What the archive was at one moment. Checkpoints that are written meanwhile do not show; their pages are given back once it is dropped.
pub struct Look {
    reader: Reader,
    head: Head,
}

impl Archive {
    /// Looks at the archive as it is now.
    pub fn look(&self) -> Result<Look> {
        let reader = Reader::begin(self)?;
        let head = Head::read(&reader.txn.open_table(HEAD)?)?;
        Ok(Look { reader, head })
    }
}

impl Look {
    /// The last journal batch that is in it.
    pub const fn through(&self) -> u64 {
        self.head.through
    }

    /// The highest reference at this supplier that begins with the letter of this installation: after it come the epoch and the time.
    pub fn newest_ref(
        &self,
        supplier: SupplierId,
        installation: Installation,
    ) -> Result<Option<SupplierRef>> {
        let table = self.reader.txn.open_table(SUPPLIER_REFS)?;
        let (mut from, mut to) = ([0; 20], [0; 20]);
        let letter = u32::from(char::from(installation)).to_le_bytes()[0];
        (from[0], to[0]) = (letter, letter.saturating_add(1));
        let range = (supplier.0, &from)..(supplier.0, &to);
        let last = table.range::<(u16, &[u8; 20])>(range)?.next_back();
        let last = last.transpose()?.map(|(key, _)| *key.value().1);
        let text = last.as_ref().and_then(|bytes| bytes.utf8_chunks().next());
        let newest = text.and_then(|text| SupplierRef::parse(text.valid()));
        Ok(newest.filter(|our| our.epoch_at(installation).is_some()))
    }

    /// The log of an order or a subject, oldest first.
    pub fn log(&mut self, subject: SubjectId) -> Result<Vec<LogRow>> {
        let Some(newest) = self.reader.of(subject)? else {
            return Ok(Vec::new());
        };
        let chain = self.reader.chain(newest)?;
        Ok(chain.into_iter().flat_map(Entry::log).collect())
    }

    /// The orders of a member, newest first, after the first `skip`; of those that were accepted before `from` only some, and only what comes after
    /// `listed_after`. An order that is in memory is newer there.
    pub fn orders_of(
        self,
        member: MemberId,
        skip: usize,
        from: Option<Timestamp>,
        listed_after: Option<OrderId>,
    ) -> Result<impl Iterator<Item = Result<Order>> + use<>> {
        let Self { mut reader, .. } = self;
        let table = reader.txn.open_table(LISTS)?;
        let numbers = lists::newest_first(&table, List::Orders, member.0.as_u128(), skip)?;
        let bound = match from {
            Some(from) => ages::bound(&reader.txn.open_table(AGES)?, from)?,
            None => 0,
        };
        let end = match listed_after {
            Some(last) => reader.number(last)?.unwrap_or(0),
            None => Number::MAX,
        };
        Ok(numbers.filter_map(move |number| {
            let number = number.map(|number| Number::try_from(number).unwrap_or(Number::MAX));
            match number {
                Ok(number) if number < bound || number >= end => None,
                Ok(number) => Some(reader.order(number).map(|agg| agg.order)),
                Err(error) => Some(Err(error)),
            }
        }))
    }

    /// The transfers that touched what the member can spend, newest first, after the first `skip`.
    pub fn mutations(
        self,
        member: MemberId,
        skip: usize,
    ) -> Result<impl Iterator<Item = Result<TransferRow>> + use<>> {
        let Self { mut reader, .. } = self;
        let table = reader.txn.open_table(LISTS)?;
        let places = lists::newest_first(&table, List::Mutations, member.0.as_u128(), skip)?;
        Ok(places.map(move |place| reader.transfer(place?)))
    }

    /// Every transfer, oldest first, from this place on, at most `limit`.
    pub fn transfers(&mut self, from: u64, limit: usize) -> Result<Vec<TransferRow>> {
        let end = from.saturating_add(limit as u64).min(self.head.transfers);
        (from..end)
            .map(|place| self.reader.transfer(place))
            .collect()
    }
}
