//! Orders: keys, versions and moves.

use eraflazz_core::commit::{Changes, Nonce, Refused};
use eraflazz_core::ledger::rules;
use eraflazz_core::order::{self, Fingerprint, OrderState, Refusal};

use crate::world::{
    NOW, RETURNED, accept, breaks, capture, done, draft, in_flight, intend, join, look, member,
    next, order_id, ref_id, refund, refused, release, rp, shop, store, wallet,
};

#[test]
fn inv_18_a_reference_belongs_to_one_order_for_ever() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    done(&store, release(&look(&store, 1), None));

    let mut twin = draft(2, 1, 100);
    twin.ref_id = ref_id("R-1");
    assert_eq!(
        refused(&store, order::accept(twin.clone())),
        Refused::RefTaken { order: order_id(1) }
    );
    assert_eq!(
        refused(
            &store,
            order::refuse(
                twin,
                Refusal::ProductClosed,
                eraflazz_core::route::Explanation::default()
            )
        ),
        Refused::RefTaken { order: order_id(1) }
    );
}

#[test]
fn inv_18_another_member_may_use_the_same_reference() {
    let store = shop(1_000);
    join(&store, 2, 1_000, 0);
    done(&store, accept(1, 1, 100));
    let mut theirs = draft(2, 2, 100);
    theirs.ref_id = ref_id("R-1");
    done(&store, order::accept(theirs));
}

#[test]
fn inv_18_a_repeated_acceptance_is_told_its_order() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    assert_eq!(
        refused(&store, accept(1, 1, 100)),
        Refused::RefTaken { order: order_id(1) }
    );
    assert_eq!(wallet(&store, 1).held, rp(100));
}

#[test]
fn e_18_the_same_reference_with_another_amount_leaves_the_original_untouched() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    let original = look(&store, 1);

    let mut other = draft(2, 1, 900);
    other.ref_id = ref_id("R-1");
    other.fingerprint = Fingerprint([9; 16]);
    assert_eq!(
        refused(&store, order::accept(other)),
        Refused::RefTaken { order: order_id(1) }
    );
    assert_eq!(look(&store, 1), original);
    assert_eq!(original.order.fingerprint, Fingerprint([0; 16]));
}

#[test]
fn a_taken_id_is_minted_again() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));

    let mut same_id = draft(1, 1, 100);
    same_id.ref_id = ref_id("other");
    let field = "order id";
    assert_eq!(
        refused(&store, order::accept(same_id)),
        Refused::IdTaken { field }
    );

    let mut same_code = draft(2, 1, 100);
    same_code.trx_code = draft(1, 1, 100).trx_code;
    let field = "trx code";
    assert_eq!(
        refused(&store, order::accept(same_code)),
        Refused::IdTaken { field }
    );
}

/// The acceptance of order `n` with a duplicate guard.
fn guarded(n: u64, counter: u8) -> Changes {
    let mut draft = draft(n, 1, 100);
    draft.counter = Some(counter);
    order::accept(draft)
}

#[test]
fn inv_19_the_same_goods_are_bought_once_a_day_and_counter() {
    let store = shop(1_000);
    done(&store, guarded(1, 1));
    assert_eq!(
        refused(&store, guarded(2, 1)),
        Refused::DuplicateBusiness { order: order_id(1) }
    );
    done(&store, guarded(2, 2));
    // A member without the guard is not asked.
    done(&store, accept(3, 1, 100));
}

#[test]
fn inv_19_a_return_frees_the_guard_and_a_success_does_not() {
    let store = shop(1_000);
    done(&store, guarded(1, 1));
    let mut back = release(&look(&store, 1), None);
    back.orders[0].order.guard.as_mut().unwrap().live = false;
    done(&store, back);

    done(&store, guarded(2, 1));
    done(&store, intend(&look(&store, 2), 1));
    done(&store, capture(&look(&store, 2), 1, 90));
    assert_eq!(
        refused(&store, guarded(3, 1)),
        Refused::DuplicateBusiness { order: order_id(2) }
    );
}

#[test]
fn inv_19_a_refused_order_takes_no_guard_and_a_cleared_one_stays_cleared() {
    let store = shop(1_000);
    let mut first = draft(1, 1, 100);
    first.counter = Some(1);
    done(
        &store,
        order::refuse(
            first,
            Refusal::ProductClosed,
            eraflazz_core::route::Explanation::default(),
        ),
    );
    done(&store, guarded(2, 1));

    let mut back = release(&look(&store, 2), None);
    back.orders[0].order.guard.as_mut().unwrap().live = false;
    done(&store, back);
    let mut again = next(&look(&store, 2), RETURNED);
    again.orders[0].order.guard.as_mut().unwrap().live = true;
    breaks(&store, "INV-16", again);
}

#[test]
fn inv_08_the_loser_of_a_race_changes_nothing() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    let seen = look(&store, 1);
    done(&store, intend(&seen, 1));
    assert_eq!(
        refused(&store, release(&seen, None)),
        Refused::Stale { version: 2 }
    );
    assert_eq!(
        refused(&store, intend(&seen, 1)),
        Refused::Stale { version: 2 }
    );
}

