//! A walk over everything, for an operator who wants to know.

use std::collections::BTreeMap;

use eraflazz_core::ids::MemberId;
use eraflazz_core::order::Aggregate;
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableHandle};

use super::ages;
use super::error::{ArchiveError, Result};
use super::lists::{self, List};
use super::reader::Reader;
use super::tables::{
    AGES, CODES, GUARDS, IDS, LISTS, LIVE, Number, REFS, SUPPLIER_REFS, THEIR_REFS, TRANSFERS,
};
use super::{Archive, can_move, keys};

/// What a walk over the whole archive found in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Orders.
    pub orders: u64,
    /// Subjects of money without an order.
    pub subjects: u64,
    /// Log rows.
    pub log_rows: u64,
    /// Transfers.
    pub transfers: u64,
}

/// How much each member's lists must hold.
type Lists = BTreeMap<MemberId, (usize, usize)>;

impl Archive {
    /// Reads the whole file: every page by redb's checksums, every packed row by ours, every key from its order and back. The first thing that is
    /// wrong is the error. Changes nothing.
    pub fn verify(&mut self) -> Result<Verified> {
        if !self.db.check_integrity()? {
            return Err(ArchiveError::damaged(
                "pages",
                "any",
                "their checksums did not fit",
            ));
        }
        let numbers = self.known()?.head.numbers;
        let mut reader = Reader::begin(self)?;
        let mut verified = Verified::default();
        let mut lists = Lists::new();
        for number in 0..numbers {
            self.verify_number(&mut reader, number, &mut verified, &mut lists)?;
        }
        verify_lists(&reader.txn, &lists)?;
        verify_their_refs(&mut reader)?;
        let written = self.transfers_len()?;
        if verified.transfers != written {
            let why = format!("{} of {written} have an order", verified.transfers);
            return Err(ArchiveError::damaged(TRANSFERS.name(), "all", why));
        }
        let ids = reader.txn.open_table(IDS)?.len()?;
        if ids != u64::from(numbers) {
            let why = format!("{ids} ids have {numbers} numbers");
            return Err(ArchiveError::damaged(IDS.name(), "all", why));
        }
        Ok(verified)
    }

    fn verify_number(
        &self,
        reader: &mut Reader,
        number: Number,
        verified: &mut Verified,
        lists: &mut Lists,
    ) -> Result<()> {
        let newest = reader.newest(number)?;
        let subject = newest.of.subject();
        let known = reader.txn.open_table(IDS)?.get(subject.0.as_u128())?;
        if known.map(|known| known.value()) != Some(number) {
            return Err(missing(IDS.name(), subject));
        }
        let chain = reader.chain(newest)?;
        for row in reader.transfers_of(&chain)? {
            if row.key.subject != subject {
                return Err(missing(TRANSFERS.name(), row.key));
            }
            if let Some(change) = row.available {
                lists.entry(change.member).or_default().1 += 1;
            }
            verified.transfers += 1;
        }
        let mut of = None;
        for entry in chain {
            of = Some(entry.of.clone());
            verified.log_rows += entry.log().count() as u64;
        }
        if let Some(agg) = of.and_then(super::entry::Of::aggregate) {
            verified.orders += 1;
            lists.entry(agg.order.member).or_default().0 += 1;
            self.verify_keys(&reader.txn, number, &agg)
        } else {
            verified.subjects += 1;
            Ok(())
        }
    }

    /// Every key of the order leads to it.
    fn verify_keys(&self, txn: &ReadTransaction, number: Number, agg: &Aggregate) -> Result<()> {
        let order = &agg.order;
        let fingerprint = keys::reference(order.member, &order.ref_id);
        if !self.known()?.refs.candidates(fingerprint).contains(&number) {
            return Err(missing(REFS.name(), &order.ref_id));
        }
        let code = keys::code_bytes(&order.trx_code);
        let found = txn.open_table(CODES)?.get(&code)?;
        if found.map(|found| found.value()) != Some(number) {
            return Err(missing(CODES.name(), order.trx_code));
        }
        let newest = ages::newest_of(&txn.open_table(AGES)?, number)?;
        if newest.is_none_or(|newest| newest < order.created_at.micros()) {
            return Err(missing(AGES.name(), order.id));
        }
        let refs = txn.open_table(SUPPLIER_REFS)?;
        for attempt in &agg.attempts {
            let key = (attempt.supplier.0, &keys::ref_bytes(&attempt.supplier_ref));
            let found = refs.get(key)?.map(|found| found.value());
            if found != Some((number, attempt.no.0)) {
                return Err(missing(SUPPLIER_REFS.name(), attempt.supplier_ref));
            }
        }
        if let Some(((day, fingerprint), is_live)) = keys::guard(order) {
            let row = (day, fingerprint.0, number);
            if txn.open_table(GUARDS)?.get(row)?.is_some() != is_live {
                return Err(missing(GUARDS.name(), row));
            }
        }
        if txn.open_table(LIVE)?.get(number)?.is_some() != can_move(agg) {
            return Err(missing(LIVE.name(), number));
        }
        Ok(())
    }
}

/// Every list is as long as it must be.
fn verify_lists(txn: &ReadTransaction, lists: &Lists) -> Result<()> {
    let table = txn.open_table(LISTS)?;
    for (member, (orders, mutations)) in lists {
        for (list, expected) in [(List::Orders, *orders), (List::Mutations, *mutations)] {
            let mut found = 0;
            for number in lists::newest_first(&table, list, member.0.as_u128(), 0)? {
                number?;
                found += 1;
            }
            if found != expected {
                return Err(missing(LISTS.name(), (list, member)));
            }
        }
    }
    Ok(())
}

/// Every id of a supplier leads to an order that has it.
fn verify_their_refs(reader: &mut Reader) -> Result<()> {
    let table = reader.txn.open_table(THEIR_REFS)?;
    for row in table.iter()? {
        let (key, number) = row?;
        let (supplier, theirs) = key.value();
        let agg = reader.order(number.value())?;
        let has_it = agg.attempts.iter().any(|attempt| {
            let known = attempt.their_ref.as_ref();
            attempt.supplier.0 == supplier && known.is_some_and(|known| known.as_str() == theirs)
        });
        if !has_it {
            return Err(missing(THEIR_REFS.name(), key.value()));
        }
    }
    Ok(())
}

fn missing(table: &'static str, key: impl std::fmt::Debug) -> ArchiveError {
    ArchiveError::damaged(
        table,
        key,
        "it does not agree with the order that it belongs to",
    )
}
