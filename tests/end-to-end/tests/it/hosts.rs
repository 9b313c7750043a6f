//! What happens to the host under a running house: its clock is set, a worker sleeps past its lease, yesterday's backup is restored; and what
//! suppliers then bring up from the past.

use end_to_end::{Say, Script, Setup, World, dedicated, minutes, report, resubmit, rp, secs};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::{FloatMove, MoneyMove, OperationError};
use eraflazz_core::ids::{BankId, Epoch, Installation, RefShape, SupplierId, SupplierRef};
use eraflazz_core::ledger::Account;
use eraflazz_core::order::{AttemptState, Entry, OrderState};
use eraflazz_core::ports::{Ledger, Store};
use eraflazz_core::supplier::{Callback, Claim, Formed, Profile, RawRequest, Reason, Sighting};

const HOUR: i64 = 3_600;

/// The supplier is called while the clock is set: the lease may seem over an hour early, or an hour late. Either way nothing is sent twice that must
/// not be, and everything ends.
#[tokio::test(start_paused = true)]
async fn e_39_a_host_whose_clock_jumps_an_hour_buys_once() {
    for jump in [HOUR, -HOUR] {
        for profile in [dedicated(), resubmit()] {
            let slow = Script::delivers().after(secs(20));
            let world = Setup::default().supplier(profile, slow).start().await;
            let order = world.submit("A-1").await;
            world.pass(secs(5)).await;
            world.clock().jump(jump);
            world.pass(secs(5)).await;
            let later = world.submit("A-2").await;
            world.settle().await;
            for order in [&order, &later] {
                let agg = world.look(order).await;
                assert_eq!(agg.order.state, OrderState::Succeeded, "{jump}");
                assert_eq!(agg.attempts.len(), 1);
            }
            assert_eq!(world.supplier(0).executions(), 2);
            assert_eq!(
                world.wallet(world.h2h).await.available,
                rp(100_000_000 - 21_000)
            );
            // The log of an order is in the order of its commits, whatever the host's clock said at each.
            if jump > 0 {
                world.audit().await;
            }
        }
    }
}

/// What a call brought could not be committed, and the clock is set back meanwhile: it is tried again when its wait is over, not an hour later.
#[tokio::test(start_paused = true)]
async fn e_39_an_outcome_that_waits_is_not_kept_waiting_by_a_clock_set_back() {
    let slow = Script::delivers().after(secs(5));
    let world = Setup::default().supplier(dedicated(), slow).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(4)).await;
    world.life.is_cut_off(true);
    world.pass(secs(2)).await;
    world.clock().jump(-HOUR);
    world.life.is_cut_off(false);
    world.pass(secs(5)).await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(world.supplier(0).executions(), 1);
}

/// A process dies over a call, and the one that follows it finds a clock that is an hour off: the lease still ends, in the end.
#[tokio::test(start_paused = true)]
async fn e_39_leases_survive_a_host_that_comes_back_with_another_time() {
    for jump in [HOUR, -HOUR] {
        let silent = Script::says(Say::Never).then(Say::Delivered);
        let mut world = Setup::default()
            .supplier(dedicated(), silent)
            .on_disk()
            .start()
            .await;
        let order = world.submit("A-1").await;
        world.pass(secs(5)).await;
        world.life.end();
        world.clock().jump(jump);
        world.restart();
        world.settle().await;
        let agg = world.look(&order).await;
        assert_eq!(agg.order.state, OrderState::Succeeded, "{jump}");
        assert_eq!(world.supplier(0).sends(), 1);
        assert_eq!(world.supplier(0).executions(), 1);
    }
}

/// A worker sleeps between its call and its commit until its lease has passed to another process (C13): it decides nothing, and what it read is
/// kept (INV-27).
#[tokio::test(start_paused = true)]
async fn e_25_a_worker_that_wakes_after_its_lease_decides_nothing() {
    for profile in [dedicated(), resubmit()] {
        let lease = profile.lease();
        let pending = Script::says(Say::Pending).then(Say::Delivered);
        let world = Setup::default().supplier(profile, pending).start().await;
        let rival = world.rival();
        world.life.slows_outcomes(lease + minutes(4));
        let order = world.submit("A-1").await;
        world.pass(lease + secs(5)).await;
        let agg = world.look(&order).await;
        assert_eq!(agg.attempts[0].state, AttemptState::Unknown, "taken over");
        world.settle().await;
        let agg = world.look(&order).await;
        assert_eq!(agg.order.state, OrderState::Succeeded);
        assert_eq!(agg.attempts.len(), 1);
        assert_eq!(world.supplier(0).executions(), 1);
        drop(rival);
        world.audit().await;
    }
}

