//! Years of a server pulsa in a minute.
//!
//! The real engine, core and store, in one thread, on a clock that hours pass on at once, in a world that is faked: members who repeat themselves
//! ([`member`]), suppliers of four kinds that lose, double, contradict and change their mind ([`vendor`]), operators ([`operator`]), processes that die,
//! freeze and run beside each other ([`house`]), a line to the store that breaks ([`mod@line`]). Everything that chance decides comes from one seed, so that a
//! world can be run again to the last event ([`trace`]).
//!
//! Each world draws its own mix of what goes wrong ([`fault`]). An [`auditor`] that shares no code with the engine keeps its own books from what the
//! outside saw and objects to whatever must not be. After the sale nothing goes wrong any more, and every order must end or stand before a person
//! (INV-33); then the books are closed.
//!
//! `README.md` beside this crate says how to run it, replay a seed and add a kind of fault.

pub mod auditor;
mod bell;
pub mod chance;
pub mod coverage;
#[path = "../../../eraflazz-store-memory/tests/rules/disk.rs"]
#[expect(
    clippy::unwrap_used,
    reason = "the disk of the store's own crash tests, where a test fails by panicking"
)]
mod disk;
pub mod door;
pub mod fault;
mod founding;
pub mod house;
pub mod line;
pub mod member;
pub mod operator;
pub mod process;
pub mod record;
pub mod scene;
pub mod trace;
pub mod vendor;
pub mod world;

pub use vendor::Planned;
