//! Reading: what members and operators look at. Every read is scoped by its owner: another member's order is not found (INV-34).

use std::sync::Arc;

use super::Engine;
use super::board::SupplierView;
use crate::catalog::Snapshot;
use crate::commit::{Case, Unavailable};
use crate::ids::{MemberId, OrderId, SupplierId, TrxCode};
use crate::ledger::{TransferRow, Wallet};
use crate::order::{Aggregate, Order};
use crate::ports::{Depth, Ledger, Members, OrderFilter, Page};
use crate::text::RefId;

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

    /// How a supplier is now, by what this process knows; all zero for one that the catalog does not know.
    pub fn supplier_state(&self, supplier: SupplierId) -> SupplierView {
        let now = self.inner.clock.now();
        self.inner.board.supplier_state(supplier, now)
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
