//! The thread a process hangs by: the store as one process sees it, until that process dies.
//!
//! A process that died reads nothing, commits nothing and hears nothing any more; what it had committed, and what suppliers had
//! received of it, stays. That is what a kill looks like from outside, at any commit or byte that a test names.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use conformance::Books;
use conformance::servers::{At, Cut};
use eraflazz_core::catalog::{CatalogChange, Destination, QuotaKey, QuotaUse, Snapshot};
use eraflazz_core::commit::{Case, Changes, OutboxRow, Unavailable, Verdict};
use eraflazz_core::ids::{
    GatewayId, InboxId, InquiryId, Installation, MemberId, OrderId, PaymentId, ProductId,
    SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::{Account, TransferRow, Wallet};
use eraflazz_core::member::{ApiKey, Member};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, Attempt, LogRow, Order, OrderState};
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::ports::{
    Catalog, ChangeError, Depth, Due, InboxRow, InboxState, KnownKey, Ledger, Members, Message,
    Notifier, OrderFilter, Outbox, OutboxDepth, Page, PaymentFilter, Store, Supplier,
    SupplierFunds, TrialBalance,
};
use eraflazz_core::supplier::{
    AttemptView, Exchange, Finding, InquiryError, PriceList, Profile, Purchase, Question,
    RawRequest, ReadError, Reading, Unauthenticated,
};
use eraflazz_core::text::{KeyId, RefId, Slug, Sn, TheirRef};
use eraflazz_core::time::{BusinessDay, Timestamp};
use eraflazz_core::webhook::{Answer, Endpoint, EndpointRow};

use crate::life::{Life, Moment, takes};
use crate::points::Place;
use crate::receivers::Receivers;
use crate::record::Record;

/// The store as one process sees it.
#[derive(Debug)]
pub struct Lifeline {
    record: Record,
    life: Arc<Life>,
}

impl Lifeline {
    /// The store for the process that lives this life.
    pub(crate) const fn new(record: Record, life: Arc<Life>) -> Self {
        Self { record, life }
    }

    /// What the record answers. The dead ask nothing.
    async fn ask<T: Send>(&self, answer: impl Future<Output = T> + Send) -> T {
        self.life.alive().await;
        self.record.ask(answer).await
    }

