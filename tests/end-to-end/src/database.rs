//! A real `PostgreSQL` under a world.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use conformance::servers::Postgres;
use conformance::{Books, SampleVault};
use eraflazz_store_postgres::{PostgresStore, StoreSettings};
use sqlx::{Connection, Executor, PgConnection};
use tokio::runtime::{Handle, Runtime};

use crate::record::{Elsewhere, wait};

/// As a migration leaves it, but that the catalog's version rises: whoever has it open sees that it is another one. The triggers that keep what was booked are told to look away, as only the owner of the server can.
/// The mark of the folds first: its lock keeps a store of the world before from folding what goes, which would be there for the next one.
const EMPTY: &str = "SET session_replication_role = replica;
UPDATE eraflazz.fold_marks SET through = '0';
DELETE FROM eraflazz.orders; DELETE FROM eraflazz.attempts; DELETE FROM eraflazz.their_refs; DELETE FROM eraflazz.log;
DELETE FROM eraflazz.transfers; DELETE FROM eraflazz.wallets; DELETE FROM eraflazz.folds; DELETE FROM eraflazz.wallet_folds; DELETE FROM eraflazz.inbox;
DELETE FROM eraflazz.outbox; DELETE FROM eraflazz.cases; DELETE FROM eraflazz.nonces; DELETE FROM eraflazz.batches;
DELETE FROM eraflazz.members; DELETE FROM eraflazz.keys; DELETE FROM eraflazz.endpoints; DELETE FROM eraflazz.duty; DELETE FROM eraflazz.inquiries; DELETE FROM eraflazz.payments; DELETE FROM eraflazz.quotas;
UPDATE eraflazz.catalog SET version = version + 1, data = '{\"categories\":[],\"tiers\":[],\"suppliers\":[],\"products\":[],\"mappings\":[],\"prices\":[],\"approvals\":[],\"syncs\":[]}'";

/// A database of the server that these tests start, for one world after the other.
pub struct Database {
    url: String,
    owner: Mutex<PgConnection>,
    books: Arc<PostgresStore>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

/// Two threads for the stores of all worlds.
fn runtime() -> Handle {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(2).enable_all().build().unwrap()
    });
    runtime.handle().clone()
}

impl Database {
    /// A new one, with its schema.
    pub fn fresh() -> Arc<dyn Elsewhere> {
        let url = Postgres::shared().database_with_schema(|url| {
            conformance::run(async move { PostgresStore::migrate(&url).await.unwrap() });
        });
        let owner = wait(&runtime(), PgConnection::connect(&url)).unwrap();
        let books = open(&url);
        Arc::new(Self {
            url,
            books,
            owner: Mutex::new(owner),
        })
    }
}

impl Elsewhere for Database {
    fn runtime(&self) -> Handle {
        runtime()
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn is_emptied(&self) {
        let mut owner = self.owner.lock().unwrap();
        wait(&runtime(), owner.execute(sqlx::raw_sql(EMPTY))).unwrap();
    }

    fn books(&self) -> Arc<dyn Books> {
        Arc::<PostgresStore>::clone(&self.books)
    }

    fn open(&self, url: &str) -> Arc<dyn Books> {
        open(url)
    }
}

fn open(url: &str) -> Arc<PostgresStore> {
    let settings = StoreSettings {
        lanes: 1,
        readers: 8,
    };
    let open = PostgresStore::open(url, Arc::new(SampleVault), settings);
    Arc::new(wait(&runtime(), open).unwrap())
}
