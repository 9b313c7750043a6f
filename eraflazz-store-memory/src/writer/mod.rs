//! The single writer of a store with a journal: takes what waits, decides it, makes it durable in one flush, then shows and answers it (D7).
//!
//! 0. **Fetch.** What the asks touch and only the archive has is brought back to memory ([`Fetched`]).
//! 1. **Plan.** Under a read lock every ask is decided against the state and what the asks before it in the batch will have written
//!    ([`Overlay`]). What is accepted becomes an entry; what is refused leaves no trace.
//! 2. **Flush.** One journal batch, one commit on disk. No lock is held, so readers do not wait for the disk; nobody else writes, so nothing
//!    that was decided can become wrong.
//! 3. **Publish** under the write lock, then answer.
//!
//! 4. **Checkpoint.** Now and then what changed is set apart and handed to whoever writes it to the archive ([`Writer::take_job`]); once it is there
//!    ([`Writer::written`]), the journal forgets it, and settled orders leave memory, some with each batch.
//!
//! There is no timer: while one flush runs, asks queue up, and the next takes all that wait. An idle store adds no wait.
//!
//! [`Writer::flush`] is a plain function. [`Thread`] calls it from a thread of its own; a simulation calls it as it goes.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use eraflazz_core::catalog::{CatalogChange, Snapshot};
use eraflazz_core::commit::{Changes, Unavailable, Verdict, View, apply_one};
use eraflazz_core::ids::{InboxId, MemberId};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::Wallet;
use eraflazz_core::member::{ApiKey, Member};
use eraflazz_core::ports::{ChangeError, InboxRow, InboxState, Vault, VaultError};
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::Endpoint;
use tokio::sync::oneshot;

use crate::archive::{Archive, ArchiveError};
use crate::checkpoint::Job;
use crate::fetch::Fetched;
use crate::journal::delta::Unit;
use crate::journal::entry::{Body, Entry};
use crate::journal::{Failed, Journal, SealedEndpoint, SealedKey};
use crate::members::{check_endpoint, check_key, check_member, over_endpoint, over_member};
use crate::overlay::{Overlay, Writes};
use crate::state::{Leaving, Sealed, State};
use crate::store::{Shared, StoreSettings, admit, too_many_inquiries};

mod meter;
mod thread;

pub use meter::METRICS;
pub(crate) use meter::Meter;
pub(crate) use thread::Thread;

/// A batch takes no more asks once it holds this many units (D7).
const UNITS: usize = 1_000;
/// Or once its body is this long: compressed it fits a page of 128 KiB with room to spare.
const BODY: usize = 120 << 10;
/// At least so many orders leave with a batch.
const LEAVE: usize = 256;

/// Something to be written, and where the answer goes. Whoever asked may be gone by then; what was asked is done all the same.
#[derive(Debug)]
pub(crate) enum Ask {
    Units(Vec<Changes>, Reply<Vec<Verdict>>),
    Inbox(Box<InboxRow>, Reply<()>),
    InboxAside(InboxId, InboxState, Reply<()>),
    Inquiry(Box<Inquiry>, Reply<()>),
    Catalog(
        Vec<CatalogChange>,
        Reply<Result<Arc<Snapshot>, ChangeError>>,
    ),
    Member(
        Box<Member>,
        Option<Arc<Member>>,
        Reply<Result<(), ChangeError>>,
    ),
    Key(Box<ApiKey>, Reply<Result<(), ChangeError>>),
    Endpoint(
        Box<Endpoint>,
        Option<Arc<Endpoint>>,
        Reply<Result<(), ChangeError>>,
    ),
    NoEndpoint(MemberId, Reply<Result<(), ChangeError>>),
}

/// Where an answer goes: what was decided, or that it was not.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Unavailable>>;

/// An answer that waits for the flush.
#[derive(Debug)]
enum Answer {
    Units(Reply<Vec<Verdict>>, Vec<Verdict>),
    Done(Reply<()>),
    Catalog(
        Reply<Result<Arc<Snapshot>, ChangeError>>,
        Result<Arc<Snapshot>, ChangeError>,
    ),
    Terms(Reply<Result<(), ChangeError>>, Result<(), ChangeError>),
}

