//! Reading a table of settings or a seed file value by value, so that all that is wrong is found in one go.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;

use super::fault::Fault;
use super::node::Node;

/// One thing that is wrong with a file of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path: `suppliers.digiflazz.api_key`.
    pub field: String,
    /// The rule that is broken. Never repeats the value, which may be a secret.
    pub rule: String,
}

/// Everything that is wrong, in the order of reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    all: Vec<Problem>,
    origins: BTreeMap<String, String>,
}

impl Problems {
    /// None found yet. `origins` says for each path where its value came from.
    pub fn new(origins: BTreeMap<String, String>) -> Self {
        Self {
            all: Vec::new(),
            origins,
        }
    }

    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, rule: impl Into<String>) {
        self.all.push(Problem {
            field: field.into(),
            rule: rule.into(),
        });
    }

    /// True if nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The problems.
    pub fn all(&self) -> &[Problem] {
        &self.all
    }

    /// The file or variable that the value at `field` came from, if there is one.
    pub fn origin(&self, field: &str) -> Option<&str> {
        self.origins.get(field).map(String::as_str)
    }
}

impl fmt::Display for Problems {
    /// One line per problem, with the file or variable that the value came from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { field, rule }) in self.all.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            match (field.is_empty(), self.origin(field)) {
                (true, _) => f.write_str(rule)?,
                (false, None) => write!(f, "{field}: {rule}")?,
                (false, Some(origin)) => write!(f, "{field}: {rule} (from {origin})")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A table whose values are taken one by one. [`Self::end`] reports what nobody asked for.
#[derive(Debug)]
pub struct Section<'p> {
    path: String,
    rest: BTreeMap<String, Node>,
    asked: BTreeSet<String>,
    problems: &'p mut Problems,
}

impl<'p> Section<'p> {
    /// The values of `table`, which lies at `path` (empty for the root).
    pub fn new(
        path: impl Into<String>,
        table: BTreeMap<String, Node>,
        problems: &'p mut Problems,
    ) -> Self {
        Self {
            path: path.into(),
            rest: table,
            asked: BTreeSet::new(),
            problems,
        }
    }

    /// True if nothing was reported for this section or below it.
    pub fn is_clean(&self) -> bool {
        let below = |problem: &Problem| match problem.field.strip_prefix(&self.path) {
            Some(rest) => self.path.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']),
            None => false,
        };
        !self.problems.all.iter().any(below)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else if key.is_empty() {
            self.path.clone()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn take(&mut self, key: &str) -> Option<Node> {
        self.asked.insert(key.to_owned());
        self.rest.remove(key)
    }

    /// Reports that `key` breaks `rule`.
    pub fn refuse(&mut self, key: &str, rule: impl Into<String>) {
        let field = self.path_of(key);
        self.problems.add(field, rule);
    }

    fn fault(&mut self, key: &str, fault: &Fault) {
        let below = fault.field();
        let mut field = self.path_of(key);
        if !below.is_empty() && !below.starts_with('[') {
            field.push('.');
        }
        field.push_str(&below);
        self.problems.add(field, fault.detail());
    }

    /// The value of `key` if there is one; reported if it is not a `T`.
    pub fn optional<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let node = self.take(key)?;
        node.read().map_err(|fault| self.fault(key, &fault)).ok()
    }

    /// Whether there is a value of `key` that was not asked for yet.
    pub fn has(&self, key: &str) -> bool {
        self.rest.contains_key(key)
    }

    /// The value of `key`; reported if there is none or if it is not a `T`.
    pub fn required<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        if !self.has(key) {
            self.asked.insert(key.to_owned());
            self.refuse(key, "required");
            return None;
        }
        self.optional(key)
    }

    /// The value of `key`, or `default`.
    pub fn or<T: DeserializeOwned>(&mut self, key: &str, default: T) -> T {
        self.optional(key).unwrap_or(default)
    }

    /// The value of `key`, or `default`; reported unless it is one of `allowed`.
    pub fn within<T>(&mut self, key: &str, default: T, allowed: RangeInclusive<T>) -> T
    where
        T: DeserializeOwned + PartialOrd + fmt::Display,
    {
        let range = format!("{} to {}", allowed.start(), allowed.end());
        let read = self.take(key).map(Node::read);
        match read {
            None => return default,
            Some(Ok(value)) if allowed.contains(&value) => return value,
            Some(Ok(_)) => self.refuse(key, range),
            Some(Err(fault)) => self.refuse(key, format!("{range}; {}", fault.detail())),
        }
        default
    }

    /// So many `unit` as `key` says, or `default`; reported unless it is one of `allowed`, whatever stands there instead.
    pub fn count<T>(&mut self, key: &str, default: T, allowed: RangeInclusive<T>, unit: &str) -> T
    where
        T: DeserializeOwned + PartialOrd + fmt::Display,
    {
        match self.take(key).map(Node::read) {
            None => default,
            Some(Ok(value)) if allowed.contains(&value) => value,
            Some(_) => {
                let (least, most) = (allowed.start(), allowed.end());
                self.refuse(key, format!("{least} to {most} {unit}, in plain digits"));
                default
            }
        }
    }

    /// The table at `key`; an empty one if there is none.
    pub fn section(&mut self, key: &str) -> Section<'_> {
        let table = match self.take(key) {
            Some(Node::Table(table)) => table,
            Some(other) => {
                self.refuse(key, format!("a table is expected, not {}", other.kind()));
                BTreeMap::new()
            }
            None => BTreeMap::new(),
        };
        Section::new(self.path_of(key), table, self.problems)
    }

    /// The elements of the list at `key`, none if there is no list. Each that is not a `T` is reported, so the list is
    /// shorter then.
    pub fn each<T: DeserializeOwned>(&mut self, key: &str) -> Vec<T> {
        let nodes = match self.take(key).map(Node::into_list) {
            Some(Ok(nodes)) => nodes,
            Some(Err(other)) => {
                self.refuse(key, format!("a list is expected, not {}", other.kind()));
                Vec::new()
            }
            None => Vec::new(),
        };
        let mut elements = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.into_iter().enumerate() {
            match node.read() {
                Ok(element) => elements.push(element),
                Err(fault) => self.fault(&format!("{key}[{index}]"), &fault),
            }
        }
        elements
    }

    /// The keys that were not asked for yet.
    pub fn names(&self) -> Vec<String> {
        self.rest.keys().cloned().collect()
    }

    /// Reports every key that nobody asked for.
    pub fn end(mut self) {
        let known: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let rule = format!("unknown key; known here: {}", known.join(", "));
        for name in self.names() {
            self.refuse(&name, rule.clone());
        }
    }
}
