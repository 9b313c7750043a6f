//! What this store does beside the promises of every store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use conformance::SampleVault;
use conformance::servers::Postgres;
use eraflazz_core::catalog::CatalogChange;
use eraflazz_core::ids::ProductId;
use eraflazz_core::ledger::{Account, Recount, rules};
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Scope, Scopes};
use eraflazz_core::ports::{Catalog, InboxRow, Ledger, Members, Store};
use eraflazz_store_postgres::{OpenError, PostgresStore, StoreSettings, sql};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::world::{
    BANK, SUPPLIER, callback, database, done, member, money, open, rupiah, shelves,
};

#[test]
fn a_schema_is_migrated_once_and_an_empty_database_is_refused() {
    conformance::run(async {
        let url = Postgres::shared().database();
        let open = async || {
            let opened = PostgresStore::open(&url, Arc::new(SampleVault), StoreSettings::default());
            opened.await
        };
        let found = open().await;
        assert!(
            matches!(found, Err(OpenError::Schema { found: None, .. })),
            "{found:?}"
        );
        let all = [PostgresStore::migrate(&url), PostgresStore::migrate(&url)];
        let [first, second] = all;
        let (first, second) = tokio::join!(first, second);
        first.unwrap();
        second.unwrap();
        open().await.unwrap().takes_writes().await.unwrap();
    });
}

/// As a standby is, and a database that its operator has closed: a server over it says that it is not ready.
#[test]
fn a_database_that_may_only_be_read_takes_no_writes_and_says_so() {
    conformance::run(async {
        let url = database();
        Postgres::shared().run_in(
            &url,
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
        );
        let refused = open(&url).await.takes_writes().await.unwrap_err();
        assert_eq!(refused.why, "the database is read-only");
    });
}

/// While the synchronous standby is away nothing is acknowledged, callbacks among it; nobody waits for ever, and whoever only reads does not wait at all. Once it is back, or
/// taken out, what waited is there.
#[test]
fn a_callback_waits_for_no_standby_for_ever_and_reads_do_not_wait() {
    conformance::run(async {
        let server = Postgres::start();
        let url = server.database();
        PostgresStore::migrate(&url).await.unwrap();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        server.run_in(
            &url,
            "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (nobody)'",
        );
        server.run_in(&url, "SELECT pg_reload_conf()");
        // Each backend hears of it at its next statement; the first write that waits shows that it has.
        let deadline = Instant::now() + Duration::from_secs(20);
        while store.put_inbox(callback()).await.is_ok() {
            assert!(Instant::now() < deadline, "the server never waits");
        }
        let rows: Vec<InboxRow> = (0..12).map(|_| callback()).collect();
        let began = Instant::now();
        let put = |row: &InboxRow| {
            let (store, row) = (Arc::clone(&store), row.clone());
            tokio::spawn(async move { store.put_inbox(row).await })
        };
        let puts: Vec<_> = rows.iter().map(put).collect();
        for _ in 0..20 {
            store.wallet(budi).await.unwrap().unwrap();
        }
        let read_in = began.elapsed();
        assert!(read_in < Duration::from_secs(3), "{read_in:?}");
        for put in puts {
            assert!(put.await.unwrap().unwrap_err().may_have_committed);
        }
        assert!(began.elapsed() < Duration::from_secs(10));
        server.run_in(&url, "ALTER SYSTEM RESET synchronous_standby_names");
        server.run_in(&url, "SELECT pg_reload_conf()");
        for row in &rows {
            store.put_inbox(row.clone()).await.unwrap();
            store.inbox(row.id).await.unwrap().unwrap();
        }
    });
}

