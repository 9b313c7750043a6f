//! The memory store keeps the promises of a store.

use std::sync::Arc;

use conformance::Books;
use eraflazz_store_memory::MemoryStore;

async fn fresh() -> Arc<dyn Books> {
    Arc::new(MemoryStore::new())
}

conformance::store_suite!(fresh);
