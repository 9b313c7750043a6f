//! Suppliers that know no reference of ours: which of their transactions is this attempt's (INV-11, E-9, money-safety section 5, "Listing").

use std::time::Duration;

use eraflazz_core::commit::{CaseKind, Refused, Verdict, apply};
use eraflazz_core::ids::AttemptNo;
use eraflazz_core::order::{self, AttemptState, Channel, Heard, Note, OrderState, Resolution};
use eraflazz_core::supplier::{Claim, Reference, Sighting, Status};
use eraflazz_core::time::Timestamp;

use super::desk::{COST, Desk, NO, Next, ONE, Setup, YES, their_ref};
use super::view::money;

/// An order on its way to a supplier that knows its own ids alone.
fn sending() -> Desk {
    let mut desk = Desk::held(Setup::of(Status::Listing));
    for profile in &mut desk.world.profiles {
        profile.reference = Reference::Theirs;
    }
    desk.then(Next::Go(0));
    desk.tend();
    assert!(desk.attempt(1).exclusive);
    desk
}

/// The same after a send that nothing was heard of.
fn in_doubt() -> Desk {
    let mut desk = sending();
    desk.wait_until(desk.attempt(1).lease_until);
    desk.tend();
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    desk
}

/// What the supplier says of its transaction `id`, which was formed a second after the send.
fn row(desk: &Desk, id: &str, claim: Claim) -> Sighting {
    Sighting {
        our_ref: None,
        their_ref: Some(their_ref(id)),
        formed_at: Some(desk.attempt(1).first_sent_at.plus(Duration::from_secs(1))),
        price: Some(money(COST)),
        ..desk.sees(1, claim)
    }
}

fn lists(desk: &mut Desk, rows: Vec<Sighting>) {
    desk.wait(Duration::from_secs(1));
    let began = desk.now;
    desk.wait(Duration::from_secs(1));
    desk.hear(1, Channel::Status { began }, rows).unwrap();
}

fn told(desk: &Desk, of: &str) -> usize {
    let is_of = |note: &&Note| matches!(note, Note::Alert { what, .. } if what.contains(of));
    desk.notes.iter().filter(is_of).count()
}

#[test]
fn the_answer_to_the_send_makes_the_purchase_known() {
    let mut desk = sending();
    desk.reply(1, 1, row(&desk, "V-1", Claim::Pending));
    assert_eq!(desk.attempt(1).their_ref, Some(their_ref("V-1")));
    let pending = row(&desk, "V-1", Claim::Pending);
    let delivered = row(&desk, "V-1", Claim::Delivered);
    let another = row(&desk, "V-2", YES);
    lists(&mut desk, vec![another, pending, delivered]);
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(
        told(&desk, "names another").eq(&0),
        "a list has others' rows"
    );
}

/// Answers about games name their destination and no code: what else could say whose they are is the id that they give.
#[test]
fn e_09_the_answer_to_the_send_is_known_by_the_id_that_it_gives() {
    let nameless = |desk: &Desk, id: &str| Sighting {
        sku: None,
        ..row(desk, id, Claim::Delivered)
    };
    let mut desk = sending();
    desk.reply(1, 1, nameless(&desk, "V-1"));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(desk.attempt(1).their_ref, Some(their_ref("V-1")));
    let without: [fn(&mut Sighting); 2] = [|said| said.target = None, |said| said.their_ref = None];
    for take in without {
        let mut desk = sending();
        let mut said = nameless(&desk, "V-1");
        take(&mut said);
        desk.reply(1, 1, said);
        assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
        assert_eq!(desk.attempt(1).their_ref, None);
    }
    let mut desk = sending();
    desk.rows.taken = vec![their_ref("V-1")];
    desk.reply(1, 1, nameless(&desk, "V-1"));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    // Of a list it says nothing: there are many.
    let mut desk = in_doubt();
    let listed = nameless(&desk, "V-1");
    lists(&mut desk, vec![listed]);
    assert_eq!(desk.attempt(1).their_ref, None);
}

