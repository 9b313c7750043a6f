//! What the archive keeps in memory of every order: enough to say "never seen" without touching the disk.
//!
//! A new order asks four questions that almost always are answered with no: is this reference taken, this code, this guard, this id? References
//! are asked about for ever, so each order leaves a 32-bit fingerprint of its `(member, ref_id)` with its number (10 to 21 bytes). Codes carry
//! their day and guards are of a day, so only the two newest days are kept; older ones are looked up in the file, and nobody mints them. Ids
//! and references at suppliers begin with their time: whatever is above the newest one was never seen.
//!
//! A fingerprint that is found proves nothing: the order itself is read and compared.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::RwLock;

use sha2::{Digest, Sha256};

use super::error::{ArchiveError, Result};
use super::head::Head;
use super::tables::Number;

/// A 32-bit digest of a key, the same on every machine and in every version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Fingerprint(pub(super) u32);

impl Fingerprint {
    /// Of the parts, one after the other; only the last may vary in length.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part);
        }
        let digest: [u8; 32] = digest.finalize().into();
        let [a, b, c, d, ..] = digest;
        Self(u32::from_le_bytes([a, b, c, d]))
    }
}

/// Fingerprints are spread already; this only fills the upper bits, which the table uses too.
#[derive(Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, part: u32) {
        self.0 = (self.0 ^ u64::from(part)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

type Spreading = BuildHasherDefault<Spread>;

/// The numbers of orders by the fingerprint of their reference. Two with one fingerprint stand one step apart from each other.
#[derive(Debug)]
pub(super) struct Refs {
    /// Many small tables: growing one of them stalls nobody.
    shards: Vec<HashMap<u32, Number, Spreading>>,
}

impl Default for Refs {
    fn default() -> Self {
        Self {
            shards: vec![HashMap::default(); Self::SHARDS],
        }
    }
}

impl Refs {
    const SHARDS: usize = 64;
    /// Odd, so that the steps from any fingerprint come by all others.
    const STEP: u32 = 0x9E37_79B1;

    /// Makes room for this many orders at once.
    pub(super) fn reserve(&mut self, orders: usize) {
        for shard in &mut self.shards {
            shard.reserve(orders / Self::SHARDS);
        }
    }

    /// Adds an order.
    pub(super) fn insert(&mut self, mut fingerprint: Fingerprint, number: Number) {
        while self.at(fingerprint.0).is_some() {
            fingerprint.0 = fingerprint.0.wrapping_add(Self::STEP);
        }
        if let Some(shard) = self.shards.get_mut(Self::shard(fingerprint.0)) {
            shard.insert(fingerprint.0, number);
        }
    }

    /// The orders that may have the reference with this fingerprint: almost always none or one.
    pub(super) fn candidates(&self, fingerprint: Fingerprint) -> Vec<Number> {
        let mut at = fingerprint.0;
        let mut found = Vec::new();
        while let Some(number) = self.at(at) {
            found.push(number);
            at = at.wrapping_add(Self::STEP);
        }
        found
    }

    fn at(&self, fingerprint: u32) -> Option<Number> {
        self.shards
            .get(Self::shard(fingerprint))?
            .get(&fingerprint)
            .copied()
    }

    const fn shard(fingerprint: u32) -> usize {
        (fingerprint >> 26) as usize % Self::SHARDS
    }
}

/// Fingerprints of the two newest days.
#[derive(Debug)]
pub(super) struct Recent {
    /// All of this day and later ones are in `days`.
    from: i32,
    days: BTreeMap<i32, HashSet<u32, Spreading>>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            from: i32::MIN,
            days: BTreeMap::new(),
        }
    }
}

impl Recent {
    /// Adds a fingerprint. A third day pushes the oldest out.
    pub(super) fn insert(&mut self, day: i32, fingerprint: Fingerprint) {
        if day < self.from {
            return;
        }
        self.days.entry(day).or_default().insert(fingerprint.0);
        if self.days.len() > 2 {
            self.days.pop_first();
            self.from = self.days.keys().next().copied().unwrap_or(self.from);
        }
    }

