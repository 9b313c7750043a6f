//! Payment gateway adapters, one Cargo feature each.
//!
//! Every adapter implements [`eraflazz_core::ports::PaymentGateway`] and has the same faces: `config` (settings, secrets, profile), `wire` (what is on the
//! wire), `sign` (pure), `classify` (gateway answer to sightings, one closed table), `adapter` (the trait) and `callback`. It reads and writes one protocol;
//! what a notification means for a payment is core's business.
//!
//! # Features
//! - `tripay`: Tripay, closed and open payments.
//! - `midtrans`: Midtrans, Core API and Snap.
//! - `moota`: Moota, the statements of bank accounts, as [`eraflazz_core::ports::BankFeed`].
//! - `rustls` (default): TLS by rustls. `native-tls`: TLS by the platform. An adapter needs one of them to reach a real gateway.

#[cfg(any(feature = "tripay", feature = "midtrans", feature = "moota"))]
mod address;
#[cfg(any(feature = "tripay", feature = "midtrans", feature = "moota"))]
#[cfg_attr(
    not(any(feature = "tripay", feature = "midtrans")),
    allow(
        dead_code,
        unreachable_pub,
        reason = "a bank feed asks for no payments"
    )
)]
mod config;
#[cfg(any(feature = "tripay", feature = "midtrans", feature = "moota"))]
#[cfg_attr(
    not(any(feature = "tripay", feature = "midtrans")),
    allow(dead_code, reason = "a bank feed asks for no payments")
)]
mod http;
#[cfg(any(feature = "tripay", feature = "midtrans", feature = "moota"))]
#[cfg_attr(
    not(any(feature = "tripay", feature = "midtrans")),
    allow(dead_code, reason = "a bank feed asks for no payments")
)]
mod json;
#[cfg(any(feature = "tripay", feature = "midtrans", feature = "moota"))]
mod meter;
#[cfg(feature = "midtrans")]
pub mod midtrans;
#[cfg(feature = "moota")]
pub mod moota;
#[cfg(any(feature = "tripay", feature = "midtrans", feature = "moota"))]
mod secrets;
#[cfg(feature = "tripay")]
pub mod tripay;

#[cfg(any(feature = "tripay", feature = "midtrans", feature = "moota"))]
pub use config::ConfigError;
#[cfg(any(feature = "tripay", feature = "midtrans"))]
pub use config::Timing;
#[cfg(any(feature = "tripay", feature = "midtrans", feature = "moota"))]
pub use meter::METRICS;
pub use secrecy::SecretString;
