//! Money: what each journal moves, the splits that only the store can fix, and the recount.

use std::collections::BTreeMap;
use std::sync::Arc;

use eraflazz_core::commit::{Changes, Refused, Verdict, WalletFlag};
use eraflazz_core::engine::subject_of;
use eraflazz_core::ids::{AttemptNo, MemberId};
use eraflazz_core::ledger::rules::{self, LateBill};
use eraflazz_core::ledger::{Account, Effect, Normal, Transfer, TransferRow};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Delivery, Order, OrderState, Refunded, Returned};
use eraflazz_core::ports::Page;

use super::Books;
use super::world::{BANK, NOW, SUPPLIER, World, accept, give_back, rupiah, step, unit};

/// The order, delivered for 900.
fn captured(order: &Order) -> Changes {
    let order = Order {
        delivery: Some(Delivery::new(AttemptNo(1), None, rupiah(900), false)),
        ..step(order, OrderState::Succeeded)
    };
    Changes {
        transfers: rules::capture(&order, SUPPLIER, rupiah(900)),
        ..unit(&order, [])
    }
}

/// The order, delivered after its money went back; the member pays what is there.
fn reclaimed(order: &Order) -> Changes {
    let order = Order {
        delivery: Some(Delivery::new(AttemptNo(1), None, rupiah(900), false)),
        ..step(order, OrderState::LateDelivered)
    };
    Changes {
        transfers: rules::reclaim(&order, 1, LateBill::of(SUPPLIER, rupiah(900))),
        ..unit(&order, [])
    }
}

/// A delivered order of which a person gives back `amount`, as the `n`-th of its late journals.
fn refunded(order: &Order, n: u16, amount: i64) -> Changes {
    let amount = rupiah(amount);
    let total = order.refunded().checked_add(amount).unwrap();
    let state = if total == order.quote.sell {
        OrderState::Reversed
    } else {
        order.state
    };
    let mut order = step(order, state);
    order.turns = n;
    order.delivery.as_mut().unwrap().refunded = total;
    let reference = format!("cs-{n}").parse().unwrap();
    order.refunds.push(Refunded {
        reference,
        amount,
        n,
    });
    Changes {
        transfers: rules::refund(&order, n, amount),
        ..unit(&order, [])
    }
}

/// The order whose supplier took its delivery back, with the transfers that do it.
fn reversed(order: &Order, n: u16) -> Changes {
    let transfers = rules::reverse(order, n, SUPPLIER, rupiah(900));
    let mut order = step(order, OrderState::Reversed);
    order.turns = n;
    let delivery = order.delivery.as_mut().unwrap();
    delivery.taken_back = true;
    delivery.refunded = order.quote.sell;
    Changes {
        transfers,
        ..unit(&order, [])
    }
}

/// Of two refunds of 60 % that were decided about the same version one is written; decided anew, the other is above what is left. What is left goes back, and
/// then the order is REVERSED; a reversal by its supplier books what that owes us, and nothing of the member's.
pub async fn inv_07_e_20_e_21_what_goes_back_is_at_most_the_price(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 5_000).await;
    let order = world.accepted(budi, 1_000).await;
    // Nothing has gone back of what is paid only now, or again.
    let back = world.accepted(budi, 1_000).await;
    world.done(give_back(&back)).await;
    let back = world.read(back.id).await.order;
    for mut early in [captured(&order), reclaimed(&back)] {
        let delivery = early.orders[0].order.delivery.as_mut().unwrap();
        delivery.refunded = rupiah(100);
        let verdict = world.verdict(early).await;
        let is_broken = matches!(verdict, Verdict::Refused(Refused::Broken { .. }));
        assert!(is_broken, "{verdict:?}");
    }
    world.done(captured(&order)).await;
    let sold = world.read(order.id).await.order;
    world.done(refunded(&sold, 1, 600)).await;
    let stale = world.verdict(refunded(&sold, 2, 600)).await;
    let version = sold.version + 1;
    assert_eq!(stale, Verdict::Refused(Refused::Stale { version }));
    let parted = world.read(order.id).await.order;
    assert_eq!(parted.state, OrderState::Succeeded);
    for beyond in [-600, 0, 401, 600, 1_000] {
        let verdict = world.verdict(refunded(&parted, 2, beyond)).await;
        let is_broken = matches!(verdict, Verdict::Refused(Refused::Broken { .. }));
        assert!(is_broken, "{beyond}: {verdict:?}");
    }
    let forgetful = Order {
        refunds: Vec::new(),
        ..step(&parted, parted.state)
    };
    let verdict = world.verdict(unit(&forgetful, [])).await;
    let is_broken = matches!(verdict, Verdict::Refused(Refused::Broken { .. }));
    assert!(
        is_broken,
        "a reference that is forgotten pays again (INV-6): {verdict:?}"
    );
    let wallet = world.wallet(budi).await;
    assert_eq!((wallet.available, wallet.held), (rupiah(4_600), rupiah(0)));

    world.done(refunded(&parted, 2, 400)).await;
    let whole = world.read(order.id).await.order;
    assert_eq!(
        (whole.state, whole.refunds.len()),
        (OrderState::Reversed, 2)
    );
    world.done(reversed(&whole, 3)).await;
    assert_eq!(world.wallet(budi).await.available, rupiah(5_000));
    let balances = [
        (Account::Revenue, 0),
        (Account::Cogs, 0),
        (Account::Dispute(SUPPLIER), 900),
        (Account::Prepaid(SUPPLIER), -900),
    ];
    for (account, expected) in balances {
        let balance = world.store.balance(account).await.unwrap();
        assert_eq!(balance, rupiah(expected), "{account}");
    }
}

