//! A bell for due work.

use async_trait::async_trait;

use super::store::Due;

/// A bell for due work. It may lose and double what it carries without harm: the store is the record (INV-26), and what is due is found by the sweep.
/// The only promise is promptness.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Rings for each item. Never waits and never fails: a full or absent queue drops, and the sweep finds the work.
    async fn push(&self, items: &[Due]);

    /// Waits until there is work and takes at most `max` items. Cancel-safe: a dropped call loses nothing that it did not return.
    async fn take(&self, max: usize) -> Vec<Due>;

    /// Says that these items, taken earlier, were worked: their results are committed. Repeating it changes nothing.
    async fn ack(&self, items: &[Due]);

    /// Says that nobody takes work here for now, until [`Queue::take`] is called again: what this end has taken out of others' reach for those who took here, and
    /// gave to none of them, is within it again, as if it had never been taken. Returns when it is, or when that failed: then it is due again a while later. A bell that keeps nothing from
    /// anybody has nothing to do.
    async fn rest(&self);

    /// How much waits, roughly.
    async fn depth(&self) -> usize;
}