impl Answer {
    /// Tells what was decided. Nobody may be listening any more: that is no fault.
    fn tell(self) {
        match self {
            Self::Units(reply, verdicts) => drop(reply.send(Ok(verdicts))),
            Self::Done(reply) => drop(reply.send(Ok(()))),
            Self::Catalog(reply, answer) => drop(reply.send(Ok(answer))),
            Self::Terms(reply, answer) => drop(reply.send(Ok(answer))),
        }
    }

    fn fail(self, why: Unavailable) {
        match self {
            Self::Units(reply, _) => drop(reply.send(Err(why))),
            Self::Done(reply) => drop(reply.send(Err(why))),
            Self::Catalog(reply, _) => drop(reply.send(Err(why))),
            Self::Terms(reply, _) => drop(reply.send(Err(why))),
        }
    }
}

impl Ask {
    fn fail(self, why: Unavailable) {
        match self {
            Self::Units(_, reply) => drop(reply.send(Err(why))),
            Self::Inbox(_, reply) | Self::InboxAside(_, _, reply) | Self::Inquiry(_, reply) => {
                drop(reply.send(Err(why)));
            }
            Self::Catalog(_, reply) => drop(reply.send(Err(why))),
            Self::Member(_, _, reply)
            | Self::Key(_, reply)
            | Self::Endpoint(_, _, reply)
            | Self::NoEndpoint(_, reply) => drop(reply.send(Err(why))),
        }
    }

    /// Terms are checked against the state alone, so they travel in a batch of their own. They are rare.
    const fn is_of_terms(&self) -> bool {
        match self {
            Self::Catalog(..)
            | Self::Member(..)
            | Self::Key(..)
            | Self::Endpoint(..)
            | Self::NoEndpoint(..) => true,
            Self::Units(..) | Self::Inbox(..) | Self::InboxAside(..) | Self::Inquiry(..) => false,
        }
    }
}

/// What a change of terms writes.
#[derive(Debug)]
enum Terms {
    Catalog(Arc<Snapshot>),
    Member(Box<Member>, Wallet),
    Key(Box<ApiKey>),
    Endpoint(Box<Endpoint>),
    NoEndpoint(MemberId),
}

/// The single writer.
pub(crate) struct Writer {
    journal: Journal,
    archive: Arc<Archive>,
    shared: Arc<Shared>,
    vault: Arc<dyn Vault>,
    due: DueAt,
    checkpoint: Checkpoint,
    gone: Option<Arc<Sealed>>,
    /// None where time is simulated.
    meter: Option<Arc<Meter>>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({:?})", self.journal)
    }
}

/// How far the checkpoint is.
#[derive(Debug)]
enum Checkpoint {
    /// There is none.
    None,
    /// It waits for somebody to write it.
    Ready(Arc<Sealed>),
    /// It is being written.
    Written(Arc<Sealed>),
    /// The archive has it; orders are leaving.
    Leaving(Leaving),
}

/// When the next checkpoint is due.
#[derive(Debug)]
struct DueAt {
    settings: StoreSettings,
    /// What the journal has grown since the last one.
    bytes: u64,
    /// When the first batch after the last one was decided.
    since: Option<Timestamp>,
    /// When the newest batch was.
    now: Option<Timestamp>,
}

impl DueAt {
    fn batch(&mut self, bytes: usize, at: Option<Timestamp>) {
        self.bytes += bytes as u64;
        self.now = self.now.max(at);
        self.since = self.since.or(at);
    }

    fn is_due(&self) -> bool {
        let waited = match (self.since, self.now) {
            (Some(since), Some(now)) => now >= since.plus(self.settings.checkpoint_every),
            _ => false,
        };
        self.bytes > 0 && (waited || self.bytes >= self.settings.checkpoint_bytes)
    }

    const fn begin_anew(&mut self) {
        (self.bytes, self.since) = (0, None);
    }
}

/// A batch that was decided and is not on disk yet.
#[derive(Debug, Default)]
struct Plan {
    body: Body,
    units: usize,
    /// When the newest unit was decided.
    at: Option<Timestamp>,
    answers: Vec<Answer>,
    writes: Writes,
    terms: Option<Terms>,
}

