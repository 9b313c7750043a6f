//! The record of orders, in `PostgreSQL`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::catalog::{Destination, QuotaKey, QuotaUse};
use eraflazz_core::commit::{Changes, Unavailable, Verdict};
use eraflazz_core::ids::{
    GatewayId, InboxId, InquiryId, MappingId, MemberId, OrderId, PaymentId, ProductId, SupplierId,
    SupplierRef,
};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::Account;
use eraflazz_core::money::Money;
use eraflazz_core::order::Aggregate;
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::ports::{Depth, Due, InboxRow, InboxState, Store, SupplierFunds, Vault};
use eraflazz_core::text::{RefId, Sn, TheirRef};
use eraflazz_core::time::{BusinessDay, Timestamp};
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{PgPool, Row};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::bookmarks::Bookmarks;
use crate::catalog::Shelf;
use crate::codec::{self, decode, encode};
use crate::error::{Trouble, uncertain};
use crate::lane::{self, Ask};
use crate::members::Callers;
use crate::open::StoreSettings;
use crate::shares::{Answers, Share, shares};
use crate::value::{At, hundredths, inbox_state, inbox_state_of, money, odd, quota_use};
use crate::{catalog, fold, sql};

/// For how long an order that was taken is due to nobody else: longer than deciding on two hundred of them takes.
const ORDER_KEPT: Duration = Duration::from_secs(5);
/// And a callback: far longer than applying two hundred takes, since one that is left counts a try.
const CALLBACK_KEPT: Duration = Duration::from_mins(1);

/// For how long this is due to nobody else once it was taken.
pub(crate) const fn kept(due: Due) -> Duration {
    match due {
        Due::Order(_) => ORDER_KEPT,
        Due::Inbox(_) => CALLBACK_KEPT,
    }
}

/// How long what goes through no lane waits to be written down: a callback, which is sent again, or an inquiry, which is asked again.
const WRITTEN_MAX: Duration = Duration::from_secs(3);

/// The store of several machines. Any number of processes may have one database open; what one of them has committed, all of them see.
///
/// Writes of orders and money go through lanes, one transaction at a time each; everything else is a statement or a transaction of its own. No
/// balance is kept between transactions.
pub struct PostgresStore {
    pub(crate) pool: PgPool,
    /// For what may be forgotten: what is taken, and bells.
    pub(crate) hands: PgPool,
    /// For callbacks and inquiries, which are written down outside of the lanes.
    writers: PgPool,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) vault: Arc<dyn Vault>,
    /// Where the files of the archive are, if it was said.
    pub(crate) archive: Option<PathBuf>,
    /// Whoever reads the books in a moment of silence holds it.
    pub(crate) hush: Arc<Mutex<()>>,
    pub(crate) bookmarks: Arc<Bookmarks>,
    /// Who calls and who orders, read for many at once.
    pub(crate) callers: Callers,
    lanes: Vec<mpsc::Sender<Ask>>,
    /// Who watches the catalog and who folds.
    helpers: [JoinHandle<()>; 2],
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PostgresStore");
        shown.field("lanes", &self.lanes.len());
        shown.finish_non_exhaustive()
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        for helper in &self.helpers {
            helper.abort();
        }
    }
}

impl PostgresStore {
    /// A store over connections that are open.
    pub(crate) async fn over(
        [pool, hands, writers]: [PgPool; 3],
        lane: &PgConnectOptions,
        vault: Arc<dyn Vault>,
        settings: StoreSettings,
    ) -> Result<Self, Trouble> {
        let shelf = Arc::new(Shelf::read(&pool).await?);
        let helpers = [
            tokio::spawn(catalog::watch(pool.clone(), Arc::clone(&shelf))),
            tokio::spawn(fold::keep_folding(pool.clone())),
        ];
        Ok(Self {
            lanes: (0..settings.lanes)
                .map(|_| lane::start(lane.clone()))
                .collect(),
            callers: Callers::over(&pool, &vault),
            pool,
            hands,
            writers,
            shelf,
            vault,
            archive: None,
            hush: Arc::default(),
            bookmarks: Arc::default(),
            helpers,
        })
    }

