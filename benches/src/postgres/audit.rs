//! A recount from the rows alone, in SQL: it shares no code with the engine, and serves its peers as well.

use sqlx::{Connection, Row};

use super::server::connect;
use crate::shop::Failure;

/// What must be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sold {
    /// Orders that are delivered.
    pub orders: u64,
    /// Orders that are with their suppliers.
    pub sent: u64,
    /// Orders that nobody has begun.
    pub held: u64,
}

/// Each gives the first differences of its kind as texts; nothing if there are none.
const QUESTIONS: &[&str] = &[
    // Every wallet is the sum of its transfers.
    "WITH moved AS (
        SELECT s.account, sum(s.amount) AS amount FROM (
            SELECT t.credit AS account, t.amount FROM eraflazz.transfers t
            UNION ALL SELECT t.debit, -t.amount FROM eraflazz.transfers t) s
        WHERE s.account LIKE '%:%' GROUP BY s.account)
     SELECT 'the wallet of ' || w.member || ' is not the sum of its transfers'
     FROM eraflazz.wallets w
        LEFT JOIN moved a ON a.account = 'available:' || w.member
        LEFT JOIN moved h ON h.account = 'held:' || w.member
     WHERE w.available <> coalesce(a.amount, 0) OR w.held <> coalesce(h.amount, 0) OR w.frozen LIMIT 1",
    // Nothing was booked for a member without a wallet.
    "SELECT 'there is no wallet of ' || t.member FROM eraflazz.transfers t
     WHERE t.member IS NOT NULL AND NOT EXISTS (SELECT FROM eraflazz.wallets w WHERE w.member = t.member) LIMIT 1",
    // A member's balances follow each other without a gap.
    "SELECT 'the balances of ' || c.member || ' have a gap before ' || c.seq FROM (
        SELECT t.member, t.seq, t.balance_before,
            lag(t.balance_after, 1, 0::numeric) OVER (PARTITION BY t.member ORDER BY t.seq) AS expected
        FROM eraflazz.transfers t WHERE t.member IS NOT NULL) c
     WHERE c.balance_before <> c.expected LIMIT 1",
    // What is held is for what is under way.
    "SELECT 'more or less is held than the price of what is under way' WHERE
        (SELECT coalesce(sum(w.held), 0) FROM eraflazz.wallets w) <> (SELECT coalesce(sum(o.sell), 0) FROM eraflazz.orders o WHERE o.state IN ('held', 'in_flight'))",
    // What is under way is so once.
    "SELECT 'order ' || o.id || ' was not sent once' FROM eraflazz.orders o
     WHERE o.state = 'in_flight' AND (SELECT count(*) FILTER (WHERE a.state = 'sending') = 1 AND count(*) = 1 FROM eraflazz.attempts a
            WHERE a.order_id = o.id) IS NOT TRUE LIMIT 1",
    "SELECT 'order ' || o.id || ' is held and was sent' FROM eraflazz.orders o
     WHERE o.state = 'held' AND EXISTS (SELECT FROM eraflazz.attempts a WHERE a.order_id = o.id) LIMIT 1",
    // Every order was paid for once, with its price, and bought once, at its cost.
    "SELECT 'order ' || o.id || ' was not bought once and paid for once' FROM eraflazz.orders o
        LEFT JOIN (SELECT a.order_id, count(*) AS attempts, count(*) FILTER (WHERE a.state = 'success') AS delivered, sum(a.billed) AS billed
            FROM eraflazz.attempts a GROUP BY a.order_id) b ON b.order_id = o.id
        LEFT JOIN (SELECT t.subject, sum(t.amount) FILTER (WHERE t.credit = 'revenue') AS paid,
                sum(t.amount) FILTER (WHERE t.debit LIKE 'available:%') AS taken,
                sum(t.amount) FILTER (WHERE t.credit LIKE 'available:%') AS returned,
                sum(t.amount) FILTER (WHERE t.credit LIKE 'prepaid:%') AS spent
            FROM eraflazz.transfers t GROUP BY t.subject) m ON m.subject = o.id
     WHERE o.state NOT IN ('held', 'in_flight') AND (o.state = 'succeeded' AND b.attempts = 1 AND b.delivered = 1 AND b.billed = o.cost AND m.paid = o.sell AND m.taken = o.sell
            AND m.returned IS NULL AND m.spent = o.cost) IS NOT TRUE LIMIT 1",
    // No reference and no purchase twice, whatever the indexes say.
    "SELECT 'the reference ' || o.ref_id || ' stands twice' FROM eraflazz.orders o GROUP BY o.member, o.ref_id HAVING count(*) > 1 LIMIT 1",
    // What was heard of each is there.
    "SELECT 'order ' || o.id || ' has no log' FROM eraflazz.orders o
     WHERE NOT EXISTS (SELECT FROM eraflazz.log l WHERE l.subject = o.id) LIMIT 1",
    "SELECT 'a case is open' FROM eraflazz.cases LIMIT 1",
];

