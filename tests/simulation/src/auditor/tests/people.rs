//! What members hear, and what people are shown.

use super::super::books::Closing;
use super::super::{Failure, Heard, Listed, Orphaned, Reason, Telling, Word};
use super::{
    COST, ID, PRICE, books, bought, closing, delivered, executed, objections, objects, telling,
};

const fn listed(reason: Reason) -> Listed {
    Listed {
        id: ID,
        reason,
        since: 100,
        until: 200,
    }
}

#[test]
fn inv_33_nothing_is_left_open_unseen() {
    let mut auditor = books();
    auditor.told(0, telling(Word::Processing, 2, None));
    auditor.close(&Closing::default());
    objects(&auditor, "INV-33");
}

#[test]
fn inv_33_what_is_open_is_in_a_queue() {
    let under_review = |review| Telling {
        review,
        ..telling(Word::Processing, 2, None)
    };
    let mut auditor = books();
    auditor.told(0, under_review(true));
    auditor.judge_queue(&[listed(Reason::Escalated)], &[], 1_000);
    assert_eq!(objections(&auditor), Vec::<&str>::new());

    let mut auditor = books();
    auditor.told(0, under_review(true));
    auditor.judge_queue(&[listed(Reason::OverCap)], &[], 1_000);
    objects(&auditor, "in nobody's queue");

    let mut auditor = books();
    auditor.told(0, under_review(false));
    auditor.judge_queue(&[listed(Reason::Disputed)], &[], 1_000);
    objects(&auditor, "under_review: false");

    let mut auditor = books();
    auditor.told(0, under_review(true));
    auditor.judge_queue(&[listed(Reason::Escalated)], &[], 50);
    objects(&auditor, "a time that cannot be");
}

#[test]
fn inv_33_goods_that_money_did_not_go_with_are_in_a_queue() {
    // Delivered after it was proven undelivered, and the supplier said so.
    let late = || {
        let mut auditor = books();
        auditor.buys(&bought(0, 1, 0));
        auditor.failed(0, 1, Failure::Formed, Heard::Reply(1), 5);
        auditor.told(0, telling(Word::Failed, 2, None));
        auditor.executed(&executed(1, 5));
        auditor
    };
    let mut auditor = late();
    auditor.said(0, 1, true, false);
    auditor.judge_queue(&[], &[], 1_000);
    assert_eq!(
        objections(&auditor),
        Vec::<&str>::new(),
        "nobody can have heard it"
    );

    let mut auditor = late();
    auditor.said(0, 1, true, true);
    auditor.judge_queue(&[], &[], 1_000);
    objects(&auditor, "delivered 1 more than members pay for");

    let mut auditor = late();
    auditor.said(0, 1, true, true);
    auditor.judge_queue(&[listed(Reason::LateSuccess)], &[], 1_000);
    assert_eq!(objections(&auditor), Vec::<&str>::new());

    let orphan = |supplier| Orphaned {
        supplier,
        parcel: 0,
        since: 100,
    };
    let mut auditor = late();
    auditor.said(0, 1, true, true);
    auditor.judge_queue(&[], &[orphan(0)], 1_000);
    assert_eq!(objections(&auditor), Vec::<&str>::new());

    let mut auditor = late();
    auditor.said(0, 1, true, true);
    auditor.judge_queue(&[], &[orphan(1)], 1_000);
    objects(&auditor, "delivered 1 more than members pay for");

    // People gave back all of the price, or a part: for a part nobody is told REFUND.
    for given in [PRICE, PRICE - 1] {
        let mut auditor = delivered();
        auditor.may_refund(0, PRICE);
        auditor.refunded(0, given, true);
        auditor.told(0, telling(Word::Refund, 3, Some(5)));
        auditor.judge_queue(&[], &[], 1_000);
        if given == PRICE {
            assert_eq!(objections(&auditor), Vec::<&str>::new());
        } else {
            objects(&auditor, "delivered 1 more than members pay for");
        }
    }

    // Taken back, and the supplier said so; unless a person ruled otherwise since.
    let mut auditor = delivered();
    auditor.reversed(0, 1, COST);
    auditor.said(0, 1, false, true);
    auditor.ruling_stands(0, 1, true);
    auditor.judge_queue(&[], &[], 1_000);
    assert_eq!(objections(&auditor), Vec::<&str>::new());

    let mut auditor = delivered();
    auditor.reversed(0, 1, COST);
    auditor.said(0, 1, false, true);
    auditor.judge_queue(&[], &[], 1_000);
    objects(&auditor, "took back 1 that members pay for");
}

#[test]
fn inv_32_what_an_orphan_delivered_is_booked_by_whoever_is_shown_it() {
    // Delivered a second time, by another purchase of which nobody here knows the supplier's reference.
    let delivered_again = |orphans: &[Orphaned]| {
        let mut auditor = delivered();
        auditor.failed(0, 1, Failure::Formed, Heard::Callback, 5);
        auditor.buys(&bought(1, 2, 100_000));
        auditor.executed(&executed(2, 6));
        auditor.said(0, 2, true, false);
        auditor.judge_queue(&[], orphans, 1_000);
        auditor.close(&closing());
        auditor
    };
    objects(&delivered_again(&[]), "supplier 1 billed");
    let orphan = |supplier, parcel| Orphaned {
        supplier,
        parcel,
        since: 100,
    };
    objects(&delivered_again(&[orphan(0, 0)]), "supplier 1 billed");
    let shown = delivered_again(&[orphan(1, 0)]);
    let found = objections(&shown);
    assert!(
        !found.iter().any(|what| what.contains("supplier 1 billed")),
        "{found:?}"
    );
}

