//! What people do to wallets and cases, and what keeps a repeated click from doing it twice.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Engine;
use super::error::OperationError;
use super::work::is_done;
use super::written::check_text;
use crate::catalog::{CatalogChange, CatalogError, Mapping, SealedAccount, Snapshot};
use crate::commit::{
    CaseKey, CaseWrite, Changes, Nonce, Refused, Unavailable, Verdict, WalletFlag,
};
use crate::ids::{MemberId, OrderId, SubjectId};
use crate::ledger::Wallet;
use crate::order::{self, Entry, LogRow};
use crate::ports::{AccountError, ChangeError, Page};
use crate::supplier::Reference;
use crate::text::{Operator, Slug};

/// The mapping that a change enters, if it has a form.
fn formed(change: &CatalogChange) -> Option<&Mapping> {
    match change {
        CatalogChange::PutMapping(mapping) | CatalogChange::AmendMapping(mapping) => {
            mapping.form.is_some().then_some(mapping)
        }
        CatalogChange::PutCategory(_)
        | CatalogChange::PutTier(_)
        | CatalogChange::PutSupplier(_)
        | CatalogChange::PutProduct(_)
        | CatalogChange::PutPrice(_)
        | CatalogChange::RemovePrice { .. }
        | CatalogChange::SetSupplierActive { .. }
        | CatalogChange::SetProductActive { .. }
        | CatalogChange::SetBasePrice { .. }
        | CatalogChange::SetMappingActive { .. }
        | CatalogChange::SetMappingCost { .. }
        | CatalogChange::SetMappingListing { .. }
        | CatalogChange::Over { .. }
        | CatalogChange::PutApproval(_)
        | CatalogChange::RemoveApproval(_)
        | CatalogChange::MarkSynced { .. }
        | CatalogChange::BeginRun { .. } => None,
    }
}

/// Fresh looks at an order that keeps changing.
const TRIES: usize = 16;

impl Engine {
    /// Spends the nonce of a changing call for ever, durably; `false` if it was spent before (T-4). For calls whose effect is kept outside
    /// [`Store::commit`](crate::ports::Store::commit): spent first, so that a call whose effect was lost is repeated with a new one.
    pub async fn spend_nonce(&self, nonce: Nonce) -> Result<bool, Unavailable> {
        let mut unit = Changes::at(self.inner.clock.now());
        unit.nonces.push(nonce);
        let spent = self.inner.store.commit(vec![unit]).await?;
        Ok(is_done(&spent))
    }

    /// Changes the catalog, all or nothing; the new one is in force for the next order that is routed. Repeating it changes nothing but the version.
    pub async fn change_catalog(
        &self,
        changes: Vec<CatalogChange>,
    ) -> Result<Arc<Snapshot>, ChangeError> {
        self.check_forms(&changes).await?;
        let snapshot = self.inner.catalog.change(changes).await?;
        self.inner.board.refresh(&snapshot);
        Ok(snapshot)
    }

    /// Whether this engine can work with an account of that name; which setting is wrong if not. Seats nobody and calls nobody: asked again it says the same.
    /// A name that the builder was given belongs to no account.
    pub fn check_account(
        &self,
        supplier: &Slug,
        account: &SealedAccount,
    ) -> Result<(), AccountError> {
        let seats = self.inner.board.seats();
        if seats.is_given(supplier) {
            return Err(AccountError {
                field: "account".to_owned(),
                rule: "this name belongs to a supplier of the settings".to_owned(),
            });
        }
        seats.open(supplier, account).map(drop)
    }

    /// Whether each form that is entered is one for its supplier: where answers are told apart by the destination alone, fields may not run together
    /// (INV-11). One that comes another way, or whose product changes, is passed over when a route is looked for.
    async fn check_forms(&self, changes: &[CatalogChange]) -> Result<(), ChangeError> {
        let formed: Vec<&Mapping> = changes.iter().filter_map(formed).collect();
        if formed.is_empty() {
            return Ok(());
        }
        let catalog = self.inner.catalog.snapshot().await?;
        let after = CatalogChange::apply(&catalog, changes).map_err(ChangeError::Catalog)?;
        self.inner.board.refresh(&catalog);
        for mapping in formed {
            let seat = self.inner.board.seat(mapping.supplier);
            let is_theirs = seat.is_some_and(|seat| seat.profile().reference == Reference::Theirs);
            let product = after.product(mapping.product);
            let tells_apart = mapping
                .form
                .as_ref()
                .zip(product)
                .is_none_or(|(form, product)| form.tells_apart(product));
            if is_theirs && !tells_apart {
                let entry = format!("mapping {} ({})", mapping.id, mapping.sku);
                let rule = "runs fields together, and this supplier knows an order by its destination alone: put something between them";
                return Err(ChangeError::Catalog(CatalogError::new(entry, "form", rule)));
            }
        }
        Ok(())
    }

