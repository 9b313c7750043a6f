//! "There was such a purchase before": about this purchase, or about another one? Pure.
//!
//! Servers of this family say the same sentence in two situations: as the state of *this* reference, and to refuse a *new* reference because the
//! same goods went to the same destination earlier that day, with the state and the serial number of the *earlier* purchase. Taken for the
//! wrong one it books a delivery that never was, or buys what is on its way already. So it is about this purchase only where everything says so:
//!
//! | What is answered | our reference | the time shown | then it is about |
//! |---|---|---|---|
//! | a question, or a later send | echoed | none, or not before our first send | this purchase |
//! | a question, or a later send | echoed | before our first send | nobody knows |
//! | a question, or a later send | not echoed | any | nobody knows |
//! | the first send, to a server that knows purchases by reference | echoed | not before our first send | this purchase: its bytes came twice |
//! | the first send, otherwise | any | any or none | nobody knows |
//!
//! What nobody knows proves nothing: the purchase stays in doubt, is asked about, and goes to a person.

use std::ops::RangeInclusive;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use regex::{Captures, Regex};

const MINUTES_A_DAY: i64 = 24 * 60;

/// The clock that a server's replies show: hours and minutes, seldom a day, never a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerClock {
    /// Hours ahead of UTC: 7 for WIB, 8 for WITA, 9 for WIT.
    pub utc_offset_hours: i8,
    /// How far it may be off. Below this two purchases of the same goods for the same destination cannot be told apart by time.
    pub slack: Duration,
}

impl Default for ServerClock {
    /// WIB, right to two minutes.
    fn default() -> Self {
        Self {
            utc_offset_hours: 7,
            slack: Duration::from_mins(2),
        }
    }
}

impl ServerClock {
    /// The purchase that was first sent `age` ago, on this clock.
    pub(super) fn sent(self, age: Duration) -> Sent {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.sent_at(now.saturating_sub(age), now)
    }

    /// A purchase of which only is known that it was sent before.
    pub(super) fn any_time() -> Sent {
        let clock = Self {
            slack: Duration::from_hours(24),
            ..Self::default()
        };
        clock.sent(Duration::ZERO)
    }

    /// The purchase that was first sent at `sent`, asked about at `now`; both since 1970.
    pub(super) fn sent_at(self, sent: Duration, now: Duration) -> Sent {
        let minutes = |time: Duration| i64::try_from(time.as_secs() / 60).unwrap_or(i64::MAX / 2);
        let ahead = i64::from(self.utc_offset_hours) * 60;
        Sent {
            first: minutes(sent) + ahead,
            now: minutes(now) + ahead,
            slack: minutes(self.slack),
        }
    }
}

/// When a purchase was sent, in whole minutes on the server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    first: i64,
    now: i64,
    slack: i64,
}

impl Sent {
    /// When what a status answer shows may have happened.
    fn about(self) -> RangeInclusive<i64> {
        self.first.saturating_sub(self.slack)..=self.now.saturating_add(self.slack)
    }

    /// When our bytes can have arrived: not a minute before they left.
    fn exactly(self) -> RangeInclusive<i64> {
        self.first..=self.now.saturating_add(self.slack)
    }
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The first send of a reference.
    First {
        /// Whether the server knows purchases by their reference alone, and never refuses a new one for an older one's sake.
        by_ref: bool,
    },
    /// A question, or a later send.
    Again,
}

/// Whether a reply that tells of an earlier purchase tells of this one.
pub(super) fn is_this_one(
    phase: Phase,
    is_ref_echoed: bool,
    sent: Option<Sent>,
    text: &str,
) -> bool {
    let shown = Shown::read(text);
    match (phase, is_ref_echoed, sent) {
        (Phase::Again, true, Some(sent)) => shown.is_none_or(|shown| shown.is_in(sent.about())),
        (Phase::First { by_ref: true }, true, Some(sent)) => {
            shown.is_some_and(|shown| shown.is_in(sent.exactly()))
        }
        (Phase::Again | Phase::First { .. }, ..) => false,
    }
}

#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant, and each test compiles it"
)]
static SHOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:sudah|sdh|udah) pernah\b(?:\s+(?:trx|transaksi|pada|tgl\.?|tanggal|jam|pkl\.?|pukul))*\s*@?\s*",
        r"(?:(?<day>\d{1,2})[/-](?<month>\d{1,2})(?:[/-]\d{2,4})?\s+(?:(?:jam|pkl\.?|pukul)\s+)?@?)?",
        r"(?<hour>[01]?\d|2[0-3])[:.](?<minute>[0-5]\d)\b",
    ))
    .expect("a constant pattern compiles")
});

/// When the earlier purchase was, as the reply shows it.
#[derive(Clone, Copy)]
struct Shown {
    /// Day and month, if they are shown.
    date: Option<(i64, i64)>,
    minute_of_day: i64,
}

impl Shown {
    fn read(text: &str) -> Option<Self> {
        let found = SHOWN.captures(text)?;
        let date = number(&found, "day").zip(number(&found, "month"));
        let minute_of_day = number(&found, "hour")? * 60 + number(&found, "minute")?;
        Some(Self {
            date,
            minute_of_day,
        })
    }

