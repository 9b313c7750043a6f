//! The books, read.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::commit::{Case, CaseKey, Unavailable};
use eraflazz_core::ids::{
    Installation, MemberId, OrderId, PaymentId, SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, Normal, TransferRow, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, LogRow, Order};
use eraflazz_core::payment::{DepositStatus, Payment};
use eraflazz_core::ports::{Ledger, OrderFilter, Page, PaymentFilter, Store, TrialBalance};
use eraflazz_core::text::RefId;
use eraflazz_core::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Postgres, Row, Transaction};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::bookmarks::{Beginning, Bookmarks, Place};
use crate::codec::{self, decode};
use crate::error::{Remedy, Trouble};
use crate::load;
use crate::sql;
use crate::store::{PostgresStore, many, payment};
use crate::value::{At, account_of, case_kind_of, money, odd, states_of};

impl PostgresStore {
    /// The order under this reference, if it fits and the page has it: there is one at most.
    async fn order_named(
        &self,
        member: MemberId,
        ref_id: &RefId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable> {
        let found = self.by_ref(member, ref_id).await?.map(|agg| agg.order);
        let Some(order) = found.filter(|order| filter.fits(order)) else {
            return Ok(Vec::new());
        };
        let is_listed = match filter.listed_after {
            None => true,
            Some(last) if last <= order.id => false,
            Some(last) => {
                let last = self.orders(&[last]).await?.pop().flatten();
                last.is_some_and(|last| last.order.member == member)
            }
        };
        Ok(Some(order)
            .filter(|_| is_listed && page.skip == 0 && page.limit > 0)
            .into_iter()
            .collect())
    }
}

/// How much later or earlier than its id an order may have been accepted, which is the same moment but for a clock that was set.
const ID_SLACK: Duration = Duration::from_hours(24);

/// The first of the ids that can fit, and the first after them: an order's id begins with the moment in which it was accepted, and the index goes by it.
fn ids_of(filter: &OrderFilter) -> (Uuid, Uuid) {
    let at = |moment: Timestamp| OrderId::mint(moment, &[0; 10]).0;
    // The least id of that moment is below the one that is made for it: the version and variant of a UUID are bits of it.
    let first = filter.from.map(|from| at(from.minus(ID_SLACK)));
    let end = filter.to.map(|to| at(to.plus(ID_SLACK)));
    let last = filter.listed_after.map(|id| id.0);
    let end = end.into_iter().chain(last).min();
    (first.unwrap_or(Uuid::nil()), end.unwrap_or(Uuid::max()))
}

#[async_trait]
impl Ledger for PostgresStore {
    async fn wallet(&self, member: MemberId) -> Result<Option<Wallet>, Unavailable> {
        let query = sqlx::query(sql::WALLET).bind(member.0);
        let row = query.fetch_optional(&self.pool).await;
        let row = row.map_err(Trouble::from)?;
        Ok(row
            .as_ref()
            .map(|row| load::wallet(row.into()))
            .transpose()?)
    }

    async fn balance(&self, account: Account) -> Result<Money, Unavailable> {
        let Some(member) = account.wallet() else {
            let sum = sqlx::query_scalar(sql::HOUSE).bind(account.to_string());
            let sum: i64 = sum.fetch_one(&self.pool).await.map_err(Trouble::from)?;
            return Ok(on_its_side(account, sum));
        };
        let wallet = self.wallet(member).await?;
        Ok(wallet.map_or(Money::ZERO, |wallet| match account {
            Account::Held(_) => wallet.held,
            Account::Receivable(_) => wallet.receivable,
            Account::Available(_)
            | Account::Prepaid(_)
            | Account::Dispute(_)
            | Account::Bank(_)
            | Account::Opening
            | Account::Revenue
            | Account::Cogs
            | Account::LossDelivery
            | Account::Clearing(_)
            | Account::SuspenseDeposit
            | Account::Fees
            | Account::Transfers => wallet.available,
        }))
    }

