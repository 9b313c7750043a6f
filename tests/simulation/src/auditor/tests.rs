//! The auditor objects to what must not be. Each case is a world of one order that goes wrong in one way.

mod money;
mod people;

use super::books::{Closing, Movement, Pot, Purse, Statement};
use super::{
    Auditor, Bought, Executed, Failure, Heard, Intent, Placed, Tariff, Telling, Terms, Word,
};

const PRICE: i64 = 1_050_000;
const COST: i64 = 980_000;
const ID: u128 = 7;
const TERMS: Terms = Terms {
    resend_after: None,
    settle_delay: 60_000,
    lease: 70_000,
};

const INTENT: Option<Intent> = Some(Intent {
    order: 0,
    read_at: 0,
    decided_at: 0,
    lease_left: 65_000,
});

/// Goods 0, product 0, at this supplier under this reference, as the auditor hears of it when all is well.
const fn bought(supplier: u16, reference: u128, at: u64) -> Bought {
    Bought {
        parcel: 0,
        product: Some(0),
        supplier,
        reference,
        send: 1,
        cap: PRICE,
        intent: INTENT,
        at,
    }
}

/// The same, delivered at the usual cost.
const fn executed(reference: u128, sn: u64) -> Executed {
    Executed {
        parcel: 0,
        product: Some(0),
        reference,
        billed: COST,
        sn,
        again: false,
    }
}

const SELLS: Tariff = Tariff::Price {
    product: 0,
    tier: 0,
};

/// Everything is on the lists, and order 0 is accepted.
fn place(auditor: &mut Auditor) {
    auditor.enters(SELLS, PRICE, 0);
    for supplier in [0, 1] {
        auditor.enters(
            Tariff::Cost {
                supplier,
                product: 0,
            },
            COST,
            0,
        );
    }
    auditor.ordered(&PLACED);
    auditor.accepted(0, PRICE, 0);
}

const PLACED: Placed = Placed {
    parcel: 0,
    product: 0,
    member: 0,
    counter: 1,
    tier: 0,
    at: 0,
};

fn books() -> Auditor {
    books_with(TERMS)
}

/// Suppliers on these terms.
fn books_with(terms: Terms) -> Auditor {
    let mut auditor = Auditor::new(vec![terms; 2]);
    auditor.deposited(0, 2_000_000);
    auditor.floated(0, 5_000_000);
    auditor.needs_sn(0);
    place(&mut auditor);
    auditor
}

const fn telling(word: Word, revision: u32, sn: Option<u64>) -> Telling {
    Telling {
        id: ID,
        word,
        revision,
        product: 0,
        review: false,
        sn,
        price: PRICE,
        refunded: match word {
            Word::Refund => PRICE,
            Word::Pending | Word::Processing | Word::Success | Word::Failed => 0,
        },
    }
}

/// Bought and delivered at supplier 0, and told so.
fn delivered() -> Auditor {
    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.executed(&executed(1, 5));
    auditor.said(0, 1, true, true);
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
    auditor.buys(&Bought {
        intent: None,
        ..bought(0, 1, 0)
    });
    objects(&auditor, "INV-9");
}

#[test]
fn inv_09_sends_of_a_reference_are_counted_up() {
    let resent = |sends: [u32; 2]| {
        let mut auditor = books_with(Terms {
            resend_after: Some(60_000),
            ..TERMS
        });
        auditor.buys(&bought(0, 1, 0));
        for (send, at) in sends.into_iter().zip([100_000, 200_000]) {
            auditor.buys(&Bought {
                send,
                ..bought(0, 1, at)
            });
        }
        auditor
    };
    // One that its process took with it was counted, and never left.
    for sends in [[2, 3], [2, 4]] {
        assert_eq!(objections(&resent(sends)), Vec::<&str>::new());
    }
    for sends in [[1, 2], [2, 2], [3, 2]] {
        objects(&resent(sends), "INV-9");
    }
}

#[test]
fn inv_10_another_purchase_needs_proof_about_the_first() {
    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.failed(0, 1, Failure::Unformed, Heard::Reply(1), 5);
    auditor.buys(&bought(1, 2, 10));
    assert_eq!(objections(&auditor), Vec::<&str>::new());
    auditor.buys(&bought(0, 3, 20));
    objects(&auditor, "INV-10");
}

#[test]
fn a_formed_failure_is_waited_out() {
    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.failed(0, 1, Failure::Formed, Heard::Reply(1), 5);
    auditor.buys(&bought(1, 2, 60_000));
    objects(&auditor, "settle delay");
}

#[test]
fn a_reference_that_might_run_again_is_sent_once() {
    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.buys(&Bought {
        send: 2,
        ..bought(0, 1, 600_000)
    });
    objects(&auditor, "might run it again");
}

#[test]
fn inv_12_failed_needs_proof() {
    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.told(0, telling(Word::Failed, 2, None));
    objects(&auditor, "INV-12");
}

