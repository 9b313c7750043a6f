//! The catalog.

use std::sync::Arc;

use async_trait::async_trait;
use eraflazz_core::catalog::{CatalogChange, Snapshot};
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ports::{Catalog, ChangeError};

use crate::MemoryStore;

#[async_trait]
impl Catalog for MemoryStore {
    async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
        Ok(Arc::clone(&self.read().snapshot))
    }

    async fn change(&self, changes: Vec<CatalogChange>) -> Result<Arc<Snapshot>, ChangeError> {
        let mut state = self.state()?;
        let next = CatalogChange::apply(&state.snapshot, &changes)?;
        state.snapshot = Arc::new(next);
        Ok(Arc::clone(&state.snapshot))
    }
}
