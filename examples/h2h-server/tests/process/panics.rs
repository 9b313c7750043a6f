//! T-20: a panic in a process of its own.

use std::process::Command;

const INSIDE: &str = "ERAFLAZZ_TEST_PANIC";

/// Runs itself again: what a panic says goes to the standard error of a whole process.
#[test]
fn t_20_a_panic_repeats_nothing_that_was_made_at_run_time() {
    let Ok(secret) = std::env::var(INSIDE) else {
        let name = "panics::t_20_a_panic_repeats_nothing_that_was_made_at_run_time";
        let ran = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(INSIDE, "canary-in-a-panic-81f2")
            .output()
            .unwrap();
        let said = [&ran.stdout, &ran.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        let said = said.concat();
        assert!(said.contains("a task panicked"), "{said}");
        assert!(said.contains("panics.rs:"), "where it was is told: {said}");
        assert!(said.contains("as it is written"), "{said}");
        assert!(!said.contains("canary"), "{said}");
        return;
    };
    tracing_subscriber::fmt().with_ansi(false).init();
    h2h_server::panics::keep_quiet();
    let made = std::thread::spawn(move || panic!("the secret was {secret}"));
    assert!(made.join().is_err());
    let written = std::thread::spawn(|| panic!("as it is written"));
    assert!(written.join().is_err());
}
