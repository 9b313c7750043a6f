//! Reading strangers' JSON as it comes: numbers as text, text as numbers, fields that are missing, null or of another shape.
//!
//! Values are looked at as raw JSON text, so an amount never passes through a float (D9).

use std::borrow::Cow;

use eraflazz_core::money::Money;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Longest text that is read as an amount.
const AMOUNT_CHARS_MAX: usize = 24;
/// Most elements of a list that are read.
const ROWS_MAX: usize = 200;

/// A field as it came.
pub(crate) type Field<'a> = Option<&'a RawValue>;

/// The object in `json`; `None` if it is anything else, if a field that `T` knows appears twice (T-9), or if something follows it.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    // serde would read a list as the fields of a struct in order.
    if json.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(json).ok()
}

/// The object in a field.
pub(crate) fn inner<'a, T: Deserialize<'a>>(field: Field<'a>) -> Option<T> {
    object(field?.get().as_bytes())
}

/// The elements of a list in a field, as they came; `None` if it is no list, or a longer one than is ever right.
pub(crate) fn list<'a>(field: Field<'a>) -> Option<Vec<&'a RawValue>> {
    let rows: Vec<&'a RawValue> = serde_json::from_str(field?.get()).ok()?;
    (rows.len() <= ROWS_MAX).then_some(rows)
}

/// A field holds something that it should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Odd;

/// The text in a field without surrounding blanks, a number as it was written; `None` if it is missing, null or blank.
pub(crate) fn text(field: Field<'_>) -> Result<Option<Cow<'_, str>>, Odd> {
    let Some(exact) = exact(field)? else {
        return Ok(None);
    };
    let trimmed = exact.trim();
    Ok(match trimmed.len() {
        0 => None,
        whole if whole == exact.len() => Some(exact),
        _ => Some(Cow::Owned(trimmed.to_owned())),
    })
}

/// The text in a field to the last blank, a number as it was written: what signatures are made of.
pub(crate) fn exact(field: Field<'_>) -> Result<Option<Cow<'_, str>>, Odd> {
    let Some(json) = field.map(RawValue::get) else {
        return Ok(None);
    };
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(json)
            .map(|text| Some(Cow::Owned(text)))
            .map_err(|_| Odd),
        Some(b'-' | b'0'..=b'9') => Ok(Some(Cow::Borrowed(json))),
        Some(b'n') => Ok(None),
        _ => Err(Odd),
    }
}

/// The text in a field as one of the short texts; `None` if there is none, an error if it breaks the rule of its type.
pub(crate) fn named<T: std::str::FromStr>(field: Field<'_>) -> Result<Option<T>, Odd> {
    text(field)?
        .map(|text| text.parse().map_err(|_| Odd))
        .transpose()
}

/// Text for people in a field; what is none is left out.
pub(crate) fn shown(field: Field<'_>) -> Option<String> {
    text(field).ok().flatten().map(Cow::into_owned)
}

/// Whole rupiah in a field: `44000`, `"44000"`, `"44000.00"`; not below zero, and no fraction but zeros.
pub(crate) fn rupiah(field: Field<'_>) -> Result<Option<Money>, Odd> {
    let Some(text) = text(field)? else {
        return Ok(None);
    };
    // A point before three digits is somebody's way to write thousands.
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let is_plain = (1..=AMOUNT_CHARS_MAX).contains(&whole.len())
        && whole.bytes().all(|b| b.is_ascii_digit())
        && matches!(fraction, "0" | "00");
    let amount: Money = whole.parse().ok().filter(|_| is_plain).ok_or(Odd)?;
    amount.whole_rupiah().map(|_| Some(amount)).ok_or(Odd)
}

/// A whole number in a field.
#[cfg(feature = "tripay")]
pub(crate) fn number(field: Field<'_>) -> Result<Option<i64>, Odd> {
    text(field)?
        .map(|text| text.parse().map_err(|_| Odd))
        .transpose()
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
    #[case("44000", 44_000)]
    #[case(r#""44000""#, 44_000)]
    #[case(r#""44000.00""#, 44_000)]
    #[case(r#""44000.0""#, 44_000)]
    #[case("0", 0)]
    #[case("1000000000000", 1_000_000_000_000)]
    fn t_10_amounts_are_read_exactly(#[case] json: &str, #[case] expected: i64) {
        assert_eq!(rupiah(Some(&raw(json))), Ok(Money::rupiah(expected)));
    }

    #[rstest]
    #[case("44000.01")]
    #[case(r#""44000.50""#)]
    #[case("1e4")]
    #[case("-1")]
    #[case("-0")]
    #[case("9007199254740993")]
    #[case("1e400")]
    #[case(r#""44.000""#)]
    #[case(r#""44,000""#)]
    #[case(r#""Rp 44000""#)]
    #[case(r#""44000.""#)]
    #[case(r#"".5""#)]
    #[case("true")]
    #[case("[44000]")]
    #[case("{}")]
    fn t_10_what_is_not_exact_is_refused(#[case] json: &str) {
        assert_eq!(rupiah(Some(&raw(json))), Err(Odd), "{json}");
    }

    #[rstest]
    #[case("null")]
    #[case(r#""""#)]
    #[case(r#""  ""#)]
    fn nothing_is_nothing(#[case] json: &str) {
        assert_eq!(rupiah(Some(&raw(json))), Ok(None));
        assert_eq!(text(Some(&raw(json))), Ok(None));
    }

    #[test]
    fn what_is_signed_keeps_its_blanks() {
        assert_eq!(exact(Some(&raw(r#"" a ""#))).unwrap().unwrap(), " a ");
        assert_eq!(text(Some(&raw(r#"" a ""#))).unwrap().unwrap(), "a");
        assert_eq!(exact(Some(&raw("44000.00"))).unwrap().unwrap(), "44000.00");
    }

    #[derive(Debug, Deserialize)]
    struct Probe<'a> {
        #[serde(borrow, default)]
        _data: Field<'a>,
    }

    #[rstest]
    #[case::twice(r#"{"_data":{},"_data":{}}"#)]
    #[case::a_list(r#"[{"_data":"00"}]"#)]
    #[case::cut(r#"{"_data":{"rc":"00""#)]
    #[case::trailing(r#"{"_data":{}} {}"#)]
    #[case::html("<html>502</html>")]
    #[case::empty("")]
    fn t_09_only_one_whole_object_is_read(#[case] json: &str) {
        assert!(object::<Probe<'_>>(json.as_bytes()).is_none());
    }
}
