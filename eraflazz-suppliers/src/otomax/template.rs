//! Texts with fields, as settings write them: `OtomaX|{member}|{product}|…`. Pure.

use std::fmt;

/// What a template may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    /// Our account's name (memberID).
    Member,
    /// The supplier's product code.
    Product,
    /// The destination, in this supplier's form.
    Dest,
    /// Our reference.
    Ref,
    /// How many, or the amount of an open product. Servers do not sign it.
    Qty,
    /// The amount of a deposit ticket.
    Amount,
    /// A second name of the account, where a server wants one.
    User,
    /// The account's PIN.
    Pin,
    /// The account's password.
    Password,
    /// The signature over another template.
    Sign,
}

impl Field {
    /// Every field with its name in templates.
    pub(super) const NAMES: [(Self, &'static str); 10] = [
        (Self::Member, "member"),
        (Self::Product, "product"),
        (Self::Dest, "dest"),
        (Self::Ref, "ref"),
        (Self::Qty, "qty"),
        (Self::Amount, "amount"),
        (Self::User, "user"),
        (Self::Pin, "pin"),
        (Self::Password, "password"),
        (Self::Sign, "sign"),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find_map(|(field, its)| (its == name).then_some(field))
    }
}

/// A text with fields in braces.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(Field),
}

impl Template {
    /// Reads a template; the error is the rule that it breaks.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            let close = from.find('}').ok_or("every { with its }")?;
            let field = Field::named(&from[1..close]).ok_or(
                "fields of {member} {product} {dest} {ref} {qty} {amount} {user} {pin} {password} {sign} only",
            )?;
            pieces.extend((!before.is_empty()).then(|| Piece::Text(before.to_owned())));
            pieces.push(Piece::Field(field));
            rest = &from[close + 1..];
        }
        if rest.contains('}')
            || pieces
                .iter()
                .any(|piece| matches!(piece, Piece::Text(text) if text.contains('}')))
        {
            return Err("every { with its }");
        }
        pieces.extend((!rest.is_empty()).then(|| Piece::Text(rest.to_owned())));
        Ok(Self(pieces))
    }

    /// The fields that it asks for, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Field(field) => Some(*field),
            Piece::Text(_) => None,
        })
    }

    /// The text, each field filled in by `value`; `None` if one has no value.
    pub(super) fn fill<V: AsRef<str>>(&self, value: impl Fn(Field) -> Option<V>) -> Option<String> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Field(field) => filled.push_str(value(*field)?.as_ref()),
            }
        }
        Some(filled)
    }
}

impl fmt::Debug for Template {
    /// Its fields only: what an operator typed between them may be a secret (INV-37).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields()).finish()
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and fills in some fields"
)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn fields_are_filled_in_and_text_stays() {
        let template = Template::read("OtomaX|{member}||{dest}|x").unwrap();
        let value = |field| match field {
            Field::Member => Some("ERZ001"),
            Field::Dest => Some("0812{ref}"),
            _ => None,
        };
        assert_eq!(template.fill(value).unwrap(), "OtomaX|ERZ001||0812{ref}|x");
        assert_eq!(template.fields().count(), 2);
        assert_eq!(Template::read("{pin}").unwrap().fill(value), None);
        assert_eq!(Template::read("").unwrap().fill(value).unwrap(), "");
    }

    #[rstest]
    #[case("{member")]
    #[case("member}")]
    #[case("{member}}")]
    #[case("{Member}")]
    #[case("{}")]
    #[case("{{member}}")]
    #[case("{api_key}")]
    fn a_template_that_cannot_be_filled_is_refused(#[case] text: &str) {
        Template::read(text).unwrap_err();
    }

    #[test]
    fn inv_37_debug_output_shows_no_text() {
        let template = Template::read("secret-word|{pin}").unwrap();
        assert_eq!(format!("{template:?}"), "[Pin]");
    }
}
