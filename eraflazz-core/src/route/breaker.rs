//! The circuit breaker: a route or supplier that fails is left alone for a while, then tried with one order (D40).
//!
//! Pure: outcomes and the time go in, a [`Gate`] comes out. It opens after [`IN_A_ROW`] failures, or when half of the last
//! [`SAMPLE`] outcomes failed within [`SPAN`]. It stays open for a minute, then lets one probe through: a success closes it, a
//! failure opens it for twice as long, up to 15 min. Doubts and faults of others neither open nor close it.

use std::time::Duration;

use crate::supplier::Reason;
use crate::time::Timestamp;

use super::outcome::Outcome;

/// Failures in a row that open it.
const IN_A_ROW: u8 = 5;
/// Outcomes that are looked back on.
const SAMPLE: usize = 20;
/// Failures among the last [`SAMPLE`] that open it.
const OF_SAMPLE: u32 = 10;
/// Outcomes older than this do not count among the last [`SAMPLE`].
const SPAN: Duration = Duration::from_mins(5);
/// How long it stays open the first time.
const OPEN_FIRST: Duration = Duration::from_mins(1);
/// How long it stays open at most.
const OPEN_LONGEST: Duration = Duration::from_mins(15);

/// Whether an order may pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// Any order.
    #[default]
    Closed,
    /// One order; whoever sends it says so with [`Breaker::begin_probe`].
    Probe,
    /// None before this.
    Open {
        /// When a probe may pass.
        until: Timestamp,
    },
}

/// A circuit breaker. The default is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    in_a_row: u8,
    /// When the last outcomes came and whether they were failures; a ring.
    recent: [Option<(Timestamp, bool)>; SAMPLE],
    next: usize,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    until: Timestamp,
    length: Duration,
    probing: bool,
}

impl Breaker {
    /// Whether an order may pass at `now`.
    pub fn gate(&self, now: Timestamp) -> Gate {
        match self.open {
            None => Gate::Closed,
            Some(Open { until, .. }) if now < until => Gate::Open { until },
            Some(_) => Gate::Probe,
        }
    }

    /// Says that the probe is under way: nobody else passes until its outcome is recorded, or for as long again if it never is.
    /// Does nothing while the breaker is closed.
    pub fn begin_probe(&mut self, now: Timestamp) {
        if let Some(open) = &mut self.open {
            open.until = now.plus(open.length);
            open.probing = true;
        }
    }

    /// Takes note of an outcome. While it is open only an outcome that comes during a probe counts; those of orders that were
    /// sent before it opened are old news.
    pub fn record(&mut self, outcome: Outcome, now: Timestamp) {
        let failed = match outcome {
            Outcome::Doubt => return,
            Outcome::Success => false,
            Outcome::Failure => true,
        };
        match &mut self.open {
            None => self.note(failed, now),
            Some(open) if !open.probing => {}
            Some(open) if failed => *open = Open::again(open.length, now),
            Some(_) => self.reset(),
        }
    }

    fn note(&mut self, failed: bool, now: Timestamp) {
        self.in_a_row = if failed {
            self.in_a_row.saturating_add(1)
        } else {
            0
        };
        self.recent[self.next] = Some((now, failed));
        self.next = (self.next + 1) % SAMPLE;
        if self.in_a_row >= IN_A_ROW || self.half_failed(now) {
            self.open = Some(Open::with(OPEN_FIRST, now));
        }
    }

    /// Closes it and forgets the past: an operator's word.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    fn half_failed(&self, now: Timestamp) -> bool {
        let (mut known, mut failures) = (0, 0);
        for (at, failed) in self.recent.iter().flatten() {
            if now.since(*at) <= SPAN {
                known += 1;
                failures += u32::from(*failed);
            }
        }
        known == SAMPLE && failures >= OF_SAMPLE
    }
}

impl Open {
    fn with(length: Duration, now: Timestamp) -> Self {
        Self {
            until: now.plus(length),
            length,
            probing: false,
        }
    }

    fn again(length: Duration, now: Timestamp) -> Self {
        Self::with(length.saturating_mul(2).min(OPEN_LONGEST), now)
    }
}

/// The account trip of a supplier: our deposit there is used up or our account broken (E-13). Unlike a breaker it does not open
/// by itself with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trip(Option<(Reason, Timestamp)>);

impl Trip {
    /// Trips it; the first reason stays.
    pub fn trip(&mut self, reason: Reason, now: Timestamp) {
        self.0.get_or_insert((reason, now));
    }

