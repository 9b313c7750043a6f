//! People's rulings, in every state: legal only where section 6 has the move (D38, INV-8).

use std::collections::BTreeMap;

use eraflazz_core::commit::{CaseKey, CaseKind};
use eraflazz_core::ids::AttemptNo;
use eraflazz_core::ledger::Account;
use eraflazz_core::member::LateSuccess;
use eraflazz_core::order::{
    AttemptState, Entry, Note, OrderState, Resolution, RulingKind, may_close, may_rule, may_rule_of,
};
use eraflazz_core::supplier::{Claim, Reason, Sighting, Status};

use super::desk::{COST, Desk, FUNDS, NO, Next, ONE, RESUBMIT, SELL, Setup, TWO, YES};
use super::view::{money, rp};

fn unknown() -> Desk {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, Sighting::new(Claim::Unclear, Reason::Timeout));
    desk
}

fn escalated() -> Desk {
    let mut desk = unknown();
    while desk.order().review.is_none() {
        desk.tend_when_due();
    }
    desk.wait_until(desk.attempt(1).lease_until);
    desk.tend();
    desk
}

fn held() -> Desk {
    Desk::held(Setup::of(Status::Dedicated))
}

fn cancelled() -> Desk {
    let mut desk = held();
    desk.cancel().unwrap();
    desk
}

fn returned() -> Desk {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, NO));
    desk
}

fn succeeded() -> Desk {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.delivered(1));
    desk
}

fn disputed() -> Desk {
    let mut desk = succeeded();
    desk.callback(1, desk.sees(1, YES));
    desk
}

fn reversed() -> Desk {
    let mut desk = disputed();
    desk.read(1, desk.sees(1, YES));
    desk
}

fn late() -> Desk {
    let mut desk = returned();
    desk.callback(1, desk.delivered(1));
    desk
}

/// Delivered by the first attempt after all; the supplier of the second works on it still.
fn surplus_open() -> Desk {
    let mut desk = sending();
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.sees(2, Claim::Pending));
    desk.callback(1, desk.delivered(1));
    assert!(desk.attempt(2).surplus && desk.state() == OrderState::Succeeded);
    desk
}

fn surplus_sending() -> Desk {
    let mut desk = sending();
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.callback(1, desk.delivered(1));
    desk
}

fn sending() -> Desk {
    Desk::sending(Setup::of(RESUBMIT))
}

/// A name, an order in that state, and the rulings that are legal there.
type World = (&'static str, fn() -> Desk, &'static [usize]);

#[test]
fn inv_08_a_ruling_is_legal_only_where_the_law_has_the_move() {
    const DELIVERED: usize = 0;
    const NOT_DELIVERED: usize = 1;
    const RECLAIM: usize = 2;
    const ABSORB: usize = 3;
    const WAIT: usize = 4;
    const CANCEL: usize = 5;
    let worlds: [World; 13] = [
        ("held", held, &[CANCEL]),
        ("sending", sending, &[DELIVERED]),
        ("unknown", unknown, &[DELIVERED, NOT_DELIVERED]),
        ("escalated", escalated, &[DELIVERED, NOT_DELIVERED, WAIT]),
        ("cancelled", cancelled, &[]),
        ("returned", returned, &[DELIVERED, RECLAIM, ABSORB]),
        ("succeeded", succeeded, &[NOT_DELIVERED]),
        ("disputed", disputed, &[DELIVERED, NOT_DELIVERED]),
        ("reversed", reversed, &[RECLAIM, ABSORB]),
        ("late", late, &[NOT_DELIVERED]),
        ("absorbed", absorbed, &[NOT_DELIVERED]),
        ("surplus open", surplus_open, &[DELIVERED, NOT_DELIVERED]),
        ("surplus sending", surplus_sending, &[DELIVERED]),
    ];
    for (name, world, legal) in worlds {
        for number in 0..6 {
            let mut desk = world();
            let resolution = [
                Resolution::Delivered {
                    sn: None,
                    cost: None,
                },
                Resolution::NotDelivered {
                    proof: "text".to_owned(),
                },
                Resolution::RECLAIM,
                Resolution::ABSORB,
                Resolution::KeepWaiting {
                    until: desk.now.plus(std::time::Duration::from_hours(48)),
                },
                Resolution::Cancel,
            ][number]
                .clone();
            let before = desk.agg();
            let result = desk.resolve(resolution.clone());
            assert_eq!(result.is_ok(), legal.contains(&number), "{name} {number}");
            let kind = [
                RulingKind::Delivered,
                RulingKind::NotDelivered,
                RulingKind::Reclaim,
                RulingKind::Absorb,
                RulingKind::KeepWaiting,
                RulingKind::Cancel,
            ][number];
            let told = may_rule(&before).contains(&kind);
            assert_eq!(result.is_ok(), told, "{name}: what is told is what is so");
            for attempt in &before.attempts {
                let mut named = world();
                let told = may_rule_of(&before, attempt.no).contains(&kind);
                let result = named.resolve(resolution.clone().of(attempt.no));
                assert_eq!(result.is_ok(), told, "{name} {number} of {}", attempt.no);
            }
            if result.is_err() {
                assert_eq!(desk.agg(), before);
            }
        }
    }
}

