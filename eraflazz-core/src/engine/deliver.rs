//! Delivering: what is due in the outbox goes to members' endpoints, each endpoint in a lane of its own.
//!
//! One task runs the lanes. It takes what is due, never more of one endpoint than its lane allows, renders and sends it in tasks of their own,
//! and commits what came of them in batches. What was sent and not yet committed when the process dies is sent again under the same
//! event id (C10). Nothing here can change an order.

mod lane;
mod recent;
mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use self::lane::Lane;
use self::recent::Recent;
use self::tell::{Brought, Tried};
use super::Engine;
use crate::commit::{Changes, EndpointStateWrite, OutboxKey, OutboxRow, Unavailable, Verdict};
use crate::ids::MemberId;
use crate::ports::Notifier;
use crate::time::Timestamp;
use crate::webhook::{Delivery, Disabled, EndpointState, Next};

/// What delivery shares with the rest of the engine.
#[derive(Default)]
pub(super) struct Outgoing {
    bell: Notify,
    recent: Mutex<Recent>,
    /// Endpoints that were set since the lanes last looked.
    fresh: Mutex<BTreeSet<MemberId>>,
}

impl Outgoing {
    /// The endpoint was set: how the one before it fared counts no more.
    pub(super) fn freshen(&self, member: MemberId) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.insert(member);
        self.ring();
    }

    fn take_fresh(&self) -> BTreeSet<MemberId> {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *fresh)
    }

    /// Something may be due: a hint, the sweep finds it anyway.
    pub(super) fn ring(&self) {
        self.bell.notify_one();
    }

    pub(super) fn recent(&self, member: MemberId) -> Vec<Delivery> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.of(member)
    }

    fn remember(&self, member: MemberId, delivery: Delivery) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.put(member, delivery);
    }
}

/// The lanes, and what came back and is not committed yet.
struct Dispatch {
    notifier: Arc<dyn Notifier>,
    lanes: BTreeMap<MemberId, Lane>,
    in_flight: usize,
    put: mpsc::UnboundedSender<Tried>,
    unrecorded: Vec<Tried>,
}

impl Engine {
    /// Delivers until told to stop; then what is under way is heard, for as long as one try may take.
    pub(super) async fn deliver_until(&self, shutdown: &CancellationToken) {
        let Some(notifier) = self.inner.notifier.clone() else {
            return;
        };
        // Bounded by what may be in flight.
        let (put, mut tried) = mpsc::unbounded_channel();
        let mut dispatch = Dispatch {
            notifier,
            lanes: BTreeMap::new(),
            in_flight: 0,
            put,
            unrecorded: Vec::new(),
        };
        let inner = &self.inner;
        loop {
            // What is under way when the duty goes to another is heard here all the same.
            if inner.is_on_duty()
                && let Err(error) = self.start_due(&mut dispatch).await
            {
                self.warn_seldom("the outbox could not be read", &error);
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(one) = tried.recv() => dispatch.unrecorded.push(one),
                () = inner.outgoing.bell.notified() => {}
                () = inner.clock.sleep(inner.settings.sweep_interval) => {}
            }
            while let Ok(one) = tried.try_recv() {
                dispatch.unrecorded.push(one);
            }
            self.record(&mut dispatch).await;
        }
        let patience = inner.clock.sleep(
            inner
                .settings
                .webhook
                .timeout
                .min(inner.settings.drain_timeout),
        );
        tokio::pin!(patience);
        while dispatch.in_flight > dispatch.unrecorded.len() {
            tokio::select! {
                biased;
                Some(one) = tried.recv() => dispatch.unrecorded.push(one),
                () = &mut patience => break,
            }
        }
        self.record(&mut dispatch).await;
    }

    /// Starts whatever is due and has a free place.
    async fn start_due(&self, dispatch: &mut Dispatch) -> Result<(), Unavailable> {
        let policy = &self.inner.settings.webhook;
        for member in self.inner.outgoing.take_fresh() {
            if let Some(lane) = dispatch.lanes.get_mut(&member) {
                lane.begin_anew();
            }
        }
        loop {
            let now = self.inner.clock.now();
            let room = policy.in_flight.saturating_sub(dispatch.in_flight);
            if room == 0 {
                return Ok(());
            }
            let busy: BTreeSet<MemberId> = dispatch
                .lanes
                .iter()
                .filter(|(_, lane)| lane.is_busy(policy.per_endpoint, now))
                .map(|(member, _)| *member)
                .collect();
            // What is under way is still due: it is found again and passed over.
            let rows = self
                .inner
                .outbox
                .due_outbox(now, &busy, 2 * policy.per_endpoint, 2 * policy.in_flight)
                .await?;
            let before = dispatch.in_flight;
            for row in rows {
                let lane = dispatch.lanes.entry(row.member).or_default();
                if dispatch.in_flight < policy.in_flight
                    && lane.begin(row.order, policy.per_endpoint, now)
                {
                    dispatch.in_flight += 1;
                    self.start_try(row, &dispatch.notifier, &dispatch.put);
                }
            }
            if dispatch.in_flight == before {
                return Ok(());
            }
        }
    }

