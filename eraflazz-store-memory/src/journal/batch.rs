//! One row of the journal: a header and a compressed body, each batch chained to the one before it.
//!
//! redb keeps its own pages whole, but looks at its checksums only while it repairs: a byte that turned on the disk of a file that was closed
//! properly is served as if nothing had happened (measured). So each batch carries a checksum of its own, over its number, its header, its body
//! and the checksum of the batch before it. A flipped byte, a batch that is missing, doubled, or comes from another journal does not fit.

use std::mem::size_of;

/// The number of the encoding that this code writes. Raise it with every change of what an entry looks like in bytes, and keep reading the old
/// ones.
pub(crate) const FORMAT: u16 = 10;

/// The most that a body may hold before compression. Nothing larger is written, and nothing that claims to be larger is unpacked.
pub(crate) const BODY_MAX: usize = 64 << 20;

const HEADER: usize = 2 + 4 * size_of::<u32>();

/// A batch as it was before compression.
#[derive(Debug)]
pub(crate) struct Batch {
    /// How many entries the body holds.
    pub(crate) entries: u32,
    /// The entries, one after the other.
    pub(crate) body: Vec<u8>,
    /// The checksum that the next batch is chained to.
    pub(crate) checksum: u32,
}

/// What is wrong with a stored batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is not there.
    #[error("it is missing")]
    Missing,
    /// Fewer bytes than a header has.
    #[error("it is cut off")]
    Short,
    /// Written by another version of this program.
    #[error("it is written in format {found}, this program reads format {FORMAT}")]
    Format {
        /// The format that it names.
        found: u16,
    },
    /// Its bytes are not those that were written.
    #[error("its checksum does not match its bytes")]
    Checksum,
    /// It does not continue the batch before it.
    #[error("it does not follow the batch before it")]
    Chain,
    /// It is not the one that the archive ends with.
    #[error("it is not the batch that the archive continues: the two files do not belong together")]
    Archive,
    /// It claims to hold more than any batch may.
    #[error("it claims to hold {claimed} bytes")]
    Oversized {
        /// How many.
        claimed: u32,
    },
    /// Its checksum is right and its body is not: not written by this program.
    #[error("its body cannot be unpacked")]
    Body,
    /// An entry cannot be read, or more or fewer are there than the header says.
    #[error("its entries cannot be read")]
    Entries,
    /// An entry is refused by the state that the batches before it left.
    #[error("it cannot be applied: {rule}")]
    Refused {
        /// Why.
        rule: &'static str,
    },
    /// A secret cannot be opened.
    #[error(
        "a secret in it cannot be opened: another key than the one it was sealed with, or damage"
    )]
    Sealed,
}

/// The bytes of batch `seq` for a body of at most [`BODY_MAX`], and their checksum.
pub(crate) fn pack(seq: u64, before: u32, entries: u32, body: &[u8]) -> (Vec<u8>, u32) {
    let packed = lz4_flex::block::compress(body);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut row = Vec::with_capacity(HEADER + packed.len());
    row.extend_from_slice(&FORMAT.to_le_bytes());
    row.extend_from_slice(&entries.to_le_bytes());
    row.extend_from_slice(&length.to_le_bytes());
    row.extend_from_slice(&before.to_le_bytes());
    let checksum = checksum(seq, &row, &packed);
    row.extend_from_slice(&checksum.to_le_bytes());
    row.extend_from_slice(&packed);
    (row, checksum)
}

/// The batch `seq` in `row`, which must continue the one with the checksum `before`.
pub(crate) fn unpack(seq: u64, before: u32, row: &[u8]) -> Result<Batch, Damage> {
    let own = checksum_of(seq, row)?;
    let (header, packed) = row.split_at_checked(HEADER).ok_or(Damage::Short)?;
    let (stated, _) = header.split_at(HEADER - size_of::<u32>());
    let format = u16::from_le_bytes([stated[0], stated[1]]);
    if format != FORMAT {
        return Err(Damage::Format { found: format });
    }
    if word(stated, 10) != before {
        return Err(Damage::Chain);
    }
    let claimed = word(stated, 6);
    let length = usize::try_from(claimed)
        .ok()
        .filter(|length| *length <= BODY_MAX)
        .ok_or(Damage::Oversized { claimed })?;
    let body = lz4_flex::block::decompress(packed, length).map_err(|_| Damage::Body)?;
    if body.len() != length {
        return Err(Damage::Body);
    }
    Ok(Batch {
        entries: word(stated, 2),
        body,
        checksum: own,
    })
}

/// The checksum of the batch `seq` in `row`, which must fit its bytes.
pub(crate) fn checksum_of(seq: u64, row: &[u8]) -> Result<u32, Damage> {
    let (header, packed) = row.split_at_checked(HEADER).ok_or(Damage::Short)?;
    let (stated, own) = header.split_at(HEADER - size_of::<u32>());
    let own = word(own, 0);
    if checksum(seq, stated, packed) == own {
        Ok(own)
    } else {
        Err(Damage::Checksum)
    }
}

fn checksum(seq: u64, stated: &[u8], packed: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&seq.to_le_bytes());
    sum.update(stated);
    sum.update(packed);
    sum.finalize()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; size_of::<u32>()];
    word.copy_from_slice(&bytes[at..at + size_of::<u32>()]);
    u32::from_le_bytes(word)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const BODY: &[u8] = b"three entries, as it were, and three entries more";

    #[test]
    fn a_batch_comes_back_as_it_was() {
        let (row, checksum) = pack(7, 99, 3, BODY);
        let batch = unpack(7, 99, &row).unwrap();
        assert_eq!(
            (batch.entries, batch.body.as_slice(), batch.checksum),
            (3, BODY, checksum)
        );
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let (row, _) = pack(7, 99, 3, BODY);
        for at in 0..row.len() {
            for bit in 0..8 {
                let mut bad = row.clone();
                bad[at] ^= 1 << bit;
                assert_eq!(unpack(7, 99, &bad).unwrap_err(), Damage::Checksum, "{at}");
            }
        }
        for len in 0..row.len() {
            assert!(unpack(7, 99, &row[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn a_batch_in_another_place_or_after_another_batch_is_found() {
        let (row, _) = pack(7, 99, 3, BODY);
        assert_eq!(unpack(8, 99, &row).unwrap_err(), Damage::Checksum);
        assert_eq!(unpack(7, 98, &row).unwrap_err(), Damage::Chain);
    }

    /// The row with another field in its header, under a checksum that fits.
    fn forged(at: usize, bytes: &[u8]) -> Vec<u8> {
        let (mut row, _) = pack(7, 99, 3, BODY);
        row[at..at + bytes.len()].copy_from_slice(bytes);
        let sum = checksum(7, &row[..HEADER - 4], &row[HEADER..]);
        row[HEADER - 4..HEADER].copy_from_slice(&sum.to_le_bytes());
        row
    }

    #[test]
    fn what_another_version_wrote_is_named() {
        let found = FORMAT + 1;
        assert_eq!(
            unpack(7, 99, &forged(0, &found.to_le_bytes())).unwrap_err(),
            Damage::Format { found }
        );
    }

    #[test]
    fn a_stated_size_is_looked_at_before_anything_is_unpacked() {
        let claim = |claimed: u32| unpack(7, 99, &forged(6, &claimed.to_le_bytes())).unwrap_err();
        assert_eq!(claim(u32::MAX), Damage::Oversized { claimed: u32::MAX });
        let len = u32::try_from(BODY.len()).unwrap();
        assert_eq!(claim(len - 1), Damage::Body);
        assert_eq!(claim(len + 1), Damage::Body);
    }
}
