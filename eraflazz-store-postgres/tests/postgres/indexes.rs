//! Every index is there for a statement, and every statement finds the index that is there for it: in the plans over many rows, and in what the store really sends, as it
//! puts its statements together. An index that is gone, or that the planner passes by, is missed by its name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use eraflazz_core::commit::{Changes, Nonce, PaymentWrite};
use eraflazz_core::order::{Guard, Order};
use eraflazz_core::payment::BookedTo;
use eraflazz_core::ports::{Ledger, Store};
use eraflazz_store_postgres::{PostgresStore, sql};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqlSafeStr, Statement};

use crate::reports::{asked, paid};
use crate::world::{
    NOW, SUPPLIER, accept, callback, database, done, member, open, order, send, settle, shelves,
};

/// The statements that look something up, each with the indexes that find it.
#[rustfmt::skip]
const FOUND_BY: &[(&str, &[&str])] = &[
    ("SCHEMA_VERSION", &["migrations_pkey"]),
    ("PUT_ROLE", &["roles_pkey"]),
    ("LOCK_ORDERS", &["orders_pkey"]),
    ("LOCK_WALLETS", &["wallets_pkey"]),
    ("LOCK_PAYMENTS", &["payments_pkey"]),
    ("LOCK_INBOX", &["inbox_pkey"]),
    ("ATTEMPTS", &["attempts_pkey"]),
    ("REFS", &["orders_member_ref"]),
    ("TRX_CODES", &["orders_trx_code"]),
    ("GUARDS", &["orders_guard"]),
    ("SUPPLIER_REFS", &["attempts_supplier_ref"]),
    ("THEIR_REFS", &["their_refs_pkey"]),
    ("EXCLUSIVE", &["attempts_exclusive"]),
    ("EFFECTS", &["transfers_pkey"]),
    ("PAYMENT_CODES", &["payments_code"]),
    ("PAYMENT_REFS", &["payments_their_ref"]),
    ("AWAITED", &["payments_awaiting"]),
    ("NONCES", &["nonces_pkey"]),
    ("OUTBOX", &["outbox_pkey"]),
    ("ENDPOINT_STATES", &["endpoints_pkey"]),
    ("UPDATE_ORDERS", &["orders_pkey"]),
    ("UPDATE_ATTEMPTS", &["attempts_pkey"]),
    ("UPDATE_PAYMENTS", &["payments_pkey"]),
    ("UPDATE_WALLETS", &["wallets_pkey"]),
    ("DELETE_INBOX", &["inbox_pkey"]),
    ("COUNT_TRIES", &["inbox_pkey"]),
    ("EXTEND_CASES", &["cases_pkey"]),
    ("CLOSE_CASES", &["cases_pkey"]),
    ("PUT_OUTBOX", &["outbox_pkey"]),
    ("DELETE_OUTBOX", &["outbox_pkey"]),
    ("QUOTA", &["quotas_pkey"]),
    ("QUOTAS", &["quotas_pkey"]),
    ("PUT_QUOTAS", &["quotas_pkey"]),
    ("UPDATE_ENDPOINT_STATES", &["endpoints_pkey"]),
    ("FORGET_BATCHES", &["batches_pkey"]),
    ("PAYMENT", &["payments_pkey"]),
    ("PAYMENT_CODED", &["payments_code"]),
    ("PAYMENT_OF", &["payments_their_ref"]),
    ("PAYMENT_AWAITING", &["payments_awaiting"]),
    ("DUE_PAYMENTS", &["payments_due"]),
    ("PAYMENTS_OF", &["payments_of_member"]),
    ("PAYMENTS_BY_STATUS", &["payments_by_status"]),
    ("PAYMENTS", &["payments_by_time"]),
    ("ORDERS", &["attempts_pkey", "orders_pkey"]),
    ("ORDER_BY_REF", &["orders_member_ref"]),
    ("ORDER_BY_SUPPLIER_REF", &["attempts_supplier_ref"]),
    ("ORDER_BY_THEIR_REF", &["their_refs_pkey"]),
    ("ORDER_BY_TRX_CODE", &["orders_trx_code"]),
    ("ORDERS_BY_SN", &["attempts_sn"]),
    ("ORDERS_UNDER_WAY", &["orders_under_way"]),
    ("DUE_INBOX", &["inbox_waiting"]),
    ("DUE_ORDERS", &["orders_due"]),
    ("TAKE_ORDERS", &["orders_due", "taken_pkey"]),
    ("FORGET_TAKEN", &["taken_until"]),
    ("TAKE_INBOX", &["inbox_pkey", "inbox_waiting"]),
    ("HAND_BACK_ORDERS", &["taken_pkey"]),
    ("HAND_BACK_INBOX", &["inbox_pkey"]),
    ("TAKE_DUTY", &["duty_pkey"]),
    ("EPOCH", &["epoch_pkey"]),
    ("RAISE_EPOCH", &["epoch_pkey"]),
    ("DEPTH", &["orders_not_succeeded"]),
    ("PUT_INBOX", &["inbox_pkey"]),
    ("PUT_INQUIRY", &["inquiries_pkey"]),
    ("INQUIRY", &["inquiries_pkey"]),
    ("FORGET_INQUIRIES", &["inquiries_over"]),
    ("INBOX", &["inbox_pkey"]),
    ("SET_INBOX_ASIDE", &["inbox_pkey"]),
    ("ORPHANS_NAMING", &["inbox_orphans_names"]),
    ("SET_ASIDE", &["inbox_aside"]),
    ("EXPOSURE", &["attempts_open"]),
    ("WALLET", &["wallets_pkey"]),
    ("WALLETS", &["wallets_pkey"]),
    ("NEWEST_REF", &["attempts_supplier_ref"]),
    ("MUTATIONS", &["transfers_of_member"]),
    ("ORDERS_OF_MEMBER", &["orders_of_member"]),
    ("LOG", &["log_pkey"]),
    ("ARCHIVES_OF", &["archives_span"]),
    ("ARCHIVES", &["archives_pkey"]),
    ("QUIET_ORDERS", &["orders_pkey", "attempts_pkey", "outbox_pkey", "cases_pkey", "log_pkey"]),
    ("LOGS_LEFT", &["log_pkey"]),
    ("LOG_SIZES", &["log_pkey"]),
    ("LOGS", &["log_pkey"]),
    ("LOCK_QUIET", &["orders_pkey"]),
    ("STILL_QUIET", &["orders_pkey", "attempts_pkey", "outbox_pkey", "cases_pkey"]),
    ("TAKE_LOG_OUT", &["log_pkey"]),
    ("CASES", &["cases_opened"]),
    ("SETTLED_TRANSFERS", &["transfers_in_order"]),
    ("TRANSFERS", &["transfers_in_order"]),
    ("HOUSES", &["transfers_in_order", "folds_pkey"]),
    ("HOUSE", &["transfers_in_order", "folds_pkey"]),
    ("FOLD", &["transfers_in_order", "folds_pkey"]),
    ("FOLD_WALLETS", &["transfers_in_order", "wallet_folds_pkey"]),
    ("MISCOUNTED", &["transfers_in_order"]),
    ("DUE_OUTBOX", &["endpoints_active", "outbox_due"]),
    ("OUTBOX_DEPTH_OF", &["outbox_due", "outbox_parked"]),
    ("PARKED", &["outbox_parked"]),
    ("MEMBER", &["members_pkey"]),
    ("MEMBERS_BY_ID", &["members_pkey"]),
    ("MEMBER_BY_CODE", &["members_code"]),
    ("MEMBERS", &["members_pkey"]),
    ("PUT_MEMBER", &["members_pkey"]),
    ("PUT_WALLET", &["wallets_pkey"]),
    ("KEYS_BY_ID", &["keys_pkey", "members_pkey"]),
    ("KEYS", &["keys_pkey"]),
    ("PUT_KEY", &["keys_pkey"]),
    ("ENDPOINT", &["endpoints_pkey"]),
    ("PUT_ENDPOINT", &["endpoints_pkey", "members_pkey"]),
    ("REMOVE_ENDPOINT", &["endpoints_pkey", "outbox_due", "outbox_parked"]),
];

