//! Rules over the Rust source.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::Finding;
use crate::files::File;
use crate::rust::{brackets, code, test_code, tokens};

/// The only file that may ask the machine for time, dice or threads (D1).
const SYSTEM: &str = "eraflazz-core/src/engine/system.rs";

/// D1: core and the memory store are told the time and handed the dice, and start no threads.
pub fn clock_and_dice(file: &File) -> Vec<Finding> {
    const BANNED: [&str; 13] = [
        "SystemTime::now",
        "Instant::now",
        "Utc::now",
        "Local::now",
        "new_v4",
        "now_v7",
        "getrandom::",
        "rand::",
        "thread::spawn",
        "thread::sleep",
        "spawn_blocking",
        "block_in_place",
        "tokio::time::sleep",
    ];
    if !deterministic(file) || file.path == SYSTEM {
        return Vec::new();
    }
    let code = code(&file.text);
    let tests = test_code(file, &code);
    BANNED
        .iter()
        .flat_map(|banned| tokens(&code, banned).map(move |at| (at, *banned)))
        .filter(|(at, _)| !within(&tests, *at))
        .map(|(at, banned)| Finding {
            place: file.place(at),
            found: banned.to_owned(),
            rule: "D1: take `now`, or ask the engine's Clock and Dice; only engine/system.rs asks the machine",
        })
        .collect()
}

/// D1: an unbiased `select!` rolls dice of its own.
pub fn select_is_biased(file: &File) -> Vec<Finding> {
    if !deterministic(file) {
        return Vec::new();
    }
    let code = code(&file.text);
    tokens(&code, "select!")
        .filter(|at| {
            let body = code[at + "select!".len()..].trim_start();
            !body[1..].trim_start().starts_with("biased;")
        })
        .map(|at| Finding {
            place: file.place(at),
            found: "select! without biased;".to_owned(),
            rule: "D1: `select! { biased; … }`, so that a seed replays",
        })
        .collect()
}

fn deterministic(file: &File) -> bool {
    file.is_rust()
        && ["eraflazz-core/src/", "eraflazz-store-memory/src/"]
            .iter()
            .any(|room| file.path.starts_with(room))
}

/// The only file of a library that may name a float: gauges take no other number, and what is put into one never comes back.
const GAUGES: &str = "eraflazz-core/src/engine/meter/level.rs";

/// D9: no float in a library of ours, tests included.
pub fn no_floats(file: &File) -> Vec<Finding> {
    if file.path == GAUGES {
        return Vec::new();
    }
    if !(file.is_rust() && file.path.starts_with("eraflazz-") && file.path.contains("/src/")) {
        return Vec::new();
    }
    let code = code(&file.text);
    ["f32", "f64"]
        .iter()
        .flat_map(|float| tokens(&code, float).map(move |at| (at, *float)))
        .map(|(at, float)| Finding {
            place: file.place(at),
            found: float.to_owned(),
            rule: "D9: money is integer hundredths, rates are ppm; no float, not even to format",
        })
        .collect()
}

/// The auditor of the simulator judges the engine by books of its own: it shares no code with it, nor with the rest of the simulator.
pub fn auditor_stands_alone(file: &File) -> Vec<Finding> {
    let is_auditor = file.path == "tests/simulation/src/auditor.rs"
        || file.path.starts_with("tests/simulation/src/auditor/");
    if !is_auditor {
        return Vec::new();
    }
    let code = code(&file.text);
    [
        "eraflazz_core",
        "eraflazz_store_memory",
        "conformance",
        "crate",
    ]
    .iter()
    .flat_map(|other| tokens(&code, other).map(move |at| (at, *other)))
    .map(|(at, other)| Finding {
        place: file.place(at),
        found: other.to_owned(),
        rule: "the auditor shares no code with what it judges",
    })
    .collect()
}

