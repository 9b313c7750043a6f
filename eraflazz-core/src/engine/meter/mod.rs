//! The meter: one handle for each series that the engine records, taken once when it is built.
//!
//! Handles belong to the recorder that is in force while [`EngineBuilder::build`](super::EngineBuilder::build) runs, so install yours first.
//! Without one each of them is empty, and recording is a branch that is not taken. Durations come from the engine's
//! [`Clock`](crate::ports::Clock); nothing here is ever read back.

mod all;
mod level;
mod record;

use std::sync::Arc;

use arc_swap::ArcSwap;
use metrics::{Counter, Gauge, Histogram};

pub use self::all::ALL;
pub(super) use self::record::Record;

use super::error::SubmitError;
use super::submit::Submitted;
use crate::ids::SupplierId;
use crate::meter::{Metric, Values};
use crate::order::{Aggregate, OrderState};
use crate::text::Slug;
use crate::webhook;

/// Every handle of the engine.
pub(super) struct Meter {
    accepted: Counter,
    refused: Family<Counter>,
    repeated: Counter,
    away: Family<Counter>,
    settled: Family<Counter>,
    settling: Family<Histogram>,
    /// By their places; more come while the engine runs, and none goes.
    suppliers: ArcSwap<Vec<Arc<SupplierMeter>>>,
    units: Family<Counter>,
    commit_time: Histogram,
    alerts: Family<Counter>,
    recounts: Family<Counter>,
    hook_tries: Family<Counter>,
    hook_time: Histogram,
    hooks_parked: Counter,
    hooks_off: Family<Counter>,
    levels: level::Gauges,
}

/// The handles of one supplier.
struct SupplierMeter {
    calls: Family<Histogram>,
    attempts: Family<Counter>,
    answers: Family<Counter>,
    callbacks: Family<Counter>,
    orphans: Family<Counter>,
    prepaid: Gauge,
    exposure: Gauge,
    calls_open: Gauge,
    tripped: Gauge,
}

impl SupplierMeter {
    fn new(slug: &Slug) -> Self {
        let slug = Some(slug);
        Self {
            calls: family(&all::CALL_TIME, slug, histogram),
            attempts: family(&all::ATTEMPTS, slug, counter),
            answers: family(&all::ANSWERS, slug, counter),
            callbacks: family(&all::HEARD, slug, counter),
            orphans: family(&all::ORPHANED, slug, counter),
            prepaid: gauge(&all::PREPAID, labels(slug)),
            exposure: gauge(&all::EXPOSURE, labels(slug)),
            calls_open: gauge(&all::CALLS_OPEN, labels(slug)),
            tripped: gauge(&all::TRIPPED, labels(slug)),
        }
    }
}

