//! When to try again: schedules as plain data, jitter from a given roll.

use std::time::Duration;

/// Waits before asking the same supplier again after a proven rejection that invites it (D39); then no more.
pub const INVITED_RETRY: [Duration; 3] = [
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
];

/// Waits before each status check, for profiles that have none of their own; then a person looks.
pub const STATUS_CHECK: [Duration; 5] = [
    Duration::from_mins(2),
    Duration::from_mins(3),
    Duration::from_mins(3),
    Duration::from_mins(3),
    Duration::from_mins(3),
];

/// Wait between status checks once [`STATUS_CHECK`] is used up.
pub const STATUS_CHECK_LATER: Duration = Duration::from_mins(30);

/// Wait before an order is routed again whose suppliers are merely full, spaced or behind an open breaker (D17).
pub const HELD_RETRY: Duration = Duration::from_secs(1);

/// How much longer than its schedule says a wait may be, at most.
pub const JITTER_PPM: u32 = 100_000;

/// The wait before try `n` (from 0) of a schedule, `None` once it is used up. Jitter only ever lengthens, by less than
/// [`JITTER_PPM`]: the schedules hold suppliers' least intervals.
pub fn wait_before(schedule: &[Duration], n: usize, roll: u64) -> Option<Duration> {
    schedule.get(n).map(|wait| jittered(*wait, roll))
}

/// As [`wait_before`], with `later` for every try after the schedule's last.
pub fn wait_or_later(schedule: &[Duration], later: Duration, n: usize, roll: u64) -> Duration {
    jittered(schedule.get(n).copied().unwrap_or(later), roll)
}

/// `wait`, lengthened by a part of [`JITTER_PPM`] that `roll` decides.
fn jittered(wait: Duration, roll: u64) -> Duration {
    let ppm = u32::try_from(roll % u64::from(JITTER_PPM)).unwrap_or(0);
    wait.saturating_add(wait / 1_000_000 * ppm)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&INVITED_RETRY, 0, Some(60))]
    #[case(&INVITED_RETRY, 1, Some(120))]
    #[case(&INVITED_RETRY, 2, Some(300))]
    #[case(&INVITED_RETRY, 3, None)]
    #[case(&STATUS_CHECK, 0, Some(120))]
    #[case(&STATUS_CHECK, 1, Some(180))]
    #[case(&STATUS_CHECK, 4, Some(180))]
    #[case(&STATUS_CHECK, 5, None)]
    #[case(&STATUS_CHECK, usize::MAX, None)]
    #[case(&[], 0, None)]
    fn waits_follow_the_schedule(
        #[case] schedule: &[Duration],
        #[case] n: usize,
        #[case] seconds: Option<u64>,
    ) {
        assert_eq!(
            wait_before(schedule, n, 0),
            seconds.map(Duration::from_secs)
        );
    }

    #[test]
    fn status_checks_go_on_after_the_schedule() {
        let wait = |n| wait_or_later(&STATUS_CHECK, STATUS_CHECK_LATER, n, 0);
        assert_eq!(wait(4), Duration::from_mins(3));
        assert_eq!(wait(5), Duration::from_mins(30));
        assert_eq!(wait(500), Duration::from_mins(30));
    }

    proptest! {
        #[test]
        fn jitter_lengthens_by_less_than_a_tenth(seconds in 0_u64..100_000, roll: u64) {
            let wait = Duration::from_secs(seconds);
            let found = wait_before(&[wait], 0, roll).unwrap_or_default();
            prop_assert!(found >= wait);
            prop_assert!(found <= wait + wait / 10);
        }
    }

    #[test]
    fn different_rolls_spread() {
        let waits: std::collections::BTreeSet<_> = (0..100)
            .map(|roll| wait_before(&[Duration::from_mins(1)], 0, roll * 7_919))
            .collect();
        assert!(waits.len() > 90);
    }
}
