//! Races (T-17): 64 tasks commit at one moment, and exactly what the books allow is done.

use std::sync::Arc;

use eraflazz_core::commit::{Changes, Refused, Verdict};
use eraflazz_core::ledger::rules;
use eraflazz_core::member::Member;
use eraflazz_core::order::{Attempt, Order, OrderState};
use eraflazz_core::ports::ChangeError;
use tokio::sync::Barrier;

use super::Books;
use super::world::{BANK, NOW, World, accept, destination, guard, rupiah, step, unit};

const RACERS: usize = 64;

/// Commits every unit from a task of its own, all at once; gives what was refused.
async fn race(world: &World, units: Vec<Changes>) -> (usize, Vec<Refused>) {
    let start = Arc::new(Barrier::new(units.len()));
    let tasks: Vec<_> = units
        .into_iter()
        .map(|unit| {
            let (store, start) = (Arc::clone(&world.store), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                store.commit(vec![unit]).await.unwrap().remove(0)
            })
        })
        .collect();
    let (mut done, mut refused) = (0, Vec::new());
    for task in tasks {
        match task.await.unwrap() {
            Verdict::Done(_) => done += 1,
            Verdict::Refused(why) => refused.push(why),
        }
    }
    (done, refused)
}

/// The losers learn who won.
pub async fn t_17_of_many_orders_with_one_ref_one_is_taken(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000_000).await;
    let ref_id = world.order(budi, 1_000).ref_id;
    let units = (0..RACERS).map(|_| {
        accept(&Order {
            ref_id: ref_id.clone(),
            ..world.order(budi, 1_000)
        })
    });
    let (done, refused) = race(&world, units.collect()).await;
    let winner = world.store.by_ref(budi, &ref_id).await.unwrap().unwrap();
    assert_eq!((done, refused.len()), (1, RACERS - 1));
    let order = winner.order.id;
    let taken = Refused::RefTaken { order };
    assert!(refused.iter().all(|why| *why == taken), "{refused:?}");
    assert_eq!(world.wallet(budi).await.held, rupiah(1_000));
}

/// A wallet that pays for one order holds one.
pub async fn t_17_the_last_rupiah_is_held_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    let units = (0..RACERS).map(|_| accept(&world.order(budi, 1_000)));
    let (done, refused) = race(&world, units.collect()).await;
    assert_eq!((done, refused.len()), (1, RACERS - 1));
    let wallet = world.wallet(budi).await;
    assert_eq!((wallet.available, wallet.held), (rupiah(0), rupiah(1_000)));
}

/// The same deposit many times is one deposit, and everyone gets its receipt.
pub async fn t_17_one_effect_happens_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let unit = world.money(|subject| rules::deposit(subject, budi, BANK, rupiah(1_000)));
    let key = unit.transfers[0].key;
    let (done, refused) = race(&world, vec![unit; RACERS]).await;
    assert_eq!((done, refused.len()), (1, RACERS - 1));
    let rows = world.journal(key).await;
    let first =
        |why: &Refused| matches!(why, Refused::EffectDone { receipt } if receipt.rows == rows);
    assert!(refused.iter().all(first), "{refused:?}");
    assert_eq!(world.wallet(budi).await.available, rupiah(1_000));
}

/// Many workers with one callback: one applies it.
pub async fn t_17_one_callback_is_applied_once(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let row = world.callback();
    let puts: Vec<_> = (0..RACERS)
        .map(|_| {
            let (store, row) = (Arc::clone(&world.store), row.clone());
            tokio::spawn(async move { store.put_inbox(row).await })
        })
        .collect();
    for put in puts {
        put.await.unwrap().unwrap();
    }
    let apply = Changes {
        inbox_done: vec![row.id],
        ..Changes::at(NOW)
    };
    let (done, refused) = race(&world, vec![apply; RACERS]).await;
    assert_eq!(done, 1);
    assert!(refused.iter().all(|why| *why == Refused::InboxGone));
}

/// Many steps from one version: one wins, the others are stale, and the order has moved once.
pub async fn t_17_of_many_steps_from_one_version_one_is_taken(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    let order = world.accepted(budi, 1_000).await;
    let next = step(&order, OrderState::Held);
    let (done, refused) = race(&world, vec![unit(&next, []); RACERS]).await;
    assert_eq!(done, 1);
    let stale = Refused::Stale { version: 2 };
    assert!(refused.iter().all(|why| *why == stale), "{refused:?}");
    assert_eq!(world.read(order.id).await.order.version, 2);
}

/// The same goods for the same destination, ordered twice at one moment under two references.
pub async fn inv_19_of_many_twins_one_is_taken(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000_000).await;
    let units = (0..RACERS).map(|_| {
        accept(&Order {
            guard: guard(),
            destination: destination(7),
            ..world.order(budi, 1_000)
        })
    });
    let (done, refused) = race(&world, units.collect()).await;
    assert_eq!(done, 1);
    let twin = |why: &Refused| matches!(why, Refused::DuplicateBusiness { .. });
    assert!(refused.iter().all(twin), "{refused:?}");
}

/// Many attempts at a supplier that knows no reference of ours, and one purchase in its list.
pub async fn inv_11_of_many_attempts_that_claim_one_purchase_one_gets_it(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000_000).await;
    let mut units = Vec::new();
    for _ in 0..RACERS {
        let (order, attempt) = world.exclusive(budi).await;
        let known = Attempt {
            their_ref: "V-1".parse().ok(),
            ..attempt
        };
        units.push(unit(&step(&order, order.state), [&known]));
    }
    let (done, refused) = race(&world, units).await;
    assert_eq!((done, refused.len()), (1, RACERS - 1));
    let taken = Refused::IdTaken { field: "their ref" };
    assert!(refused.iter().all(|why| *why == taken), "{refused:?}");
}

/// A thousand parallel orders on a wallet that pays for ten: ten are held.
pub async fn e_27_a_hot_wallet_holds_what_it_can_pay(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let units = (0..1_000).map(|_| accept(&world.order(budi, 1_000)));
    let (done, refused) = race(&world, units.collect()).await;
    assert_eq!((done, refused.len()), (10, 990));
    let wallet = world.wallet(budi).await;
    assert_eq!((wallet.available, wallet.held), (rupiah(0), rupiah(10_000)));
}

/// Many operators change the terms of one member at one moment, each from what it read: whoever was told that it is done is still to be seen.
pub async fn t_17_of_many_changes_of_one_member_none_is_lost(store: Arc<dyn Books>) {
    const OPERATORS: usize = 16;
    let (world, budi) = World::with_member(store, 0).await;
    let start = Arc::new(Barrier::new(OPERATORS));
    let tasks: Vec<_> = (0..OPERATORS)
        .map(|n| {
            let (store, start) = (Arc::clone(&world.store), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                loop {
                    let read = store.member(budi).await.unwrap().unwrap();
                    // Everybody has read before anybody writes, on one thread, too.
                    tokio::task::yield_now().await;
                    let mut changed = Member::clone(&read);
                    changed.name = format!("{}+{n:02}", changed.name);
                    match store.put_member(changed, Some(read)).await {
                        Err(ChangeError::Overtaken) => {}
                        put => return put.unwrap(),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let name = world
        .store
        .member(budi)
        .await
        .unwrap()
        .unwrap()
        .name
        .clone();
    let kept = (0..OPERATORS).filter(|n| name.contains(&format!("+{n:02}")));
    assert_eq!(kept.count(), OPERATORS, "{name}");
}
