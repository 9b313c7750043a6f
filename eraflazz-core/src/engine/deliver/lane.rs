//! The lane of one endpoint: what is under way to it, and how it fares.

use std::collections::BTreeSet;

use crate::ids::OrderId;
use crate::time::Timestamp;
use crate::webhook::{Outcome, Policy};

/// Kept in memory while something is under way or wrong; losing it costs nothing but a few tries.
#[derive(Debug, Default)]
pub(super) struct Lane {
    in_flight: BTreeSet<OrderId>,
    failures: u32,
    rests_until: Option<Timestamp>,
    alarmed: bool,
}

impl Lane {
    /// Whether nothing may be started now.
    pub(super) fn is_busy(&self, places: usize, now: Timestamp) -> bool {
        self.in_flight.len() >= places || self.rests_until.is_some_and(|until| now < until)
    }

    /// Takes a place for the order, if there is one and the order has none.
    pub(super) fn begin(&mut self, order: OrderId, places: usize, now: Timestamp) -> bool {
        !self.is_busy(places, now) && self.in_flight.insert(order)
    }

    /// Gives the place back.
    pub(super) fn end(&mut self, order: OrderId) {
        self.in_flight.remove(&order);
    }

    /// Nothing is started before `until`.
    pub(super) fn rest(&mut self, until: Timestamp) {
        self.rests_until = self.rests_until.max(Some(until));
    }

    /// A try ended.
    pub(super) fn heard(&mut self, policy: &Policy, outcome: Outcome, now: Timestamp) {
        if outcome.is_taken() {
            self.failures = 0;
            self.rests_until = None;
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if let Some(until) = policy.pause(self.failures, outcome, now) {
            self.rest(until);
        }
    }

    /// The endpoint is another one.
    pub(super) const fn begin_anew(&mut self) {
        self.failures = 0;
        self.rests_until = None;
        self.alarmed = false;
    }

    /// Whether the alarm should ring now: once, until it was well again.
    pub(super) const fn alarms(&mut self, alarming: bool) -> bool {
        let rings = alarming && !self.alarmed;
        self.alarmed = alarming;
        rings
    }

    /// Whether nothing about it is worth remembering.
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        self.in_flight.is_empty()
            && self.failures == 0
            && self.rests_until.is_none_or(|until| until <= now)
    }
}
