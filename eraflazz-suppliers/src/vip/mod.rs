//! VIP Reseller (`VIPayment`): prepaid goods and games, balance, services, and callbacks that only wake.
//!
//! Four facts shape this adapter (source: the vendor's pages "Profile", "Prepaid", "Game & Streaming", and open clients):
//! - An order carries no reference of ours: sent again it buys again. So it never is ([`Reference::Theirs`](eraflazz_core::supplier::Reference::Theirs)):
//!   what became of one whose answer was lost is looked for in the list of what the account bought lately, and core says which row is ours
//!   ([`adopt`](eraflazz_core::order::adopt())).
//! - There are no codes. `result` says whether a request was taken, a status word what became of an order, and words of a message give a reason for people
//!   and routing, never a claim.
//! - What signs our requests is one constant, and signs callbacks too: it covers no body and can be replayed, so a callback is a hint.
//! - Prepaid goods and games are two sections with codes of their own. A product of the second is written `game/CODE` in mappings and price lists, and a
//!   player with a zone `ID(ZONE)`.
//!
//! Left out: bills and social media (their fields are not confirmed), and the nickname of a player, which no port asks for yet.
//!
//! ```
//! use eraflazz_suppliers::vip::{Config, Vip};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config {
//!     base_url: "http://127.0.0.1:9300/api".to_owned(), // without it: the real one
//!     ..Config::new("APIID123", "sample-key-for-the-sandbox")
//! };
//! let vip = Vip::new(config)?;
//! # let _ = vip;
//! # Ok(())
//! # }
//! ```

mod adapter;
mod callback;
mod classify;
mod config;
mod goods;
mod price_list;
mod sign;
mod wire;

pub use adapter::Vip;
pub use config::{Config, ConfigError};
