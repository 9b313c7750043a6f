//! Digiflazz, the buyer API: balance, price list, purchase, bills, the PLN customer, and its signed callbacks.
//!
//! Four facts shape this adapter (source: Digiflazz developer pages, "Topup", "Cek Status", "Response Code"):
//! - There is no status call for prepaid goods. Asking *is* sending the same purchase again, and a reference that Digiflazz does
//!   not know is bought. Hence [`Status::Resubmit`](eraflazz_core::supplier::Status::Resubmit): the engine sends again under its
//!   resend rule, this adapter never does.
//! - Bills have one: `status-pasca` asks and never pays. A bill is looked up (`inq-pasca`) under a fresh reference and paid (`pay-pasca`) under the same
//!   one, once: what a second payment would do is not documented, so none is ever sent.
//! - The HTTP status means nothing. Only `rc` and `status` of a whole JSON answer count; everything else is
//!   [`Claim::Unclear`](eraflazz_core::supplier::Claim::Unclear).
//! - Callbacks are signed over their raw body, so they are believed; the secret is mandatory.
//!
//! ```
//! use eraflazz_suppliers::digiflazz::{Config, Digiflazz};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config {
//!     base_url: "http://127.0.0.1:9100/v1".to_owned(), // without it: the real one
//!     ..Config::new("eraflazz_demo", "dev-sample-key-for-the-sandbox", "sample-hook-secret")
//! };
//! let digiflazz = Digiflazz::new(config)?;
//! # let _ = digiflazz;
//! # Ok(())
//! # }
//! ```

mod adapter;
mod callback;
mod classify;
mod config;
mod inquiry;
mod price_list;
mod sign;
mod ticket;
mod wire;

pub use adapter::Digiflazz;
pub use config::{Config, ConfigError};