#[test]
fn e_09_an_answer_that_names_a_purchase_of_another_attempt_proves_nothing() {
    for claim in [Claim::Delivered, YES, Claim::Pending] {
        let mut desk = sending();
        desk.rows.taken = vec![their_ref("V-1")];
        desk.reply(1, 1, row(&desk, "V-1", claim));
        assert_eq!(desk.attempt(1).state, AttemptState::Unknown, "{claim:?}");
        assert_eq!(desk.attempt(1).their_ref, None);
        assert_eq!(told(&desk, "names another"), 1);
        // Its own is listed all the same.
        let rows = ["V-1", "V-2"].map(|id| row(&desk, id, Claim::Delivered));
        lists(&mut desk, rows.into());
        assert_eq!(desk.attempt(1).their_ref, Some(their_ref("V-2")));
        assert_eq!(desk.state(), OrderState::Succeeded);
    }
}

/// What was never formed has no id: the answer is another purchase's, and nobody can tell what became of ours.
#[test]
fn e_09_inv_10_an_answer_that_says_nothing_was_formed_and_names_a_purchase_proves_nothing() {
    let mut desk = sending();
    desk.reply(1, 1, row(&desk, "V-1", NO));
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    assert_eq!(desk.attempt(1).their_ref, None);
    assert_eq!(told(&desk, "names another"), 1);
    let own = row(&desk, "V-2", Claim::Delivered);
    lists(&mut desk, vec![own]);
    assert_eq!(desk.state(), OrderState::Succeeded);
    // Beside a delivery it contradicts it.
    let mut desk = sending();
    let both = [Claim::Delivered, NO].map(|claim| row(&desk, "V-1", claim));
    desk.hear(1, Channel::Reply { send: 1 }, both.into())
        .unwrap();
    assert_eq!(desk.attempt(1).state, AttemptState::Conflict);
    // Without an id it is what it says.
    let mut desk = sending();
    let said = Sighting {
        their_ref: None,
        ..row(&desk, "V-1", NO)
    };
    desk.reply(1, 1, said);
    assert!(matches!(
        desk.attempt(1).state,
        AttemptState::Rejected { formed: false, .. }
    ));
}

#[test]
fn e_09_an_answer_that_names_a_purchase_older_than_the_send_proves_nothing() {
    let sent = sending().attempt(1).first_sent_at;
    let second = Duration::from_secs(1);
    for (formed_at, is_ours) in [
        (sent.minus(second), false),
        (sent.minus(Duration::from_hours(3)), false),
        (sent, true),
        (sent.plus(second), true),
    ] {
        let mut desk = sending();
        let said = Sighting {
            formed_at: Some(formed_at),
            ..row(&desk, "V-1", Claim::Delivered)
        };
        desk.reply(1, 1, said);
        assert_eq!(desk.state() == OrderState::Succeeded, is_ours);
        assert_eq!(desk.attempt(1).their_ref.is_some(), is_ours);
    }
}

/// Suppliers tell whole seconds; ours has microseconds.
#[test]
fn a_purchase_of_the_second_of_the_send_is_not_older_than_it() {
    let mut desk = Desk::held(Setup::of(Status::Listing));
    desk.world.profiles[0].reference = Reference::Theirs;
    desk.wait(Duration::from_millis(1_700));
    desk.then(Next::Go(0));
    desk.tend();
    desk.wait_until(desk.attempt(1).lease_until);
    desk.tend();
    let second = desk.attempt(1).first_sent_at.seconds();
    let at = |second| Some(Timestamp::from_micros(second * 1_000_000));
    let said = |desk: &Desk, second| Sighting {
        formed_at: at(second),
        ..row(desk, "V-1", Claim::Delivered)
    };
    let older = said(&desk, second - 1);
    lists(&mut desk, vec![older]);
    assert_eq!(desk.attempt(1).their_ref, None);
    let ours = said(&desk, second);
    lists(&mut desk, vec![ours]);
    assert_eq!(desk.state(), OrderState::Succeeded);
}