fn absorbed() -> Desk {
    let mut desk = Desk::sending(Setup {
        late_success: LateSuccess::Absorb,
        ..Setup::of(Status::Dedicated)
    });
    desk.reply(1, 1, desk.sees(1, NO));
    desk.callback(1, desk.delivered(1));
    desk
}

#[test]
fn inv_13_nobody_rules_non_delivery_while_it_is_being_sent() {
    let mut desk = sending();
    desk.then(Next::Go(1));
    let ruling = Resolution::NotDelivered {
        proof: "text".to_owned(),
    };
    assert!(desk.resolve(ruling.clone()).is_err());
    desk.wait_until(desk.attempt(1).lease_until);
    desk.tend();
    desk.resolve(ruling).unwrap();
    assert_eq!(desk.rows.attempts.len(), 2);
}

#[test]
fn inv_15_a_long_way_round_ends_with_one_ending_and_even_books() {
    let proof = || Resolution::NotDelivered {
        proof: "text".to_owned(),
    };
    let mut desk = reversed();
    assert_eq!(desk.attempt(1).state, AttemptState::LateReversal);
    desk.resolve(Resolution::RECLAIM).unwrap();
    assert_eq!(desk.state(), OrderState::LateDelivered);
    assert_eq!(desk.attempt(1).reversal, None, "it was found wrong");
    assert_eq!(
        desk.rows.disputed_with_suppliers(),
        0,
        "the supplier owes nothing now"
    );
    assert_eq!(desk.rows.billed(), rp(COST));
    desk.resolve(proof()).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(desk.rows.disputed_with_suppliers(), rp(COST));
    desk.resolve(Resolution::ABSORB).unwrap();
    desk.resolve(proof()).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(desk.rows.billed(), rp(COST));
}

/// What the supplier has credited it takes again from our deposit: nothing is drawn from a debt that is paid.
#[test]
fn e_04_what_was_credited_for_a_reversal_is_billed_to_the_deposit_again() {
    for absorb in [false, true] {
        for credited in [0, 1, COST] {
            let mut desk = reversed();
            assert_eq!(desk.rows.disputed_with_suppliers(), rp(COST));
            desk.credited = rp(credited);
            let before = desk.rows.billed();
            let ruling = if absorb {
                Resolution::ABSORB
            } else {
                Resolution::RECLAIM
            };
            desk.resolve(ruling).unwrap();
            let left = desk.rows.disputed_with_suppliers();
            assert_eq!(left, rp(credited), "beside the credit it is even");
            assert_eq!(desk.rows.billed() - before, rp(credited));
        }
    }
}

#[test]
fn a_late_delivery_by_another_supplier_is_billed_to_its_own_deposit() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.delivered(2));
    desk.callback(2, desk.sees(2, YES));
    desk.read(2, desk.sees(2, YES));
    assert_eq!(desk.state(), OrderState::Reversed);
    desk.callback(1, desk.delivered(1));
    assert!(
        desk.is_disputed(),
        "only a person takes money again after a reversal"
    );
    desk.resolve(Resolution::RECLAIM).unwrap();
    assert_eq!(desk.order().delivery.as_ref().unwrap().attempt, ONE);
    assert_eq!(desk.rows.billed(), rp(2 * COST));
    assert_eq!(
        desk.rows.disputed_with_suppliers(),
        rp(COST),
        "the other one still owes"
    );
}

