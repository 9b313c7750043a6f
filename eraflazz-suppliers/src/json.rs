//! Reading strangers' JSON as it comes: numbers as text, text as numbers, fields that are missing, null or of another shape.
//!
//! Values are looked at as raw JSON text, so an amount never passes through a float (D9).

use std::borrow::Cow;
use std::fmt;

use eraflazz_core::money::{Money, MoneyError};
use serde::Deserialize;
#[cfg(feature = "digiflazz")]
use serde::de::MapAccess;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Longest text that is read as an amount. Longer ones could carry more digits than a decimal keeps.
const AMOUNT_CHARS_MAX: usize = 24;

/// More fields than any description of a bill has.
#[cfg(feature = "digiflazz")]
const FIELDS_MAX: usize = 128;

/// The object in `json`; `None` if it is anything else, if a field that `T` knows appears twice (T-9), or if something follows it.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    // serde would read a list as the fields of a struct in order.
    if json.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(json).ok()
}

/// A field that should hold one piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar<'a> {
    /// Missing, null or blank.
    Absent,
    /// A string without surrounding blanks, or a number as it was written.
    Text(Cow<'a, str>),
    /// A list, an object, a boolean, or a string that is not valid text.
    Odd,
}

impl<'a> Scalar<'a> {
    /// Reads a field.
    pub(crate) fn read(raw: Option<&'a RawValue>) -> Self {
        let Some(json) = raw.map(RawValue::get) else {
            return Self::Absent;
        };
        match json.as_bytes().first() {
            Some(b'"') => match serde_json::from_str::<String>(json) {
                Ok(text) if text.trim().is_empty() => Self::Absent,
                Ok(text) => Self::Text(Cow::Owned(text.trim().to_owned())),
                Err(_) => Self::Odd,
            },
            Some(b'-' | b'0'..=b'9') => Self::Text(Cow::Borrowed(json)),
            Some(b'n') => Self::Absent,
            _ => Self::Odd,
        }
    }

    /// The text, if there is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Odd => None,
        }
    }
}

/// The amount in a field, exact: `10000`, `10000.0`, `"10000"`, `10000.25`. `Ok(None)` if the field holds nothing; a third decimal,
/// an exponent and everything else that is not plain digits is an error.
pub(crate) fn amount(raw: Option<&RawValue>) -> Result<Option<Money>, MoneyError> {
    amount_in(&Scalar::read(raw))
}

/// The same of a field that was read.
pub(crate) fn amount_in(field: &Scalar<'_>) -> Result<Option<Money>, MoneyError> {
    match field {
        Scalar::Absent => Ok(None),
        Scalar::Text(text) if text.len() <= AMOUNT_CHARS_MAX => text.parse().map(Some),
        Scalar::Text(_) => Err(MoneyError::TooLarge),
        Scalar::Odd => Err(MoneyError::NotAnAmount),
    }
}

/// What is billed, of an amount that was read: above zero, or nothing; and whether there is one that is neither.
pub(crate) fn bill(amount: Result<Option<Money>, MoneyError>) -> (Option<Money>, bool) {
    match amount {
        Ok(Some(price)) if price > Money::ZERO => (Some(price), false),
        Ok(Some(price)) => (None, price < Money::ZERO),
        Ok(None) => (None, false),
        Err(_) => (None, true),
    }
}

/// The rows of a list as they came; `None` if it is no list, or has more than `rows_max`. What follows the first too many is not kept.
pub(crate) fn list(json: &str, rows_max: usize) -> Option<Vec<&RawValue>> {
    struct Reader(usize);

    impl<'de> Visitor<'de> for Reader {
        type Value = Vec<&'de RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut rows = Vec::new();
            while rows.len() <= self.0
                && let Some(row) = list.next_element()?
            {
                rows.push(row);
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(rows)
        }
    }

    let mut source = serde_json::Deserializer::from_str(json);
    let rows = source.deserialize_seq(Reader(rows_max)).ok()?;
    source.end().ok()?;
    (rows.len() <= rows_max).then_some(rows)
}

