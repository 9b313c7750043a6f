//! What is recorded of requests.

use std::time::Duration;

use eraflazz_core::meter::{Label, Metric};
use metrics::{Counter, Histogram};

/// Kinds of answers.
const STATUS: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

const REQUESTS: Metric = Metric::counter(
    "eraflazz_http_requests_total",
    "Requests that were answered, by the kind of answer.",
)
.by(&[Label::words("status", &STATUS)]);

const TIME: Metric = Metric::durations(
    "eraflazz_http_request_duration_seconds",
    "Seconds from a request to its answer, which ?wait= holds back on purpose.",
);

/// Every metric of the HTTP side.
pub const METRICS: &[Metric] = &[REQUESTS, TIME];

pub(super) struct HttpMeter {
    requests: [Counter; 5],
    time: Histogram,
}

impl HttpMeter {
    /// Handles of the recorder in force.
    pub(super) fn new() -> Self {
        METRICS.iter().for_each(Metric::describe);
        Self {
            requests: STATUS.map(|kind| metrics::counter!(REQUESTS.name, "status" => kind)),
            time: metrics::histogram!(TIME.name),
        }
    }

    pub(super) fn answered(&self, status: u16, took: Duration) {
        let kind = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = self.requests.get(kind) {
            counter.increment(1);
        }
        self.time.record(took);
    }
}
