//! The `OtomaX` adapter over real HTTP: what it sends, what it makes of answers and of their absence, and where its secrets never show.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod answers;
mod hostile;
mod outbound;
mod settings;
mod support;
