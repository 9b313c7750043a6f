//! Callbacks that settled nothing. Orphans name no attempt of ours: they are kept for a while, because an attempt may become known by what they name, and
//! shown to people, because after a restore they speak of purchases that the books have lost. Quarantined ones could not be read or applied three times:
//! they are a person's, since their supplier will not send them again (INV-28).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::seldom::Pace;
use super::work::is_done;
use super::written::subject_of;
use crate::commit::{Case, CaseKey, CaseKind, CaseWrite, Changes, Unavailable, Verdict};
use crate::ids::{InboxId, SupplierId};
use crate::order::Aggregate;
use crate::ports::{Due, InboxRow, InboxState, Page};
use crate::supplier::Sighting;
use crate::time::Timestamp;

/// The source of the case of a supplier's callbacks that name no order and could not be read.
const SOURCE: &str = "unreadable";

/// How many that were set aside are read at once.
const AT_ONCE: usize = 200;

/// How many orphans of each supplier are kept, and how many quarantined ones: the newest.
const KEPT: usize = 1_000;

/// How many orphans of each supplier came since those that need not be kept were let go. So many more than [`KEPT`] there can be, and no more.
pub(super) type Kept = BTreeMap<SupplierId, usize>;

/// How long any of them is kept: longer than any attempt is asked about.
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);

/// How often those that need not be kept any longer are let go. All that are kept are read for it; how many more there can be meanwhile [`Kept`] bounds.
const LET_GO_EVERY: Duration = Duration::from_mins(10);

/// Two servers that share an account hear of each other's orders for ever: that is told at once, and at last once a day.
const PACE: Pace = Pace {
    soonest: Duration::from_mins(1),
    rarest: Duration::from_hours(24),
};

/// A callback that names no attempt of ours, or was quarantined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Its id in the inbox.
    pub id: InboxId,
    /// From which supplier.
    pub supplier: SupplierId,
    /// When it came.
    pub received_at: Timestamp,
    /// Whether its signature was verified.
    pub signed: bool,
    /// What the adapter read of it; empty if it cannot be read.
    pub sightings: Vec<Sighting>,
    /// The body as it came.
    pub raw: Bytes,
    /// Whether it was set aside because it could not be read or applied three times. It may name an attempt of ours then; a case `unreadable` says so.
    pub quarantined: bool,
}

impl Engine {
    /// Callbacks that name no attempt of ours, and quarantined ones, oldest first. At most the 1000 newest of each supplier and of either kind, and those of
    /// 30 days, are kept, and for up to ten minutes what came since they were last counted, at most 1000 more.
    pub async fn orphans(&self, page: &Page) -> Result<Vec<Orphan>, Unavailable> {
        let (mut skip, mut after, mut found) = (page.skip, None, Vec::new());
        while found.len() < page.limit {
            let rows = self.inner.store.set_aside(after, AT_ONCE).await?;
            let Some(last) = rows.last() else {
                break;
            };
            after = Some(last.id);
            let passed = skip.min(rows.len());
            skip -= passed;
            let wanted = rows.into_iter().skip(passed);
            found.extend(wanted.take(page.limit - found.len()));
        }
        let mut told = Vec::with_capacity(found.len());
        for row in found {
            let quarantined = row.state == InboxState::Quarantined;
            // What could not be read then is not read for people to see.
            let sightings = if quarantined {
                row.sightings.clone().unwrap_or_default()
            } else {
                self.read_row(&row).await.unwrap_or_default().0
            };
            told.push(Orphan {
                id: row.id,
                supplier: row.supplier,
                received_at: row.received_at,
                signed: row.signed,
                sightings,
                raw: row.raw(),
                quarantined,
            });
        }
        Ok(told)
    }

