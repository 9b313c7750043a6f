//! What an entry of the stream says: one piece of work.

use eraflazz_core::ids::{InboxId, OrderId};
use eraflazz_core::ports::Due;
use redis::Value;
use redis::streams::StreamId;
use uuid::Uuid;

const ORDER: &str = "order";
const INBOX: &str = "inbox";

/// The one field of the entry, and its value.
pub(super) const fn write(due: &Due) -> (&'static str, &[u8; 16]) {
    match due {
        Due::Order(id) => (ORDER, id.0.as_bytes()),
        Due::Inbox(id) => (INBOX, id.0.as_bytes()),
    }
}

/// What the entry says; none if it is not one of ours.
pub(super) fn read(entry: &StreamId) -> Option<Due> {
    let (field, value) = entry.map.iter().next()?;
    let Value::BulkString(bytes) = value else {
        return None;
    };
    let id = Uuid::from_slice(bytes).ok()?;
    match field.as_str() {
        ORDER => Some(Due::Order(OrderId(id))),
        INBOX => Some(Due::Inbox(InboxId(id))),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn entry(field: &str, value: &[u8]) -> StreamId {
        let value = Value::BulkString(value.to_vec());
        StreamId {
            id: "1-0".to_owned(),
            map: [(field.to_owned(), value)].into(),
            ..StreamId::default()
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let id = Uuid::from_u128(7);
        for due in [Due::Order(OrderId(id)), Due::Inbox(InboxId(id))] {
            let (field, value) = write(&due);
            assert_eq!(read(&entry(field, value)).unwrap(), due);
        }
    }

    #[test]
    fn what_somebody_else_wrote_is_nothing() {
        assert_eq!(read(&entry("order", b"short")), None);
        assert_eq!(read(&entry("orders", &[0; 16])), None);
        assert_eq!(read(&StreamId::default()), None);
    }
}
