//! The catalog: one snapshot behind an atomic pointer.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use eraflazz_core::catalog::{CatalogChange, Snapshot};
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ports::{Catalog, ChangeError};

use crate::store::MemoryStore;

#[async_trait]
impl Catalog for MemoryStore {
    async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
        Ok(self.catalog.load_full())
    }

    async fn change(&self, changes: Vec<CatalogChange>) -> Result<Arc<Snapshot>, ChangeError> {
        // The lock guards no data: a snapshot is replaced as a whole or not at all.
        let _one_at_a_time = self
            .catalog_changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let next = Arc::new(CatalogChange::apply(&self.catalog.load(), &changes)?);
        self.catalog.store(Arc::clone(&next));
        Ok(next)
    }
}
