//! Money: one effect a key, floors, exact amounts, and the member's money following the order's state.

use eraflazz_core::commit::{
    Case, CaseKey, CaseKind, CaseWrite, Changes, Refused, Verdict, WalletFlag,
};
use eraflazz_core::ledger::{Account, Amount, Effect, EffectKey, Transfer, rules};
use eraflazz_core::money::Money;
use eraflazz_core::order::{self, OrderState, Refusal};
use eraflazz_core::ports::{Ledger, Store};

use crate::world::{
    BANK, NOW, RETURNED, SUPPLIER, accept, breaks, capture, deposit, done, draft, in_flight,
    intend, join, look, member, next, now, order_id, refund, refused, release, rp, set_member,
    shop, subject, terms, wallet,
};

fn move_money(debit: Account, credit: Account, amount: Amount) -> Changes {
    let mut unit = Changes::at(NOW);
    unit.transfers.push(Transfer {
        key: EffectKey {
            subject: subject(77),
            effect: Effect::Deposit,
            n: 1,
        },
        debit,
        credit,
        amount,
    });
    unit
}

fn balance(store: &eraflazz_store_memory::MemoryStore, account: Account) -> Money {
    now(store.balance(account)).unwrap()
}

#[test]
fn inv_04_the_last_rupiah_is_spent_once() {
    let store = shop(100);
    done(&store, accept(1, 1, 60));
    assert_eq!(
        refused(&store, accept(2, 1, 60)),
        Refused::Insufficient {
            needed: rp(60),
            available: rp(40)
        }
    );
    done(&store, accept(2, 1, 40));
    let wallet = wallet(&store, 1);
    assert_eq!((wallet.available, wallet.held), (Money::ZERO, rp(100)));
}

#[test]
fn inv_04_credit_is_the_floor() {
    let store = shop(0);
    join(&store, 2, 0, 50);
    assert_eq!(
        refused(&store, accept(1, 2, 51)),
        Refused::Insufficient {
            needed: rp(51),
            available: rp(50)
        }
    );
    done(&store, accept(1, 2, 50));
    assert_eq!(wallet(&store, 2).available, rp(-50));
    // A limit that is already used cannot be taken away.
    assert!(set_member(&store, terms(2, 49)).is_err());
    assert_eq!(wallet(&store, 2).credit_limit, rp(50));
    set_member(&store, terms(2, 60)).unwrap();
    assert_eq!(wallet(&store, 2).credit_limit, rp(60));
}

#[test]
fn inv_04_no_more_is_taken_from_a_hold_or_a_debt_than_it_has() {
    let store = shop(100);
    done(&store, accept(1, 1, 100));
    let taken = |debit, credit| {
        breaks(
            &store,
            "INV-4",
            move_money(debit, credit, Amount::Exact(rp(101))),
        );
    };
    taken(Account::Held(member(1)), Account::Revenue);
    taken(Account::Opening, Account::Receivable(member(1)));
    let rest = Account::Receivable(member(1));
    let amount = Amount::UpTo {
        amount: rp(1),
        rest,
    };
    breaks(
        &store,
        "INV-4",
        move_money(Account::Revenue, Account::Bank(BANK), amount),
    );
    let owed = Amount::Owed { most: rp(1) };
    breaks(
        &store,
        "INV-4",
        move_money(Account::Opening, Account::Revenue, owed),
    );
}

#[test]
fn inv_05_amounts_are_positive_and_bounded() {
    let store = shop(100);
    let most = Money::MAX_AMOUNT;
    let over = Money::from_hundredths(most.hundredths() + 1);
    for amount in [Money::ZERO, rp(-1), Money::from_hundredths(-1), over] {
        let (bank, revenue) = (Account::Bank(BANK), Account::Revenue);
        breaks(
            &store,
            "INV-5",
            move_money(bank, revenue, Amount::Exact(amount)),
        );
        let rest = Account::Receivable(member(1));
        let up_to = Amount::UpTo { amount, rest };
        breaks(
            &store,
            "INV-5",
            move_money(Account::Available(member(1)), revenue, up_to),
        );
    }
    done(
        &store,
        move_money(Account::Bank(BANK), Account::Revenue, Amount::Exact(most)),
    );
}

#[test]
fn inv_05_a_balance_does_not_overflow() {
    let store = shop(0);
    let most = Money::MAX_AMOUNT;
    let times = u64::try_from(i64::MAX / most.hundredths()).unwrap();
    let gift = |n: u64| {
        let mut unit = Changes::at(NOW);
        unit.transfers = rules::open_wallet(subject(1_000 + n), member(1), most);
        unit
    };
    let verdicts = now(store.commit((0..times).map(gift).collect())).unwrap();
    assert!(
        verdicts
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Done(_)))
    );
    breaks(&store, "INV-5", gift(times));
}

