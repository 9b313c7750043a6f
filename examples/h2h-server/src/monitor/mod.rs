//! What people watch: the metrics of this server, and the page that scrapers read.
//!
//! # Who may read the page
//! It tells what the house turns over and holds, so it is never open to the internet. There are two ways to it:
//!
//! - `GET /metrics` at the server's own address, signed by an operator's key with scope `admin:read` like any other call of administration.
//! - `GET /metrics` at [`metrics.listen`](crate::settings::Metrics::listen), without a key, for a scraper on this machine or at the other end of a
//!   tunnel. That is a listener of its own, on loopback only, with nothing else behind it. Being on loopback counts for nothing at the server's own
//!   address, because behind a proxy on this machine the whole internet comes from there.
//!
//! # The metrics
//! Counters start at 0 with the process; a scraper's `rate()` and `increase()` know how to take a restart. Amounts are rupiah, rounded by the
//! floating-point numbers that scrapers use: for eyes only, the books are `h2h-server books`. No label ever holds a member, an order or a number. Those
//! of flushes, checkpoints, journal and archive are there with `store.kind = "folder"` only: in memory there is no disk to watch. That of payment gateways is there
//! with one in the settings.
//!
//! | Metric | Labels | What it means | What to watch |
//! |---|---|---|---|
//! | `eraflazz_orders_accepted_total` | | orders taken, their money held | falls to nothing at a busy hour |
//! | `eraflazz_orders_refused_total` | `reason` | orders refused on the merits | `product_unavailable` rises: no supplier can sell it below its cap |
//! | `eraflazz_orders_repeated_total` | | submits that repeated an earlier order | a jump: a member's client does not read our answers |
//! | `eraflazz_submits_turned_away_total` | `why` | submits of which nothing was kept | any but `request` and, rarely, `contended`; `stopped` needs a person at once |
//! | `eraflazz_orders_settled_total` | `outcome` | orders that came to this outcome, again if it turns | `returned` ÷ all rises; any `late_delivered` or `reversed` costs money |
//! | `eraflazz_order_duration_seconds` | `outcome` | acceptance to first outcome | the 95th percentile of `delivered` |
//! | `eraflazz_orders_held` | | orders that wait for a route | stays above 0: all suppliers full, closed or broken; near `engine.held_max` orders are turned away |
//! | `eraflazz_orders_in_flight` | | orders whose outcome is not known | grows while accepted orders do not |
//! | `eraflazz_due` | | orders and callbacks to be looked at now, up to 1000 | does not come back to about 0 within a minute: workers do not keep up |
//! | `eraflazz_queue_depth` | | hints no worker has taken | only as a hint beside `eraflazz_due` |
//! | `eraflazz_supplier_attempts_total` | `supplier`, `state` | attempts that came into this state, each counted as `sending` once | `success` ÷ `sending` falls; `unknown` ÷ `sending` rises |
//! | `eraflazz_supplier_answers_total` | `supplier`, `class` | answers by what core judged them to be | `unknown`, `conflict`, `late_success`, `late_reversal` |
//! | `eraflazz_supplier_call_duration_seconds` | `supplier`, `call` | how long calls took, timeouts included | the 95th percentile nears the supplier's `timeout` |
//! | `eraflazz_supplier_calls_in_flight` | `supplier` | calls under way | stays at `max_in_flight` |
//! | `eraflazz_supplier_callbacks_total` | `supplier`, `taken` | callbacks by what was done with them | `unauthenticated`: a wrong secret, or somebody tries; `failed`; `refused`: it sends faster than they are applied |
//! | `eraflazz_orphans_total` | `supplier`, `what` | callbacks that name no attempt of ours: `kept`, and `let_go` after 30 days or for 1000 newer ones | `kept`: after a restore see `h2h-server orphans`; else another server shares the account |
//! | `eraflazz_supplier_prepaid_rupiah` | `supplier` | what is left of our deposit by our books | less than an hour's sales: buy float |
//! | `eraflazz_supplier_exposure_rupiah` | `supplier` | what attempts under way may still cost | near `eraflazz_supplier_prepaid_rupiah`: nothing more is routed there |
//! | `eraflazz_supplier_tripped` | `supplier` | 1 while its account is empty or broken | 1 |
//! | `eraflazz_provider_requests_total` | `provider`, `call`, `ended` | HTTP requests to a provider by how they ended | `timeout`, `no_connection`, `broken` |
//! | `eraflazz_provider_unlisted_codes_total` | `provider` | response codes that our table does not list | any: the provider has changed something |
//! | `eraflazz_gateway_requests_total` | `gateway`, `call`, `ended` | HTTP requests to a payment gateway by how they ended | `timeout`, `no_connection`, `broken`; `4xx` at `create`: it refuses deposits |
//! | `eraflazz_store_units_total` | `verdict` | units of change by the store's verdict | `unavailable` |
//! | `eraflazz_store_commit_duration_seconds` | | a commit from asking to answer, disk included | the 99th percentile above 0.1: the disk is slow |
//! | `eraflazz_store_available` | | 1 if the store answered this page and takes writes | 0: nothing is written any more, or it does not answer and the other levels are old |
//! | `eraflazz_store_flush_duration_seconds` | | one flush of the journal; its count is the number of flushes | the 99th percentile above 0.05: the disk is slow |
//! | `eraflazz_store_flushed_commits_total` | | commits that flushes made durable; ÷ flushes: how many share one | many and a slow disk: nothing, that is what sharing is for; 1 and a slow disk: a slow disk |
//! | `eraflazz_store_checkpoint_duration_seconds` | | a checkpoint written to the archive; orders go on meanwhile | near `store.checkpoint_every`: they do not end |
//! | `eraflazz_store_journal_bytes` | | what of the journal no checkpoint has, and a start reads again | far above `store.checkpoint_kib`: checkpoints do not keep up |
//! | `eraflazz_store_archived_orders` | | orders in the archive, 43 bytes of memory each | the memory of the machine |
//! | `eraflazz_accepting` | | 0 once new orders are refused because the books do not close | 0: call a person |
//! | `eraflazz_recounts_total` | `found` | recounts of the books by what they found | `open`: call a person; no `closed` for 30 minutes |
//! | `eraflazz_cases_open` | | cases that wait for a person, up to 200 | grows; see `h2h-server pending` |
//! | `eraflazz_alerts_total` | `about` | log lines with a field `alert` | any rise: read them |
//! | `eraflazz_wallets_rupiah` | `part` | all wallets together: `available`, `held`, `receivable` | `available` nears the licence threshold of Rp 1 billion; `receivable` grows |
//! | `eraflazz_webhook_tries_total` | `outcome` | tries to tell a member; `taken` is delivered | `taken` ÷ all falls |
//! | `eraflazz_webhook_duration_seconds` | | how long tries took | nears `webhooks.timeout` |
//! | `eraflazz_webhooks_waiting` | | webhooks that will be tried | grows without end |
//! | `eraflazz_webhooks_parked` | | webhooks given up, kept for a person | above 0: a member missed something |
//! | `eraflazz_webhooks_parked_total` | | webhooks that were given up | any rise |
//! | `eraflazz_webhook_endpoints_disabled_total` | `why` | endpoints switched off | any rise: tell the member |
//! | `eraflazz_http_requests_total` | `status` | requests by the kind of answer | `5xx` |
//! | `eraflazz_http_request_duration_seconds` | | from request to answer; `?wait=` holds answers back on purpose | the 95th percentile, where nobody waits |