/// The fields of an object as they came, in their order; `None` if it is none, or has more than [`FIELDS_MAX`].
#[cfg(feature = "digiflazz")]
pub(crate) fn fields(json: &str) -> Option<Vec<(String, &RawValue)>> {
    struct Reader;
    impl<'de> Visitor<'de> for Reader {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while fields.len() <= FIELDS_MAX
                && let Some(field) = object.next_entry()?
            {
                fields.push(field);
            }
            while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(fields)
        }
    }
    let mut source = serde_json::Deserializer::from_str(json);
    let fields = source.deserialize_map(Reader).ok()?;
    source.end().ok()?;
    (fields.len() <= FIELDS_MAX).then_some(fields)
}

/// The switch in a field, also where it is written as text or number; `None` if it holds no switch.
pub(crate) fn flag(raw: Option<&RawValue>) -> Option<bool> {
    let json = raw.map(RawValue::get)?;
    let text = json.trim_matches('"').trim();
    if text == "1" || text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text == "0" || text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[rstest]
    #[case("10000", "10000")]
    #[case("10000.0", "10000")]
    #[case("10000.25", "10000.25")]
    #[case(r#""10000""#, "10000")]
    #[case(r#"" 10000.5 ""#, "10000.50")]
    #[case("1000000000000", "1000000000000")]
    #[case("-5000", "-5000")]
    fn t_10_amounts_are_read_exactly(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(
            amount(Some(&raw(json))).unwrap().unwrap().to_string(),
            expected
        );
    }

    #[rstest]
    #[case("10000.001")]
    #[case("1e4")]
    #[case("1000000000001")]
    #[case("9007199254740993")]
    #[case("1e400")]
    #[case(r#""Rp 10000""#)]
    #[case(r#""1_000""#)]
    #[case("true")]
    #[case("[10000]")]
    #[case("10000.00000000000000000000000000000001")]
    fn t_10_what_is_not_exact_is_refused(#[case] json: &str) {
        assert!(amount(Some(&raw(json))).is_err(), "{json} was read");
    }

    #[rstest]
    #[case("null")]
    #[case(r#""""#)]
    #[case(r#""  ""#)]
    fn nothing_is_absent(#[case] json: &str) {
        assert_eq!(Scalar::read(Some(&raw(json))), Scalar::Absent);
        assert_eq!(amount(Some(&raw(json))), Ok(None));
        assert_eq!(amount(None), Ok(None));
    }

    #[test]
    fn shapes_are_odd_and_never_text() {
        for json in ["true", "[]", "{}", r#"{"a":"b"}"#] {
            assert_eq!(Scalar::read(Some(&raw(json))), Scalar::Odd, "{json}");
        }
    }

    #[test]
    fn switches_come_in_many_spellings() {
        for yes in ["true", "1", r#""true""#, r#""1""#, r#""True""#] {
            assert_eq!(flag(Some(&raw(yes))), Some(true), "{yes}");
        }
        for no in ["false", "0", r#""false""#] {
            assert_eq!(flag(Some(&raw(no))), Some(false), "{no}");
        }
        for neither in ["null", r#""""#, "2", r#""ya""#, "[]"] {
            assert_eq!(flag(Some(&raw(neither))), None, "{neither}");
        }
    }

    #[derive(Deserialize)]
    struct Probe<'a> {
        #[serde(borrow, default)]
        data: Option<&'a RawValue>,
    }

    #[rstest]
    #[case::twice(r#"{"data":{},"data":{}}"#)]
    #[case::a_list(r#"[{"rc":"00"}]"#)]
    #[case::cut(r#"{"data":{"rc":"00""#)]
    #[case::trailing(r#"{"data":{}} {"data":{}}"#)]
    #[case::html("<html>502</html>")]
    #[case::empty("")]
    fn t_09_only_one_whole_object_is_read(#[case] json: &str) {
        assert!(object::<Probe<'_>>(json.as_bytes()).is_none());
    }

    #[test]
    fn an_object_without_the_field_is_an_object() {
        assert!(
            object::<Probe<'_>>(b" {\"other\":1}")
                .unwrap()
                .data
                .is_none()
        );
    }
}
