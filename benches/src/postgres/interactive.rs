//! The peer that a user would write: the same tables, indexes, checks and rows, a transaction for each step of an order and a statement for each row of it.
//!
//! It leaves out what only our engine needs (ids of batches) and whatever a careful author may leave to a constraint: that a reference is new, that
//! there is no other live attempt, that an effect has not happened yet. Its rows are as long as ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres, Row, Transaction};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::server::connect;
use super::stand::{GOODS, pace};
use crate::shop::Failure;

/// Connections, each with one order or transfer at a time.
pub const CONNECTIONS: u32 = 32;

const SELL: i64 = 10_500;
const COST: i64 = 10_000;

/// Values as our engine writes them, for rows of the same length.
#[derive(Clone, Debug)]
pub struct Bodies {
    order: Vec<u8>,
    attempt: Vec<u8>,
    /// As many as an order gets, oldest first.
    log: Vec<Vec<u8>>,
}

impl Bodies {
    /// Those of an order that our engine has settled in the database at `url`.
    pub async fn of(url: &str) -> Result<Self, Failure> {
        let mut conn = connect(url).await?;
        let order = "SELECT o.id, o.body, a.body FROM eraflazz.orders o JOIN eraflazz.attempts a ON a.order_id = o.id LIMIT 1";
        let row = sqlx::query(order).fetch_one(&mut conn).await?;
        let id: Uuid = row.try_get(0)?;
        let log = "SELECT l.body FROM eraflazz.log l WHERE l.subject = $1 ORDER BY l.seq";
        let log = sqlx::query_scalar(log).bind(id).fetch_all(&mut conn);
        Ok(Self {
            order: row.try_get(1)?,
            attempt: row.try_get(2)?,
            log: log.await?,
        })
    }
}

/// The peer over a database with members who have money.
#[derive(Clone, Debug)]
pub struct Interactive {
    pool: PgPool,
    members: Arc<[Uuid]>,
}

type Tx = Transaction<'static, Postgres>;

impl Interactive {
    /// Over the database at `url`.
    pub async fn open(url: &str) -> Result<Self, Failure> {
        let options: PgConnectOptions = url.parse()?;
        let options = options.options([("synchronous_commit", "on"), ("jit", "off")]);
        let pool = PgPoolOptions::new()
            .min_connections(CONNECTIONS)
            .max_connections(CONNECTIONS)
            .connect_with(options)
            .await?;
        let members = "SELECT w.member FROM eraflazz.wallets w ORDER BY w.member";
        let members: Vec<Uuid> = sqlx::query_scalar(members).fetch_all(&pool).await?;
        Ok(Self {
            pool,
            members: members.into(),
        })
    }

    /// Orders a second, from accepted to settled, everything recorded.
    pub async fn orders(&self, count: usize, bodies: &Bodies) -> Result<u64, Failure> {
        let bodies = Arc::new(bodies.clone());
        let peer = self.clone();
        self.many(count, move |n| {
            let (peer, bodies) = (peer.clone(), Arc::clone(&bodies));
            async move {
                let order = peer.accept(n, &bodies).await?;
                peer.send(n, order, &bodies).await?;
                peer.settle(n, order, &bodies).await
            }
        })
        .await
    }

    /// Orders a second that are due, claimed one by one and begun.
    pub async fn claims(&self, count: usize, bodies: &Bodies) -> Result<u64, Failure> {
        let bodies = Arc::new(bodies.clone());
        let peer = self.clone();
        self.many(count, move |n| {
            let (peer, bodies) = (peer.clone(), Arc::clone(&bodies));
            async move { peer.claim(n, &bodies).await }
        })
        .await
    }

    /// Transfers a second from a bank into wallets.
    pub async fn transfers(&self, count: usize) -> Result<u64, Failure> {
        let peer = self.clone();
        self.many(count, move |n| {
            let peer = peer.clone();
            async move { peer.deposit(n).await }
        })
        .await
    }

