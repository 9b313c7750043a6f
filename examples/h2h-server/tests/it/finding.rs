//! The list of everybody's orders, where the lists of members are not quite in the order of the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eraflazz_core::engine::{Engine, NewOrder};
use eraflazz_core::ports::{Clock, Sleep};
use eraflazz_core::time::Timestamp;
use eraflazz_store_memory::{LocalQueue, MemoryStore};
use h2h_server::app::App;
use h2h_server::cli::desk::Desk;
use h2h_server::fill::fill;
use h2h_server::routes::router;
use h2h_server::seed::Seed;
use tokio_util::sync::CancellationToken;

use crate::house::SEED;
use crate::starting::settings;

/// Noon in Jakarta.
const NOON: i64 = 1_767_243_600_000_000;

/// Shows what it is told: to somebody who looked at the clock early and was late at the commit.
#[derive(Debug)]
struct Told(AtomicI64);

impl Clock for Told {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(NOON + self.0.load(Ordering::Relaxed) * 1_000_000)
    }

    fn sleep(&self, _: Duration) -> Sleep<'_> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn no_order_is_left_out_or_told_twice_where_orders_overtook_each_other() {
    let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(Told(0.into())));
    let queue = Arc::new(LocalQueue::new());
    let engine = Engine::builder(Arc::clone(&store), queue, clock.clone())
        .build()
        .unwrap();
    fill(&*store, &engine, &Seed::read(SEED).unwrap())
        .await
        .unwrap();
    let taken = [
        ("agen", 50),
        ("agen", 20),
        ("lain", 10),
        ("agen", 70),
        ("agen", 40),
        ("lain", 60),
        ("agen", 10),
        ("lain", 30),
        ("agen", 30),
        ("lain", 10),
    ];
    for (place, (code, at)) in taken.iter().enumerate() {
        clock.0.store(*at, Ordering::Relaxed);
        let slug = code.parse().unwrap();
        let member = engine.members().member_by_code(&slug).await;
        let member = member.unwrap().unwrap().id;
        // No number: refused at once, and an order all the same.
        let (ref_id, product) = (format!("{code}-{place}"), "XL10");
        let new = NewOrder::prepaid(
            member,
            ref_id.parse().unwrap(),
            product.parse().unwrap(),
            "12",
        );
        engine.submit(new).await.unwrap();
    }
    let app = App::new(
        engine,
        &settings("127.0.0.1:0", ""),
        CancellationToken::new(),
    );
    let desk = Desk::here(router(app), "root".parse().unwrap(), None);
    let pages = async |narrow: &str, limit: usize| {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/orders?limit={limit}{narrow}{cursor}");
            let page = desk.get(&path).await.unwrap();
            for row in page["orders"].as_array().unwrap() {
                let told = |field: &str| row[field].as_str().unwrap().to_owned();
                seen.push((told("created_at"), told("id")));
            }
            assert!(seen.len() <= taken.len(), "some are told twice: {seen:?}");
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return seen,
            }
        }
    };
    for (narrow, count) in [("", 10), ("&member=agen", 6), ("&member=lain", 4)] {
        let whole = pages(narrow, 200).await;
        assert_eq!(whole.len(), count);
        assert!(
            whole.is_sorted_by(|newer, older| newer > older),
            "{whole:?}"
        );
        for limit in 1..=count {
            assert_eq!(pages(narrow, limit).await, whole, "{narrow} by {limit}");
        }
    }
}
