//! Shelves: what stays in memory whole and only has to survive.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Result;
use super::tables;

/// For errors.
const TABLE: &str = "shelves";

/// Kinds of rows that the store keeps in memory whole. The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// Wallets.
    Wallets = 0,
    /// Balances of house accounts.
    Houses = 1,
    /// Callbacks that wait, orphans and the quarantined.
    Inbox = 2,
    /// Open cases.
    Cases = 3,
    /// What others must still learn.
    Outbox = 4,
    /// Members.
    Members = 5,
    /// API keys.
    Keys = 6,
    /// The catalog.
    Catalog = 7,
    /// Endpoints.
    Endpoints = 8,
    /// Inquiries that are not over for long.
    Inquiries = 9,
    /// Deposits through gateways.
    Payments = 10,
    /// What today and yesterday have taken of quotas.
    Quotas = 11,
}

/// The rows of a shelf, sealed, by the bytes of their keys.
pub(super) type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A row as it will stand on the shelf.
pub(super) fn row<K: Serialize, V: Serialize>(
    shelf: Shelf,
    key: &K,
    value: &V,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let key = tables::encode(key)?;
    let value = tables::encode(value)?;
    let sealed = tables::seal(TABLE, &whole_key(shelf as u8, &key), &value);
    Ok((key, sealed))
}

/// A row as it stands on a shelf.
pub(super) fn read<K: DeserializeOwned, V: DeserializeOwned>(
    shelf: Shelf,
    key: &[u8],
    sealed: &[u8],
) -> Result<(K, V)> {
    let whole = whole_key(shelf as u8, key);
    let value = tables::unseal(TABLE, &whole, sealed)?;
    Ok((
        tables::decode(TABLE, &whole, key)?,
        tables::decode(TABLE, &whole, value)?,
    ))
}

fn whole_key(shelf: u8, key: &[u8]) -> Vec<u8> {
    let mut whole = vec![shelf];
    whole.extend_from_slice(key);
    whole
}
