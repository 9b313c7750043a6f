//! Working: due orders from the bell, decided in batches, one commit a batch.

use std::sync::Arc;

use super::Engine;
use super::board::Seating;
use crate::commit::{CaseKey, CaseKind, CaseWrite, Changes, Done, OrderWrite, Verdict, WalletFlag};
use crate::ids::{MappingId, MemberId, OrderId, SubjectId, SupplierId};
use crate::order::{
    self, Aggregate, Attempt, AttemptState, Call, Context, Decision, Note, Order, OrderState, Plan,
    Surroundings,
};
use crate::ports::Due;
use crate::route::Explanation;
use crate::supplier::{Profile, Reason};
use crate::text::RefId;
use crate::time::Timestamp;

/// The world as one decision sees it.
pub(super) struct World<'a> {
    engine: &'a Engine,
    /// Who sat where when the decision began: one adapter's word counts for all of it.
    seating: Arc<Seating>,
    now: Timestamp,
    routes: bool,
}

impl World<'_> {
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            now: self.now,
            policy: &self.engine.inner.settings.policy,
            world: self,
        }
    }
}

impl Surroundings for World<'_> {
    fn profile(&self, supplier: SupplierId) -> Option<&Profile> {
        self.seating.seat(supplier).map(|seat| seat.profile())
    }

    fn has_turn(&self, order: OrderId) -> bool {
        self.engine.inner.board.has_turn(order)
    }

    fn found(&self, order: &Order, attempts: &[Attempt]) -> Explanation {
        self.engine.inner.board.found(order, attempts, self.now)
    }

    fn plan(&self, order: &Order, attempts: &[Attempt]) -> Plan {
        let inner = &self.engine.inner;
        if self.engine.is_stopping() {
            // No new attempt starts while the engine stops (INV-30).
            return Plan::Wait {
                until: self.now.plus(inner.settings.policy.held_retry),
            };
        }
        if !self.routes {
            return Plan::Wait { until: self.now };
        }
        inner
            .board
            .plan(order, attempts, self.now, &inner.settings, &*inner.dice)
    }
}

/// The order as `changes` leave it.
pub(super) fn after(before: &Aggregate, changes: &Changes) -> Aggregate {
    let order = changes
        .orders
        .first()
        .map_or_else(|| before.order.clone(), |write| write.order.clone());
    let mut attempts = before.attempts.clone();
    for written in &changes.attempts {
        match attempts.iter_mut().find(|attempt| attempt.no == written.no) {
            Some(attempt) => attempt.clone_from(written),
            None => attempts.push(written.clone()),
        }
    }
    Aggregate { order, attempts }
}

/// The order as it is, to be looked at again at `until`. No event of the order: only `next_action_at` moves (D19).
pub(super) fn later(agg: &Aggregate, until: Timestamp, now: Timestamp) -> Decision {
    let mut order = agg.order.clone();
    order.version += 1;
    order.next_action_at = Some(until);
    let mut changes = Changes::at(now);
    changes.orders.push(OrderWrite {
        order,
        replaces: Some(agg.order.version),
    });
    Decision {
        changes,
        call: None,
        notes: Vec::new(),
    }
}

