//! The server as a process: what it says and writes while it lives, and what it keeps when it dies. Killed at any moment and started again, it has
//! what it acknowledged, its books close, and the supplier, which keeps books of its own, sold nothing twice.
//!
//! `ERAFLAZZ_KILLS` says how often (20 if it does not, 200 for an evening), `ERAFLAZZ_KILL_SEED` with which dice; both are printed.
//! `ERAFLAZZ_KILL_SETTINGS` hands the server more settings, `STORE__CHECKPOINT_KIB=1,ENGINE__BATCH=1`, for work in its background that kills
//! should fall into; checkpoints are made all the time as it is.
//!
//! With the feature `postgres` there are several processes over one database as well, killed likewise, and the database and Redis with them.
//!
//! `ERAFLAZZ_KILLS=200 cargo test -p h2h-server --test process -- --nocapture`
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "postgres")]
mod archive;
mod buyers;
mod canaries;
#[cfg(feature = "postgres")]
mod cluster;
#[cfg(feature = "postgres")]
mod fence;
mod house;
mod kills;
mod moments;
#[cfg(feature = "postgres")]
mod newcomers;
mod orders;
mod panics;
mod program;
#[cfg(feature = "postgres")]
mod races;
#[cfg(feature = "postgres")]
mod redis;
#[cfg(feature = "postgres")]
mod restore;
mod stopped;
#[cfg(feature = "postgres")]
mod walls;
