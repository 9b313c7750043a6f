//! Routes: one supplier says no, another is asked; only after proof.

use end_to_end::{Say, Script, Setup, dedicated, listing, minutes, resubmit, rp, secs};
use eraflazz_core::catalog::CatalogChange;
use eraflazz_core::ids::MappingId;
use eraflazz_core::order::{AttemptState, OrderState, Returned};
use eraflazz_core::ports::Catalog;
use eraflazz_core::supplier::{Formed, Profile, Reason, Reference};

#[tokio::test(start_paused = true)]
async fn inv_11_the_next_supplier_is_asked_under_a_new_ref() {
    let no = Script::refuses(Reason::OutOfStock);
    let world = Setup::default()
        .supplier(resubmit(), no)
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(agg.order.delivery.unwrap().cost, rp(9_900));
    assert_eq!(agg.attempts.len(), 2);
    assert_ne!(agg.attempts[0].supplier_ref, agg.attempts[1].supplier_ref);
    world.audit().await;
}

/// What the worker read when it took the order is old by then.
#[tokio::test(start_paused = true)]
async fn inv_17_the_next_supplier_is_chosen_by_the_costs_of_that_moment() {
    let no = Script::refuses(Reason::ProductClosed).after(secs(20));
    let world = Setup::default()
        .supplier(resubmit(), no)
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(10)).await;
    let dearer = CatalogChange::SetMappingCost {
        mapping: MappingId(1),
        cost: rp(1_000_000),
        stock: None,
    };
    world.store().change(vec![dearer]).await.unwrap();
    world.settle().await;
    let state = world.look(&order).await.order.state;
    let returned = OrderState::Returned(Returned::Rejected(Reason::ProductClosed));
    assert_eq!(state, returned);
    assert_eq!(world.supplier(1).sends(), 0);
    world.audit().await;
}

