//! Every metric of the engine.

use crate::meter::{Label, Metric, Unit};
use crate::order::{AttemptState, Class, Refusal};
use crate::webhook;

/// What becomes of an order that was taken.
pub(super) const OUTCOMES: &[&str] = &["delivered", "returned", "late_delivered", "reversed"];
/// How an order ends the first time.
pub(super) const FIRST_OUTCOMES: &[&str] = &["delivered", "returned"];
/// Why an order was neither taken nor kept.
pub(super) const TURNED_AWAY: &[&str] = &[
    "request",
    "overloaded",
    "stopped",
    "unavailable",
    "contended",
    "fault",
];
/// Calls to suppliers.
pub(super) const CALLS: &[&str] = &["send", "ask", "balance", "price_list", "inquire", "ticket"];
/// What came of a callback.
pub(super) const CALLBACKS: &[&str] = &["stored", "empty", "unauthenticated", "failed", "refused"];
/// What became of a callback that names no attempt of ours.
pub(super) const ORPHANS: &[&str] = &["kept", "let_go"];
/// What became of a unit that was to be committed.
pub(super) const VERDICTS: &[&str] = &["done", "refused", "unavailable"];
/// What an alert is about.
pub(super) const ALERTS: &[&str] = &[
    "order", "callback", "endpoint", "books", "adapter", "supplier",
];
/// What a recount found.
pub(super) const RECOUNTS: &[&str] = &["closed", "open", "unread"];
/// Which part of a wallet.
pub(super) const PARTS: &[&str] = &["available", "held", "receivable"];

pub(super) const ACCEPTED: Metric = Metric::counter(
    "eraflazz_orders_accepted_total",
    "Orders taken: their money is held.",
);
pub(super) const REFUSED: Metric = Metric::counter(
    "eraflazz_orders_refused_total",
    "Orders refused on the merits and kept as refused, by reason.",
)
.by(&[Label::words("reason", &Refusal::WORDS)]);
pub(super) const REPEATED: Metric = Metric::counter(
    "eraflazz_orders_repeated_total",
    "Submits that repeated an earlier order and got it as it stands.",
);
pub(super) const AWAY: Metric = Metric::counter(
    "eraflazz_submits_turned_away_total",
    "Submits of which nothing was kept, by why: request is the caller's mistake, the others are ours.",
)
.by(&[Label::words("why", TURNED_AWAY)]);
pub(super) const SETTLED: Metric = Metric::counter(
    "eraflazz_orders_settled_total",
    "Orders that came to this outcome. One whose outcome turns later counts again under the new one.",
)
.by(&[Label::words("outcome", OUTCOMES)]);
pub(super) const SETTLING: Metric = Metric::durations(
    "eraflazz_order_duration_seconds",
    "Seconds from the acceptance of an order to its first outcome.",
)
.by(&[Label::words("outcome", FIRST_OUTCOMES)]);

pub(super) const CALL_TIME: Metric = Metric::durations(
    "eraflazz_supplier_call_duration_seconds",
    "Seconds that a call to a supplier took, timeouts included.",
)
.by(&[Label::SUPPLIER, Label::words("call", CALLS)]);
pub(super) const ATTEMPTS: Metric = Metric::counter(
    "eraflazz_supplier_attempts_total",
    "Attempts at a supplier that came into this state; sending counts each attempt once, when it is intended.",
)
.by(&[Label::SUPPLIER, Label::words("state", &AttemptState::WORDS)]);
pub(super) const ANSWERS: Metric = Metric::counter(
    "eraflazz_supplier_answers_total",
    "What suppliers said about attempts (replies, status checks, callbacks), by the class it was judged into.",
)
.by(&[Label::SUPPLIER, Label::words("class", &Class::WORDS)]);
pub(super) const HEARD: Metric = Metric::counter(
    "eraflazz_supplier_callbacks_total",
    "Callbacks that came in a supplier's name, by what was done with them.",
)
.by(&[Label::SUPPLIER, Label::words("taken", CALLBACKS)]);
pub(super) const ORPHANED: Metric = Metric::counter(
    "eraflazz_orphans_total",
    "Callbacks that name no attempt of ours: kept, and let go because newer ones are enough or their time is over.",
)
.by(&[Label::SUPPLIER, Label::words("what", ORPHANS)]);
pub(super) const PREPAID: Metric = Metric::gauge(
    "eraflazz_supplier_prepaid_rupiah",
    Unit::Rupiah,
    "What a supplier still has of our deposit by our books, in rupiah.",
)
.by(&[Label::SUPPLIER]);
pub(super) const EXPOSURE: Metric = Metric::gauge(
    "eraflazz_supplier_exposure_rupiah",
    Unit::Rupiah,
    "What attempts under way may still cost at a supplier, in rupiah.",
)
.by(&[Label::SUPPLIER]);
pub(super) const CALLS_OPEN: Metric = Metric::gauge(
    "eraflazz_supplier_calls_in_flight",
    Unit::Count,
    "Calls to a supplier that are under way.",
)
.by(&[Label::SUPPLIER]);
pub(super) const TRIPPED: Metric = Metric::gauge(
    "eraflazz_supplier_tripped",
    Unit::Flag,
    "1 while a supplier gets no orders because its account is empty or broken, else 0.",
)
.by(&[Label::SUPPLIER]);

