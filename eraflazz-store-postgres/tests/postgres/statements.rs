//! Every statement on a real server: it is one, and it finds what it looks for by an index.

use eraflazz_store_postgres::sql;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqlSafeStr, Statement};

use crate::world::database;

/// Statements that read a small table whole, or one that is small by nature, or that lock and begin. Everything else is on the path of an order, a callback, a list or a
/// lookup.
const READS_ALL: [&str; 15] = [
    "SCHEMA_VERSION",
    "LOCK_HOUSE",
    "FOLD_LOCK",
    "FOLD_MARK",
    "FOLD_PATIENTLY",
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
const COUNTS: [&str; 1] = ["OUTBOX_DEPTH"];

/// What a batch, an answer or a callback looks for by keys: each key is in the condition of the index, so that no row is read that is not looked for.
const LOOKUPS: [&str; 21] = [
    "LOCK_ORDERS",
    "LOCK_WALLETS",
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
    "ORDERS",
    "ORDER_BY_REF",
    "ORDER_BY_SUPPLIER_REF",
    "ORDER_BY_THEIR_REF",
    "ORDER_BY_TRX_CODE",
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

/// The tables are empty, so the planner would read them through or join all of them: it is told not to, and then does so only where it has no other way. Plans that
/// are made then are used until statistics are gathered, however many rows there are meanwhile.
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
        for (name, statement) in sql::ALL {
            if READS_ALL.contains(name) || COUNTS.contains(name) {
                continue;
            }
            let prepared = (&mut conn).prepare(statement.into_sql_str()).await.unwrap();
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
                "PREPARE p_{name} AS {statement}; EXPLAIN (COSTS OFF) EXECUTE p_{name}{nulls}"
            );
            let plan = sqlx::raw_sql(AssertSqlSafe(explain))
                .fetch_all(&mut conn)
                .await;
            let plan = plan.unwrap_or_else(|error| panic!("{name}: {error}"));
            let lines: Vec<String> = plan.iter().map(|line| line.get(0)).collect();
            // One row by nature.
            let through = lines
                .iter()
                .filter(|line| line.contains("Seq Scan on ") && !line.contains(" fold_marks "));
            assert_eq!(
                through.count(),
                0,
                "{name} reads a table through:\n{}",
                lines.join("\n")
            );
            let has = |word: &str| lines.iter().any(|line| line.contains(word));
            let joins_all = has("Hash Join") || has("Merge Join");
            assert!(
                !joins_all,
                "{name} joins a whole table:\n{}",
                lines.join("\n")
            );
            let reads_others = LOOKUPS.contains(name) && has("Filter:");
            assert!(
                !reads_others,
                "{name} reads what it does not look for:\n{}",
                lines.join("\n")
            );
        }
    });
}