#[test]
fn inv_11_the_one_row_of_a_list_that_can_be_it_is_adopted() {
    for claim in [Claim::Delivered, Claim::Pending, YES, Claim::Unclear] {
        let mut desk = in_doubt();
        // The same transaction twice is one.
        let rows = vec![row(&desk, "V-1", claim), row(&desk, "v-1", claim)];
        lists(&mut desk, rows);
        assert_eq!(desk.attempt(1).their_ref, Some(their_ref("V-1")));
        let state = desk.attempt(1).state;
        match claim {
            Claim::Delivered => assert_eq!(state, AttemptState::Success),
            Claim::Pending => assert_eq!(state, AttemptState::Pending),
            Claim::Unclear => assert_eq!(state, AttemptState::Unknown),
            Claim::NotSent | Claim::Refused { .. } => {
                assert!(matches!(state, AttemptState::Rejected { formed: true, .. }));
            }
        }
    }
}

#[test]
fn inv_11_of_several_rows_that_can_be_it_none_is_adopted_and_a_person_is_called() {
    let mut desk = in_doubt();
    let rows = |desk: &Desk| ["V-1", "V-2"].map(|id| row(desk, id, Claim::Delivered));
    let both = rows(&desk);
    lists(&mut desk, both.into());
    assert_eq!(desk.attempt(1).their_ref, None);
    assert_eq!(desk.state(), OrderState::InFlight(ONE));
    assert!(desk.is_escalated() && desk.opened(CaseKind::Escalated));
    let both = rows(&desk);
    lists(&mut desk, both.into());
    assert_eq!(desk.rows.opened.len(), 1, "once");
    // Once one of them is known to be another's, the other is left.
    desk.rows.taken = vec![their_ref("V-1")];
    let both = rows(&desk);
    lists(&mut desk, both.into());
    assert_eq!(desk.attempt(1).their_ref, Some(their_ref("V-2")));
    assert_eq!(desk.state(), OrderState::Succeeded);
}

#[test]
fn inv_11_a_row_of_something_else_is_nobodys() {
    let changes: [fn(&mut Sighting, Timestamp); 11] = [
        |row, sent| row.formed_at = Some(sent.minus(Duration::from_secs(1))),
        |row, sent| row.formed_at = Some(sent.plus(Duration::from_hours(1))),
        |row, _| row.formed_at = None,
        |row, _| row.sku = "xld20".parse().ok(),
        |row, _| row.sku = None,
        |row, _| row.target = "087800009999".parse().ok(),
        |row, _| row.target = None,
        |row, _| row.price = Some(money(COST - 1)),
        |row, _| (row.price, row.price_unread) = (None, true),
        |row, _| row.their_ref = None,
        |row, _| row.their_ref = Some(their_ref("V-9")),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        for claim in [Claim::Delivered, Claim::Pending, YES] {
            let mut desk = in_doubt();
            desk.rows.taken = vec![their_ref("V-9")];
            let mut other = row(&desk, "V-1", claim);
            change(&mut other, desk.attempt(1).first_sent_at);
            let before = desk.attempt(1).clone();
            lists(&mut desk, vec![other]);
            let attempt = desk.attempt(1);
            assert_eq!(attempt.state, AttemptState::Unknown, "{n} {claim:?}");
            assert_eq!(attempt.their_ref, None, "{n} {claim:?}");
            assert_eq!(attempt.sn, before.sn);
            assert!(!desk.is_escalated() && !desk.is_disputed());
            assert_eq!(told(&desk, "names another"), 0, "that is usual in a list");
        }
    }
}

