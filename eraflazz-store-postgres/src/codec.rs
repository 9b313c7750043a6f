//! How values lie in `body` columns: one byte that says the format, four of a checksum, then postcard.
//!
//! Postcard and not JSON: a third of the bytes in the log of the database, which is what a commit waits for, and the very types of core with
//! nothing between. What people look for has columns of its own. A value whose shape changes gets the next format; before there is a release the one before it is refused, loudly.
//!
//! In postcard almost any bytes are a value: without a checksum a spoiled byte is another amount. It is taken over the table, the key and the value, so that
//! the body of one row in another is found too. It finds accidents, not forgers.

use std::fmt::{self, Display, Write as _};

use crc32fast::Hasher;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Trouble;

#[cfg(test)]
pub(crate) mod hostile;
#[cfg(test)]
pub(crate) mod samples;

/// The format that is written.
const FORMAT: u8 = 7;
/// How many bytes stand before the value.
const HEAD: usize = 5;

/// Orders, by id.
pub(crate) const ORDERS: &str = "orders";
/// Attempts, by order.
pub(crate) const ATTEMPTS: &str = "attempts";
/// Log rows, by subject.
pub(crate) const LOG: &str = "log";
/// Callbacks, by id.
pub(crate) const INBOX: &str = "inbox";
/// Inquiries, by id.
pub(crate) const INQUIRIES: &str = "inquiries";
/// Deposits through gateways, by id.
pub(crate) const PAYMENTS: &str = "payments";
/// Members, by id.
pub(crate) const MEMBERS: &str = "members";
/// Keys, by id.
pub(crate) const KEYS: &str = "keys";
/// Endpoints, by member.
pub(crate) const ENDPOINTS: &str = "endpoints";
/// Endpoints as delivery left them, by member.
pub(crate) const ENDPOINT_STATES: &str = "endpoints.state";

/// The value as it lies in the row of `table` with this key.
pub(crate) fn encode<T: Serialize>(
    table: &str,
    key: impl Display,
    value: &T,
) -> Result<Vec<u8>, Trouble> {
    let mut bytes = vec![0; HEAD];
    bytes[0] = FORMAT;
    let unwritable = |error: postcard::Error| Trouble::Unreadable(error.to_string());
    bytes = postcard::to_extend(value, bytes).map_err(unwritable)?;
    let sum = checksum(table, key, &bytes[HEAD..]);
    bytes[1..HEAD].copy_from_slice(&sum.to_le_bytes());
    Ok(bytes)
}

/// The value that lies in the row of `table` with this key. The error names both.
pub(crate) fn decode<T: DeserializeOwned>(
    table: &str,
    key: impl Display,
    bytes: &[u8],
) -> Result<T, Trouble> {
    let wrong = |why: fmt::Arguments<'_>| Trouble::Unreadable(format!("{table}, {key}: {why}"));
    let Some((&[FORMAT, ref sum @ ..], body)) = bytes.split_first_chunk::<HEAD>() else {
        return Err(wrong(format_args!(
            "its format is {:?} in {} bytes",
            bytes.first(),
            bytes.len()
        )));
    };
    if u32::from_le_bytes(*sum) != checksum(table, &key, body) {
        return Err(wrong(format_args!("its checksum does not fit")));
    }
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok((_, behind)) => Err(wrong(format_args!("{} bytes too many", behind.len()))),
        Err(error) => Err(wrong(format_args!("{error}"))),
    }
}

fn checksum(table: &str, key: impl Display, body: &[u8]) -> u32 {
    let mut sum = Sum(Hasher::new());
    // Writing into a checksum never fails, and neither does showing a key.
    let _ = write!(sum, "{table}/{key}/");
    sum.0.update(body);
    sum.0.finalize()
}

struct Sum(Hasher);

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = ("S10".to_owned(), Some(7_u64));
        let bytes = encode(ORDERS, 1, &value).unwrap();
        assert_eq!(bytes[0], FORMAT);
        let read: (String, Option<u64>) = decode(ORDERS, 1, &bytes).unwrap();
        assert_eq!(read, value);
    }

    #[test]
    fn another_format_is_not_guessed_at() {
        for bytes in [
            &[][..],
            &[FORMAT],
            &[FORMAT - 1, 0, 0, 0, 0, 1],
            &[FORMAT + 1, 0, 0, 0, 0, 1],
        ] {
            let read = decode::<u8>(ORDERS, 1, bytes);
            assert!(matches!(read, Err(Trouble::Unreadable(_))), "{read:?}");
        }
    }
}
