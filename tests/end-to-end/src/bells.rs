//! Bells that lose or double everything: the store is the record, so neither may matter (INV-26).

use async_trait::async_trait;
use eraflazz_core::ports::{Due, Queue};
use eraflazz_store_memory::LocalQueue;

/// A bell that nobody ever hears.
#[derive(Debug, Default)]
pub struct DeafBell;

#[async_trait]
impl Queue for DeafBell {
    async fn push(&self, _items: &[Due]) {}

    async fn take(&self, _max: usize) -> Vec<Due> {
        std::future::pending().await
    }

    async fn ack(&self, _items: &[Due]) {}

    async fn rest(&self) {}

    async fn depth(&self) -> usize {
        0
    }
}

/// A bell that rings three times for everything, each time in a batch of its own.
#[derive(Debug, Default)]
pub struct EchoBell(LocalQueue);

#[async_trait]
impl Queue for EchoBell {
    async fn push(&self, items: &[Due]) {
        for _ in 0..3 {
            self.0.push(items).await;
        }
    }

    async fn take(&self, _max: usize) -> Vec<Due> {
        self.0.take(1).await
    }

    async fn ack(&self, items: &[Due]) {
        self.0.ack(items).await;
    }

    async fn rest(&self) {
        self.0.rest().await;
    }

    async fn depth(&self) -> usize {
        self.0.depth().await
    }
}