/// Indexes that no statement of the store asks, and what they are for.
const OTHERS: [(&str, &str); 7] = [
    ("transfers_settled", "a wall (INV-7)"),
    ("attempts_live", "a wall (INV-10)"),
    (
        "payments_member_ref",
        "a wall: a deposit's id follows from both",
    ),
    ("archives_tx", "the trigger that lets logs leave"),
    ("fold_marks_pkey", "a wall: one row"),
    ("catalog_pkey", "a wall: one row"),
    ("orders_created_at", "reports by day"),
];

/// A database of many days: twenty thousand orders and what belongs to them, and statistics of it all.
async fn of_many_days() -> String {
    let url = database();
    let mut conn = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(MANY).execute(&mut conn).await.unwrap();
    url
}

const MANY: &str = "
    INSERT INTO eraflazz.wallets SELECT gen_random_uuid(), 0, 0, 0, 0, false, 1 FROM generate_series(1, 2000);
    INSERT INTO eraflazz.members (id, code, tier, status, body) SELECT w.member, 'm-' || w.member, 0, 'active', '' FROM eraflazz.wallets w;
    INSERT INTO eraflazz.wallet_folds SELECT w.member, 0, 0, 0 FROM eraflazz.wallets w;
    INSERT INTO eraflazz.keys (id, member, active, body) SELECT 'k-' || m.id, m.id, true, '' FROM eraflazz.members m;
    INSERT INTO eraflazz.endpoints (member, version, active, state, body) SELECT m.id, 1, true, '', '' FROM eraflazz.members m;
    CREATE TEMPORARY TABLE whose AS SELECT row_number() OVER () AS place, member FROM eraflazz.wallets;
    INSERT INTO eraflazz.orders (id, version, revision, trx_code, member, ref_id, product, destination, state, sell, guard_day, guard_counter, guard_live,
            under_way, created_at, updated_at, next_action_at, body)
        SELECT gen_random_uuid(), 1, 1, 'TRX-' || n, w.member, 'A-' || n, n % 50, '0812' || n, CASE WHEN n % 100 = 0 THEN 'held' ELSE 'succeeded' END, 1, n / 200, 1, true,
            n % 100 = 0, now() - n * interval '1 minute', now(), CASE WHEN n % 100 = 0 THEN now() END, repeat('x', 300)::bytea
        FROM generate_series(1, 20000) AS n JOIN whose AS w ON w.place = 1 + n % 2000;
    INSERT INTO eraflazz.attempts (order_id, no, supplier, supplier_ref, their_ref, sku, target, state, live, open, exclusive, sends, cap, sn, first_sent_at, lease_until, body)
        SELECT o.id, 1, 1, o.trx_code, o.trx_code, 'xld10', o.destination, CASE WHEN o.under_way THEN 'sending' ELSE 'success' END, true, o.under_way, o.under_way, 1, 1,
            o.trx_code, now(), now(), '' FROM eraflazz.orders o;
    INSERT INTO eraflazz.their_refs SELECT 1, o.trx_code, o.id FROM eraflazz.orders o;
    INSERT INTO eraflazz.log (subject, version, at, body) SELECT o.id, 1, now(), '' FROM eraflazz.orders o;
    INSERT INTO eraflazz.transfers (subject, effect, n, line, tx, debit, credit, amount, at, member, balance_before, balance_after)
        SELECT o.id, 'hold', 1, 1, (substr(o.trx_code, 5)::integer / 4 + 3)::text::xid8, 'available:' || o.member, 'held:' || o.member, 1, now(), o.member, 1, 0 FROM eraflazz.orders o;
    INSERT INTO eraflazz.outbox SELECT o.id, o.member, 1, CASE WHEN o.sell > 0 THEN now() END, 0 FROM eraflazz.orders o WHERE o.under_way;
    INSERT INTO eraflazz.inbox (id, supplier, received_at, state, tries, names, body)
        SELECT gen_random_uuid(), 1, now(), CASE n % 3 WHEN 0 THEN 'waiting' WHEN 1 THEN 'orphan' ELSE 'quarantined' END, 0, ARRAY['T-' || n], '' FROM generate_series(1, 3000) AS n;
    INSERT INTO eraflazz.cases SELECT o.id, 1, 'escalated', 1, now(), now() FROM eraflazz.orders o WHERE o.under_way;
    INSERT INTO eraflazz.nonces SELECT 'k', sha256(n::text::bytea), now() FROM generate_series(1, 5000) AS n;
    INSERT INTO eraflazz.batches SELECT gen_random_uuid(), now() FROM generate_series(1, 5000);
    INSERT INTO eraflazz.taken SELECT o.id, 1, now() FROM eraflazz.orders o WHERE o.under_way;
    INSERT INTO eraflazz.inquiries SELECT gen_random_uuid(), w.member, now(), '' FROM eraflazz.wallets w;
    INSERT INTO eraflazz.payments (id, version, member, ref_id, gateway, code, their_ref, method, state, status, amount, taken_back, created_at, next_check_at, awaits, body)
        SELECT gen_random_uuid(), 1, w.member, 'D-' || n, 1, 'D-' || n, 'T-' || n, 'qris', 'pending', CASE n % 9 WHEN 0 THEN 'PENDING' ELSE 'PAID' END, 10000 + n, 0,
            now() - n * interval '1 minute', CASE n % 9 WHEN 0 THEN now() END, n % 9 = 0, '' FROM generate_series(1, 5000) AS n JOIN whose AS w ON w.place = 1 + n % 2000;
    INSERT INTO eraflazz.archives (file, sha256, before, subjects, first, last, rows, bytes)
        SELECT 'f-' || n, sha256(''), '2026-01-01', ARRAY[o.id], o.id, o.id, 1, 1 FROM generate_series(1, 500) AS n, (SELECT id FROM eraflazz.orders LIMIT 1) AS o;
    DROP TABLE whose;
    ANALYZE;";

