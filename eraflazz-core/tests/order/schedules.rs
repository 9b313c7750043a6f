//! When an order is looked at again: checks, escalation, leases, deadlines, resends (INV-33, sections 5 and 6).

use std::time::Duration;

use eraflazz_core::commit::CaseKind;
use eraflazz_core::order::{
    AttemptState, Call, Entry, OrderState, ResendRefused, Resolution, Returned, Review, cancel,
    may_resend,
};
use eraflazz_core::supplier::{Claim, Reason, Sighting, Status};

use super::desk::{DOUBTFUL, Desk, NO, Next, ONE, RESUBMIT, SELL, Setup, TWO, YES, found, profile};
use super::view::money;

const fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

fn answer(desk: &mut Desk, claim: Claim) {
    let sighting = Sighting::new(claim, Reason::Timeout);
    match desk.call {
        Some(Call::Ask(no)) => desk.read(no.0, sighting),
        Some(Call::Send(no)) => desk.reply(no.0, desk.attempt(no.0).sends, sighting),
        None => panic!("no call"),
    }
}

#[test]
fn inv_33_checks_after_2_3_3_3_3_minutes_then_a_person_with_the_hold_intact() {
    for status in [Status::Dedicated, Status::Listing, RESUBMIT] {
        let mut desk = Desk::sending(Setup::of(status));
        answer(&mut desk, Claim::Unclear);
        for wait in [2, 3, 3, 3, 3] {
            assert!(desk.order().review.is_none());
            assert_eq!(
                desk.order().next_action_at,
                Some(desk.now.plus(minutes(wait)))
            );
            desk.tend_when_due();
            assert!(desk.call.is_some(), "{status:?}");
            answer(&mut desk, Claim::Unclear);
        }
        assert!(desk.is_escalated(), "{status:?}");
        assert!(desk.opened(CaseKind::Escalated));
        assert_eq!(desk.rows.wallet.unwrap().held, money(SELL));
        assert_eq!(
            desk.order().next_action_at,
            Some(desk.now.plus(minutes(30)))
        );
        desk.callback(1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert!(desk.order().review.is_none() && desk.rows.cases.is_empty());
    }
}

#[test]
fn inv_33_a_supplier_that_was_away_is_asked_again_when_it_is_back() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    answer(&mut desk, Claim::Pending);
    let profiles = std::mem::take(&mut desk.world.profiles);
    desk.tend_when_due();
    assert!(desk.is_escalated(), "nobody can ask: a person may");
    desk.tend_when_due();
    assert!(desk.call.is_none());
    let soon = Some(desk.now.plus(minutes(15)));
    assert_eq!(desk.order().next_action_at, soon);
    desk.world.profiles = profiles;
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
}

#[test]
fn inv_33_an_order_is_escalated_after_15_minutes_pending_or_2_hours_unknown() {
    for (claim, patience) in [(Claim::Pending, 15), (Claim::Unclear, 120)] {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        desk.world.profiles[0].poll = vec![minutes(600)];
        let sent = desk.now;
        desk.reply(1, 1, Sighting::new(claim, Reason::Timeout));
        assert_eq!(
            desk.order().next_action_at,
            Some(sent.plus(minutes(patience)))
        );
        desk.tend_when_due();
        assert!(desk.is_escalated());
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
    }
}

#[test]
fn inv_33_age_never_fails_an_order_and_never_leaves_it_without_a_next_action() {
    for status in [Status::Dedicated, RESUBMIT, Status::Listing, Status::None] {
        let mut desk = Desk::sending(Setup::of(status));
        desk.then(Next::Go(1));
        let born = desk.now;
        for _ in 0..1_000 {
            desk.tend_when_due();
            if desk.call.is_some() {
                answer(&mut desk, Claim::Unclear);
            }
        }
        assert!(desk.now.since(born) > minutes(60 * 24 * 100), "{status:?}");
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
        assert!(desk.is_escalated());
        desk.callback(1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::Succeeded);
    }
}

#[test]
fn inv_33_no_check_is_made_after_its_last_day() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    answer(&mut desk, Claim::Unclear);
    desk.wait(minutes(60 * 24 * 7));
    for _ in 0..5 {
        desk.tend();
        assert_eq!(desk.call, None);
        desk.wait_until(desk.order().next_action_at.unwrap());
    }
}

