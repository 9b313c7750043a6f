//! Settings of one Digiflazz account, their checks, and the profile that follows from them.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use eraflazz_core::ids::RefShape;
use eraflazz_core::supplier::{Callback, NotFound, Profile, Reference, Repeat, SnPolicy, Status};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::address::{address, is_loopback};
use crate::secrets::secret;

const DAY: Duration = Duration::from_hours(24);

/// Digiflazz forgets a reference after this; sent again later it is a new purchase ("Cek Status").
pub(super) const REFERENCE_MAX_AGE: Duration = DAY.saturating_mul(90);
/// Nothing is sent again from this age on, whoever asks.
pub(super) const RESEND_AGE_END: Duration = DAY.saturating_mul(85);
/// Calls for one reference closer than this may race or buy twice ("Cek Status").
const INTERVAL_MIN: Duration = Duration::from_mins(1);
const REVERSAL_WINDOW: Duration = DAY.saturating_mul(7);

/// Settings of one Digiflazz account. Two accounts are two suppliers.
///
/// [`Config::new`] takes what has no default; the rest are fields to change. Nothing is checked until
/// [`Digiflazz::new`](super::Digiflazz::new).
#[derive(Clone)]
pub struct Config {
    /// Address of the API, without a path behind the version. Default `https://api.digiflazz.com/v1`. Must be `https` unless its
    /// host is this machine.
    pub base_url: String,
    /// The account's user name.
    pub username: String,
    /// The development or production key; it selects the mode.
    pub api_key: SecretString,
    /// The secret of the webhook as entered in Digiflazz's dashboard, at least 16 bytes.
    pub webhook_secret: SecretString,
    /// Marks purchases as test calls. Needs the development key.
    pub testing: bool,
    /// Where callbacks of these purchases go instead of the dashboard's address.
    pub cb_url: Option<String>,
    /// Whether destinations may contain a dot. If not, such a purchase is refused before it is sent: elsewhere at Digiflazz
    /// `number.2` means a second purchase for `number`.
    pub allow_dot: bool,
    /// Total time of one call. Default 60 s; at least 10 s at a real address.
    pub timeout: Duration,
    /// Waits before the status checks. Default 2 min, then 3 min four times.
    pub poll: Vec<Duration>,
    /// Wait between later checks. Default 30 min.
    pub poll_later: Duration,
    /// Age after which nothing is checked any more. Default 7 days, at most 45.
    pub poll_max_age: Duration,
    /// Least time from the end of one call to the next for one reference. Default 60 s, and never less at a real address.
    pub min_interval: Duration,
    /// Calls under way at once. Default 50.
    pub max_in_flight: u32,
    /// Least time between the starts of two calls. Default none.
    pub min_gap: Duration,
    /// HTTP proxy for all calls; may carry credentials. Default none, whatever the environment says.
    pub proxy: Option<SecretString>,
    /// Local address to call from, where only one of several is on Digiflazz's list.
    pub local_address: Option<IpAddr>,
}

impl Config {
    /// Settings with every default.
    pub fn new(
        username: impl Into<String>,
        api_key: impl Into<SecretString>,
        webhook_secret: impl Into<SecretString>,
    ) -> Self {
        let minutes = Duration::from_mins;
        Self {
            base_url: "https://api.digiflazz.com/v1".to_owned(),
            username: username.into(),
            api_key: api_key.into(),
            webhook_secret: webhook_secret.into(),
            testing: false,
            cb_url: None,
            allow_dot: false,
            timeout: Duration::from_mins(1),
            poll: [2, 3, 3, 3, 3].map(minutes).to_vec(),
            poll_later: minutes(30),
            poll_max_age: DAY.saturating_mul(7),
            min_interval: INTERVAL_MIN,
            max_in_flight: 50,
            min_gap: Duration::ZERO,
            proxy: None,
            local_address: None,
        }
    }