async fn indexes(conn: &mut PgConnection) -> BTreeSet<String> {
    let names = "SELECT i.indexname::text FROM pg_indexes i WHERE i.schemaname = 'eraflazz'";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(conn).await.unwrap();
    names.into_iter().collect()
}

/// The indexes that the plan of this statement goes by, as a connection of the store plans it.
async fn planned(conn: &mut PgConnection, name: &str, statement: &'static str) -> BTreeSet<String> {
    let prepared = (&mut *conn)
        .prepare(statement.into_sql_str())
        .await
        .unwrap();
    let count = match prepared.parameters() {
        Some(sqlx::Either::Left(types)) => types.len(),
        Some(sqlx::Either::Right(count)) => count,
        None => 0,
    };
    let nulls = match count {
        0 => String::new(),
        count => format!("({})", vec!["NULL"; count].join(", ")),
    };
    let explain = format!(
        "PREPARE many_{name} AS {statement}; EXPLAIN (COSTS OFF) EXECUTE many_{name}{nulls}"
    );
    let plan = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(conn).await;
    let plan = plan.unwrap_or_else(|error| panic!("{name}: {error}"));
    let lines = plan.iter().map(|line| line.get::<String, _>(0));
    let named = lines.filter_map(|line| {
        let before = [" using ", "Index Scan on ", "Arbiter Indexes: "];
        let (_, rest) = before.iter().find_map(|words| line.split_once(words))?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        Some(rest[..end.unwrap_or(rest.len())].to_owned())
    });
    named.collect()
}

