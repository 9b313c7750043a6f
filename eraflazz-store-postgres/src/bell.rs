//! The bell over the database: whoever accepts an order tells whoever works them that there is something, by NOTIFY, and those share it.
//!
//! A NOTIFY says that something is due, not what: who hears it takes its part ([`Store::take_due`]), so that ten workers do not chase the same rows. It is sent by a
//! task of its own, one for all that came while the last was under way, because notifications make commits wait for each other. What a process that works pushes itself
//! never leaves it. What is lost here is found by the sweep, a second later (INV-26).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::ports::{Clock, Due, Queue, Store};
use eraflazz_core::time::Timestamp;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::error::Trouble;
use crate::sql;
use crate::store::{PostgresStore, kept};

/// Where it is told that something is due.
const CHANNEL: &str = "eraflazz_due";
/// How much is taken at once.
const AT_ONCE: usize = 200;
/// What waits here at most.
const WAITING_MAX: usize = 100_000;
/// Until a database that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long whoever goes to rest waits for what is just being taken.
const REST_MAX: Duration = Duration::from_secs(2);

/// Whether a process works orders or leaves them to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Works {
    /// It works them.
    Here,
    /// It accepts them only.
    Elsewhere,
}

/// A process's end of the bell.
#[derive(Debug)]
pub struct PostgresBell {
    store: Arc<PostgresStore>,
    clock: Arc<dyn Clock>,
    waiting: Arc<Waiting>,
    works: Works,
    helpers: Vec<JoinHandle<()>>,
}

/// Something that waits here, and when it was taken out of the others' reach, if it was.
#[derive(Clone, Copy, Debug)]
struct Piece {
    due: Due,
    taken_at: Option<Timestamp>,
}

/// What waits to be worked in this process.
#[derive(Debug, Default)]
struct Waiting {
    items: Mutex<VecDeque<Piece>>,
    /// There is something in it.
    bell: Notify,
    /// It is nearly empty.
    drained: Notify,
    /// Something is due in the database; or, where nothing is worked, must be told.
    rung: Notify,
    /// Somebody has asked for work.
    asked: Notify,
    /// Whether whoever worked here has gone to rest.
    rests: AtomicBool,
    /// Held from the look at that until what was taken lies here, so that nothing is taken that nobody hands back.
    taking: tokio::sync::Mutex<()>,
}

impl PostgresBell {
    /// The bell of a process over `store`, whose time is `clock`'s. Within a tokio runtime, until it is dropped.
    pub fn start(store: &Arc<PostgresStore>, clock: Arc<dyn Clock>, works: Works) -> Self {
        let waiting = Arc::new(Waiting::default());
        let helpers = match works {
            Works::Here => vec![
                tokio::spawn(hear(store.pool.clone(), Arc::clone(&waiting))),
                tokio::spawn(fetch(
                    Arc::clone(store),
                    Arc::clone(&clock),
                    Arc::clone(&waiting),
                )),
            ],
            Works::Elsewhere => vec![tokio::spawn(ring(
                store.hands.clone(),
                Arc::clone(&waiting),
            ))],
        };
        Self {
            store: Arc::clone(store),
            clock,
            waiting,
            works,
            helpers,
        }
    }
}

impl Drop for PostgresBell {
    fn drop(&mut self) {
        for helper in &self.helpers {
            helper.abort();
        }
    }
}

impl Waiting {
    fn items(&self) -> MutexGuard<'_, VecDeque<Piece>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, new: impl Iterator<Item = Due>, taken_at: Option<Timestamp>) {
        let mut items = self.items();
        let room = WAITING_MAX.saturating_sub(items.len());
        items.extend(new.take(room).map(|due| Piece { due, taken_at }));
        let is_empty = items.is_empty();
        drop(items);
        if !is_empty {
            self.bell.notify_one();
        }
    }

    fn take(&self, max: usize) -> Option<Vec<Due>> {
        let mut items = self.items();
        let count = items.len().min(max.max(1));
        let taken: Vec<Due> = items.drain(..count).map(|piece| piece.due).collect();
        let left = items.len();
        drop(items);
        if left > 0 {
            self.bell.notify_one();
        }
        if left < AT_ONCE {
            self.drained.notify_one();
        }
        (!taken.is_empty()).then_some(taken)
    }
}