    /// An operator looked, or the supplier told us a balance: it may be bought from again.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// Why and since when nothing is bought there; `None` while all is well.
    pub const fn tripped(&self) -> Option<(Reason, Timestamp)> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    fn at(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    fn until(seconds: u64) -> Gate {
        Gate::Open { until: at(seconds) }
    }

    fn opened_at(seconds: u64) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            breaker.record(Outcome::Failure, at(seconds));
        }
        breaker
    }

    #[test]
    fn d40_five_failures_in_a_row_open_it() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.record(Outcome::Failure, at(0));
        }
        breaker.record(Outcome::Success, at(0));
        for _ in 0..4 {
            breaker.record(Outcome::Failure, at(0));
        }
        assert_eq!(breaker.gate(at(0)), Gate::Closed);
        breaker.record(Outcome::Failure, at(1));
        assert_eq!(breaker.gate(at(1)), until(61));
    }

    #[test]
    fn d40_half_of_the_last_twenty_open_it_if_they_are_recent() {
        // Every other one fails: never five in a row.
        let alternate = |gap: u64| {
            let mut breaker = Breaker::default();
            let mut gates = Vec::new();
            for n in 0..20 {
                let outcome = if n % 2 == 0 {
                    Outcome::Success
                } else {
                    Outcome::Failure
                };
                breaker.record(outcome, at(n * gap));
                gates.push(breaker.gate(at(n * gap)));
            }
            gates
        };
        let quick = alternate(15);
        assert!(quick[..19].iter().all(|gate| *gate == Gate::Closed));
        assert_eq!(quick[19], until(19 * 15 + 60));
        assert!(alternate(16).iter().all(|gate| *gate == Gate::Closed));
    }

    #[test]
    fn less_than_half_leaves_it_closed() {
        let mut breaker = Breaker::default();
        for n in 0..200_u64 {
            // Nine of any twenty.
            let outcome = if n % 2 == 1 && n % 20 != 19 {
                Outcome::Failure
            } else {
                Outcome::Success
            };
            breaker.record(outcome, at(n));
            assert_eq!(breaker.gate(at(n)), Gate::Closed, "after {n}");
        }
    }

    #[test]
    fn d40_one_probe_passes_after_a_minute() {
        let mut breaker = opened_at(0);
        assert_eq!(breaker.gate(at(59)), until(60));
        assert_eq!(breaker.gate(at(60)), Gate::Probe);
        breaker.begin_probe(at(60));
        assert_eq!(breaker.gate(at(61)), until(120), "one probe, not two");
        breaker.record(Outcome::Success, at(62));
        assert_eq!(breaker.gate(at(62)), Gate::Closed);
        breaker.record(Outcome::Failure, at(63));
        assert_eq!(breaker.gate(at(63)), Gate::Closed, "the past is forgotten");
    }

    #[test]
    fn d40_failed_probes_double_the_wait_up_to_a_quarter_of_an_hour() {
        let mut breaker = opened_at(0);
        let mut now = 60;
        for wait in [120, 240, 480, 900, 900] {
            assert_eq!(breaker.gate(at(now)), Gate::Probe);
            breaker.begin_probe(at(now));
            breaker.record(Outcome::Failure, at(now));
            assert_eq!(breaker.gate(at(now)), until(now + wait));
            now += wait;
        }
    }

    #[test]
    fn stragglers_neither_close_nor_prolong_it() {
        let mut breaker = opened_at(0);
        for outcome in [Outcome::Success, Outcome::Failure, Outcome::Doubt] {
            breaker.record(outcome, at(30));
            assert_eq!(breaker.gate(at(30)), until(60));
        }
    }

    #[test]
    fn a_probe_that_nobody_answers_for_is_followed_by_another() {
        let mut breaker = opened_at(0);
        breaker.begin_probe(at(60));
        breaker.record(Outcome::Doubt, at(90));
        assert_eq!(breaker.gate(at(119)), until(120));
        assert_eq!(breaker.gate(at(120)), Gate::Probe);
    }

    #[test]
    fn doubts_are_no_failures() {
        let mut breaker = Breaker::default();
        for n in 0..100 {
            breaker.record(Outcome::Doubt, at(n));
        }
        assert_eq!(breaker.gate(at(100)), Gate::Closed);
    }

    #[test]
    fn a_closed_breaker_has_no_probe_and_an_operator_closes_an_open_one() {
        let mut breaker = Breaker::default();
        breaker.begin_probe(at(0));
        assert_eq!(breaker.gate(at(0)), Gate::Closed);
        let mut breaker = opened_at(0);
        breaker.reset();
        assert_eq!(breaker.gate(at(0)), Gate::Closed);
    }

    #[test]
    fn e_13_a_trip_stays_until_somebody_looked() {
        let mut trip = Trip::default();
        assert_eq!(trip.tripped(), None);
        trip.trip(Reason::SupplierFunds, at(0));
        trip.trip(Reason::AccountFault, at(5));
        assert_eq!(trip.tripped(), Some((Reason::SupplierFunds, at(0))));
        trip.clear();
        assert_eq!(trip.tripped(), None);
    }
}
