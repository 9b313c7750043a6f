//! The store as the engine uses it: every commit is timed.

use std::ops::Deref;
use std::sync::Arc;

use super::Meter;
use crate::commit::{Changes, Unavailable, Verdict};
use crate::ports::{Clock, Store};

/// The record of orders. All of [`Store`] as it is, but for `commit`, which is timed on the way.
pub(in crate::engine) struct Record {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    meter: Arc<Meter>,
}

impl Record {
    pub(in crate::engine) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        meter: Arc<Meter>,
    ) -> Self {
        Self {
            store,
            clock,
            meter,
        }
    }

    /// [`Store::commit`], timed.
    pub(in crate::engine) async fn commit(
        &self,
        units: Vec<Changes>,
    ) -> Result<Vec<Verdict>, Unavailable> {
        let (began, count) = (self.clock.now(), units.len());
        let answer = self.store.commit(units).await;
        self.meter.commit_time.record(self.clock.now().since(began));
        match &answer {
            Ok(verdicts) => {
                let is_done = |verdict: &&Verdict| matches!(verdict, Verdict::Done(_));
                let done = verdicts.iter().filter(is_done).count();
                self.meter.units.many("done", done);
                self.meter.units.many("refused", verdicts.len() - done);
            }
            Err(_) => self.meter.units.many("unavailable", count),
        }
        answer
    }
}

impl Deref for Record {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}
