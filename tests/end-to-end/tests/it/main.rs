//! Every case that can be seen from outside the engine, on the real engine.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acceptance;