/// The hold sets the price aside, the capture makes it revenue and books the cost; the receipt and the order's `balance_after` say so.
pub async fn inv_07_hold_and_capture_move_the_agreed_amounts(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 5_000).await;
    let order = world.order(budi, 1_000);
    let done = world.done(accept(&order)).await;
    let wallet = world.wallet(budi).await;
    assert_eq!(done.wallets, [wallet]);
    assert_eq!(
        done.receipt.rows,
        world.journal(order.effect(Effect::Hold, 1)).await
    );
    assert_eq!(
        (wallet.available, wallet.held),
        (rupiah(4_000), rupiah(1_000))
    );
    let order = world.read(order.id).await.order;
    assert_eq!(order.balance_after, Some(rupiah(4_000)));

    world.done(captured(&order)).await;
    let wallet = world.wallet(budi).await;
    assert_eq!((wallet.available, wallet.held), (rupiah(4_000), rupiah(0)));
    let balances = [
        (Account::Revenue, 1_000),
        (Account::Cogs, 900),
        (Account::Prepaid(SUPPLIER), -900),
        (Account::Bank(BANK), 5_000),
        (Account::Available(budi), 4_000),
        (Account::Held(budi), 0),
    ];
    for (account, expected) in balances {
        let balance = world.store.balance(account).await.unwrap();
        assert_eq!(balance, rupiah(expected), "{account}");
    }
}

/// After a release the member has what it had.
pub async fn inv_07_hold_and_release_give_everything_back(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 5_000).await;
    let order = world.accepted(budi, 1_000).await;
    world.done(give_back(&order)).await;
    let wallet = world.wallet(budi).await;
    assert_eq!((wallet.available, wallet.held), (rupiah(5_000), rupiah(0)));
}

/// Deposit, hold and release are mutations, each continuing where the one before ended; a capture touches nothing that can be spent.
pub async fn mutations_show_the_balance_before_and_after_newest_first(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 5_000).await;
    let back = world.accepted(budi, 1_000).await;
    world.done(give_back(&back)).await;
    let order = world.accepted(budi, 2_000).await;
    world.done(captured(&order)).await;
    let page = |limit, skip| Page { limit, skip };
    let all = world.store.mutations(budi, &page(10, 0)).await.unwrap();
    let effects: Vec<Effect> = all.iter().map(|row| row.key.effect).collect();
    assert_eq!(
        effects,
        [Effect::Hold, Effect::Release, Effect::Hold, Effect::Deposit]
    );
    let mut balance = rupiah(0);
    for row in all.iter().rev() {
        let change = row.available.unwrap();
        assert_eq!((change.member, change.before), (budi, balance));
        balance = change.after;
        let moved = change.after.checked_sub(change.before).unwrap();
        assert!(moved == row.amount || moved.checked_add(row.amount) == Some(Money::ZERO));
    }
    assert_eq!(balance, world.wallet(budi).await.available);
    let second_page = world.store.mutations(budi, &page(2, 1)).await.unwrap();
    assert_eq!(second_page, all[1..3]);
}

