//! The language between core and payment gateways: what is asked of them, what was read, what one can do; and the pure rules that say what a notification
//! may change.
//!
//! The trait itself is [`ports::PaymentGateway`](crate::ports::PaymentGateway). As with suppliers an adapter never judges: each answer or notification becomes
//! zero or more [`PaymentSighting`]s through one closed table. [`against()`] says whether a sighting is about a payment of ours, and [`follow()`] what
//! follows from it, so that duplicated, late and out-of-order notifications change nothing (money-safety 8.5).

mod against;
mod code;
mod create;
mod entry;
mod follow;
mod hear;
mod line;
mod method;
mod profile;
mod row;
mod sighting;
mod state;
mod status;

pub use against::{Expected, Mismatch, against};
pub use code::{PaymentCode, PaymentRef};
pub use create::{Act, ActKind, Amount, Card, Customer, InvalidPayment, Item, NewPayment};
pub use entry::{DepositEntry, Seen, Through};
pub use follow::{Evidence, Follow, follow};
pub(crate) use hear::moved;
pub use hear::{HeardPayment, foremost, hear, noticed};
pub use line::BankLine;
pub use method::{Bank, Method, Store, Wallet};
pub use profile::{CallbackProof, Environment, GatewayProfile, SecondCreate};
pub use row::{Booked, BookedTo, Payment, Stage};
pub use sighting::{
    Fees, PayWith, PaymentClaim, PaymentExchange, PaymentReading, PaymentReason, PaymentSighting,
    RefundSeen,
};
pub use state::PaymentState;
pub use status::DepositStatus;
