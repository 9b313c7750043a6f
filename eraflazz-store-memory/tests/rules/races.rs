//! T-17: what many threads want at once, one of them gets.

use std::sync::Barrier;

use eraflazz_core::commit::{Changes, Refused, Verdict};
use eraflazz_core::money::Money;
use eraflazz_core::order;
use eraflazz_store_memory::MemoryStore;

use crate::world::{
    accept, capture, commit, deposit, done, draft, intend, look, ref_id, refund, release, rp, shop,
    transfers, wallet,
};

const THREADS: u64 = 64;

/// Commits one unit a thread, all at the same moment, and counts how many were accepted; `expected` judges the refusals.
fn race(
    store: &MemoryStore,
    unit_of: impl Fn(u64) -> Changes + Sync,
    expected: fn(&Refused) -> bool,
) -> usize {
    let start = Barrier::new(usize::try_from(THREADS).unwrap());
    std::thread::scope(|scope| {
        let racers: Vec<_> = (1..=THREADS)
            .map(|n| {
                let (start, unit) = (&start, unit_of(n));
                scope.spawn(move || {
                    start.wait();
                    commit(store, unit)
                })
            })
            .collect();
        let verdicts = racers.into_iter().map(|racer| racer.join().unwrap());
        verdicts
            .filter(|verdict| match verdict {
                Verdict::Done(_) => true,
                Verdict::Refused(refused) => {
                    assert!(expected(refused), "{refused:?}");
                    false
                }
            })
            .count()
    })
}

#[test]
fn t_17_of_concurrent_twins_one_is_accepted() {
    let store = shop(100_000);
    let twin = |n| {
        let mut draft = draft(n, 1, 100);
        draft.ref_id = ref_id("same");
        order::accept(draft)
    };
    let won = race(&store, twin, |refused| {
        matches!(refused, Refused::RefTaken { .. })
    });
    assert_eq!(won, 1);
    assert_eq!(wallet(&store, 1).held, rp(100));
}

#[test]
fn t_17_e_27_the_last_rupiah_goes_to_one_of_them() {
    let store = shop(1_050);
    let poor = |refused: &Refused| matches!(refused, Refused::Insufficient { .. });
    assert_eq!(race(&store, |n| accept(n, 1, 100), poor), 10);
    let wallet = wallet(&store, 1);
    assert_eq!((wallet.available, wallet.held), (rp(50), rp(1_000)));
}

#[test]
fn t_17_one_effect_happens_once() {
    let store = shop(0);
    let again = |refused: &Refused| matches!(refused, Refused::EffectDone { .. });
    assert_eq!(race(&store, |_| deposit(5, 1, 70), again), 1);
    assert_eq!(wallet(&store, 1).available, rp(70));
    assert_eq!(transfers(&store).len(), 1);
}

#[test]
fn t_17_of_capture_and_release_one_wins() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    let agg = look(&store, 1);
    let either = |n: u64| match n % 2 {
        0 => capture(&agg, 1, 90),
        _ => release(&agg, Some(1)),
    };
    let stale = |refused: &Refused| *refused == Refused::Stale { version: 3 };
    assert_eq!(race(&store, either, stale), 1);
    assert_eq!(wallet(&store, 1).held, Money::ZERO);
}

#[test]
fn t_17_of_concurrent_refunds_one_is_paid() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    done(&store, capture(&look(&store, 1), 1, 90));
    let sold = look(&store, 1);
    let stale = |refused: &Refused| *refused == Refused::Stale { version: 4 };
    assert_eq!(race(&store, |_| refund(&sold, 1), stale), 1);
    assert_eq!(wallet(&store, 1).available, rp(1_000));
}

#[test]
fn t_17_e_02_of_two_workers_one_intends() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    let agg = look(&store, 1);
    let intent = |n: u64| {
        let mut unit = intend(&agg, 1);
        // Each worker minted a reference of its own.
        let mut other = agg.clone();
        other.order.id = crate::world::order_id(1_000 + n);
        unit.attempts[0].supplier_ref = crate::world::attempt(&other, 1).supplier_ref;
        unit
    };
    let stale = |refused: &Refused| *refused == Refused::Stale { version: 2 };
    assert_eq!(race(&store, intent, stale), 1);
    assert_eq!(look(&store, 1).attempts.len(), 1);
}
