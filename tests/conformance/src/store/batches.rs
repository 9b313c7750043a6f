//! Several units in one commit, and the same units again.

use std::sync::Arc;

use eraflazz_core::commit::{Refused, Verdict};
use eraflazz_core::ids::AttemptNo;
use eraflazz_core::ledger::rules;
use eraflazz_core::order::OrderState;

use super::Books;
use super::world::{BANK, World, accept, give_back, rejected, rupiah, step, unit};

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
