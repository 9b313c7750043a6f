//! Rules over the repository as a whole.

use std::collections::BTreeSet;

use crate::Finding;
use crate::files::File;

/// What lies at the top level, and nothing else. A room appears when it has content.
const TOP_LEVEL: [(&str, bool); 19] = [
    (".ci", true),
    (".gitignore", true),
    ("CHANGELOG.md", true),
    ("Cargo.lock", true),
    ("Cargo.toml", true),
    ("LICENSE-APACHE", true),
    ("LICENSE-MIT", true),
    ("README.md", true),
    ("benches", true),
    ("deny.toml", true),
    ("eraflazz-core", true),
    ("eraflazz-payments", true),
    ("eraflazz-store-memory", true),
    ("eraflazz-store-postgres", false),
    ("eraflazz-suppliers", true),
    ("examples", true),
    ("tests", true),
    // Clippy reads a crate's own; a second one at the top would bind nobody in the rooms that have theirs.
    ("eraflazz-core/clippy.toml", true),
    ("eraflazz-store-memory/clippy.toml", true),
];

/// The top level is exactly the list, and `clippy.toml` lies only in the rooms it binds.
pub fn top_level(paths: &[&str]) -> Vec<Finding> {
    let mut there: BTreeSet<&str> = paths
        .iter()
        .map(|path| path.split('/').next().unwrap_or(path))
        .collect();
    there.extend(paths.iter().filter(|path| path.ends_with("/clippy.toml")));
    let extra = there
        .iter()
        .filter(|name| !TOP_LEVEL.iter().any(|(known, _)| known == *name))
        .map(|name| (*name, "is not one of the rooms"));
    let missing = TOP_LEVEL
        .iter()
        .filter(|(name, required)| *required && !there.contains(name))
        .map(|(name, _)| (*name, "is missing"));
    extra
        .chain(missing)
        .map(|(name, found)| Finding {
            place: name.to_owned(),
            found: found.to_owned(),
            rule: "the top level is exactly the list in tests/policy/src/repository.rs",
        })
        .collect()
}

/// The README shows both commands, and the build machine runs the one that checks.
pub fn commands_are_named(readme: &str, ci: &str) -> Vec<Finding> {
    [
        ("README.md", readme, "tests/run"),
        (
            "README.md",
            readme,
            "cargo run --release -p h2h-server -- demo",
        ),
        (".ci/run", ci, "tests/run"),
    ]
    .into_iter()
    .filter(|(_, text, command)| {
        !text
            .lines()
            .any(|line| !line.starts_with('#') && line.contains(command))
    })
    .map(|(place, _, command)| Finding {
        place: place.to_owned(),
        found: format!("does not name `{command}`"),
        rule: "two commands do everything: one runs it, one tests it",
    })
    .collect()
}

/// The one file that has to name what nobody may write.
const SELF: &str = "tests/policy/src/repository.rs";

/// Folders of somebody's machine. Each is a path only where no word goes before it.
const MACHINES: [&str; 5] = ["/home/", "/root/", "/Users/", "/work/", "C:\\Users"];

/// Where packages come from is cargo's business, not the source's. `Cargo.lock` and `deny.toml` name the registry by its index.
const REGISTRIES: [&str; 5] = [
    "index.crates.io",
    "static.crates.io",
    "proxy.golang.org",
    "registry.npmjs.org",
    "pypi.org/simple",
];

/// Addresses inside somebody's network. Tests listen on loopback.
const PRIVATE: [&str; 4] = ["://10.", "://192.168.", "://172.16.", ".internal/"];

/// No path of somebody's machine, no registry host, no address of somebody's network.
pub fn nothing_local(file: &File) -> Vec<Finding> {
    if file.path == SELF {
        return Vec::new();
    }
    let starts_a_path = |at: usize| {
        let before = file.text[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "_-.*/".contains(before))
    };
    let machines = MACHINES
        .iter()
        .flat_map(|folder| file.text.match_indices(folder))
        .filter(|(at, _)| starts_a_path(*at));
    let hosts = REGISTRIES
        .iter()
        .chain(&PRIVATE)
        .flat_map(|host| file.text.match_indices(host));
    machines
        .chain(hosts)
        .map(|(at, found)| Finding {
            place: file.place(at),
            found: found.to_owned(),
            rule: "nothing of somebody's machine or network is written in the project",
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Vec<&'static str> {
        TOP_LEVEL
            .iter()
            .filter(|(_, required)| *required)
            .map(|(name, _)| *name)
            .collect()
    }

    #[test]
    fn a_stray_file_and_a_missing_room_are_found() {
        assert!(top_level(&complete()).is_empty());

        let mut stray = complete();
        stray.extend(["notes.txt", "scripts/a.sh", "examples/sandbox/clippy.toml"]);
        assert_eq!(top_level(&stray).len(), 3);

        let missing: Vec<_> = complete()
            .into_iter()
            .filter(|name| *name != "README.md")
            .collect();
        assert_eq!(top_level(&missing).len(), 1);
    }

    #[test]
    fn a_readme_without_its_commands_is_found() {
        let readme = "    cargo run --release -p h2h-server -- demo\n    tests/run\n";
        let ci = "#!/bin/sh\nexec ../tests/run\n";
        assert!(commands_are_named(readme, ci).is_empty());
        assert_eq!(commands_are_named("", "# tests/run\n").len(), 3);
    }

    #[test]
    fn a_path_of_somebodys_machine_is_found() {
        let file = |text: &str| File::new("README.md", text);
        for bad in [
            "see /home/ana/x",
            "`/root/.ssh`",
            "\"/Users/x\"",
            "cd /work/main",
            "https://index.crates.io/x",
            "http://10.1.2.3/",
            "http://registry.internal/x",
        ] {
            assert_eq!(nothing_local(&file(bad)).len(), 1, "{bad}");
        }
        for good in [
            "engine/work/mod.rs",
            "https://example.org/home/",
            "10.0.0.0/8",
            "http://127.0.0.1/",
        ] {
            assert!(nothing_local(&file(good)).is_empty(), "{good}");
        }
    }
}