/// The handles of one metric, by the word of its last label.
struct Family<T>(Vec<(&'static str, T)>);

impl<T> Family<T> {
    /// The handle for `word`, which is one of the label's.
    fn of(&self, word: &str) -> Option<&T> {
        let found = self.0.iter().find(|(known, _)| *known == word);
        debug_assert!(found.is_some(), "{word} is not a word of this label");
        found.map(|(_, handle)| handle)
    }
}

impl Family<Counter> {
    fn one(&self, word: &str) {
        self.many(word, 1);
    }

    fn many(&self, word: &str, count: usize) {
        if let Some(counter) = self.of(word) {
            counter.increment(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }
}

impl Meter {
    /// Registers every series with the recorder in force, for engines with these suppliers.
    pub(super) fn new<'a>(suppliers: impl Iterator<Item = &'a Slug>) -> Self {
        ALL.iter().for_each(Metric::describe);
        let suppliers = suppliers.map(|slug| Arc::new(SupplierMeter::new(slug)));
        Self {
            accepted: counter(&all::ACCEPTED, Vec::new()),
            refused: family(&all::REFUSED, None, counter),
            repeated: counter(&all::REPEATED, Vec::new()),
            away: family(&all::AWAY, None, counter),
            settled: family(&all::SETTLED, None, counter),
            settling: family(&all::SETTLING, None, histogram),
            suppliers: ArcSwap::from_pointee(suppliers.collect()),
            units: family(&all::UNITS, None, counter),
            commit_time: histogram(&all::COMMIT_TIME, Vec::new()),
            alerts: family(&all::ALERT, None, counter),
            recounts: family(&all::RECOUNT, None, counter),
            hook_tries: family(&all::HOOK_TRIES, None, counter),
            hook_time: histogram(&all::HOOK_TIME, Vec::new()),
            hooks_parked: counter(&all::HOOKS_PARKED, Vec::new()),
            hooks_off: family(&all::HOOKS_OFF, None, counter),
            levels: level::Gauges::new(),
        }
    }

    /// Answers to submits.
    pub(super) fn submitted(&self, answers: &[Result<Submitted, SubmitError>]) {
        for answer in answers {
            match answer {
                Ok(taken) if taken.repeated => self.repeated.increment(1),
                Ok(taken) => match taken.order.state {
                    OrderState::Refused(refusal) => self.refused.one(refusal.word()),
                    OrderState::Held
                    | OrderState::InFlight(_)
                    | OrderState::Succeeded
                    | OrderState::Returned(_)
                    | OrderState::Reversed
                    | OrderState::LateDelivered => self.accepted.increment(1),
                },
                Err(error) => self.away.one(why_away(error)),
            }
        }
    }

    /// A step of an order is committed. `place` says which of the engine's suppliers one of the catalog is.
    pub(super) fn moved(
        &self,
        before: &Aggregate,
        after: &Aggregate,
        place: impl Fn(SupplierId) -> Option<usize>,
    ) {
        let (was, is) = (before.order.state, after.order.state);
        if let Some(outcome) = outcome(is).filter(|_| outcome(was) != outcome(is)) {
            self.settled.one(outcome);
            if was.is_open()
                && let Some(histogram) = self.settling.of(outcome)
            {
                histogram.record(after.order.updated_at.since(after.order.created_at));
            }
        }
        for attempt in &after.attempts {
            let was = before.attempt(attempt.no).map(|was| was.state.word());
            let is = attempt.state.word();
            if was != Some(is)
                && let Some(supplier) = self.supplier(place(attempt.supplier))
            {
                supplier.attempts.one(is);
            }
        }
    }
}

/// What happens at one supplier; `at` is its place among the engine's.
impl Meter {
    /// A call ended, one of [`all::CALLS`].
    pub(super) fn called(&self, at: Option<usize>, call: &'static str, took: std::time::Duration) {
        let supplier = self.supplier(at);
        if let Some(histogram) = supplier.as_ref().and_then(|one| one.calls.of(call)) {
            histogram.record(took);
        }
    }

    /// An answer was judged.
    pub(super) fn judged(&self, at: Option<usize>, class: crate::order::Class) {
        if let Some(supplier) = self.supplier(at) {
            supplier.answers.one(class.word());
        }
    }

    /// A callback came, and this was done with it: one of [`all::CALLBACKS`].
    pub(super) fn heard(&self, at: Option<usize>, taken: &'static str) {
        if let Some(supplier) = self.supplier(at) {
            supplier.callbacks.one(taken);
        }
    }

    /// A callback names no attempt of ours, and this was done with it: one of [`all::ORPHANS`].
    pub(super) fn orphan(&self, at: Option<usize>, what: &'static str) {
        if let Some(supplier) = self.supplier(at) {
            supplier.orphans.one(what);
        }
    }

    fn supplier(&self, at: Option<usize>) -> Option<Arc<SupplierMeter>> {
        self.suppliers.load().get(at?).cloned()
    }

    /// Registers the series of one more supplier with the recorder in force; its place.
    pub(super) fn seat(&self, slug: &Slug) -> usize {
        let new = Arc::new(SupplierMeter::new(slug));
        let before = self.suppliers.rcu(|suppliers| {
            let mut suppliers = Vec::clone(suppliers);
            suppliers.push(Arc::clone(&new));
            suppliers
        });
        before.len()
    }
}

/// What happens beside orders.
impl Meter {
    /// Something a person should read, about one of [`all::ALERTS`].
    pub(super) fn alert(&self, about: &'static str) {
        self.alerts.one(about);
    }

    /// The books were recounted; `found` is one of [`all::RECOUNTS`].
    pub(super) fn recounted(&self, found: &'static str) {
        self.recounts.one(found);
    }

    /// A member was told, or not.
    pub(super) fn told(&self, delivery: &webhook::Delivery) {
        self.hook_tries.one(delivery.answer.outcome.word());
        self.hook_time.record(delivery.took);
    }

    /// So many webhooks were given up.
    pub(super) fn parked(&self, count: u64) {
        self.hooks_parked.increment(count);
    }

    /// An endpoint was switched off.
    pub(super) fn endpoint_off(&self, why: webhook::Disabled) {
        self.hooks_off.one(why.word());
    }
}

/// What became of an order, once something has.
const fn outcome(state: OrderState) -> Option<&'static str> {
    match state {
        OrderState::Held | OrderState::InFlight(_) | OrderState::Refused(_) => None,
        OrderState::Succeeded => Some("delivered"),
        OrderState::Returned(_) => Some("returned"),
        OrderState::LateDelivered => Some("late_delivered"),
        OrderState::Reversed => Some("reversed"),
    }
}

const fn why_away(error: &SubmitError) -> &'static str {
    match error {
        SubmitError::UnknownMember
        | SubmitError::MemberSuspended
        | SubmitError::UnknownProduct
        | SubmitError::Field { .. }
        | SubmitError::RefMismatch
        | SubmitError::Inquiry(_) => "request",
        SubmitError::Overloaded { .. } => "overloaded",
        SubmitError::Stopped(_) | SubmitError::NotReady(_) => "stopped",
        SubmitError::Unavailable(_) => "unavailable",
        SubmitError::Conflict => "contended",
        SubmitError::Quote(_) | SubmitError::Internal(_) => "fault",
    }
}

/// One handle for each word of the metric's last label.
fn family<T>(
    metric: &Metric,
    supplier: Option<&Slug>,
    register: fn(&Metric, Vec<metrics::Label>) -> T,
) -> Family<T> {
    let Some((key, Values::Words(words))) =
        metric.labels.last().map(|label| (label.key, label.values))
    else {
        return Family(Vec::new());
    };
    let one = |word: &&'static str| {
        let mut labels = labels(supplier);
        labels.push(metrics::Label::new(key, *word));
        (*word, register(metric, labels))
    };
    Family(words.iter().map(one).collect())
}

fn labels(supplier: Option<&Slug>) -> Vec<metrics::Label> {
    let key = crate::meter::Label::SUPPLIER.key;
    let label = |slug: &Slug| metrics::Label::new(key, slug.as_str().to_owned());
    supplier.map(label).into_iter().collect()
}

fn counter(metric: &Metric, labels: Vec<metrics::Label>) -> Counter {
    metrics::counter!(metric.name, labels)
}

fn gauge(metric: &Metric, labels: Vec<metrics::Label>) -> Gauge {
    metrics::gauge!(metric.name, labels)
}

fn histogram(metric: &Metric, labels: Vec<metrics::Label>) -> Histogram {
    metrics::histogram!(metric.name, labels)
}
