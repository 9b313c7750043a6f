//! Rules over what is built and where it came from.

use std::collections::{BTreeMap, BTreeSet};

use crate::Finding;
use crate::cargo::{Built, Package};
use crate::licence::is_met;
use crate::policy::Policy;

/// No denied crate is built, except directly under one of its wrappers.
pub fn denied(built: &[Built], policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    for one in built {
        let Some(denied) = policy
            .bans
            .deny
            .iter()
            .find(|denied| denied.name == one.name)
        else {
            continue;
        };
        let asked_by = one.asked_by.clone().unwrap_or_default();
        if !denied.wrappers.contains(&asked_by) {
            findings.push(Finding {
                place: format!("{} {}", one.name, one.version),
                found: format!("asked for by {asked_by}: {}", denied.reason),
                rule: "deny.toml, [bans] deny: this crate is not built",
            });
        }
    }
    findings
}

/// No crate is built in two versions, except for the older ones named in the policy.
pub fn doubles(built: &[Built], policy: &Policy) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in built {
        let known = policy
            .bans
            .skip
            .iter()
            .any(|double| double.is(&one.name, &one.version));
        if !known {
            versions.entry(&one.name).or_default().insert(&one.version);
        }
    }
    versions
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| Finding {
            place: name.to_owned(),
            found: format!("built in versions {versions:?}"),
            rule: "deny.toml, [bans] skip: a new double; move to one version, or name the older with the reason",
        })
        .collect()
}

/// Nobody switches on a feature that changes the build of others.
pub fn denied_features(built: &[Built], policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    for one in built {
        for rule in policy
            .bans
            .features
            .iter()
            .filter(|rule| rule.name == one.name)
        {
            for feature in one
                .features
                .iter()
                .filter(|feature| rule.deny.contains(feature))
            {
                findings.push(Finding {
                    place: format!("{} {}", one.name, one.version),
                    found: format!("feature {feature}: {}", rule.reason),
                    rule: "deny.toml, [[bans.features]]: nobody switches this on",
                });
            }
        }
    }
    findings
}

/// Every package has a permitted licence.
pub fn licences(packages: &[Package], policy: &Policy) -> Vec<Finding> {
    packages
        .iter()
        .filter(|package| {
            let expression = package.license.as_deref().unwrap_or_default();
            !is_met(expression, &policy.licenses.allow)
        })
        .map(|package| Finding {
            place: format!("{} {}", package.name, package.version),
            found: format!("licence {:?}", package.license),
            rule: "deny.toml, [licenses] allow: permissive licences only",
        })
        .collect()
}

/// Everything in `Cargo.lock`, for every platform, comes from the registry or is ours.
pub fn sources(lock: &toml::Table, policy: &Policy) -> Vec<Finding> {
    let packages = lock.get("package").and_then(toml::Value::as_array);
    packages
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let source = package.get("source")?.as_str()?;
            let known = source
                .strip_prefix("registry+")
                .is_some_and(|registry| policy.sources.allow_registry.contains(registry));
            (!known).then(|| Finding {
                place: package
                    .get("name")
                    .and_then(toml::Value::as_str)
                    .unwrap_or("?")
                    .to_owned(),
                found: format!("comes from {source}"),
                rule: "deny.toml, [sources]: crates come from the registry it allows; no git, no other registry",
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::policy::tests::sample;

    fn built(name: &str, version: &str, asked_by: &str, features: &[&str]) -> Built {
        Built {
            name: name.to_owned(),
            version: version.to_owned(),
            features: features
                .iter()
                .map(|feature| (*feature).to_owned())
                .collect(),
            asked_by: Some(asked_by.to_owned()),
        }
    }

    #[test]
    fn a_denied_crate_is_found_with_who_asked() {
        let found = denied(
            &[
                built("openssl", "0.10.1", "native-tls", &[]),
                built("governor", "0.10.4", "tower_governor", &[]),
                built("governor", "0.10.4", "eraflazz-core", &[]),
            ],
            &sample(),
        );
        assert_eq!(found.len(), 2);
        assert!(found[0].to_string().contains("native-tls"));
        assert!(found[1].to_string().contains("eraflazz-core"));
    }

    #[test]
    fn a_new_double_is_found_and_a_known_one_is_not() {
        let tree = [
            built("syn", "2.0.1", "x", &[]),
            built("syn", "3.0.1", "y", &[]),
            built("rand", "0.9.1", "x", &[]),
            built("rand", "0.10.1", "y", &[]),
            built("rand", "0.10.1", "z", &[]),
        ];
        let found = doubles(&tree, &sample());
        assert_eq!(
            found
                .iter()
                .map(|one| one.place.as_str())
                .collect::<Vec<_>>(),
            ["rand"]
        );
    }

    #[test]
    fn a_third_version_beside_a_known_double_is_found() {
        let tree = [
            built("syn", "1.0.1", "w", &[]),
            built("syn", "2.0.1", "x", &[]),
            built("syn", "3.0.1", "y", &[]),
        ];
        assert_eq!(doubles(&tree, &sample()).len(), 1);
    }

    #[test]
    fn a_denied_feature_is_found() {
        let on = built("serde_json", "1.0.1", "x", &["std", "arbitrary_precision"]);
        let off = built("serde_json", "1.0.1", "x", &["std"]);
        assert_eq!(denied_features(&[on], &sample()).len(), 1);
        assert!(denied_features(&[off], &sample()).is_empty());
    }

    #[test]
    fn a_licence_off_the_list_or_missing_is_found() {
        let package = |license: Option<&str>| Package {
            name: "x".to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: None,
            manifest_path: String::new(),
            dependencies: Vec::new(),
            features: BTreeMap::new(),
        };
        let all = [
            package(Some("MIT")),
            package(Some("GPL-3.0")),
            package(None),
        ];
        assert_eq!(licences(&all, &sample()).len(), 2);
    }

    #[test]
    fn a_crate_from_elsewhere_is_found() {
        let lock = toml::from_str(
            r#"
            [[package]]
            name = "ours"
            [[package]]
            name = "good"
            source = "registry+https://github.com/rust-lang/crates.io-index"
            [[package]]
            name = "forked"
            source = "git+https://example.org/forked#abc"
            [[package]]
            name = "private"
            source = "registry+https://example.org/index"
            "#,
        )
        .unwrap();
        let found = sources(&lock, &sample());
        assert_eq!(
            found
                .iter()
                .map(|one| one.place.as_str())
                .collect::<Vec<_>>(),
            ["forked", "private"]
        );
    }
}