/// Found by the simulator: our clock was ahead, so the delivery looked older than the send, and the failure beside it, which tells no time, was believed.
#[test]
fn inv_10_what_is_said_without_a_time_of_an_older_purchase_is_no_proof_either() {
    for (first, second) in [(0, 1), (1, 0)] {
        let mut desk = sending();
        let sent = desk.attempt(1).first_sent_at;
        let delivered = Sighting {
            formed_at: Some(sent.minus(Duration::from_hours(1))),
            ..row(&desk, "V-1", Claim::Delivered)
        };
        let failed = Sighting {
            formed_at: None,
            ..row(&desk, "V-1", YES)
        };
        let both = [delivered, failed];
        let rows = vec![both[first].clone(), both[second].clone()];
        desk.hear(1, Channel::Reply { send: 1 }, rows).unwrap();
        let attempt = desk.attempt(1);
        assert_eq!(attempt.state, AttemptState::Unknown);
        assert_eq!(attempt.their_ref, None);
        assert_eq!(desk.state(), OrderState::InFlight(attempt.no));
        // Said alone it is the answer to the send.
        desk = sending();
        let alone = Sighting {
            formed_at: None,
            ..row(&desk, "V-1", YES)
        };
        desk.hear(1, Channel::Reply { send: 1 }, vec![alone])
            .unwrap();
        assert!(!desk.attempt(1).state.is_open());
    }
}

/// A supplier's clock may be wrong by hours: one that is known to be fast would make older purchases new.
#[test]
fn e_15_of_a_list_that_tells_a_time_to_come_nothing_is_adopted() {
    let mut desk = in_doubt();
    let ours = row(&desk, "V-1", Claim::Delivered);
    let anothers = Sighting {
        target: "087800009999".parse().ok(),
        formed_at: Some(desk.now.plus(Duration::from_mins(5))),
        ..row(&desk, "V-2", Claim::Pending)
    };
    lists(&mut desk, vec![ours.clone(), anothers.clone()]);
    assert_eq!(desk.attempt(1).their_ref, None);
    assert_eq!(desk.attempt(1).state, AttemptState::Unknown);
    // Each list is heard two seconds after it is asked for: this one in the very second of that purchase.
    desk.wait(Duration::from_secs(296));
    lists(&mut desk, vec![ours, anothers]);
    assert_eq!(desk.state(), OrderState::Succeeded);
}

#[test]
fn e_09_a_row_under_a_known_id_that_names_other_goods_is_told() {
    let mut desk = sending();
    desk.reply(1, 1, row(&desk, "V-1", Claim::Pending));
    let other = Sighting {
        target: "087800009999".parse().ok(),
        ..row(&desk, "V-1", Claim::Delivered)
    };
    lists(&mut desk, vec![other]);
    assert_eq!(desk.attempt(1).state, AttemptState::Pending);
    assert_eq!(told(&desk, "names another"), 1);
    // What names no transaction is about none, though it names the goods.
    let nameless = Sighting {
        their_ref: None,
        ..row(&desk, "V-1", Claim::Delivered)
    };
    lists(&mut desk, vec![nameless]);
    assert_eq!(desk.attempt(1).state, AttemptState::Pending);
}

#[test]
fn inv_21_an_adopted_row_that_contradicts_itself_is_disputed() {
    let mut desk = in_doubt();
    let both = [Claim::Delivered, YES].map(|claim| row(&desk, "V-1", claim));
    lists(&mut desk, both.into());
    assert_eq!(desk.attempt(1).state, AttemptState::Conflict);
    assert!(desk.is_disputed());
}

/// A person has ruled that it did not deliver: a list from which an id would have to be guessed takes nothing back.
#[test]
fn inv_11_a_settled_attempt_adopts_nothing() {
    let mut desk = in_doubt();
    let proof = "not in the statement".to_owned();
    desk.resolve(Resolution::NotDelivered { proof }).unwrap();
    assert!(matches!(desk.state(), OrderState::Returned(_)));
    let delivered = row(&desk, "V-1", Claim::Delivered);
    lists(&mut desk, vec![delivered]);
    assert_eq!(desk.attempt(1).their_ref, None);
    assert!(matches!(desk.state(), OrderState::Returned(_)));
}

