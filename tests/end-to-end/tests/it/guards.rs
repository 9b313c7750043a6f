//! The duplicate-business guard (INV-19).

use end_to_end::{Script, Setup, VirtualClock, minutes, resubmit, rp, secs};
use eraflazz_core::engine::NewOrder;
use eraflazz_core::order::{OrderState, Refusal};
use eraflazz_core::supplier::Reason;

const NUMBER: &str = "081234567890";

#[tokio::test(start_paused = true)]
async fn e_16_the_same_goods_on_one_day_need_the_next_counter() {
    let world = Setup::default().start().await;
    let wish = |ref_id: &str| world.wish_of(world.shop, ref_id, NUMBER);
    let first = world.try_submit(wish("A-1")).await.unwrap();
    world.settle().await;
    let twin = world.try_submit(wish("A-2")).await.unwrap();
    let refusal = OrderState::Refused(Refusal::DuplicateOrder { earlier: first.id });
    assert_eq!(twin.state, refusal);
    assert_eq!(world.try_submit(wish("A-2")).await.unwrap().state, refusal);
    let spelt = world
        .try_submit(world.wish_of(world.shop, "A-3", "+62 812-3456-7890"))
        .await;
    assert_eq!(spelt.unwrap().state, refusal);
    let second = world.try_submit(wish("A-4").counter(2)).await.unwrap();
    assert_eq!(second.state, OrderState::Held);
    let other = world
        .try_submit(world.wish_of(world.shop, "A-5", "081234567891"))
        .await;
    assert_eq!(other.unwrap().state, OrderState::Held);
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 3);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_19_what_its_member_takes_back_may_be_ordered_again() {
    let mut world = Setup::default().build().await;
    let wish = |ref_id: &str| world.wish_of(world.shop, ref_id, NUMBER);
    let (first, second) = (wish("A-1"), wish("A-2"));
    let first = world.try_submit(first).await.unwrap();
    world.engine.cancel(world.shop, first.id).await.unwrap();
    let second = world.try_submit(second).await.unwrap();
    assert_eq!(second.state, OrderState::Held);
    world.run();
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 1);
    world.audit().await;
}

/// A customer's three units are three orders: each has a hold, an ending and money of its own.
#[tokio::test(start_paused = true)]
async fn e_36_units_are_orders_of_their_own_and_a_part_may_fail() {
    let world = Setup::default().build().await;
    let mut units = Vec::new();
    for unit in 1..=3 {
        let wish = world.wish_of(world.shop, &format!("A-{unit}"), NUMBER);
        units.push(world.try_submit(wish.counter(unit)).await.unwrap());
    }
    let before = world.wallet(world.shop).await;
    assert_eq!(before.held, rp(3 * 10_500));
    world
        .supplier(0)
        .script(Script::refuses(Reason::BadDestination));
    let mut world = world;
    world.run();
    world.settle().await;
    let mut returned = 0;
    for unit in &units {
        let state = world.look(unit).await.order.state;
        let went_back = matches!(state, OrderState::Returned(_));
        assert!(went_back || state == OrderState::Succeeded, "{state:?}");
        returned += u32::from(went_back);
    }
    assert_eq!((returned, world.supplier(0).executions()), (1, 2));
    let after = world.wallet(world.shop).await;
    assert_eq!(after.held, rp(0));
    assert_eq!(
        Some(after.available),
        before.available.checked_add(rp(10_500))
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_19_a_program_is_known_by_its_reference_alone() {
    let world = Setup::default().start().await;
    for n in 0..3 {
        let order = world
            .try_submit(world.wish(&format!("A-{n}"), NUMBER))
            .await;
        assert_eq!(order.unwrap().state, OrderState::Held);
    }
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 3);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_16_a_returned_order_frees_its_place() {
    let world = Setup::default().start().await;
    world
        .supplier(0)
        .script(Script::refuses(Reason::ProductClosed));
    let wish = |ref_id: &str| world.wish_of(world.shop, ref_id, NUMBER);
    let first = world.try_submit(wish("A-1")).await.unwrap();
    world.settle().await;
    assert!(matches!(
        world.look(&first).await.order.state,
        OrderState::Returned(_)
    ));
    let second = world.try_submit(wish("A-2")).await.unwrap();
    assert_eq!(second.state, OrderState::Held);
    world.settle().await;
    assert_eq!(world.look(&second).await.order.state, OrderState::Succeeded);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_17_the_day_is_fixed_at_acceptance_in_jakarta() {
    // 14 hours after 10:00 it is midnight in Jakarta.
    let evening = VirtualClock::MORNING.plus(minutes(14 * 60 - 1));
    let slow = Script::delivers().after(secs(20));
    let world = Setup::default()
        .at(evening)
        .supplier(resubmit(), slow)
        .start()
        .await;
    let wish = |ref_id: &str| world.wish_of(world.shop, ref_id, NUMBER);
    let before = world.try_submit(wish("A-1")).await.unwrap();
    let twin = world.try_submit(wish("A-2")).await.unwrap();
    assert!(matches!(
        twin.state,
        OrderState::Refused(Refusal::DuplicateOrder { .. })
    ));
    world.pass(minutes(2)).await;
    let after = world.try_submit(wish("A-3")).await.unwrap();
    assert_eq!(after.state, OrderState::Held, "another day");
    let days = |order: &eraflazz_core::order::Order| order.guard.as_ref().unwrap().day.days();
    assert_eq!(days(&after), days(&before) + 1);
    let again = world.try_submit(wish("A-1")).await.unwrap();
    assert_eq!(days(&again), days(&before), "fixed once");
    world.settle().await;
    world.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn e_16_of_twins_in_parallel_one_is_taken() {
    let world = Setup::default().start().await;
    let wishes: Vec<NewOrder> = (0..64)
        .map(|n| world.wish_of(world.shop, &format!("T-{n}"), NUMBER))
        .collect();
    let tasks: Vec<_> = wishes
        .into_iter()
        .map(|wish| {
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.submit(wish).await.unwrap().order })
        })
        .collect();
    let mut taken = 0;
    for task in tasks {
        let state = task.await.unwrap().state;
        let refused = matches!(state, OrderState::Refused(Refusal::DuplicateOrder { .. }));
        taken += u32::from(!refused);
    }
    assert_eq!(taken, 1);
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 1);
    world.audit().await;
}
