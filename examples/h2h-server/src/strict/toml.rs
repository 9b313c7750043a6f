//! TOML text into a [`Node`]: settings and seed files.

use ::toml::{Table, Value};

use super::fault::{Fault, Rule, Segment};
use super::node::Node;

/// Reads a TOML document. Refuses fractions and dates, which no file of ours has. The fault names the line, never its text: it
/// may hold a secret.
pub fn parse(text: &str) -> Result<Node, Fault> {
    let table: Table = ::toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        Fault::new(
            Rule::Syntax,
            format!("not TOML at line {line}: {}", first_line(error.message())),
        )
    })?;
    node(Value::Table(table))
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

fn node(value: Value) -> Result<Node, Fault> {
    Ok(match value {
        Value::String(text) => Node::Text(text),
        Value::Integer(value) => u64::try_from(value).map_or(Node::Negative(value), Node::Unsigned),
        Value::Boolean(value) => Node::Bool(value),
        Value::Float(_) => {
            return Err(Fault::new(
                Rule::Number,
                "a number is whole; an amount with a fraction is a text with two decimals",
            ));
        }
        Value::Datetime(_) => return Err(Fault::new(Rule::Type, "a date is not expected here")),
        Value::Array(values) => Node::List(
            values
                .into_iter()
                .enumerate()
                .map(|(index, value)| {
                    node(value).map_err(|fault| fault.under(Segment::Index(index)))
                })
                .collect::<Result<_, _>>()?,
        ),
        Value::Table(table) => Node::Table(
            table
                .into_iter()
                .map(|(name, value)| match node(value) {
                    Ok(node) => Ok((name, node)),
                    Err(fault) => Err(fault.under(Segment::Key(name))),
                })
                .collect::<Result<_, _>>()?,
        ),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("[a]\nb = [1, 1.5]", Rule::Number, "a.b[1]")]
    #[case("[[a]]\nb = 2026-01-01", Rule::Type, "a[0].b")]
    #[case("a = 1\na = 2", Rule::Syntax, "")]
    #[case("a = 1e3", Rule::Number, "a")]
    #[case("a = 99999999999999999999", Rule::Syntax, "")]
    fn what_no_file_of_ours_has_is_refused(
        #[case] text: &str,
        #[case] rule: Rule,
        #[case] field: &str,
    ) {
        let fault = parse(text).unwrap_err();
        assert_eq!((fault.rule(), fault.field()), (rule, field.to_owned()));
    }

    #[test]
    fn t_20_a_syntax_error_names_the_line_and_not_its_text() {
        for broken in [
            "a = 1\napi_key = \"canary-7f3a",
            "a = 1\napi_key = canary-7f3a",
            "a = 1\napi_key = 'canary-7f3a' x",
        ] {
            let told = parse(broken).unwrap_err().to_string();
            assert!(told.starts_with("not TOML at line 2"), "{told}");
            assert!(!told.contains("canary"), "{told}");
        }
    }
}
