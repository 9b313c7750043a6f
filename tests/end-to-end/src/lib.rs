//! The whole house driven from outside: a real engine over the memory store, suppliers that follow a script, a clock that hours
//! pass on at once, and an accountant who recounts everything afterwards without asking the engine.
//!
//! A test builds a [`World`], drives it, and ends with [`World::audit`].
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test's harness fails by panicking"
)]

mod alerts;
mod bells;
#[cfg(feature = "postgres")]
mod database;
mod disk;
mod gate;
mod gauges;
mod life;
mod lifeline;
mod pace;
mod points;
mod profiles;
mod receivers;
mod record;
mod recount;
mod statement;
mod supplier;
mod till;
mod time;
mod world;

pub use alerts::Alerts;
pub use bells::{DeafBell, EchoBell};
#[cfg(feature = "postgres")]
pub use database::Database;
pub use disk::Disk;
pub use gate::Gate;
pub use gauges::{Gauges, Series};
pub use life::{Life, Moment};
pub use lifeline::Lifeline;
pub use pace::{Answers, Counter};
pub use points::{Place, Point};
pub use profiles::{dedicated, listing, otomax, pays_bills, resubmit, text, vip};
pub use receivers::{Receivers, Told};
pub use record::Elsewhere;
pub use recount::recount;
pub use statement::{Statement, came};
pub use supplier::{Fake, Say, Script, report};
pub use till::{Makes, Till, forged, stray};
pub use time::{FastClock, SeededDice, VirtualClock};
pub use world::{Setup, World, minutes, rp, secs};
