//! The second wall: what the rule would never write, the database refuses by the name of the constraint, whoever tries.

use sqlx::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use eraflazz_core::ledger::rules;

use crate::world::{
    BANK, accept, accepted, database, done, member, money, open, order, rupiah, send, shelves,
};

/// What the database answers to a statement of somebody who means harm.
async fn refusal(conn: &mut PgConnection, statement: &str) -> (String, String) {
    let tried = sqlx::query(AssertSqlSafe(statement)).execute(conn).await;
    let error = tried.expect_err(statement);
    let error = error.into_database_error().unwrap();
    let constraint = error.constraint().unwrap_or_default().to_owned();
    (error.code().unwrap_or_default().into_owned(), constraint)
}

const UNIQUE: &str = "23505";
const CHECK: &str = "23514";
const APPEND_ONLY: &str = "23001";

/// What somebody who means harm writes, and how it is refused: the code, and the name of the wall.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    // INV-2: history stays.
    ("UPDATE eraflazz.transfers SET amount = 1", APPEND_ONLY, "transfers_append_only"),
    ("DELETE FROM eraflazz.transfers", APPEND_ONLY, "transfers_append_only"),
    ("TRUNCATE eraflazz.transfers", APPEND_ONLY, "transfers_append_only"),
    ("UPDATE eraflazz.log SET version = 9", APPEND_ONLY, "log_append_only"),
    ("DELETE FROM eraflazz.log", APPEND_ONLY, "log_append_only"),
    ("TRUNCATE eraflazz.log", APPEND_ONLY, "log_append_only"),
    // INV-4: floors.
    ("UPDATE eraflazz.wallets SET available = -0.01", CHECK, "wallets_floor"),
    ("UPDATE eraflazz.wallets SET held = -0.01", CHECK, "wallets_held"),
    ("UPDATE eraflazz.wallets SET receivable = -1", CHECK, "wallets_receivable"),
    ("UPDATE eraflazz.wallets SET credit_limit = -1", CHECK, "wallets_credit_limit"),
    ("UPDATE eraflazz.wallets SET available = 'NaN'", CHECK, "wallets_range"),
    ("UPDATE eraflazz.wallets SET held = 92233720368547758.08", CHECK, "wallets_range"),
    // INV-5: what one order can cost.
    ("UPDATE eraflazz.orders SET sell = -10", CHECK, "orders_sell"),
    ("UPDATE eraflazz.orders SET sell = 'NaN'", CHECK, "orders_sell"),
    // INV-7: what goes back of it.
    ("UPDATE eraflazz.orders SET refunded = -0.01", CHECK, "orders_sell_refunded"),
    ("UPDATE eraflazz.orders SET refunded = sell + 0.01", CHECK, "orders_sell_refunded"),
    ("UPDATE eraflazz.attempts SET cap = -5", CHECK, "attempts_cap"),
    ("UPDATE eraflazz.attempts SET cap = 1000000000000.01", CHECK, "attempts_cap"),
    // INV-1, INV-5, INV-6: two accounts, an amount, once.
    (
        "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
         SELECT subject, effect, n, line, debit, credit, amount, at FROM eraflazz.transfers LIMIT 1",
        UNIQUE,
        "transfers_pkey",
    ),
    (
        "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
         SELECT subject, effect, 9, line, debit, debit, amount, at FROM eraflazz.transfers LIMIT 1",
        CHECK,
        "transfers_two_accounts",
    ),
    (
        "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
         SELECT subject, effect, 9, line, debit, credit, 0, at FROM eraflazz.transfers LIMIT 1",
        CHECK,
        "transfers_amount",
    ),
    (
        "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, member, balance_before, balance_after)
         SELECT subject, effect, 9, line, debit, credit, 5, at, subject, 5, 11 FROM eraflazz.transfers LIMIT 1",
        CHECK,
        "transfers_balance",
    ),
    (
        "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, member)
         SELECT subject, effect, 9, line, debit, credit, 5, at, subject FROM eraflazz.transfers LIMIT 1",
        CHECK,
        "transfers_balance",
    ),
    (
        "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, balance_before, balance_after)
         SELECT subject, effect, 9, line, debit, credit, 5, at, 5, 10 FROM eraflazz.transfers LIMIT 1",
        CHECK,
        "transfers_balance",
    ),
    // INV-7: captured or released, once.
    (
        "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
         SELECT o.id, e.effect, 1, 1, 'held:x', 'revenue', 5, now() FROM (SELECT id FROM eraflazz.orders LIMIT 1) o, (VALUES ('capture'), ('release')) e (effect)",
        UNIQUE,
        "transfers_settled",
    ),
    // INV-18, INV-19 and the code.
    (
        "UPDATE eraflazz.orders o SET ref_id = p.ref_id FROM (SELECT * FROM eraflazz.orders ORDER BY id LIMIT 1) p WHERE o.id <> p.id",
        UNIQUE,
        "orders_member_ref",
    ),
    (
        "UPDATE eraflazz.orders o SET trx_code = p.trx_code FROM (SELECT * FROM eraflazz.orders ORDER BY id LIMIT 1) p WHERE o.id <> p.id",
        UNIQUE,
        "orders_trx_code",
    ),
    (
        "UPDATE eraflazz.orders o SET guard_day = p.guard_day, guard_counter = p.guard_counter, guard_live = true, destination = p.destination
         FROM (SELECT * FROM eraflazz.orders WHERE guard_live) p WHERE o.id <> p.id",
        UNIQUE,
        "orders_guard",
    ),
    (
        "UPDATE eraflazz.orders SET guard_day = NULL WHERE guard_live",
        CHECK,
        "orders_guard_whole",
    ),
    (
        "UPDATE eraflazz.orders SET state = 'returned' WHERE guard_live",
        CHECK,
        "orders_guard_lives",
    ),
    // INV-10, INV-11.
    ("UPDATE eraflazz.attempts SET live = false, open = false, exclusive = false", CHECK, "attempts_live_is_state"),
    ("UPDATE eraflazz.attempts SET open = false, exclusive = false", CHECK, "attempts_open_is_state"),
    ("UPDATE eraflazz.attempts SET state = 'not_sent', live = false, open = false", CHECK, "attempts_exclusive_is_open"),
    (
        "INSERT INTO eraflazz.attempts (order_id, no, supplier, supplier_ref, sku, target, state, live, open, exclusive, sends, cap, first_sent_at, lease_until, body)
         SELECT order_id, 2, supplier, 'X', sku, target, state, true, open, false, sends, cap, first_sent_at, lease_until, body FROM eraflazz.attempts LIMIT 1",
        UNIQUE,
        "attempts_live",
    ),
    (
        "UPDATE eraflazz.attempts SET supplier_ref = 'X'",
        UNIQUE,
        "attempts_supplier_ref",
    ),
    // The supplier's own id is one order's for ever.
    ("INSERT INTO eraflazz.their_refs (supplier, their_ref, order_id) SELECT 0, 'T-1', id FROM eraflazz.orders LIMIT 2", UNIQUE, "their_refs_pkey"),
    (
        "UPDATE eraflazz.attempts SET target = '0812'",
        UNIQUE,
        "attempts_exclusive",
    ),
    // INV-5, INV-22 and INV-23 of deposits: an amount, a reference of the member's, one of ours and one of theirs, an exact amount that is awaited.
    ("UPDATE eraflazz.payments SET version = 0", CHECK, "payments_version"),
    ("UPDATE eraflazz.payments SET amount = 0", CHECK, "payments_amount"),
    ("UPDATE eraflazz.payments SET taken_back = -1", CHECK, "payments_taken_back"),
    ("UPDATE eraflazz.payments SET taken_back = 1", CHECK, "payments_taken_back"),
    ("UPDATE eraflazz.payments SET booked = 5", CHECK, "payments_booked_is_theirs"),
    ("UPDATE eraflazz.payments SET ref_id = 'D-1'", UNIQUE, "payments_member_ref"),
    ("UPDATE eraflazz.payments SET code = 'E0A1B2C3D4E5F6G7H8JZ'", UNIQUE, "payments_code"),
    ("UPDATE eraflazz.payments SET their_ref = 'T-1'", UNIQUE, "payments_their_ref"),
    ("UPDATE eraflazz.payments SET awaits = true", UNIQUE, "payments_awaiting"),
];

