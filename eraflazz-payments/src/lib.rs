//! Payment gateway adapters, one Cargo feature each.
//!
//! Every adapter implements [`eraflazz_core::ports::PaymentGateway`] and has the same faces: `config` (settings, secrets, profile), `wire` (what is on the
//! wire), `sign` (pure), `classify` (gateway answer to sightings, one closed table), `adapter` (the trait) and `callback`. It reads and writes one protocol;
//! what a notification means for a payment is core's business.
//!
//! # Features
//! - `tripay`: Tripay, closed and open payments.
//! - `midtrans`: Midtrans, Core API and Snap.
//! - `rustls` (default): TLS by rustls. `native-tls`: TLS by the platform. An adapter needs one of them to reach a real gateway.

#[cfg(any(feature = "tripay", feature = "midtrans"))]
mod address;
#[cfg(any(feature = "tripay", feature = "midtrans"))]
mod config;
#[cfg(any(feature = "tripay", feature = "midtrans"))]
mod http;
#[cfg(any(feature = "tripay", feature = "midtrans"))]
mod json;
#[cfg(any(feature = "tripay", feature = "midtrans"))]
mod meter;
#[cfg(feature = "midtrans")]
pub mod midtrans;
#[cfg(any(feature = "tripay", feature = "midtrans"))]
mod secrets;
#[cfg(feature = "tripay")]
pub mod tripay;

#[cfg(any(feature = "tripay", feature = "midtrans"))]
pub use config::{ConfigError, Timing};
#[cfg(any(feature = "tripay", feature = "midtrans"))]
pub use meter::METRICS;
pub use secrecy::SecretString;
