//! Suppliers' balances: read on a schedule, forecast from the books between reads, told of before they are used up (E-13).

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::read_call::NoAnswer;
use crate::ids::SupplierId;
use crate::money::Money;
use crate::ports::Supplier;

/// How often a supplier is asked that is tripped or runs low (D40).
const MEND_EVERY: Duration = Duration::from_mins(1);

impl Engine {
    /// Reads the balances that are due, and tells of those that run low. A tripped supplier is asked every minute: an answer above zero closes the trip
    /// (D40). So is one that runs low, until what was paid in is there.
    pub(super) async fn watch_balances_until(&self, shutdown: &CancellationToken) {
        let every = self.inner.settings.balance_every;
        let tick = every.map_or(MEND_EVERY, |every| every.min(MEND_EVERY));
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.inner.clock.sleep(tick) => {}
            }
            let mut reads = JoinSet::new();
            for supplier in self.inner.board.to_read(every, self.inner.clock.now()) {
                let engine = self.clone();
                reads.spawn(async move { engine.check_balance(supplier).await });
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = async { while reads.join_next().await.is_some() {} } => {}
            }
            self.tell_low();
        }
    }

    fn tell_low(&self) {
        for (supplier, left) in self.inner.board.run_low(self.inner.clock.now()) {
            tracing::error!(
                supplier = self.named(supplier),
                %left,
                alert = "a supplier's deposit runs low",
                "what is left there once everything under way is billed is below its alert_below"
            );
            self.inner.meter.alert("supplier");
        }
    }

    /// Asks a supplier what is left of our deposit; a successful read above zero closes its account trip. Until the next one, what is bought there is counted
    /// off from it. `None` if it could not be read.
    pub async fn check_balance(&self, supplier: SupplierId) -> Option<Money> {
        let began = self.inner.clock.now();
        let spent_before = self.inner.board.begin_read(supplier, began);
        let read = |adapter: Arc<dyn Supplier>| async move { adapter.balance().await };
        let answer = self.read_call(supplier, "balance", read).await?;
        let now = self.inner.clock.now();
        match answer {
            Ok(Ok(left)) => {
                self.inner
                    .board
                    .balance_read(supplier, left, spent_before, now);
                Some(left)
            }
            Ok(Err(error)) => {
                tracing::warn!(supplier = self.named(supplier), %error, "a supplier's balance could not be read");
                None
            }
            Err(NoAnswer) => None,
        }
    }
}
