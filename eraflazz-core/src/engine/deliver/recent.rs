//! The last few tries of each member, for support. Bounded, in memory, lost with the process.

use std::collections::{BTreeMap, VecDeque};

use crate::ids::MemberId;
use crate::webhook::Delivery;

/// Tries kept of one member.
const EACH: usize = 50;
/// Members whose tries are kept.
const MEMBERS_MAX: usize = 2_000;

#[derive(Debug, Default)]
pub(super) struct Recent {
    by_member: BTreeMap<MemberId, VecDeque<Delivery>>,
}

impl Recent {
    /// Newest first.
    pub(super) fn of(&self, member: MemberId) -> Vec<Delivery> {
        let kept = self.by_member.get(&member);
        kept.into_iter().flatten().rev().cloned().collect()
    }

    /// Remembers a try, and forgets the oldest of the member, or the member that was quiet longest.
    pub(super) fn put(&mut self, member: MemberId, delivery: Delivery) {
        if !self.by_member.contains_key(&member) && self.by_member.len() >= MEMBERS_MAX {
            let last = |kept: &VecDeque<Delivery>| kept.back().map(|last| last.at);
            let quiet = self.by_member.iter().min_by_key(|(_, kept)| last(kept));
            if let Some(quiet) = quiet.map(|(member, _)| *member) {
                self.by_member.remove(&quiet);
            }
        }
        let kept = self.by_member.entry(member).or_default();
        if kept.len() >= EACH {
            kept.pop_front();
        }
        kept.push_back(delivery);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::OrderId;
    use crate::time::Timestamp;
    use crate::webhook::{Answer, EventId, Outcome};

    fn delivery(n: u32) -> Delivery {
        Delivery {
            event: EventId {
                order: OrderId(uuid::Uuid::nil()),
                revision: n,
            },
            at: Timestamp::from_millis(i64::from(n)),
            took: Duration::ZERO,
            tries: 1,
            answer: Answer::bare(Outcome::TimedOut),
        }
    }

    fn member(n: u32) -> MemberId {
        MemberId(uuid::Uuid::from_u128(u128::from(n)))
    }

    #[test]
    fn the_last_tries_are_kept_newest_first() {
        let mut recent = Recent::default();
        for n in 0..200 {
            recent.put(member(1), delivery(n));
        }
        let revisions: Vec<u32> = recent
            .of(member(1))
            .iter()
            .map(|kept| kept.event.revision)
            .collect();
        assert_eq!(revisions, (150..200).rev().collect::<Vec<_>>());
        assert!(recent.of(member(2)).is_empty());
    }

    #[test]
    fn d_12_the_members_that_are_remembered_are_bounded() {
        let mut recent = Recent::default();
        let all = u32::try_from(MEMBERS_MAX).unwrap_or(u32::MAX) + 10;
        for n in 0..all {
            recent.put(member(n), delivery(n));
        }
        assert_eq!(recent.by_member.len(), MEMBERS_MAX);
        assert!(recent.of(member(0)).is_empty(), "quiet for longest");
        assert_eq!(recent.of(member(all - 1)).len(), 1);
    }
}