    async fn newest_ref(
        &self,
        supplier: SupplierId,
        installation: Installation,
    ) -> Result<Option<SupplierRef>, Unavailable> {
        let letter = char::from(installation);
        // In the order of bytes, which is that of the column, the next letter is above every reference that begins with this one.
        let above = char::from_u32(u32::from(letter) + 1).unwrap_or(char::MAX);
        let query = sqlx::query_scalar(sql::NEWEST_REF).bind(i32::from(supplier.0));
        let query = query.bind(letter.to_string()).bind(above.to_string());
        let found: Option<String> = query
            .fetch_optional(&self.pool)
            .await
            .map_err(Trouble::from)?;
        let found = found.and_then(|text| SupplierRef::parse(&text));
        Ok(found.filter(|our| our.epoch_at(installation).is_some()))
    }

    async fn mutations(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<TransferRow>, Unavailable> {
        let query = sqlx::query(sql::MUTATIONS).bind(member.0);
        let (limit, skip) = paged(page);
        let rows = query.bind(limit).bind(skip).fetch_all(&self.pool).await;
        let rows = rows.map_err(Trouble::from)?;
        Ok(transfers(&rows)?)
    }

    async fn by_trx_code(&self, code: &TrxCode) -> Result<Option<OrderId>, Unavailable> {
        let query = sqlx::query_scalar(sql::ORDER_BY_TRX_CODE).bind(code.as_str());
        let id: Option<Uuid> = query
            .fetch_optional(&self.pool)
            .await
            .map_err(Trouble::from)?;
        Ok(id.map(OrderId))
    }

    async fn orders_of(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        page: &Page,
    ) -> Result<Vec<Order>, Unavailable> {
        let (limit, skip) = paged(page);
        if let Some(ref_id) = &filter.ref_id {
            return self.order_named(member, ref_id, filter, page).await;
        }
        let (first, end) = ids_of(filter);
        let rows = sqlx::query_as(sql::ORDERS_OF_MEMBER)
            .bind(member.0)
            .bind(first)
            .bind(end)
            .bind(filter.status.map(states_of))
            .bind(filter.from.map(At))
            .bind(filter.to.map(At))
            .bind(filter.destination_end.as_deref())
            .bind(filter.listed_after.map(|id| id.0))
            .bind(limit)
            .bind(skip)
            .fetch_all(&self.pool);
        let rows: Vec<(Uuid, Vec<u8>)> = rows.await.map_err(Trouble::from)?;
        let orders = rows
            .iter()
            .map(|(id, body)| decode(codec::ORDERS, id, body));
        Ok(orders.collect::<Result<_, _>>()?)
    }

    async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &Page,
    ) -> Result<Vec<Payment>, Unavailable> {
        let (limit, skip) = paged(page);
        let (at, id) = filter
            .listed_after
            .unwrap_or((Timestamp::from_micros(i64::MAX), PaymentId(Uuid::max())));
        let status = filter.status.map(DepositStatus::word);
        let query = match (filter.member, status) {
            (Some(member), status) => sqlx::query(sql::PAYMENTS_OF).bind(member.0).bind(status),
            (None, Some(status)) => sqlx::query(sql::PAYMENTS_BY_STATUS).bind(status),
            (None, None) => sqlx::query(sql::PAYMENTS),
        };
        let query = query.bind(At(at)).bind(id.0).bind(limit).bind(skip);
        let found = query.fetch_all(&self.pool).await.map_err(Trouble::from)?;
        let rows: Result<Vec<_>, Trouble> = found.iter().map(payment).collect();
        Ok(rows?)
    }

    async fn order(&self, id: OrderId) -> Result<Option<Aggregate>, Unavailable> {
        Ok(self.orders(&[id]).await?.pop().flatten())
    }

    async fn log(&self, subject: SubjectId) -> Result<Vec<LogRow>, Unavailable> {
        self.whole_log(subject).await
    }

