//! Messages that nobody signed, about attempts that are settled: looked into, never believed, and never a reason to buy (INV-35).

use std::time::Duration;

use eraflazz_core::commit::CaseKind;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::order::{AttemptState, Call, Channel, Note, OrderState, Resolution};
use eraflazz_core::supplier::{Claim, Reason, Sighting, Status};
use rstest::rstest;

use super::desk::{DOUBTFUL, Desk, NO, Next, ONE, RESUBMIT, Setup, TWO, YES};
use super::late::succeeded;

const ASKED: [Status; 2] = [Status::Dedicated, Status::Listing];
const NEVER_ASKED: [Status; 2] = [RESUBMIT, Status::None];

const fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

/// The money went back an hour ago, and nothing is due.
fn returned(status: Status) -> Desk {
    let mut desk = Desk::sending(Setup::of(status));
    desk.reply(1, 1, desk.sees(1, NO));
    assert!(matches!(desk.state(), OrderState::Returned(_)));
    assert_eq!(desk.order().next_action_at, None);
    desk.wait(Duration::from_hours(1));
    desk
}

/// How often a person was told of a hint.
fn told(desk: &Desk) -> usize {
    let of_hints = |note: &&Note| matches!(note, Note::Alert { what, .. } if what.contains("is no proof speaks against"));
    desk.notes.iter().filter(of_hints).count()
}

/// What stands before a person.
fn cases(desk: &Desk) -> Vec<CaseKind> {
    desk.rows.cases.keys().map(|key| key.kind).collect()
}

/// Looks into the hint now.
fn look(desk: &mut Desk, answer: Sighting) {
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
    desk.read(1, answer);
}

#[test]
fn inv_35_a_hint_of_a_delivery_after_the_money_went_back_is_asked_about_and_then_taken_again() {
    for status in ASKED {
        let mut desk = returned(status);
        desk.unsigned(1, desk.delivered(1));
        assert!(
            matches!(desk.state(), OrderState::Returned(_)),
            "not by itself"
        );
        assert_eq!(desk.order().next_action_at, Some(desk.now), "{status:?}");
        let delivered = desk.delivered(1);
        look(&mut desk, delivered);
        assert_eq!(desk.state(), OrderState::LateDelivered);
        assert_eq!(desk.order().next_action_at, None);
    }
}

#[test]
fn inv_35_a_hint_of_a_reversal_is_asked_about_and_a_person_decides() {
    for status in ASKED {
        for hint in [YES, DOUBTFUL] {
            let mut desk = succeeded(status);
            desk.unsigned(1, desk.sees(1, hint));
            assert!(!desk.is_disputed(), "not by itself");
            let failed = desk.sees(1, YES);
            look(&mut desk, failed);
            // Nobody signed the first word: the read is the only one, and one is not enough (E-4).
            assert_eq!(desk.state(), OrderState::Succeeded);
            assert!(desk.is_disputed() && desk.opened(CaseKind::Disputed));
        }
    }
}

#[test]
fn inv_35_a_hint_that_is_not_true_leaves_no_trace_but_its_evidence() {
    for status in ASKED {
        let mut desk = succeeded(status);
        let revision = desk.order().revision;
        desk.unsigned(1, desk.sees(1, YES));
        let delivered = desk.delivered(1);
        look(&mut desk, delivered);
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert_eq!(desk.order().next_action_at, None);
        assert_eq!(desk.order().revision, revision, "no member hears of it");
        assert!(desk.rows.cases.is_empty() && told(&desk) == 0);
        let mut desk = returned(status);
        desk.unsigned(1, desk.delivered(1));
        let failed = desk.sees(1, YES);
        look(&mut desk, failed);
        assert!(matches!(desk.state(), OrderState::Returned(_)));
        assert_eq!(desk.order().next_action_at, None);
    }
}

