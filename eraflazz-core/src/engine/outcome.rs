//! Outcomes: what calls brought, heard and committed in batches.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::serial::fresh;
use super::work::World;
use crate::commit::{Refused, Unavailable, Verdict};
use crate::ids::AttemptNo;
use crate::order::{self, Aggregate, Channel, Decision, Heard, OrderState};
use crate::supplier::{Exchange, Sighting};
use crate::text::TheirRef;
use crate::time::Timestamp;

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

/// Tries that are left when the time for a stop is up: enough for a race that was lost.
const LAST_TRIES: u32 = 3;

/// Until when outcomes are heard.
#[derive(Clone, Default)]
pub(super) struct Hearing {
    /// No call is under way any more, or none is waited for.
    pub(super) all_is_in: CancellationToken,
    /// What could not be committed by now is left.
    pub(super) time_is_up: CancellationToken,
}

/// An outcome that could not be committed yet.
struct Late {
    outcome: Outcome,
    tries: u32,
    /// When it is tried again.
    at: Timestamp,
}

impl Engine {
    /// Hears outcomes until all are heard or the time is up. What could not be committed is tried again, all of it together, and never holds up what is new.
    pub(super) async fn hear_until(&self, hearing: &Hearing) {
        let clock = &self.inner.clock;
        let mut late: Vec<Late> = Vec::new();
        loop {
            let next = late.iter().map(|late| late.at).min();
            let pause = next.map_or(Duration::ZERO, |at| at.since(clock.now()));
            let mut waited_for = None;
            let batch = tokio::select! {
                biased;
                batch = self.inner.outcomes.take(self.inner.settings.batch) => batch,
                () = hearing.time_is_up.cancelled() => break,
                () = hearing.all_is_in.cancelled(), if late.is_empty() => return,
                () = clock.sleep(pause), if !late.is_empty() => {
                    waited_for = next;
                    Vec::new()
                }
            };
            late.extend(self.hear_outcomes(batch).await);
            // A wait that has ended is over, though the clock may stand still meanwhile: it does after its host was set back.
            let now = waited_for.into_iter().fold(clock.now(), Timestamp::max);
            let (due, rest) = late.into_iter().partition(|late| late.at <= now);
            late = rest;
            late.extend(self.hear_again(due).await);
            // A store that many share comes back; one that this process alone has open is closed for good.
            if !late.is_empty()
                && !self.inner.is_shared()
                && self.inner.store.takes_writes().await.is_err()
            {
                leave(std::mem::take(&mut late));
            }
        }
        for _ in 0..LAST_TRIES {
            late = self.hear_again(late).await;
        }
        leave(late);
    }

    /// Hears a batch of outcomes: one commit for all of them. Gives those that were not committed, to be heard again at once.
    async fn hear_outcomes(&self, batch: Vec<Outcome>) -> Vec<Late> {
        let at = self.inner.clock.now();
        let fresh = batch.into_iter().map(|outcome| {
            let late = Late {
                outcome,
                tries: 0,
                at,
            };
            (Arc::clone(&late.outcome.agg), late)
        });
        self.hear_on(fresh.collect(), true).await
    }

    /// Hears outcomes on the orders as they are now. What was read is kept even if the worker that asked lost its lease (INV-27). Gives those that
    /// were not committed and are worth another try.
    async fn hear_again(&self, due: Vec<Late>) -> Vec<Late> {
        if due.is_empty() {
            return due;
        }
        let ids: Vec<_> = due.iter().map(|late| late.outcome.agg.order.id).collect();
        let mut missed = Vec::new();
        match self.inner.store.orders(&ids).await {
            Ok(found) => {
                let mut afresh = Vec::with_capacity(due.len());
                for (late, found) in due.into_iter().zip(found) {
                    match found {
                        Some(agg) => afresh.push((Arc::new(agg), late)),
                        None => missed.push(late),
                    }
                }
                missed.extend(self.hear_on(afresh, false).await);
            }
            Err(error) => {
                self.warn_seldom("orders could not be read for what calls brought", &error);
                missed = due;
            }
        }
        let now = self.inner.clock.now();
        for late in &mut missed {
            late.at = now.plus(Duration::from_millis(20 << late.tries.min(6)));
            late.tries += 1;
        }
        let (spent, missed) = missed.into_iter().partition(|late| late.tries >= TRIES);
        leave(spent);
        missed
    }

