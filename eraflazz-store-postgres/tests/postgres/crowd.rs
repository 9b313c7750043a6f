//! Races over sixty-four connections that each write for themselves (T-17): one store of one lane behind each, so no two of their units share a transaction. One test,
//! since two crowds at once would be more than a server takes in.

use std::sync::Arc;

use conformance::SampleVault;
use eraflazz_core::commit::{Changes, Refused};
use eraflazz_core::order::Order;
use eraflazz_core::ports::{Ledger, Store};
use eraflazz_store_postgres::{PostgresStore, StoreSettings};
use sqlx::{Connection, PgConnection};

use crate::world::{
    NOW, accept, accepted, callback, database, member, order, race, rupiah, send, shelves,
};

const RACERS: usize = 64;

/// As many stores on one new database, with something to sell.
async fn crowd(url: &str) -> Vec<Arc<PostgresStore>> {
    let mut stores = Vec::with_capacity(RACERS);
    for _ in 0..RACERS {
        let settings = StoreSettings {
            lanes: 1,
            readers: 3,
        };
        let store = PostgresStore::open(url, Arc::new(SampleVault), settings);
        stores.push(Arc::new(store.await.unwrap()));
    }
    shelves(&stores[0]).await;
    stores
}

/// How many connections there are to this database.
async fn connections(url: &str) -> i64 {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
    );
    count.fetch_one(&mut conn).await.unwrap()
}

#[test]
fn t_17_e_27_sixty_four_connections_get_what_there_is_and_no_more() {
    conformance::run(async {
        let url = database();
        let stores = crowd(&url).await;
        let budi = member(&stores[0], "budi", 1_000_000).await;

        let ref_id = order(budi, 1).ref_id;
        let twin = |_| {
            accept(&Order {
                ref_id: ref_id.clone(),
                ..order(budi, 1_000)
            })
        };
        let (done, refused) = race(&stores, (0..RACERS).map(twin).collect()).await;
        let winner = stores[1].by_ref(budi, &ref_id).await.unwrap().unwrap();
        let taken = Refused::RefTaken {
            order: winner.order.id,
        };
        assert_eq!((done, refused), (1, vec![taken; RACERS - 1]));
        // Each store has one that writes and at least one that reads.
        let there = connections(&url).await;
        assert!(there >= 128, "{there} connections");

        let one = accepted(&stores[0], budi, 1_000).await;
        let steps = (0..RACERS).map(|_| send(&one, "081234567890", false));
        let (done, refused) = race(&stores, steps.collect()).await;
        let stale = Refused::Stale { version: 2 };
        assert_eq!((done, refused), (1, vec![stale; RACERS - 1]));

        let row = callback();
        stores[0].put_inbox(row.clone()).await.unwrap();
        let apply = Changes {
            inbox_done: vec![row.id],
            ..Changes::at(NOW)
        };
        let (done, refused) = race(&stores, vec![apply; RACERS]).await;
        assert_eq!((done, refused), (1, vec![Refused::InboxGone; RACERS - 1]));

        // E-27: as many as it pays for.
        let tono = member(&stores[0], "tono", 10_000).await;
        let orders = (0..RACERS).map(|_| accept(&order(tono, 1_000)));
        let (done, refused) = race(&stores, orders.collect()).await;
        assert_eq!((done, refused.len()), (10, RACERS - 10));
        let wallet = stores[1].wallet(tono).await.unwrap().unwrap();
        assert_eq!((wallet.available, wallet.held), (rupiah(0), rupiah(10_000)));
        assert!(wallet.version >= 10, "{wallet:?}");
    });
}
