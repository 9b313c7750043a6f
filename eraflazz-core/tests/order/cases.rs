//! Histories of one order, named after the edge cases and invariants they hold.

use std::time::Duration;

use eraflazz_core::commit::CaseKind;
use eraflazz_core::ids::{MappingId, SupplierId};
use eraflazz_core::ledger::Account;
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    AttemptState, Call, Channel, Class, Entry, Note, OrderState, Resolution, Returned,
};
use eraflazz_core::supplier::{Claim, Reason, Sighting, Status};
use eraflazz_core::text::{Sn, Target};

use super::desk::{
    CAP, COST, DOUBTFUL, Desk, MEMBER, NO, Next, ONE, RESUBMIT, SELL, Setup, TWO, YES, their_ref,
};
use super::late::succeeded;
use super::view::{money, rp};

pub(crate) fn unclear() -> Sighting {
    Sighting::new(Claim::Unclear, Reason::Timeout)
}

pub(crate) fn last_classes(desk: &Desk) -> Vec<Class> {
    let Entry::Heard { classes, .. } = &desk.rows.log.last().unwrap().entry else {
        panic!("nothing was heard");
    };
    classes.clone()
}

#[test]
fn e_01_a_timeout_after_the_send_keeps_the_hold_and_the_route() {
    for status in [Status::Dedicated, RESUBMIT, Status::Listing, Status::None] {
        let mut desk = Desk::sending(Setup::of(status));
        desk.then(Next::Go(1));
        desk.reply(1, 1, unclear());
        assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
        assert_eq!(desk.rows.attempts.len(), 1);
    }
}

#[test]
fn e_07_a_success_before_the_reply_is_applied_at_once() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(!desk.attempt(1).send_open);
}

#[test]
fn e_07_a_rejection_before_the_reply_is_only_stored() {
    for claim in [YES, NO, DOUBTFUL] {
        let mut desk = Desk::sending(Setup::of(RESUBMIT));
        desk.then(Next::Go(1));
        let lease_end = desk.attempt(1).lease_until;
        desk.callback(1, desk.sees(1, claim));
        assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
        assert_eq!(desk.order().next_action_at, Some(lease_end));
        desk.reply(1, 1, desk.sees(1, YES));
        assert_eq!(desk.state(), OrderState::InFlight(TWO));
    }
}

#[test]
fn e_08_pending_after_success_is_ignored() {
    let mut desk = succeeded(Status::Dedicated);
    desk.callback(1, desk.sees(1, Claim::Pending));
    assert_eq!(last_classes(&desk), [Class::Nothing]);
    assert_eq!(desk.state(), OrderState::Succeeded);
}

#[test]
fn e_09_what_does_not_bind_is_never_applied() {
    for claim in [Claim::Delivered, YES, NO, Claim::Pending, Claim::NotSent] {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        let stranger = Sighting {
            claim,
            their_ref: Some(their_ref("FOREIGN-1")),
            target: Some(Target::new("0899").unwrap()),
            ..desk.delivered(1)
        };
        desk.reply(1, 1, stranger);
        assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
        assert_eq!(desk.attempt(1).their_ref, None, "nothing of it is kept");
        assert!(
            desk.notes
                .iter()
                .any(|note| matches!(note, Note::Alert { .. }))
        );
        // So an honest answer still binds.
        desk.callback(
            1,
            Sighting {
                their_ref: Some(their_ref("Q-1")),
                ..desk.delivered(1)
            },
        );
        assert_eq!(desk.state(), OrderState::Succeeded);
    }
}

#[test]
fn e_10_a_bill_above_the_cap_is_booked_and_the_route_goes_off() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    let price = Some(money(CAP + 1));
    desk.reply(
        1,
        1,
        Sighting {
            price,
            ..desk.delivered(1)
        },
    );
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.rows.billed(), rp(CAP + 1));
    assert!(desk.opened(CaseKind::OverCap));
    let off = Note::RouteOff {
        mapping: MappingId(0),
    };
    assert!(desk.notes.contains(&off));
}