impl Engine {
    pub(super) fn surroundings(&self) -> World<'_> {
        self.surroundings_with(true)
    }

    /// The world with its routes, or, for a second look after a commit was refused, without: what was heard is kept whatever the next
    /// route's commit would say, and the order is HELD and due at once (INV-27).
    pub(super) fn surroundings_with(&self, routes: bool) -> World<'_> {
        World {
            engine: self,
            seating: self.inner.board.seating(),
            now: self.inner.clock.now(),
            routes,
        }
    }

    /// Routes are decided by the catalog as it is now: whoever was held up, by a slow store or a host that stood still, holds an old one (INV-17).
    pub(super) async fn read_catalog(&self) {
        if let Ok(snapshot) = self.inner.catalog.snapshot().await {
            self.inner.board.refresh(&snapshot);
        }
    }

    /// Works what the bell or the sweep brought. What cannot be worked now stays due and comes back with the sweep.
    pub(super) async fn work(&self, items: &[Due]) {
        let mut orders = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Due::Order(id) => orders.push(*id),
                Due::Inbox(id) => self.apply_callback(*id).await,
            }
        }
        orders.sort_unstable();
        orders.dedup();
        if orders.is_empty() {
            return;
        }
        let found = match self.readable(&orders).await {
            Ok(found) => found,
            Err(error) => {
                self.warn_seldom("due orders could not be read", &error);
                return;
            }
        };
        let mut decisions = Vec::with_capacity(found.len());
        for agg in found {
            let twin = self.has_twin(&agg).await;
            self.read_catalog().await;
            let world = self.surroundings();
            match order::tend(&agg, twin, world.context()) {
                Ok(Some(decision)) => {
                    if let Some(decision) = self.with_slot(&agg, decision, world.now) {
                        decisions.push((Arc::new(agg), decision));
                    }
                }
                Ok(None) => self.inner.board.needs_no_slot(agg.order.id),
                Err(illegal) => {
                    tracing::error!(trace_id = %agg.order.id, %illegal, "a due order could not be tended");
                }
            }
        }
        if !decisions.is_empty()
            && let Err(error) = self.commit_decisions(decisions).await
        {
            self.warn_seldom("a batch of decisions was not committed", &error);
        }
        self.call_up().await;
    }

    /// Calls the oldest of those who wait for a slot, wherever one is free.
    pub(super) async fn call_up(&self) {
        let called = self.inner.board.call_up(self.inner.clock.now());
        if !called.is_empty() {
            let called: Vec<Due> = called.into_iter().map(Due::Order).collect();
            self.inner.queue.push(&called).await;
        }
    }

    /// The decision with a slot for the status check it makes, if it makes one; a later look if the supplier has none now. `None` while the
    /// engine stops: the check stays due for the next run (INV-30).
    fn with_slot(&self, agg: &Aggregate, decision: Decision, now: Timestamp) -> Option<Decision> {
        let board = &self.inner.board;
        let Some(Call::Send(no) | Call::Ask(no)) = decision.call else {
            // What is HELD is in line or not as its plan left it.
            if agg.order.state != OrderState::Held {
                board.needs_no_slot(agg.order.id);
            }
            return Some(decision);
        };
        let sends = matches!(decision.call, Some(Call::Send(_)));
        // A new attempt got its slot with its route.
        let Some(attempt) = agg.attempt(no) else {
            return Some(decision);
        };
        if self.is_stopping() {
            return None;
        }
        match board.begin_check(agg.order.id, attempt, sends, now, &self.inner.settings) {
            Ok(()) => Some(decision),
            Err(until) => Some(later(agg, until, now)),
        }
    }

    /// Whether another order of ours for the same goods and destination is under way. Asked only after a rejection as duplicate.
    async fn has_twin(&self, agg: &Aggregate) -> bool {
        let rejected_as_duplicate = matches!(
            agg.attempts.last().map(|attempt| attempt.state),
            Some(AttemptState::Rejected {
                reason: Reason::Duplicate,
                ..
            })
        );
        if agg.order.state != OrderState::Held || !rejected_as_duplicate {
            return false;
        }
        match self
            .inner
            .store
            .in_flight_for(agg.order.product, &agg.order.destination, 2)
            .await
        {
            Ok(others) => others.iter().any(|other| *other != agg.order.id),
            Err(_) => true,
        }
    }

    /// A decision is committed: make its call, tell the board, wake who waits for the order.
    pub(super) async fn committed(
        &self,
        before: &Aggregate,
        after: Aggregate,
        call: Option<Call>,
        notes: Vec<Note>,
        done: &Done,
    ) {
        tracing::debug!(
            trace_id = %after.order.id,
            version = after.order.version,
            status = after.order.status().word(),
            attempts = after.attempts.len(),
            "committed"
        );
        let board = &self.inner.board;
        board.committed(before, &after, &done.receipt);
        self.inner
            .meter
            .moved(before, &after, |supplier| board.place(supplier));
        for note in notes {
            self.take_note(note, &after).await;
        }
        if before.order.state.is_open() && !after.order.state.is_open() {
            self.log_end(&after.order, after.attempts.len());
            self.inner.waiters.tell_end(&after.order);
        }
        self.claim_orphans(before, &after).await;
        if before.order.revision != after.order.revision {
            self.inner.outgoing.ring();
        }
        if let Some(call) = call {
            self.start_call(Arc::new(after), call);
        } else if after.order.state == OrderState::Held
            && after
                .order
                .next_action_at
                .is_some_and(|due| due <= self.inner.clock.now())
        {
            self.inner.queue.push(&[Due::Order(after.order.id)]).await;
        }
    }

    async fn take_note(&self, note: Note, after: &Aggregate) {
        match note {
            Note::Alert { order, what } => {
                tracing::warn!(trace_id = %order, alert = what, "alert");
                self.inner.meter.alert("order");
            }
            Note::RouteOff { mapping } => self.switch_route_off(mapping).await,
            Note::Trip { .. } | Note::Outcome { .. } | Note::Balance { .. } => {
                if let Note::Outcome {
                    supplier, class, ..
                } = note
                {
                    let place = self.inner.board.place(supplier);
                    self.inner.meter.judged(place, class);
                }
                self.inner
                    .board
                    .take_note(&note, after, self.inner.clock.now());
            }
        }
    }

    /// A route that billed above its cap is closed in the catalog until an operator opens it (INV-17).
    pub(super) async fn switch_route_off(&self, mapping: MappingId) {
        let change = crate::catalog::CatalogChange::SetMappingActive {
            mapping,
            active: false,
        };
        if let Err(error) = self.inner.catalog.change(vec![change]).await {
            tracing::error!(mapping = mapping.0, %error, "a route above its cap could not be switched off");
        }
    }

    /// A unit would have broken the books: the wallet takes no more holds, a case is opened, the alarm rings (D29).
    pub(super) async fn stop_wallet(
        &self,
        member: MemberId,
        subject: SubjectId,
        invariant: &'static str,
    ) {
        let now = self.inner.clock.now();
        tracing::error!(%member, %subject, invariant, alert = "a wallet is frozen", "an invariant of the books would have broken; the wallet is frozen");
        self.inner.meter.alert("books");
        let mut unit = Changes::at(now);
        unit.wallet_flags.push(WalletFlag {
            member,
            frozen: true,
        });
        let deadline = now.plus(self.inner.settings.policy.case_deadline);
        let key = CaseKey {
            subject,
            version: u32::MAX,
            kind: CaseKind::Broken,
        };
        unit.cases.push(CaseWrite::Open(crate::commit::Case {
            key,
            amount: None,
            opened_at: now,
            deadline,
        }));
        let frozen = self.inner.store.commit(vec![unit]).await;
        if !frozen.as_deref().is_ok_and(is_done) {
            tracing::error!(%member, ?frozen, "the wallet could not be frozen; new orders stop");
            self.inner
                .board
                .stop("a wallet with broken books could not be frozen");
        }
    }
}

