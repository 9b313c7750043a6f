//! Beside other processes over one store: what they commit is looked for, because nobody tells.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Engine;
use super::error::RunError;
use super::run::SWEEP_MAX;
use crate::catalog::Snapshot;
use crate::commit::Unavailable;
use crate::ports::{Due, SupplierFunds};

/// How often suppliers' funds are read anew. Until then the forecast of one process misses what the others commit: it stops routing to an empty supplier by so much
/// too late (E-13), and moves no money.
const FUNDS_EVERY: Duration = Duration::from_secs(3);

impl Engine {
    /// For a process that takes orders and leaves them to others: accepts, answers, takes callbacks and asks gateways about deposits that its callers speak of, and works nothing. It catches up with what there is, then
    /// [`Engine::is_ready`]; it stays so, looking again and again for what the others commit and recounting the books, until `shutdown` is cancelled. Fails only at its start, as
    /// [`Engine::run`] does, and like it has an engine for itself.
    pub async fn stand_by_until(self, shutdown: CancellationToken) -> Result<(), RunError> {
        let _shift = self.begin_shift(&shutdown)?;
        self.stand_by().await?;
        // Orders are others' to work. A deposit is asked for and looked at by whoever was spoken to: its member waits for what to pay with.
        self.inner.gates.store(Arc::new(shutdown.clone()));
        self.hand_on_inbox().await?;
        self.is_through();
        let tasks = TaskTracker::new();
        let ended = shutdown.child_token();
        let _ended = ended.clone().drop_guard();
        tasks.spawn({
            let (engine, ended) = (self.clone(), ended.clone());
            async move { engine.recount_until(&ended).await }
        });
        tasks.spawn({
            let (engine, ended) = (self.clone(), ended.clone());
            async move { engine.count_held_until(&ended).await }
        });
        tasks.spawn({
            let (engine, ended) = (self.clone(), ended.clone());
            async move { engine.stay_current_until(&ended).await }
        });
        tasks.close();
        tasks.wait().await;
        Ok(())
    }

    /// Takes no order yet, for this reason: [`SubmitError::NotReady`](super::SubmitError::NotReady), until the next [`Engine::run`] or [`Engine::stand_by_until`] is ready. For a host that serves reads while
    /// what a start has to look at is looked at (money-safety section 7). Reads, callbacks and what people rule go on.
    pub fn hold_orders(&self, why: &'static str) {
        self.inner.board.withhold(Some(why));
    }

    /// Why no order is taken, for good or until this engine is ready; `None` if they are, as far as that goes. Words of ours, without anything of anybody's.
    pub fn takes_no_orders(&self) -> Option<&'static str> {
        let board = &self.inner.board;
        board.stopped().or_else(|| board.withheld())
    }

    /// A run or a stand-by has done what comes before the first order.
    pub(super) fn is_through(&self) {
        self.inner.board.withhold(None);
        self.inner.ready.send_replace(true);
    }

    /// Rings for the callbacks that wait, so that whoever works applies them before what is accepted from now on: here nobody does (C7).
    async fn hand_on_inbox(&self) -> Result<(), Unavailable> {
        let due = self
            .inner
            .store
            .due(self.inner.clock.now(), SWEEP_MAX)
            .await?;
        let is_callback = |due: &Due| matches!(due, Due::Inbox(_));
        let callbacks: Vec<Due> = due.into_iter().filter(is_callback).collect();
        if !callbacks.is_empty() {
            self.inner.queue.push(&callbacks).await;
        }
        Ok(())
    }

    /// Takes no more orders, for this reason, as long as the process lives. Reads, callbacks and what people rule go on.
    pub fn refuse_orders(&self, why: &'static str) {
        self.inner.board.stop(why);
    }

    /// What decisions need to know of the world: the catalog, what suppliers have of ours, and how many orders wait.
    pub(super) async fn look_around(
        &self,
    ) -> Result<(Arc<Snapshot>, Vec<SupplierFunds>), Unavailable> {
        let snapshot = self.inner.catalog.snapshot().await?;
        self.inner.board.refresh(&snapshot);
        let funds = self.inner.store.supplier_funds().await?;
        self.inner.board.load_funds(&funds);
        let today = self.inner.clock.now().business_day();
        let used = self.inner.store.quotas_used(today).await?;
        self.inner.board.load_quotas(today, &used);
        let depth = self.inner.store.depth().await?;
        self.inner.board.set_held(depth.held);
        Ok((snapshot, funds))
    }

    /// Reads again and again what others may have changed.
    pub(super) async fn stay_current_until(&self, shutdown: &CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.inner.clock.sleep(FUNDS_EVERY) => {}
            }
            if let Err(error) = self.look_around().await {
                self.warn_seldom("what other processes did could not be read", &error);
            }
            self.recount_waiting().await;
        }
    }

    /// Others take on what this process accepts: only the store knows how much still waits (D18).
    async fn count_held_until(&self, shutdown: &CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.inner.clock.sleep(self.inner.settings.sweep_interval) => {}
            }
            if let Ok(depth) = self.inner.store.depth().await {
                self.inner.board.set_held(depth.held);
            }
        }
    }

    /// Applies what waits in the inbox and is nobody's just now, before anything is sent (C7). Taking a callback counts its tries: a start of this process says nothing about
    /// those that others have in hand. What comes while the last of them are applied is every day's work: where callbacks never cease, a start ends all the same.
    pub(super) async fn recover_shared_inbox(&self) -> Result<(), Unavailable> {
        loop {
            let now = self.inner.clock.now();
            let taken = self.inner.store.take_due(now, SWEEP_MAX).await?;
            let is_callback = |due: &Due| matches!(due, Due::Inbox(_));
            let (callbacks, orders): (Vec<Due>, Vec<Due>) =
                taken.into_iter().partition(is_callback);
            self.inner.queue.push(&orders).await;
            self.work(&callbacks).await;
            if callbacks.len() < SWEEP_MAX {
                return Ok(());
            }
        }
    }
}
