//! Callbacks that wait to be applied: of each supplier so many and no more, so that one that sends faster than they are applied, or who has its key,
//! fills neither the store nor memory, and keeps nobody else's callbacks waiting (T-24). Refused, it sends again; and what nobody told is asked about.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Engine;
use super::seldom::Pace;
use crate::ids::{InboxId, SupplierId};
use crate::ports::{Due, InboxRow, InboxState};

/// What one supplier's callbacks may weigh, in bytes, before they are applied: thousands that are as long as any honest one.
const WEIGHT_MAX: usize = 8 * 1024 * 1024;

/// What each weighs at least.
const ROW_WEIGHT: usize = 1024;

/// How many that wait are looked at to see what other processes have applied.
const LOOK_AT_ONCE: usize = 1_000;

/// How many of each supplier are asked about where so many wait that they are not all seen.
const ASK_EACH: usize = 64;

/// Whoever floods us does it for long.
const PACE: Pace = Pace {
    soonest: Duration::from_mins(1),
    rarest: Duration::from_hours(1),
};

/// What this process stored and nobody has applied yet, as far as it knows.
#[derive(Default)]
pub(super) struct Waiting(Mutex<BTreeMap<SupplierId, Pile>>);

#[derive(Default)]
struct Pile {
    rows: BTreeMap<InboxId, usize>,
    weight: usize,
}

impl Pile {
    fn take(&mut self, id: InboxId) {
        if let Some(weight) = self.rows.remove(&id) {
            self.weight -= weight;
        }
    }
}

fn weight(row: &InboxRow) -> usize {
    let request = &row.request;
    let headers = request.headers.iter().map(|(name, values)| {
        let values: usize = values.iter().map(String::len).sum();
        name.len() + values
    });
    ROW_WEIGHT + request.path.len() + request.body.len() + headers.sum::<usize>()
}

impl Waiting {
    fn piles(&self) -> MutexGuard<'_, BTreeMap<SupplierId, Pile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for it; takes it.
    fn join(&self, row: &InboxRow) -> bool {
        let mut piles = self.piles();
        let pile = piles.entry(row.supplier).or_default();
        let weight = weight(row);
        if pile.weight.saturating_add(weight) > WEIGHT_MAX {
            return false;
        }
        pile.weight += weight;
        pile.rows.insert(row.id, weight);
        true
    }

    /// It waits no more.
    pub(super) fn leave(&self, id: InboxId) {
        for pile in self.piles().values_mut() {
            pile.take(id);
        }
    }

    /// Of each supplier the oldest that came after `last`.
    fn oldest_after(&self, last: InboxId) -> Vec<InboxId> {
        let piles = self.piles();
        let oldest = piles.values().flat_map(|pile| {
            let after = pile.rows.range((Bound::Excluded(last), Bound::Unbounded));
            after.take(ASK_EACH).map(|(id, _)| *id)
        });
        oldest.collect()
    }

    fn ids(&self) -> Vec<InboxId> {
        let piles = self.piles();
        let ids = piles.values().flat_map(|pile| pile.rows.keys().copied());
        ids.collect()
    }
}

impl Engine {
    /// Whether so many of this supplier's callbacks wait that this one is not stored. Else it counts until it is applied.
    pub(super) fn is_flooded_by(&self, row: &InboxRow) -> bool {
        if self.inner.waiting.join(row) {
            return false;
        }
        let cause = ("callbacks wait", Some(row.supplier));
        let now = self.inner.clock.now();
        if let Some(untold) = self.inner.seldom.tell(cause, &PACE, now) {
            let supplier = self.named(row.supplier);
            tracing::error!(
                supplier,
                untold,
                alert = "a supplier sends callbacks faster than they are applied",
                "callbacks refused; its orders are settled by what it is asked"
            );
            self.inner.meter.alert("callback");
        }
        true
    }

    /// What this process stored others may have applied: only the store knows. It names the oldest first; what one of them has in hand just now it leaves out,
    /// which is a handful.
    pub(super) async fn recount_waiting(&self) {
        let ours = self.inner.waiting.ids();
        if ours.is_empty() {
            return;
        }
        let now = self.inner.clock.now();
        let due = match self.inner.store.due(now, LOOK_AT_ONCE).await {
            Ok(due) => due,
            Err(error) => {
                self.warn_seldom("callbacks that wait could not be counted", &error);
                return;
            }
        };
        let known_until = (due.len() == LOOK_AT_ONCE).then(|| due.last().copied());
        let known_until = known_until.flatten();
        let waits: BTreeSet<Due> = due.into_iter().collect();
        let last_known = match known_until {
            Some(Due::Inbox(last)) => Some(last),
            Some(Due::Order(_)) | None => None,
        };
        for id in ours {
            let is_known = last_known.is_none_or(|last| id <= last);
            if is_known && !waits.contains(&Due::Inbox(id)) {
                self.inner.waiting.leave(id);
            }
        }
        // The heap of one supplier hides what has become of another's.
        let Some(last) = last_known else { return };
        for id in self.inner.waiting.oldest_after(last) {
            match self.inner.store.inbox(id).await {
                Ok(Some(row)) if row.state == InboxState::Waiting => {}
                Ok(_) => self.inner.waiting.leave(id),
                Err(error) => {
                    self.warn_seldom("callbacks that wait could not be counted", &error);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(no: u128, supplier: u16) -> (InboxId, SupplierId) {
        (InboxId(uuid::Uuid::from_u128(no)), SupplierId(supplier))
    }

    /// The heap of one hides nobody else's.
    #[test]
    fn t_24_of_each_supplier_the_oldest_beyond_what_is_seen_are_asked_about() {
        let waiting = Waiting::default();
        for no in 0..1_000 {
            let (id, supplier) = row(no, u16::from(no.is_multiple_of(10)));
            let mut piles = waiting.piles();
            piles.entry(supplier).or_default().rows.insert(id, 1);
        }
        let (last, _) = row(100, 0);
        let asked = waiting.oldest_after(last);
        assert!(asked.iter().all(|id| *id > last));
        let of = |supplier: u16| {
            let each = |no: &u128| u16::from(no.is_multiple_of(10)) == supplier;
            let ids = (101..1_000).filter(each).take(ASK_EACH);
            ids.map(|no| row(no, supplier).0).collect::<Vec<_>>()
        };
        assert_eq!(asked, [of(0), of(1)].concat());
    }
}
