//! What comes after the end: late successes, reversals, races between them.

use end_to_end::{Say, Script, Setup, World, dedicated, minutes, report, resubmit, rp, secs};
use eraflazz_core::catalog::{CatalogChange, Product};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::{FloatMove, MoneyMove, OperationError};
use eraflazz_core::ids::{AttemptNo, SupplierId};
use eraflazz_core::ledger::Account;
use eraflazz_core::order::{OrderState, Resolution, Returned};
use eraflazz_core::ports::{Catalog, Ledger};
use eraflazz_core::supplier::{Callback, Claim, Formed, Profile, Reason, Sighting};
use std::time::Duration;

fn failed() -> Say {
    Say::Refused(Formed::Yes, Reason::ProductClosed)
}

#[tokio::test(start_paused = true)]
async fn e_03_a_late_success_is_taken_again_as_far_as_the_wallet_goes_and_the_rest_is_owed() {
    let world = Setup::default()
        .deposit(0)
        .supplier(resubmit(), Script::says(failed()))
        .start()
        .await;
    world.deposit(world.h2h, "d1", 10_500).await;
    let order = world.submit("A-1").await;
    world.settle().await;
    assert!(matches!(
        world.look(&order).await.order.state,
        OrderState::Returned(_)
    ));
    // The member spends most of it elsewhere.
    let back = MoneyMove {
        source: "bank".into(),
        reference: "taken out".into(),
        amount: rp(6_500),
        by: "owner".parse().unwrap(),
    };
    let bank = eraflazz_core::ids::BankId(0);
    world
        .engine
        .correct_deposit(world.h2h, bank, back)
        .await
        .unwrap();
    world.pass(secs(1)).await;
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    assert_eq!(
        world.look(&order).await.order.state,
        OrderState::LateDelivered
    );
    let wallet = world.wallet(world.h2h).await;
    assert_eq!((wallet.available, wallet.receivable), (rp(0), rp(6_500)));
    assert_eq!(world.case_kinds().await, [CaseKind::LateSuccess]);
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    world.deposit(world.h2h, "d2", 10_000).await;
    let wallet = world.wallet(world.h2h).await;
    assert_eq!((wallet.available, wallet.receivable), (rp(3_500), rp(0)));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_14_a_late_success_beside_a_second_delivery_is_the_houses_loss() {
    let world = Setup::default()
        .supplier(resubmit(), Script::says(failed()))
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.pass(secs(1)).await;
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(world.case_kinds().await, [CaseKind::Surplus]);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    let loss = eraflazz_core::ledger::Account::LossDelivery;
    assert_eq!(world.store().balance(loss).await.unwrap(), rp(9_800));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_14_a_late_success_while_the_next_attempt_is_live_settles_the_order() {
    let world = Setup::default()
        .supplier(resubmit(), Script::says(failed()))
        .supplier(resubmit(), Script::delivers().after(secs(20)))
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(3)).await;
    world.call_back(&order, 0, Say::Delivered).await;
    world.pass(secs(3)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.settle().await;
    let agg = world.look(&order).await;
    assert!(agg.attempts[1].surplus);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_04_a_reversal_is_disputed_until_a_person_says_so_and_refunded_once() {
    let world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    for _ in 0..3 {
        world.call_back(&order, 0, failed()).await;
        world.settle().await;
    }
    let disputed = world.look(&order).await.order;
    assert_eq!(disputed.state, OrderState::Succeeded);
    assert!(disputed.is_disputed());
    assert_eq!(world.case_kinds().await, [CaseKind::Disputed]);
    let rule = || Resolution::NotDelivered {
        proof: "statement line 4".into(),
    };
    let by = || "siti".parse().unwrap();
    let ruled = world.engine.resolve(order.id, rule(), by()).await.unwrap();
    assert_eq!(ruled.state, OrderState::Reversed);
    let again = world.engine.resolve(order.id, rule(), by()).await;
    assert!(
        matches!(again, Err(OperationError::Illegal(_))),
        "{again:?}"
    );
    assert_eq!(world.wallet(world.h2h).await.available, rp(100_000_000));
    world.settle().await;
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_04_a_reversal_confirmed_by_a_status_read_is_refunded_by_itself() {
    let script = Script::delivers().then(failed());
    let world = Setup::default().supplier(dedicated(), script).start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.call_back(&order, 0, failed()).await;
    world.pass(secs(30)).await;
    assert!(world.look(&order).await.order.is_disputed());
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Reversed);
    assert_eq!(world.wallet(world.h2h).await.available, rp(100_000_000));
    assert_eq!(world.case_kinds().await, [CaseKind::Reversed]);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_04_what_a_supplier_credits_for_a_reversal_is_booked_once() {
    let script = Script::delivers().then(failed());
    let world = Setup::default().supplier(dedicated(), script).start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.call_back(&order, 0, failed()).await;
    world.settle().await;
    let supplier = SupplierId(0);
    let balance = async |account| world.store().balance(account).await.unwrap();
    let (prepaid, dispute) = (Account::Prepaid(supplier), Account::Dispute(supplier));
    let before = balance(prepaid).await;
    assert_eq!(balance(dispute).await, rp(9_800), "it owes us the cost");
    for _ in 0..2 {
        let credited = MoneyMove {
            source: "statement".into(),
            reference: "line 1".into(),
            amount: rp(9_800),
            by: "owner".parse().unwrap(),
        };
        let kind = FloatMove::DisputeCredited;
        world.engine.float(supplier, kind, credited).await.unwrap();
    }
    assert_eq!(balance(dispute).await, rp(0));
    assert_eq!(balance(prepaid).await.checked_sub(before), Some(rp(9_800)));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_04_a_reversal_that_was_credited_is_taken_from_the_deposit_when_it_was_delivered_after_all()
 {
    let script = Script::delivers().then(failed());
    let world = Setup::default().supplier(dedicated(), script).start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    let supplier = SupplierId(0);
    let balance = async |account| world.store().balance(account).await.unwrap();
    let (prepaid, dispute) = (Account::Prepaid(supplier), Account::Dispute(supplier));
    let before = balance(prepaid).await;
    world.call_back(&order, 0, failed()).await;
    world.settle().await;
    let credited = MoneyMove {
        source: "statement".into(),
        reference: "line 1".into(),
        amount: rp(9_800),
        by: "owner".parse().unwrap(),
    };
    let kind = FloatMove::DisputeCredited;
    world.engine.float(supplier, kind, credited).await.unwrap();
    let by = "siti".parse().unwrap();
    let ruled = world.engine.resolve(order.id, Resolution::RECLAIM, by);
    assert_eq!(ruled.await.unwrap().state, OrderState::LateDelivered);
    assert_eq!(balance(dispute).await, rp(0), "it owed us nothing");
    assert_eq!(balance(prepaid).await, before, "it has its money again");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_03_after_a_formed_rejection_a_supplier_that_only_has_to_be_asked_is_asked_once_more() {
    for (profile, then, asks, state) in [
        (
            dedicated(),
            failed(),
            1,
            OrderState::Returned(Returned::Rejected(Reason::ProductClosed)),
        ),
        (dedicated(), Say::Delivered, 1, OrderState::LateDelivered),
        (
            dedicated(),
            Say::Never,
            5,
            OrderState::Returned(Returned::Rejected(Reason::ProductClosed)),
        ),
        (
            resubmit(),
            Say::Delivered,
            0,
            OrderState::Returned(Returned::Rejected(Reason::ProductClosed)),
        ),
    ] {
        let script = Script::says(failed()).then(then);
        let world = Setup::default().supplier(profile, script).start().await;
        let order = world.submit("A-1").await;
        world.pass(secs(1)).await;
        let agg = world.look(&order).await;
        assert!(
            matches!(agg.order.state, OrderState::Returned(_)),
            "at once"
        );
        world.settle().await;
        world.pass(minutes(60)).await;
        let agg = world.look(&order).await;
        assert_eq!(agg.order.state, state);
        assert_eq!(agg.order.next_action_at, None);
        let known = world.supplier(0).knows(&agg.attempts[0].supplier_ref);
        let known = known.unwrap();
        assert_eq!((known.sends, known.asks), (1, asks));
        world.audit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn e_19_a_return_races_a_success_and_the_sums_conserve() {
    for wins in [Say::Delivered, failed()] {
        let silent = Script::says(Say::Unclear(Reason::Timeout));
        let world = Setup::default().supplier(resubmit(), silent).start().await;
        let order = world.submit("A-1").await;
        // Between two sweeps, which would look at both in any order.
        world.pass(Duration::from_millis(60_500)).await;
        let other = if wins == Say::Delivered {
            failed()
        } else {
            Say::Delivered
        };
        // Both lie in the inbox before either is applied.
        world.call_back(&order, 0, wins).await;
        world.call_back(&order, 0, other).await;
        world.settle().await;
        let agg = world.look(&order).await;
        let expected = if wins == Say::Delivered {
            OrderState::Succeeded
        } else {
            OrderState::LateDelivered
        };
        assert_eq!(agg.order.state, expected);
        // Of one moment: which of them was said last nobody knows, and a delivery after a return is a case of its own.
        let cases = if wins == Say::Delivered { 1 } else { 2 };
        assert_eq!(world.cases().await.len(), cases, "the loser became a case");
        assert_eq!(
            world.wallet(world.h2h).await.available,
            rp(100_000_000 - 10_500)
        );
        world.audit().await;
    }
}

/// The next supplier's success is disputed when the first one's delivery is heard: its cost is ours, whatever becomes of the dispute.
#[tokio::test(start_paused = true)]
async fn inv_15_a_late_success_heard_during_a_dispute_is_not_forgotten() {
    let world = Setup::default()
        .supplier(resubmit(), Script::says(failed()))
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.call_back(&order, 1, failed()).await;
    world.pass(secs(5)).await;
    assert!(world.look(&order).await.order.is_disputed());
    world.call_back(&order, 0, Say::Delivered).await;
    world.pass(secs(5)).await;
    let loss = || world.store().balance(Account::LossDelivery);
    assert_eq!(loss().await.unwrap(), rp(0), "disputed: no money moves");
    let delivered = Resolution::Delivered {
        sn: None,
        cost: None,
    };
    let delivered = delivered.of(AttemptNo(2));
    let by = "siti".parse().unwrap();
    let ruled = world.engine.resolve(order.id, delivered, by).await.unwrap();
    assert_eq!(ruled.state, OrderState::Succeeded);
    world.settle().await;
    assert_eq!(loss().await.unwrap(), rp(9_800));
    assert_eq!(world.case_kinds().await, [CaseKind::Surplus]);
    world.audit().await;
}

/// The same about the live attempt: ruled undelivered, it does not give back the money for goods that another one delivered.
#[tokio::test(start_paused = true)]
async fn inv_15_a_delivery_heard_during_a_dispute_is_not_paid_back() {
    let world = Setup::default()
        .supplier(resubmit(), Script::says(failed()))
        .supplier(resubmit(), Script::says(Say::Pending))
        .start()
        .await;
    let snapshot = world.store().snapshot().await.unwrap();
    let with_sn = Product {
        sn_required: true,
        ..snapshot.products()[0].clone()
    };
    let change = vec![CatalogChange::PutProduct(with_sn)];
    world.store().change(change).await.unwrap();
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    let second = world.look(&order).await.attempts[1].clone();
    let formed = Formed::Yes;
    for claim in [Claim::Delivered, Claim::Refused { formed }] {
        let without_sn = Sighting {
            our_ref: Some(second.supplier_ref),
            sku: Some(second.sku.clone()),
            target: Some(second.target.clone()),
            ..Sighting::new(claim, Reason::None)
        };
        let said = report(&[without_sn]);
        world.engine.supplier_callback("b", said).await.unwrap();
        world.pass(secs(3)).await;
    }
    assert!(world.look(&order).await.order.is_disputed());
    world.call_back(&order, 0, Say::Delivered).await;
    world.pass(secs(3)).await;
    let undelivered = Resolution::NotDelivered {
        proof: "statement of b".into(),
    };
    let undelivered = undelivered.of(second.no);
    let by = "siti".parse().unwrap();
    let ruled = world.engine.resolve(order.id, undelivered, by).await;
    assert_eq!(ruled.unwrap().state, OrderState::Succeeded);
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.delivery.unwrap().attempt, agg.attempts[0].no);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

/// Nobody signs what this supplier reports. The order has left memory for the archive, and the process ends before and after the first look.
#[tokio::test(start_paused = true)]
async fn inv_35_a_hint_about_an_archived_order_is_looked_into_whatever_ends_between() {
    let hints = Profile {
        callback: Callback::Hint,
        ..dedicated()
    };
    let usually = Script::refuses(Reason::ProductClosed)
        .then(Say::Pending)
        .then(Say::Delivered);
    let mut world = Setup::default()
        .supplier(hints, usually)
        .on_disk()
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    // What is committed after ten minutes brings a checkpoint.
    world.pass(minutes(11)).await;
    world.submit("A-2").await;
    world.pass(minutes(1)).await;
    world.life.end();
    world.restart();
    world.engine.ready().await;
    let returned = world.look(&order).await;
    assert!(matches!(returned.order.state, OrderState::Returned(_)));
    assert_eq!(returned.order.next_action_at, None);

    world.call_back(&order, 0, Say::Delivered).await;
    world.pass(secs(5)).await;
    let hinted = world.look(&order).await;
    assert_eq!(hinted.order.state, returned.order.state, "nobody signed it");
    assert!(hinted.order.next_action_at.is_some());
    let asks = |world: &World| {
        let known = world.supplier(0).knows(&hinted.attempts[0].supplier_ref);
        known.unwrap().asks
    };
    assert_eq!(asks(&world), 1, "in process, it says");
    world.life.end();
    world.restart();
    world.engine.ready().await;
    world.settle().await;
    assert_eq!(asks(&world), 2);
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::LateDelivered);
    assert_eq!(world.supplier(0).sends(), 2, "one for each order");
    world.audit().await;
}