/// Whether the one unit of a batch is committed.
pub(super) fn is_done(verdicts: &[Verdict]) -> bool {
    matches!(verdicts, [Verdict::Done(_)])
}

/// The member's reference, unless the member wrote the destination into it (INV-37).
fn said_ref<'a>(ref_id: &'a RefId, destination: &str) -> &'a str {
    let end = destination.len().saturating_sub(6);
    let tell_tale = destination.get(end..).unwrap_or(destination);
    if ref_id.as_str().contains(tell_tale) {
        "(has the destination in it)"
    } else {
        ref_id.as_str()
    }
}

impl Engine {
    /// One line an order, at its end (D28); for one that is born REFUSED that is its birth. Members and goods by their codes as far as they are at hand,
    /// else by their ids: a line costs no read.
    pub(super) fn log_end(&self, order: &Order, attempts: usize) {
        let took = order.updated_at.since(order.created_at);
        let product = self.inner.board.product_code(order.product);
        tracing::info!(
            trace_id = %order.id,
            trx_code = %order.trx_code,
            member = self.inner.codes.of(order.member),
            ref_id = said_ref(&order.ref_id, order.destination.as_str()),
            product = product.map_or_else(|| order.product.0.to_string(), |code| code.to_string()),
            destination = %order.destination.masked(),
            status = order.status().word(),
            attempts,
            took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "order ended"
        );
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::said_ref;
    use crate::text::RefId;

    #[test]
    fn inv_37_a_reference_with_the_destination_in_it_is_not_told() {
        for (ref_id, is_told) in [("A-17", true), ("a-0878123456-1", false), ("123456", false)] {
            let ref_id = RefId::new(ref_id).unwrap();
            let told = said_ref(&ref_id, "62878123456");
            assert_eq!(told == ref_id.as_str(), is_told);
        }
    }
}
