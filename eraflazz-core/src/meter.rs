//! How metrics are declared: name, kind, unit, help and labels in one place, for the engine, for adapters and for the programs around them.
//!
//! Values go to whatever recorder of the `metrics` crate the program has chosen; without one they cost nothing and go nowhere. Two rules hold
//! for every metric:
//!
//! - **Closed labels.** A label's values are words of the source or the suppliers that the settings name, never an order, a member, a
//!   number or anything else that a stranger can choose: the series of a server are as many on its last day as on its first.
//! - **For eyes only.** No decision reads a metric. An amount in a gauge is rounded by its floating-point number; the books are not.

/// One metric, as it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name as scrapers see it, unit included.
    pub name: &'static str,
    /// What its number does.
    pub kind: Kind,
    /// What it counts in.
    pub unit: Unit,
    /// What it means, in a sentence or two.
    pub help: &'static str,
    /// What its series are told apart by.
    pub labels: &'static [Label],
}

/// What the number of a metric does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only rises, from 0 at the start of the process.
    Counter,
    /// Is what it is at the moment.
    Gauge,
    /// How many values fell below each bound, and their sum.
    Histogram,
}

/// What a metric counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Rupiah, with two decimals.
    Rupiah,
    /// 1 for yes, 0 for no.
    Flag,
}

/// What series are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its key.
    pub key: &'static str,
    /// What it may be.
    pub values: Values,
}

/// What a label may be. Closed on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of a supplier that the engine was built with.
    Suppliers,
}

impl Label {
    /// A label that is one of `words`.
    pub const fn words(key: &'static str, words: &'static [&'static str]) -> Self {
        Self {
            key,
            values: Values::Words(words),
        }
    }

    /// `supplier`, the name under which the engine knows it.
    pub const SUPPLIER: Self = Self {
        key: "supplier",
        values: Values::Suppliers,
    };
}

impl Metric {
    /// A counter; its name ends in `_total`.
    pub const fn counter(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Counter,
            unit: Unit::Count,
            help,
            labels: &[],
        }
    }

    /// A gauge in `unit`.
    pub const fn gauge(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Gauge,
            unit,
            help,
            labels: &[],
        }
    }

    /// A histogram of durations; its name ends in `_seconds`.
    pub const fn durations(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Histogram,
            unit: Unit::Seconds,
            help,
            labels: &[],
        }
    }

    /// The same, with these labels.
    #[must_use]
    pub const fn by(mut self, labels: &'static [Label]) -> Self {
        self.labels = labels;
        self
    }

    /// Tells the recorder in force what it means. Repeating it changes nothing.
    pub fn describe(&self) {
        let unit = match self.unit {
            Unit::Seconds => metrics::Unit::Seconds,
            Unit::Bytes => metrics::Unit::Bytes,
            Unit::Count | Unit::Rupiah | Unit::Flag => metrics::Unit::Count,
        };
        match self.kind {
            Kind::Counter => metrics::describe_counter!(self.name, unit, self.help),
            Kind::Gauge => metrics::describe_gauge!(self.name, unit, self.help),
            Kind::Histogram => metrics::describe_histogram!(self.name, unit, self.help),
        }
    }
}
