//! [`Node`] as a source for serde: the typed structs are read from here.
//!
//! What this adds to serde's own value types is the place: each fault is wrapped in the name or index it passed on its way out.

use std::collections::btree_map;
use std::vec;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess};
use serde::forward_to_deserialize_any;

use super::fault::{Fault, Rule, Segment};
use super::node::Node;

/// Texts without a type become numbers only in this form: an optional minus, digits, no leading zero, no `-0`.
fn plain_integer(text: &str) -> Option<Node> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && text != "-0";
    if !plain {
        return None;
    }
    if let Ok(value) = text.parse::<u64>() {
        return Some(Node::Unsigned(value));
    }
    text.parse().ok().map(Node::Negative)
}

/// Answers in words for people what serde would answer with the name of a type.
macro_rules! integers {
    ($($method:ident($type:ty))*) => {$(
        fn $method<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = match &self {
                Node::Untyped(text) | Node::Leaf(text) => plain_integer(text)
                    .ok_or_else(|| Fault::new(Rule::Type, "expected a whole number in plain digits"))?,
                Node::Unsigned(_) | Node::Negative(_) => self,
                _ => return Err(self.is_not("a whole number")),
            };
            let fits = match &number {
                Node::Unsigned(value) => <$type>::try_from(*value).is_ok(),
                Node::Negative(value) => <$type>::try_from(*value).is_ok(),
                _ => false,
            };
            if !fits {
                let rule = format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX);
                return Err(Fault::new(Rule::Value, rule));
            }
            number.deserialize_any(visitor)
        }
    )*};
}

