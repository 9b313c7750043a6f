//! Outcomes: what calls brought, heard and committed in batches.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use super::Engine;
use super::serial::fresh;
use super::work::World;
use crate::commit::{Refused, Verdict};
use crate::ids::AttemptNo;
use crate::order::{self, Aggregate, Channel, Decision, Heard, OrderState};
use crate::supplier::Exchange;

/// What a call brought.
pub(super) struct Outcome {
    /// The order as the intent commit left it.
    pub(super) agg: Arc<Aggregate>,
    /// Which attempt.
    pub(super) no: AttemptNo,
    /// Which call.
    pub(super) channel: Channel,
    /// What came back.
    pub(super) exchange: Exchange,
}

/// Where finished calls wait for being heard. Bounded by the calls that may be under way: each supplier's `max_in_flight`.
pub(super) struct Desk {
    put: mpsc::UnboundedSender<Outcome>,
    taken: Mutex<mpsc::UnboundedReceiver<Outcome>>,
}

impl Desk {
    pub(super) fn new() -> Self {
        let (put, taken) = mpsc::unbounded_channel();
        Self {
            put,
            taken: Mutex::new(taken),
        }
    }

    pub(super) fn put(&self, outcome: Outcome) {
        // The receiver lives as long as the engine.
        let _ = self.put.send(outcome);
    }

    /// Waits for at least one outcome and takes up to `max`.
    pub(super) async fn take(&self, max: usize) -> Vec<Outcome> {
        let mut batch = Vec::with_capacity(max.min(64));
        self.taken.lock().await.recv_many(&mut batch, max).await;
        batch
    }
}

/// Tries to have one outcome committed before it is left to the lease (C6).
const TRIES: u32 = 20;

impl Engine {
    /// Hears a batch of outcomes: one commit for all of them, one by one again for those that lost a race.
    pub(super) async fn hear_outcomes(&self, batch: Vec<Outcome>) {
        let mut decisions = Vec::with_capacity(batch.len());
        let mut heard = Vec::with_capacity(batch.len());
        for outcome in batch {
            let decision = hear_one(&outcome.agg, &outcome, &self.surroundings());
            decisions.push((Arc::clone(&outcome.agg), decision));
            heard.push(outcome);
        }
        let verdicts = self.commit_decisions(decisions).await;
        for (outcome, settled) in heard.into_iter().zip(verdicts) {
            if !settled {
                self.hear_again(outcome).await;
            }
        }
    }

    /// Hears an outcome on the order as it is now. What was read is kept even if the worker that asked lost its lease (INV-27).
    async fn hear_again(&self, outcome: Outcome) {
        for attempt in 0..TRIES {
            let found = self.inner.store.orders(&[outcome.agg.order.id]).await;
            if let Ok(mut found) = found
                && let Some(agg) = found.pop().flatten()
            {
                let agg = Arc::new(agg);
                let world = self.surroundings_with(false);
                let decision = hear_one(&agg, &outcome, &world);
                if self.commit_decisions(vec![(agg, decision)]).await == [true] {
                    return;
                }
            }
            self.inner
                .clock
                .sleep(Duration::from_millis(20 << attempt.min(6)))
                .await;
        }
        tracing::error!(trace_id = %outcome.agg.order.id, "an outcome could not be committed; the lease will end the attempt");
    }

    /// Commits decisions in one batch, makes the calls that they allow and tells the board. Answers for each whether it is settled: committed, or refused
    /// in a way that a fresh look at the order would not change.
    pub(super) async fn commit_decisions(
        &self,
        decisions: Vec<(Arc<Aggregate>, Decision)>,
    ) -> Vec<bool> {
        let mut units = Vec::with_capacity(decisions.len());
        let mut rest = Vec::with_capacity(decisions.len());
        for (before, decision) in decisions {
            let after = super::work::after(&before, &decision.changes);
            units.push(decision.changes);
            rest.push((before, after, decision.call, decision.notes));
        }
        let verdicts = match self.inner.store.commit(units).await {
            Ok(verdicts) => verdicts,
            Err(error) => {
                tracing::warn!(%error, "a batch of decisions was not committed");
                for (before, after, _, _) in &rest {
                    self.inner.board.not_committed(before, after);
                }
                return vec![false; rest.len()];
            }
        };
        let mut settled = Vec::with_capacity(verdicts.len());
        let mut serials = Vec::new();
        for ((before, after, call, notes), verdict) in rest.into_iter().zip(verdicts) {
            settled.push(match verdict {
                Verdict::Done(done) => {
                    serials.extend(fresh(&before, &after));
                    self.committed(&before, after, call, notes, &done).await;
                    true
                }
                Verdict::Refused(refused) => {
                    self.inner.board.not_committed(&before, &after);
                    self.not_committed(&before, refused).await
                }
            });
        }
        self.compare_serials(serials).await;
        settled
    }

    async fn not_committed(&self, before: &Aggregate, refused: Refused) -> bool {
        match refused {
            Refused::Stale { .. } | Refused::IdTaken { .. } => false,
            // Another order has the only place at the next route. What was heard is kept without it; what is HELD waits its turn.
            Refused::LiveAttempt { .. } => {
                if before.order.state == OrderState::Held {
                    let now = self.inner.clock.now();
                    let until = now.plus(self.inner.settings.policy.held_retry);
                    let unit = super::work::later(before, until, now).changes;
                    if let Err(error) = self.inner.store.commit(vec![unit]).await {
                        tracing::warn!(%error, "an order that waits its turn stays due");
                    }
                }
                false
            }
            Refused::InboxGone | Refused::EffectDone { .. } => {
                tracing::debug!(trace_id = %before.order.id, %refused, "somebody else was first");
                true
            }
            Refused::Broken { invariant } => {
                self.stop_wallet(before.order.member, before.order.id.into(), invariant)
                    .await;
                true
            }
            Refused::Insufficient { .. }
            | Refused::Frozen
            | Refused::RefTaken { .. }
            | Refused::DuplicateBusiness { .. }
            | Refused::NonceUsed => {
                self.stop_wallet(
                    before.order.member,
                    before.order.id.into(),
                    "a step of an order was refused for money",
                )
                .await;
                true
            }
        }
    }
}

fn hear_one(agg: &Aggregate, outcome: &Outcome, world: &World<'_>) -> Decision {
    let ctx = world.context();
    let Exchange { raw, sightings, .. } = outcome.exchange.clone();
    let heard = Heard {
        channel: outcome.channel,
        sightings,
        raw: raw.clone(),
    };
    match order::hear(agg, outcome.no, heard, ctx) {
        Ok(decision) => decision,
        Err(illegal) => keep_unread(agg, outcome.no, outcome.channel, raw, &illegal, ctx),
    }
}

/// The reducer refused: the bytes alone are kept, and a person is called.
pub(super) fn keep_unread(
    agg: &Aggregate,
    no: AttemptNo,
    channel: Channel,
    raw: bytes::Bytes,
    illegal: &order::Illegal,
    ctx: order::Context<'_>,
) -> Decision {
    tracing::error!(trace_id = %agg.order.id, attempt = no.0, %illegal, "what was heard does not fit the order");
    order::keep_unread(agg, no, channel, raw, ctx).unwrap_or_else(|_| Decision {
        changes: crate::commit::Changes::at(ctx.now),
        call: None,
        notes: Vec::new(),
    })
}
