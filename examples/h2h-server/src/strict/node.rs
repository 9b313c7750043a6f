//! The tree between the bytes and the types.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;

use super::fault::Fault;

/// One value of a document. There is no variant for a fraction: no document we read has one (D9).
#[derive(Clone, PartialEq, Eq)]
pub enum Node {
    /// JSON's `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer from zero up.
    Unsigned(u64),
    /// An integer below zero.
    Negative(i64),
    /// A text.
    Text(String),
    /// A text from a place that knows only texts (a query string, an environment variable): the type that asks decides
    /// whether it is a number, a switch, a list separated by commas, or a text.
    Untyped(String),
    /// The same from XML, where a list is a row of elements: only one of nothing is written as a text.
    Leaf(String),
    /// Values in a row.
    List(Vec<Node>),
    /// Values by name; a name occurs once.
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// Reads a `T` from this tree. The fault names the place below this node and the rule; it never repeats the value, which
    /// may be a secret.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, Fault> {
        T::deserialize(self)
    }

    /// The values of a list, or of a text that lists them between commas; otherwise this node again.
    pub(super) fn into_list(self) -> Result<Vec<Self>, Self> {
        let text = match self {
            Self::List(nodes) => return Ok(nodes),
            Self::Untyped(text) => text,
            Self::Leaf(text) if text.trim_ascii().is_empty() => return Ok(Vec::new()),
            Self::Null
            | Self::Bool(_)
            | Self::Unsigned(_)
            | Self::Negative(_)
            | Self::Text(_)
            | Self::Leaf(_)
            | Self::Table(_) => return Err(self),
        };
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        Ok(parts.map(|part| Self::Untyped(part.to_owned())).collect())
    }

    /// What kind of value this is, for people.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Unsigned(_) | Self::Negative(_) => "a number",
            Self::Text(_) | Self::Untyped(_) | Self::Leaf(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl fmt::Debug for Node {
    /// The kind alone: the tree may carry secrets and numbers of customers (INV-37).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.kind())
    }
}
