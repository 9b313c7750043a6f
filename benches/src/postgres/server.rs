//! A server of `PostgreSQL` that loses nothing, in a folder that is thrown away.

use std::path::Path;
use std::time::Duration;

use conformance::servers::Postgres;
use eraflazz_store_postgres::PostgresStore;
use sqlx::{ConnectOptions, PgConnection};

use crate::shop::Failure;

/// As an operator would set it on a machine of this size. What it commits is on the disk first.
const SETTINGS: &str = "-c max_connections=200 -c shared_buffers=2GB -c max_wal_size=16GB -c checkpoint_timeout=15min \
    -c autovacuum_naptime=15s -c track_io_timing=on";

/// A server of one run of the benchmarks. It ends with the value.
#[derive(Debug)]
pub struct Server {
    postgres: Postgres,
}

impl Server {
    /// Starts one on the disk that `place` is on.
    pub fn start(place: &Path) -> Self {
        Self {
            postgres: Postgres::start_durable(place, SETTINGS),
        }
    }

    /// Whether commits are forced to the disk, which they are unless it was said. What is put in place before anything is measured need not be.
    pub async fn be_durable(&self, durable: bool) -> Result<(), Failure> {
        let mut conn = connect(&self.postgres.url_of("postgres")).await?;
        let set = if durable {
            [
                "ALTER SYSTEM RESET fsync",
                "SELECT pg_reload_conf()",
                "CHECKPOINT",
            ]
        } else {
            [
                "ALTER SYSTEM SET fsync = off",
                "SELECT pg_reload_conf()",
                "SELECT",
            ]
        };
        for statement in set {
            sqlx::query(statement).execute(&mut conn).await?;
        }
        let is_so = "SELECT current_setting('fsync') = $1";
        let wanted = if durable { "on" } else { "off" };
        // Every process of the server is told, this one as well, within moments.
        for _ in 0..100 {
            let told = sqlx::query_scalar(is_so).bind(wanted);
            if told.fetch_one(&mut conn).await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("the server does not set fsync to {wanted}").into())
    }

    /// The process whose children are all others of it.
    pub async fn postmaster(&self) -> Result<u32, Failure> {
        let mut conn = connect(&self.postgres.url_of("postgres")).await?;
        let backend = sqlx::query_scalar("SELECT pg_backend_pid()");
        let backend: i32 = backend.fetch_one(&mut conn).await?;
        let status = std::fs::read_to_string(format!("/proc/{backend}/status"))?;
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        Ok(parent.ok_or("a process without a parent")?.trim().parse()?)
    }

    /// The address of a new database whose schema is there.
    pub async fn database(&self) -> Result<String, Failure> {
        let url = self.postgres.database();
        Box::pin(PostgresStore::migrate(&url)).await?;
        Ok(url)
    }
}

/// A connection to the database at `url` without any settings of the store's.
pub(crate) async fn connect(url: &str) -> Result<PgConnection, Failure> {
    let options: sqlx::postgres::PgConnectOptions = url.parse()?;
    Ok(Box::pin(options.disable_statement_logging().connect()).await?)
}