    async fn open_cases(&self, page: &Page) -> Result<Vec<Case>, Unavailable> {
        let (limit, skip) = paged(page);
        let query = sqlx::query(sql::CASES).bind(limit).bind(skip);
        let rows = query.fetch_all(&self.pool).await.map_err(Trouble::from)?;
        Ok(rows.iter().map(case).collect::<Result<_, _>>()?)
    }

    async fn transfers(&self, skip: u64, limit: usize) -> Result<Vec<TransferRow>, Unavailable> {
        let begin = self.bookmarks.from(skip);
        let settled = page(sql::SETTLED_TRANSFERS, &begin, limit).fetch_all(&self.pool);
        let settled = settled.await.map_err(Trouble::from)?;
        if settled.len() == limit {
            return Ok(page_of(&self.bookmarks, skip, &settled)?);
        }
        // Some may be too new to have their place: those of a moment in which nobody books.
        let marks = Arc::clone(&self.bookmarks);
        let kept = self.hushed(move |conn| {
            Box::pin(async move { page_of_transfers(conn, &marks, skip, limit).await })
        });
        kept.await
    }

    async fn wallets(&self) -> Result<Vec<Wallet>, Unavailable> {
        let rows = sqlx::query(sql::WALLETS).fetch_all(&self.pool).await;
        let rows = rows.map_err(Trouble::from)?;
        Ok(rows
            .iter()
            .map(|row| load::wallet(row.into()))
            .collect::<Result<_, _>>()?)
    }

    async fn trial_balance(
        &self,
        skip: u64,
        limit: usize,
    ) -> Result<Option<TrialBalance>, Unavailable> {
        let marks = Arc::clone(&self.bookmarks);
        let kept = self.hushed(move |conn| {
            Box::pin(async move {
                // One more than asked for tells whether there are more.
                let more = limit.saturating_add(1);
                let rows = page_of_transfers(conn, &marks, skip, more).await?;
                if rows.len() > limit {
                    return Ok(None);
                }
                let wallets = sqlx::query(sql::WALLETS).fetch_all(&mut *conn).await?;
                let houses = sqlx::query(sql::HOUSES).fetch_all(&mut *conn).await?;
                Ok(Some(TrialBalance {
                    rows,
                    wallets: wallets
                        .iter()
                        .map(|row| load::wallet(row.into()))
                        .collect::<Result<_, _>>()?,
                    houses: houses.iter().map(house).collect::<Result<_, _>>()?,
                }))
            })
        });
        kept.await
    }
}

/// How long a moment is waited for in which no batch runs, and how long batches pass in between.
const HUSH_MAX: Duration = Duration::from_secs(15);
const HUSH_PAUSE: Duration = Duration::from_millis(100);

/// What is read within one snapshot.
type Reading<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

impl PostgresStore {
    /// Every house account that a transfer has touched, on its normal side.
    pub(crate) async fn houses(&self) -> Result<Vec<(Account, Money)>, Trouble> {
        let rows = sqlx::query(sql::HOUSES).fetch_all(&self.pool).await?;
        rows.iter().map(house).collect()
    }

    /// Reads within one snapshot, taken at a moment in which no batch runs. So every transfer in it has its place for good: none that comes later stands
    /// before it. Batches wait until those that run have ended and the snapshot is taken, not while it is read.
    async fn hushed<T: Send + 'static>(
        &self,
        read: impl for<'a> FnOnce(&'a mut PgConnection) -> Reading<'a, T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (pool, hush) = (self.pool.clone(), Arc::clone(&self.hush));
        // In a task of its own: a transaction is never dropped half begun. One at a time, since each takes two connections.
        let task = tokio::spawn(async move {
            let _mine = hush.lock().await;
            in_hush(&pool, read).await
        });
        let read = task
            .await
            .unwrap_or_else(|_| Err(odd("a read of the books")));
        Ok(read?)
    }
}

