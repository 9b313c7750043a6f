//! The thread a process hangs by: the store as one process sees it, until that process dies.
//!
//! A process that died reads nothing, commits nothing and hears nothing any more; what it had committed, and what suppliers had
//! received of it, stays. That is what a kill looks like from outside, at any commit or byte that a test names.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::catalog::{CatalogChange, Destination, Snapshot};
use eraflazz_core::commit::{Case, Changes, OutboxRow, Unavailable, Verdict};
use eraflazz_core::ids::{
    InboxId, Installation, MemberId, OrderId, ProductId, SubjectId, SupplierId, SupplierRef,
    TrxCode,
};
use eraflazz_core::ledger::{Account, TransferRow, Wallet};
use eraflazz_core::member::{ApiKey, Member};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, Attempt, LogRow, Order, OrderState};
use eraflazz_core::ports::{
    Catalog, ChangeError, Depth, Due, InboxRow, InboxState, KnownKey, Ledger, Members, Message,
    Notifier, OrderFilter, Outbox, OutboxDepth, Page, Store, Supplier, SupplierFunds, TrialBalance,
};
use eraflazz_core::supplier::{
    AttemptView, Exchange, PriceList, Profile, Purchase, RawRequest, ReadError, Reading,
    Unauthenticated,
};
use eraflazz_core::text::{KeyId, RefId, Slug, Sn, TheirRef};
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{Answer, Endpoint, EndpointRow};
use eraflazz_store_memory::MemoryStore;
use tokio::sync::Notify;

use crate::points::{Place, Point, Way};
use crate::receivers::Receivers;

/// Where a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// About to commit an intent.
    BeforeIntent,
    /// The intent is committed, no byte has left.
    AfterIntent,
    /// The supplier has the request and is about to answer.
    DuringSend,
    /// The answer is read, its commit not begun.
    BeforeOutcome,
    /// The outcome is committed, nobody was told.
    AfterOutcome,
    /// The member was told, which is not written down yet.
    AfterWebhook,
}

/// One process's life.
#[derive(Debug, Default)]
pub struct Life {
    dead: AtomicBool,
    /// Whether the store answers nothing.
    out_of_reach: AtomicBool,
    /// Whether the store has given up writing.
    closed: AtomicBool,
    /// How long the commit of an intent takes, in milliseconds.
    intents_take: AtomicU64,
    /// How long the first commit of what a call brought takes, in milliseconds.
    outcomes_take: AtomicU64,
    /// How long a read of orders takes, in milliseconds.
    reads_take: AtomicU64,
    dies: Mutex<Option<Moment>>,
    way: Mutex<Way>,
    death: Notify,
    miscounted: Mutex<Option<(Account, Money)>>,
    unlogged: Mutex<Vec<String>>,
}

impl Life {
    /// Dies now.
    pub fn end(&self) {
        self.dead.store(true, Ordering::SeqCst);
        self.death.notify_waiters();
    }

    /// Waits for its death.
    pub async fn over(&self) {
        let death = self.death.notified();
        if !self.is_over() {
            death.await;
        }
    }

    /// Counts its points from here on, and dies at this one if it comes by.
    pub fn ends_at(&self, point: Option<Point>) {
        *self.way.lock().unwrap() = Way::begin(point);
    }

    /// The points that it came by.
    pub fn points(&self) -> Vec<Point> {
        self.way.lock().unwrap().passed()
    }

    /// Comes by a point; whoever is dead after it goes no further.
    async fn comes_by(&self, place: Place) {
        self.alive().await;
        if self.way.lock().unwrap().comes_by(place) {
            self.end();
        }
        self.alive().await;
    }

    /// From now on the store is out of reach, or back.
    pub fn is_cut_off(&self, cut_off: bool) {
        self.out_of_reach.store(cut_off, Ordering::SeqCst);
    }

    /// From now on the store writes nothing any more, and says so.
    pub fn closes(&self) {
        self.is_cut_off(true);
        self.closed.store(true, Ordering::SeqCst);
    }

    fn reached(&self) -> Result<(), Unavailable> {
        if self.out_of_reach.load(Ordering::SeqCst) {
            return Err(Unavailable {
                may_have_committed: false,
                why: "out of reach".to_owned(),
            });
        }
        Ok(())
    }

    /// Dies at the next such moment.
    pub fn ends(&self, moment: Moment) {
        *self.dies.lock().unwrap() = Some(moment);
    }

