//! The record of orders, in memory, and on disk when it was given a folder.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use eraflazz_core::catalog::{CatalogChange, Destination, QuotaKey, QuotaUse, Snapshot};
use eraflazz_core::commit::{Changes, Unavailable, Verdict, View, apply};
use eraflazz_core::ids::{
    AttemptNo, GatewayId, InboxId, InquiryId, MemberId, OrderId, PaymentId, ProductId, SupplierId,
    SupplierRef,
};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::{Account, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::Aggregate;
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::ports::{
    ChangeError, Depth, Due, InboxRow, InboxState, Store, SupplierFunds, TrialBalance, Vault,
};
use eraflazz_core::text::{RefId, Sn, TheirRef};
use eraflazz_core::time::{BusinessDay, Timestamp};
use redb::StorageBackend;
use tokio::sync::oneshot;

use crate::archive::keys::carries;
use crate::archive::{Archive, ArchiveError};
use crate::checkpoint::{Restored, restored};
use crate::folder::{ARCHIVE, Folder, FolderError, JOURNAL};
use crate::journal::batch::Damage;
use crate::journal::{End, Journal, Reader};
use crate::members::{check_endpoint, check_key, check_member, over_endpoint, over_member};
use crate::replay::Replay;
use crate::state::State;
use crate::writer::{Ask, Meter, Thread, Writer};

/// The reference store. One lock around everything that moves; it is never held while something is awaited, nor while the disk is.
#[derive(Debug)]
pub struct MemoryStore {
    pub(crate) shared: Arc<Shared>,
    writing: Writing,
    pub(crate) reader: Option<Reader>,
    /// Ours until everything else is closed: fields are dropped in order.
    pub(crate) folder: Option<Folder>,
}

/// What the ports read and the writer writes.
#[derive(Debug)]
pub(crate) struct Shared {
    state: RwLock<State>,
    pub(crate) catalog: ArcSwap<Snapshot>,
    pub(crate) orders_max: usize,
    /// What left memory; none without a folder.
    pub(crate) archive: Option<Arc<Archive>>,
    /// Why nothing is written any more, once a flush or a checkpoint has failed.
    closed: OnceLock<String>,
}

/// How what is asked gets written.
#[derive(Debug)]
enum Writing {
    /// Into memory, and nowhere else.
    Memory,
    /// Into a journal, by whoever asks.
    Here(Mutex<Writer>),
    /// Into a journal, by a thread that writes for all who wait at once.
    Thread(Thread),
    /// Not at all: it was opened to be read.
    Never,
}

/// What can be set about a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// How many orders it takes before it refuses new ones; with a folder only those in memory count.
    pub orders_max: usize,
    /// A checkpoint begins when the journal has grown by so many bytes: it bounds the file, the memory and the time to start.
    pub checkpoint_bytes: u64,
    /// Or when the last one is so long ago, by the time of what is committed.
    pub checkpoint_every: Duration,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            orders_max: MemoryStore::ORDERS_MAX,
            checkpoint_bytes: 64 << 20,
            checkpoint_every: Duration::from_mins(10),
        }
    }
}

impl MemoryStore {
    /// How many orders a store takes by default (D14).
    pub const ORDERS_MAX: usize = 1_000_000;

    /// An empty store for up to [`Self::ORDERS_MAX`] orders, which dies with its process.
    pub fn new() -> Self {
        Self::with_orders_max(Self::ORDERS_MAX)
    }

    /// An empty store that takes at most `orders_max` orders; then every commit of a new one is [`Unavailable`]. It dies with its process.
    pub fn with_orders_max(orders_max: usize) -> Self {
        let shared = Shared::new(State::default(), Arc::default(), orders_max, None);
        Self::over(Arc::new(shared), Writing::Memory)
    }

