//! What the archive answers.

use std::ops::RangeInclusive;

use eraflazz_core::commit::{GuardKey, Nonce};
use eraflazz_core::ids::{
    AttemptNo, MemberId, OrderId, SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::TransferRow;
use eraflazz_core::order::{Aggregate, Order};
use eraflazz_core::text::{RefId, Sn, TheirRef};
use eraflazz_core::time::Timestamp;
use redb::{ReadableTable, TableHandle};
use serde::de::DeserializeOwned;

use super::error::{ArchiveError, Result};
use super::reader::Reader;
use super::shelf::{self, Shelf};
use super::tables::{
    CODES, GUARDS, IDS, LIVE, NONCES, Number, SERIALS, SHELVES, SUPPLIER_REFS, THEIR_REFS,
};
use super::{Archive, keys};

/// An order as it goes back into memory: with its money, so that no effect of it happens twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The order and its attempts.
    pub aggregate: Aggregate,
    /// Every transfer of it, oldest first.
    pub transfers: Vec<TransferRow>,
}

/// Keys: what [`View`](eraflazz_core::commit::View) asks. Answers are those of the last checkpoint; what is in memory is newer.
impl Archive {
    /// The order with this reference of the caller. Almost always answered from memory if there is none.
    pub fn by_ref(&self, member: MemberId, ref_id: &RefId) -> Result<Option<OrderId>> {
        let candidates = self
            .known()?
            .refs
            .candidates(keys::reference(member, ref_id));
        self.first_order(&candidates, |order| {
            order.member == member && order.ref_id == *ref_id
        })
    }

    /// The order with this code. Codes of the two newest days that are free are answered from memory.
    pub fn by_trx_code(&self, code: &TrxCode) -> Result<Option<OrderId>> {
        let bytes = keys::code_bytes(code);
        let known = self.known()?;
        if keys::code(&bytes).is_some_and(|(day, print)| !known.codes.may_have(day, print)) {
            return Ok(None);
        }
        drop(known);
        let found = self.begin()?.open_table(CODES)?.get(&bytes)?;
        let candidates: Vec<Number> = found.map(|number| number.value()).into_iter().collect();
        self.first_order(&candidates, |order| order.trx_code == *code)
    }

    /// The order that holds this duplicate guard. If that order is in memory, memory knows better: it may have let go of it since. Free guards
    /// of the two newest days are answered from memory.
    pub fn by_guard(&self, key: &GuardKey<'_>) -> Result<Option<OrderId>> {
        let (day, print) = keys::guard_key(key);
        if !self.known()?.guards.may_have(day, print) {
            return Ok(None);
        }
        let with_print: RangeInclusive<_> = (day, print.0, 0)..=(day, print.0, Number::MAX);
        let candidates = self
            .begin()?
            .open_table(GUARDS)?
            .range(with_print)?
            .map(|row| Ok(row?.0.value().2))
            .collect::<Result<Vec<_>>>()?;
        self.first_order(&candidates, |order| keys::holds(order, key))
    }

    /// The order and attempt with this reference at this supplier. References above the newest one are answered from memory.
    pub fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<(OrderId, AttemptNo)>> {
        let bytes = keys::ref_bytes(supplier_ref);
        let newest = self.known()?.newest_ref.get(&supplier.0).copied();
        if newest.is_none_or(|newest| bytes > newest) {
            return Ok(None);
        }
        let mut reader = Reader::begin(self)?;
        let table = reader.txn.open_table(SUPPLIER_REFS)?;
        let Some(found) = table.get((supplier.0, &bytes))? else {
            return Ok(None);
        };
        let (number, no) = found.value();
        let agg = reader.order(number)?;
        let no = AttemptNo(no);
        match agg.attempt(no) {
            Some(attempt)
                if (attempt.supplier, attempt.supplier_ref) == (supplier, *supplier_ref) =>
            {
                Ok(Some((agg.order.id, no)))
            }
            _ => Err(ArchiveError::damaged(
                SUPPLIER_REFS.name(),
                (supplier, supplier_ref),
                "it points to an order that has no such attempt",
            )),
        }
    }