    /// Whether some day of `minutes` has it within.
    fn is_in(self, minutes: RangeInclusive<i64>) -> bool {
        let day = |minute: i64| minute.div_euclid(MINUTES_A_DAY);
        // A purchase that is asked about is some days old at the most; after a week without a date every time of day was passed anyhow.
        let (first, last) = (day(*minutes.start()), day(*minutes.end()));
        (first..=last.min(first + 400)).any(|day| {
            self.date.is_none_or(|date| date == date_of(day))
                && minutes.contains(&(day * MINUTES_A_DAY + self.minute_of_day))
        })
    }
}

fn number(found: &Captures<'_>, name: &str) -> Option<i64> {
    found.name(name)?.as_str().parse().ok()
}

/// Day and month of a day since 1970-01-01 in the Gregorian calendar: eras of 400 years that begin in March, so that the leap day is the last
/// of its year.
fn date_of(day: i64) -> (i64, i64) {
    let day_of_era = (day + 719_468).rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (day_of_month, month)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// 2025-11-12 00:00 in WIB.
    const MIDNIGHT: u64 = 1_762_880_400;

    /// Sent at 18:46 of 2025-11-12 in WIB, asked about `later` minutes after.
    fn sent(later: u64) -> Sent {
        let at = Duration::from_secs(MIDNIGHT + (18 * 60 + 46) * 60 + 30);
        ServerClock::default().sent_at(at, at + Duration::from_mins(later))
    }

    const FIRST: Phase = Phase::First { by_ref: false };
    const FIRST_BY_REF: Phase = Phase::First { by_ref: true };

    #[rstest]
    #[case::row_1_a_question_about_a_ref_that_was_sent(
        Phase::Again,
        true,
        "sudah pernah jam 18:46, status Sukses",
        true
    )]
    #[case::row_1_no_time_is_shown(Phase::Again, true, "sudah pernah, status Sukses", true)]
    #[case::row_1_within_the_slack(Phase::Again, true, "sdh pernah jam 18.44, status", true)]
    #[case::row_1_before_our_send(Phase::Again, true, "sdh pernah jam 18.43, status", false)]
    #[case::row_1_whose_it_is_is_not_said(Phase::Again, false, "sudah pernah jam 18:46", false)]
    #[case::row_1_another_day(Phase::Again, true, "sudah pernah tgl 11/11 jam 18:46", false)]
    #[case::row_1_the_same_day(Phase::Again, true, "sudah pernah 12/11/2025 18:46", true)]
    #[case::row_2_refused_for_an_older_one_of_ours(FIRST, true, "sudah pernah jam 16:16", false)]
    #[case::row_2_in_the_same_minute(FIRST, true, "sudah pernah jam 18:46", false)]
    #[case::row_3_a_serial_number_that_was_given(FIRST, false, "sudah pernah jam 16:16", false)]
    #[case::row_4_before_our_send(FIRST_BY_REF, true, "sudah pernah jam 18:45, status", false)]
    #[case::row_4_long_before_our_send(FIRST_BY_REF, true, "sudah pernah jam 09:00", false)]
    #[case::row_5_our_bytes_came_twice(FIRST_BY_REF, true, "sudah pernah jam 18:46", true)]
    #[case::row_5_without_our_ref(FIRST_BY_REF, false, "sudah pernah jam 18:46", false)]
    #[case::row_5_without_a_time(FIRST_BY_REF, true, "sudah pernah, status Sukses", false)]
    #[case::row_5_in_the_future(FIRST_BY_REF, true, "sudah pernah jam 19:30", false)]
    fn the_table_of_duplicates(
        #[case] phase: Phase,
        #[case] is_ref_echoed: bool,
        #[case] text: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(
            is_this_one(phase, is_ref_echoed, Some(sent(1)), text),
            expected
        );
    }

    #[test]
    fn without_a_time_of_our_own_nothing_is_known() {
        assert!(!is_this_one(
            Phase::Again,
            true,
            None,
            "sudah pernah jam 18:46"
        ));
        assert!(!is_this_one(
            FIRST_BY_REF,
            true,
            None,
            "sudah pernah jam 18:46"
        ));
    }

    #[test]
    fn midnight_lies_between_two_times() {
        let before = Duration::from_secs(MIDNIGHT - 60);
        let sent = ServerClock::default().sent_at(before, before + Duration::from_mins(10));
        let is_ours = |text: &str| is_this_one(Phase::Again, true, Some(sent), text);
        assert!(is_ours("sudah pernah jam 23:59, status"));
        assert!(is_ours("sudah pernah jam 00:01, status"));
        assert!(is_ours("sudah pernah 11/11 23:59, status"));
        assert!(!is_ours("sudah pernah 12/11 23:59, status"));
        assert!(!is_ours("sudah pernah jam 12:00, status"));
    }

    #[test]
    fn a_server_in_another_zone_shows_another_time() {
        let wita = ServerClock {
            utc_offset_hours: 8,
            ..ServerClock::default()
        };
        let at = Duration::from_secs(MIDNIGHT);
        let sent = wita.sent_at(at, at);
        let is_ours = |text: &str| is_this_one(Phase::Again, true, Some(sent), text);
        assert!(is_ours("sudah pernah jam 01:00"));
        assert!(!is_ours("sudah pernah jam 00:00"));
    }

    #[rstest]
    #[case(0, (1, 1))]
    #[case(58, (28, 2))]
    #[case(59, (1, 3))]
    #[case(789, (29, 2))]
    #[case(11_016, (29, 2))]
    #[case(20_404, (12, 11))]
    #[case(20_453, (31, 12))]
    fn days_have_dates(#[case] day: i64, #[case] expected: (i64, i64)) {
        assert_eq!(date_of(day), expected);
    }
}
