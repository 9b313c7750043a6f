//! `[log]`: what the server says while it runs.

use serde::Deserialize;

use crate::strict::Section;

/// `[log]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// A filter as `tracing` reads it: `info`, or `info,eraflazz_core=debug`.
    pub level: String,
}

/// What the filter takes for a level; it ignores case.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// Stricter than the filter itself, which takes a single unknown word for the name of a module, and then says nothing at all.
fn is_filter(text: &str) -> bool {
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    let mut has_level = false;
    for part in text.split(',') {
        match part.split_once('=') {
            Some((target, level)) => {
                let named = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b':';
                let is_off = level.eq_ignore_ascii_case("off");
                if target.is_empty() || !target.bytes().all(named) || !(is_level(level) || is_off) {
                    return false;
                }
            }
            None if is_level(part) && !has_level => has_level = true,
            None => return false,
        }
    }
    has_level && tracing_subscriber::EnvFilter::try_new(text).is_ok()
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Log {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let log = Self {
            format: section.or("format", LogFormat::Text),
            level: section.or("level", "info".to_owned()),
        };
        if !is_filter(&log.level) {
            section.refuse(
                "level",
                "one level (error, warn, info, debug, trace), and module=level for each that differs: info,eraflazz_core=debug",
            );
        }
        section.end();
        log
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("info", true)]
    #[case("INFO", true)]
    #[case("info,eraflazz_core=debug", true)]
    #[case("warn,eraflazz_core::engine=trace,hyper=off", true)]
    #[case("loud", false)]
    #[case("", false)]
    #[case("off", false)]
    #[case("eraflazz_core", false)]
    #[case("info,eraflazz_core", false)]
    #[case("eraflazz_core=debug", false)]
    #[case("info,eraflazz_core=loud", false)]
    #[case("info,debug", false)]
    #[case("info,=debug", false)]
    #[case("a=b=c", false)]
    fn a_filter_says_how_loud_and_names_no_unknown_level(#[case] text: &str, #[case] taken: bool) {
        assert_eq!(is_filter(text), taken);
    }
}
