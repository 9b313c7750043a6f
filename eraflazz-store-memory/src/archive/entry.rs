//! An entry: one picture of an order, with what happened to it since the picture before.
//!
//! The aggregate is written whole each time, its log and its transfers once: an entry names the one before it. Entries are kept small by
//! leaving out what can be told from the rest: the subject of log rows, the hash of bytes that are there.

use bytes::Bytes;
use eraflazz_core::ids::SubjectId;
use eraflazz_core::order::{Aggregate, Attempt, Entry as LogEntry, LogRow, Order};
use eraflazz_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Result;
use super::tables::{self, BLOCKS, Place};
use redb::TableHandle;

/// What is written of an order, or of a subject without one, at one checkpoint.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The entry that this one continues.
    pub(super) before: Option<Place>,
    pub(super) of: Of,
    log: Vec<Row>,
    /// Where its transfers stand, each as the distance to the one before; across entries it begins anew.
    transfers: Vec<u64>,
}

/// Whose entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Of {
    /// An order as it was then.
    Order(Box<Order>, Vec<Attempt>),
    /// Money without an order.
    Subject(SubjectId),
}

/// A log row without its subject.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    version: u32,
    at: Timestamp,
    entry: LogEntry,
    raw: Bytes,
    hash: Hash,
}

/// The hash of a log row.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Hash {
    /// That of its bytes; none if it has none.
    OfRaw,
    /// Another one.
    Given(Option<[u8; 32]>),
}

impl Of {
    pub(super) fn order(agg: Aggregate) -> Self {
        Self::Order(Box::new(agg.order), agg.attempts)
    }

    /// The subject of its log and its transfers.
    pub(super) fn subject(&self) -> SubjectId {
        match self {
            Self::Order(order, _) => order.id.into(),
            Self::Subject(subject) => *subject,
        }
    }

    /// The order with its attempts; `None` for a subject without one.
    pub(super) fn aggregate(self) -> Option<Aggregate> {
        match self {
            Self::Order(order, attempts) => Some(Aggregate {
                order: *order,
                attempts,
            }),
            Self::Subject(_) => None,
        }
    }
}

impl Entry {
    /// An entry with these log rows and the transfers at these places, both in the order in which they were written.
    pub(super) fn new(before: Option<Place>, of: Of, log: Vec<LogRow>, transfers: &[u64]) -> Self {
        let distances = transfers.iter().scan(0, |before, at| {
            let distance = at.wrapping_sub(*before);
            *before = *at;
            Some(distance)
        });
        Self {
            before,
            of,
            log: log.into_iter().map(Row::new).collect(),
            transfers: distances.collect(),
        }
    }

    /// Where its transfers stand.
    pub(super) fn transfers(&self) -> impl Iterator<Item = u64> {
        self.transfers.iter().scan(0_u64, |at, distance| {
            *at = at.wrapping_add(*distance);
            Some(*at)
        })
    }

    /// Its log rows.
    pub(super) fn log(self) -> impl DoubleEndedIterator<Item = LogRow> {
        let subject = self.of.subject();
        self.log.into_iter().map(move |row| row.log_row(subject))
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>> {
        tables::encode(self)
    }

    pub(super) fn decode(place: Place, bytes: &[u8]) -> Result<Self> {
        tables::decode(BLOCKS.name(), &place.0.to_be_bytes(), bytes)
    }
}

impl Row {
    fn new(row: LogRow) -> Self {
        let of_raw = LogRow::new(row.subject, 0, row.at, row.entry.clone())
            .with_raw(row.raw.clone())
            .hash;
        let hash = if row.hash == of_raw {
            Hash::OfRaw
        } else {
            Hash::Given(row.hash)
        };
        Self {
            version: row.version,
            at: row.at,
            entry: row.entry,
            raw: row.raw,
            hash,
        }
    }

    fn log_row(self, subject: SubjectId) -> LogRow {
        let mut row = LogRow::new(subject, self.version, self.at, self.entry).with_raw(self.raw);
        if let Hash::Given(hash) = self.hash {
            row.hash = hash;
        }
        row
    }
}