pub(super) const UNITS: Metric = Metric::counter(
    "eraflazz_store_units_total",
    "Units of change given to the store, by its verdict.",
)
.by(&[Label::words("verdict", VERDICTS)]);
pub(super) const COMMIT_TIME: Metric = Metric::durations(
    "eraflazz_store_commit_duration_seconds",
    "Seconds that a commit took, from asking the store to its answer: waiting for its turn and for the disk.",
);
pub(super) const STORE_ANSWERS: Metric = Metric::gauge(
    "eraflazz_store_available",
    Unit::Flag,
    "1 if the store answered when it was last measured and takes writes, else 0; if it did not answer the other gauges are old.",
);

pub(super) const HELD: Metric = Metric::gauge(
    "eraflazz_orders_held",
    Unit::Count,
    "Orders that wait for a route.",
);
pub(super) const IN_FLIGHT: Metric = Metric::gauge(
    "eraflazz_orders_in_flight",
    Unit::Count,
    "Orders with an attempt whose outcome is not known.",
);
pub(super) const DUE: Metric = Metric::gauge(
    "eraflazz_due",
    Unit::Count,
    "Orders and callbacks that should be looked at now; counted up to 1000.",
);
pub(super) const BELL: Metric = Metric::gauge(
    "eraflazz_queue_depth",
    Unit::Count,
    "Hints in the queue that no worker has taken, roughly.",
);
pub(super) const CASES: Metric = Metric::gauge(
    "eraflazz_cases_open",
    Unit::Count,
    "Cases that wait for a person; counted up to 200.",
);
pub(super) const WALLETS: Metric = Metric::gauge(
    "eraflazz_wallets_rupiah",
    Unit::Rupiah,
    "What all wallets hold together, in rupiah: what members can spend, what open orders hold, what members owe.",
)
.by(&[Label::words("part", PARTS)]);
pub(super) const ACCEPTING: Metric = Metric::gauge(
    "eraflazz_accepting",
    Unit::Flag,
    "1 while new orders are taken, 0 once the engine has stopped taking them because its books do not close.",
);
pub(super) const ALERT: Metric = Metric::counter(
    "eraflazz_alerts_total",
    "Log lines of the engine that a person should read (field alert), by what they are about.",
)
.by(&[Label::words("about", ALERTS)]);
pub(super) const RECOUNT: Metric = Metric::counter(
    "eraflazz_recounts_total",
    "Recounts of the books, by what they found.",
)
.by(&[Label::words("found", RECOUNTS)]);

pub(super) const HOOK_TRIES: Metric = Metric::counter(
    "eraflazz_webhook_tries_total",
    "Tries to tell a member, by what became of them; taken is delivered.",
)
.by(&[Label::words("outcome", &webhook::Outcome::WORDS)]);
pub(super) const HOOK_TIME: Metric = Metric::durations(
    "eraflazz_webhook_duration_seconds",
    "Seconds that a try to tell a member took.",
);
pub(super) const HOOKS_PARKED: Metric = Metric::counter(
    "eraflazz_webhooks_parked_total",
    "Webhooks given up after their last try; a person can send them again.",
);
pub(super) const HOOKS_WAITING: Metric = Metric::gauge(
    "eraflazz_webhooks_waiting",
    Unit::Count,
    "Webhooks that will be tried.",
);
pub(super) const HOOKS_LEFT: Metric = Metric::gauge(
    "eraflazz_webhooks_parked",
    Unit::Count,
    "Webhooks whose tries are used up.",
);
pub(super) const HOOKS_OFF: Metric = Metric::counter(
    "eraflazz_webhook_endpoints_disabled_total",
    "Endpoints that were switched off, by why: gone (410), dead (nothing taken for too long), behind (too much waits).",
)
.by(&[Label::words("why", &webhook::Disabled::WORDS)]);

/// Every metric of the engine.
pub const ALL: &[Metric] = &[
    ACCEPTED,
    REFUSED,
    REPEATED,
    AWAY,
    SETTLED,
    SETTLING,
    CALL_TIME,
    ATTEMPTS,
    ANSWERS,
    HEARD,
    ORPHANED,
    PREPAID,
    EXPOSURE,
    CALLS_OPEN,
    TRIPPED,
    UNITS,
    COMMIT_TIME,
    STORE_ANSWERS,
    HELD,
    IN_FLIGHT,
    DUE,
    BELL,
    CASES,
    WALLETS,
    ACCEPTING,
    ALERT,
    RECOUNT,
    HOOK_TRIES,
    HOOK_TIME,
    HOOKS_PARKED,
    HOOKS_WAITING,
    HOOKS_LEFT,
    HOOKS_OFF,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::meter::{Kind, Values};

    #[test]
    fn each_metric_says_its_unit_in_its_name_and_what_it_means() {
        for metric in ALL {
            let ending = match (metric.kind, metric.unit) {
                (Kind::Counter, Unit::Count) => "_total",
                (Kind::Histogram | Kind::Gauge, Unit::Seconds) => "_seconds",
                (Kind::Gauge, Unit::Rupiah) => "_rupiah",
                (Kind::Gauge, Unit::Count | Unit::Flag) => "",
                odd => panic!("{}: {odd:?}", metric.name),
            };
            assert!(metric.name.starts_with("eraflazz_"), "{}", metric.name);
            assert!(metric.name.ends_with(ending), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
            for label in metric.labels {
                if let Values::Words(words) = label.values {
                    let set: BTreeSet<_> = words.iter().collect();
                    assert_eq!(set.len(), words.len(), "{}", metric.name);
                }
            }
        }
        let names: BTreeSet<_> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len(), "a name is used twice");
    }
}
