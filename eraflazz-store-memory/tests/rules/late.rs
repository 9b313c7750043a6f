//! Late successes: the member pays again as far as the wallet goes, or the house does.

use eraflazz_core::commit::Refused;
use eraflazz_core::ledger::rules::{self, LateBill};
use eraflazz_core::ledger::{Account, Amount, Effect, Transfer};
use eraflazz_core::money::Money;
use eraflazz_core::order::OrderState;
use eraflazz_core::ports::Ledger;
use eraflazz_store_memory::MemoryStore;

use crate::world::{
    BANK, SUPPLIER, accept, breaks, delivery, deposit, done, intend, join, look, member, next, now,
    reclaim, refund, refused, release, rp, shop, store, transfers, wallet,
};

fn balance(store: &MemoryStore, account: Account) -> Money {
    now(store.balance(account)).unwrap()
}

/// A store whose member was short of 60 for a late success of 100.
fn indebted() -> MemoryStore {
    let store = shop(100);
    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    done(&store, release(&look(&store, 1), Some(1)));
    done(&store, accept(2, 1, 60));
    done(&store, reclaim(&look(&store, 1), 1, 90));
    store
}

#[test]
fn a_late_success_takes_what_is_there_and_the_rest_is_owed() {
    let store = indebted();
    let found = wallet(&store, 1);
    assert_eq!((found.available, found.receivable), (Money::ZERO, rp(60)));
    let rows: Vec<_> = transfers(&store).into_iter().rev().take(3).collect();
    assert_eq!(rows[2].amount, rp(40));
    assert_eq!(rows[1].amount, rp(60));
    assert_eq!((rows[2].line, rows[1].line, rows[0].line), (1, 2, 3));

    // A debt is netted from the next deposit, as far as that goes, and never twice.
    done(&store, deposit(6, 1, 50));
    let found = wallet(&store, 1);
    assert_eq!((found.available, found.receivable), (Money::ZERO, rp(10)));
    done(&store, deposit(7, 1, 50));
    let found = wallet(&store, 1);
    assert_eq!((found.available, found.receivable), (rp(40), Money::ZERO));
    assert_eq!(balance(&store, Account::Bank(BANK)), rp(200));
}

#[test]
fn inv_04_a_late_success_takes_credit_too() {
    let store = store();
    join(&store, 1, 100, 30);
    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    done(&store, release(&look(&store, 1), Some(1)));
    done(&store, accept(2, 1, 90));
    done(&store, reclaim(&look(&store, 1), 1, 90));
    let found = wallet(&store, 1);
    assert_eq!((found.available, found.receivable), (rp(-30), rp(60)));
}

#[test]
fn a_late_success_with_enough_money_owes_nothing() {
    let store = shop(300);
    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    done(&store, release(&look(&store, 1), Some(1)));
    let brought = done(&store, reclaim(&look(&store, 1), 1, 90));
    assert_eq!(brought.receipt.rows.len(), 2);
    let found = wallet(&store, 1);
    assert_eq!((found.available, found.receivable), (rp(200), Money::ZERO));
}

/// One thing wrong at a time.
#[test]
fn inv_07_a_late_success_takes_the_price_from_the_member_and_nothing_else() {
    let store = shop(300);
    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    done(&store, release(&look(&store, 1), Some(1)));
    let agg = look(&store, 1);
    let wrong: [fn(&mut Transfer); 6] = [
        |line| line.key.effect = Effect::Refund,
        |line| line.debit = Account::Receivable(member(1)),
        |line| line.credit = Account::Cogs,
        |line| line.amount = Amount::Exact(rp(100)),
        |line| {
            if let Amount::UpTo { amount, .. } = &mut line.amount {
                *amount = rp(101);
            }
        },
        |line| {
            if let Amount::UpTo { rest, .. } = &mut line.amount {
                *rest = Account::LossDelivery;
            }
        },
    ];
    for (n, spoil) in wrong.into_iter().enumerate() {
        let mut unit = reclaim(&agg, 1, 90);
        let line = &mut unit.transfers[0];
        assert_eq!(
            line.debit,
            Account::Available(member(1)),
            "the member's line"
        );
        spoil(line);
        let Refused::Broken { invariant } = refused(&store, unit) else {
            panic!("{n}: refused for something else")
        };
        assert!(invariant.starts_with("INV-"), "{n}: {invariant}");
    }
    done(&store, reclaim(&agg, 1, 90));
}

#[test]
fn inv_07_an_absorbed_delivery_is_never_refunded_to_the_member() {
    let store = shop(100);
    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    done(&store, release(&look(&store, 1), Some(1)));
    let agg = look(&store, 1);
    let mut absorbed = next(&agg, OrderState::LateDelivered);
    absorbed.orders[0].order.turns += 1;
    absorbed.orders[0].order.delivery = Some(delivery(1, 90, true));
    absorbed.transfers = rules::absorb(&agg.order, 1, LateBill::of(SUPPLIER, rp(90)));
    done(&store, absorbed);
    assert_eq!(wallet(&store, 1).available, rp(100));

    let late = look(&store, 1);
    breaks(&store, "INV-7", refund(&late, 1));
    let mut flipped = next(&late, OrderState::LateDelivered);
    flipped.orders[0].order.delivery = Some(delivery(1, 90, false));
    breaks(&store, "INV-8", flipped);
    // What else is written of it, as that a person looked, moves nothing.
    done(&store, next(&late, OrderState::LateDelivered));
    let late = look(&store, 1);

    let mut unabsorbed = refund(&late, 1);
    let turned = unabsorbed.orders[0].order.clone();
    unabsorbed.transfers = rules::unabsorb(&turned, turned.turns, SUPPLIER, rp(90));
    done(&store, unabsorbed);
    assert_eq!(balance(&store, Account::LossDelivery), Money::ZERO);
}
#[test]
fn inv_06_a_repetition_tells_every_journal_of_the_unit() {
    let store = indebted();
    let first = done(&store, deposit(6, 1, 500)).receipt;
    assert_eq!(first.rows.len(), 2, "the deposit and what it nets");
    assert_eq!(
        refused(&store, deposit(6, 1, 500)),
        Refused::EffectDone { receipt: first }
    );
}
