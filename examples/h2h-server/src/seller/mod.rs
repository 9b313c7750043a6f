//! Selling to other servers in their own dialect: to those of the `OtomaX` family, text over HTTP, signed with a PIN and a password.
//!
//! Such a server knows nothing of our API. It asks by a query, believes what a text says, and buys what it does not understand a second time.
//! So everything here leans to one side:
//! - A text says GAGAL only where nothing was bought and nothing ever will be under that reference, and SUKSES only where the goods are the buyer's.
//!   While an order is open it waits, however long that takes.
//! - The same reference again is a question, with `check=1` or without; it buys nothing, today or in a year (INV-18).
//! - A buyer's PIN and password are a machine's, made here and shown once. They open this door and no other, from named addresses alone.
//!
//! The signature is SHA-1 over fields and secrets, without a time and without the quantity: whoever catches a request can ask the same again for ever.
//! That gets him a state, never an order. No supplier's word is passed on: reasons are from a fixed list.
//!
//! Digiflazz buys as well, in JSON ([`digiflazz`]), under the same rules and logins.
//!
//! Pure, but for [`door`]: how a query is read ([`query`]), who signed it ([`sign`], [`login`]), what is said ([`texts`], [`telling`]).

pub mod digiflazz;
pub mod door;
pub mod lock;
pub mod login;
pub mod query;
pub mod sign;
pub mod telling;
pub mod texts;

pub use lock::Locks;
pub use login::{BuyerId, Login};
pub use texts::{Dialect, Texts};
