//! The list of guards (`tests/guards/guards.toml`) speaks of the code as it is.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::Finding;

const RULE: &str = "tests/guards/guards.toml: a listed text stands exactly once in its file, and its edit changes it";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    guard: Vec<Guard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guard {
    name: String,
    holds: String,
    file: String,
    find: String,
    replace: String,
    package: String,
    target: Vec<String>,
    #[serde(rename = "tests")]
    _tests: Vec<String>,
}

/// What is wrong with the list, where `text` gives a file of the project, empty if it is not there.
pub fn rotten(list: &str, text: impl Fn(&str) -> String) -> Vec<Finding> {
    let finding = |place: &str, found: String| Finding {
        place: place.to_owned(),
        found,
        rule: RULE,
    };
    let guards = match toml::from_str::<List>(list) {
        Ok(List { guard }) => guard,
        Err(error) => return vec![finding("tests/guards/guards.toml", error.to_string())],
    };
    let mut names = BTreeSet::new();
    let mut findings = Vec::new();
    for guard in &guards {
        let times = text(&guard.file).matches(&guard.find).count();
        let named = [&guard.holds, &guard.package]
            .iter()
            .all(|text| !text.is_empty());
        let found = if times != 1 {
            format!("stands {times} times in {}", guard.file)
        } else if guard.find == guard.replace {
            "the edit changes nothing".to_owned()
        } else if !named || guard.target.is_empty() {
            "what it holds, its package or its target is not named".to_owned()
        } else if !names.insert(&guard.name) {
            "is listed twice".to_owned()
        } else {
            continue;
        };
        findings.push(finding(&guard.name, found));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[guard]]\nname = 'a'\nholds = 'INV-1'\nfile = 'x.rs'\nfind = 'if b {'\nreplace = 'if false {'\npackage = 'p'\ntarget = ['--lib']\ntests = []\n";

    fn found(list: &str, text: &str) -> usize {
        rotten(list, |file| {
            if file == "x.rs" {
                text.to_owned()
            } else {
                String::new()
            }
        })
        .len()
    }

    #[test]
    fn a_text_that_is_gone_or_doubled_is_found() {
        assert_eq!(found(GOOD, "fn f() { if b { 1 } }"), 0);
        assert_eq!(found(GOOD, "fn f() { if c { 1 } }"), 1);
        assert_eq!(found(GOOD, "if b { if b { } }"), 1);
        assert_eq!(found(&GOOD.replace("x.rs", "y.rs"), "if b {"), 1);
    }

    #[test]
    fn an_entry_that_cannot_be_run_is_found() {
        for bad in [
            GOOD.replace("'if false {'", "'if b {'"),
            GOOD.replace("['--lib']", "[]"),
            GOOD.replace("'INV-1'", "''"),
            GOOD.replace("tests = []", "test = []"),
            format!("{GOOD}{GOOD}"),
        ] {
            assert_eq!(found(&bad, "if b {"), 1, "{bad}");
        }
    }
}
