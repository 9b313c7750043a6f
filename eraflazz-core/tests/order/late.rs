//! Late success, surplus delivery and reversal as histories (E-3, E-4, E-5).

use std::time::Duration;

use eraflazz_core::commit::CaseKind;
use eraflazz_core::ledger::Account;
use eraflazz_core::member::LateSuccess;
use eraflazz_core::order::{AttemptState, Call, Channel, OrderState, Resolution};
use eraflazz_core::supplier::{Claim, Status};

use super::cases::unclear;
use super::desk::{COST, DOUBTFUL, Desk, NO, Next, ONE, RESUBMIT, SELL, Setup, TWO, YES};
use super::view::{money, rp};

pub(crate) fn succeeded(status: Status) -> Desk {
    let mut desk = Desk::sending(Setup::of(status));
    desk.reply(1, 1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    desk.wait(Duration::from_hours(1));
    desk
}

#[test]
fn e_03_a_late_success_of_a_held_order_captures() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Wait(Duration::from_secs(1)));
    desk.reply(1, 1, desk.sees(1, NO));
    assert_eq!(desk.state(), OrderState::Held);
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.rows.billed(), rp(COST));
}

/// A read that began before a failure was heard and is applied after it: which of them is newer nobody knows, so that a read begun after both decides.
#[test]
fn inv_21_an_answer_older_than_the_failure_that_was_heard_first_is_disputed() {
    let overtaken = || {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        desk.then(Next::Wait(Duration::from_hours(1)));
        desk.reply(1, 1, desk.sees(1, Claim::Pending));
        desk.wait(Duration::from_mins(1));
        let began = desk.now;
        desk.wait(Duration::from_mins(1));
        desk.callback(1, desk.sees(1, YES));
        assert_eq!(desk.state(), OrderState::Held);
        desk.wait(Duration::from_secs(20));
        let said = desk.delivered(1);
        desk.hear(1, Channel::Status { began }, vec![said]).unwrap();
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert!(desk.is_disputed());
        desk.tend_when_due();
        assert_eq!(desk.call, Some(Call::Ask(ONE)), "asked afresh");
        desk
    };
    let mut desk = overtaken();
    desk.read(1, desk.sees(1, YES));
    assert!(
        desk.is_disputed() && desk.opened(CaseKind::Disputed),
        "a person's (E-5)"
    );

    let mut desk = overtaken();
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded, "delivered after all");
    assert!(!desk.is_disputed());
}

/// While the clock stands still nobody knows which of two messages was said first: in either order a person finds out, or a read.
#[test]
fn inv_21_of_two_messages_of_one_moment_neither_is_the_later() {
    for failure_first in [true, false] {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        desk.reply(1, 1, desk.sees(1, Claim::Pending));
        let (failed, delivered) = (desk.sees(1, YES), desk.delivered(1));
        let said = if failure_first {
            [failed, delivered]
        } else {
            [delivered, failed]
        };
        let [one, other] = said;
        desk.callback(1, one);
        desk.callback_of(desk.now, other);
        assert!(desk.is_disputed(), "the failure first: {failure_first}");
    }
}

#[test]
fn e_03_a_late_success_makes_the_live_attempt_surplus() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::InFlight(TWO));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.order().delivery.as_ref().unwrap().attempt, ONE);
    assert!(desk.attempt(2).surplus && desk.opened(CaseKind::Surplus));
    // INV-26: the surplus attempt is still followed, by asking.
    desk.tend_when_due();
    assert_eq!(desk.attempt(2).state, AttemptState::Unknown);
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(TWO)));
    desk.read(2, desk.delivered(2));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.rows.debit_balance(Account::LossDelivery), rp(COST));
    assert_eq!(desk.rows.billed(), rp(2 * COST));
}

#[test]
fn e_05_a_late_delivery_that_is_denied_again_is_disputed_and_remembered() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::LateDelivered);
    assert_eq!(desk.attempt(1).reversal, None);
    desk.wait(Duration::from_hours(1));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert!(desk.is_disputed());
    assert!(desk.attempt(1).reversal.is_some());
}

/// Delivered by the first attempt while the second is pending.
fn with_surplus() -> Desk {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.sees(2, Claim::Pending));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(desk.attempt(2).surplus);
    desk
}

