//! The auditor objects to what must not be. Each case is a world of one order that goes wrong in one way.

use super::books::{Closing, Movement, Pot, Purse, Statement};
use super::{Auditor, Intent, Telling, Terms, Word};

const PRICE: i64 = 1_050_000;
const COST: i64 = 980_000;
const ID: u128 = 7;
const TERMS: Terms = Terms {
    resend_after: None,
    settle_delay: 60_000,
    lease: 70_000,
};

const INTENT: Option<Intent> = Some(Intent { lease_left: 65_000 });

fn books() -> Auditor {
    let mut auditor = Auditor::new(vec![TERMS, TERMS]);
    auditor.deposited(0, 2_000_000);
    auditor.floated(0, 5_000_000);
    auditor.ordered(0, 0, 0, PRICE);
    auditor
}

const fn telling(word: Word, revision: u32, sn: Option<u64>) -> Telling {
    Telling {
        id: ID,
        word,
        revision,
        review: false,
        sn,
        price: PRICE,
    }
}

/// Bought and delivered at supplier 0, and told so.
fn delivered() -> Auditor {
    let mut auditor = books();
    auditor.buys(0, 0, 1, 1, INTENT, 0);
    auditor.executed(0, 1, COST, 5, false);
    auditor.said(0, 1, true);
    auditor.told(0, telling(Word::Success, 2, Some(5)));
    auditor
}

fn movement(subject: u128, debit: Pot, credit: Pot, amount: i64) -> Movement {
    Movement {
        subject,
        debit,
        credit,
        amount,
    }
}

/// What the world shows after [`delivered`], if all is well.
fn closing() -> Closing {
    Closing {
        movements: vec![
            movement(1, Pot::House, Pot::Available(0), 2_000_000),
            movement(2, Pot::Prepaid(0), Pot::House, 5_000_000),
            movement(ID, Pot::Available(0), Pot::Held(0), PRICE),
            movement(ID, Pot::Held(0), Pot::House, PRICE),
            movement(ID, Pot::House, Pot::Prepaid(0), COST),
        ],
        purses: vec![Purse {
            member: 0,
            available: 950_000,
            held: 0,
            receivable: 0,
        }],
        statements: vec![Statement {
            supplier: 0,
            theirs: 4_020_000,
            ours: 4_020_000,
        }],
    }
}

fn objections(auditor: &Auditor) -> Vec<&str> {
    auditor
        .violations()
        .iter()
        .map(|found| found.what.as_str())
        .collect()
}

fn objects(auditor: &Auditor, to: &str) {
    let found = objections(auditor);
    assert!(
        found.iter().any(|what| what.contains(to)),
        "{to} is not in {found:#?}"
    );
}

#[test]
fn an_order_that_goes_well_is_not_objected_to() {
    let mut auditor = delivered();
    auditor.close(&closing());
    assert_eq!(objections(&auditor), Vec::<&str>::new());
}

#[test]
fn inv_09_bytes_need_an_intent() {
    let mut auditor = books();
    auditor.buys(0, 0, 1, 1, None, 0);
    objects(&auditor, "INV-9");
}

#[test]
fn inv_10_another_purchase_needs_proof_about_the_first() {
    let mut auditor = books();
    auditor.buys(0, 0, 1, 1, INTENT, 0);
    auditor.denied(0, 1, false, 5);
    auditor.buys(0, 1, 2, 1, INTENT, 10);
    assert_eq!(objections(&auditor), Vec::<&str>::new());
    auditor.buys(0, 0, 3, 1, INTENT, 20);
    objects(&auditor, "INV-10");
}

#[test]
fn a_formed_failure_is_waited_out() {
    let mut auditor = books();
    auditor.buys(0, 0, 1, 1, INTENT, 0);
    auditor.denied(0, 1, true, 5);
    auditor.buys(0, 1, 2, 1, INTENT, 60_000);
    objects(&auditor, "settle delay");
}

#[test]
fn a_reference_that_might_run_again_is_sent_once() {
    let mut auditor = books();
    auditor.buys(0, 0, 1, 1, INTENT, 0);
    auditor.buys(0, 0, 1, 2, INTENT, 600_000);
    objects(&auditor, "might run it again");
}

#[test]
fn inv_12_failed_needs_proof() {
    let mut auditor = books();
    auditor.buys(0, 0, 1, 1, INTENT, 0);
    auditor.told(0, telling(Word::Failed, 2, None));
    objects(&auditor, "INV-12");
}

#[test]
fn inv_14_two_deliveries_need_a_supplier_that_contradicts_itself() {
    for contradicts in [true, false] {
        let mut auditor = delivered();
        if contradicts {
            auditor.denied(0, 1, true, 1);
        }
        auditor.buys(0, 1, 2, 1, INTENT, 100_000);
        auditor.executed(0, 2, COST, 6, false);
        let found = objections(&auditor);
        assert_eq!(
            found.iter().any(|what| what.contains("INV-14")),
            !contradicts,
            "{found:#?}"
        );
    }
}

#[test]
fn a_success_has_a_delivery_and_its_serial_number() {
    let mut auditor = books();
    auditor.told(0, telling(Word::Success, 2, None));
    objects(&auditor, "nobody delivered it");
    let mut auditor = delivered();
    auditor.told(0, telling(Word::Success, 3, Some(6)));
    objects(&auditor, "serial number");
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

#[test]
fn every_rupiah_is_explained() {
    type Wrong = fn(&mut Closing);
    let wrongs: [(Wrong, &str); 5] = [
        (|closing| closing.purses[0].available += 1, "INV-3"),
        (|closing| closing.movements[3].amount -= 1, "INV-7"),
        (|closing| closing.movements[4].amount -= 1, "INV-32"),
        (
            |closing| {
                closing.movements[0].amount -= 1;
                closing.purses[0].available -= 1;
            },
            "deposited",
        ),
        (
            |closing| closing.statements[0].theirs += 1,
            "by its statement",
        ),
    ];
    for (wrong, to) in wrongs {
        let mut auditor = delivered();
        let mut closing = closing();
        wrong(&mut closing);
        auditor.close(&closing);
        objects(&auditor, to);
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
fn inv_27_bytes_that_leave_late_in_a_lease_are_objected_to() {
    let mut auditor = books();
    let late = Intent { lease_left: 34_999 };
    auditor.buys(0, 0, 1, 1, Some(late), 0);
    assert_eq!(auditor.violations().len(), 1);
}

#[test]
fn e_04_a_refund_that_nobody_took_back_is_objected_to() {
    let mut auditor = delivered();
    auditor.told(0, telling(Word::Refund, 3, Some(5)));
    assert_eq!(auditor.violations().len(), 1);

    let mut auditor = delivered();
    auditor.reversed(0, 1, COST);
    auditor.told(0, telling(Word::Refund, 3, Some(5)));
    assert_eq!(auditor.violations(), []);
}