    /// Keeps a callback that names no attempt of ours. Whether one is known by it after all, and it waits again.
    pub(super) async fn keep_orphan(
        &self,
        row: &InboxRow,
        sightings: &[Sighting],
    ) -> Result<bool, Unavailable> {
        let mut counted = self.inner.orphans.lock().await;
        let store = &self.inner.store;
        store.set_inbox_aside(row.id, InboxState::Orphan).await?;
        // An attempt that became known by it meanwhile did not find it among the orphans.
        if self.match_row(row.supplier, sightings).await?.is_some() {
            store.set_inbox_aside(row.id, InboxState::Waiting).await?;
            return Ok(true);
        }
        let place = self.inner.board.place(row.supplier);
        self.inner.meter.orphan(place, "kept");
        self.tell_orphan(row, sightings);
        let more = counted.entry(row.supplier).or_default();
        *more += 1;
        if *more >= KEPT {
            self.let_go_of_these(&mut counted).await?;
        }
        Ok(false)
    }

    /// A callback that could not be read or applied so often is tried no more, and stands before a person: its supplier had its answer, and will not send it
    /// again. The order that it names is looked up but once: should a process die over that too, it is a matter of its supplier.
    pub(super) async fn quarantine(&self, row: &InboxRow) -> Result<(), Unavailable> {
        let supplier = self.named(row.supplier);
        tracing::error!(inbox = %row.id, supplier, alert = "a callback could not be read", "quarantined");
        self.inner.meter.alert("callback");
        let is_last_try = row.tries == self.inner.settings.inbox_tries_max;
        let named = match &row.sightings {
            Some(sightings) if is_last_try => self.match_row(row.supplier, sightings).await?,
            Some(_) | None => None,
        };
        let (subject, version) = match named {
            Some((agg, _)) => (agg.order.id.into(), agg.order.version),
            None => (subject_of("callbacks", SOURCE, &supplier), 1),
        };
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        unit.cases.push(CaseWrite::Open(Case {
            key: CaseKey {
                subject,
                version,
                kind: CaseKind::Unreadable,
            },
            amount: None,
            opened_at: now,
            deadline: now.plus(self.inner.settings.policy.case_deadline),
        }));
        let opened = self.inner.store.commit(vec![unit]).await?;
        if !is_done(&opened) {
            tracing::error!(inbox = %row.id, ?opened, "the case of what could not be read was not opened; new orders stop");
            self.inner
                .board
                .stop("a callback that could not be read does not stand before a person");
        }
        let quarantined = InboxState::Quarantined;
        self.inner.store.set_inbox_aside(row.id, quarantined).await
    }

    fn tell_orphan(&self, row: &InboxRow, sightings: &[Sighting]) {
        let supplier = self.named(row.supplier);
        let our_ref = sightings.iter().find_map(|said| said.our_ref.as_ref());
        let their_ref = sightings.iter().find_map(|said| said.their_ref.as_ref());
        let our_ref = our_ref.map(tracing::field::display);
        let their_ref = their_ref.map(tracing::field::display);
        let claim = sightings.first().map(|said| said.claim);
        let now = self.inner.clock.now();
        let cause = ("orphan", Some(row.supplier));
        if let Some(untold) = self.inner.seldom.tell(cause, &PACE, now) {
            tracing::warn!(inbox = %row.id, supplier, our_ref, their_ref, ?claim, untold, alert = "a callback names no attempt of ours", "orphan kept");
            self.inner.meter.alert("callback");
        } else {
            tracing::debug!(inbox = %row.id, supplier, our_ref, their_ref, ?claim, "orphan kept");
        }
    }

    /// A commit made attempts known by the supplier's own reference: callbacks that had named it are somebody's now (E-7, money-safety 8.3). One
    /// that is missed here is found at the next start.
    pub(super) async fn claim_orphans(&self, before: &Aggregate, after: &Aggregate) {
        for attempt in &after.attempts {
            let was = before.attempt(attempt.no);
            let Some(their_ref) = &attempt.their_ref else {
                continue;
            };
            if was.is_some_and(|was| was.their_ref.is_some()) {
                continue;
            }
            let found = self.inner.store.orphans_naming(attempt.supplier, their_ref);
            match found.await {
                Ok(orphans) => {
                    for id in orphans {
                        self.claim_orphan(id).await;
                    }
                }
                Err(error) => self.warn_seldom("orphans could not be matched", &error),
            }
        }
    }