#[test]
fn c_04_a_lease_that_passed_is_unknown_and_is_not_sent_again_at_once() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    let lease_end = desk.attempt(1).lease_until;
    assert_eq!(lease_end, desk.now.plus(Duration::from_secs(130)));
    desk.wait_until(lease_end);
    desk.tend();
    assert_eq!(desk.call, None);
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Send(ONE)));
    assert!(desk.now >= lease_end.plus(minutes(1)));
    let intent = &desk.rows.log.last().unwrap().entry;
    assert!(
        matches!(intent, Entry::Intent { send: 2, .. }),
        "{intent:?}"
    );
}

#[test]
fn c_04_the_late_reply_of_the_only_send_still_counts() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.tend_when_due();
    desk.reply(1, 1, desk.sees(1, NO));
    assert!(matches!(desk.state(), OrderState::Returned(_)));
}

#[test]
fn the_settle_delay_comes_before_another_route_and_before_the_money() {
    for next in [None, Some(Next::Go(1))] {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        desk.world.profiles[0].settle_delay = minutes(4);
        if let Some(next) = next {
            desk.then(next);
        }
        desk.reply(1, 1, desk.sees(1, YES));
        assert_eq!(desk.state(), OrderState::Held);
        assert_eq!(desk.order().next_action_at, Some(desk.now.plus(minutes(4))));
        desk.wait(minutes(3));
        assert!(!desk.tend(), "not due");
        desk.wait(minutes(1));
        desk.tend();
        match next {
            Some(_) => assert_eq!(desk.state(), OrderState::InFlight(TWO)),
            None => assert!(matches!(desk.state(), OrderState::Returned(_))),
        }
    }
}

#[test]
fn the_settle_delay_outlives_the_order_deadline() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.world.profiles[0].settle_delay = minutes(30);
    desk.reply(1, 1, desk.sees(1, YES));
    desk.wait_until(desk.order().deadline);
    assert!(!desk.tend());
    assert_eq!(desk.state(), OrderState::Held);
    desk.tend_when_due();
    assert!(matches!(desk.state(), OrderState::Returned(_)));
}

#[test]
fn a_settle_delay_that_grew_meanwhile_is_kept() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.world.profiles[0].settle_delay = minutes(4);
    desk.reply(1, 1, desk.sees(1, YES));
    let rejected = desk.now;
    desk.world.profiles[0].settle_delay = minutes(20);
    desk.tend_when_due();
    assert_eq!(desk.state(), OrderState::Held);
    let later = Some(rejected.plus(minutes(20)));
    assert_eq!(desk.order().next_action_at, later);
}

/// Nobody knows how long the failures of a supplier that is not in the settings may still turn, whoever reported them: nothing follows at once.
#[test]
fn the_settle_delay_of_a_supplier_that_is_away_is_not_nothing() {
    for next in [None, Some(Next::Go(1))] {
        for (away, wait) in [(None, 4), (Some(0), 15)] {
            let mut desk = Desk::sending(Setup::of(Status::Dedicated));
            desk.world.profiles[0].settle_delay = minutes(4);
            desk.rows.order.as_mut().unwrap().deadline = desk.now.plus(minutes(60));
            if let Some(next) = next {
                desk.then(next);
            }
            desk.reply(1, 1, desk.sees(1, Claim::Pending));
            desk.world.away = away;
            desk.wait(minutes(1));
            let proof = "statement line 7".to_owned();
            desk.resolve(Resolution::NotDelivered { proof }).unwrap();
            assert_eq!(desk.state(), OrderState::Held, "away: {away:?}");
            assert_eq!(desk.call, None);
            let due = Some(desk.now.plus(minutes(wait)));
            assert_eq!(desk.order().next_action_at, due, "away: {away:?}");
            desk.tend_when_due();
            match next {
                Some(_) => assert_eq!(desk.state(), OrderState::InFlight(TWO)),
                None => assert!(matches!(desk.state(), OrderState::Returned(_))),
            }
        }
    }
}

#[test]
fn a_duplicate_waits_for_its_twin() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees_because(1, NO, Reason::Duplicate));
    assert_eq!(desk.state(), OrderState::Held);
    for _ in 0..3 {
        desk.wait_until(desk.order().next_action_at.unwrap());
        desk.tend_with_twin(true);
        assert_eq!(desk.state(), OrderState::Held);
    }
    desk.tend_when_due();
    assert_eq!(desk.state(), OrderState::InFlight(TWO));
}

