//! The clock of Midtrans and Moota: `2026-01-01 07:00:00` in Jakarta, without saying so; and the other way round. Pure.

use eraflazz_core::time::Timestamp;

const WIB_SECONDS: i64 = 7 * 60 * 60;

/// The point in time of a text in exactly this form; `None` for everything else. Nothing is guessed.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let is_day = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day);
    if !is_day || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(Timestamp::from_millis((seconds - WIB_SECONDS) * 1_000))
}

/// A point in time as requests name it, `2026-01-01 07:00:00 +0700`.
#[cfg(feature = "midtrans")]
pub(crate) fn written(at: Timestamp) -> String {
    let text = at.to_string();
    let (date, time) = text.split_once('T').unwrap_or_default();
    format!("{date} {} +0700", time.get(..8).unwrap_or_default())
}

/// Three numbers of so many digits each.
fn numbers(text: &str, between: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(between);
    let mut found = [0; 3];
    for (place, digits) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        let is_number = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        *place = part.parse().ok().filter(|_| is_number)?;
    }
    parts.next().is_none().then_some(found)
}

const fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, in the Gregorian calendar.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    // Counted from March, so that the day that some years have more comes last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_years = 365 * year + year / 4 - year / 100 + year / 400;
    of_years + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1970-01-01 07:00:00", "1970-01-01T07:00:00.000+07:00")]
    #[case("2023-01-23 17:56:45", "2023-01-23T17:56:45.000+07:00")]
    #[case("2024-02-29 23:59:59", "2024-02-29T23:59:59.000+07:00")]
    #[case("2000-03-01 00:00:00", "2000-03-01T00:00:00.000+07:00")]
    fn a_time_is_read_in_jakarta(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(
            moment(text).map(|at| at.to_string()).as_deref(),
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
    #[case("2023-01-23 +7:56:45")]
    #[case("1969-12-31 17:56:45")]
    #[case("٢٠٢٣-01-23 17:56:45")]
    fn what_is_no_time_is_none(#[case] text: &str) {
        assert_eq!(moment(text), None);
    }

    proptest! {
        #[test]
        fn every_second_is_read_as_it_is_shown(seconds in 0_i64..253_402_000_000) {
            let at = Timestamp::from_millis(seconds * 1_000);
            let shown = at.to_string();
            let text = format!("{} {}", &shown[..10], &shown[11..19]);
            prop_assert_eq!(moment(&text), Some(at));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = moment(&text);
        }
    }
}
