//! Races over two stores on one database (T-17): what nobody's lock decides, the constraints do, and the verdicts are those of the rule.

use std::sync::Arc;

use eraflazz_core::catalog::Quota;
use eraflazz_core::commit::{Changes, Nonce, QuotaLimit, Refused, Verdict};
use eraflazz_core::ledger::{Account, Recount, rules};
use eraflazz_core::member::Member;
use eraflazz_core::order::{Counted, Guard, Order, OrderState, Refusal};
use eraflazz_core::ports::{Ledger, Members, Store};
use eraflazz_store_postgres::PostgresStore;

use crate::world::{
    BANK, NOW, SUPPLIER, accept, accepted, callback, database, done, member, money, open, order,
    race, rupiah, send, shelves, stranger,
};

const RACERS: usize = 64;

/// Two stores on one new database, with something to sell.
async fn two() -> [Arc<PostgresStore>; 2] {
    let url = database();
    let stores = [open(&url).await, open(&url).await];
    shelves(&stores[0]).await;
    stores
}

#[test]
fn t_17_of_many_orders_with_one_ref_one_is_taken() {
    conformance::run(async {
        let stores = two().await;
        let budi = member(&stores[0], "budi", 1_000_000).await;
        let ref_id = order(budi, 1).ref_id;
        let units = (0..RACERS).map(|_| {
            accept(&Order {
                ref_id: ref_id.clone(),
                ..order(budi, 1_000)
            })
        });
        let (done, refused) = race(&stores, units.collect()).await;
        let winner = stores[1].by_ref(budi, &ref_id).await.unwrap().unwrap();
        let taken = Refused::RefTaken {
            order: winner.order.id,
        };
        assert_eq!((done, refused), (1, vec![taken; RACERS - 1]));
    });
}

/// Who has no wallet has no lock: the constraint decides.
#[test]
fn inv_18_a_stranger_s_ref_is_taken_once_too() {
    conformance::run(async {
        let stores = two().await;
        let nobody = stranger();
        let ref_id = order(nobody, 1).ref_id;
        let units = (0..RACERS).map(|_| {
            accept(&Order {
                ref_id: ref_id.clone(),
                state: OrderState::Refused(Refusal::ProductClosed),
                ..order(nobody, 1_000)
            })
        });
        let (done, refused) = race(&stores, units.collect()).await;
        let winner = stores[1].by_ref(nobody, &ref_id).await.unwrap().unwrap();
        let taken = Refused::RefTaken {
            order: winner.order.id,
        };
        assert_eq!((done, refused), (1, vec![taken; RACERS - 1]));
    });
}

#[test]
fn inv_19_of_many_twins_one_is_taken() {
    conformance::run(async {
        let stores = two().await;
        let budi = member(&stores[0], "budi", 1_000_000).await;
        let destination = order(budi, 1).destination;
        let units = (0..RACERS).map(|_| {
            accept(&Order {
                destination: destination.clone(),
                guard: Some(Guard {
                    day: NOW.business_day(),
                    counter: 1,
                    live: true,
                }),
                ..order(budi, 1_000)
            })
        });
        let (done, refused) = race(&stores, units.collect()).await;
        assert_eq!((done, refused.len()), (1, RACERS - 1));
        let twin = |why: &Refused| matches!(why, Refused::DuplicateBusiness { .. });
        assert!(refused.iter().all(twin), "{refused:?}");
    });
}

/// A code belongs to no member: whoever is second mints another.
#[test]
fn inv_11_one_code_of_many_members_is_taken_once() {
    conformance::run(async {
        let stores = two().await;
        let code = order(stranger(), 1).trx_code;
        let mut units = Vec::new();
        for racer in 0..RACERS {
            let who = member(&stores[0], &format!("m{racer}"), 1_000).await;
            units.push(accept(&Order {
                trx_code: code,
                ..order(who, 1_000)
            }));
        }
        let (done, refused) = race(&stores, units).await;
        let taken = Refused::IdTaken { field: "trx code" };
        assert_eq!((done, refused), (1, vec![taken; RACERS - 1]));
    });
}

