//! Stops: what a drain begins, hears and leaves (INV-30), and the run after it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use end_to_end::{Life, Say, Script, Setup, World, dedicated, minutes, resubmit, secs};
use eraflazz_core::engine::{RunError, Settings};
use eraflazz_core::order::{AttemptState, Order, OrderState};
use eraflazz_core::ports::{Due, Queue};
use eraflazz_core::supplier::{Formed, Reason};
use eraflazz_store_memory::LocalQueue;
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

/// How often whoever worked went to rest.
static RESTED: AtomicUsize = AtomicUsize::new(0);

/// A bell that counts that.
#[derive(Debug, Default)]
struct CountingBell(LocalQueue);

#[async_trait]
impl Queue for CountingBell {
    async fn push(&self, items: &[Due]) {
        self.0.push(items).await;
    }

    async fn take(&self, max: usize) -> Vec<Due> {
        self.0.take(max).await
    }

    async fn ack(&self, items: &[Due]) {
        self.0.ack(items).await;
    }

    async fn rest(&self) {
        RESTED.fetch_add(1, Ordering::SeqCst);
    }

    async fn depth(&self) -> usize {
        self.0.depth().await
    }
}

/// What was rung for.
static RUNG: Mutex<Vec<Due>> = Mutex::new(Vec::new());

/// A bell that remembers that, and is heard by nobody.
#[derive(Debug, Default)]
struct RememberingBell;

#[async_trait]
impl Queue for RememberingBell {
    async fn push(&self, items: &[Due]) {
        RUNG.lock().unwrap().extend(items);
    }

    async fn take(&self, _max: usize) -> Vec<Due> {
        std::future::pending().await
    }

    async fn ack(&self, _items: &[Due]) {}

    async fn rest(&self) {}

    async fn depth(&self) -> usize {
        0
    }
}

/// A process that works nothing has handed the callbacks that wait to those who do, before it takes an order.
#[tokio::test(start_paused = true)]
async fn c_07_who_only_takes_orders_rings_for_the_callbacks_that_wait() {
    let pending = Script::says(Say::Pending).executing();
    let setup = Setup::default().bell(|| Arc::new(RememberingBell));
    let setup = setup.supplier(resubmit(), pending).among_others();
    let mut world = setup.start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    world.stop().await;
    world.call_back(&order, 0, Say::Delivered).await;
    RUNG.lock().unwrap().clear();
    let takes = world.newcomer();
    let stop = CancellationToken::new();
    let stands_by = tokio::spawn(takes.clone().stand_by_until(stop.clone()));
    takes.ready().await;
    let rung = std::mem::take(&mut *RUNG.lock().unwrap());
    assert!(matches!(rung[..], [Due::Inbox(_)]), "{rung:?}");
    stop.cancel();
    stands_by.await.unwrap().unwrap();
}

/// What the bell of several processes took for this one, and nobody here worked, is the others' again at once.
#[tokio::test(start_paused = true)]
async fn inv_30_a_stop_hands_back_what_was_taken_and_not_worked() {
    let setup = Setup::default().bell(|| Arc::new(CountingBell::default()));
    let mut world = setup.start().await;
    world.submit("A-1").await;
    world.settle().await;
    assert_eq!(RESTED.load(Ordering::SeqCst), 0);
    world.stop().await;
    assert_eq!(RESTED.load(Ordering::SeqCst), 1);
    world.audit().await;
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
    assert_eq!(agg.attempts[0].state, AttemptState::Withheld);
    world.pass(minutes(1)).await;
    assert_eq!(world.supplier(0).sends(), 0);
    world.restart();
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(
        (world.supplier(0).sends(), world.supplier(1).sends()),
        (1, 0),
        "the best route is as good as it was"
    );
    world.audit().await;
}

/// Nobody refused it: the next run sends it where it was to be sent.
#[tokio::test(start_paused = true)]
async fn inv_30_what_a_stop_kept_back_is_sent_by_the_next_run_to_the_only_supplier() {
    let slow = Script::delivers().after(secs(2));
    let mut world = Setup::default().supplier(resubmit(), slow).start().await;
    world.life.slows_intents(secs(1));
    let order = world.submit("A-1").await;
    world.pass(Duration::from_millis(500)).await;
    world.stop().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Held);
    world.pass(minutes(1)).await;
    world.restart();
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 1);
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    let [kept_back, sent] = &agg.attempts[..] else {
        panic!("{:?}", agg.attempts);
    };
    assert_ne!(kept_back.supplier_ref, sent.supplier_ref, "INV-11");
    assert_eq!(kept_back.sends + sent.sends, 2);
    world.audit().await;
}

