//! The bell of one process, which loses and doubles what it carries now and then (INV-26).

use std::sync::Arc;

use async_trait::async_trait;
use eraflazz_core::ports::{Due, Queue};
use eraflazz_store_memory::LocalQueue;

use crate::fault::Fault;
use crate::scene::Scene;

/// The bell of one process.
#[derive(Debug)]
pub(crate) struct Bell {
    queue: LocalQueue,
    scene: Arc<Scene>,
}

impl Bell {
    /// A bell that nobody has rung yet.
    pub(crate) fn new(scene: Arc<Scene>) -> Self {
        Self {
            queue: LocalQueue::new(),
            scene,
        }
    }
}

#[async_trait]
impl Queue for Bell {
    async fn push(&self, items: &[Due]) {
        if self.scene.strikes(Fault::QueueEmptied, None) {
            return;
        }
        if self.scene.strikes(Fault::QueueDoubled, None) {
            self.queue.push(items).await;
            self.queue.push(items).await;
        }
        self.queue.push(items).await;
    }

    async fn take(&self, max: usize) -> Vec<Due> {
        self.queue.take(max).await
    }

    async fn ack(&self, items: &[Due]) {
        self.queue.ack(items).await;
    }

    async fn rest(&self) {}

    async fn depth(&self) -> usize {
        self.queue.depth().await
    }
}
