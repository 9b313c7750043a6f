//! `deny.toml`, the part of it that both readers share.

use std::collections::BTreeSet;

use serde::Deserialize;

/// What may be in the build. Field names are cargo-deny's.
#[derive(Debug, Deserialize)]
pub struct Policy {
    /// Licences.
    pub licenses: Licenses,
    /// Crates and versions.
    pub bans: Bans,
    /// Where crates may come from.
    pub sources: Sources,
}

/// Licences.
#[derive(Debug, Deserialize)]
pub struct Licenses {
    /// The permitted, by SPDX id.
    pub allow: BTreeSet<String>,
}

/// Crates and versions.
#[derive(Debug, Deserialize)]
pub struct Bans {
    /// Crates that may not be built, each with its reason.
    pub deny: Vec<Denied>,
    /// Older versions that may stand beside a newer one, each with its reason.
    pub skip: Vec<Double>,
    /// Features nobody may switch on, since features are shared by the whole build.
    pub features: Vec<DeniedFeatures>,
}

/// A crate that may not be built.
#[derive(Debug, Deserialize)]
pub struct Denied {
    /// Its name.
    #[serde(rename = "crate")]
    pub name: String,
    /// The only crates that may ask for it directly.
    #[serde(default)]
    pub wrappers: Vec<String>,
    /// Why.
    pub reason: String,
}

/// An older version that may stand beside a newer one.
#[derive(Debug, Deserialize)]
pub struct Double {
    /// `name:^version`.
    #[serde(rename = "crate")]
    pub spec: String,
    /// Who asks for it.
    pub reason: String,
}

impl Double {
    /// Whether this names `version` of the crate `name`.
    pub fn is(&self, name: &str, version: &str) -> bool {
        self.spec.split_once(":^").is_some_and(|(its, range)| {
            its == name
                && version
                    .strip_prefix(range)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

/// Features of a crate nobody may switch on.
#[derive(Debug, Deserialize)]
pub struct DeniedFeatures {
    /// The crate.
    #[serde(rename = "crate")]
    pub name: String,
    /// Its features.
    pub deny: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Where crates may come from.
#[derive(Debug, Deserialize)]
pub struct Sources {
    /// Registries, by the address of their index.
    #[serde(rename = "allow-registry")]
    pub allow_registry: BTreeSet<String>,
}

/// Reads `deny.toml`.
///
/// # Errors
/// When it is not TOML or a list is missing.
pub fn read(text: &str) -> Result<Policy, toml::de::Error> {
    toml::from_str(text)
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// A small policy to plant violations against.
    pub(crate) fn sample() -> Policy {
        read(
            r#"
            [licenses]
            allow = ["MIT"]
            [sources]
            allow-registry = ["https://github.com/rust-lang/crates.io-index"]
            [bans]
            deny = [
                { crate = "openssl", reason = "r" },
                { crate = "governor", wrappers = ["tower_governor"], reason = "r" },
            ]
            skip = [{ crate = "syn:^2", reason = "r" }]
            [[bans.features]]
            crate = "serde_json"
            deny = ["arbitrary_precision"]
            reason = "r"
            "#,
        )
        .unwrap()
    }

    #[test]
    fn a_double_names_a_range_of_versions() {
        let double = &sample().bans.skip[0];
        assert!(double.is("syn", "2.0.119"));
        assert!(!double.is("syn", "20.0.0"));
        assert!(!double.is("syn", "3.0.1"));
        assert!(!double.is("synstructure", "2.0.0"));
    }

    #[test]
    fn a_missing_list_is_an_error() {
        assert!(read("[licenses]\nallow = []").is_err());
    }
}