/// By notification. Each is made once the one before was seen, so whoever only looks every five seconds would need thirty for the six.
#[test]
fn d_08_a_change_of_the_catalog_reaches_every_process() {
    conformance::run(async {
        let url = database();
        let (here, there) = (open(&url).await, open(&url).await);
        shelves(&here).await;
        let deadline = Instant::now() + Duration::from_secs(20);
        for price in 771..=776 {
            let change = CatalogChange::SetBasePrice {
                product: ProductId(0),
                base_price: rupiah(price),
            };
            let changed = here.change(vec![change]).await.unwrap();
            assert_eq!(here.snapshot().await.unwrap(), changed);
            while there.snapshot().await.unwrap() != changed {
                assert!(Instant::now() < deadline, "the other process never heard");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
}

/// Of a notification that got lost nobody hears; the version is looked for all the same.
#[test]
fn d_08_a_change_of_the_catalog_that_was_not_told_is_found() {
    conformance::run(async {
        let url = database();
        let (store, other) = (open(&url).await, open(&url).await);
        shelves(&other).await;
        // It listens, and has looked for the first time: what comes now it has to be told, or to look for again.
        let deadline = Instant::now() + Duration::from_secs(30);
        let told = other.snapshot().await.unwrap().version();
        while store.snapshot().await.unwrap().version() != told {
            assert!(Instant::now() < deadline, "it never heard");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let change = CatalogChange::SetBasePrice {
            product: ProductId(0),
            base_price: rupiah(771),
        };
        let before = other.change(vec![change]).await.unwrap().version();
        while store.snapshot().await.unwrap().version() != before {
            assert!(Instant::now() < deadline, "it never heard");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let untold = "UPDATE eraflazz.catalog SET version = version + 1";
        Postgres::shared().run_in(&url, untold);
        let deadline = Instant::now() + Duration::from_secs(30);
        while store.snapshot().await.unwrap().version() != before + 1 {
            assert!(Instant::now() < deadline, "nobody looked");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

#[test]
fn inv_01_folding_changes_no_balance() {
    conformance::run(async {
        let store = open(&database()).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        let float = |amount| money(|subject| rules::float(subject, SUPPLIER, BANK, rupiah(amount)));
        let balances = async || {
            let bank = store.balance(Account::Bank(BANK)).await.unwrap();
            let prepaid = store.balance(Account::Prepaid(SUPPLIER)).await.unwrap();
            let books = store.trial_balance(0, 1_000).await.unwrap().unwrap();
            (bank, prepaid, books.houses)
        };
        done(&store, float(4_000)).await;
        let before = balances().await;
        assert_eq!((before.0, before.1), (rupiah(6_000), rupiah(4_000)));
        for _repeated in 0..3 {
            assert!(store.fold().await.unwrap());
            assert_eq!(balances().await, before);
        }
        done(&store, float(1_000)).await;
        let (bank, prepaid, _) = balances().await;
        assert_eq!((bank, prepaid), (rupiah(5_000), rupiah(5_000)));
        assert!(store.fold().await.unwrap());
        assert_eq!(balances().await.0, rupiah(5_000));
        let wallet = store.balance(Account::Available(budi)).await.unwrap();
        assert_eq!(wallet, rupiah(10_000), "a wallet is not folded");
    });
}

/// Of two folders one may have looked how far it can go before the other went further.
#[test]
fn inv_03_a_folder_that_looked_before_another_one_folded_counts_nothing_twice() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        member(&store, "budi", 10_000).await;
        let float = || money(|subject| rules::float(subject, SUPPLIER, BANK, rupiah(1_000)));
        let mut slow = PgConnection::connect(&url).await.unwrap();
        let looked = sqlx::query_scalar(sql::FOLD_LOCK).fetch_one(&mut slow);
        let through: String = looked.await.unwrap();
        done(&store, float()).await;
        assert!(store.fold().await.unwrap());
        let prepaid = || store.balance(Account::Prepaid(SUPPLIER));
        let before = prepaid().await.unwrap();
        for statement in [sql::FOLD, sql::FOLD_WALLETS, sql::FOLD_MARK] {
            let goes_on = sqlx::query(statement).bind(&through).execute(&mut slow);
            goes_on.await.unwrap();
        }
        assert_eq!(prepaid().await.unwrap(), before);
        assert!(store.fold().await.unwrap());
        assert_eq!(prepaid().await.unwrap(), before);
        assert_eq!(store.verify_wallets().await.unwrap(), []);
    });
}

/// Ids of transactions are given out in order, but end in any: what began before a fold and ends after it is counted by the next one, and until then beside the fold.
#[test]
fn inv_03_what_began_before_a_fold_and_commits_after_it_is_not_lost() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        member(&store, "budi", 10_000).await;
        let float = || money(|subject| rules::float(subject, SUPPLIER, BANK, rupiah(1_000)));
        done(&store, float()).await;
        let prepaid = async || store.balance(Account::Prepaid(SUPPLIER)).await.unwrap();
        let mut slow = PgConnection::connect(&url).await.unwrap();
        let mut early = slow.begin().await.unwrap();
        let booked = "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
            SELECT gen_random_uuid(), effect, n, line, debit, credit, amount, at FROM eraflazz.transfers WHERE debit LIKE 'prepaid:%' LIMIT 1";
        sqlx::query(booked).execute(&mut *early).await.unwrap();
        done(&store, float()).await;
        for _repeated in 0..2 {
            assert!(store.fold().await.unwrap());
            assert_eq!(prepaid().await, rupiah(2_000));
        }
        early.commit().await.unwrap();
        for _repeated in 0..3 {
            assert_eq!(prepaid().await, rupiah(3_000));
            assert!(store.fold().await.unwrap());
        }
    });
}

/// A logical copy brings ids of transactions from a future of its new cluster: what is booked there would be counted for no account of the house.
#[test]
fn inv_03_a_logical_copy_counts_from_the_beginning_once_it_is_migrated() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        let float = || money(|subject| rules::float(subject, SUPPLIER, BANK, rupiah(1_000)));
        done(&store, float()).await;
        assert!(store.fold().await.unwrap());
        let mut conn = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(
            "ALTER TABLE eraflazz.transfers DISABLE TRIGGER transfers_append_only;
             UPDATE eraflazz.transfers SET tx = '999999998';
             ALTER TABLE eraflazz.transfers ENABLE TRIGGER transfers_append_only;
             UPDATE eraflazz.fold_marks SET through = '999999999'",
        )
        .execute(&mut conn)
        .await
        .unwrap();
        let differences = async || {
            let kept = store.trial_balance(0, 99).await.unwrap().unwrap();
            let mut recount = Recount::default();
            recount.add(&kept.rows);
            recount.differences(&kept).len()
        };
        done(&store, float()).await;
        assert_eq!(differences().await, 2, "what was booked since is missing");
        for _again in 0..2 {
            PostgresStore::migrate(&url).await.unwrap();
            assert_eq!(differences().await, 0);
            done(&store, float()).await;
            assert!(store.fold().await.unwrap());
            assert_eq!(differences().await, 0);
            assert_eq!(store.verify_wallets().await.unwrap(), []);
        }
        let page = eraflazz_core::ports::Page::first(9);
        assert_eq!(store.mutations(budi, &page).await.unwrap().len(), 1);
        let refused = sqlx::query("UPDATE eraflazz.transfers SET tx = '4'");
        assert!(
            refused.execute(&mut conn).await.is_err(),
            "it stays append-only"
        );
    });
}

#[test]
fn t_07_secrets_lie_sealed() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 0).await;
        let secret = "sample-secret-of-a-test";
        let key = ApiKey {
            id: "ek_test_1".parse().unwrap(),
            holder: KeyHolder::Member(budi),
            secret: secret.into(),
            scopes: Scopes::of(&[Scope::TrxRead]),
            networks: Vec::new(),
            state: KeyState::Active,
        };
        store.put_key(key).await.unwrap();
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let query = sqlx::query_scalar("SELECT body FROM eraflazz.keys");
        let body: Vec<u8> = query.fetch_one(&mut conn).await.unwrap();
        let lies_open = body
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!lies_open);
    });
}