#[test]
fn inv_17_a_bill_of_the_cap_itself_is_within_it() {
    let at_cap = |desk: &Desk| Sighting {
        price: Some(money(CAP)),
        ..desk.delivered(1)
    };
    for first in [CAP, COST] {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        let price = Some(money(first));
        desk.reply(
            1,
            1,
            Sighting {
                price,
                ..desk.delivered(1)
            },
        );
        desk.callback(1, at_cap(&desk));
        assert_eq!(desk.rows.billed(), rp(first));
        let goes_off = |note: &Note| matches!(note, Note::RouteOff { .. });
        assert!(!desk.opened(CaseKind::OverCap) && !desk.notes.iter().any(goes_off));
    }
}

/// What is booked stays booked; that it may be wrong somebody must learn.
#[test]
fn e_10_a_delivery_that_is_booked_and_billed_otherwise_is_told_once_for_each_amount() {
    let billed = |desk: &Desk, price: i64| Sighting {
        price: Some(money(price)),
        ..desk.delivered(1)
    };
    let off = Note::RouteOff {
        mapping: MappingId(0),
    };
    let alert = |desk: &Desk| {
        let mut notes = desk.notes.iter();
        notes.any(|note| matches!(note, Note::Alert { what, .. } if what.contains("otherwise")))
    };
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, billed(&desk, COST));
    desk.callback(1, billed(&desk, COST));
    assert!(!alert(&desk), "as it is booked");

    // Within the cap it is a variance.
    desk.callback(1, billed(&desk, COST + 1));
    assert!(alert(&desk) && !desk.opened(CaseKind::OverCap));

    // Above it, it is a person's; whoever says it again, in whatever way.
    desk.callback(1, billed(&desk, CAP + 1));
    assert!(desk.opened(CaseKind::OverCap) && desk.notes.contains(&off));
    let cases = desk.rows.cases.len();
    let sn = Sn::new("OTHER-1").unwrap();
    desk.callback(
        1,
        Sighting {
            sn: Some(sn),
            ..billed(&desk, CAP + 1)
        },
    );
    desk.reply(1, 1, billed(&desk, CAP + 1));
    assert_eq!(desk.rows.cases.len(), cases);
    assert_eq!(desk.rows.billed(), rp(COST), "INV-6: booked once");

    // What nobody signed bills nothing.
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, billed(&desk, COST));
    let channel = desk.callback_channel(false);
    let sighting = billed(&desk, CAP + 1);
    desk.hear(1, channel, vec![sighting]).unwrap();
    assert!(!alert(&desk) && !desk.opened(CaseKind::OverCap));
}

#[test]
fn e_10_a_bill_that_cannot_be_read_is_no_bill_of_nothing() {
    let above_all = Money::from_hundredths(Money::MAX_AMOUNT.hundredths() + 1);
    for (sn_required, price) in [
        (false, None),
        (true, None),
        (false, Some(money(-COST))),
        (false, Some(above_all)),
    ] {
        let mut desk = Desk::sending(Setup {
            sn_required,
            ..Setup::of(Status::Dedicated)
        });
        let sighting = Sighting {
            sn: None,
            price,
            price_unread: price.is_none(),
            ..desk.delivered(1)
        };
        desk.reply(1, 1, sighting);
        let off = Note::RouteOff {
            mapping: MappingId(0),
        };
        assert!(desk.opened(CaseKind::OverCap) && desk.notes.contains(&off));
        if sn_required {
            desk.callback(1, desk.delivered(1));
        }
        assert_eq!(
            desk.state(),
            OrderState::Succeeded,
            "delivered all the same"
        );
        assert_eq!(desk.rows.billed(), rp(COST), "at the expected cost");
    }
    // Nought is no price.
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    let nought = Sighting {
        price: Some(Money::ZERO),
        ..desk.delivered(1)
    };
    desk.reply(1, 1, nought);
    assert!(!desk.opened(CaseKind::OverCap));
    assert_eq!(desk.rows.billed(), rp(COST));
    // No price at all is nothing to alarm anybody about.
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    let sighting = Sighting {
        price: None,
        ..desk.delivered(1)
    };
    desk.reply(1, 1, sighting);
    assert!(!desk.opened(CaseKind::OverCap));
}

