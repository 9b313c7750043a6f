//! What cargo knows: every package with its manifest (`cargo metadata`), and what is really built (`cargo tree`). Metadata alone would
//! not do: it also lists packages that an unused weak feature merely names.

use std::io;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// A package of the dependency graph.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence expression.
    pub license: Option<String>,
    /// The registry or repository it came from; `None` for our own.
    pub source: Option<String>,
    /// Where its `Cargo.toml` is.
    pub manifest_path: String,
    /// What it asks for directly.
    pub dependencies: Vec<Dependency>,
    /// Its features and what they switch on.
    pub features: std::collections::BTreeMap<String, Vec<String>>,
}

/// Something a package asks for.
#[derive(Debug, Clone, Deserialize)]
pub struct Dependency {
    /// The package.
    pub name: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A crate that is built, with the features it is built with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The features switched on.
    pub features: Vec<String>,
    /// The crate that asked for it at this place in the tree; `None` for one of ours at the root.
    pub asked_by: Option<String>,
}

/// Every package of this platform's dependency graph, our own included.
///
/// # Errors
/// When cargo fails or answers something else.
pub fn packages(root: &Path) -> io::Result<Vec<Package>> {
    let host = run(root, "rustc", &["-vV"])?
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .ok_or_else(|| io::Error::other("rustc does not name its host"))?;
    let json = run(
        root,
        env!("CARGO"),
        &[
            "metadata",
            "--format-version",
            "1",
            "--filter-platform",
            &host,
        ],
    )?;
    let metadata: Metadata = serde_json::from_str(&json)?;
    Ok(metadata.packages)
}

/// What `cargo tree` with these arguments shows as built on this platform.
///
/// # Errors
/// When cargo fails.
pub fn built(root: &Path, arguments: &[&str]) -> io::Result<Vec<Built>> {
    let mut all = vec!["tree", "--prefix", "depth", "--format", "|{p}|{f}|"];
    all.extend(arguments);
    Ok(read_tree(&run(root, env!("CARGO"), &all)?))
}

/// Reads lines like `2|serde v1.0.229 (proc-macro)|default,std| (*)`; the number is the depth.
fn read_tree(text: &str) -> Vec<Built> {
    let mut above: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let mut parts = line.split('|');
        let (Some(depth), Some(package), Some(features)) =
            (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let (Ok(depth), Some((name, rest))) = (depth.parse::<usize>(), package.split_once(" v"))
        else {
            continue;
        };
        above.truncate(depth);
        found.push(Built {
            name: name.to_owned(),
            version: rest.split(' ').next().unwrap_or_default().to_owned(),
            features: features
                .split(',')
                .filter(|feature| !feature.is_empty())
                .map(str::to_owned)
                .collect(),
            asked_by: above.last().cloned(),
        });
        above.push(name.to_owned());
    }
    found
}

fn run(root: &Path, program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{program} {arguments:?}: {said}")));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_with_who_asked() {
        let tree = "0|a v0.1.0 (/x)||\n1|serde v1.0.2|default,std|\n2|serde_derive v1.0.2 (proc-macro)|| (*)\n1|b v2.0.0|| (*)\n\n0|c v1.0.0||\n";
        let found: Vec<_> = read_tree(tree)
            .into_iter()
            .map(|built| {
                (
                    built.name,
                    built.version,
                    built.features.len(),
                    built.asked_by,
                )
            })
            .collect();
        let a = Some("a".to_owned());
        assert_eq!(
            found,
            [
                ("a".to_owned(), "0.1.0".to_owned(), 0, None),
                ("serde".to_owned(), "1.0.2".to_owned(), 2, a.clone()),
                (
                    "serde_derive".to_owned(),
                    "1.0.2".to_owned(),
                    0,
                    Some("serde".to_owned())
                ),
                ("b".to_owned(), "2.0.0".to_owned(), 0, a),
                ("c".to_owned(), "1.0.0".to_owned(), 0, None),
            ]
        );
    }
}