#[test]
fn inv_01_money_moves_between_two_accounts() {
    let store = shop(100);
    let (available, amount) = (Account::Available(member(1)), Amount::Exact(rp(1)));
    breaks(&store, "INV-1", move_money(available, available, amount));
    // The books keep one before and after a row.
    join(&store, 2, 0, 0);
    breaks(
        &store,
        "INV-3",
        move_money(available, Account::Available(member(2)), amount),
    );
}

#[test]
fn inv_03_rows_show_the_balance_before_and_after() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 300));
    done(&store, intend(&look(&store, 1), 1));
    done(&store, capture(&look(&store, 1), 1, 250));
    done(&store, refund(&look(&store, 1), 1));

    let page = eraflazz_core::ports::Page::first(10);
    let changes: Vec<_> = now(store.mutations(member(1), &page))
        .unwrap()
        .into_iter()
        .map(|row| row.available.unwrap())
        .map(|change| (change.before, change.after))
        .collect();
    assert_eq!(
        changes,
        [
            (rp(700), rp(1_000)),
            (rp(1_000), rp(700)),
            (rp(0), rp(1_000))
        ]
    );
    assert_eq!(balance(&store, Account::Bank(BANK)), rp(1_000));
    assert_eq!(balance(&store, Account::Revenue), Money::ZERO);
    assert_eq!(balance(&store, Account::Cogs), Money::ZERO);
    assert_eq!(balance(&store, Account::Dispute(SUPPLIER)), rp(250));
    assert_eq!(balance(&store, Account::Prepaid(SUPPLIER)), rp(-250));
}

#[test]
fn the_balance_after_is_that_of_the_hold() {
    let store = shop(1_000);
    let brought = done(&store, accept(1, 1, 300));
    assert_eq!(look(&store, 1).order.balance_after, Some(rp(700)));
    assert_eq!(brought.wallets, [wallet(&store, 1)]);
    done(&store, deposit(9, 1, 50));
    assert_eq!(look(&store, 1).order.balance_after, Some(rp(700)));

    done(
        &store,
        order::refuse(
            draft(2, 1, 300),
            Refusal::ProductClosed,
            eraflazz_core::route::Explanation::default(),
        ),
    );
    assert_eq!(look(&store, 2).order.balance_after, None);
}

#[test]
fn inv_06_an_effect_happens_once_and_repeats_its_result() {
    let store = shop(0);
    let first = done(&store, deposit(5, 1, 70)).receipt;
    assert_eq!(first.rows.len(), 1);
    // Conditions changed since: the answer is the same.
    done(&store, accept(1, 1, 70));
    assert_eq!(
        refused(&store, deposit(5, 1, 70)),
        Refused::EffectDone {
            receipt: first.clone()
        }
    );
    assert_eq!(
        refused(&store, deposit(5, 1, 9_999)),
        Refused::EffectDone { receipt: first }
    );
}

#[test]
fn inv_06_a_journal_is_written_in_one_piece() {
    let store = shop(100);
    let mut unit = deposit(7, 1, 10);
    unit.transfers.extend(deposit(7, 1, 10).transfers);
    breaks(&store, "INV-6", unit);
}

/// The ledger knows one refund: all that was paid, once, to whoever paid it.
#[test]
fn e_21_a_refund_of_anything_but_what_was_paid_is_refused() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    let unpaid = look(&store, 1);
    let mut early = next(&unpaid, in_flight(1));
    early.transfers = rules::reverse(&unpaid.order, 1, SUPPLIER, rp(90));
    breaks(&store, "INV-7", early);
    done(&store, capture(&unpaid, 1, 90));
    let sold = look(&store, 1);
    for amount in [-100, 0, 99, 101] {
        let mut wrong = refund(&sold, 1);
        wrong.transfers[0].amount = Amount::Exact(rp(amount));
        breaks(&store, "INV-7", wrong);
    }
    let mut twice = refund(&sold, 1);
    let again = rules::reverse(&sold.order, 2, SUPPLIER, rp(90));
    twice.transfers.extend(again);
    breaks(&store, "INV-15", twice);
    done(&store, refund(&sold, 1));
    assert_eq!(wallet(&store, 1).available, rp(1_000));
}

