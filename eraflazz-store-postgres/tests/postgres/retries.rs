//! Serialization failures and deadlocks: tried again with fresh reads, for a few seconds, and then answered with what is certain: nothing was committed.

use eraflazz_core::catalog::CatalogChange;
use eraflazz_core::ids::{MemberId, ProductId};
use eraflazz_core::member::{Member, MemberStatus};
use eraflazz_core::ports::{Catalog, ChangeError, Ledger, Members, Store};
use eraflazz_core::webhook::{Endpoint, EndpointUrl, Format, HookSecret, Signing};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::world::{accept, database, done, member, open, order, rupiah, shelves};

/// Every write of an order fails with this code, so many times.
async fn fails(url: &str, code: &str, times: u32) {
    fails_on(url, "orders", code, times).await;
}

/// Every write into this table does.
async fn fails_on(url: &str, table: &str, code: &str, times: u32) {
    let mut conn = PgConnection::connect(url).await.unwrap();
    // The catalog is one row that is there.
    let event = if table == "catalog" {
        "UPDATE"
    } else {
        "INSERT"
    };
    let statement = format!(
        "DROP SEQUENCE IF EXISTS public.failures;
         CREATE SEQUENCE public.failures;
         CREATE OR REPLACE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             -- What a sequence gave out no rollback takes back.
             IF nextval('public.failures') <= {times} THEN RAISE EXCEPTION 'somebody was first' USING ERRCODE = '{code}'; END IF;
             RETURN NEW;
         END $$;
         CREATE OR REPLACE TRIGGER fail BEFORE {event} ON eraflazz.{table} FOR EACH ROW EXECUTE FUNCTION public.fail()"
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

fn endpoint(member: MemberId) -> Endpoint {
    let secret = HookSecret::mint(b"0123456789abcdef0123456789abcdef").unwrap();
    Endpoint {
        member,
        url: EndpointUrl::new("https://shop.example/hook").unwrap(),
        format: Format::Standard(Signing::with(secret)),
    }
}

#[test]
fn a_change_that_lost_a_race_is_made_again() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        for code in ["40001", "40P01"] {
            fails_on(&url, "catalog", code, 3).await;
            let before = store.snapshot().await.unwrap().version();
            let change = CatalogChange::SetBasePrice {
                product: ProductId(0),
                base_price: rupiah(777),
            };
            let after = store.change(vec![change]).await.unwrap();
            assert_eq!((times(&url).await, after.version()), (4, before + 1));

            fails_on(&url, "members", code, 3).await;
            let there = store.member(budi).await.unwrap().unwrap();
            let status = match there.status {
                MemberStatus::Active => MemberStatus::Suspended,
                MemberStatus::Suspended => MemberStatus::Active,
            };
            let other = Member {
                status,
                ..Member::clone(&there)
            };
            store.put_member(other.clone(), Some(there)).await.unwrap();
            assert_eq!(times(&url).await, 4, "{code}");
            assert_eq!(*store.member(budi).await.unwrap().unwrap(), other);

            fails_on(&url, "endpoints", code, 3).await;
            store.remove_endpoint(budi).await.unwrap();
            store.put_endpoint(endpoint(budi), None).await.unwrap();
            assert_eq!(times(&url).await, 4, "{code}");
        }
    });
}

#[test]
fn a_change_that_loses_every_race_is_given_up_and_was_not_made() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let before = store.snapshot().await.unwrap();
        fails_on(&url, "catalog", "40P01", 1_000_000).await;
        let change = CatalogChange::SetBasePrice {
            product: ProductId(0),
            base_price: rupiah(777),
        };
        let refused = store.change(vec![change.clone()]).await.unwrap_err();
        let ChangeError::Unavailable(refused) = refused else {
            panic!("{refused:?}");
        };
        assert!(!refused.may_have_committed, "{refused:?}");
        assert!(times(&url).await > 4, "it was tried again");
        assert_eq!(store.snapshot().await.unwrap(), before);
        // What no rule allows is not tried twice.
        fails_on(&url, "catalog", "42501", 1).await;
        store.change(vec![change]).await.unwrap_err();
        assert_eq!(times(&url).await, 1);
    });
}