    /// From now on the commit of an intent takes this long.
    pub fn slows_intents(&self, by: Duration) {
        slow(&self.intents_take, by);
    }

    /// The next commit of what a call brought takes this long.
    pub fn slows_outcomes(&self, by: Duration) {
        slow(&self.outcomes_take, by);
    }

    /// From now on a read of orders takes this long.
    pub fn slows_reads(&self, by: Duration) {
        slow(&self.reads_take, by);
    }

    /// From now on the balance of `account` is kept as `balance`, whatever its transfers say.
    pub fn miscounts(&self, account: Account, balance: Money) {
        *self.miscounted.lock().unwrap() = Some((account, balance));
    }

    /// Whether it has died.
    pub fn is_over(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Changes of state that were committed without a log row of their own (INV-20).
    pub fn unlogged(&self) -> Vec<String> {
        self.unlogged.lock().unwrap().clone()
    }

    fn reaches(&self, moment: Moment) {
        if *self.dies.lock().unwrap() == Some(moment) {
            self.end();
        }
    }

    async fn alive(&self) {
        if self.is_over() {
            std::future::pending::<()>().await;
        }
    }
}

fn slow(what: &AtomicU64, by: Duration) {
    let millis = by.as_millis().try_into().unwrap();
    what.store(millis, Ordering::SeqCst);
}

async fn takes(time: &AtomicU64) {
    let millis = time.load(Ordering::SeqCst);
    if millis > 0 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// The store as one process sees it.
#[derive(Debug)]
pub struct Lifeline {
    store: Arc<MemoryStore>,
    life: Arc<Life>,
}

impl Lifeline {
    /// The store for the process that lives this life.
    pub const fn new(store: Arc<MemoryStore>, life: Arc<Life>) -> Self {
        Self { store, life }
    }

    async fn check_logged(&self, units: &[Changes]) -> Vec<Option<String>> {
        let mut findings = Vec::with_capacity(units.len());
        for unit in units {
            let mut finding = None;
            for write in &unit.orders {
                let id = write.order.id;
                let before = self.store.orders(&[id]).await.unwrap().pop().flatten();
                let changed = before.is_none_or(|agg| agg.order.state != write.order.state);
                let logged = unit.log.iter().any(|row| {
                    row.subject == SubjectId::from(id) && row.version == write.order.version
                });
                if changed && !logged {
                    finding = Some(format!("{id} became {:?} unlogged", write.order.state));
                }
            }
            findings.push(finding);
        }
        findings
    }
}

#[async_trait]
impl Store for Lifeline {
    async fn commit(&self, units: Vec<Changes>) -> Result<Vec<Verdict>, Unavailable> {
        self.life.alive().await;
        let wrote = |wanted: fn(OrderState) -> bool| {
            units
                .iter()
                .flat_map(|unit| &unit.orders)
                .any(|write| write.replaces.is_some() && wanted(write.order.state))
        };
        let intent = wrote(|state| matches!(state, OrderState::InFlight(_)));
        let outcome = wrote(|state| !state.is_open());
        if intent {
            self.life.reaches(Moment::BeforeIntent);
        }
        if outcome {
            self.life.reaches(Moment::BeforeOutcome);
        }
        self.life.alive().await;
        let heard = |write: &Attempt| !write.call_open && write.last_call_ended_at.is_some();
        if units.iter().flat_map(|unit| &unit.attempts).any(heard) {
            let millis = self.life.outcomes_take.swap(0, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        let findings = self.check_logged(&units).await;
        if intent {
            takes(&self.life.intents_take).await;
        }
        self.life.reached()?;
        self.life.comes_by(Place::BeforeCommit).await;
        let verdicts = self.store.commit(units).await?;
        for (finding, verdict) in findings.into_iter().zip(&verdicts) {
            if let (Some(finding), Verdict::Done(_)) = (finding, verdict) {
                self.life.unlogged.lock().unwrap().push(finding);
            }
        }
        if intent {
            self.life.reaches(Moment::AfterIntent);
        }
        if outcome {
            self.life.reaches(Moment::AfterOutcome);
        }
        self.life.comes_by(Place::AfterCommit).await;
        Ok(verdicts)
    }

    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<Option<Aggregate>>, Unavailable> {
        self.life.alive().await;
        takes(&self.life.reads_take).await;
        self.store.orders(ids).await
    }

    async fn by_ref(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        self.store.by_ref(member, ref_id).await
    }

    async fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        self.store.by_supplier_ref(supplier, supplier_ref).await
    }

    async fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        self.store.by_their_ref(supplier, their_ref).await
    }

    async fn by_sn(
        &self,
        serials: &[(SupplierId, Sn)],
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Vec<OrderId>>, Unavailable> {
        self.life.alive().await;
        self.store.by_sn(serials, since, limit).await
    }

    async fn in_flight_for(
        &self,
        product: ProductId,
        destination: &Destination,
        limit: usize,
    ) -> Result<Vec<OrderId>, Unavailable> {
        self.life.alive().await;
        self.store.in_flight_for(product, destination, limit).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        self.life.alive().await;
        self.store.due(now, limit).await
    }

    async fn take_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        self.life.alive().await;
        self.store.take_due(now, limit).await
    }

    async fn depth(&self) -> Result<Depth, Unavailable> {
        self.life.alive().await;
        self.life.reached()?;
        self.store.depth().await
    }

    async fn put_inbox(&self, row: InboxRow) -> Result<(), Unavailable> {
        self.life.alive().await;
        self.life.reached()?;
        self.life.comes_by(Place::BeforeCommit).await;
        self.store.put_inbox(row).await?;
        self.life.comes_by(Place::AfterCommit).await;
        Ok(())
    }

    async fn inbox(&self, id: InboxId) -> Result<Option<InboxRow>, Unavailable> {
        self.life.alive().await;
        self.store.inbox(id).await
    }

    async fn set_inbox_aside(&self, id: InboxId, state: InboxState) -> Result<(), Unavailable> {
        self.life.comes_by(Place::BeforeCommit).await;
        self.store.set_inbox_aside(id, state).await?;
        self.life.comes_by(Place::AfterCommit).await;
        Ok(())
    }

    async fn orphans_naming(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Vec<InboxId>, Unavailable> {
        self.life.alive().await;
        self.store.orphans_naming(supplier, their_ref).await
    }

    async fn orphans(
        &self,
        after: Option<InboxId>,
        limit: usize,
    ) -> Result<Vec<InboxRow>, Unavailable> {
        self.life.alive().await;
        self.store.orphans(after, limit).await
    }

    async fn takes_writes(&self) -> Result<(), Unavailable> {
        self.life.alive().await;
        if self.life.closed.load(Ordering::SeqCst) {
            self.life.reached()?;
        }
        self.store.takes_writes().await
    }

    async fn supplier_funds(&self) -> Result<Vec<SupplierFunds>, Unavailable> {
        self.life.alive().await;
        self.store.supplier_funds().await
    }
}

#[async_trait]
impl Ledger for Lifeline {
    async fn wallet(&self, member: MemberId) -> Result<Option<Wallet>, Unavailable> {
        self.store.wallet(member).await
    }

    async fn balance(&self, account: Account) -> Result<Money, Unavailable> {
        self.store.balance(account).await
    }

    async fn newest_ref(
        &self,
        supplier: SupplierId,
        installation: Installation,
    ) -> Result<Option<SupplierRef>, Unavailable> {
        self.store.newest_ref(supplier, installation).await
    }

    async fn mutations(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<TransferRow>, Unavailable> {
        self.store.mutations(member, page).await
    }

    async fn by_trx_code(&self, code: &TrxCode) -> Result<Option<OrderId>, Unavailable> {
        self.store.by_trx_code(code).await
    }

    async fn orders_of(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable> {
        self.store.orders_of(member, filter, page).await
    }

    async fn order(&self, id: OrderId) -> Result<Option<Aggregate>, Unavailable> {
        self.store.order(id).await
    }

    async fn log(&self, subject: SubjectId) -> Result<Vec<LogRow>, Unavailable> {
        self.store.log(subject).await
    }

    async fn open_cases(&self, page: &Page) -> Result<Vec<Case>, Unavailable> {
        self.store.open_cases(page).await
    }

    async fn transfers(&self, skip: u64, limit: usize) -> Result<Vec<TransferRow>, Unavailable> {
        self.store.transfers(skip, limit).await
    }

    async fn wallets(&self) -> Result<Vec<Wallet>, Unavailable> {
        self.store.wallets().await
    }

    async fn trial_balance(
        &self,
        skip: u64,
        limit: usize,
    ) -> Result<Option<TrialBalance>, Unavailable> {
        let mut kept = self.store.trial_balance(skip, limit).await?;
        let miscounted = *self.life.miscounted.lock().unwrap();
        if let (Some(kept), Some((account, balance))) = (&mut kept, miscounted) {
            for wallet in &mut kept.wallets {
                if account == Account::Available(wallet.member) {
                    wallet.available = balance;
                }
            }
            for house in &mut kept.houses {
                if account == house.0 {
                    house.1 = balance;
                }
            }
        }
        Ok(kept)
    }
}

#[async_trait]
impl Catalog for Lifeline {
    async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
        self.store.snapshot().await
    }

    async fn change(&self, changes: Vec<CatalogChange>) -> Result<Arc<Snapshot>, ChangeError> {
        self.life.comes_by(Place::BeforeCommit).await;
        let changed = self.store.change(changes).await?;
        self.life.comes_by(Place::AfterCommit).await;
        Ok(changed)
    }
}

#[async_trait]
impl Members for Lifeline {
    async fn member(&self, id: MemberId) -> Result<Option<Arc<Member>>, Unavailable> {
        self.store.member(id).await
    }

    async fn member_by_code(&self, code: &Slug) -> Result<Option<Arc<Member>>, Unavailable> {
        self.store.member_by_code(code).await
    }

    async fn key(&self, id: &KeyId) -> Result<Option<KnownKey>, Unavailable> {
        self.store.key(id).await
    }

    async fn keys(&self) -> Result<Vec<Arc<ApiKey>>, Unavailable> {
        self.store.keys().await
    }

    async fn members(&self) -> Result<Vec<Arc<Member>>, Unavailable> {
        self.store.members().await
    }

    async fn put_member(
        &self,
        member: Member,
        over: Option<Arc<Member>>,
    ) -> Result<(), ChangeError> {
        self.store.put_member(member, over).await
    }

    async fn put_key(&self, key: ApiKey) -> Result<(), ChangeError> {
        self.store.put_key(key).await
    }

    async fn endpoint(&self, member: MemberId) -> Result<Option<EndpointRow>, Unavailable> {
        self.life.alive().await;
        self.store.endpoint(member).await
    }

    async fn put_endpoint(
        &self,
        endpoint: Endpoint,
        over: Option<Arc<Endpoint>>,
    ) -> Result<(), ChangeError> {
        self.store.put_endpoint(endpoint, over).await
    }

    async fn remove_endpoint(&self, member: MemberId) -> Result<(), ChangeError> {
        self.store.remove_endpoint(member).await
    }
}

#[async_trait]
impl Outbox for Lifeline {
    async fn due_outbox(
        &self,
        now: Timestamp,
        busy: &BTreeSet<MemberId>,
        each: usize,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, Unavailable> {
        self.life.alive().await;
        self.store.due_outbox(now, busy, each, limit).await
    }

    async fn outbox_depth(&self, of: Option<MemberId>) -> Result<OutboxDepth, Unavailable> {
        self.store.outbox_depth(of).await
    }

    async fn parked(&self, member: MemberId, page: &Page) -> Result<Vec<OutboxRow>, Unavailable> {
        self.store.parked(member, page).await
    }
}

/// Messages out as one process sends them: the dead say nothing.
pub(crate) struct Post {
    pub(crate) receivers: Arc<Receivers>,
    pub(crate) life: Arc<Life>,
}

#[async_trait]
impl Notifier for Post {
    async fn notify(&self, endpoint: &Endpoint, message: &Message) -> Answer {
        self.life.comes_by(Place::BeforeTold).await;
        let answer = self.receivers.hear(endpoint, message).await;
        self.life.reaches(Moment::AfterWebhook);
        self.life.comes_by(Place::AfterTold).await;
        answer
    }
}

/// A supplier as one process reaches it.
pub(crate) struct Wire<S> {
    pub(crate) supplier: Arc<S>,
    pub(crate) life: Arc<Life>,
}

#[async_trait]
impl<S: Supplier> Supplier for Wire<S> {
    fn profile(&self) -> &Profile {
        self.supplier.profile()
    }

    async fn send(&self, purchase: &Purchase) -> Exchange {
        self.life.comes_by(Place::BeforeSend).await;
        let exchange = self.supplier.send(purchase).await;
        self.life.reaches(Moment::DuringSend);
        self.life.comes_by(Place::AfterSend).await;
        exchange
    }

    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        self.life.comes_by(Place::BeforeAsk).await;
        let exchange = self.supplier.ask(attempt).await;
        self.life.comes_by(Place::AfterAsk).await;
        exchange
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        self.supplier.balance().await
    }

    async fn price_list(&self) -> Result<PriceList, ReadError> {
        self.supplier.price_list().await
    }

    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        self.supplier.read_callback(request)
    }
}