#[test]
fn a_surplus_delivery_is_never_billed_twice() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.delivered(2));
    desk.callback(1, desk.delivered(1));
    assert!(desk.attempt(1).surplus);
    desk.callback(2, desk.sees(2, YES));
    desk.read(2, desk.sees(2, YES));
    assert_eq!(desk.state(), OrderState::Reversed);
    desk.resolve(Resolution::RECLAIM).unwrap();
    assert_eq!(desk.rows.billed(), rp(2 * COST));
}

/// A surplus attempt at a supplier that is asked by sending again is never asked: its webhook may be lost, and then a person knows.
#[test]
fn inv_14_a_person_books_the_second_delivery_whose_webhook_was_lost() {
    let mut desk = surplus_open();
    desk.resolve(Resolution::Delivered {
        sn: None,
        cost: Some(money(COST - 1)),
    })
    .unwrap();
    assert_eq!(desk.state(), OrderState::Succeeded);
    let delivery = desk.order().delivery.as_ref().unwrap();
    assert_eq!(delivery.attempt, ONE, "the good delivery stands");
    assert_eq!(desk.attempt(2).state, AttemptState::Success);
    let loss = desk.rows.debit_balance(Account::LossDelivery);
    assert_eq!(loss, rp(COST - 1));
    assert_eq!(desk.rows.billed(), rp(2 * COST - 1));
    assert!(desk.opened(CaseKind::Surplus));
    assert_eq!(desk.order().next_action_at, None);
    // The webhook comes after all: it is booked once.
    desk.callback(2, desk.delivered(2));
    assert_eq!(desk.rows.billed(), rp(2 * COST - 1));
}

#[test]
fn inv_14_a_person_ends_the_attempt_that_did_not_deliver_twice() {
    let mut desk = surplus_open();
    let ruling = Resolution::NotDelivered {
        proof: "statement line 7".to_owned(),
    };
    desk.resolve(ruling.clone()).unwrap();
    assert_eq!(
        desk.state(),
        OrderState::Succeeded,
        "the good delivery stands"
    );
    assert!(desk.attempt(2).state.is_undelivered());
    assert_eq!(desk.rows.billed(), rp(COST));
    assert_eq!(desk.order().next_action_at, None);
    // Proof to the contrary is a late success.
    desk.callback(2, desk.delivered(2));
    assert_eq!(desk.rows.debit_balance(Account::LossDelivery), rp(COST));
    // Nothing of it is open any more: the next ruling speaks of the delivery.
    desk.resolve(ruling).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
}

#[test]
fn inv_14_after_a_reversal_a_ruling_still_speaks_of_the_open_attempt() {
    let mut desk = surplus_open();
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    let ruling = Resolution::NotDelivered {
        proof: "statement line 7".to_owned(),
    };
    assert!(desk.resolve(ruling.clone()).is_err(), "of which of them?");
    desk.resolve(ruling.clone().of(ONE)).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    assert!(desk.attempt(2).state.is_open());
    desk.resolve(ruling).unwrap();
    assert!(desk.attempt(2).state.is_undelivered());
}

/// INV-26: what can still act is looked at again; where looking would be buying, somebody is called once a day.
#[test]
fn inv_26_an_open_surplus_attempt_that_nobody_can_ask_about_calls_a_person_again() {
    let mut desk = surplus_open();
    for _ in 0..10 {
        desk.notes.clear();
        desk.tend_when_due();
        assert_eq!(desk.call, None, "never sent again");
        assert!(
            desk.notes
                .iter()
                .any(|note| matches!(note, Note::Alert { .. }))
        );
    }
    desk.callback(2, desk.sees(2, YES));
    assert_eq!(desk.order().next_action_at, None);
}

/// INV-32: its supplier may have billed it, and if its case were closed, nobody would find out. (A ruling about the other attempt is none about this one: the
/// delivery was said of it during that dispute, and so not believed.)
#[test]
fn inv_32_the_case_of_a_second_purchase_stays_until_somebody_says_what_became_of_it() {
    let mut desk = surplus_open();
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    desk.callback(2, desk.delivered(2));
    desk.resolve(delivered().of(ONE)).unwrap();
    assert!(!desk.is_disputed() && desk.attempt(2).is_open_surplus());
    assert!(desk.try_to_close(CaseKind::Surplus).is_err());
    desk.resolve(delivered().of(TWO)).unwrap();
    assert_eq!(desk.rows.billed(), rp(2 * COST));
    let open = desk
        .rows
        .cases
        .keys()
        .filter(|key| key.kind == CaseKind::Surplus);
    let keys: Vec<CaseKey> = open.copied().collect();
    assert!(!keys.is_empty());
    assert!(
        keys.iter()
            .all(|key| may_close(key.kind, Some(&desk.agg())))
    );
}

