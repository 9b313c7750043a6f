//! The books, read.

use async_trait::async_trait;
use eraflazz_core::commit::{Case, Unavailable, View};
use eraflazz_core::ids::{
    Installation, MemberId, OrderId, SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, TransferRow, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, LogRow, Order};
use eraflazz_core::payment::Payment;
use eraflazz_core::ports::{Ledger, OrderFilter, Page, PaymentFilter, Store, TrialBalance};

use crate::archive::Look;
use crate::state::{Map, Sealed, State};
use crate::store::{MemoryStore, money, trial_balance};

/// So many archived orders are read before others get their turn: a filter that nothing fits reads all that a member ever ordered.
const READS_AT_ONCE: usize = 64;

#[async_trait]
impl Ledger for MemoryStore {
    async fn wallet(&self, member: MemberId) -> Result<Option<Wallet>, Unavailable> {
        Ok(self.state()?.wallets.get(&member).copied())
    }

    async fn balance(&self, account: Account) -> Result<Money, Unavailable> {
        let state = self.state()?;
        let of_wallet = |member: MemberId, part: fn(&Wallet) -> Money| {
            state.wallets.get(&member).map_or(Money::ZERO, part)
        };
        match account {
            Account::Available(member) => Ok(of_wallet(member, |wallet| wallet.available)),
            Account::Held(member) => Ok(of_wallet(member, |wallet| wallet.held)),
            Account::Receivable(member) => Ok(of_wallet(member, |wallet| wallet.receivable)),
            Account::Prepaid(_)
            | Account::Dispute(_)
            | Account::Bank(_)
            | Account::Opening
            | Account::Revenue
            | Account::Cogs
            | Account::LossDelivery
            | Account::Clearing(_)
            | Account::SuspenseDeposit
            | Account::Fees
            | Account::Transfers => money(state.houses.get(&account).copied().unwrap_or(0)),
        }
    }

    async fn newest_ref(
        &self,
        supplier: SupplierId,
        installation: Installation,
    ) -> Result<Option<SupplierRef>, Unavailable> {
        let archived = match self.look()? {
            Some(look) => look.newest_ref(supplier, installation)?,
            None => None,
        };
        let state = self.state()?;
        let refs = state.by_supplier_ref.keys();
        let refs = refs.filter(|(at, _)| *at == supplier).map(|(_, our)| *our);
        let minted = refs.filter(|our| our.epoch_at(installation).is_some());
        Ok(minted.chain(archived).max())
    }

