//! Running: workers, sweep and outcomes, until told to stop.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Engine;
use super::error::RunError;
use super::outcome::Hearing;
use crate::catalog::Snapshot;
use crate::commit::{CaseKind, Changes, Unavailable};
use crate::ids::{InboxId, OrderId};
use crate::order::{Aggregate, Attempt, OrderState};
use crate::ports::{Due, Page};
use crate::text::Slug;

/// How much one sweep brings at most.
pub(super) const SWEEP_MAX: usize = 200;

/// One run of an engine, which has only one at a time. Its end makes room for the next.
pub(super) struct Shift(Engine);

impl Drop for Shift {
    fn drop(&mut self) {
        self.0.inner.ready.send_replace(false);
        self.0.inner.running.store(false, Ordering::Release);
    }
}

impl Engine {
    /// Works orders until `shutdown` is cancelled, then drains: no new attempt starts, every call under way is heard or left to its lease, and the
    /// call returns (INV-30). What is not done stays due in the store and is found by the next run (INV-26), of this engine or another. Dropping the
    /// future ends its workers without a drain, as a crash would.
    ///
    /// First it catches up with what an earlier process left: callbacks that wait are applied before anything is sent (C7), leases that are over end, and whom an order under way waits for is asked; then
    /// [`Engine::is_ready`]. Fails only at that start: if the store cannot be read, if this engine runs already, or if the epoch was lowered.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RunError> {
        let _shift = self.begin_shift(&shutdown)?;
        self.check_epoch().await?;
        self.recover().await?;
        self.is_through();
        let (workers, tasks) = (TaskTracker::new(), TaskTracker::new());
        let (working, hearing) = (shutdown.child_token(), Hearing::default());
        let _ended = working.clone().drop_guard();
        let Hearing {
            all_is_in,
            time_is_up,
        } = hearing.clone();
        let _heard = (all_is_in.drop_guard(), time_is_up.drop_guard());
        tasks.spawn({
            let (engine, hearing) = (self.clone(), hearing.clone());
            async move { engine.hear_until(&hearing).await }
        });
        for _ in 0..self.inner.settings.workers {
            let (engine, working) = (self.clone(), working.clone());
            workers.spawn(async move { engine.work_until(&working).await });
        }
        workers.spawn({
            let (engine, working) = (self.clone(), working.clone());
            async move { engine.sweep_until(&working).await }
        });
        tasks.spawn({
            let (engine, working) = (self.clone(), working.clone());
            async move { engine.watch_balances_until(&working).await }
        });
        tasks.spawn({
            let (engine, working) = (self.clone(), working.clone());
            async move { engine.recount_until(&working).await }
        });
        tasks.spawn({
            let (engine, working) = (self.clone(), working.clone());
            async move { engine.deliver_until(&working).await }
        });
        tasks.spawn({
            let (engine, working) = (self.clone(), working.clone());
            async move { engine.let_orphans_go_until(&working).await }
        });
        if !self.inner.gateways.is_empty() {
            let (engine, working) = (self.clone(), working.clone());
            tasks.spawn(async move { engine.check_payments_until(&working).await });
        }
        if self.inner.gateways.watched().next().is_some() {
            let (engine, working) = (self.clone(), working.clone());
            tasks.spawn(async move { engine.read_feeds_until(&working).await });
        }
        if self.inner.is_shared() {
            let (engine, working) = (self.clone(), working.clone());
            tasks.spawn(async move { engine.stay_current_until(&working).await });
        }
        workers.close();
        tasks.close();
        shutdown.cancelled().await;
        // Only then is it known which calls are under way: what was being committed may have brought one.
        workers.wait().await;
        self.inner.queue.rest().await;
        self.drain(&hearing, &tasks).await;
        Ok(())
    }

    /// Whether the epoch of the settings is the highest of the record, or above it (INV-31). [`Engine::run`] begins with it; whoever does more before that
    /// asks first.
    pub async fn check_epoch(&self) -> Result<(), RunError> {
        let settings = &self.inner.settings;
        let installation = settings.installation;
        let snapshot = self.persist(|| self.inner.catalog.snapshot()).await?;
        for supplier in snapshot.suppliers() {
            let newest = || self.inner.ledger.newest_ref(supplier.id, installation);
            let minted = self
                .persist(newest)
                .await?
                .and_then(|our| our.epoch_at(installation));
            if let Some(minted) = minted.filter(|minted| *minted > settings.epoch) {
                return Err(RunError::EpochLowered {
                    set: settings.epoch.number(),
                    minted: minted.number(),
                });
            }
        }
        Ok(())
    }

    pub(super) fn begin_shift(&self, shutdown: &CancellationToken) -> Result<Shift, RunError> {
        if self.inner.running.swap(true, Ordering::AcqRel) {
            return Err(RunError::AlreadyRunning);
        }
        self.inner.shutdown.store(Arc::new(shutdown.clone()));
        self.inner.gates.store(Arc::new(shutdown.clone()));
        self.inner.calls.reopen();
        Ok(Shift(self.clone()))
    }

    /// Whether the last run was told to stop: no attempt and no status check starts until the next one begins (INV-30).
    pub(super) fn is_stopping(&self) -> bool {
        self.inner.shutdown.load().is_cancelled()
    }

    /// Whether no gateway is asked any more: no deposit begins and none is looked at until the next run or stand-by begins (INV-30).
    pub(super) fn asks_nobody(&self) -> bool {
        self.inner.gates.load().is_cancelled()
    }

    /// Whether a [`run`](Engine::run) works that has caught up with what an earlier one left. Orders are safe to submit before that; they are worked after it.
    pub fn is_ready(&self) -> bool {
        *self.inner.ready.borrow()
    }

    /// Waits until [`Engine::is_ready`]. Cancel-safe.
    pub async fn ready(&self) {
        // The sender lives as long as the engine, so this only ends by being true.
        let _ = self.inner.ready.subscribe().wait_for(|ready| *ready).await;
    }

    /// What must be known and done before the first order is worked: the catalog, what suppliers have of ours, how many orders wait, and the
    /// callbacks that came while nobody applied them.
    async fn recover(&self) -> Result<(), Unavailable> {
        let (snapshot, funds) = self.persist(|| self.look_around()).await?;
        for away in funds.iter().filter(|funds| funds.exposure.is_positive()) {
            if self.inner.board.seat(away.supplier).is_none() {
                let supplier = snapshot.supplier(away.supplier).map(|info| &info.slug);
                tracing::error!(
                    supplier = supplier.map_or("?", Slug::as_str),
                    may_still_cost = %away.exposure,
                    alert = "a supplier with open purchases has no adapter",
                    "nobody asks about them until it is back in the settings"
                );
                self.inner.meter.alert("supplier");
            }
        }
        self.recover_routes(&snapshot).await?;
        if self.inner.is_shared() {
            self.recover_shared_inbox().await?;
        } else {
            self.recover_inbox().await?;
        }
        self.recover_orphans().await?;
        self.recover_under_way().await
    }

    /// Looks at every order under way that is due: first a lease that is over ends (C4 to C6), then whoever may be asked is. An order that is HELD is left to the work, so that nothing
    /// new is bought before. What is answered is heard as always: a supplier that is silent keeps nobody from ordering elsewhere.
    async fn recover_under_way(&self) -> Result<(), Unavailable> {
        for _ in 0..2 {
            let depth = self.persist(|| self.inner.store.depth()).await?;
            if depth.in_flight == 0 {
                return Ok(());
            }
            let open = usize::try_from(depth.held.saturating_add(depth.in_flight));
            let most = open.unwrap_or(usize::MAX).saturating_add(SWEEP_MAX);
            let now = self.inner.clock.now();
            let due = self.persist(|| self.inner.store.due(now, most)).await?;
            let orders = due.into_iter().filter_map(|due| match due {
                Due::Order(id) => Some(id),
                Due::Inbox(_) => None,
            });
            let orders: Vec<OrderId> = orders.collect();
            for some in orders.chunks(SWEEP_MAX) {
                let found = self.persist(|| self.readable(some)).await?;
                let under_way = found
                    .into_iter()
                    .filter(|agg| matches!(agg.order.state, OrderState::InFlight(_)));
                let under_way: Vec<Due> = under_way.map(|agg| Due::Order(agg.order.id)).collect();
                self.work(&under_way).await;
            }
        }
        Ok(())
    }

    /// Closes the routes of open cases above the cap once more: a process may have died between the bill and that (INV-17). An operator who opens one again
    /// closes its case first, or it is closed again here.
    async fn recover_routes(&self, snapshot: &Snapshot) -> Result<(), Unavailable> {
        let mut page = Page::first(Page::MAX);
        loop {
            let cases = self.persist(|| self.inner.ledger.open_cases(&page)).await?;
            let of_bills = cases
                .iter()
                .filter(|case| case.key.kind == CaseKind::OverCap);
            let billed: Vec<OrderId> = of_bills.map(|case| OrderId(case.key.subject.0)).collect();
            if !billed.is_empty() {
                let found = self.persist(|| self.inner.store.orders(&billed)).await?;
                for agg in found.into_iter().flatten() {
                    self.recover_route(&agg, snapshot).await;
                }
            }
            if cases.len() < page.limit {
                return Ok(());
            }
            page.skip += cases.len();
        }
    }

    async fn recover_route(&self, agg: &Aggregate, snapshot: &Snapshot) {
        // A bill that cannot be read is above nothing: it is the delivery's.
        let delivery = agg.order.delivery.as_ref().map(|by| by.attempt);
        let above = |attempt: &&Attempt| attempt.cost() > attempt.cap;
        let billed = agg.attempts.iter().find(above);
        let Some(attempt) = billed.or_else(|| agg.attempt(delivery?)) else {
            return;
        };
        let route = snapshot.mapping(attempt.mapping);
        if let Some(route) = route.filter(|route| route.active) {
            let supplier = self.named(attempt.supplier);
            tracing::error!(
                trace_id = %agg.order.id,
                supplier,
                sku = %route.sku,
                alert = "a route is closed",
                "its case over_cap is open: close the case before the route is opened"
            );
            self.inner.meter.alert("order");
            self.switch_route_off(attempt.mapping).await;
        }
    }

    /// Applies what waits in the inbox. A process that died over a callback left no count of it, so each one found counts a try (INV-28): those that were never
    /// tried all at once; any other by itself just before it is applied, so that none is set aside because of a death over another one.
    async fn recover_inbox(&self) -> Result<(), Unavailable> {
        let mut seen = BTreeSet::new();
        loop {
            let due = self
                .persist(|| self.inner.store.due(self.inner.clock.now(), SWEEP_MAX))
                .await?;
            let found = due.into_iter().filter_map(|due| match due {
                Due::Inbox(id) => seen.insert(id).then_some(id),
                Due::Order(_) => None,
            });
            let found: Vec<InboxId> = found.collect();
            if found.is_empty() {
                return Ok(());
            }
            let (mut new, mut suspects) = (Vec::new(), BTreeSet::new());
            for id in &found {
                // A start does not fail because one of so many reads did: what is not known to be a suspect is none.
                match self.inner.store.inbox(*id).await {
                    Ok(Some(row)) if row.tries > 0 => drop(suspects.insert(*id)),
                    Ok(None) => {}
                    Ok(Some(_)) | Err(_) => new.push(*id),
                }
            }
            self.count_tries(new).await?;
            for id in found {
                if suspects.contains(&id) {
                    self.count_tries(vec![id]).await?;
                }
                self.apply_callback(id).await;
            }
        }
    }

    async fn count_tries(&self, of: Vec<InboxId>) -> Result<(), Unavailable> {
        if of.is_empty() {
            return Ok(());
        }
        let mut unit = Changes::at(self.inner.clock.now());
        unit.inbox_tries = of;
        self.inner.store.commit(vec![unit]).await?;
        Ok(())
    }

    async fn work_until(&self, shutdown: &CancellationToken) {
        loop {
            let items = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                items = self.inner.queue.take(self.inner.settings.batch) => items,
            };
            self.work(&items).await;
            self.inner.queue.ack(&items).await;
        }
    }

    /// The same sweep at start-up, after a crash and after a lost bell (D5).
    async fn sweep_until(&self, shutdown: &CancellationToken) {
        let mut last = Vec::new();
        while !shutdown.is_cancelled() {
            let swept = self.sweep().await;
            let moved = swept != last;
            last = swept;
            if last.len() == SWEEP_MAX && moved {
                tokio::task::yield_now().await;
                continue;
            }
            // Between two sweeps it is counted by the commits of this process; others may have taken on what it accepted.
            if let Ok(depth) = self.inner.store.depth().await {
                self.inner.board.set_held(depth.held);
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.inner.clock.sleep(self.inner.settings.sweep_interval) => {}
            }
        }
    }

    /// Works what is due in the store, whether or not a bell rang for it. Gives what was due.
    pub(super) async fn sweep(&self) -> Vec<Due> {
        let (store, now) = (&self.inner.store, self.inner.clock.now());
        let due = if self.inner.is_shared() {
            store.take_due(now, SWEEP_MAX).await
        } else {
            store.due(now, SWEEP_MAX).await
        };
        match due {
            Ok(items) => {
                self.work(&items).await;
                items
            }
            Err(error) => {
                self.warn_seldom("the store could not be swept", &error);
                Vec::new()
            }
        }
    }

    /// What is under way is heard, as long as `drain_timeout` allows. What could not be committed by then is left as its intent is: it is asked
    /// about when its lease is over.
    async fn drain(&self, hearing: &Hearing, tasks: &TaskTracker) {
        self.inner.calls.close();
        let end = self
            .inner
            .clock
            .now()
            .plus(self.inner.settings.drain_timeout);
        let left = || end.since(self.inner.clock.now());
        tokio::select! {
            biased;
            () = self.inner.calls.wait() => {}
            () = self.inner.clock.sleep(left()) => {
                tracing::warn!("calls are still under way after the drain timeout; their leases will end them");
            }
        }
        hearing.all_is_in.cancel();
        tokio::select! {
            biased;
            () = tasks.wait() => return,
            () = self.inner.clock.sleep(left()) => {}
        }
        hearing.time_is_up.cancel();
        tasks.wait().await;
    }
}
