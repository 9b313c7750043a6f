//! Whatever units come, sensible or not, the books add up: wallets and totals are compared with a recount from the transfer rows that
//! shares no code with the commit rule or the store.

use std::collections::{BTreeMap, BTreeSet};

use eraflazz_core::commit::{Changes, Verdict, WalletFlag};
use eraflazz_core::ids::{AttemptNo, SupplierId};
use eraflazz_core::ledger::rules::{self, LateBill};
use eraflazz_core::ledger::{Account, Amount, Effect, EffectKey, Transfer, TransferRow};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, AttemptState, OrderState};
use eraflazz_core::ports::{Ledger, Store};
use eraflazz_store_memory::MemoryStore;
use proptest::prelude::*;

use crate::world::{
    BANK, NOW, RETURNED, SUPPLIER, accept, capture, delivery, deposit, in_flight, intend, join,
    member, next, now, order_id, reclaim, refund, release, rp, store, subject, transfers,
};

pub(crate) const MEMBERS: u8 = 3;
const ORDERS: u64 = 8;

/// One random act: what, on which order, by which member, how much.
pub(crate) type Act = (u8, u64, u8, i64);

pub(crate) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0..24_u8, 1..=ORDERS, 1..=MEMBERS, -20..400_i64);
    proptest::collection::vec(act, 1..120)
}

/// The unit of an act, if the order is far enough for it to be spoken of.
pub(crate) fn unit_of((what, n, of, amount): Act, store: &MemoryStore) -> Option<Changes> {
    let cost = amount.max(1);
    let agg = || now(store.orders(&[order_id(n)])).unwrap().pop().flatten();
    let last = |agg: &Aggregate| agg.attempts.last().map(|attempt| attempt.no.0);
    Some(match what {
        0..=2 => deposit(n, of, amount.max(1) * 3),
        3 => correction(n, of, amount.max(1)),
        4..=8 => accept(n, of, cost),
        9..=11 => {
            let agg = agg()?;
            let no = last(&agg).unwrap_or(0) + 1;
            intend(&agg, no)
        }
        12..=13 => {
            let agg = agg()?;
            capture(&agg, last(&agg)?, cost)
        }
        14..=15 => {
            let agg = agg()?;
            release(&agg, last(&agg))
        }
        16 => {
            let agg = agg()?;
            agg.order.delivery.as_ref()?;
            refund(&agg, last(&agg)?)
        }
        17..=18 => {
            let agg = agg()?;
            reclaim(&agg, last(&agg)?, cost)
        }
        19 => {
            let agg = agg()?;
            let mut unit = next(&agg, OrderState::LateDelivered);
            unit.orders[0].order.delivery = Some(delivery(1, cost, true));
            unit.orders[0].order.turns += 1;
            let turns = unit.orders[0].order.turns;
            unit.transfers = rules::absorb(&agg.order, turns, LateBill::of(SUPPLIER, rp(cost)));
            unit
        }
        20 => {
            let mut unit = Changes::at(NOW);
            let frozen = amount % 2 == 0;
            unit.wallet_flags.push(WalletFlag {
                member: member(of),
                frozen,
            });
            unit
        }
        // Nonsense: any move of the order, with any money.
        21..=22 => {
            let agg = agg()?;
            let mut unit = next(&agg, any_state(amount));
            unit.transfers = nonsense(agg.order.id.into(), of, amount);
            unit
        }
        _ => {
            let mut unit = Changes::at(NOW);
            unit.transfers = nonsense(subject(n), of, amount);
            unit
        }
    })
}

fn correction(n: u64, of: u8, amount: i64) -> Changes {
    let mut unit = Changes::at(NOW);
    unit.transfers = rules::correct_deposit(subject(n), member(of), BANK, rp(amount));
    unit
}

fn any_state(amount: i64) -> OrderState {
    match amount.rem_euclid(6) {
        0 => OrderState::Held,
        1 => in_flight(1),
        2 => OrderState::Succeeded,
        3 => RETURNED,
        4 => OrderState::Reversed,
        _ => OrderState::LateDelivered,
    }
}

