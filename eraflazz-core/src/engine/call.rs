//! Calling a supplier: after the intent is committed, on the supplier runtime, bounded in time, whatever the adapter does.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tracing::Instrument as _;

use super::Engine;
use super::outcome::Outcome;
use crate::ids::{AttemptNo, SupplierId};
use crate::order::{Aggregate, Call, Channel};
use crate::ports::{Clock, Supplier};
use crate::supplier::{AttemptView, Exchange, Purchase, Reason};
use crate::text::Slug;
use crate::time::Timestamp;

impl Engine {
    /// Starts the call that the committed write of `agg` allows. Its outcome comes to the desk; if it never does, the lease ends it.
    pub(super) fn start_call(&self, agg: Arc<Aggregate>, call: Call) {
        let (Call::Send(no) | Call::Ask(no)) = call;
        let Some(attempt) = agg.attempt(no) else {
            return;
        };
        let (supplier, lease_until) = (attempt.supplier, attempt.lease_until);
        let Some(adapter) = self.inner.board.adapter(supplier) else {
            return;
        };
        let engine = self.clone();
        let began = self.inner.clock.now();
        let channel = match call {
            Call::Send(_) => Channel::Reply {
                send: attempt.sends,
            },
            Call::Ask(_) => Channel::Status { began },
        };
        // At the level of errors, so that it is there whatever is told: what the adapter says has the order's trace id from here.
        let span = tracing::error_span!(
            parent: None,
            "supplier_call",
            trace_id = %agg.order.id,
            supplier = self.named(supplier),
            attempt = no.0,
            call = word(call),
        );
        let task = async move {
            let exchange = if engine.is_stopping() {
                // The stop came while the intent was committed (INV-30): no byte leaves, and that is what is heard.
                Exchange::not_sent(Reason::Other)
            } else if is_fresh(began, lease_until, &*adapter, &*engine.inner.clock) {
                engine.timed(&adapter, &agg, no, call, supplier).await
            } else {
                // Half the lease is gone before the first byte (INV-27): it is not written any more.
                Exchange::not_sent(Reason::Timeout)
            };
            engine.inner.board.call_ended(supplier);
            engine.inner.outcomes.put(Outcome {
                agg,
                no,
                channel,
                exchange,
            });
            engine.call_up().await;
        };
        self.inner
            .calls
            .spawn_on(task.instrument(span), &self.inner.io);
    }

    /// The call, with what it took told to whoever watches.
    async fn timed(
        &self,
        adapter: &Arc<dyn Supplier>,
        agg: &Aggregate,
        no: AttemptNo,
        call: Call,
        supplier: SupplierId,
    ) -> Exchange {
        let began = self.inner.clock.now();
        let exchange = bounded(self, adapter, agg, no, call).await;
        let took = self.inner.clock.now().since(began);
        let place = self.inner.board.place(supplier);
        self.inner.meter.called(place, word(call), took);
        tracing::debug!(
            took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            written = ?exchange.written,
            claim = ?exchange.sightings.first().map(|first| first.claim),
            "supplier called"
        );
        exchange
    }

    /// The supplier's name, for logs.
    pub(super) fn named(&self, supplier: SupplierId) -> &str {
        self.inner.board.name(supplier).map_or("-", Slug::as_str)
    }
}

/// What kind of call it is, for people.
const fn word(call: Call) -> &'static str {
    match call {
        Call::Send(_) => "send",
        Call::Ask(_) => "ask",
    }
}

/// Less than half the lease has passed (INV-27).
fn is_fresh(
    began: Timestamp,
    lease_until: Timestamp,
    adapter: &dyn Supplier,
    clock: &dyn Clock,
) -> bool {
    let left = lease_until.since(clock.now().max(began));
    left > adapter.profile().lease() / 2
}

/// The call, bounded in time and safe against a panic of the adapter: either ends as UNKNOWN (D12).
async fn bounded(
    engine: &Engine,
    adapter: &Arc<dyn Supplier>,
    agg: &Aggregate,
    no: AttemptNo,
    call: Call,
) -> Exchange {
    let limit = adapter
        .profile()
        .timeout
        .saturating_add(Duration::from_secs(5));
    let now = engine.inner.clock.now();
    let mut work = Box::pin(make(&**adapter, agg, no, call, now));
    let guarded = poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        polled.unwrap_or_else(|_| Poll::Ready(Exchange::unclear(Bytes::new(), Reason::Unreadable)))
    });
    tokio::select! {
        biased;
        exchange = guarded => exchange,
        () = engine.inner.clock.sleep(limit) => Exchange::unclear(Bytes::new(), Reason::Timeout),
    }
}

async fn make(
    adapter: &dyn Supplier,
    agg: &Aggregate,
    no: AttemptNo,
    call: Call,
    now: Timestamp,
) -> Exchange {
    let Some(attempt) = agg.attempt(no) else {
        return Exchange::not_sent(Reason::Other);
    };
    let age = attempt.age(now);
    match call {
        Call::Send(_) => {
            let age = if attempt.sends == 1 {
                Duration::ZERO
            } else {
                age
            };
            let purchase = Purchase {
                supplier_ref: attempt.supplier_ref,
                sku: attempt.sku.clone(),
                target: attempt.target.clone(),
                cap: attempt.cap,
                send: attempt.sends,
                age,
            };
            adapter.send(&purchase).await
        }
        Call::Ask(_) => {
            let view = AttemptView {
                supplier_ref: attempt.supplier_ref,
                their_ref: attempt.their_ref.clone(),
                sku: attempt.sku.clone(),
                target: attempt.target.clone(),
                sends: attempt.sends,
                age,
            };
            adapter.ask(&view).await
        }
    }
}