/// A transfer that is committed late would stand before others that were read already. So whoever reads the books up to now waits for those who book, and
/// the next look goes on exactly where this one ended.
#[test]
fn inv_03_the_books_are_read_when_nobody_books() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let mut slow = PgConnection::connect(&url).await.unwrap();
        let mut slow = slow.begin().await.unwrap();
        for statement in [
            "INSERT INTO eraflazz.batches (id) VALUES ('00000000-0000-0000-0000-000000000001')",
            "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
             VALUES ('00000000-0000-0000-0000-000000000002', 'float', 1, 1, 'prepaid:0', 'bank:0', 7, now())",
        ] {
            sqlx::query(statement).execute(&mut *slow).await.unwrap();
        }
        member(&store, "budi", 10_000).await;
        let moment = Duration::from_millis(500);
        for looked in [
            timeout(moment, store.trial_balance(0, 9)).await.is_ok(),
            timeout(moment, store.transfers(0, 9)).await.is_ok(),
        ] {
            assert!(!looked, "it did not wait");
        }
        slow.commit().await.unwrap();
        let mut recount = Recount::default();
        for _look in 0..3 {
            let kept = store.trial_balance(recount.rows(), 9).await;
            let kept = kept.unwrap().unwrap();
            recount.add(&kept.rows);
            assert_eq!(recount.differences(&kept), []);
            let float = money(|subject| rules::float(subject, SUPPLIER, BANK, rupiah(1)));
            done(&store, float).await;
        }
    });
}
