//! Waiting until an order is final.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::Engine;
use crate::commit::Unavailable;
use crate::ids::{MemberId, OrderId};
use crate::order::Order;
use crate::text::RefId;

/// How soon an order that somebody waits for is looked at again where another process may settle it: nobody here is told of that. Doubling,
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// up to this.
const LOOK_AGAIN_MAX: Duration = Duration::from_millis(320);

/// The end of an order that somebody waits for, once this process has committed it.
type News = Option<Arc<Order>>;

/// Who waits for orders to be final.
#[derive(Default)]
pub(super) struct Waiters {
    /// So that a commit for which nobody waits asks for no lock.
    count: AtomicUsize,
    by_order: Mutex<BTreeMap<OrderId, watch::Sender<News>>>,
}

impl Waiters {
    fn wait_for(&self, order: OrderId) -> Waiting<'_> {
        self.count.fetch_add(1, Ordering::SeqCst);
        let mut by_order = self.by_order.lock().unwrap_or_else(PoisonError::into_inner);
        let news = by_order.entry(order).or_default().subscribe();
        Waiting {
            waiters: self,
            order,
            news,
        }
    }

    /// Whoever waits for this order hears of its end. Of nothing before it: commits are told as they return, and a step that is told late would hide the end.
    pub(super) fn tell_end(&self, order: &Order) {
        if self.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        let by_order = self.by_order.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(news) = by_order.get(&order.id) {
            news.send_replace(Some(Arc::new(order.clone())));
        }
    }
}

/// One who waits. Who hangs up waits no longer.
struct Waiting<'a> {
    waiters: &'a Waiters,
    order: OrderId,
    news: watch::Receiver<News>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.waiters.count.fetch_sub(1, Ordering::SeqCst);
        let by_order = self.waiters.by_order.lock();
        let mut by_order = by_order.unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(told) = by_order.entry(self.order)
            && told.get().receiver_count() <= 1
        {
            told.remove();
        }
    }
}

impl Engine {
    /// Waits until the member's order with this reference is final or `limit` has passed, and gives it as it is then; `None` for a missing one and for
    /// another member's alike. Cancel-safe.
    pub async fn wait_final(
        &self,
        member: MemberId,
        ref_id: &RefId,
        limit: Duration,
    ) -> Result<Option<Order>, Unavailable> {
        let Some(order) = self.order(member, ref_id).await? else {
            return Ok(None);
        };
        self.final_of(order, limit).await.map(Some)
    }

    /// The same of an order that is in hand, as [`Engine::submit`] gives it: at once if that is final or `limit` is nothing. Asks the store once, and is told of the
    /// rest; where other processes work on the same store it looks again every so often. Changes nothing: any number may wait for one order, and again. Fails
    /// if the store cannot be read.
    pub async fn final_of(&self, order: Order, limit: Duration) -> Result<Order, Unavailable> {
        if !order.state.is_open() || limit.is_zero() {
            return Ok(order);
        }
        let deadline = self.inner.clock.now().plus(limit);
        let mut waiting = self.inner.waiters.wait_for(order.id);
        let mut pause = LOOK_AGAIN;
        loop {
            // It may have been settled before anybody waited, or by another process.
            let found = self.inner.store.orders(&[order.id]).await?.pop().flatten();
            let found = found.map_or_else(|| order.clone(), |found| found.order);
            let left = deadline.since(self.inner.clock.now());
            if left.is_zero() || !found.state.is_open() {
                return Ok(found);
            }
            let mut until = left;
            if self.inner.is_shared() {
                until = left.min(pause);
                pause = (pause * 2).min(LOOK_AGAIN_MAX);
            }
            tokio::select! {
                biased;
                ended = ended(&mut waiting.news) => return Ok(ended),
                () = self.inner.clock.sleep(until) => {}
            }
        }
    }
}

/// The order once this process has committed its end.
async fn ended(news: &mut watch::Receiver<News>) -> Order {
    let seen = news.wait_for(Option::is_some).await.ok();
    match seen.and_then(|seen| seen.as_deref().cloned()) {
        Some(order) => order,
        // Who tells lives as long as somebody waits.
        None => std::future::pending().await,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn who_hangs_up_leaves_nothing_behind() {
        let waiters = Waiters::default();
        let order = OrderId(Uuid::from_u128(1));
        let (one, other) = (waiters.wait_for(order), waiters.wait_for(order));
        drop(one);
        assert_eq!(waiters.by_order.lock().unwrap().len(), 1);
        drop(other);
        assert!(waiters.by_order.lock().unwrap().is_empty());
        assert_eq!(waiters.count.load(Ordering::SeqCst), 0);
    }
}
