//! The host's clock, dice and threads: the only file that may ask the machine for any of them (D1).

#![expect(
    clippy::disallowed_methods,
    reason = "this file is where the machine is asked (D1)"
)]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::ports::{Clock, Dice, Sleep};
use crate::time::Timestamp;

/// The host's clock: the wall clock at start, carried on by the monotonic one, so that it never runs backwards and no jump of the host
/// moves a deadline (E-39).
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    epoch_micros: i64,
    last: AtomicI64,
}

impl SystemClock {
    /// A clock that starts now.
    pub fn start() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let epoch_micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        Self {
            started: Instant::now(),
            epoch_micros,
            last: AtomicI64::new(epoch_micros),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let now = self.epoch_micros.saturating_add(elapsed);
        Timestamp::from_micros(self.last.fetch_max(now, Ordering::Relaxed).max(now))
    }

    fn sleep(&self, wait: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(wait))
    }
}

/// The host's dice, drawn a few hundred rolls at a time for the whole process: a system call for each would cost more than the
/// order it names.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDice;

struct Drawn {
    bytes: [u8; 4000],
    used: usize,
}

static DRAWN: Mutex<Drawn> = Mutex::new(Drawn {
    bytes: [0; 4000],
    used: 4000,
});

impl Dice for SystemDice {
    fn roll(&self) -> [u8; 10] {
        let mut drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.used == drawn.bytes.len() {
            fill(&mut drawn.bytes);
            drawn.used = 0;
        }
        let from = drawn.used;
        drawn.used += 10;
        let mut roll = [0; 10];
        roll.copy_from_slice(&drawn.bytes[from..from + 10]);
        roll
    }
}

fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        // Ids without randomness would collide between restarts; a host without dice cannot run an engine of record.
        std::panic::panic_any(format!("the host has no randomness: {error}"));
    }
}

/// The threads on which foreign code runs (D12), so that nothing slow or stuck in it starves commits. Shut down without waiting when it is
/// dropped: a call that is cut off is UNKNOWN, like any other.
#[derive(Debug)]
pub struct SupplierIo(Option<tokio::runtime::Runtime>);

impl SupplierIo {
    /// Starts two threads, which members' endpoints and whoever waits for a supplier's answer share.
    pub fn start() -> std::io::Result<Self> {
        Self::threads(2, "supplier-io")
    }

    /// Starts the one thread of this supplier: an adapter that blocks it stands in nobody's way but its own.
    pub fn line(supplier: &str) -> std::io::Result<Self> {
        Self::threads(1, supplier)
    }

    /// Up to `count` threads that read this supplier's callbacks: each begins when it is needed and ends when it has been idle for a while. One that never
    /// comes back is never used again.
    pub fn readers(supplier: &str, count: usize) -> std::io::Result<Self> {
        tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(count)
            .thread_name(supplier)
            .build()
            .map(|runtime| Self(Some(runtime)))
    }

    fn threads(count: usize, name: &str) -> std::io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder
            .worker_threads(count)
            .thread_name(name)
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
    }

    /// Where its tasks are spawned; `None` once it is shut down.
    pub fn handle(&self) -> Option<Handle> {
        self.0.as_ref().map(|runtime| runtime.handle().clone())
    }
}

/// Runs what may block on a thread of [`SupplierIo::readers`].
pub(super) fn may_block<T: Send + 'static>(
    threads: &Handle,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    threads.spawn_blocking(work)
}

impl Drop for SupplierIo {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
