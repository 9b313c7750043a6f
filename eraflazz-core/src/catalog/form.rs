//! How one supplier is told a destination that has several fields: players with a zone or a server, bills with more than a number.
//!
//! The order keeps the one normal form of the destination, whoever delivers it; guards compare that (INV-19). What a supplier is told is made of it by the form of
//! the mapping and stored with the attempt, and answers are compared with what was told (E-9).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::destination::Destination;
use super::product::{FieldRule, Product};
use crate::text::{Slug, Target, TextError};

/// A text in which `{user_id}` stands for what the buyer wrote into the field of that name: `{user_id}{zone_id}`, `{user_id}|{server}`,
/// `{tax_number};year={year}`. What stands after a `;` is told beside the number (see [`Target`]).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TargetForm {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Field(Slug),
}

/// Why a form does not go with a product.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The product's destination has no fields: there is nothing to put together.
    #[error("is not for this product: its destination has no fields")]
    NoFields,
    /// It names a field that the product does not have.
    #[error("names {{{0}}}, which is no field of the product's destination")]
    UnknownField(Slug),
    /// A field of the product is missing from it: two destinations would be told alike.
    #[error("leaves out the field {{{0}}}")]
    MissingField(Slug),
    /// It names a field twice.
    #[error("names {{{0}}} twice")]
    RepeatedField(Slug),
    /// What it makes may be longer than a target can be.
    #[error("makes targets of up to {0} characters: at most 64 are told")]
    Oversized(usize),
}

impl TargetForm {
    /// The rule in words.
    pub const RULE: &'static str = "1 to 128 printable ASCII characters with at least one {field}; after a ; only name={field}";

    /// The form, if it can be read. Whether it goes with a product says [`Self::check`].
    pub fn new(text: &str) -> Result<Self, TextError> {
        let read = || {
            let is_plain = (1..=128).contains(&text.len())
                && text.bytes().all(|byte| (0x20..0x7F).contains(&byte));
            let pieces = is_plain.then(|| pieces(text)).flatten()?;
            let has_field = |pieces: &[Piece]| {
                let mut fields = pieces.iter();
                fields.any(|piece| matches!(piece, Piece::Field(_)))
            };
            let mut parts = text.split(Target::BESIDE);
            let is_number = parts
                .next()
                .and_then(self::pieces)
                .is_some_and(|number| has_field(&number));
            (is_number && parts.all(is_beside)).then_some(pieces)
        };
        read()
            .map(|pieces| Self {
                text: text.to_owned(),
                pieces,
            })
            .ok_or(TextError { rule: Self::RULE })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn fields(&self) -> impl Iterator<Item = &Slug> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Field(key) => Some(key),
            Piece::Literal(_) => None,
        })
    }

    /// Whether it goes with the product: it names each field of its destination once, no other, and never makes more than a target can hold.
    pub fn check(&self, product: &Product) -> Result<(), FormError> {
        let fields = product.destination_fields();
        if fields.is_empty() {
            return Err(FormError::NoFields);
        }
        let mut named: Vec<&Slug> = Vec::new();
        for key in self.fields() {
            if !fields.iter().any(|(known, _)| known == key) {
                return Err(FormError::UnknownField(key.clone()));
            }
            if named.contains(&key) {
                return Err(FormError::RepeatedField(key.clone()));
            }
            named.push(key);
        }
        if let Some((key, _)) = fields.iter().find(|(key, _)| !named.contains(&key)) {
            return Err(FormError::MissingField(key.clone()));
        }
        let longest = self.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Field(key) => rule_of(&fields, key).map_or(0, |rule| rule.lengths().1),
        });
        let longest: usize = longest.sum();
        if longest > 64 {
            return Err(FormError::Oversized(longest));
        }
        Ok(())
    }

    /// Whether an answer that names what was told can mean one destination of the product only. Not so where fields run together, as `{user_id}{zone_id}` of
    /// several lengths, or are told beside the number: such a form is for suppliers that know an attempt by our reference.
    pub fn tells_apart(&self, product: &Product) -> bool {
        if self.text.contains(Target::BESIDE) {
            return false;
        }
        let fields = product.destination_fields();
        // Fields since the last border: where that is, is known, so one of them may be of any length.
        let mut run: Vec<&FieldRule> = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Field(key) => match rule_of(&fields, key) {
                    Some(rule) => run.push(rule),
                    None => return false,
                },
                Piece::Literal(text) => {
                    let first = text.chars().next();
                    let is_border = |c: char| !run.iter().any(|rule| rule.may_hold(c));
                    if first.is_some_and(is_border) {
                        if loose(&run) > 1 {
                            return false;
                        }
                        run.clear();
                    }
                }
            }
        }
        loose(&run) <= 1
    }

    /// The destination as this form tells it; `None` if it does not have the fields of the product as it is now.
    pub(super) fn render(&self, product: &Product, destination: &Destination) -> Option<Target> {
        let fields = product.destination_fields();
        let values = destination.parts(fields.len())?;
        let mut text = String::with_capacity(64);
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Field(key) => {
                    let place = fields.iter().position(|(known, _)| known == key)?;
                    text.push_str(values.get(place)?);
                }
            }
        }
        Target::new(&text).ok()
    }
}

/// How many of these have values of several lengths.
fn loose(run: &[&FieldRule]) -> usize {
    let rules = run.iter().map(|rule| rule.lengths());
    rules.filter(|(min, max)| min != max).count()
}

fn rule_of<'a>(fields: &'a [(Slug, FieldRule)], key: &Slug) -> Option<&'a FieldRule> {
    let mut fields = fields.iter();
    fields.find(|(known, _)| known == key).map(|(_, rule)| rule)
}

fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if before.contains('}') {
            return None;
        }
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.to_owned()));
        }
        pieces.push(Piece::Field(Slug::new(name).ok()?));
        rest = after;
    }
    if rest.contains('}') {
        return None;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Some(pieces)
}

/// `name={field}`.
fn is_beside(part: &str) -> bool {
    let Some((name, value)) = part.split_once('=') else {
        return false;
    };
    let field = value
        .strip_prefix('{')
        .and_then(|value| value.strip_suffix('}'));
    Slug::new(name).is_ok() && field.is_some_and(|field| Slug::new(field).is_ok())
}

impl TryFrom<String> for TargetForm {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(&text)
    }
}

impl From<TargetForm> for String {
    fn from(form: TargetForm) -> Self {
        form.text
    }
}

impl fmt::Display for TargetForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TargetForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TargetForm({})", self.text)
    }
}

#[cfg(test)]
mod tests;
