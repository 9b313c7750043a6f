//! Deaths and broken bells: what is due is found in the store (INV-26).

use std::sync::Arc;
use std::time::Duration;

use end_to_end::{
    DeafBell, EchoBell, Moment, Say, Script, Setup, World, dedicated, minutes, resubmit, rp, secs,
};
use eraflazz_core::commit::{Case, CaseKind};
use eraflazz_core::engine::{CallbackError, SubmitError};
use eraflazz_core::order::{AttemptState, OrderState};
use eraflazz_core::ports::{Page, Queue};
use eraflazz_core::supplier::Claim;

async fn delivered_once(world: &World, order: &eraflazz_core::order::Order) {
    world.settle().await;
    let agg = world.look(order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(agg.attempts.len(), 1);
    assert_eq!(world.supplier(0).executions(), 1);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

async fn dies_at(moment: Moment) -> (World, eraflazz_core::order::Order) {
    let mut world = Setup::default().start().await;
    world.life.ends(moment);
    let order = world.submit("A-1").await;
    world.pass(secs(10)).await;
    assert!(world.life.is_over());
    world.restart();
    (world, order)
}

#[tokio::test(start_paused = true)]
async fn c_03_an_order_accepted_before_the_death_is_routed_after_it() {
    let mut world = Setup::default().build().await;
    let order = world.submit("A-1").await;
    world.life.end();
    world.restart();
    delivered_once(&world, &order).await;
}

#[tokio::test(start_paused = true)]
async fn c_03_before_the_intent_nothing_was_sent() {
    let (world, order) = dies_at(Moment::BeforeIntent).await;
    delivered_once(&world, &order).await;
}

#[tokio::test(start_paused = true)]
async fn c_04_after_the_intent_bytes_may_have_gone() {
    let (world, order) = dies_at(Moment::AfterIntent).await;
    world.pass(secs(5)).await;
    assert_eq!(world.supplier(0).sends(), 0, "the lease is another's");
    world.pass(minutes(1) + secs(10)).await;
    let state = world.look(&order).await.attempts[0].state;
    assert_eq!(state, AttemptState::Unknown);
    delivered_once(&world, &order).await;
}

#[tokio::test(start_paused = true)]
async fn c_05_while_the_supplier_answers() {
    let (world, order) = dies_at(Moment::DuringSend).await;
    assert_eq!(world.supplier(0).executions(), 1);
    delivered_once(&world, &order).await;
}

#[tokio::test(start_paused = true)]
async fn c_06_the_answer_is_read_and_lost() {
    let (world, order) = dies_at(Moment::BeforeOutcome).await;
    delivered_once(&world, &order).await;
}

#[tokio::test(start_paused = true)]
async fn c_08_after_the_outcome_nothing_is_left_to_do() {
    let (world, order) = dies_at(Moment::AfterOutcome).await;
    delivered_once(&world, &order).await;
    assert_eq!(world.supplier(0).sends(), 1);
}

#[tokio::test(start_paused = true)]
async fn c_05_a_supplier_that_can_be_asked_is_never_sent_twice() {
    let mut world = Setup::default()
        .supplier(dedicated(), Script::delivers())
        .start()
        .await;
    world.life.ends(Moment::DuringSend);
    let order = world.submit("A-1").await;
    world.pass(secs(10)).await;
    world.restart();
    delivered_once(&world, &order).await;
    assert_eq!(world.supplier(0).sends(), 1);
}

#[tokio::test(start_paused = true)]
async fn c_07_a_callback_stored_before_the_death_is_applied_after_it() {
    let pending = Script::says(Say::Pending).executing();
    let mut world = Setup::default().supplier(resubmit(), pending).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    world.stop().await;
    world.call_back(&order, 0, Say::Delivered).await;
    world.life.end();
    world.restart();
    world.pass(secs(5)).await;
    delivered_once(&world, &order).await;
    assert_eq!(world.supplier(0).sends(), 1);
}

#[tokio::test(start_paused = true)]
async fn c_07_what_a_callback_has_answered_is_not_asked_again_after_the_death() {
    let pending = Script::says(Say::Pending).executing();
    let mut world = Setup::default().supplier(resubmit(), pending).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    world.stop().await;
    world.call_back(&order, 0, Say::Delivered).await;
    world.life.end();
    world.pass(minutes(5)).await;
    let due = world.look(&order).await.order.next_action_at;
    assert!(due.is_some_and(|due| due <= world.now()), "a check is due");
    world.restart();
    assert!(!world.engine.is_ready());
    world.pass(secs(5)).await;
    assert!(world.engine.is_ready());
    delivered_once(&world, &order).await;
    assert_eq!(world.supplier(0).sends(), 1);
}

/// No 2xx was sent, so the provider tells it again; and if it does not, asking covers the rest.
#[tokio::test(start_paused = true)]
async fn c_11_a_callback_that_could_not_be_stored_is_not_acknowledged_and_nothing_is_lost() {
    for tells_again in [true, false] {
        let later = Script::says(Say::Pending).executing().then(Say::Delivered);
        let world = Setup::default().supplier(dedicated(), later).start().await;
        let order = world.submit("A-1").await;
        world.pass(secs(5)).await;
        let agg = world.look(&order).await;
        let attempt = &agg.attempts[0];
        let told = || {
            world
                .supplier(0)
                .callback(&attempt.supplier_ref, Say::Delivered)
        };
        world.life.is_cut_off(true);
        let refused = world.engine.supplier_callback("a", told()).await;
        assert!(
            matches!(refused, Err(CallbackError::Unavailable(_))),
            "{refused:?}"
        );
        world.life.is_cut_off(false);
        assert_eq!(world.look(&order).await.order.version, agg.order.version);
        if tells_again {
            world.engine.supplier_callback("a", told()).await.unwrap();
        }
        world.settle().await;
        delivered_once(&world, &order).await;
        assert_eq!(world.supplier(0).sends(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn e_23_inv_28_a_callback_that_kills_its_process_is_set_aside() {
    let pending = Script::says(Say::Pending).executing();
    let mut world = Setup::default().supplier(resubmit(), pending).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    world.life.ends(Moment::BeforeOutcome);
    world.call_back(&order, 0, Say::Delivered).await;
    for _ in 0..3 {
        world.pass(secs(1)).await;
        assert!(world.life.is_over());
        let state = world.look(&order).await.order.state;
        assert!(matches!(state, OrderState::InFlight(_)));
        world.restart();
        world.life.ends(Moment::BeforeOutcome);
    }
    world.pass(secs(1)).await;
    assert!(!world.life.is_over(), "it is applied no more");
    let state = world.look(&order).await.order.state;
    assert!(
        matches!(state, OrderState::InFlight(_)),
        "quarantine is never failed"
    );
    // Its supplier will not say it again: it stands before a person, with what it said.
    let cases = world.engine.open_cases(&Page::first(9)).await.unwrap();
    let of_order = |case: &&Case| case.key.subject == order.id.into();
    let kinds: Vec<CaseKind> = cases
        .iter()
        .filter(of_order)
        .map(|it| it.key.kind)
        .collect();
    assert_eq!(kinds, [CaseKind::Unreadable]);
    let shown = world.engine.orphans(&Page::first(9)).await.unwrap();
    let [shown] = shown.as_slice() else {
        panic!("one: {shown:?}");
    };
    assert!(shown.quarantined && shown.sightings[0].claim == Claim::Delivered);
    world.life.end();
    world.restart();
    world.call_back(&order, 0, Say::Delivered).await;
    delivered_once(&world, &order).await;
}

/// What is set aside and stands before nobody would wait for ever (INV-33).
#[tokio::test(start_paused = true)]
async fn inv_28_inv_33_a_callback_set_aside_without_its_case_stops_new_orders() {
    let pending = Script::says(Say::Pending).executing();
    let mut world = Setup::default().supplier(resubmit(), pending).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    world.life.ends(Moment::BeforeOutcome);
    world.call_back(&order, 0, Say::Delivered).await;
    for _ in 0..3 {
        world.pass(secs(1)).await;
        assert!(world.life.is_over());
        world.restart();
        world.life.refuses_cases(CaseKind::Unreadable);
        world.life.ends(Moment::BeforeOutcome);
    }
    world.pass(secs(1)).await;
    assert_eq!(world.cases().await, []);
    let wish = world.wish("A-2", "081234567891");
    let refused = world.try_submit(wish).await;
    assert!(
        matches!(refused, Err(SubmitError::Stopped(_))),
        "{refused:?}"
    );
}

/// A start reads every callback that waits; that one of many reads fails keeps nobody waiting.
#[tokio::test(start_paused = true)]
async fn inv_26_a_start_comes_to_its_end_though_every_third_read_of_a_callback_fails() {
    let pending = Script::says(Say::Pending).executing();
    let setup = Setup::default().bell(|| Arc::new(DeafBell));
    let mut world = setup.supplier(resubmit(), pending).start().await;
    let mut orders = Vec::new();
    for n in 0..7 {
        let wish = world.wish(&format!("A-{n}"), &format!("0812345678{n:02}"));
        orders.push(world.try_submit(wish).await.unwrap());
    }
    world.pass(secs(5)).await;
    for order in &orders {
        world.call_back(order, 0, Say::Delivered).await;
    }
    world.life.end();
    world.restart();
    world.life.fails_callback_reads(3);
    world.pass(secs(30)).await;
    for order in &orders {
        let state = world.look(order).await.order.state;
        assert_eq!(state, OrderState::Succeeded);
    }
    world.audit().await;
}

/// Before an order is taken or sent, a start has ended the leases that are over and has asked whoever may be asked (money-safety section 7).
#[tokio::test(start_paused = true)]
async fn c_05_a_start_ends_leases_and_asks_before_it_is_ready() {
    let slow = Script::delivers().after(secs(20));
    let setup = Setup::default().supplier(dedicated(), slow);
    let mut world = setup.start().await;
    let sent = world.submit("A-1").await;
    world.pass(secs(5)).await;
    world.life.end();
    let held = world.wish("A-2", "081234567891");
    let held = world.newcomer().submit(held).await.unwrap().order;
    world.pass(minutes(5)).await;
    world.restart();
    // What a start does later is not done while it is looked at.
    world.life.slows_intents(secs(1));
    world.engine.hold_orders("the start is not through");
    let early = world.wish("A-3", "081234567892");
    let refused = world.try_submit(early.clone()).await;
    assert!(
        matches!(refused, Err(SubmitError::NotReady(_))),
        "{refused:?}"
    );
    world.engine.ready().await;
    let attempt = world.look(&sent).await.attempts.remove(0);
    assert_eq!(attempt.state, AttemptState::Unknown);
    assert!(attempt.call_open, "it is being asked about: {attempt:?}");
    assert_eq!(world.look(&held).await.order.state, OrderState::Held);
    assert_eq!(world.supplier(0).sends(), 1, "nothing new was sent before");
    let later = world.try_submit(early).await.unwrap();
    world.settle().await;
    for order in [&sent, &held, &later] {
        let state = world.look(order).await.order.state;
        assert_eq!(state, OrderState::Succeeded);
    }
    world.audit().await;
}

/// Whoever waits behind a callback that kills every process is not set aside with it.
#[tokio::test(start_paused = true)]
async fn inv_28_of_callbacks_that_wait_only_the_one_that_kills_is_set_aside() {
    let pending = Script::says(Say::Pending).executing();
    // Nobody looks before both are stored.
    let setup = Setup::default().bell(|| Arc::new(DeafBell));
    let mut world = setup.supplier(resubmit(), pending).start().await;
    let deadly = world.submit("A-1").await;
    let innocent = world.wish("A-2", "081234567891");
    let innocent = world.try_submit(innocent).await.unwrap();
    world.pass(secs(5)).await;
    world.life.ends(Moment::BeforeOutcome);
    world.call_back(&deadly, 0, Say::Delivered).await;
    world.pass(Duration::from_millis(2)).await;
    world.call_back(&innocent, 0, Say::Delivered).await;
    for death in 1..=3 {
        world.pass(secs(10)).await;
        assert!(world.life.is_over(), "death {death}");
        world.restart();
        if death < 3 {
            world.life.ends(Moment::BeforeOutcome);
        }
    }
    world.pass(secs(5)).await;
    let aside = world.engine.orphans(&Page::first(9)).await.unwrap();
    assert_eq!(aside.len(), 1, "{aside:?}");
    let state = async |order| world.look(order).await.order.state;
    assert!(matches!(state(&deadly).await, OrderState::InFlight(_)));
    assert_eq!(state(&innocent).await, OrderState::Succeeded);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_28_a_supplier_that_hangs_or_panics_leaves_the_others_alone() {
    for fault in [Say::Never, Say::Panic] {
        let world = Setup::default()
            .supplier(resubmit(), Script::delivers())
            .start()
            .await;
        let faulty = Script::says(fault).then(Say::Delivered);
        world.supplier(0).script(faulty);
        let struck = world.submit("A-0").await;
        world.pass(secs(1)).await;
        for n in 1..20 {
            world.submit(&format!("A-{n}")).await;
        }
        world.pass(secs(5)).await;
        assert_eq!(world.supplier(0).executions(), 20);
        let in_flight = world.look(&struck).await.order.state;
        assert!(matches!(in_flight, OrderState::InFlight(_)));
        world.pass(secs(35)).await;
        assert_eq!(
            world.look(&struck).await.attempts[0].state,
            AttemptState::Unknown
        );
        world.settle().await;
        assert_eq!(world.look(&struck).await.order.state, OrderState::Succeeded);
        world.audit().await;
    }
}

async fn everything_finishes(bell: fn() -> Arc<dyn Queue>) {
    let pending = Script::says(Say::Pending).executing();
    let world = Setup::default().bell(bell).start().await;
    world.supplier(0).script(pending);
    let first = world.submit("A-0").await;
    for n in 1..50 {
        world.submit(&format!("A-{n}")).await;
    }
    world.pass(secs(5)).await;
    world.call_back(&first, 0, Say::Delivered).await;
    world.pass(secs(5)).await;
    assert_eq!(world.look(&first).await.order.state, OrderState::Succeeded);
    world.settle().await;
    assert_eq!(
        (world.supplier(0).sends(), world.supplier(0).executions()),
        (50, 50)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_24_inv_26_with_a_bell_that_nobody_hears_everything_finishes_by_the_sweep() {
    everything_finishes(|| Arc::new(DeafBell)).await;
}

#[tokio::test(start_paused = true)]
async fn e_25_with_a_bell_that_rings_three_times_everything_happens_once() {
    everything_finishes(|| Arc::new(EchoBell::default())).await;
}

/// An order whose row nobody can read any more keeps no other from being worked, neither by a start nor by the sweep.
#[tokio::test(start_paused = true)]
async fn inv_33_a_spoilt_order_keeps_no_other_from_being_worked() {
    let later = Script::says(Say::Pending).then(Say::Delivered);
    let setup = Setup::default().bell(|| Arc::new(DeafBell));
    let mut world = setup.supplier(dedicated(), later).start().await;
    let mut orders = Vec::new();
    for n in 0..7 {
        let wish = world.wish(&format!("A-{n}"), &format!("0812345678{n:02}"));
        orders.push(world.try_submit(wish).await.unwrap());
    }
    world.pass(secs(5)).await;
    world.life.end();
    world.restart();
    let spoilt = orders.remove(3);
    world.life.spoils(spoilt.id);
    world.pass(minutes(20)).await;
    for order in &orders {
        let state = world.look(order).await.order.state;
        assert_eq!(state, OrderState::Succeeded);
    }
    let wish = world.wish("B-1", "081234567899");
    let newer = world.try_submit(wish).await.unwrap();
    world.pass(minutes(10)).await;
    assert_eq!(world.look(&newer).await.order.state, OrderState::Succeeded);
    world.life.mends();
    world.pass(minutes(10)).await;
    let mended = world.look(&spoilt).await;
    assert_eq!(mended.order.state, OrderState::Succeeded);
    assert_eq!(mended.attempts.len(), 1);
    world.audit().await;
}
