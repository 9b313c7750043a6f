//! How values lie in `body` columns: one byte that says the format, then postcard.
//!
//! Postcard and not JSON: a third of the bytes in the log of the database, which is what a commit waits for, and the very types of core with
//! nothing between. What people look for has columns of its own. A value whose shape changes gets the next format, and the old one is still read.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Trouble;

/// The format that is written.
const FORMAT: u8 = 2;

/// The value as it lies in a row.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Trouble> {
    let unwritable = |error: postcard::Error| Trouble::Unreadable(error.to_string());
    postcard::to_extend(value, vec![FORMAT]).map_err(unwritable)
}

/// The value that lies in a row.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    let Some((&FORMAT, body)) = bytes.split_first() else {
        let why = format!("a row has the format {:?}", bytes.first());
        return Err(Trouble::Unreadable(why));
    };
    postcard::from_bytes(body).map_err(|error| Trouble::Unreadable(error.to_string()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = ("S10".to_owned(), Some(7_u64));
        let bytes = encode(&value).unwrap();
        assert_eq!(bytes[0], FORMAT);
        assert_eq!(decode::<(String, Option<u64>)>(&bytes).unwrap(), value);
    }

    #[test]
    fn another_format_is_not_guessed_at() {
        for bytes in [&[][..], &[FORMAT + 1, 1]] {
            let read = decode::<u8>(bytes);
            assert!(matches!(read, Err(Trouble::Unreadable(_))), "{read:?}");
        }
    }
}