    /// The store in `folder`, exactly as far as it was acknowledged; an empty one if the folder is empty or not there. From then on everything is
    /// on disk before it is acknowledged, and secrets pass through `vault` on their way.
    ///
    /// Blocks while it reads, and records [`METRICS`](crate::METRICS) with the recorder in force where it is called. Refuses a folder that another process has open, and a journal of which any batch is not what was written; the error
    /// names the file and the batch, and the folder is left as it was.
    pub fn open(
        folder: &Path,
        vault: Arc<dyn Vault>,
        settings: StoreSettings,
    ) -> Result<Self, FolderError> {
        let folder = Folder::take(folder)?;
        // Both are begun at once, and one without the other has lost it.
        if folder.has(ARCHIVE) || folder.has(JOURNAL) {
            folder.end_naming()?;
            // Before anything is opened: opening writes.
            folder.has_both()?;
        } else {
            folder.begin(ARCHIVE, |path, file| Archive::in_file(path, file).map(drop))?;
            folder.begin(JOURNAL, |path, file| {
                Journal::open(file, End::default(), |_| Err(Damage::Chain))
                    .map(drop)
                    .map_err(|wrong| FolderError::of_journal(path, wrong))
            })?;
            folder.name_both()?;
        }
        let archive = folder.open(ARCHIVE, Archive::in_file)?;
        let restored = restored(&archive, &*vault, &folder.file(ARCHIVE))?;
        let (mut store, writer) = folder.open(JOURNAL, |path, file| {
            Self::replayed(restored, archive, path, file, vault, settings)
        })?;
        let meter = Meter::new();
        if let Some(archive) = &store.shared.archive {
            let orders = archive.orders_len();
            let unread = |why| FolderError::of_archive(&folder.file(ARCHIVE), &why);
            meter.archived(orders.map_err(unread)?);
        }
        let thread = Thread::start(writer, meter).map_err(|error| FolderError::File {
            file: folder.file(JOURNAL),
            error,
        })?;
        store.writing = Writing::Thread(thread);
        store.folder = Some(folder);
        Ok(store)
    }

    /// The store in `folder` as far as it was acknowledged, to be read: nothing in the folder changes, not even what a crash left to be mended, and what
    /// would write is [`Unavailable`]. Whoever else only reads may have it open as well.
    ///
    /// Blocks while it reads. Refuses a folder without a store, one that another process writes, and what [`MemoryStore::open`] refuses.
    pub fn open_to_read(folder: &Path, vault: Arc<dyn Vault>) -> Result<Self, FolderError> {
        let folder = Folder::take_to_read(folder)?;
        let archive = folder.look(ARCHIVE, Archive::in_file)?;
        let restored = restored(&archive, &*vault, &folder.file(ARCHIVE))?;
        let settings = StoreSettings::default();
        let (mut store, _writes_nothing) = folder.look(JOURNAL, |path, file| {
            Self::replayed(restored, archive, path, file, vault, settings)
        })?;
        store.writing = Writing::Never;
        store.folder = Some(folder);
        Ok(store)
    }

    /// Whether there is a store in the folder, or what is left of one.
    pub fn is_in(folder: &Path) -> bool {
        [JOURNAL, ARCHIVE]
            .iter()
            .any(|name| folder.join(name).exists())
    }

    /// The same over any storage for the journal and the archive, without threads: whoever asks waits for the disk itself, and writes the
    /// checkpoint that is due. Two empty ones become an empty store. For simulations and crash tests.
    pub fn open_on(
        journal: impl StorageBackend,
        archive: impl StorageBackend,
        vault: Arc<dyn Vault>,
        settings: StoreSettings,
    ) -> Result<Self, FolderError> {
        let archive = Archive::in_file(Path::new(ARCHIVE), archive)?;
        let restored = restored(&archive, &*vault, Path::new(ARCHIVE))?;
        let path = Path::new(JOURNAL);
        let (mut store, writer) =
            Self::replayed(restored, archive, path, journal, vault, settings)?;
        store.writing = Writing::Here(Mutex::new(writer));
        Ok(store)
    }

