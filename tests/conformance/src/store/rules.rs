//! Units that break an invariant of the books: refused as `Broken`, whoever made them.

use std::sync::Arc;

use eraflazz_core::commit::{Changes, OrderWrite};
use eraflazz_core::ids::{AttemptNo, MemberId, ProductId};
use eraflazz_core::ledger::{Account, Amount, Effect, EffectKey, Transfer, rules};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, Order, OrderState, Payer, Returned};
use eraflazz_core::pricing::Quote;

use super::Books;
use super::world::{BANK, NOW, SUPPLIER, World, accept, destination, rupiah, step, unit};

/// Member, reference, quote, payer, goods, destination and code of an order stay what they were.
pub async fn inv_16_what_was_agreed_never_changes(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let sari = world.member("sari", 10_000, 0).await;
    let order = world.accepted(budi, 1_000).await;
    let next = step(&order, OrderState::Held);
    let changed = [
        Order {
            member: sari,
            ..next.clone()
        },
        Order {
            ref_id: "another".parse().unwrap(),
            ..next.clone()
        },
        Order {
            quote: Quote {
                sell: rupiah(900),
                ..next.quote
            },
            ..next.clone()
        },
        Order {
            payer: Payer::Wallet(sari),
            ..next.clone()
        },
        Order {
            product: ProductId(1),
            ..next.clone()
        },
        Order {
            destination: destination(99_999),
            ..next.clone()
        },
        Order {
            trx_code: world.order(budi, 1).trx_code,
            ..next.clone()
        },
    ];
    for order in changed {
        world.broken(unit(&order, [])).await;
    }
    world.done(unit(&next, [])).await;
}

/// Supplier, reference, product code, target and cap of an attempt stay what they were, and sends are never uncounted.
pub async fn inv_11_what_an_attempt_buys_never_changes(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (order, attempt) = world.in_flight(budi, 1_000).await;
    let next = step(&order, order.state);
    let other = world.attempt(&order, 1);
    let changes: [fn(&mut Attempt, &Attempt); 6] = [
        |attempt, _| attempt.supplier.0 += 1,
        |attempt, other| attempt.supplier_ref = other.supplier_ref,
        |attempt, _| attempt.sku = "xld20".parse().unwrap(),
        |attempt, _| attempt.target = "089999999999".parse().unwrap(),
        |attempt, _| attempt.cap = rupiah(5_000),
        |attempt, _| attempt.sends = 0,
    ];
    for change in changes {
        let mut changed = attempt.clone();
        change(&mut changed, &other);
        world.broken(unit(&next, [&changed])).await;
    }
    let resent = Attempt {
        sends: 2,
        their_ref: "V-1".parse().ok(),
        ..attempt
    };
    world.done(unit(&next, [&resent])).await;
    // Nor does the id by which the supplier knows it, once there is one.
    let next = step(&next, order.state);
    for theirs in ["V-2".parse().ok(), None] {
        let renamed = Attempt {
            their_ref: theirs,
            ..resent.clone()
        };
        world.broken(unit(&next, [&renamed])).await;
    }
}

/// The first attempt of an order is number 1, the next one 2.
pub async fn inv_11_attempts_are_numbered_without_gaps(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.accepted(budi, 1_000).await;
    let next = step(&order, OrderState::InFlight(AttemptNo(2)));
    world.broken(unit(&next, [&world.attempt(&order, 2)])).await;
}

/// An attempt without its order in the same unit would escape the version check.
pub async fn inv_09_an_attempt_comes_with_its_order(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.accepted(budi, 1_000).await;
    let stray = Changes {
        attempts: vec![world.attempt(&order, 1)],
        ..Changes::at(NOW)
    };
    world.broken(stray).await;
}