mod http;
mod page;

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::engine::Engine;
use eraflazz_core::meter::Metric;
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

pub use http::METRICS as HTTP_METRICS;
pub use page::{CONTENT_TYPE, open_page, page};

use http::HttpMeter;

/// How often what was recorded is folded up, so that histograms do not grow.
const UPKEEP: Duration = Duration::from_secs(5);

/// Bounds in seconds: of calls and orders, which wait for others, and of what this machine does by itself.
const OF_OTHERS: &[f64] = &[
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 7_200.0,
];
const OF_OURS: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Every metric that a page of this server has; those of flushes and checkpoints only where the store is in a folder, and of gateways only where there is one.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    let engine = eraflazz_core::engine::meter::ALL.iter();
    let adapters = eraflazz_suppliers::METRICS.iter();
    let store = eraflazz_store_memory::METRICS.iter();
    let gateways = eraflazz_payments::METRICS.iter();
    let adapters = adapters.chain(gateways);
    engine.chain(store).chain(adapters).chain(HTTP_METRICS)
}

/// The recorder of one server and the page it makes. Nothing is installed for the whole process: two servers in one have two pages. Cheap to
/// clone: every clone is the same.
#[derive(Clone)]
pub struct Monitor {
    inner: Arc<Inner>,
}

struct Inner {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    http: HttpMeter,
    /// Held while levels are read, so that however many ask the store is asked by one at a time.
    measuring: Mutex<()>,
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor").finish_non_exhaustive()
    }
}

impl Default for Monitor {
    fn default() -> Self {
        let recorder = recorder();
        let http = metrics::with_local_recorder(&recorder, HttpMeter::new);
        let inner = Inner {
            handle: recorder.handle(),
            recorder,
            http,
            measuring: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }
}

impl Monitor {
    /// Whatever `build` makes records here: an engine, its adapters.
    pub fn watch<T>(&self, build: impl FnOnce() -> T) -> T {
        metrics::with_local_recorder(&self.inner.recorder, build)
    }

    /// Folds up what was recorded, until told to stop.
    pub async fn keep_up(self, stopping: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(UPKEEP) => self.inner.handle.run_upkeep(),
            }
        }
    }

    /// The page as it is now, in the text format of Prometheus.
    pub async fn render(&self, engine: &Engine) -> String {
        let measuring = self.inner.measuring.lock().await;
        if let Err(error) = engine.measure().await {
            tracing::warn!(%error, "the levels of the metrics are old");
        }
        drop(measuring);
        self.inner.handle.render()
    }

    /// A request was answered.
    pub(crate) fn answered(&self, status: u16, took: Duration) {
        self.inner.http.answered(status, took);
    }
}

fn recorder() -> PrometheusRecorder {
    let of_ours = ["eraflazz_store_", "eraflazz_http_"];
    let plain = || PrometheusBuilder::new().set_buckets(OF_OTHERS);
    let with_ours = || {
        of_ours.into_iter().try_fold(plain()?, |builder, prefix| {
            builder.set_buckets_for_metric(Matcher::Prefix(prefix.to_owned()), OF_OURS)
        })
    };
    // Only an empty list of bounds is refused, and these are not.
    with_ours().unwrap_or_default().build_recorder()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_metric_with_its_labels() {
        let text = include_str!("mod.rs");
        for metric in all() {
            let labels: Vec<String> = metric
                .labels
                .iter()
                .map(|label| format!("`{}`", label.key))
                .collect();
            let labels = labels.join(", ");
            let row = format!("//! | `{}` | {labels}", metric.name);
            assert!(text.contains(&row), "{row}");
        }
    }

    #[test]
    fn no_name_is_used_twice() {
        let names: std::collections::BTreeSet<_> = all().map(|metric| metric.name).collect();
        assert_eq!(names.len(), all().count());
    }
}