    /// What the archive has, and the journal after it.
    fn replayed(
        restored: Restored,
        archive: Archive,
        path: &Path,
        journal: impl StorageBackend,
        vault: Arc<dyn Vault>,
        settings: StoreSettings,
    ) -> Result<(Self, Writer), FolderError> {
        let from = restored.end;
        let mut replay = Replay::of(restored, &archive, &*vault);
        let journal = Journal::open(journal, from, |batch| replay.batch(&batch));
        let Replay {
            state,
            catalog,
            unread,
            since,
            ..
        } = replay;
        let journal = journal.map_err(|wrong| match unread {
            Some(error) => FolderError::of_archive(&path.with_file_name(ARCHIVE), &error),
            None => FolderError::of_journal(path, wrong),
        })?;
        let archive = Arc::new(archive);
        let shared = Shared::new(
            state,
            catalog,
            settings.orders_max,
            Some(Arc::clone(&archive)),
        );
        let mut store = Self::over(Arc::new(shared), Writing::Memory);
        store.reader = Some(journal.reader());
        let shared = Arc::clone(&store.shared);
        let writer = Writer::new(journal, since, archive, shared, vault, settings);
        Ok((store, writer))
    }

    const fn over(shared: Arc<Shared>, writing: Writing) -> Self {
        Self {
            shared,
            writing,
            reader: None,
            folder: None,
        }
    }

    /// The state, to read.
    pub(crate) fn state(&self) -> Result<RwLockReadGuard<'_, State>, Unavailable> {
        self.shared.read()
    }

    /// Has `ask` written, and waits for its `answer`.
    pub(crate) async fn ask<T>(
        &self,
        ask: Ask,
        answer: oneshot::Receiver<Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        match &self.writing {
            Writing::Memory => self.shared.write_down(ask)?,
            Writing::Here(writer) => {
                let mut writer = writer.lock().map_err(|_| panicked())?;
                writer.flush(&mut VecDeque::from([ask]));
                if let Some(job) = writer.take_job() {
                    writer.written(job.run());
                }
            }
            Writing::Thread(thread) if thread.ask(ask) => {}
            Writing::Thread(_) => return Err(panicked()),
            Writing::Never => return Err(only_read()),
        }
        answer.await.unwrap_or_else(|_| Err(panicked()))
    }
}

impl MemoryStore {
    /// The order that memory finds, or else the archive.
    fn find(
        &self,
        in_memory: impl FnOnce(&State) -> Option<OrderId>,
        in_archive: impl FnOnce(&Archive) -> Result<Option<OrderId>, ArchiveError>,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let state = self.state()?;
        let known = in_memory(&state);
        if let Some(agg) = known.and_then(|id| state.aggregate(id)) {
            return Ok(Some(agg));
        }
        drop(state);
        let Some(archive) = &self.shared.archive else {
            return Ok(None);
        };
        let id = match known {
            Some(id) => Some(id),
            None => in_archive(archive)?,
        };
        let Some(id) = id else { return Ok(None) };
        // What is in memory by now is newer.
        if let Some(agg) = self.state()?.aggregate(id) {
            return Ok(Some(agg));
        }
        Ok(archive.order(id)?)
    }
}

impl Shared {
    fn new(
        state: State,
        catalog: Arc<Snapshot>,
        orders_max: usize,
        archive: Option<Arc<Archive>>,
    ) -> Self {
        Self {
            state: RwLock::new(state),
            catalog: ArcSwap::new(catalog),
            orders_max,
            archive,
            closed: OnceLock::new(),
        }
    }

    /// From now on nothing is written, until the store is opened anew. Told once: whoever asks from now on hears it as an answer.
    pub(crate) fn close(&self, why: &str) {
        if self.closed.set(why.to_owned()).is_ok() {
            tracing::error!(
                alert = "the store is closed",
                why,
                "nothing is written any more"
            );
        }
    }

    /// Why nothing is written any more, if that is so.
    pub(crate) fn closed(&self) -> Option<Unavailable> {
        self.closed.get().map(|why| Unavailable {
            may_have_committed: false,
            why: why.clone(),
        })
    }