#[test]
fn e_40_without_a_route_the_money_goes_back_at_the_deadline_once() {
    let mut desk = Desk::held(Setup::of(Status::Dedicated));
    while desk.state() == OrderState::Held {
        desk.then(Next::Wait(minutes(1)));
        desk.tend_when_due();
    }
    assert_eq!(desk.state(), OrderState::Returned(Returned::Deadline));
    let why = Returned::Deadline;
    let routes = found();
    assert_eq!(desk.last_entry(), &Entry::Returned { why, routes });
    assert_eq!(desk.now, desk.order().deadline);
    assert_eq!(desk.order().next_action_at, None);
    assert!(!desk.order().guard.as_ref().unwrap().live);
    desk.wait(minutes(1));
    assert!(!desk.tend());
}

#[test]
fn inv_30_a_plan_that_waits_while_draining_starts_nothing() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Wait(Duration::from_secs(1)));
    desk.reply(1, 1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Held);
    assert_eq!(desk.call, None);
    assert_eq!(
        desk.order().next_action_at,
        Some(desk.now.plus(Duration::from_secs(1)))
    );
}

#[test]
fn an_order_that_was_sent_cannot_be_cancelled() {
    let mut held = Desk::held(Setup::of(Status::Dedicated));
    held.cancel().unwrap();
    assert_eq!(held.state(), OrderState::Returned(Returned::Cancelled));
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    assert!(cancel(&desk.agg(), desk.ctx()).is_err());
    desk.then(Next::Wait(minutes(1)));
    desk.reply(1, 1, desk.sees(1, NO));
    assert_eq!(desk.state(), OrderState::Held);
    assert!(cancel(&desk.agg(), desk.ctx()).is_err());
}

#[test]
fn the_resend_rule_asks_for_every_condition() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.wait(minutes(1));
    let (order, attempt, rules) = (
        desk.order().clone(),
        desk.attempt(1).clone(),
        profile(RESUBMIT),
    );
    let now = desk.now;
    assert_eq!(may_resend(&order, &attempt, &rules, now), Ok(()));

    let early = eraflazz_core::time::Timestamp::from_micros(now.micros() - 1);
    assert_eq!(
        may_resend(&order, &attempt, &rules, early),
        Err(ResendRefused::TooSoon)
    );
    let half = attempt.first_sent_at.plus(Duration::from_hours(45 * 24));
    assert_eq!(
        may_resend(&order, &attempt, &rules, half),
        Err(ResendRefused::TooOld)
    );

    for status in [Status::Dedicated, Status::Listing, Status::None] {
        let other = profile(status);
        let refused = may_resend(&order, &attempt, &other, now);
        assert_eq!(refused, Err(ResendRefused::NotThisSupplier));
    }
    let mut runs_again = rules.clone();
    runs_again.failed_ref_may_run_again = true;
    let refused = may_resend(&order, &attempt, &runs_again, now);
    assert_eq!(refused, Err(ResendRefused::NotThisSupplier));

    for state in [
        OrderState::Held,
        OrderState::InFlight(TWO),
        OrderState::Succeeded,
        OrderState::Returned(Returned::Cancelled),
        OrderState::Reversed,
        OrderState::LateDelivered,
    ] {
        let mut other = order.clone();
        other.state = state;
        let refused = may_resend(&other, &attempt, &rules, now);
        assert_eq!(refused, Err(ResendRefused::NotWanted), "{state:?}");
    }
    let mut disputed = order.clone();
    disputed.review = Some(Review::Disputed {
        case: 2,
        since: now,
    });
    assert_eq!(
        may_resend(&disputed, &attempt, &rules, now),
        Err(ResendRefused::NotWanted)
    );
    let mut surplus = attempt.clone();
    surplus.surplus = true;
    assert_eq!(
        may_resend(&order, &surplus, &rules, now),
        Err(ResendRefused::NotWanted)
    );
    let mut calling = attempt.clone();
    calling.call_open = true;
    assert_eq!(
        may_resend(&order, &calling, &rules, now),
        Err(ResendRefused::CallOpen)
    );
    for state in [
        AttemptState::Sending,
        AttemptState::NotSent,
        AttemptState::Withheld,
        AttemptState::Success,
        AttemptState::Conflict,
        AttemptState::LateSuccess,
        AttemptState::LateReversal,
        AttemptState::Rejected {
            formed: true,
            reason: Reason::Other,
            at: now,
        },
    ] {
        let mut other = attempt.clone();
        other.state = state;
        let refused = may_resend(&order, &other, &rules, now);
        assert_eq!(refused, Err(ResendRefused::NotOpen), "{state:?}");
    }
}

