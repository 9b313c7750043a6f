//! Logs on their way into the archive.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eraflazz_core::time::{Month, Timestamp};
use sqlx::{Connection, PgConnection, Row as _};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::ArchiveError;
use super::file::{self, Kept, Row};
use crate::error::Trouble;
use crate::open;
use crate::sql;
use crate::store::{PostgresStore, many};
use crate::value::{At, odd};

/// Most orders of a file, and about how many bytes of log: what is in memory at once, and locked for a moment.
const ORDERS_MAX: usize = 2_000;
const BYTES_MAX: i64 = 32 << 20;

/// What was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Archived {
    /// The logs of so many orders.
    pub orders: u64,
    /// Rows of the log.
    pub rows: u64,
    /// Files that were written.
    pub files: u64,
    /// How large they are.
    pub bytes: u64,
    /// Orders of that time whose log stays, because something about them is open.
    pub left: u64,
}

impl PostgresStore {
    /// Moves the logs of orders that were accepted before the month `before` in Jakarta, and about which nothing is open, out of the database at `url` into
    /// files in `folder`. Servers may run. Needs more rights than a server has: those of who owns the schema.
    ///
    /// May end at any moment, also by a kill: what was acknowledged is moved, everything else is where it was. Asked again it goes on; what is moved is not
    /// moved twice.
    pub async fn archive(
        url: &str,
        folder: &Path,
        before: Month,
    ) -> Result<Archived, ArchiveError> {
        let mut conn = open::prepared(url).await?;
        let alone = sqlx::query_scalar(sql::ARCHIVE_ALONE).fetch_one(&mut conn);
        if !alone.await? {
            conn.close().await?;
            return Err(ArchiveError::Busy);
        }
        let archived = alone_at_it(&mut conn, folder, before).await;
        // A session that is only dropped ends when the server notices, and until then the next one would be told to wait for nobody.
        let freed = sqlx::query(sql::ARCHIVE_DONE).execute(&mut conn).await;
        let archived = archived?;
        freed?;
        conn.close().await?;
        Ok(archived)
    }
}

/// Moves them, while nobody else does.
async fn alone_at_it(
    conn: &mut PgConnection,
    folder: &Path,
    before: Month,
) -> Result<Archived, ArchiveError> {
    let now: i64 = sqlx::query_scalar(sql::CLOCK).fetch_one(&mut *conn).await?;
    let now = Timestamp::from_micros(now).month();
    if before > now {
        let (before, now) = (before.to_string(), now.to_string());
        return Err(ArchiveError::TooEarly { before, now });
    }
    std::fs::create_dir_all(folder).map_err(ArchiveError::at(folder))?;
    let mut mover = Mover {
        conn,
        folder: Arc::new(folder.to_owned()),
        before,
        moved: Archived::default(),
    };
    mover.run().await?;
    Ok(mover.moved)
}

struct Mover<'c> {
    conn: &'c mut PgConnection,
    folder: Arc<PathBuf>,
    before: Month,
    moved: Archived,
}

