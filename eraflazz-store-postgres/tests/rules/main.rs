//! The PostgreSQL store on a real server, which these tests start themselves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod suite;
mod world;
