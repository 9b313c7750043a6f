//! At the start: what memory must know of the file, read from it.

use redb::{ReadTransaction, ReadableTable, TableHandle};

use super::error::Result;
use super::head::Head;
use super::keys;
use super::known::{Fingerprint, Known};
use super::tables::{self, CODES, GUARDS, HEAD, IDS, Number, REFS, SUPPLIER_REFS};

/// Everything that memory knows of the file.
pub(super) fn learn(txn: &ReadTransaction) -> Result<Known> {
    let mut known = Known {
        head: Head::read(&txn.open_table(HEAD)?)?,
        ..Known::default()
    };
    if let Some(newest) = txn.open_table(IDS)?.last()? {
        known.newest_id = newest.0.value();
    }
    learn_refs(txn, &mut known)?;
    learn_days(txn, &mut known)?;
    learn_newest_refs(txn, &mut known)?;
    Ok(known)
}

fn learn_refs(txn: &ReadTransaction, known: &mut Known) -> Result<()> {
    let orders = usize::try_from(known.head.numbers).unwrap_or(0);
    known.refs.reserve(orders);
    for row in txn.open_table(REFS)?.iter()? {
        let (first, sealed) = row?;
        let key = first.value().to_be_bytes();
        let bytes = tables::unseal(REFS.name(), &key, sealed.value())?;
        for pair in bytes.chunks_exact(8) {
            if let ([a, b, c, d], [e, f, g, h]) = (&pair[..4], &pair[4..]) {
                let fingerprint = Fingerprint(u32::from_le_bytes([*a, *b, *c, *d]));
                let number = Number::from_le_bytes([*e, *f, *g, *h]);
                known.refs.insert(fingerprint, number);
            }
        }
    }
    Ok(())
}

/// Codes and guards of the two newest days that have any.
fn learn_days(txn: &ReadTransaction, known: &mut Known) -> Result<()> {
    let codes = txn.open_table(CODES)?;
    let day_before = |before: Option<i32>| -> Result<Option<i32>> {
        let last = match before {
            None => codes.last()?,
            Some(day) => codes
                .range::<&[u8; 21]>(..&keys::first_code(day))?
                .next_back()
                .transpose()?,
        };
        Ok(last.and_then(|(code, _)| Some(keys::code(code.value())?.0)))
    };
    if let Some(newest) = day_before(None)? {
        let from = day_before(Some(newest))?.unwrap_or(newest);
        known.codes.begin_at(from);
        for row in codes.range::<&[u8; 21]>(&keys::first_code(from)..)? {
            if let Some((day, fingerprint)) = keys::code(row?.0.value()) {
                known.codes.insert(day, fingerprint);
            }
        }
    }

    let guards = txn.open_table(GUARDS)?;
    let day_before = |before: i32| -> Result<Option<i32>> {
        let last = guards.range(..(before, 0, 0))?.next_back().transpose()?;
        Ok(last.map(|(key, _)| key.value().0))
    };
    if let Some(newest) = day_before(i32::MAX)? {
        let from = day_before(newest)?.unwrap_or(newest);
        known.guards.begin_at(from);
        for row in guards.range((from, 0, 0)..)? {
            let (day, fingerprint, _) = row?.0.value();
            known.guards.insert(day, Fingerprint(fingerprint));
        }
    }
    Ok(())
}

fn learn_newest_refs(txn: &ReadTransaction, known: &mut Known) -> Result<()> {
    let table = txn.open_table(SUPPLIER_REFS)?;
    let mut last = table.last()?;
    while let Some((key, _)) = last {
        let (supplier, newest) = key.value();
        known.newest_ref.insert(supplier, *newest);
        last = table
            .range::<(u16, &[u8; 20])>(..(supplier, &[0; 20]))?
            .next_back()
            .transpose()?;
    }
    Ok(())
}
