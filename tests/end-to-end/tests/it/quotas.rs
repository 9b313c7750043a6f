//! Quotas of a day: a supplier or a route that has sold all it may is not bought from until tomorrow.

use end_to_end::{Moment, Say, Script, Setup, VirtualClock, World, minutes, resubmit, rp, secs};
use eraflazz_core::catalog::{CatalogChange, Mapping, Quota, SupplierInfo};
use eraflazz_core::ids::{MappingId, SupplierId};
use eraflazz_core::order::{AttemptState, Entry, Order, OrderState, Refusal};
use eraflazz_core::ports::{Catalog as _, Ledger as _};
use eraflazz_core::route::{Explanation, Note};
use eraflazz_core::supplier::{Formed, Reason};

const fn orders(most: u32) -> Quota {
    Quota {
        orders: Some(most),
        amount: None,
    }
}

fn two(first: Script) -> Setup {
    let setup = Setup::default().supplier(resubmit(), first);
    setup.supplier(resubmit(), Script::delivers())
}

/// Sets the quota of a supplier.
async fn limit(world: &World, supplier: u16, quota: Quota) {
    let catalog = world.store().snapshot().await.unwrap();
    let known = catalog.supplier(SupplierId(supplier)).unwrap().clone();
    let limited = SupplierInfo { quota, ..known };
    let change = CatalogChange::PutSupplier(limited);
    world.store().change(vec![change]).await.unwrap();
}

/// Sets the quota of a route.
async fn limit_route(world: &World, mapping: u32, quota: Quota) {
    let catalog = world.store().snapshot().await.unwrap();
    let known = catalog.mapping(MappingId(mapping)).unwrap().clone();
    let change = CatalogChange::PutMapping(Mapping { quota, ..known });
    world.store().change(vec![change]).await.unwrap();
}

async fn buys(world: &World, n: u32) -> Order {
    let wish = world.wish(&format!("Q-{n}"), &format!("0812345{n:05}"));
    world.try_submit(wish).await.unwrap()
}

/// What was found when its last attempt was intended.
async fn choice(world: &World, order: &Order) -> Explanation {
    let rows = world.store().log(order.id.into()).await.unwrap();
    let choices = rows.into_iter().filter_map(|row| {
        let Entry::Intent { why, .. } = row.entry else {
            return None;
        };
        Some(why)
    });
    choices.last().unwrap()
}

fn executed(world: &World) -> (u32, u32) {
    let of = |n| world.supplier(n).executions();
    (of(0), of(1))
}

/// By a supplier's quota and by a route's, in purchases and in rupiah, one by one and all at once: what is left goes to the next route, and the order says why.
#[tokio::test(start_paused = true)]
async fn a_route_at_its_quota_is_passed_over_and_the_order_says_so() {
    // A purchase at `a` costs 9,800.
    let for_two = Quota {
        orders: None,
        amount: Some(rp(29_399)),
    };
    for (quota, of_route, at_once) in [
        (orders(2), false, false),
        (orders(2), true, true),
        (for_two, false, true),
        (for_two, true, false),
    ] {
        let mut world = two(Script::delivers()).build().await;
        if of_route {
            limit_route(&world, 0, quota).await;
        } else {
            limit(&world, 0, quota).await;
        }
        if !at_once {
            world.run();
        }
        let mut bought = Vec::new();
        for n in 0..5 {
            bought.push(buys(&world, n).await);
            if !at_once {
                world.pass(secs(2)).await;
            }
        }
        if at_once {
            world.run();
        }
        world.settle().await;
        assert_eq!(executed(&world), (2, 3), "{quota:?}");
        let mut passed = 0;
        for order in &bought {
            let why = choice(&world, order).await;
            passed += usize::from(why.found.contains(&(MappingId(0), Note::OverQuota)));
        }
        assert_eq!(passed, 3);
        world.audit().await;
    }
}

/// A quota that is reached is nothing that waiting mends today: alone it leaves nothing to sell, and tomorrow is another day.
#[tokio::test(start_paused = true)]
async fn tomorrow_is_another_day() {
    let world = Setup::default()
        .at(VirtualClock::MORNING.plus(minutes(13 * 60 + 50)))
        .start()
        .await;
    limit(&world, 0, orders(1)).await;
    for day in 0..3 {
        let first = buys(&world, 10 * day).await;
        world.pass(secs(5)).await;
        assert_eq!(world.look(&first).await.order.state, OrderState::Succeeded);
        let second = buys(&world, 10 * day + 1).await;
        assert_eq!(
            second.state,
            OrderState::Refused(Refusal::ProductUnavailable)
        );
        world.pass(minutes(24 * 60)).await;
    }
    world.audit().await;
}

/// What is proven to have bought nothing gives its place back; what nobody knows keeps it.
#[tokio::test(start_paused = true)]
async fn what_bought_nothing_gives_its_place_back_and_doubt_does_not() {
    let no = Say::Refused(Formed::Yes, Reason::ProductClosed);
    for (says, sends) in [(no, 2), (Say::Unclear(Reason::Timeout), 1)] {
        let world = two(Script::says(says)).start().await;
        limit(&world, 0, orders(1)).await;
        for n in 0..2 {
            buys(&world, n).await;
            world.pass(secs(5)).await;
        }
        assert_eq!(world.supplier(0).sends(), sends, "{says:?}");
        world.audit().await;
    }
}

/// What was taken is on record: whoever comes after a death finds it.
#[tokio::test(start_paused = true)]
async fn a_death_forgets_nothing_of_a_quota() {
    for moment in [
        Moment::BeforeIntent,
        Moment::AfterIntent,
        Moment::DuringSend,
        Moment::BeforeOutcome,
        Moment::AfterOutcome,
    ] {
        let mut world = two(Script::delivers()).on_disk().start().await;
        limit(&world, 0, orders(2)).await;
        world.life.ends(moment);
        buys(&world, 0).await;
        world.pass(secs(5)).await;
        assert!(world.life.is_over(), "{moment:?}");
        world.restart();
        world.pass(secs(5)).await;
        for n in 1..5 {
            buys(&world, n).await;
            world.pass(secs(5)).await;
        }
        world.settle().await;
        assert_eq!(executed(&world), (2, 3), "{moment:?}");
        world.audit().await;
    }
}

/// Two processes that know nothing of each other, and more orders at once than there is room for: the commit says who is too late, and he goes elsewhere.
#[tokio::test(start_paused = true)]
async fn two_processes_together_keep_to_a_quota() {
    let world = two(Script::delivers()).among_others().start().await;
    limit(&world, 0, orders(7)).await;
    let rival = world.rival();
    world.pass(secs(5)).await;
    let mut bought = Vec::new();
    for n in 0..40 {
        let wish = world.wish(&format!("Q-{n}"), &format!("0812345{n:05}"));
        let taken = if n % 2 == 0 {
            rival.submit(wish).await
        } else {
            world.engine.submit(wish).await
        };
        bought.push(taken.unwrap().order);
    }
    world.settle().await;
    assert_eq!(executed(&world), (7, 33));
    for order in &bought {
        let agg = world.look(order).await;
        assert_eq!(agg.order.state, OrderState::Succeeded);
        assert!(matches!(agg.attempts[..], [ref one] if one.state == AttemptState::Success));
    }
    world.audit().await;
}
