//! Which routes of an order are taken again, and when.

use std::time::Duration;

use crate::ids::MappingId;
use crate::order::follow::{Next, after_rejection};
use crate::order::{Attempt, AttemptState};
use crate::time::Timestamp;

/// So often we may keep our own request to a route back before that counts as a try: as often as a job may crash (INV-28).
const WITHHELD_MAX: usize = 3;

/// Whether we kept back so many requests to this route that something is wrong with it or with us.
fn is_withheld_for_good(attempts: &[Attempt], mapping: MappingId) -> bool {
    let withheld = attempts
        .iter()
        .filter(|attempt| attempt.mapping == mapping && attempt.state == AttemptState::Withheld);
    withheld.count() >= WITHHELD_MAX
}

/// Routes that are not taken again. What we ourselves kept back, the route never heard of: it is as good as it was (INV-30), but not for ever.
pub(super) fn used_up(attempts: &[Attempt]) -> Vec<MappingId> {
    let used_up = attempts.iter().filter(|attempt| {
        attempt.state != AttemptState::Withheld || is_withheld_for_good(attempts, attempt.mapping)
    });
    used_up.map(|attempt| attempt.mapping).collect()
}

/// Routes that may be asked again after a rejection that invites it, and when: 1, 2, 5 min after their last rejection (D39).
pub(super) fn invited_retries(
    attempts: &[Attempt],
    schedule: &[Duration],
) -> Vec<(MappingId, Timestamp)> {
    let mut invited: Vec<(MappingId, Timestamp)> = Vec::new();
    let heard_of = attempts.iter().filter(|attempt| {
        attempt.state != AttemptState::Withheld && !is_withheld_for_good(attempts, attempt.mapping)
    });
    let attempts: Vec<&Attempt> = heard_of.collect();
    for (place, attempt) in attempts.iter().enumerate() {
        if attempts[place + 1..]
            .iter()
            .any(|later| later.mapping == attempt.mapping)
        {
            continue;
        }
        let AttemptState::Rejected { reason, at, .. } = attempt.state else {
            continue;
        };
        let invites =
            matches!(after_rejection(reason), Next::Reroute(reroute) if reroute.retry_invited);
        let times = attempts
            .iter()
            .filter(|other| other.mapping == attempt.mapping)
            .count();
        if let (true, Some(wait)) = (invites, schedule.get(times - 1)) {
            invited.push((attempt.mapping, at.plus(*wait)));
        }
    }
    invited
}
