//! Pace: where all processes count their calls to a supplier together, none leaves before it was counted, and while nobody can count each process keeps to its share.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::Engine;
use super::board::Shared;
use crate::ids::SupplierId;
use crate::limit::Taken;
use crate::time::Timestamp;

/// How long it may take to say whether a call may be made.
const ANSWER: Duration = Duration::from_secs(1);

/// Who is told to wait for less than this waits so long.
const LEAST: Duration = Duration::from_millis(1);

impl Engine {
    /// Waits until a call to the supplier may be made by the pace that all processes share; gives when it may, which is at once where they share none. `None` if that
    /// is not before half of its lease has passed (INV-27), or the engine is told to stop before (INV-30).
    pub(super) async fn keep_pace(
        &self,
        supplier: SupplierId,
        began: Timestamp,
        lease_until: Timestamp,
        lease: Duration,
    ) -> Option<Timestamp> {
        let board = &self.inner.board;
        let Some(shared) = board.shared(supplier) else {
            return Some(began);
        };
        let stopping = self.inner.shutdown.load_full();
        let left = |now| lease_until.since(now).saturating_sub(lease / 2);
        board.waits(supplier);
        let may_go = tokio::select! {
            biased;
            () = stopping.cancelled() => false,
            may_go = self.wait_for_turn(supplier, &shared, left) => may_go,
        };
        board.waits_no_more(supplier);
        self.call_up_next(supplier, stopping);
        may_go.then(|| self.inner.clock.now().max(began))
    }

    /// Calls whoever is next in line as soon as there is a slot: nobody had one while this call waited, and the sweep comes once a second. The bell may take
    /// its time meanwhile; the call may not.
    fn call_up_next(&self, supplier: SupplierId, stopping: Arc<CancellationToken>) {
        let engine = self.clone();
        let next = async move {
            let (board, clock) = (&engine.inner.board, &engine.inner.clock);
            let now = clock.now();
            if let Some(slot) = board.slot_at(supplier, now) {
                tokio::select! {
                    biased;
                    () = stopping.cancelled() => return,
                    () = clock.sleep(slot.since(now)) => {}
                }
            }
            engine.call_up().await;
        };
        self.inner.calls.spawn_on(next, &self.inner.io);
    }

    /// Whether the turn came while there was time `left`.
    async fn wait_for_turn(
        &self,
        supplier: SupplierId,
        shared: &Shared,
        left: impl Fn(Timestamp) -> Duration + Send,
    ) -> bool {
        let (board, clock) = (&self.inner.board, &self.inner.clock);
        loop {
            let now = clock.now();
            let taken = if board.rests(supplier, now) {
                None
            } else {
                self.ask_pace(shared, left(now).min(ANSWER)).await
            };
            let now = clock.now();
            let wait = match taken {
                Some(Taken::Allowed) => {
                    board.counted(supplier, Some(now));
                    return true;
                }
                Some(Taken::Wait(wait)) => {
                    board.counted(supplier, None);
                    wait.min(shared.gap)
                }
                None => match board.goes_alone(supplier, shared, now) {
                    Ok(()) => return true,
                    Err(wait) => wait,
                },
            };
            let wait = wait.max(LEAST);
            if wait >= left(now) {
                return false;
            }
            clock.sleep(wait).await;
        }
    }

    /// What it says, if it says something in time. It is code of somebody else's: it may panic.
    async fn ask_pace(&self, shared: &Shared, patience: Duration) -> Option<Taken> {
        let (pace, name, gap) = (shared.pace.clone(), shared.name.clone(), shared.gap);
        let asked = tokio::spawn(async move { pace.take(&name, gap).await });
        tokio::select! {
            biased;
            taken = AbortOnDropHandle::new(asked) => taken.ok().flatten(),
            () = self.inner.clock.sleep(patience) => None,
        }
    }
}
