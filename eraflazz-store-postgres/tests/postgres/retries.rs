//! Serialization failures and deadlocks: tried again with fresh reads, for a few seconds, and then answered with what is certain: nothing was committed.

use eraflazz_core::ports::{Ledger, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::world::{accept, database, done, member, open, order, shelves};

/// Every write of an order fails with this code, so many times.
async fn fails(url: &str, code: &str, times: u32) {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let statement = format!(
        "DROP SEQUENCE IF EXISTS public.failures;
         CREATE SEQUENCE public.failures;
         CREATE OR REPLACE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             -- What a sequence gave out no rollback takes back.
             IF nextval('public.failures') <= {times} THEN RAISE EXCEPTION 'somebody was first' USING ERRCODE = '{code}'; END IF;
             RETURN NEW;
         END $$;
         CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON eraflazz.orders FOR EACH ROW EXECUTE FUNCTION public.fail()"
    );
    let made = sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut conn)
        .await;
    made.unwrap();
}

async fn times(url: &str) -> i64 {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let last = sqlx::query_scalar("SELECT last_value FROM public.failures");
    last.fetch_one(&mut conn).await.unwrap()
}

#[test]
fn what_lost_a_race_is_tried_again() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        for code in ["40001", "40P01", "55P03", "57014"] {
            fails(&url, code, 3).await;
            let before = store.wallet(budi).await.unwrap().unwrap();
            done(&store, accept(&order(budi, 1_000))).await;
            assert_eq!(times(&url).await, 4, "{code}");
            let after = store.wallet(budi).await.unwrap().unwrap();
            assert_eq!(after.version, before.version + 1, "once, {code}");
        }
    });
}

#[test]
fn what_loses_every_race_is_given_up_and_was_not_committed() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        fails(&url, "40P01", 1_000_000).await;
        let before = store.wallet(budi).await.unwrap();
        let wanted = order(budi, 1_000);
        let refused = store.commit(vec![accept(&wanted)]).await.unwrap_err();
        assert!(!refused.may_have_committed, "{refused:?}");
        assert!(times(&url).await > 4, "it was tried again");
        assert_eq!(store.wallet(budi).await.unwrap(), before);
        fails(&url, "40P01", 0).await;
        done(&store, accept(&wanted)).await;
    });
}
