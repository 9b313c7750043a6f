//! The bell for several machines: a Redis stream and a consumer group.
//!
//! Whoever made work due adds an entry a piece; one process of the group gets each; it is acknowledged and deleted once the result is committed. What a process took and
//! never acknowledged goes to another one. None of it is needed: the store is the queue of record, and the sweep finds whatever a bell lost (INV-26). So nothing here waits for
//! Redis on behalf of an order, and nothing here fails: without Redis a process rings for itself, and the sweep serves the others.

mod entry;
mod here;
mod listen;
mod ring;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::ports::{Due, Queue};
use redis::Client;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use here::Here;
use listen::Listener;
use ring::{Ringer, Word};

/// How long an answer of Redis may take; who waits longer goes on without.
pub(crate) const ANSWER: Duration = Duration::from_millis(500);

/// How long Redis is left alone after it failed.
pub(crate) const REST: Duration = Duration::from_secs(1);

/// How many words may wait to be passed on. Beyond that Redis is too slow to be of use.
const WORDS: usize = 1_024;

/// How a bell rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BellSettings {
    /// Whose bell it is: processes with the same name on the same Redis share their work, so it is one name a database. Letters, digits and hyphens.
    pub name: String,
    /// The most entries that the stream keeps, roughly; the oldest give way, and the sweep finds them. At least 1.
    pub depth_max: usize,
    /// How long an entry may be taken and not acknowledged before another process takes it. Longer than work takes, or it is merely done twice.
    pub stray_after: Duration,
}

impl Default for BellSettings {
    /// `eraflazz`, 100,000 entries, a minute.
    fn default() -> Self {
        Self {
            name: "eraflazz".to_owned(),
            depth_max: 100_000,
            stray_after: Duration::from_mins(1),
        }
    }
}

/// A bell could not be hung up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BellError {
    /// The address is no `redis://[user:password@]host:port/number`. It is not repeated: it may hold a password.
    #[error("the address of Redis is not redis://[user:password@]host:port/number")]
    Address,
    /// A setting that cannot be.
    #[error("{field}: {rule}")]
    Setting {
        /// Which one.
        field: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// There is no randomness on this machine to name a process with.
    #[error("no randomness")]
    Random,
}

/// A bell that many processes hear, over Redis Streams.
///
/// Redis may be absent, wiped, full, read-only or killed at any moment. Then a process that works hears its own rings, other processes find the work by their sweep,
/// and a second after Redis is back all is as before.
pub struct RedisQueue {
    here: Arc<Here>,
    words: mpsc::Sender<Word>,
    tasks: [AbortHandle; 2],
}

impl fmt::Debug for RedisQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisQueue").finish_non_exhaustive()
    }
}

impl RedisQueue {
    /// Hangs it up. Redis need not be there yet.
    ///
    /// # Errors
    /// An address or a setting that cannot be. Never because Redis is not there.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open(address: &SecretString, settings: &BellSettings) -> Result<Self, BellError> {
        check(settings)?;
        let client = Client::open(address.expose_secret()).map_err(|_| BellError::Address)?;
        let here = Arc::new(Here::new(settings.depth_max));
        let stream = stream(&settings.name);
        let (words, heard) = mpsc::channel(WORDS);
        let ringer = Ringer {
            here: Arc::clone(&here),
            redis: connection(&client, Some(ANSWER))?,
            stream: stream.clone(),
            depth_max: settings.depth_max,
        };
        let listener = Listener {
            here: Arc::clone(&here),
            // It waits for work within Redis, longer than any answer may take, so on a line of its own.
            redis: connection(&client, Some(listen::BLOCK + ANSWER))?,
            stream,
            consumer: consumer()?,
            stray_after: settings.stray_after,
        };
        let tasks = [
            tokio::spawn(ringer.run(heard)).abort_handle(),
            tokio::spawn(listener.run()).abort_handle(),
        ];
        Ok(Self { here, words, tasks })
    }
}

impl Drop for RedisQueue {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

#[async_trait]
impl Queue for RedisQueue {
    async fn push(&self, items: &[Due]) {
        if items.is_empty() {
            return;
        }
        if let Err(full) = self.words.try_send(Word::Ring(items.to_vec()))
            && let Word::Ring(items) = full.into_inner()
        {
            self.here.ring(&items);
        }
    }

    async fn take(&self, max: usize) -> Vec<Due> {
        self.here.take(max).await
    }

    async fn ack(&self, items: &[Due]) {
        let entries = self.here.done(items);
        if !entries.is_empty() {
            // A word that finds no room is an entry that somebody looks at again.
            drop(self.words.try_send(Word::Done(entries)));
        }
    }

    /// What lies here is due in the store as well, where the others' sweep finds it within a second; its entries are theirs as strays.
    async fn rest(&self) {}

    async fn depth(&self) -> usize {
        let (asked, answer) = oneshot::channel();
        if self.words.try_send(Word::Depth(asked)).is_err() {
            return self.here.depth();
        }
        let waiting = timeout(2 * ANSWER, answer).await;
        waiting.ok().and_then(Result::ok).unwrap_or_default() + self.here.depth()
    }
}

fn check(settings: &BellSettings) -> Result<(), BellError> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let wrong = |field, rule| Err(BellError::Setting { field, rule });
    if !is_name(&settings.name) {
        return wrong("name", "1 to 64 letters, digits and hyphens");
    }
    if settings.depth_max == 0 {
        return wrong("depth_max", "at least 1");
    }
    if settings.stray_after < Duration::from_millis(1) {
        return wrong("stray_after", "at least a millisecond");
    }
    Ok(())
}

/// The key of the stream. In braces, so that a cluster keeps all keys of one bell together.
fn stream(name: &str) -> String {
    format!("eraflazz:{{{name}}}:bell")
}

/// A name for this process that no other has.
fn consumer() -> Result<String, BellError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| BellError::Random)?;
    Ok(uuid::Uuid::from_bytes(random).simple().to_string())
}

/// A connection that is made anew whenever it breaks; commands meanwhile fail at once.
pub(crate) fn connection(
    client: &Client,
    answer: Option<Duration>,
) -> Result<ConnectionManager, BellError> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(ANSWER))
        .set_response_timeout(answer);
    ConnectionManager::new_lazy_with_config(client.clone(), config).map_err(|_| BellError::Address)
}
