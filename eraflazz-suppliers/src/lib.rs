//! Supplier adapters, one Cargo feature each.
//!
//! Every adapter implements [`eraflazz_core::ports::Supplier`] and has the same faces: `config` (settings, secrets, profile),
//! `wire` (what is on the wire), `sign` (pure), `classify` (provider answer to sightings, one closed table), `adapter` (the trait)
//! and `callback`. It reads and writes one protocol; what an answer means for an order is core's business.
//!
//! # Features
//! - `digiflazz` (default): the Digiflazz buyer API, prepaid.
//! - `otomax`: servers of the `OtomaX` family (text replies), wholly by settings.
//! - `vip`: VIP Reseller, prepaid goods and games.
//! - `rustls` (default): TLS by rustls. `native-tls`: TLS by the platform. An adapter needs one of them to reach a real supplier.

#[cfg(any(feature = "digiflazz", feature = "otomax", feature = "vip"))]
mod address;
#[cfg(feature = "digiflazz")]
pub mod digiflazz;
#[cfg(any(feature = "digiflazz", feature = "otomax", feature = "vip"))]
mod http;
#[cfg(any(feature = "digiflazz", feature = "otomax", feature = "vip"))]
#[cfg_attr(
    not(any(feature = "digiflazz", feature = "vip")),
    expect(dead_code, reason = "texts have few fields that are JSON")
)]
mod json;
#[cfg(any(feature = "digiflazz", feature = "otomax", feature = "vip"))]
mod meter;
#[cfg(feature = "otomax")]
pub mod otomax;
#[cfg(any(feature = "digiflazz", feature = "vip"))]
mod secrets;
#[cfg(feature = "vip")]
pub mod vip;

#[cfg(any(feature = "digiflazz", feature = "otomax", feature = "vip"))]
pub use meter::METRICS;
pub use secrecy::SecretString;
