//! The dependency rules against the real workspace.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use policy::cargo::{Built, built, packages};
use policy::files::{File, root};
use policy::policy::{Policy, read};
use policy::{Finding, arrows, built as rules, manifests, report};

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn the_policy() -> Policy {
    read(&text("deny.toml")).unwrap()
}

/// What `tests/run` builds: the features of its list, tests and benches included.
fn whole_build() -> Vec<Built> {
    let tests_run = text("tests/run");
    let features = tests_run
        .lines()
        .find_map(|line| line.strip_prefix("FEATURES="))
        .unwrap();
    let tree = built(
        &root(),
        &[
            "--workspace",
            "--edges",
            "normal,build,dev",
            "--features",
            features,
        ],
    )
    .unwrap();
    assert!(tree.len() > 50, "cargo tree said next to nothing");
    tree
}

fn holds(findings: &[Finding]) {
    assert!(findings.is_empty(), "{}", report(findings));
}

#[test]
fn no_denied_crate_is_built() {
    holds(&rules::denied(&whole_build(), &the_policy()));
}

#[test]
fn no_crate_is_built_in_a_new_second_version() {
    holds(&rules::doubles(&whole_build(), &the_policy()));
}

#[test]
fn no_denied_feature_is_switched_on() {
    holds(&rules::denied_features(&whole_build(), &the_policy()));
}

#[test]
fn every_licence_is_permitted() {
    holds(&rules::licences(&packages(&root()).unwrap(), &the_policy()));
}

#[test]
fn every_crate_comes_from_the_registry() {
    let lock = text("Cargo.lock").parse().unwrap();
    holds(&rules::sources(&lock, &the_policy()));
}

#[test]
fn arrows_point_one_way() {
    let packages = packages(&root()).unwrap();
    holds(&arrows::one_way(&packages));
    holds(&arrows::every_crate_has_a_room(&packages));
}

#[test]
fn core_asks_for_nothing_beyond_its_list() {
    holds(&arrows::core_stays_small(&packages(&root()).unwrap()));
    let core = built(&root(), &["-p", "eraflazz-core", "--edges", "normal,build"]).unwrap();
    assert!(
        core.iter().any(|one| one.name == "chrono"),
        "cargo tree said next to nothing"
    );
    holds(&arrows::core_is_told_the_time(&core));
}

#[test]
fn every_member_inherits_from_the_workspace() {
    let packages = packages(&root()).unwrap();
    let ours: Vec<_> = packages
        .iter()
        .filter(|package| package.source.is_none())
        .collect();
    assert!(ours.len() >= 11, "a member is missing from the workspace");
    for package in ours {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        holds(&manifests::member_inherits(&File::new(
            &package.name,
            &manifest,
        )));
    }
    holds(&manifests::root_is_plain(&File::new(
        "Cargo.toml",
        &text("Cargo.toml"),
    )));
}

#[test]
fn every_feature_is_linted_and_tested() {
    holds(&manifests::features_are_checked(
        &packages(&root()).unwrap(),
        &text("tests/run"),
    ));
}
