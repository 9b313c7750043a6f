//! What adapters record about their gateway's line; what answers mean for payments is recorded by the engine.

use eraflazz_core::meter::{Label, Metric};
use metrics::Counter;

use crate::http::{Fetched, How, Lost};

const ENDINGS: &[&str] = &[
    "2xx",
    "3xx",
    "4xx",
    "5xx",
    "odd_status",
    "no_connection",
    "timeout",
    "broken",
    "too_large",
];

const REQUESTS: Metric = Metric::counter(
    "eraflazz_gateway_requests_total",
    "HTTP requests to a payment gateway, by what was asked and how they ended: with an answer of this status, or without a whole one.",
)
.by(&[
    Label::words("gateway", &["tripay", "midtrans", "moota"]),
    Label::words("call", &["create", "look", "act", "read"]),
    Label::words("ended", ENDINGS),
]);

/// Every metric of the adapters. They are recorded by adapters that are made while a recorder is in force.
pub const METRICS: &[Metric] = &[REQUESTS];

/// The handles of one account at a gateway.
pub(crate) struct Meter {
    #[cfg(any(feature = "tripay", feature = "midtrans"))]
    pub(crate) creates: Requests,
    #[cfg(any(feature = "tripay", feature = "midtrans"))]
    pub(crate) looks: Requests,
    #[cfg(feature = "midtrans")]
    pub(crate) acts: Requests,
    #[cfg(any(feature = "tripay", feature = "moota"))]
    pub(crate) reads: Requests,
}

impl Meter {
    pub(crate) fn new(gateway: &'static str) -> Self {
        METRICS.iter().for_each(Metric::describe);
        Self {
            #[cfg(any(feature = "tripay", feature = "midtrans"))]
            creates: Requests::new(gateway, "create"),
            #[cfg(any(feature = "tripay", feature = "midtrans"))]
            looks: Requests::new(gateway, "look"),
            #[cfg(feature = "midtrans")]
            acts: Requests::new(gateway, "act"),
            #[cfg(any(feature = "tripay", feature = "moota"))]
            reads: Requests::new(gateway, "read"),
        }
    }
}

/// Requests of one kind, by how they ended.
pub(crate) struct Requests(Vec<(&'static str, Counter)>);

impl Requests {
    fn new(gateway: &'static str, call: &'static str) -> Self {
        let one = |ended: &&'static str| {
            let labels = [("gateway", gateway), ("call", call), ("ended", ended)];
            (*ended, metrics::counter!(REQUESTS.name, &labels))
        };
        Self(ENDINGS.iter().map(one).collect())
    }

    /// One request ended.
    pub(crate) fn ended(&self, how: &Result<Fetched, Lost>) {
        let word = match how {
            Ok(fetched) => match fetched.http_status {
                200..=299 => "2xx",
                300..=399 => "3xx",
                400..=499 => "4xx",
                500..=599 => "5xx",
                _ => "odd_status",
            },
            Err(lost) => match lost.how {
                How::NoConnection => "no_connection",
                How::Timeout => "timeout",
                How::Broken => "broken",
                How::TooLarge => "too_large",
            },
        };
        if let Some((_, counter)) = self.0.iter().find(|(known, _)| *known == word) {
            counter.increment(1);
        }
    }
}
