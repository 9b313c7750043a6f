//! The catalog: one snapshot behind an atomic pointer.

use std::sync::Arc;

use async_trait::async_trait;
use eraflazz_core::catalog::{CatalogChange, Snapshot};
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ports::{Catalog, ChangeError};
use tokio::sync::oneshot;

use crate::store::MemoryStore;
use crate::writer::Ask;

#[async_trait]
impl Catalog for MemoryStore {
    async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
        Ok(self.shared.catalog.load_full())
    }

    async fn change(&self, changes: Vec<CatalogChange>) -> Result<Arc<Snapshot>, ChangeError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::Catalog(changes, reply), answer).await?
    }
}
