//! Every statement on a real server: it is one, and it finds what it looks for by an index.

use eraflazz_store_postgres::sql;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqlSafeStr, Statement};

use crate::world::database;

/// Statements that read a small table whole, or one that is small by nature, or that lock and begin. Everything else is on the path of an order, a callback, a list or a
/// lookup.
const READS_ALL: [&str; 16] = [
    "SCHEMA_VERSION",
    "LOCK_HOUSE",
    "FOLD_LOCK",
    "FOLD_MARK",
    "FOLD_PATIENTLY",
    "VERIFY_PATIENTLY",
    "HUSH",
    "HUSH_BRIEFLY",
    "BEGIN_SNAPSHOT",
    "LOCK_MEMBERS",
    "LOCK_KEYS",
    "KEYS_BESIDE",
    "CATALOG",
    "CATALOG_VERSION",
    "LOCK_CATALOG",
    "PUT_CATALOG",
];

/// Each whole, however large: a count of what waits, and all balances.
const COUNTS: [&str; 2] = ["OUTBOX_DEPTH", "MISCOUNTED"];

/// What a call, a batch, an answer or a callback looks for by keys: each key is in the condition of the index, so that no row is read that is not looked for.
const LOOKUPS: [&str; 33] = [
    "LOCK_ORDERS",
    "LOCK_WALLETS",
    "LOCK_PAYMENTS",
    "LOCK_INBOX",
    "ATTEMPTS",
    "REFS",
    "TRX_CODES",
    "GUARDS",
    "SUPPLIER_REFS",
    "THEIR_REFS",
    "EXCLUSIVE",
    "EFFECTS",
    "NONCES",
    "OUTBOX",
    "UPDATE_ORDERS",
    "UPDATE_ATTEMPTS",
    "UPDATE_WALLETS",
    "PAYMENT_CODES",
    "PAYMENT_REFS",
    "UPDATE_PAYMENTS",
    "PAYMENT",
    "PAYMENT_CODED",
    "PAYMENT_OF",
    "PAYMENT_AWAITING",
    "AWAITED",
    "ORDERS",
    "ORDER_BY_REF",
    "ORDER_BY_SUPPLIER_REF",
    "ORDER_BY_THEIR_REF",
    "ORDER_BY_TRX_CODE",
    "KEYS_BY_ID",
    "MEMBERS_BY_ID",
    "ENDPOINT_STATES",
];

#[test]
fn every_statement_is_one() {
    conformance::run(async {
        let mut conn = PgConnection::connect(&database()).await.unwrap();
        for (name, statement) in sql::ALL {
            let prepared = (&mut conn).prepare(statement.into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {prepared:?}");
        }
    });
}

/// Plans that are made while tables are empty, or small, are used until statistics are gathered, however many rows there are meanwhile. So the planner is told not to
/// read such a table through, nor to join all of it, and then does so only where it has no other way.
#[test]
fn what_is_looked_for_is_found_by_an_index() {
    conformance::run(async {
        let mut conn = PgConnection::connect(&database()).await.unwrap();
        for (setting, value) in sql::SESSION {
            let set = format!("SET {setting} = '{value}'");
            sqlx::raw_sql(AssertSqlSafe(set))
                .execute(&mut conn)
                .await
                .unwrap();
        }
        all_are_found_by_an_index(&mut conn, "empty").await;
        sqlx::raw_sql(FEW).execute(&mut conn).await.unwrap();
        all_are_found_by_an_index(&mut conn, "few").await;
    });
}

/// As many rows as statistics are gathered of at the earliest.
const FEW: &str = "
    INSERT INTO eraflazz.wallets SELECT gen_random_uuid(), 0, 0, 0, 0, false, 1 FROM generate_series(1, 50);
    INSERT INTO eraflazz.orders (id, version, revision, trx_code, member, ref_id, product, destination, state, sell, guard_day, guard_counter, guard_live,
            under_way, created_at, updated_at, next_action_at, body)
        SELECT gen_random_uuid(), 1, 1, 'TRX-' || n, w.member, 'A-' || n, 1, '0812' || n, 'held', 1, 1, 0, true, true, now(), now(), now(), ''
        FROM generate_series(1, 50) AS n, (SELECT member FROM eraflazz.wallets LIMIT 1) AS w;
    INSERT INTO eraflazz.attempts (order_id, no, supplier, supplier_ref, sku, target, state, live, open, exclusive, sends, cap, first_sent_at, lease_until, body)
        SELECT o.id, 1, 1, o.trx_code, 'xld10', o.destination, 'sending', true, true, true, 1, 1, now(), now(), '' FROM eraflazz.orders o;
    INSERT INTO eraflazz.members (id, code, tier, status, body) SELECT w.member, 'm-' || w.member, 0, 'active', '' FROM eraflazz.wallets w;
    INSERT INTO eraflazz.keys (id, member, active, body) SELECT 'k-' || m.id, m.id, true, '' FROM eraflazz.members m;
    ANALYZE eraflazz.wallets, eraflazz.orders, eraflazz.attempts, eraflazz.members, eraflazz.keys;";

async fn all_are_found_by_an_index(conn: &mut PgConnection, tables: &str) {
    for (name, statement) in sql::ALL {
        if READS_ALL.contains(name) || COUNTS.contains(name) {
            continue;
        }
        let prepared = (&mut *conn)
            .prepare(statement.into_sql_str())
            .await
            .unwrap();
        let count = match prepared.parameters() {
            Some(sqlx::Either::Left(types)) => types.len(),
            Some(sqlx::Either::Right(count)) => count,
            None => 0,
        };
        let nulls = vec!["NULL"; count].join(", ");
        let nulls = if count == 0 {
            nulls
        } else {
            format!("({nulls})")
        };
        let explain = format!(
            "PREPARE {tables}_{name} AS {statement}; EXPLAIN (COSTS OFF) EXECUTE {tables}_{name}{nulls}"
        );
        let plan = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *conn);
        let plan = plan.await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines: Vec<String> = plan.iter().map(|line| line.get(0)).collect();
        let whole = lines.join("\n");
        // One row by nature.
        let through = lines
            .iter()
            .filter(|line| line.contains("Seq Scan on ") && !line.contains(" fold_marks "));
        assert_eq!(through.count(), 0, "{name} reads a table through:\n{whole}");
        let joins_all = whole.contains("Hash Join") || whole.contains("Merge Join");
        assert!(!joins_all, "{name} joins a whole table:\n{whole}");
        // What is not folded yet is the end of the index, however much is before it.
        let folds = ["HOUSE", "HOUSES", "FOLD", "FOLD_WALLETS"].contains(name);
        let goes_on = ["TRANSFERS", "SETTLED_TRANSFERS"].contains(name);
        assert!(
            !goes_on || whole.contains("(ROW(tx, seq) > ROW("),
            "{name} begins with the first of all:\n{whole}"
        );
        let from_the_mark =
            whole.matches("(tx >= $").count() + whole.matches("(tx >= (InitPlan").count();
        assert!(
            !folds || from_the_mark == 2,
            "{name} reads what is folded:\n{whole}"
        );
        let reads_others = LOOKUPS.contains(name) && whole.contains("Filter:");
        assert!(
            !reads_others,
            "{name} reads what it does not look for:\n{whole}"
        );
    }
}
