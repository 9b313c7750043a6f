//! `[gateway.<name>]` with `kind = "tripay"`: a merchant at Tripay.

use eraflazz_core::payment::Environment;
use eraflazz_payments::tripay::{Config, Tripay};

use super::{hear_adapter, read_methods, read_timing};
use crate::settings::span::Pace;
use crate::settings::supplier::{
    is_loopback, read_local_address, read_proxy, read_secret, read_url,
};
use crate::strict::Section;

/// The settings of the adapter, if nothing is wrong with them, and whether the gateway is on this machine, if that can be told.
pub(super) fn read(
    section: &mut Section<'_>,
    environment: Option<Environment>,
    pace: Pace,
) -> (Option<Config>, Option<bool>) {
    let has_address = section.has("base_url");
    let base_url = read_url(section, "base_url", false);
    let merchant_code: Option<String> = section.required("merchant_code");
    let api_key = read_secret(section, "api_key");
    let private_key = read_secret(section, "private_key");
    let usual = Config::new(environment.unwrap_or(Environment::Sandbox), "", "", "");
    // Of an address that cannot be read nothing else is said than that.
    let is_here = base_url.as_ref().map_or(has_address, is_loopback);
    let mut config = Config {
        qris_channel: section.or("qris_channel", usual.qris_channel.clone()),
        methods: read_methods(section, usual.methods.clone()),
        timing: read_timing(section, is_here, pace),
        proxy: read_proxy(section),
        local_address: read_local_address(section),
        ..usual
    };
    let (Some(merchant_code), Some(api_key), Some(private_key), Some(_)) =
        (merchant_code, api_key, private_key, environment)
    else {
        return (None, Some(is_here));
    };
    config.merchant_code = merchant_code;
    config.api_key = api_key;
    config.private_key = private_key;
    if let Some(base_url) = base_url {
        config.base_url = base_url.into();
    }
    hear_adapter(section, is_here, pace, || {
        Tripay::new(config.clone()).map(drop)
    });
    (Some(config), Some(is_here))
}
