//! Points in time and the calendar of Jakarta.
//!
//! Core is told the time and never asks for it (D1): everything here is arithmetic on values that came from the engine's
//! [`Clock`](crate::ports::Clock). Business days and cut-off windows use WIB (UTC+7, no daylight saving).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, Timelike, Utc,
};
use serde::{Deserialize, Serialize};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

const WIB_SECONDS: i32 = 7 * 3600;
const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Timestamp {
    /// The point `micros` microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The point `millis` milliseconds after the epoch, at the ends of the range if it lies beyond.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// The point in time of `2026-01-01 07:00:00` in Jakarta, as Indonesian providers write it without saying so; `None` for a text of any other form and for what is no
    /// time. Nothing is guessed.
    pub fn of_wib(text: &str) -> Option<Self> {
        const FORM: &str = "0000-00-00 00:00:00";
        let fits = |(byte, form): (u8, u8)| byte == form || (form == b'0' && byte.is_ascii_digit());
        if text.len() != FORM.len() || !text.bytes().zip(FORM.bytes()).all(fits) {
            return None;
        }
        let shown = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
        let shown = shown.and_utc();
        // A 60th second is read as a part of the one before it.
        if shown.year() < 1970 || shown.timestamp_subsec_nanos() != 0 {
            return None;
        }
        let seconds = shown.timestamp().checked_sub(i64::from(WIB_SECONDS))?;
        Some(Self(seconds.checked_mul(1_000_000)?))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This point plus `wait`; the end of time if that lies beyond it.
    #[must_use]
    pub fn plus(self, wait: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// This point less `wait`; the beginning of time if that lies before it.
    #[must_use]
    pub fn minus(self, wait: Duration) -> Self {
        let micros = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The calendar view in UTC. Points outside chrono's range are shown as its ends.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// The calendar view in Jakarta.
    pub fn wib(self) -> DateTime<FixedOffset> {
        self.utc().with_timezone(&wib_offset())
    }

    /// The business day in Jakarta (INV-19, E-17).
    pub fn business_day(self) -> BusinessDay {
        let local = self.0.saturating_add(i64::from(WIB_SECONDS) * 1_000_000);
        BusinessDay(i32::try_from(local.div_euclid(MICROS_PER_DAY)).unwrap_or(i32::MAX))
    }

    /// The month in Jakarta.
    pub fn month(self) -> Month {
        let (year, month, _) = self.business_day().ymd();
        Month { year, month }
    }

    /// The minute of the day in Jakarta, 0..1440.
    pub fn wib_minute(self) -> u16 {
        let wib = self.wib();
        u16::try_from(wib.hour() * 60 + wib.minute()).unwrap_or(0)
    }
}

fn wib_offset() -> FixedOffset {
    FixedOffset::east_opt(WIB_SECONDS).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in Jakarta time with milliseconds, `2026-01-01T07:00:00.000+07:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wib().to_rfc3339_opts(SecondsFormat::Millis, false))
    }
}

/// A calendar day in Jakarta, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BusinessDay(i32);

impl BusinessDay {
    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Year, month and day.
    pub fn ymd(self) -> (i32, u32, u32) {
        let date = NaiveDate::from_ymd_opt(1970, 1, 1)
            .and_then(|epoch| epoch.checked_add_signed(chrono::TimeDelta::days(i64::from(self.0))))
            .unwrap_or(NaiveDate::MAX);
        (date.year(), date.month(), date.day())
    }
}

impl BusinessDay {
    /// Its first moment.
    pub fn begins(self) -> Timestamp {
        let local = i64::from(self.0).saturating_mul(MICROS_PER_DAY);
        Timestamp::from_micros(local.saturating_sub(i64::from(WIB_SECONDS) * 1_000_000))
    }
}

impl fmt::Display for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A calendar month in Jakarta, written `2026-05`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i32,
    month: u32,
}

impl Month {
    /// Its first moment.
    pub fn begins(self) -> Timestamp {
        let first = NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or(NaiveDate::MAX);
        let local = first.and_time(chrono::NaiveTime::MIN).and_utc();
        let offset = Duration::from_secs(u64::from(WIB_SECONDS.unsigned_abs()));
        Timestamp::from_micros(local.timestamp_micros()).minus(offset)
    }

    /// Its first day.
    pub fn first_day(self) -> BusinessDay {
        self.begins().business_day()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// What was given is no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a month is written like 2026-05, from 1970-01 to 9999-12")]
pub struct NotAMonth;

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        if (year.len(), month.len()) != (4, 2) || !digits(year) || !digits(month) {
            return Err(NotAMonth);
        }
        let year: i32 = year.parse().map_err(|_| NotAMonth)?;
        let month: u32 = month.parse().map_err(|_| NotAMonth)?;
        if year < 1970 || !(1..=12).contains(&month) {
            return Err(NotAMonth);
        }
        Ok(Self { year, month })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// 2026-01-01T00:00:00Z.
    const NEW_YEAR: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    #[test]
    fn e_17_the_business_day_turns_at_midnight_in_jakarta() {
        let midnight = Timestamp::from_micros(NEW_YEAR.micros() - 7 * 3_600_000_000);
        assert_eq!(midnight.business_day().to_string(), "2026-01-01");
        assert_eq!(
            Timestamp::from_micros(midnight.micros() - 1)
                .business_day()
                .to_string(),
            "2025-12-31"
        );
    }

    #[test]
    fn a_month_begins_at_midnight_in_jakarta() {
        let may: Month = "2026-05".parse().unwrap();
        assert_eq!(may.begins().to_string(), "2026-05-01T00:00:00.000+07:00");
        assert_eq!(may.first_day().to_string(), "2026-05-01");
        assert_eq!(
            (may.begins().month(), may.to_string()),
            (may, "2026-05".to_owned())
        );
        let before = Timestamp::from_micros(may.begins().micros() - 1);
        assert_eq!(before.month().to_string(), "2026-04");
        assert!(before.month() < may && may < "2027-01".parse().unwrap());
        for text in [
            "",
            "2026",
            "2026-5",
            "2026-13",
            "2026-00",
            "1969-12",
            "+026-05",
            "2026-05-01",
        ] {
            assert_eq!(text.parse::<Month>(), Err(NotAMonth), "{text}");
        }
    }

    #[test]
    fn clock_times_are_shown_in_jakarta() {
        assert_eq!(NEW_YEAR.to_string(), "2026-01-01T07:00:00.000+07:00");
        assert_eq!(NEW_YEAR.wib_minute(), 7 * 60);
    }

    #[test]
    fn elapsed_time_is_never_negative() {
        let later = NEW_YEAR.plus(Duration::from_secs(90));
        assert_eq!(later.since(NEW_YEAR), Duration::from_secs(90));
        assert_eq!(NEW_YEAR.since(later), Duration::ZERO);
    }

    #[rstest]
    #[case("1970-01-01 07:00:00", "1970-01-01T07:00:00.000+07:00")]
    #[case("2023-01-23 17:56:45", "2023-01-23T17:56:45.000+07:00")]
    #[case("2024-02-29 23:59:59", "2024-02-29T23:59:59.000+07:00")]
    #[case("2000-03-01 00:00:00", "2000-03-01T00:00:00.000+07:00")]
    fn a_time_is_read_in_jakarta(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(
            Timestamp::of_wib(text).map(|at| at.to_string()).as_deref(),
            Some(expected)
        );
    }

    #[rstest]
    #[case("")]
    #[case("2023-01-23")]
    #[case("2023-01-23T17:56:45")]
    #[case("2023-01-23 17:56")]
    #[case("2023-01-23 17:56:45 ")]
    #[case("2023-1-23 17:56:45")]
    #[case("2023-02-29 17:56:45")]
    #[case("2023-13-01 17:56:45")]
    #[case("2023-00-10 17:56:45")]
    #[case("2023-01-00 17:56:45")]
    #[case("2023-01-23 24:00:00")]
    #[case("2023-01-23 17:60:00")]
    #[case("2023-01-23 17:56:60")]
    #[case("2023-01-23 +7:56:45")]
    #[case("1969-12-31 17:56:45")]
    #[case("٢٠٢٣-01-23 17:56:45")]
    fn what_is_no_time_is_none(#[case] text: &str) {
        assert_eq!(Timestamp::of_wib(text), None);
    }

    proptest! {
        #[test]
        fn every_second_is_read_as_it_is_shown(seconds in 0_i64..253_402_000_000) {
            let at = Timestamp::from_millis(seconds * 1_000);
            let shown = at.to_string();
            let text = format!("{} {}", &shown[..10], &shown[11..19]);
            prop_assert_eq!(Timestamp::of_wib(&text), Some(at));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = Timestamp::of_wib(&text);
        }
    }
}
