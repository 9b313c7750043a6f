//! Where processes count their calls to suppliers together, with every way in which such a place fails.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::limit::{Rate, Taken, Tat};
use eraflazz_core::ports::Pace;
use eraflazz_core::text::Slug;
use eraflazz_core::time::Timestamp;
use tokio::time::Instant;

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// As it should.
    #[default]
    Counts,
    /// It cannot say, and says so.
    Away,
    /// Never.
    Hangs,
    /// As it should, after so long.
    Late(Duration),
    /// Somebody else was always first.
    Never,
    /// It falls over.
    Panics,
}

#[derive(Debug)]
struct State {
    answers: Answers,
    buckets: BTreeMap<Slug, Tat>,
    asked: u32,
    counted: u32,
}

/// One such place, for all processes of a world.
#[derive(Debug)]
pub struct Counter {
    began: Instant,
    state: Mutex<State>,
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            state: Mutex::new(State {
                answers: Answers::default(),
                buckets: BTreeMap::new(),
                asked: 0,
                counted: 0,
            }),
        }
    }
}

impl Counter {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on it answers like this.
    pub fn is(&self, answers: Answers) {
        self.state().answers = answers;
    }

    /// It forgets what it counted.
    pub fn forgets(&self) {
        self.state().buckets.clear();
    }

    /// How often it was asked.
    pub fn asked(&self) -> u32 {
        self.state().asked
    }

    /// How many calls it counted.
    pub fn counted(&self) -> u32 {
        self.state().counted
    }

    fn count(&self, supplier: &Slug, gap: Duration) -> Taken {
        let now = Timestamp::from_micros(0).plus(self.began.elapsed());
        let mut state = self.state();
        let bucket = state.buckets.entry(supplier.clone()).or_default();
        let taken = bucket.take(Rate::new(gap, 1), now);
        state.counted += u32::from(taken == Taken::Allowed);
        taken
    }
}

#[async_trait]
impl Pace for Counter {
    async fn take(&self, supplier: &Slug, gap: Duration) -> Option<Taken> {
        let answers = {
            let mut state = self.state();
            state.asked += 1;
            state.answers
        };
        match answers {
            Answers::Counts => Some(self.count(supplier, gap)),
            Answers::Away => None,
            Answers::Hangs => pending().await,
            Answers::Late(by) => {
                tokio::time::sleep(by).await;
                Some(self.count(supplier, gap))
            }
            Answers::Never => Some(Taken::Wait(gap)),
            Answers::Panics => std::panic::panic_any("the counter fell over"),
        }
    }
}
