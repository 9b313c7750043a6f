//! Rates that all machines share: core's GCRA as one script within Redis.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use eraflazz_core::limit::{Rate, Taken};
use redis::aio::ConnectionManager;
use redis::{Client, RedisError, Script};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::streams::{ANSWER, BellError, REST, connection};

/// Counts under Redis's own clock, which is the only one that all machines share. It keeps the theoretical arrival time of the next call in microseconds, far below
/// the 2^53 that Lua counts exactly.
const TAKE: &str = include_str!("limits.lua");

/// Buckets in Redis, one a caller, that all processes count in. A bucket that is full again is forgotten.
pub struct SharedRates {
    redis: ConnectionManager,
    script: Script,
    name: String,
    away_until: Mutex<Option<Instant>>,
}

impl fmt::Debug for SharedRates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRates")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl SharedRates {
    /// Buckets under this name. Redis need not be there yet.
    ///
    /// # Errors
    /// An address that is none.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open(address: &SecretString, name: &str) -> Result<Self, BellError> {
        let client = Client::open(address.expose_secret()).map_err(|_| BellError::Address)?;
        Ok(Self {
            redis: connection(&client, Some(ANSWER))?,
            script: Script::new(TAKE),
            name: name.to_owned(),
            away_until: Mutex::default(),
        })
    }

    /// Counts a call of `caller` now, if `rate` allows one: the rule of [`Tat::take`](eraflazz_core::limit::Tat::take).
    ///
    /// None if Redis cannot say, which takes at most half a second and then nothing for a second: then a process limits by itself, more strictly, by
    /// [`Rate::split`] over as many processes as there are.
    pub async fn take(&self, caller: &str, rate: Rate) -> Option<Taken> {
        let is_away = |until: Instant| Instant::now() < until;
        if self.away_until().is_some_and(is_away) {
            return None;
        }
        match self.ask(caller, rate).await {
            Ok((0, _)) => Some(Taken::Allowed),
            Ok((wait, _)) => Some(Taken::Wait(Duration::from_micros(wait))),
            Err(error) => {
                tracing::warn!(name = self.name, %error, "Redis counts no calls; each process limits by itself");
                *self.away_until() = Some(Instant::now() + REST);
                None
            }
        }
    }

    fn away_until(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.away_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How long to wait, and Redis's time, both in microseconds.
    async fn ask(&self, caller: &str, rate: Rate) -> Result<(u64, u64), RedisError> {
        let micros = u64::try_from(rate.per().as_micros()).unwrap_or(u64::MAX);
        self.script
            .key(format!("eraflazz:{{{}}}:rate:{caller}", self.name))
            .arg(micros)
            .arg(rate.burst())
            .invoke_async(&mut self.redis.clone())
            .await
    }
}
