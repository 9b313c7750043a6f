//! Moota: the statement of one bank account, read by them and told line by line; pushed, or asked for.
//!
//! Facts that shape this adapter (source: moota.gitbook.io, pages "mutation" and "webhook"; their SDK):
//! - A push is signed over its bytes and carries no time: what keeps it from counting twice is that each line is consumed once (INV-23).
//! - A row may come again under another id when the bank was read anew, and two rows that look alike may be two transfers. The running balance tells them apart
//!   where the bank shows one; where it shows none, their id does.
//! - Amounts come as numbers and as text with cents; the time of a row is often midnight, and then only its day is known.
//! - The account that comes with a row has held the session of the bank: only the fields that are named here are kept.
//!
//! ```
//! use eraflazz_core::engine::BankAccount;
//! use eraflazz_core::money::Money;
//! use eraflazz_core::payment::Environment;
//! use eraflazz_payments::moota::{Config, Moota};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let account = BankAccount {
//!     environment: Environment::Sandbox,
//!     number: "1234567890".to_owned(),
//!     bank: "BCA".to_owned(),
//!     holder: "PT Contoh".to_owned(),
//!     read_above: Money::rupiah(5_000_000).ok_or("an amount")?,
//! };
//! let config = Config {
//!     base_url: "http://127.0.0.1:9700/api/v2".to_owned(), // without it: the real one
//!     ..Config::new(account, "BANKtest01", "sample-token-of-the-sandbox", "sample-secret-of-the-sandbox")
//! };
//! let moota = Moota::new(config)?;
//! # let _ = moota;
//! # Ok(())
//! # }
//! ```

mod adapter;
mod config;
mod sign;
mod wire;

pub use adapter::Moota;
pub use config::Config;