#[test]
fn a_cost_that_cannot_be_booked_is_refused() {
    for cost in [money(0), money(-1)] {
        let ruling = Resolution::Delivered {
            sn: None,
            cost: Some(cost),
        };
        assert!(unknown().resolve(ruling).is_err());
    }
}

fn not_delivered() -> Resolution {
    Resolution::NotDelivered {
        proof: "statement line 7".to_owned(),
    }
}

const fn delivered() -> Resolution {
    Resolution::Delivered {
        sn: None,
        cost: None,
    }
}

/// The first attempt was refused, the second one is under way.
fn second_pending() -> Desk {
    let mut desk = sending();
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.sees(2, Claim::Pending));
    desk
}

#[test]
fn inv_32_a_person_finds_that_an_earlier_attempt_delivered_after_all() {
    // Of the order that waits for another attempt: this one is what the member has.
    let mut desk = second_pending();
    desk.resolve(delivered().of(ONE)).unwrap();
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.order().delivery.as_ref().unwrap().attempt, ONE);
    assert!(desk.attempt(2).is_open_surplus());
    assert_eq!(desk.rows.billed(), rp(COST));
    // Of the order that the other attempt delivered: the member has both, and the house bears one.
    let mut desk = second_pending();
    desk.callback(2, desk.delivered(2));
    assert!(desk.resolve(delivered()).is_err(), "nobody asks about it");
    desk.resolve(delivered().of(ONE)).unwrap();
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.rows.billed(), rp(2 * COST));
    assert_eq!(desk.rows.debit_balance(Account::LossDelivery), rp(COST));
    assert!(desk.resolve(delivered().of(ONE)).is_err(), "booked once");
}

#[test]
fn inv_32_what_was_heard_during_a_dispute_and_denied_is_ruled_about_by_itself() {
    let heard = || {
        let mut desk = second_pending();
        desk.callback(2, desk.delivered(2));
        desk.callback(2, desk.sees(2, YES));
        assert!(desk.is_disputed());
        desk.callback(1, desk.delivered(1));
        assert_eq!(desk.attempt(1).state, AttemptState::LateSuccess);
        assert_eq!(desk.rows.billed(), rp(COST), "the dispute is not over");
        assert!(desk.resolve(not_delivered()).is_err(), "of which of them?");
        desk
    };
    let mut desk = heard();
    desk.resolve(not_delivered().of(ONE)).unwrap();
    assert!(desk.is_disputed(), "about the other one");
    desk.resolve(delivered()).unwrap();
    assert!(!desk.is_disputed());
    assert_eq!(
        (desk.state(), desk.rows.billed()),
        (OrderState::Succeeded, rp(COST))
    );
    // Nothing was credited for what was never booked.
    assert_eq!(desk.rows.disputed_with_suppliers(), 0);
    let mut desk = heard();
    desk.resolve(delivered().of(ONE)).unwrap();
    assert!(desk.is_disputed(), "about the other one");
    assert_eq!(desk.rows.debit_balance(Account::LossDelivery), rp(COST));
    desk.resolve(not_delivered().of(TWO)).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(desk.rows.disputed_with_suppliers(), rp(COST));
}

#[test]
fn inv_06_a_cost_that_is_booked_is_not_ruled_again() {
    let mut desk = second_pending();
    desk.callback(2, desk.delivered(2));
    desk.resolve(delivered().of(ONE)).unwrap();
    desk.resolve(not_delivered().of(TWO)).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    let cost = Some(money(COST + 1));
    for ruling in [
        Resolution::Reclaim { sn: None, cost },
        Resolution::Absorb { sn: None, cost },
    ] {
        assert!(desk.resolve(ruling).is_err());
    }
    desk.resolve(Resolution::RECLAIM).unwrap();
    assert_eq!(desk.order().delivery.as_ref().unwrap().attempt, ONE);
    assert_eq!(desk.rows.debit_balance(Account::Cogs), rp(COST));
}

