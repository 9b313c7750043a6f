//! The operators' desk of deposits: the list of all, checks by hand, and what is tidied up. The schedule does the same without anybody (`payments`): what can
//! be paid is looked at every few minutes, and what is over is ended at night.

use tokio::task::JoinSet;

use super::Engine;
use crate::commit::Unavailable;
use crate::ids::PaymentId;
use crate::payment::{self, DepositStatus, Payment, PaymentClaim, PaymentCode};
use crate::ports::{Page, PaymentFilter};
use crate::time::Timestamp;

/// How many deposits one call asks about.
const CHECKED_MAX: usize = 50;

/// What a check of a deposit found.
#[derive(Clone, Debug)]
pub struct CheckedDeposit {
    /// As it was.
    pub before: Payment,
    /// What its gateway said of it; `None` if nobody could be asked, as when the gateway has left the settings.
    pub said: Option<PaymentClaim>,
    /// As it is now; of a check that changes nothing as it would be.
    pub after: Payment,
}

/// A part of the list of deposits, checked, newest first.
#[derive(Clone, Debug, Default)]
pub struct CheckedDeposits {
    /// What was asked about.
    pub checked: Vec<CheckedDeposit>,
    /// After which place of the list the next part begins; `None` at its end.
    pub next: Option<(Timestamp, PaymentId)>,
}

impl Engine {
    /// The deposits through gateways that fit, newest first, for operators.
    pub async fn deposits(
        &self,
        filter: &PaymentFilter,
        page: &Page,
    ) -> Result<Vec<Payment>, Unavailable> {
        self.inner.ledger.payments(filter, page).await
    }

    /// The deposit with this id, for operators.
    pub async fn deposit_numbered(&self, id: PaymentId) -> Result<Option<Payment>, Unavailable> {
        self.inner.store.payment(id).await
    }

    /// Asks the gateways about deposits that can still be paid, at most `limit` of them and 50 after this place of their list. What they say is booked if it
    /// is to be fixed ([`fix`](Self::check_deposits)); else nothing changes. Called again it finds nothing more to do.
    pub async fn check_deposits(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        limit: usize,
        fix: bool,
    ) -> Result<CheckedDeposits, Unavailable> {
        let (rows, next) = self.pending_deposits(after, limit).await?;
        let checked = self.each(rows, move |engine, row| async move {
            engine.check_one(row, fix).await
        });
        let checked = checked.await?;
        Ok(CheckedDeposits { checked, next })
    }

    /// Asks its gateway about the deposit with this code and books what it says; `None` if there is none.
    pub async fn check_deposit_coded(
        &self,
        code: &PaymentCode,
    ) -> Result<Option<CheckedDeposit>, Unavailable> {
        match self.inner.store.payment_coded(code).await? {
            Some(row) => Ok(Some(self.check_one(row, true).await?)),
            None => Ok(None),
        }
    }

    /// Of the deposits that can still be paid, `limit` of them and at most 50 after this place of their list, those whose time is over: each is looked at, and ended at
    /// its gateway if it is still open there. Called again it finds nothing more to do.
    pub async fn end_expired_deposits(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        limit: usize,
    ) -> Result<CheckedDeposits, Unavailable> {
        let (mut rows, next) = self.pending_deposits(after, limit).await?;
        let now = self.inner.clock.now();
        rows.retain(|row| row.expires_at <= now);
        let checked = self.each(rows, |engine, row| async move {
            let mut checked = engine.check_one(row, true).await?;
            checked.after = engine.end_deposit(checked.after).await?;
            Ok(checked)
        });
        let checked = checked.await?;
        Ok(CheckedDeposits { checked, next })
    }

    /// Deposits that can still be paid after this place, and where the next ones begin.
    async fn pending_deposits(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        limit: usize,
    ) -> Result<(Vec<Payment>, Option<(Timestamp, PaymentId)>), Unavailable> {
        let filter = PaymentFilter {
            status: Some(DepositStatus::Pending),
            listed_after: after,
            ..PaymentFilter::default()
        };
        let page = Page::first(limit.clamp(1, CHECKED_MAX));
        let rows = self.inner.ledger.payments(&filter, &page).await?;
        let is_more = rows.len() == page.limit;
        let next = rows.last().filter(|_| is_more).map(Payment::place);
        Ok((rows, next))
    }

    /// Does this for each of them, as many at once as their gateways take, and gives what came of it in their order.
    async fn each<F, Done>(
        &self,
        rows: Vec<Payment>,
        work: F,
    ) -> Result<Vec<CheckedDeposit>, Unavailable>
    where
        F: Fn(Self, Payment) -> Done,
        Done: Future<Output = Result<CheckedDeposit, Unavailable>> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for (place, row) in rows.into_iter().enumerate() {
            let done = work(self.clone(), row);
            tasks.spawn(async move { (place, done.await) });
        }
        let mut checked = Vec::new();
        while let Some(done) = tasks.join_next().await {
            if let Ok((place, done)) = done {
                checked.push((place, done?));
            }
        }
        checked.sort_by_key(|(place, _)| *place);
        Ok(checked.into_iter().map(|(_, checked)| checked).collect())
    }

    async fn check_one(&self, row: Payment, fix: bool) -> Result<CheckedDeposit, Unavailable> {
        let unasked = |row: Payment| CheckedDeposit {
            after: row.clone(),
            before: row,
            said: None,
        };
        let Some(gateway) = self.inner.gateways.numbered(row.gateway).cloned() else {
            return Ok(unasked(row));
        };
        let Some(heard) = self.ask_about(&row, &gateway).await else {
            return Ok(unasked(row));
        };
        let said = payment::foremost(&heard.sightings).map(|sighting| sighting.claim);
        let after = if fix {
            self.hear_payment(row.id, heard, &gateway).await?
        } else {
            let ruled_by = self.inner.settings.policy.case_deadline;
            let now = self.inner.clock.now();
            let mut unit = payment::hear(&row, heard, gateway.profile(), ruled_by, now);
            unit.payments.pop().map(|write| write.payment)
        };
        Ok(CheckedDeposit {
            after: after.unwrap_or_else(|| row.clone()),
            before: row,
            said,
        })
    }
}