    /// Comes by the point before `write` makes something durable. Where the process ends there, or will end when that is done, and there is a line to the record, it
    /// is the line that ends: before the server hears how the transaction ends, or when the server has done it and says so.
    async fn is_about_to<W>(&self, at: At, write: impl FnOnce(Arc<dyn Books>) -> W + Send)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        self.life.alive().await;
        let line = self.life.line.as_ref();
        let cut = if self.life.passes(Place::BeforeCommit) {
            Cut::Before
        } else if line.is_some() && self.life.will_end_at(Place::AfterCommit) {
            self.life.passes(Place::AfterCommit);
            Cut::Answer
        } else {
            return;
        };
        if let Some(line) = line {
            line.ends(cut, at);
            let write = write(Arc::clone(&self.record.books));
            self.record.write_until_cut(line, write);
        }
        self.life.end();
        self.life.alive().await;
    }

    async fn check_logged(&self, units: &[Changes]) -> Vec<Option<String>> {
        let mut findings = Vec::with_capacity(units.len());
        for unit in units {
            let mut finding = None;
            for write in &unit.orders {
                let id = write.order.id;
                let before = self.ask(self.record.books.orders(&[id])).await.unwrap();
                let before = before.into_iter().next().flatten();
                let changed = before.is_none_or(|agg| agg.order.state != write.order.state);
                let logged = unit.log.iter().any(|row| {
                    row.subject == SubjectId::from(id) && row.version == write.order.version
                });
                if changed && !logged {
                    finding = Some(format!("{id} became {:?} unlogged", write.order.state));
                }
            }
            for write in &unit.payments {
                let id = write.payment.id;
                let before = self.ask(self.record.books.payment(id)).await.unwrap();
                let now = (write.payment.state, write.payment.stage);
                let changed = before.is_none_or(|before| (before.state, before.stage) != now);
                let logged = unit.log.iter().any(|row| {
                    row.subject == SubjectId::from(id) && row.version == write.payment.version
                });
                if changed && !logged {
                    finding = Some(format!("{id} became {now:?} unlogged"));
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
        if let Some(verdicts) = self.life.refusal(&units) {
            return Ok(verdicts);
        }
        let same = units.clone();
        self.is_about_to(At::End, |books| async move {
            drop(books.commit(same).await);
        })
        .await;
        let verdicts = self.ask(self.record.books.commit(units)).await?;
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
        if ids.iter().any(|id| self.life.is_spoilt(*id)) {
            return Err(Unavailable {
                may_have_committed: false,
                why: "a row cannot be read".to_owned(),
            });
        }
        self.ask(self.record.books.orders(ids)).await
    }

    async fn by_ref(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.by_ref(member, ref_id)).await
    }

    async fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        self.life.reads_callback()?;
        self.ask(self.record.books.by_supplier_ref(supplier, supplier_ref))
            .await
    }

    async fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        takes(&self.life.reads_take).await;
        self.life.reads_callback()?;
        self.ask(self.record.books.by_their_ref(supplier, their_ref))
            .await
    }

    async fn by_sn(
        &self,
        serials: &[(SupplierId, Sn)],
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Vec<OrderId>>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.by_sn(serials, since, limit))
            .await
    }

    async fn in_flight_for(
        &self,
        product: ProductId,
        destination: &Destination,
        limit: usize,
    ) -> Result<Vec<OrderId>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.in_flight_for(product, destination, limit))
            .await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.due(now, limit)).await
    }

    async fn take_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        self.life.alive().await;
        let taken = self.ask(self.record.books.take_due(now, limit)).await;
        let next = self.life.meanwhile.lock().unwrap().pop();
        if let Some(row) = next {
            self.ask(self.record.books.put_inbox(row)).await?;
        }
        taken
    }

    async fn depth(&self) -> Result<Depth, Unavailable> {
        self.life.alive().await;
        self.life.reached()?;
        self.ask(self.record.books.depth()).await
    }

    async fn put_inquiry(&self, inquiry: Inquiry) -> Result<(), Unavailable> {
        let same = inquiry.clone();
        self.is_about_to(At::Statement, |books| async move {
            drop(books.put_inquiry(same).await);
        })
        .await;
        self.ask(self.record.books.put_inquiry(inquiry)).await?;
        self.life.comes_by(Place::AfterCommit).await;
        Ok(())
    }

    async fn inquiry(&self, id: InquiryId) -> Result<Option<Inquiry>, Unavailable> {
        self.ask(self.record.books.inquiry(id)).await
    }

    async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.payment(id)).await
    }

    async fn payment_coded(&self, code: &PaymentCode) -> Result<Option<Payment>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.payment_coded(code)).await
    }

    async fn payment_of(
        &self,
        gateway: GatewayId,
        theirs: &TheirRef,
    ) -> Result<Option<Payment>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.payment_of(gateway, theirs))
            .await
    }

    async fn payment_awaiting(
        &self,
        bank: GatewayId,
        amount: Money,
    ) -> Result<Option<Payment>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.payment_awaiting(bank, amount))
            .await
    }

    async fn due_payments(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Payment>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.due_payments(now, limit)).await
    }

    async fn put_inbox(&self, row: InboxRow) -> Result<(), Unavailable> {
        self.life.alive().await;
        self.life.reached()?;
        let same = row.clone();
        self.is_about_to(At::Statement, |books| async move {
            drop(books.put_inbox(same).await);
        })
        .await;
        self.ask(self.record.books.put_inbox(row)).await?;
        self.life.comes_by(Place::AfterCommit).await;
        Ok(())
    }

    async fn inbox(&self, id: InboxId) -> Result<Option<InboxRow>, Unavailable> {
        self.life.alive().await;
        self.life.reads_callback()?;
        self.ask(self.record.books.inbox(id)).await
    }

    async fn set_inbox_aside(&self, id: InboxId, state: InboxState) -> Result<(), Unavailable> {
        self.is_about_to(At::Statement, |books| async move {
            drop(books.set_inbox_aside(id, state).await);
        })
        .await;
        self.ask(self.record.books.set_inbox_aside(id, state))
            .await?;
        self.life.comes_by(Place::AfterCommit).await;
        Ok(())
    }

    async fn orphans_naming(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Vec<InboxId>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.orphans_naming(supplier, their_ref))
            .await
    }

    async fn set_aside(
        &self,
        after: Option<InboxId>,
        limit: usize,
    ) -> Result<Vec<InboxRow>, Unavailable> {
        self.life.alive().await;
        self.life.reads_callback()?;
        self.ask(self.record.books.set_aside(after, limit)).await
    }

    async fn takes_writes(&self) -> Result<(), Unavailable> {
        self.life.alive().await;
        if self.life.closed.load(Ordering::SeqCst) {
            self.life.reached()?;
        }
        self.ask(self.record.books.takes_writes()).await
    }

    async fn supplier_funds(&self) -> Result<Vec<SupplierFunds>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.supplier_funds()).await
    }

    async fn quotas_used(
        &self,
        day: BusinessDay,
    ) -> Result<Vec<(QuotaKey, QuotaUse)>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.quotas_used(day)).await
    }
}

#[async_trait]
impl Ledger for Lifeline {
    async fn wallet(&self, member: MemberId) -> Result<Option<Wallet>, Unavailable> {
        self.ask(self.record.books.wallet(member)).await
    }

    async fn balance(&self, account: Account) -> Result<Money, Unavailable> {
        self.ask(self.record.books.balance(account)).await
    }

