//! Reading orders of which one may be spoilt: it is told, and keeps nobody else's from being worked.

use super::Engine;
use crate::commit::Unavailable;
use crate::ids::OrderId;
use crate::order::Aggregate;

/// How many reads may fail in search of what cannot be read. Each spoilt order of a full sweep takes eight.
const FAILURES_MAX: usize = 64;

impl Engine {
    /// Those of these orders that can be read. A store reads many at once and fails as a whole; if it answers otherwise, halves are read, and so on, until what fails is one
    /// order alone.
    ///
    /// # Errors
    /// The store does not answer, or so much cannot be read that this is its state.
    pub(super) async fn readable(&self, orders: &[OrderId]) -> Result<Vec<Aggregate>, Unavailable> {
        let store = &self.inner.store;
        let mut readable = Vec::with_capacity(orders.len());
        let mut left = vec![orders];
        let mut failures = 0;
        while let Some(some) = left.pop() {
            let error = match store.orders(some).await {
                Ok(found) => {
                    readable.extend(found.into_iter().flatten());
                    continue;
                }
                Err(error) => error,
            };
            failures += 1;
            // Whoever counts its orders is there: what fails is a row.
            if failures > FAILURES_MAX || store.depth().await.is_err() {
                return Err(error);
            }
            match some {
                [] => return Err(error),
                [spoilt] => self.tell_unreadable(*spoilt, &error),
                _ => {
                    let (older, newer) = some.split_at(some.len() / 2);
                    left.extend([newer, older]);
                }
            }
        }
        Ok(readable)
    }

    fn tell_unreadable(&self, order: OrderId, error: &Unavailable) {
        if let Some(untold) = self.tells_now("an order cannot be read") {
            tracing::error!(trace_id = %order, %error, untold, alert = "an order cannot be read", "it is not worked until its row is mended; all others are");
            self.inner.meter.alert("books");
        }
    }
}
