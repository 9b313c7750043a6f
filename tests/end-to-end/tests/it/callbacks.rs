//! Callbacks: early, late, strange.

use std::time::Duration;

use end_to_end::{
    Moment, Say, Script, Setup, World, dedicated, minutes, report, resubmit, rp, secs,
};
use eraflazz_core::engine::CallbackError;
use eraflazz_core::order::{AttemptState, Order, OrderState};
use eraflazz_core::supplier::{Claim, Formed, Profile, RawRequest, Reason, Reference, Sighting};

#[tokio::test(start_paused = true)]
async fn e_07_a_success_before_the_reply_is_applied_at_once() {
    let slow = Script::delivers().after(secs(20));
    let world = Setup::default().supplier(resubmit(), slow).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    world.call_back(&order, 0, Say::Delivered).await;
    world.pass(secs(2)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.settle().await;
    world.pass(minutes(5)).await;
    assert_eq!(world.supplier(0).sends(), 1);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_07_a_rejection_before_the_reply_waits_for_it() {
    let slow = Script::delivers().after(secs(20));
    let world = Setup::default()
        .supplier(resubmit(), slow)
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    world
        .call_back(&order, 0, Say::Refused(Formed::Yes, Reason::Other))
        .await;
    world.pass(secs(2)).await;
    let agg = world.look(&order).await;
    assert_eq!(agg.attempts[0].state, AttemptState::Unknown);
    assert_eq!(world.supplier(1).sends(), 0);
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(world.supplier(1).sends(), 0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_08_pending_after_success_is_kept_and_ignored() {
    let world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    let version = world.look(&order).await.order.version;
    world.call_back(&order, 0, Say::Pending).await;
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(agg.order.version, version + 1, "kept as evidence");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_35_an_unsigned_callback_is_nobodys() {
    let world = Setup::default()
        .supplier(resubmit(), Script::says(Say::Pending))
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    let agg = world.look(&order).await;
    let mut request = world
        .supplier(0)
        .callback(&agg.attempts[0].supplier_ref, Say::Pending);
    request.headers.clear();
    for name in ["a", "nobody"] {
        let answer = world.engine.supplier_callback(name, request.clone()).await;
        assert_eq!(answer, Err(CallbackError::Unauthenticated));
    }
    request.body = vec![b'x'; 64 * 1024 + 1].into();
    let answer = world.engine.supplier_callback("a", request).await;
    assert_eq!(answer, Err(CallbackError::TooLarge));
    world.audit().await;
}

/// A signed success that names the order by the supplier's own reference only, before that is known; and the supplier's word that makes it known.
async fn early_and_link(world: &World, order: &Order) -> [RawRequest; 2] {
    let attempt = world.look(order).await.attempts[0].clone();
    let says = |claim| Sighting {
        their_ref: Some("T-77".parse().unwrap()),
        sku: Some(attempt.sku.clone()),
        target: Some(attempt.target.clone()),
        price: Some(rp(9_800)),
        ..Sighting::new(claim, Reason::None)
    };
    let link = Sighting {
        our_ref: Some(attempt.supplier_ref),
        ..says(Claim::Pending)
    };
    [report(&[says(Claim::Delivered)]), report(&[link])]
}

fn theirs() -> Setup {
    let theirs = Profile {
        reference: Reference::Theirs,
        ..dedicated()
    };
    let silent = Script::says(Say::Unclear(Reason::Timeout)).executing();
    Setup::default().supplier(theirs, silent)
}

#[tokio::test(start_paused = true)]
async fn e_07_an_orphan_is_applied_once_its_reference_is_linked() {
    let world = theirs().start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(3)).await;
    let [early, link] = early_and_link(&world, &order).await;
    world.engine.supplier_callback("a", early).await.unwrap();
    world.pass(secs(3)).await;
    let state = world.look(&order).await.order.state;
    assert!(matches!(state, OrderState::InFlight(_)), "nobody's yet");
    world.engine.supplier_callback("a", link).await.unwrap();
    // Before the first status check, and by the bell.
    world.pass(Duration::from_millis(100)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.settle().await;
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn c_07_an_orphan_that_was_linked_by_a_dying_process_is_applied_by_the_next() {
    let mut world = theirs().start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(3)).await;
    let [early, link] = early_and_link(&world, &order).await;
    world.engine.supplier_callback("a", early).await.unwrap();
    world.pass(secs(3)).await;
    world.life.ends(Moment::AfterIntent);
    world.engine.supplier_callback("a", link).await.unwrap();
    world.pass(secs(3)).await;
    assert!(world.life.is_over());
    let agg = world.look(&order).await;
    assert!(agg.attempts[0].their_ref.is_some(), "linked");
    assert!(matches!(agg.order.state, OrderState::InFlight(_)));
    world.restart();
    world.engine.ready().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.settle().await;
    world.audit().await;
}

/// A Digiflazz webhook signs no time: one captured body can be sent again for ever, and a restart forgets nothing of it.
#[tokio::test(start_paused = true)]
async fn e_06_a_doubtful_callback_replayed_after_a_restart_buys_nothing_at_another_supplier() {
    let mut world = Setup::default()
        .supplier(resubmit(), Script::says(Say::Pending).executing())
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    let doubtful = Say::Refused(Formed::Doubtful, Reason::Timeout);
    world.call_back(&order, 0, doubtful).await;
    world.pass(secs(2)).await;
    let heard = world.look(&order).await;
    assert!(heard.attempts[0].doubt.is_some());
    world.stop().await;
    world.restart();
    world.engine.ready().await;
    world.pass(secs(62)).await;
    let before = world.look(&order).await;
    for _ in 0..20 {
        world.call_back(&order, 0, doubtful).await;
    }
    world.pass(secs(2)).await;
    assert_eq!(world.look(&order).await, before, "nothing is written");
    assert_eq!(world.supplier(1).sends(), 0);
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}
