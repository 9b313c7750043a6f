//! Transfers in the order of commits, packed.
//!
//! A transfer repeats what its neighbours say: subjects and accounts are written once a block, times as distances, and of what a member could
//! spend only the amount before, from which the one after follows.

use std::collections::BTreeMap;

use eraflazz_core::ids::SubjectId;
use eraflazz_core::ledger::{Account, AvailableChange, Effect, EffectKey, TransferRow};
use eraflazz_core::money::Money;
use eraflazz_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{ArchiveError, Result};
use super::tables;

const TABLE: &str = "transfers";

#[derive(Serialize, Deserialize)]
struct Block {
    subjects: Vec<SubjectId>,
    accounts: Vec<Account>,
    rows: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    subject: u16,
    effect: Effect,
    n: u16,
    line: u8,
    debit: u16,
    credit: u16,
    amount: Money,
    /// Microseconds since the row before.
    later: i64,
    available: Available,
}

/// What a row says of a member's balance.
#[derive(Serialize, Deserialize)]
enum Available {
    None,
    /// The debited member had this much.
    Debited(Money),
    /// The credited member had this much.
    Credited(Money),
    /// None of the above.
    Given(AvailableChange),
}

/// The rows as one packed row, the first of which stands at `first`.
pub(super) fn pack(first: u64, rows: &[TransferRow]) -> Result<Vec<u8>> {
    let mut subjects = Names::new();
    let mut accounts = Names::new();
    let mut before = 0;
    let rows = rows
        .iter()
        .map(|row| {
            let at = row.at.micros();
            let later = at.wrapping_sub(before);
            before = at;
            Ok(Row {
                subject: subjects.index(row.key.subject)?,
                effect: row.key.effect,
                n: row.key.n,
                line: row.line,
                debit: accounts.index(row.debit)?,
                credit: accounts.index(row.credit)?,
                amount: row.amount,
                later,
                available: Available::of(row),
            })
        })
        .collect::<Result<_>>()?;
    let block = Block {
        subjects: subjects.names,
        accounts: accounts.names,
        rows,
    };
    tables::pack(TABLE, &first.to_be_bytes(), &tables::encode(&block)?)
}

/// The rows that were packed.
pub(super) fn unpack(first: u64, packed: &[u8]) -> Result<Vec<TransferRow>> {
    let key = first.to_be_bytes();
    let bytes = tables::unpack(TABLE, &key, packed)?;
    let Block {
        subjects,
        accounts,
        rows,
    } = tables::decode(TABLE, &key, &bytes)?;
    let mut micros = 0_i64;
    let read = |row: Row| {
        let debit = *accounts.get(usize::from(row.debit))?;
        let credit = *accounts.get(usize::from(row.credit))?;
        micros = micros.wrapping_add(row.later);
        Some(TransferRow {
            key: EffectKey {
                subject: *subjects.get(usize::from(row.subject))?,
                effect: row.effect,
                n: row.n,
            },
            line: row.line,
            debit,
            credit,
            amount: row.amount,
            at: Timestamp::from_micros(micros),
            available: row.available.change(debit, credit, row.amount),
        })
    };
    let count = rows.len();
    let rows: Vec<TransferRow> = rows.into_iter().map_while(read).collect();
    if rows.len() == count {
        Ok(rows)
    } else {
        Err(ArchiveError::damaged(
            TABLE,
            first,
            "a row names what is not there",
        ))
    }
}

impl Available {
    fn of(row: &TransferRow) -> Self {
        let Some(change) = row.available else {
            return Self::None;
        };
        [Self::Debited(change.before), Self::Credited(change.before)]
            .into_iter()
            .find(|short| short.change(row.debit, row.credit, row.amount) == Some(change))
            .unwrap_or(Self::Given(change))
    }

    /// The change that this says of a row with these accounts and this amount; `None` if it says none.
    fn change(&self, debit: Account, credit: Account, amount: Money) -> Option<AvailableChange> {
        let (account, before, after) = match *self {
            Self::None => return None,
            Self::Given(change) => return Some(change),
            Self::Debited(before) => (debit, before, before.checked_sub(amount)?),
            Self::Credited(before) => (credit, before, before.checked_add(amount)?),
        };
        match account {
            Account::Available(member) => Some(AvailableChange {
                member,
                before,
                after,
            }),
            Account::Held(_)
            | Account::Receivable(_)
            | Account::Prepaid(_)
            | Account::Dispute(_)
            | Account::Bank(_)
            | Account::Opening
            | Account::Revenue
            | Account::Cogs
            | Account::LossDelivery
            | Account::Clearing(_)
            | Account::SuspenseDeposit
            | Account::Fees
            | Account::Transfers => None,
        }
    }
}

/// What occurs in a block, each once.
struct Names<T> {
    names: Vec<T>,
    places: BTreeMap<T, u16>,
}

impl<T: Copy + Ord> Names<T> {
    const fn new() -> Self {
        Self {
            names: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    fn index(&mut self, name: T) -> Result<u16> {
        if let Some(place) = self.places.get(&name) {
            return Ok(*place);
        }
        let place = u16::try_from(self.names.len())
            .map_err(|_| ArchiveError::Unwritable("too many names in a block".to_owned()))?;
        self.names.push(name);
        self.places.insert(name, place);
        Ok(place)
    }
}
