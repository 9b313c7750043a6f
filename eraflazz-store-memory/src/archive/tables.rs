//! The tables of the file, and what every packed row has in common: a checksum of ours.
//!
//! The file system and redb serve a flipped byte without a word, so whatever is packed carries a checksum over its table, its key and its
//! bytes: a row that was changed, or that stands in another's place, is an error that names it.

use redb::TableDefinition;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{ArchiveError, Result};

/// The number of an order or of a subject without one, in the order in which the archive met them. Tables use it in place of the id.
pub(super) type Number = u32;

/// Where an entry stands: its block and its slot there.
pub(super) type Place = (u32, u16);

/// The one row of [`HEAD`].
pub(super) const HEAD: TableDefinition<'_, u8, &[u8]> = TableDefinition::new("head");
/// The number of each order and subject.
pub(super) const IDS: TableDefinition<'_, u128, Number> = TableDefinition::new("ids");
/// Where the newest entry of a number stands.
pub(super) const ENTRIES: TableDefinition<'_, Number, Place> = TableDefinition::new("entries");
/// Packed entries, many to a row.
pub(super) const BLOCKS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("blocks");
/// Orders that can still move.
pub(super) const LIVE: TableDefinition<'_, Number, ()> = TableDefinition::new("live");
/// Fingerprints of `(member, ref_id)` with their numbers, packed, by the first number.
pub(super) const REFS: TableDefinition<'_, Number, &[u8]> = TableDefinition::new("refs");
/// Every `trx_code` with the number of its order.
pub(super) const CODES: TableDefinition<'_, &[u8; 21], Number> = TableDefinition::new("codes");
/// By the first number of a checkpoint: no order up to the next row was accepted later than this, in microseconds. Never falls from row to row.
pub(super) const AGES: TableDefinition<'_, Number, i64> = TableDefinition::new("ages");
/// `(supplier, supplier_ref)` with the number and the attempt.
pub(super) const SUPPLIER_REFS: TableDefinition<'_, (u16, &[u8; 20]), (Number, u16)> =
    TableDefinition::new("supplier_refs");
/// `(supplier, their_ref)` with the number of the order that keeps it.
pub(super) const THEIR_REFS: TableDefinition<'_, (u16, &str), Number> =
    TableDefinition::new("their_refs");
/// `(supplier, fingerprint, number)` of serial numbers.
pub(super) const SERIALS: TableDefinition<'_, (u16, u32, Number), ()> =
    TableDefinition::new("serials");
/// `(day, fingerprint, number)` of live duplicate guards.
pub(super) const GUARDS: TableDefinition<'_, (i32, u32, Number), ()> =
    TableDefinition::new("guards");
/// Lists of members, packed: `(which, member, place of the first)`.
pub(super) const LISTS: TableDefinition<'_, (u8, u128, u32), &[u8]> = TableDefinition::new("lists");
/// Every transfer, packed, by the place of the first.
pub(super) const TRANSFERS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("transfers");
/// Used nonces.
pub(super) const NONCES: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("nonces");
/// What stays in memory whole: `(shelf, key)`.
pub(super) const SHELVES: TableDefinition<'_, (u8, &[u8]), &[u8]> = TableDefinition::new("shelves");

/// No packed row is larger than this when unpacked; a larger size is a lie.
const UNPACKED_MAX: usize = 256 << 20;

/// The bytes with their checksum before them.
pub(super) fn seal(table: &'static str, key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(bytes.len() + 4);
    sealed.extend_from_slice(&checksum(table, key, bytes).to_le_bytes());
    sealed.extend_from_slice(bytes);
    sealed
}

/// The bytes without their checksum, if it fits.
pub(super) fn unseal<'a>(table: &'static str, key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8]> {
    let parts = sealed.split_first_chunk::<4>();
    match parts {
        Some((sum, bytes)) if u32::from_le_bytes(*sum) == checksum(table, key, bytes) => Ok(bytes),
        _ => Err(ArchiveError::damaged(
            table,
            Hex(key),
            "its checksum does not fit",
        )),
    }
}

/// The bytes, compressed and sealed.
pub(super) fn pack(table: &'static str, key: &[u8], bytes: &[u8]) -> Result<Vec<u8>> {
    if bytes.len() > UNPACKED_MAX {
        let why = format!("{table} would have a row of {} bytes", bytes.len());
        return Err(ArchiveError::Unwritable(why));
    }
    Ok(seal(
        table,
        key,
        &lz4_flex::block::compress_prepend_size(bytes),
    ))
}

/// What was packed.
pub(super) fn unpack(table: &'static str, key: &[u8], packed: &[u8]) -> Result<Vec<u8>> {
    let bytes = unseal(table, key, packed)?;
    let damaged = |why: &str| ArchiveError::damaged(table, Hex(key), why);
    let (size, body) =
        lz4_flex::block::uncompressed_size(bytes).map_err(|error| damaged(&error.to_string()))?;
    if size > UNPACKED_MAX {
        return Err(damaged("it claims to be larger than any row"));
    }
    lz4_flex::block::decompress(body, size).map_err(|error| damaged(&error.to_string()))
}

/// A value as bytes.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    postcard::to_allocvec(value).map_err(|error| ArchiveError::Unwritable(error.to_string()))
}

/// The value that `bytes` are, to the last byte.
pub(super) fn decode<T: DeserializeOwned>(
    table: &'static str,
    key: &[u8],
    bytes: &[u8],
) -> Result<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(ArchiveError::damaged(
            table,
            Hex(key),
            "it is longer than what it holds",
        )),
        Err(error) => Err(ArchiveError::damaged(table, Hex(key), error.to_string())),
    }
}

fn checksum(table: &'static str, key: &[u8], bytes: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(table.as_bytes());
    sum.update(key);
    sum.update(bytes);
    sum.finalize()
}

/// A key in an error: its bytes.
struct Hex<'a>(&'a [u8]);

impl std::fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_packed_row_with_any_bit_flipped_is_an_error_that_names_it() {
        let packed = pack(
            "blocks",
            &[0, 0, 0, 7],
            b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        )
        .unwrap();
        for bit in 0..packed.len() * 8 {
            let mut flipped = packed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let error = unpack("blocks", &[0, 0, 0, 7], &flipped).unwrap_err();
            assert!(error.to_string().contains("blocks[00000007]"), "{error}");
        }
    }

    #[test]
    fn a_row_in_the_place_of_another_is_an_error() {
        let packed = pack("blocks", &[1], b"goods").unwrap();
        assert_eq!(unpack("blocks", &[1], &packed).unwrap(), b"goods");
        assert!(unpack("blocks", &[2], &packed).is_err());
        assert!(unpack("transfers", &[1], &packed).is_err());
    }
}
