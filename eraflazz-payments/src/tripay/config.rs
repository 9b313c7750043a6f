//! Settings of one Tripay account in one environment, their checks, and the profile that follows from them.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use eraflazz_core::payment::{
    Bank, CallbackProof, Environment, GatewayProfile, Method, SecondCreate, Store, Wallet,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::address::{address, is_loopback};
use crate::config::{self, ConfigError, Timing, is_proxy};
use crate::secrets::secret;

const PROVIDER: &str = "tripay";
/// The hosts on which Tripay serves both environments; only the path tells them apart.
const HOSTS: [&str; 2] = ["tripay.co.id", "payment.tripay.co.id"];
/// What keys and references of the sandbox begin with.
pub(super) const SANDBOX_PREFIX: &str = "DEV-";

/// Settings of one Tripay account in one environment.
///
/// [`Config::new`] takes what has no default; the rest are fields to change. Nothing is checked until [`Tripay::new`](super::Tripay::new).
#[derive(Clone)]
pub struct Config {
    /// Play money or real money; the address, the key and every reference must agree with it.
    pub environment: Environment,
    /// Address of the API. Default `https://tripay.co.id/api-sandbox` or `https://tripay.co.id/api`.
    pub base_url: String,
    /// The merchant's code, `T` and digits.
    pub merchant_code: String,
    /// The key that goes with every call. That of the sandbox begins with `DEV-`, and no other does.
    pub api_key: SecretString,
    /// The key that signs, both ways.
    pub private_key: SecretString,
    /// Which of Tripay's QRIS channels is used. Default `QRIS2`.
    pub qris_channel: String,
    /// The methods that the merchant has switched on. Default all that Tripay has.
    pub methods: BTreeSet<Method>,
    /// Times and bounds.
    pub timing: Timing,
    /// HTTP proxy for all calls; may carry credentials. Default none, whatever the environment says.
    pub proxy: Option<SecretString>,
    /// Local address to call from, where only one of several is on Tripay's list.
    pub local_address: Option<IpAddr>,
}

impl Config {
    /// Settings with every default.
    pub fn new(
        environment: Environment,
        merchant_code: impl Into<String>,
        api_key: impl Into<SecretString>,
        private_key: impl Into<SecretString>,
    ) -> Self {
        let base_url = match environment {
            Environment::Sandbox => "https://tripay.co.id/api-sandbox",
            Environment::Production => "https://tripay.co.id/api",
        };
        Self {
            environment,
            base_url: base_url.to_owned(),
            merchant_code: merchant_code.into(),
            api_key: api_key.into(),
            private_key: private_key.into(),
            qris_channel: "QRIS2".to_owned(),
            methods: METHODS.iter().map(|(method, _)| *method).collect(),
            timing: Timing::default(),
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
        self.check_environment(&base, here)?;
        let code = self.merchant_code.strip_prefix('T').unwrap_or_default();
        ensure(
            (1..=10).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()),
            "merchant_code",
            "T and 1 to 10 digits",
        )?;
        secret(&self.api_key, here).map_err(|rule| wrong("api_key", rule))?;
        secret(&self.private_key, here).map_err(|rule| wrong("private_key", rule))?;
        ensure(
            self.api_key.expose_secret() != self.private_key.expose_secret(),
            "private_key",
            "another one than api_key",
        )?;
        ensure(
            (1..=32).contains(&self.qris_channel.len())
                && self
                    .qris_channel
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'),
            "qris_channel",
            "a channel's code: A-Z 0-9 _",
        )?;
        ensure(
            !self.methods.is_empty()
                && self
                    .methods
                    .iter()
                    .all(|method| METHODS.iter().any(|(known, _)| known == method)),
            "methods",
            "at least one, and only what Tripay has: no card, no page, no GoPay",
        )?;
        ensure(
            self.proxy.as_ref().is_none_or(is_proxy),
            "proxy",
            "the http(s) address of a proxy",
        )?;
        self.timing.check(PROVIDER, here)?;
        Ok(base)
    }

