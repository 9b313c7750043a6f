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
    /// This long after a server under load was asked for a copy of its store.
    CopyingItself(Duration),
}

/// Into what a kill falls.
#[derive(Clone, Copy)]
enum Kind {
    Loaded,
    Starting,
    BackingUp,
    CopyingItself,
}

/// Every kind, as often as it comes in so many kills; the dice say in which order.
const ROUND: [Kind; 10] = [
    Kind::Loaded,
    Kind::Loaded,
    Kind::Loaded,
    Kind::Loaded,
    Kind::Loaded,
    Kind::Loaded,
    Kind::Starting,
    Kind::Starting,
    Kind::BackingUp,
    Kind::CopyingItself,
];

/// The dice of one run.
pub(crate) struct Moments {
    dice: ChaCha8Rng,
    round: Vec<Kind>,
}

impl Moments {
    pub(crate) fn of(seed: u64) -> Self {
        Self {
            dice: ChaCha8Rng::seed_from_u64(seed),
            round: Vec::new(),
        }
    }

    fn below(&mut self, end: u32) -> u32 {
        self.dice.next_u32() % end.max(1)
    }

    /// During a first start, which fills the store.
    pub(crate) fn first_start(&mut self, usual: Duration) -> Moment {
        Moment::Starting(self.within(usual))
    }

    /// Any moment. `starting` and `copying` are how long a start and a backup take when nobody kills them.
    pub(crate) fn next(&mut self, starting: Duration, copying: Duration) -> Moment {
        if self.round.is_empty() {
            self.round.extend(ROUND);
        }
        let left = u32::try_from(self.round.len()).unwrap();
        let at = usize::try_from(self.below(left)).unwrap();
        match self.round.swap_remove(at) {
            Kind::Loaded => Moment::Loaded {
                orders: usize::try_from(1 + self.below(60)).unwrap(),
                then: if self.below(2) == 0 {
                    Duration::ZERO
                } else {
                    self.within(Duration::from_millis(40))
                },
            },
            Kind::Starting => Moment::Starting(self.within(starting)),
            Kind::BackingUp => Moment::BackingUp(self.within(copying)),
            // A server has its store open already: it is done sooner than a process of its own.
            Kind::CopyingItself => Moment::CopyingItself(self.within(copying / 4)),
        }
    }

    fn within(&mut self, usual: Duration) -> Duration {
        let micros = u32::try_from(usual.as_micros()).unwrap();
        Duration::from_micros(u64::from(self.below(micros)))
    }
}