    async fn claim_orphan(&self, id: InboxId) {
        let _counted = self.inner.orphans.lock().await;
        let waiting = self.inner.store.set_inbox_aside(id, InboxState::Waiting);
        match waiting.await {
            Ok(()) => self.inner.queue.push(&[Due::Inbox(id)]).await,
            Err(error) => self.warn_seldom("an orphan could not be claimed", &error),
        }
    }

    /// Applies orphans that are somebody's by now: a process may have died between the commit that made an attempt known and the orphans that
    /// wait for it.
    pub(super) async fn recover_orphans(&self) -> Result<(), Unavailable> {
        let mut after = None;
        loop {
            let page = self
                .persist(|| self.inner.store.set_aside(after, AT_ONCE))
                .await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.id);
            let orphans = page
                .into_iter()
                .filter(|row| row.state == InboxState::Orphan);
            for row in orphans {
                let Ok((sightings, _)) = self.read_row(&row).await else {
                    continue;
                };
                let whose = || self.match_row(row.supplier, &sightings);
                if self.persist(whose).await?.is_some() {
                    let waiting = InboxState::Waiting;
                    self.persist(|| self.inner.store.set_inbox_aside(row.id, waiting))
                        .await?;
                    self.apply_callback(row.id).await;
                }
            }
        }
    }

    /// Lets orphans go that need not be kept any longer, now and every ten minutes, so that a server that shares its account keeps a bounded number.
    pub(super) async fn let_orphans_go_until(&self, shutdown: &CancellationToken) {
        loop {
            if self.inner.is_on_duty()
                && let Err(error) = self.let_orphans_go().await
            {
                self.warn_seldom("orphans could not be let go", &error);
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.inner.clock.sleep(LET_GO_EVERY) => {}
            }
        }
    }

    async fn let_orphans_go(&self) -> Result<(), Unavailable> {
        let mut counted = self.inner.orphans.lock().await;
        self.let_go_of_these(&mut counted).await
    }

    /// None is claimed between being found among the orphans and being let go: `counted` is locked.
    async fn let_go_of_these(&self, counted: &mut Kept) -> Result<(), Unavailable> {
        counted.clear();
        let now = self.inner.clock.now();
        let since = now.minus(KEPT_FOR);
        let mut kept: BTreeMap<(SupplierId, bool), VecDeque<InboxId>> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.inner.store.set_aside(after, AT_ONCE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.id);
            let mut gone = Vec::new();
            for row in page {
                if row.received_at < since {
                    gone.push((row.supplier, row.id));
                    continue;
                }
                let is_orphan = row.state == InboxState::Orphan;
                let newest = kept.entry((row.supplier, is_orphan)).or_default();
                newest.push_back(row.id);
                if newest.len() > KEPT {
                    gone.extend(newest.pop_front().map(|id| (row.supplier, id)));
                }
            }
            self.let_go(&gone, now).await?;
        }
    }

    async fn let_go(
        &self,
        gone: &[(SupplierId, InboxId)],
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        if gone.is_empty() {
            return Ok(());
        }
        let unit = |(_, id): &(_, InboxId)| Changes {
            inbox_done: vec![*id],
            ..Changes::at(now)
        };
        let units = gone.iter().map(unit).collect();
        let verdicts = self.inner.store.commit(units).await?;
        for ((supplier, _), verdict) in gone.iter().zip(verdicts) {
            if let Verdict::Done(_) = verdict {
                let place = self.inner.board.place(*supplier);
                self.inner.meter.orphan(place, "let_go");
            }
        }
        tracing::info!(orphans = gone.len(), "orphans let go");
        Ok(())
    }
}
