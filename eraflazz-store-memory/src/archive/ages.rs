//! How far back an order can have been accepted, by its number: so that who asks for today is not read the years before.
//!
//! Numbers are given checkpoint by checkpoint, long before or after the order was accepted; all that is known of a number is that its order was accepted
//! no later than the newest order of all checkpoints up to its own. That is enough to leave out, unread, what must be too old.

use eraflazz_core::time::Timestamp;
use redb::{ReadableTable, Table};

use super::error::Result;
use super::tables::Number;

/// What one checkpoint adds.
pub(super) struct Ages {
    /// The first number it gives.
    first: Number,
    /// When the newest of the orders with new numbers was accepted.
    newest: Option<i64>,
    /// Orders whose number is older than they are: something was logged under their id before.
    numbered_before: Vec<(Number, i64)>,
}

impl Ages {
    pub(super) const fn from(first: Number) -> Self {
        Self {
            first,
            newest: None,
            numbered_before: Vec::new(),
        }
    }

    pub(super) fn born(&mut self, number: Number, accepted: Timestamp) {
        let accepted = accepted.micros();
        if number < self.first {
            self.numbered_before.push((number, accepted));
        } else {
            self.newest = self.newest.max(Some(accepted));
        }
    }

    pub(super) fn write(self, table: &mut Table<'_, Number, i64>) -> Result<()> {
        if let Some(newest) = self.newest {
            raise(table, self.first, newest)?;
        }
        for (number, accepted) in self.numbered_before {
            raise(table, number, accepted)?;
        }
        Ok(())
    }
}

/// From `number` on nothing is said to be older than `accepted`.
fn raise(table: &mut Table<'_, Number, i64>, number: Number, accepted: i64) -> Result<()> {
    let known = newest_of(table, number)?.unwrap_or(i64::MIN);
    table.insert(number, known.max(accepted))?;
    let later: Vec<(Number, i64)> = table
        .range(number..)?
        .map(|row| row.map(|(key, newest)| (key.value(), newest.value())))
        .collect::<std::result::Result<_, _>>()?;
    for (key, newest) in later {
        if newest < accepted {
            table.insert(key, accepted)?;
        }
    }
    Ok(())
}

/// The latest that the order of this number can have been accepted, in microseconds.
pub(super) fn newest_of(
    table: &impl ReadableTable<Number, i64>,
    number: Number,
) -> Result<Option<i64>> {
    let row = table.range(..=number)?.next_back().transpose()?;
    Ok(row.map(|(_, newest)| newest.value()))
}

/// Every order below this number was accepted before `from`.
pub(super) fn bound(table: &impl ReadableTable<Number, i64>, from: Timestamp) -> Result<Number> {
    let mut bound = None;
    for row in table.iter()?.rev() {
        let (first, newest) = row?;
        if newest.value() < from.micros() {
            return Ok(bound.unwrap_or(Number::MAX));
        }
        bound = Some(first.value());
    }
    Ok(bound.unwrap_or(0))
}