    /// Environment, address and key must say the same.
    fn check_environment(&self, base: &Url, here: bool) -> Result<(), ConfigError> {
        let is_sandbox = self.environment == Environment::Sandbox;
        ensure(
            is_sandbox || !here,
            "environment",
            "sandbox, where base_url is this machine",
        )?;
        ensure(
            here || base.host_str().is_some_and(|host| HOSTS.contains(&host)),
            "base_url",
            "an address of Tripay's, or of this machine",
        )?;
        let path = base.path().trim_end_matches('/');
        let expected = if is_sandbox { "/api-sandbox" } else { "/api" };
        ensure(
            path == expected,
            "base_url",
            "a path that goes with environment: /api-sandbox or /api",
        )?;
        let key = self.api_key.expose_secret();
        ensure(
            key.starts_with(SANDBOX_PREFIX) == is_sandbox,
            "api_key",
            "a key of the environment: DEV- begins those of the sandbox, and no other",
        )
    }

    /// What Tripay can and cannot do, with these settings. `has_open` is false for Tripay's own sandbox, which has no open payments.
    pub(super) fn profile(&self, has_open: bool) -> GatewayProfile {
        GatewayProfile {
            environment: self.environment,
            methods: self.methods.clone(),
            open_methods: OPEN_METHODS
                .iter()
                .map(|(method, _)| *method)
                .filter(|_| has_open)
                .collect(),
            acts: BTreeSet::new(),
            second_create: SecondCreate::MakesAnother,
            callback: CallbackProof::Whole,
            not_found_settles: self.timing.not_found_settles,
            refunds_in_part: false,
            reversal_window: Duration::ZERO,
            poll: self.timing.poll.clone(),
            poll_max_age: self.timing.poll_max_age,
            timeout: self.timing.timeout,
            max_in_flight: self.timing.max_in_flight,
        }
    }

    /// Tripay's code for a method of a closed payment.
    pub(super) fn channel(&self, method: Method) -> Option<&str> {
        let (_, code) = METHODS.iter().find(|(known, _)| *known == method)?;
        Some(if method == Method::Qris {
            &self.qris_channel
        } else {
            code
        })
    }

    /// The method of a closed payment that is this code of Tripay's; of its several codes for QRIS the one in these settings.
    pub(super) fn method_of(&self, code: &str) -> Option<Method> {
        let is_it = |method: &Method| self.channel(*method) == Some(code);
        METHODS.iter().map(|(method, _)| *method).find(is_it)
    }

    /// Tripay's code for a method of an open payment.
    pub(super) fn open_channel(method: Method) -> Option<&'static str> {
        let (_, code) = OPEN_METHODS.iter().find(|(known, _)| *known == method)?;
        Some(code)
    }
}

/// Tripay's channels. Source: developer pages, "Channel Pembayaran".
const METHODS: [(Method, &str); 18] = [
    (Method::Bank(Bank::Bca), "BCAVA"),
    (Method::Bank(Bank::Bni), "BNIVA"),
    (Method::Bank(Bank::Bri), "BRIVA"),
    (Method::Bank(Bank::Mandiri), "MANDIRIVA"),
    (Method::Bank(Bank::Permata), "PERMATAVA"),
    (Method::Bank(Bank::Cimb), "CIMBVA"),
    (Method::Bank(Bank::Bsi), "BSIVA"),
    (Method::Bank(Bank::Danamon), "DANAMONVA"),
    (Method::Bank(Bank::Muamalat), "MUAMALATVA"),
    (Method::Bank(Bank::Ocbc), "OCBCVA"),
    (Method::Bank(Bank::Other), "OTHERBANKVA"),
    (Method::Qris, "QRIS2"),
    (Method::Wallet(Wallet::Ovo), "OVO"),
    (Method::Wallet(Wallet::Dana), "DANA"),
    (Method::Wallet(Wallet::Shopeepay), "SHOPEEPAY"),
    (Method::Store(Store::Alfamart), "ALFAMART"),
    (Method::Store(Store::Indomaret), "INDOMARET"),
    (Method::Store(Store::Alfamidi), "ALFAMIDI"),
];

/// Channels of open payments.
const OPEN_METHODS: [(Method, &str); 7] = [
    (Method::Bank(Bank::Bca), "BCAVAOP"),
    (Method::Bank(Bank::Bni), "BNIVAOP"),
    (Method::Bank(Bank::Bri), "BRIVAOP"),
    (Method::Bank(Bank::Cimb), "CIMBVAOP"),
    (Method::Bank(Bank::Danamon), "DANAMONOP"),
    (Method::Bank(Bank::Bsi), "BSIVAOP"),
    (Method::Qris, "QRISOP"),
];

