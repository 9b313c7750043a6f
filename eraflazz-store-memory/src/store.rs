//! The record of orders.

use async_trait::async_trait;
use eraflazz_core::catalog::Destination;
use eraflazz_core::commit::{self, Changes, Unavailable, Verdict};
use eraflazz_core::ids::{InboxId, MemberId, OrderId, ProductId, SupplierId, SupplierRef};
use eraflazz_core::ledger::Account;
use eraflazz_core::order::Aggregate;
use eraflazz_core::ports::{Depth, Due, InboxRow, InboxState, Store, SupplierFunds};
use eraflazz_core::text::{RefId, TheirRef};
use eraflazz_core::time::Timestamp;

use crate::MemoryStore;
use crate::state::State;

impl State {
    pub(crate) fn aggregate(&self, id: OrderId) -> Option<Aggregate> {
        self.orders.get(&id).map(|row| Aggregate {
            order: row.order.clone(),
            attempts: row.attempts.clone(),
        })
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, units: Vec<Changes>) -> Result<Vec<Verdict>, Unavailable> {
        let mut state = self.state()?;
        let new = units
            .iter()
            .flat_map(|unit| &unit.orders)
            .filter(|write| write.replaces.is_none())
            .count();
        if new > 0 && state.orders.len() + new > self.orders_max {
            let why = format!("the store keeps at most {} orders", self.orders_max);
            return Err(Unavailable {
                may_have_committed: false,
                why,
            });
        }
        Ok(commit::apply(units, &mut *state))
    }

    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<Option<Aggregate>>, Unavailable> {
        let state = self.read();
        Ok(ids.iter().map(|id| state.aggregate(*id)).collect())
    }

    async fn by_ref(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let state = self.read();
        let id = state.by_ref.get(&(member, ref_id.clone())).copied();
        Ok(id.and_then(|id| state.aggregate(id)))
    }

    async fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let state = self.read();
        let found = state
            .by_supplier_ref
            .get(&(supplier, *supplier_ref))
            .copied();
        Ok(found.and_then(|(id, _)| state.aggregate(id)))
    }

    async fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let state = self.read();
        let id = state
            .by_their_ref
            .get(&(supplier, their_ref.clone()))
            .copied();
        Ok(id.and_then(|id| state.aggregate(id)))
    }

    async fn in_flight_for(
        &self,
        product: ProductId,
        destination: &Destination,
        limit: usize,
    ) -> Result<Vec<OrderId>, Unavailable> {
        let state = self.read();
        let orders = state.in_flight.get(&(product, destination.clone()));
        Ok(orders
            .map(|orders| orders.iter().take(limit).copied().collect())
            .unwrap_or_default())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let state = self.read();
        let orders = state
            .due
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, id)| Due::Order(*id));
        let waiting = state
            .inbox
            .values()
            .filter(|row| row.state == InboxState::Waiting)
            .map(|row| Due::Inbox(row.id));
        Ok(orders.chain(waiting).take(limit).collect())
    }

    async fn depth(&self) -> Result<Depth, Unavailable> {
        Ok(self.read().depth)
    }

    async fn put_inbox(&self, row: InboxRow) -> Result<(), Unavailable> {
        self.state()?.inbox.entry(row.id).or_insert(row);
        Ok(())
    }

    async fn inbox(&self, id: InboxId) -> Result<Option<InboxRow>, Unavailable> {
        Ok(self.read().inbox.get(&id).cloned())
    }

    async fn set_inbox_aside(&self, id: InboxId, aside: InboxState) -> Result<(), Unavailable> {
        if let Some(row) = self.state()?.inbox.get_mut(&id) {
            row.state = aside;
        }
        Ok(())
    }

    async fn supplier_funds(&self) -> Result<Vec<SupplierFunds>, Unavailable> {
        let state = self.read();
        let prepaid = |id| {
            state
                .house
                .get(&Account::Prepaid(id))
                .copied()
                .unwrap_or_default()
        };
        let exposure = |id| state.exposure.get(&id).copied().unwrap_or_default();
        let funds = |id| SupplierFunds {
            supplier: id,
            prepaid: prepaid(id),
            exposure: exposure(id),
        };
        Ok(state
            .snapshot
            .suppliers()
            .iter()
            .map(|info| funds(info.id))
            .collect())
    }
}
