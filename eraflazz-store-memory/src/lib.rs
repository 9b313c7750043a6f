//! The reference store: orders, money, catalog and members in memory, and the in-process queue.
//!
//! One [`State`](state) behind one lock: its single writer is what makes the promises that `PostgreSQL` keeps with row locks and indexes.
//! Everything is kept; new orders are refused at a maximum, because without a folder nothing ever leaves memory (D14).

mod catalog;
mod ledger;
mod members;
mod queue;
mod state;
mod store;
mod view;

use std::sync::{Mutex, MutexGuard, PoisonError};

use eraflazz_core::commit::Unavailable;

use state::State;

pub use queue::LocalQueue;

/// The store in memory. Implements every store port of `eraflazz-core`. Share it by `Arc`.
#[derive(Debug)]
pub struct MemoryStore {
    state: Mutex<State>,
    orders_max: usize,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// Orders that are kept at most unless told otherwise.
    pub const ORDERS_MAX: usize = 1_000_000;

    /// An empty store that refuses new orders at [`Self::ORDERS_MAX`].
    pub fn new() -> Self {
        Self::with_orders_max(Self::ORDERS_MAX)
    }

    /// An empty store that refuses new orders at `orders_max`.
    pub fn with_orders_max(orders_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            orders_max,
        }
    }

    /// The state. A panic while it was held is a broken invariant; nothing may build on it.
    fn state(&self) -> Result<MutexGuard<'_, State>, Unavailable> {
        self.state.lock().map_err(|_| Unavailable {
            may_have_committed: true,
            why: "a commit panicked; the store is closed".to_owned(),
        })
    }

    /// The state for reading; what a panicked commit left is still readable.
    fn read(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
