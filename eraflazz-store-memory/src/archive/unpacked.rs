//! Packed rows as they were read last, unpacked.
//!
//! A row holds what happened to many orders at about the same time, so whoever looks at one order after another meets the same rows, and
//! unpacking one costs more than anything else about a look. What is kept is used only if the row in the file is, byte for byte, what it
//! was unpacked from: a checkpoint that goes on with a row, and a byte that flips in the file, are both seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use eraflazz_core::ledger::TransferRow;

use super::error::{ArchiveError, Result};

/// How much is kept of each kind at most, in bytes. Several hundred rows.
const KEPT_MAX: usize = 16 << 20;
/// A row that is larger than this is not kept: it would put out all others.
const ROW_MAX: usize = KEPT_MAX / 16;

/// What is kept of one archive.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    /// Of entries, by the number of the block.
    pub(super) blocks: Kept<u32, Vec<u8>>,
    /// Of transfers, by the place of the first.
    pub(super) books: Kept<u64, Vec<TransferRow>>,
}

/// Rows of one table.
#[derive(Debug)]
pub(super) struct Kept<K, T>(Mutex<Rows<K, T>>);

#[derive(Debug)]
struct Rows<K, T> {
    by_key: BTreeMap<K, Row<T>>,
    bytes: usize,
    /// Rises with every use.
    uses: u64,
}

#[derive(Debug)]
struct Row<T> {
    packed: Box<[u8]>,
    unpacked: Arc<T>,
    bytes: usize,
    used: u64,
}

impl<K, T> Default for Kept<K, T> {
    fn default() -> Self {
        Self(Mutex::new(Rows {
            by_key: BTreeMap::new(),
            bytes: 0,
            uses: 0,
        }))
    }
}

impl<K: Ord + Copy, T> Kept<K, Vec<T>> {
    /// What `packed`, which stands under `key`, unpacks to: as it is kept, or by `unpack`.
    pub(super) fn of(
        &self,
        key: K,
        packed: &[u8],
        unpack: impl FnOnce() -> Result<Vec<T>>,
    ) -> Result<Arc<Vec<T>>> {
        let mut kept = self.0.lock().map_err(|_| ArchiveError::Closed)?;
        if let Some(there) = kept.find(key, packed) {
            return Ok(there);
        }
        drop(kept);
        let unpacked = Arc::new(unpack()?);
        let bytes = packed.len() + unpacked.len() * size_of::<T>();
        if bytes <= ROW_MAX {
            let mut kept = self.0.lock().map_err(|_| ArchiveError::Closed)?;
            kept.keep(key, packed, Arc::clone(&unpacked), bytes);
        }
        Ok(unpacked)
    }
}

impl<K: Ord + Copy, T> Rows<K, T> {
    fn find(&mut self, key: K, packed: &[u8]) -> Option<Arc<T>> {
        let row = self.by_key.get_mut(&key)?;
        if *row.packed != *packed {
            return None;
        }
        self.uses += 1;
        row.used = self.uses;
        Some(Arc::clone(&row.unpacked))
    }

    /// Keeps it, in place of those that were not used for the longest time if there are too many.
    fn keep(&mut self, key: K, packed: &[u8], unpacked: Arc<T>, bytes: usize) {
        self.forget(key);
        while self.bytes + bytes > KEPT_MAX {
            let oldest = self.by_key.iter().min_by_key(|(_, row)| row.used);
            let Some((&oldest, _)) = oldest else { break };
            self.forget(oldest);
        }
        self.uses += 1;
        self.bytes += bytes;
        let row = Row {
            packed: packed.into(),
            unpacked,
            bytes,
            used: self.uses,
        };
        self.by_key.insert(key, row);
    }

    fn forget(&mut self, key: K) {
        if let Some(gone) = self.by_key.remove(&key) {
            self.bytes -= gone.bytes;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn unpack(kept: &Kept<u32, Vec<u8>>, key: u32, packed: &[u8]) -> (Vec<u8>, bool) {
        let mut was_unpacked = false;
        let found = kept.of(key, packed, || {
            was_unpacked = true;
            Ok(packed.repeat(2))
        });
        (found.unwrap().to_vec(), was_unpacked)
    }

    #[test]
    fn what_is_read_again_is_not_unpacked_again() {
        let kept = Kept::default();
        assert_eq!(unpack(&kept, 1, b"ab"), (b"abab".to_vec(), true));
        assert_eq!(unpack(&kept, 1, b"ab"), (b"abab".to_vec(), false));
        assert_eq!(unpack(&kept, 2, b"ab"), (b"abab".to_vec(), true));
    }

    #[test]
    fn a_row_that_changed_is_unpacked_anew() {
        let kept = Kept::default();
        unpack(&kept, 1, b"ab");
        assert_eq!(unpack(&kept, 1, b"ac"), (b"acac".to_vec(), true));
        assert_eq!(unpack(&kept, 1, b"ac"), (b"acac".to_vec(), false));
        assert_eq!(unpack(&kept, 1, b"ab"), (b"abab".to_vec(), true));
    }

    #[test]
    fn what_cannot_be_unpacked_is_not_kept() {
        let kept = Kept::<u32, Vec<u8>>::default();
        let damaged = || Err(ArchiveError::damaged("blocks", 1, "as the test wants"));
        kept.of(1, b"ab", damaged).unwrap_err();
        assert_eq!(unpack(&kept, 1, b"ab"), (b"abab".to_vec(), true));
    }

    #[test]
    fn no_more_is_kept_than_is_meant_and_the_last_used_stay() {
        let kept = Kept::default();
        let packed = vec![7; ROW_MAX / 4];
        for key in 0..100 {
            unpack(&kept, key, &packed);
            assert!(kept.0.lock().unwrap().bytes <= KEPT_MAX);
            assert!(!unpack(&kept, 0, &packed).1, "it was used just now");
        }
        assert!(unpack(&kept, 1, &packed).1);
        let large = vec![7; ROW_MAX];
        assert!(unpack(&kept, 200, &large).1);
        assert!(unpack(&kept, 200, &large).1, "too large to be kept");
    }
}
