//! What happened to an order, or to another subject, as far as memory has it.

use std::sync::Arc;

use eraflazz_core::ledger::{EffectKey, TransferRow};
use eraflazz_core::order::{Aggregate, LogRow};

use super::State;
use super::window::NOWHERE;

/// Money and log of one subject.
#[derive(Debug)]
pub(crate) struct History {
    /// Where its newest transfer stands in the window.
    last: u64,
    /// Those before this place are in `kept`.
    from: u64,
    /// Its transfers that left the window, oldest first.
    kept: Vec<TransferRow>,
    /// What was heard and decided since the last checkpoint began.
    pub(super) log: Vec<LogRow>,
    /// What the checkpoint that is being written has of its log.
    pub(super) sealed_log: Option<Arc<[LogRow]>>,
    /// Written since the last checkpoint began.
    pub(super) is_changed: bool,
}

impl Default for History {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl History {
    /// A history with these transfers, all of them archived.
    pub(super) const fn of(kept: Vec<TransferRow>) -> Self {
        Self {
            last: NOWHERE,
            from: 0,
            kept,
            log: Vec::new(),
            sealed_log: None,
            is_changed: false,
        }
    }

    /// The next transfer stands at `place`; gives where the one before it does.
    pub(super) const fn follow(&mut self, place: u64) -> u64 {
        std::mem::replace(&mut self.last, place)
    }

    /// What there is of its log: of the checkpoint under way, then since.
    pub(crate) fn log(&self, with_sealed: bool) -> Vec<LogRow> {
        let sealed = self.sealed_log.iter().filter(|_| with_sealed);
        let sealed = sealed.flat_map(|log| log.iter());
        sealed.chain(&self.log).cloned().collect()
    }

    /// The log as the checkpoint that begins now takes it.
    pub(super) fn seal(&mut self) -> Option<Arc<[LogRow]>> {
        self.is_changed = false;
        self.sealed_log = None;
        if self.log.is_empty() {
            return None;
        }
        let log: Arc<[LogRow]> = std::mem::take(&mut self.log).into();
        self.sealed_log = Some(Arc::clone(&log));
        Some(log)
    }
}

/// An order as memory has it.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Shared with the checkpoint that is being written, if any: changed by copying then.
    pub(crate) agg: Arc<Aggregate>,
    pub(crate) history: History,
}

impl Slot {
    pub(super) const fn new(agg: Arc<Aggregate>, history: History) -> Self {
        Self { agg, history }
    }
}

impl State {
    /// The transfers of the history that stand in the window, newest first.
    fn in_window<'a>(&'a self, history: &'a History) -> impl Iterator<Item = &'a TransferRow> {
        let mut at = history.last;
        std::iter::from_fn(move || {
            if at == NOWHERE || at < history.from {
                return None;
            }
            let placed = self.transfer(at)?;
            at = placed.before;
            Some(&placed.row)
        })
    }

    /// Whether the effect happened, as far as memory has its subject.
    pub(super) fn knows_effect(&self, history: &History, key: &EffectKey) -> bool {
        self.in_window(history).any(|row| row.key == *key)
            || history.kept.iter().any(|row| row.key == *key)
    }

    /// The rows of a journal, oldest first.
    pub(super) fn journal(&self, history: &History, key: &EffectKey) -> Vec<TransferRow> {
        let mut rows: Vec<TransferRow> = self
            .in_window(history)
            .filter(|row| row.key == *key)
            .copied()
            .collect();
        rows.reverse();
        let kept = history.kept.iter().filter(|row| row.key == *key);
        rows.splice(..0, kept.copied());
        rows
    }

    /// The rows of the history that stand in the window before `end`, oldest first: they are about to leave it.
    pub(super) fn leaving(&self, history: &History, end: u64) -> Vec<TransferRow> {
        let mut at = history.last;
        let mut rows = Vec::new();
        while at != NOWHERE && at >= history.from {
            let Some(placed) = self.transfer(at) else {
                break;
            };
            if at < end {
                rows.push(placed.row);
            }
            at = placed.before;
        }
        rows.reverse();
        rows
    }
}

impl History {
    /// Keeps the rows that leave the window, which begins at `end` from now on.
    pub(super) fn keep(&mut self, mut leaving: Vec<TransferRow>, end: u64) {
        self.kept.append(&mut leaving);
        self.kept.shrink_to_fit();
        self.from = end;
        self.sealed_log = None;
    }
}
