//! Webhooks as people work them: what was sent, what waits, and sending again.

use std::sync::Arc;

use super::Engine;
use super::error::OperationError;
use crate::commit::{Changes, OutboxRow, Unavailable, Verdict};
use crate::ids::{MemberId, OrderId};
use crate::order::{Order, OrderState};
use crate::ports::{ChangeError, OrderFilter, OutboxDepth, Page};
use crate::text::Operator;
use crate::time::Timestamp;
use crate::webhook::{Delivery, Endpoint, EventId};

/// Most orders of one replay.
const REPLAY_MAX: usize = 10_000;
/// Rows of one commit.
const ROWS: usize = 500;

impl Engine {
    /// Tells the member of this order once more, as it is now, as soon as possible: whether it was delivered before, is parked or waits. The
    /// event id is that of the revision, so a receiver that has it already knows it. Repeating it sends it again.
    pub async fn redeliver(
        &self,
        order: OrderId,
        by: &Operator,
    ) -> Result<EventId, OperationError> {
        let found = self.inner.store.orders(&[order]).await?.pop().flatten();
        let order = found.ok_or(OperationError::NotFound)?.order;
        self.must_listen(order.member).await?;
        self.tell_again(std::slice::from_ref(&order)).await?;
        tracing::info!(trace_id = %order.id, member = %order.member, %by, "an operator sends a webhook again");
        Ok(EventId::of(&order))
    }

    /// Tells the member of every order accepted from `from` up to `to` once more, oldest first, as they are now: after an outage of the receiver. Orders that
    /// were refused at birth are left out: the member was told in the answer. At most 10,000 at once, or none. Gives how many.
    pub async fn replay(
        &self,
        member: MemberId,
        from: Timestamp,
        to: Timestamp,
        by: &Operator,
    ) -> Result<usize, OperationError> {
        self.must_listen(member).await?;
        let mut filter = OrderFilter {
            from: Some(from),
            to: Some(to),
            ..OrderFilter::default()
        };
        let page = Page::first(Page::MAX);
        let mut orders = Vec::new();
        loop {
            let found = self.inner.ledger.orders_of(member, &filter, &page).await?;
            let is_last = found.len() < page.limit;
            filter.listed_after = found.last().map(|order| order.id);
            let told = |order: &Order| !matches!(order.state, OrderState::Refused(_));
            orders.extend(found.into_iter().filter(told));
            if orders.len() > REPLAY_MAX {
                return Err(OperationError::Field {
                    field: "from",
                    rule: "at most 10000 orders at once: choose a shorter range",
                });
            }
            if is_last {
                break;
            }
        }
        for part in orders.chunks(ROWS) {
            self.tell_again(part).await?;
        }
        tracing::info!(%member, %by, %from, %to, orders = orders.len(), "an operator replays webhooks");
        Ok(orders.len())
    }

    /// Sets the endpoint of a member, active from now on, in place of `over`, the one it had when it was read. What waits for the member goes there.
    pub async fn set_endpoint(
        &self,
        endpoint: Endpoint,
        over: Option<Arc<Endpoint>>,
        by: &Operator,
    ) -> Result<(), ChangeError> {
        let member = endpoint.member;
        self.inner.members.put_endpoint(endpoint, over).await?;
        self.inner.outgoing.freshen(member);
        tracing::info!(%member, %by, "an operator sets a webhook endpoint");
        Ok(())
    }

    /// Removes the endpoint of a member: whatever waits for it is dropped, and nothing is written for it any more. Idempotent.
    pub async fn remove_endpoint(
        &self,
        member: MemberId,
        by: &Operator,
    ) -> Result<(), ChangeError> {
        self.inner.members.remove_endpoint(member).await?;
        tracing::info!(%member, %by, "an operator removes a webhook endpoint");
        Ok(())
    }

    /// The last tries to this member's endpoint, newest first: what was sent when, which answer came. Only what this process has tried.
    pub fn deliveries(&self, member: MemberId) -> Vec<Delivery> {
        self.inner.outgoing.recent(member)
    }

    /// How much waits and is parked, for one member or for all.
    pub async fn outbox_depth(&self, of: Option<MemberId>) -> Result<OutboxDepth, Unavailable> {
        self.inner.outbox.outbox_depth(of).await
    }

    /// What the member was never told although every try was made.
    pub async fn parked(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<OutboxRow>, Unavailable> {
        self.inner.outbox.parked(member, page).await
    }

    async fn must_listen(&self, member: MemberId) -> Result<(), OperationError> {
        let rule = match self.inner.members.endpoint(member).await? {
            Some(row) if row.state.is_active() => return Ok(()),
            Some(_) => "is disabled: set it again first",
            None => "the member has none",
        };
        Err(OperationError::Field {
            field: "endpoint",
            rule,
        })
    }

    async fn tell_again(&self, orders: &[Order]) -> Result<(), OperationError> {
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        unit.outbox = orders
            .iter()
            .map(|order| OutboxRow::now(order, now))
            .collect();
        match self.inner.store.commit(vec![unit]).await?.pop() {
            Some(Verdict::Done(_)) => {
                self.inner.outgoing.ring();
                Ok(())
            }
            Some(Verdict::Refused(refused)) => Err(OperationError::Refused(refused)),
            None => Err(OperationError::Contended),
        }
    }
}