#[test]
fn inv_33_what_was_closed_is_before_nobody() {
    // Delivered after the money went back; a person saw it, and closed it while nobody paid.
    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.failed(0, 1, Failure::Formed, Heard::Reply(1), 5);
    auditor.told(0, telling(Word::Failed, 2, None));
    auditor.executed(&executed(1, 5));
    auditor.said(0, 1, true, true);
    auditor.shown(listed(Reason::LateSuccess), 500);
    auditor.closed(ID, Reason::LateSuccess);
    auditor.judge_queue(&[], &[], 1_000);
    objects(&auditor, "and nobody is shown it (INV-33)");
}

#[test]
fn inv_33_a_second_delivery_is_borne_by_the_house_once_it_was_seen_and_a_third_is_news() {
    let delivered_again = |reference: u128| {
        let mut auditor = delivered();
        for another in 2..=reference {
            auditor.failed(0, 1, Failure::Formed, Heard::Callback, 5);
            auditor.buys(&bought(1, another, 100_000));
            auditor.executed(&executed(another, 6));
            auditor.said(0, another, true, true);
            if another == 2 {
                auditor.shown(listed(Reason::Surplus), 500);
                auditor.closed(ID, Reason::Surplus);
            }
        }
        auditor.judge_queue(&[], &[], 1_000);
        let mut found = objections(&auditor)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>();
        found.retain(|what| what.contains("nobody is shown it"));
        found
    };
    assert_eq!(delivered_again(2), Vec::<String>::new());
    assert_eq!(delivered_again(3).len(), 1);
}

#[test]
fn inv_33_a_delivery_that_is_left_when_the_other_was_taken_back_is_borne_once_that_was_seen() {
    for (surplus_seen, closed) in [
        (true, Some(Reason::Reversed)),
        (true, None),
        (false, Some(Reason::Reversed)),
    ] {
        let mut auditor = delivered();
        auditor.failed(0, 1, Failure::Formed, Heard::Callback, 5);
        auditor.buys(&bought(1, 2, 100_000));
        auditor.executed(&executed(2, 6));
        auditor.said(0, 2, true, true);
        auditor.reversed(0, 1, 0);
        auditor.said(0, 1, false, true);
        // Of the second delivery a person took note while the member was still told of a success.
        if surplus_seen {
            auditor.closed(ID, Reason::Surplus);
        }
        auditor.told(0, telling(Word::Refund, 3, None));
        if let Some(reason) = closed {
            auditor.closed(ID, reason);
        }
        auditor.judge_queue(&[], &[], 1_000);
        let unseen = |what: &&str| what.contains("nobody is shown it");
        let found = objections(&auditor).into_iter().filter(unseen).count();
        let is_seen = surplus_seen && closed.is_some();
        assert_eq!(found, usize::from(!is_seen), "{surplus_seen} {closed:?}");
    }
}

#[test]
fn inv_29_the_newest_is_sent_and_arrives() {
    let posted = |revision: u32, at: u64| {
        let mut auditor = delivered();
        auditor.listens(0);
        auditor.recorded(0, 1, 1, PRICE, 0);
        auditor.recorded(0, 2, 2, PRICE, 1_000);
        let (word, sn) = if revision == 1 {
            (Word::Pending, None)
        } else {
            (Word::Success, Some(5))
        };
        let telling = telling(word, revision, sn);
        auditor.sends_word(0, telling, at);
        auditor.posted(0, telling);
        auditor.close(&closing());
        auditor
    };
    assert_eq!(objections(&posted(2, 99_000)), Vec::<&str>::new());
    objects(&posted(1, 99_000), "there was a newer one");
    objects(
        &posted(1, 2_000),
        "the newest that its member got is Some(1)",
    );
}

#[test]
fn inv_29_revisions_rise_with_versions_whichever_commit_is_heard_of_first() {
    let heard = |commits: &[(u32, u32)]| {
        let mut auditor = delivered();
        for (version, revision) in commits {
            auditor.recorded(0, *version, *revision, PRICE, 0);
        }
        auditor
    };
    for fine in [
        &[(1, 1), (2, 2), (3, 2), (4, 3)][..],
        &[(1, 1), (3, 2), (2, 1), (4, 3)],
    ] {
        assert_eq!(objections(&heard(fine)), Vec::<&str>::new());
    }
    for wrong in [
        &[(1, 1), (2, 2), (3, 1)][..],
        &[(1, 1), (2, 3)],
        &[(1, 1), (3, 1), (2, 2)],
    ] {
        objects(&heard(wrong), "(INV-29)");
    }
}

#[test]
fn inv_29_what_a_dying_disk_kept_is_in_the_record() {
    let told = |failed: bool| {
        let mut auditor = delivered();
        auditor.listens(0);
        auditor.recorded(0, 1, 1, PRICE, 0);
        if failed {
            auditor.perhaps_recorded(0, 2);
        }
        auditor.kept(0, 2, 1_000);
        auditor.posted(0, telling(Word::Success, 2, Some(5)));
        auditor.close(&closing());
        auditor
    };
    assert_eq!(objections(&told(true)), Vec::<&str>::new());
    objects(&told(false), "r0 is at revision Some(1)");
}

#[test]
fn words_follow_each_other_and_a_revision_says_one_thing() {
    let mut auditor = delivered();
    auditor.told(0, telling(Word::Failed, 3, None));
    objects(&auditor, "later Failed");
    let mut auditor = delivered();
    auditor.told(0, telling(Word::Success, 2, None));
    objects(&auditor, "INV-29");
    let mut auditor = delivered();
    auditor.told(
        0,
        Telling {
            id: 8,
            ..telling(Word::Success, 2, Some(5))
        },
    );
    objects(&auditor, "INV-18");
}