    /// Checks everything once; the base address on success.
    pub(super) fn check(&self) -> Result<Url, ConfigError> {
        let base = address(&self.base_url).ok_or(wrong(
            "base_url",
            "an http(s) address without credentials, query or fragment",
        ))?;
        let here = is_loopback(&base);
        ensure(
            here || base.scheme() == "https",
            "base_url",
            "https, unless the host is this machine",
        )?;
        ensure(
            (1..=64).contains(&self.username.len())
                && self.username.bytes().all(|b| b.is_ascii_graphic()),
            "username",
            "1 to 64 printable ASCII characters without blanks",
        )?;
        secret(&self.api_key, here).map_err(|rule| wrong("api_key", rule))?;
        secret(&self.webhook_secret, here).map_err(|rule| wrong("webhook_secret", rule))?;
        if let Some(cb_url) = &self.cb_url {
            let url = address(cb_url).ok_or(wrong(
                "cb_url",
                "an http(s) address without credentials, query or fragment",
            ))?;
            ensure(
                url.scheme() == "https" || (here && is_loopback(&url)),
                "cb_url",
                "https, unless both it and base_url are this machine",
            )?;
        }
        if let Some(proxy) = &self.proxy {
            ensure(
                Url::parse(proxy.expose_secret())
                    .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()),
                "proxy",
                "the http(s) address of a proxy",
            )?;
        }
        self.check_times(here)?;
        ensure(self.max_in_flight > 0, "max_in_flight", "at least 1")?;
        Ok(base)
    }

    fn check_times(&self, here: bool) -> Result<(), ConfigError> {
        let seconds = Duration::from_secs;
        ensure(
            self.timeout <= seconds(300)
                && self.timeout
                    >= if here {
                        Duration::from_millis(10)
                    } else {
                        seconds(10)
                    },
            "timeout",
            "10 s to 300 s (from 10 ms if base_url is this machine)",
        )?;
        ensure(
            self.min_interval >= INTERVAL_MIN || here,
            "min_interval",
            "at least 60 s, unless base_url is this machine: closer calls for one reference may buy twice",
        )?;
        ensure(
            self.poll.iter().all(|wait| *wait >= self.min_interval),
            "poll",
            "no wait shorter than min_interval: every check is a purchase sent again",
        )?;
        ensure(
            self.poll_later >= self.min_interval && !self.poll_later.is_zero(),
            "poll_later",
            "not shorter than min_interval, and above zero",
        )?;
        ensure(
            self.poll_max_age <= REFERENCE_MAX_AGE / 2,
            "poll_max_age",
            "at most 45 days: Digiflazz forgets references after 90",
        )
    }

    /// What Digiflazz can and cannot do, with these settings.
    pub(super) fn profile(&self) -> Profile {
        Profile {
            status: Status::Resubmit {
                max_age: REFERENCE_MAX_AGE,
                min_interval: self.min_interval,
            },
            reference: Reference::Ours {
                shape: RefShape::Alphanumeric,
            },
            callback: Callback::Signed,
            failed_ref_may_run_again: false,
            not_found: NotFound::NoProof,
            settle_delay: Duration::ZERO,
            reversal_window: REVERSAL_WINDOW,
            poll: self.poll.clone(),
            poll_later: self.poll_later,
            poll_max_age: self.poll_max_age,
            sn_policy: SnPolicy::ByProduct,
            repeat: Repeat::ByRef,
            bills: Some(Status::Dedicated),
            price_cap_field: true,
            cut_off: None,
            max_in_flight: self.max_in_flight,
            min_gap: self.min_gap,
            timeout: self.timeout,
        }
    }
}

impl fmt::Debug for Config {
    /// Without the user name, the key, the secret and the proxy, and of the callback address (its path may hold a token) only
    /// whether there is one (INV-37).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("testing", &self.testing)
            .field("cb_url", &self.cb_url.is_some())
            .field("allow_dot", &self.allow_dot)
            .field("timeout", &self.timeout)
            .field("poll", &self.poll)
            .field("poll_later", &self.poll_later)
            .field("poll_max_age", &self.poll_max_age)
            .field("min_interval", &self.min_interval)
            .field("max_in_flight", &self.max_in_flight)
            .field("min_gap", &self.min_gap)
            .field("local_address", &self.local_address)
            .finish_non_exhaustive()
    }
}

