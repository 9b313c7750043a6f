//! How answers are shown: tables for people, JSON for machines.

use std::io::{self, Write as _};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use eraflazz_core::money::Money;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::desk::DeskError;
use crate::wording;

/// How answers are shown.
#[derive(Clone, Copy, Debug)]
pub struct Show {
    /// As JSON, whole.
    pub json: bool,
}

impl Show {
    /// Prints an answer: as it is, or as the text that `words` makes of it.
    pub fn answer<T: DeserializeOwned>(
        self,
        answer: Value,
        words: impl FnOnce(&T) -> String,
    ) -> Result<(), DeskError> {
        if self.json {
            return print(&format!("{answer:#}"));
        }
        let told: T = serde_json::from_value(answer)
            .map_err(|error| DeskError::Strange(error.to_string()))?;
        print(&words(&told))
    }
}

/// The answer to the command, alone on standard output. Whoever reads it may have seen enough and be gone, as `head` is: that is no fault.
pub fn print(text: &str) -> Result<(), DeskError> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(DeskError::Untold(error)),
        _ => Ok(()),
    }
}

/// What a person should know besides the answer: on standard error, where no program looks for the answer.
pub fn remark(text: &str) {
    let _nobody_reads = writeln!(io::stderr(), "{text}");
}

/// A table with these columns, as wide as the terminal.
pub fn table<const N: usize>(
    columns: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(columns);
    let mut count = 0;
    for row in rows {
        table.add_row(row);
        count += 1;
    }
    if count == 0 {
        "none".to_owned()
    } else {
        table.to_string()
    }
}

/// Names and values in two columns.
pub fn facts(facts: &[(&str, String)]) -> String {
    let widest = facts.iter().map(|(name, _)| name.len()).max();
    let widest = widest.unwrap_or_default();
    let lines: Vec<String> = facts
        .iter()
        .map(|(name, value)| format!("{name:widest$}  {value}"))
        .collect();
    lines.join("\n")
}

/// Whole rupiah for people.
pub fn rupiah(amount: i64) -> String {
    Money::rupiah(amount).map_or_else(|| amount.to_string(), wording::rupiah)
}

/// The value, or a dash.
pub fn or_dash(value: Option<&str>) -> String {
    value.unwrap_or("-").to_owned()
}

/// A moment to the second, without its offset: all are Jakarta's.
pub fn moment(at: &str) -> String {
    at.get(..19).unwrap_or(at).replace('T', " ")
}
