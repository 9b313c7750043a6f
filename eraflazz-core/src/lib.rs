//! The engine of a *server pulsa*: it takes top-up orders from members, holds their money, buys from whichever supplier is
//! cheapest and alive, and returns the serial number or the money.
#![warn(clippy::iter_over_hash_type)]

pub mod catalog;
pub mod commit;
pub mod engine;
pub mod ids;
pub mod inquiry;
pub mod ledger;
pub mod limit;
pub mod member;
pub mod meter;
pub mod money;
pub mod order;
pub mod payment;
pub mod ports;
pub mod pricing;
pub mod route;
pub mod schedule;
pub mod supplier;
pub mod text;
pub mod time;
pub mod webhook;