/// A read that says both has looked into nothing: it is asked about again, and the reversal is heard then.
#[test]
fn inv_33_a_read_that_contradicts_itself_answers_no_hint() {
    for status in ASKED {
        let mut desk = succeeded(status);
        desk.unsigned(1, desk.sees(1, YES));
        desk.tend_when_due();
        desk.wait(Duration::from_secs(1));
        let began = desk.now;
        desk.wait(Duration::from_secs(1));
        let both = vec![desk.sees(1, YES), desk.delivered(1)];
        desk.hear(1, Channel::Status { began }, both).unwrap();
        assert!(desk.attempt(1).hinted.is_some() && !desk.is_disputed());
        let failed = desk.sees(1, YES);
        look(&mut desk, failed);
        assert!(desk.is_disputed() && desk.opened(CaseKind::Disputed));
    }
}

/// The answer to the send says that nothing was formed, and a message was faster that says that it was delivered.
#[test]
fn inv_33_inv_35_an_answer_that_denies_what_a_message_delivered_is_looked_into() {
    for claim in [NO, Claim::NotSent] {
        // Nobody signed it, and nobody can be asked.
        let mut desk = Desk::sending(Setup::of(Status::None));
        desk.unsigned(1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::Succeeded);
        desk.reply(1, 1, desk.sees(1, claim));
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert!(desk.opened(CaseKind::Hinted), "{claim:?}");
        let tells = |note: &Note| matches!(note, Note::Alert { what, .. } if what.contains("denies what was delivered"));
        assert!(desk.notes.iter().any(tells), "{claim:?}");
        // It can be asked.
        let mut desk = Desk::sending(Setup::of(Status::Dedicated));
        desk.callback(1, desk.delivered(1));
        desk.reply(1, 1, desk.sees(1, claim));
        assert!(desk.attempt(1).hinted.is_some());
        let answer = desk.delivered(1);
        look(&mut desk, answer);
        assert_eq!(desk.attempt(1).hinted, None);
        assert!(!desk.opened(CaseKind::Hinted));
        assert_eq!(desk.state(), OrderState::Succeeded);
    }
}

/// An answer that names another purchase denies nothing of ours.
#[test]
fn e_09_an_answer_about_another_purchase_denies_nothing() {
    for status in [Status::None, Status::Dedicated] {
        let mut desk = Desk::sending(Setup::of(status));
        desk.callback(1, desk.delivered(1));
        assert_eq!(desk.state(), OrderState::Succeeded);
        let mut others = desk.sees(1, NO);
        others.our_ref = SupplierRef::parse("E00OTHERREF0000000Z");
        desk.reply(1, 1, others);
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert!(desk.attempt(1).hinted.is_none() && !desk.opened(CaseKind::Hinted));
    }
}

#[test]
fn inv_35_what_says_nothing_against_a_settled_order_is_not_asked_about() {
    for claim in [Claim::Delivered, Claim::Pending, Claim::Unclear, NO] {
        let mut desk = succeeded(Status::Dedicated);
        desk.unsigned(1, desk.sees(1, claim));
        assert_eq!(desk.order().next_action_at, None, "{claim:?}");
    }
    for claim in [YES, NO, Claim::Pending, Claim::NotSent] {
        let mut desk = returned(Status::Dedicated);
        desk.unsigned(1, desk.sees(1, claim));
        assert_eq!(desk.order().next_action_at, None, "{claim:?}");
    }
    let mut desk = succeeded(Status::Dedicated);
    let nobodys = Sighting::new(YES, Reason::Other);
    desk.unsigned(1, nobodys);
    assert_eq!(desk.order().next_action_at, None, "E-9");
}

/// A resubmit is a purchase, and a text supplier would run a failed reference again: a person is told, once a day.
#[test]
fn inv_35_where_asking_is_buying_or_impossible_a_hint_buys_nothing_and_a_person_is_told() {
    for status in NEVER_ASKED {
        for mut desk in [returned(status), succeeded(status)] {
            let hint = if desk.state() == OrderState::Succeeded {
                desk.sees(1, YES)
            } else {
                desk.delivered(1)
            };
            for n in 0..3 {
                for _ in 0..20 {
                    desk.unsigned(1, hint.clone());
                    desk.wait(minutes(5));
                    assert!(!desk.tend(), "{status:?}");
                    assert_eq!((desk.call, desk.attempt(1).sends), (None, 1));
                }
                assert_eq!(told(&desk), n + 1, "{status:?}");
                desk.wait(minutes(24 * 60));
            }
            assert!(!desk.is_disputed());
            // It stands before a person, once, and no member hears of it.
            assert_eq!(cases(&desk), [CaseKind::Hinted]);
            assert!(desk.order().review.is_none());
        }
    }
}

