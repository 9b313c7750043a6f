//! The `PostgreSQL` store on a real server, which these tests start themselves.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod archive;
mod crowd;
mod indexes;
mod lost_answers;
mod ports;
mod races;
mod reports;
mod retries;
mod roles;
mod shared;
mod statements;
mod suite;
mod verify;
mod walls;
mod world;