    /// Hears each outcome on the order beside it, in one commit. Gives those that a fresh look at their order may settle. Everything is read before anything
    /// is decided: the next route is chosen by the time and the catalog of that moment (INV-17).
    async fn hear_on(&self, heard: Vec<(Arc<Aggregate>, Late)>, routes: bool) -> Vec<Late> {
        if heard.is_empty() {
            return Vec::new();
        }
        let mut known = Vec::with_capacity(heard.len());
        let mut missed = Vec::new();
        for (agg, late) in heard {
            let Outcome {
                no,
                channel,
                exchange,
                ..
            } = &late.outcome;
            let taken = self.taken_theirs(&agg, *no, *channel, &exchange.sightings);
            match taken.await {
                Ok(taken) => known.push((agg, late, taken)),
                Err(error) => {
                    self.warn_seldom("it could not be read whose a transaction is", &error);
                    missed.push(late);
                }
            }
        }
        self.read_catalog().await;
        let world = self.surroundings_with(routes);
        let mut decisions = Vec::with_capacity(known.len());
        let mut outcomes = Vec::with_capacity(known.len());
        for (agg, late, taken) in known {
            let decision = hear_one(&agg, &late.outcome, taken, &world);
            decisions.push((agg, decision));
            outcomes.push(late);
        }
        match self.commit_decisions(decisions).await {
            Ok(settled) => {
                let outcomes = outcomes.into_iter().zip(settled);
                let refused = outcomes.filter(|(_, settled)| !settled);
                missed.extend(refused.map(|(late, _)| late));
            }
            Err(error) => {
                self.warn_seldom("a batch of outcomes was not committed", &error);
                missed.extend(outcomes);
            }
        }
        missed
    }

    /// Which of the ids in question are other attempts' (INV-11). Reads nothing where the supplier knows our reference; what another commit links
    /// meanwhile, the commit rule refuses.
    pub(super) async fn taken_theirs(
        &self,
        agg: &Aggregate,
        no: AttemptNo,
        channel: Channel,
        sightings: &[Sighting],
    ) -> Result<Vec<TheirRef>, Unavailable> {
        let Some(attempt) = agg.attempt(no) else {
            return Ok(Vec::new());
        };
        let now = self.inner.clock.now();
        let mut taken = Vec::new();
        for theirs in order::in_question(attempt, channel, sightings, now) {
            let found = self.inner.store.by_their_ref(attempt.supplier, &theirs);
            if found.await?.is_some() {
                taken.push(theirs);
            }
        }
        Ok(taken)
    }

    /// Commits decisions in one batch, makes the calls that they allow and tells the board. Answers for each whether it is settled: committed, or refused
    /// in a way that a fresh look at the order would not change.
    pub(super) async fn commit_decisions(
        &self,
        decisions: Vec<(Arc<Aggregate>, Decision)>,
    ) -> Result<Vec<bool>, Unavailable> {
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
                for (before, after, _, _) in &rest {
                    self.inner.board.not_committed(before, after);
                }
                return Err(error);
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
        Ok(settled)
    }

    async fn not_committed(&self, before: &Aggregate, refused: Refused) -> bool {
        if let Refused::OverQuota { key, used } = refused {
            self.inner.board.quota_is_used(key, used);
        }
        match refused {
            Refused::Stale { .. } | Refused::IdTaken { .. } | Refused::NotCovered { .. } => false,
            // Another order has the only place at the next route, or the last of its quota. What was heard is kept without it; what is HELD waits its turn.
            Refused::LiveAttempt { .. } | Refused::OverQuota { .. } => {
                if before.order.state == OrderState::Held {
                    let now = self.inner.clock.now();
                    let until = now.plus(self.inner.settings.policy.held_retry);
                    let unit = super::work::later(before, until, now).changes;
                    if let Err(error) = self.inner.store.commit(vec![unit]).await {
                        self.warn_seldom("an order that waits its turn stays due", &error);
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

/// What was heard is let go of: their intents are durable, so the supplier is asked about them once their leases are over.
fn leave(outcomes: Vec<Late>) {
    for Late { outcome, .. } in outcomes {
        tracing::error!(trace_id = %outcome.agg.order.id, "an outcome could not be committed; the lease will end the attempt");
    }
}

fn hear_one(
    agg: &Aggregate,
    outcome: &Outcome,
    taken: Vec<TheirRef>,
    world: &World<'_>,
) -> Decision {
    let ctx = world.context();
    let Exchange { raw, sightings, .. } = outcome.exchange.clone();
    let heard = Heard {
        channel: outcome.channel,
        sightings,
        taken,
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