/// Nothing half-done is committed.
pub fn nothing_unfinished(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let code = code(&file.text);
    ["todo!", "unimplemented!", "dbg!"]
        .iter()
        .flat_map(|mark| tokens(&code, mark).map(move |at| (at, *mark)))
        .map(|(at, mark)| Finding {
            place: file.place(at),
            found: mark.to_owned(),
            rule: "no stubs and no debugging left behind",
        })
        .collect()
}

/// A lint switched off and a test left out say why.
pub fn exceptions_have_a_reason(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let code = code(&file.text);
    let lints = ["[allow(", "[expect("]
        .iter()
        .flat_map(|attribute| code.match_indices(attribute))
        .filter(|(at, attribute)| {
            let inside = brackets(&code, at + attribute.len() - 1);
            code[..*at].ends_with(['#', '!']) && tokens(&code[inside], "reason").next().is_none()
        });
    let left_out = code.match_indices("[ignore]");
    lints
        .chain(left_out)
        .map(|(at, attribute)| Finding {
            place: file.place(at),
            found: format!("#{attribute}"),
            rule: "say why: `reason = \"…\"`, `#[ignore = \"…\"]`",
        })
        .collect()
}

const TEST: &str = "#[tokio::test";
const PAUSED: &str = "#[tokio::test(start_paused = true)]";

/// A test waits for a condition with a deadline; it never hopes that some time is enough. A harness (`tests/*/src`) may have a function
/// that lets time pass, for tests on tokio's paused clock, where an hour passes at once; nobody else calls it.
pub fn tests_do_not_sleep(files: &[File]) -> Vec<Finding> {
    let (harness, others): (Vec<&File>, Vec<&File>) =
        files.iter().partition(|file| is_harness(&file.path));
    let passing: BTreeSet<String> = harness.into_iter().flat_map(lets_time_pass).collect();
    others
        .into_iter()
        .flat_map(|file| {
            let mut findings = sleeps_in_tests(file);
            findings.extend(calls_on_a_running_clock(file, &passing));
            findings
        })
        .collect()
}

/// Whether this is the library of a member package under `tests/`.
fn is_harness(path: &str) -> bool {
    path.strip_prefix("tests/")
        .and_then(|path| path.split('/').nth(1))
        == Some("src")
}

/// The public functions of a harness that sleep.
fn lets_time_pass(file: &File) -> Vec<String> {
    if !file.is_rust() {
        return Vec::new();
    }
    let code = code(&file.text);
    tokens(&code, "sleep(")
        .filter(|at| !honest(&file.text, &code, *at))
        .filter_map(|at| {
            let (before, after) = code[..at].rsplit_once("fn ")?;
            let public = before.rsplit('\n').next()?.trim_start().starts_with("pub");
            let name = after.split(['(', '<']).next()?;
            public.then(|| name.to_owned())
        })
        .collect()
}

fn calls_on_a_running_clock(file: &File, passing: &BTreeSet<String>) -> Vec<Finding> {
    if !(file.is_rust() && file.path.starts_with("tests/")) {
        return Vec::new();
    }
    let code = code(&file.text);
    let running = |at: usize| {
        code[..at]
            .rfind(TEST)
            .is_some_and(|test| !code[test..].starts_with(PAUSED))
    };
    let mut findings = Vec::new();
    for name in passing {
        for at in tokens(&code, name).filter(|at| code[at + name.len()..].starts_with('(')) {
            if running(at) {
                findings.push(Finding {
                    place: file.place(at),
                    found: format!("{name} on the real clock"),
                    rule: "time passes at once only in a test with `start_paused = true`; elsewhere wait for a condition",
                });
            }
        }
    }
    findings
}

fn sleeps_in_tests(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let code = code(&file.text);
    let tests = test_code(file, &code);
    tokens(&code, "sleep(")
        .filter(|at| within(&tests, *at))
        .filter(|at| !code[..*at].ends_with('.') && !code[..*at].ends_with("fn "))
        .filter(|at| !honest(&file.text, &code, *at))
        .map(|at| Finding {
            place: file.place(at),
            found: "a sleep in a test".to_owned(),
            rule: "wait for a condition with a `deadline`, or run the test with `start_paused = true`",
        })
        .collect()
}

