//! `[gateway.<name>]` with `kind = "midtrans"`: a merchant at Midtrans.

use eraflazz_core::payment::{Environment, Method};
use eraflazz_payments::midtrans::{Config, Midtrans};

use super::{hear_adapter, read_methods, read_secrets, read_timing};
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
    let snap_url = read_url(section, "snap_url", false);
    let server_key = read_secret(section, "server_key");
    let usual = Config::new(environment.unwrap_or(Environment::Sandbox), "");
    // Of an address that cannot be read nothing else is said than that.
    let is_here = base_url.as_ref().map_or(has_address, is_loopback);
    // A card is paid with a token of the gateway's own form, for which there is no place here.
    let mut offered = usual.methods.clone();
    offered.remove(&Method::Card);
    let mut config = Config {
        sandbox_key_without_prefix: section.or(
            "sandbox_key_without_prefix",
            usual.sandbox_key_without_prefix,
        ),
        signing_keys: read_secrets(section, "signing_keys"),
        merchant_id: section.optional("merchant_id"),
        qris_acquirer: section.or("qris_acquirer", usual.qris_acquirer.clone()),
        methods: read_methods(section, offered),
        timing: read_timing(section, is_here, pace),
        proxy: read_proxy(section),
        local_address: read_local_address(section),
        ..usual
    };
    let (Some(server_key), Some(_)) = (server_key, environment) else {
        return (None, Some(is_here));
    };
    config.server_key = server_key;
    if let Some(base_url) = base_url {
        config.base_url = base_url.into();
    }
    if let Some(snap_url) = snap_url {
        config.snap_url = snap_url.into();
    }
    hear_adapter(section, is_here, pace, || {
        Midtrans::new(config.clone()).map(drop)
    });
    (Some(config), Some(is_here))
}