#[test]
fn inv_17_a_route_above_the_cap_is_not_intended() {
    let mut desk = Desk::held(Setup::of(Status::Dedicated));
    desk.then(Next::GoAt(0, CAP + 1));
    desk.tend();
    assert_eq!(desk.state(), OrderState::Held);
    assert_eq!(desk.call, None);
    desk.then(Next::GoAt(0, CAP));
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Send(ONE)));
}

#[test]
fn e_12_a_success_without_its_serial_number_waits_for_it() {
    let mut desk = Desk::sending(Setup {
        sn_required: true,
        ..Setup::of(Status::Dedicated)
    });
    desk.reply(1, 1, desk.sees(1, Claim::Delivered));
    assert_eq!(desk.attempt(1).state, AttemptState::AwaitSn);
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    let sn = desk.order().delivery.as_ref().unwrap().sn.clone();
    assert_eq!(sn, Some(Sn::new("SN-0001").unwrap()));
}

#[test]
fn e_12_a_rejection_while_a_serial_number_is_awaited_is_disputed() {
    let mut desk = Desk::sending(Setup {
        sn_required: true,
        ..Setup::of(Status::Dedicated)
    });
    desk.reply(1, 1, desk.sees(1, Claim::Delivered));
    desk.callback(1, desk.sees(1, YES));
    assert_eq!(desk.attempt(1).state, AttemptState::Conflict);
    assert!(desk.is_disputed());
    desk.read(1, desk.sees(1, Claim::Delivered));
    assert_eq!(
        desk.attempt(1).state,
        AttemptState::Conflict,
        "no serial number, no success"
    );
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(!desk.is_disputed());
}

#[test]
fn e_19_whoever_loses_the_race_is_judged_on_the_new_state() {
    // The refund wins, the success is late; the success wins, the rejection is a reversal.
    let mut refund_first = Desk::sending(Setup::of(Status::Dedicated));
    refund_first.reply(1, 1, refund_first.sees(1, YES));
    refund_first.callback(1, refund_first.delivered(1));
    assert_eq!(refund_first.state(), OrderState::LateDelivered);
    let mut success_first = Desk::sending(Setup::of(Status::Dedicated));
    success_first.callback(1, success_first.delivered(1));
    success_first.reply(1, 1, success_first.sees(1, YES));
    assert_eq!(success_first.state(), OrderState::Succeeded);
    assert!(success_first.is_disputed());
}

#[test]
fn e_33_the_first_to_commit_stands_and_the_other_contradicts_it() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, unclear());
    desk.resolve(Resolution::Delivered {
        sn: None,
        cost: None,
    })
    .unwrap();
    assert_eq!(desk.state(), OrderState::Succeeded);
    desk.callback(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(desk.is_disputed());
}

#[test]
fn inv_12_silence_settles_nothing() {
    let silence = [
        Reason::Timeout,
        Reason::Unreadable,
        Reason::NotFound,
        Reason::RateLimited,
        Reason::Other,
    ];
    for status in [Status::Dedicated, RESUBMIT, Status::Listing, Status::None] {
        let mut desk = Desk::sending(Setup::of(status));
        desk.then(Next::Go(1));
        for reason in silence {
            let sends = desk.attempt(1).sends;
            desk.reply(1, sends, Sighting::new(Claim::Unclear, reason));
            desk.read(1, Sighting::new(Claim::Unclear, reason));
            desk.callback(1, desk.sees_because(1, Claim::Unclear, reason));
            desk.wait(Duration::from_hours(50));
            desk.tend();
        }
        assert_eq!(desk.state(), OrderState::InFlight(ONE), "{status:?}");
        assert_eq!(desk.rows.attempts.len(), 1);
        assert!(desk.order().review.is_some());
    }
}

