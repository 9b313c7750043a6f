//! Stops: what a drain begins, hears and leaves (INV-30), and the run after it.

use end_to_end::{Say, Script, Setup, dedicated, minutes, resubmit, secs};
use eraflazz_core::engine::RunError;
use eraflazz_core::order::{AttemptState, OrderState};
use eraflazz_core::supplier::{Formed, Reason};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test(start_paused = true)]
async fn inv_30_a_run_that_is_dropped_leaves_nothing_running() {
    let world = Setup::default().build().await;
    let run = world.engine.clone().run(world.shutdown.clone());
    tokio::select! {
        biased;
        ended = run => ended.unwrap(),
        () = world.pass(secs(1)) => {}
    }
    let order = world.submit("A-1").await;
    world.pass(minutes(2)).await;
    let state = world.look(&order).await.order.state;
    assert_eq!(state, OrderState::Held, "nobody works it");
}

#[tokio::test(start_paused = true)]
async fn inv_30_a_drain_hears_what_is_under_way_and_begins_nothing() {
    let slow = Script::delivers().after(secs(20));
    let mut world = Setup::default().supplier(resubmit(), slow).start().await;
    let first = world.submit("A-1").await;
    world.pass(secs(2)).await;
    world.shutdown.cancel();
    let second = world.submit("A-2").await;
    world.stop().await;
    assert_eq!(world.look(&first).await.order.state, OrderState::Succeeded);
    assert_eq!(world.look(&second).await.order.state, OrderState::Held);
    world.pass(minutes(1)).await;
    assert_eq!(world.supplier(0).sends(), 1);
    world.restart();
    world.settle().await;
    assert_eq!(world.look(&second).await.order.state, OrderState::Succeeded);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_30_a_rejection_heard_while_draining_begins_no_new_attempt() {
    let no = Script::says(Say::Refused(Formed::No, Reason::ProductClosed)).after(secs(20));
    let mut world = Setup::default()
        .supplier(resubmit(), no)
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    world.stop().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Held);
    assert_eq!(world.supplier(1).sends(), 0);
    world.restart();
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}

/// The stop comes while the intent is committed: the call that nobody would hear is not made, and that is recorded before the run ends.
#[tokio::test(start_paused = true)]
async fn inv_30_a_stop_during_the_commit_of_an_intent_makes_no_call_that_nobody_hears() {
    let mut world = Setup::default()
        .supplier(resubmit(), Script::delivers().after(secs(2)))
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    world.life.slows_intents(secs(1));
    let order = world.submit("A-1").await;
    world.pass(Duration::from_millis(500)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Held);
    world.stop().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Held);
    assert_eq!(agg.attempts[0].state, AttemptState::NotSent);
    world.pass(minutes(1)).await;
    assert_eq!(world.supplier(0).sends(), 0);
    world.restart();
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(
        (world.supplier(0).sends(), world.supplier(1).sends()),
        (0, 1)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_30_a_status_check_that_became_due_while_stopping_stays_due() {
    let script = Script::says(Say::Pending).then(Say::Delivered);
    let mut world = Setup::default().supplier(dedicated(), script).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(30)).await;
    let due = world.look(&order).await.order.next_action_at.unwrap();
    // The stop comes between the read of the due order and the decision about it.
    world.life.slows_reads(minutes(1));
    while world.now() <= due {
        world.pass(secs(1)).await;
    }
    let reading = world.pass(secs(30));
    reading.await;
    world.stop().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.next_action_at, Some(due), "no check was begun");
    assert_eq!(agg.attempts[0].checks, 0);
    world.restart();
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_was_stopped_runs_again() {
    let mut world = Setup::default().start().await;
    let first = world.submit("A-1").await;
    world.settle().await;
    for again in ["A-2", "A-3"] {
        world.stop().await;
        assert!(!world.engine.is_ready());
        let order = world.submit(again).await;
        world.pass(minutes(1)).await;
        let state = world.look(&order).await.order.state;
        assert_eq!(state, OrderState::Held, "nobody works it");
        world.shutdown = CancellationToken::new();
        world.run();
        world.pass(secs(5)).await;
        assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    }
    assert_eq!(world.look(&first).await.order.state, OrderState::Succeeded);
    assert_eq!(world.supplier(0).executions(), 3);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_has_one_run_at_a_time() {
    let mut world = Setup::default().start().await;
    world.engine.ready().await;
    let other = CancellationToken::new();
    let second = world.engine.clone().run(other.clone());
    assert_eq!(second.await, Err(RunError::AlreadyRunning));
    // The one that works is none the worse for it.
    other.cancel();
    assert!(world.engine.is_ready());
    let order = world.submit("A-1").await;
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.stop().await;
    world.audit().await;
}