/// While the answer to a call is under way a failure proves nothing yet: the answer settles it (E-7). But the answer may have been given before it.
#[test]
fn inv_21_a_delivery_that_may_be_older_than_a_failure_is_disputed() {
    let overtaken = |claim: Claim| {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        desk.wait(Duration::from_secs(10));
        desk.callback(1, desk.sees(1, claim));
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
        desk.wait(Duration::from_secs(10));
        desk.reply(1, 1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::Succeeded, "{claim:?}");
        assert!(desk.is_disputed());
        desk.tend_when_due();
        assert_eq!(desk.call, Some(Call::Ask(ONE)), "asked afresh");
        desk
    };
    for claim in [YES, DOUBTFUL] {
        let mut desk = overtaken(claim);
        desk.read(1, desk.sees(1, YES));
        assert_eq!(desk.state(), OrderState::Reversed, "{claim:?}");

        let mut desk = overtaken(claim);
        desk.read(1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::Succeeded, "delivered after all");
        assert!(!desk.is_disputed());
    }
}

/// A read that began before the failure was heard may be older than it, whatever else is under way.
#[test]
fn inv_21_a_read_that_began_before_a_failure_does_not_deliver_over_it() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.wait(Duration::from_mins(1));
    let began = desk.now;
    desk.wait(Duration::from_mins(1));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    let said = desk.delivered(1);
    let read = Channel::Status { began };
    desk.hear(1, read, vec![said]).unwrap();
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(desk.is_disputed());

    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, DOUBTFUL));
    desk.wait(Duration::from_mins(1));
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded, "it is the newer one");
    assert!(!desk.is_disputed());
}

/// The look at what was rejected after a transaction was formed is under way when the answer to an earlier question arrives: it is no answer to the look, whose
/// own answer may be lost, and then the look is made again. Else a late delivery is billed and nobody hears of it.
#[test]
fn inv_32_the_late_answer_to_an_earlier_question_does_not_end_the_look() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    let mut earlier = Vec::new();
    for _ in 0..2 {
        desk.tend_when_due();
        assert_eq!(desk.call, Some(Call::Ask(ONE)));
        earlier.push(desk.now);
        desk.tend_when_due();
    }
    let asked = |began| Channel::Status { began };
    let failed = desk.sees(1, YES);
    desk.hear(1, asked(earlier[1]), vec![failed]).unwrap();
    assert!(matches!(desk.state(), OrderState::Returned(_)));
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)), "the look");
    desk.wait(Duration::from_secs(1));
    let failed = desk.sees(1, YES);
    desk.hear(1, asked(earlier[0]), vec![failed]).unwrap();
    assert!(desk.attempt(1).call_open, "it is under way still");
    desk.tend_when_due();
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)), "its answer is lost: again");
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.rows.billed(), rp(COST));
}

#[test]
fn inv_21_a_surplus_attempt_that_contradicts_itself_is_settled_by_a_read() {
    let mut desk = with_surplus();
    let channel = desk.callback_channel(true);
    let both = vec![desk.delivered(2), desk.sees(2, YES)];
    desk.hear(2, channel, both).unwrap();
    assert!(desk.is_disputed());
    desk.read(2, desk.sees(2, YES));
    assert!(!desk.is_disputed());
    assert_eq!(desk.rows.billed(), rp(COST), "one delivery, one bill");
}

#[test]
fn inv_21_what_becomes_of_a_surplus_attempt_settles_no_dispute_about_the_delivery() {
    let mut desk = with_surplus();
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    desk.read(2, desk.sees(2, YES));
    assert!(matches!(
        desk.attempt(2).state,
        AttemptState::Rejected { .. }
    ));
    assert!(desk.is_disputed());
}

#[test]
fn inv_33_a_surplus_attempt_that_stays_pending_does_not_escalate_what_is_delivered() {
    let mut desk = with_surplus();
    desk.wait(Duration::from_hours(3));
    desk.callback(2, unclear());
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(!desk.is_escalated());
}

#[test]
fn e_04_a_dispute_is_not_asked_about_for_ever() {
    let mut desk = succeeded(Status::Dedicated);
    desk.callback(1, desk.sees(1, YES));
    let asked_until = desk.world.profiles[0].poll_max_age;
    desk.wait_until(desk.attempt(1).first_sent_at.plus(asked_until));
    desk.tend();
    assert_eq!(desk.call, None);
    assert!(desk.is_disputed(), "only a person can say now");
}

#[test]
fn e_03_a_surplus_attempt_is_never_sent_again() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.sees(2, Claim::Pending));
    desk.callback(1, desk.delivered(1));
    assert!(desk.attempt(2).surplus);
    desk.tend_when_due();
    assert_eq!(desk.call, None);
    desk.callback(2, desk.delivered(2));
    assert_eq!(desk.rows.debit_balance(Account::LossDelivery), rp(COST));
    // A surplus attempt that is rejected changes nothing.
    assert_eq!(desk.state(), OrderState::Succeeded);
}

