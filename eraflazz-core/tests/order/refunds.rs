//! Refunds by a person (E-20, E-21): parts of the price go back, the delivery stands, and what its supplier says later is booked on what is left.

use eraflazz_core::commit::CaseKind;
use eraflazz_core::ledger::{Account, Effect};
use eraflazz_core::member::LateSuccess;
use eraflazz_core::order::{
    MAX_REFUNDS, OrderState, RefundRefused, Resolution, RulingKind, may_rule,
};
use eraflazz_core::supplier::Status;

use super::desk::{COST, Desk, FUNDS, MEMBER, NO, Next, SELL, Setup, YES};
use super::late::succeeded;
use super::view::{money, rp};

fn available(desk: &Desk) -> i64 {
    desk.rows.wallet.unwrap().available.hundredths()
}

fn reversal(desk: &mut Desk) {
    desk.callback(1, desk.sees(1, YES));
    desk.read(1, desk.sees(1, YES));
}

fn not_delivered() -> Resolution {
    Resolution::NotDelivered {
        proof: "statement line 7".to_owned(),
    }
}

/// A part is Dr revenue, Cr available; the order stays SUCCEEDED until all of it went back, and is REVERSED then. The supplier owes us nothing by it.
#[test]
fn e_20_parts_go_back_until_all_did() {
    let mut desk = succeeded(Status::Dedicated);
    let (revision, turns) = (desk.order().revision, desk.order().turns);
    assert_eq!(desk.refund("cs-1", 4_000), Ok(true));
    assert_eq!(desk.state(), OrderState::Succeeded);
    assert_eq!(
        desk.order().revision,
        revision + 1,
        "the member hears of it"
    );
    let rows: Vec<_> = desk.rows.transfers.iter().rev().take(1).collect();
    assert_eq!(
        (rows[0].key, rows[0].debit, rows[0].credit, rows[0].amount),
        (
            desk.order().effect(Effect::Refund, turns + 1),
            Account::Revenue,
            Account::Available(MEMBER),
            money(4_000)
        )
    );
    assert_eq!(available(&desk), rp(FUNDS - SELL + 4_000));
    assert_eq!(desk.order().refundable(), money(SELL - 4_000));
    assert_eq!(desk.refund("cs-2", SELL - 4_000), Ok(true));
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(available(&desk), rp(FUNDS));
    assert_eq!(desk.rows.disputed_with_suppliers(), 0);
    assert!(!desk.order().guard.as_ref().unwrap().live, "INV-19");
    assert!(!desk.opened(CaseKind::Reversed));
}

/// Of two refunds of 60 % the second is above what is left.
#[test]
fn e_20_the_second_of_two_refunds_of_sixty_percent_is_refused() {
    let mut desk = succeeded(Status::Dedicated);
    let most = SELL / 5 * 3;
    assert_eq!(desk.refund("cs-1", most), Ok(true));
    let left = money(SELL - most);
    assert_eq!(
        desk.refund("cs-2", most),
        Err(RefundRefused::Beyond { left })
    );
    assert_eq!(available(&desk), rp(FUNDS - SELL + most));
}

#[test]
fn e_21_nothing_less_than_nothing_and_more_than_was_paid_are_refused() {
    let mut desk = succeeded(Status::Dedicated);
    for amount in [-SELL, -1, 0] {
        let refused = Err(RefundRefused::NotTransferable);
        assert_eq!(desk.refund("cs-1", amount), refused, "{amount}");
    }
    let left = money(SELL);
    let refused = Err(RefundRefused::Beyond { left });
    assert_eq!(desk.refund("cs-1", SELL + 1), refused);
    assert_eq!(available(&desk), rp(FUNDS - SELL));
    assert_eq!(desk.refund("cs-1", SELL), Ok(true), "nothing of it is kept");
}

/// The same reference is the same refund, whatever became of the order since; with another amount it is another's.
#[test]
fn inv_06_a_refund_happens_once() {
    let mut desk = succeeded(Status::Dedicated);
    assert_eq!(desk.refund("cs-1", 4_000), Ok(true));
    assert_eq!(desk.refund("cs-1", 4_000), Ok(false));
    let amount = money(4_000);
    let other = Err(RefundRefused::OtherAmount { amount });
    assert_eq!(desk.refund("cs-1", 4_001), other);
    reversal(&mut desk);
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(desk.refund("cs-1", 4_000), Ok(false));
    desk.resolve(Resolution::RECLAIM).unwrap();
    assert_eq!(desk.refund("cs-1", 4_000), Ok(false), "paid again since");
    assert_eq!(desk.refund("cs-1", 4_001), other);
    assert_eq!(desk.refund("cs-2", SELL), Ok(true), "of the new payment");
    assert_eq!(available(&desk), rp(FUNDS));
}

