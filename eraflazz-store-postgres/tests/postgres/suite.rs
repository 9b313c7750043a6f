//! The promises of a store, unchanged.

use std::sync::Arc;

use conformance::Books;

use crate::world;

async fn fresh() -> Arc<dyn Books> {
    world::fresh().await
}

conformance::store_suite!(fresh);

/// The bell of a process that works is a queue like any other.
mod bell {
    use std::sync::Arc;

    use eraflazz_core::ports::Queue;
    use eraflazz_store_postgres::{PostgresBell, PostgresClock, Works};

    use crate::world;

    async fn fresh() -> Arc<dyn Queue> {
        let store = world::fresh().await;
        let clock = Arc::new(PostgresClock::start(&store).await.unwrap());
        Arc::new(PostgresBell::start(&store, clock, Works::Here))
    }

    conformance::queue_suite!(fresh);
}
