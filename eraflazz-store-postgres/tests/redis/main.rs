//! The bell, the rates and the pace over a real Redis, which is wiped, killed, filled and made read-only meanwhile.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bell;
mod pace;
mod rates;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::SecretString;

fn address(redis: &conformance::servers::Redis) -> SecretString {
    redis.address().into()
}

/// A name that nobody had before, not even on a server that others use.
fn name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("test-{}-{count}", now.as_micros())
}
