//! Passing on what this process has to say: work that came up, entries that are done.

use std::sync::Arc;

use eraflazz_core::ports::Due;
use redis::aio::ConnectionManager;
use redis::streams::StreamInfoGroupsReply;
use redis::{Pipeline, RedisError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::here::Here;
use super::listen::GROUP;
use super::{REST, entry};

/// How many commands go to Redis at once: it serves nobody else meanwhile.
const COMMANDS: usize = 500;

/// How many words are heard at once.
const WORDS: usize = 64;

/// What is to be said.
#[derive(Debug)]
pub(super) enum Word {
    /// This is due.
    Ring(Vec<Due>),
    /// These entries are done.
    Done(Vec<String>),
    /// How many entries wait that nobody took? Asked after all words before it were said.
    Depth(oneshot::Sender<usize>),
}

/// Who says it.
pub(super) struct Ringer {
    pub(super) here: Arc<Here>,
    pub(super) redis: ConnectionManager,
    pub(super) stream: String,
    pub(super) depth_max: usize,
}

impl Ringer {
    /// Says every word that is heard, until nobody can say one any more.
    pub(super) async fn run(self, mut heard: mpsc::Receiver<Word>) {
        let mut words = Vec::with_capacity(WORDS);
        let mut away_until = Instant::now();
        while heard.recv_many(&mut words, WORDS).await > 0 {
            let (mut rings, mut done, mut asked) = (Vec::new(), Vec::new(), Vec::new());
            for word in words.drain(..) {
                match word {
                    Word::Ring(items) => rings.extend(items),
                    Word::Done(entries) => done.extend(entries),
                    Word::Depth(answer) => asked.push(answer),
                }
            }
            for some in rings.chunks(COMMANDS) {
                let is_away = Instant::now() < away_until;
                if is_away || !self.said("ring", self.ring(some).await, &mut away_until) {
                    self.here.ring(some);
                }
            }
            for some in done.chunks(COMMANDS) {
                if Instant::now() >= away_until {
                    self.said("done", self.done(some).await, &mut away_until);
                }
            }
            if !asked.is_empty() && Instant::now() >= away_until {
                let depth = self.depth().await.unwrap_or_default();
                for answer in asked {
                    let _gone = answer.send(depth);
                }
            }
        }
    }

    /// Whether it was said; else Redis is left alone for a while.
    fn said(&self, what: &str, result: Result<(), RedisError>, away_until: &mut Instant) -> bool {
        let Err(error) = result else {
            return true;
        };
        *away_until = Instant::now() + REST;
        tracing::warn!(stream = self.stream, %error, "Redis did not take a {what}; the sweep will");
        false
    }

    async fn ring(&self, items: &[Due]) -> Result<(), RedisError> {
        let mut pipeline = Pipeline::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            let (field, value) = entry::write(item);
            let add = pipeline.cmd("XADD").arg(&self.stream);
            // Once a pipeline: to look at the length with each entry costs more than the few by which it may be too long meanwhile.
            if n + 1 == items.len() {
                add.arg("MAXLEN").arg("~").arg(self.depth_max);
            }
            add.arg("*").arg(field).arg(value).ignore();
        }
        pipeline.query_async(&mut self.redis.clone()).await
    }

    async fn done(&self, entries: &[String]) -> Result<(), RedisError> {
        let mut pipeline = Pipeline::with_capacity(2);
        pipeline
            .cmd("XACK")
            .arg(&self.stream)
            .arg(GROUP)
            .arg(entries)
            .ignore();
        // An entry that is done is of no use to anybody: what is in the stream is what is to be done.
        pipeline.cmd("XDEL").arg(&self.stream).arg(entries).ignore();
        pipeline.query_async(&mut self.redis.clone()).await
    }

    /// How many entries nobody took yet.
    async fn depth(&self) -> Result<usize, RedisError> {
        let redis = &mut self.redis.clone();
        let groups: Result<StreamInfoGroupsReply, RedisError> = redis::cmd("XINFO")
            .arg("GROUPS")
            .arg(&self.stream)
            .query_async(redis)
            .await;
        let groups = groups.map(|groups| groups.groups).unwrap_or_default();
        let ours = groups.into_iter().find(|group| group.name == GROUP);
        if let Some(lag) = ours.as_ref().and_then(|group| group.lag) {
            return Ok(lag);
        }
        // Redis has lost count, or nobody took anything yet: what is there and not under way.
        let length: usize = redis::cmd("XLEN")
            .arg(&self.stream)
            .query_async(redis)
            .await?;
        Ok(ours.map_or(length, |group| length.saturating_sub(group.pending)))
    }
}