/// Whether a sleep is no guess about time: it stands in a test on the paused clock, or is the pause between two looks of a loop that
/// gives up at a `deadline`.
fn honest(text: &str, code: &str, at: usize) -> bool {
    const LINES_ABOVE: usize = 6;
    let test = code[..at].rfind(TEST);
    test.is_some_and(|test| code[test..].starts_with(PAUSED))
        || text[..at]
            .lines()
            .rev()
            .take(LINES_ABOVE)
            .any(|line| line.contains("deadline"))
}

/// D3: a port tells what its methods promise when they are called again.
pub fn ports_speak_of_repetition(file: &File) -> Vec<Finding> {
    const WORDS: [&str; 7] = [
        "again",
        "twice",
        "repeat",
        "idempotent",
        "every time",
        "changes nothing",
        "reads only",
    ];
    if !(file.is_rust() && file.path.starts_with("eraflazz-core/src/ports/")) {
        return Vec::new();
    }
    let docs = file
        .text
        .lines()
        .filter(|line| line.trim_start().starts_with("//"))
        .collect::<String>()
        .to_lowercase();
    let code = code(&file.text);
    if !code.contains("#[async_trait]") {
        return Vec::new(); // clock and dice: a second call is a second question
    }
    tokens(&code, "pub trait")
        .filter(|_| !WORDS.iter().any(|word| docs.contains(word)))
        .map(|at| Finding {
            place: file.place(at),
            found: "a port without a word on repetition".to_owned(),
            rule: "D3: each method's doc states its promise when it is called again",
        })
        .collect()
}

