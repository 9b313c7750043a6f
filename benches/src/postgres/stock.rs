//! Orders of the past, put in place at once: copies of one that the engine has settled, under ids, members and references of their own.

use sqlx::Connection;

use super::server::connect;
use crate::shop::Failure;

/// Orders that one statement brings.
const AT_ONCE: usize = 50_000;

/// Copies of the newest order that has ended and of all that is recorded about it, spread over the last month, over all members and over
/// references that are as random as callers choose them. Bodies are those of the copied one: nobody reads an order that has ended, and rows are as long.
const COPIES: &str = "WITH sample AS (
        SELECT o.*, a.sku, a.supplier, a.cap, a.billed, a.body AS attempt_body FROM eraflazz.orders o JOIN eraflazz.attempts a ON a.order_id = o.id
        WHERE o.state = 'succeeded' ORDER BY o.id DESC LIMIT 1),
    people AS (SELECT array_agg(w.member ORDER BY w.member) AS ids FROM eraflazz.wallets w),
    chosen AS MATERIALIZED (
        SELECT n, md5('id' || n) AS dice, p.ids[(1 + n % cardinality(p.ids))::integer] AS member, clock_timestamp() - interval '30 days' + n * interval '1 second' AS at
        FROM generate_series($1::bigint, $2::bigint - 1) AS n CROSS JOIN people p),
    fresh AS MATERIALIZED (
        SELECT c.*, (lpad(to_hex((extract(epoch FROM c.at) * 1000)::bigint), 12, '0') || '7' || substr(c.dice, 1, 3) || '8' || substr(c.dice, 4, 15))::uuid AS id
        FROM chosen c),
    new_orders AS (
        INSERT INTO eraflazz.orders (id, version, revision, trx_code, member, ref_id, product, destination, state, sell, cost, sn, guard_day, guard_counter,
            guard_live, under_way, created_at, updated_at, body)
        SELECT f.id, s.version, s.revision, 'C' || upper(substr(f.dice, 1, 14)), f.member, 'C' || substr(f.dice, 5, 14), s.product,
            '+62879' || lpad((f.n % 100000000)::text, 8, '0'), s.state, s.sell, s.cost, 'C' || substr(f.dice, 3, 16), s.guard_day, s.guard_counter,
            s.guard_live, false, f.at, f.at, s.body
        FROM fresh f CROSS JOIN sample s),
    new_attempts AS (
        INSERT INTO eraflazz.attempts (order_id, no, supplier, supplier_ref, sku, target, state, live, open, exclusive, sends, cap, billed, sn,
            first_sent_at, lease_until, body)
        SELECT f.id, 1, s.supplier, 'C' || upper(substr(f.dice, 7, 18)), s.sku, '+62879' || lpad((f.n % 100000000)::text, 8, '0'), 'success', true, false,
            false, 1, s.cap, s.billed, 'C' || substr(f.dice, 3, 16), f.at, f.at, s.attempt_body
        FROM fresh f CROSS JOIN sample s),
    new_log AS (
        INSERT INTO eraflazz.log (subject, version, at, body)
        SELECT f.id, l.version, f.at, l.body FROM fresh f CROSS JOIN (SELECT l.version, l.body FROM eraflazz.log l JOIN sample s ON s.id = l.subject
            ORDER BY l.seq) AS l),
    spent AS (
        UPDATE eraflazz.wallets w SET available = w.available - g.amount, version = w.version + 2 * g.orders
        FROM (SELECT f.member, count(*) AS orders, count(*) * max(s.sell) AS amount FROM fresh f CROSS JOIN sample s GROUP BY f.member) AS g
        WHERE w.member = g.member RETURNING w.member, w.available + g.amount AS before)
    INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, member, balance_before, balance_after)
    SELECT f.id, t.effect, 1, t.line, replace(t.debit, s.member::text, f.member::text), replace(t.credit, s.member::text, f.member::text), t.amount, f.at,
        CASE WHEN t.member IS NOT NULL THEN f.member END,
        CASE WHEN t.member IS NOT NULL THEN b.before - s.sell * (row_number() OVER mine - 1) END,
        CASE WHEN t.member IS NOT NULL THEN b.before - s.sell * row_number() OVER mine END
    FROM fresh f CROSS JOIN sample s JOIN spent b ON b.member = f.member JOIN eraflazz.transfers t ON t.subject = s.id
    WINDOW mine AS (PARTITION BY f.member, t.effect, t.line ORDER BY f.n)
    ORDER BY f.n, t.seq";

/// Puts orders `from` to `to` of the past into the database at `url`, in which at least one has ended. They need not be on the disk at once.
pub async fn stock(url: &str, from: usize, to: usize) -> Result<(), Failure> {
    let mut conn = connect(url).await?;
    for setting in [
        "SET synchronous_commit = off",
        "SET work_mem = '256MB'",
        "SET jit = off",
    ] {
        sqlx::query(setting).execute(&mut conn).await?;
    }
    for begin in (from..to).step_by(AT_ONCE) {
        let end = to.min(begin + AT_ONCE);
        let copies = sqlx::query(COPIES).bind(i64::try_from(begin)?);
        copies.bind(i64::try_from(end)?).execute(&mut conn).await?;
    }
    // As autovacuum would have done it over a month; and what is measured next does not pay for what was put here.
    for upkeep in ["VACUUM ANALYZE", "CHECKPOINT"] {
        sqlx::query(upkeep).execute(&mut conn).await?;
    }
    Ok(conn.close().await?)
}