#[test]
fn each_statement_finds_its_own_index_among_many_rows() {
    conformance::run(async {
        let url = of_many_days().await;
        let mut conn = PgConnection::connect(&url).await.unwrap();
        for (setting, value) in sql::SESSION {
            let set = sqlx::raw_sql(AssertSqlSafe(format!("SET {setting} = '{value}'")));
            set.execute(&mut conn).await.unwrap();
        }
        let listed: BTreeMap<&str, BTreeSet<&str>> = FOUND_BY
            .iter()
            .map(|(name, by)| (*name, by.iter().copied().collect()))
            .collect();
        for &(name, statement) in sql::ALL {
            // What is no query has no plan.
            if ["BEGIN ", "SET ", "LOCK "]
                .iter()
                .any(|word| statement.starts_with(word))
            {
                continue;
            }
            let found = planned(&mut conn, name, statement).await;
            let Some(by) = listed.get(name) else {
                assert_eq!(found, BTreeSet::new(), "{name} is to be listed");
                continue;
            };
            for index in by {
                assert!(
                    found.contains(*index),
                    "{name} passes {index} by: {found:?}"
                );
            }
        }
        let others = OTHERS.iter().map(|(name, _)| *name);
        let accounted: BTreeSet<String> = listed
            .into_values()
            .flatten()
            .chain(others)
            .map(str::to_owned)
            .collect();
        assert_eq!(indexes(&mut conn).await, accounted);
    });
}

