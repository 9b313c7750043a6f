//! Quotas of a day: what an intent takes of them in its commit, and what a proof gives back.

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::catalog::{Quota, QuotaKey, QuotaUse};
use eraflazz_core::commit::{Changes, QuotaLimit, Refused, Verdict};
use eraflazz_core::ids::{AttemptNo, MappingId, MemberId};
use eraflazz_core::order::{Attempt, AttemptState, Counted, Order, OrderState};

use super::Books;
use super::world::{NOW, SUPPLIER, World, rejected, rupiah, step, unit};

const BOTH: Counted = Counted {
    at_supplier: true,
    by_route: true,
};

fn of_supplier() -> QuotaKey {
    QuotaKey {
        day: NOW.business_day(),
        supplier: SUPPLIER,
        mapping: None,
    }
}

fn of_route() -> QuotaKey {
    QuotaKey {
        mapping: Some(MappingId(0)),
        ..of_supplier()
    }
}

const fn at_most(orders: u32) -> Quota {
    Quota {
        orders: Some(orders),
        amount: None,
    }
}

fn used(orders: u32, amount: i64) -> QuotaUse {
    QuotaUse {
        orders,
        amount: rupiah(amount),
    }
}

/// The attempt under these quotas: what the catalog says it costs is 900.
fn limited(unit: Changes, supplier: Quota, route: Quota) -> Changes {
    let limit = |(key, quota)| QuotaLimit { key, quota };
    let all = [(of_supplier(), supplier), (of_route(), route)];
    Changes {
        quotas: all.map(limit).into(),
        ..unit
    }
}

/// A first attempt of a new order, counted in both quotas, and the unit that intends it within them.
async fn intent(
    world: &World,
    member: MemberId,
    supplier: Quota,
    route: Quota,
) -> (Order, Attempt, Changes) {
    let order = world.accepted(member, 1_000).await;
    let attempt = Attempt {
        counted: BOTH,
        ..world.attempt(&order, 1)
    };
    let order = step(&order, OrderState::InFlight(AttemptNo(1)));
    let intended = limited(unit(&order, [&attempt]), supplier, route);
    (order, attempt, intended)
}

async fn both(world: &World) -> [QuotaUse; 2] {
    let all = world.store.quotas_used(NOW.business_day()).await.unwrap();
    let of = |wanted| {
        let found = all.iter().find(|(key, _)| *key == wanted);
        found.map(|(_, used)| *used).unwrap_or_default()
    };
    assert!(all.len() <= 2, "{all:?}");
    [of(of_supplier()), of(of_route())]
}

/// What is intended counts, what is not known counts, what bought nothing counts no more, and what was delivered after all counts again.
pub async fn a_quota_counts_what_may_have_been_bought(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    assert_eq!(both(&world).await, [used(0, 0); 2]);
    let (order, attempt, intended) = intent(&world, budi, at_most(2), at_most(2)).await;
    world.done(intended.clone()).await;
    assert_eq!(both(&world).await, [used(1, 900); 2]);
    // Repeated, it counts nothing.
    assert!(matches!(
        world.verdict(intended).await,
        Verdict::Refused(Refused::Stale { .. })
    ));
    assert_eq!(both(&world).await, [used(1, 900); 2]);

    let order = step(&order, order.state);
    let unknown = Attempt {
        state: AttemptState::Unknown,
        ..attempt.clone()
    };
    world.done(unit(&order, [&unknown])).await;
    assert_eq!(both(&world).await, [used(1, 900); 2]);
    let order = step(&order, OrderState::Held);
    let failed = rejected(&attempt);
    world.done(unit(&order, [&failed])).await;
    assert_eq!(both(&world).await, [used(0, 0); 2]);

    // The next one of the same order takes its place, and the first is delivered after all.
    let second = Attempt {
        counted: BOTH,
        ..world.attempt(&order, 2)
    };
    let order = step(&order, OrderState::InFlight(AttemptNo(2)));
    let next = limited(unit(&order, [&second]), at_most(1), at_most(1));
    world.done(next).await;
    let late = Attempt {
        state: AttemptState::LateSuccess,
        ..failed
    };
    let order = step(&order, order.state);
    world.done(unit(&order, [&late])).await;
    assert_eq!(both(&world).await, [used(2, 1_800); 2]);
}