impl Writer {
    /// Goes on with this journal, whose units after the last checkpoint were decided between these two times.
    pub(crate) fn new(
        journal: Journal,
        replayed: Option<(Timestamp, Timestamp)>,
        archive: Arc<Archive>,
        shared: Arc<Shared>,
        vault: Arc<dyn Vault>,
        settings: StoreSettings,
    ) -> Self {
        // What was replayed is in no checkpoint either: a process that dies often would else never write one.
        let bytes = journal.bytes_at_opening();
        let (since, now) = replayed.unzip();
        Self {
            journal,
            archive,
            shared,
            vault,
            due: DueAt {
                settings,
                bytes,
                since,
                now,
            },
            checkpoint: Checkpoint::None,
            gone: None,
            meter: None,
        }
    }

    /// The same, with what it does recorded.
    fn watched(self, meter: Arc<Meter>) -> Self {
        meter.journal(self.due.bytes);
        Self {
            meter: Some(meter),
            ..self
        }
    }

    /// Decides, writes and answers one batch from the front of `asks`, at least one ask if there is any. What did not fit stays.
    pub(crate) fn flush(&mut self, asks: &mut VecDeque<Ask>) {
        if let Some(closed) = self.shared.closed() {
            asks.drain(..).for_each(|ask| ask.fail(closed.clone()));
            return;
        }
        if let Err(broken) = self.fetch(asks) {
            asks.drain(..).for_each(|ask| ask.fail(broken.clone()));
            return;
        }
        let planned = match self.shared.read() {
            Ok(state) => self.plan(&state, asks),
            Err(broken) => {
                asks.drain(..).for_each(|ask| ask.fail(broken.clone()));
                return;
            }
        };
        if let Err(lost) = self.make_durable(&planned) {
            fail(planned.answers, &lost);
            return;
        }
        match self.publish(planned.writes, planned.terms) {
            Ok(()) => planned.answers.into_iter().for_each(Answer::tell),
            Err(broken) => fail(planned.answers, &broken),
        }
        self.tidy(planned.units);
    }

    /// Brings back from the archive what the batch will touch.
    fn fetch(&self, asks: &VecDeque<Ask>) -> Result<(), Unavailable> {
        let mut fetched = Fetched::default();
        let state = self.shared.read()?;
        let mut seen = 0;
        for ask in asks {
            if let Ask::Units(units, _) = ask {
                seen += units.len();
                for unit in units {
                    fetched.of_unit(unit, &state, &self.archive)?;
                }
            }
            if seen >= UNITS {
                break;
            }
        }
        drop(state);
        if !fetched.is_empty() {
            fetched.put(&mut *self.shared.write()?);
        }
        Ok(())
    }

    /// What is done after a batch of so many units: orders leave, or a checkpoint begins.
    pub(crate) fn tidy(&mut self, units: usize) {
        // A lock that broke is told to the next ask.
        let Ok(mut state) = self.shared.write() else {
            return;
        };
        match &mut self.checkpoint {
            Checkpoint::Leaving(leaving) => {
                self.gone = state.recede(leaving, LEAVE + 2 * units);
                if self.gone.is_some() {
                    self.checkpoint = Checkpoint::None;
                }
            }
            Checkpoint::None if self.due.is_due() => {
                let catalog = self.shared.catalog.load_full();
                let sealed = state.seal(self.journal.end(), catalog);
                self.due.begin_anew();
                if let Some(meter) = &self.meter {
                    meter.journal(self.due.bytes);
                }
                self.checkpoint = Checkpoint::Ready(sealed);
            }
            Checkpoint::None | Checkpoint::Ready(_) | Checkpoint::Written(_) => {}
        }
    }

    /// What a checkpoint held, once all that could leave has left: to be dropped where nobody waits.
    pub(crate) const fn take_gone(&mut self) -> Option<Arc<Sealed>> {
        self.gone.take()
    }