/// A reclaim takes what lies above the floor, credit included; what is missing the member owes.
pub async fn up_to_takes_what_is_there_and_the_rest_is_owed(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    // Left at the time of the reclaim, credit, and what follows: taken, owed.
    for (index, (left, credit, taken, owed)) in [
        (1_000, 0, 1_000, 0),
        (300, 0, 300, 700),
        (300, 200, 500, 500),
        (0, 0, 0, 1_000),
    ]
    .into_iter()
    .enumerate()
    {
        let budi = world.member(&format!("budi{index}"), 1_000, credit).await;
        let order = world.accepted(budi, 1_000).await;
        world.done(give_back(&order)).await;
        if left < 1_000 {
            world.accepted(budi, 1_000 - left).await;
        }
        let order = world.read(order.id).await.order;
        world.done(reclaimed(&order)).await;
        let wallet = world.wallet(budi).await;
        assert_eq!(wallet.available, rupiah(left - taken), "taken of {left}");
        assert_eq!(wallet.receivable, rupiah(owed), "owed after {left}");
        let rows = world.journal(order.effect(Effect::Reclaim, 1)).await;
        assert!(rows.iter().all(|row| row.amount.is_positive()), "{rows:?}");
        let lines: Vec<u8> = rows.iter().map(|row| row.line).collect();
        assert_eq!(
            lines,
            (1..=u8::try_from(rows.len()).unwrap()).collect::<Vec<_>>()
        );
    }
}

/// A deposit first pays what the member owes, at most the deposit, at most the debt.
pub async fn owed_is_netted_once_and_never_twice(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    let order = world.accepted(budi, 1_000).await;
    world.done(give_back(&order)).await;
    world.accepted(budi, 1_000).await;
    let order = world.read(order.id).await.order;
    world.done(reclaimed(&order)).await;
    assert_eq!(world.wallet(budi).await.receivable, rupiah(1_000));
    for (deposit, available, owed) in [(400, 0, 600), (1_000, 400, 0), (50, 450, 0)] {
        let unit = world.money(|subject| rules::deposit(subject, budi, BANK, rupiah(deposit)));
        world.done(unit).await;
        let wallet = world.wallet(budi).await;
        assert_eq!(
            (wallet.available, wallet.receivable),
            (rupiah(available), rupiah(owed))
        );
    }
    let taken_back =
        world.money(|subject| rules::correct_deposit(subject, budi, BANK, rupiah(500)));
    world.done(taken_back).await;
    let wallet = world.wallet(budi).await;
    assert_eq!(
        (wallet.available, wallet.receivable),
        (rupiah(0), rupiah(50))
    );
}

/// What one member gives, another gets in the same commit: never more than there is, once for one subject, and what the receiver owes is netted from it.
pub async fn inv_01_a_transfer_between_members_moves_both_wallets_at_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    let ani = world.member("ani", 0, 0).await;
    let late = world.accepted(budi, 1_000).await;
    world.done(give_back(&late)).await;
    let given = world.money(|subject| rules::transfer(subject, budi, ani, rupiah(700)));
    world.done(given.clone()).await;
    let verdict = world.verdict(given).await;
    assert!(
        matches!(verdict, Verdict::Refused(Refused::EffectDone { .. })),
        "{verdict:?}"
    );
    let beyond = world.money(|subject| rules::transfer(subject, budi, ani, rupiah(301)));
    let verdict = world.verdict(beyond).await;
    assert!(
        matches!(verdict, Verdict::Refused(Refused::Insufficient { .. })),
        "{verdict:?}"
    );
    for lines in [0..1, 1..2] {
        let mut half = world.money(|subject| rules::transfer(subject, budi, ani, rupiah(10)));
        half.transfers = half.transfers[lines].to_vec();
        let verdict = world.verdict(half).await;
        assert!(
            matches!(verdict, Verdict::Refused(Refused::Broken { .. })),
            "{verdict:?}"
        );
    }
    // Budi owes what a late delivery took beyond the wallet; of what comes back, that is netted.
    let late = world.read(late.id).await.order;
    world.done(reclaimed(&late)).await;
    assert_eq!(world.wallet(budi).await.receivable, rupiah(700));
    let back = world.money(|subject| rules::transfer(subject, ani, budi, rupiah(500)));
    world.done(back).await;
    for (member, available, owed) in [(budi, 0, 200), (ani, 200, 0)] {
        let wallet = world.wallet(member).await;
        assert_eq!(
            (wallet.available, wallet.receivable),
            (rupiah(available), rupiah(owed))
        );
    }
    let between = world.store.balance(Account::Transfers).await.unwrap();
    assert_eq!(between, Money::ZERO);
    let rows = world.store.mutations(ani, &Page::first(10)).await.unwrap();
    let changes: Vec<_> = rows
        .iter()
        .filter_map(|row| row.available)
        .map(|it| (it.before, it.after))
        .collect();
    assert_eq!(
        changes,
        [(rupiah(700), rupiah(200)), (rupiah(0), rupiah(700))]
    );
    let frozen = Changes {
        wallet_flags: vec![WalletFlag {
            member: ani,
            frozen: true,
        }],
        ..Changes::at(NOW)
    };
    world.done(frozen).await;
    let verdict = world
        .verdict(world.money(|subject| rules::transfer(subject, ani, budi, rupiah(1))))
        .await;
    assert_eq!(verdict, Verdict::Refused(Refused::Frozen));
}

