//! What is wrong with a document, where, and by which rule.

use std::fmt;

use serde::de;

/// The rules a document can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Larger than [`super::BYTES_MAX`].
    TooLarge,
    /// Not UTF-8, or starts with a byte order mark.
    Encoding,
    /// Not the format at all.
    Syntax,
    /// Something follows the end of the document.
    Trailing,
    /// A name occurs twice in one object.
    DuplicateKey,
    /// Nested deeper than [`super::DEPTH_MAX`].
    TooDeep,
    /// A number that is not a plain integer of 64 bits.
    Number,
    /// A name nobody asked for.
    UnknownField,
    /// A field that must be there is not.
    Required,
    /// A value of another kind.
    Type,
    /// The right kind, but not an allowed value.
    Value,
}

impl Rule {
    /// The rule's stable code, as `errors[].code` shows it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "TOO_LARGE",
            Self::Encoding => "ENCODING",
            Self::Syntax => "SYNTAX",
            Self::Trailing => "TRAILING_BYTES",
            Self::DuplicateKey => "DUPLICATE_KEY",
            Self::TooDeep => "TOO_DEEP",
            Self::Number => "NUMBER",
            Self::UnknownField => "UNKNOWN_FIELD",
            Self::Required => "REQUIRED",
            Self::Type => "TYPE",
            Self::Value => "VALUE",
        }
    }

    /// True if the document as a whole is unusable, false if one of its fields is.
    pub const fn is_malformed(self) -> bool {
        match self {
            Self::TooLarge
            | Self::Encoding
            | Self::Syntax
            | Self::Trailing
            | Self::DuplicateKey
            | Self::TooDeep => true,
            Self::Number | Self::UnknownField | Self::Required | Self::Type | Self::Value => false,
        }
    }
}

/// One step from the root of a document towards a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Into a table, by name.
    Key(String),
    /// Into a list, counted from zero.
    Index(usize),
}

/// A broken rule and its place. Never contains the offending value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From the value up to the root.
    inside_out: Vec<Segment>,
    rule: Rule,
    detail: String,
}

/// A name in a message is cut after this many characters: it is a stranger's text.
const NAME_MAX: usize = 64;

impl Fault {
    /// `rule`, broken at the root; [`Self::under`] moves it to its place.
    pub fn new(rule: Rule, detail: impl Into<String>) -> Self {
        Self {
            inside_out: Vec::new(),
            rule,
            detail: detail.into(),
        }
    }

    /// The same fault, seen from one step further out.
    #[must_use]
    pub fn under(mut self, segment: Segment) -> Self {
        self.inside_out.push(segment);
        self
    }

    /// The rule.
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// The rule in words for whoever wrote the document.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The place as a JSON pointer (RFC 6901): `/items/3/price`; empty for the root.
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in self.inside_out.iter().rev() {
            pointer.push('/');
            match segment {
                Segment::Key(name) => {
                    pointer.push_str(&shortened(name).replace('~', "~0").replace('/', "~1"));
                }
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    /// The place as people write it in settings: `items[3].price`; empty for the root.
    pub fn field(&self) -> String {
        let mut field = String::new();
        for segment in self.inside_out.iter().rev() {
            match segment {
                Segment::Key(name) => {
                    if !field.is_empty() {
                        field.push('.');
                    }
                    field.push_str(&shortened(name));
                }
                Segment::Index(index) => {
                    field.push('[');
                    field.push_str(&index.to_string());
                    field.push(']');
                }
            }
        }
        field
    }
}

fn shortened(name: &str) -> String {
    if name.chars().nth(NAME_MAX).is_none() {
        return name.to_owned();
    }
    name.chars().take(NAME_MAX).chain(['…']).collect()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field();
        if field.is_empty() {
            f.write_str(&self.detail)
        } else {
            write!(f, "{field}: {}", self.detail)
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Rule::Value, message.to_string())
    }

    /// The value is left out on purpose; only its kind is told.
    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(
            Rule::Type,
            format!("{} is not {expected}", kind_of(unexpected)),
        )
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Rule::Value, format!("expected {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::new(
            Rule::Value,
            format!("{length} elements, expected {expected}"),
        )
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Rule::Value, format!("expected one of {}", listed(expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(
            Rule::UnknownField,
            format!("unknown field; known here: {}", listed(expected)),
        )
        .under(Segment::Key(field.to_owned()))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Rule::Required, "required").under(Segment::Key(field.to_owned()))
    }
}

fn kind_of(unexpected: de::Unexpected<'_>) -> &'static str {
    match unexpected {
        de::Unexpected::Bool(_) => "true or false",
        de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) | de::Unexpected::Float(_) => {
            "a number"
        }
        de::Unexpected::Char(_) | de::Unexpected::Str(_) => "a text",
        de::Unexpected::Unit | de::Unexpected::Option => "null",
        de::Unexpected::Seq => "a list",
        de::Unexpected::Map => "a table",
        de::Unexpected::Bytes(_)
        | de::Unexpected::NewtypeStruct
        | de::Unexpected::Enum
        | de::Unexpected::UnitVariant
        | de::Unexpected::NewtypeVariant
        | de::Unexpected::TupleVariant
        | de::Unexpected::StructVariant
        | de::Unexpected::Other(_) => "this value",
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_from_the_root() {
        let fault = Fault::new(Rule::Required, "required")
            .under(Segment::Key("a/b~c".to_owned()))
            .under(Segment::Index(3))
            .under(Segment::Key("items".to_owned()));
        assert_eq!(fault.pointer(), "/items/3/a~1b~0c");
        assert_eq!(fault.field(), "items[3].a/b~c");
        assert_eq!(fault.to_string(), "items[3].a/b~c: required");
    }

    #[test]
    fn a_strangers_name_is_cut_short() {
        let fault =
            Fault::new(Rule::UnknownField, "unknown").under(Segment::Key("é".repeat(60_000)));
        assert_eq!(fault.pointer().chars().count(), 1 + NAME_MAX + 1);
    }
}
