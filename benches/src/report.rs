//! One line a figure, for people or as JSON.

use serde::Serialize;

/// A figure beside what it is compared with.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Which target.
    pub line: String,
    /// What was measured, in `unit`.
    pub value: f64,
    /// The unit of `value` and `baseline`.
    pub unit: &'static str,
    /// What the peer did in the same run; `null` where the figure is absolute.
    pub baseline: Option<f64>,
    /// `value / baseline`; `null` where the figure is absolute.
    pub ratio: Option<f64>,
    /// What must hold.
    pub floor: f64,
    /// What we are after.
    pub goal: f64,
    /// Whether more is better.
    pub better: &'static str,
    /// `ok`, `n/a`, or the first difference that the audit found.
    pub audit: String,
}

impl Figure {
    /// True if the floor holds and the audit found nothing.
    pub fn holds(&self) -> bool {
        let judged = self.ratio.unwrap_or(self.value);
        let reached = if self.better == "higher" {
            judged >= self.floor
        } else {
            judged <= self.floor
        };
        reached && (self.audit == "ok" || self.audit == "n/a")
    }

    /// The line for people.
    pub fn row(&self) -> String {
        let optional = |figure: Option<f64>| {
            figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.3}"))
        };
        format!(
            "{:<8} {:>14.3} {:<9} peer {:>14} ratio {:>7} floor {:>7} goal {:>7} audit {} {}",
            self.line,
            self.value,
            self.unit,
            optional(self.baseline),
            optional(self.ratio),
            self.floor,
            self.goal,
            self.audit,
            if self.holds() { "" } else { "BELOW FLOOR" }
        )
    }
}
