//! Lists, newest first, page by page.

use eraflazz_core::ports::Page;
use eraflazz_core::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::IntoParams;

use crate::openapi::words;

/// A query without parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The query of a list that is only turned page by page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// Where the page begins; the first one unless said.
    #[serde(default)]
    #[param(value_type = Option<words::Cursor>, inline)]
    pub(super) cursor: Option<Cursor>,
    /// How many entries it has at most; 50 unless said.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    pub(super) limit: Limit,
}

/// How many entries a page has unless told otherwise.
const LIMIT: u16 = 50;

/// Where a page begins: how many entries lie before it in the list as it was when its first page was asked for. Opaque to callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Entries before it.
    pub(super) skip: usize,
    /// What was accepted from then on is not part of the list.
    pub(super) before: Timestamp,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let (skip, before) = text.split_once('.')?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(skip) || !digits(before) {
            return None;
        }
        Some(Self {
            skip: skip.parse().ok()?,
            before: Timestamp::from_micros(before.parse().ok()?),
        })
    }

    fn text(self) -> String {
        format!("{}.{}", self.skip, self.before.micros())
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(source)?).ok_or_else(|| de::Error::custom(NO_CURSOR))
    }
}

/// What is told of a cursor that is none.
pub(super) const NO_CURSOR: &str = "a next_cursor of an earlier answer";

/// The id of what ended the page before, in the one form in which it was told.
pub(super) fn id_cursor<Id: DeserializeOwned + ToString>(text: &str) -> Option<Id> {
    Id::deserialize(StrDeserializer::<de::value::Error>::new(text))
        .ok()
        .filter(|id| id.to_string() == text)
}

/// How many entries are asked for, 1 to 200.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(u16);

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let limit = i128::deserialize(source)?;
        u16::try_from(limit)
            .ok()
            .filter(|limit| (1..=Page::MAX).contains(&usize::from(*limit)))
            .map(Self)
            .ok_or_else(|| de::Error::custom("1 to 200"))
    }
}

impl Limit {
    /// How many.
    pub(super) fn count(self) -> usize {
        usize::from(self.0)
    }

    /// The page of this size at `cursor`.
    pub(super) fn page(self, cursor: Cursor) -> Page {
        Page {
            limit: usize::from(self.0),
            skip: cursor.skip,
        }
    }
}

/// A page of a list, under the name of what it lists: `{"mutations":[…],"next_cursor":…}`.
#[derive(Debug)]
pub(super) struct Listed<T> {
    name: &'static str,
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// The entries found for `page` at `cursor`.
    pub(super) fn new(name: &'static str, items: Vec<T>, page: &Page, cursor: Cursor) -> Self {
        let next = Cursor {
            skip: cursor.skip.saturating_add(items.len()),
            ..cursor
        };
        let next_cursor = (items.len() == page.limit).then(|| next.text());
        Self {
            next_cursor,
            ..Self::whole(name, items)
        }
    }

    /// Everything there is.
    pub(super) const fn whole(name: &'static str, items: Vec<T>) -> Self {
        Self::until(name, items, None)
    }

    /// What comes before `next_cursor`, for lists that page by something else than a count.
    pub(super) const fn until(
        name: &'static str,
        items: Vec<T>,
        next_cursor: Option<String>,
    ) -> Self {
        Self {
            name,
            items,
            next_cursor,
        }
    }
}

impl<T: Serialize> Serialize for Listed<T> {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        let mut map = target.serialize_map(Some(2))?;
        map.serialize_entry(self.name, &self.items)?;
        map.serialize_entry("next_cursor", &self.next_cursor)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_has_one_form() {
        let cursor = Cursor {
            skip: 50,
            before: Timestamp::from_micros(1_767_225_600_000_000),
        };
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        for bad in [
            "",
            ".",
            "1",
            "1.",
            ".1",
            "+1.2",
            "-1.2",
            "1.2.3",
            "1.99999999999999999999",
        ] {
            assert_eq!(Cursor::parse(bad), None, "{bad:?}");
        }
    }
}
