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
        let (unique, check, append_only) = ("23505", "23514", "23001");
        for (statement, code, constraint) in [
            // INV-2: history stays.
            ("UPDATE eraflazz.transfers SET amount = 1", append_only, "transfers_append_only"),
            ("DELETE FROM eraflazz.transfers", append_only, "transfers_append_only"),
            ("TRUNCATE eraflazz.transfers", append_only, "transfers_append_only"),
            ("UPDATE eraflazz.log SET version = 9", append_only, "log_append_only"),
            ("DELETE FROM eraflazz.log", append_only, "log_append_only"),
            ("TRUNCATE eraflazz.log", append_only, "log_append_only"),
            // INV-4: floors.
            ("UPDATE eraflazz.wallets SET available = -0.01", check, "wallets_floor"),
            ("UPDATE eraflazz.wallets SET held = -0.01", check, "wallets_held"),
            ("UPDATE eraflazz.wallets SET receivable = -1", check, "wallets_receivable"),
            ("UPDATE eraflazz.wallets SET credit_limit = -1", check, "wallets_credit_limit"),
            ("UPDATE eraflazz.wallets SET available = 'NaN'", check, "wallets_range"),
            ("UPDATE eraflazz.wallets SET held = 92233720368547758.08", check, "wallets_range"),
            // INV-5: what one order can cost.
            ("UPDATE eraflazz.orders SET sell = -10", check, "orders_sell"),
            ("UPDATE eraflazz.orders SET sell = 'NaN'", check, "orders_sell"),
            ("UPDATE eraflazz.attempts SET cap = -5", check, "attempts_cap"),
            ("UPDATE eraflazz.attempts SET cap = 1000000000000.01", check, "attempts_cap"),
            // INV-1, INV-5, INV-6: two accounts, an amount, once.
            (
                "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
                 SELECT subject, effect, n, line, debit, credit, amount, at FROM eraflazz.transfers LIMIT 1",
                unique,
                "transfers_pkey",
            ),
            (
                "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
                 SELECT subject, effect, 9, line, debit, debit, amount, at FROM eraflazz.transfers LIMIT 1",
                check,
                "transfers_two_accounts",
            ),
            (
                "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
                 SELECT subject, effect, 9, line, debit, credit, 0, at FROM eraflazz.transfers LIMIT 1",
                check,
                "transfers_amount",
            ),
            (
                "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, member, balance_before, balance_after)
                 SELECT subject, effect, 9, line, debit, credit, 5, at, subject, 5, 11 FROM eraflazz.transfers LIMIT 1",
                check,
                "transfers_balance",
            ),
            (
                "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, member)
                 SELECT subject, effect, 9, line, debit, credit, 5, at, subject FROM eraflazz.transfers LIMIT 1",
                check,
                "transfers_balance",
            ),
            (
                "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, balance_before, balance_after)
                 SELECT subject, effect, 9, line, debit, credit, 5, at, 5, 10 FROM eraflazz.transfers LIMIT 1",
                check,
                "transfers_balance",
            ),
            // INV-7: captured or released, once.
            (
                "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
                 SELECT o.id, e.effect, 1, 1, 'held:x', 'revenue', 5, now() FROM (SELECT id FROM eraflazz.orders LIMIT 1) o, (VALUES ('capture'), ('release')) e (effect)",
                unique,
                "transfers_settled",
            ),
            // INV-18, INV-19 and the code.
            (
                "UPDATE eraflazz.orders o SET ref_id = p.ref_id FROM (SELECT * FROM eraflazz.orders ORDER BY id LIMIT 1) p WHERE o.id <> p.id",
                unique,
                "orders_member_ref",
            ),
            (
                "UPDATE eraflazz.orders o SET trx_code = p.trx_code FROM (SELECT * FROM eraflazz.orders ORDER BY id LIMIT 1) p WHERE o.id <> p.id",
                unique,
                "orders_trx_code",
            ),
            (
                "UPDATE eraflazz.orders o SET guard_day = p.guard_day, guard_counter = p.guard_counter, guard_live = true, destination = p.destination
                 FROM (SELECT * FROM eraflazz.orders WHERE guard_live) p WHERE o.id <> p.id",
                unique,
                "orders_guard",
            ),
            (
                "UPDATE eraflazz.orders SET guard_day = NULL WHERE guard_live",
                check,
                "orders_guard_whole",
            ),
            (
                "UPDATE eraflazz.orders SET state = 'returned' WHERE guard_live",
                check,
                "orders_guard_lives",
            ),
            // INV-10, INV-11.
            ("UPDATE eraflazz.attempts SET live = false, open = false, exclusive = false", check, "attempts_live_is_state"),
            ("UPDATE eraflazz.attempts SET open = false, exclusive = false", check, "attempts_open_is_state"),
            ("UPDATE eraflazz.attempts SET state = 'not_sent', live = false, open = false", check, "attempts_exclusive_is_open"),
            (
                "INSERT INTO eraflazz.attempts (order_id, no, supplier, supplier_ref, sku, target, state, live, open, exclusive, sends, cap, first_sent_at, lease_until, body)
                 SELECT order_id, 2, supplier, 'X', sku, target, state, true, open, false, sends, cap, first_sent_at, lease_until, body FROM eraflazz.attempts LIMIT 1",
                unique,
                "attempts_live",
            ),
            (
                "UPDATE eraflazz.attempts SET supplier_ref = 'X'",
                unique,
                "attempts_supplier_ref",
            ),
            // The supplier's own id is one order's for ever.
            ("INSERT INTO eraflazz.their_refs (supplier, their_ref, order_id) SELECT 0, 'T-1', id FROM eraflazz.orders LIMIT 2", unique, "their_refs_pkey"),
            (
                "UPDATE eraflazz.attempts SET target = '0812'",
                unique,
                "attempts_exclusive",
            ),
        ] {
            let refused = refusal(&mut conn, statement).await;
            assert_eq!(refused, (code.to_owned(), constraint.to_owned()), "{statement}");
        }
    });
}