/// Two deposits of one member at one gateway, of the same amount. What is in them nobody reads.
const DEPOSITS: &str = "INSERT INTO eraflazz.payments
        (id, version, member, ref_id, gateway, code, method, state, status, amount, taken_back, created_at, awaits, body)
    SELECT gen_random_uuid(), 1, w.member, 'A-' || n, 1, 'C-' || n, 'qris', 'pending', 'PENDING', 50000, 0, now(), false, ''
    FROM generate_series(1, 2) AS n, (SELECT member FROM eraflazz.wallets LIMIT 1) AS w";

#[test]
fn what_the_law_forbids_the_database_refuses() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        let guarded = eraflazz_core::order::Order {
            guard: Some(eraflazz_core::order::Guard {
                day: crate::world::NOW.business_day(),
                counter: 1,
                live: true,
            }),
            ..order(budi, 1_000)
        };
        done(&store, accept(&guarded)).await;
        for _ in 0..2 {
            let order = accepted(&store, budi, 1_000).await;
            done(&store, send(&order, order.destination.as_str(), true)).await;
        }
        done(
            &store,
            money(|subject| rules::deposit(subject, budi, BANK, rupiah(7))),
        )
        .await;
        let mut conn = PgConnection::connect(&url).await.unwrap();
        sqlx::query(DEPOSITS).execute(&mut conn).await.unwrap();
        for &(statement, code, constraint) in FORBIDDEN {
            let refused = refusal(&mut conn, statement).await;
            assert_eq!(
                refused,
                (code.to_owned(), constraint.to_owned()),
                "{statement}"
            );
        }
    });
}
