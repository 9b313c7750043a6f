//! The VIP Reseller adapter over real HTTP: what it sends, what it makes of answers and of their absence, whom it believes, and where its secrets never show.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod answers;
mod callbacks;
mod hostile;
mod outbound;
mod support;
