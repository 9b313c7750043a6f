//! Attempts: one live one an order, references that never change hands.

use eraflazz_core::commit::{Changes, Refused};
use eraflazz_core::ids::AttemptNo;
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, Attempt, AttemptState, OrderState};
use eraflazz_core::ports::Store;
use eraflazz_core::text::{Sku, Target};
use eraflazz_store_memory::MemoryStore;

use crate::world::{
    REJECTED, SUPPLIER, accept, attempt, breaks, capture, done, in_flight, intend, look, next, now,
    order_id, refund, refused, release, rp, shop, turned,
};

/// A store whose orders 1 to `n` are accepted.
fn accepted(n: u64) -> MemoryStore {
    let store = shop(10_000);
    for order in 1..=n {
        done(&store, accept(order, 1, 100));
    }
    store
}

/// A store whose order 1 has a live first attempt.
fn sent() -> (MemoryStore, Aggregate) {
    let store = accepted(1);
    done(&store, intend(&look(&store, 1), 1));
    let agg = look(&store, 1);
    (store, agg)
}

/// The next intent in the commit that ends the attempt before it.
fn reroute(agg: &Aggregate, ended: AttemptState, then: Attempt) -> Changes {
    let mut unit = next(agg, in_flight(then.no.0));
    unit.attempts.push(turned(agg, then.no.0 - 1, ended));
    unit.attempts.push(then);
    unit
}

#[test]
fn inv_10_a_second_attempt_waits_for_proof_about_the_first() {
    let live = [
        AttemptState::Sending,
        AttemptState::Pending,
        AttemptState::Unknown,
        AttemptState::AwaitSn,
        AttemptState::Conflict,
    ];
    for state in live {
        let (store, agg) = sent();
        assert_eq!(
            refused(&store, reroute(&agg, state, attempt(&agg, 2))),
            Refused::LiveAttempt { order: order_id(1) },
            "{state:?}"
        );
        // Not touching the first one makes it no less live.
        assert_eq!(
            refused(&store, intend(&agg, 2)),
            Refused::LiveAttempt { order: order_id(1) }
        );
    }
    for proof in [AttemptState::NotSent, REJECTED] {
        let (store, agg) = sent();
        done(&store, reroute(&agg, proof, attempt(&agg, 2)));
        assert_eq!(look(&store, 1).live().unwrap().no, AttemptNo(2));
    }
}

#[test]
fn inv_10_the_order_of_writes_does_not_matter() {
    let (store, agg) = sent();
    let mut unit = reroute(&agg, REJECTED, attempt(&agg, 2));
    unit.attempts.reverse();
    done(&store, unit);
}

#[test]
fn inv_10_an_earlier_attempt_does_not_come_to_life_beside_a_live_one() {
    let (store, agg) = sent();
    done(&store, reroute(&agg, REJECTED, attempt(&agg, 2)));
    let agg = look(&store, 1);
    let mut unit = next(&agg, in_flight(2));
    unit.attempts.push(turned(&agg, 1, AttemptState::Unknown));
    assert_eq!(
        refused(&store, unit),
        Refused::LiveAttempt { order: order_id(1) }
    );
}

#[test]
fn inv_10_the_state_of_an_order_names_its_live_attempt() {
    let (store, agg) = sent();
    // HELD and RETURNED while an attempt is live: the money would be free while goods may come.
    breaks(&store, "INV-10", next(&agg, OrderState::Held));
    breaks(&store, "INV-10", release(&agg, None));
    // IN_FLIGHT without a live attempt: nobody would look at it again.
    let mut lost = next(&agg, in_flight(1));
    lost.attempts.push(turned(&agg, 1, REJECTED));
    breaks(&store, "INV-10", lost);
    done(&store, release(&agg, Some(1)));
}

#[test]
fn inv_10_attempts_are_numbered_without_gaps() {
    let store = accepted(1);
    let agg = look(&store, 1);
    breaks(&store, "INV-10", intend(&agg, 2));
    breaks(&store, "INV-10", intend(&agg, 0));
    let mut unnamed = next(&agg, OrderState::Held);
    let mut ended = attempt(&agg, 1);
    ended.state = REJECTED;
    unnamed.attempts.push(ended);
    breaks(&store, "INV-10", unnamed);
}

#[test]
fn inv_08_an_attempt_is_written_with_its_order() {
    let (store, agg) = sent();
    let mut unit = next(&agg, in_flight(1));
    unit.orders.clear();
    unit.attempts.push(turned(&agg, 1, AttemptState::Pending));
    breaks(&store, "INV-8", unit);

    let mut twice = next(&agg, in_flight(1));
    twice.attempts.push(turned(&agg, 1, AttemptState::Pending));
    twice.attempts.push(turned(&agg, 1, AttemptState::Unknown));
    breaks(&store, "INV-8", twice);
}

#[test]
fn inv_11_a_reference_is_used_once_at_a_supplier() {
    let store = accepted(3);
    done(&store, intend(&look(&store, 1), 1));
    let taken = look(&store, 1).attempts[0].supplier_ref;
    let field = "supplier ref";

    let mut again = intend(&look(&store, 2), 1);
    again.attempts[0].supplier_ref = taken;
    assert_eq!(refused(&store, again.clone()), Refused::IdTaken { field });
    // Not even after the first one has ended, and not by the same order.
    let agg = look(&store, 1);
    let mut second = attempt(&agg, 2);
    second.supplier_ref = taken;
    assert_eq!(
        refused(&store, reroute(&agg, REJECTED, second)),
        Refused::IdTaken { field }
    );
    // Nor twice in one unit.
    let mut both = intend(&look(&store, 2), 1);
    let mut other = intend(&look(&store, 3), 1);
    other.attempts[0].supplier_ref = both.attempts[0].supplier_ref;
    both.orders.extend(other.orders);
    both.attempts.extend(other.attempts);
    assert_eq!(refused(&store, both), Refused::IdTaken { field });
    // Another supplier may see the same text.
    again.attempts[0].supplier.0 = 1;
    done(&store, again);
}

