//! The reference store: everything in memory, on disk before it is acknowledged when it was given a folder; and the queue of a single process.
//!
//! [`MemoryStore`] is all five of core's data ports over one state: [`Store`] and [`Ledger`] read and write what
//! [`commit::apply`] decides, [`Catalog`] and [`Members`] keep the rest. One commit at a time, so every promise about races is
//! kept by construction.
//!
//! # Two ways to open it
//! - [`MemoryStore::new`]: nothing is written to disk, the store dies with its process and refuses new orders when it is full
//!   (D14). For tests, demonstrations and development.
//! - [`MemoryStore::open`]: the same, with a *journal* in a folder. Start-up restores exactly what was acknowledged.
//!   [`MemoryStore::open_to_read`] is for whoever only looks: it changes nothing in the folder.
//!
//! # How the journal is kept
//! Asks queue up; a single writer takes all that wait as one batch (`writer`). It decides them against the state and against what the batch will have
//! written before them (`overlay`), puts what was accepted on disk in one flush (`journal`), shows it in memory, and only then answers. Memory is
//! never ahead of the disk, and readers never wait for it. What was accepted is written down as it was asked for; opening the folder does it again by the
//! same rules (`replay`), so balances and indexes are computed and never read from the disk.
//!
//! # What stays in memory
//! What can still move ([`archive::can_move`]), and what was written since the last checkpoint. Now and then ([`StoreSettings`]) the writer sets apart
//! what changed (`state/seal`), the archive takes it in one transaction on a thread of its own (`checkpoint`), and after that the journal forgets those
//! batches and settled orders leave memory (`state/recede`), a few with each batch, so that nobody waits. They still answer everything: lists and reads
//! go to the archive after memory, and what a commit touches is brought back first (`fetch`), so that a repeat or a late callback is judged by the
//! same rules as ever. Start-up reads what can move from the archive and does the journal after it again.
//!
//! # When the disk fails
//! A write that fails is answered [`Unavailable`], with `may_have_committed` where the disk may hold it all the same, and nothing is written any more
//! until the folder is opened anew: then the batch is there as a whole or not at all, and repeating what was asked is safe either way, because its keys
//! absorb it. A checkpoint that fails closes the store in the same way; nothing is lost, because the journal still has all of it.
//!
//! [`MemoryStore::backup`] copies a store while it runs, [`check`](fn@check) verifies a folder offline,
//! [`compact`](fn@compact) makes it small.
//!
//! [`LocalQueue`] is the bell of one process.
//!
//! [`Store`]: eraflazz_core::ports::Store
//! [`Ledger`]: eraflazz_core::ports::Ledger
//! [`Catalog`]: eraflazz_core::ports::Catalog
//! [`Members`]: eraflazz_core::ports::Members
//! [`Unavailable`]: eraflazz_core::commit::Unavailable
//! [`commit::apply`]: eraflazz_core::commit::apply
#![warn(clippy::iter_over_hash_type)]

pub mod archive;
mod backup;
mod catalog;
mod check;
mod checkpoint;
mod compact;
mod fetch;
mod folder;
mod journal;
mod ledger;
mod members;
#[cfg(test)]
mod no_vault;
mod outbox;
mod overlay;
mod queue;
mod replay;
mod state;
mod store;
mod view;
mod writer;

pub use check::{Findings, check};
pub use compact::{Compacted, compact};
pub use folder::FolderError;
pub use journal::batch::Damage;
pub use queue::LocalQueue;
pub use store::{MemoryStore, StoreSettings};
pub use writer::METRICS;
