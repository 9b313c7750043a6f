//! What chance decides in the world around the engine: streams of one seed that do not disturb each other.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One stream of chance.
#[derive(Debug)]
pub struct Chance(Mutex<ChaCha8Rng>);

/// A million: probabilities are counted in parts of it.
pub const MILLION: u32 = 1_000_000;

impl Chance {
    /// Stream number `stream` of `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(stream);
        Self(Mutex::new(dice))
    }

    fn roll(&self) -> u64 {
        let mut dice = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        dice.next_u64()
    }

    /// A number below `bound`, which is above zero.
    pub fn below(&self, bound: u64) -> u64 {
        self.roll() % bound
    }

    /// A number from `least` to `most`.
    pub fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// True in `ppm` of a million cases.
    pub fn happens(&self, ppm: u32) -> bool {
        ppm > 0 && self.below(u64::from(MILLION)) < u64::from(ppm)
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&self, percent: u32) -> bool {
        self.happens(percent * (MILLION / 100))
    }

    /// A duration of so many milliseconds.
    pub fn millis(&self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.between(least, most))
    }

    /// One of several.
    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        let bound = u64::try_from(of.len()).unwrap_or(1);
        &of[usize::try_from(self.below(bound)).unwrap_or(0)]
    }
}
