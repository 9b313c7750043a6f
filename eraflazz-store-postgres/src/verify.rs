//! What a start looks at before an order is taken: whether each wallet is the sum of its transfers (INV-3, money-safety section 7).
//!
//! A recount from the first transfer takes as long as the record is old, and goes on behind the work; a start does not wait for it. It compares the wallets with
//! what the folder has added up of the transfers alone, and with those that came since: every wallet is read, but of the transfers only those of some seconds.

use eraflazz_core::commit::Unavailable;
use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::{Account, Difference};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use crate::error::Trouble;
use crate::sql;
use crate::store::{PostgresStore, many};

/// So many wallets are named: whoever reads of more than these has other cares than the next one.
const NAMED_MAX: usize = 20;

impl PostgresStore {
    /// What the wallets of members are, and what their transfers up to now say, where the two differ; of twenty members at most, by their ids. Empty if they agree.
    ///
    /// A wallet that is frozen is left out: nothing can be spent from it, and the recount that follows tells of it. Reads only, in one snapshot, whatever is
    /// committed meanwhile.
    pub async fn verify_wallets(&self) -> Result<Vec<Difference>, Unavailable> {
        let pool = self.pool.clone();
        // In a task of its own: a transaction is never dropped half begun.
        let task = tokio::spawn(async move { verify(&pool).await });
        match task.await {
            Ok(found) => Ok(found?),
            Err(_) => Err(Trouble::Unreadable("the wallets".to_owned()).into()),
        }
    }
}

async fn verify(pool: &PgPool) -> Result<Vec<Difference>, Trouble> {
    let mut tx = pool.begin().await?;
    sqlx::query(sql::VERIFY_PATIENTLY).execute(&mut *tx).await?;
    let asked = sqlx::query(sql::MISCOUNTED).bind(many(NAMED_MAX));
    let rows = asked.fetch_all(&mut *tx).await?;
    tx.rollback().await?;
    let mut found = Vec::new();
    for row in &rows {
        found.extend(differences(row)?);
    }
    Ok(found)
}

/// What of this member is not what was counted.
fn differences(row: &PgRow) -> Result<Vec<Difference>, Trouble> {
    let member = MemberId(row.try_get(0)?);
    let mut found = Vec::new();
    let accounts = [
        Account::Available(member),
        Account::Held(member),
        Account::Receivable(member),
    ];
    for (n, account) in accounts.into_iter().enumerate() {
        let (kept, sum): (i64, i64) = (row.try_get(1 + 2 * n)?, row.try_get(2 + 2 * n)?);
        if kept != sum {
            found.push(Difference {
                account,
                kept: kept.into(),
                sum: sum.into(),
            });
        }
    }
    Ok(found)
}
