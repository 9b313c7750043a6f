//! The store for several machines: `PostgreSQL` as the record. Any number of processes work on one database, and what one has committed all of them see.
//!
//! [`PostgresStore`] is all five of core's data ports over one database, with exactly the verdicts of the memory store, because both give those of
//! [`commit::apply`]: a batch locks and loads the rows that it touches, decides on them in memory, and writes where they ended.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use eraflazz_core::ports::Vault;
//! # use eraflazz_store_postgres::{OpenError, PostgresStore, StoreSettings};
//! # async fn example(vault: Arc<dyn Vault>) -> Result<(), OpenError> {
//! let url = "postgres://eraflazz@localhost/pulsa";
//! PostgresStore::migrate(url).await?;
//! let store = PostgresStore::open(url, vault, StoreSettings::default()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # How a commit goes
//! A *lane* is a task with a connection of its own (`lane`). One member's units go through one lane; a commit of many members is shared among the lanes (`shares`), unless
//! its units touch a row in common. A lane takes all units that wait, up to a thousand, as one transaction (`batch`):
//! order rows are locked in the order of their ids, then wallet rows likewise, then deposits, then callbacks, and the batch's id is inserted with that; everything else is read under those locks (`load`); the units
//! are decided one after the other (`rows`); what changed is written, one statement a table (`write`); COMMIT. Nobody's hang-up touches any of it.
//!
//! - **Two who want one key.** Whoever holds a member's wallet row owns that member's references, guards and balance, whoever holds an order's row its
//!   attempts, effects and outbox. Of what nobody owns, the constraints of the schema let one pass. Then the batch is rolled back, an alarm is raised,
//!   and its units are asked one by one with fresh reads, which gives the verdicts that the rule gives.
//! - **A COMMIT without an answer.** The batch is run again under the same id. Its insertion waits for its twin, and either collides, then it was committed and the
//!   answers computed the first time stand, or goes through, then it never was, and the new answers count. Only if neither can be found out in time is the
//!   answer [`Unavailable`] with `may_have_committed`.
//! - **Deadlocks, serialization failures, locks that take too long** are tried again with fresh reads, for a few seconds.
//!
//! # What is read
//! Orders and everything about them straight from the database; members and keys, which every request asks for, by one statement for all who ask meanwhile (`gather`). The catalog is a snapshot in every process, told of changes by NOTIFY and looking for them every
//! five seconds (`catalog`). Balances of the house's accounts are a fold and the transfers above it (`fold`).
//!
//! # The archive
//! Logs of ended orders leave for files ([`PostgresStore::archive`]) and are read back from there ([`PostgresStore::with_archive`]); everything else about an order
//! stays for ever.
//!
//! # Many processes
//! What is due is shared by taking it for some seconds ([`Store::take_due`](eraflazz_core::ports::Store::take_due)); [`PostgresBell`] tells those who work that there is
//! something; [`PostgresDuty`] is one process at a time; [`PostgresClock`] is the same for all. None of it is a claim: the intent's commit is.
//!
//! # Redis
//! With the feature `redis` work is prompt on all machines ([`RedisQueue`]) a rate is one for all of them ([`SharedRates`]), and so is the pace of a supplier ([`SharedPace`]). Neither is needed for anything to be right.
//!
//! The schema and what each table is for: `migrations/`. Every statement: [`sql`].
//!
//! [`Unavailable`]: eraflazz_core::commit::Unavailable
//! [`commit::apply`]: eraflazz_core::commit::apply

#[cfg(feature = "sqlx")]
mod archive;
#[cfg(feature = "sqlx")]
mod batch;
#[cfg(feature = "sqlx")]
mod bell;
#[cfg(feature = "sqlx")]
mod bookmarks;
#[cfg(feature = "sqlx")]
mod catalog;
#[cfg(feature = "sqlx")]
mod clock;
#[cfg(feature = "sqlx")]
mod codec;
#[cfg(feature = "sqlx")]
mod duty;
#[cfg(feature = "sqlx")]
mod epoch;
#[cfg(feature = "sqlx")]
mod error;
#[cfg(feature = "sqlx")]
mod fold;
#[cfg(feature = "sqlx")]
mod gather;
#[cfg(feature = "sqlx")]
mod lane;
#[cfg(feature = "sqlx")]
mod ledger;
#[cfg(feature = "redis")]
mod limits;
#[cfg(feature = "sqlx")]
mod load;
#[cfg(feature = "sqlx")]
mod members;
#[cfg(feature = "sqlx")]
mod migrations;
#[cfg(feature = "sqlx")]
mod open;
#[cfg(feature = "sqlx")]
mod outbox;
#[cfg(feature = "redis")]
mod pace;
#[cfg(feature = "sqlx")]
mod rows;
#[cfg(feature = "sqlx")]
mod sealed;
#[cfg(feature = "sqlx")]
mod shares;
#[cfg(feature = "sqlx")]
pub mod sql;
#[cfg(feature = "sqlx")]
mod store;
#[cfg(feature = "redis")]
mod streams;
#[cfg(feature = "sqlx")]
mod together;
#[cfg(feature = "sqlx")]
mod tries;
#[cfg(feature = "sqlx")]
mod value;
#[cfg(feature = "sqlx")]
mod verify;
#[cfg(feature = "sqlx")]
mod write;

#[cfg(feature = "sqlx")]
pub use archive::{ArchiveError, ArchiveFindings, Archived};
#[cfg(feature = "sqlx")]
pub use bell::{PostgresBell, Works};
#[cfg(feature = "sqlx")]
pub use clock::PostgresClock;
#[cfg(feature = "sqlx")]
pub use duty::PostgresDuty;
#[cfg(feature = "redis")]
pub use limits::SharedRates;
#[cfg(feature = "sqlx")]
pub use open::{OpenError, Part, StoreSettings};
#[cfg(feature = "redis")]
pub use pace::SharedPace;
#[cfg(feature = "sqlx")]
pub use store::PostgresStore;
#[cfg(feature = "redis")]
pub use streams::{BellError, BellSettings, RedisQueue};
