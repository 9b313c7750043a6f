//! What callers are told: an order as they see it, and why one was not taken.

mod deposit;
mod refusal;
mod transaction;

pub(crate) use deposit::{Deposit, deposit_error};
pub use refusal::{field_error, refusal, submit_error, unavailable, unavailable_to_operator};
pub use transaction::{Transaction, warning_text};
