//! What is recorded of the disk: flushes, checkpoints, and how much is where.
//!
//! Only the two threads of a store in a folder record, some numbers a flush, however many commits share it. A store without threads has no meter and
//! is asked for no time, so simulations replay (D1).

use std::time::Duration;

use eraflazz_core::engine::SystemClock;
use eraflazz_core::meter::{Metric, Unit};
use eraflazz_core::ports::Clock;
use metrics::{Counter, Gauge, Histogram};

const FLUSH_TIME: Metric = Metric::durations(
    "eraflazz_store_flush_duration_seconds",
    "Seconds that a flush of the journal took; its count is the number of flushes.",
);
const FLUSHED: Metric = Metric::counter(
    "eraflazz_store_flushed_commits_total",
    "Commits and other writes that flushes made durable; divided by the number of flushes, how many share one.",
);
const CHECKPOINT_TIME: Metric = Metric::durations(
    "eraflazz_store_checkpoint_duration_seconds",
    "Seconds that the archive took to write a checkpoint, while orders went on.",
);
const JOURNAL: Metric = Metric::gauge(
    "eraflazz_store_journal_bytes",
    Unit::Bytes,
    "Bytes of the journal that no checkpoint has: what a start reads again.",
);
const ARCHIVED: Metric = Metric::gauge(
    "eraflazz_store_archived_orders",
    Unit::Count,
    "Orders that the archive holds, settled or not.",
);

/// Every metric of a store in a folder. They go to the recorder in force where [`MemoryStore::open`](crate::MemoryStore::open) is called.
pub const METRICS: &[Metric] = &[FLUSH_TIME, FLUSHED, CHECKPOINT_TIME, JOURNAL, ARCHIVED];

/// Handles of all of them.
pub(crate) struct Meter {
    clock: SystemClock,
    flush_time: Histogram,
    flushed: Counter,
    checkpoint_time: Histogram,
    journal: Gauge,
    archived: Gauge,
}

impl Meter {
    /// Handles of the recorder in force.
    pub(crate) fn new() -> Self {
        METRICS.iter().for_each(Metric::describe);
        Self {
            clock: SystemClock::start(),
            flush_time: metrics::histogram!(FLUSH_TIME.name),
            flushed: metrics::counter!(FLUSHED.name),
            checkpoint_time: metrics::histogram!(CHECKPOINT_TIME.name),
            journal: metrics::gauge!(JOURNAL.name),
            archived: metrics::gauge!(ARCHIVED.name),
        }
    }

    /// Times a flush of so many commits. One that fails is the last, and told elsewhere.
    pub(super) fn flush<T>(&self, commits: usize, flush: impl FnOnce() -> T) -> T {
        let (flushed, took) = self.timed(flush);
        self.flush_time.record(took);
        self.flushed
            .increment(u64::try_from(commits).unwrap_or(u64::MAX));
        flushed
    }

    /// Times a checkpoint.
    pub(super) fn checkpoint<T>(&self, write: impl FnOnce() -> T) -> T {
        let (written, took) = self.timed(write);
        self.checkpoint_time.record(took);
        written
    }

    /// The journal has grown so much; more than 4 GiB, which no checkpoint waits for, is told as that.
    pub(super) fn journal(&self, bytes: u64) {
        self.journal.set(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// The archive has so many.
    pub(crate) fn archived(&self, orders: u32) {
        self.archived.set(orders);
    }

    fn timed<T>(&self, work: impl FnOnce() -> T) -> (T, Duration) {
        let began = self.clock.now();
        (work(), self.clock.now().since(began))
    }
}
