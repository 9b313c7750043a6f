//! The record of orders, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use eraflazz_core::catalog::{Destination, Snapshot};
use eraflazz_core::commit::{Changes, Unavailable, Verdict, apply};
use eraflazz_core::ids::{InboxId, MemberId, OrderId, ProductId, SupplierId, SupplierRef};
use eraflazz_core::ledger::Account;
use eraflazz_core::money::Money;
use eraflazz_core::order::Aggregate;
use eraflazz_core::ports::{Depth, Due, InboxRow, InboxState, Store, SupplierFunds};
use eraflazz_core::text::{RefId, TheirRef};
use eraflazz_core::time::Timestamp;

use crate::state::State;

/// The reference store. One lock around everything that moves; it is never held while something is awaited.
#[derive(Debug)]
pub struct MemoryStore {
    pub(crate) state: Mutex<State>,
    pub(crate) catalog: ArcSwap<Snapshot>,
    /// Held while the catalog changes, so that no change is lost; readers do not wait for it.
    pub(crate) catalog_changes: Mutex<()>,
    orders_max: usize,
}

impl MemoryStore {
    /// How many orders a store takes by default (D14).
    pub const ORDERS_MAX: usize = 1_000_000;

    /// An empty store for up to [`Self::ORDERS_MAX`] orders.
    pub fn new() -> Self {
        Self::with_orders_max(Self::ORDERS_MAX)
    }

    /// An empty store that takes at most `orders_max` orders; then every commit of a new one is [`Unavailable`].
    pub fn with_orders_max(orders_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            catalog: ArcSwap::default(),
            catalog_changes: Mutex::default(),
            orders_max,
        }
    }

    /// The state. A commit that panicked may have left half a unit behind: the store is closed from then on.
    pub(crate) fn state(&self) -> Result<MutexGuard<'_, State>, Unavailable> {
        self.state.lock().map_err(|_| Unavailable {
            may_have_committed: true,
            why: "an earlier commit panicked; the store is closed".to_owned(),
        })
    }

    /// Whether the new orders among `units` still fit. Those whose reference is known are not new: they will be told so.
    fn admit(&self, state: &State, units: &[Changes]) -> Result<(), Unavailable> {
        let writes = || units.iter().flat_map(|unit| &unit.orders);
        let room = self.orders_max.saturating_sub(state.orders.len());
        if writes().filter(|write| write.replaces.is_none()).count() <= room {
            return Ok(());
        }
        let new = writes().filter(|write| {
            let key = (write.order.member, write.order.ref_id.clone());
            write.replaces.is_none() && !state.by_ref.contains_key(&key)
        });
        if new.count() <= room {
            return Ok(());
        }
        Err(Unavailable {
            may_have_committed: false,
            why: format!("the store is full: it takes {} orders", self.orders_max),
        })
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, units: Vec<Changes>) -> Result<Vec<Verdict>, Unavailable> {
        let mut state = self.state()?;
        self.admit(&state, &units)?;
        Ok(apply(units, &mut *state))
    }

    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<Option<Aggregate>>, Unavailable> {
        let state = self.state()?;
        Ok(ids.iter().map(|id| state.aggregate(*id)).collect())
    }

    async fn by_ref(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let state = self.state()?;
        let id = state.by_ref.get(&(member, ref_id.clone()));
        Ok(id.and_then(|id| state.aggregate(*id)))
    }

    async fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let state = self.state()?;
        let found = state.by_supplier_ref.get(&(supplier, *supplier_ref));
        Ok(found.and_then(|(id, _)| state.aggregate(*id)))
    }

    async fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let state = self.state()?;
        let id = state.by_their_ref.get(&(supplier, their_ref.clone()));
        Ok(id.and_then(|id| state.aggregate(*id)))
    }

    async fn in_flight_for(
        &self,
        product: ProductId,
        destination: &Destination,
        limit: usize,
    ) -> Result<Vec<OrderId>, Unavailable> {
        let state = self.state()?;
        let found = state.under_way.get(&(product, destination.clone()));
        Ok(found
            .map(|orders| orders.iter().take(limit).copied().collect())
            .unwrap_or_default())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let state = self.state()?;
        let orders = state
            .due
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, id)| Due::Order(*id));
        let waiting = state.inbox_waiting.iter().map(|id| Due::Inbox(*id));
        Ok(waiting.chain(orders).take(limit).collect())
    }

    async fn depth(&self) -> Result<Depth, Unavailable> {
        Ok(self.state()?.depth)
    }

    async fn put_inbox(&self, row: InboxRow) -> Result<(), Unavailable> {
        let mut state = self.state()?;
        if !state.inbox.contains_key(&row.id) {
            if row.state == InboxState::Waiting {
                state.inbox_waiting.insert(row.id);
            }
            state.inbox.insert(row.id, row);
        }
        Ok(())
    }

    async fn inbox(&self, id: InboxId) -> Result<Option<InboxRow>, Unavailable> {
        Ok(self.state()?.inbox.get(&id).cloned())
    }

    async fn set_inbox_aside(&self, id: InboxId, to: InboxState) -> Result<(), Unavailable> {
        let mut state = self.state()?;
        let Some(row) = state.inbox.get_mut(&id) else {
            return Ok(());
        };
        row.state = to;
        if to == InboxState::Waiting {
            state.inbox_waiting.insert(id);
        } else {
            state.inbox_waiting.remove(&id);
        }
        Ok(())
    }

    async fn supplier_funds(&self) -> Result<Vec<SupplierFunds>, Unavailable> {
        let state = self.state()?;
        let mut funds: BTreeMap<SupplierId, (i128, i128)> = BTreeMap::new();
        for (account, balance) in &state.houses {
            if let Account::Prepaid(supplier) = account {
                funds.entry(*supplier).or_default().0 += balance;
            }
        }
        for attempt in state.orders.values().flat_map(|agg| &agg.attempts) {
            if attempt.state.is_open() {
                let exposure = i128::from(attempt.exposure().hundredths());
                funds.entry(attempt.supplier).or_default().1 += exposure;
            }
        }
        funds
            .into_iter()
            .map(|(supplier, (prepaid, exposure))| {
                Ok(SupplierFunds {
                    supplier,
                    prepaid: money(prepaid)?,
                    exposure: money(exposure)?,
                })
            })
            .collect()
    }
}

/// A sum of hundredths as money.
pub(crate) fn money(hundredths: i128) -> Result<Money, Unavailable> {
    i64::try_from(hundredths)
        .map(Money::from_hundredths)
        .map_err(|_| Unavailable {
            may_have_committed: false,
            why: "a balance is beyond what can be counted".to_owned(),
        })
}
