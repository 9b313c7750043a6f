//! Suppliers that know no reference of ours: what they name is ours only if nobody else's is (INV-11, E-9).

use std::time::Duration;

use end_to_end::{Say, Script, Setup, World, listing, minutes, report, secs};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::order::{AttemptState, Order, OrderState, Resolution};
use eraflazz_core::supplier::{Claim, Reason, Sighting};

async fn world(usually: Script) -> World {
    Setup::default().supplier(listing(), usually).start().await
}

async fn their_ref(world: &World, order: &Order) -> Option<String> {
    let agg = world.look(order).await;
    let theirs = agg.attempts[0].their_ref.as_ref();
    theirs.map(ToString::to_string)
}

#[tokio::test(start_paused = true)]
async fn inv_11_a_purchase_whose_answer_was_lost_is_found_in_the_list() {
    let world = world(Script::delivers().unheard().then(Say::Delivered)).await;
    let first = world.submit("A-1").await;
    let another = world.wish("A-2", "087800005678");
    let second = world.try_submit(another).await.unwrap();
    world.pass(secs(10)).await;
    assert_eq!(their_ref(&world, &first).await, None);
    world.settle().await;
    for (order, theirs) in [(&first, "T1"), (&second, "T2")] {
        assert_eq!(their_ref(&world, order).await.as_deref(), Some(theirs));
        assert_eq!(world.look(order).await.order.state, OrderState::Succeeded);
    }
    assert_eq!(world.supplier(0).executions(), 2);
    world.audit().await;
}

/// The same goods for the same number, bought a moment before for another order: its time alone would not tell it apart.
#[tokio::test(start_paused = true)]
async fn inv_11_a_purchase_of_another_order_is_never_adopted() {
    let world = world(Script::delivers()).await;
    let first = world.submit("A-1").await;
    world.pass(Duration::from_millis(200)).await;
    assert_eq!(world.look(&first).await.order.state, OrderState::Succeeded);
    world.supplier(0).script(Script::lost());
    let second = world.submit("A-2").await;
    world.pass(Duration::from_millis(200)).await;
    let [one, two] = [world.look(&first).await, world.look(&second).await];
    let at = |agg: &eraflazz_core::order::Aggregate| agg.attempts[0].first_sent_at.seconds();
    assert_eq!(at(&one), at(&two), "within one second");
    world.pass(minutes(200)).await;
    let two = world.look(&second).await;
    assert_eq!(two.attempts[0].state, AttemptState::Unknown);
    assert_eq!(two.attempts[0].their_ref, None);
    assert_eq!(world.case_kinds().await, [CaseKind::Escalated]);
    let proof = "not in the statement".to_owned();
    let ruling = Resolution::NotDelivered { proof };
    let by = "owner".parse().unwrap();
    let ruled = world.engine.resolve(second.id, ruling, by).await;
    assert!(ruled.is_ok(), "{ruled:?}");
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 1);
    world.audit().await;
}

/// Under our reference, an id that is another attempt's: it comes before the answer to the send.
#[tokio::test(start_paused = true)]
async fn e_09_a_message_that_names_the_purchase_of_another_order_settles_nothing() {
    let world = world(Script::delivers()).await;
    let first = world.submit("A-1").await;
    world.pass(secs(2)).await;
    let slow = Script::says(Say::Pending).after(secs(10));
    world.supplier(0).script(slow.then(Say::Delivered));
    let second = world.submit("A-2").await;
    world.pass(secs(2)).await;
    let attempt = world.look(&second).await.attempts.remove(0);
    assert_eq!(attempt.state, AttemptState::Sending);
    let stolen = Sighting {
        our_ref: Some(attempt.supplier_ref),
        their_ref: "T1".parse().ok(),
        sku: Some(attempt.sku),
        target: Some(attempt.target),
        ..Sighting::new(Claim::Delivered, Reason::None)
    };
    let callback = report(&[stolen]);
    world.engine.supplier_callback("a", callback).await.unwrap();
    world.pass(secs(2)).await;
    let agg = world.look(&second).await;
    assert_eq!(agg.order.state, OrderState::InFlight(agg.attempts[0].no));
    assert_eq!(their_ref(&world, &second).await, None);
    world.settle().await;
    for (order, theirs) in [(&first, "T1"), (&second, "T2")] {
        assert_eq!(their_ref(&world, order).await.as_deref(), Some(theirs));
        assert_eq!(world.look(order).await.order.state, OrderState::Succeeded);
    }
    world.audit().await;
}