fn within(ranges: &[Range<usize>], at: usize) -> bool {
    ranges.iter().any(|range| range.contains(&at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines a rule objects to in `text`, if the file lay at `path`.
    fn lines(rule: fn(&File) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
        rule(&File::new(path, text))
            .into_iter()
            .map(|finding| {
                finding
                    .place
                    .rsplit(':')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn d1_core_asks_no_clock_and_no_dice() {
        let text = "// Instant::now()\nlet a = Instant::now();\nlet b = getrandom::fill(x);\n#[cfg(test)]\nmod tests { fn t() { Instant::now(); } }";
        assert_eq!(
            lines(clock_and_dice, "eraflazz-core/src/order/step.rs", text),
            ["2", "3"]
        );
        assert_eq!(
            lines(clock_and_dice, "eraflazz-store-memory/src/store.rs", text),
            ["2", "3"]
        );
        assert!(lines(clock_and_dice, SYSTEM, text).is_empty());
        assert!(lines(clock_and_dice, "examples/sandbox/src/main.rs", text).is_empty());
    }

    #[test]
    fn d1_select_is_biased() {
        let good = "tokio::select! {\n    biased;\n    () = a => {} }";
        let bad = "\ntokio::select! {\n    () = a => {} }";
        assert!(lines(select_is_biased, "eraflazz-core/src/engine/run.rs", good).is_empty());
        assert_eq!(
            lines(select_is_biased, "eraflazz-core/src/engine/run.rs", bad),
            ["2"]
        );
    }

    #[test]
    fn the_auditor_shares_no_code_with_what_it_judges() {
        let text = "use std::fmt;\nuse eraflazz_core::money::Money;\nuse crate::scene::Scene;\n// eraflazz_core";
        let auditor = "tests/simulation/src/auditor/books.rs";
        assert_eq!(lines(auditor_stands_alone, auditor, text), ["2", "3"]);
        let scene = "tests/simulation/src/scene.rs";
        assert!(lines(auditor_stands_alone, scene, text).is_empty());
    }

    #[test]
    fn d9_no_floats_in_the_libraries() {
        let text = "fn visit_f64(x: u8) {}\nlet rate: f64 = 1;\n// f32";
        assert_eq!(
            lines(no_floats, "eraflazz-suppliers/src/digiflazz/wire.rs", text),
            ["2"]
        );
        assert!(lines(no_floats, "benches/src/main.rs", text).is_empty());
        assert!(lines(no_floats, GAUGES, text).is_empty());
        let beside = "eraflazz-core/src/engine/meter/record.rs";
        assert_eq!(lines(no_floats, beside, text), ["2"]);
    }

    #[test]
    fn nothing_half_done_stays() {
        let text = "todo!();\n\"todo!()\";\nunimplemented!(\"x\");\ndbg!(x);";
        assert_eq!(
            lines(nothing_unfinished, "tests/end-to-end/src/lib.rs", text),
            ["1", "3", "4"]
        );
    }

    #[test]
    fn an_exception_says_why() {
        let bad = "#[allow(dead_code)]\n#![expect(\n  unused,\n)]\n#[ignore]\nfn a() {}";
        let good = "#[allow(dead_code, reason = \"x\")]\n#![expect(\n  unused,\n  reason = \"y\",\n)]\n#[ignore = \"z\"]";
        assert_eq!(
            lines(exceptions_have_a_reason, "a/src/lib.rs", bad),
            ["1", "2", "5"]
        );
        assert!(lines(exceptions_have_a_reason, "a/src/lib.rs", good).is_empty());
    }

    #[test]
    fn a_test_that_sleeps_is_found() {
        let found = |path: &str, text: &str| lines(sleeps_in_tests, path, text);
        let bad = "std::thread::sleep(D);\n\nsleep(D).await;\nclock.sleep(D);";
        assert_eq!(found("tests/end-to-end/tests/a.rs", bad), ["1", "3"]);
        let inner = "fn f() { sleep(D) }\n#[cfg(test)]\nmod tests {\n fn t() { sleep(D) }\n}";
        assert_eq!(found("examples/sandbox/src/a.rs", inner), ["4"]);
        let looks = "while !done() {\n assert!(now() < deadline);\n thread::sleep(D);\n}";
        assert!(found("tests/end-to-end/tests/a.rs", looks).is_empty());
        let both = format!(
            "{PAUSED}\nasync fn a() {{ sleep(D) }}\n#[tokio::test]\nasync fn b() {{ sleep(D) }}"
        );
        assert_eq!(found("tests/end-to-end/tests/a.rs", &both), ["4"]);
    }

    #[test]
    fn a_harness_lets_time_pass_only_on_the_paused_clock() {
        let found = |test: &str| {
            let harness = "pub async fn pass(&self) { sleep(D).await }\nfn reply() { sleep(D) }";
            tests_do_not_sleep(&[
                File::new("tests/end-to-end/src/world.rs", harness),
                File::new("tests/end-to-end/tests/a.rs", test),
            ])
        };
        let call = "async fn a() { world.pass(D).await; reply() }";
        assert!(found(&format!("{PAUSED}\n{call}")).is_empty());
        assert_eq!(found(&format!("#[tokio::test]\n{call}")).len(), 1);
        assert_eq!(found("#[tokio::test]\nasync fn a() { sleep(D) }").len(), 1);
    }

    #[test]
    fn d3_a_port_says_what_a_second_call_does() {
        let bad = "/// A bell.\n#[async_trait]\npub trait Queue {}";
        let good = "/// A bell. Ringing it twice does no harm.\n#[async_trait]\npub trait Queue {}";
        assert_eq!(
            lines(
                ports_speak_of_repetition,
                "eraflazz-core/src/ports/queue.rs",
                bad
            ),
            ["3"]
        );
        assert!(
            lines(
                ports_speak_of_repetition,
                "eraflazz-core/src/ports/queue.rs",
                good
            )
            .is_empty()
        );
    }
}
