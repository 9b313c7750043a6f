//! The commit rule over the memory store: what is refused, what is written, that the books add up whatever comes, and what survives a crash.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attempts;
mod books;
mod crash;
mod disk;
mod folder;
mod hostile;
mod late;
mod money;
mod orders;
mod ports;
mod races;
mod restore;
mod vault;
mod world;