/// Captured or released, never both, never without a hold.
pub async fn inv_07_a_hold_is_settled_once_on_one_side(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.accepted(budi, 1_000).await;
    // Another order's money lies in the same hold account: it is the keys that refuse, not an empty account.
    world.accepted(budi, 1_000).await;
    let captured = step(&order, OrderState::Succeeded);
    world
        .done(Changes {
            transfers: rules::capture(&captured, SUPPLIER, rupiah(900)),
            ..unit(&captured, [])
        })
        .await;
    let released = step(&captured, OrderState::Returned(Returned::Cancelled));
    world
        .broken(Changes {
            transfers: rules::release(&released),
            ..unit(&released, [])
        })
        .await;
    let nothing_held = world.order(budi, 1_000);
    for transfers in [
        rules::release(&nothing_held),
        rules::capture(&nothing_held, SUPPLIER, rupiah(900)),
    ] {
        world
            .broken(Changes {
                transfers,
                ..Changes::at(NOW)
            })
            .await;
    }
}

/// Money and state go together: no open order without its hold, no final order with one.
pub async fn inv_07_an_open_order_has_its_money_held_and_a_final_one_has_not(
    store: Arc<dyn Books>,
) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let unpaid = Changes {
        transfers: Vec::new(),
        ..accept(&world.order(budi, 1_000))
    };
    world.broken(unpaid).await;
    let order = world.accepted(budi, 1_000).await;
    for end in [
        OrderState::Succeeded,
        OrderState::Returned(Returned::Deadline),
    ] {
        world.broken(unit(&step(&order, end), [])).await;
    }
}

/// Zero, negative and more than 10^12 rupiah are no transfer.
pub async fn inv_05_amounts_are_above_zero_and_bounded(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let over = Money::from_hundredths(Money::MAX_AMOUNT.hundredths() + 1);
    for amount in [Money::ZERO, rupiah(-1), over] {
        let unit = world.money(|subject| rules::open_wallet(subject, budi, amount));
        world.broken(unit).await;
    }
    let smallest = Money::from_hundredths(1);
    let unit = world.money(|subject| rules::open_wallet(subject, budi, smallest));
    world.done(unit).await;
}

/// Debit and credit are two accounts.
pub async fn inv_01_a_transfer_has_two_accounts(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    for account in [Account::Available(budi), Account::Bank(BANK)] {
        let unit = world.money(|subject| {
            vec![Transfer {
                key: EffectKey {
                    subject,
                    effect: Effect::Deposit,
                    n: 1,
                },
                debit: account,
                credit: account,
                amount: Amount::Exact(rupiah(1)),
            }]
        });
        world.broken(unit).await;
    }
}

/// A release of more than was held would take it from another order.
pub async fn inv_04_a_hold_gives_no_more_than_it_has(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.accepted(budi, 1_000).await;
    let released = step(&order, OrderState::Returned(Returned::Cancelled));
    let mut unit = Changes {
        transfers: rules::release(&released),
        ..unit(&released, [])
    };
    for transfer in &mut unit.transfers {
        transfer.amount = Amount::Exact(rupiah(1_001));
    }
    world.broken(unit).await;
}

/// A new order has version 1, a step adds one, and there is nothing to replace where there is no order.
pub async fn inv_08_versions_start_at_one_and_rise_by_one(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let late_start = Order {
        version: 2,
        ..world.order(budi, 1_000)
    };
    world.broken(accept(&late_start)).await;
    let nobody = step(&world.order(budi, 1_000), OrderState::Held);
    world.broken(unit(&nobody, [])).await;
    let order = world.accepted(budi, 1_000).await;
    for version in [1, 3] {
        let write = OrderWrite {
            order: Order {
                version,
                ..order.clone()
            },
            replaces: Some(1),
        };
        world
            .broken(Changes {
                orders: vec![write],
                ..Changes::at(NOW)
            })
            .await;
    }
}

/// A member that the store does not know has no wallet to move.
pub async fn money_needs_a_wallet(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let nobody: MemberId = world.stranger("nobody").id;
    let unit = world.money(|subject| rules::deposit(subject, nobody, BANK, rupiah(1)));
    world.broken(unit).await;
}
