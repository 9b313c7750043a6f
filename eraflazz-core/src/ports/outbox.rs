//! What members must still learn, as the deliverer and people read it.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::commit::{OutboxRow, Unavailable};
use crate::ids::MemberId;
use crate::ports::Page;
use crate::time::Timestamp;

/// The outbox, read. A port of its own because its only reader is delivery: rows come and go inside a [`Store::commit`](super::Store::commit), by the rules of
/// [`commit::apply`](fn@crate::commit::apply), and no decision about an order or money rests on them.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// What is due at `now` for members whose endpoint is active, the `busy` ones left out: of each member the longest overdue first, at most `each`;
    /// at most `limit` in all, and then those of the members that wait longest. So a member for which much waits hides nobody. Reading it
    /// changes nothing.
    async fn due_outbox(
        &self,
        now: Timestamp,
        busy: &BTreeSet<MemberId>,
        each: usize,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, Unavailable>;

    /// How much waits and how much is parked, for one member or for all.
    async fn outbox_depth(&self, of: Option<MemberId>) -> Result<OutboxDepth, Unavailable>;

    /// What is parked for the member, by order.
    async fn parked(&self, member: MemberId, page: &Page) -> Result<Vec<OutboxRow>, Unavailable>;
}

/// How much members must still learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxDepth {
    /// Rows that will be tried.
    pub waiting: u64,
    /// Rows whose tries are used up.
    pub parked: u64,
}