/// Neither do the goods at a supplier that does not know our reference.
#[test]
fn inv_11_of_many_exclusive_attempts_for_the_same_goods_one_is_sent() {
    conformance::run(async {
        let stores = two().await;
        let mut units = Vec::new();
        for racer in 0..RACERS {
            let who = member(&stores[0], &format!("m{racer}"), 1_000).await;
            let order = accepted(&stores[0], who, 1_000).await;
            units.push(send(&order, "081234567890", true));
        }
        let (done, refused) = race(&stores, units).await;
        assert_eq!((done, refused.len()), (1, RACERS - 1));
        let first = refused[0].clone();
        assert!(matches!(first, Refused::LiveAttempt { .. }), "{first:?}");
        assert!(refused.iter().all(|why| *why == first), "{refused:?}");
    });
}

/// Money of the house alone has no wallet: the effect key decides, and everyone gets the first receipt.
#[test]
fn inv_06_money_of_the_house_moves_once() {
    conformance::run(async {
        let stores = two().await;
        let unit = money(|subject| rules::float(subject, SUPPLIER, BANK, rupiah(50_000)));
        let (done, refused) = race(&stores, vec![unit; RACERS]).await;
        assert_eq!((done, refused.len()), (1, RACERS - 1));
        let rows = stores[1].transfers(0, 10).await.unwrap();
        assert_eq!(rows.len(), 1);
        let first =
            |why: &Refused| matches!(why, Refused::EffectDone { receipt } if receipt.rows == rows);
        assert!(refused.iter().all(first), "{refused:?}");
    });
}

/// Units that touch several members, each in another order: nobody waits in a circle, nothing is lost, and a recount at any moment closes.
#[test]
fn inv_03_a_storm_over_shared_wallets_closes() {
    conformance::run(async {
        let stores = two().await;
        let mut members = Vec::new();
        for number in 0..8 {
            members.push(member(&stores[0], &format!("m{number}"), 20_000).await);
        }
        let deposit = |whose: usize, amount| {
            money(|subject| rules::deposit(subject, members[whose], BANK, rupiah(amount))).transfers
        };
        let both = |number: usize| {
            let (first, second) = (number % 8, (number * 3 + 1) % 8);
            let order = order(members[first], 1_000);
            Changes {
                transfers: [rules::hold(&order), deposit(second, 5)].concat(),
                ..accept(&order)
            }
        };
        let auditor = {
            let stores = stores.clone();
            tokio::spawn(async move {
                let mut recount = Recount::default();
                for _look in 0..10 {
                    let kept = stores[1].trial_balance(recount.rows(), 100_000).await;
                    let kept = kept.unwrap().unwrap();
                    recount.add(&kept.rows);
                    assert_eq!(recount.differences(&kept), []);
                    assert_eq!(stores[1].verify_wallets().await.unwrap(), []);
                    stores[0].fold().await.unwrap();
                }
                recount
            })
        };
        let units = (0..320).map(both).collect();
        let (done, refused) = race(&stores, units).await;
        let mut recount = auditor.await.unwrap();
        let kept = stores[0].trial_balance(recount.rows(), 100_000).await;
        let kept = kept.unwrap().unwrap();
        recount.add(&kept.rows);
        assert_eq!(recount.differences(&kept), []);
        let poor = |why: &Refused| matches!(why, Refused::Insufficient { .. });
        assert!(refused.iter().all(poor), "{refused:?}");
        let held: i64 = kept
            .wallets
            .iter()
            .map(|wallet| wallet.held.hundredths())
            .sum();
        assert_eq!(held, i64::try_from(done).unwrap() * 100_000);
        assert!(done >= 8 * 19, "{done}");
    });
}

/// Many workers with one callback: one applies it.
#[test]
fn t_17_one_callback_is_applied_once() {
    conformance::run(async {
        let stores = two().await;
        for _round in 0..16 {
            let row = callback();
            stores[0].put_inbox(row.clone()).await.unwrap();
            let apply = Changes {
                inbox_done: vec![row.id],
                ..Changes::at(NOW)
            };
            let (done, refused) = race(&stores, vec![apply; RACERS]).await;
            assert_eq!((done, refused), (1, vec![Refused::InboxGone; RACERS - 1]));
        }
    });
}

/// Many steps from one version, and none of them moves money: the order's own row decides.
#[test]
fn t_17_of_many_steps_from_one_version_one_is_taken() {
    conformance::run(async {
        let stores = two().await;
        let budi = member(&stores[0], "budi", 100_000).await;
        for _round in 0..8 {
            let order = accepted(&stores[0], budi, 1_000).await;
            let step = || send(&order, "081234567890", false);
            let units = (0..RACERS).map(|_| step()).collect();
            let (done, refused) = race(&stores, units).await;
            let stale = Refused::Stale { version: 2 };
            assert_eq!((done, refused), (1, vec![stale; RACERS - 1]));
        }
    });
}

