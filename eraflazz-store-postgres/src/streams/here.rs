//! What this process has of the bell: what was taken from Redis or rung here, and nobody has worked yet.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eraflazz_core::ports::Due;
use tokio::sync::Notify;

/// The most that is fetched at once, and so the most that other processes wait for in vain if this one dies.
pub(super) const FETCH_MAX: usize = 1_000;

/// The bell within this process.
#[derive(Debug)]
pub(super) struct Here {
    state: Mutex<State>,
    /// Work is here.
    bell: Notify,
    /// Somebody waits for work, and none is here.
    wanted: Notify,
    depth_max: usize,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Due>,
    /// Which entries of the stream say what is waiting here or being worked.
    entries: HashMap<Due, Vec<String>>,
    /// How much those who wait ask for, together.
    asked: usize,
    /// Whether anybody ever took work here.
    is_worker: bool,
}

/// Somebody waits for work, as long as this is there: who hangs up no longer asks.
struct Asking<'a> {
    here: &'a Here,
    max: usize,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.here.state().asked -= self.max;
    }
}

impl Here {
    pub(super) fn new(depth_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            bell: Notify::new(),
            wanted: Notify::new(),
            depth_max,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rings in this process alone. Where nobody works it says nothing to anybody.
    pub(super) fn ring(&self, items: &[Due]) {
        let mut state = self.state();
        if !state.is_worker {
            return;
        }
        let room = self.depth_max.saturating_sub(state.waiting.len());
        state.waiting.extend(items.iter().take(room));
        drop(state);
        self.bell.notify_one();
    }

    /// Takes in what was fetched: entries, and what they say.
    pub(super) fn put(&self, fetched: Vec<(String, Due)>) {
        if fetched.is_empty() {
            return;
        }
        let mut state = self.state();
        for (entry, due) in fetched {
            state.entries.entry(due).or_default().push(entry);
            state.waiting.push_back(due);
        }
        drop(state);
        self.bell.notify_one();
    }

    /// Waits until there is work.
    pub(super) async fn take(&self, max: usize) -> Vec<Due> {
        let max = max.clamp(1, FETCH_MAX);
        loop {
            let rung = self.bell.notified();
            let asking = {
                let mut state = self.state();
                state.is_worker = true;
                if !state.waiting.is_empty() {
                    let count = state.waiting.len().min(max);
                    let taken = state.waiting.drain(..count).collect();
                    let (is_more, is_asked) = (!state.waiting.is_empty(), state.asked > 0);
                    drop(state);
                    if is_more {
                        self.bell.notify_one();
                    } else if is_asked {
                        self.wanted.notify_one();
                    }
                    return taken;
                }
                state.asked += max;
                Asking { here: self, max }
            };
            self.wanted.notify_one();
            rung.await;
            drop(asking);
        }
    }

    /// Waits until somebody waits for work and none is here; how much is asked for.
    pub(super) async fn wanted(&self) -> usize {
        loop {
            {
                let state = self.state();
                if state.waiting.is_empty() && state.asked > 0 {
                    return state.asked.min(FETCH_MAX);
                }
            }
            self.wanted.notified().await;
        }
    }

    /// These are worked: the entries that said so.
    pub(super) fn done(&self, items: &[Due]) -> Vec<String> {
        let mut state = self.state();
        let entries = items.iter().filter_map(|due| state.entries.remove(due));
        entries.flatten().collect()
    }

    pub(super) fn depth(&self) -> usize {
        self.state().waiting.len()
    }
}
