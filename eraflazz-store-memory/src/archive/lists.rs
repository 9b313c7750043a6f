//! Lists of a member: what came to be, in the order in which it did.

use redb::{ReadOnlyTable, ReadableTable, Table};

use super::error::{ArchiveError, Result};
use super::tables;

const TABLE: &str = "lists";
/// A row of a list has at most this many numbers.
const ROW: usize = 512;

/// Which list of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    /// The numbers of the orders.
    Orders = 0,
    /// The places of the transfers that touched what the member can spend.
    Mutations = 1,
}

type Lists<'txn> = Table<'txn, (u8, u128, u32), &'static [u8]>;

/// Appends to a member's list.
pub(super) fn append(
    table: &mut Lists<'_>,
    list: List,
    member: u128,
    numbers: &[u64],
) -> Result<()> {
    let (mut first, mut row) = last_row(table, list, member)?.unwrap_or_default();
    let mut rest = numbers;
    while !rest.is_empty() {
        if row.len() >= ROW {
            first = checked(first, row.len())?;
            row.clear();
        }
        let (now, later) = rest.split_at(rest.len().min(ROW - row.len()));
        row.extend_from_slice(now);
        rest = later;
        let key = (list as u8, member, first);
        let bytes = tables::seal(TABLE, &bytes_of(key), &distances(&row)?);
        table.insert(key, bytes.as_slice())?;
    }
    Ok(())
}

/// The numbers of a member's list, newest first, after the first `skip`.
pub(super) fn newest_first(
    table: &ReadOnlyTable<(u8, u128, u32), &'static [u8]>,
    list: List,
    member: u128,
    skip: usize,
) -> Result<impl Iterator<Item = Result<u64>> + use<>> {
    let len = last_row(table, list, member)?.map_or(0, |(first, row)| {
        usize::try_from(first).unwrap_or(usize::MAX) + row.len()
    });
    // Everything from this place on is skipped.
    let end = len.saturating_sub(skip);
    let above = u32::try_from(end).unwrap_or(u32::MAX);
    let rows = table.range_owned((list as u8, member, 0)..(list as u8, member, above))?;
    Ok(rows.rev().flat_map(move |row| {
        let numbers = row
            .map_err(ArchiveError::from)
            .and_then(|(key, bytes)| Ok((key.value().2, read(key.value(), bytes.value())?)));
        let (failed, numbers) = match numbers {
            Ok((first, mut numbers)) => {
                let first = usize::try_from(first).unwrap_or(usize::MAX);
                numbers.truncate(end.saturating_sub(first));
                (None, numbers)
            }
            Err(error) => (Some(Err(error)), Vec::new()),
        };
        failed.into_iter().chain(numbers.into_iter().rev().map(Ok))
    }))
}

/// The last row of a list: the place of its first number, and its numbers.
fn last_row(
    table: &impl ReadableTable<(u8, u128, u32), &'static [u8]>,
    list: List,
    member: u128,
) -> Result<Option<(u32, Vec<u64>)>> {
    let of_member = (list as u8, member, 0)..=(list as u8, member, u32::MAX);
    let Some(row) = table.range(of_member)?.next_back() else {
        return Ok(None);
    };
    let (key, bytes) = row?;
    Ok(Some((key.value().2, read(key.value(), bytes.value())?)))
}

fn read(key: (u8, u128, u32), sealed: &[u8]) -> Result<Vec<u64>> {
    let key = bytes_of(key);
    let distances: Vec<u64> = tables::decode(TABLE, &key, tables::unseal(TABLE, &key, sealed)?)?;
    let numbers = distances.into_iter().scan(0_u64, |at, distance| {
        *at = at.wrapping_add(distance);
        Some(*at)
    });
    Ok(numbers.collect())
}

fn distances(numbers: &[u64]) -> Result<Vec<u8>> {
    let distances: Vec<u64> = numbers
        .iter()
        .scan(0, |before, at| {
            let distance = at.wrapping_sub(*before);
            *before = *at;
            Some(distance)
        })
        .collect();
    tables::encode(&distances)
}

fn bytes_of((list, member, first): (u8, u128, u32)) -> [u8; 21] {
    let mut bytes = [0; 21];
    bytes[0] = list;
    bytes[1..17].copy_from_slice(&member.to_be_bytes());
    bytes[17..].copy_from_slice(&first.to_be_bytes());
    bytes
}

fn checked(first: u32, more: usize) -> Result<u32> {
    u32::try_from(more)
        .ok()
        .and_then(|more| first.checked_add(more))
        .ok_or_else(|| ArchiveError::Unwritable("a list is too long".to_owned()))
}
