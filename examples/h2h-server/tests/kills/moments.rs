//! When a process is killed, by the dice of a seed.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A moment to kill at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Under load: with the n-th acknowledged order of this life, or so many milliseconds later.
    Loaded { orders: usize, then: Duration },
    /// This long after the process was started, or when it is ready, if that is sooner.
    Starting(Duration),
    /// This long after `h2h-server backup` was started over the folder of a server that is dead already.
    BackingUp(Duration),
}

/// The dice of one run.
pub(crate) struct Moments(ChaCha8Rng);

impl Moments {
    pub(crate) fn of(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.0.next_u32() % end.max(1)
    }

    fn millis(&mut self, end: u32) -> Duration {
        Duration::from_millis(u64::from(self.below(end)))
    }

    /// During a first start, which fills the store.
    pub(crate) fn first_start(&mut self, usual: Duration) -> Moment {
        Moment::Starting(self.within(usual))
    }

    /// Any moment. `starting` and `copying` are how long a start and a backup take when nobody kills them.
    pub(crate) fn next(&mut self, starting: Duration, copying: Duration) -> Moment {
        match self.below(10) {
            0..7 => Moment::Loaded {
                orders: usize::try_from(1 + self.below(60)).unwrap(),
                then: if self.below(2) == 0 {
                    Duration::ZERO
                } else {
                    self.millis(40)
                },
            },
            7..9 => Moment::Starting(self.within(starting)),
            _ => Moment::BackingUp(self.within(copying)),
        }
    }

    fn within(&mut self, usual: Duration) -> Duration {
        let micros = u32::try_from(usual.as_micros()).unwrap();
        Duration::from_micros(u64::from(self.below(micros)))
    }
}
