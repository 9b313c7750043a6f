//! How a database is prepared and opened.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::ports::Vault;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgExecutor};

use crate::error::Trouble;
use crate::store::PostgresStore;
use crate::{migrations, sql};

/// What can be set about a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// How many transactions of this process run at once, each with a connection of its own. What one member orders goes through one of them.
    pub lanes: usize,
    /// How many connections read, at least three: a recount takes two, waiting for news of the catalog another one, and so does a bell.
    pub readers: u32,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            lanes: 2,
            readers: 8,
        }
    }
}

/// Why a database was not opened or not prepared.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one.
    #[error("the address of the database cannot be read: {0}")]
    Address(String),
    /// The database is out of reach, or refused.
    #[error("the database cannot be reached: {0}")]
    OutOfReach(String),
    /// The schema is not of the version that this program knows: `None` if there is none.
    #[error("{}", wrong_schema(*found, *known))]
    Schema {
        /// What the database has.
        found: Option<i64>,
        /// What this program knows.
        known: i64,
    },
    /// A migration failed; it left nothing behind.
    #[error("the schema cannot be migrated: {0}")]
    Migration(String),
    /// A role cannot be given its rights, nor any other: nothing was changed.
    #[error("rights cannot be granted: {0}")]
    Grants(String),
    /// A setting that cannot be.
    #[error("{0}")]
    Setting(&'static str),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::OutOfReach(error.to_string())
    }
}

impl From<Trouble> for OpenError {
    fn from(trouble: Trouble) -> Self {
        Self::OutOfReach(trouble.to_string())
    }
}

/// What a role of the database server does with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Runs the engine: reads everything, writes what an engine writes, rewrites no history and makes no tables.
    Server,
    /// Makes reports: reads the views of the schema `eraflazz_report`.
    Reports,
}

impl Part {
    const fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Reports => "reports",
        }
    }
}

/// Connections that take what is due and ring for it.
const HANDS: u32 = 2;

/// Connections that write down callbacks and inquiries, which go through no lane. Apart from those that read: while a synchronous standby is away, each write keeps its own.
const WRITERS: u32 = 4;

/// How long a caller waits for a connection.
const ACQUIRE_MAX: Duration = Duration::from_secs(3);

impl PostgresStore {
    /// Brings the schema `eraflazz` of the database at `url` to the version that this program knows, and a logical copy from another cluster into an order that
    /// this one understands. Repeating it changes nothing; several at once do it once.
    pub async fn migrate(url: &str) -> Result<(), OpenError> {
        // Whoever comes second waits for the first, and a large table takes its time.
        let patient = [("statement_timeout", "0"), ("lock_timeout", "0")];
        let mut conn = options(url)?.options(patient).connect().await?;
        let migrated = migrations::migrator().run(&mut conn).await;
        migrated.map_err(|error| OpenError::Migration(error.to_string()))?;
        grant(&mut conn, &[]).await?;
        let settled = sqlx::query_scalar(sql::SETTLE_IN).fetch_one(&mut conn);
        if settled.await? {
            tracing::warn!(
                "the database is a logical copy from another cluster: the accounts of the house are folded anew"
            );
        }
        Ok(conn.close().await?)
    }

    /// Lets roles of the database server do their part in the schema at `url`, and nothing else there. The roles exist; whoever asks owns the schema. Who has a part
    /// keeps it with every later migration. Repeating it changes nothing.
    pub async fn grant(url: &str, roles: &[(String, Part)]) -> Result<(), OpenError> {
        let mut conn = prepared(url).await?;
        grant(&mut conn, roles).await?;
        Ok(conn.close().await?)
    }

    /// The store in the database at `url`, `postgres://user:password@host/database`. Secrets pass through `vault` on their way. Within a tokio runtime, on which its
    /// lanes live until it is dropped.
    ///
    /// Refuses a schema of another version than this program knows; nothing is written.
    pub async fn open(
        url: &str,
        vault: Arc<dyn Vault>,
        settings: StoreSettings,
    ) -> Result<Self, OpenError> {
        if settings.lanes == 0 || settings.readers < 3 {
            return Err(OpenError::Setting(
                "there is at least one lane and three readers",
            ));
        }
        let options = options(url)?;
        let pool = PgPoolOptions::new()
            .max_connections(settings.readers)
            .acquire_timeout(ACQUIRE_MAX)
            .connect_with(options.clone())
            .await?;
        // What is taken and rung for may be forgotten by a server that dies: nobody waits for a disk.
        let unhurried = options.clone().options([("synchronous_commit", "off")]);
        let hands = PgPoolOptions::new()
            .max_connections(HANDS)
            .acquire_timeout(ACQUIRE_MAX)
            .connect_lazy_with(unhurried);
        let writers = PgPoolOptions::new()
            .max_connections(WRITERS)
            .acquire_timeout(ACQUIRE_MAX)
            .connect_lazy_with(options.clone());
        let found = schema_version(&pool).await?;
        let known = migrations::known();
        if found != Some(known) {
            return Err(OpenError::Schema { found, known });
        }
        Ok(Self::over([pool, hands, writers], &options, vault, settings).await?)
    }
}

/// A connection for whoever keeps the database, and may take its time. Refuses a schema of another version than this program knows.
pub(crate) async fn prepared(url: &str) -> Result<PgConnection, OpenError> {
    let patient = options(url)?.options([("statement_timeout", "0")]);
    let mut conn = patient.connect().await?;
    let found = schema_version(&mut conn).await?;
    let known = migrations::known();
    if found == Some(known) {
        Ok(conn)
    } else {
        Err(OpenError::Schema { found, known })
    }
}

/// What is wrong with a schema, and what mends it.
fn wrong_schema(found: Option<i64>, known: i64) -> String {
    match found {
        None => "there is no schema eraflazz in the database: migrate it".to_owned(),
        Some(found) if found < known => {
            format!("the schema has version {found}, this program knows {known}: migrate it")
        }
        Some(found) => format!(
            "the schema has version {found}, this program knows only {known}: it is older than the database, use the newer one"
        ),
    }
}

fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url);
    let options = options.map_err(|error| OpenError::Address(error.to_string()))?;
    Ok(options.application_name("eraflazz").options(sql::SESSION))
}

async fn grant(conn: &mut PgConnection, roles: &[(String, Part)]) -> Result<(), OpenError> {
    let refused = |error: sqlx::Error| OpenError::Grants(error.to_string());
    let mut tx = conn.begin().await?;
    for (role, part) in roles {
        let put = sqlx::query(sql::PUT_ROLE).bind(role).bind(part.word());
        put.execute(&mut *tx).await.map_err(refused)?;
    }
    let granted = sqlx::query(sql::GRANT_ALL).execute(&mut *tx).await;
    granted.map_err(refused)?;
    Ok(tx.commit().await?)
}

async fn schema_version(server: impl PgExecutor<'_>) -> Result<Option<i64>, sqlx::Error> {
    let found = sqlx::query_scalar(sql::SCHEMA_VERSION)
        .fetch_one(server)
        .await;
    match found {
        Ok(version) => Ok(version),
        // No schema, or no such table.
        Err(sqlx::Error::Database(error))
            if matches!(error.code().as_deref(), Some("42P01" | "3F000")) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