    /// The order that a statement finds by one of its references.
    async fn found(
        &self,
        id: Result<Option<PgRow>, sqlx::Error>,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let Some(row) = id.map_err(Trouble::from)? else {
            return Ok(None);
        };
        let id = OrderId(row.try_get(0).map_err(Trouble::from)?);
        Ok(self.read_orders(&[id]).await?.pop().flatten())
    }

    /// Puts what this process took, and neither worked nor gave away, within everybody's reach again, and says so to whoever works. That it was taken counts nothing.
    pub(crate) async fn hand_back(&self, taken: &[Due]) -> Result<(), Unavailable> {
        if taken.is_empty() {
            return Ok(());
        }
        let (mut orders, mut callbacks) = (Vec::new(), Vec::new());
        for due in taken {
            match due {
                Due::Order(id) => orders.push(id.0),
                Due::Inbox(id) => callbacks.push(id.0),
            }
        }
        for (statement, ids) in [
            (sql::HAND_BACK_ORDERS, orders),
            (sql::HAND_BACK_INBOX, callbacks),
        ] {
            if !ids.is_empty() {
                let back = sqlx::query(statement).bind(ids).execute(&self.hands);
                back.await.map_err(Trouble::from)?;
            }
        }
        let rung = sqlx::query(sql::RING).execute(&self.hands).await;
        rung.map_err(Trouble::from)?;
        Ok(())
    }

    async fn read_orders(&self, ids: &[OrderId]) -> Result<Vec<Option<Aggregate>>, Trouble> {
        let mut found = vec![None; ids.len()];
        let asked: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let query = sqlx::query(sql::ORDERS).bind(asked);
        for row in query.fetch_all(&self.pool).await? {
            let place: i64 = row.try_get(0)?;
            let slot = usize::try_from(place - 1).ok();
            let slot = slot.and_then(|place| found.get_mut(place).zip(ids.get(place)));
            let (slot, id) = slot.ok_or_else(|| odd("the place of an order"))?;
            let bodies: Vec<Vec<u8>> = row.try_get(2)?;
            let attempts = bodies
                .iter()
                .map(|body| decode(codec::ATTEMPTS, id.0, body));
            *slot = Some(Aggregate {
                order: decode(codec::ORDERS, id.0, row.try_get(1)?)?,
                attempts: attempts.collect::<Result<_, _>>()?,
            });
        }
        Ok(found)
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn commit(&self, units: Vec<Changes>) -> Result<Vec<Verdict>, Unavailable> {
        let gone = |may_have_committed| Unavailable {
            may_have_committed,
            why: "the store's lane has ended".to_owned(),
        };
        let (count, shares) = (units.len(), shares(units, self.lanes.len()));
        // Room for all of them first, in the one order in which everybody asks for it: whoever hangs up before has asked for nothing.
        let mut room = Vec::with_capacity(shares.len());
        for (lane, share) in shares {
            let lane = self.lanes.get(lane).ok_or_else(|| gone(false))?;
            room.push((lane.reserve().await.map_err(|_| gone(false))?, share));
        }
        let mut answers = Vec::with_capacity(room.len());
        for (permit, Share { places, units }) in room {
            let (reply, answer) = oneshot::channel();
            permit.send(Ask { units, reply });
            answers.push((places, answer));
        }
        let mut all = Answers::for_units(count);
        for (places, answer) in answers {
            all.add(&places, answer.await.unwrap_or_else(|_| Err(gone(true))));
        }
        all.whole()
    }

    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<Option<Aggregate>>, Unavailable> {
        Ok(self.read_orders(ids).await?)
    }

    async fn by_ref(
        &self,
        member: MemberId,
        ref_id: &RefId,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let query = sqlx::query(sql::ORDER_BY_REF).bind(member.0);
        let id = query.bind(ref_id.as_str()).fetch_optional(&self.pool);
        self.found(id.await).await
    }

    async fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let query = sqlx::query(sql::ORDER_BY_SUPPLIER_REF).bind(i32::from(supplier.0));
        let id = query.bind(supplier_ref.as_str()).fetch_optional(&self.pool);
        self.found(id.await).await
    }