fn nonsense(of_subject: eraflazz_core::ids::SubjectId, of: u8, amount: i64) -> Vec<Transfer> {
    let accounts = [
        Account::Available(member(of)),
        Account::Held(member(of)),
        Account::Receivable(member(of)),
        Account::Available(member(of % MEMBERS + 1)),
        Account::Revenue,
        Account::Prepaid(SupplierId(1)),
        Account::Bank(BANK),
    ];
    let effects = [
        Effect::Hold,
        Effect::Capture,
        Effect::Release,
        Effect::Refund,
        Effect::Reclaim,
        Effect::Surplus,
        Effect::Deposit,
        Effect::Repay,
    ];
    let pick = usize::try_from(amount.unsigned_abs()).unwrap();
    let (debit, credit) = (accounts[pick % 7], accounts[pick / 7 % 7]);
    let rest = accounts[pick / 3 % 7];
    let money = Money::from_hundredths(amount * 25);
    let amount = match pick % 3 {
        0 => Amount::Exact(money),
        1 => Amount::UpTo {
            amount: money,
            rest,
        },
        _ => Amount::Owed { most: money },
    };
    let key = EffectKey {
        subject: of_subject,
        effect: effects[pick / 2 % 8],
        n: 1,
    };
    vec![Transfer {
        key,
        debit,
        credit,
        amount,
    }]
}

/// The recount: what each account's rows add up to, debits minus credits, by the account's printed name.
fn recount(rows: &[TransferRow]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(row.debit.to_string()).or_insert(0) += row.amount.hundredths();
        *sums.entry(row.credit.to_string()).or_insert(0) -= row.amount.hundredths();
    }
    sums
}

fn check(store: &MemoryStore) -> Result<(), TestCaseError> {
    let rows = transfers(store);
    let sums = recount(&rows);
    let sum = |account: String| sums.get(&account).copied().unwrap_or(0);
    inv_05_and_06(&rows)?;

    for wallet in now(store.wallets()).unwrap() {
        let id = wallet.member;
        prop_assert_eq!(
            wallet.available.hundredths(),
            -sum(format!("available:{id}")),
            "INV-3"
        );
        prop_assert_eq!(
            wallet.held.hundredths(),
            -sum(format!("held:{id}")),
            "INV-3"
        );
        prop_assert_eq!(
            wallet.receivable.hundredths(),
            sum(format!("receivable:{id}")),
            "INV-3"
        );
        let floor = -wallet.credit_limit.hundredths();
        prop_assert!(
            wallet.available.hundredths() >= floor,
            "INV-4: {:?}",
            wallet
        );
        prop_assert!(
            wallet.held >= Money::ZERO && wallet.receivable >= Money::ZERO,
            "INV-4"
        );

        let mut running = 0;
        for change in rows.iter().filter_map(|row| row.available) {
            if change.member == id {
                prop_assert_eq!(
                    change.before.hundredths(),
                    running,
                    "INV-3: a gap in the mutations"
                );
                running = change.after.hundredths();
            }
        }
        prop_assert_eq!(wallet.available.hundredths(), running, "INV-3");
    }
    for (account, debit_grows) in [
        (Account::Revenue, false),
        (Account::Opening, false),
        (Account::Cogs, true),
        (Account::LossDelivery, true),
        (Account::Bank(BANK), true),
        (Account::Prepaid(SUPPLIER), true),
        (Account::Prepaid(SupplierId(1)), true),
        (Account::Dispute(SUPPLIER), true),
    ] {
        let side = if debit_grows { 1 } else { -1 };
        let shown = now(store.balance(account)).unwrap().hundredths();
        prop_assert_eq!(shown, side * sum(account.to_string()), "INV-3: {}", account);
    }
    inv_07(store, &rows)
}

fn inv_05_and_06(rows: &[TransferRow]) -> Result<(), TestCaseError> {
    let mut lines = BTreeSet::new();
    for row in rows {
        prop_assert!(
            (1..=100_000_000_000_000).contains(&row.amount.hundredths()),
            "INV-5"
        );
        prop_assert!(row.debit != row.credit, "INV-1");
        prop_assert!(
            lines.insert((row.key.to_string(), row.line)),
            "INV-6: {}",
            row.key
        );
    }
    Ok(())
}