/// `ok`, or the first difference in the database at `url`.
pub async fn audit(url: &str, sold: Sold) -> Result<String, Failure> {
    let mut conn = connect(url).await?;
    // Each question asks for the first row that is wrong. There is none, so all are read; a planner that expects one early would read them again and again.
    for prepare in [
        "SET work_mem = '256MB'",
        "SET enable_nestloop = off",
        "ANALYZE",
    ] {
        sqlx::query(prepare).execute(&mut conn).await?;
    }
    let count = "SELECT count(*) FILTER (WHERE o.state NOT IN ('held', 'in_flight')), count(*) FILTER (WHERE o.state = 'in_flight'),
            count(*) FILTER (WHERE o.state = 'held') FROM eraflazz.orders o";
    let (orders, sent, held): (i64, i64, i64) = sqlx::query_as(count).fetch_one(&mut conn).await?;
    let found = Sold {
        orders: orders.cast_unsigned(),
        sent: sent.cast_unsigned(),
        held: held.cast_unsigned(),
    };
    if found != sold {
        return Ok(format!("{found:?} is there, {sold:?} was submitted"));
    }
    for question in QUESTIONS {
        if let Some(row) = sqlx::query(*question).fetch_optional(&mut conn).await? {
            return Ok(row.try_get(0)?);
        }
    }
    conn.close().await?;
    Ok("ok".to_owned())
}

/// How many deposits through a gateway are credited: settled, and each by one transfer of its whole amount.
pub async fn credited(url: &str) -> Result<u64, Failure> {
    let count = "SELECT count(*) FROM eraflazz.payments p
        WHERE p.state = 'settled' AND p.booked = p.amount AND (SELECT count(*) = 1 AND sum(t.amount) = p.amount FROM eraflazz.transfers t
            WHERE t.subject = p.id AND t.credit = 'available:' || p.member)";
    let mut conn = connect(url).await?;
    let credited: i64 = sqlx::query_scalar(count).fetch_one(&mut conn).await?;
    conn.close().await?;
    Ok(credited.cast_unsigned())
}

/// What is written about an order, on average: rows of each table, and bytes in them that only the engine reads.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsOfOrder {
    attempts: f64,
    log: f64,
    transfers: f64,
    their_refs: f64,
    outbox: f64,
    bytes: i64,
}

/// That, of the orders in the database at `url`.
pub async fn rows_of(url: &str) -> Result<RowsOfOrder, Failure> {
    let rows = "SELECT (SELECT count(*) FROM eraflazz.attempts) / o.count AS attempts,
            (SELECT count(*) FROM eraflazz.log l JOIN eraflazz.orders s ON s.id = l.subject) / o.count AS log,
            (SELECT count(*) FROM eraflazz.transfers t JOIN eraflazz.orders s ON s.id = t.subject) / o.count AS transfers,
            (SELECT count(*) FROM eraflazz.their_refs) / o.count AS their_refs,
            (SELECT count(*) FROM eraflazz.outbox) / o.count AS outbox,
            round(o.bytes / 100.0)::bigint * 100 AS bytes
        FROM (SELECT count(*)::double precision AS count, avg(octet_length(o.body))
                + (SELECT avg(octet_length(a.body)) FROM eraflazz.attempts a)
                + (SELECT avg(octet_length(l.body)) FROM eraflazz.log l JOIN eraflazz.orders s ON s.id = l.subject) AS bytes
            FROM eraflazz.orders o) AS o";
    let mut conn = connect(url).await?;
    let row = sqlx::query(rows).fetch_one(&mut conn).await?;
    Ok(RowsOfOrder {
        attempts: row.try_get(0)?,
        log: row.try_get(1)?,
        transfers: row.try_get(2)?,
        their_refs: row.try_get(3)?,
        outbox: row.try_get(4)?,
        bytes: row.try_get(5)?,
    })
}
