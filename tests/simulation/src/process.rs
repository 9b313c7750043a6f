//! A process: an engine that runs, on a thread of life that can end or stop for a while.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

/// What became of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is dead.
    Died,
    /// It is dead because its disk failed.
    LostItsDisk,
    /// It does nothing for minutes, and goes on then; nobody knows.
    Froze,
}

/// The life of one process. What is dead commits nothing, reads nothing, hears nothing and says nothing any more.
#[derive(Debug)]
pub struct Life {
    number: u32,
    dead: AtomicBool,
    thaws: Mutex<Option<Instant>>,
    fates: mpsc::UnboundedSender<(u32, Fate)>,
}

impl Life {
    /// Process number `number`; whoever keeps it running hears of its fate.
    pub const fn new(number: u32, fates: mpsc::UnboundedSender<(u32, Fate)>) -> Self {
        Self {
            number,
            dead: AtomicBool::new(false),
            thaws: Mutex::new(None),
            fates,
        }
    }

    /// Its number.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// It dies now.
    pub fn end(&self) {
        if !self.dead.swap(true, Ordering::Relaxed) {
            let _ = self.fates.send((self.number, Fate::Died));
        }
    }

    /// It dies because its disk failed, and whoever calls this with it.
    pub async fn end_without_disk<T>(&self) -> T {
        if !self.dead.swap(true, Ordering::Relaxed) {
            let _ = self.fates.send((self.number, Fate::LostItsDisk));
        }
        std::future::pending().await
    }

    /// It dies, and whoever calls this with it.
    pub async fn end_here<T>(&self) -> T {
        self.end();
        std::future::pending().await
    }

    /// It does nothing for so long.
    pub fn freeze(&self, wait: Duration) {
        *self.thaws.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + wait);
        let _ = self.fates.send((self.number, Fate::Froze));
    }

    /// Whether it was frozen before. Once in a life: what waits when it thaws is so much that it would never get through a second time.
    pub fn has_frozen(&self) -> bool {
        self.thaws
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Whether it is dead.
    pub fn is_over(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Returns while it lives; later while it is frozen; never once it is dead.
    pub async fn alive(&self) {
        loop {
            if self.is_over() {
                std::future::pending::<()>().await;
            }
            let thaws = *self.thaws.lock().unwrap_or_else(PoisonError::into_inner);
            match thaws {
                Some(at) if at > Instant::now() => tokio::time::sleep_until(at).await,
                _ => return,
            }
        }
    }
}