/// What is above a quota is refused, whichever it is, and leaves no trace.
pub async fn what_is_above_a_quota_is_refused(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 100_000).await;
    let for_amount = |amount| Quota {
        orders: None,
        amount: Some(rupiah(amount)),
    };
    let none = Quota::default();
    let (_, _, first) = intent(&world, budi, at_most(9), for_amount(1_799)).await;
    world.done(first).await;
    for (supplier, route, key) in [
        (at_most(1), none, of_supplier()),
        (none, at_most(1), of_route()),
        (for_amount(1_799), none, of_supplier()),
        (at_most(9), for_amount(1_799), of_route()),
        (at_most(0), at_most(0), of_supplier()),
    ] {
        let (_, _, next) = intent(&world, budi, supplier, route).await;
        let over = Refused::OverQuota {
            key,
            used: used(1, 900),
        };
        assert_eq!(world.refused(next).await, over);
    }
    let (_, _, last) = intent(&world, budi, at_most(2), for_amount(1_800)).await;
    world.done(last).await;
    assert_eq!(both(&world).await, [used(2, 1_800); 2]);
}

/// Who takes of a quota says how much it allows.
pub async fn what_takes_of_a_quota_brings_its_limit(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (_, _, intended) = intent(&world, budi, at_most(1), at_most(1)).await;
    let silent = Changes {
        quotas: Vec::new(),
        ..intended
    };
    world.broken(silent).await;
}

/// What one order gives back, the other may have: also in one commit, and also where it is the order's own next attempt.
pub async fn what_is_given_back_may_be_taken_in_the_same_unit(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (order, attempt, intended) = intent(&world, budi, at_most(1), at_most(1)).await;
    world.done(intended).await;
    let second = Attempt {
        counted: BOTH,
        ..world.attempt(&order, 2)
    };
    let order = step(&order, OrderState::InFlight(AttemptNo(2)));
    let both_at_once = unit(&order, [&second, &rejected(&attempt)]);
    world
        .done(limited(both_at_once, at_most(1), at_most(1)))
        .await;
    assert_eq!(both(&world).await, [used(1, 900); 2]);
}

/// A day that is over is over: nothing is given back to it, and nothing of it stands in the way of the next.
pub async fn each_day_has_a_quota_of_its_own(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (order, attempt, intended) = intent(&world, budi, at_most(1), at_most(1)).await;
    world.done(intended).await;
    let tomorrow = NOW.plus(Duration::from_hours(24));
    let order = step(&order, OrderState::Held);
    let failed = Changes {
        at: tomorrow,
        ..unit(&order, [&rejected(&attempt)])
    };
    world.done(failed).await;
    assert_eq!(both(&world).await, [used(1, 900); 2]);
    let second = Attempt {
        counted: BOTH,
        first_sent_at: tomorrow,
        ..world.attempt(&order, 2)
    };
    let order = step(&order, OrderState::InFlight(AttemptNo(2)));
    let mut next = limited(unit(&order, [&second]), at_most(1), at_most(1));
    next.at = tomorrow;
    for limit in &mut next.quotas {
        limit.key.day = tomorrow.business_day();
    }
    world.done(next).await;
    let used_then = world.store.quotas_used(tomorrow.business_day()).await;
    let amounts: Vec<QuotaUse> = used_then.unwrap().iter().map(|(_, used)| *used).collect();
    assert_eq!(amounts, [used(1, 900); 2]);
    assert_eq!(both(&world).await, [used(1, 900); 2]);
}

/// Of many that want what is left of a quota so many get it, whoever they are.
pub async fn t_17_a_quota_is_taken_to_the_last_and_never_passed(store: Arc<dyn Books>) {
    const LEFT: u32 = 7;
    let (world, budi) = World::with_member(store, 1_000_000).await;
    let mut tasks = Vec::new();
    for _ in 0..50 {
        let (_, _, intended) = intent(&world, budi, at_most(LEFT), at_most(1_000)).await;
        let store = Arc::clone(&world.store);
        tasks.push(tokio::spawn(async move {
            let mut verdicts = store.commit(vec![intended]).await.unwrap();
            verdicts.pop().unwrap()
        }));
    }
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            Verdict::Done(_) => done += 1,
            Verdict::Refused(refused) => assert_eq!(
                refused,
                Refused::OverQuota {
                    key: of_supplier(),
                    used: used(LEFT, 6_300),
                }
            ),
        }
    }
    assert_eq!(done, LEFT);
    assert_eq!(both(&world).await, [used(LEFT, 6_300); 2]);
}