#[test]
fn a_supplier_that_may_run_a_failed_reference_again_is_never_resent_to() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.world.profiles[0].failed_ref_may_run_again = true;
    answer(&mut desk, Claim::Unclear);
    for _ in 0..20 {
        desk.tend_when_due();
        assert_eq!(desk.call, None);
    }
    assert_eq!(desk.attempt(1).sends, 1);
    assert!(desk.is_escalated());
}

/// Half of what the supplier keeps a reference for is over: another check would be another purchase, so none is planned.
#[test]
fn inv_12_no_check_that_may_buy_again_is_planned() {
    let planned = |max_age: u64| {
        let mut desk = Desk::sending(Setup::of(Status::Resubmit {
            max_age: minutes(max_age),
            min_interval: minutes(1),
        }));
        desk.wait(minutes(10));
        answer(&mut desk, Claim::Pending);
        desk.order().next_action_at.unwrap().since(desk.now)
    };
    assert_eq!(planned(21), minutes(2), "the first check");
    assert_eq!(
        planned(20),
        minutes(5),
        "a person, after a quarter of an hour"
    );
}

/// The last look at what was refused waits until the order has ended.
#[test]
fn e_03_an_earlier_attempt_is_not_looked_at_while_a_later_one_is_on_its_way() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.world.profiles[0].poll = vec![Duration::from_secs(1)];
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, YES));
    assert_eq!(desk.call, Some(Call::Send(TWO)));
    let lease = desk.attempt(2).lease_until;
    assert_eq!(desk.order().next_action_at, Some(lease));
}

#[test]
fn a_disputed_order_is_never_resent() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    let both = vec![desk.delivered(1), desk.sees(1, YES)];
    desk.hear(1, eraflazz_core::order::Channel::Reply { send: 1 }, both)
        .unwrap();
    assert!(desk.is_disputed());
    let called = Some(desk.now.plus(desk.policy.case_deadline));
    assert_eq!(desk.order().next_action_at, called, "a person has it");
    for _ in 0..10 {
        desk.tend_when_due();
        assert_eq!(desk.call, None);
    }
    desk.resolve(Resolution::Delivered {
        sn: None,
        cost: None,
    })
    .unwrap();
    assert_eq!(desk.state(), OrderState::Succeeded);
}

#[test]
fn an_order_that_waits_comes_when_it_is_called_and_no_other_does() {
    let mut desk = Desk::held(Setup::of(Status::Dedicated));
    desk.then(Next::Wait(minutes(1)));
    desk.tend();
    assert_eq!(desk.state(), OrderState::Held);
    desk.then(Next::Go(0));
    assert!(!desk.tend(), "it is not due");
    desk.world.calls = true;
    assert!(desk.tend());
    assert_eq!(desk.call, Some(Call::Send(ONE)));
    assert!(!desk.tend(), "on its way it waits for nothing");
}

#[test]
fn inv_33_an_order_that_waits_for_its_check_comes_when_it_is_called() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    let unclear = desk.sees_because(1, Claim::Unclear, Reason::Timeout);
    desk.reply(1, 1, unclear);
    let due = desk.order().next_action_at.unwrap();
    desk.wait_until(due);
    let put_off = due.plus(minutes(1));
    desk.rows.order.as_mut().unwrap().next_action_at = Some(put_off);
    assert!(!desk.tend(), "it was put off");
    desk.world.calls = true;
    assert!(desk.tend());
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
}

#[test]
fn inv_33_a_dispute_whose_read_was_never_answered_is_read_again() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.delivered(1));
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    for _ in 0..3 {
        desk.tend_when_due();
        assert_eq!(desk.call, Some(Call::Ask(ONE)));
        desk.wait_until(desk.attempt(1).lease_until);
        assert!(desk.tend());
        assert!(!desk.attempt(1).call_open);
    }
    desk.read(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Reversed);
}

