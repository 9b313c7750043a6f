//! Callbacks: stored first, answered, applied later (money-safety section 8).

use std::sync::Arc;

use super::Engine;
use super::reading::Read;
use crate::commit::{Changes, Unavailable};
use crate::ids::{InboxId, SupplierId};
use crate::order::{self, Aggregate, Attempt, Channel, Heard};
use crate::ports::{Due, InboxRow, InboxState, Supplier};
use crate::supplier::{Answer, Callback, RawRequest, Sighting};

/// The most of a callback that is read.
pub(super) const BODY_MAX: usize = 64 * 1024;

/// A callback that is durably stored: give this answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackTaken {
    /// Exactly what the provider expects.
    pub answer: Answer,
}

/// A callback that is from whom it says, as far as its supplier signs; not stored yet. Drop it to refuse it: nothing happened.
#[derive(Debug)]
#[must_use = "a callback that is not taken is lost"]
pub struct VerifiedCallback {
    supplier: SupplierId,
    signed: bool,
    sightings: Option<Vec<Sighting>>,
    request: RawRequest,
    answer: Answer,
}

/// Why nobody knows what a callback in the inbox says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It cannot be read, and counts a try.
    Poison,
    /// Not read now, by no fault of its own.
    Busy,
}

/// How far a callback that waited came.
enum Applied {
    /// It waits no more.
    Done,
    /// The order is to be looked at afresh.
    Afresh,
    /// It stays due.
    Later,
}