#[test]
fn inv_35_a_flood_of_hints_is_no_flood_of_reads() {
    let mut desk = succeeded(Status::Dedicated);
    let (mut reads, end) = (0, desk.now.plus(Duration::from_hours(24)));
    while desk.now < end {
        desk.unsigned(1, desk.sees(1, YES));
        desk.wait(Duration::from_secs(20));
        if desk.order().next_action_at.unwrap() <= desk.now {
            let delivered = desk.delivered(1);
            look(&mut desk, delivered);
            reads += 1;
        }
    }
    assert!((10..=5 + 48).contains(&reads), "{reads}");
    assert_eq!(desk.attempt(1).sends, 1);
}

#[test]
fn inv_35_a_hint_during_a_read_is_looked_into_after_it() {
    let mut desk = succeeded(Status::Dedicated);
    desk.unsigned(1, desk.sees(1, YES));
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(ONE)));
    let began = desk.now;
    desk.wait(Duration::from_secs(5));
    desk.unsigned(1, desk.sees(1, YES));
    let delivered = desk.delivered(1);
    let channel = eraflazz_core::order::Channel::Status { began };
    desk.hear(1, channel, vec![delivered]).unwrap();
    assert_eq!(desk.order().next_action_at, Some(desk.now.plus(minutes(3))));
    let failed = desk.sees(1, YES);
    look(&mut desk, failed);
    assert!(desk.is_disputed());
}

#[test]
fn inv_35_a_look_without_an_answer_is_made_again_and_in_the_end_a_person_is_told() {
    // Nothing, or something that says neither yes nor no: the question was not put, or our key was refused for it.
    let answers = [
        None,
        Some(Claim::Pending),
        Some(Claim::Unclear),
        Some(Claim::NotSent),
        Some(NO),
    ];
    for answer in answers {
        let mut desk = succeeded(Status::Dedicated);
        let hinted = desk.now;
        desk.unsigned(1, desk.sees(1, YES));
        let mut looks = 0;
        while desk.order().next_action_at.is_some() {
            desk.tend_when_due();
            if desk.call == Some(Call::Ask(ONE)) {
                looks += 1;
                match answer {
                    // The process dies over it.
                    None => desk.tend_when_due(),
                    Some(claim) => desk.read(1, desk.sees(1, claim)),
                }
            }
        }
        assert!((6..10).contains(&looks), "{looks} after {answer:?}");
        let took = desk.now.since(hinted);
        assert!((minutes(120)..minutes(160)).contains(&took), "{took:?}");
        assert_eq!(told(&desk), 1);
        assert_eq!(cases(&desk), [CaseKind::Hinted]);
        assert_eq!(desk.state(), OrderState::Succeeded);
        desk.unsigned(1, desk.sees(1, YES));
        assert!(
            desk.order().next_action_at.is_some(),
            "the next one is looked into"
        );
        let delivered = desk.delivered(1);
        look(&mut desk, delivered);
        assert_eq!(cases(&desk), [], "and that settles the first");
    }
}

#[test]
fn inv_35_a_dispute_goes_on_after_a_hint_that_nobody_answered() {
    let mut desk = succeeded(Status::Dedicated);
    desk.callback(1, desk.sees(1, YES));
    desk.unsigned(1, desk.sees(1, YES));
    while told(&desk) == 0 {
        desk.tend_when_due();
        if desk.call == Some(Call::Ask(ONE)) {
            desk.read(1, desk.sees(1, Claim::Pending));
        }
    }
    assert!(desk.is_disputed());
    desk.tend_when_due();
    assert!(desk.order().next_action_at.is_some());
    desk.read(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Reversed);
}