#[test]
fn inv_11_what_is_sent_under_a_reference_never_changes() {
    let (store, agg) = sent();
    let change = |edit: fn(&mut Attempt)| {
        let mut unit = next(&agg, in_flight(1));
        let mut again = turned(&agg, 1, AttemptState::Unknown);
        edit(&mut again);
        unit.attempts.push(again);
        breaks(&store, "INV-11", unit);
    };
    change(|attempt| attempt.supplier.0 = 1);
    change(|attempt| attempt.supplier_ref = attempt_of_another_order().supplier_ref);
    change(|attempt| attempt.sku = Sku::new("xld5").unwrap());
    change(|attempt| attempt.target = Target::new("081200000000").unwrap());
    change(|attempt| attempt.cap = rp(999));
    change(|attempt| attempt.mapping.0 += 1);
    change(|attempt| attempt.exclusive = true);
    change(|attempt| attempt.sends = 0);

    let mut resend = next(&agg, in_flight(1));
    let mut again = turned(&agg, 1, AttemptState::Unknown);
    again.sends += 1;
    resend.attempts.push(again);
    done(&store, resend);
}

fn attempt_of_another_order() -> Attempt {
    let store = accepted(2);
    attempt(&look(&store, 2), 7)
}

/// The intent of attempt `no` at a supplier that does not know our reference.
fn exclusive(agg: &Aggregate, no: u16) -> Changes {
    let mut unit = intend(agg, no);
    unit.attempts[0].exclusive = true;
    unit
}

#[test]
fn inv_11_goods_that_could_not_be_told_apart_are_bought_one_at_a_time() {
    let store = accepted(3);
    done(&store, exclusive(&look(&store, 1), 1));
    assert_eq!(
        refused(&store, exclusive(&look(&store, 2), 1)),
        Refused::LiveAttempt { order: order_id(1) }
    );
    // Whatever else is bought in the same unit.
    let mut beside = exclusive(&look(&store, 2), 1);
    let other = intend(&look(&store, 3), 1);
    beside.orders.extend(other.orders);
    beside.attempts.extend(other.attempts);
    assert_eq!(
        refused(&store, beside),
        Refused::LiveAttempt { order: order_id(1) }
    );
    // Other goods, and suppliers that know our reference, are free.
    let mut other = exclusive(&look(&store, 2), 1);
    other.attempts[0].sku = Sku::new("xld5").unwrap();
    done(&store, other);
    done(&store, intend(&look(&store, 3), 1));
}

#[test]
fn inv_11_two_exclusive_intents_in_one_unit_are_one_too_many() {
    let store = accepted(2);
    let mut both = exclusive(&look(&store, 1), 1);
    let other = exclusive(&look(&store, 2), 1);
    both.orders.extend(other.orders);
    both.attempts.extend(other.attempts);
    assert_eq!(
        refused(&store, both),
        Refused::LiveAttempt { order: order_id(1) }
    );
}

#[test]
fn inv_11_the_same_supplier_may_be_tried_again_in_the_commit_of_its_rejection() {
    let store = accepted(2);
    done(&store, exclusive(&look(&store, 1), 1));
    let agg = look(&store, 1);
    let mut second = attempt(&agg, 2);
    second.exclusive = true;
    done(&store, reroute(&agg, REJECTED, second));
    // It is exclusive again.
    assert_eq!(
        refused(&store, exclusive(&look(&store, 2), 1)),
        Refused::LiveAttempt { order: order_id(1) }
    );
}

#[test]
fn inv_11_delivered_goods_can_be_bought_again() {
    let store = accepted(2);
    done(&store, exclusive(&look(&store, 1), 1));
    let agg = look(&store, 1);
    done(&store, capture(&agg, 1, 90));
    done(&store, exclusive(&look(&store, 2), 1));
}

#[test]
fn an_attempt_is_found_by_what_the_supplier_says() {
    let (store, agg) = sent();
    let ours = agg.attempts[0].supplier_ref;
    let theirs = eraflazz_core::text::TheirRef::new("T-77").unwrap();
    assert!(
        now(store.by_their_ref(SUPPLIER, &theirs))
            .unwrap()
            .is_none()
    );
    let mut unit = next(&agg, in_flight(1));
    let mut known = turned(&agg, 1, AttemptState::Pending);
    known.their_ref = Some(theirs.clone());
    unit.attempts.push(known);
    done(&store, unit);

    let agg = look(&store, 1);
    assert_eq!(
        now(store.by_their_ref(SUPPLIER, &theirs)).unwrap(),
        Some(agg.clone())
    );
    assert_eq!(
        now(store.by_supplier_ref(SUPPLIER, &ours)).unwrap(),
        Some(agg)
    );
}

#[test]
fn exposure_counts_what_may_still_be_billed() {
    let (store, agg) = sent();
    let funds = || now(store.supplier_funds()).unwrap();
    assert_eq!(funds()[0].exposure, rp(100));
    assert_eq!(funds()[0].prepaid, Money::ZERO);
    done(&store, capture(&agg, 1, 90));
    assert_eq!(funds()[0].exposure, Money::ZERO);
    assert_eq!(funds()[0].prepaid, Money::from_hundredths(-90_00));
    done(&store, refund(&look(&store, 1), 1));
    assert_eq!(funds()[0].prepaid, Money::from_hundredths(-90_00));
}
