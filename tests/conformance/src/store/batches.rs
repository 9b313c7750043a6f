//! Several units in one commit, and the same units again.

use std::sync::Arc;

use eraflazz_core::commit::{Refused, Verdict};
use eraflazz_core::ids::AttemptNo;
use eraflazz_core::ledger::rules;
use eraflazz_core::order::{Attempt, Order, OrderState};

use super::Books;
use super::world::{BANK, World, accept, give_back, guard, rejected, rupiah, step, unit};

fn is_done(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Done(_))
}

/// Within one batch an order is accepted, sent and given back, and its money spent again.
pub async fn each_unit_sees_what_the_accepted_ones_before_it_left(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    let order = world.order(budi, 1_000);
    let attempt = world.attempt(&order, 1);
    let mut sent = step(&order, OrderState::InFlight(AttemptNo(1)));
    sent.balance_after = Some(rupiah(0));
    let back = step(&sent, OrderState::Held);
    let next = world.order(budi, 1_000);
    let units = vec![
        accept(&order),
        unit(&sent, [&attempt]),
        unit(&back, [&rejected(&attempt)]),
        give_back(&back),
        accept(&next),
    ];
    let verdicts = world.store.commit(units).await.unwrap();
    assert_eq!(verdicts.len(), 5);
    assert!(verdicts.iter().all(is_done), "{verdicts:?}");
    let wallet = world.wallet(budi).await;
    assert_eq!((wallet.available, wallet.held), (rupiah(0), rupiah(1_000)));
}

/// A key that is somebody's alone goes from one row to another within one batch: the slot of a guard, the goods, being the live one.
pub async fn what_is_let_go_of_may_be_taken_in_the_same_batch(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let guarded = Order {
        guard: guard(),
        ..world.order(budi, 1_000)
    };
    world.done(accept(&guarded)).await;
    let guarded = world.read(guarded.id).await.order;
    let twin = Order {
        guard: guard(),
        destination: guarded.destination.clone(),
        ..world.order(budi, 1_000)
    };
    let units = vec![give_back(&guarded), accept(&twin)];
    let verdicts = world.store.commit(units).await.unwrap();
    assert!(verdicts.iter().all(is_done), "{verdicts:?}");

    // The goods go to an attempt that was there before, and back: whichever of the two is written first, one of them lets go only afterwards.
    let (first, one) = world.exclusive(budi).await;
    let second = world.accepted(budi, 1_000).await;
    let other = Attempt {
        target: one.target.clone(),
        exclusive: true,
        ..world.attempt(&second, 1)
    };
    let landed = step(&first, OrderState::Held);
    let flying = step(&second, OrderState::InFlight(AttemptNo(1)));
    let units = vec![unit(&landed, [&rejected(&one)]), unit(&flying, [&other])];
    let verdicts = world.store.commit(units).await.unwrap();
    assert!(verdicts.iter().all(is_done), "{verdicts:?}");
    let landed_too = step(&flying, OrderState::Held);
    let flies_again = step(&landed, OrderState::InFlight(AttemptNo(1)));
    let units = vec![
        unit(&landed_too, [&rejected(&other)]),
        unit(&flies_again, [&one]),
    ];
    let verdicts = world.store.commit(units).await.unwrap();
    assert!(verdicts.iter().all(is_done), "{verdicts:?}");

    // And an earlier attempt comes alive again as the later one ends.
    let (order, early) = world.in_flight(budi, 1_000).await;
    let late = world.attempt(&order, 2);
    let next = step(&order, OrderState::InFlight(AttemptNo(2)));
    world.done(unit(&next, [&rejected(&early), &late])).await;
    let back = step(&next, OrderState::InFlight(AttemptNo(1)));
    world.done(unit(&back, [&rejected(&late), &early])).await;
}

/// Verdicts come in the order of the units; one that is refused in between changes nothing for the rest.
pub async fn a_refused_unit_does_not_stop_the_others(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_500).await;
    let orders = [
        world.order(budi, 1_000),
        world.order(budi, 600),
        world.order(budi, 500),
    ];
    let units = orders.iter().map(accept).collect();
    let verdicts = world.store.commit(units).await.unwrap();
    assert!(
        is_done(&verdicts[0]) && is_done(&verdicts[2]),
        "{verdicts:?}"
    );
    assert_eq!(
        verdicts[1],
        Verdict::Refused(Refused::Insufficient {
            needed: rupiah(600),
            available: rupiah(500),
        })
    );
    let found = world.store.orders(&[orders[1].id]).await.unwrap();
    assert_eq!(found, [None]);
}

/// An empty batch has no verdicts, an empty unit is done.
pub async fn nothing_to_commit_is_nothing(store: Arc<dyn Books>) {
    let (world, _) = World::with_member(store, 0).await;
    let before = world.picture().await;
    assert_eq!(world.store.commit(Vec::new()).await.unwrap(), []);
    let nothing = eraflazz_core::commit::Changes::at(super::world::NOW);
    assert!(is_done(&world.verdict(nothing).await));
    assert_eq!(before, world.picture().await);
}

/// After a lost answer a caller repeats its unit: the keys answer, and nothing happens twice.
pub async fn inv_06_committed_units_repeated_change_nothing(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.order(budi, 1_000);
    let attempt = world.attempt(&order, 1);
    let mut sent = step(&order, OrderState::InFlight(AttemptNo(1)));
    sent.balance_after = Some(rupiah(9_000));
    let deposit = world.money(|subject| rules::deposit(subject, budi, BANK, rupiah(5)));
    let units = vec![accept(&order), unit(&sent, [&attempt]), deposit];
    let first = world.store.commit(units.clone()).await.unwrap();
    assert!(first.iter().all(is_done));
    let before = world.picture().await;
    let again = world.store.commit(units).await.unwrap();
    assert!(
        matches!(
            again.as_slice(),
            [
                // Its id is its own: either key may answer first.
                Verdict::Refused(Refused::RefTaken { .. } | Refused::IdTaken { .. }),
                Verdict::Refused(Refused::Stale { version: 2 }),
                Verdict::Refused(Refused::EffectDone { .. }),
            ]
        ),
        "{again:?}"
    );
    assert_eq!(before, world.picture().await);
}