/// What each order's rows say of the member's money, against its state.
fn inv_07(store: &MemoryStore, rows: &[TransferRow]) -> Result<(), TestCaseError> {
    let mut held_by_orders: BTreeMap<_, i64> = BTreeMap::new();
    for n in 1..=ORDERS {
        let Some(agg) = now(store.orders(&[order_id(n)])).unwrap().pop().flatten() else {
            continue;
        };
        let order = &agg.order;
        let flow = |effect: Effect, account: Account| -> i64 {
            rows.iter()
                .filter(|row| row.key.subject == order.id.into() && row.key.effect == effect)
                .map(|row| {
                    let amount = row.amount.hundredths();
                    match (row.debit == account, row.credit == account) {
                        (true, false) => amount,
                        (false, true) => -amount,
                        _ => 0,
                    }
                })
                .sum()
        };
        let held = Account::Held(order.member);
        let (hold, captured, released) = (
            -flow(Effect::Hold, held),
            flow(Effect::Capture, held),
            flow(Effect::Release, held),
        );
        let still_held = hold - captured - released;
        let reclaimed = -flow(Effect::Reclaim, Account::Revenue);
        let refunded = flow(Effect::Refund, Account::Revenue);
        let sell = order.quote.sell.hundredths();

        prop_assert_eq!(hold, sell, "INV-7: every order here was accepted");
        prop_assert!(
            captured == 0 || released == 0,
            "INV-7: captured and released"
        );
        let open = matches!(order.state, OrderState::Held | OrderState::InFlight(_));
        prop_assert_eq!(still_held, if open { sell } else { 0 }, "INV-7");
        prop_assert!(
            (0..=captured + reclaimed).contains(&refunded),
            "INV-7: refunded too much"
        );
        let paid = captured + reclaimed - refunded;
        let absorbed = order
            .delivery
            .as_ref()
            .is_some_and(|delivery| delivery.absorbed);
        let delivered = matches!(
            order.state,
            OrderState::Succeeded | OrderState::LateDelivered
        );
        prop_assert_eq!(
            paid,
            if delivered && !absorbed { sell } else { 0 },
            "INV-15"
        );
        *held_by_orders.entry(order.member).or_default() += still_held;

        let live = agg
            .attempts
            .iter()
            .filter(|attempt| attempt.state.is_live())
            .count();
        prop_assert!(live <= 1, "INV-10");
        let numbers: Vec<_> = agg.attempts.iter().map(|attempt| attempt.no).collect();
        let counted: Vec<_> = (1..).map(AttemptNo).take(numbers.len()).collect();
        prop_assert_eq!(numbers, counted, "INV-11");
        if order.state == RETURNED {
            let undelivered = |state: AttemptState| state.is_undelivered();
            prop_assert!(
                agg.attempts
                    .iter()
                    .all(|attempt| undelivered(attempt.state)),
                "INV-15"
            );
        }
    }
    for wallet in now(store.wallets()).unwrap() {
        let by_orders = held_by_orders.get(&wallet.member).copied().unwrap_or(0);
        let stray: i64 = rows
            .iter()
            .filter(|row| row.key.effect == Effect::Deposit || row.key.effect == Effect::Repay)
            .map(|row| {
                let held = Account::Held(wallet.member);
                let amount = row.amount.hundredths();
                i64::from(row.credit == held) * amount - i64::from(row.debit == held) * amount
            })
            .sum();
        prop_assert_eq!(wallet.held.hundredths(), by_orders + stray, "INV-7");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn inv_01_inv_03_inv_07_a_recount_from_the_rows_agrees(acts in acts()) {
        let store = store();
        join(&store, 1, 0, 0);
        join(&store, 2, 500, 0);
        join(&store, 3, 100, 250);
        for act in acts {
            if let Some(unit) = unit_of(act, &store) {
                now(store.commit(vec![unit])).unwrap();
            }
        }
        check(&store)?;
    }

    #[test]
    fn inv_06_a_unit_that_was_committed_changes_nothing_when_it_comes_again(acts in acts()) {
        let store = store();
        for n in 1..=MEMBERS {
            join(&store, n, 400, 0);
        }
        let mut committed = Vec::new();
        for act in acts {
            if let Some(unit) = unit_of(act, &store) {
                let verdict = now(store.commit(vec![unit.clone()])).unwrap();
                if matches!(verdict.as_slice(), [Verdict::Done(_)]) {
                    committed.push(unit);
                }
            }
        }
        let before = (transfers(&store), now(store.wallets()).unwrap());
        let replayed = committed.into_iter().filter(|unit| !unit.transfers.is_empty());
        for verdict in now(store.commit(replayed.collect())).unwrap() {
            prop_assert!(!matches!(verdict, Verdict::Done(_)), "{verdict:?}");
        }
        let rows = transfers(&store);
        prop_assert_eq!(&rows, &before.0);
        let money = |wallets: &[eraflazz_core::ledger::Wallet]| -> Vec<_> {
            wallets.iter().map(|wallet| (wallet.available, wallet.held, wallet.receivable)).collect()
        };
        prop_assert_eq!(money(&now(store.wallets()).unwrap()), money(&before.1));
    }
}
