//! Calling a supplier: after the intent is committed, on the supplier's own line, bounded in time and size, whatever the adapter does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::Engine;
use super::outcome::Outcome;
use crate::ids::{AttemptNo, SupplierId};
use crate::order::{Aggregate, Call, Channel};
use crate::ports::Supplier;
use crate::supplier::{AttemptView, Exchange, Profile, Purchase, Reason};
use crate::time::Timestamp;

/// The most of an answer that is kept, and so believed. Adapters stop reading there themselves.
const RAW_MAX: usize = 256 * 1024;
/// The most that one piece of evidence may say.
pub(super) const SIGHTINGS_MAX: usize = 1_000;

/// How long after a call should have ended by itself it is given up.
const GRACE: Duration = Duration::from_secs(5);

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
        let task = Box::pin(async move {
            let made = Made {
                engine: engine.clone(),
                adapter,
                agg: Arc::clone(&agg),
                no,
                call,
                supplier,
                began,
                lease_until,
            };
            let exchange = bounded(made).await;
            engine.inner.board.call_ended(supplier);
            engine.inner.outcomes.put(Outcome {
                agg,
                no,
                channel,
                exchange,
            });
            engine.call_up().await;
        });
        self.inner
            .calls
            .spawn_on(task.instrument(span), &self.inner.io);
    }

    /// Where the adapter of this supplier runs.
    pub(super) fn line(&self, supplier: SupplierId) -> Handle {
        let seat = self.inner.board.seat(supplier);
        seat.map_or_else(|| self.inner.io.clone(), |seat| seat.lines.calls.clone())
    }

    /// The supplier's name, for logs.
    pub(super) fn named(&self, supplier: SupplierId) -> String {
        let seat = self.inner.board.seat(supplier);
        seat.map_or_else(|| "-".to_owned(), |seat| seat.name.to_string())
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
fn is_fresh(now: Timestamp, lease_until: Timestamp, lease: Duration) -> bool {
    lease_until.since(now) > lease / 2
}

/// When a call that is still out is given up: later than its own timeout, and no later than half its lease (INV-27).
pub(super) fn patience(profile: &Profile) -> Duration {
    profile.timeout.saturating_add(GRACE)
}

/// A call to be made.
struct Made {
    engine: Engine,
    adapter: Arc<dyn Supplier>,
    agg: Arc<Aggregate>,
    no: AttemptNo,
    call: Call,
    supplier: SupplierId,
    began: Timestamp,
    lease_until: Timestamp,
}

/// The call, bounded in time and size and safe against a panic of the adapter and against one that blocks its thread: each ends as UNKNOWN
/// (D12). A call that had not even begun when it was given up, because those before it block the line, wrote nothing.
async fn bounded(made: Made) -> Exchange {
    let (engine, supplier, call) = (made.engine.clone(), made.supplier, made.call);
    let limit = patience(made.adapter.profile());
    let lease = made.adapter.profile().lease();
    let Some(began) = engine
        .keep_pace(supplier, made.began, made.lease_until, lease)
        .await
    else {
        // Its turn did not come in time, or a stop came first: no byte leaves, and the supplier has no part in it.
        return Exchange::not_sent(Reason::Withheld);
    };
    let made = Made { began, ..made };
    let begun = Arc::new(AtomicBool::new(false));
    let since = engine.inner.clock.now();
    let work = made.begin(Arc::clone(&begun)).in_current_span();
    let mut working = AbortOnDropHandle::new(engine.line(supplier).spawn(work));
    let (exchange, was_called) = tokio::select! {
        biased;
        done = &mut working => {
            let exchange = done.unwrap_or_else(|_| {
                engine.tell_of_adapter("an adapter panicked");
                Exchange::unclear(Bytes::new(), Reason::Unreadable)
            });
            (exchange, begun.load(Ordering::Acquire))
        }
        () = engine.inner.clock.sleep(limit) => {
            engine.tell_of_adapter("an adapter did not come back in its time");
            if begun.swap(true, Ordering::AcqRel) {
                (Exchange::unclear(Bytes::new(), Reason::Timeout), true)
            } else {
                (Exchange::not_sent(Reason::Timeout), false)
            }
        }
    };
    if was_called {
        engine.time(supplier, call, since, &exchange);
    }
    engine.within_bounds(exchange)
}

impl Made {
    /// The last look before the first byte, and the call; `begun` is set in between, once, by whoever comes first: this, or who gave it up.
    async fn begin(self, begun: Arc<AtomicBool>) -> Exchange {
        let Self {
            engine,
            adapter,
            agg,
            no,
            call,
            began,
            lease_until,
            ..
        } = self;
        let lease = adapter.profile().lease();
        if engine.is_stopping() || !is_fresh(began, lease_until, lease) {
            // The stop came while the intent was committed (INV-30), or that took half its lease (INV-27): no byte leaves, which is what is heard, and
            // the supplier has no part in it.
            return Exchange::not_sent(Reason::Withheld);
        }
        let now = engine.inner.clock.now().max(began);
        if !is_fresh(now, lease_until, lease) || begun.swap(true, Ordering::AcqRel) {
            // The supplier's own line kept it until half the lease was gone.
            return Exchange::not_sent(Reason::Timeout);
        }
        make(&*adapter, &agg, no, call, now).await
    }
}

impl Engine {
    /// Tells whoever watches what a call took.
    fn time(&self, supplier: SupplierId, call: Call, since: Timestamp, exchange: &Exchange) {
        let took = self.inner.clock.now().since(since);
        let place = self.inner.board.place(supplier);
        self.inner.meter.called(place, word(call), took);
        tracing::debug!(
            took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            written = ?exchange.written,
            claim = ?exchange.sightings.first().map(|first| first.claim),
            "supplier called"
        );
    }

    /// An answer of another size than any answer has is not believed: its beginning is kept, and it proves nothing.
    fn within_bounds(&self, exchange: Exchange) -> Exchange {
        let Exchange { raw, sightings, .. } = &exchange;
        if raw.len() <= RAW_MAX && sightings.len() <= SIGHTINGS_MAX {
            return exchange;
        }
        self.tell_of_adapter("an adapter brought more than an answer can hold");
        // A copy: a slice would keep all of it in memory.
        let beginning = Bytes::copy_from_slice(&raw[..raw.len().min(RAW_MAX)]);
        Exchange::unclear(beginning, Reason::Unreadable)
    }

    /// Something that only a person mends: what an adapter must never do.
    pub(super) fn tell_of_adapter(&self, what: &'static str) {
        tracing::error!(what, alert = "an adapter misbehaves", "alert");
        self.inner.meter.alert("adapter");
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
                kind: attempt.kind,
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
                kind: attempt.kind,
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
