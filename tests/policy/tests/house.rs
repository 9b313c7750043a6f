//! The house rules against the real tree.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use policy::files::{File, all, root};
use policy::{Finding, guards, report, repository, source};

/// Holds `rule` against every file.
fn everywhere(rule: fn(&File) -> Vec<Finding>) {
    let files = all(&root()).unwrap();
    assert!(files.len() > 30, "most of the tree was not found");
    let findings: Vec<Finding> = files.iter().flat_map(rule).collect();
    assert!(findings.is_empty(), "{}", report(&findings));
}

#[test]
fn d1_core_and_memory_store_ask_no_clock_and_no_dice() {
    everywhere(source::clock_and_dice);
}

#[test]
fn d1_every_select_is_biased() {
    everywhere(source::select_is_biased);
}

#[test]
fn d3_every_port_speaks_of_repetition() {
    everywhere(source::ports_speak_of_repetition);
}

#[test]
fn d9_no_floats_in_the_libraries() {
    everywhere(source::no_floats);
}

#[test]
fn the_auditor_shares_no_code_with_what_it_judges() {
    everywhere(source::auditor_stands_alone);
}

#[test]
fn nothing_is_left_unfinished() {
    everywhere(source::nothing_unfinished);
}

#[test]
fn every_exception_has_a_reason() {
    everywhere(source::exceptions_have_a_reason);
}

#[test]
fn no_test_sleeps_on_the_real_clock() {
    let findings = source::tests_do_not_sleep(&all(&root()).unwrap());
    assert!(findings.is_empty(), "{}", report(&findings));
}

#[test]
fn nothing_of_somebodys_machine_is_written_down() {
    everywhere(repository::nothing_local);
}

#[test]
fn the_top_level_is_exactly_the_rooms() {
    let files = all(&root()).unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let findings = repository::top_level(&paths);
    assert!(findings.is_empty(), "{}", report(&findings));
}

#[test]
fn the_two_commands_are_named() {
    let text = |path: &str| std::fs::read_to_string(root().join(path)).unwrap_or_default();
    let findings = repository::commands_are_named(&text("README.md"), &text(".ci/run"));
    assert!(findings.is_empty(), "{}", report(&findings));
}

#[test]
fn every_listed_guard_stands_in_its_file() {
    let text = |path: &str| std::fs::read_to_string(root().join(path)).unwrap_or_default();
    let findings = guards::rotten(&text("tests/guards/guards.toml"), text);
    assert!(findings.is_empty(), "{}", report(&findings));
}

#[cfg(unix)]
#[test]
fn the_scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    for script in ["tests/run", ".ci/run", "tests/guards/check"] {
        let mode = std::fs::metadata(root().join(script))
            .unwrap()
            .permissions()
            .mode();
        assert!(mode & 0o111 != 0, "{script} is not executable");
    }
}
