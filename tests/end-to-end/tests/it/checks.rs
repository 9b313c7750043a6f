//! Status checks, escalation, a human's word (INV-33, D38).

use end_to_end::{Say, Script, Setup, dedicated, minutes, resubmit, rp, secs};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::OperationError;
use eraflazz_core::order::{OrderState, Resolution, Review};
use eraflazz_core::supplier::{Formed, Reason};

#[tokio::test(start_paused = true)]
async fn inv_33_five_checks_then_a_person_and_a_callback_still_settles() {
    let silent = Script::says(Say::Unclear(Reason::Timeout)).executing();
    let world = Setup::default().supplier(dedicated(), silent).start().await;
    let order = world.submit("A-1").await;
    let mut asks = Vec::new();
    // Two seconds before each check is due, and four after.
    for wait in [120 - 2, 180 - 6, 180 - 6, 180 - 6, 180 - 6] {
        world.pass(secs(wait)).await;
        asks.push(world.supplier(0).known()[0].1.asks);
        world.pass(secs(6)).await;
    }
    assert_eq!(asks, [0, 1, 2, 3, 4], "after 2, 3, 3, 3 and 3 minutes");
    assert_eq!(world.supplier(0).known()[0].1.asks, 5);
    world.pass(secs(5)).await;
    let agg = world.look(&order).await;
    assert!(matches!(agg.order.review, Some(Review::Escalated { .. })));
    assert_eq!(world.case_kinds().await, [CaseKind::Escalated]);
    assert!(world.cases().await[0].deadline > world.now());
    world.pass(minutes(31)).await;
    assert_eq!(
        world.supplier(0).known()[0].1.asks,
        6,
        "every half hour from then on"
    );
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    let order = world.look(&order).await.order;
    assert_eq!((order.state, order.review), (OrderState::Succeeded, None));
    assert!(world.case_kinds().await.is_empty());
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_33_pending_for_a_quarter_of_an_hour_goes_before_a_person() {
    let pending = Script::says(Say::Pending).executing();
    let slow = eraflazz_core::supplier::Profile {
        poll: vec![minutes(10); 5],
        ..resubmit()
    };
    let world = Setup::default().supplier(slow, pending).start().await;
    let order = world.submit("A-1").await;
    world.pass(minutes(14)).await;
    assert!(world.look(&order).await.order.review.is_none());
    world.pass(minutes(1) + secs(3)).await;
    assert!(world.look(&order).await.order.under_review());
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn d_38_a_person_rules_once() {
    let silent = Script::says(Say::Unclear(Reason::Timeout)).executing();
    let world = Setup::default().supplier(resubmit(), silent).start().await;
    let order = world.submit("A-1").await;
    world.pass(minutes(20)).await;
    let rule = || Resolution::Delivered {
        sn: None,
        cost: None,
    };
    let by = || "siti".parse().unwrap();
    let ruled = world.engine.resolve(order.id, rule(), by()).await.unwrap();
    assert_eq!(ruled.state, OrderState::Succeeded);
    assert!(world.engine.resolve(order.id, rule(), by()).await.is_err());
    world.settle().await;
    assert!(world.case_kinds().await.is_empty());
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_13_a_doubtful_failure_is_believed_when_it_is_said_again() {
    let doubtful = Script::says(Say::Refused(Formed::Doubtful, Reason::Timeout));
    let world = Setup::default()
        .supplier(resubmit(), doubtful)
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(minutes(1) + secs(30)).await;
    assert_eq!(world.supplier(1).sends(), 0);
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 2);
    let agg = world.look(&order).await;
    assert_eq!(agg.order.delivery.unwrap().cost, rp(9_900));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_12_a_supplier_is_never_resent_to_sooner_than_it_allows() {
    let hasty = eraflazz_core::supplier::Profile {
        poll: vec![secs(1); 5],
        ..resubmit()
    };
    let script = Script::says(Say::Pending)
        .after(secs(7))
        .then(Say::Delivered);
    let world = Setup::default().supplier(hasty, script).start().await;
    world.submit("A-1").await;
    world.settle().await;
    let sent = &world.supplier(0).known()[0].1.sent_at;
    assert_eq!(sent.len(), 2);
    assert!(
        sent[1] - sent[0] >= secs(7) + minutes(1),
        "from the end of the call"
    );
    world.audit().await;
}

/// What a read has seen is as old as its beginning, however long its answer took.
#[tokio::test(start_paused = true)]
async fn inv_21_a_read_that_was_under_way_when_a_contradiction_came_settles_nothing() {
    let slow = Script::says(Say::Unclear(Reason::Timeout))
        .then(Say::Delivered)
        .after(secs(20));
    let world = Setup::default().supplier(dedicated(), slow).start().await;
    let order = world.submit("A-1").await;
    world.pass(minutes(2) + secs(10)).await;
    assert_eq!(world.supplier(0).known()[0].1.asks, 1, "it is under way");
    world.call_back(&order, 0, Say::Delivered).await;
    world.pass(secs(1)).await;
    let failed = Say::Refused(Formed::Yes, Reason::Other);
    world.call_back(&order, 0, failed).await;
    world.pass(secs(1)).await;
    let is_disputed = async || {
        let review = world.look(&order).await.order.review;
        matches!(review, Some(Review::Disputed { .. }))
    };
    assert!(is_disputed().await);
    world.pass(secs(15)).await;
    assert!(
        is_disputed().await,
        "its answer is older than what was said"
    );
    world.settle().await;
    assert!(!is_disputed().await);
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}

/// The message was first: it stands, and whoever ruled about the order as it was looks again.
#[tokio::test(start_paused = true)]
async fn e_33_a_ruling_about_an_order_that_a_message_has_settled_meanwhile_is_refused() {
    let silent = Script::says(Say::Unclear(Reason::Timeout));
    let world = Setup::default().supplier(dedicated(), silent).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    let seen = world.look(&order).await.order.version;
    let failed = Say::Refused(Formed::Yes, Reason::Other);
    world.call_back(&order, 0, failed).await;
    world.pass(secs(1)).await;
    let settled = world.look(&order).await.order;
    assert!(matches!(settled.state, OrderState::Returned(_)));
    let delivered = Resolution::Delivered {
        sn: None,
        cost: None,
    };
    let by = "budi".parse().unwrap();
    let ruled = world.engine.resolve_as_seen(order.id, seen, delivered, by);
    let ruled = ruled.await;
    assert!(
        matches!(ruled, Err(OperationError::Changed { .. })),
        "{ruled:?}"
    );
    assert_eq!(world.look(&order).await.order, settled);
    world.settle().await;
    world.audit().await;
}
