//! A memory of nonces: an extra against replays, never the guard.
//!
//! An order is safe to repeat because of its `ref_id`, and another changing call keeps its nonce in the commit of its effect;
//! both survive a restart. This memory does not, and it forgets under pressure: it only turns most replays away early.

use std::time::Duration;

use eraflazz_core::text::KeyId;
use moka::sync::Cache;

/// How long a nonce is remembered: twice the window of timestamps, so that it outlives every request that could carry it.
pub const NONCE_MEMORY: Duration = Duration::from_mins(10);
/// How many nonces are remembered at most; the least wanted go first.
pub const NONCES_MAX: u64 = 1_000_000;

/// Nonces that were seen lately, per key. Cloning it shares the memory.
#[derive(Clone, Debug)]
pub struct NonceMemory {
    seen: Cache<(KeyId, String), ()>,
}

impl NonceMemory {
    /// An empty memory.
    pub fn new() -> Self {
        Self {
            seen: Cache::builder()
                .max_capacity(NONCES_MAX)
                .time_to_live(NONCE_MEMORY)
                .build(),
        }
    }

    /// Remembers the nonce; `false` if this key has used it within [`NONCE_MEMORY`]. Of two calls at once one gets `true`.
    pub fn is_first_use(&self, key: &KeyId, nonce: &str) -> bool {
        // `or_insert` looks and then inserts, and tells two at once that both were first.
        self.seen
            .entry((key.clone(), nonce.to_owned()))
            .or_insert_with(|| ())
            .is_fresh()
    }
}

impl Default for NonceMemory {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::auth::WINDOW_SECONDS;

    #[test]
    fn t_04_a_nonce_is_fresh_once_per_key() {
        let memory = NonceMemory::new();
        let (one, other) = (
            KeyId::new("ek_test_0001").unwrap(),
            KeyId::new("ek_test_0002").unwrap(),
        );
        assert!(memory.is_first_use(&one, "nonce-7f3a"));
        assert!(!memory.is_first_use(&one, "nonce-7f3a"));
        assert!(!memory.clone().is_first_use(&one, "nonce-7f3a"));
        assert!(memory.is_first_use(&other, "nonce-7f3a"));
        assert!(memory.is_first_use(&one, "nonce-7f3b"));
    }

    #[test]
    fn t_04_a_nonce_outlives_every_timestamp_that_could_carry_it() {
        let policy = NonceMemory::new().seen.policy();
        let remembered = policy.time_to_live().unwrap();
        assert!(remembered >= Duration::from_secs(2 * WINDOW_SECONDS));
        assert_eq!(policy.max_capacity(), Some(NONCES_MAX));
    }

    #[test]
    fn t_17_of_many_at_once_one_is_the_first() {
        let memory = NonceMemory::new();
        let key = KeyId::new("ek_test_0001").unwrap();
        let start = std::sync::Barrier::new(16);
        for round in 0..200 {
            let nonce = format!("nonce-{round}");
            let firsts: usize = std::thread::scope(|scope| {
                let first = || {
                    start.wait();
                    usize::from(memory.is_first_use(&key, &nonce))
                };
                let threads: Vec<_> = (0..16).map(|_| scope.spawn(first)).collect();
                threads.into_iter().map(|t| t.join().unwrap()).sum()
            });
            assert_eq!(firsts, 1, "{nonce}");
        }
    }
}