/// Goods that failed and are bought again: the supplier brings up its old success under the old reference. Nobody takes it for the new purchase.
#[tokio::test(start_paused = true)]
async fn e_38_an_old_success_is_never_taken_for_a_new_purchase() {
    let failed = Say::Refused(Formed::Yes, Reason::BadDestination);
    let world = Setup::default()
        .supplier(resubmit(), Script::says(Say::Pending))
        .start()
        .await;
    world.supplier(0).script(Script::says(failed));
    let first = world.submit("A-1").await;
    world.pass(secs(5)).await;
    assert!(matches!(
        world.look(&first).await.order.state,
        OrderState::Returned(_)
    ));
    let second = world.submit("A-2").await;
    world.pass(secs(5)).await;
    world.call_back(&first, 0, Say::Delivered).await;
    world.pass(secs(5)).await;
    let (first, second) = (world.look(&first).await, world.look(&second).await);
    assert_eq!(first.order.state, OrderState::LateDelivered);
    assert!(matches!(second.order.state, OrderState::InFlight(_)));
    assert_eq!(second.attempts[0].state, AttemptState::Pending);
    assert_ne!(
        first.attempts[0].supplier_ref,
        second.attempts[0].supplier_ref
    );
    world.call_back(&second.order, 0, failed).await;
    world.settle().await;
    world.audit().await;
}

/// Yesterday's backup is restored: what was bought since is unknown. The new epoch is in every reference, so none of the lost ones comes again, and
/// what suppliers report about those is answered, and a delivery booked once, with a case (E-26, C14, INV-31). That nothing is sent before balances were compared is the work of the
/// epoch file, which comes with `PostgreSQL`.
#[tokio::test(start_paused = true)]
async fn e_26_after_a_restore_no_lost_reference_is_used_again() {
    let pending = Script::says(Say::Pending).executing();
    let mut world = Setup::default()
        .supplier(resubmit(), pending)
        .on_disk()
        .start()
        .await;
    let kept = world.submit("A-1").await;
    world.pass(secs(5)).await;
    let backup = world.back_up();
    let lost = world.submit("A-2").await;
    world.pass(secs(5)).await;
    let lost_ref = world.look(&lost).await.attempts[0].supplier_ref;
    world.restore(backup, Epoch::new(1).unwrap());
    world.engine.ready().await;
    assert!(world.store().orders(&[lost.id]).await.unwrap()[0].is_none());
    let prepaid = Account::Prepaid(SupplierId(0));
    let before = world.store().balance(prepaid).await.unwrap();
    // What only may have been delivered is kept for a person.
    for (say, cost) in [
        (Say::Pending, rp(0)),
        (Say::Delivered, rp(9_800)),
        (Say::Delivered, rp(9_800)),
        (Say::WithoutSn, rp(9_800)),
    ] {
        let report = world.supplier(0).callback(&lost_ref, say);
        let taken = world.engine.supplier_callback("a", report).await.unwrap();
        assert_eq!(taken.answer.status, 200);
        world.pass(secs(5)).await;
        let loss = world.store().balance(Account::LossDelivery).await.unwrap();
        let left = world.store().balance(prepaid).await.unwrap();
        assert_eq!((loss, before.checked_sub(left)), (cost, Some(cost)));
    }
    assert_eq!(world.case_kinds().await, [CaseKind::Orphan]);
    let case = world.cases().await.remove(0);
    let log = world.store().log(case.key.subject).await.unwrap();
    assert!(matches!(log[0].entry, Entry::Orphan { our_ref, .. } if our_ref == lost_ref));
    assert!(!log[0].raw.is_empty(), "INV-20");
    let fresh = world.submit("A-3").await;
    world.pass(secs(5)).await;
    let orphans = world.store().set_aside(None, 10).await.unwrap();
    assert_eq!(orphans.len(), 1, "pending, it had said");
    let fresh_ref = world.look(&fresh).await.attempts[0].supplier_ref;
    assert_eq!(&fresh_ref.as_str()[1..3], "01");
    assert_eq!(&lost_ref.as_str()[1..3], "00");
    for order in [&kept, &fresh] {
        world.call_back(order, 0, Say::Delivered).await;
        world.pass(secs(5)).await;
        let state = world.look(order).await.order.state;
        assert_eq!(state, OrderState::Succeeded);
    }
    assert_eq!(world.supplier(0).executions(), 3);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 21_000)
    );
}

