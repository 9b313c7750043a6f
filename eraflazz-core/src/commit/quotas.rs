//! What a unit takes of the day's quotas, and gives back.

use std::collections::BTreeMap;

use super::apply::broken;
use super::changes::Changes;
use super::verdict::Refused;
use super::view::View;
use crate::catalog::{QuotaKey, QuotaUse};
use crate::order::Attempt;

/// What is used of each quota that the unit moves once it is written. An attempt takes of the quotas of the day on which it was intended, in the commit that
/// intends it, and gives back in the one that proves it bought nothing, if that is still the same day: of a day that is over nobody asks. So what is used is
/// always what the attempts on record say, whatever crashes, and however many processes buy.
pub(super) fn check<V: View>(
    unit: &Changes,
    view: &V,
) -> Result<BTreeMap<QuotaKey, QuotaUse>, Refused> {
    let mut moved = BTreeMap::new();
    let known = |attempt: &Attempt| view.attempt(attempt.order, attempt.no);
    let is_new = |attempt: &&Attempt| known(attempt).is_none();
    // What one attempt gives back, the next one of the same commit may take.
    let written = unit.attempts.iter();
    let (new, old): (Vec<_>, Vec<_>) = written.partition(is_new);
    for attempt in old.into_iter().chain(new) {
        let was = known(attempt);
        let took = was.is_some_and(Attempt::takes_of_quota);
        if took == attempt.takes_of_quota() {
            continue;
        }
        for key in attempt.quota_keys_of(unit.at) {
            let used = moved.entry(key).or_insert_with(|| view.quota_used(&key));
            if took {
                *used = used.minus(attempt.expected_cost);
                continue;
            }
            let limit = unit.quotas.iter().find(|limit| limit.key == key);
            match (was, limit) {
                // It was delivered after all: it is over, whatever the quota says.
                (Some(_), _) => {}
                (None, None) => return broken("an attempt that takes of a quota says of which"),
                (None, Some(limit)) => {
                    if !limit.quota.takes(*used, attempt.expected_cost) {
                        return Err(Refused::OverQuota { key, used: *used });
                    }
                }
            }
            *used = used.plus(attempt.expected_cost);
        }
    }
    Ok(moved)
}
