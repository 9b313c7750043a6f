//! Levels: how much waits, and how much money there is, read when somebody looks.

use metrics::Gauge;

use super::{Family, all, family, gauge};
use crate::commit::Unavailable;
use crate::engine::Engine;
use crate::engine::board::Funds;
use crate::ledger::Wallet;
use crate::money::Money;
use crate::ports::Page;

/// What is due is counted so far.
const DUE_MAX: usize = 1_000;

pub(super) struct Gauges {
    store_available: Gauge,
    held: Gauge,
    in_flight: Gauge,
    due: Gauge,
    bell: Gauge,
    cases: Gauge,
    wallets: Family<Gauge>,
    accepting: Gauge,
    hooks_waiting: Gauge,
    hooks_parked: Gauge,
}

impl Gauges {
    pub(super) fn new() -> Self {
        let plain = |metric| gauge(metric, Vec::new());
        Self {
            store_available: plain(&all::STORE_ANSWERS),
            held: plain(&all::HELD),
            in_flight: plain(&all::IN_FLIGHT),
            due: plain(&all::DUE),
            bell: plain(&all::BELL),
            cases: plain(&all::CASES),
            wallets: family(&all::WALLETS, None, gauge),
            accepting: plain(&all::ACCEPTING),
            hooks_waiting: plain(&all::HOOKS_WAITING),
            hooks_parked: plain(&all::HOOKS_LEFT),
        }
    }
}

impl Engine {
    /// Reads how much waits and how much money there is, and sets the gauges: call it when a page of metrics is asked for, or on a timer. It reads
    /// every wallet, so a few times a minute is often enough. If the store does not answer or writes nothing any more, the gauge
    /// `eraflazz_store_available` says so; if it does not answer, that is the error, and the others stay as they were. Changes nothing else, and nothing rests on it.
    pub async fn measure(&self) -> Result<(), Unavailable> {
        let gauges = &self.inner.meter.levels;
        let accepting = self.inner.board.stopped().is_none();
        gauges.accepting.set(flag(accepting));
        for (at, funds) in self.inner.board.funds() {
            let Some(supplier) = self.inner.meter.supplier(Some(at)) else {
                continue;
            };
            let Funds {
                prepaid,
                exposure,
                in_flight,
                tripped,
            } = funds;
            supplier.prepaid.set(eyes_only(prepaid));
            supplier.exposure.set(eyes_only(exposure));
            supplier.calls_open.set(in_flight);
            supplier.tripped.set(flag(tripped));
        }
        let measured = self.measure_store().await;
        let is_available = measured.is_ok() && self.takes_writes().await.is_ok();
        gauges.store_available.set(flag(is_available));
        measured
    }

    async fn measure_store(&self) -> Result<(), Unavailable> {
        let (inner, gauges) = (&self.inner, &self.inner.meter.levels);
        let depth = inner.store.depth().await?;
        let due = inner.store.due(inner.clock.now(), DUE_MAX).await?;
        let outbox = inner.outbox.outbox_depth(None).await?;
        let cases = inner.ledger.open_cases(&Page::first(Page::MAX)).await?;
        let wallets = inner.ledger.wallets().await?;
        gauges.held.set(count(depth.held));
        gauges.in_flight.set(count(depth.in_flight));
        gauges.due.set(count(due.len()));
        gauges.bell.set(count(inner.queue.depth().await));
        gauges.cases.set(count(cases.len()));
        gauges.hooks_waiting.set(count(outbox.waiting));
        gauges.hooks_parked.set(count(outbox.parked));
        let part = |word, amount: fn(&Wallet) -> Money| {
            let sum = wallets
                .iter()
                .map(amount)
                .try_fold(Money::ZERO, Money::checked_add);
            if let (Some(gauge), Some(sum)) = (gauges.wallets.of(word), sum) {
                gauge.set(eyes_only(sum));
            }
        };
        part("available", |wallet| wallet.available);
        part("held", |wallet| wallet.held);
        part("receivable", |wallet| wallet.receivable);
        Ok(())
    }
}

/// A number of things; so many as fit.
fn count(things: impl TryInto<u32>) -> u32 {
    things.try_into().unwrap_or(u32::MAX)
}

fn flag(yes: bool) -> u32 {
    u32::from(yes)
}

/// An amount as a scraper takes it, which knows no other numbers. For people's eyes: it goes out and never comes back (D9).
#[expect(
    clippy::cast_precision_loss,
    reason = "shown, never counted with; exact below 90 trillion rupiah"
)]
fn eyes_only(amount: Money) -> f64 {
    amount.hundredths() as f64 / 100.0
}
