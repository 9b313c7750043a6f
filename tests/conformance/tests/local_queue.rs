//! The in-process queue keeps the promises of a queue.

use std::sync::Arc;

use eraflazz_core::ports::Queue;
use eraflazz_store_memory::LocalQueue;

async fn fresh() -> Arc<dyn Queue> {
    Arc::new(LocalQueue::new())
}

conformance::queue_suite!(fresh);
