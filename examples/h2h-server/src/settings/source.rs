//! Where settings come from: two files and the environment, put on top of each other.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat, Value, ValueKind};

use crate::strict::{Node, Problems, parse_toml};

/// What every variable starts with.
const PREFIX: &str = "ERAFLAZZ";

/// The places that settings are read from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    file: Option<PathBuf>,
    profile: Option<String>,
    environment: Option<HashMap<String, String>>,
    said: Vec<(&'static str, String)>,
}

impl Source {
    /// The environment of this process and nothing else.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `file` first.
    #[must_use]
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Reads `settings.<profile>.toml` after `settings.toml`; it must exist.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Reads these variables in place of the process's own.
    #[must_use]
    pub fn environment(mut self, variables: HashMap<String, String>) -> Self {
        self.environment = Some(variables);
        self
    }

    /// What was said on the command line goes before everything else: `store.data` and the like.
    #[must_use]
    pub fn said(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.said.push((key, value.into()));
        self
    }

    fn files(&self) -> Vec<PathBuf> {
        let Some(file) = &self.file else {
            return Vec::new();
        };
        let profile = self.profile.iter().map(|profile| beside(file, profile));
        std::iter::once(file.clone()).chain(profile).collect()
    }

    /// The tables on top of each other, and the values in them that could not be read; or only what is wrong with the files, if one
    /// could not be read at all: then nothing is known about any value.
    pub(super) fn read(&self) -> Result<(BTreeMap<String, Node>, Problems), Problems> {
        let mut problems = Problems::default();
        let mut builder = Config::builder();
        for file in self.files() {
            match readable(&file) {
                Ok(()) => {
                    builder = builder.add_source(File::from(file).format(FileFormat::Toml));
                }
                Err(rule) => problems.add("", format!("{}: {rule}", file.display())),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        // Nothing is guessed from a variable's text: `0123` stays `0123` until a field asks for a number.
        let environment = Environment::with_prefix(PREFIX)
            .prefix_separator("__")
            .separator("__")
            .try_parsing(false)
            .source(self.environment.clone());
        let mut builder = builder.add_source(environment);
        for (key, value) in &self.said {
            match builder.clone().set_override(*key, value.as_str()) {
                Ok(said) => builder = said,
                Err(error) => problems.add(*key, error.to_string()),
            }
        }
        match builder.build() {
            Ok(config) => {
                let mut tree = Tree::default();
                let root = tree.node("", config.cache);
                let mut problems = Problems::new(tree.origins);
                for (field, rule) in tree.refused {
                    problems.add(field, rule);
                }
                let Node::Table(table) = root else {
                    return Err(problems);
                };
                Ok((table, problems))
            }
            Err(error) => {
                problems.add("", format!("the settings cannot be read: {error}"));
                Err(problems)
            }
        }
    }
}

/// Looked at before `config` does: its messages show the lines of the file, which may hold a secret.
fn readable(file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    parse_toml(&text)
        .map(drop)
        .map_err(|fault| fault.to_string())
}

/// `dir/settings.toml` and `demo` make `dir/settings.demo.toml`.
fn beside(file: &Path, profile: &str) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}.{profile}.toml"))
}

/// Turns `config`'s values into [`Node`]s and keeps where each came from.
#[derive(Default)]
struct Tree {
    origins: BTreeMap<String, String>,
    refused: Vec<(String, &'static str)>,
}

impl Tree {
    fn node(&mut self, path: &str, value: Value) -> Node {
        // Files have a name, variables have "the environment".
        let origin = value.origin().map(str::to_owned);
        let from_environment = origin.as_deref() == Some("the environment");
        if let Some(origin) = origin {
            self.origins.insert(path.to_owned(), origin);
        }
        match value.kind {
            ValueKind::Nil => Node::Null,
            ValueKind::Boolean(value) => Node::Bool(value),
            ValueKind::I64(value) => {
                u64::try_from(value).map_or(Node::Negative(value), Node::Unsigned)
            }
            ValueKind::U64(value) => Node::Unsigned(value),
            ValueKind::String(text) if from_environment => Node::Untyped(text),
            ValueKind::String(text) => Node::Text(text),
            ValueKind::Table(table) => {
                let nodes = table.into_iter().map(|(name, value)| {
                    let below = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    let node = self.node(&below, value);
                    (name, node)
                });
                Node::Table(nodes.collect())
            }
            ValueKind::Array(values) => {
                let nodes = values.into_iter().enumerate();
                let nodes =
                    nodes.map(|(index, value)| self.node(&format!("{path}[{index}]"), value));
                Node::List(nodes.collect())
            }
            ValueKind::I128(_) | ValueKind::U128(_) | ValueKind::Float(_) => {
                self.refused
                    .push((path.to_owned(), "a number is a whole number of 64 bits"));
                Node::Null
            }
        }
    }
}
