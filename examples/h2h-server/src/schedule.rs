//! What is done at set times, Jakarta time: a cron expression, and which of its moments is due.
//!
//! Jakarta has no summer time, so every moment of an expression is there once. Nothing runs by a timer alone: whoever looks compares what was due last with what
//! was begun last, so that a moment that nobody was there for is caught up with, once, however many were missed.

use std::fmt;
use std::str::FromStr;

use eraflazz_core::catalog::SyncMark;
use eraflazz_core::time::Timestamp;

/// A cron expression in Jakarta time: minute, hour, day of the month, month, day of the week.
#[derive(Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    cron: croner::Cron,
}

/// The text is no cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("five fields of cron in Jakarta time: minute, hour, day, month, weekday, as in 0 2 * * *")]
pub struct NotCron;

impl FromStr for Schedule {
    type Err = NotCron;

    fn from_str(text: &str) -> Result<Self, NotCron> {
        let fields = text.split_whitespace().count();
        let cron = croner::Cron::from_str(text).map_err(|_| NotCron)?;
        // Seconds and years are other dialects, and nothing that never comes is a schedule.
        let comes = cron.find_next_occurrence(&Timestamp::from_millis(0).wib(), true);
        if fields != 5 || text.starts_with('@') || comes.is_err() {
            return Err(NotCron);
        }
        Ok(Self {
            text: text.to_owned(),
            cron,
        })
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({})", self.text)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Schedule {
    /// Its last moment at `now` or before.
    pub fn last(&self, now: Timestamp) -> Option<Timestamp> {
        let found = self.cron.find_previous_occurrence(&now.wib(), true).ok()?;
        Some(Timestamp::from_micros(found.timestamp_micros()))
    }

    /// Its first moment after `now`.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let found = self.cron.find_next_occurrence(&now.wib(), false).ok()?;
        Some(Timestamp::from_micros(found.timestamp_micros()))
    }

    /// The moment whose run begins at `now`, if one does: the last one, unless it was run, is being run, or was made good by a sync since. Of a supplier that was never
    /// synced nothing was missed before this process `started`.
    pub fn due(&self, mark: &SyncMark, started: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let last = self.last(now)?;
        let is_done = match mark.synced_at {
            Some(synced) => last <= synced,
            None => mark.run.is_none() && last <= started,
        };
        let may_begin = mark.run.is_none_or(|run| run.may_begin(last, now));
        (!is_done && may_begin).then_some(last)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use eraflazz_core::catalog::Run;
    use eraflazz_core::ids::SupplierId;
    use rstest::rstest;

    use super::*;

    fn at(text: &str) -> Timestamp {
        let moment = chrono::DateTime::parse_from_rfc3339(text).unwrap();
        Timestamp::from_micros(moment.timestamp_micros())
    }

    fn nightly() -> Schedule {
        "0 2 * * *".parse().unwrap()
    }

    #[rstest]
    #[case::just_before("2026-03-29T01:59:59.999+07:00", "2026-03-28T02:00:00+07:00")]
    #[case::just_then("2026-03-29T02:00:00+07:00", "2026-03-29T02:00:00+07:00")]
    #[case::summer_time_begins_elsewhere("2026-03-29T02:30:00+07:00", "2026-03-29T02:00:00+07:00")]
    #[case::summer_time_ends_elsewhere("2026-10-25T03:00:00+07:00", "2026-10-25T02:00:00+07:00")]
    #[case::a_year_ends("2026-01-01T01:00:00+07:00", "2025-12-31T02:00:00+07:00")]
    #[case::a_leap_day("2028-02-29T23:00:00+07:00", "2028-02-29T02:00:00+07:00")]
    #[case::yesterday_in_greenwich("2026-05-01T19:00:00Z", "2026-05-02T02:00:00+07:00")]
    fn two_in_the_morning_is_jakartas(#[case] now: &str, #[case] last: &str) {
        let (now, last) = (at(now), at(last));
        assert_eq!(nightly().last(now), Some(last));
        let next = nightly().next(now).unwrap();
        assert_eq!(next.since(last), Duration::from_hours(24));
    }

    #[rstest]
    #[case("30 1 1 * *", "2026-05-20T00:00:00+07:00", "2026-05-01T01:30:00+07:00")]
    #[case("0 2 * * 7", "2026-05-20T00:00:00+07:00", "2026-05-17T02:00:00+07:00")]
    #[case(
        "*/15 * * * *",
        "2026-05-20T00:14:59+07:00",
        "2026-05-20T00:00:00+07:00"
    )]
    fn expressions_are_crons(#[case] text: &str, #[case] now: &str, #[case] last: &str) {
        let schedule: Schedule = text.parse().unwrap();
        assert_eq!(schedule.last(at(now)), Some(at(last)));
    }

    #[rstest]
    #[case("")]
    #[case("2")]
    #[case("0 0 2 * * *")]
    #[case("0 25 * * *")]
    #[case("@daily")]
    #[case("0 2 30 2 *")]
    fn anything_else_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<Schedule>(), Err(NotCron));
    }

    #[test]
    fn missed_runs_are_caught_up_with_once() {
        let (schedule, started) = (nightly(), at("2026-05-20T12:00:00+07:00"));
        let mut mark = SyncMark::new(SupplierId(0));
        let due = |mark: &SyncMark, now: &str| schedule.due(mark, started, at(now));
        assert_eq!(
            due(&mark, "2026-05-20T12:00:00+07:00"),
            None,
            "nothing was missed"
        );
        assert_eq!(due(&mark, "2026-05-21T01:59:59+07:00"), None);
        let first = at("2026-05-21T02:00:00+07:00");
        assert_eq!(due(&mark, "2026-05-21T02:00:00+07:00"), Some(first));
        // Nobody was there for three nights: one run.
        mark.synced_at = Some(at("2026-05-18T02:00:07+07:00"));
        let last = at("2026-05-20T02:00:00+07:00");
        assert_eq!(due(&mark, "2026-05-20T12:00:00+07:00"), Some(last));
        mark.synced_at = Some(at("2026-05-20T12:00:05+07:00"));
        assert_eq!(due(&mark, "2026-05-20T12:00:06+07:00"), None);
    }

    #[test]
    fn a_run_under_way_is_left_alone_until_its_time_is_up() {
        let schedule = nightly();
        let (begun, started) = (
            at("2026-05-20T02:00:00+07:00"),
            at("2026-05-01T00:00:00+07:00"),
        );
        let mark = SyncMark {
            run: Some(Run {
                due: begun,
                until: begun.plus(Duration::from_mins(15)),
                ended: false,
            }),
            ..SyncMark::new(SupplierId(0))
        };
        let due = |now: &str| schedule.due(&mark, started, at(now));
        assert_eq!(due("2026-05-20T02:14:59+07:00"), None);
        assert_eq!(due("2026-05-20T02:15:00+07:00"), Some(begun));
        assert_eq!(
            due("2026-05-22T03:00:00+07:00"),
            Some(at("2026-05-22T02:00:00+07:00"))
        );
    }
}