/// A person who worked through the supplier's statement and the callback that comes later speak of one purchase.
#[tokio::test(start_paused = true)]
async fn e_26_a_lost_purchase_is_booked_once_by_a_person_or_by_its_callback() {
    for by_hand_first in [true, false] {
        let world = Setup::default()
            .supplier(dedicated(), Script::delivers())
            .settings(|settings| settings.epoch = Epoch::new(1).unwrap())
            .start()
            .await;
        let prepaid = Account::Prepaid(SupplierId(0));
        let before = world.store().balance(prepaid).await.unwrap();
        let (lost_ref, report) = lost(&world, 0);
        let by_hand = || MoneyMove {
            source: "restore".into(),
            reference: lost_ref.as_str().into(),
            amount: rp(9_800),
            by: "owner".parse().unwrap(),
        };
        let corrected = FloatMove::Corrected(BankId(99));
        for n in 0..2 {
            if (n == 0) == by_hand_first {
                let booked = world.engine.float(SupplierId(0), corrected, by_hand());
                assert_eq!(booked.await.is_ok(), by_hand_first);
            } else {
                let taken = world.engine.supplier_callback("a", report.clone()).await;
                taken.unwrap();
                world.pass(secs(5)).await;
            }
            let left = world.store().balance(prepaid).await.unwrap();
            assert_eq!(before.checked_sub(left), Some(rp(9_800)), "{by_hand_first}");
        }
        let orphans = world.store().set_aside(None, 10).await.unwrap().len();
        assert_eq!(orphans, usize::from(by_hand_first), "kept as evidence");
        world.audit().await;
    }
}

/// Our reference at a supplier is one in any case: what a person types, a statement prints and a callback echoes.
#[tokio::test(start_paused = true)]
async fn e_26_a_lost_purchase_is_booked_once_however_its_reference_is_spelt() {
    let world = Setup::default().start().await;
    let prepaid = Account::Prepaid(SupplierId(0));
    let before = world.store().balance(prepaid).await.unwrap();
    let corrected = FloatMove::Corrected(BankId(99));
    let book = async |source: &str, reference: &str| {
        let money = MoneyMove {
            source: source.into(),
            reference: reference.into(),
            amount: rp(9_800),
            by: "owner".parse().unwrap(),
        };
        world.engine.float(SupplierId(0), corrected, money).await
    };
    for (source, reference) in [
        ("restore", "E0038FY1112Y6TK6M2PZ"),
        ("restore", "e0038fy1112y6tk6m2pz"),
        ("Restore", "E0038fy1112y6tk6m2pZ"),
    ] {
        book(source, reference).await.unwrap();
    }
    let left = world.store().balance(prepaid).await.unwrap();
    assert_eq!(before.checked_sub(left), Some(rp(9_800)));
    for unlike in ["E0038 FY111", "E0038FY1112Y6TK6M2PZ1", "E0038-FY"] {
        let refused = book("restore", unlike).await;
        let field = matches!(
            refused,
            Err(OperationError::Field {
                field: "reference",
                ..
            })
        );
        assert!(field, "{unlike}: {refused:?}");
    }
    world.audit().await;
}

/// A delivery under a reference of ours of this epoch that no attempt has, and the report of it.
fn lost(world: &World, epoch: u16) -> (SupplierRef, RawRequest) {
    let (shape, epoch) = (RefShape::Alphanumeric, Epoch::new(epoch).unwrap());
    let our_ref = SupplierRef::mint(shape, Installation::DEFAULT, epoch, world.now(), &[9; 10]);
    let said = Sighting {
        our_ref: Some(our_ref),
        target: Some("081234567890".parse().unwrap()),
        price: Some(rp(9_800)),
        ..Sighting::new(Claim::Delivered, Reason::None)
    };
    (our_ref, report(&[said]))
}

/// A reference of this epoch that nobody knows was never lost: somebody else's mistake is not our loss. Nor is what nobody signed.
#[tokio::test(start_paused = true)]
async fn e_26_what_was_not_lost_in_a_restore_is_not_booked() {
    let hints = Profile {
        callback: Callback::Hint,
        ..dedicated()
    };
    for (profile, epoch_of_ours, epoch_of_theirs) in
        [(dedicated(), 1, 1), (dedicated(), 0, 1), (hints, 1, 0)]
    {
        let world = Setup::default()
            .supplier(profile, Script::delivers())
            .settings(|settings| settings.epoch = Epoch::new(epoch_of_ours).unwrap())
            .start()
            .await;
        let (_, report) = lost(&world, epoch_of_theirs);
        let taken = world.engine.supplier_callback("a", report).await;
        taken.unwrap();
        world.pass(secs(5)).await;
        let loss = world.store().balance(Account::LossDelivery).await.unwrap();
        assert_eq!(loss, rp(0));
        assert!(world.cases().await.is_empty());
        assert_eq!(world.store().set_aside(None, 10).await.unwrap().len(), 1);
        world.audit().await;
    }
}

/// What waits is counted by each process from its own commits. What another one took off the pile is no reason to refuse orders for ever.
#[tokio::test(start_paused = true)]
async fn d_18_what_another_process_took_on_leaves_room_for_orders() {
    let world = Setup::default().settings(|s| s.held_max = 3).start().await;
    world.life.slows_intents(secs(20));
    let _rival = world.rival();
    for n in 0..3 {
        world.submit(&format!("A-{n}")).await;
    }
    world.pass(secs(30)).await;
    assert_eq!(world.supplier(0).executions(), 3, "the rival was quicker");
    let next = world.try_submit(world.wish("A-3", "081234567890")).await;
    assert!(next.is_ok(), "{next:?}");
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 4);
    world.audit().await;
}