    pub(crate) fn read(&self) -> Result<RwLockReadGuard<'_, State>, Unavailable> {
        self.state.read().map_err(|_| panicked())
    }

    pub(crate) fn write(&self) -> Result<RwLockWriteGuard<'_, State>, Unavailable> {
        self.state.write().map_err(|_| panicked())
    }

    /// Without a journal: decides and writes the units in one go.
    fn commit(&self, units: Vec<Changes>) -> Result<Vec<Verdict>, Unavailable> {
        let mut state = self.write()?;
        admit(self.orders_max, state.orders.len(), &*state, &units)?;
        Ok(apply(units, &mut *state))
    }

    /// The same for anything else.
    fn write_down(&self, ask: Ask) -> Result<(), Unavailable> {
        let mut state = self.write()?;
        match ask {
            Ask::Units(units, reply) => {
                drop(state);
                drop(reply.send(self.commit(units)));
            }
            Ask::Inbox(row, reply) => {
                state.write_inbox(*row);
                drop(reply.send(Ok(())));
            }
            Ask::Inquiry(inquiry, reply) => {
                let is_known = state.inquiries.get(inquiry.id).is_some();
                let has_room = is_known || state.inquiries.have_room(inquiry.asked_at);
                if has_room {
                    state.inquiries.put(*inquiry);
                }
                let answer = has_room.then_some(()).ok_or_else(too_many_inquiries);
                drop(reply.send(answer));
            }
            Ask::InboxAside(id, to, reply) => {
                state.set_inbox_aside(id, to);
                drop(reply.send(Ok(())));
            }
            Ask::Catalog(changes, reply) => {
                let next = CatalogChange::apply(&self.catalog.load(), &changes).map(Arc::new);
                if let Ok(next) = &next {
                    self.catalog.store(Arc::clone(next));
                }
                drop(reply.send(Ok(next.map_err(ChangeError::from))));
            }
            Ask::Member(member, over, reply) => {
                let wallet = over_member(&state, &member, over.as_deref())
                    .and_then(|()| check_member(&state, &self.catalog.load(), &member));
                let written = wallet.map(|wallet| state.write_member(*member, wallet));
                drop(reply.send(Ok(written)));
            }
            Ask::Key(key, reply) => {
                let written = check_key(&state, &key).map(|()| state.write_key(*key));
                drop(reply.send(Ok(written)));
            }
            Ask::Endpoint(endpoint, over, reply) => {
                let checked = over_endpoint(&state, &endpoint, over.as_deref())
                    .and_then(|()| check_endpoint(&state, &endpoint));
                let written = checked.map(|()| state.write_endpoint(*endpoint));
                drop(reply.send(Ok(written)));
            }
            Ask::NoEndpoint(member, reply) => {
                if state.endpoints.contains_key(&member) {
                    state.remove_endpoint(member);
                }
                drop(reply.send(Ok(Ok(()))));
            }
        }
        Ok(())
    }
}

/// A write that panicked may have left half a unit behind, or may be on disk: the store is closed from then on.
fn panicked() -> Unavailable {
    Unavailable {
        may_have_committed: true,
        why: "an earlier commit panicked; the store is closed".to_owned(),
    }
}

/// More bills can still be paid than this store keeps.
pub(crate) fn too_many_inquiries() -> Unavailable {
    Unavailable {
        may_have_committed: false,
        why: "the store is full: too many bills were asked about".to_owned(),
    }
}

/// What would write comes to a store that is only read.
fn only_read() -> Unavailable {
    Unavailable {
        may_have_committed: false,
        why: "the store was opened to be read".to_owned(),
    }
}

