//! One account, one purchase.

use std::time::Duration;

use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{Exchange, Purchase, Sighting};
use eraflazz_core::text::{Sku, Target};
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};

pub(crate) const USERNAME: &str = "eraflazz_demo";
pub(crate) const API_KEY: &str = "dev-sample-key-for-tests";
pub(crate) const WEBHOOK_SECRET: &str = "eraflazz-hook-secret";
pub(crate) const REFERENCE: &str = "E0101HF5S2K3A0B1C2DZ";

/// The time within which an answer is waited for in tests that want it to run out.
pub(crate) const SHORT: Duration = Duration::from_millis(800);

pub(crate) fn config(base_url: &str) -> Config {
    Config {
        base_url: base_url.to_owned(),
        min_interval: Duration::from_secs(1),
        ..Config::new(USERNAME, API_KEY, WEBHOOK_SECRET)
    }
}

pub(crate) fn adapter(base_url: &str) -> Digiflazz {
    Digiflazz::new(config(base_url)).unwrap()
}

/// An adapter that soon stops waiting.
pub(crate) fn impatient(base_url: &str) -> Digiflazz {
    Digiflazz::new(Config {
        timeout: SHORT,
        ..config(base_url)
    })
    .unwrap()
}

pub(crate) fn purchase() -> Purchase {
    Purchase {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: SupplierRef::parse(REFERENCE).unwrap(),
        sku: Sku::new("xld10").unwrap(),
        target: Target::new("087800001233").unwrap(),
        cap: "10500.75".parse::<Money>().unwrap(),
        send: 1,
        age: Duration::ZERO,
    }
}

/// A success in full, for [`purchase`].
pub(crate) fn success() -> String {
    format!(
        r#"{{"data":{{"ref_id":"{REFERENCE}","customer_no":"087800001233","buyer_sku_code":"xld10","message":"Transaksi Sukses","status":"Sukses","rc":"00","sn":"1234567890","buyer_last_saldo":990000,"price":10000,"tele":"@telegram","wa":"081234512345"}}}}"#
    )
}

/// The one sighting of an exchange.
pub(crate) fn only(exchange: &Exchange) -> &Sighting {
    match exchange.sightings.as_slice() {
        [one] => one,
        other => panic!("{} sightings", other.len()),
    }
}
