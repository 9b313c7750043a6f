//! The load tool: drives a real HTTP server, open or closed loop, and times every request from the moment it should have gone out.
//!
//! In the open loop requests go out on a fixed schedule, whatever the server does; one that has to wait for a free connection has been
//! late since its time came, and is timed from then. So a server that stalls cannot hide it (no coordinated omission). In the closed loop each
//! connection sends its next request when the last one is answered.

mod connection;
pub mod echo;
pub mod order;
pub mod outcome;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::task::JoinSet;

use crate::shop::Failure;
use connection::Connection;
pub use outcome::Outcome;

/// How requests follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The next one when the last one is answered.
    Closed,
    /// So many a second, on schedule.
    Open {
        /// How many.
        per_second: u64,
    },
}

/// A load to put on a server.
#[derive(Clone, Debug)]
pub struct Load {
    /// `host:port` of a plain HTTP server.
    pub server: String,
    /// How requests follow each other.
    pub pace: Pace,
    /// Connections kept open; in the closed loop, requests under way.
    pub connections: u32,
    /// Requests in all.
    pub requests: u64,
}

/// Gives the n-th request.
pub type Requests = dyn Fn(u64) -> Result<Request<Full<Bytes>>, Failure> + Send + Sync;

impl Load {
    /// Puts the load on the server and waits for every answer. A request that brings none (a connection that breaks, nothing within 30 s) is counted as
    /// lost, not repeated. Fails only if no connection can be made or a request cannot be built.
    pub async fn run(&self, requests: Arc<Requests>) -> Result<Outcome, Failure> {
        let mut connections = Vec::with_capacity(usize::try_from(self.connections)?);
        for _ in 0..self.connections {
            connections.push(Connection::open(&self.server).await?);
        }
        let next = Arc::new(AtomicU64::new(0));
        let began = Instant::now();
        let mut senders = JoinSet::new();
        for connection in connections {
            let (load, next, requests) = (self.clone(), Arc::clone(&next), Arc::clone(&requests));
            senders.spawn(async move { load.send_on(connection, &next, &*requests, began).await });
        }
        let mut whole = Outcome::new()?;
        while let Some(part) = senders.join_next().await {
            whole.add(&part??)?;
        }
        whole.took = began.elapsed();
        Ok(whole)
    }

    async fn send_on(
        &self,
        mut connection: Connection,
        next: &AtomicU64,
        requests: &Requests,
        began: Instant,
    ) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::new()?;
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= self.requests {
                return Ok(outcome);
            }
            let due = match self.pace {
                Pace::Closed => Instant::now(),
                Pace::Open { per_second } => {
                    let due = began + Duration::from_nanos(n * 1_000_000_000 / per_second.max(1));
                    tokio::time::sleep_until(due.into()).await;
                    due
                }
            };
            let request = requests(n)?;
            if let Some(status) = connection.answer_to(request).await {
                outcome.answered(status, due.elapsed())?;
            } else {
                outcome.lost += 1;
                connection = Connection::open(&self.server).await?;
            }
        }
    }
}
