//! Query strings into a [`Node`] (T-6).
//!
//! One canonical parse: each name once, in lower case without brackets, decoded once. What the signature covers is the raw
//! text (`path?query` as sent), so there must be only one way to read it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::fault::{Fault, Rule, Segment};
use super::node::Node;

/// How many parameters a query may have.
pub const PARAMETERS_MAX: usize = 32;

/// Reads a `T` out of the part after the `?` (`None` or empty: no parameters).
pub fn read<T: DeserializeOwned>(query: Option<&str>) -> Result<T, Fault> {
    parse(query)?.read()
}

/// Reads a query string into a table of untyped texts. Refuses a repeated name, names other than `a-z 0-9 _` (so `a[]`, `Status`
/// and an encoded name have no second reading), broken percent escapes, and bytes that are not UTF-8.
pub fn parse(query: Option<&str>) -> Result<Node, Fault> {
    let mut parameters = BTreeMap::new();
    let query = query.unwrap_or_default();
    if query.is_empty() {
        return Ok(Node::Table(parameters));
    }
    for (index, pair) in query.split('&').enumerate() {
        if index == PARAMETERS_MAX {
            return Err(Fault::new(
                Rule::TooLarge,
                format!("at most {PARAMETERS_MAX} parameters"),
            ));
        }
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Fault::new(Rule::Syntax, "a parameter is name=value"))?;
        let here =
            |rule, detail: &str| Fault::new(rule, detail).under(Segment::Key(name.to_owned()));
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(here(Rule::UnknownField, "a parameter's name is a-z 0-9 _"));
        }
        let value = decode_once(value)
            .ok_or_else(|| here(Rule::Encoding, "a value is percent-encoded UTF-8, once"))?;
        if parameters
            .insert(name.to_owned(), Node::Untyped(value))
            .is_some()
        {
            return Err(here(Rule::DuplicateKey, "a parameter occurs once"));
        }
    }
    Ok(Node::Table(parameters))
}

/// The text of a value, decoded once; `None` if it is none. `url` decodes leniently (a broken escape stands for itself, broken UTF-8 becomes a
/// replacement character), so both are looked for here.
pub fn decode_once(value: &str) -> Option<String> {
    let mut rest = value;
    while let Some((_, escape)) = rest.split_once('%') {
        let code = escape.as_bytes().get(..2)?;
        if !code.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = escape.get(2..)?;
    }
    // A `;` or `=` inside the value has no meaning here; `+` is a blank, as forms have it.
    let pair = format!("v={value}");
    let (_, text) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    (!text.contains('\u{fffd}')).then(|| text.into_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Page {
        status: Option<String>,
        limit: Option<u16>,
    }

    #[test]
    fn parameters_are_read_by_type() {
        let page: Page = read(Some("limit=50&status=a%2Bb+c")).unwrap();
        assert_eq!(page.limit, Some(50));
        assert_eq!(page.status.as_deref(), Some("a+b c"));
        for none in [None, Some("")] {
            let empty = Page {
                status: None,
                limit: None,
            };
            assert_eq!(read::<Page>(none).unwrap(), empty);
        }
    }

    #[rstest]
    #[case("limit=1&limit=2", Rule::DuplicateKey, "limit")]
    #[case("limit=1&limit=1", Rule::DuplicateKey, "limit")]
    #[case("limit[]=1", Rule::UnknownField, "limit[]")]
    #[case("Limit=1", Rule::UnknownField, "Limit")]
    #[case("%6cimit=1", Rule::UnknownField, "%6cimit")]
    #[case("=1", Rule::UnknownField, "")]
    #[case("other=1", Rule::UnknownField, "other")]
    #[case("limit", Rule::Syntax, "")]
    #[case("limit=1&", Rule::Syntax, "")]
    #[case("limit=%zz", Rule::Encoding, "limit")]
    #[case("limit=%3", Rule::Encoding, "limit")]
    #[case("limit=%ff", Rule::Encoding, "limit")]
    #[case("limit=05", Rule::Type, "limit")]
    #[case("limit=1e1", Rule::Type, "limit")]
    #[case("limit=70000", Rule::Value, "limit")]
    fn t_06_there_is_one_way_to_read_a_query(
        #[case] query: &str,
        #[case] rule: Rule,
        #[case] field: &str,
    ) {
        let fault = read::<Page>(Some(query)).unwrap_err();
        assert_eq!((fault.rule(), fault.field()), (rule, field.to_owned()));
    }

    #[test]
    fn t_06_a_value_is_decoded_once() {
        let page: Page = read(Some("status=%252b")).unwrap();
        assert_eq!(page.status.as_deref(), Some("%2b"));
    }

    #[test]
    fn parameters_are_counted() {
        let many: Vec<String> = (0..=PARAMETERS_MAX).map(|n| format!("p{n}=1")).collect();
        assert_eq!(
            parse(Some(&many.join("&"))).unwrap_err().rule(),
            Rule::TooLarge
        );
        assert!(parse(Some(&many[1..].join("&"))).is_ok());
    }
}
