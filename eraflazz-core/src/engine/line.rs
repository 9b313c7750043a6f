//! The line at a supplier: orders that wait for nothing but a slot there, to buy or to ask. A slot that is free is kept for the oldest of them, who is called; what is
//! newer counts it as taken. Without it, the bell of each new order takes the slot that was just freed, and the old ones wait until their deadline.
//!
//! A line is a matter of one process and of promptness: an order that is missing from it is found by the sweep, and one that does not come when it
//! is called loses its place, so that nobody waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::ids::OrderId;
use crate::time::Timestamp;

/// The most that stand in a line: whoever comes then waits for the sweep. More than this are not HELD unless `held_max` allows it.
const LENGTH_MAX: usize = 10_000;

/// How long a slot is kept for an order that was called.
const PATIENCE: Duration = Duration::from_secs(2);

/// The line at one supplier, by the age of the orders.
#[derive(Default)]
pub(super) struct Line {
    waiting: BTreeSet<OrderId>,
    called: BTreeMap<OrderId, Timestamp>,
}

impl Line {
    pub(super) fn join(&mut self, order: OrderId) {
        self.called.remove(&order);
        if self.waiting.len() < LENGTH_MAX {
            self.waiting.insert(order);
        }
    }

    pub(super) fn leave(&mut self, order: OrderId) {
        self.called.remove(&order);
        self.waiting.remove(&order);
    }

    /// How many stand in it, those who were called included.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.called.len()
    }

    pub(super) fn is_called(&self, order: OrderId) -> bool {
        self.called.contains_key(&order)
    }

    /// How many of `free` slots are kept for older orders.
    pub(super) fn kept_from(&self, order: OrderId, free: u32, now: Timestamp) -> u32 {
        if self.called.is_empty() && self.waiting.is_empty() {
            return 0;
        }
        let free = usize::try_from(free).unwrap_or(usize::MAX);
        let called = self.called.range(..order);
        let called = called.filter(|(_, at)| now < at.plus(PATIENCE));
        let older = called.map(|(id, _)| id).chain(self.waiting.range(..order));
        u32::try_from(older.take(free).count()).unwrap_or(u32::MAX)
    }

    /// Calls the oldest, one for each slot that is free and not kept for one who was called before.
    pub(super) fn call(&mut self, free: u32, now: Timestamp) -> Vec<OrderId> {
        self.called.retain(|_, at| now < at.plus(PATIENCE));
        let free = usize::try_from(free).unwrap_or(usize::MAX);
        let mut called = Vec::new();
        while self.called.len() < free
            && let Some(oldest) = self.waiting.pop_first()
        {
            self.called.insert(oldest, now);
            called.push(oldest);
        }
        called
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn order(age: u8) -> OrderId {
        OrderId::mint(NOW.plus(Duration::from_secs(age.into())), &[age; 10])
    }

    fn line(of: impl IntoIterator<Item = u8>) -> Line {
        let mut line = Line::default();
        of.into_iter().for_each(|age| line.join(order(age)));
        line
    }

    #[test]
    fn the_oldest_are_called_one_for_each_free_slot() {
        let mut line = line([3, 1, 2, 4]);
        assert_eq!(line.call(0, NOW), []);
        assert_eq!(line.call(2, NOW), [order(1), order(2)]);
        assert_eq!(line.call(2, NOW), [], "both slots are kept");
        line.leave(order(1));
        assert_eq!(line.call(2, NOW), [order(3)]);
        assert!(line.is_called(order(3)) && !line.is_called(order(4)));
    }

    #[test]
    fn a_free_slot_is_kept_from_who_is_newer() {
        let mut line = line([2, 4]);
        let kept = |line: &Line, age| line.kept_from(order(age), 5, NOW);
        let all = |line: &Line| [1, 2, 3, 4, 5].map(|age| kept(line, age));
        assert_eq!(all(&line), [0, 0, 1, 1, 2]);
        line.call(1, NOW);
        assert_eq!(all(&line), [0, 0, 1, 1, 2], "called or not");
        assert_eq!(
            line.kept_from(order(5), 1, NOW),
            1,
            "no more than there are"
        );
    }

    #[test]
    fn who_does_not_come_when_called_keeps_nobody_waiting() {
        let mut line = line([1, 2]);
        assert_eq!(line.call(1, NOW), [order(1)]);
        let later = NOW.plus(PATIENCE);
        assert_eq!(line.kept_from(order(2), 5, later), 0);
        assert_eq!(line.call(1, later), [order(2)]);
        line.join(order(2));
        assert!(!line.is_called(order(2)), "it waits again");
        assert_eq!(line.call(1, later), [order(2)]);
    }
}
