//! The sandbox from outside: real sockets, a plain HTTP client, a webhook receiver.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod buyer;
mod control;
mod faults;
mod gateways;
mod otomax;
mod reading;
mod receiver;
mod repeats;
mod sockets;
mod transactions;
mod vip;
mod webhooks;
