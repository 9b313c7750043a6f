//! Several contradictions about one order: each attempt is asked and ruled about by itself, and none ends another's (INV-14, INV-33).

use std::time::Duration;

use eraflazz_core::commit::CaseKind;
use eraflazz_core::ids::SupplierId;
use eraflazz_core::ledger::Account;
use eraflazz_core::order::{AttemptState, Call, OrderState, Resolution, RulingKind, may_rule};
use eraflazz_core::supplier::{Claim, Status};

use super::desk::{COST, Desk, Next, ONE, Setup, TWO, YES, profile};
use super::view::{money, rp};

const HOUR: Duration = Duration::from_hours(1);

/// Attempt 1 failed and delivered after all; attempt 2 is under way for the same order, a second delivery if it comes.
fn with_open_second() -> Desk {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.sees(2, Claim::Pending));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(desk.attempt(2).surplus);
    desk
}

/// Attempt 2 delivered the order, and attempt 1, which had failed, delivered after all: booked as the house's loss.
fn with_booked_second() -> Desk {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.delivered(2));
    desk.callback(1, desk.delivered(1));
    assert_eq!(balance(&desk, Account::LossDelivery), rp(COST));
    desk.wait(HOUR);
    desk
}

/// Attempt 2 says in one answer that it delivered and that it did not.
fn contradict_the_second(desk: &mut Desk) {
    let channel = desk.callback_channel(true);
    let both = vec![desk.delivered(2), desk.sees(2, YES)];
    desk.hear(2, channel, both).unwrap();
    assert_eq!(desk.attempt(2).state, AttemptState::Conflict);
}

fn balance(desk: &Desk, account: Account) -> i64 {
    desk.rows.debit_balance(account)
}

fn owes(desk: &Desk, supplier: u16) -> i64 {
    balance(desk, Account::Dispute(SupplierId(supplier)))
}

fn not_delivered() -> Resolution {
    Resolution::NotDelivered {
        proof: "statement".to_owned(),
    }
}

const fn delivered() -> Resolution {
    Resolution::Delivered {
        sn: None,
        cost: None,
    }
}

#[test]
fn inv_33_the_end_of_a_second_attempts_conflict_leaves_the_dispute_about_the_delivery() {
    let mut desk = with_open_second();
    desk.callback(1, desk.sees(1, YES));
    contradict_the_second(&mut desk);
    desk.read(2, desk.sees(2, YES));
    assert!(desk.is_disputed());
    // Whoever rules first speaks of the delivery.
    desk.resolve(not_delivered()).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(owes(&desk, 0), rp(COST));
    assert!(!desk.is_disputed());
}

#[test]
fn inv_33_a_denied_second_delivery_is_asked_about_itself() {
    let mut desk = with_booked_second();
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
    // What the supplier of the other one says is no answer to that.
    desk.read(2, desk.delivered(2));
    assert!(desk.is_disputed());
    desk.wait(HOUR);
    // Of what delivered after a proof of the contrary a person rules.
    desk.read(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    desk.resolve(not_delivered()).unwrap();
    assert!(!desk.is_disputed());
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(
        (owes(&desk, 0), balance(&desk, Account::LossDelivery)),
        (rp(COST), 0)
    );
}

#[test]
fn inv_33_a_denied_second_delivery_is_asked_about_though_the_first_cannot_be() {
    let mut desk = with_booked_second();
    desk.world.profiles[1] = profile(Status::None);
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
}

#[test]
fn inv_33_a_second_delivery_that_is_taken_back_is_not_upheld_by_the_first() {
    let denied = || {
        let mut desk = with_open_second();
        desk.callback(2, desk.delivered(2));
        desk.wait(HOUR);
        desk.callback(2, desk.sees(2, YES));
        desk.tend_when_due();
        assert_eq!(desk.call, Some(Call::Ask(TWO)));
        desk.read(1, desk.delivered(1));
        assert!(desk.is_disputed());
        desk
    };
    for (ruling, loss, owed) in [(delivered(), rp(COST), 0), (not_delivered(), 0, rp(COST))] {
        let mut desk = denied();
        let may = may_rule(&desk.agg());
        assert!(may.contains(&RulingKind::Delivered) && may.contains(&RulingKind::NotDelivered));
        desk.resolve(ruling).unwrap();
        assert!(!desk.is_disputed());
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert_eq!(
            (balance(&desk, Account::LossDelivery), owes(&desk, 1)),
            (loss, owed)
        );
    }
}

/// In the very words of an earlier failure it proves nothing, and nobody can be asked: the person who is told rules about that attempt, not about the order's
/// own delivery (E-6).
#[test]
fn inv_33_a_second_delivery_that_a_message_denies_is_ruled_about_itself() {
    let mut desk = Desk::sending(Setup::of(Status::None));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.callback(1, desk.sees(1, YES));
    desk.reply(2, 1, desk.delivered(2));
    desk.callback(1, desk.delivered(1));
    assert_eq!(balance(&desk, Account::LossDelivery), rp(COST));
    desk.wait(HOUR);
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.opened(CaseKind::Hinted) && !desk.is_disputed());
    assert!(may_rule(&desk.agg()).contains(&RulingKind::NotDelivered));
    desk.resolve(not_delivered()).unwrap();
    assert_eq!(desk.state(), OrderState::Succeeded, "the first one stands");
    assert_eq!(desk.attempt(1).state, AttemptState::LateReversal);
    assert_eq!(
        (balance(&desk, Account::LossDelivery), owes(&desk, 0)),
        (0, rp(COST))
    );
    assert_eq!(desk.attempt(1).hint_case, None);
}