/// It could have been a second delivery once, was ruled undelivered, and delivered after all: nobody has booked its cost yet.
#[test]
fn inv_32_what_was_ruled_undelivered_is_billed_once_it_delivered_after_all() {
    for (ruling, returned) in [
        (Resolution::RECLAIM, Account::Cogs),
        (Resolution::ABSORB, Account::LossDelivery),
    ] {
        let mut desk = second_pending();
        desk.callback(1, desk.delivered(1));
        assert!(desk.attempt(2).surplus);
        desk.resolve(not_delivered().of(TWO)).unwrap();
        desk.resolve(not_delivered().of(ONE)).unwrap();
        assert_eq!(desk.state(), OrderState::Reversed);
        let billed = desk.rows.billed();
        desk.resolve(ruling.of(TWO)).unwrap();
        assert_eq!(desk.state(), OrderState::LateDelivered);
        assert_eq!(desk.rows.billed(), billed + rp(COST), "by the second");
        assert_eq!(desk.rows.debit_balance(returned), rp(COST));
    }
}

#[test]
fn a_ruling_that_speaks_of_no_attempt_names_none() {
    let mut desk = escalated();
    let until = desk.now.plus(std::time::Duration::from_hours(48));
    assert!(
        desk.resolve(Resolution::KeepWaiting { until }.of(ONE))
            .is_err()
    );
    assert!(desk.resolve(delivered().of(AttemptNo(9))).is_err());
    desk.resolve(Resolution::KeepWaiting { until }).unwrap();
}

#[test]
fn inv_08_what_was_intended_once_is_not_taken_back_between_two_routes() {
    let mut desk = sending();
    desk.then(Next::Wait(std::time::Duration::from_mins(1)));
    desk.reply(1, 1, desk.sees(1, NO));
    assert_eq!(desk.state(), OrderState::Held);
    assert!(desk.resolve(Resolution::Cancel).is_err());
    assert!(desk.cancel().is_err());
    assert!(held().resolve(Resolution::Cancel).is_ok());
}

/// The next route rides in the commit of what was heard, and its log row says so.
#[test]
fn inv_20_the_log_of_what_was_heard_has_what_rode_with_it() {
    let mut desk = sending();
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::InFlight(TWO));
    let last = desk.rows.log.last().unwrap();
    let Entry::Heard {
        then: Some(then), ..
    } = &last.entry
    else {
        panic!("{:?}", last.entry);
    };
    assert!(matches!(**then, Entry::Intent { .. }));
}

/// Commission (komisi) is accrued nowhere yet. Whoever will have something of an order's success must give it back with it: after a reversal only the deposit at the
/// supplier and what the supplier owes for it have moved.
#[test]
fn e_37_whoever_had_something_of_a_success_has_nothing_of_it_after_its_reversal() {
    let desk = reversed();
    assert_eq!(desk.state(), OrderState::Reversed);
    let mut sums: BTreeMap<Account, i64> = BTreeMap::new();
    for row in &desk.rows.transfers {
        *sums.entry(row.debit).or_default() -= row.amount.hundredths();
        *sums.entry(row.credit).or_default() += row.amount.hundredths();
    }
    sums.retain(|_, sum| *sum != 0);
    let moved: Vec<Account> = sums.into_keys().collect();
    let supplier = desk.attempt(1).supplier;
    assert_eq!(
        moved,
        [Account::Prepaid(supplier), Account::Dispute(supplier)]
    );
}

#[test]
fn inv_15_who_pays_for_what_a_person_found_delivered_was_agreed_with_the_member() {
    for (late_success, available) in [
        (LateSuccess::Reclaim, FUNDS - SELL),
        (LateSuccess::Absorb, FUNDS),
    ] {
        let mut desk = Desk::sending(Setup {
            late_success,
            ..Setup::of(Status::Dedicated)
        });
        desk.reply(1, 1, desk.sees(1, NO));
        desk.resolve(delivered().of(ONE)).unwrap();
        assert_eq!(desk.state(), OrderState::LateDelivered);
        assert_eq!(desk.rows.wallet.unwrap().available, money(available));
    }
}
