//! The sandbox's calendar. It runs with the real time and can be moved forward, so that a test sees day 91
//! of a `ref_id` or the next price-list window without waiting for it.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    started_ms: i64,
    moved_ms: AtomicI64,
}

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            started_ms: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, millis),
            moved_ms: AtomicI64::new(0),
        }
    }

    /// Milliseconds since 1970. Steady: the machine's own clock may jump meanwhile.
    pub(crate) fn now_ms(&self) -> i64 {
        self.started_ms + millis(self.started.elapsed()) + self.moved_ms.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.moved_ms.fetch_add(millis(by), Ordering::SeqCst);
    }
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// WIB, UTC+7: the calendar day and the cut-off windows are read in it.
const WIB_MS: i64 = 7 * 60 * MINUTE_MS;

/// The WIB calendar day a moment falls on.
pub(crate) fn day(now_ms: i64) -> i64 {
    (now_ms + WIB_MS).div_euclid(DAY_MS)
}

/// `HH:MM` in WIB.
pub(crate) fn time_of_day(now_ms: i64) -> String {
    let minute = (now_ms + WIB_MS).rem_euclid(DAY_MS) / MINUTE_MS;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// `YYYY-MM-DD HH:MM:SS` in WIB.
pub(crate) fn local(now_ms: i64) -> String {
    let second = (now_ms + WIB_MS).rem_euclid(DAY_MS) / 1_000;
    // The Gregorian calendar, counted in eras of 400 years from a March.
    let days = day(now_ms) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, is_next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year + is_next;
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

/// Whether a moment lies in a daily window `HH:MM`–`HH:MM`, which may span midnight. Equal ends or
/// unreadable ones mean no window.
pub(crate) fn in_window(now_ms: i64, start: &str, end: &str) -> bool {
    let (Some(start), Some(end)) = (minute_of(start), minute_of(end)) else {
        return false;
    };
    let minute = (now_ms + WIB_MS).rem_euclid(DAY_MS) / MINUTE_MS;
    if start <= end {
        (start..end).contains(&minute)
    } else {
        minute >= start || minute < end
    }
}

fn minute_of(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_span_midnight_and_is_read_in_wib() {
        // 1970-01-01 00:00 UTC is 07:00 WIB.
        assert!(in_window(0, "06:59", "07:01"));
        assert!(!in_window(0, "07:01", "08:00"));
        assert!(!in_window(0, "07:00", "07:00"));
        let midnight = 17 * 60 * MINUTE_MS;
        assert!(in_window(midnight, "23:45", "00:15"));
        assert!(!in_window(midnight + 15 * MINUTE_MS, "23:45", "00:15"));
        assert_eq!(day(midnight) - day(midnight - 1), 1);
        assert_eq!(time_of_day(0), "07:00");
        assert_eq!(time_of_day(midnight - 1), "23:59");
    }

    #[test]
    fn a_moment_is_shown_in_wib() {
        assert_eq!(local(0), "1970-01-01 07:00:00");
        assert_eq!(local(1_674_471_405_000), "2023-01-23 17:56:45");
        assert_eq!(local(1_709_225_999_999), "2024-02-29 23:59:59");
        assert_eq!(local(951_843_600_000), "2000-03-01 00:00:00");
    }
}