    /// The checkpoint that waits to be written, once. Whoever takes it tells [`Self::written`] what came of it.
    pub(crate) fn take_job(&mut self) -> Option<Job> {
        let Checkpoint::Ready(sealed) = &self.checkpoint else {
            return None;
        };
        let sealed = Arc::clone(sealed);
        self.checkpoint = Checkpoint::Written(Arc::clone(&sealed));
        Some(Job {
            archive: Arc::clone(&self.archive),
            sealed,
            vault: Arc::clone(&self.vault),
        })
    }

    /// What came of the checkpoint. After a failure nothing is written any more, as after one of the journal: there all of it still is.
    pub(crate) fn written(&mut self, outcome: Result<(), ArchiveError>) {
        let Checkpoint::Written(sealed) = &self.checkpoint else {
            return;
        };
        match outcome {
            Ok(()) => {
                self.journal.forget(sealed.end.through);
                self.checkpoint = Checkpoint::Leaving(Leaving::default());
            }
            Err(why) => {
                self.shared.close(&format!(
                    "a checkpoint could not be written ({why}); nothing is written any more until the store is opened anew"
                ));
            }
        }
    }

    /// Whether orders of an archived checkpoint are still in memory that need not be.
    pub(crate) const fn is_leaving(&self) -> bool {
        matches!(self.checkpoint, Checkpoint::Leaving(_))
    }

    fn plan(&self, state: &State, asks: &mut VecDeque<Ask>) -> Plan {
        let mut plan = Plan::default();
        let mut overlay = Overlay::over(state);
        while plan.units < UNITS && plan.body.len() < BODY {
            let goes_alone = asks.front().is_some_and(Ask::is_of_terms);
            if goes_alone && !plan.answers.is_empty() {
                break;
            }
            let Some(ask) = asks.pop_front() else { break };
            self.plan_one(state, &mut overlay, ask, &mut plan);
            if goes_alone {
                break;
            }
        }
        plan.writes = overlay.into_writes();
        plan
    }

    fn plan_one(&self, state: &State, overlay: &mut Overlay<'_>, ask: Ask, plan: &mut Plan) {
        let answer = match ask {
            Ask::Units(units, reply) => {
                let known = overlay.order_count();
                if let Err(full) = admit(self.shared.orders_max, known, overlay, &units) {
                    return drop(reply.send(Err(full)));
                }
                plan.units += units.len();
                plan.at = plan.at.max(units.iter().map(|unit| unit.at).max());
                let decide = |unit| plan.decide(overlay, unit);
                let verdicts = units.into_iter().map(decide).collect();
                Answer::Units(reply, verdicts)
            }
            Ask::Inbox(row, reply) => {
                if !overlay.has_inbox(row.id) {
                    plan.body.push(&Entry::Inbox(Cow::Borrowed(&*row)));
                    overlay.put_inbox(*row);
                }
                Answer::Done(reply)
            }
            Ask::Inquiry(inquiry, reply) => {
                if state.inquiries.get(inquiry.id).is_none() {
                    if !state.inquiries.have_room(inquiry.asked_at) {
                        return drop(reply.send(Err(too_many_inquiries())));
                    }
                    plan.body.push(&Entry::Inquiry(Cow::Borrowed(&*inquiry)));
                    overlay.put_inquiry(*inquiry);
                }
                Answer::Done(reply)
            }
            Ask::InboxAside(id, to, reply) => {
                if overlay.has_inbox(id) {
                    plan.body.push(&Entry::InboxAside(id, to));
                    overlay.set_inbox_aside(id, to);
                }
                Answer::Done(reply)
            }
            Ask::Catalog(changes, reply) => {
                let next = CatalogChange::apply(&self.shared.catalog.load(), &changes);
                let next = next.map(Arc::new).map_err(ChangeError::from);
                if let Ok(next) = &next {
                    plan.body.push(&Entry::Catalog(Cow::Owned(changes)));
                    plan.terms = Some(Terms::Catalog(Arc::clone(next)));
                }
                Answer::Catalog(reply, next)
            }
            Ask::Member(member, over, reply) => {
                let wallet = over_member(state, &member, over.as_deref())
                    .and_then(|()| check_member(state, &self.shared.catalog.load(), &member));
                let answer = wallet.map(|wallet| {
                    plan.body.push(&Entry::Member(Cow::Borrowed(&*member)));
                    plan.terms = Some(Terms::Member(member, wallet));
                });
                Answer::Terms(reply, answer)
            }
            Ask::Key(key, reply) => {
                let sealed = check_key(state, &key)
                    .and_then(|()| SealedKey::seal(&key, &*self.vault).map_err(unsealed));
                let answer = sealed.map(|sealed| {
                    plan.body.push(&Entry::Key(sealed));
                    plan.terms = Some(Terms::Key(key));
                });
                Answer::Terms(reply, answer)
            }
            Ask::Endpoint(endpoint, over, reply) => {
                let sealed = over_endpoint(state, &endpoint, over.as_deref())
                    .and_then(|()| check_endpoint(state, &endpoint))
                    .and_then(|()| SealedEndpoint::seal(&endpoint, &*self.vault).map_err(unsealed));
                let answer = sealed.map(|sealed| {
                    plan.body.push(&Entry::Endpoint(sealed));
                    plan.terms = Some(Terms::Endpoint(endpoint));
                });
                Answer::Terms(reply, answer)
            }
            Ask::NoEndpoint(member, reply) => {
                if state.endpoints.contains_key(&member) {
                    plan.body.push(&Entry::NoEndpoint(member));
                    plan.terms = Some(Terms::NoEndpoint(member));
                }
                Answer::Terms(reply, Ok(()))
            }
        };
        plan.answers.push(answer);
    }