/// A history with every kind of journal, recounted from zero.
async fn busy(store: Arc<dyn Books>) -> (World, Vec<MemberId>) {
    let world = World::open(store).await;
    let mut members = Vec::new();
    for (index, credit) in [0, 500].into_iter().enumerate() {
        let member = world.member(&format!("m{index}"), 3_000, credit).await;
        members.push(member);
        let late = world.accepted(member, 1_000).await;
        world.done(give_back(&late)).await;
        let sold = world.accepted(member, 2_500).await;
        world.done(captured(&sold)).await;
        let late = world.read(late.id).await.order;
        world.done(reclaimed(&late)).await;
        let sold = world.read(sold.id).await.order;
        world.done(refunded(&sold, 1, 700)).await;
        let sold = world.read(sold.id).await.order;
        world.done(reversed(&sold, 2)).await;
        world.accepted(member, 100).await;
        world.verdict(accept(&world.order(member, 999_999))).await;
        let absorbed = world.accepted(member, 100).await;
        let absorbed = step(&absorbed, OrderState::Returned(Returned::Cancelled));
        world
            .done(Changes {
                transfers: rules::release(&absorbed),
                ..unit(&absorbed, [])
            })
            .await;
    }
    let float = world.money(|subject| rules::float(subject, SUPPLIER, BANK, rupiah(9_000)));
    world.done(float).await;
    (world, members)
}

/// Σ transfers of each account on its normal side, by nothing but the rows.
fn recount(rows: &[TransferRow]) -> BTreeMap<Account, Money> {
    let mut balances: BTreeMap<Account, Money> = BTreeMap::new();
    for row in rows {
        for (account, side) in [(row.debit, Normal::Debit), (row.credit, Normal::Credit)] {
            let balance = balances.entry(account).or_default();
            let moved = if account.normal() == side {
                balance.checked_add(row.amount)
            } else {
                balance.checked_sub(row.amount)
            };
            *balance = moved.unwrap();
        }
    }
    balances
}

/// Each wallet is what its transfers say, and never below its floor.
pub async fn inv_03_wallets_are_the_sum_of_their_transfers(store: Arc<dyn Books>) {
    let (world, members) = busy(store).await;
    let rows = world.store.transfers(0, usize::MAX).await.unwrap();
    let balances = recount(&rows);
    let sum = |account| balances.get(&account).copied().unwrap_or_default();
    let wallets = world.store.wallets().await.unwrap();
    assert_eq!(wallets.len(), members.len());
    for wallet in wallets {
        assert_eq!(sum(Account::Available(wallet.member)), wallet.available);
        assert_eq!(sum(Account::Held(wallet.member)), wallet.held);
        assert_eq!(sum(Account::Receivable(wallet.member)), wallet.receivable);
        assert!(wallet.spendable().unwrap() >= Money::ZERO);
        assert_eq!(wallet, world.wallet(wallet.member).await);
    }
}

