//! The store as one process reaches it: out of reach, slow or silent now and then, and gone with the process.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
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
use eraflazz_core::order::{Aggregate, LogRow, Order, OrderState};
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::ports::{
    Catalog, ChangeError, Depth, Due, InboxRow, InboxState, KnownKey, Ledger, Members, OrderFilter,
    Outbox, OutboxDepth, Page, PaymentFilter, Store, SupplierFunds, TrialBalance,
};
use eraflazz_core::text::{KeyId, RefId, Slug, Sn, TheirRef};
use eraflazz_core::time::{BusinessDay, Timestamp};
use eraflazz_core::webhook::{Endpoint, EndpointRow};
use eraflazz_store_memory::MemoryStore;

use crate::auditor::books::Purse;
use crate::chance::Chance;
use crate::coverage::written;
use crate::fault::Fault;
use crate::process::Life;
use crate::scene::{Scene, number_of, parcel_of};
use crate::trace::Event;

/// The store as one process reaches it.
#[derive(Debug)]
pub struct Line {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) life: Arc<Life>,
    pub(crate) scene: Arc<Scene>,
    pub(crate) chance: Arc<Chance>,
    /// The members, by their numbers.
    pub(crate) members: Arc<[MemberId]>,
}

/// What a commit wrote of one order, kept until it is known that it did.
struct Note {
    id: u128,
    number: u32,
    destination: String,
    input: &'static str,
    state: &'static str,
    version: u32,
    revision: u32,
    price: i64,
}

impl Line {
    /// A failure of the store.
    fn unavailable(may_have_committed: bool) -> Unavailable {
        Unavailable {
            may_have_committed,
            why: "the line to the store broke".to_owned(),
        }
    }

    /// Whether the fault strikes these parcels now; it is drawn once for all of them.
    fn strikes(&self, fault: Fault, parcels: &[u32]) -> bool {
        let strikes = self.scene.strikes(fault, parcels.first().copied());
        if strikes {
            for other in parcels.iter().skip(1) {
                self.scene.coverage.struck(fault, Some(*other));
            }
        }
        strikes
    }

    async fn reads(&self) -> Result<(), Unavailable> {
        self.life.alive().await;
        if self.strikes(Fault::ReadFails, &[]) {
            return Err(Self::unavailable(false));
        }
        if self.strikes(Fault::ReadSlow, &[]) {
            tokio::time::sleep(self.chance.millis(1, 4_000)).await;
            self.life.alive().await;
        }
        Ok(())
    }

    async fn before_commit(&self, parcels: &[u32]) -> Result<(), Unavailable> {
        self.life.alive().await;
        if self.strikes(Fault::CrashBeforeCommit, parcels) {
            return self.life.end_here().await;
        }
        if !self.life.has_frozen() && self.strikes(Fault::ProcessDoubled, parcels) {
            self.life.freeze(self.chance.millis(1_000, 300_000));
            self.life.alive().await;
        }
        if self.strikes(Fault::CommitRefused, parcels) {
            return Err(Self::unavailable(false));
        }
        if self.strikes(Fault::CommitLost, parcels) {
            return Err(Self::unavailable(true));
        }
        if self.strikes(Fault::CommitDelayed, parcels) {
            tokio::time::sleep(self.chance.millis(1, 5_000)).await;
            self.life.alive().await;
        }
        Ok(())
    }

    async fn after_commit(&self, parcels: &[u32], is_intent: bool) -> Result<(), Unavailable> {
        if self.strikes(Fault::CrashAfterCommit, parcels) {
            return self.life.end_here().await;
        }
        if self.strikes(Fault::CommitUnacknowledged, parcels) {
            return Err(Self::unavailable(true));
        }
        if self.strikes(Fault::CommitAcknowledgedLate, parcels) {
            tokio::time::sleep(self.chance.millis(1, 8_000)).await;
        }
        if is_intent && self.strikes(Fault::WorkerPaused, parcels) {
            tokio::time::sleep(self.chance.millis(20_000, 200_000)).await;
        }
        self.life.alive().await;
        Ok(())
    }
}

/// The parcels that units are about.
fn parcels(units: &[Changes]) -> Vec<u32> {
    let orders = units.iter().flat_map(|unit| &unit.orders);
    orders
        .filter_map(|write| parcel_of(write.order.destination.as_str()))
        .collect()
}

