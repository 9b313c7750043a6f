//! Durations as people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A duration in settings: a whole number and a unit, `"500ms"`, `"90s"`, `"10m"`, `"2h"`, `"7d"` (D25). One number, one unit, so
/// that there is nothing to add up while reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

/// Unit and its length in milliseconds, longest first.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The text is not a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a duration is a whole number and a unit: 500ms, 90s, 10m, 2h, 7d")]
pub struct SpanError;

impl Span {
    /// A span of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// A span of whole milliseconds.
    pub const fn millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// The duration.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl From<Duration> for Span {
    /// Part of a millisecond is dropped.
    fn from(duration: Duration) -> Self {
        Self::millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

/// How many times faster than real time durations run (D31).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace(pub u32);

impl Pace {
    /// How long `span` really lasts.
    pub fn of(self, span: Span) -> Duration {
        span.0 / self.0.max(1)
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or(SpanError)?;
        let (number, unit) = text.split_at(split);
        let (_, length) = UNITS
            .into_iter()
            .find(|(name, _)| *name == unit)
            .ok_or(SpanError)?;
        let number: u64 = number.parse().map_err(|_| SpanError)?;
        let millis = number.checked_mul(length).ok_or(SpanError)?;
        Ok(Self::millis(millis))
    }
}

impl fmt::Display for Span {
    /// In the longest unit that divides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let unit = UNITS
            .into_iter()
            .find(|(_, length)| millis > 0 && millis.is_multiple_of(u128::from(*length)));
        let (name, length) = unit.unwrap_or(("s", 1_000));
        write!(f, "{}{name}", millis / u128::from(length))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        // Whatever stands there, the answer is what a duration looks like.
        let text = String::deserialize(source).map_err(|_| de::Error::custom(SpanError))?;
        text.parse()
            .map_err(|error: SpanError| de::Error::custom(error))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("500ms", 500, "500ms")]
    #[case("90s", 90_000, "90s")]
    #[case("600s", 600_000, "10m")]
    #[case("7d", 604_800_000, "7d")]
    #[case("0s", 0, "0s")]
    fn one_number_and_one_unit(#[case] text: &str, #[case] millis: u64, #[case] printed: &str) {
        let span: Span = text.parse().unwrap();
        assert_eq!(span, Span::millis(millis));
        assert_eq!(span.to_string(), printed);
        assert_eq!(printed.parse::<Span>().unwrap(), span);
    }

    #[rstest]
    #[case("")]
    #[case("90")]
    #[case("s")]
    #[case("90 s")]
    #[case("1.5s")]
    #[case("-1s")]
    #[case("1h30m")]
    #[case("90S")]
    #[case("1w")]
    #[case("99999999999999999999s")]
    #[case("9999999999999999d")]
    fn anything_else_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<Span>(), Err(SpanError));
    }
}
