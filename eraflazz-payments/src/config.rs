//! What the settings of every gateway have in common.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Times and bounds of one account at a gateway. `Default` suits all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Total time of one call. Default 30 s; at least 10 s at a real address.
    pub timeout: Duration,
    /// Waits before each check of a pending payment; the last one is repeated. Default 1 min, then every 5.
    pub poll: Vec<Duration>,
    /// Age after which a payment is checked no more. Default 8 days, one more than the longest payment.
    pub poll_max_age: Duration,
    /// How long "not found" is asked about again after a create whose answer was lost. Default 2 min.
    pub not_found_settles: Duration,
    /// Calls under way at once. Default 16.
    pub max_in_flight: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            poll: [1, 5].map(Duration::from_mins).to_vec(),
            poll_max_age: Duration::from_hours(8 * 24),
            not_found_settles: Duration::from_mins(2),
            max_in_flight: 16,
        }
    }
}

impl Timing {
    pub(crate) fn check(&self, provider: &'static str, here: bool) -> Result<(), ConfigError> {
        let ensure = |holds, field, rule| ensure(holds, provider, field, rule);
        let least = if here {
            Duration::from_millis(10)
        } else {
            Duration::from_secs(10)
        };
        ensure(
            (least..=Duration::from_mins(5)).contains(&self.timeout),
            "timing.timeout",
            "10 s to 300 s (from 10 ms if base_url is this machine)",
        )?;
        ensure(
            !self.poll.is_empty() && self.poll.iter().all(|wait| here || wait.as_secs() >= 10),
            "timing.poll",
            "at least one wait, none shorter than 10 s",
        )?;
        ensure(
            self.poll_max_age > self.poll.iter().sum::<Duration>(),
            "timing.poll_max_age",
            "longer than all of timing.poll",
        )?;
        ensure(
            here || self.not_found_settles >= Duration::from_secs(30),
            "timing.not_found_settles",
            "at least 30 s: lists lag behind",
        )?;
        ensure(self.max_in_flight > 0, "timing.max_in_flight", "at least 1")
    }
}

/// A setting that breaks its rule. Never shows the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{provider}: {field}: {rule}")]
pub struct ConfigError {
    /// The gateway.
    pub provider: &'static str,
    /// The field of its settings.
    pub field: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

pub(crate) fn ensure(
    holds: bool,
    provider: &'static str,
    field: &'static str,
    rule: &'static str,
) -> Result<(), ConfigError> {
    if holds {
        Ok(())
    } else {
        Err(ConfigError {
            provider,
            field,
            rule,
        })
    }
}

/// Whether a proxy's address is one.
pub(crate) fn is_proxy(proxy: &SecretString) -> bool {
    Url::parse(proxy.expose_secret())
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
