//! What every `Cargo.toml` of ours says.

use toml::{Table, Value};

use crate::Finding;
use crate::cargo::Package;
use crate::files::File;

/// Features that a bare machine cannot build, left to the host: `tests/run --full` builds them.
const HOST_FEATURES: [&str; 2] = [
    "eraflazz-suppliers/native-tls",
    "eraflazz-payments/native-tls",
];

/// A member takes lints, licence, Rust version and edition from the workspace, and says in a line what it is.
pub fn member_inherits(file: &File) -> Vec<Finding> {
    let Ok(manifest) = file.text.parse::<Table>() else {
        return vec![finding(file, "is not TOML", "every Cargo.toml parses")];
    };
    let inherited = |path: &[&str]| {
        let value = path
            .iter()
            .try_fold(&Value::Table(manifest.clone()), |at, key| at.get(key))
            .cloned();
        value.and_then(|value| value.get("workspace").and_then(Value::as_bool)) == Some(true)
    };
    let mut findings = Vec::new();
    for path in [
        &["lints"][..],
        &["package", "version"],
        &["package", "license"],
        &["package", "rust-version"],
        &["package", "edition"],
        &["package", "publish"],
    ] {
        if !inherited(path) {
            findings.push(finding(
                file,
                &format!("{} is not `workspace = true`", path.join(".")),
                "lints, licence and versions are written once, in the root manifest",
            ));
        }
    }
    let described = manifest
        .get("package")
        .and_then(|package| package.get("description"));
    if described.and_then(Value::as_str).is_none_or(str::is_empty) {
        findings.push(finding(
            file,
            "has no description",
            "a crate says in a line what it is",
        ));
    }
    for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let entries = manifest.get(table).and_then(Value::as_table);
        for (name, entry) in entries.into_iter().flatten() {
            if entry.get("workspace").and_then(Value::as_bool) != Some(true) {
                findings.push(finding(
                    file,
                    &format!("{table}.{name} has a version or address of its own"),
                    "versions are written once, in [workspace.dependencies]",
                ));
            }
        }
    }
    findings
}

/// The root patches nothing, takes nothing from git, and states licence and Rust version.
pub fn root_is_plain(file: &File) -> Vec<Finding> {
    let Ok(manifest) = file.text.parse::<Table>() else {
        return vec![finding(file, "is not TOML", "every Cargo.toml parses")];
    };
    let mut findings = Vec::new();
    for key in ["patch", "replace"] {
        if manifest.contains_key(key) {
            findings.push(finding(
                file,
                &format!("[{key}]"),
                "no patches: an integrator's build would not have them",
            ));
        }
    }
    let workspace = manifest.get("workspace");
    for key in ["license", "rust-version"] {
        let value = workspace
            .and_then(|it| it.get("package"))
            .and_then(|it| it.get(key));
        if value.and_then(Value::as_str).is_none() {
            findings.push(finding(
                file,
                &format!("no workspace.package.{key}"),
                "licence and Rust version are stated",
            ));
        }
    }
    let entries = workspace
        .and_then(|it| it.get("dependencies"))
        .and_then(Value::as_table);
    for (name, entry) in entries.into_iter().flatten() {
        if entry.get("git").is_some() {
            findings.push(finding(
                file,
                &format!("{name} comes from git"),
                "crates come from the default registry",
            ));
        }
    }
    findings
}

/// Every feature of ours is built by `tests/run`: by default, by name, or, if it needs something of the host, with `--full`.
pub fn features_are_checked(packages: &[Package], tests_run: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.source.is_none()) {
        for feature in package
            .features
            .keys()
            .filter(|feature| *feature != "default")
        {
            let name = format!("{}/{feature}", package.name);
            let listed = tests_run
                .lines()
                .filter_map(|line| line.strip_prefix("FEATURES="))
                .flat_map(|list| list.split(','))
                .any(|listed| listed == name);
            if !listed && !HOST_FEATURES.contains(&name.as_str()) {
                findings.push(Finding {
                    place: "tests/run".to_owned(),
                    found: format!("feature {name} is not in FEATURES"),
                    rule: "every feature is linted and tested",
                });
            }
        }
    }
    findings
}

fn finding(file: &File, found: &str, rule: &'static str) -> Finding {
    Finding {
        place: file.path.clone(),
        found: found.to_owned(),
        rule,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const GOOD: &str = r#"
        [package]
        name = "x"
        description = "An x."
        version.workspace = true
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        publish.workspace = true
        [dependencies]
        serde.workspace = true
        tokio = { workspace = true, features = ["rt"] }
        [lints]
        workspace = true
    "#;

    #[test]
    fn a_member_that_goes_its_own_way_is_found() {
        assert!(member_inherits(&File::new("x/Cargo.toml", GOOD)).is_empty());
        for (right, wrong) in [
            ("[lints]\n        workspace = true", ""),
            ("license.workspace = true", "license = \"MIT\""),
            ("rust-version.workspace = true", ""),
            ("\"An x.\"", "\"\""),
            ("serde.workspace = true", "serde = \"1\""),
            (
                "serde.workspace = true",
                "serde = { git = \"https://example.org/serde\" }",
            ),
            ("[package]", "[package"),
        ] {
            let text = GOOD.replace(right, wrong);
            assert_eq!(
                member_inherits(&File::new("x/Cargo.toml", &text)).len(),
                1,
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_root_with_a_patch_is_found() {
        let good = "[workspace.package]\nlicense = \"MIT\"\nrust-version = \"1.94\"\n";
        let patch = format!("{good}[patch.crates-io]\nserde = {{ path = \"x\" }}\n");
        let git = format!(
            "{good}[workspace.dependencies]\nserde = {{ git = \"https://example.org\" }}\n"
        );
        assert!(root_is_plain(&File::new("Cargo.toml", good)).is_empty());
        for text in [
            patch.as_str(),
            git.as_str(),
            "[workspace.package]\nlicense = \"MIT\"\n",
        ] {
            assert_eq!(
                root_is_plain(&File::new("Cargo.toml", text)).len(),
                1,
                "{text}"
            );
        }
    }

    #[test]
    fn a_feature_nobody_builds_is_found() {
        let package = Package {
            name: "eraflazz-suppliers".to_owned(),
            version: String::new(),
            license: None,
            source: None,
            manifest_path: String::new(),
            dependencies: Vec::new(),
            features: BTreeMap::from(
                ["default", "digiflazz", "vip", "native-tls"]
                    .map(|name| (name.to_owned(), Vec::new())),
            ),
        };
        let found = features_are_checked(&[package], "FEATURES=eraflazz-suppliers/digiflazz,x/y\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].found.contains("/vip"));
    }
}