    /// Puts the batch on disk. After a failure nothing is ever written again: what the disk has is known only once it is opened anew.
    fn make_durable(&mut self, plan: &Plan) -> Result<(), Unavailable> {
        let body = &plan.body;
        if body.entries() == 0 {
            return Ok(());
        }
        let bytes = body.bytes().map_err(|why| Unavailable {
            may_have_committed: false,
            why: why.to_owned(),
        })?;
        let journal = &mut self.journal;
        let mut append = || journal.append(body.entries(), bytes);
        let written = match &self.meter {
            Some(meter) => meter.flush(plan.answers.len(), append),
            None => append(),
        };
        let Failed {
            may_be_written,
            why,
        } = match written {
            Ok(bytes) => {
                self.due.batch(bytes, plan.at);
                if let Some(meter) = &self.meter {
                    meter.journal(self.due.bytes);
                }
                return Ok(());
            }
            Err(failed) => failed,
        };
        let why = format!(
            "the journal could not be written ({why}); nothing is written any more until the store is opened anew"
        );
        self.shared.close(&why);
        Err(Unavailable {
            may_have_committed: may_be_written,
            why,
        })
    }

    fn publish(&self, writes: Writes, terms: Option<Terms>) -> Result<(), Unavailable> {
        let mut state = self.shared.write()?;
        writes.publish(&mut state);
        match terms {
            Some(Terms::Catalog(next)) => self.shared.catalog.store(next),
            Some(Terms::Member(member, wallet)) => state.write_member(*member, wallet),
            Some(Terms::Key(key)) => state.write_key(*key),
            Some(Terms::Endpoint(endpoint)) => state.write_endpoint(*endpoint),
            Some(Terms::NoEndpoint(member)) => state.remove_endpoint(member),
            None => {}
        }
        Ok(())
    }
}

impl Plan {
    /// The verdict on a unit; what is accepted is written down and seen by the units after it.
    fn decide(&mut self, overlay: &mut Overlay<'_>, unit: Changes) -> Verdict {
        let before = self.body.end();
        let entry = Entry::Unit(Box::new(Unit::of(&unit, overlay)));
        self.body.push(&entry);
        let verdict = apply_one(unit, overlay);
        if matches!(verdict, Verdict::Refused(_)) {
            self.body.back_to(before);
        }
        verdict
    }
}

/// A secret that could not be sealed is not written.
fn unsealed(error: VaultError) -> ChangeError {
    ChangeError::Unavailable(Unavailable {
        may_have_committed: false,
        why: error.to_string(),
    })
}

fn fail(answers: Vec<Answer>, why: &Unavailable) {
    let answers = answers.into_iter();
    answers.for_each(|answer| answer.fail(why.clone()));
}