    /// Commits what came of the tries, in one unit. If that fails the tries stay under way as far as anybody knows, and are recorded later.
    async fn record(&self, dispatch: &mut Dispatch) {
        if dispatch.unrecorded.is_empty() {
            return;
        }
        if let Err(error) = self
            .commit_tries(&mut dispatch.lanes, &dispatch.unrecorded)
            .await
        {
            self.warn_seldom("what became of webhooks could not be recorded yet", &error);
            return;
        }
        let now = self.inner.clock.now();
        for tried in dispatch.unrecorded.drain(..) {
            dispatch.in_flight = dispatch.in_flight.saturating_sub(1);
            let member = tried.row.member;
            if let Some(lane) = dispatch.lanes.get_mut(&member) {
                lane.end(tried.row.order);
                match &tried.brought {
                    Brought::Void => {}
                    Brought::Unread => lane.rest(now.plus(self.inner.settings.sweep_interval)),
                    Brought::Sent(sent) => {
                        let outcome = sent.delivery.answer.outcome;
                        lane.heard(&self.inner.settings.webhook, outcome, now);
                    }
                }
                if lane.is_forgotten(now) {
                    dispatch.lanes.remove(&member);
                }
            }
            if let Brought::Sent(sent) = tried.brought {
                self.inner.meter.told(&sent.delivery);
                self.inner.outgoing.remember(member, sent.delivery);
            }
        }
    }

    async fn commit_tries(
        &self,
        lanes: &mut BTreeMap<MemberId, Lane>,
        tries: &[Tried],
    ) -> Result<(), Unavailable> {
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        let mut parked = 0;
        let mut states = BTreeMap::new();
        for tried in tries {
            let row = &tried.row;
            match &tried.brought {
                Brought::Void => unit.outbox_done.push(row.key()),
                Brought::Unread => {}
                Brought::Sent(sent) => {
                    let outcome = sent.delivery.answer.outcome;
                    let policy = &self.inner.settings.webhook;
                    match policy.next(sent.delivery.tries, outcome, now, self.roll()) {
                        Next::Done => unit.outbox_done.push(OutboxKey {
                            order: row.order,
                            revision: sent.delivery.event.revision,
                        }),
                        Next::Again { at } => unit.outbox.push(retried(row, Some(at))),
                        Next::Parked => {
                            parked += 1;
                            unit.outbox.push(retried(row, None));
                        }
                    }
                    if let std::collections::btree_map::Entry::Vacant(vacant) =
                        states.entry(row.member)
                        && let Some(known) = self.inner.members.endpoint(row.member).await?
                    {
                        vacant.insert((known.version, known.state, known.state));
                    }
                    if let Some((version, _, state)) = states.get_mut(&row.member)
                        && *version == sent.version
                    {
                        *state = policy.state(*state, outcome, now);
                    }
                }
            }
        }
        for (member, (version, before, mut state)) in states {
            if state.is_active() && self.is_behind(member).await? {
                let why = Disabled::Behind;
                state = EndpointState::Disabled { why, since: now };
            }
            self.report(member, before, state, lanes.get_mut(&member), now);
            if state != before {
                unit.endpoint_states.push(EndpointStateWrite {
                    member,
                    version,
                    state,
                });
            }
        }
        let off: Vec<Disabled> = unit.endpoint_states.iter().filter_map(why_off).collect();
        match self.inner.store.commit(vec![unit]).await?.pop() {
            Some(Verdict::Done(_)) => {
                self.inner.meter.parked(parked);
                for why in off {
                    self.inner.meter.endpoint_off(why);
                }
            }
            refused => tracing::error!(?refused, "bookkeeping of webhooks was refused"),
        }
        Ok(())
    }

    async fn is_behind(&self, member: MemberId) -> Result<bool, Unavailable> {
        let depth = self.inner.outbox.outbox_depth(Some(member)).await?;
        let all = depth.waiting.saturating_add(depth.parked);
        Ok(all > self.inner.settings.webhook.waiting_max)
    }

    /// People learn of an endpoint that is disabled, and once of one that took nothing for a day.
    fn report(
        &self,
        member: MemberId,
        before: EndpointState,
        after: EndpointState,
        lane: Option<&mut Lane>,
        now: Timestamp,
    ) {
        if let (true, EndpointState::Disabled { why, .. }) = (before.is_active(), after) {
            tracing::warn!(%member, ?why, alert = "endpoint disabled", "a webhook endpoint is disabled until an operator sets it again");
            self.inner.meter.alert("endpoint");
        }
        let alarming = self.inner.settings.webhook.is_alarming(after, now);
        if let Some(lane) = lane
            && lane.alarms(alarming)
        {
            tracing::warn!(%member, alert = "endpoint failing", "a webhook endpoint has taken nothing for a day");
            self.inner.meter.alert("endpoint");
        }
    }

    fn roll(&self) -> u64 {
        let roll = self.inner.dice.roll();
        roll.iter()
            .take(8)
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

/// Why an endpoint is switched off by this write, if it is.
const fn why_off(write: &EndpointStateWrite) -> Option<Disabled> {
    match write.state {
        EndpointState::Disabled { why, .. } => Some(why),
        EndpointState::Active { .. } => None,
    }
}

/// The row after one more try.
const fn retried(row: &OutboxRow, due: Option<Timestamp>) -> OutboxRow {
    OutboxRow {
        due,
        tries: row.tries.saturating_add(1),
        ..*row
    }
}