    async fn mutations(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<TransferRow>, Unavailable> {
        let member_of = |places: &Map<MemberId, Vec<u64>>| {
            let places = places.get(&member).into_iter().flatten().rev();
            places.copied().collect::<Vec<u64>>()
        };
        let state = self.state()?;
        let look = self.look()?;
        let mut places = member_of(&state.mutations);
        if let Some(sealed) = unarchived(&state, look.as_ref()) {
            places.extend(member_of(&sealed.mutations));
        }
        let in_memory = places.len();
        let mut rows: Vec<TransferRow> = paged(places.into_iter(), page)
            .filter_map(|place| state.transfer(place).map(|placed| placed.row))
            .collect();
        drop(state);
        if let Some(look) = look {
            let left = page.limit.min(Page::MAX) - rows.len();
            let older = look.mutations(member, page.skip.saturating_sub(in_memory));
            for row in older?.take(left) {
                rows.push(row?);
            }
        }
        Ok(rows)
    }

    async fn by_trx_code(&self, code: &TrxCode) -> Result<Option<OrderId>, Unavailable> {
        let in_memory = self.state()?.trx_codes.get(code).copied();
        match &self.shared.archive {
            Some(archive) if in_memory.is_none() => Ok(archive.by_trx_code(code)?),
            _ => Ok(in_memory),
        }
    }

    async fn orders_of(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable> {
        let member_of = |orders: &Map<MemberId, Vec<OrderId>>| {
            let ids = orders.get(&member).into_iter().flatten().rev();
            ids.copied().collect::<Vec<OrderId>>()
        };
        let limit = page.limit.min(Page::MAX);
        let (look, skipped, mut orders) = {
            let state = self.state()?;
            let look = self.look()?;
            let mut ids = member_of(&state.of_member);
            if let Some(sealed) = unarchived(&state, look.as_ref()) {
                ids.extend(member_of(&sealed.of_member));
            }
            let page_before = filter.listed_after.map(|last| {
                let place = ids.iter().position(|id| *id == last);
                ids.drain(..place.map_or(ids.len(), |place| place + 1));
                (last, place.is_none())
            });
            let in_archive = page_before.and_then(|(last, absent)| absent.then_some(last));
            let in_memory = ids.iter().filter_map(|id| state.orders.get(id));
            let in_memory = in_memory.map(|slot| &slot.agg.order);
            let mut fitting = in_memory.filter(|order| filter.fits(order));
            let skipped = fitting.by_ref().take(page.skip).count();
            let orders: Vec<Order> = fitting.take(limit).cloned().collect();
            (look.map(|look| (look, in_archive)), skipped, orders)
        };
        if let Some((look, listed_after)) = look
            && orders.len() < limit
        {
            let mut skip = page.skip - skipped;
            let skip_unread = if filter.is_empty() {
                std::mem::take(&mut skip)
            } else {
                0
            };
            let older = look.orders_of(member, skip_unread, filter.from, listed_after)?;
            for (read, order) in older.enumerate() {
                if read % READS_AT_ONCE == READS_AT_ONCE - 1 {
                    tokio::task::yield_now().await;
                }
                let archived = order?;
                // What is in memory is newer.
                let newer = self.state()?.order(archived.id).cloned();
                let order = newer.unwrap_or(archived);
                if !filter.fits(&order) {
                    continue;
                }
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                orders.push(order);
                if orders.len() >= limit {
                    break;
                }
            }
        }
        Ok(orders)
    }

    async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &Page,
    ) -> Result<Vec<Payment>, Unavailable> {
        let state = self.state()?;
        Ok(paged(state.payments.listed(*filter), page)
            .cloned()
            .collect())
    }

    async fn order(&self, id: OrderId) -> Result<Option<Aggregate>, Unavailable> {
        Ok(self.orders(&[id]).await?.pop().flatten())
    }

    async fn log(&self, subject: SubjectId) -> Result<Vec<LogRow>, Unavailable> {
        let state = self.state()?;
        let look = self.look()?;
        let with_sealed = unarchived(&state, look.as_ref()).is_some();
        let history = state.history(subject);
        let newer = history.map(|history| history.log(with_sealed));
        drop(state);
        let mut log = match look {
            Some(mut look) => look.log(subject)?,
            None => Vec::new(),
        };
        log.extend(newer.unwrap_or_default());
        Ok(log)
    }

    async fn open_cases(&self, page: &Page) -> Result<Vec<Case>, Unavailable> {
        let state = self.state()?;
        let mut cases: Vec<&Case> = state.cases.values().collect();
        cases.sort_by_key(|case| (case.opened_at, case.key));
        Ok(paged(cases.into_iter(), page).cloned().collect())
    }

    async fn transfers(&self, skip: u64, limit: usize) -> Result<Vec<TransferRow>, Unavailable> {
        let state = self.state()?;
        let (first, newer) = newest(&state, skip, limit);
        drop(state);
        self.with_older(skip, first, limit, newer)
    }

    async fn wallets(&self) -> Result<Vec<Wallet>, Unavailable> {
        let mut wallets: Vec<Wallet> = self.state()?.wallets.values().copied().collect();
        wallets.sort_by_key(|wallet| wallet.member);
        Ok(wallets)
    }

    async fn trial_balance(
        &self,
        skip: u64,
        limit: usize,
    ) -> Result<Option<TrialBalance>, Unavailable> {
        let state = self.state()?;
        if usize::try_from(state.transfers.end().saturating_sub(skip)).is_ok_and(|n| n > limit) {
            return Ok(None);
        }
        let (first, newer) = newest(&state, skip, limit);
        let mut kept = trial_balance(&state)?;
        drop(state);
        kept.rows = self.with_older(skip, first, limit, newer)?;
        Ok(Some(kept))
    }
}

impl MemoryStore {
    /// The archive as it is now. Under the lock of the state it is at the checkpoint before the one that is set apart there, or at that one.
    fn look(&self) -> Result<Option<Look>, Unavailable> {
        let archive = self.shared.archive.as_ref();
        Ok(archive.map(|archive| archive.look()).transpose()?)
    }

    /// The transfers from `skip` to `first`, which are in the archive, and after them these.
    fn with_older(
        &self,
        skip: u64,
        first: u64,
        limit: usize,
        newer: Vec<TransferRow>,
    ) -> Result<Vec<TransferRow>, Unavailable> {
        let older = usize::try_from(first.saturating_sub(skip)).unwrap_or(usize::MAX);
        let older = older.min(limit);
        if older == 0 {
            return Ok(newer);
        }
        let mut rows = match self.look()? {
            Some(mut look) => look.transfers(skip, older)?,
            None => Vec::new(),
        };
        rows.extend(newer);
        rows.truncate(limit);
        Ok(rows)
    }
}

/// The transfers after the first `skip`, at most `limit`, as far as memory has them, and the place of the first that it has.
fn newest(state: &State, skip: u64, limit: usize) -> (u64, Vec<TransferRow>) {
    let sealed = state.sealed.as_deref().map(|sealed| &sealed.transfers);
    let first = sealed.unwrap_or(&state.transfers).from();
    let older = usize::try_from(first.saturating_sub(skip)).unwrap_or(usize::MAX);
    let sealed = sealed.into_iter().flat_map(|window| window.starting(skip));
    let rows = sealed.chain(state.transfers.starting(skip)).copied();
    (first, rows.take(limit.saturating_sub(older)).collect())
}

/// The checkpoint that is set apart, unless this look at the archive has it already.
fn unarchived<'a>(state: &'a State, look: Option<&Look>) -> Option<&'a Sealed> {
    let sealed = state.sealed.as_deref()?;
    let has_it = look.is_some_and(|look| look.through() >= sealed.end.through);
    (!has_it).then_some(sealed)
}

fn paged<T>(rows: impl Iterator<Item = T>, page: &Page) -> impl Iterator<Item = T> {
    rows.skip(page.skip).take(page.limit.min(Page::MAX))
}