#[test]
fn inv_14_two_deliveries_need_a_supplier_that_contradicts_itself() {
    for contradicts in [true, false] {
        let mut auditor = delivered();
        if contradicts {
            auditor.failed(0, 1, Failure::Formed, Heard::Reply(1), 1);
        }
        auditor.buys(&bought(1, 2, 100_000));
        auditor.executed(&executed(2, 6));
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
fn inv_27_bytes_that_leave_late_in_a_lease_are_objected_to() {
    let mut auditor = books();
    let late = Intent {
        order: 0,
        read_at: 0,
        decided_at: 0,
        lease_left: 34_999,
    };
    auditor.buys(&Bought {
        intent: Some(late),
        ..bought(0, 1, 0)
    });
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

#[test]
fn goods_are_what_was_ordered_for_whom_it_was_ordered() {
    let mut auditor = books();
    auditor.buys(&Bought {
        product: Some(1),
        ..bought(0, 1, 0)
    });
    objects(&auditor, "r0 is for product 0, and bought was Some(1)");

    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.executed(&Executed {
        product: None,
        ..executed(1, 5)
    });
    objects(&auditor, "r0 is for product 0, and delivered was None");

    let mut auditor = books();
    auditor.buys(&Bought {
        parcel: 3,
        ..bought(0, 1, 0)
    });
    objects(&auditor, "r0 is for destination 0, and bought for 3");
}

#[test]
fn e_12_a_success_has_the_serial_number_that_its_product_needs() {
    let told = telling(Word::Success, 2, None);
    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.executed(&executed(1, 5));
    auditor.told(0, told);
    objects(&auditor, "without the serial number that product 0 needs");

    // A person may rule so.
    let mut auditor = books();
    auditor.buys(&bought(0, 1, 0));
    auditor.executed(&executed(1, 5));
    auditor.ruled(0, 1, true, 5);
    auditor.told(0, told);
    assert_eq!(objections(&auditor), Vec::<&str>::new());
}

/// Bought, sent again, and said to have failed like this; then told FAILED.
fn failed_after(sends: u32, failure: Failure, heard: Heard) -> bool {
    let resubmit = Terms {
        resend_after: Some(60_000),
        ..TERMS
    };
    let mut auditor = Auditor::new(vec![resubmit]);
    place(&mut auditor);
    for send in 1..=sends {
        let at = u64::from(send) * 100_000;
        auditor.buys(&Bought {
            send,
            ..bought(0, 1, at)
        });
        auditor.send_ended(0, 1, send, at + 10_000);
    }
    let now = u64::from(sends) * 100_000 + 20_000;
    auditor.failed(0, 1, failure, heard, now);
    auditor.told(0, telling(Word::Failed, 2, None));
    auditor.violations().is_empty()
}

#[test]
fn inv_13_a_failure_answers_the_last_send() {
    use Failure::{Doubtful, Formed, Unformed};
    let cases = [
        (1, Unformed, Heard::Reply(1), true),
        (1, Unformed, Heard::Callback, false),
        (2, Unformed, Heard::Reply(1), false),
        (2, Unformed, Heard::Reply(2), false),
        (1, Formed, Heard::Reply(1), true),
        (2, Formed, Heard::Reply(1), false),
        (2, Formed, Heard::Reply(2), true),
        (2, Formed, Heard::Callback, true),
        (1, Formed, Heard::Status(109_999), false),
        (1, Formed, Heard::Status(110_000), true),
        (1, Doubtful, Heard::Reply(1), false),
        (2, Doubtful, Heard::Reply(2), false),
    ];
    for (sends, failure, heard, proof) in cases {
        assert_eq!(
            failed_after(sends, failure, heard),
            proof,
            "{sends} sends, {failure:?} by {heard:?}"
        );
    }
}

#[test]
fn inv_13_a_callback_about_a_purchase_that_was_sent_again_counts_once_the_send_is_over() {
    let resubmit = Terms {
        resend_after: Some(60_000),
        ..TERMS
    };
    let told_after = |sends: u32, ends: bool| {
        let mut auditor = Auditor::new(vec![resubmit]);
        place(&mut auditor);
        for send in 1..=sends {
            let at = u64::from(send) * 100_000;
            if send > 1 {
                auditor.send_ended(0, 1, send - 1, at - 50_000);
            }
            auditor.buys(&Bought {
                send,
                ..bought(0, 1, at)
            });
        }
        let at = u64::from(sends) * 100_000;
        auditor.knocks(0, 1, Failure::Formed, at + 100);
        if ends {
            auditor.send_ended(0, 1, sends, at + 150);
        }
        auditor.knocked(0, 1, Failure::Formed, at + 200);
        auditor.send_ended(0, 1, sends, at + 300);
        auditor.told(0, telling(Word::Failed, 2, None));
        auditor.violations().is_empty()
    };
    assert!(told_after(1, true) && told_after(1, false), "there is one");
    assert!(told_after(2, true));
    assert!(!told_after(2, false));
}

#[test]
fn inv_13_a_doubtful_failure_is_said_again_a_minute_later() {
    for (again, proof) in [(60_099, false), (60_100, true)] {
        let mut auditor = books();
        auditor.buys(&bought(0, 1, 0));
        auditor.failed(0, 1, Failure::Doubtful, Heard::Reply(1), 100);
        auditor.send_ended(0, 1, 1, 100);
        auditor.failed(0, 1, Failure::Doubtful, Heard::Status(again), 999_000);
        auditor.told(0, telling(Word::Failed, 2, None));
        assert_eq!(auditor.violations().is_empty(), proof, "{again}");
    }
}
