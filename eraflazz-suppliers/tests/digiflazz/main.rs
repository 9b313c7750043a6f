//! The Digiflazz adapter through its trait, against local servers that answer like the real one on its worst days.
#![cfg(feature = "digiflazz")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod answers;
mod bills;
mod callbacks;
mod hostile;
mod outbound;
mod peer;
mod reads;
mod secrets;
mod sockets;
mod support;
