//! Documents with one wrong value, for the tests that try every field.

use std::collections::BTreeSet;

use ::toml::{Table, Value};

use super::section::Problems;

/// What a person who has never seen Rust should not have to read.
const OF_RUST: [&str; 30] = [
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "bool",
    "char",
    "str",
    "String",
    "Option",
    "Some",
    "None",
    "Vec",
    "struct",
    "enum",
    "variant",
    "tuple",
    "sequence",
    "newtype",
    "SocketAddr",
    "IpAddr",
];

/// The first word of `text` that is a name of Rust's.
pub(crate) fn word_of_rust(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| OF_RUST.contains(word))
}

/// `document` with `value`, as TOML writes it, at `path`: `members[0].keys[0].id`. Lists and tables on the way are there.
pub(crate) fn with(document: &Table, path: &str, value: &str) -> String {
    let mut wrong: Table = ::toml::from_str(&format!("value = {value}")).unwrap();
    let value = wrong.remove("value").unwrap();
    let mut root = Value::Table(document.clone());
    let steps = path.replace('[', ".").replace(']', "");
    let mut steps = steps.split('.').peekable();
    let mut at = &mut root;
    while let Some(step) = steps.next() {
        if steps.peek().is_none() {
            at.as_table_mut().unwrap().insert(step.to_owned(), value);
            break;
        }
        at = match step.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => at
                .as_table_mut()
                .unwrap()
                .entry(step)
                .or_insert_with(|| Table::new().into()),
        };
    }
    ::toml::to_string(&root).unwrap()
}

/// Fails unless one of `problems` is told by `path` or something in it, and all of them in words for people.
pub(crate) fn assert_told(path: &str, value: &str, problems: &Problems) {
    let is_here = |field: &str| {
        let rest = field.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    assert!(
        problems.all().iter().any(|problem| is_here(&problem.field)),
        "{path} = {value} is told as: {problems}"
    );
    for problem in problems.all() {
        assert_eq!(
            word_of_rust(&problem.rule),
            None,
            "{path} = {value}: {}",
            problem.rule
        );
    }
}

/// The names after `known here: ` in the complaint about an unknown one.
pub(crate) fn known(problems: &Problems) -> BTreeSet<String> {
    let rules = problems.all().iter().map(|problem| problem.rule.as_str());
    let lists = rules.filter_map(|rule| rule.split_once("known here: "));
    let names = lists.flat_map(|(_, names)| names.split(", "));
    names
        .filter(|name| *name != "x")
        .map(str::to_owned)
        .collect()
}
