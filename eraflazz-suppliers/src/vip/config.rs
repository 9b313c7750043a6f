//! Settings of one VIP Reseller account, their checks, and the profile that follows from them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use eraflazz_core::supplier::{Callback, NotFound, Profile, Reference, Repeat, SnPolicy, Status};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::address::{address, is_loopback};
use crate::secrets::secret;

const DAY: Duration = Duration::from_hours(24);

/// Settings of one VIP Reseller account. Two accounts are two suppliers.
///
/// [`Config::new`] takes what has no default; the rest are fields to change. Nothing is checked until [`Vip::new`](super::Vip::new).
#[derive(Clone)]
pub struct Config {
    /// Address of the API, without a section. Default `https://vip-reseller.co.id/api`. Must be `https` unless its host is this machine.
    pub base_url: String,
    /// The account's API id.
    pub api_id: SecretString,
    /// The account's API key, at least 16 characters.
    pub api_key: SecretString,
    /// Whether callbacks carry the signature header. Default yes: without it whoever knows the address can have us ask.
    pub callback_signature: bool,
    /// How many of the newest orders are looked through for one whose answer was lost. Default 50; 10 to 50.
    pub list_limit: u32,
    /// Total time of one call. Default 60 s; at least 10 s at a real address.
    pub timeout: Duration,
    /// Waits before the status checks. Default 5, 10, 20, 40 s, then a minute thirty times.
    pub poll: Vec<Duration>,
    /// Wait between later checks. Default 10 min.
    pub poll_later: Duration,
    /// Age after which nothing is checked any more. Default 24 h, at most 7 days.
    pub poll_max_age: Duration,
    /// How long nothing follows a failed order. Default 2 min: that their failures are final is not documented.
    pub settle_delay: Duration,
    /// Calls under way at once. Default 8.
    pub max_in_flight: u32,
    /// Least time between the starts of two calls. Default none.
    pub min_gap: Duration,
    /// HTTP proxy for all calls; may carry credentials. Default none, whatever the environment says.
    pub proxy: Option<SecretString>,
    /// Local address to call from. Without one any of IPv4: the account's list of addresses holds no others.
    pub local_address: Option<IpAddr>,
}

impl Config {
    /// Settings with every default.
    pub fn new(api_id: impl Into<SecretString>, api_key: impl Into<SecretString>) -> Self {
        let seconds = Duration::from_secs;
        let first = [5, 10, 20, 40].map(seconds);
        let minutes = std::iter::repeat_n(Duration::from_mins(1), 30);
        Self {
            base_url: "https://vip-reseller.co.id/api".to_owned(),
            api_id: api_id.into(),
            api_key: api_key.into(),
            callback_signature: true,
            list_limit: 50,
            timeout: Duration::from_mins(1),
            poll: first.into_iter().chain(minutes).collect(),
            poll_later: Duration::from_mins(10),
            poll_max_age: DAY,
            settle_delay: Duration::from_mins(2),
            max_in_flight: 8,
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
        let id = self.api_id.expose_secret().trim();
        ensure(
            (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()),
            "api_id",
            "1 to 64 printable ASCII characters without blanks",
        )?;
        let key = SecretString::from(self.api_key.expose_secret().trim());
        secret(&key, here).map_err(|rule| wrong("api_key", rule))?;
        ensure(
            (10..=50).contains(&self.list_limit),
            "list_limit",
            "10 to 50 orders",
        )?;
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
        let least = if here {
            Duration::from_millis(10)
        } else {
            seconds(10)
        };
        ensure(
            self.timeout <= seconds(300) && self.timeout >= least,
            "timeout",
            "10 s to 300 s (from 10 ms if base_url is this machine)",
        )?;
        let closest = if here { Duration::ZERO } else { seconds(1) };
        ensure(
            !self.poll.is_empty() && self.poll.iter().all(|wait| *wait >= closest),
            "poll",
            "at least one wait, none shorter than 1 s unless base_url is this machine",
        )?;
        ensure(
            self.poll_later >= closest && !self.poll_later.is_zero(),
            "poll_later",
            "at least 1 s (above zero if base_url is this machine)",
        )?;
        let checks: Duration = self.poll.iter().sum();
        ensure(
            self.poll_max_age > checks && self.poll_max_age <= DAY * 7,
            "poll_max_age",
            "longer than all of poll, at most 7 days",
        )?;
        ensure(self.settle_delay <= DAY, "settle_delay", "at most a day")
    }

    /// Where calls come from: without an address of our own, any of IPv4 (unless the host is an address of IPv6).
    pub(super) fn calls_from(&self, base: &Url) -> Option<IpAddr> {
        let is_v6 = matches!(base.host(), Some(Host::Ipv6(_)));
        let any = (!is_v6).then_some(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        self.local_address.or(any)
    }

    /// What VIP Reseller can and cannot do, with these settings.
    pub(super) fn profile(&self) -> Profile {
        Profile {
            status: Status::Listing,
            reference: Reference::Theirs,
            callback: Callback::Hint,
            failed_ref_may_run_again: true,
            not_found: NotFound::NoProof,
            settle_delay: self.settle_delay,
            reversal_window: DAY * 7,
            poll: self.poll.clone(),
            poll_later: self.poll_later,
            poll_max_age: self.poll_max_age,
            sn_policy: SnPolicy::ByProduct,
            repeat: Repeat::Never,
            bills: None,
            price_cap_field: false,
            cut_off: None,
            max_in_flight: self.max_in_flight,
            min_gap: self.min_gap,
            timeout: self.timeout,
        }
    }
}

impl fmt::Debug for Config {
    /// Without id, key and proxy (INV-37).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("callback_signature", &self.callback_signature)
            .field("list_limit", &self.list_limit)
            .field("timeout", &self.timeout)
            .field("poll", &self.poll)
            .field("poll_later", &self.poll_later)
            .field("poll_max_age", &self.poll_max_age)
            .field("settle_delay", &self.settle_delay)
            .field("max_in_flight", &self.max_in_flight)
            .field("min_gap", &self.min_gap)
            .field("local_address", &self.local_address)
            .finish_non_exhaustive()
    }
}

/// A setting that breaks its rule. Never shows the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("vip: {field}: {rule}")]
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

