//! `[gateway.<name>]` with `kind = "moota"`: a bank account of the house whose statement Moota reads.

use eraflazz_core::engine::BankAccount;
use eraflazz_core::payment::Environment;
use eraflazz_payments::moota::{Config, Moota};

use super::{hear_adapter, read_amount};
use crate::settings::span::{Pace, Span};
use crate::settings::supplier::{
    is_loopback, read_local_address, read_proxy, read_secret, read_url,
};
use crate::strict::Section;

/// What is pushed above this is read as well before it counts.
const READ_ABOVE: i64 = 5_000_000;

/// The settings of the adapter, if nothing is wrong with them, and whether Moota is on this machine, if that can be told.
pub(super) fn read(
    section: &mut Section<'_>,
    environment: Option<Environment>,
    pace: Pace,
) -> (Option<Config>, Option<bool>) {
    let has_address = section.has("base_url");
    let base_url = read_url(section, "base_url", false);
    // Of an address that cannot be read nothing else is said than that.
    let is_here = base_url.as_ref().map_or(has_address, is_loopback);
    let account = BankAccount {
        environment: environment.unwrap_or(Environment::Sandbox),
        number: section.required("account").unwrap_or_default(),
        bank: section.required("bank").unwrap_or_default(),
        holder: section.required("holder").unwrap_or_default(),
        read_above: read_amount(section, "read_above", READ_ABOVE).unwrap_or_default(),
    };
    let bank_id: Option<String> = section.required("bank_id");
    let token = read_secret(section, "token");
    let webhook_secret = read_secret(section, "webhook_secret");
    let usual = Config::new(account, "", "", "");
    let closest = Span::seconds(if is_here { 1 } else { 10 });
    let timeout = section.within(
        "timeout",
        Span::from(usual.timeout),
        closest..=Span::seconds(300),
    );
    let mut config = Config {
        timeout: pace.of(timeout),
        proxy: read_proxy(section),
        local_address: read_local_address(section),
        ..usual
    };
    let (Some(bank_id), Some(token), Some(webhook_secret), Some(_)) =
        (bank_id, token, webhook_secret, environment)
    else {
        return (None, Some(is_here));
    };
    config.bank_id = bank_id;
    config.token = token;
    config.webhook_secret = webhook_secret;
    if let Some(base_url) = base_url {
        config.base_url = base_url.into();
    }
    hear_adapter(section, is_here, pace, || {
        Moota::new(config.clone()).map(drop)
    });
    (Some(config), Some(is_here))
}
