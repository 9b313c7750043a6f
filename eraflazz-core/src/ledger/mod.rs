//! The books: accounts, transfers, wallets, and the rules that say which event moves which money.
//!
//! Money moves only by [`Transfer`]s, so every journal balances by construction (INV-1). The rules are pure; the store's
//! [`apply`](fn@crate::commit::apply) checks floors and fixes amounts that depend on a balance.

mod account;
mod recount;
pub mod rules;
mod transfer;
mod wallet;

pub use account::{Account, Normal};
pub use recount::{Difference, Recount};
pub use transfer::{Amount, AvailableChange, Effect, EffectKey, Receipt, Transfer, TransferRow};
pub use wallet::Wallet;