#[test]
fn inv_27_a_late_answer_to_the_send_still_counts() {
    let mut desk = in_doubt();
    desk.reply(1, 1, row(&desk, "V-1", Claim::Delivered));
    assert_eq!(desk.state(), OrderState::Succeeded);
    let mut desk = in_doubt();
    desk.reply(
        1,
        1,
        Sighting {
            their_ref: None,
            ..row(&desk, "-", NO)
        },
    );
    assert!(matches!(desk.state(), OrderState::Returned(_)));
}

/// The answer to the send comes after its lease, and names another transaction than the one of the list that was taken for it.
#[test]
fn e_09_inv_33_a_late_answer_that_names_another_transaction_than_the_adopted_one_is_a_persons() {
    for claim in [Claim::Delivered, Claim::Pending, YES] {
        let mut desk = in_doubt();
        let adopted = row(&desk, "V-1", Claim::Delivered);
        lists(&mut desk, vec![adopted]);
        assert_eq!(desk.state(), OrderState::Succeeded);
        for _ in 0..2 {
            desk.reply(1, 1, row(&desk, "V-2", claim));
        }
        assert_eq!(desk.state(), OrderState::Succeeded, "E-9: never applied");
        assert_eq!(desk.attempt(1).their_ref, Some(their_ref("V-1")));
        assert!(desk.opened(CaseKind::Hinted), "{claim:?}");
    }
    // What says nothing is nobody's case, and neither is the same transaction.
    let mut desk = in_doubt();
    let adopted = row(&desk, "V-1", Claim::Delivered);
    lists(&mut desk, vec![adopted.clone()]);
    desk.reply(1, 1, row(&desk, "V-2", Claim::Unclear));
    desk.reply(1, 1, adopted);
    assert!(!desk.opened(CaseKind::Hinted));
}

/// A row of the list was taken for ours, and then the answer to the send says that there is no purchase of ours at all.
#[test]
fn e_09_inv_21_an_adopted_purchase_that_the_late_answer_denies_is_disputed() {
    for listed in [Claim::Pending, Claim::Unclear] {
        for denies in [NO, Claim::NotSent] {
            let mut desk = in_doubt();
            let adopted = row(&desk, "V-1", listed);
            lists(&mut desk, vec![adopted]);
            assert_eq!(desk.attempt(1).their_ref, Some(their_ref("V-1")));
            let answer = Sighting {
                their_ref: None,
                ..row(&desk, "-", denies)
            };
            desk.reply(1, 1, answer);
            assert_eq!(
                desk.attempt(1).state,
                AttemptState::Conflict,
                "{listed:?} {denies:?}"
            );
            assert!(desk.is_disputed(), "no other route, no money back");
            assert_eq!(desk.state(), OrderState::InFlight(ONE));
            // What becomes of the purchase that was adopted settles it.
            let settled = row(&desk, "V-1", Claim::Delivered);
            lists(&mut desk, vec![settled]);
            assert_eq!(desk.state(), OrderState::Succeeded);
            assert!(!desk.is_disputed());
        }
    }
    // An attempt of which no purchase is known is denied as ever.
    let mut desk = in_doubt();
    let answer = Sighting {
        their_ref: None,
        ..row(&desk, "-", NO)
    };
    desk.reply(1, 1, answer);
    assert!(matches!(desk.state(), OrderState::Returned(_)));
}

