//! Recounting the books while orders go on, and what follows from a difference (D29, INV-3).

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::commit::Unavailable;
use crate::ids::SubjectId;
use crate::ledger::{Difference, Recount};

/// How often the books are recounted (D29).
const EVERY: Duration = Duration::from_mins(10);

/// Transfers that are read at once.
const PAGE: usize = 10_000;

impl Engine {
    /// Adds up every transfer from the first one and compares with the balances that the store keeps: everything that differs, nothing if the books
    /// close. Only reads; orders go on meanwhile. [`Engine::run`] does the same every 10 minutes, and acts on what it finds.
    pub async fn recount(&self) -> Result<Vec<Difference>, Unavailable> {
        self.recount_on(&mut Recount::default()).await
    }

    /// Goes on from what `recount` has added up already.
    async fn recount_on(&self, recount: &mut Recount) -> Result<Vec<Difference>, Unavailable> {
        let ledger = &self.inner.ledger;
        loop {
            if let Some(kept) = ledger.trial_balance(recount.rows(), PAGE).await? {
                recount.add(&kept.rows);
                return Ok(recount.differences(&kept));
            }
            recount.add(&ledger.transfers(recount.rows(), PAGE).await?);
            tokio::task::yield_now().await;
        }
    }

    /// Recounts at once and then every 10 minutes: a wallet that differs is frozen and becomes a case; an account of the house that differs stops
    /// the acceptance of new orders until a person has looked and started the engine again.
    pub(super) async fn recount_until(&self, shutdown: &CancellationToken) {
        let mut recount = Recount::default();
        while !shutdown.is_cancelled() {
            match self.recount_on(&mut recount).await {
                Ok(differences) => {
                    let closed = differences.is_empty();
                    let found = if closed { "closed" } else { "open" };
                    self.inner.meter.recounted(found);
                    for difference in differences {
                        self.act_on(&difference).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the books could not be recounted");
                    self.inner.meter.recounted("unread");
                }
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.inner.clock.sleep(EVERY) => {}
            }
        }
    }

    async fn act_on(&self, difference: &Difference) {
        tracing::error!(%difference, alert = "the books do not close", "recounted");
        self.inner.meter.alert("books");
        match difference.member() {
            Some(member) => {
                let invariant = "INV-3: a wallet is not the sum of its transfers";
                self.stop_wallet(member, SubjectId(member.0), invariant)
                    .await;
            }
            None => self
                .inner
                .board
                .stop("the books do not close: a house account is not the sum of its transfers"),
        }
    }
}