    const KEY: &str = "k9wq-Vt3n-61zz-Lm8r";

    fn config() -> Config {
        Config::new("Zx81Kq", KEY)
    }

    #[test]
    fn the_defaults_are_the_published_facts() {
        let base = config().check().unwrap();
        let profile = config().profile();
        assert_eq!(profile.status, Status::Listing);
        assert_eq!(profile.reference, Reference::Theirs);
        assert_eq!(profile.callback, Callback::Hint);
        assert!(profile.failed_ref_may_run_again, "never sent twice");
        assert_eq!(profile.poll.len(), 34);
        assert_eq!(profile.poll_max_age, DAY);
        let any = Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        assert_eq!(config().calls_from(&base), any, "IPv4 only");
    }

    #[test]
    fn an_address_of_our_own_or_of_ipv6_is_called_from_as_it_is() {
        let own = Some("192.0.2.7".parse().unwrap());
        let config = Config {
            local_address: own,
            base_url: "http://[::1]:9/api".to_owned(),
            ..config()
        };
        let base = config.check().unwrap();
        assert_eq!(config.calls_from(&base), own);
        let without = Config {
            local_address: None,
            ..config
        };
        assert_eq!(without.calls_from(&base), None);
    }

    #[rstest]
    #[case("http://vip-reseller.co.id/api")]
    #[case("https://user:word@vip-reseller.co.id/api")]
    #[case("https://vip-reseller.co.id/api?key=1")]
    #[case("vip-reseller.co.id")]
    #[case("")]
    fn t_26_a_real_address_is_https(#[case] base_url: &str) {
        let config = Config {
            base_url: base_url.to_owned(),
            ..config()
        };
        assert_eq!(config.check().unwrap_err().field, "base_url");
    }

    #[rstest]
    #[case::no_id("", KEY, "api_id")]
    #[case::blank_id("  ", KEY, "api_id")]
    #[case::blank_inside("a b", KEY, "api_id")]
    #[case::no_key("Zx81Kq", "", "api_key")]
    #[case::short_key("Zx81Kq", "APIKEY456", "api_key")]
    #[case::sample_key("Zx81Kq", "sample-key-for-the-sandbox", "api_key")]
    fn t_07_no_adapter_without_a_real_account(
        #[case] id: &str,
        #[case] key: &str,
        #[case] field: &str,
    ) {
        assert_eq!(Config::new(id, key).check().unwrap_err().field, field);
    }

    #[test]
    fn blanks_around_id_and_key_are_none_of_them() {
        Config::new(" Zx81Kq\n", format!(" {KEY}\n"))
            .check()
            .unwrap();
    }

    #[test]
    fn every_wrong_field_is_named() {
        type Change = fn(&mut Config, Duration);
        let second = Duration::from_secs(1);
        let zero = Duration::ZERO;
        let changes: [(&str, Change); 11] = [
            ("timeout", |c, second| c.timeout = second),
            ("timeout", |c, _| c.timeout = DAY),
            ("poll", |c, _| c.poll.clear()),
            ("poll", |c, second| c.poll[3] = second / 2),
            ("poll_later", |c, _| c.poll_later = Duration::ZERO),
            ("poll_max_age", |c, second| c.poll_max_age = second),
            ("poll_max_age", |c, _| c.poll_max_age = DAY * 8),
            ("settle_delay", |c, _| c.settle_delay = DAY * 2),
            ("max_in_flight", |c, _| c.max_in_flight = 0),
            ("list_limit", |c, _| c.list_limit = 9),
            ("proxy", |c, _| c.proxy = Some("ftp://proxy.test".into())),
        ];
        for (field, change) in changes {
            let mut config = config();
            change(&mut config, second);
            assert_eq!(config.check().unwrap_err().field, field);
        }
        let here = Config {
            base_url: "http://127.0.0.1:9/api".to_owned(),
            poll: vec![zero],
            timeout: second,
            ..config()
        };
        here.check().unwrap();
    }
}
