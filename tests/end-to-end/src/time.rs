//! A clock on which hours pass at once, and dice that fall the same way every time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eraflazz_core::ports::{Clock, Dice, Sleep};
use eraflazz_core::time::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The runtime's clock, which a paused runtime moves on whenever everybody waits, counted from a fixed morning.
#[derive(Debug)]
pub struct VirtualClock {
    started: tokio::time::Instant,
    epoch: Timestamp,
    /// How far the host has been set forward, in microseconds.
    set_forward: AtomicI64,
}

impl VirtualClock {
    /// 1 January 2026, 10:00 in Jakarta.
    pub const MORNING: Timestamp = Timestamp::from_millis(1_767_236_400_000);

    /// A clock that shows `epoch` now.
    pub fn starting(epoch: Timestamp) -> Self {
        Self {
            started: tokio::time::Instant::now(),
            epoch,
            set_forward: AtomicI64::new(0),
        }
    }

    /// Somebody sets the host's clock, by this many seconds forward or back.
    pub fn jump(&self, seconds: i64) {
        let micros = seconds * 1_000_000;
        self.set_forward.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let steady = self.epoch.plus(self.started.elapsed());
        let set_forward = self.set_forward.load(Ordering::SeqCst);
        Timestamp::from_micros(steady.micros() + set_forward)
    }

    fn sleep(&self, wait: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(wait))
    }
}

/// The host's time, twenty times as fast, for tests on real threads: what should take half a minute is given up after less than two seconds.
#[derive(Debug)]
pub struct FastClock {
    started: std::time::Instant,
    epoch: Timestamp,
}

impl FastClock {
    const PACE: u32 = 20;

    /// A clock that shows `epoch` now.
    pub fn starting(epoch: Timestamp) -> Self {
        Self {
            started: std::time::Instant::now(),
            epoch,
        }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        self.epoch.plus(self.started.elapsed() * Self::PACE)
    }

    fn sleep(&self, wait: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(wait / Self::PACE))
    }
}

/// Dice from a seed.
#[derive(Debug)]
pub struct SeededDice(Mutex<ChaCha8Rng>);

impl SeededDice {
    /// The dice of this seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }
}

impl Dice for SeededDice {
    fn roll(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.0.lock().unwrap().fill_bytes(&mut bytes);
        bytes
    }
}