/// A supplier that is asked again because it invited that is still invited when our own stop came in between.
#[tokio::test(start_paused = true)]
async fn inv_30_a_stop_uses_up_no_invitation() {
    let mut world = Setup::default().start().await;
    world
        .supplier(0)
        .script(Script::refuses(Reason::OutOfStock));
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    let due = world.look(&order).await.order.next_action_at.unwrap();
    world.life.slows_intents(secs(10));
    while world.now() <= due.plus(secs(3)) {
        world.pass(secs(1)).await;
    }
    world.stop().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.attempts.len(), 2);
    assert_eq!(agg.attempts[1].state, AttemptState::Withheld);
    world.restart();
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(world.supplier(0).sends(), 2);
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

/// So many orders that are sent, and answered once the store takes nothing any more.
async fn answered_in_vain(orders: u32, cut_off: impl FnOnce(&Life)) -> (World, Vec<Order>) {
    let slow = Script::delivers().after(secs(5));
    let world = Setup::default().supplier(resubmit(), slow).start().await;
    let mut sent = Vec::new();
    for n in 0..orders {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        sent.push(world.try_submit(wish).await.unwrap());
    }
    world.pass(secs(2)).await;
    assert_eq!(world.supplier(0).sends(), orders);
    cut_off(&world.life);
    (world, sent)
}

/// Nothing of what could not be committed is lost or bought again: the next run asks.
async fn all_succeed_at_the_next_start(mut world: World, sent: &[Order]) {
    world.restart();
    world.settle().await;
    for order in sent {
        assert_eq!(world.look(order).await.order.state, OrderState::Succeeded);
    }
    let executions = world.supplier(0).executions();
    assert_eq!(u32::try_from(sent.len()), Ok(executions));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_30_a_stop_is_bounded_however_many_outcomes_cannot_be_committed() {
    let (mut world, sent) = answered_in_vain(50, |life| life.is_cut_off(true)).await;
    let began = world.now();
    world.stop().await;
    let took = world.now().since(began);
    assert!(took <= Settings::default().drain_timeout, "{took:?}");
    all_succeed_at_the_next_start(world, &sent).await;
}

#[tokio::test(start_paused = true)]
async fn inv_30_a_stop_waits_for_no_store_that_writes_nothing_any_more() {
    let (mut world, sent) = answered_in_vain(50, Life::closes).await;
    let began = world.now();
    world.stop().await;
    let took = world.now().since(began);
    assert!(
        took < secs(4),
        "3 s until the answers, and not much more: {took:?}"
    );
    all_succeed_at_the_next_start(world, &sent).await;
}

#[tokio::test(start_paused = true)]
async fn outcomes_that_could_not_be_committed_are_all_committed_once_the_store_is_back() {
    let (world, sent) = answered_in_vain(50, |life| life.is_cut_off(true)).await;
    world.pass(secs(10)).await;
    world.life.is_cut_off(false);
    world.pass(secs(2)).await;
    for order in &sent {
        assert_eq!(world.look(order).await.order.state, OrderState::Succeeded);
    }
    assert_eq!(world.supplier(0).sends(), 50, "nobody was asked again");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_30_what_a_stop_leaves_at_the_end_of_its_time_is_asked_about() {
    let slow = Script::delivers().after(secs(25));
    let mut world = Setup::default()
        .settings(|s| s.drain_timeout = secs(10))
        .supplier(resubmit(), slow)
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    let began = world.now();
    world.stop().await;
    assert_eq!(world.now().since(began).as_secs(), 10);
    all_succeed_at_the_next_start(world, &[order]).await;
}

#[tokio::test(start_paused = true)]
async fn inv_30_a_stop_ends_by_its_time_and_not_by_that_of_an_outcome() {
    // An outcome is worth tries for about 19 seconds.
    let slow = Script::delivers().after(secs(5));
    let mut world = Setup::default()
        .settings(|s| s.drain_timeout = secs(8))
        .supplier(resubmit(), slow)
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    world.life.is_cut_off(true);
    let began = world.now();
    world.stop().await;
    let took = world.now().since(began);
    assert_eq!(took.as_secs(), 8, "{took:?}");
    all_succeed_at_the_next_start(world, &[order]).await;
}
