//! Many at once: on several threads, and on one with a clock that stands still meanwhile.

use std::sync::Arc;

use end_to_end::{Say, Script, Setup, World, resubmit, rp, secs};
use eraflazz_core::engine::NewOrder;
use eraflazz_core::order::{Order, OrderState, Refusal};

async fn all(world: &World, wishes: Vec<NewOrder>) -> Vec<Order> {
    let tasks: Vec<_> = wishes
        .into_iter()
        .map(|wish| {
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.submit(wish).await.unwrap().order })
        })
        .collect();
    let mut orders = Vec::new();
    for task in tasks {
        orders.push(task.await.unwrap());
    }
    orders
}

fn wishes(world: &World, count: usize) -> Vec<NewOrder> {
    (0..count)
        .map(|n| world.wish(&format!("R-{n}"), &format!("08123456{n:04}")))
        .collect()
}

fn refused_for_money(order: &Order) -> bool {
    matches!(
        order.state,
        OrderState::Refused(Refusal::InsufficientBalance { .. })
    )
}

async fn balance_for_ten(world: &World, count: usize) {
    let orders = all(world, wishes(world, count)).await;
    let refused = orders
        .iter()
        .filter(|order| refused_for_money(order))
        .count();
    assert_eq!(refused, count - 10);
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 10);
    let wallet = world.wallet(world.h2h).await;
    assert_eq!((wallet.available, wallet.held), (rp(4_000), rp(0)));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_27_inv_04_a_thousand_orders_with_a_balance_for_ten() {
    let world = Setup::default().deposit(109_000).start().await;
    balance_for_ten(&world, 1_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_last_rupiah() {
    let world = Setup::default().deposit(109_000).start().await;
    balance_for_ten(&world, 256).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_ref() {
    let world = Setup::default().start().await;
    let same = (0..100)
        .map(|_| world.wish("A-1", "081234567890"))
        .collect();
    let orders = all(&world, same).await;
    assert!(orders.iter().all(|order| order.id == orders[0].id));
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 1);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_ref_without_money_is_refused_once() {
    let world = Setup::default().deposit(0).start().await;
    let same = (0..100)
        .map(|_| world.wish("A-1", "081234567890"))
        .collect();
    let orders = all(&world, same).await;
    assert!(
        orders
            .iter()
            .all(|order| order.id == orders[0].id && refused_for_money(order))
    );
    world.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn inv_10_e_02_two_processes_race_for_every_order() {
    let world = Setup::default().start().await;
    let rival = world.rival();
    let mut tasks = Vec::new();
    for (n, wish) in wishes(&world, 200).into_iter().enumerate() {
        let engine = if n % 2 == 0 {
            world.engine.clone()
        } else {
            rival.clone()
        };
        tasks.push(tokio::spawn(
            async move { engine.submit(wish).await.unwrap() },
        ));
    }
    for task in tasks {
        task.await.unwrap();
    }
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 200);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_06_a_callback_a_thousand_times_at_once_has_one_effect() {
    let pending = Script::says(Say::Pending).executing();
    let world = Setup::default().supplier(resubmit(), pending).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    let agg = world.look(&order).await;
    let request = world
        .supplier(0)
        .callback(&agg.attempts[0].supplier_ref, Say::Delivered);
    let request = Arc::new(request);
    let tasks: Vec<_> = (0..1_000)
        .map(|_| {
            let (engine, request) = (world.engine.clone(), Arc::clone(&request));
            tokio::spawn(async move { engine.supplier_callback("a", (*request).clone()).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().answer.status, 200);
    }
    world.settle().await;
    let order = world.look(&order).await.order;
    assert_eq!((order.state, order.revision), (OrderState::Succeeded, 3));
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_orders_at_once_all_settle() {
    let slow = Script::delivers().after(secs(2));
    let world = Setup::default().supplier(resubmit(), slow).start().await;
    let orders = all(&world, wishes(&world, 1_000)).await;
    assert!(orders.iter().all(|order| order.state == OrderState::Held));
    world.settle().await;
    for order in &orders {
        assert_eq!(world.look(order).await.order.state, OrderState::Succeeded);
    }
    assert_eq!(world.supplier(0).sends(), 1_000);
    world.audit().await;
}