impl Mover<'_> {
    async fn run(&mut self) -> Result<(), ArchiveError> {
        let begins = self.before.begins();
        let mut after = Uuid::nil();
        loop {
            let quiet = sqlx::query_scalar(sql::QUIET_ORDERS)
                .bind(after)
                .bind(At(begins))
                .bind(many(ORDERS_MAX));
            let mut orders: Vec<Uuid> = quiet.fetch_all(&mut *self.conn).await?;
            self.cut(&mut orders).await?;
            let Some(last) = orders.last() else { break };
            after = *last;
            // Those that wake while their log is written stay, and the rest are written again.
            while !orders.is_empty() {
                orders = self.put_away(orders).await?;
            }
        }
        let left = sqlx::query_scalar(sql::LOGS_LEFT).bind(At(begins));
        let left: i64 = left.fetch_one(&mut *self.conn).await?;
        self.moved.left = left.cast_unsigned();
        Ok(())
    }

    /// Leaves as many as their log is for one file; at least one.
    async fn cut(&mut self, orders: &mut Vec<Uuid>) -> Result<(), ArchiveError> {
        let sizes = sqlx::query_as(sql::LOG_SIZES).bind(&*orders);
        let sizes: Vec<(Uuid, i64)> = sizes.fetch_all(&mut *self.conn).await?;
        let mut sum = 0;
        let fit = sizes.iter().take_while(|(_, bytes)| {
            let fits = sum < BYTES_MAX;
            sum += bytes;
            fits
        });
        orders.truncate(fit.count());
        Ok(())
    }

    /// Moves the logs of these orders, all of them or none: if some have woken, those that have not are given back to be tried again.
    async fn put_away(&mut self, orders: Vec<Uuid>) -> Result<Vec<Uuid>, ArchiveError> {
        let rows = self.logs(&orders).await?;
        let (folder, before) = (Arc::clone(&self.folder), self.before);
        let kept = spawn_blocking(move || file::keep(&folder, before, &rows)).await;
        let kept = kept.map_err(|_| odd("a file of the archive"))??;
        let quiet = take_out(self.conn, self.before, &kept, &orders).await?;
        if quiet.len() < orders.len() {
            kept.discard()?;
            return Ok(quiet);
        }
        self.moved.files += 1;
        self.moved.bytes += kept.bytes;
        self.moved.orders += orders.len() as u64;
        self.moved.rows += kept.rows.len() as u64;
        Ok(Vec::new())
    }

    async fn logs(&mut self, orders: &[Uuid]) -> Result<Vec<Row>, ArchiveError> {
        let rows = sqlx::query(sql::LOGS).bind(orders);
        let rows = rows.fetch_all(&mut *self.conn).await?;
        let rows = rows.iter().map(|row| {
            Ok::<_, sqlx::Error>(Row {
                subject: row.try_get(0)?,
                seq: row.try_get(1)?,
                version: row.try_get(2)?,
                body: row.try_get(4)?,
            })
        });
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Takes what was kept out of the log, unless one of the orders has woken; those that have not.
async fn take_out(
    conn: &mut PgConnection,
    before: Month,
    kept: &Kept,
    orders: &[Uuid],
) -> Result<Vec<Uuid>, ArchiveError> {
    let mut tx = conn.begin().await?;
    sqlx::query(sql::LOCK_QUIET)
        .bind(orders)
        .execute(&mut *tx)
        .await?;
    // A statement of its own: it sees what was committed before the locks were granted.
    let quiet = sqlx::query_scalar(sql::STILL_QUIET).bind(orders);
    let quiet: Vec<Uuid> = quiet.fetch_all(&mut *tx).await?;
    if quiet.len() < orders.len() {
        tx.rollback().await?;
        return Ok(quiet);
    }
    let count = i64::try_from(kept.rows.len()).unwrap_or(i64::MAX);
    sqlx::query(sql::PUT_ARCHIVE)
        .bind(&kept.name)
        .bind(kept.sha256.as_slice())
        .bind(before.first_day().days())
        .bind(orders)
        .bind(orders.first())
        .bind(orders.last())
        .bind(count)
        .bind(i64::try_from(kept.bytes).unwrap_or(i64::MAX))
        .execute(&mut *tx)
        .await?;
    let column = |row: &Row| (row.subject, row.seq);
    let (subjects, seqs): (Vec<Uuid>, Vec<i64>) = kept.rows.iter().map(column).unzip();
    let hashes: Vec<Vec<u8>> = kept.rows.iter().map(Row::hash).collect();
    let taken = sqlx::query(sql::TAKE_LOG_OUT).bind(subjects).bind(seqs);
    let taken = taken.bind(hashes).execute(&mut *tx).await?;
    if taken.rows_affected() != count.cast_unsigned() {
        tx.rollback().await?;
        let trouble: Trouble = odd("a row of the log that is in a file and no more in the log");
        return Err(trouble.into());
    }
    tx.commit().await?;
    Ok(quiet)
}
