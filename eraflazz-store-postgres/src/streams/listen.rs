//! Hearing what others rang, and what others took and never finished.

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::ports::Due;
use redis::RedisError;
use redis::aio::ConnectionManager;
use redis::streams::{StreamAutoClaimReply, StreamId, StreamInfoConsumersReply, StreamReadReply};
use tokio::time::{Instant, sleep};

use super::here::{FETCH_MAX, Here};
use super::{REST, entry};

/// The group of all who work.
pub(super) const GROUP: &str = "workers";

/// How long Redis is asked to wait for work before it says that there is none.
pub(super) const BLOCK: Duration = Duration::from_secs(2);

/// How long the name of a process that is gone is kept.
const FORGET_AFTER: Duration = Duration::from_hours(1);

/// Who hears.
pub(super) struct Listener {
    pub(super) here: Arc<Here>,
    pub(super) redis: ConnectionManager,
    pub(super) stream: String,
    pub(super) consumer: String,
    pub(super) stray_after: Duration,
}

impl Listener {
    /// Fetches work whenever somebody waits for it, for ever.
    pub(super) async fn run(self) {
        let mut strays_from = Instant::now();
        loop {
            let wanted = self.here.wanted().await;
            let is_first_time = Instant::now() < strays_from;
            let heard = if is_first_time {
                self.fetch(wanted).await
            } else {
                strays_from = Instant::now() + self.stray_after / 2;
                self.strays().await
            };
            match heard {
                Ok(entries) => self.take_in(entries, is_first_time).await,
                Err(error) => self.recover(error).await,
            }
        }
    }

    /// New entries: at least one, or none after [`BLOCK`].
    async fn fetch(&self, wanted: usize) -> Result<Vec<StreamId>, RedisError> {
        let wait = BLOCK.min(self.stray_after);
        let read: Option<StreamReadReply> = redis::cmd("XREADGROUP")
            .arg("GROUP")
            .arg(GROUP)
            .arg(&self.consumer)
            .arg("COUNT")
            .arg(wanted.min(FETCH_MAX))
            .arg("BLOCK")
            .arg(wait.as_millis().max(1).to_string())
            .arg("STREAMS")
            .arg(&self.stream)
            .arg(">")
            .query_async(&mut self.redis.clone())
            .await?;
        let keys = read.map(|read| read.keys).unwrap_or_default();
        Ok(keys.into_iter().flat_map(|key| key.ids).collect())
    }

    /// Some of what others took and have not finished for too long. Forgets the names of those who are gone for good.
    async fn strays(&self) -> Result<Vec<StreamId>, RedisError> {
        let redis = &mut self.redis.clone();
        let known: StreamInfoConsumersReply = redis::cmd("XINFO")
            .arg("CONSUMERS")
            .arg(&self.stream)
            .arg(GROUP)
            .query_async(redis)
            .await?;
        let gone = known.consumers.into_iter().filter(|process| {
            let idle = Duration::from_millis(u64::try_from(process.idle).unwrap_or(u64::MAX));
            process.name != self.consumer && process.pending == 0 && idle > FORGET_AFTER
        });
        for process in gone {
            let _forgotten: usize = redis::cmd("XGROUP")
                .arg("DELCONSUMER")
                .arg(&self.stream)
                .arg(GROUP)
                .arg(process.name)
                .query_async(redis)
                .await?;
        }
        let claimed: StreamAutoClaimReply = redis::cmd("XAUTOCLAIM")
            .arg(&self.stream)
            .arg(GROUP)
            .arg(&self.consumer)
            .arg(self.stray_after.as_millis().to_string())
            .arg("0-0")
            .arg("COUNT")
            .arg(FETCH_MAX)
            .query_async(redis)
            .await?;
        Ok(claimed.claimed)
    }

    /// A callback that somebody took and never finished may be what ended it: that is counted where it is taken from the database, and nowhere here, so that it is left to
    /// the sweep (INV-28).
    async fn take_in(&self, entries: Vec<StreamId>, is_first_time: bool) {
        let (mut foreign, mut left) = (Vec::new(), Vec::new());
        let mut ours = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry::read(&entry) {
                Some(Due::Inbox(_)) if !is_first_time => left.push(entry.id),
                Some(due) => ours.push((entry.id, due)),
                None => foreign.push(entry.id),
            }
        }
        self.here.put(ours);
        if !foreign.is_empty() {
            tracing::warn!(
                stream = self.stream,
                count = foreign.len(),
                "entries that are not ours"
            );
        }
        foreign.extend(left);
        if !foreign.is_empty() {
            self.remove(&foreign).await;
        }
    }

    async fn remove(&self, entries: &[String]) {
        let removed: Result<(), RedisError> = redis::pipe()
            .cmd("XACK")
            .arg(&self.stream)
            .arg(GROUP)
            .arg(entries)
            .ignore()
            .cmd("XDEL")
            .arg(&self.stream)
            .arg(entries)
            .ignore()
            .query_async(&mut self.redis.clone())
            .await;
        if let Err(error) = removed {
            self.recover(error).await;
        }
    }

    /// A group that is not there is made; anything else is waited out.
    async fn recover(&self, error: RedisError) {
        if error.code() == Some("NOGROUP") {
            let made: Result<(), RedisError> = redis::cmd("XGROUP")
                .arg("CREATE")
                .arg(&self.stream)
                .arg(GROUP)
                .arg("0")
                .arg("MKSTREAM")
                .query_async(&mut self.redis.clone())
                .await;
            match made {
                Ok(()) => return,
                // Somebody else was quicker.
                Err(error) if error.code() == Some("BUSYGROUP") => return,
                Err(error) => {
                    tracing::warn!(stream = self.stream, %error, "the group of workers cannot be made");
                }
            }
        } else {
            tracing::warn!(stream = self.stream, %error, "Redis cannot be heard; the sweep finds the work");
        }
        sleep(REST).await;
    }
}
