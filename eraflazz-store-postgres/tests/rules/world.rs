//! A server for all of these tests, and a database of its own for each.

use std::sync::{Arc, OnceLock};

use conformance::SampleVault;
use conformance::servers::Postgres;
use eraflazz_store_postgres::{PostgresStore, StoreSettings};

/// The address of a new database whose schema is there: a copy of one that was migrated once.
pub fn database() -> String {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let server = Postgres::shared();
    let template = TEMPLATE.get_or_init(|| {
        let name = format!("eraflazz_template_{}", std::process::id());
        server.create(&name, "template0");
        let url = server.url_of(&name);
        // On a thread of its own: whoever asks first may be on a runtime.
        let migrated = std::thread::spawn(move || {
            conformance::run(async move { PostgresStore::migrate(&url).await.unwrap() });
        });
        migrated.join().unwrap();
        name
    });
    server.database_like(template)
}

/// A store in the database at `url`.
pub async fn open(url: &str) -> PostgresStore {
    let settings = StoreSettings {
        lanes: 2,
        readers: 4,
    };
    PostgresStore::open(url, Arc::new(SampleVault), settings)
        .await
        .unwrap()
}

/// A store in a new database.
pub async fn fresh() -> Arc<PostgresStore> {
    Arc::new(open(&database()).await)
}