/// The first attempt was refused; a hint says it delivered, while the second one is on its way for hours.
#[test]
fn inv_35_a_hint_about_an_earlier_attempt_waits_for_the_end_of_the_order() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, NO));
    assert_eq!(desk.state(), OrderState::InFlight(TWO));
    desk.reply(2, 1, desk.sees(2, Claim::Pending));
    desk.unsigned(1, desk.delivered(1));
    desk.wait(Duration::from_hours(5));
    desk.callback(2, desk.delivered(2));
    assert_eq!(desk.state(), OrderState::Succeeded);
    let delivered = desk.delivered(1);
    look(&mut desk, delivered);
    assert_eq!(desk.attempt(1).state, AttemptState::LateSuccess);
    assert!(desk.opened(CaseKind::Surplus));
}

#[test]
fn inv_35_a_supplier_that_is_away_is_asked_about_a_hint_when_it_is_back() {
    for is_back in [true, false] {
        let mut desk = succeeded(Status::Dedicated);
        desk.unsigned(1, desk.sees(1, YES));
        let profiles = std::mem::take(&mut desk.world.profiles);
        for _ in 0..4 {
            desk.tend_when_due();
            assert_eq!(desk.call, None);
            assert_eq!(
                desk.order().next_action_at,
                Some(desk.now.plus(minutes(15)))
            );
        }
        if is_back {
            desk.world.profiles = profiles;
            let failed = desk.sees(1, YES);
            look(&mut desk, failed);
            assert!(desk.is_disputed());
        } else {
            while desk.order().next_action_at.is_some() {
                desk.tend_when_due();
            }
            assert_eq!(told(&desk), 1);
        }
    }
}

#[test]
fn inv_35_a_hint_about_an_order_too_old_to_be_asked_about_is_a_persons() {
    let mut desk = succeeded(Status::Dedicated);
    desk.wait(Duration::from_hours(7 * 24));
    desk.unsigned(1, desk.sees(1, YES));
    assert_eq!(desk.order().next_action_at, None);
    assert_eq!(told(&desk), 1);
}

#[test]
fn inv_33_a_person_who_ruled_has_looked_into_it_and_the_next_message_is_another_case() {
    let mut desk = succeeded(Status::None);
    desk.unsigned(1, desk.sees(1, YES));
    assert_eq!(cases(&desk), [CaseKind::Hinted]);
    let proof = "the supplier's statement".to_owned();
    desk.resolve(Resolution::NotDelivered { proof }).unwrap();
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(cases(&desk), [CaseKind::Reversed]);
    desk.unsigned(1, desk.delivered(1));
    assert_eq!(cases(&desk), [CaseKind::Reversed, CaseKind::Hinted]);
}

/// Who closes the case has looked, and found that it was not so then.
#[test]
fn inv_33_after_a_case_is_closed_the_next_message_is_another_case() {
    let mut desk = succeeded(Status::None);
    desk.unsigned(1, desk.sees(1, YES));
    desk.unsigned(1, desk.sees(1, YES));
    assert_eq!(
        cases(&desk),
        [CaseKind::Hinted],
        "one, however often it is said"
    );
    desk.close_case(CaseKind::Hinted);
    assert_eq!(cases(&desk), []);
    desk.wait(Duration::from_hours(2));
    desk.unsigned(1, desk.sees(1, YES));
    assert_eq!(cases(&desk), [CaseKind::Hinted]);
}

/// Refused for good, and a message says it was delivered: a look that says nothing is not repeated at once.
#[test]
fn inv_35_looks_that_say_nothing_are_no_flood_after_a_formed_rejection_either() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, YES));
    look(&mut desk, Sighting::new(Claim::Unclear, Reason::Other));
    desk.wait(Duration::from_hours(1));
    desk.unsigned(1, desk.delivered(1));
    let began = desk.now;
    for _ in 0..3 {
        look(&mut desk, Sighting::new(Claim::Unclear, Reason::Other));
    }
    assert!(desk.now.since(began) >= minutes(4));
}

