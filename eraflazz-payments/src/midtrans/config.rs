//! Settings of one Midtrans merchant in one environment, their checks, and the profile that follows from them.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use eraflazz_core::payment::{
    ActKind, Bank, CallbackProof, Environment, GatewayProfile, Method, SecondCreate, Store, Wallet,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::address::{address, is_loopback};
use crate::config::{self, ConfigError, Timing, is_proxy};
use crate::secrets::secret;

const PROVIDER: &str = "midtrans";
const SANDBOX_KEY: &str = "SB-Mid-server-";
const PRODUCTION_KEY: &str = "Mid-server-";
/// Permata, Mandiri's bill and Indomaret may take a settlement back some minutes later ("Transaction Status Cycle").
const REVERSAL_WINDOW: Duration = Duration::from_mins(10);

/// What this adapter charges by.
pub(super) const METHODS: [Method; 13] = [
    Method::Bank(Bank::Bca),
    Method::Bank(Bank::Bni),
    Method::Bank(Bank::Bri),
    Method::Bank(Bank::Permata),
    Method::Bank(Bank::Cimb),
    Method::Bank(Bank::Mandiri),
    Method::Wallet(Wallet::Gopay),
    Method::Wallet(Wallet::Shopeepay),
    Method::Qris,
    Method::Card,
    Method::Store(Store::Indomaret),
    Method::Store(Store::Alfamart),
    Method::Page,
];

/// Settings of one Midtrans merchant in one environment.
///
/// [`Config::new`] takes what has no default; the rest are fields to change. Nothing is checked until [`Midtrans::new`](super::Midtrans::new).
#[derive(Clone)]
pub struct Config {
    /// Play money or real money; the addresses and the key must agree with it.
    pub environment: Environment,
    /// Address of the Core API. Default `https://api.sandbox.midtrans.com` or `https://api.midtrans.com`.
    pub base_url: String,
    /// Address of Snap. Default `https://app.sandbox.midtrans.com/snap/v1` or `https://app.midtrans.com/snap/v1`.
    pub snap_url: String,
    /// The server key. That of the sandbox begins with `SB-Mid-server-`, that of production with `Mid-server-`.
    pub server_key: SecretString,
    /// Takes a key that begins with `Mid-server-` in the sandbox too. Some merchants have such keys there. Default no: then a production key at the
    /// sandbox is a mistake that is found.
    pub sandbox_key_without_prefix: bool,
    /// Keys that sign notifications, if others than the server key: two while keys change. Default the server key alone.
    pub signing_keys: Vec<SecretString>,
    /// The merchant's id; with it, what names another merchant is unclear.
    pub merchant_id: Option<String>,
    /// The acquirer of QRIS: `gopay` (default) or `airpay shopee`.
    pub qris_acquirer: String,
    /// The methods that the merchant has switched on. Default all that this adapter has.
    pub methods: BTreeSet<Method>,
    /// Times and bounds.
    pub timing: Timing,
    /// HTTP proxy for all calls; may carry credentials. Default none, whatever the environment says.
    pub proxy: Option<SecretString>,
    /// Local address to call from.
    pub local_address: Option<IpAddr>,
}

impl Config {
    /// Settings with every default.
    pub fn new(environment: Environment, server_key: impl Into<SecretString>) -> Self {
        let (base_url, snap_url) = match environment {
            Environment::Sandbox => (
                "https://api.sandbox.midtrans.com",
                "https://app.sandbox.midtrans.com/snap/v1",
            ),
            Environment::Production => (
                "https://api.midtrans.com",
                "https://app.midtrans.com/snap/v1",
            ),
        };
        Self {
            environment,
            base_url: base_url.to_owned(),
            snap_url: snap_url.to_owned(),
            server_key: server_key.into(),
            sandbox_key_without_prefix: false,
            signing_keys: Vec::new(),
            merchant_id: None,
            qris_acquirer: "gopay".to_owned(),
            methods: METHODS.into(),
            timing: Timing::default(),
            proxy: None,
            local_address: None,
        }
    }