impl fmt::Debug for Config {
    /// Without keys and proxy (INV-37).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("environment", &self.environment)
            .field("base_url", &self.base_url)
            .field("merchant_code", &self.merchant_code)
            .field("qris_channel", &self.qris_channel)
            .field("timing", &self.timing)
            .field("local_address", &self.local_address)
            .finish_non_exhaustive()
    }
}

pub(super) const fn wrong(field: &'static str, rule: &'static str) -> ConfigError {
    ConfigError {
        provider: PROVIDER,
        field,
        rule,
    }
}

fn ensure(holds: bool, field: &'static str, rule: &'static str) -> Result<(), ConfigError> {
    config::ensure(holds, PROVIDER, field, rule)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    const SANDBOX_KEY: &str = "DEV-k9wqVt3n61zzLm8rQ2";
    const REAL_KEY: &str = "k9wqVt3n61zzLm8rQ2xB7";

    fn config(environment: Environment) -> Config {
        let key = match environment {
            Environment::Sandbox => SANDBOX_KEY,
            Environment::Production => REAL_KEY,
        };
        Config::new(environment, "T12345", key, "p7Xw2-Jc9Lq-0sRtV")
    }

    fn field(config: &Config) -> &'static str {
        config.check().unwrap_err().field
    }

    #[test]
    fn both_environments_have_defaults_that_pass() {
        for environment in [Environment::Sandbox, Environment::Production] {
            let config = config(environment);
            config.check().unwrap();
            assert_eq!(config.profile(true).environment, environment);
        }
    }

    #[rstest]
    #[case::the_sandboxs_key(
        Environment::Production,
        "https://tripay.co.id/api",
        SANDBOX_KEY,
        "api_key"
    )]
    #[case::the_real_key(
        Environment::Sandbox,
        "https://tripay.co.id/api-sandbox",
        REAL_KEY,
        "api_key"
    )]
    #[case::the_sandboxs_path(
        Environment::Production,
        "https://tripay.co.id/api-sandbox",
        REAL_KEY,
        "base_url"
    )]
    #[case::the_real_path(
        Environment::Sandbox,
        "https://tripay.co.id/api",
        SANDBOX_KEY,
        "base_url"
    )]
    #[case::this_machine(
        Environment::Production,
        "http://127.0.0.1:1/api",
        REAL_KEY,
        "environment"
    )]
    #[case::elsewhere(
        Environment::Sandbox,
        "https://tripay.example.test/api-sandbox",
        SANDBOX_KEY,
        "base_url"
    )]
    #[case::plain(
        Environment::Sandbox,
        "http://tripay.co.id/api-sandbox",
        SANDBOX_KEY,
        "base_url"
    )]
    fn the_environments_cannot_be_mixed(
        #[case] environment: Environment,
        #[case] base_url: &str,
        #[case] api_key: &str,
        #[case] expected: &str,
    ) {
        let config = Config {
            base_url: base_url.to_owned(),
            api_key: api_key.into(),
            ..config(environment)
        };
        assert_eq!(field(&config), expected);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let with = |change: fn(&mut Config)| {
            let mut config = config(Environment::Sandbox);
            change(&mut config);
            field(&config)
        };
        assert_eq!(
            with(|c| c.merchant_code = "12345".to_owned()),
            "merchant_code"
        );
        assert_eq!(with(|c| c.private_key = "short".into()), "private_key");
        assert_eq!(with(|c| c.private_key = SANDBOX_KEY.into()), "private_key");
        assert_eq!(
            with(|c| c.private_key = "eraflazz-private-key-0001".into()),
            "private_key"
        );
        assert_eq!(with(|c| c.qris_channel = "qris".to_owned()), "qris_channel");
        assert_eq!(with(|c| c.methods.clear()), "methods");
        assert_eq!(
            with(|c| c.methods = BTreeSet::from([Method::Card])),
            "methods"
        );
        assert_eq!(with(|c| c.proxy = Some("nowhere".into())), "proxy");
        assert_eq!(
            with(|c| c.timing.timeout = Duration::from_secs(1)),
            "timing.timeout"
        );
        assert_eq!(with(|c| c.timing.poll.clear()), "timing.poll");
        assert_eq!(with(|c| c.timing.max_in_flight = 0), "timing.max_in_flight");
    }

    #[test]
    fn inv_37_no_key_is_shown() {
        let shown = format!("{:?}", config(Environment::Sandbox));
        assert!(
            !shown.contains("k9wq") && !shown.contains("p7Xw2"),
            "{shown}"
        );
    }
}