/// A nonce is nobody's: whoever is second is told.
#[test]
fn t_04_a_nonce_is_spent_once() {
    conformance::run(async {
        let stores = two().await;
        let spend = Changes {
            nonces: vec![Nonce {
                key: "ek_test_1".parse().unwrap(),
                nonce: "once\0only".to_owned(),
            }],
            ..Changes::at(NOW)
        };
        let (done, refused) = race(&stores, vec![spend; RACERS]).await;
        assert_eq!((done, refused), (1, vec![Refused::NonceUsed; RACERS - 1]));
    });
}

/// The floor is checked under the same lock that a hold takes: it never rises above the balance.
#[test]
fn inv_04_the_floor_does_not_rise_above_what_is_used() {
    conformance::run(async {
        let stores = two().await;
        for round in 0..8 {
            let budi = member(&stores[0], &format!("m{round}"), 0).await;
            let read = stores[0].member(budi).await.unwrap().unwrap();
            let terms = Member::clone(&read);
            let trusted = Member {
                credit_limit: rupiah(1_000),
                ..terms.clone()
            };
            let put = stores[0].put_member(trusted.clone(), Some(read));
            put.await.unwrap();
            let over = Some(Arc::new(trusted));
            let order = vec![accept(&order(budi, 1_000))];
            let lowered = stores[0].put_member(terms, over);
            let (put, held) = tokio::join!(lowered, stores[1].commit(order));
            let held = held.unwrap().remove(0);
            let wins = (put.is_ok(), matches!(held, Verdict::Done(_)));
            assert!(wins.0 != wins.1, "{put:?} {held:?}");
        }
    });
}

/// House accounts have no row: a lock by name makes those who draw on a supplier's debt wait for each other.
#[test]
fn t_17_what_a_supplier_owes_is_drawn_once_by_two_processes() {
    conformance::run(async {
        let stores = two().await;
        let owes = money(|subject| {
            let mut journal = rules::correct_float(subject, SUPPLIER, BANK, rupiah(3_000));
            for transfer in &mut journal {
                (transfer.debit, transfer.credit) = (Account::Dispute(SUPPLIER), Account::Cogs);
            }
            journal
        });
        done(&stores[0], owes).await;
        let credit = || money(|subject| rules::dispute_credited(subject, SUPPLIER, rupiah(1_000)));
        let units = (0..RACERS).map(|_| credit()).collect();
        let (done, refused) = race(&stores, units).await;
        let short = Refused::NotCovered {
            needed: rupiah(1_000),
            there: rupiah(0),
        };
        assert_eq!((done, refused), (3, vec![short; RACERS - 3]));
        let owed = stores[1].balance(Account::Dispute(SUPPLIER)).await;
        assert_eq!(owed.unwrap(), rupiah(0));
    });
}

/// What nothing was taken of yet has no row to lock: a lock by its name makes two processes wait for each other from the first one on.
#[test]
fn t_17_a_quota_of_the_day_is_never_passed_by_two_processes() {
    conformance::run(async {
        let stores = two().await;
        let budi = member(&stores[0], "budi", 1_000_000).await;
        let mut units = Vec::new();
        for n in 0..RACERS {
            let order = accepted(&stores[n % 2], budi, 1_000).await;
            let mut unit = send(&order, "081234567890", false);
            for attempt in &mut unit.attempts {
                attempt.counted = Counted {
                    at_supplier: true,
                    by_route: false,
                };
                unit.quotas = attempt
                    .quota_keys_of(NOW)
                    .map(|key| QuotaLimit { key, quota: FIVE })
                    .collect();
            }
            units.push(unit);
        }
        let (done, refused) = race(&stores, units).await;
        assert_eq!((done, refused.len()), (5, RACERS - 5));
        let full = |refused: &Refused| matches!(refused, Refused::OverQuota { used, .. } if used.orders == 5);
        assert!(refused.iter().all(full), "{refused:?}");
        let used = stores[1].quotas_used(NOW.business_day()).await.unwrap();
        assert_eq!(used.len(), 1);
        assert_eq!((used[0].1.orders, used[0].1.amount), (5, rupiah(4_500)));
    });
}

const FIVE: Quota = Quota {
    orders: Some(5),
    amount: None,
};