impl Node {
    fn is_not(&self, what: &str) -> Fault {
        Fault::new(
            Rule::Type,
            format!("{what} is expected, not {}", self.kind()),
        )
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = Fault;

    fn deserialize_any<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Unsigned(value) => visitor.visit_u64(value),
            Self::Negative(value) => visitor.visit_i64(value),
            Self::Text(text) | Self::Untyped(text) | Self::Leaf(text) => visitor.visit_string(text),
            Self::List(nodes) => visitor.visit_seq(List {
                next: 0,
                nodes: nodes.into_iter(),
            }),
            Self::Table(nodes) => visitor.visit_map(Table {
                nodes: nodes.into_iter(),
                value: None,
            }),
        }
    }

    /// Only a word is asked for nothing: `{"kind":{"deposit":null}}` would be a second way to write `"deposit"`, which nobody is told of.
    fn deserialize_unit<V: de::Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        let rule = "this word stands alone, as a text, and holds nothing";
        Err(Fault::new(Rule::Type, rule))
    }

    fn deserialize_option<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self == Self::Null {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_bool<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if let Self::Untyped(text) | Self::Leaf(text) = &self {
            return match text.as_str() {
                "true" => visitor.visit_bool(true),
                "false" => visitor.visit_bool(false),
                _ => Err(Fault::new(Rule::Type, "expected true or false")),
            };
        }
        if !matches!(self, Self::Bool(_)) {
            return Err(self.is_not("true or false"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_str<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if !matches!(self, Self::Text(_) | Self::Untyped(_) | Self::Leaf(_)) {
            return Err(self.is_not("a text"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_string<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if let Self::Text(text) | Self::Untyped(text) | Self::Leaf(text) = &self
            && text.chars().count() != 1
        {
            return Err(Fault::new(Rule::Value, "expected one letter"));
        }
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.into_list()
            .map_err(|other| other.is_not("a list"))
            .and_then(|nodes| Self::List(nodes).deserialize_any(visitor))
    }

    fn deserialize_tuple<V: de::Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if let Self::List(nodes) = &self
            && nodes.len() != len
        {
            let rule = format!("a list of {len} is expected, not of {}", nodes.len());
            return Err(Fault::new(Rule::Value, rule));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: de::Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Self::Text(text) | Self::Untyped(text) | Self::Leaf(text) => {
                let variant: StringDeserializer<Fault> = text.into_deserializer();
                visitor.visit_enum(variant)
            }
            Self::Table(nodes) if nodes.len() == 1 => MapAccessDeserializer::new(Table {
                nodes: nodes.into_iter(),
                value: None,
            })
            .deserialize_enum(name, variants, visitor),
            Self::Null
            | Self::Bool(_)
            | Self::Unsigned(_)
            | Self::Negative(_)
            | Self::List(_)
            | Self::Table(_) => Err(Fault::new(
                Rule::Type,
                format!(
                    "expected one of {}, not {}",
                    variants.join(", "),
                    self.kind()
                ),
            )),
        }
    }

    /// Tables only. What serde derives would read a list as well, field by position: without names nothing in it could be
    /// unknown or twice (T-2, T-6).
    fn deserialize_map<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if !matches!(self, Self::Table(_)) {
            return Err(self.is_not("a table of named values"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    integers! {
        deserialize_i8(i8) deserialize_i16(i16) deserialize_i32(i32) deserialize_i64(i64) deserialize_i128(i128)
        deserialize_u8(u8) deserialize_u16(u16) deserialize_u32(u32) deserialize_u64(u64) deserialize_u128(u128)
    }

    forward_to_deserialize_any! {
        f32 f64 bytes byte_buf unit_struct tuple_struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Fault> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

struct List {
    next: usize,
    nodes: vec::IntoIter<Node>,
}

impl<'de> SeqAccess<'de> for List {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.nodes.next() else {
            return Ok(None);
        };
        let index = self.next;
        self.next += 1;
        seed.deserialize(node)
            .map(Some)
            .map_err(|fault| fault.under(Segment::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len())
    }
}

struct Table {
    nodes: btree_map::IntoIter<String, Node>,
    value: Option<(String, Node)>,
}

impl<'de> MapAccess<'de> for Table {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, node)) = self.nodes.next() else {
            return Ok(None);
        };
        let key: StringDeserializer<Fault> = name.clone().into_deserializer();
        let read = seed.deserialize(key).map_err(|fault| {
            // An unknown field brings its own name along.
            if fault.rule() == Rule::UnknownField {
                fault
            } else {
                fault.under(Segment::Key(name.clone()))
            }
        });
        self.value = Some((name, node));
        read.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, node) = self
            .value
            .take()
            .ok_or_else(|| Fault::new(Rule::Syntax, "a value was asked for before its name"))?;
        seed.deserialize(node)
            .map_err(|fault| fault.under(Segment::Key(name)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Row {
        count: u8,
        on: Option<bool>,
        words: Option<Vec<String>>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case", deny_unknown_fields)]
    enum Kind {
        Plain,
        Digits { min: u8 },
    }

    fn table(entries: &[(&str, Node)]) -> Node {
        Node::Table(
            entries
                .iter()
                .map(|(name, node)| ((*name).to_owned(), node.clone()))
                .collect(),
        )
    }

    fn untyped(text: &str) -> Node {
        Node::Untyped(text.to_owned())
    }

    #[test]
    fn untyped_texts_become_what_is_asked_for() {
        let row: Row = table(&[
            ("count", untyped("7")),
            ("on", untyped("true")),
            ("words", untyped("a, b")),
            ("kind", untyped("plain")),
        ])
        .read()
        .unwrap();
        assert_eq!(row.count, 7);
        assert_eq!(row.on, Some(true));
        assert_eq!(row.words, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(row.kind, Some(Kind::Plain));
    }

    #[rstest]
    #[case("007")]
    #[case("-0")]
    #[case("+7")]
    #[case("7 ")]
    #[case("1e1")]
    #[case("7.0")]
    #[case("")]
    #[case("-")]
    #[case("300")]
    #[case("99999999999999999999999")]
    fn t_10_untyped_numbers_are_plain_digits(#[case] text: &str) {
        let fault = table(&[("count", untyped(text))])
            .read::<Row>()
            .unwrap_err();
        assert_eq!(fault.pointer(), "/count");
        assert!(!text.is_empty() || fault.rule() == Rule::Type);
    }

    #[test]
    fn t_10_a_text_is_no_number() {
        let fault = table(&[("count", Node::Text("7".to_owned()))])
            .read::<Row>()
            .unwrap_err();
        assert_eq!(
            (fault.rule(), fault.field()),
            (Rule::Type, "count".to_owned())
        );
    }

    #[test]
    fn faults_name_place_and_rule() {
        let read = |entries: &[(&str, Node)]| {
            let fault = table(entries).read::<Row>().unwrap_err();
            (fault.rule(), fault.field())
        };
        let count = ("count", Node::Unsigned(1));
        assert_eq!(read(&[]), (Rule::Required, "count".to_owned()));
        assert_eq!(
            read(&[count.clone(), ("price", Node::Unsigned(1))]),
            (Rule::UnknownField, "price".to_owned())
        );
        assert_eq!(
            read(&[
                count.clone(),
                ("words", Node::List(vec![untyped("a"), Node::Null]))
            ]),
            (Rule::Type, "words[1]".to_owned())
        );
        assert_eq!(
            read(&[
                count.clone(),
                (
                    "kind",
                    table(&[("digits", table(&[("min", Node::Negative(-1))]))])
                )
            ]),
            (Rule::Value, "kind.digits.min".to_owned())
        );
        assert_eq!(
            read(&[count, ("kind", untyped("round"))]),
            (Rule::Value, "kind".to_owned())
        );
    }

    #[test]
    fn a_word_that_holds_nothing_is_a_text() {
        for inside in [Node::Null, table(&[]), Node::Unsigned(1)] {
            let kind = ("kind", table(&[("plain", inside)]));
            let fault = table(&[("count", Node::Unsigned(1)), kind])
                .read::<Row>()
                .unwrap_err();
            assert_eq!(
                (fault.rule(), fault.field()),
                (Rule::Type, "kind.plain".to_owned())
            );
        }
    }

    #[test]
    fn t_06_a_list_is_no_table() {
        let list = || Node::List(vec![Node::Unsigned(1)]);
        let count = ("count", Node::Unsigned(1));
        for (node, field) in [
            (list(), ""),
            (
                table(&[count, ("kind", table(&[("digits", list())]))]),
                "kind.digits",
            ),
        ] {
            let fault = node.read::<Row>().unwrap_err();
            assert_eq!(
                (fault.rule(), fault.field()),
                (Rule::Type, field.to_owned())
            );
        }
    }

    #[test]
    fn t_20_faults_never_repeat_a_value() {
        let fault = table(&[("count", untyped("canary-7f3a"))])
            .read::<Row>()
            .unwrap_err();
        assert!(!format!("{fault} {fault:?}").contains("canary"));
        let fault = table(&[("count", Node::Text("canary-7f3a".to_owned()))])
            .read::<Row>()
            .unwrap_err();
        assert!(!format!("{fault} {fault:?}").contains("canary"));
        assert!(!format!("{:?}", untyped("canary")).contains("canary"));
    }
}