/// A look is planned, and a person rules before it is made.
#[test]
fn inv_33_what_a_person_ruled_about_is_not_asked_about_any_more() {
    let mut desk = returned(Status::Dedicated);
    desk.unsigned(1, desk.delivered(1));
    assert_eq!(desk.order().next_action_at, Some(desk.now));
    assert_eq!(cases(&desk), []);
    desk.resolve(Resolution::RECLAIM).unwrap();
    assert_eq!(desk.state(), OrderState::LateDelivered);
    assert_eq!(desk.attempt(1).hinted, None);
    assert_eq!(desk.order().next_action_at, None);
}

/// The case is about what was said of one purchase; what is said of the other meanwhile is looked into by itself.
#[test]
fn inv_33_closing_a_case_closes_nothing_that_was_said_of_another_attempt() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.world.profiles[0].status = Status::None;
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, NO));
    desk.reply(2, 1, desk.delivered(2));
    desk.unsigned(1, desk.delivered(1));
    assert_eq!(cases(&desk), [CaseKind::Hinted]);
    desk.unsigned(2, desk.sees(2, YES));
    desk.close_case(CaseKind::Hinted);
    assert_eq!(desk.attempt(1).hinted, None);
    assert!(desk.attempt(2).hinted.is_some());
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(TWO)));
}

/// Nobody can be asked about the first attempt, and the second one's supplier is asked about the dispute.
#[test]
fn inv_33_closing_a_case_keeps_the_reads_of_a_dispute() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.world.profiles[0].status = Status::None;
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, NO));
    desk.reply(2, 1, desk.delivered(2));
    desk.callback(2, desk.sees(2, YES));
    let read = Some(desk.now.plus(minutes(2)));
    desk.unsigned(1, desk.delivered(1));
    assert_eq!(cases(&desk), [CaseKind::Disputed, CaseKind::Hinted]);
    assert_eq!(desk.order().next_action_at, read);
    desk.close_case(CaseKind::Hinted);
    assert_eq!(desk.order().next_action_at, read);
    desk.tend_when_due();
    assert_eq!(desk.call, Some(Call::Ask(TWO)));
}

/// Nobody can be asked, and a person was told: that the order is looked at for another attempt tells nothing anew.
#[test]
fn inv_35_what_a_person_was_told_of_is_not_told_again_when_the_order_is_looked_at() {
    let mut desk = Desk::sending(Setup::of(Status::None));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, NO));
    desk.reply(2, 1, desk.sees(2, Claim::Pending));
    desk.callback(1, desk.delivered(1));
    assert!(desk.attempt(2).is_open_surplus());
    desk.unsigned(1, desk.sees(1, YES));
    let said = (told(&desk), desk.attempt(1).hinted);
    assert_eq!(said.0, 1);
    for _ in 0..3 {
        desk.tend_when_due();
        assert_eq!((told(&desk), desk.attempt(1).hinted), said);
    }
}

// --- Words that a signed callback had said before (E-6) ---------------------------------------------------------------------

/// A delivery that a signed callback called failed, in error, and a read upheld.
fn upheld(status: Status) -> Desk {
    let mut desk = succeeded(status);
    desk.callback(1, desk.sees(1, YES));
    assert!(desk.is_disputed());
    if ASKED.contains(&status) {
        desk.read(1, desk.delivered(1));
    } else {
        let (sn, cost) = (None, None);
        desk.resolve(Resolution::Delivered { sn, cost }).unwrap();
    }
    assert!(!desk.is_disputed());
    assert_eq!(desk.attempt(1).reversal, None);
    desk
}

