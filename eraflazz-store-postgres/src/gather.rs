//! Rows that many ask for at once, read by one statement: who calls and who orders, which is asked for with every request.
//!
//! While a statement runs, askers gather; the next one reads for all of them. No timer and no memory: a row is read after it was asked for, always, and an asker
//! who is alone waits for nobody.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::commit::Unavailable;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::timeout;

use crate::error::Trouble;

/// Statements that run at once: while one is stuck on a connection that does not answer, the others read.
const AT_ONCE: usize = 2;
/// Most rows of a statement.
const ROWS_MAX: usize = 500;
/// What waits at most; then whoever asks waits for its turn to wait.
const WAITING_MAX: usize = 4_096;
/// A statement that takes longer is given up.
const READ_MAX: Duration = Duration::from_secs(12);

type Answer<V> = Result<Option<V>, Unavailable>;
type Ask<K, V> = (K, oneshot::Sender<Answer<V>>);

/// What a statement found, by key. A row that cannot be read is the trouble of those who asked for that one.
pub(crate) type Found<K, V> = HashMap<K, Result<V, Trouble>>;

/// Where rows of one kind are asked for. Its tasks end when it is dropped.
#[derive(Debug)]
pub(crate) struct Gather<K, V> {
    asks: mpsc::Sender<Ask<K, V>>,
}

impl<K, V> Gather<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + 'static,
{
    /// Reads by `read`, on the runtime that this is called on.
    pub(crate) fn start<R, F>(read: R) -> Self
    where
        R: Fn(Vec<K>) -> F + Clone + Send + 'static,
        F: Future<Output = Result<Found<K, V>, Trouble>> + Send + 'static,
    {
        let (asks, waiting) = mpsc::channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..AT_ONCE {
            tokio::spawn(serve(read.clone(), Arc::clone(&waiting)));
        }
        Self { asks }
    }

    /// The row with this key, as it is now.
    pub(crate) async fn row(&self, key: K) -> Answer<V> {
        let gone = || Unavailable {
            may_have_committed: false,
            why: "nobody reads from the store any more".to_owned(),
        };
        let (reply, answer) = oneshot::channel();
        let asked = self.asks.send((key, reply)).await;
        asked.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

async fn serve<K, V, R, F>(read: R, waiting: Arc<Mutex<mpsc::Receiver<Ask<K, V>>>>)
where
    K: Clone + Eq + Hash + Send,
    V: Clone + Send,
    R: Fn(Vec<K>) -> F + Send,
    F: Future<Output = Result<Found<K, V>, Trouble>> + Send,
{
    let mut asks = Vec::new();
    while waiting.lock().await.recv_many(&mut asks, ROWS_MAX).await > 0 {
        let keys: HashSet<K> = asks.iter().map(|(key, _)| key.clone()).collect();
        let found = timeout(READ_MAX, read(keys.into_iter().collect())).await;
        let found = found.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut.into()));
        match found.map_err(Unavailable::from) {
            Ok(found) => answer(asks.drain(..), found),
            Err(why) => {
                for (_, reply) in asks.drain(..) {
                    drop(reply.send(Err(why.clone())));
                }
            }
        }
    }
}

fn answer<K, V>(asks: impl Iterator<Item = Ask<K, V>>, found: Found<K, V>)
where
    K: Eq + Hash,
    V: Clone,
{
    let found: HashMap<K, Result<V, Unavailable>> = found
        .into_iter()
        .map(|(key, row)| (key, row.map_err(Unavailable::from)))
        .collect();
    for (key, reply) in asks {
        drop(reply.send(found.get(&key).cloned().transpose()));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;
    use crate::value::odd;

    /// Numbers below ten are there, seven cannot be read; nothing is read until it is let.
    fn numbers(reads: Arc<AtomicUsize>, may_read: Arc<Semaphore>) -> Gather<u8, String> {
        Gather::start(move |keys: Vec<u8>| {
            let (reads, may_read) = (Arc::clone(&reads), Arc::clone(&may_read));
            async move {
                may_read.acquire().await.unwrap().forget();
                reads.fetch_add(1, Ordering::Relaxed);
                let there = keys.into_iter().filter(|key| *key < 10);
                Ok(there
                    .map(|key| match key {
                        7 => (key, Err(odd("a seven"))),
                        _ => (key, Ok(key.to_string())),
                    })
                    .collect())
            }
        })
    }

    #[tokio::test]
    async fn each_gets_its_own_row_and_few_statements_read_them() {
        let (reads, may_read) = (Arc::default(), Arc::new(Semaphore::new(0)));
        let rows = Arc::new(numbers(Arc::clone(&reads), Arc::clone(&may_read)));
        let askers: Vec<_> = (0..200_u8)
            .map(|n| {
                let rows = Arc::clone(&rows);
                tokio::spawn(async move { rows.row(n % 20).await })
            })
            .collect();
        // On the one thread of this test all of them have asked once this task goes on.
        tokio::task::yield_now().await;
        may_read.add_permits(200);
        for (n, asker) in (0..200_u8).zip(askers) {
            let answer = asker.await.unwrap();
            match n % 20 {
                7 => assert!(answer.unwrap_err().why.contains("a seven")),
                there @ 0..10 => assert_eq!(answer.unwrap(), Some(there.to_string())),
                _ => assert_eq!(answer.unwrap(), None),
            }
        }
        let reads = reads.load(Ordering::Relaxed);
        assert!(
            (1..=4).contains(&reads),
            "{reads} statements for 200 askers"
        );
    }

    #[tokio::test]
    async fn one_that_is_stuck_holds_up_no_other() {
        let rows = Arc::new(Gather::start(|keys: Vec<u8>| async move {
            if keys.contains(&0) {
                std::future::pending::<()>().await;
            }
            Ok(keys.into_iter().map(|key| (key, Ok(key))).collect())
        }));
        let stuck = tokio::spawn({
            let rows = Arc::clone(&rows);
            async move { rows.row(0).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(rows.row(1).await.unwrap(), Some(1));
        assert_eq!(rows.row(2).await.unwrap(), Some(2));
        stuck.abort();
    }
}