/// The same for the accounts of the house, and debits equal credits over all.
pub async fn inv_01_house_accounts_are_the_sum_of_their_transfers(store: Arc<dyn Books>) {
    let (world, _) = busy(store).await;
    let rows = world.store.transfers(0, usize::MAX).await.unwrap();
    let mut total = Money::ZERO;
    for (account, sum) in recount(&rows) {
        assert_eq!(
            world.store.balance(account).await.unwrap(),
            sum,
            "{account}"
        );
        total = match account.normal() {
            Normal::Debit => total.checked_add(sum).unwrap(),
            Normal::Credit => total.checked_sub(sum).unwrap(),
        };
    }
    assert_eq!(total, Money::ZERO, "the books balance");
    let untouched = world.store.balance(Account::LossDelivery).await.unwrap();
    assert_eq!(untouched, Money::ZERO);
}

/// Money without an order is found again by its source and reference as the engine compares them: once, however they are spelt.
pub async fn inv_06_money_by_hand_moves_once_however_it_is_spelt(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let deposit = |source: &str, reference: &str| {
        let subject = subject_of("deposit", source, reference);
        Changes {
            transfers: rules::deposit(subject, budi, BANK, rupiah(5_000)),
            ..Changes::at(NOW)
        }
    };
    let first = world.done(deposit("BCA", "Slip-5")).await.receipt;
    for (source, reference) in [("bca", "slip-5"), ("Bca", "SLIP-5")] {
        let refused = world.refused(deposit(source, reference)).await;
        let again = Refused::EffectDone {
            receipt: first.clone(),
        };
        assert_eq!(refused, again, "{source}/{reference}");
    }
    world.done(deposit("bri", "slip-5")).await;
    world.done(deposit("bca", "slip-6")).await;
    assert_eq!(world.wallet(budi).await.available, rupiah(15_000));
}

/// `NotCovered`: two who saw the same debt of a supplier draw it once, in one batch and in two; who means it books beyond it.
pub async fn t_17_what_a_supplier_owes_is_drawn_once(store: Arc<dyn Books>) {
    let (world, _) = World::with_member(store, 0).await;
    let supplier = SUPPLIER;
    let owed = async || {
        world
            .store
            .balance(Account::Dispute(supplier))
            .await
            .unwrap()
    };
    let owes = |amount| {
        world.money(|subject| {
            // What a reversal books, of no order.
            let mut journal = rules::correct_float(subject, supplier, BANK, rupiah(amount));
            for transfer in &mut journal {
                (transfer.debit, transfer.credit) = (Account::Dispute(supplier), Account::Cogs);
            }
            journal
        })
    };
    let credited =
        |amount| world.money(|subject| rules::dispute_credited(subject, supplier, rupiah(amount)));
    let not_covered = |needed, there| Refused::NotCovered {
        needed: rupiah(needed),
        there: rupiah(there),
    };
    assert_eq!(world.refused(credited(1)).await, not_covered(1, 0));
    world.done(owes(1_000)).await;
    // What a unit has drawn is there no more for the rest of it, and what it adds is.
    let numbered = |mut journal: Vec<Transfer>, n| {
        for transfer in &mut journal {
            transfer.key.n = n;
        }
        journal
    };
    let twice = world.money(|subject| {
        let drawn = |n| numbered(rules::dispute_credited(subject, supplier, rupiah(600)), n);
        [drawn(1), drawn(2)].concat()
    });
    assert_eq!(world.refused(twice).await, not_covered(600, 400));
    let mut more = owes(500);
    let subject = more.transfers[0].key.subject;
    let drawn = rules::dispute_credited(subject, supplier, rupiah(1_500));
    more.transfers.extend(drawn);
    world.done(more).await;
    world.done(owes(1_000)).await;
    let both = vec![credited(600), credited(600), credited(400)];
    let verdicts = world.store.commit(both).await.unwrap();
    assert!(matches!(verdicts[0], Verdict::Done(_)), "{verdicts:?}");
    assert_eq!(verdicts[1], Verdict::Refused(not_covered(600, 400)));
    assert!(matches!(verdicts[2], Verdict::Done(_)), "{verdicts:?}");
    assert_eq!(world.refused(credited(1)).await, not_covered(1, 0));
    assert_eq!(owed().await, Money::ZERO);
    let beyond =
        world.money(|subject| rules::dispute_credited_beyond(subject, supplier, rupiah(5)));
    world.done(beyond).await;
    assert_eq!(owed().await, rupiah(0).checked_sub(rupiah(5)).unwrap());
    assert_eq!(world.refused(credited(1)).await, not_covered(1, -5));
}
