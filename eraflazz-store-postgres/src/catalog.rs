//! The catalog: one row, one value, one version; a snapshot of it in every process, behind an atomic pointer.
//!
//! A change is told to everybody by NOTIFY, and looked for every few seconds because a notification may be lost. A process that has not seen the database for
//! too long says so instead of selling at prices that may be old.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use eraflazz_core::catalog::{CatalogChange, CatalogData, Snapshot};
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ports::{Catalog, ChangeError};
use sqlx::postgres::{PgListener, PgRow};
use sqlx::{PgPool, Row};
use tokio::time::{Instant, sleep, timeout};

use crate::error::{Trouble, uncertain};
use crate::sql;
use crate::store::PostgresStore;
use crate::tries::{Early, until_settled};
use crate::value::odd;

/// How often the version is looked for when nobody tells.
const POLL: Duration = Duration::from_secs(5);
/// A snapshot that was not confirmed for so long is not given out any more.
const AGE_MAX: Duration = Duration::from_mins(1);
/// Where changes are told.
const CHANNEL: &str = "eraflazz_catalog";

/// The snapshot of this process, and when it was last known to be the newest.
#[derive(Debug)]
pub(crate) struct Shelf {
    current: ArcSwap<Snapshot>,
    began: Instant,
    /// In milliseconds since the beginning.
    confirmed: AtomicU64,
}

impl Shelf {
    /// The catalog as it is now.
    pub(crate) async fn read(pool: &PgPool) -> Result<Self, Trouble> {
        let began = Instant::now();
        let row = sqlx::query(sql::CATALOG).fetch_one(pool).await?;
        Ok(Self {
            current: ArcSwap::from_pointee(snapshot(&row)?),
            began,
            confirmed: AtomicU64::new(0),
        })
    }

    /// The snapshot, if it may still be relied on.
    pub(crate) fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
        let confirmed = Duration::from_millis(self.confirmed.load(Ordering::Relaxed));
        if self.began.elapsed().saturating_sub(confirmed) > AGE_MAX {
            return Err(Unavailable {
                may_have_committed: false,
                why: "the catalog was not seen for too long".to_owned(),
            });
        }
        Ok(self.current.load_full())
    }

    /// Takes the newest one, if there is a newer.
    pub(crate) async fn refresh(&self, pool: &PgPool) -> Result<(), Trouble> {
        let asked = self.began.elapsed();
        let query = sqlx::query_scalar(sql::CATALOG_VERSION);
        let newest: i64 = query.fetch_one(pool).await?;
        if newest.cast_unsigned() > self.current.load().version() {
            let row = sqlx::query(sql::CATALOG).fetch_one(pool).await?;
            self.put(&Arc::new(snapshot(&row)?));
        }
        let asked = u64::try_from(asked.as_millis()).unwrap_or(0);
        self.confirmed.fetch_max(asked, Ordering::Relaxed);
        Ok(())
    }

    /// Shows this one, unless a newer is shown already.
    fn put(&self, new: &Arc<Snapshot>) {
        self.current.rcu(|shown| {
            let newer = if new.version() > shown.version() {
                new
            } else {
                shown
            };
            Arc::clone(newer)
        });
    }
}

/// Keeps the snapshot fresh until the store is dropped.
pub(crate) async fn watch(pool: PgPool, shelf: Arc<Shelf>) {
    loop {
        let listened = listen(&pool, &shelf).await;
        if let Err(trouble) = listened {
            tracing::warn!(%trouble, "the catalog could not be looked for");
        }
        sleep(POLL).await;
    }
}

async fn listen(pool: &PgPool, shelf: &Shelf) -> Result<(), Trouble> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // First of all, and after a reconnection: what was told meanwhile was told to nobody.
        shelf.refresh(pool).await?;
        if let Ok(told) = timeout(POLL, listener.try_recv()).await {
            told?;
        }
    }
}

fn snapshot(row: &PgRow) -> Result<Snapshot, Trouble> {
    let version: i64 = row.try_get(0)?;
    let data: CatalogData = serde_json::from_str(row.try_get(1)?)
        .map_err(|error| Trouble::Unreadable(error.to_string()))?;
    Snapshot::new(version.cast_unsigned(), data)
        .map_err(|error| Trouble::Unreadable(error.to_string()))
}

#[async_trait]
impl Catalog for PostgresStore {
    async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
        self.shelf.snapshot()
    }

    async fn change(&self, changes: Vec<CatalogChange>) -> Result<Arc<Snapshot>, ChangeError> {
        let (pool, shelf) = (self.pool.clone(), Arc::clone(&self.shelf));
        let task =
            tokio::spawn(async move { until_settled(|| change(&pool, &shelf, &changes)).await });
        let lost = |_| Err(ChangeError::Unavailable(uncertain(&odd("a change"))));
        task.await.unwrap_or_else(lost)
    }
}

async fn change(
    pool: &PgPool,
    shelf: &Shelf,
    changes: &[CatalogChange],
) -> Result<Arc<Snapshot>, Early> {
    let mut tx = pool.begin().await?;
    let row = sqlx::query(sql::LOCK_CATALOG).fetch_one(&mut *tx).await?;
    let before = snapshot(&row)?;
    let after = CatalogChange::apply(&before, changes);
    let after = after.map_err(ChangeError::from)?;
    let data = serde_json::to_string(&after.data())
        .map_err(|error| Trouble::Unreadable(error.to_string()))?;
    let put = sqlx::query(sql::PUT_CATALOG).bind(after.version().cast_signed());
    put.bind(data).execute(&mut *tx).await?;
    sqlx::query(sql::NOTIFY_CATALOG).execute(&mut *tx).await?;
    let committed = tx.commit().await;
    committed.map_err(|error| ChangeError::Unavailable(uncertain(&error.into())))?;
    let after = Arc::new(after);
    shelf.put(&after);
    Ok(after)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn d_08_a_catalog_that_was_not_seen_for_a_minute_is_not_given_out() {
        let empty = Snapshot::new(1, CatalogData::default()).unwrap();
        let shelf = Shelf {
            current: ArcSwap::from_pointee(empty),
            began: Instant::now(),
            confirmed: AtomicU64::new(0),
        };
        tokio::time::advance(AGE_MAX).await;
        assert!(shelf.snapshot().is_ok());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(shelf.snapshot().is_err());
        shelf.confirmed.store(60_001, Ordering::Relaxed);
        assert!(shelf.snapshot().is_ok(), "it was seen again");
    }
}
