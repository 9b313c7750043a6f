//! Shelves: what stays in memory whole and only has to survive.

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
}

/// A row put on a shelf or taken from it.
#[derive(Debug)]
pub(super) struct ShelfWrite {
    pub(super) shelf: Shelf,
    pub(super) key: Vec<u8>,
    value: Option<Vec<u8>>,
}

impl ShelfWrite {
    pub(super) fn new<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        shelf: Shelf,
        key: &K,
        value: Option<&V>,
    ) -> Result<Self> {
        Ok(Self {
            shelf,
            key: tables::encode(key)?,
            value: value.map(tables::encode).transpose()?,
        })
    }

    /// What stands on the shelf from now on.
    pub(super) fn sealed(&self) -> Option<Vec<u8>> {
        let value = self.value.as_ref()?;
        Some(tables::seal(
            TABLE,
            &whole_key(self.shelf as u8, &self.key),
            value,
        ))
    }
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