    async fn newest_ref(
        &self,
        supplier: SupplierId,
        installation: Installation,
    ) -> Result<Option<SupplierRef>, Unavailable> {
        self.ask(self.record.books.newest_ref(supplier, installation))
            .await
    }

    async fn mutations(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<TransferRow>, Unavailable> {
        self.ask(self.record.books.mutations(member, page)).await
    }

    async fn by_trx_code(&self, code: &TrxCode) -> Result<Option<OrderId>, Unavailable> {
        self.ask(self.record.books.by_trx_code(code)).await
    }

    async fn orders_of(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable> {
        self.ask(self.record.books.orders_of(member, filter, page))
            .await
    }

    async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &Page,
    ) -> Result<Vec<Payment>, Unavailable> {
        self.ask(self.record.books.payments(filter, page)).await
    }

    async fn order(&self, id: OrderId) -> Result<Option<Aggregate>, Unavailable> {
        self.ask(self.record.books.order(id)).await
    }

    async fn log(&self, subject: SubjectId) -> Result<Vec<LogRow>, Unavailable> {
        self.ask(self.record.books.log(subject)).await
    }

    async fn open_cases(&self, page: &Page) -> Result<Vec<Case>, Unavailable> {
        self.ask(self.record.books.open_cases(page)).await
    }

    async fn transfers(&self, skip: u64, limit: usize) -> Result<Vec<TransferRow>, Unavailable> {
        self.ask(self.record.books.transfers(skip, limit)).await
    }

    async fn wallets(&self) -> Result<Vec<Wallet>, Unavailable> {
        self.ask(self.record.books.wallets()).await
    }

    async fn trial_balance(
        &self,
        skip: u64,
        limit: usize,
    ) -> Result<Option<TrialBalance>, Unavailable> {
        let mut kept = self
            .ask(self.record.books.trial_balance(skip, limit))
            .await?;
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
        self.ask(self.record.books.snapshot()).await
    }

    async fn change(&self, changes: Vec<CatalogChange>) -> Result<Arc<Snapshot>, ChangeError> {
        let same = changes.clone();
        self.is_about_to(At::End, |books| async move {
            drop(books.change(same).await);
        })
        .await;
        let changed = self.ask(self.record.books.change(changes)).await?;
        self.life.comes_by(Place::AfterCommit).await;
        Ok(changed)
    }
}

#[async_trait]
impl Members for Lifeline {
    async fn member(&self, id: MemberId) -> Result<Option<Arc<Member>>, Unavailable> {
        self.ask(self.record.books.member(id)).await
    }

    async fn member_by_code(&self, code: &Slug) -> Result<Option<Arc<Member>>, Unavailable> {
        self.ask(self.record.books.member_by_code(code)).await
    }

    async fn key(&self, id: &KeyId) -> Result<Option<KnownKey>, Unavailable> {
        self.ask(self.record.books.key(id)).await
    }

    async fn keys(&self) -> Result<Vec<Arc<ApiKey>>, Unavailable> {
        self.ask(self.record.books.keys()).await
    }

    async fn members(&self) -> Result<Vec<Arc<Member>>, Unavailable> {
        self.ask(self.record.books.members()).await
    }

    async fn put_member(
        &self,
        member: Member,
        over: Option<Arc<Member>>,
    ) -> Result<(), ChangeError> {
        self.ask(self.record.books.put_member(member, over)).await
    }

    async fn put_key(&self, key: ApiKey) -> Result<(), ChangeError> {
        self.ask(self.record.books.put_key(key)).await
    }

    async fn endpoint(&self, member: MemberId) -> Result<Option<EndpointRow>, Unavailable> {
        self.life.alive().await;
        self.ask(self.record.books.endpoint(member)).await
    }

    async fn put_endpoint(
        &self,
        endpoint: Endpoint,
        over: Option<Arc<Endpoint>>,
    ) -> Result<(), ChangeError> {
        self.ask(self.record.books.put_endpoint(endpoint, over))
            .await
    }

    async fn remove_endpoint(&self, member: MemberId) -> Result<(), ChangeError> {
        self.ask(self.record.books.remove_endpoint(member)).await
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
        self.ask(self.record.books.due_outbox(now, busy, each, limit))
            .await
    }

    async fn outbox_depth(&self, of: Option<MemberId>) -> Result<OutboxDepth, Unavailable> {
        self.ask(self.record.books.outbox_depth(of)).await
    }

    async fn parked(&self, member: MemberId, page: &Page) -> Result<Vec<OutboxRow>, Unavailable> {
        self.ask(self.record.books.parked(member, page)).await
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

    async fn inquire(&self, question: &Question) -> Result<Finding, InquiryError> {
        self.life.comes_by(Place::BeforeAsk).await;
        let answer = self.supplier.inquire(question).await;
        self.life.comes_by(Place::AfterAsk).await;
        answer
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
