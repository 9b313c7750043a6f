//! A supplier's settings as operators send and see them: the keys of `[suppliers.<name>]`, in the same words.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::strict::Node;

/// Settings of a supplier by their keys. Prints the keys alone: secrets are among the values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AccountSettings(BTreeMap<String, Node>);

/// What may be told of them. Whatever does not stand here is taken for a secret: it goes in and never comes out.
const OPEN: [&str; 49] = [
    "alert_below",
    "allow_dot",
    "backup_url",
    "balance",
    "base_url",
    "callback_signature",
    "callbacks_per_minute",
    "cb_url",
    "check",
    "clear_text",
    "clock_slack",
    "codes",
    "failed_ref_may_run_again",
    "forbid",
    "kind",
    "list_limit",
    "local_address",
    "max_in_flight",
    "member",
    "min_gap",
    "min_interval",
    "not_found_after",
    "order",
    "patterns",
    "poll",
    "poll_later",
    "poll_max_age",
    "preset",
    "reference",
    "remembers",
    "repeat",
    "reply",
    "report",
    "report_from",
    "reversal_window",
    "settle_delay",
    "sign",
    "sign_balance",
    "sign_order",
    "sign_ticket",
    "sn_policy",
    "status",
    "testing",
    "ticket",
    "timeout",
    "upper",
    "user",
    "username",
    "utc_offset_hours",
];

impl AccountSettings {
    /// The settings of this table. `null` stands for none.
    pub fn new(mut table: BTreeMap<String, Node>) -> Self {
        table.retain(|_, value| *value != Node::Null);
        Self(table)
    }

    /// The table that they are.
    pub const fn table(&self) -> &BTreeMap<String, Node> {
        &self.0
    }

    /// What stands under `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.0.get(key)
    }

    /// These with what `given` sets; what is `null` there goes.
    #[must_use]
    pub fn with(&self, given: &Self) -> Self {
        let mut table = self.0.clone();
        table.extend(given.0.clone());
        Self::new(table)
    }

    /// Those that may be told.
    #[must_use]
    pub fn open(&self) -> Self {
        let open = self.0.iter().filter(|(key, _)| is_open(key));
        Self(
            open.map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        )
    }

    /// The names of those that may not.
    pub fn secrets(&self) -> Vec<String> {
        let secrets = self.0.keys().filter(|key| !is_open(key));
        secrets.cloned().collect()
    }

    /// What is given, for the audit line: `kind="vip" api_key=(secret)`.
    pub fn told(&self) -> String {
        let all = self.0.iter().map(|(key, value)| {
            if is_open(key) || *value == Node::Null {
                format!("{key}={}", json(value))
            } else {
                format!("{key}=(secret)")
            }
        });
        all.collect::<Vec<_>>().join(" ")
    }
}

fn is_open(key: &str) -> bool {
    OPEN.contains(&key)
}

impl fmt::Debug for AccountSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The value as JSON.
pub fn json(value: &Node) -> Value {
    match value {
        Node::Null => Value::Null,
        Node::Bool(value) => (*value).into(),
        Node::Unsigned(value) => (*value).into(),
        Node::Negative(value) => (*value).into(),
        Node::Text(text) | Node::Untyped(text) | Node::Leaf(text) => text.as_str().into(),
        Node::List(values) => values.iter().map(json).collect(),
        Node::Table(values) => {
            let values = values.iter().map(|(key, value)| (key.clone(), json(value)));
            Value::Object(values.collect())
        }
    }
}

impl Serialize for AccountSettings {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, &json(value))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for AccountSettings {
    /// As they are given: `null` stays, for whoever takes a setting away.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let table = BTreeMap::<String, Any>::deserialize(from)?.into_iter();
        Ok(Self(table.map(|(key, Any(value))| (key, value)).collect()))
    }
}

/// A value of any kind.
struct Any(Node);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyKind).map(Self)
    }
}

struct AnyKind;

impl<'de> Visitor<'de> for AnyKind {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without fractions")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(u64::try_from(value).map_or(Node::Negative(value), Node::Unsigned))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Node, A::Error> {
        let mut values = Vec::new();
        while let Some(Any(value)) = from.next_element()? {
            values.push(value);
        }
        Ok(Node::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Node, A::Error> {
        let mut values = BTreeMap::new();
        while let Some((key, Any(value))) = from.next_entry()? {
            values.insert(key, value);
        }
        Ok(Node::Table(values))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::strict::read_json;

    fn read(text: &str) -> AccountSettings {
        read_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn settings_are_written_as_they_were_read() {
        let text = r#"{"codes":{"1":"delivered"},"max_in_flight":3,"poll":["2m","3m"],"testing":true,"utc_offset_hours":-1}"#;
        let settings = read(text);
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
    }

    #[test]
    fn t_21_a_secret_is_named_and_never_told() {
        let settings =
            read(r#"{"kind":"vip","api_key":"CANARY","some_new_word":"CANARY","proxy":"CANARY"}"#);
        assert_eq!(settings.secrets(), ["api_key", "proxy", "some_new_word"]);
        let told = [
            settings.told(),
            format!("{settings:?}"),
            serde_json::to_string(&settings.open()).unwrap(),
        ];
        for told in told {
            assert!(!told.contains("CANARY"), "{told}");
        }
        assert!(settings.told().contains("api_key=(secret)"));
    }

    #[test]
    fn what_is_given_is_set_and_null_takes_away() {
        let before = read(r#"{"kind":"vip","proxy":"http://one","timeout":"30s"}"#);
        let after = before.with(&read(r#"{"proxy":null,"timeout":"40s"}"#));
        assert_eq!(after, read(r#"{"kind":"vip","timeout":"40s"}"#));
    }
}