/// Why a callback was not stored. The provider may try again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// No such supplier, or not provably from it: the same answer for both.
    #[error("the callback is not authenticated")]
    Unauthenticated,
    /// More than 64 KiB.
    #[error("a callback has at most 64 KiB")]
    TooLarge,
    /// So many callbacks of this supplier wait to be applied that no more are stored for now. Nothing is lost that it does not send again, or that is not
    /// heard when it is asked.
    #[error("too many callbacks of this supplier wait to be applied; send it again later")]
    TooMany,
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Engine {
    /// Takes a supplier's callback: verifies it, stores it raw, and gives the answer to send. It is applied by [`Engine::run`], soon, and judged by
    /// when it came. The same callback again waits in the inbox again and leaves it without a trace: it changes neither the order nor its log, however
    /// late or often it comes (E-6, [`Said`](order::Said)).
    pub async fn supplier_callback(
        &self,
        supplier: &str,
        request: RawRequest,
    ) -> Result<CallbackTaken, CallbackError> {
        let verified = self.verify_callback(supplier, request).await?;
        self.take_callback(verified).await
    }

    /// The first half of [`Engine::supplier_callback`]: verifies and reads it, and writes nothing. Between the two a server counts the callback
    /// against what it takes of this supplier, so that strangers use up nothing of it.
    pub async fn verify_callback(
        &self,
        supplier: &str,
        request: RawRequest,
    ) -> Result<VerifiedCallback, CallbackError> {
        if request.body.len() > BODY_MAX {
            return Err(CallbackError::TooLarge);
        }
        let Some((id, adapter)) = self.supplier_named(supplier).await? else {
            return Err(CallbackError::Unauthenticated);
        };
        let heard = |taken| self.inner.meter.heard(self.inner.board.place(id), taken);
        let signs = adapter.profile().callback == Callback::Signed;
        let (sightings, answer, signed) = match self.read(id, adapter, &request).await {
            Read::Done(Ok(reading)) => (Some(reading.sightings), reading.answer, signs),
            Read::Done(Err(_)) => {
                heard("unauthenticated");
                return Err(CallbackError::Unauthenticated);
            }
            // Nothing was verified: the bytes are kept as a hint and tried again (INV-28).
            Read::Poison => (None, Answer::ok(), false),
            // What nobody looked at is not kept: anybody could fill the inbox. Its sender tries again.
            Read::Busy => {
                heard("failed");
                return Err(CallbackError::Unavailable(Unavailable {
                    may_have_committed: false,
                    why: "readers of earlier callbacks have not come back".to_owned(),
                }));
            }
        };
        Ok(VerifiedCallback {
            supplier: id,
            signed,
            sightings,
            request,
            answer,
        })
    }

    /// The second half of [`Engine::supplier_callback`]: stores it durably. It counts as received now.
    pub async fn take_callback(
        &self,
        verified: VerifiedCallback,
    ) -> Result<CallbackTaken, CallbackError> {
        let VerifiedCallback {
            supplier,
            signed,
            sightings,
            request,
            answer,
        } = verified;
        let place = self.inner.board.place(supplier);
        let heard = |taken| self.inner.meter.heard(place, taken);
        if sightings.as_ref().is_some_and(Vec::is_empty) {
            heard("empty");
            return Ok(CallbackTaken { answer });
        }
        let now = self.inner.clock.now();
        let row = InboxRow {
            id: InboxId::mint(now, &self.inner.dice.roll()),
            supplier,
            received_at: now,
            signed,
            sightings,
            request,
            tries: 0,
            state: InboxState::Waiting,
        };
        if self.is_flooded_by(&row) {
            heard("refused");
            return Err(CallbackError::TooMany);
        }
        let inbox = row.id;
        let stored = self.inner.store.put_inbox(row).await;
        if stored.is_err() {
            self.inner.waiting.leave(inbox);
        }
        heard(if stored.is_ok() { "stored" } else { "failed" });
        stored?;
        tracing::debug!(%inbox, supplier = supplier.0, "callback stored");
        self.inner.queue.push(&[Due::Inbox(inbox)]).await;
        Ok(CallbackTaken { answer })
    }

    async fn supplier_named(
        &self,
        name: &str,
    ) -> Result<Option<(SupplierId, Arc<dyn Supplier>)>, Unavailable> {
        let snapshot = self.inner.catalog.snapshot().await?;
        self.inner.board.refresh(&snapshot);
        let Some(info) = snapshot.supplier_named(name) else {
            return Ok(None);
        };
        Ok(self
            .inner
            .board
            .adapter(info.id)
            .map(|adapter| (info.id, adapter)))
    }

    /// Applies a callback that waits in the inbox. One that is nobody's is kept as an orphan.
    pub(super) async fn apply_callback(&self, id: InboxId) {
        for attempt in 0..8 {
            let row = match self.inner.store.inbox(id).await {
                Ok(Some(row)) if row.state == InboxState::Waiting => row,
                Ok(_) => return self.inner.waiting.leave(id),
                Err(error) => {
                    self.warn_seldom("a callback could not be read from the inbox", &error);
                    return;
                }
            };
            match self.apply_row(row, attempt == 0).await {
                Ok(Applied::Done) => return self.inner.waiting.leave(id),
                Ok(Applied::Later) => return,
                Ok(Applied::Afresh) => {}
                Err(error) => {
                    self.warn_seldom("a callback could not be applied yet", &error);
                    return self.hand_back(id).await;
                }
            }
        }
        self.hand_back(id).await;
    }

    /// A callback that could not be applied, by no fault of its own, is not kept from the others for longer, and counts no try.
    async fn hand_back(&self, id: InboxId) {
        if self.inner.is_shared() {
            let waiting = self.inner.store.set_inbox_aside(id, InboxState::Waiting);
            if let Err(error) = waiting.await {
                self.warn_seldom("a callback could not be handed back", &error);
            }
        }
    }

    /// Applies it; where that is to be tried afresh, then without `routes`.
    async fn apply_row(&self, row: InboxRow, routes: bool) -> Result<Applied, Unavailable> {
        if row.tries >= self.inner.settings.inbox_tries_max {
            self.quarantine(&row).await?;
            return Ok(Applied::Done);
        }
        let (sightings, signed) = match self.read_row(&row).await {
            Ok(read) => read,
            Err(Unread::Poison) => {
                let mut unit = Changes::at(self.inner.clock.now());
                unit.inbox_tries.push(row.id);
                self.inner.store.commit(vec![unit]).await?;
                return Ok(Applied::Afresh);
            }
            Err(Unread::Busy) => {
                self.hand_back(row.id).await;
                return Ok(Applied::Later);
            }
        };
        let Some((agg, no)) = self.match_row(row.supplier, &sightings).await? else {
            if signed && self.book_lost(&row, &sightings).await? {
                return Ok(Applied::Done);
            }
            let is_known = self.keep_orphan(&row, &sightings).await?;
            return Ok(if is_known {
                Applied::Afresh
            } else {
                Applied::Done
            });
        };
        tracing::debug!(trace_id = %agg.order.id, inbox = %row.id, attempt = no.0, "callback heard");
        let channel = Channel::Callback {
            inbox: row.id,
            signed,
            received_at: row.received_at,
        };
        let taken = self.taken_theirs(&agg, no, channel, &sightings).await?;
        self.read_catalog().await;
        let world = self.surroundings_with(routes);
        let ctx = world.context();
        let heard = Heard {
            channel,
            sightings,
            taken,
            raw: row.raw(),
        };
        let decision = match order::hear(&agg, no, heard, ctx) {
            Ok(decision) => decision,
            Err(illegal) => {
                super::outcome::keep_unread(&agg, no, channel, row.raw(), &illegal, ctx)
            }
        };
        let settled = self
            .commit_decisions(vec![(Arc::new(agg), decision)])
            .await?;
        Ok(if settled == [true] {
            Applied::Done
        } else {
            Applied::Afresh
        })
    }

    /// What the callback says and whether that is signed: as it was read when it came, or read again if that failed.
    pub(super) async fn read_row(&self, row: &InboxRow) -> Result<(Vec<Sighting>, bool), Unread> {
        if let Some(sightings) = &row.sightings {
            return Ok((sightings.clone(), row.signed));
        }
        let adapter = self.inner.board.adapter(row.supplier);
        let adapter = adapter.ok_or(Unread::Poison)?;
        if !self.has_reader(row.supplier) {
            return Err(Unread::Busy);
        }
        let signed = adapter.profile().callback == Callback::Signed;
        match self.read(row.supplier, adapter, &row.request).await {
            Read::Done(Ok(reading)) => Ok((reading.sightings, signed)),
            Read::Done(Err(_)) | Read::Poison => Err(Unread::Poison),
            Read::Busy => Err(Unread::Busy),
        }
    }

    /// The attempt that the sightings name: by our reference, else by theirs. Whoever names no reference of ours has to speak of the attempt's own goods: an
    /// attempt may have been linked to another one's purchase by an answer that was wrong, and what is said of that is not lost on it (E-9).
    pub(super) async fn match_row(
        &self,
        supplier: SupplierId,
        sightings: &[Sighting],
    ) -> Result<Option<(Aggregate, crate::ids::AttemptNo)>, Unavailable> {
        for sighting in sightings {
            let found = match (&sighting.our_ref, &sighting.their_ref) {
                (Some(our_ref), _) => self.inner.store.by_supplier_ref(supplier, our_ref).await?,
                (None, Some(their_ref)) => {
                    self.inner.store.by_their_ref(supplier, their_ref).await?
                }
                (None, None) => None,
            };
            let named = found.and_then(|agg| {
                let no = agg
                    .attempts
                    .iter()
                    .find(|attempt| {
                        attempt.supplier == supplier
                            && (sighting.our_ref == Some(attempt.supplier_ref)
                                || is_named_by_theirs(attempt, sighting))
                    })
                    .map(|attempt| attempt.no);
                no.map(|no| (agg, no))
            });
            if named.is_some() {
                return Ok(named);
            }
        }
        Ok(None)
    }
}

fn is_named_by_theirs(attempt: &Attempt, sighting: &Sighting) -> bool {
    let of_its_goods = sighting
        .sku
        .as_ref()
        .is_none_or(|named| named.same_as(&attempt.sku))
        && sighting
            .target
            .as_ref()
            .is_none_or(|named| attempt.target.is_named_by(named));
    sighting.our_ref.is_none()
        && sighting.their_ref.is_some()
        && sighting.their_ref == attempt.their_ref
        && of_its_goods
}
