//! The files of the project: what git tracks or would track, or, outside a git checkout, what lies there.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file of the project.
#[derive(Debug, Clone)]
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    /// Its content. Bytes that are not UTF-8 are replaced.
    pub text: String,
}

impl File {
    /// A file made up for a test of a rule.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Whether it is Rust source.
    pub fn is_rust(&self) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|end| end == "rs")
    }

    /// `path:line` for the line that holds the byte at `offset`.
    pub fn place(&self, offset: usize) -> String {
        let line = self
            .text
            .bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count();
        format!("{}:{}", self.path, line + 1)
    }
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file of the project, sorted by path.
///
/// # Errors
/// When a file cannot be read.
pub fn all(root: &Path) -> io::Result<Vec<File>> {
    let mut paths = match from_git(root) {
        Some(paths) => paths,
        None => from_disk(root)?,
    };
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(root.join(&path))?;
            Ok(File {
                path,
                text: String::from_utf8_lossy(&bytes).into_owned(),
            })
        })
        .collect()
}

/// What is tracked plus what is new and not ignored, so that a rule speaks up before the commit. `None` where git does not answer.
fn from_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .ok()?;
    let listing = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = listing
        .split('\0')
        .filter(|path| !path.is_empty() && root.join(path).is_file())
        .map(str::to_owned)
        .collect();
    (output.status.success() && !paths.is_empty()).then_some(paths)
}

/// The names `.gitignore` keeps out, for a tree that came without git.
const NOT_OURS: [&str; 4] = [".git", "target", "data", ".env"];

fn from_disk(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if folder.is_empty() && NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            let path = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_tree_without_git_is_read_from_disk() {
        let paths = from_disk(&root()).unwrap();
        assert!(paths.contains(&"tests/policy/src/files.rs".to_owned()));
        assert!(!paths.iter().any(|path| path.starts_with("target/")));
    }

    #[test]
    fn a_place_names_the_line() {
        let file = File::new("a.rs", "one\ntwo\nthree");
        assert_eq!(file.place(4), "a.rs:2");
    }
}