#[test]
fn e_20_an_order_has_so_many_refunds_and_no_more() {
    let mut desk = succeeded(Status::Dedicated);
    for n in 0..MAX_REFUNDS {
        assert_eq!(desk.refund(&format!("cs-{n}"), 1), Ok(true));
    }
    assert_eq!(desk.refund("one-more", 1), Err(RefundRefused::TooMany));
    assert_eq!(desk.refund("cs-0", 1), Ok(false));
}

/// What the supplier reverses after a part went back: only the rest goes back, the whole cost is owed.
#[test]
fn e_04_a_reversal_after_a_refund_gives_back_what_is_left() {
    let mut desk = succeeded(Status::Dedicated);
    desk.refund("cs-1", 4_000).unwrap();
    reversal(&mut desk);
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(available(&desk), rp(FUNDS));
    assert_eq!(desk.rows.disputed_with_suppliers(), rp(COST));
}

/// After all of it went back: the supplier owes us, and the member's money stays as it is. Then the delivery may be claimed again, as after any reversal.
#[test]
fn e_04_a_reversal_after_a_full_refund_books_what_the_supplier_owes() {
    let mut desk = succeeded(Status::Dedicated);
    desk.refund("cs-1", SELL).unwrap();
    desk.callback(1, desk.sees(1, YES));
    assert!(
        desk.is_disputed(),
        "its supplier says otherwise than before"
    );
    desk.read(1, desk.sees(1, YES));
    assert!(!desk.is_disputed());
    assert_eq!(desk.state(), OrderState::Reversed);
    assert_eq!(available(&desk), rp(FUNDS));
    assert_eq!(desk.rows.disputed_with_suppliers(), rp(COST));
    desk.resolve(Resolution::RECLAIM).unwrap();
    assert_eq!(desk.state(), OrderState::LateDelivered);
    assert_eq!(available(&desk), rp(FUNDS - SELL));
    assert_eq!(desk.rows.disputed_with_suppliers(), 0);
}

/// The delivery that was refunded stands: it is no news that it was delivered, nobody may reclaim it, and a person may still say that it was not.
#[test]
fn e_20_what_was_refunded_in_full_is_still_delivered() {
    let mut desk = succeeded(Status::Dedicated);
    desk.refund("cs-1", SELL).unwrap();
    desk.callback(1, desk.delivered(1));
    assert!(!desk.is_disputed());
    assert_eq!(may_rule(&desk.agg()), [RulingKind::NotDelivered]);
    for claim in [Resolution::RECLAIM, Resolution::ABSORB] {
        assert!(desk.resolve(claim).is_err());
    }
    desk.resolve(not_delivered()).unwrap();
    assert_eq!(desk.rows.disputed_with_suppliers(), rp(COST));
    assert_eq!(available(&desk), rp(FUNDS));
}

/// A second delivery of an order that was refunded in full is a second delivery all the same: the house pays for it (INV-14).
#[test]
fn inv_14_a_late_success_beside_a_refunded_delivery_is_surplus() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    desk.then(Next::Go(1));
    desk.reply(1, 1, desk.sees(1, NO));
    desk.reply(2, 1, desk.delivered(2));
    desk.refund("cs-1", SELL).unwrap();
    desk.callback(1, desk.delivered(1));
    assert_eq!(desk.state(), OrderState::Reversed);
    assert!(desk.attempt(1).surplus && desk.opened(CaseKind::Surplus));
    let loss = desk.rows.debit_balance(Account::LossDelivery);
    assert_eq!(loss, rp(COST));
}

/// Nothing goes back of what was not paid for: an open order, one whose money went back, one that the house paid, one under dispute.
#[test]
fn e_21_only_what_was_paid_for_and_stands_is_refunded() {
    let refused = |mut desk: Desk| {
        let before = available(&desk);
        assert!(matches!(
            desk.refund("cs-1", 1),
            Err(RefundRefused::Illegal(_))
        ));
        assert_eq!(available(&desk), before);
    };
    refused(Desk::held(Setup::of(Status::Dedicated)));
    refused(Desk::sending(Setup::of(Status::Dedicated)));
    let mut returned = Desk::sending(Setup::of(Status::Dedicated));
    returned.reply(1, 1, returned.sees(1, NO));
    assert!(matches!(returned.state(), OrderState::Returned(_)));
    refused(returned);
    let mut absorbed = Desk::sending(Setup {
        late_success: LateSuccess::Absorb,
        ..Setup::of(Status::Dedicated)
    });
    absorbed.reply(1, 1, absorbed.sees(1, NO));
    absorbed.callback(1, absorbed.delivered(1));
    assert_eq!(absorbed.state(), OrderState::LateDelivered);
    refused(absorbed);
    let mut disputed = succeeded(Status::Dedicated);
    disputed.callback(1, disputed.sees(1, YES));
    refused(disputed);
    let mut reversed = succeeded(Status::Dedicated);
    reversal(&mut reversed);
    refused(reversed);
}
