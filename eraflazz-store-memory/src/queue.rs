//! The in-process bell.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use eraflazz_core::ports::{Due, Queue};
use tokio::sync::Notify;

/// A bell within one process: first in, first out, bounded. When it is full it drops, and the sweep finds the work (INV-26).
#[derive(Debug)]
pub struct LocalQueue {
    waiting: Mutex<VecDeque<Due>>,
    bell: Notify,
    depth_max: usize,
}

impl Default for LocalQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl LocalQueue {
    /// What waits at most unless told otherwise.
    pub const DEPTH_MAX: usize = 100_000;

    /// An empty bell that holds [`Self::DEPTH_MAX`].
    pub fn new() -> Self {
        Self::with_depth_max(Self::DEPTH_MAX)
    }

    /// An empty bell that holds `depth_max`.
    pub fn with_depth_max(depth_max: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            bell: Notify::new(),
            depth_max,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Due>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn push(&self, items: &[Due]) {
        let mut waiting = self.waiting();
        let room = self.depth_max.saturating_sub(waiting.len());
        waiting.extend(items.iter().take(room));
        drop(waiting);
        self.bell.notify_one();
    }

    async fn take(&self, max: usize) -> Vec<Due> {
        loop {
            let rung = self.bell.notified();
            {
                let mut waiting = self.waiting();
                if !waiting.is_empty() {
                    let count = waiting.len().min(max.max(1));
                    let taken = waiting.drain(..count).collect();
                    let more = !waiting.is_empty();
                    drop(waiting);
                    if more {
                        self.bell.notify_one();
                    }
                    return taken;
                }
            }
            rung.await;
        }
    }

    async fn ack(&self, _items: &[Due]) {}

    /// There are no others.
    async fn rest(&self) {}

    async fn depth(&self) -> usize {
        self.waiting().len()
    }
}