    /// The order that this supplier knows by this id.
    pub fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<OrderId>> {
        let mut reader = Reader::begin(self)?;
        let table = reader.txn.open_table(THEIR_REFS)?;
        let Some(found) = table.get((supplier.0, their_ref.as_str()))? else {
            return Ok(None);
        };
        Ok(Some(reader.order(found.value())?.order.id))
    }

    /// Orders of which an attempt at this supplier, first sent at `since` or later, carries this serial number; newest first, at most `limit`.
    pub fn by_sn(
        &self,
        supplier: SupplierId,
        sn: &Sn,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<OrderId>> {
        let print = keys::serial(supplier, sn).0;
        let mut reader = Reader::begin(self)?;
        let table = reader.txn.open_table(SERIALS)?;
        let mut found = Vec::new();
        for row in table
            .range((supplier.0, print, 0)..=(supplier.0, print, Number::MAX))?
            .rev()
        {
            let agg = reader.order(row?.0.value().2)?;
            if found.len() < limit && keys::carries(&agg, supplier, sn, since) {
                found.push(agg.order.id);
            }
        }
        Ok(found)
    }

    /// Whether the nonce was used.
    pub fn has_nonce(&self, nonce: &Nonce) -> Result<bool> {
        let key = (nonce.key.as_str(), nonce.nonce.as_str());
        Ok(self.begin()?.open_table(NONCES)?.get(key)?.is_some())
    }

    /// Whether there is an order or a subject with this id. Ids above the newest one are answered from memory.
    pub fn has_subject(&self, id: SubjectId) -> Result<bool> {
        if id.0.as_u128() > self.known()?.newest_id {
            return Ok(false);
        }
        let ids = self.begin()?.open_table(IDS)?;
        Ok(ids.get(id.0.as_u128())?.is_some())
    }

    /// The first of these orders that is the one sought.
    fn first_order(
        &self,
        candidates: &[Number],
        is_it: impl Fn(&Order) -> bool,
    ) -> Result<Option<OrderId>> {
        if candidates.is_empty() {
            return Ok(None);
        }
        let mut reader = Reader::begin(self)?;
        for number in candidates {
            let order = reader.order(*number)?.order;
            if is_it(&order) {
                return Ok(Some(order.id));
            }
        }
        Ok(None)
    }
}

/// Rows: what the ports show.
impl Archive {
    /// The order with its attempts, as of the last checkpoint.
    pub fn order(&self, id: OrderId) -> Result<Option<Aggregate>> {
        let newest = Reader::begin(self)?.of(id.into())?;
        Ok(newest.and_then(|newest| newest.of.aggregate()))
    }

    /// The order as it goes back into memory. It stays in the archive as well; the next checkpoint with it replaces what is read.
    pub fn load(&self, id: OrderId) -> Result<Option<Loaded>> {
        let mut reader = Reader::begin(self)?;
        match reader.of(id.into())? {
            Some(newest) => reader.loaded(newest),
            None => Ok(None),
        }
    }

    /// The orders that could still move at the last checkpoint, in the order of their birth: what memory begins with.
    pub fn live(&self) -> Result<Vec<Loaded>> {
        let mut reader = Reader::begin(self)?;
        let mut live = Vec::new();
        for row in reader.txn.open_table(LIVE)?.iter()? {
            let newest = reader.newest(row?.0.value())?;
            live.extend(reader.loaded(newest)?);
        }
        Ok(live)
    }

    /// The transfers of an order or a subject, oldest first.
    pub fn transfers_of(&self, subject: SubjectId) -> Result<Vec<TransferRow>> {
        let mut reader = Reader::begin(self)?;
        let Some(newest) = reader.of(subject)? else {
            return Ok(Vec::new());
        };
        let chain = reader.chain(newest)?;
        reader.transfers_of(&chain)
    }

    /// Everything on a shelf, in the order of the keys' bytes.
    pub fn shelf<K: DeserializeOwned, V: DeserializeOwned>(
        &self,
        shelf: Shelf,
    ) -> Result<Vec<(K, V)>> {
        let table = self.begin()?.open_table(SHELVES)?;
        let next = shelf as u8 + 1;
        let rows =
            table.range::<(u8, &[u8])>((shelf as u8, [].as_slice())..(next, [].as_slice()))?;
        rows.map(|row| {
            let (key, sealed) = row?;
            shelf::read(shelf, key.value().1, sealed.value())
        })
        .collect()
    }
}