#[async_trait]
impl Store for Line {
    async fn commit(&self, units: Vec<Changes>) -> Result<Vec<Verdict>, Unavailable> {
        let parcels = parcels(&units);
        self.before_commit(&parcels).await?;
        let is_intent = units
            .iter()
            .flat_map(|unit| &unit.orders)
            .any(|write| matches!(write.order.state, OrderState::InFlight(_)));
        let notes: Vec<Vec<Note>> = units.iter().map(notes).collect();
        // The disk is gone for good as far as this process is concerned.
        let Ok(verdicts) = self.store.commit(units).await else {
            for note in notes.iter().flatten() {
                let mut auditor = self.scene.auditor();
                auditor.perhaps_recorded(note.number, note.revision);
            }
            return self.life.end_without_disk().await;
        };
        for (notes, verdict) in notes.into_iter().zip(&verdicts) {
            if let Verdict::Done(done) = verdict {
                for note in notes {
                    self.committed(note);
                }
                self.seen(&done.wallets, parcels.first().copied());
            }
        }
        self.after_commit(&parcels, is_intent).await?;
        Ok(verdicts)
    }

    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<Option<Aggregate>>, Unavailable> {
        self.life.alive().await;
        let found = self.store.orders(ids).await?;
        self.reads().await?;
        Ok(found)
    }

    async fn by_ref(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        let found = self.store.by_ref(member, ref_id).await?;
        self.reads().await?;
        Ok(found)
    }

