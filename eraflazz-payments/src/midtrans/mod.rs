//! Midtrans: charges by the Core API, the Snap page, status, capture, cancel, expiry, refunds, and notifications.
//!
//! Facts that shape this adapter (source: docs.midtrans.com, "HTTP Notification", "Code Statuses", "Transaction Status Cycle"):
//! - The answer's own `status_code` counts, not the HTTP status, and neither says whether something was paid: `transaction_status` does, with
//!   `fraud_status`.
//! - A notification's signature leaves out `transaction_status`: a genuine one can be sent again with another. It is a hint, and a look decides
//!   ([`CallbackProof::Hint`](eraflazz_core::payment::CallbackProof::Hint), INV-35).
//! - A reference is refused the second time, so a create whose answer was lost is looked up by it.
//!
//! ```
//! use eraflazz_payments::midtrans::{Config, Midtrans};
//! use eraflazz_core::payment::Environment;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config {
//!     base_url: "http://127.0.0.1:9500".to_owned(), // without it: the real one of the environment
//!     snap_url: "http://127.0.0.1:9500/snap/v1".to_owned(),
//!     ..Config::new(Environment::Sandbox, "SB-Mid-server-sample-of-the-sandbox")
//! };
//! let midtrans = Midtrans::new(config)?;
//! # let _ = midtrans;
//! # Ok(())
//! # }
//! ```

mod adapter;
mod callback;
mod charge;
mod classify;
mod config;
mod read;
mod sign;
mod wire;

pub use adapter::Midtrans;
pub use config::Config;
pub use read::{Kind, is_genuine, read};
