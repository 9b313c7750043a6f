//! The memory store keeps the promises of a store.

use std::future::{Ready, ready};
use std::sync::Arc;

use conformance::Books;
use eraflazz_store_memory::MemoryStore;

fn fresh() -> Ready<Arc<dyn Books>> {
    ready(Arc::new(MemoryStore::new()))
}

conformance::store_suite!(fresh);