    /// False if the key with this fingerprint certainly is not in the file.
    pub(super) fn may_have(&self, day: i32, fingerprint: Fingerprint) -> bool {
        day < self.from
            || self
                .days
                .get(&day)
                .is_some_and(|known| known.contains(&fingerprint.0))
    }

    /// Nothing before this day was added.
    pub(super) const fn begin_at(&mut self, day: i32) {
        self.from = day;
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) head: Head,
    pub(super) refs: Refs,
    pub(super) codes: Recent,
    pub(super) guards: Recent,
    /// The highest id.
    pub(super) newest_id: u128,
    /// The highest reference at each supplier.
    pub(super) newest_ref: BTreeMap<u16, [u8; 20]>,
}

/// What a checkpoint adds to it.
#[derive(Default)]
pub(super) struct Learned {
    pub(super) refs: Vec<(Fingerprint, Number)>,
    pub(super) codes: Vec<(i32, Fingerprint)>,
    pub(super) guards: Vec<(i32, Fingerprint)>,
    pub(super) newest_id: u128,
    pub(super) newest_ref: BTreeMap<u16, [u8; 20]>,
}

impl Learned {
    /// How many fingerprints are added while readers wait: well under a millisecond.
    const AT_ONCE: usize = 2_048;

    /// Adds it. What was committed and is not here yet is still in the store's own memory.
    pub(super) fn teach(self, known: &RwLock<Known>, head: Head) -> Result<()> {
        let open = || known.write().map_err(|_| ArchiveError::Closed);
        for refs in self.refs.chunks(Self::AT_ONCE) {
            let mut known = open()?;
            for (fingerprint, number) in refs {
                known.refs.insert(*fingerprint, *number);
            }
        }
        for codes in self.codes.chunks(Self::AT_ONCE) {
            let mut known = open()?;
            for (day, fingerprint) in codes {
                known.codes.insert(*day, *fingerprint);
            }
        }
        for guards in self.guards.chunks(Self::AT_ONCE) {
            let mut known = open()?;
            for (day, fingerprint) in guards {
                known.guards.insert(*day, *fingerprint);
            }
        }
        let mut known = open()?;
        known.newest_id = known.newest_id.max(self.newest_id);
        for (supplier, newest) in self.newest_ref {
            let known = known.newest_ref.entry(supplier).or_default();
            *known = newest.max(*known);
        }
        known.head = head;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_with_one_fingerprint_are_all_found() {
        let mut refs = Refs::default();
        let next = Fingerprint(7_u32.wrapping_add(Refs::STEP));
        refs.insert(Fingerprint(7), 1);
        refs.insert(Fingerprint(7), 2);
        refs.insert(next, 3);
        assert_eq!(refs.candidates(Fingerprint(7)), [1, 2, 3]);
        assert_eq!(refs.candidates(next), [2, 3]);
        assert_eq!(refs.candidates(Fingerprint(8)), []);
    }

    #[test]
    fn inv_19_only_two_days_are_kept_and_older_ones_are_never_denied() {
        let mut recent = Recent::default();
        assert!(!recent.may_have(10, Fingerprint(1)));
        for day in [10, 11, 12, 10] {
            recent.insert(day, Fingerprint(1));
        }
        assert!(recent.may_have(12, Fingerprint(1)));
        assert!(!recent.may_have(12, Fingerprint(2)));
        assert!(!recent.may_have(13, Fingerprint(1)));
        assert!(recent.may_have(10, Fingerprint(2)), "ask the file");
    }

    #[test]
    fn a_fingerprint_never_changes() {
        // Fingerprints are on disk: another digest would let old references in again.
        assert_eq!(Fingerprint::of(&[b"abc"]), Fingerprint(0xBF16_78BA));
        assert_eq!(Fingerprint::of(&[b"a", b"bc"]), Fingerprint(0xBF16_78BA));
    }
}