#[test]
fn inv_13_a_refusal_of_a_recheck_says_nothing_about_the_send() {
    for claim in [NO, Claim::NotSent, Claim::Unclear] {
        let mut desk = Desk::sending(Setup::of(RESUBMIT));
        desk.reply(1, 1, desk.sees(1, Claim::Pending));
        desk.tend_when_due();
        assert_eq!(desk.call, Some(Call::Send(ONE)));
        desk.reply(1, 2, desk.sees(1, claim));
        assert_eq!(desk.attempt(1).state, AttemptState::Pending);
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
    }
}

#[test]
fn inv_13_the_reply_to_the_last_send_is_definitive_and_stale_ones_are_not() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, unclear());
    desk.tend_when_due();
    assert_eq!(desk.attempt(1).sends, 2);
    desk.reply(1, 1, desk.sees(1, YES));
    desk.reply(1, 1, desk.sees(1, NO));
    desk.callback(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::InFlight(ONE), "crossing resend");
    assert!(desk.attempt(1).send_open);
    desk.reply(1, 2, desk.sees(1, YES));
    assert!(matches!(desk.state(), OrderState::Returned(_)));
}

#[test]
fn inv_14_a_second_delivery_is_never_charged() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.delivered(1));
    for _ in 0..3 {
        desk.callback(1, desk.delivered(1));
        desk.read(1, desk.delivered(1));
    }
    assert_eq!(
        -desk.rows.debit_balance(Account::Available(MEMBER)),
        rp(0) - rp(SELL)
    );
    assert_eq!(desk.rows.billed(), rp(COST));
}

#[test]
fn inv_16_the_member_pays_the_quote_whatever_is_billed() {
    for billed in [1, COST - 500, CAP, SELL * 3] {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        let price = Some(money(billed));
        desk.reply(
            1,
            1,
            Sighting {
                price,
                ..desk.delivered(1)
            },
        );
        assert_eq!(
            desk.rows.debit_balance(Account::Available(MEMBER)),
            rp(SELL)
        );
        assert_eq!(desk.rows.billed(), rp(billed));
    }
}

#[test]
fn inv_21_a_dispute_is_settled_only_by_a_read_begun_after_all_signals() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    let both = vec![desk.delivered(1), desk.sees(1, YES)];
    desk.hear(1, Channel::Reply { send: 1 }, both).unwrap();
    assert_eq!(desk.attempt(1).state, AttemptState::Conflict);
    assert!(desk.is_disputed() && desk.opened(CaseKind::Disputed));
    let early = desk.now;
    desk.wait(Duration::from_secs(5));
    let last = desk.now;
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
    desk.wait(Duration::from_secs(5));
    let between = early.plus(Duration::from_secs(2));
    for began in [early, between, last] {
        let answer = vec![desk.sees(1, YES)];
        desk.hear(1, Channel::Status { began }, answer).unwrap();
        assert_eq!(
            desk.state(),
            OrderState::InFlight(ONE),
            "not begun after the last signal"
        );
    }
    desk.read(1, desk.sees(1, YES));
    assert!(matches!(desk.state(), OrderState::Returned(_)));
    assert!(!desk.is_disputed());
}

#[test]
fn inv_21_a_contradiction_in_one_callback_moves_no_money() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, YES));
    assert!(matches!(desk.state(), OrderState::Returned(_)));
    let channel = desk.callback_channel(true);
    let both = vec![desk.delivered(1), desk.sees(1, YES)];
    desk.hear(1, channel, both).unwrap();
    assert!(matches!(desk.state(), OrderState::Returned(_)));
    let mut silent = Desk::sending(Setup::of(Status::None));
    let channel = silent.callback_channel(false);
    let both = vec![silent.delivered(1), silent.sees(1, YES)];
    silent.hear(1, channel, both).unwrap();
    assert_eq!(silent.state(), OrderState::InFlight(ONE));
}

#[test]
fn inv_27_a_callback_does_not_end_the_call_that_is_under_way() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
    desk.callback(1, desk.sees(1, Claim::Pending));
    assert!(desk.attempt(1).call_open);
    desk.read(1, desk.sees(1, Claim::Pending));
    assert!(!desk.attempt(1).call_open);
}

