//! What members must still learn: a lane for each, so that much for one hides nothing from another.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use eraflazz_core::commit::{OutboxRow, Unavailable};
use eraflazz_core::ids::{MemberId, OrderId};
use eraflazz_core::ports::{Outbox, OutboxDepth, Page};
use eraflazz_core::time::Timestamp;

use crate::state::{Map, State};
use crate::store::MemoryStore;

/// The rows, one an order, and what is due of each member.
#[derive(Debug, Default)]
pub(crate) struct OutboxRows {
    rows: Map<OrderId, OutboxRow>,
    lanes: BTreeMap<MemberId, Lane>,
}

/// What one member must still learn.
#[derive(Debug, Default)]
struct Lane {
    due: BTreeSet<(Timestamp, OrderId)>,
    parked: BTreeSet<OrderId>,
}

impl Lane {
    fn depth(&self) -> OutboxDepth {
        OutboxDepth {
            waiting: count(self.due.len()),
            parked: count(self.parked.len()),
        }
    }
}

impl OutboxRows {
    pub(crate) fn row(&self, order: OrderId) -> Option<OutboxRow> {
        self.rows.get(&order).copied()
    }

    /// All of them.
    pub(crate) fn rows(&self) -> impl Iterator<Item = OutboxRow> {
        self.rows.values().copied()
    }

    pub(crate) fn put(&mut self, row: OutboxRow) {
        self.remove(row.order);
        let lane = self.lanes.entry(row.member).or_default();
        match row.due {
            Some(due) => lane.due.insert((due, row.order)),
            None => lane.parked.insert(row.order),
        };
        self.rows.insert(row.order, row);
    }

    pub(crate) fn remove(&mut self, order: OrderId) {
        let Some(row) = self.rows.remove(&order) else {
            return;
        };
        if let Some(lane) = self.lanes.get_mut(&row.member) {
            match row.due {
                Some(due) => lane.due.remove(&(due, order)),
                None => lane.parked.remove(&order),
            };
            if lane.due.is_empty() && lane.parked.is_empty() {
                self.lanes.remove(&row.member);
            }
        }
    }

    /// Everything that the member must still learn is dropped.
    pub(crate) fn forget(&mut self, member: MemberId) {
        let lane = self.lanes.remove(&member).unwrap_or_default();
        let waiting = lane.due.into_iter().map(|(_, order)| order);
        for order in waiting.chain(lane.parked) {
            self.rows.remove(&order);
        }
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn due_outbox(
        &self,
        now: Timestamp,
        busy: &BTreeSet<MemberId>,
        each: usize,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, Unavailable> {
        let state = self.state()?;
        let mut lanes: Vec<(Timestamp, &Lane)> = state
            .outbox
            .lanes
            .iter()
            .filter(|(member, _)| !busy.contains(member) && listens(&state, **member))
            .filter_map(|(_, lane)| Some((lane.due.first()?.0, lane)))
            .filter(|(first, _)| *first <= now)
            .collect();
        lanes.sort_by_key(|(first, _)| *first);
        let due = lanes.into_iter().flat_map(|(_, lane)| {
            let ripe = lane.due.iter().take_while(|(at, _)| *at <= now);
            ripe.take(each)
        });
        Ok(due
            .filter_map(|(_, order)| state.outbox.row(*order))
            .take(limit)
            .collect())
    }

    async fn outbox_depth(&self, of: Option<MemberId>) -> Result<OutboxDepth, Unavailable> {
        let state = self.state()?;
        let lanes = &state.outbox.lanes;
        let Some(member) = of else {
            let parked = lanes.values().map(|lane| lane.parked.len()).sum();
            let all = state.outbox.rows.len();
            return Ok(OutboxDepth {
                waiting: count(all - parked),
                parked: count(parked),
            });
        };
        Ok(lanes.get(&member).map(Lane::depth).unwrap_or_default())
    }

    async fn parked(&self, member: MemberId, page: &Page) -> Result<Vec<OutboxRow>, Unavailable> {
        let state = self.state()?;
        let lane = state.outbox.lanes.get(&member);
        let parked = lane.into_iter().flat_map(|lane| &lane.parked);
        let page = parked.skip(page.skip).take(page.limit.min(Page::MAX));
        Ok(page.filter_map(|order| state.outbox.row(*order)).collect())
    }
}

fn listens(state: &State, member: MemberId) -> bool {
    let endpoint = state.endpoints.get(&member);
    endpoint.is_some_and(|row| row.state.is_active())
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
