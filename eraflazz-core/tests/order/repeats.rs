//! Callbacks that come again, late, or too often (E-6, INV-13, INV-21).

use std::time::Duration;

use eraflazz_core::order::{AttemptState, Class, OrderState, Said};
use eraflazz_core::supplier::{Claim, Sighting, Status};

use super::cases::{last_classes, unclear};
use super::desk::{COST, DOUBTFUL, Desk, Next, ONE, RESUBMIT, Setup, YES};
use super::view::{money, rp};

#[test]
fn inv_13_a_doubtful_code_ends_the_attempt_when_another_reading_says_it_again() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, desk.sees(1, DOUBTFUL));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    desk.wait(Duration::from_mins(1));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert!(matches!(
        desk.attempt(1).state,
        AttemptState::Rejected { formed: true, .. }
    ));

    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, desk.sees(1, DOUBTFUL));
    desk.wait(Duration::from_secs(59));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    // The same words on the same channel are the same callback, delivered again; the next check says it again.
    desk.wait(Duration::from_secs(10));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    desk.tend_when_due();
    desk.reply(1, 2, desk.sees(1, DOUBTFUL));
    assert!(matches!(
        desk.attempt(1).state,
        AttemptState::Rejected { formed: true, .. }
    ));
}

/// Digiflazz signs no time: who has one signed body can send it for ever.
#[test]
fn e_06_a_doubtful_callback_delivered_again_buys_nothing_anywhere() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    let before = desk.agg();
    for _ in 0..5 {
        desk.wait(Duration::from_secs(62));
        desk.callback(1, desk.sees(1, DOUBTFUL));
        assert_eq!(desk.agg(), before, "no second supplier, no new version");
    }
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.rows.billed(), rp(COST));
}

#[test]
fn e_06_an_old_callback_delivered_again_disputes_nothing_and_writes_nothing() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    desk.wait(Duration::from_secs(5));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    let (before, rows) = (desk.agg(), desk.rows.log.len());
    for _ in 0..1_000 {
        desk.wait(Duration::from_secs(90));
        desk.callback(1, desk.sees(1, DOUBTFUL));
        desk.callback(1, desk.delivered(1));
    }
    assert_eq!(desk.agg(), before);
    assert_eq!(desk.rows.log.len(), rows, "bounded writes");
    assert!(desk.rows.inbox.is_empty(), "and every one left the inbox");
    // What it never said before is heard as ever (E-4).
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
}

/// A callback may wait in the inbox while the engine is busy or away: it is judged by when it came.
#[test]
fn inv_13_a_callback_is_judged_by_when_it_came() {
    // Said again 2 s after the first time, applied 2 min later.
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, desk.sees(1, DOUBTFUL));
    let came = desk.now.plus(Duration::from_secs(2));
    desk.wait(Duration::from_mins(2));
    desk.callback_of(came, desk.sees(1, DOUBTFUL));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);

    // First heard when it came, not when it was applied: a check begun 60 s after that is late enough.
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    let came = desk.now;
    desk.wait(Duration::from_mins(1));
    desk.callback_of(came, desk.sees(1, DOUBTFUL));
    assert_eq!(desk.attempt(1).doubt, Some(came));
    desk.read(1, desk.sees(1, DOUBTFUL));
    assert!(matches!(desk.state(), OrderState::Returned(_)));

    // It came before the send ended, and is applied after: no answer to the last send.
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    let came = desk.now;
    desk.wait(Duration::from_secs(5));
    desk.reply(1, 1, unclear());
    desk.callback_of(came, desk.sees(1, YES));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
}

/// A clock that was set back stands still for long: within one tick nobody knows which send a callback answers.
#[test]
fn inv_13_e_39_of_a_purchase_sent_again_a_failure_within_the_tick_in_which_the_send_ended_proves_nothing()
 {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, unclear());
    desk.tend_when_due();
    desk.reply(1, 2, unclear());
    let came = desk.now;
    assert_eq!(desk.attempt(1).last_send_ended_at, Some(came));
    desk.callback_of(came, desk.sees(1, YES));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);

    // A tick later it answers this send; and there is only one send that it could answer if there was only one.
    let mut later = Desk::sending(Setup::of(RESUBMIT));
    later.reply(1, 1, unclear());
    later.tend_when_due();
    later.reply(1, 2, unclear());
    later.callback(1, later.sees(1, YES));
    let mut once = Desk::sending(Setup::of(RESUBMIT));
    once.reply(1, 1, unclear());
    let came = once.now;
    once.callback_of(came, once.sees(1, YES));
    for desk in [later, once] {
        assert!(matches!(
            desk.attempt(1).state,
            AttemptState::Rejected { formed: true, .. }
        ));
    }
}

/// Who says more different things than anybody honest is asked, not believed; what was said before stays known.
#[test]
fn e_06_more_sayings_than_are_remembered_move_no_money() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    for n in 0..i64::try_from(Said::MAX).unwrap() {
        let price = Some(money(n + 1));
        let sighting = desk.sees(1, Claim::Pending);
        desk.callback(1, Sighting { price, ..sighting });
    }
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
    assert_eq!(desk.order().next_action_at, Some(desk.now), "ask at once");
    assert_eq!(last_classes(&desk), [Class::Hint]);
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
}

/// Ever new words under a supplier's key fill no log: what they say is asked about, as often as there are checks, and then they leave nothing.
#[test]
fn t_24_more_sayings_than_are_remembered_fill_no_log() {
    for status in [Status::Dedicated, RESUBMIT, Status::None] {
        let mut desk = Desk::sending(Setup::of(status));
        desk.reply(1, 1, desk.sees(1, Claim::Pending));
        let mut lengths = Vec::new();
        for n in 0..1_000 {
            let price = Some(money(n + 1));
            let sighting = desk.sees(1, Claim::Pending);
            desk.callback(1, Sighting { price, ..sighting });
            if desk.order().next_action_at == Some(desk.now) && status == Status::Dedicated {
                desk.tend_when_due();
                desk.read(1, desk.sees(1, Claim::Pending));
            }
            desk.wait(Duration::from_millis(10));
            lengths.push(desk.rows.log.len());
        }
        let last = lengths.len() - 1;
        assert_eq!(lengths[last], lengths[last / 2], "{status:?}");
        assert!(lengths[last] < 100, "{status:?}: {}", lengths[last]);
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
    }
}
