//! The head of the file: what the archive as a whole is at.

use redb::{ReadableTable, Table};
use serde::{Deserialize, Serialize};

use super::FORMAT;
use super::error::{ArchiveError, Result};
use super::tables;

const TABLE: &str = "head";
const KEY: u8 = 0;

/// Written last by every checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The last journal batch that is in the archive; 0 before the first checkpoint.
    pub(super) through: u64,
    /// Its checksum: the next batch of the journal continues it.
    pub(super) checksum: u32,
    /// How many transfers there are.
    pub(super) transfers: u64,
    /// The number that the next order gets.
    pub(super) numbers: u32,
}

impl Head {
    /// The head of this file; the default for a new one.
    pub(super) fn read(table: &impl ReadableTable<u8, &'static [u8]>) -> Result<Self> {
        let Some(sealed) = table.get(KEY)? else {
            return Ok(Self::default());
        };
        let bytes = tables::unseal(TABLE, &[KEY], sealed.value())?;
        let (format, rest) = postcard::take_from_bytes::<u32>(bytes)
            .map_err(|error| ArchiveError::damaged(TABLE, KEY, error.to_string()))?;
        if format != FORMAT {
            return Err(ArchiveError::Format { found: format });
        }
        tables::decode(TABLE, &[KEY], rest)
    }

    pub(super) fn write(&self, table: &mut Table<'_, u8, &'static [u8]>) -> Result<()> {
        let bytes = tables::encode(&(FORMAT, self))?;
        table.insert(KEY, tables::seal(TABLE, &[KEY], &bytes).as_slice())?;
        Ok(())
    }
}
