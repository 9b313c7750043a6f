//! JSON as somebody reads it who shares nothing with the adapters: names in their order, doubled ones included, and values as they are written.

use std::fmt;

use eraflazz_core::money::Money;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// An object.
pub(crate) struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Fields(pairs))
            }
        }
        source.deserialize_map(Pairs)
    }
}

impl Fields {
    /// The object that these bytes are, if none of `names` stands in it twice (T-9).
    pub(crate) fn of(bytes: &[u8], names: &[&str]) -> Option<Self> {
        let fields: Self = serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()?;
        let count = |name: &str| fields.0.iter().filter(|(known, _)| known == name).count();
        names.iter().all(|name| count(name) <= 1).then_some(fields)
    }

    /// A field as it is written; `None` if it is missing or null.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        let (_, raw) = self.0.iter().find(|(known, _)| known == name)?;
        (raw.get() != "null").then(|| raw.get())
    }

    /// The text in a field to the last blank, its number as it is written; nothing for everything else.
    pub(crate) fn exact(&self, name: &str) -> Option<String> {
        let Some(raw) = self.raw(name) else {
            return Some(String::new());
        };
        let is_number = raw.starts_with(|first: char| first.is_ascii_digit() || first == '-');
        serde_json::from_str::<String>(raw)
            .ok()
            .or_else(|| is_number.then(|| raw.to_owned()))
    }

    /// The same without the blanks around it.
    pub(crate) fn text(&self, name: &str) -> String {
        self.exact(name).unwrap_or_default().trim().to_owned()
    }

    /// Whether the text in a field is this one, or neither is there.
    pub(crate) fn is_named(&self, name: &str, said: Option<&str>) -> bool {
        self.text(name) == said.unwrap_or_default()
    }

    /// Whether exactly this amount is written in a field, digit by digit, in whole rupiah; or neither is there.
    pub(crate) fn is_rupiah(&self, name: &str, said: Option<Money>) -> bool {
        let text = self.text(name);
        let Some(said) = said else {
            return text.is_empty();
        };
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let digits = whole.bytes().all(|b| b.is_ascii_digit()) && part.bytes().all(|b| b == b'0');
        digits && whole.parse() == Ok(said.hundredths() / 100) && said.hundredths() % 100 == 0
    }

    /// The elements of a list in a field that are objects as [`Self::of`] takes them, `None` in the place of others; `None` if it is no list.
    pub(crate) fn rows(&self, name: &str, names: &[&str]) -> Option<Vec<Option<Self>>> {
        rows(self.raw(name)?.as_bytes(), names)
    }
}

/// The elements of a list.
pub(crate) fn rows(bytes: &[u8], names: &[&str]) -> Option<Vec<Option<Fields>>> {
    let rows: Vec<Box<RawValue>> = serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()?;
    let rows = rows.iter().map(|row| row.get().as_bytes());
    Some(rows.map(|row| Fields::of(row, names)).collect())
}