#[test]
fn e_06_a_reversal_in_the_words_of_one_that_was_found_wrong_is_asked_about_and_never_believed() {
    for status in ASKED {
        let mut desk = upheld(status);
        desk.wait(Duration::from_hours(1));
        desk.callback(1, desk.sees(1, YES));
        assert!(!desk.is_disputed(), "it may be the old one, sent again");
        assert!(desk.attempt(1).hinted.is_some());
        let failed = desk.sees(1, YES);
        look(&mut desk, failed);
        // The read is one witness, and the callback none: a person decides (E-4).
        assert_eq!(desk.state(), OrderState::Succeeded);
        assert!(desk.is_disputed() && desk.opened(CaseKind::Disputed));
        for _ in 0..3 {
            let heard = (desk.attempt(1).reversal, desk.state());
            desk.callback(1, desk.sees(1, YES));
            assert_eq!((desk.attempt(1).reversal, desk.state()), heard);
        }
    }
    for status in NEVER_ASKED {
        let mut desk = upheld(status);
        desk.wait(Duration::from_hours(1));
        desk.callback(1, desk.sees(1, YES));
        assert!(!desk.is_disputed());
        assert_eq!(cases(&desk), [CaseKind::Hinted]);
    }
}

/// Who has one signed body can send it for ever.
#[test]
fn e_06_a_flood_of_one_old_callback_is_no_flood_of_reads_cases_or_rows() {
    for status in [Status::Dedicated, RESUBMIT] {
        let mut desk = upheld(status);
        let (rows, version) = (desk.rows.log.len(), desk.order().version);
        let (mut reads, end) = (0, desk.now.plus(Duration::from_hours(24)));
        while desk.now < end {
            desk.callback(1, desk.sees(1, YES));
            desk.wait(Duration::from_secs(20));
            if desk.order().next_action_at.is_some_and(|at| at <= desk.now) {
                let delivered = desk.delivered(1);
                look(&mut desk, delivered);
                reads += 1;
            }
        }
        assert!(reads <= 5 + 48, "{reads}");
        assert!(desk.rows.log.len() - rows <= 3 * reads + 2);
        assert!(desk.order().version - version <= u32::try_from(3 * reads + 2).unwrap());
        assert!(!desk.is_disputed() && cases(&desk).len() <= 1);
        assert!(desk.rows.inbox.is_empty());
    }
}

/// Said while the send was under way, contradicted by its answer and found wrong by a read.
#[test]
fn e_06_a_failure_that_a_read_refuted_is_asked_about_when_it_comes_again() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.callback(1, desk.sees(1, YES));
    desk.reply(1, 1, desk.delivered(1));
    assert!(desk.is_disputed());
    desk.wait(Duration::from_mins(1));
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(!desk.is_disputed());
    desk.wait(Duration::from_mins(1));
    desk.callback(1, desk.sees(1, YES));
    let failed = desk.sees(1, YES);
    look(&mut desk, failed);
    assert!(desk.is_disputed());
}

/// A doubtful failure is worth a question again where it had been contradicted, and nothing where it was only an earlier doubt.
#[test]
fn e_06_a_doubt_that_was_contradicted_is_asked_about_when_it_comes_again_and_no_other() {
    let mut desk = succeeded(Status::Dedicated);
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert!(desk.is_disputed());
    desk.read(1, desk.delivered(1));
    assert!(!desk.is_disputed());
    desk.wait(Duration::from_hours(1));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert!(desk.attempt(1).hinted.is_some());

    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    desk.read(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert!(!desk.is_disputed());
    desk.wait(Duration::from_hours(1));
    desk.callback(1, desk.sees(1, DOUBTFUL));
    assert_eq!(desk.attempt(1).hinted, None);
    assert_eq!(desk.order().next_action_at, None);
}

/// Failed, then delivered late, then taken back in the words of the failure.
#[test]
fn e_06_a_reversal_of_a_late_delivery_in_the_words_of_the_first_failure_is_asked_about() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.callback(1, desk.sees(1, YES));
    assert!(matches!(desk.state(), OrderState::Returned(_)));
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::LateDelivered);
    desk.callback(1, desk.sees(1, YES));
    assert!(!desk.is_disputed());
    let failed = desk.sees(1, YES);
    look(&mut desk, failed);
    assert!(desk.is_disputed());
}

