//! Callbacks: early, late, strange.

use end_to_end::{Say, Script, Setup, minutes, resubmit, rp, secs};
use eraflazz_core::engine::CallbackError;
use eraflazz_core::order::{AttemptState, OrderState};
use eraflazz_core::supplier::{Formed, Reason};

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