/// So is what was read before it was known whose transaction an answer names.
#[tokio::test(start_paused = true)]
async fn inv_17_the_next_supplier_is_chosen_when_everything_else_is_read() {
    let no = Script::says(Say::Refused(Formed::Yes, Reason::ProductClosed));
    let world = Setup::default()
        .supplier(listing(), no)
        .supplier(listing(), Script::delivers())
        .start()
        .await;
    world.life.slows_reads(secs(10));
    let order = world.submit("A-1").await;
    world.pass(secs(15)).await;
    assert_eq!(world.supplier(0).sends(), 1);
    let dearer = CatalogChange::SetMappingCost {
        mapping: MappingId(1),
        cost: rp(1_000_000),
        stock: None,
    };
    world.store().change(vec![dearer]).await.unwrap();
    world.settle().await;
    let state = world.look(&order).await.order.state;
    let returned = OrderState::Returned(Returned::Rejected(Reason::ProductClosed));
    assert_eq!(state, returned);
    assert_eq!(world.supplier(1).sends(), 0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_15_when_all_say_no_the_money_goes_back_in_that_commit() {
    let no = || Script::says(Say::Refused(Formed::Yes, Reason::ProductClosed));
    let world = Setup::default()
        .supplier(resubmit(), no())
        .supplier(resubmit(), no())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    let agg = world.look(&order).await;
    let returned = OrderState::Returned(Returned::Rejected(Reason::ProductClosed));
    assert_eq!(agg.order.state, returned);
    // Accepted, intent, rejection with the next intent, rejection with the return.
    assert_eq!(agg.order.version, 4);
    assert_eq!(world.wallet(world.h2h).await.available, rp(100_000_000));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn d_39_a_wrong_number_is_wrong_everywhere() {
    let world = Setup::default()
        .supplier(resubmit(), Script::refuses(Reason::BadDestination))
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.settle().await;
    let state = world.look(&order).await.order.state;
    assert_eq!(
        state,
        OrderState::Returned(Returned::Rejected(Reason::BadDestination))
    );
    assert_eq!(world.supplier(1).sends(), 0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn d_39_an_invited_retry_comes_after_1_2_and_5_minutes_each_under_a_new_ref() {
    let no = Script::refuses(Reason::OutOfStock);
    let world = Setup::default().supplier(resubmit(), no).start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    let known = world.supplier(0).known();
    assert_eq!(known.len(), 4);
    assert!(known.iter().all(|(_, known)| known.sends == 1));
    for (pair, wait) in known.windows(2).zip([1, 2, 5]) {
        let gap = pair[1].1.sent_at[0] - pair[0].1.sent_at[0];
        assert!(
            gap >= minutes(wait) && gap < minutes(wait) + secs(3),
            "{gap:?}"
        );
    }
    let state = world.look(&order).await.order.state;
    assert_eq!(
        state,
        OrderState::Returned(Returned::Rejected(Reason::OutOfStock))
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_12_after_silence_only_the_same_supplier_is_asked_again() {
    let world = Setup::default()
        .supplier(
            resubmit(),
            Script::says(Say::Never)
                .then(Say::Pending)
                .then(Say::Delivered)
                .executing(),
        )
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(agg.attempts.len(), 1, "one ref for ever (INV-11)");
    assert_eq!(world.supplier(1).sends(), 0);
    let known = world.supplier(0).known();
    assert_eq!((known.len(), known[0].1.sends), (1, 3));
    // The first call ends with its time limit of 35 s; checks follow at least a minute after an end.
    let sent = &known[0].1.sent_at;
    assert!(sent[1] - sent[0] >= secs(35) + minutes(1));
    assert!(sent[2] - sent[1] >= minutes(1));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_12_no_unclear_answer_ever_returns_the_money() {
    for reason in [
        Reason::NotFound,
        Reason::Timeout,
        Reason::Unreadable,
        Reason::RateLimited,
    ] {
        let world = Setup::default()
            .supplier(resubmit(), Script::says(Say::Unclear(reason)).executing())
            .supplier(resubmit(), Script::delivers())
            .start()
            .await;
        let order = world.submit("A-1").await;
        world.pass(minutes(60 * 24)).await;
        let agg = world.look(&order).await;
        assert!(
            matches!(agg.order.state, OrderState::InFlight(_)),
            "{reason:?}"
        );
        assert_eq!(world.wallet(world.h2h).await.held, rp(10_500));
        assert_eq!(world.supplier(1).sends(), 0);
        world.audit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn inv_13_a_refusal_of_a_resend_says_nothing_of_the_first_send() {
    let script = Script::says(Say::Never)
        .then(Say::Refused(Formed::No, Reason::Duplicate))
        .then(Say::Delivered);
    let world = Setup::default()
        .supplier(resubmit(), script)
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(world.supplier(1).sends(), 0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_13_an_empty_supplier_is_left_alone_until_its_balance_is_read() {
    let world = Setup::default()
        .supplier(resubmit(), Script::delivers())
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    world
        .supplier(0)
        .script(Script::refuses(Reason::SupplierFunds));
    let first = world.submit("A-1").await;
    world.pass(secs(5)).await;
    assert_eq!(
        world.look(&first).await.order.delivery.unwrap().cost,
        rp(9_900)
    );
    world.submit("A-2").await;
    // Balance reads fail: it stays tripped.
    world.pass(minutes(10)).await;
    world.submit("A-3").await;
    world.pass(secs(5)).await;
    assert_eq!(
        (world.supplier(0).sends(), world.supplier(1).sends()),
        (1, 3)
    );
    world.supplier(0).set_balance(rp(0));
    world.pass(minutes(2)).await;
    world.submit("A-4").await;
    world.pass(secs(5)).await;
    assert_eq!(world.supplier(0).sends(), 1, "zero mends nothing");
    world.supplier(0).set_balance(rp(1_000_000));
    world.pass(minutes(2)).await;
    world.submit("A-5").await;
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 2);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_13_the_forecast_stops_before_our_deposit_is_used_up() {
    // Enough for two caps of 10 500, not for three.
    let slow = Script::delivers().after(secs(20));
    let world = Setup::default()
        .float(31_000)
        .supplier(resubmit(), slow)
        .start()
        .await;
    for n in 0..4 {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456789{n}"));
        world.try_submit(wish).await.unwrap();
    }
    world.settle().await;
    // After the first two were billed 9 800 each, 11 400 are left: one more.
    assert!(world.supplier(0).executions() <= 3);
    assert!(world.supplier(0).executions() >= 2);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_40_with_every_breaker_open_an_order_waits_until_its_deadline_and_returns_once() {
    let down = || Script::says(Say::NotSent(Reason::Timeout));
    let world = Setup::default()
        .supplier(resubmit(), down())
        .supplier(resubmit(), down())
        .start()
        .await;
    for n in 0..6 {
        let wish = world.wish(&format!("B-{n}"), &format!("08123456780{n}"));
        world.try_submit(wish).await.unwrap();
        world.pass(secs(1)).await;
    }
    let sends = world.supplier(0).sends() + world.supplier(1).sends();
    let order = world.submit("A-1").await;
    world.pass(secs(20)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Held);
    assert_eq!(
        world.supplier(0).sends() + world.supplier(1).sends(),
        sends,
        "no storm"
    );
    world.settle().await;
    let order = world.look(&order).await.order;
    assert!(matches!(order.state, OrderState::Returned(_)));
    assert!(order.updated_at <= order.deadline.plus(secs(2)));
    assert_eq!(world.wallet(world.h2h).await.available, rp(100_000_000));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_27_a_rejection_is_kept_even_if_the_next_route_is_taken_by_another_order() {
    // `b` knows only its own references: one live attempt there for the same goods and number (INV-11).
    let theirs = Profile {
        reference: Reference::Theirs,
        ..dedicated()
    };
    let world = Setup::default()
        .supplier(resubmit(), Script::refuses(Reason::ProductClosed))
        .supplier(theirs, Script::delivers())
        .start()
        .await;
    world
        .supplier(1)
        .script(Script::refuses(Reason::ProductClosed).after(secs(20)));
    let first = world.submit("A-1").await;
    world.pass(secs(3)).await;
    let second = world.submit("A-2").await;
    world.pass(secs(3)).await;
    let agg = world.look(&second).await;
    let refused = matches!(agg.attempts[0].state, AttemptState::Rejected { .. });
    assert!(refused, "{:?}", agg.attempts[0].state);
    assert_eq!(agg.order.state, OrderState::Held, "it waits for its turn");
    assert_eq!(world.supplier(1).sends(), 1);
    world.settle().await;
    let first = world.look(&first).await.order.state;
    assert!(matches!(first, OrderState::Returned(_)), "{first:?}");
    assert_eq!(world.look(&second).await.order.state, OrderState::Succeeded);
    assert_eq!(world.supplier(1).executions(), 1);
    world.audit().await;
}

/// A supplier that calls an order of ours a duplicate has the other one of ours in mind: nothing is bought elsewhere while that one may be delivered.
#[tokio::test(start_paused = true)]
async fn inv_14_a_duplicate_waits_until_its_twin_has_ended() {
    let world = Setup::default()
        .supplier(resubmit(), Script::delivers())
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let pending = Script::says(Say::Pending).executing();
    world.supplier(0).script(pending);
    let first = world.submit("A-1").await;
    world.pass(secs(2)).await;
    world.supplier(0).script(Script::refuses(Reason::Duplicate));
    let second = world.submit("A-2").await;
    world.pass(minutes(1)).await;
    assert_eq!(world.look(&second).await.order.state, OrderState::Held);
    assert_eq!(world.supplier(1).sends(), 0);
    world.call_back(&first, 0, Say::Delivered).await;
    world.settle().await;
    for order in [&first, &second] {
        let state = world.look(order).await.order.state;
        assert_eq!(state, OrderState::Succeeded);
    }
    assert_eq!(world.supplier(1).executions(), 1);
    world.audit().await;
}
