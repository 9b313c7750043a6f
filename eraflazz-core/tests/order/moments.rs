//! Moments: which send an answer is of, when a call ended, and what a read begun too early has not seen (INV-9, INV-13, INV-21).

use std::time::Duration;

use eraflazz_core::order::{AttemptState, Call, Channel, Entry, OrderState, Resolution};
use eraflazz_core::supplier::{Claim, Reason, Sighting, Status};
use eraflazz_core::text::Sn;

use super::desk::{COST, Desk, ONE, RESUBMIT, Setup, YES};
use super::view::{money, rp};

fn silence() -> Sighting {
    Sighting::new(Claim::Unclear, Reason::Timeout)
}

#[test]
fn inv_09_inv_13_each_send_of_a_reference_has_its_own_number() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    for send in 1..=4 {
        assert_eq!(desk.call, Some(Call::Send(ONE)));
        assert_eq!(desk.attempt(1).sends, send);
        desk.reply(1, send, silence());
        desk.tend_when_due();
    }
    // The answer to the one before it proves nothing, the answer to the last one does.
    desk.reply(1, 4, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
    desk.reply(1, 5, desk.sees(1, YES));
    assert!(matches!(desk.state(), OrderState::Returned(_)));
}

/// A send whose process died may have reached the supplier until its lease was over.
#[test]
fn inv_13_a_failure_that_came_while_a_lost_send_was_under_way_is_no_answer_to_it() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, silence());
    desk.tend_when_due();
    assert_eq!(desk.attempt(1).sends, 2);
    desk.wait(Duration::from_secs(5));
    let came = desk.now;
    let lease_until = desk.attempt(1).lease_until;
    desk.wait_until(lease_until);
    desk.tend();
    assert!(!desk.attempt(1).send_open);
    assert_eq!(desk.attempt(1).last_send_ended_at, Some(lease_until));
    desk.callback_of(came, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
}

/// A contradiction within one message is as old as that message, and not as the order.
#[test]
fn inv_21_a_read_begun_before_the_contradiction_settles_nothing() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, silence());
    desk.wait(Duration::from_secs(1));
    let began = desk.now;
    desk.wait(Duration::from_secs(1));
    let both = vec![desk.sees(1, YES), desk.delivered(1)];
    let channel = desk.callback_channel(true);
    desk.hear(1, channel, both).unwrap();
    assert!(desk.is_disputed());
    let answer = vec![desk.delivered(1)];
    desk.hear(1, Channel::Status { began }, answer).unwrap();
    assert!(desk.is_disputed());
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
}

/// The answer to an earlier send may be older than whatever was said since.
#[test]
fn inv_21_a_delivery_in_a_late_answer_may_be_older_than_the_failure() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, silence());
    desk.tend_when_due();
    desk.reply(1, 2, desk.sees(1, YES));
    let is_rejected = matches!(desk.attempt(1).state, AttemptState::Rejected { .. });
    assert!(is_rejected, "{:?}", desk.attempt(1).state);
    desk.wait(Duration::from_secs(1));
    desk.reply(1, 1, desk.delivered(1));
    assert_eq!(desk.attempt(1).state, AttemptState::LateSuccess);
    let heard = desk.attempt(1).reversal.unwrap();
    assert!(heard.by_message && !heard.by_read);
}

/// E-33: both are in the history, the one that came first and the one that contradicts it.
#[test]
fn e_33_both_are_recorded() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.reply(1, 1, silence());
    let delivered = Resolution::Delivered {
        sn: None,
        cost: None,
    };
    desk.resolve(delivered).unwrap();
    desk.callback(1, desk.sees(1, YES));
    let entries: Vec<&Entry> = desk.rows.log.iter().map(|row| &row.entry).collect();
    let place = |wanted: fn(&Entry) -> bool| entries.iter().position(|entry| wanted(entry));
    let ruled = place(|entry| matches!(entry, Entry::Resolved { .. })).unwrap();
    let said = |entry: &Entry| {
        let Entry::Heard { channel, .. } = entry else {
            return false;
        };
        matches!(channel, Channel::Callback { .. })
    };
    assert!(place(said).unwrap() > ruled);
}

/// What a person found out counts, whatever the supplier had said before.
#[test]
fn e_10_e_12_the_cost_and_the_serial_number_of_a_ruling_are_those_that_are_booked() {
    let mut desk = Desk::sending(Setup {
        sn_required: true,
        ..Setup::of(Status::Dedicated)
    });
    let without_sn = Sighting {
        sn: None,
        ..desk.delivered(1)
    };
    desk.reply(1, 1, without_sn);
    assert_eq!(desk.attempt(1).state, AttemptState::AwaitSn);
    assert_eq!(desk.attempt(1).billed, Some(money(COST)));
    let sn = Sn::new("SN-0099").unwrap();
    let ruled = Resolution::Delivered {
        sn: Some(sn.clone()),
        cost: Some(money(COST + 100)),
    };
    desk.resolve(ruled).unwrap();
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.rows.billed(), rp(COST + 100));
    assert_eq!(desk.attempt(1).sn, Some(sn));
}