/// A setting that breaks its rule. Never shows the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("digiflazz: {field}: {rule}")]
pub struct ConfigError {
    /// The field of [`Config`].
    pub field: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

pub(super) const fn wrong(field: &'static str, rule: &'static str) -> ConfigError {
    ConfigError { field, rule }
}

fn ensure(holds: bool, field: &'static str, rule: &'static str) -> Result<(), ConfigError> {
    if holds {
        Ok(())
    } else {
        Err(wrong(field, rule))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn config() -> Config {
        Config::new(
            "eraflazz_demo",
            "dev-5f1d77aa-90be-4c3f-8a11-c0ffee00babe",
            "k9wq-Vt3n-61zz-Lm8r",
        )
    }

    fn local() -> Config {
        Config {
            base_url: "http://127.0.0.1:9/v1".to_owned(),
            ..config()
        }
    }

    fn field(config: &Config) -> &'static str {
        config.check().unwrap_err().field
    }

    #[test]
    fn the_defaults_are_the_published_facts() {
        config().check().unwrap();
        let profile = config().profile();
        assert_eq!(
            profile.status,
            Status::Resubmit {
                max_age: DAY * 90,
                min_interval: Duration::from_mins(1),
            }
        );
        assert_eq!(profile.callback, Callback::Signed);
        assert_eq!(profile.not_found, NotFound::NoProof);
        assert!(!profile.failed_ref_may_run_again);
        assert!(profile.price_cap_field);
        assert_eq!(profile.timeout, Duration::from_mins(1));
        assert_eq!(profile.poll.len(), 5);
        assert_eq!(profile.max_in_flight, 50);
    }

    #[test]
    fn t_07_no_adapter_without_a_real_key_and_a_real_secret() {
        for (key, here) in [("", true), ("null", true), ("sample-hook-secret", false)] {
            let base = if here { local() } else { config() };
            let webhook = Config {
                webhook_secret: key.into(),
                ..base.clone()
            };
            assert_eq!(field(&webhook), "webhook_secret");
            let api = Config {
                api_key: key.into(),
                ..base
            };
            assert_eq!(field(&api), "api_key");
        }
    }

    #[rstest]
    #[case("http://api.digiflazz.com/v1")]
    #[case("http://localhost.example.net/v1")]
    #[case("http://127.0.0.1.example.net/v1")]
    #[case("http://[::ffff:127.0.0.1]/v1")]
    #[case("http://0.0.0.0/v1")]
    #[case("https://user:word@api.digiflazz.com/v1")]
    #[case("https://api.digiflazz.com/v1?key=1")]
    #[case("ftp://127.0.0.1/v1")]
    #[case("api.digiflazz.com")]
    #[case("")]
    fn t_26_a_real_address_is_https(#[case] base_url: &str) {
        let config = Config {
            base_url: base_url.to_owned(),
            ..config()
        };
        assert_eq!(field(&config), "base_url");
    }

    #[rstest]
    #[case("http://127.0.0.1:8080")]
    #[case("http://localhost:8080/v1")]
    #[case("http://[::1]:8080/v1/")]
    fn plain_http_reaches_this_machine(#[case] base_url: &str) {
        let config = Config {
            base_url: base_url.to_owned(),
            ..config()
        };
        config.check().unwrap();
    }

    #[test]
    fn less_than_a_minute_between_calls_is_for_the_sandbox_only() {
        let quick = |config: Config| Config {
            min_interval: Duration::from_secs(1),
            ..config
        };
        assert_eq!(field(&quick(config())), "min_interval");
        quick(local()).check().unwrap();
    }

    #[test]
    fn every_wrong_field_is_named() {
        let second = Duration::from_secs(1);
        let wrong: Vec<(&str, Config)> = vec![
            (
                "username",
                Config {
                    username: String::new(),
                    ..config()
                },
            ),
            (
                "username",
                Config {
                    username: "a b".to_owned(),
                    ..config()
                },
            ),
            (
                "timeout",
                Config {
                    timeout: second,
                    ..config()
                },
            ),
            (
                "timeout",
                Config {
                    timeout: Duration::ZERO,
                    ..local()
                },
            ),
            (
                "timeout",
                Config {
                    timeout: DAY,
                    ..config()
                },
            ),
            (
                "poll",
                Config {
                    poll: vec![second],
                    ..config()
                },
            ),
            (
                "poll_later",
                Config {
                    poll_later: second,
                    ..config()
                },
            ),
            (
                "poll_max_age",
                Config {
                    poll_max_age: DAY * 46,
                    ..config()
                },
            ),
            (
                "max_in_flight",
                Config {
                    max_in_flight: 0,
                    ..config()
                },
            ),
            (
                "cb_url",
                Config {
                    cb_url: Some("http://hook.example.net/".to_owned()),
                    ..config()
                },
            ),
            (
                "cb_url",
                Config {
                    cb_url: Some("http://127.0.0.1/".to_owned()),
                    ..config()
                },
            ),
            (
                "cb_url",
                Config {
                    cb_url: Some("not an address".to_owned()),
                    ..config()
                },
            ),
        ];
        for (name, config) in wrong {
            assert_eq!(field(&config), name, "{config:?}");
        }
    }
}