/// Delivered, taken back for good, delivered after all, in the words of the first delivery.
#[test]
fn e_06_a_delivery_after_its_reversal_in_the_same_words_is_asked_about() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.reply(1, 1, desk.sees(1, Claim::Pending));
    desk.callback(1, desk.delivered(1));
    desk.callback(1, desk.sees(1, YES));
    desk.read(1, desk.sees(1, YES));
    assert_eq!(desk.state(), OrderState::Reversed);
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Reversed);
    let delivered = desk.delivered(1);
    look(&mut desk, delivered);
    assert!(desk.is_disputed());
}

/// A person who asks the supplier's support names the code of what stands; what nobody signed is not what stands.
#[test]
fn the_code_of_the_last_answer_that_changed_something_is_kept() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    let coded = |sighting: Sighting, code: &str| Sighting {
        code: Some(code.parse().unwrap()),
        ..sighting
    };
    let kept = |desk: &Desk| desk.attempt(1).code.as_ref().map(ToString::to_string);
    desk.reply(1, 1, coded(desk.sees(1, Claim::Pending), "03"));
    assert_eq!(kept(&desk).as_deref(), Some("03"));
    desk.unsigned(1, coded(desk.sees(1, NO), "40"));
    assert_eq!(kept(&desk).as_deref(), Some("03"), "a hint");
    desk.read(1, coded(desk.delivered(1), "00"));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(kept(&desk).as_deref(), Some("00"));
    desk.callback(1, coded(desk.delivered(1), "99"));
    assert_eq!(kept(&desk).as_deref(), Some("00"), "nothing new");
}

/// A read that began before somebody said the opposite, and is applied after it, stands; the supplier is asked once more, and a delivery that it confirms is late, not lost.
#[rstest]
#[case::delivered(Claim::Delivered, YES, true)]
#[case::failed(YES, Claim::Delivered, true)]
#[case::agreed(YES, YES, false)]
fn inv_35_what_settles_it_and_is_older_than_a_message_that_is_no_proof_is_looked_into(
    #[case] hinted: Claim,
    #[case] read: Claim,
    #[case] looked_into: bool,
) {
    for status in ASKED {
        let mut desk = Desk::sending(Setup::of(status));
        desk.reply(1, 1, desk.sees(1, Claim::Pending));
        desk.wait(minutes(1));
        let began = desk.now;
        desk.wait(Duration::from_secs(1));
        let said = |desk: &Desk, claim| {
            if claim == Claim::Delivered {
                desk.delivered(1)
            } else {
                desk.sees(1, claim)
            }
        };
        desk.unsigned(1, said(&desk, hinted));
        desk.wait(Duration::from_secs(1));
        desk.hear(1, Channel::Status { began }, vec![said(&desk, read)])
            .unwrap();
        let attempt = desk.attempt(1);
        assert!(!attempt.state.is_open(), "the read settles it");
        assert_eq!(attempt.hinted.is_some(), looked_into, "{status:?}");
        assert!(!desk.is_disputed());
    }
}

/// A read that began after it has looked into it already.
#[test]
fn inv_35_a_read_that_is_newer_than_a_message_that_is_no_proof_has_looked_into_it() {
    for status in ASKED {
        let mut desk = Desk::sending(Setup::of(status));
        desk.reply(1, 1, desk.sees(1, Claim::Pending));
        desk.unsigned(1, desk.delivered(1));
        desk.read(1, desk.sees(1, YES));
        assert!(!desk.attempt(1).state.is_open());
        assert_eq!(desk.attempt(1).hinted, None, "{status:?}");
    }
}

/// Where asking would be buying, or nobody can be asked, a person finds out.
#[test]
fn inv_33_a_late_reply_that_a_message_contradicts_is_a_persons_where_nobody_can_be_asked() {
    let mut desk = Desk::sending(Setup::of(RESUBMIT));
    desk.unsigned(1, desk.delivered(1));
    desk.wait(Duration::from_secs(1));
    desk.reply(1, 1, desk.sees(1, NO));
    assert!(!desk.attempt(1).state.is_open());
    assert!(desk.opened(CaseKind::Hinted));
}
