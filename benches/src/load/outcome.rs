//! What a load brought.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::naive::per_second;
use crate::shop::Failure;

/// What a load brought.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Answers by HTTP status.
    pub by_status: BTreeMap<u16, u64>,
    /// Requests without an answer.
    pub lost: u64,
    /// From the first request to the last answer.
    pub took: Duration,
    /// Microseconds from when a request was due to its whole answer; three digits exact, up to a minute.
    pub latency: Histogram<u64>,
}

/// A minute.
const LONGEST_MICROS: u64 = 60_000_000;

impl Outcome {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self {
            by_status: BTreeMap::new(),
            lost: 0,
            took: Duration::ZERO,
            latency: Histogram::new_with_bounds(1, LONGEST_MICROS, 3)?,
        })
    }

    pub(super) fn answered(&mut self, status: u16, after: Duration) -> Result<(), Failure> {
        *self.by_status.entry(status).or_default() += 1;
        let micros = u64::try_from(after.as_micros())?.clamp(1, LONGEST_MICROS);
        Ok(self.latency.record(micros)?)
    }

    pub(super) fn add(&mut self, part: &Self) -> Result<(), Failure> {
        for (status, count) in &part.by_status {
            *self.by_status.entry(*status).or_default() += count;
        }
        self.lost += part.lost;
        Ok(self.latency.add(&part.latency)?)
    }

    /// Answers with this status.
    pub fn with_status(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    /// Answers a second.
    pub fn rate(&self) -> u64 {
        per_second(self.latency.len(), self.took)
    }

    /// The figures, for people and machines.
    pub fn summary(&self) -> Summary {
        let at = |share: f64| self.latency.value_at_quantile(share);
        Summary {
            answers: self.latency.len(),
            lost: self.lost,
            by_status: self.by_status.clone(),
            took_ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            per_second: self.rate(),
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: self.latency.max(),
        }
    }
}

/// The figures of a load. Latencies count from when a request was due to its whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Requests that were answered.
    pub answers: u64,
    /// Requests that were not.
    pub lost: u64,
    /// Answers by HTTP status.
    pub by_status: BTreeMap<u16, u64>,
    /// From the first request to the last answer.
    pub took_ms: u64,
    /// Answers a second.
    pub per_second: u64,
    /// Half of them were faster, in microseconds.
    pub p50_us: u64,
    /// Nine in ten.
    pub p90_us: u64,
    /// 99 in 100.
    pub p99_us: u64,
    /// 999 in 1,000.
    pub p999_us: u64,
    /// The slowest.
    pub max_us: u64,
}
