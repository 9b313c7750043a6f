//! Folding: the house's accounts have no balance row that everybody would wait for, so now and then their transfers are added up as far as nobody can join
//! them any more. What they say of each member is added up beside it, for a start to compare the wallets with (`verify`).
//!
//! A transfer carries the id of the transaction that wrote it. Ids are given out in order but end in any; what lies below the oldest that still runs has ended,
//! and nothing will ever be added there. So the fold goes that far, and a balance is the fold and the transfers from there on.

use std::time::{Duration, SystemTime};

use eraflazz_core::ports::INQUIRY_KEPT;
use sqlx::PgPool;
use tokio::time::sleep;

use crate::batch::batch_id;
use crate::error::Trouble;
use crate::sql;
use crate::store::PostgresStore;

/// How often.
const EVERY: Duration = Duration::from_secs(10);
/// How long the id of a batch is kept: far longer than anybody waits to learn what came of it.
const KEPT: Duration = Duration::from_hours(24);

/// Folds, and forgets old batches and who had what in hand, until the store is dropped. Whoever finds another process at it leaves it to that one.
pub(crate) async fn keep_folding(pool: PgPool) {
    loop {
        sleep(EVERY).await;
        if let Err(trouble) = fold(&pool).await {
            tracing::warn!(%trouble, "the accounts of the house were not folded; balances stay right, but take longer to read");
        }
        // Ids of batches rise with time.
        let oldest = batch_id(SystemTime::now() - KEPT, [0; 10]);
        let forget = sqlx::query(sql::FORGET_BATCHES).bind(oldest);
        if let Err(trouble) = forget.execute(&pool).await {
            tracing::warn!(%trouble, "old batches were not forgotten");
        }
        let kept = i64::try_from(INQUIRY_KEPT.as_secs()).unwrap_or(i64::MAX);
        let forget = sqlx::query(sql::FORGET_INQUIRIES).bind(kept);
        if let Err(trouble) = forget.execute(&pool).await {
            tracing::warn!(%trouble, "inquiries that are over were not forgotten");
        }
        let forget = sqlx::query(sql::FORGET_TAKEN);
        if let Err(trouble) = forget.execute(&pool).await {
            tracing::warn!(%trouble, "who had orders in hand was not forgotten");
        }
    }
}

/// Folds once; false if somebody else is at it.
async fn fold(pool: &PgPool) -> Result<bool, Trouble> {
    let mut tx = pool.begin().await?;
    let lock = sqlx::query_scalar(sql::FOLD_LOCK).fetch_optional(&mut *tx);
    let through: Option<String> = lock.await?;
    let Some(through) = through else {
        return Ok(false);
    };
    sqlx::query(sql::FOLD_PATIENTLY).execute(&mut *tx).await?;
    let fold = sqlx::query(sql::FOLD).bind(&through);
    fold.execute(&mut *tx).await?;
    let fold = sqlx::query(sql::FOLD_WALLETS).bind(&through);
    fold.execute(&mut *tx).await?;
    let mark = sqlx::query(sql::FOLD_MARK).bind(&through);
    mark.execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(true)
}

impl PostgresStore {
    /// Folds the accounts of the house now. Balances are the same before and after, and read faster; false if somebody else is at it. The store does this every ten seconds by
    /// itself.
    pub async fn fold(&self) -> Result<bool, eraflazz_core::commit::Unavailable> {
        let pool = self.pool.clone();
        let task = tokio::spawn(async move { fold(&pool).await });
        match task.await {
            Ok(folded) => Ok(folded?),
            Err(_) => Ok(false),
        }
    }
}
