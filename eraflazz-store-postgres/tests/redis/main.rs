//! The bell, the rates and the pace over a real Redis, which is wiped, killed, filled and made read-only meanwhile.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bell;
mod pace;
mod rates;

use secrecy::SecretString;

fn address(redis: &conformance::servers::Redis) -> SecretString {
    redis.address().into()
}