    /// Checks everything once; the addresses of Core API and Snap on success.
    pub(super) fn check(&self) -> Result<(Url, Url), ConfigError> {
        let (core, here) = self.check_address("base_url", &self.base_url, "api")?;
        let (snap, snap_here) = self.check_address("snap_url", &self.snap_url, "app")?;
        ensure(
            here == snap_here,
            "snap_url",
            "this machine where base_url is, and only there",
        )?;
        ensure(
            core.path() == "/",
            "base_url",
            "without a path: versions are ours to add",
        )?;
        self.check_key(here)?;
        for key in &self.signing_keys {
            secret(key, here).map_err(|rule| wrong("signing_keys", rule))?;
        }
        ensure(
            self.signing_keys.len() <= 2,
            "signing_keys",
            "at most two: the new one and the old one",
        )?;
        ensure(
            self.merchant_id.as_ref().is_none_or(|id| {
                (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric())
            }),
            "merchant_id",
            "1 to 32 letters and digits",
        )?;
        ensure(
            matches!(self.qris_acquirer.as_str(), "gopay" | "airpay shopee"),
            "qris_acquirer",
            "gopay or airpay shopee",
        )?;
        ensure(
            !self.methods.is_empty() && self.methods.iter().all(|m| METHODS.contains(m)),
            "methods",
            "at least one, and only what this adapter charges by",
        )?;
        ensure(
            self.proxy.as_ref().is_none_or(is_proxy),
            "proxy",
            "the http(s) address of a proxy",
        )?;
        self.timing.check(PROVIDER, here)?;
        Ok((core, snap))
    }

    /// An address of the environment, and whether it is this machine's.
    fn check_address(
        &self,
        field: &'static str,
        text: &str,
        host: &str,
    ) -> Result<(Url, bool), ConfigError> {
        let url = address(text).ok_or(wrong(
            field,
            "an http(s) address without credentials, query or fragment",
        ))?;
        let here = is_loopback(&url);
        ensure(
            here || url.scheme() == "https",
            field,
            "https, unless the host is this machine",
        )?;
        let is_sandbox = self.environment == Environment::Sandbox;
        ensure(
            is_sandbox || !here,
            "environment",
            "sandbox, where base_url is this machine",
        )?;
        let expected = if is_sandbox {
            format!("{host}.sandbox.midtrans.com")
        } else {
            format!("{host}.midtrans.com")
        };
        ensure(
            here || url.host_str() == Some(&expected),
            field,
            "an address of Midtrans's that goes with environment, or of this machine",
        )?;
        Ok((url, here))
    }

    fn check_key(&self, here: bool) -> Result<(), ConfigError> {
        secret(&self.server_key, here).map_err(|rule| wrong("server_key", rule))?;
        let key = self.server_key.expose_secret();
        let fits = match self.environment {
            Environment::Sandbox => {
                key.starts_with(SANDBOX_KEY)
                    || (self.sandbox_key_without_prefix && key.starts_with(PRODUCTION_KEY))
            }
            Environment::Production => key.starts_with(PRODUCTION_KEY),
        };
        ensure(
            fits,
            "server_key",
            "a server key of the environment: SB-Mid-server- begins those of the sandbox, Mid-server- those of production",
        )
    }

    /// The keys that sign notifications.
    pub(super) fn signers(&self) -> Vec<SecretString> {
        if self.signing_keys.is_empty() {
            vec![self.server_key.clone()]
        } else {
            self.signing_keys.clone()
        }
    }

    /// What Midtrans can and cannot do, with these settings.
    pub(super) fn profile(&self) -> GatewayProfile {
        GatewayProfile {
            environment: self.environment,
            methods: self.methods.clone(),
            open_methods: BTreeSet::new(),
            acts: BTreeSet::from([
                ActKind::Cancel,
                ActKind::Expire,
                ActKind::Capture,
                ActKind::Approve,
                ActKind::Deny,
                ActKind::Refund,
            ]),
            second_create: SecondCreate::Refused,
            callback: CallbackProof::Hint,
            not_found_settles: self.timing.not_found_settles,
            refunds_in_part: true,
            reversal_window: REVERSAL_WINDOW,
            poll: self.timing.poll.clone(),
            poll_max_age: self.timing.poll_max_age,
            timeout: self.timing.timeout,
            max_in_flight: self.timing.max_in_flight,
        }
    }
}