    /// Whether what one of many processes does for all is ours to do now. A hint: whoever must be alone writes that down where all see it.
    pub fn is_on_duty(&self) -> bool {
        self.inner.is_on_duty()
    }

    /// For whoever administers a store that no engine works: reads what rulings need, and from then on nothing is sent, as while stopping. What
    /// becomes due stays due for the next [`Engine::run`].
    pub async fn stand_by(&self) -> Result<(), Unavailable> {
        let stopped = CancellationToken::new();
        stopped.cancel();
        self.inner.gates.store(Arc::new(stopped.clone()));
        self.inner.shutdown.store(Arc::new(stopped));
        self.look_around().await.map(drop)
    }

    /// Freezes a wallet, so that it takes no more holds while what is open settles; or thaws it. A wallet that is so already stays so, and nothing is
    /// written. `note` says why, for the log of the member.
    pub async fn freeze(
        &self,
        member: MemberId,
        frozen: bool,
        note: &str,
        by: &Operator,
    ) -> Result<Wallet, OperationError> {
        check_text("note", note)?;
        let wallet = self.wallet(member).await?;
        let wallet = wallet.ok_or(OperationError::NotFound)?;
        if wallet.frozen == frozen {
            return Ok(wallet);
        }
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        unit.wallet_flags.push(WalletFlag { member, frozen });
        let entry = Entry::WalletFlag {
            frozen,
            note: note.to_owned(),
            by: by.clone(),
        };
        let subject = SubjectId(member.0);
        let earlier = self.inner.ledger.log(subject).await?.len();
        let version = u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1);
        let row = LogRow::new(subject, version, now, entry);
        unit.log.push(row);
        match self.inner.store.commit(vec![unit]).await?.pop() {
            Some(Verdict::Done(done)) => {
                let mut touched = done.wallets.into_iter();
                let after = touched.find(|after| after.member == member);
                Ok(after.unwrap_or(Wallet { frozen, ..wallet }))
            }
            Some(Verdict::Refused(refused)) => Err(OperationError::Refused(refused)),
            None => Err(OperationError::Contended),
        }
    }

    /// A person looked at a case and is done with it. Cases of a review end with the review, and that of a second purchase with what became of it: they are
    /// ruled about with [`Engine::resolve`], and until then closing them is [`OperationError::Illegal`] or names the field. A case that is not open is [`OperationError::NotFound`].
    pub async fn close_case(
        &self,
        key: CaseKey,
        note: &str,
        by: &Operator,
    ) -> Result<(), OperationError> {
        check_text("note", note)?;
        if !order::may_close(key.kind, None) {
            return Err(OperationError::Field {
                field: "kind",
                rule: "an escalated or disputed order is resolved, not closed",
            });
        }
        for _ in 0..TRIES {
            if !self.has_case(key).await? {
                return Err(OperationError::NotFound);
            }
            let unit = self.closing(key, note, by).await?;
            match self.inner.store.commit(vec![unit]).await?.pop() {
                Some(Verdict::Done(_)) => return Ok(()),
                Some(Verdict::Refused(Refused::Stale { .. })) | None => {}
                Some(Verdict::Refused(refused)) => return Err(OperationError::Refused(refused)),
            }
        }
        Err(OperationError::Contended)
    }

    async fn has_case(&self, key: CaseKey) -> Result<bool, Unavailable> {
        let mut page = Page::first(Page::MAX);
        loop {
            let cases = self.open_cases(&page).await?;
            if cases.iter().any(|case| case.key == key) {
                return Ok(true);
            }
            if cases.len() < page.limit {
                return Ok(false);
            }
            page.skip += cases.len();
        }
    }

    /// A row in the log of an order comes with its next version (INV-8).
    pub(super) async fn closing(
        &self,
        key: CaseKey,
        note: &str,
        by: &Operator,
    ) -> Result<Changes, OperationError> {
        let (note, by) = (note.to_owned(), by.clone());
        if let Some(agg) = self.aggregate(OrderId(key.subject.0)).await? {
            let world = self.surroundings_with(false);
            return Ok(order::close_case(&agg, key, note, by, world.context())?.changes);
        }
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        let entry = Entry::CaseClosed {
            kind: key.kind,
            opened_at: key.version,
            note,
            by,
        };
        unit.log
            .push(LogRow::new(key.subject, key.version, now, entry));
        unit.cases.push(CaseWrite::Close(key));
        Ok(unit)
    }
}
