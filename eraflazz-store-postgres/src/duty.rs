//! Who does what one process does for all: a lease of some seconds in one row, renewed as long as its holder lives.
//!
//! A process that is stopped and goes on does not think that it still has it: it knows by its own clock how long it was promised.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use eraflazz_core::ports::Duty;
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::batch::batch_id;
use crate::bell::Works;
use crate::error::Trouble;
use crate::sql;
use crate::store::PostgresStore;

/// How often the holder says that it is there, and another asks whether the place is free.
const RENEWED: Duration = Duration::from_secs(3);
/// How long after it was asked for the duty is ours without another word: less than the database gives it for.
const OURS_FOR: Duration = Duration::from_secs(8);

/// A process among others of the same store.
#[derive(Debug)]
pub struct PostgresDuty {
    began: Instant,
    /// Until when it is ours, in milliseconds since then.
    until: Arc<AtomicU64>,
    asking: Option<JoinHandle<()>>,
}

impl PostgresDuty {
    /// Asks for the duty from now on, if this process works; one that does not is never on duty.
    pub fn start(store: &PostgresStore, works: Works) -> Self {
        let (began, until) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let asking = (works == Works::Here)
            .then(|| tokio::spawn(ask(store.pool.clone(), began, Arc::clone(&until))));
        Self {
            began,
            until,
            asking,
        }
    }
}

impl Drop for PostgresDuty {
    fn drop(&mut self) {
        if let Some(asking) = &self.asking {
            asking.abort();
        }
    }
}

impl Duty for PostgresDuty {
    fn is_ours(&self) -> bool {
        millis(self.began.elapsed()) < self.until.load(Ordering::Relaxed)
    }
}

async fn ask(pool: PgPool, began: Instant, until: Arc<AtomicU64>) {
    let mut random = [0; 10];
    if let Err(error) = getrandom::fill(&mut random) {
        tracing::error!(%error, "no dice: this process is never on duty");
        return;
    }
    let us = batch_id(SystemTime::now(), random);
    loop {
        let asked = began.elapsed();
        match take(&pool, us).await {
            Ok(true) => until.store(millis(asked + OURS_FOR), Ordering::Relaxed),
            Ok(false) => until.store(0, Ordering::Relaxed),
            Err(trouble) => tracing::debug!(%trouble, "nobody could be asked for the duty"),
        }
        sleep(RENEWED).await;
    }
}

async fn take(pool: &PgPool, us: Uuid) -> Result<bool, Trouble> {
    let taken = sqlx::query_scalar(sql::TAKE_DUTY).bind(us);
    let taken: Option<bool> = taken.fetch_optional(pool).await?;
    Ok(taken.is_some())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