    async fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        let found = self.store.by_supplier_ref(supplier, supplier_ref).await?;
        self.reads().await?;
        Ok(found)
    }

    async fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        self.life.alive().await;
        let found = self.store.by_their_ref(supplier, their_ref).await?;
        self.reads().await?;
        Ok(found)
    }

    async fn by_sn(
        &self,
        serials: &[(SupplierId, Sn)],
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Vec<OrderId>>, Unavailable> {
        self.reads().await?;
        self.store.by_sn(serials, since, limit).await
    }

    async fn in_flight_for(
        &self,
        product: ProductId,
        destination: &Destination,
        limit: usize,
    ) -> Result<Vec<OrderId>, Unavailable> {
        self.reads().await?;
        self.store.in_flight_for(product, destination, limit).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        self.reads().await?;
        self.store.due(now, limit).await
    }

    async fn take_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        self.reads().await?;
        self.store.take_due(now, limit).await
    }

    async fn depth(&self) -> Result<Depth, Unavailable> {
        self.life.alive().await;
        self.store.depth().await
    }

    async fn put_inquiry(&self, inquiry: Inquiry) -> Result<(), Unavailable> {
        self.before_commit(&[]).await?;
        match self.store.put_inquiry(inquiry).await {
            Ok(()) => self.after_commit(&[], false).await,
            Err(_) => self.life.end_without_disk().await,
        }
    }

    async fn inquiry(&self, id: InquiryId) -> Result<Option<Inquiry>, Unavailable> {
        self.reads().await?;
        self.store.inquiry(id).await
    }

    async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, Unavailable> {
        self.reads().await?;
        self.store.payment(id).await
    }

    async fn payment_coded(&self, code: &PaymentCode) -> Result<Option<Payment>, Unavailable> {
        self.reads().await?;
        self.store.payment_coded(code).await
    }

    async fn payment_of(
        &self,
        gateway: GatewayId,
        theirs: &TheirRef,
    ) -> Result<Option<Payment>, Unavailable> {
        self.reads().await?;
        self.store.payment_of(gateway, theirs).await
    }

    async fn payment_awaiting(
        &self,
        bank: GatewayId,
        amount: Money,
    ) -> Result<Option<Payment>, Unavailable> {
        self.reads().await?;
        self.store.payment_awaiting(bank, amount).await
    }

    async fn due_payments(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Payment>, Unavailable> {
        self.reads().await?;
        self.store.due_payments(now, limit).await
    }

    async fn put_inbox(&self, row: InboxRow) -> Result<(), Unavailable> {
        self.life.alive().await;
        if self.strikes(Fault::InboxFails, &[]) {
            return Err(Self::unavailable(false));
        }
        self.before_commit(&[]).await?;
        match self.store.put_inbox(row).await {
            Ok(()) => self.after_commit(&[], false).await,
            Err(_) => self.life.end_without_disk().await,
        }
    }

    async fn inbox(&self, id: InboxId) -> Result<Option<InboxRow>, Unavailable> {
        self.reads().await?;
        self.store.inbox(id).await
    }

    async fn set_inbox_aside(&self, id: InboxId, state: InboxState) -> Result<(), Unavailable> {
        self.before_commit(&[]).await?;
        match self.store.set_inbox_aside(id, state).await {
            Ok(()) => self.after_commit(&[], false).await,
            Err(_) => self.life.end_without_disk().await,
        }
    }

    async fn orphans_naming(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Vec<InboxId>, Unavailable> {
        self.reads().await?;
        self.store.orphans_naming(supplier, their_ref).await
    }

    async fn set_aside(
        &self,
        after: Option<InboxId>,
        limit: usize,
    ) -> Result<Vec<InboxRow>, Unavailable> {
        self.life.alive().await;
        self.store.set_aside(after, limit).await
    }

    async fn takes_writes(&self) -> Result<(), Unavailable> {
        self.life.alive().await;
        self.store.takes_writes().await
    }

    async fn supplier_funds(&self) -> Result<Vec<SupplierFunds>, Unavailable> {
        self.life.alive().await;
        self.store.supplier_funds().await
    }

    async fn quotas_used(
        &self,
        day: BusinessDay,
    ) -> Result<Vec<(QuotaKey, QuotaUse)>, Unavailable> {
        self.life.alive().await;
        self.store.quotas_used(day).await
    }
}

fn notes(unit: &Changes) -> Vec<Note> {
    written(unit)
        .filter_map(|written| {
            Some(Note {
                id: written.order.id.0.as_u128(),
                number: number_of(written.order)?,
                destination: written.order.destination.as_str().to_owned(),
                input: written.input,
                state: written.state,
                version: written.order.version,
                revision: written.order.revision,
                price: written.order.quote.sell.hundredths(),
            })
        })
        .collect()
}

impl Line {
    /// Wallets as a commit left them.
    fn seen(&self, wallets: &[Wallet], parcel: Option<u32>) {
        for wallet in wallets {
            let purse = purse(wallet, &self.members);
            self.scene.auditor().purse(&purse, parcel);
        }
    }

    fn committed(&self, note: Note) {
        let Note {
            id,
            number,
            destination,
            input,
            state,
            version,
            revision,
            price,
        } = note;
        let at = self.scene.passed();
        let host = self.scene.millis();
        {
            let mut auditor = self.scene.auditor();
            auditor.accepted(number, price, host);
            auditor.recorded(number, version, revision, price, at);
        }
        self.scene
            .coverage
            .committed(id, &destination, input, state);
        self.scene.note(Event::Commits {
            order: number,
            input,
            state,
            version,
        });
    }
}

/// A wallet in the auditor's words.
pub fn purse(wallet: &Wallet, members: &[MemberId]) -> Purse {
    let place = members.iter().position(|known| *known == wallet.member);
    Purse {
        member: u16::try_from(place.unwrap_or(usize::MAX)).unwrap_or(u16::MAX),
        available: wallet.available.hundredths(),
        held: wallet.held.hundredths(),
        receivable: wallet.receivable.hundredths(),
    }
}

#[async_trait]
impl Ledger for Line {
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

    async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &Page,
    ) -> Result<Vec<Payment>, Unavailable> {
        self.store.payments(filter, page).await
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
        self.life.alive().await;
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
        self.life.alive().await;
        self.store.trial_balance(skip, limit).await
    }
}

#[async_trait]
impl Catalog for Line {
    async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
        self.life.alive().await;
        self.store.snapshot().await
    }

    async fn change(&self, changes: Vec<CatalogChange>) -> Result<Arc<Snapshot>, ChangeError> {
        let lost = ChangeError::Unavailable;
        self.before_commit(&[]).await.map_err(lost)?;
        match self.store.change(changes).await {
            Err(ChangeError::Unavailable(_)) => self.life.end_without_disk().await,
            answer => {
                self.after_commit(&[], false).await.map_err(lost)?;
                answer
            }
        }
    }
}

#[async_trait]
impl Members for Line {
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
impl Outbox for Line {
    async fn due_outbox(
        &self,
        now: Timestamp,
        busy: &BTreeSet<MemberId>,
        each: usize,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, Unavailable> {
        self.reads().await?;
        self.store.due_outbox(now, busy, each, limit).await
    }

    async fn outbox_depth(&self, of: Option<MemberId>) -> Result<OutboxDepth, Unavailable> {
        self.store.outbox_depth(of).await
    }

    async fn parked(&self, member: MemberId, page: &Page) -> Result<Vec<OutboxRow>, Unavailable> {
        self.store.parked(member, page).await
    }
}
