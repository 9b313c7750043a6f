//! Where pages of transfers ended. A recount goes through all of them page by page; without its mark each page would be counted off from the first transfer on, so
//! that a recount took the square of their number.
//!
//! A mark stays true for good: transfers are only added to, and what is read in pages has its place before all that comes later.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// So many are kept; of more, those of the earliest pages are counted off again.
const MARKS_MAX: usize = 10_000;

/// The place of a transfer in the order of transactions: its transaction, as text, and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tx: String,
    pub(crate) seq: i64,
}

/// Where to begin to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// Behind this one.
    pub(crate) after: Place,
    /// And so many more are counted off.
    pub(crate) skip: u64,
}

/// The last transfers of pages, by how many there are up to each.
#[derive(Debug, Default)]
pub(crate) struct Bookmarks(Mutex<BTreeMap<u64, Place>>);

impl Bookmarks {
    /// Where to begin to read what comes after the first `skip`.
    pub(crate) fn from(&self, skip: u64) -> Beginning {
        let marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = marks.range(..=skip).next_back();
        mark.map_or_else(
            || Beginning {
                after: Place {
                    tx: "0".to_owned(),
                    seq: 0,
                },
                skip,
            },
            |(count, place)| Beginning {
                after: place.clone(),
                skip: skip - count,
            },
        )
    }

    /// The `count`th transfer stands there.
    pub(crate) fn keep(&self, count: u64, place: Place) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks.insert(count, place);
        while marks.len() > MARKS_MAX {
            marks.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(seq: i64) -> Place {
        Place {
            tx: "7".to_owned(),
            seq,
        }
    }

    #[test]
    fn reading_begins_behind_the_last_mark_before_it() {
        let marks = Bookmarks::default();
        let from = |skip| {
            let Beginning { after, skip } = marks.from(skip);
            (after.seq, skip)
        };
        assert_eq!(from(12), (0, 12), "from the beginning");
        marks.keep(10, place(100));
        marks.keep(20, place(200));
        assert_eq!(
            [9, 10, 12, 20, 25].map(from),
            [(0, 9), (100, 0), (100, 2), (200, 0), (200, 5)]
        );
    }

    #[test]
    fn they_are_bounded() {
        let marks = Bookmarks::default();
        for count in 1..=MARKS_MAX as u64 + 5 {
            marks.keep(count, place(1));
        }
        assert_eq!(marks.0.lock().map_or(0, |marks| marks.len()), MARKS_MAX);
        assert_eq!(marks.from(5).after.seq, 0, "counted off again");
    }
}