    async fn many<W, F>(&self, count: usize, work: W) -> Result<u64, Failure>
    where
        W: Fn(usize) -> F + Clone + Send + 'static,
        F: Future<Output = Result<(), Failure>> + Send,
    {
        let next = Arc::new(AtomicUsize::new(0));
        let began = Instant::now();
        let mut workers = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (next, work) = (Arc::clone(&next), work.clone());
            workers.spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return Ok::<_, Failure>(());
                    }
                    work(n).await?;
                }
            });
        }
        while let Some(done) = workers.join_next().await {
            done??;
        }
        Ok(pace(count, began.elapsed()))
    }

    fn member(&self, n: usize) -> Uuid {
        self.members[n % self.members.len()]
    }

    /// The order and its hold.
    async fn accept(&self, n: usize, bodies: &Bodies) -> Result<Uuid, Failure> {
        let (order, member) = (new_id(n)?, self.member(n));
        let mut tx = self.pool.begin().await?;
        let terms =
            sqlx::query("SELECT m.tier, m.status, m.body FROM eraflazz.members m WHERE m.id = $1");
        terms.bind(member).fetch_one(&mut *tx).await?;
        let available = lock(member, &mut tx).await?;
        sqlx::query(
            "INSERT INTO eraflazz.orders (id, version, revision, trx_code, member, ref_id, product, destination, state, sell, guard_live, under_way,
                created_at, updated_at, next_action_at, body)
             VALUES ($1, 1, 1, $2, $3, $4, $5, $6, 'held', $7::bigint, false, false, clock_timestamp(), clock_timestamp(), clock_timestamp(), $8)",
        )
        .bind(order)
        .bind(format!("TRX-20260101-{n:08}"))
        .bind(member)
        .bind(format!("R{n}"))
        .bind(i64::try_from(goods(n))?)
        .bind(format!("+62878{:08}", n % 100_000_000))
        .bind(SELL)
        .bind(&bodies.order)
        .execute(&mut *tx)
        .await?;
        let hold = Transfer {
            subject: order,
            effect: "hold",
            line: 0,
            debit: format!("available:{member}"),
            credit: format!("held:{member}"),
            amount: SELL,
            touches: Some((member, available, available - SELL)),
        };
        hold.book(&mut tx).await?;
        let held = "UPDATE eraflazz.wallets SET available = available - $2::bigint, held = held + $2::bigint, version = version + 1 WHERE member = $1";
        let held = sqlx::query(held).bind(member).bind(SELL);
        held.execute(&mut *tx).await?;
        log(order, 1, bodies.log.first(), &mut tx).await?;
        tx.commit().await?;
        Ok(order)
    }

    /// What is about to be sent, before it is.
    async fn send(&self, n: usize, order: Uuid, bodies: &Bodies) -> Result<(), Failure> {
        let mut tx = self.pool.begin().await?;
        let locked =
            "SELECT o.version, o.state, o.body FROM eraflazz.orders o WHERE o.id = $1 FOR UPDATE";
        let locked = sqlx::query(locked).bind(order).fetch_one(&mut *tx).await?;
        let (version, log) = (locked.try_get(0)?, between(&bodies.log));
        intend(n, (order, version), bodies, log, &mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Whatever is due first and in nobody's hand, and its intent.
    async fn claim(&self, n: usize, bodies: &Bodies) -> Result<(), Failure> {
        let mut tx = self.pool.begin().await?;
        let due = "SELECT o.id, o.version, o.state, o.body FROM eraflazz.orders o WHERE o.next_action_at <= clock_timestamp() AND o.state = 'held'
            ORDER BY o.next_action_at, o.id LIMIT 1 FOR UPDATE SKIP LOCKED";
        let due = sqlx::query(due).fetch_optional(&mut *tx).await?;
        let due = due.ok_or("nothing is due for the peer")?;
        let (order, log) = ((due.try_get(0)?, due.try_get(1)?), bodies.log.get(1..));
        intend(n, order, bodies, log.unwrap_or_default(), &mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// What came of it, and the money.
    async fn settle(&self, n: usize, order: Uuid, bodies: &Bodies) -> Result<(), Failure> {
        let member = self.member(n);
        let mut tx = self.pool.begin().await?;
        let locked =
            "SELECT o.version, o.state, o.body FROM eraflazz.orders o WHERE o.id = $1 FOR UPDATE";
        let locked = sqlx::query(locked).bind(order).fetch_one(&mut *tx).await?;
        let version: i64 = locked.try_get(0)?;
        lock(member, &mut tx).await?;
        sqlx::query(
            "UPDATE eraflazz.attempts SET state = 'success', live = true, open = false, billed = $2::bigint, sn = $3, body = $4 WHERE order_id = $1 AND no = 1",
        )
        .bind(order)
        .bind(COST)
        .bind(reference(n))
        .bind(&bodies.attempt)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE eraflazz.orders SET version = $2, revision = 2, state = 'succeeded', under_way = false, cost = $3::bigint, sn = $4,
                updated_at = clock_timestamp(), next_action_at = NULL, body = $5 WHERE id = $1",
        )
        .bind(order)
        .bind(version + 1)
        .bind(COST)
        .bind(reference(n))
        .bind(&bodies.order)
        .execute(&mut *tx)
        .await?;
        let captured = [
            (format!("held:{member}"), "revenue".to_owned(), SELL),
            ("cogs".to_owned(), format!("prepaid:{}", goods(n)), COST),
        ];
        for (line, (debit, credit, amount)) in (0..).zip(captured) {
            let transfer = Transfer {
                subject: order,
                effect: "capture",
                line,
                debit,
                credit,
                amount,
                touches: None,
            };
            transfer.book(&mut tx).await?;
        }
        let taken = "UPDATE eraflazz.wallets SET held = held - $2::bigint, version = version + 1 WHERE member = $1";
        let taken = sqlx::query(taken).bind(member).bind(SELL);
        taken.execute(&mut *tx).await?;
        if bodies.log.len() > 1 {
            log(order, version + 1, bodies.log.last(), &mut tx).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn deposit(&self, n: usize) -> Result<(), Failure> {
        let (subject, member) = (new_id(n)?, self.member(n));
        let mut tx = self.pool.begin().await?;
        let available = lock(member, &mut tx).await?;
        let transfer = Transfer {
            subject,
            effect: "deposit",
            line: 0,
            debit: "bank:0".to_owned(),
            credit: format!("available:{member}"),
            amount: 1,
            touches: Some((member, available, available + 1)),
        };
        transfer.book(&mut tx).await?;
        let added = "UPDATE eraflazz.wallets SET available = available + 1, version = version + 1 WHERE member = $1";
        sqlx::query(added).bind(member).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}

/// A movement of money, in whole rupiah.
struct Transfer {
    subject: Uuid,
    effect: &'static str,
    line: i16,
    debit: String,
    credit: String,
    amount: i64,
    /// Whose `available` it touches, with that before and after.
    touches: Option<(Uuid, i64, i64)>,
}

impl Transfer {
    async fn book(self, tx: &mut Tx) -> Result<(), Failure> {
        sqlx::query(
            "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, member, balance_before, balance_after)
             VALUES ($1, $2, 1, $3, $4, $5, $6::bigint, clock_timestamp(), $7, $8::bigint, $9::bigint)",
        )
        .bind(self.subject)
        .bind(self.effect)
        .bind(self.line)
        .bind(self.debit)
        .bind(self.credit)
        .bind(self.amount)
        .bind(self.touches.map(|(member, _, _)| member))
        .bind(self.touches.map(|(_, before, _)| before))
        .bind(self.touches.map(|(_, _, after)| after))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// What the member can spend, under the lock of the wallet.
async fn lock(member: Uuid, conn: &mut PgConnection) -> Result<i64, Failure> {
    let wallet = "SELECT w.available::bigint, w.held::bigint, w.credit_limit::bigint, w.frozen, w.version FROM eraflazz.wallets w
        WHERE w.member = $1 FOR UPDATE";
    let row = sqlx::query(wallet).bind(member).fetch_one(conn).await?;
    let available: i64 = row.try_get(0)?;
    if available < SELL {
        return Err("a member of the peer has no money".into());
    }
    Ok(available)
}

/// An attempt, and the order in flight.
async fn intend(
    n: usize,
    (order, version): (Uuid, i64),
    bodies: &Bodies,
    entries: &[Vec<u8>],
    tx: &mut Tx,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO eraflazz.attempts (order_id, no, supplier, supplier_ref, sku, target, state, live, open, exclusive, sends, cap, first_sent_at,
            lease_until, body)
         VALUES ($1, 1, $2, $3, 'xld10', $4, 'sending', true, true, false, 1, $5::bigint, clock_timestamp(), clock_timestamp() + interval '70 seconds', $6)",
    )
    .bind(order)
    .bind(i32::try_from(goods(n))?)
    .bind(reference(n))
    .bind(format!("+62878{:08}", n % 100_000_000))
    .bind(SELL)
    .bind(&bodies.attempt)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE eraflazz.orders SET version = $2, state = 'in_flight', under_way = true, updated_at = clock_timestamp(),
            next_action_at = clock_timestamp() + interval '70 seconds', body = $3 WHERE id = $1",
    )
    .bind(order)
    .bind(version + 1)
    .bind(&bodies.order)
    .execute(&mut **tx)
    .await?;
    for body in entries {
        log(order, version + 1, Some(body), tx).await?;
    }
    Ok(())
}

async fn log(
    order: Uuid,
    version: i64,
    body: Option<&Vec<u8>>,
    conn: &mut PgConnection,
) -> Result<(), Failure> {
    let body = body.ok_or("our engine's order has no log")?;
    let insert = "INSERT INTO eraflazz.log (subject, version, at, body) VALUES ($1, $2, clock_timestamp(), $3)";
    let insert = sqlx::query(insert).bind(order).bind(version).bind(body);
    insert.execute(conn).await?;
    Ok(())
}

/// What is logged between the first and the last.
fn between(log: &[Vec<u8>]) -> &[Vec<u8>] {
    match log {
        [_, between @ .., _] => between,
        _ => &[],
    }
}

/// The `n`-th order's product and supplier.
fn goods(n: usize) -> usize {
    n % usize::from(GOODS)
}

/// The reference of the `n`-th purchase.
fn reference(n: usize) -> String {
    format!("E{n:018}Z")
}

/// A version 7 id, as ours are: rising with time, spread within a millisecond.
fn new_id(n: usize) -> Result<Uuid, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let spread = u64::try_from(n)?.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&spread.to_be_bytes());
    Ok(uuid::Builder::from_unix_timestamp_millis(u64::try_from(now)?, &random).into_uuid())
}
