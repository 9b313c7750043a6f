//! Tripay: closed payments (a fixed amount, once) and open ones (a standing code, any amount, often), their list and detail, channels, fees,
//! instructions, and its signed callbacks.
//!
//! Facts that shape this adapter (source: Tripay developer pages, "Transaction", "Open Payment", "Callback"):
//! - A reference of ours is *not* unique there: a second create makes a second code that can be paid too. Hence
//!   [`SecondCreate::MakesAnother`](eraflazz_core::payment::SecondCreate::MakesAnother), and a look by our reference that may see several.
//! - Callbacks are signed over their raw body, but say nothing of when, and Tripay's own tester sends validly signed `PAID` with an amount of zero.
//! - There is no call to cancel or to refund: an unpaid code can only run out.
//!
//! ```
//! use eraflazz_payments::tripay::{Config, Tripay};
//! use eraflazz_core::payment::Environment;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config {
//!     base_url: "http://127.0.0.1:9400/api-sandbox".to_owned(), // without it: the real one of the environment
//!     ..Config::new(Environment::Sandbox, "T12345", "DEV-sample-key-of-the-sandbox", "sample-private-key")
//! };
//! let tripay = Tripay::new(config)?;
//! # let _ = tripay;
//! # Ok(())
//! # }
//! ```

mod adapter;
mod callback;
mod channel;
mod classify;
mod config;
mod read;
mod sign;
mod wire;

pub use adapter::Tripay;
pub use channel::{Bearing, Channel, Fee, FeeQuote, Instruction};
pub use config::Config;
pub use read::{Kind, is_genuine, read};
