//! Daily closed windows (cut-off).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A daily window in which a product or supplier is closed, in Jakarta time. May wrap midnight (`23:45`–`00:15`).
///
/// Suppliers' clocks are not ours: nothing is sent within [`CutOff::MARGIN_MINUTES`] of the window either (E-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CutOff {
    start: u16,
    end: u16,
}

const DAY: u16 = 1440;

/// The text is not a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cut-off is HH:MM-HH:MM in Jakarta time with two different times")]
pub struct CutOffError;

impl CutOff {
    /// How many minutes before and after the window are avoided as well.
    pub const MARGIN_MINUTES: u16 = 10;

    /// The window between two clock times as suppliers write them: `HH:MM`, not necessarily zero-padded. Equal times mean that there
    /// is none (`None`); anything else that is not two clock times is an error.
    pub fn from_clock_times(start: &str, end: &str) -> Result<Option<Self>, CutOffError> {
        let (start, end) = (
            minute(start).ok_or(CutOffError)?,
            minute(end).ok_or(CutOffError)?,
        );
        Ok((start != end).then_some(Self { start, end }))
    }

    /// True if nothing should be sent at `now`: inside the window or within the margin of it.
    pub fn covers(self, now: Timestamp) -> bool {
        self.covers_minute(now.wib_minute())
    }

    /// As [`Self::covers`], for the minute of the day in Jakarta: for whoever asks many windows about one moment.
    pub fn covers_minute(self, minute: u16) -> bool {
        let length = (self.end + DAY - self.start) % DAY + 2 * Self::MARGIN_MINUTES;
        let from = (self.start + DAY - Self::MARGIN_MINUTES) % DAY;
        (minute + DAY - from) % DAY < length
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |part: &str| {
        ((1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl FromStr for CutOff {
    type Err = CutOffError;

    fn from_str(text: &str) -> Result<Self, CutOffError> {
        let (start, end) = text.split_once('-').ok_or(CutOffError)?;
        Self::from_clock_times(start, end)?.ok_or(CutOffError)
    }
}

impl TryFrom<String> for CutOff {
    type Error = CutOffError;

    fn try_from(text: String) -> Result<Self, CutOffError> {
        text.parse()
    }
}

impl From<CutOff> for String {
    fn from(window: CutOff) -> Self {
        window.to_string()
    }
}

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            self.start / 60,
            self.start % 60,
            self.end / 60,
            self.end % 60
        )
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(clock: &str) -> Timestamp {
        let minute = i64::from(minute(clock).unwrap());
        Timestamp::from_micros((minute * 60 - 7 * 3600) * 1_000_000 + 86_400_000_000 * 20_000)
    }

    #[rstest]
    #[case("23:45-00:15", "23:34", false)]
    #[case("23:45-00:15", "23:35", true)]
    #[case("23:45-00:15", "00:00", true)]
    #[case("23:45-00:15", "00:24", true)]
    #[case("23:45-00:15", "00:25", false)]
    #[case("00:05-01:00", "23:55", true)]
    #[case("00:05-01:00", "12:00", false)]
    fn e_14_nothing_is_sent_in_or_near_the_window(
        #[case] window: &str,
        #[case] clock: &str,
        #[case] covered: bool,
    ) {
        assert_eq!(window.parse::<CutOff>().unwrap().covers(at(clock)), covered);
    }

    #[test]
    fn clock_times_come_unpadded_and_equal_times_are_no_window() {
        assert_eq!(CutOff::from_clock_times("0:0", "00:00"), Ok(None));
        assert_eq!(
            CutOff::from_clock_times("23:30", "0:5")
                .unwrap()
                .unwrap()
                .to_string(),
            "23:30-00:05"
        );
        for bad in ["24:00", "1:60", "x", "", "1:", "001:00"] {
            assert_eq!(
                CutOff::from_clock_times(bad, "01:00"),
                Err(CutOffError),
                "{bad:?}"
            );
        }
    }
}
