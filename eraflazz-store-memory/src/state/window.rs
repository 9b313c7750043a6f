//! Transfers in the order of commits: a window onto the newest of them.

use eraflazz_core::ledger::TransferRow;

/// How many rows are allocated at once: a long list never moves, and its front is given back piece by piece.
const CHUNK: usize = 4_096;

/// No transfer.
pub(crate) const NOWHERE: u64 = u64::MAX;

/// A transfer, and where the one before it of the same subject stands, or [`NOWHERE`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) row: TransferRow,
    pub(crate) before: u64,
}

/// Transfers from some place on. A place is the number of transfers that were ever made before.
#[derive(Debug, Default)]
pub(crate) struct Window {
    from: u64,
    /// All of them full but the last.
    chunks: Vec<Vec<Placed>>,
}

impl Window {
    /// An empty one, whose first row will be at this place.
    pub(crate) const fn at(from: u64) -> Self {
        Self {
            from,
            chunks: Vec::new(),
        }
    }

    /// The place of the first row.
    pub(crate) const fn from(&self) -> u64 {
        self.from
    }

    /// The place after the last row.
    pub(crate) fn end(&self) -> u64 {
        let Some((last, full)) = self.chunks.split_last() else {
            return self.from;
        };
        self.from + (full.len() * CHUNK + last.len()) as u64
    }

    pub(crate) fn push(&mut self, placed: Placed) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(placed),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(placed);
                self.chunks.push(chunk);
            }
        }
    }

    /// The row at this place.
    pub(crate) fn get(&self, place: u64) -> Option<&Placed> {
        let at = usize::try_from(place.checked_sub(self.from)?).ok()?;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    /// The rows from this place on.
    pub(crate) fn starting(&self, place: u64) -> impl Iterator<Item = &TransferRow> {
        let skip = usize::try_from(place.saturating_sub(self.from)).unwrap_or(usize::MAX);
        let chunks = self.chunks.iter().skip(skip / CHUNK);
        chunks
            .flatten()
            .skip(skip % CHUNK)
            .map(|placed| &placed.row)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use eraflazz_core::ids::SubjectId;
    use eraflazz_core::ledger::{Account, Effect, EffectKey};
    use eraflazz_core::money::Money;
    use eraflazz_core::time::Timestamp;
    use uuid::Uuid;

    fn placed(n: u64) -> Placed {
        let key = EffectKey {
            effect: Effect::Float,
            subject: SubjectId(Uuid::from_u128(u128::from(n))),
            n: 1,
        };
        Placed {
            row: TransferRow {
                key,
                line: 1,
                debit: Account::Cogs,
                credit: Account::Revenue,
                amount: Money::rupiah(1).unwrap(),
                at: Timestamp::from_millis(0),
                available: None,
            },
            before: NOWHERE,
        }
    }

    #[test]
    fn rows_are_found_by_their_place_across_chunks() {
        let mut window = Window::at(7);
        assert_eq!(window.end(), 7);
        let rows = 2 * CHUNK as u64 + 3;
        for n in 7..7 + rows {
            assert_eq!(window.end(), n);
            window.push(placed(n));
        }
        for place in [7, 8, 6 + CHUNK as u64, 7 + CHUNK as u64, 6 + rows] {
            assert_eq!(window.get(place).unwrap().row, placed(place).row);
            let next = window.starting(place).next().unwrap();
            assert_eq!(*next, placed(place).row);
        }
        assert!(window.get(6).is_none() && window.get(7 + rows).is_none());
        assert_eq!(window.starting(0).count() as u64, rows);
        assert_eq!(window.starting(7 + rows).count(), 0);
    }
}