/// The same after the adopted purchase was delivered: it stands, and a person looks whose it is.
#[test]
fn e_09_inv_33_a_delivery_of_an_adopted_purchase_that_the_late_answer_denies_is_a_persons() {
    for denies in [NO, Claim::NotSent] {
        let mut desk = in_doubt();
        let adopted = row(&desk, "V-1", Claim::Delivered);
        lists(&mut desk, vec![adopted]);
        assert_eq!(desk.state(), OrderState::Succeeded);
        let answer = Sighting {
            their_ref: None,
            ..row(&desk, "-", denies)
        };
        desk.reply(1, 1, answer);
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert!(desk.opened(CaseKind::Hinted), "{denies:?}");
    }
}

/// The late answer names another purchase while the adopted one is still under way: which of the two is ours, no read of one of them tells.
#[test]
fn e_09_inv_33_an_open_purchase_is_a_persons_once_the_late_answer_names_another() {
    for says in [Claim::Delivered, Claim::Pending, YES] {
        for becomes in [Claim::Delivered, YES] {
            let mut desk = in_doubt();
            let adopted = row(&desk, "V-1", Claim::Pending);
            lists(&mut desk, vec![adopted]);
            desk.reply(1, 1, row(&desk, "V-2", says));
            assert_eq!(desk.attempt(1).state, AttemptState::Conflict, "{says:?}");
            assert!(desk.is_disputed());
            let read = row(&desk, "V-1", becomes);
            lists(&mut desk, vec![read]);
            assert_eq!(desk.attempt(1).state, AttemptState::Conflict, "{says:?}");
            assert_eq!(desk.state(), OrderState::InFlight(ONE));
            assert!(desk.is_disputed());
        }
        let mut desk = in_doubt();
        let adopted = row(&desk, "V-1", Claim::Pending);
        lists(&mut desk, vec![adopted]);
        desk.reply(1, 1, row(&desk, "V-2", says));
        let proof = "their desk says that V-2 failed".to_owned();
        desk.resolve(Resolution::NotDelivered { proof }).unwrap();
        assert!(matches!(desk.state(), OrderState::Returned(_)), "{says:?}");
    }
}

/// Whoever closes the case has taken note and ruled nothing: the read that could not tell before cannot tell now, and no money goes back by it.
#[test]
fn e_09_inv_33_a_case_that_is_closed_settles_not_which_of_two_purchases_is_ours() {
    for becomes in [Claim::Delivered, YES] {
        let mut desk = in_doubt();
        let adopted = row(&desk, "V-1", Claim::Pending);
        lists(&mut desk, vec![adopted]);
        desk.reply(1, 1, row(&desk, "V-2", Claim::Pending));
        desk.close_case(CaseKind::Hinted);
        let read = row(&desk, "V-1", becomes);
        lists(&mut desk, vec![read]);
        assert_eq!(desk.attempt(1).state, AttemptState::Conflict);
        assert_eq!(desk.state(), OrderState::InFlight(ONE));
        assert!(desk.is_disputed(), "it is still before a person");
        let proof = "their desk says that V-2 failed".to_owned();
        desk.resolve(Resolution::NotDelivered { proof }).unwrap();
        assert!(matches!(desk.state(), OrderState::Returned(_)));
    }
}

/// Whose the ids are was read before the decision: what another commit linked meanwhile is refused, and looked at again.
#[test]
fn inv_11_an_id_that_was_linked_meanwhile_is_refused_by_the_commit() {
    let mut desk = in_doubt();
    let heard = Heard {
        channel: Channel::Status { began: desk.now },
        sightings: vec![row(&desk, "V-1", Claim::Delivered)],
        taken: Vec::new(),
        raw: bytes::Bytes::new(),
    };
    let decision = order::hear(&desk.agg(), AttemptNo(1), heard, desk.ctx()).unwrap();
    desk.rows.taken = vec![their_ref("V-1")];
    let verdicts = apply(vec![decision.changes], &mut desk.rows);
    let taken = Refused::IdTaken { field: "their ref" };
    assert_eq!(verdicts, [Verdict::Refused(taken)]);
    assert_eq!(desk.attempt(1).their_ref, None);
}
