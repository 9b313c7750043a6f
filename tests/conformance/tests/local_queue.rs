//! The in-process queue keeps the promises of a queue.

use std::future::{Ready, ready};
use std::sync::Arc;

use eraflazz_core::ports::Queue;
use eraflazz_store_memory::LocalQueue;

fn fresh() -> Ready<Arc<dyn Queue>> {
    ready(Arc::new(LocalQueue::new()))
}

conformance::queue_suite!(fresh);
