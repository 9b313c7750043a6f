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
        if tracing_subscriber::EnvFilter::try_new(&log.level).is_err() {
            section.refuse(
                "level",
                "a level (error, warn, info, debug, trace) or a list like info,eraflazz_core=debug",
            );
        }
        section.end();
        log
    }
}
