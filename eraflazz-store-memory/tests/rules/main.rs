//! The commit rule over the memory store: what is refused, what is written, and that the books add up whatever comes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attempts;
mod books;
mod late;
mod money;
mod orders;
mod ports;
mod races;
mod world;
