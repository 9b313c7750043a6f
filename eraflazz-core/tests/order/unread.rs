//! What cannot be read, or does not fit the order, is kept alone and settles nothing (E-23, INV-12, INV-20).

use bytes::Bytes;
use eraflazz_core::order::{self, AttemptState, Channel, Entry, OrderState};
use eraflazz_core::supplier::{Claim, Status};

use super::desk::{Desk, ONE, Setup};

const RAW: Bytes = Bytes::from_static(b"\xff\xfe");

#[test]
fn e_23_an_unread_reply_leaves_the_attempt_unknown_and_its_money_held() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    let held = desk.rows.wallet;
    let reply = Channel::Reply { send: 1 };
    let decision = order::keep_unread(&desk.agg(), ONE, reply, RAW, desk.ctx()).unwrap();
    assert!(!decision.notes.is_empty(), "a person is told");
    desk.take(decision);
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    assert!(!desk.attempt(1).send_open);
    assert_eq!(desk.rows.wallet, held);
    let next = desk.order().next_action_at.unwrap();
    assert!(next > desk.now, "the supplier is asked later");
    let row = desk.rows.log.last().unwrap();
    assert!(matches!(row.entry, Entry::Unread { attempt: ONE, .. }));
    assert_eq!(row.raw, RAW);
    // It still settles as ever.
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
}

#[test]
fn e_23_inv_28_an_unread_callback_counts_a_try_and_changes_no_state() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    let channel = desk.callback_channel(true);
    let Channel::Callback { inbox, .. } = channel else {
        panic!("a callback has an inbox row");
    };
    let decision = order::keep_unread(&desk.agg(), ONE, channel, RAW, desk.ctx()).unwrap();
    assert_eq!(decision.changes.inbox_tries, [inbox]);
    assert_eq!(decision.changes.inbox_done, [], "it stays where it waits");
    desk.take(decision);
    assert_eq!(desk.attempt(1).state, AttemptState::Pending);
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
}