/// How often each index was gone by, and each table read through.
async fn counted(conn: &mut PgConnection) -> BTreeMap<String, i64> {
    let counts = "SELECT s.indexrelname::text, s.idx_scan FROM pg_stat_user_indexes s WHERE s.schemaname = 'eraflazz'
        UNION ALL SELECT 'through ' || t.relname, t.seq_scan FROM pg_stat_user_tables t WHERE t.schemaname = 'eraflazz'";
    let counts: Vec<(String, i64)> = sqlx::query_as(counts).fetch_all(conn).await.unwrap();
    counts.into_iter().collect()
}

/// The same, once nobody else is connected: whoever leaves says what it has done.
async fn counted_alone(conn: &mut PgConnection) -> BTreeMap<String, i64> {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let there: i64 = sqlx::query_scalar(others)
            .fetch_one(&mut *conn)
            .await
            .unwrap();
        if there == 0 {
            return counted(conn).await;
        }
        assert!(Instant::now() < deadline, "{there} others are connected");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An order from its hold to its end, a callback, a deposit, and what is looked up of them.
async fn a_day(store: &PostgresStore) {
    let budi = member(store, "budi", 10_000).await;
    let guarded = Order {
        guard: Some(Guard {
            day: NOW.business_day(),
            counter: 1,
            live: true,
        }),
        ..order(budi, 1_000)
    };
    let nonces = vec![Nonce {
        key: "ek_test_1".parse().unwrap(),
        nonce: "once".to_owned(),
    }];
    let unit = Changes {
        nonces,
        ..accept(&guarded)
    };
    done(store, unit).await;
    let found = store.by_ref(budi, &guarded.ref_id).await.unwrap();
    let held = found.unwrap().order;
    let sent = send(&held, held.destination.as_str(), true);
    done(store, sent.clone()).await;
    let row = callback();
    store.put_inbox(row.clone()).await.unwrap();
    let settled = Changes {
        inbox_done: vec![row.id],
        ..settle(&sent, Some("SN-1"))
    };
    done(store, settled).await;
    let our_ref = &sent.attempts[0].supplier_ref;
    assert!(
        store
            .by_supplier_ref(SUPPLIER, our_ref)
            .await
            .unwrap()
            .is_some()
    );
    assert!(store.by_trx_code(&held.trx_code).await.unwrap().is_some());
    let deposit = asked(budi, 1);
    let opening = PaymentWrite {
        payment: deposit.clone(),
        replaces: None,
    };
    let opening = Changes {
        payments: vec![opening],
        ..Changes::at(NOW)
    };
    done(store, opening).await;
    done(store, paid(&deposit, "T-0", 50_000, BookedTo::Member)).await;
    assert!(store.fold().await.unwrap());
    assert_eq!(store.take_due(NOW, 0).await.unwrap(), []);
}

/// What the store sends is several statements in one: the plans of the parts say little about the whole. So the server counts.
#[test]
fn what_is_sent_goes_by_the_indexes_and_reads_no_table_through() {
    conformance::run(async {
        let url = of_many_days().await;
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let before = counted_alone(&mut conn).await;
        let store = open(&url).await;
        shelves(&store).await;
        a_day(&store).await;
        drop(store);
        let after = counted_alone(&mut conn).await;
        let times = |what: &str| after[what] - before[what];
        for index in [
            "orders_pkey",
            "orders_member_ref",
            "orders_trx_code",
            "orders_guard",
            "attempts_pkey",
            "attempts_supplier_ref",
            "attempts_exclusive",
            "their_refs_pkey",
            "wallets_pkey",
            "transfers_pkey",
            "transfers_in_order",
            "inbox_pkey",
            "nonces_pkey",
            "payments_pkey",
            "payments_code",
            "payments_their_ref",
        ] {
            assert!(times(index) > 0, "nothing was found by {index}");
        }
        // One row each.
        let small = [
            "through catalog",
            "through fold_marks",
            "through migrations",
        ];
        let tables = after.keys().filter(|what| what.starts_with("through "));
        for table in tables.filter(|table| !small.contains(&table.as_str())) {
            assert_eq!(times(table), 0, "{table}");
        }
    });
}