/// The delivery is denied in the very words of its earlier failure while the other attempt is still open, and nobody can be asked (E-6).
#[test]
fn inv_33_a_ruling_about_one_attempt_leaves_what_was_said_of_another_before_a_person() {
    let mut desk = Desk::sending(Setup::of(Status::None));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.callback(1, desk.sees(1, YES));
    desk.reply(2, 1, desk.sees(2, Claim::Pending));
    desk.callback(1, desk.delivered(1));
    desk.wait(HOUR);
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.opened(CaseKind::Hinted) && !desk.is_disputed());
    assert!(desk.resolve(not_delivered()).is_err(), "of which of them?");
    desk.resolve(not_delivered().of(TWO)).unwrap();
    assert!(!desk.attempt(2).state.is_open());
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(desk.attempt(1).hint_case.is_some());
    desk.resolve(not_delivered()).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(desk.attempt(1).hint_case, None);
    assert_eq!(owes(&desk, 0), rp(COST));
}

#[test]
fn inv_32_a_second_delivery_that_a_message_denies_is_ruled_about_though_the_first_was_reversed() {
    let mut desk = Desk::sending(Setup::of(Status::None));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.callback(1, desk.sees(1, YES));
    desk.reply(2, 1, desk.delivered(2));
    desk.callback(1, desk.delivered(1));
    desk.resolve(not_delivered()).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    desk.wait(HOUR);
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.opened(CaseKind::Hinted) && !desk.is_disputed());
    assert!(may_rule(&desk.agg()).contains(&RulingKind::NotDelivered));
    desk.resolve(not_delivered()).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(desk.attempt(1).state, AttemptState::LateReversal);
    assert_eq!(
        (balance(&desk, Account::LossDelivery), owes(&desk, 0)),
        (0, rp(COST))
    );
}

#[test]
fn inv_33_an_upheld_delivery_leaves_the_conflict_of_the_second_attempt() {
    for (ruling, loss) in [(delivered(), rp(COST)), (not_delivered(), 0)] {
        let mut desk = with_open_second();
        contradict_the_second(&mut desk);
        desk.read(1, desk.delivered(1));
        assert!(desk.is_disputed());
        desk.resolve(ruling).unwrap();
        assert!(!desk.is_disputed());
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert_eq!(balance(&desk, Account::LossDelivery), loss);
    }
}

#[test]
fn inv_14_a_second_delivery_that_stands_is_what_a_reversed_order_is_ruled_delivered_by() {
    let reversed_with_second = |booked_before| {
        if booked_before {
            let mut desk = with_booked_second();
            desk.callback(2, desk.sees(2, YES));
            desk.read(2, desk.sees(2, YES));
            desk
        } else {
            let mut desk = with_open_second();
            desk.callback(1, desk.sees(1, YES));
            desk.resolve(not_delivered().of(ONE)).unwrap();
            desk.callback(2, desk.delivered(2));
            desk
        }
    };
    for (booked_before, reversed, stands) in [(true, 1, 1), (false, 0, 2)] {
        for (ruling, cogs) in [(Resolution::RECLAIM, rp(COST)), (Resolution::ABSORB, 0)] {
            let mut desk = reversed_with_second(booked_before);
            assert_eq!(desk.state(), OrderState::Reversed);
            let loss = balance(&desk, Account::LossDelivery);
            assert_eq!((owes(&desk, reversed), loss), (rp(COST), rp(COST)));
            desk.resolve(ruling).unwrap();
            assert_eq!(desk.state(), OrderState::LateDelivered);
            let delivery = desk.order().delivery.clone().unwrap();
            assert_eq!((delivery.attempt.0, delivery.cost), (stands, money(COST)));
            assert_eq!(
                owes(&desk, reversed),
                rp(COST),
                "the supplier of the first owes us still"
            );
            let costs = (
                balance(&desk, Account::Cogs),
                balance(&desk, Account::LossDelivery),
            );
            assert_eq!(costs, (cogs, rp(COST) - cogs));
            // And taken back in turn, its own supplier owes us too, and nothing is left of it.
            desk.resolve(not_delivered()).unwrap();
            assert_eq!(desk.state(), OrderState::Reversed);
            assert_eq!((owes(&desk, 0), owes(&desk, 1)), (rp(COST), rp(COST)));
            let costs = (
                balance(&desk, Account::Cogs),
                balance(&desk, Account::LossDelivery),
            );
            assert_eq!(costs, (0, 0));
        }
    }
}
