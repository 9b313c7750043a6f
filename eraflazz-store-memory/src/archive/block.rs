//! How many rows share a block.
//!
//! A row alone hardly compresses; hundreds of orders have the same words in them. redb gives a large value a page of its own, a power of two in
//! size, so a block is as full as it can be just below one.

use super::error::{ArchiveError, Result};

/// What fits a page of 16 KiB beside redb's own bytes.
pub(super) const BLOCK: usize = 16_384 - 64;

/// Below this a block is not full: the next checkpoint adds to it.
pub(super) const FULL: usize = BLOCK - BLOCK / 12;

/// Fills blocks, one after the other.
#[derive(Debug)]
pub(super) struct Filling {
    /// Rows that the last full block took: the first guess for the next.
    rows: usize,
}

impl Filling {
    /// Before anything is known.
    pub(super) const fn new() -> Self {
        Self { rows: 64 }
    }

    /// Packs as many of `rows` rows as a block takes, at least `least` and at least one, by `pack(how many)`. Gives how many those were.
    pub(super) fn fill(
        &mut self,
        least: usize,
        rows: usize,
        pack: impl Fn(usize) -> Result<Vec<u8>>,
    ) -> Result<(usize, Vec<u8>)> {
        let least = least.max(1);
        let mut most = rows;
        let mut best: Option<(usize, Vec<u8>)> = None;
        let mut guess = self.rows.clamp(least, most);
        loop {
            let packed = pack(guess)?;
            let scaled = guess * BLOCK / packed.len().max(1);
            if packed.len() > BLOCK && guess > least {
                most = guess - 1;
                guess = (scaled - scaled / 32).clamp(least, most);
                if let Some(best) = best.take_if(|(rows, _)| *rows >= guess) {
                    return Ok(self.took(best));
                }
                continue;
            }
            let is_full = packed.len() >= FULL || guess == most;
            let next = (scaled - scaled / 64).clamp(guess, most);
            if is_full || next == guess {
                return Ok(self.took((guess, packed)));
            }
            best = Some((guess, packed));
            guess = next;
        }
    }

    fn took(&mut self, (rows, packed): (usize, Vec<u8>)) -> (usize, Vec<u8>) {
        if packed.len() >= FULL {
            self.rows = rows;
        }
        (rows, packed)
    }
}

/// Rows one after the other, with their ends before them.
pub(super) fn join(rows: &[impl AsRef<[u8]>]) -> Result<Vec<u8>> {
    let mut joined = Vec::new();
    let fits = |n: usize| {
        u32::try_from(n)
            .map_err(|_| ArchiveError::Unwritable("a block would be too large".to_owned()))
    };
    joined.extend_from_slice(&fits(rows.len())?.to_le_bytes());
    let mut end = 0;
    for row in rows {
        end += row.as_ref().len();
        joined.extend_from_slice(&fits(end)?.to_le_bytes());
    }
    for row in rows {
        joined.extend_from_slice(row.as_ref());
    }
    Ok(joined)
}

/// One of the rows that were joined.
pub(super) fn row(joined: &[u8], row: usize) -> Option<&[u8]> {
    let count = number(joined, 0).filter(|count| row < *count)?;
    let begin = if row == 0 { 0 } else { number(joined, row)? };
    let body = joined.get((count + 1) * 4..)?;
    body.get(begin..number(joined, row + 1)?)
}

/// The rows that were joined; `None` if these bytes are not what [`join`] makes.
pub(super) fn split(joined: &[u8]) -> Option<Vec<&[u8]>> {
    let count = number(joined, 0)?;
    let rows: Vec<&[u8]> = (0..count).map_while(|at| row(joined, at)).collect();
    let length = (count + 1) * 4 + rows.iter().map(|row| row.len()).sum::<usize>();
    (rows.len() == count && length == joined.len()).then_some(rows)
}

fn number(joined: &[u8], at: usize) -> Option<usize> {
    let bytes = joined.get(at * 4..at * 4 + 4)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_was_joined_is_split() {
        let rows: [&[u8]; 4] = [b"one", b"", b"three", b"4"];
        assert_eq!(split(&join(&rows).unwrap()).unwrap(), rows);
        assert_eq!(split(&join(&[[0; 0]; 0]).unwrap()).unwrap().len(), 0);
        assert_eq!(row(&join(&rows).unwrap(), 2), Some(&b"three"[..]));
        assert_eq!(row(&join(&rows).unwrap(), 4), None);
        let joined = join(&rows).unwrap();
        assert_eq!(split(&joined[..joined.len() - 1]), None);
    }

    #[test]
    fn blocks_take_every_row_once_and_are_nearly_full() {
        let sizes: Vec<usize> = (0..5_000).map(|n| 40 + (n * 7919) % 400).collect();
        let mut filling = Filling::new();
        let (mut at, mut blocks) = (0, 0);
        while at < sizes.len() {
            let rows = &sizes[at..];
            let (took, packed) = filling
                .fill(0, rows.len(), |n| Ok(vec![0; rows[..n].iter().sum()]))
                .unwrap();
            assert!(took > 0 && packed.len() <= BLOCK);
            assert!(
                packed.len() >= BLOCK * 8 / 10 || at + took == sizes.len(),
                "{}",
                packed.len()
            );
            at += took;
            blocks += 1;
        }
        assert_eq!(at, sizes.len());
        assert!(blocks < sizes.iter().sum::<usize>() / BLOCK * 11 / 10 + 2);
    }

    #[test]
    fn a_row_larger_than_a_block_has_one_of_its_own() {
        let sizes = [BLOCK * 3, 10, BLOCK * 2];
        let mut filling = Filling::new();
        let mut took = Vec::new();
        let mut at = 0;
        while at < sizes.len() {
            let rows = &sizes[at..];
            let (n, _) = filling
                .fill(0, rows.len(), |n| Ok(vec![0; rows[..n].iter().sum()]))
                .unwrap();
            took.push(n);
            at += n;
        }
        assert_eq!(took, [1, 1, 1]);
    }
}
