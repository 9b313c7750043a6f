//! What adapters record about their provider's line; what answers mean for orders is recorded by the engine.

use eraflazz_core::meter::{Label, Metric};
use metrics::Counter;

use crate::http::{Fetched, How, Lost};

#[cfg(feature = "digiflazz")]
pub(crate) const DIGIFLAZZ: &str = "digiflazz";
#[cfg(feature = "otomax")]
pub(crate) const OTOMAX: &str = "otomax";
#[cfg(feature = "vip")]
pub(crate) const VIP: &str = "vip";

/// Providers.
const PROVIDERS: Label = Label::words("provider", &["digiflazz", "otomax", "vip"]);
/// What is asked of a provider.
const CALLS: &[&str] = &[
    "purchase",
    "status",
    "inquiry",
    "balance",
    "price_list",
    "ticket",
];
/// How a request ended.
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
    "eraflazz_provider_requests_total",
    "HTTP requests to a provider, by what was asked and how they ended: with an answer of this status, or without a whole one.",
)
.by(&[
    PROVIDERS,
    Label::words("call", CALLS),
    Label::words("ended", ENDINGS),
]);

const UNLISTED: Metric = Metric::counter(
    "eraflazz_provider_unlisted_codes_total",
    "Answers with a response code that the adapter's table does not list.",
)
.by(&[PROVIDERS]);

/// Every metric of the adapters. They are recorded by adapters that are made while a recorder is in force.
pub const METRICS: &[Metric] = &[REQUESTS, UNLISTED];

/// The handles of one account at a provider.
pub(crate) struct Meter {
    pub(crate) purchases: Requests,
    pub(crate) statuses: Requests,
    #[cfg(feature = "digiflazz")]
    pub(crate) inquiries: Requests,
    pub(crate) balances: Requests,
    #[cfg(any(feature = "digiflazz", feature = "otomax"))]
    pub(crate) tickets: Requests,
    #[cfg(any(feature = "digiflazz", feature = "vip"))]
    pub(crate) price_lists: Requests,
    #[cfg(any(feature = "digiflazz", feature = "vip"))]
    pub(crate) unlisted: Counter,
}

impl Meter {
    pub(crate) fn new(provider: &'static str) -> Self {
        METRICS.iter().for_each(Metric::describe);
        Self {
            purchases: Requests::new(provider, "purchase"),
            statuses: Requests::new(provider, "status"),
            #[cfg(feature = "digiflazz")]
            inquiries: Requests::new(provider, "inquiry"),
            balances: Requests::new(provider, "balance"),
            #[cfg(any(feature = "digiflazz", feature = "otomax"))]
            tickets: Requests::new(provider, "ticket"),
            #[cfg(any(feature = "digiflazz", feature = "vip"))]
            price_lists: Requests::new(provider, "price_list"),
            #[cfg(any(feature = "digiflazz", feature = "vip"))]
            unlisted: metrics::counter!(UNLISTED.name, "provider" => provider),
        }
    }
}

/// Requests of one kind, by how they ended.
pub(crate) struct Requests(Vec<(&'static str, Counter)>);

impl Requests {
    fn new(provider: &'static str, call: &'static str) -> Self {
        let one = |ended: &&'static str| {
            let labels = [("provider", provider), ("call", call), ("ended", ended)];
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
