//! The store's clock: one for all machines that work on it, so that deadlines mean the same everywhere (D1, E-39).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use eraflazz_core::commit::Unavailable;
use eraflazz_core::ports::{Clock, Sleep};
use eraflazz_core::time::Timestamp;
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::error::Trouble;
use crate::sql;
use crate::store::PostgresStore;

/// How often the database is asked what time it is.
const EVERY: Duration = Duration::from_secs(30);
/// How often in a row, to take the answer that came soonest.
const ASKED: usize = 3;
/// A clock that moved by more than this is told about.
const JUMP: Duration = Duration::from_secs(1);

/// The host's monotonic clock, set by the database's at the start and every 30 s. It never runs backwards: where the database's did, it stands until that has caught
/// up.
#[derive(Debug)]
pub struct PostgresClock {
    hand: Arc<Hand>,
    setting: JoinHandle<()>,
}

#[derive(Debug)]
struct Hand {
    began: Instant,
    /// What time it was then, in microseconds, as far as is known now.
    at_begin: AtomicI64,
    /// The last time that was told.
    last: AtomicI64,
}

impl PostgresClock {
    /// A clock that is right, and is set again and again until it is dropped.
    pub async fn start(store: &PostgresStore) -> Result<Self, Unavailable> {
        let hand = Arc::new(Hand {
            began: Instant::now(),
            at_begin: AtomicI64::new(0),
            last: AtomicI64::new(i64::MIN),
        });
        let at_begin = hand.ask(&store.pool).await?;
        hand.at_begin.store(at_begin, Ordering::Relaxed);
        let setting = tokio::spawn(keep_right(store.pool.clone(), Arc::clone(&hand)));
        Ok(Self { hand, setting })
    }
}

impl Drop for PostgresClock {
    fn drop(&mut self) {
        self.setting.abort();
    }
}

impl Clock for PostgresClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.hand.now())
    }

    fn sleep(&self, wait: Duration) -> Sleep<'_> {
        Box::pin(sleep(wait))
    }
}

impl Hand {
    fn now(&self) -> i64 {
        let now = self.at_begin.load(Ordering::Relaxed);
        let now = now.saturating_add(micros(self.began.elapsed()));
        self.last.fetch_max(now, Ordering::Relaxed).max(now)
    }

    /// What time it was at the beginning, by the database's clock of now.
    async fn ask(&self, pool: &PgPool) -> Result<i64, Trouble> {
        let mut soonest: Option<(Duration, i64)> = None;
        for _ in 0..ASKED {
            let asked = self.began.elapsed();
            let now: i64 = sqlx::query_scalar(sql::CLOCK).fetch_one(pool).await?;
            let took = self.began.elapsed().saturating_sub(asked);
            if soonest.is_none_or(|(least, _)| took < least) {
                soonest = Some((took, now.saturating_sub(micros(asked + took / 2))));
            }
        }
        Ok(soonest.map_or(0, |(_, at_begin)| at_begin))
    }

    fn set(&self, at_begin: i64) {
        let before = self.at_begin.swap(at_begin, Ordering::Relaxed);
        let moved = Duration::from_micros(at_begin.abs_diff(before));
        if moved > JUMP {
            tracing::warn!(
                moved_ms = u64::try_from(moved.as_millis()).unwrap_or(u64::MAX),
                forward = at_begin > before,
                "the clock of the database has jumped, or this machine's has"
            );
        }
    }
}

async fn keep_right(pool: PgPool, hand: Arc<Hand>) {
    loop {
        sleep(EVERY).await;
        match hand.ask(&pool).await {
            Ok(at_begin) => hand.set(at_begin),
            Err(trouble) => tracing::debug!(%trouble, "the database did not say what time it is"),
        }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_39_a_database_whose_clock_went_back_does_not_turn_ours_back() {
        let hand = Hand {
            began: Instant::now(),
            at_begin: AtomicI64::new(5_000_000),
            last: AtomicI64::new(i64::MIN),
        };
        let before = hand.now();
        hand.set(2_000_000);
        assert!(hand.now() >= before, "it stands");
        hand.set(9_000_000);
        assert!(hand.now() >= 9_000_000, "and goes on");
    }
}