/// Whether the new orders among `units` still fit beside the `known` ones. Those whose reference is known are not new: they will be told so.
pub(crate) fn admit<V: View>(
    orders_max: usize,
    known: usize,
    view: &V,
    units: &[Changes],
) -> Result<(), Unavailable> {
    let writes = || units.iter().flat_map(|unit| &unit.orders);
    let room = orders_max.saturating_sub(known);
    if writes().filter(|write| write.replaces.is_none()).count() <= room {
        return Ok(());
    }
    let new = writes().filter(|write| {
        let order = &write.order;
        write.replaces.is_none() && view.by_ref(order.member, &order.ref_id).is_none()
    });
    if new.count() <= room {
        return Ok(());
    }
    Err(Unavailable {
        may_have_committed: false,
        why: format!("the store is full: it takes {orders_max} orders"),
    })
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, units: Vec<Changes>) -> Result<Vec<Verdict>, Unavailable> {
        if matches!(self.writing, Writing::Memory) {
            return self.shared.commit(units);
        }
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::Units(units, reply), answer).await
    }

    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<Option<Aggregate>>, Unavailable> {
        let state = self.state()?;
        let mut found: Vec<_> = ids.iter().map(|id| state.aggregate(*id)).collect();
        drop(state);
        if let Some(archive) = &self.shared.archive {
            for (found, id) in found.iter_mut().zip(ids) {
                if found.is_none() {
                    *found = archive.order(*id)?;
                }
            }
        }
        Ok(found)
    }

    async fn by_ref(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.find(
            |state| state.by_ref(member, ref_id),
            |archive| archive.by_ref(member, ref_id),
        )
    }

    async fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let order = |found: (OrderId, AttemptNo)| found.0;
        self.find(
            |state| state.by_supplier_ref(supplier, supplier_ref).map(order),
            |archive| Ok(archive.by_supplier_ref(supplier, supplier_ref)?.map(order)),
        )
    }

    async fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        // Who had it first keeps it, and that one may have left memory.
        if let Some(archive) = &self.shared.archive
            && let Some(id) = archive.by_their_ref(supplier, their_ref)?
        {
            return self.find(|_| Some(id), |_| Ok(None));
        }
        let key = (supplier, their_ref.clone());
        self.find(|state| state.by_their_ref.get(&key).copied(), |_| Ok(None))
    }

    async fn by_sn(
        &self,
        serials: &[(SupplierId, Sn)],
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Vec<OrderId>>, Unavailable> {
        let state = self.state()?;
        let in_memory = |supplier: SupplierId, sn: &Sn| {
            let named = state.by_sn.candidates(supplier, sn).iter();
            let carries = |id: &&OrderId| {
                let slot = state.orders.get(id);
                slot.is_some_and(|slot| carries(&slot.agg, supplier, sn, since))
            };
            named.filter(carries).copied().collect::<BTreeSet<_>>()
        };
        let serials = serials.iter();
        let mut found: Vec<_> = serials
            .map(|(supplier, sn)| (*supplier, sn, in_memory(*supplier, sn)))
            .collect();
        drop(state);
        if let Some(archive) = &self.shared.archive {
            for (supplier, sn, found) in &mut found {
                let archived = archive.by_sn(*supplier, sn, since, limit);
                found.extend(archived?);
            }
        }
        let newest = |found: BTreeSet<OrderId>| found.into_iter().rev().take(limit).collect();
        Ok(found
            .into_iter()
            .map(|(_, _, found)| newest(found))
            .collect())
    }

    async fn in_flight_for(
        &self,
        product: ProductId,
        destination: &Destination,
        limit: usize,
    ) -> Result<Vec<OrderId>, Unavailable> {
        let state = self.state()?;
        let found = state.under_way.get(&(product, destination.clone()));
        Ok(found
            .map(|orders| orders.iter().take(limit).copied().collect())
            .unwrap_or_default())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let state = self.state()?;
        let orders = state
            .due
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, id)| Due::Order(*id));
        let waiting = state.inbox_waiting.iter().map(|id| Due::Inbox(*id));
        Ok(waiting.chain(orders).take(limit).collect())
    }

    /// Nobody else can have it open: nothing is kept for anybody.
    async fn take_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        self.due(now, limit).await
    }

    async fn depth(&self) -> Result<Depth, Unavailable> {
        Ok(self.state()?.depth)
    }

    async fn put_inquiry(&self, inquiry: Inquiry) -> Result<(), Unavailable> {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Inquiry(Box::new(inquiry), reply);
        self.ask(ask, answer).await
    }

    async fn inquiry(&self, id: InquiryId) -> Result<Option<Inquiry>, Unavailable> {
        Ok(self.state()?.inquiries.get(id).cloned())
    }

    async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, Unavailable> {
        Ok(self.state()?.payments.get(id).cloned())
    }

    async fn payment_coded(&self, code: &PaymentCode) -> Result<Option<Payment>, Unavailable> {
        let payments = &self.state()?.payments;
        let found = payments.coded(code).and_then(|id| payments.get(id));
        Ok(found.cloned())
    }

    async fn payment_of(
        &self,
        gateway: GatewayId,
        theirs: &TheirRef,
    ) -> Result<Option<Payment>, Unavailable> {
        let payments = &self.state()?.payments;
        let found = payments.of(gateway, theirs).and_then(|id| payments.get(id));
        Ok(found.cloned())
    }

    async fn payment_awaiting(
        &self,
        bank: GatewayId,
        amount: Money,
    ) -> Result<Option<Payment>, Unavailable> {
        let payments = &self.state()?.payments;
        let found = payments.awaiting(bank, amount);
        Ok(found.and_then(|id| payments.get(id)).cloned())
    }

    async fn due_payments(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Payment>, Unavailable> {
        Ok(self
            .state()?
            .payments
            .due(now)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn put_inbox(&self, row: InboxRow) -> Result<(), Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::Inbox(Box::new(row), reply), answer).await
    }

    async fn inbox(&self, id: InboxId) -> Result<Option<InboxRow>, Unavailable> {
        Ok(self.state()?.inbox.get(&id).cloned())
    }

    async fn set_inbox_aside(&self, id: InboxId, to: InboxState) -> Result<(), Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::InboxAside(id, to, reply), answer).await
    }

    async fn orphans_naming(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Vec<InboxId>, Unavailable> {
        let state = self.state()?;
        let found = state.orphans.get(&(supplier, their_ref.clone()));
        Ok(found
            .map(|ids| ids.iter().copied().collect())
            .unwrap_or_default())
    }

    async fn set_aside(
        &self,
        after: Option<InboxId>,
        limit: usize,
    ) -> Result<Vec<InboxRow>, Unavailable> {
        let state = self.state()?;
        let later = (
            after.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        );
        let rows = state.inbox.range(later).map(|(_, row)| row);
        let aside = rows.filter(|row| row.state != InboxState::Waiting);
        Ok(aside.take(limit).cloned().collect())
    }

    async fn takes_writes(&self) -> Result<(), Unavailable> {
        drop(self.state()?);
        match &self.writing {
            Writing::Thread(thread) if !thread.is_at_work() => Err(panicked()),
            Writing::Here(writer) if writer.is_poisoned() => Err(panicked()),
            Writing::Never => Err(only_read()),
            Writing::Memory | Writing::Here(_) | Writing::Thread(_) => {
                self.shared.closed().map_or(Ok(()), Err)
            }
        }
    }

    async fn supplier_funds(&self) -> Result<Vec<SupplierFunds>, Unavailable> {
        let state = self.state()?;
        let mut funds: BTreeMap<SupplierId, (i128, i128)> = BTreeMap::new();
        for (account, balance) in &state.houses {
            if let Account::Prepaid(supplier) = account {
                funds.entry(*supplier).or_default().0 += balance;
            }
        }
        for attempt in state.orders.values().flat_map(|slot| &slot.agg.attempts) {
            if attempt.state.is_open() {
                let exposure = i128::from(attempt.exposure().hundredths());
                funds.entry(attempt.supplier).or_default().1 += exposure;
            }
        }
        funds
            .into_iter()
            .map(|(supplier, (prepaid, exposure))| {
                Ok(SupplierFunds {
                    supplier,
                    prepaid: money(prepaid)?,
                    exposure: money(exposure)?,
                })
            })
            .collect()
    }

    async fn quotas_used(
        &self,
        day: BusinessDay,
    ) -> Result<Vec<(QuotaKey, QuotaUse)>, Unavailable> {
        let state = self.state()?;
        let known = state.quotas.iter().filter(|(key, _)| key.day == day);
        Ok(known.map(|(key, used)| (*key, *used)).collect())
    }
}

/// Every balance that is kept.
pub(crate) fn trial_balance(state: &State) -> Result<TrialBalance, Unavailable> {
    let mut wallets: Vec<Wallet> = state.wallets.values().copied().collect();
    wallets.sort_by_key(|wallet| wallet.member);
    let houses = state.houses.iter();
    let houses = houses.map(|(account, sum)| Ok((*account, money(*sum)?)));
    Ok(TrialBalance {
        rows: Vec::new(),
        wallets,
        houses: houses.collect::<Result<_, Unavailable>>()?,
    })
}

/// A sum of hundredths as money.
pub(crate) fn money(hundredths: i128) -> Result<Money, Unavailable> {
    i64::try_from(hundredths)
        .map(Money::from_hundredths)
        .map_err(|_| Unavailable {
            may_have_committed: false,
            why: "a balance is beyond what can be counted".to_owned(),
        })
}
