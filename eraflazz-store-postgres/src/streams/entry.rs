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
    use std::collections::HashMap;

    use proptest::prelude::*;

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
    fn values() -> impl Strategy<Value = Value> {
        prop_oneof![
            4 => any::<[u8; 16]>().prop_map(|id| Value::BulkString(id.to_vec())),
            2 => any::<Vec<u8>>().prop_map(Value::BulkString),
            1 => any::<String>().prop_map(Value::SimpleString),
            1 => any::<i64>().prop_map(Value::Int),
            1 => Just(Value::Nil),
            1 => Just(Value::Array(vec![Value::BulkString(vec![0; 16])])),
        ]
    }

    proptest! {
        #[test]
        fn hostile_entries_are_the_work_that_they_name_or_nothing(
            fields in prop::collection::hash_map("order|inbox|Order|\\PC{0,8}", values(), 0..3),
        ) {
            let fields: HashMap<String, Value> = fields;
            let said = read(&StreamId { map: fields.clone(), ..StreamId::default() });
            if let Some(due) = said {
                let (field, id) = write(&due);
                prop_assert_eq!(&fields[field], &Value::BulkString(id.to_vec()));
            } else {
                let is_ours = |(field, value): (&String, &Value)| {
                    [ORDER, INBOX].contains(&field.as_str())
                        && matches!(value, Value::BulkString(bytes) if bytes.len() == 16)
                };
                prop_assert!(fields.len() > 1 || !fields.iter().any(is_ours));
            }
        }
    }
}
