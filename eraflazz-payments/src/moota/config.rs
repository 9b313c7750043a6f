//! Settings of one bank account at Moota, and their checks.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use eraflazz_core::engine::BankAccount;
use eraflazz_core::payment::{Environment, Method};
use secrecy::SecretString;
use url::Url;

use crate::address::{address, is_loopback};
use crate::config::{self, ConfigError, is_proxy};
use crate::secrets::secret;

const PROVIDER: &str = "moota";
const HOST: &str = "app.moota.co";

/// Settings of one bank account at Moota.
///
/// [`Config::new`] takes what has no default; the rest are fields to change. Nothing is checked until [`Moota::new`](super::Moota::new).
#[derive(Clone)]
pub struct Config {
    /// The account, as members are told of it. Moota has no sandbox: play money is only where `base_url` is this machine.
    pub account: BankAccount,
    /// Moota's own id of the account (`bank_id`). Rows of others are left out.
    pub bank_id: String,
    /// The token that goes with every call.
    pub token: SecretString,
    /// The secret that signs pushes (`secret_token` of the webhook).
    pub webhook_secret: SecretString,
    /// Address of the API. Default `https://app.moota.co/api/v2`.
    pub base_url: String,
    /// Total time of one call. Default 30 s.
    pub timeout: Duration,
    /// HTTP proxy for all calls; may carry credentials. Default none, whatever the environment says.
    pub proxy: Option<SecretString>,
    /// Local address to call from.
    pub local_address: Option<IpAddr>,
    /// How members pay: by transfer, and nothing else.
    pub methods: BTreeSet<Method>,
}

impl Config {
    /// Settings with every default.
    pub fn new(
        account: BankAccount,
        bank_id: impl Into<String>,
        token: impl Into<SecretString>,
        webhook_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            account,
            bank_id: bank_id.into(),
            token: token.into(),
            webhook_secret: webhook_secret.into(),
            base_url: "https://app.moota.co/api/v2".to_owned(),
            timeout: Duration::from_secs(30),
            proxy: None,
            local_address: None,
            methods: [Method::Transfer].into(),
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
            here || (base.scheme() == "https" && base.host_str() == Some(HOST)),
            "base_url",
            "https at Moota, or this machine",
        )?;
        ensure(
            here == (self.account.environment == Environment::Sandbox),
            "environment",
            "sandbox, where base_url is this machine, and nowhere else",
        )?;
        let is_word = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
        };
        ensure(
            is_word(&self.bank_id, 64),
            "bank_id",
            "1 to 64 printable ASCII characters without blanks",
        )?;
        let digits = &self.account.number;
        ensure(
            (5..=32).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()),
            "account",
            "5 to 32 digits",
        )?;
        for (field, text) in [
            ("bank", &self.account.bank),
            ("holder", &self.account.holder),
        ] {
            let is_text = (1..=100).contains(&text.len()) && !text.chars().any(char::is_control);
            ensure(is_text, field, "1 to 100 bytes without control characters")?;
        }
        ensure(
            self.methods == [Method::Transfer].into(),
            "methods",
            "transfer alone",
        )?;
        secret(&self.token, here).map_err(|rule| wrong("token", rule))?;
        secret(&self.webhook_secret, here).map_err(|rule| wrong("webhook_secret", rule))?;
        ensure(
            self.proxy.as_ref().is_none_or(is_proxy),
            "proxy",
            "the http(s) address of a proxy",
        )?;
        let least = Duration::from_millis(if here { 10 } else { 10_000 });
        ensure(
            (least..=Duration::from_mins(5)).contains(&self.timeout),
            "timeout",
            "10 s to 300 s (from 10 ms if base_url is this machine)",
        )?;
        Ok(base)
    }
}

impl fmt::Debug for Config {
    /// Without keys and proxy (INV-37).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("account", &self.account)
            .field("bank_id", &self.bank_id)
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
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
    use eraflazz_core::money::Money;

    use super::*;

    fn config(environment: Environment) -> Config {
        let account = BankAccount {
            environment,
            number: "1234567890".to_owned(),
            bank: "BCA".to_owned(),
            holder: "PT Maju".to_owned(),
            read_above: Money::ZERO,
        };
        Config::new(
            account,
            "BANK01",
            "k9wq-Vt3n-61zz-Lm8r",
            "r8mL-zz16-n3tV-qw9k",
        )
    }

    #[test]
    fn each_setting_is_checked_by_name() {
        config(Environment::Production).check().unwrap();
        let with = |change: fn(&mut Config)| {
            let mut config = config(Environment::Production);
            change(&mut config);
            config.check().unwrap_err().field
        };
        assert_eq!(
            with(|c| c.base_url = "https://moota.example".to_owned()),
            "base_url"
        );
        assert_eq!(
            with(|c| c.base_url = "http://127.0.0.1:1".to_owned()),
            "environment"
        );
        assert_eq!(
            with(|c| c.account.environment = Environment::Sandbox),
            "environment"
        );
        assert_eq!(with(|c| c.bank_id.clear()), "bank_id");
        assert_eq!(with(|c| c.account.number = "12 34".to_owned()), "account");
        assert_eq!(with(|c| c.account.bank.clear()), "bank");
        assert_eq!(with(|c| c.account.holder = "a\n".to_owned()), "holder");
        assert_eq!(with(|c| c.methods.clear()), "methods");
        assert_eq!(with(|c| c.token = "short".into()), "token");
        assert_eq!(with(|c| c.webhook_secret = "".into()), "webhook_secret");
        assert_eq!(with(|c| c.proxy = Some("junk".into())), "proxy");
        assert_eq!(with(|c| c.timeout = Duration::from_secs(9)), "timeout");
        let shown = format!("{:?}", config(Environment::Production));
        assert!(
            !shown.contains("k9wq") && !shown.contains("r8mL"),
            "{shown}"
        );
    }
}
