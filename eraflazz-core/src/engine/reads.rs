//! Reading: what members and operators look at. Every read is scoped by its owner: another member's order is not found (INV-34).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::Engine;
use crate::catalog::Snapshot;
use crate::commit::{Case, Unavailable};
use crate::ids::{MemberId, OrderId, TrxCode};
use crate::ledger::{TransferRow, Wallet};
use crate::order::{Aggregate, Order};
use crate::ports::{Depth, Ledger, Members, OrderFilter, Page};
use crate::text::RefId;

/// How soon an order that somebody waits for is looked at again where another process may settle it: nobody here is rung for that. Doubling,
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// up to this.
const LOOK_AGAIN_MAX: Duration = Duration::from_millis(320);

/// Who waits for an order to change.
#[derive(Default)]
pub(super) struct Waiters {
    count: AtomicUsize,
    by_order: Mutex<BTreeMap<OrderId, Arc<Notify>>>,
}

impl Waiters {
    fn register(&self, order: OrderId) -> Arc<Notify> {
        self.count.fetch_add(1, Ordering::SeqCst);
        let mut by_order = self.by_order.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(by_order.entry(order).or_default())
    }

    fn leave(&self, order: OrderId, bell: Arc<Notify>) {
        self.count.fetch_sub(1, Ordering::SeqCst);
        let mut by_order = self.by_order.lock().unwrap_or_else(PoisonError::into_inner);
        drop(bell);
        if by_order
            .get(&order)
            .is_some_and(|bell| Arc::strong_count(bell) == 1)
        {
            by_order.remove(&order);
        }
    }

    pub(super) fn wake(&self, order: OrderId) {
        if self.count.load(Ordering::SeqCst) > 0
            && let Some(bell) = self
                .by_order
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&order)
        {
            bell.notify_waiters();
        }
    }
}

impl Engine {
    /// The member's order with this reference; `None` for a missing one and for another member's alike.
    pub async fn order(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Order>, Unavailable> {
        Ok(self
            .inner
            .store
            .by_ref(member, ref_id)
            .await?
            .map(|agg| agg.order))
    }

    /// The order with this code, with its attempts, for operators.
    pub async fn coded(&self, code: &TrxCode) -> Result<Option<Aggregate>, Unavailable> {
        match self.inner.ledger.by_trx_code(code).await? {
            Some(id) => self.aggregate(id).await,
            None => Ok(None),
        }
    }

    /// An order with its attempts, for operators.
    pub async fn aggregate(&self, id: OrderId) -> Result<Option<Aggregate>, Unavailable> {
        Ok(self.inner.store.orders(&[id]).await?.pop().flatten())
    }

    /// Waits until the order is final or `limit` has passed, and gives it as it is then. Cancel-safe.
    pub async fn wait_final(
        &self,
        member: MemberId,
        ref_id: &RefId,
        limit: Duration,
    ) -> Result<Option<Order>, Unavailable> {
        let Some(order) = self.order(member, ref_id).await? else {
            return Ok(None);
        };
        if !order.state.is_open() || limit.is_zero() {
            return Ok(Some(order));
        }
        let deadline = self.inner.clock.now().plus(limit);
        let bell = self.inner.waiters.register(order.id);
        let outcome = self.wait_on(&bell, member, ref_id, deadline).await;
        self.inner.waiters.leave(order.id, bell);
        outcome
    }

    async fn wait_on(
        &self,
        bell: &Notify,
        member: MemberId,
        ref_id: &RefId,
        deadline: crate::time::Timestamp,
    ) -> Result<Option<Order>, Unavailable> {
        let mut pause = LOOK_AGAIN;
        loop {
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let order = self.order(member, ref_id).await?;
            let mut left = deadline.since(self.inner.clock.now());
            if left.is_zero() || order.as_ref().is_none_or(|order| !order.state.is_open()) {
                return Ok(order);
            }
            if self.inner.is_shared() {
                left = left.min(pause);
                pause = (pause * 2).min(LOOK_AGAIN_MAX);
            }
            tokio::select! {
                biased;
                () = rung => {}
                () = self.inner.clock.sleep(left) => {}
            }
        }
    }

    /// The member's orders, newest first.
    pub async fn orders(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable> {
        self.inner.ledger.orders_of(member, filter, page).await
    }

    /// The member's wallet, for display.
    pub async fn wallet(&self, member: MemberId) -> Result<Option<Wallet>, Unavailable> {
        self.inner.ledger.wallet(member).await
    }

    /// The transfers that touched what the member can spend, newest first.
    pub async fn mutations(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<TransferRow>, Unavailable> {
        self.inner.ledger.mutations(member, page).await
    }

    /// What waits for a person, oldest first.
    pub async fn open_cases(&self, page: &Page) -> Result<Vec<Case>, Unavailable> {
        self.inner.ledger.open_cases(page).await
    }

    /// How many orders are open.
    pub async fn depth(&self) -> Result<Depth, Unavailable> {
        self.inner.store.depth().await
    }

    /// Whether the store writes what it is given: see [`Store::takes_writes`](crate::ports::Store::takes_writes).
    pub async fn takes_writes(&self) -> Result<(), Unavailable> {
        self.inner.store.takes_writes().await
    }

    /// The catalog as it is now.
    pub async fn catalog(&self) -> Result<Arc<Snapshot>, Unavailable> {
        self.inner.catalog.snapshot().await
    }

    /// The members and their keys.
    pub fn members(&self) -> &dyn Members {
        &*self.inner.members
    }

    /// The books.
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.inner.ledger
    }
}