async fn in_hush<T>(
    pool: &PgPool,
    read: impl for<'a> FnOnce(&'a mut PgConnection) -> Reading<'a, T>,
) -> Result<T, Trouble> {
    let mut reader = pool.acquire().await?;
    let keeper = hush(pool).await?;
    let mut snapshot = sqlx::Connection::begin_with(&mut *reader, sql::BEGIN_SNAPSHOT).await?;
    sqlx::query(sql::TAKE_SNAPSHOT)
        .execute(&mut *snapshot)
        .await?;
    keeper.rollback().await?;
    let found = read(&mut snapshot).await;
    snapshot.rollback().await?;
    found
}

/// Waits for a moment in which no batch runs, and keeps the next from beginning. While it waits they queue behind it, so it waits briefly, and then lets them
/// pass before it asks again.
async fn hush(pool: &PgPool) -> Result<Transaction<'static, Postgres>, Trouble> {
    let begun = Instant::now();
    loop {
        let mut keeper = pool.begin().await?;
        sqlx::query(sql::HUSH_BRIEFLY).execute(&mut *keeper).await?;
        let hushed = sqlx::query(sql::HUSH).execute(&mut *keeper).await;
        let Err(busy) = hushed.map_err(Trouble::from) else {
            return Ok(keeper);
        };
        keeper.rollback().await?;
        if busy.remedy() != Remedy::Retry || begun.elapsed() > HUSH_MAX {
            return Err(busy);
        }
        sleep(HUSH_PAUSE).await;
    }
}

async fn page_of_transfers(
    conn: &mut PgConnection,
    marks: &Bookmarks,
    skip: u64,
    limit: usize,
) -> Result<Vec<TransferRow>, Trouble> {
    let begin = marks.from(skip);
    let rows = page(sql::TRANSFERS, &begin, limit).fetch_all(conn).await?;
    page_of(marks, skip, &rows)
}

fn page<'q>(
    statement: &'static str,
    Beginning { after, skip }: &'q Beginning,
    limit: usize,
) -> sqlx::query::Query<'q, Postgres, sqlx::postgres::PgArguments> {
    let query = sqlx::query(statement).bind(many(limit));
    let query = query.bind(skip.cast_signed());
    query.bind(&after.tx).bind(after.seq)
}

/// The transfers of a page after the first `skip`, whose end is kept in mind.
fn page_of(marks: &Bookmarks, skip: u64, rows: &[PgRow]) -> Result<Vec<TransferRow>, Trouble> {
    if let Some(last) = rows.last() {
        let (tx, seq) = (last.try_get(11)?, last.try_get(12)?);
        marks.keep(skip + rows.len() as u64, Place { tx, seq });
    }
    transfers(rows)
}

fn transfers(rows: &[PgRow]) -> Result<Vec<TransferRow>, Trouble> {
    rows.iter().map(|row| load::transfer(row.into())).collect()
}

fn case(row: &PgRow) -> Result<Case, Trouble> {
    let version: i64 = row.try_get(1)?;
    let amount: Option<i64> = row.try_get(3)?;
    let (At(opened_at), At(deadline)) = (row.try_get(4)?, row.try_get(5)?);
    Ok(Case {
        key: CaseKey {
            subject: SubjectId(row.try_get(0)?),
            version: u32::try_from(version).map_err(|_| odd("the version of a case"))?,
            kind: case_kind_of(row.try_get(2)?)?,
        },
        amount: amount.map(money),
        opened_at,
        deadline,
    })
}

/// An account of the house and its balance.
fn house(row: &PgRow) -> Result<(Account, Money), Trouble> {
    let account = account_of(row.try_get(0)?)?;
    Ok((account, on_its_side(account, row.try_get(1)?)))
}

/// Credits less debits, as the account shows them.
pub(crate) const fn on_its_side(account: Account, sum: i64) -> Money {
    match account.normal() {
        Normal::Credit => money(sum),
        Normal::Debit => money(-sum),
    }
}

fn paged(page: &Page) -> (i64, i64) {
    (many(page.limit.min(Page::MAX)), many(page.skip))
}
