//! Servers of the `OtomaX` family: text replies over HTTP, wholly by settings.
//!
//! Three facts shape this adapter (source: sellers' manuals and open clients; there is no official specification):
//! - Replies are free text from a template that the seller's operator edits. They are read by one bank of patterns, bound to our reference, our
//!   code and our destination first, and a reply with two results or none proves nothing.
//! - The same sentence, "there was such a purchase before", answers a question about this purchase and refuses a new one because of another. Which
//!   it is, is known only by whether the reference was sent before.
//! - Nothing is signed but requests, and those without a time. Reports are hints: the engine asks before it believes one.
//!
//! ```
//! use eraflazz_suppliers::otomax::{Config, Otomax};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let profile = Config::silent_profile(); // what to change in it, only the server's operator knows
//! let config = Config::new("http://127.0.0.1:6969", "ERZ001", "1234", "rahasia", profile);
//! let otomax = Otomax::new(config)?;
//! # let _ = otomax;
//! # Ok(())
//! # }
//! ```

mod adapter;
mod bank;
mod config;
mod fields;
mod number;
mod pattern;
mod preset;
mod repeat;
mod report;
mod request;
mod sign;
mod structured;
mod template;
mod text;
mod ticket;
mod xml;

pub use adapter::Otomax;
pub use config::{Config, ConfigError};
pub use pattern::{Pattern, PatternRule, Says};
pub use preset::Preset;
pub use repeat::ServerClock;
pub use report::ReportForm;
pub use sign::{Digest, Encode, Form, SignForm};
pub use structured::ReplyForm;