#[test]
fn inv_35_what_nobody_signed_gives_no_reference_of_the_supplier() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    let named = Sighting {
        their_ref: Some(their_ref("T-1")),
        ..desk.delivered(1)
    };
    desk.unsigned(1, named.clone());
    assert_eq!(desk.attempt(1).their_ref, None);
    desk.callback(1, named.clone());
    assert_eq!(desk.attempt(1).their_ref, named.their_ref);
}

#[test]
fn inv_35_a_deposit_is_known_by_what_was_signed_and_health_by_what_it_proves() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    let (supplier, left) = (SupplierId(0), money(7));
    let told = |desk: &Desk| desk.notes.contains(&Note::Balance { supplier, left });
    let proven = |desk: &Desk| {
        let class = |note: &Note| {
            let Note::Outcome { class, .. } = note else {
                return None;
            };
            Some(*class)
        };
        desk.notes.iter().filter_map(class).collect::<Vec<_>>()
    };
    let with_balance = |desk: &Desk, claim| Sighting {
        balance: Some(left),
        ..desk.sees(1, claim)
    };
    desk.notes.clear();
    desk.unsigned(1, with_balance(&desk, YES));
    assert!(!told(&desk));
    desk.notes.clear();
    desk.callback(1, with_balance(&desk, Claim::Pending));
    assert!(told(&desk));
    assert_eq!(proven(&desk), [], "pending it was already");
    desk.read(1, desk.delivered(1));
    assert_eq!(proven(&desk), [Class::Success]);
}

#[test]
fn inv_35_only_a_contradiction_that_nobody_signed_is_asked_about_at_once() {
    for (signed, at_once) in [(true, false), (false, true)] {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        desk.reply(1, 1, desk.sees(1, Claim::Pending));
        desk.wait(Duration::from_secs(5));
        let channel = desk.callback_channel(signed);
        let both = vec![desk.delivered(1), desk.sees(1, YES)];
        desk.hear(1, channel, both).unwrap();
        let next = desk.order().next_action_at.unwrap();
        assert_eq!(next <= desk.now, at_once, "signed: {signed}");
        assert_eq!(desk.is_disputed(), signed);
    }
}

#[test]
fn inv_35_nothing_unsigned_moves_money_but_a_success_that_nobody_can_be_asked_about() {
    for (status, state) in [
        (Status::Dedicated, OrderState::InFlight(ONE)),
        (RESUBMIT, OrderState::InFlight(ONE)),
        (Status::Listing, OrderState::InFlight(ONE)),
        (Status::None, OrderState::Succeeded),
    ] {
        let mut desk = Desk::sending(Setup::of(status));
        desk.reply(1, 1, desk.sees(1, Claim::Pending));
        desk.unsigned(1, desk.sees(1, YES));
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
        desk.unsigned(1, desk.delivered(1));
        assert_eq!(desk.state(), state, "{status:?}");
        desk.unsigned(1, desk.sees(1, YES));
        assert!(!desk.is_disputed());
    }
    let mut returned = Desk::sending(Setup::of(Status::None));
    returned.reply(1, 1, returned.sees(1, NO));
    returned.unsigned(1, returned.delivered(1));
    assert!(
        matches!(returned.state(), OrderState::Returned(_)),
        "no reclaim"
    );
}

#[test]
fn inv_35_a_hint_is_asked_about_at_once() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.unsigned(1, desk.delivered(1));
    assert_eq!(desk.order().next_action_at, Some(desk.now));
    desk.tend();
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
}

#[test]
fn d_39_a_wrong_destination_ends_the_order_and_others_go_on() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees_because(1, YES, Reason::BadDestination));
    let why = Returned::Rejected(Reason::BadDestination);
    assert_eq!(desk.state(), OrderState::Returned(why));
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees_because(1, NO, Reason::SupplierFunds));
    assert_eq!(desk.state(), OrderState::InFlight(TWO));
    assert!(
        desk.notes
            .iter()
            .any(|note| matches!(note, Note::Trip { .. }))
    );
}
