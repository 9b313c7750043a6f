//! The reference store: everything in memory, behind one lock, and the queue of a single process.
//!
//! [`MemoryStore`] is all four of core's data ports over one state: [`Store`] and [`Ledger`] read and write what
//! [`commit::apply`] decides, [`Catalog`] and [`Members`] keep the rest. One commit at a time, so every promise about races is
//! kept by construction. Nothing is written to disk: the store dies with its process and refuses new orders when it is full
//! (D14). It is for tests, demonstrations and development.
//!
//! [`LocalQueue`] is the bell of one process.
//!
//! [`Store`]: eraflazz_core::ports::Store
//! [`Ledger`]: eraflazz_core::ports::Ledger
//! [`Catalog`]: eraflazz_core::ports::Catalog
//! [`Members`]: eraflazz_core::ports::Members
//! [`commit::apply`]: eraflazz_core::commit::apply
#![warn(clippy::iter_over_hash_type)]

pub mod archive;
mod catalog;
mod folder;
mod journal;
mod ledger;
mod members;
mod overlay;
mod queue;
mod replay;
mod state;
mod store;
mod view;
mod writer;

pub use folder::OpenError;
pub use journal::batch::Damage;
pub use queue::LocalQueue;
pub use store::{MemoryStore, StoreSettings};