#[test]
fn e_03_a_last_look_that_was_never_answered_is_made_again_and_not_for_ever() {
    let returned = || {
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        desk.reply(1, 1, desk.sees(1, YES));
        assert!(matches!(desk.state(), OrderState::Returned(_)));
        desk
    };
    let lose = |desk: &mut Desk| {
        desk.tend_when_due();
        assert_eq!(desk.call, Some(Call::Ask(ONE)));
        desk.wait_until(desk.attempt(1).lease_until);
        assert!(desk.tend());
    };
    let mut desk = returned();
    lose(&mut desk);
    desk.tend_when_due();
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::LateDelivered);

    // An answer that says neither yes nor no is none: least of all that it is on its way, when it was said to have failed.
    for claim in [Claim::Pending, Claim::Unclear] {
        let mut desk = returned();
        for _ in 0..4 {
            desk.tend_when_due();
            assert_eq!(desk.call, Some(Call::Ask(ONE)));
            let asked = desk.now;
            desk.read(1, desk.sees(1, claim));
            let next = desk.order().next_action_at.unwrap();
            assert!(next.since(asked) >= minutes(1), "{claim:?}: not at once");
        }
        desk.tend_when_due();
        desk.read(1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::LateDelivered, "{claim:?}");
        let mut desk = returned();
        let mut looks = 0;
        while desk.order().next_action_at.is_some() {
            desk.tend_when_due();
            desk.read(1, desk.sees(1, claim));
            looks += 1;
        }
        assert_eq!(looks, 5, "{claim:?}");
    }

    // A question that never left is no look either, however often: our own stop kept it back, or the supplier could not be reached.
    for why in [Reason::Withheld, Reason::Timeout] {
        let mut desk = returned();
        for _ in 0..9 {
            desk.tend_when_due();
            assert_eq!(desk.call, Some(Call::Ask(ONE)), "{why:?}");
            desk.read(1, Sighting::new(Claim::NotSent, why));
        }
        desk.tend_when_due();
        assert_eq!(desk.call, Some(Call::Ask(ONE)), "{why:?}");
        desk.read(1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::LateDelivered, "{why:?}");
    }

    // What processes took with them is asked for as rarely as any check, and for as long: who was away for an hour says it in the second one.
    let mut desk = returned();
    let (began, mut looks) = (desk.now, Vec::new());
    while desk.order().next_action_at.is_some() {
        lose(&mut desk);
        looks.push(desk.now.since(began));
    }
    let within = |hours| {
        let until = Duration::from_hours(hours);
        looks.iter().filter(|at| **at <= until).count()
    };
    assert!((6..=8).contains(&within(1)), "{}", within(1));
    assert!(within(24) <= 8 + 2 * 24, "{}", within(24));
    assert!(within(6 * 24) > 5 * 24 && within(8 * 24) == looks.len());
}

/// A dispute is read as rarely as anything else (money-safety section 6): by the profile's schedule, then every half hour, and no more after a week.
#[test]
fn inv_33_a_dispute_that_no_read_settles_is_read_ever_more_rarely() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.delivered(1));
    desk.callback(1, desk.sees(1, YES));
    let (began, mut waits, mut last) = (desk.now, Vec::new(), desk.now);
    while let Some(due) = desk.order().next_action_at {
        desk.wait_until(due);
        desk.tend();
        if desk.call == Some(Call::Ask(ONE)) {
            waits.push(desk.now.since(last));
            desk.read(1, desk.sees(1, Claim::Pending));
            desk.call = None;
            last = desk.now;
        }
    }
    assert_eq!(waits[..6], [2, 3, 3, 3, 3, 30].map(minutes));
    assert!(waits[5..].iter().all(|wait| *wait == minutes(30)));
    let week = Duration::from_hours(7 * 24);
    assert!(last.since(began) <= week && last.since(began) + minutes(40) > week);
    assert!(desk.is_disputed(), "a person has it");
    // What is said against it anew is read soon.
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.delivered(1));
    desk.callback(1, desk.sees(1, YES));
    for _ in 0..8 {
        desk.tend_when_due();
        desk.read(1, desk.sees(1, Claim::Pending));
    }
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert_eq!(desk.order().next_action_at, Some(desk.now.plus(minutes(2))));
}