    async fn by_their_ref(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Option<Aggregate>, Unavailable> {
        let query = sqlx::query(sql::ORDER_BY_THEIR_REF).bind(i32::from(supplier.0));
        let id = query.bind(their_ref.as_str()).fetch_optional(&self.pool);
        self.found(id.await).await
    }

    async fn by_sn(
        &self,
        serials: &[(SupplierId, Sn)],
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Vec<OrderId>>, Unavailable> {
        let suppliers: Vec<i32> = serials.iter().map(|(id, _)| i32::from(id.0)).collect();
        let texts: Vec<&str> = serials.iter().map(|(_, sn)| sn.as_str()).collect();
        let rows = sqlx::query(sql::ORDERS_BY_SN)
            .bind(suppliers)
            .bind(texts)
            .bind(At(since))
            .bind(many(limit))
            .fetch_all(&self.pool);
        let mut found = vec![Vec::new(); serials.len()];
        for row in rows.await.map_err(Trouble::from)? {
            let place: i64 = row.try_get(0).map_err(Trouble::from)?;
            let slot = usize::try_from(place - 1).ok();
            let slot = slot.and_then(|place| found.get_mut(place));
            let id = row.try_get(1).map_err(Trouble::from)?;
            slot.ok_or_else(|| odd("the place of a serial number"))?
                .push(OrderId(id));
        }
        Ok(found)
    }

    async fn in_flight_for(
        &self,
        product: ProductId,
        destination: &Destination,
        limit: usize,
    ) -> Result<Vec<OrderId>, Unavailable> {
        let ids = sqlx::query_scalar(sql::ORDERS_UNDER_WAY)
            .bind(i64::from(product.0))
            .bind(destination.as_str())
            .bind(many(limit))
            .fetch_all(&self.pool);
        let ids: Vec<Uuid> = ids.await.map_err(Trouble::from)?;
        Ok(ids.into_iter().map(OrderId).collect())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let waiting = sqlx::query_scalar(sql::DUE_INBOX).bind(many(limit));
        let waiting: Vec<Uuid> = waiting.fetch_all(&self.pool).await.map_err(Trouble::from)?;
        let left = limit.saturating_sub(waiting.len());
        let mut due: Vec<Due> = waiting
            .into_iter()
            .map(|id| Due::Inbox(InboxId(id)))
            .collect();
        if left > 0 {
            let orders = sqlx::query_scalar(sql::DUE_ORDERS).bind(At(now));
            let orders = orders.bind(many(left)).fetch_all(&self.pool);
            let orders: Vec<Uuid> = orders.await.map_err(Trouble::from)?;
            due.extend(orders.into_iter().map(|id| Due::Order(OrderId(id))));
        }
        Ok(due)
    }

    async fn take_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let taken =
            async |statement, kept: Duration, limit: usize| -> Result<Vec<Uuid>, Unavailable> {
                let query = sqlx::query_scalar(statement).bind(At(now));
                let query = query.bind(At(now.plus(kept))).bind(many(limit));
                let ids = query.fetch_all(&self.hands).await;
                Ok(ids.map_err(Trouble::from)?)
            };
        let waiting = taken(sql::TAKE_INBOX, CALLBACK_KEPT, limit).await?;
        let left = limit.saturating_sub(waiting.len());
        let mut due: Vec<Due> = waiting
            .into_iter()
            .map(|id| Due::Inbox(InboxId(id)))
            .collect();
        if left > 0 {
            let orders = taken(sql::TAKE_ORDERS, ORDER_KEPT, left).await?;
            due.extend(orders.into_iter().map(|id| Due::Order(OrderId(id))));
        }
        Ok(due)
    }

    async fn depth(&self) -> Result<Depth, Unavailable> {
        let counted = sqlx::query_as(sql::DEPTH).fetch_one(&self.pool);
        let (held, in_flight): (i64, i64) = counted.await.map_err(Trouble::from)?;
        Ok(Depth {
            held: held.cast_unsigned(),
            in_flight: in_flight.cast_unsigned(),
        })
    }

    async fn put_inquiry(&self, inquiry: Inquiry) -> Result<(), Unavailable> {
        let put = sqlx::query(sql::PUT_INQUIRY)
            .bind(inquiry.id.0)
            .bind(inquiry.member.0)
            .bind(At(inquiry.expires_at))
            .bind(encode(codec::INQUIRIES, inquiry.id.0, &inquiry)?);
        self.write(put).await
    }

    async fn inquiry(&self, id: InquiryId) -> Result<Option<Inquiry>, Unavailable> {
        let query = sqlx::query_scalar(sql::INQUIRY).bind(id.0);
        let body: Option<Vec<u8>> = query
            .fetch_optional(&self.pool)
            .await
            .map_err(Trouble::from)?;
        let row = body.map(|body| decode(codec::INQUIRIES, id.0, &body));
        Ok(row.transpose()?)
    }

    async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, Unavailable> {
        let query = sqlx::query(sql::PAYMENT).bind(id.0);
        let found = query.fetch_optional(&self.pool).await;
        Ok(found
            .map_err(Trouble::from)?
            .as_ref()
            .map(payment)
            .transpose()?)
    }

    async fn payment_coded(&self, code: &PaymentCode) -> Result<Option<Payment>, Unavailable> {
        let query = sqlx::query(sql::PAYMENT_CODED).bind(code.as_str());
        let found = query.fetch_optional(&self.pool).await;
        Ok(found
            .map_err(Trouble::from)?
            .as_ref()
            .map(payment)
            .transpose()?)
    }

    async fn payment_of(
        &self,
        gateway: GatewayId,
        theirs: &TheirRef,
    ) -> Result<Option<Payment>, Unavailable> {
        let query = sqlx::query(sql::PAYMENT_OF)
            .bind(i32::from(gateway.0))
            .bind(theirs.as_str());
        let found = query.fetch_optional(&self.pool).await;
        Ok(found
            .map_err(Trouble::from)?
            .as_ref()
            .map(payment)
            .transpose()?)
    }

    async fn payment_awaiting(
        &self,
        bank: GatewayId,
        amount: Money,
    ) -> Result<Option<Payment>, Unavailable> {
        let query = sqlx::query(sql::PAYMENT_AWAITING)
            .bind(i32::from(bank.0))
            .bind(hundredths(amount));
        let row = query.fetch_optional(&self.pool).await;
        let row = row.map_err(Trouble::from)?;
        Ok(row.as_ref().map(payment).transpose()?)
    }

    async fn due_payments(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Payment>, Unavailable> {
        let query = sqlx::query(sql::DUE_PAYMENTS)
            .bind(At(now))
            .bind(many(limit));
        let found = query.fetch_all(&self.pool).await.map_err(Trouble::from)?;
        let rows: Result<Vec<_>, Trouble> = found.iter().map(payment).collect();
        Ok(rows?)
    }

    async fn put_inbox(&self, row: InboxRow) -> Result<(), Unavailable> {
        let named = row.sightings.iter().flatten();
        let named = named.filter_map(|sighting| sighting.their_ref.as_ref());
        let names: Vec<String> = named.map(ToString::to_string).collect();
        let put = sqlx::query(sql::PUT_INBOX)
            .bind(row.id.0)
            .bind(i32::from(row.supplier.0))
            .bind(At(row.received_at))
            .bind(inbox_state(row.state))
            .bind(i32::from(row.tries))
            .bind(names)
            .bind(encode(codec::INBOX, row.id.0, &row)?);
        self.write(put).await
    }

    async fn inbox(&self, id: InboxId) -> Result<Option<InboxRow>, Unavailable> {
        let query = sqlx::query(sql::INBOX).bind(id.0);
        let row = query.fetch_optional(&self.pool).await;
        let row = row.map_err(Trouble::from)?;
        Ok(row.as_ref().map(inbox_row).transpose()?)
    }

    async fn set_inbox_aside(&self, id: InboxId, state: InboxState) -> Result<(), Unavailable> {
        let set = sqlx::query(sql::SET_INBOX_ASIDE).bind(id.0);
        self.write(set.bind(inbox_state(state))).await
    }

    async fn orphans_naming(
        &self,
        supplier: SupplierId,
        their_ref: &TheirRef,
    ) -> Result<Vec<InboxId>, Unavailable> {
        let query = sqlx::query_scalar(sql::ORPHANS_NAMING).bind(i32::from(supplier.0));
        let ids = query.bind(their_ref.as_str()).fetch_all(&self.pool);
        let ids: Vec<Uuid> = ids.await.map_err(Trouble::from)?;
        Ok(ids.into_iter().map(InboxId).collect())
    }

    async fn set_aside(
        &self,
        after: Option<InboxId>,
        limit: usize,
    ) -> Result<Vec<InboxRow>, Unavailable> {
        let query = sqlx::query(sql::SET_ASIDE).bind(after.map(|id| id.0));
        let rows = query.bind(many(limit)).fetch_all(&self.pool).await;
        let rows = rows.map_err(Trouble::from)?;
        Ok(rows.iter().map(inbox_row).collect::<Result<_, _>>()?)
    }

    async fn takes_writes(&self) -> Result<(), Unavailable> {
        let why = if self.lanes.iter().any(mpsc::Sender::is_closed) {
            "the store's lane has ended"
        } else {
            let asked = sqlx::query_scalar(sql::READ_ONLY).fetch_one(&self.pool);
            if !asked.await.map_err(Trouble::from)? {
                return Ok(());
            }
            "the database is read-only"
        };
        Err(Unavailable {
            may_have_committed: false,
            why: why.to_owned(),
        })
    }

    async fn supplier_funds(&self) -> Result<Vec<SupplierFunds>, Unavailable> {
        let mut funds: BTreeMap<SupplierId, (i64, i64)> = BTreeMap::new();
        for (account, balance) in self.houses().await? {
            if let Account::Prepaid(supplier) = account {
                funds.entry(supplier).or_default().0 = balance.hundredths();
            }
        }
        let exposure = sqlx::query_as(sql::EXPOSURE).fetch_all(&self.pool);
        let exposure: Vec<(i32, i64)> = exposure.await.map_err(Trouble::from)?;
        for (supplier, exposure) in exposure {
            let supplier = u16::try_from(supplier).map_err(|_| odd("a supplier"))?;
            funds.entry(SupplierId(supplier)).or_default().1 = exposure;
        }
        let funds = funds.into_iter();
        Ok(funds
            .map(|(supplier, (prepaid, exposure))| SupplierFunds {
                supplier,
                prepaid: money(prepaid),
                exposure: money(exposure),
            })
            .collect())
    }

    async fn quotas_used(
        &self,
        day: BusinessDay,
    ) -> Result<Vec<(QuotaKey, QuotaUse)>, Unavailable> {
        let rows = sqlx::query_as(sql::QUOTAS).bind(day.days());
        let rows: Vec<(i32, i64, i64, i64)> =
            rows.fetch_all(&self.pool).await.map_err(Trouble::from)?;
        let read = |(supplier, mapping, orders, amount)| {
            let supplier = u16::try_from(supplier).map_err(|_| odd("a supplier"))?;
            let mapping = match mapping {
                -1 => None,
                mapping => Some(u32::try_from(mapping).map_err(|_| odd("a mapping"))?),
            };
            let key = QuotaKey {
                day,
                supplier: SupplierId(supplier),
                mapping: mapping.map(MappingId),
            };
            Ok((key, quota_use(orders, amount)?))
        };
        let read: Result<_, Trouble> = rows.into_iter().map(read).collect();
        Ok(read?)
    }
}

impl PostgresStore {
    /// A statement that writes, alone: in a task of its own, which ends it whoever has hung up meanwhile. No limit of the server ends a wait for its synchronous standby, so that
    /// this waits no longer than [`WRITTEN_MAX`].
    async fn write(
        &self,
        statement: sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments>,
    ) -> Result<(), Unavailable> {
        let writers = self.writers.clone();
        let written = tokio::spawn(async move { statement.execute(&writers).await });
        let unsure = |why: String| Unavailable {
            may_have_committed: true,
            why,
        };
        match timeout(WRITTEN_MAX, written).await {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(error))) => Err(uncertain(&error.into())),
            Ok(Err(ended)) => Err(unsure(ended.to_string())),
            Err(_) => Err(unsure("the database does not acknowledge it".to_owned())),
        }
    }
}

/// A callback: as it came, but for what became of it.
fn inbox_row(row: &PgRow) -> Result<InboxRow, Trouble> {
    let id: Uuid = row.try_get(0)?;
    let tries: i32 = row.try_get(2)?;
    Ok(InboxRow {
        state: inbox_state_of(row.try_get(1)?)?,
        tries: u16::try_from(tries).map_err(|_| odd("the tries of a callback"))?,
        ..decode(codec::INBOX, id, row.try_get(3)?)?
    })
}

/// A limit as the server takes it.
pub(crate) fn many(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A deposit, as `PAYMENT` and its like select it.
pub(crate) fn payment(row: &PgRow) -> Result<Payment, Trouble> {
    let (id, body): (Uuid, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
    decode(codec::PAYMENTS, id, &body)
}