#[test]
fn e_03_a_late_success_of_a_returned_order_reclaims_or_absorbs() {
    for late_success in [LateSuccess::Reclaim, LateSuccess::Absorb] {
        let mut desk = Desk::sending(Setup {
            late_success,
            ..Setup::of(Status::Dedicated)
        });
        desk.reply(1, 1, desk.sees(1, YES));
        assert!(matches!(desk.state(), OrderState::Returned(_)));
        desk.callback(1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::LateDelivered);
        assert!(desk.opened(CaseKind::LateSuccess));
        let absorb = late_success == LateSuccess::Absorb;
        assert_eq!(desk.order().delivery.as_ref().unwrap().absorbed, absorb);
        let loss = if absorb { COST } else { 0 };
        assert_eq!(desk.rows.debit_balance(Account::LossDelivery), rp(loss));
        // Once more is nothing more.
        desk.callback(1, desk.delivered(1));
        assert_eq!(desk.rows.billed(), rp(COST));
    }
}

#[test]
fn e_03_what_the_wallet_cannot_pay_again_is_owed() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, YES));
    let mut wallet = desk.rows.wallet.unwrap();
    wallet.credit_limit = money(0);
    wallet.available = money(500);
    desk.rows.wallet = Some(wallet);
    let decision = eraflazz_core::order::hear(
        &desk.agg(),
        ONE,
        eraflazz_core::order::Heard {
            channel: Channel::Reply { send: 1 },
            sightings: vec![desk.delivered(1)],
            taken: Vec::new(),
            raw: bytes::Bytes::new(),
        },
        desk.ctx(),
    )
    .unwrap();
    let mut rows = desk.rows.clone();
    let verdicts = eraflazz_core::commit::apply(vec![decision.changes], &mut rows);
    assert!(matches!(
        verdicts[0],
        eraflazz_core::commit::Verdict::Done(_)
    ));
    let wallet = rows.wallet.unwrap();
    assert_eq!(wallet.available, money(0));
    assert_eq!(wallet.receivable, money(SELL - 500));
}

#[test]
fn e_03_the_success_of_an_earlier_attempt_after_success_is_surplus() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(2, 1, desk.delivered(2));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.order().delivery.as_ref().unwrap().attempt, TWO);
    assert_eq!(desk.rows.debit_balance(Account::LossDelivery), rp(COST));
    assert!(desk.opened(CaseKind::Surplus));
}

#[test]
fn e_04_a_reversal_needs_a_second_channel() {
    let mut desk = succeeded(Status::Dedicated);
    desk.callback(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(desk.is_disputed());
    // The same channel again proves nothing more.
    desk.callback(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Succeeded);
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
    desk.read(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(desk.rows.disputed_with_suppliers(), rp(COST));
    assert!(!desk.is_disputed() && desk.opened(CaseKind::Reversed));
    assert!(!desk.order().guard.as_ref().unwrap().live);
}

#[test]
fn e_04_the_read_may_come_first() {
    let mut desk = succeeded(Status::Dedicated);
    desk.read(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    let heard = desk.attempt(1).reversal.unwrap();
    assert_eq!((heard.by_read, heard.by_message), (true, false));
    desk.read(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Succeeded, "one channel twice");
    desk.callback(1, desk.sees(1, YES));
    assert_eq!(
        desk.state(),
        OrderState::Succeeded,
        "no read begun after both"
    );
    desk.read(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Reversed);
}

#[test]
fn e_04_a_read_that_upholds_the_delivery_closes_the_dispute() {
    let mut desk = succeeded(Status::Dedicated);
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert!(desk.is_disputed());
    desk.read(1, desk.delivered(1));
    assert!(!desk.is_disputed());
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.attempt(1).reversal, None);
}

#[test]
fn e_04_without_a_dedicated_read_only_a_person_reverses() {
    let mut desk = succeeded(RESUBMIT);
    for _ in 0..3 {
        desk.callback(1, desk.sees(1, DOUBTFUL));
    }
    desk.reply(1, 1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Succeeded);
    desk.resolve(Resolution::NotDelivered {
        proof: "statement line 7".to_owned(),
    })
    .unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
}

#[test]
fn e_05_success_again_after_a_reversal_is_disputed() {
    let mut desk = succeeded(Status::Dedicated);
    desk.callback(1, desk.sees(1, YES));
    desk.read(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Reversed);
    desk.callback(1, desk.sees(1, YES));
    assert!(!desk.is_disputed(), "the same notice twice: one refund");
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Reversed);
    assert!(desk.is_disputed());
    desk.read(1, desk.sees(1, YES));
    assert!(!desk.is_disputed(), "the read confirms the reversal");
}