#[test]
fn inv_07_the_money_of_an_order_follows_its_state() {
    let store = shop(1_000);
    // Born without its hold, or with another one.
    let mut free = accept(1, 1, 100);
    free.transfers.clear();
    breaks(&store, "INV-15", free);
    let mut cheap = accept(1, 1, 100);
    cheap.transfers[0].amount = Amount::Exact(rp(99));
    breaks(&store, "INV-7", cheap);
    let mut twice = accept(1, 1, 100);
    twice.transfers.push(twice.transfers[0]);
    breaks(&store, "INV-15", twice);
    let mut refused_but_held = order::refuse(
        draft(1, 1, 100),
        Refusal::ProductClosed,
        eraflazz_core::route::Explanation::default(),
    );
    refused_but_held.transfers = accept(1, 1, 100).transfers;
    breaks(&store, "INV-7", refused_but_held);

    done(&store, accept(1, 1, 100));
    done(&store, intend(&look(&store, 1), 1));
    let agg = look(&store, 1);
    // Ended without its money, with the wrong side, with more than the price, into another account.
    let mut forgotten = release(&agg, Some(1));
    forgotten.transfers.clear();
    breaks(&store, "INV-15", forgotten);
    let mut wrong_side = release(&agg, Some(1));
    wrong_side.transfers = rules::capture(&agg.order, SUPPLIER, rp(90));
    breaks(&store, "INV-7", wrong_side);
    let mut both = capture(&agg, 1, 90);
    both.transfers.extend(rules::release(&agg.order));
    breaks(&store, "INV-7", both);
    let mut second = capture(&agg, 1, 90);
    second.transfers[0].key.n = 2;
    breaks(&store, "INV-7", second);
    let mut partly = release(&agg, Some(1));
    partly.transfers[0].amount = Amount::Exact(rp(40));
    breaks(&store, "INV-7", partly);
    join(&store, 2, 0, 0);
    let mut astray = release(&agg, Some(1));
    astray.transfers[0].credit = Account::Available(member(2));
    breaks(&store, "INV-7", astray);
    // Still open, and the money moves.
    let mut early = next(&agg, in_flight(1));
    early.transfers = rules::release(&agg.order);
    breaks(&store, "INV-7", early);
    // Money of an order without its order.
    let mut alone = Changes::at(NOW);
    alone.transfers = rules::release(&agg.order);
    breaks(&store, "INV-8", alone);
    // A cost of the order that would be paid from a wallet.
    let mut cost = capture(&agg, 1, 90);
    cost.transfers[1].debit = Account::Available(member(1));
    breaks(&store, "INV-7", cost);

    // Sales that nobody bought, and a journal that no move brings.
    let mut sales = capture(&agg, 1, 90);
    sales.transfers[1].credit = Account::Revenue;
    breaks(&store, "INV-7", sales);
    let mut stray = capture(&agg, 1, 90);
    stray.transfers[1].key.effect = Effect::Refund;
    breaks(&store, "INV-7", stray);

    done(&store, capture(&agg, 1, 90));
    let wallet = wallet(&store, 1);
    assert_eq!((wallet.available, wallet.held), (rp(900), Money::ZERO));
}

#[test]
fn inv_15_a_refund_needs_a_success_and_happens_once() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    done(&store, release(&look(&store, 1), None));
    let back = look(&store, 1);
    let mut gift = next(&back, RETURNED);
    gift.transfers = rules::refund(&back.order, 1, rp(100));
    breaks(&store, "INV-7", gift);

    done(&store, accept(2, 1, 100));
    done(&store, intend(&look(&store, 2), 1));
    done(&store, capture(&look(&store, 2), 1, 90));
    let sold = look(&store, 2);
    done(&store, refund(&sold, 1));
    assert_eq!(wallet(&store, 1).available, rp(1_000));
    assert_eq!(
        refused(&store, refund(&sold, 1)),
        Refused::Stale { version: 4 }
    );
    let reversed = look(&store, 2);
    let mut again = next(&reversed, OrderState::Reversed);
    again.transfers = rules::refund(&reversed.order, 2, rp(100));
    breaks(&store, "INV-7", again);
}

#[test]
fn a_frozen_wallet_holds_nothing_more_and_lets_open_orders_end() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    let flag = |frozen| {
        let mut unit = Changes::at(NOW);
        unit.wallet_flags.push(WalletFlag {
            member: member(1),
            frozen,
        });
        unit.cases.push(CaseWrite::Open(Case {
            key: CaseKey {
                subject: order_id(1).into(),
                version: u32::MAX,
                kind: CaseKind::Broken,
            },
            amount: None,
            opened_at: NOW,
            deadline: NOW,
        }));
        unit
    };
    done(&store, flag(true));
    assert_eq!(refused(&store, accept(2, 1, 100)), Refused::Frozen);
    // Frozen is the answer even where the money would not do either.
    assert_eq!(refused(&store, accept(2, 1, 100_000)), Refused::Frozen);
    done(&store, release(&look(&store, 1), None));
    done(&store, deposit(9, 1, 50));
    done(&store, flag(false));
    done(&store, accept(2, 1, 100));
}