#[test]
fn inv_08_a_version_rises_by_one() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    let mut leap = next(&look(&store, 1), OrderState::Held);
    leap.orders[0].order.version += 1;
    breaks(&store, "INV-8", leap);

    let mut old = accept(2, 1, 100);
    old.orders[0].order.version = 2;
    breaks(&store, "INV-8", old);

    let mut ghost = look(&store, 1);
    ghost.order.id = order_id(9);
    breaks(&store, "INV-8", next(&ghost, OrderState::Held));
}

#[test]
fn inv_29_a_revision_has_no_gaps() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    let mut gap = next(&look(&store, 1), OrderState::Held);
    gap.orders[0].order.revision += 2;
    breaks(&store, "INV-29", gap);
}

#[test]
fn inv_16_what_was_agreed_never_changes() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    let agg = look(&store, 1);
    let change = |edit: fn(&mut order::Order)| {
        let mut unit = next(&agg, OrderState::Held);
        edit(&mut unit.orders[0].order);
        breaks(&store, "INV-16", unit);
    };
    change(|order| order.quote.sell = rp(1));
    change(|order| order.quote.cost_cap = rp(999));
    change(|order| order.ref_id = ref_id("other"));
    change(|order| order.member = member(2));
    change(|order| order.payer = order::Payer::Wallet(member(2)));
    change(|order| order.fingerprint = Fingerprint([7; 16]));
    change(|order| order.trx_code = draft(2, 1, 1).trx_code);
    change(|order| order.product.0 += 1);
    change(|order| order.balance_after = None);
}

#[test]
fn inv_08_an_ended_order_does_not_open_again() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    done(&store, release(&look(&store, 1), None));
    let ended = look(&store, 1);
    breaks(&store, "INV-8", next(&ended, OrderState::Held));
    breaks(&store, "INV-8", intend(&ended, 1));
    breaks(&store, "INV-8", next(&ended, OrderState::Succeeded));
    breaks(&store, "INV-8", next(&ended, OrderState::Reversed));

    done(&store, accept(2, 1, 100));
    done(&store, intend(&look(&store, 2), 1));
    done(&store, capture(&look(&store, 2), 1, 90));
    let sold = look(&store, 2);
    breaks(&store, "INV-8", next(&sold, in_flight(1)));
    breaks(&store, "INV-8", next(&sold, RETURNED));
    done(&store, refund(&sold, 1));
    breaks(
        &store,
        "INV-8",
        next(&look(&store, 2), OrderState::Succeeded),
    );
}

#[test]
fn inv_08_an_order_is_born_held_or_refused() {
    let store = shop(1_000);
    for state in [OrderState::Succeeded, RETURNED, OrderState::LateDelivered] {
        let mut unit = accept(1, 1, 100);
        unit.orders[0].order.state = state;
        breaks(&store, "INV-8", unit);
    }
}

#[test]
fn inv_08_a_unit_writes_each_key_once() {
    let store = shop(1_000);
    let both = |one: Changes, other: Changes| {
        let mut unit = one;
        unit.orders.extend(other.orders);
        unit.transfers.extend(other.transfers);
        unit
    };
    let mut same_id = draft(1, 1, 100);
    (same_id.ref_id, same_id.trx_code) = (ref_id("other"), draft(2, 1, 1).trx_code);
    let same_id = order::refuse(
        same_id,
        Refusal::ProductClosed,
        eraflazz_core::route::Explanation::default(),
    );
    breaks(&store, "INV-8", both(accept(1, 1, 100), same_id));

    let mut same_ref = draft(2, 1, 100);
    same_ref.ref_id = ref_id("R-1");
    breaks(
        &store,
        "INV-8",
        both(accept(1, 1, 100), order::accept(same_ref)),
    );

    let mut same_code = draft(2, 1, 100);
    same_code.trx_code = draft(1, 1, 100).trx_code;
    breaks(
        &store,
        "INV-8",
        both(accept(1, 1, 100), order::accept(same_code)),
    );

    breaks(&store, "INV-8", both(guarded(1, 1), guarded(2, 1)));
    done(&store, both(guarded(1, 1), guarded(2, 2)));
}

#[test]
fn a_nonce_is_used_once_and_only_by_a_unit_that_happens() {
    let store = shop(50);
    let with_nonce = |mut unit: Changes| {
        unit.nonces.push(Nonce {
            key: "ek_test_1".parse().unwrap(),
            nonce: "n-1".to_owned(),
        });
        unit
    };
    assert_eq!(
        refused(&store, with_nonce(accept(1, 1, 100))),
        Refused::Insufficient {
            needed: rp(100),
            available: rp(50)
        }
    );
    let mut unit = Changes::at(NOW);
    unit.transfers = rules::deposit(
        crate::world::subject(8),
        member(1),
        crate::world::BANK,
        rp(1),
    );
    done(&store, with_nonce(unit.clone()));
    // The effect is asked first: a repetition of the same unit is told its result.
    assert!(matches!(
        refused(&store, with_nonce(unit)),
        Refused::EffectDone { .. }
    ));
    assert_eq!(
        refused(&store, with_nonce(Changes::at(NOW))),
        Refused::NonceUsed
    );
}

#[test]
fn a_member_without_a_wallet_buys_nothing() {
    let store = store();
    breaks(&store, "INV-3", accept(1, 1, 100));
}
