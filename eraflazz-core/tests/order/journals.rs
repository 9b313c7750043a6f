//! Which money moves at which event, as the failure model lists it: debit, credit, amount, one line a transfer (INV-1).

use eraflazz_core::ids::{BankId, SubjectId, SupplierId};
use eraflazz_core::ledger::rules::{self, LateBill};
use eraflazz_core::ledger::{Amount, Transfer};
use eraflazz_core::money::Money;
use eraflazz_core::supplier::Status;
use rstest::rstest;
use uuid::Uuid;

use super::desk::{COST, Desk, MEMBER, SELL, Setup};
use super::view::money;

const BANK: BankId = BankId(3);
const SUPPLIER: SupplierId = SupplierId(2);
const SUBJECT: SubjectId = SubjectId(Uuid::from_u128(10));

/// `effect:n debit > credit amount`: keys and accounts as logs show them, without the ids of the member and the order.
fn told(journal: &[Transfer]) -> Vec<String> {
    let (member, subject) = (MEMBER.to_string(), format!(":{SUBJECT}:"));
    let one = |transfer: &Transfer| {
        let amount = match transfer.amount {
            Amount::Exact(amount) => format!("{amount}"),
            Amount::Covered(amount) => format!("{amount} covered"),
            Amount::UpTo { amount, rest } => format!("up to {amount}, rest {rest}"),
            Amount::Owed { most } => format!("owed, at most {most}"),
        };
        let key = transfer.key.to_string().replace(&subject, ":");
        let (debit, credit) = (transfer.debit, transfer.credit);
        format!("{key} {debit} > {credit} {amount}").replace(&member, "m")
    };
    journal.iter().map(one).collect()
}

#[test]
fn inv_01_each_event_of_an_order_moves_what_the_law_says() {
    let desk = Desk::held(Setup::of(Status::Dedicated));
    let order = desk.rows.order.as_ref().unwrap();
    let (sell, cost) = (money(SELL), money(COST));
    let in_dispute = |owed| LateBill {
        in_dispute: money(owed),
        ..LateBill::of(SUPPLIER, cost)
    };
    let events = [
        (
            rules::hold(order),
            vec![format!("hold:1 available:m > held:m {sell}")],
        ),
        (
            rules::release(order),
            vec![format!("release:1 held:m > available:m {sell}")],
        ),
        (
            rules::capture(order, SUPPLIER, cost),
            vec![
                format!("capture:1 held:m > revenue {sell}"),
                format!("capture:1 cogs > prepaid:2 {cost}"),
            ],
        ),
        (
            rules::reverse(order, 2, SUPPLIER, cost),
            vec![
                format!("refund:2 revenue > available:m {sell}"),
                format!("refund:2 dispute:2 > cogs {cost}"),
            ],
        ),
        (
            rules::refund(order, 2, money(1)),
            vec![format!("refund:2 revenue > available:m {}", money(1))],
        ),
        (
            rules::reclaim(order, 3, LateBill::of(SUPPLIER, cost)),
            vec![
                format!("reclaim:3 available:m > revenue up to {sell}, rest receivable:m"),
                format!("reclaim:3 cogs > prepaid:2 {cost}"),
            ],
        ),
        (
            rules::absorb(order, 3, in_dispute(COST)),
            vec![format!("absorb:3 loss_delivery > dispute:2 {cost} covered")],
        ),
        (
            rules::absorb(order, 3, in_dispute(COST - 1)),
            vec![
                format!(
                    "absorb:3 loss_delivery > dispute:2 {} covered",
                    money(COST - 1)
                ),
                format!("absorb:3 loss_delivery > prepaid:2 {}", money(1)),
            ],
        ),
        (
            rules::absorb(order, 3, in_dispute(-1)),
            vec![format!("absorb:3 loss_delivery > prepaid:2 {cost}")],
        ),
        (
            rules::unabsorb(order, 4, SUPPLIER, cost),
            vec![format!("unabsorb:4 dispute:2 > loss_delivery {cost}")],
        ),
        (
            rules::surplus(order, 2, SUPPLIER, cost),
            vec![format!("surplus:2 loss_delivery > prepaid:2 {cost}")],
        ),
    ];
    for (journal, law) in events {
        assert_eq!(told(&journal), law);
    }
}

/// What was free has no bill, and no row: a transfer is above zero (INV-5).
#[test]
fn inv_05_a_bill_of_nothing_has_no_row() {
    let desk = Desk::held(Setup::of(Status::Dedicated));
    let order = desk.rows.order.as_ref().unwrap();
    assert_eq!(rules::capture(order, SUPPLIER, Money::ZERO).len(), 1);
    assert_eq!(rules::surplus(order, 2, SUPPLIER, Money::ZERO), []);
}

#[rstest]
#[case(rules::deposit(SUBJECT, MEMBER, BANK, money(SELL)), &[
    "deposit:1 bank:3 > available:m 10500",
    "repay:1 available:m > receivable:m owed, at most 10500",
])]
#[case(rules::correct_deposit(SUBJECT, MEMBER, BANK, money(SELL)), &[
    "deposit_correction:1 available:m > bank:3 up to 10500, rest receivable:m",
])]
#[case(rules::float(SUBJECT, SUPPLIER, BANK, money(COST)), &["float:1 prepaid:2 > bank:3 10000"])]
#[case(rules::correct_float(SUBJECT, SUPPLIER, BANK, money(COST)), &["float_correction:1 bank:3 > prepaid:2 10000"])]
#[case(rules::dispute_credited(SUBJECT, SUPPLIER, money(COST)), &["dispute_credited:1 prepaid:2 > dispute:2 10000 covered"])]
#[case(rules::dispute_credited_beyond(SUBJECT, SUPPLIER, money(COST)), &["dispute_credited:1 prepaid:2 > dispute:2 10000"])]
#[case(rules::open_wallet(SUBJECT, MEMBER, money(SELL)), &["opening:1 opening > available:m 10500"])]
#[case(rules::open_float(SUBJECT, SUPPLIER, money(COST)), &["opening:1 prepaid:2 > opening 10000"])]
fn inv_01_each_act_of_an_operator_moves_what_the_law_says(
    #[case] journal: Vec<Transfer>,
    #[case] law: &[&str],
) {
    assert_eq!(told(&journal), law);
}