impl fmt::Debug for Config {
    /// Without keys and proxy (INV-37).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("environment", &self.environment)
            .field("base_url", &self.base_url)
            .field("snap_url", &self.snap_url)
            .field("merchant_id", &self.merchant_id)
            .field("qris_acquirer", &self.qris_acquirer)
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

    const SANDBOX: &str = "SB-Mid-server-k9wqVt3n61zzLm8r";
    const REAL: &str = "Mid-server-k9wqVt3n61zzLm8rQ2";

    fn config(environment: Environment) -> Config {
        let key = match environment {
            Environment::Sandbox => SANDBOX,
            Environment::Production => REAL,
        };
        Config::new(environment, key)
    }

    fn field(config: &Config) -> &'static str {
        config.check().unwrap_err().field
    }

    #[test]
    fn both_environments_have_defaults_that_pass() {
        for environment in [Environment::Sandbox, Environment::Production] {
            let config = config(environment);
            config.check().unwrap();
            assert_eq!(config.profile().callback, CallbackProof::Hint);
        }
    }

    #[test]
    fn the_environments_cannot_be_mixed() {
        use Environment::{Production, Sandbox};
        let key = |environment, key: &str| Config {
            server_key: key.into(),
            ..config(environment)
        };
        assert_eq!(field(&key(Production, SANDBOX)), "server_key");
        assert_eq!(field(&key(Sandbox, REAL)), "server_key");
        Config {
            sandbox_key_without_prefix: true,
            ..key(Sandbox, REAL)
        }
        .check()
        .unwrap();
        for (environment, other) in [(Production, Sandbox), (Sandbox, Production)] {
            let core = Config {
                base_url: config(other).base_url,
                ..config(environment)
            };
            assert_eq!(field(&core), "base_url");
            let snap = Config {
                snap_url: config(other).snap_url,
                ..config(environment)
            };
            assert_eq!(field(&snap), "snap_url");
        }
        let here = Config {
            base_url: "http://127.0.0.1:9".to_owned(),
            ..config(Production)
        };
        assert_eq!(field(&here), "environment");
        let half = Config {
            base_url: "http://127.0.0.1:9".to_owned(),
            ..config(Sandbox)
        };
        assert_eq!(field(&half), "snap_url");
    }

    #[rstest]
    #[case("https://api.sandbox.midtrans.com.example.test")]
    #[case("https://app.sandbox.midtrans.com")]
    #[case("http://api.sandbox.midtrans.com")]
    #[case("https://api.sandbox.midtrans.com/v2")]
    #[case("https://user:word@api.sandbox.midtrans.com")]
    #[case("api.sandbox.midtrans.com")]
    fn only_midtranss_own_addresses_pass(#[case] base_url: &str) {
        let config = Config {
            base_url: base_url.to_owned(),
            ..config(Environment::Sandbox)
        };
        assert_eq!(field(&config), "base_url");
    }

    #[test]
    fn every_wrong_field_is_named() {
        let with = |change: fn(&mut Config)| {
            let mut config = config(Environment::Sandbox);
            change(&mut config);
            field(&config)
        };
        assert_eq!(with(|c| c.server_key = "short".into()), "server_key");
        assert_eq!(
            with(|c| c.signing_keys = vec!["short".into()]),
            "signing_keys"
        );
        assert_eq!(with(|c| c.merchant_id = Some(String::new())), "merchant_id");
        assert_eq!(
            with(|c| c.qris_acquirer = "ovo".to_owned()),
            "qris_acquirer"
        );
        assert_eq!(with(|c| c.methods.clear()), "methods");
        assert_eq!(with(|c| c.proxy = Some("nowhere".into())), "proxy");
        assert_eq!(
            with(|c| c.timing.not_found_settles = Duration::ZERO),
            "timing.not_found_settles"
        );
    }

    #[test]
    fn inv_37_no_key_is_shown() {
        let shown = format!("{:?}", config(Environment::Sandbox));
        assert!(!shown.contains("k9wq"), "{shown}");
    }
}
