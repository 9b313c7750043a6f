//! The promises of a store, unchanged.

use std::sync::Arc;

use conformance::Books;

use crate::world;

async fn fresh() -> Arc<dyn Books> {
    world::fresh().await
}

conformance::store_suite!(fresh);
