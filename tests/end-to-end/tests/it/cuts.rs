//! The line to a real database is cut at a COMMIT while an engine works orders over it (C2): no acknowledged order is lost, and nothing is bought twice.
//!
//! A pipe between store and server lets the COMMIT through or not, and takes the answer away; that a store finds out what came of it is tested in its own crate.

use std::time::Duration;

use conformance::servers::{At, Cut};
use end_to_end::{Database, Script, Setup, World, resubmit};
use eraflazz_core::order::{Order, OrderState};

const CUTS: [Cut; 3] = [Cut::Before, Cut::OnTheWay, Cut::Answer];

async fn world() -> World {
    let setup = Setup::default().supplier(resubmit(), Script::delivers());
    setup.in_database(Database::fresh()).start().await
}

fn number(order: usize) -> String {
    format!("0812345{order:05}")
}

/// Every order that was acknowledged is there and ends well, bought once.
async fn all_are_well(world: &World, orders: &[Order]) {
    for order in orders {
        let mut looks = 0;
        while world.look(order).await.order.state != OrderState::Succeeded {
            looks += 1;
            assert!(looks < 3_000, "{:?}", world.look(order).await);
            world.pass(Duration::from_millis(10)).await;
        }
    }
    let bought = world.supplier(0).executions();
    assert_eq!(usize::try_from(bought).unwrap(), orders.len());
    world.audit().await;
}

/// One order at a time: whatever is cut, its acceptance, its intent or its outcome, is a commit of one unit.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn c_02_a_commit_whose_answer_is_cut_off_loses_no_order_and_buys_nothing_twice() {
    let world = world().await;
    let line = world.life.line().unwrap();
    let mut orders = Vec::new();
    for cut in CUTS.into_iter().cycle().take(12) {
        let before = line.times_cut();
        line.cuts(cut, At::Commit);
        let wish = world.wish(&format!("A-{}", orders.len()), &number(orders.len()));
        orders.push(world.try_submit(wish).await.unwrap());
        // The first COMMIT is that of the acceptance; the next are of the intent and the outcome.
        assert_eq!(line.times_cut(), before + 1, "{cut:?}");
        line.cuts(cut, At::Commit);
        line.cut(before + 2).await;
    }
    all_are_well(&world, &orders).await;
}

/// Many at once: while the lane finds out what came of one, the others wait, and its next COMMIT is that of them all.
#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn c_02_a_batch_whose_answer_is_cut_off_loses_no_order_and_buys_nothing_twice() {
    let world = world().await;
    let line = world.life.line().unwrap();
    let mut orders: Vec<Order> = Vec::new();
    for cut in CUTS.into_iter().cycle().take(9) {
        let before = line.times_cut();
        line.cuts(Cut::Answer, At::Commit);
        let taken: Vec<_> = (0..12)
            .map(|n| {
                let place = orders.len() + n;
                let wish = world.wish(&format!("B-{place}"), &number(place));
                let engine = world.engine.clone();
                tokio::spawn(async move { engine.submit(wish).await.unwrap().order })
            })
            .collect();
        line.cut(before + 1).await;
        line.cuts(cut, At::Commit);
        for order in taken {
            orders.push(order.await.unwrap());
        }
        line.cut(before + 2).await;
    }
    all_are_well(&world, &orders).await;
}