#[async_trait]
impl Queue for PostgresBell {
    async fn push(&self, items: &[Due]) {
        let is_order = |due: &&Due| matches!(due, Due::Order(_));
        if self.works == Works::Here {
            self.waiting
                .put(items.iter().filter(is_order).copied(), None);
        }
        // Callbacks are taken from the database, always: who has one in hand is written there (INV-28).
        let here = self.works == Works::Here;
        if items.iter().any(|due| !here || !is_order(&due)) {
            self.waiting.rung.notify_one();
        }
    }

    async fn take(&self, max: usize) -> Vec<Due> {
        if self.waiting.rests.swap(false, Ordering::SeqCst) {
            // What was rung for meanwhile was heard by nobody here.
            self.waiting.rung.notify_one();
        }
        self.waiting.asked.notify_one();
        loop {
            let rung = self.waiting.bell.notified();
            if let Some(taken) = self.waiting.take(max) {
                return taken;
            }
            rung.await;
        }
    }

    async fn ack(&self, _items: &[Due]) {}

    async fn rest(&self) {
        if self.works == Works::Elsewhere {
            return;
        }
        self.waiting.rests.store(true, Ordering::SeqCst);
        // What is being taken just now is here soon, unless the database is gone: then there is nothing to hand back to.
        if timeout(REST_MAX, self.waiting.taking.lock()).await.is_err() {
            tracing::warn!("what was being taken is due again when its time is up");
        }
        let left = std::mem::take(&mut *self.waiting.items());
        self.waiting.drained.notify_one();
        let now = self.clock.now();
        // What was taken too long ago may be in somebody else's hand by now.
        let is_ours = |piece: &Piece| {
            let kept = kept(piece.due);
            piece
                .taken_at
                .is_none_or(|taken_at| now < taken_at.plus(kept))
        };
        let left = left.into_iter().filter(is_ours);
        let left: Vec<Due> = left.map(|piece| piece.due).collect();
        if let Err(error) = self.store.hand_back(&left).await {
            tracing::warn!(%error, left = left.len(), "what was taken and not worked could not be handed back; others take it when its time is up");
        }
    }

    async fn depth(&self) -> usize {
        self.waiting.items().len()
    }
}

/// Listens until the bell is dropped.
async fn hear(pool: PgPool, waiting: Arc<Waiting>) {
    loop {
        if let Err(trouble) = listen(&pool, &waiting).await {
            tracing::warn!(%trouble, "the bell is not heard; what is due is found by the sweep");
        }
        sleep(PAUSE).await;
    }
}

async fn listen(pool: &PgPool, waiting: &Waiting) -> Result<(), Trouble> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // First of all, and after a reconnection: what was rung meanwhile was heard by nobody.
        waiting.rung.notify_one();
        listener.try_recv().await?;
    }
}

/// Takes what is due whenever it rings, no more than is worked soon; nothing before somebody works: who is shut out would keep it from the others, and count it a try.
async fn fetch(store: Arc<PostgresStore>, clock: Arc<dyn Clock>, waiting: Arc<Waiting>) {
    waiting.asked.notified().await;
    loop {
        waiting.rung.notified().await;
        loop {
            while waiting.items().len() >= AT_ONCE {
                waiting.drained.notified().await;
            }
            let taking = waiting.taking.lock().await;
            if waiting.rests.load(Ordering::SeqCst) {
                break;
            }
            let now = clock.now();
            match store.take_due(now, AT_ONCE).await {
                Ok(taken) => {
                    let is_all = taken.len() < AT_ONCE;
                    waiting.put(taken.into_iter(), Some(now));
                    drop(taking);
                    if is_all {
                        break;
                    }
                }
                Err(error) => {
                    drop(taking);
                    tracing::debug!(%error, "nothing could be taken; the sweep finds it");
                    sleep(PAUSE).await;
                    break;
                }
            }
        }
    }
}

/// Tells whoever works, once for all that came meanwhile.
async fn ring(hands: PgPool, waiting: Arc<Waiting>) {
    loop {
        waiting.rung.notified().await;
        let rung = sqlx::query(sql::RING).execute(&hands).await;
        if let Err(error) = rung {
            tracing::debug!(%error, "nobody could be told; the sweep finds it");
        }
    }
}
