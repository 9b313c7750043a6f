//! Who may do what: a server has every right that it needs, and none to rewrite history; whoever makes reports reads the views.

use std::sync::Arc;
use std::time::{Duration, Instant};

use conformance::Books;
use eraflazz_core::ids::Epoch;
use eraflazz_core::ports::{Duty, Ledger, Store};
use eraflazz_store_postgres::{
    ArchiveError, OpenError, Part, PostgresClock, PostgresDuty, PostgresStore, Works,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::world::{REPORT_ROLE, SERVER_ROLE, database, ended, member, of_role, open, shelves};

/// A store as a server has it.
async fn as_server() -> Arc<dyn Books> {
    open(&of_role(&database(), SERVER_ROLE)).await
}

/// Everything that is promised of a store, with a server's rights.
mod server {
    use super::as_server;

    conformance::store_suite!(as_server);
}

/// What the database answers to a statement.
async fn answered(conn: &mut PgConnection, statement: &str) -> String {
    match sqlx::query(AssertSqlSafe(statement)).execute(conn).await {
        Ok(_) => "done".to_owned(),
        Err(error) => {
            let error = error.into_database_error().unwrap();
            error.code().unwrap_or_default().into_owned()
        }
    }
}

#[test]
fn a_server_has_every_right_that_it_needs() {
    conformance::run(async {
        let url = of_role(&database(), SERVER_ROLE);
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        let order = ended(&store, budi, Some("SN-1")).await;
        assert_eq!(store.log(order.order.id.into()).await.unwrap().len(), 2);
        assert!(store.fold().await.unwrap());
        assert_eq!(store.epoch().await.unwrap().number(), 0);
        let clock = PostgresClock::start(&store).await.unwrap();
        let now = eraflazz_core::ports::Clock::now(&clock);
        assert!(store.take_due(now, 9).await.unwrap().is_empty());
        let duty = PostgresDuty::start(&store, Works::Here);
        let deadline = Instant::now() + Duration::from_secs(20);
        while !duty.is_ours() {
            assert!(Instant::now() < deadline, "a server is never on duty");
            tokio::task::yield_now().await;
        }
        assert_eq!(store.verify_wallets().await.unwrap(), []);
        assert!(store.trial_balance(0, 99).await.unwrap().is_some());
    });
}

#[test]
fn inv_02_a_server_cannot_rewrite_history() {
    conformance::run(async {
        let owner = database();
        let url = of_role(&owner, SERVER_ROLE);
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        ended(&store, budi, Some("SN-1")).await;
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let denied = "42501";
        for statement in [
            // What was booked, heard and spent.
            "UPDATE eraflazz.transfers SET amount = 1",
            "DELETE FROM eraflazz.transfers",
            "TRUNCATE eraflazz.transfers",
            "UPDATE eraflazz.log SET version = 9",
            "DELETE FROM eraflazz.log",
            "DELETE FROM eraflazz.their_refs",
            "UPDATE eraflazz.their_refs SET order_id = gen_random_uuid()",
            "DELETE FROM eraflazz.nonces",
            "DELETE FROM eraflazz.wallets",
            // What an order is, and that it is.
            "DELETE FROM eraflazz.orders",
            "UPDATE eraflazz.orders SET ref_id = 'X'",
            "UPDATE eraflazz.orders SET member = gen_random_uuid()",
            "UPDATE eraflazz.orders SET sell = 1",
            "UPDATE eraflazz.orders SET created_at = now()",
            "DELETE FROM eraflazz.attempts",
            "UPDATE eraflazz.attempts SET supplier_ref = 'X'",
            "UPDATE eraflazz.attempts SET cap = 1",
            "DELETE FROM eraflazz.members",
            "DELETE FROM eraflazz.keys",
            // What only the owner does.
            "INSERT INTO eraflazz.archives (file, sha256, before, subjects, first, last, rows, bytes) SELECT 'x', sha256(''), now(), '{}', id, id, 1, 1 FROM eraflazz.orders",
            "UPDATE eraflazz.epoch SET epoch = 1",
            "INSERT INTO eraflazz.roles VALUES (current_user, 'server')",
            "SELECT eraflazz.grant_all()",
            "SELECT eraflazz.settle_in()",
            "CREATE TABLE eraflazz.mine ()",
            "CREATE SCHEMA mine",
            "ALTER TABLE eraflazz.log DISABLE TRIGGER ALL",
            "DROP TRIGGER log_leaves ON eraflazz.log",
            "CREATE OR REPLACE FUNCTION eraflazz.append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "DROP TABLE eraflazz.log",
            "DELETE FROM eraflazz.migrations",
            "SELECT * FROM eraflazz_report.transactions",
        ] {
            assert_eq!(answered(&mut conn, statement).await, denied, "{statement}");
        }
        let (from, to) = (store.epoch().await.unwrap(), Epoch::new(1).unwrap());
        let not_raised = store.raise_epoch(from, to).await.unwrap_err();
        let named = not_raised.why.contains("no UPDATE on eraflazz.epoch");
        assert!(named && !not_raised.may_have_committed, "{not_raised:?}");
        let place = std::env::temp_dir().join(format!("eraflazz-roles-{}", std::process::id()));
        let month = "2026-02".parse().unwrap();
        let moved = PostgresStore::archive(&url, &place, month).await;
        assert!(matches!(moved, Err(ArchiveError::Database(_))), "{moved:?}");
        assert!(PostgresStore::archive(&owner, &place, month).await.is_ok());
        std::fs::remove_dir_all(&place).unwrap();
    });
}

#[test]
fn who_makes_reports_reads_the_views_and_nothing_else() {
    conformance::run(async {
        let url = database();
        let mut conn = PgConnection::connect(&of_role(&url, REPORT_ROLE)).await;
        let conn = conn.as_mut().unwrap();
        for view in [
            "users",
            "suppliers",
            "products",
            "product_categories",
            "product_mappings",
            "transactions",
            "mutations",
            "transaction_logs",
            "archives",
            "payment_callbacks",
            "notifications",
        ] {
            let read = format!("SELECT * FROM eraflazz_report.{view}");
            assert_eq!(answered(conn, &read).await, "done", "{view}");
            let write = format!("DELETE FROM eraflazz_report.{view}");
            assert_ne!(answered(conn, &write).await, "done", "{view}");
        }
        for table in ["orders", "log", "keys", "transfers", "members", "endpoints"] {
            let read = format!("SELECT * FROM eraflazz.{table}");
            assert_eq!(answered(conn, &read).await, "42501", "{table}");
        }
    });
}

#[test]
fn a_part_is_kept_with_every_migration_and_given_to_nobody_unknown() {
    conformance::run(async {
        let url = database();
        let mut owner = PgConnection::connect(&url).await.unwrap();
        let take = format!("REVOKE SELECT ON eraflazz.orders FROM {SERVER_ROLE}");
        assert_eq!(answered(&mut owner, &take).await, "done");
        // And what was given by hand goes.
        let give = format!("GRANT DELETE ON eraflazz.orders TO {SERVER_ROLE}");
        assert_eq!(answered(&mut owner, &give).await, "done");
        PostgresStore::migrate(&url).await.unwrap();
        let mut server = PgConnection::connect(&of_role(&url, SERVER_ROLE)).await;
        let server = server.as_mut().unwrap();
        assert_eq!(
            answered(server, "SELECT FROM eraflazz.orders").await,
            "done"
        );
        assert_eq!(
            answered(server, "DELETE FROM eraflazz.orders").await,
            "42501"
        );
        let unknown = [("nobody_of_this_name".to_owned(), Part::Server)];
        let refused = PostgresStore::grant(&url, &unknown).await.unwrap_err();
        assert!(matches!(refused, OpenError::Grants(_)), "{refused}");
        assert!(refused.to_string().contains("nobody_of_this_name"));
        PostgresStore::migrate(&url).await.unwrap();
    });
}
