//! Which transfers belong to which event of an order (money-safety section 3). One function an event, nothing else moves money.

use super::account::Account;
use super::transfer::{Amount, Effect, EffectKey, Transfer};
use crate::ids::{BankId, MemberId, SubjectId, SupplierId};
use crate::money::Money;
use crate::order::{Order, Payer};
use crate::payment::{Booked, BookedTo, Payment};

/// The account that pays an order before it is held.
pub const fn paid_from(payer: Payer) -> Account {
    match payer {
        Payer::Wallet(member) => Account::Available(member),
    }
}

/// The account that holds the money of an open order.
pub const fn held_of(payer: Payer) -> Account {
    match payer {
        Payer::Wallet(member) => Account::Held(member),
    }
}

const fn exact(
    subject: SubjectId,
    effect: Effect,
    n: u16,
    debit: Account,
    credit: Account,
    amount: Money,
) -> Transfer {
    Transfer {
        key: EffectKey { subject, effect, n },
        debit,
        credit,
        amount: Amount::Exact(amount),
    }
}

/// Acceptance: the price is set aside.
pub fn hold(order: &Order) -> Vec<Transfer> {
    vec![exact(
        order.id.into(),
        Effect::Hold,
        1,
        paid_from(order.payer),
        held_of(order.payer),
        order.quote.sell,
    )]
}

/// Proven undelivered: the hold goes back.
pub fn release(order: &Order) -> Vec<Transfer> {
    vec![exact(
        order.id.into(),
        Effect::Release,
        1,
        held_of(order.payer),
        paid_from(order.payer),
        order.quote.sell,
    )]
}

/// Delivered at `cost`: the hold becomes revenue and the supplier's bill is booked.
pub fn capture(order: &Order, supplier: SupplierId, cost: Money) -> Vec<Transfer> {
    let mut journal = vec![exact(
        order.id.into(),
        Effect::Capture,
        1,
        held_of(order.payer),
        Account::Revenue,
        order.quote.sell,
    )];
    journal.extend(billed(
        order,
        Effect::Capture,
        1,
        Account::Cogs,
        Account::Prepaid(supplier),
        cost,
    ));
    journal
}

/// A person gives back `amount` of what the member paid; the delivery stands.
pub fn refund(order: &Order, n: u16, amount: Money) -> Vec<Transfer> {
    let (subject, effect) = (order.id.into(), Effect::Refund);
    let (debit, credit) = (Account::Revenue, paid_from(order.payer));
    vec![exact(subject, effect, n, debit, credit, amount)]
}

/// A success was taken back: what is left of the captured money returns, the supplier owes us the cost.
pub fn reverse(order: &Order, n: u16, supplier: SupplierId, cost: Money) -> Vec<Transfer> {
    let given_back = order.delivery.as_ref().map(|delivery| delivery.refunded);
    let left = order
        .quote
        .sell
        .checked_sub(given_back.unwrap_or(Money::ZERO))
        .filter(|left| left.is_positive());
    let mut journal = left.map_or_else(Vec::new, |left| refund(order, n, left));
    journal.extend(billed(
        order,
        Effect::Refund,
        n,
        Account::Dispute(supplier),
        Account::Cogs,
        cost,
    ));
    journal
}

/// What a supplier bills for a delivery after the money went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateBill {
    /// Whose bill.
    pub supplier: SupplierId,
    /// How much.
    pub cost: Money,
    /// How much of it the supplier still owes us for an earlier reversal: so far the bill ends that debt, and only beyond it takes from our deposit.
    pub in_dispute: Money,
}

impl LateBill {
    /// A bill with no debt behind it.
    pub const fn of(supplier: SupplierId, cost: Money) -> Self {
        Self {
            supplier,
            cost,
            in_dispute: Money::ZERO,
        }
    }

    fn rows(self, order: &Order, effect: Effect, n: u16, debit: Account) -> Vec<Transfer> {
        let owed = self.in_dispute.max(Money::ZERO).min(self.cost);
        let rest = self.cost.checked_sub(owed).unwrap_or(self.cost);
        let dispute = Account::Dispute(self.supplier);
        let prepaid = Account::Prepaid(self.supplier);
        let ended = billed(order, effect, n, debit, dispute, owed).map(|transfer| Transfer {
            amount: Amount::Covered(owed),
            ..transfer
        });
        let taken = billed(order, effect, n, debit, prepaid, rest);
        ended.into_iter().chain(taken).collect()
    }
}

/// Delivered after the money went back: the member pays what the wallet has, the rest is owed.
pub fn reclaim(order: &Order, n: u16, bill: LateBill) -> Vec<Transfer> {
    let mut journal = vec![paid_again(order, n)];
    journal.extend(bill.rows(order, Effect::Reclaim, n, Account::Cogs));
    journal
}

/// The same by a second delivery, whose cost the house had borne.
pub fn reclaim_second(order: &Order, n: u16, cost: Money) -> Vec<Transfer> {
    let (cogs, loss) = (Account::Cogs, Account::LossDelivery);
    let mut journal = vec![paid_again(order, n)];
    journal.extend(billed(order, Effect::Reclaim, n, cogs, loss, cost));
    journal
}

fn paid_again(order: &Order, n: u16) -> Transfer {
    let Payer::Wallet(member) = order.payer;
    Transfer {
        key: EffectKey {
            subject: order.id.into(),
            effect: Effect::Reclaim,
            n,
        },
        debit: paid_from(order.payer),
        credit: Account::Revenue,
        amount: Amount::UpTo {
            amount: order.quote.sell,
            rest: Account::Receivable(member),
        },
    }
}

/// Delivered after the money went back, and the house pays.
pub fn absorb(order: &Order, n: u16, bill: LateBill) -> Vec<Transfer> {
    bill.rows(order, Effect::Absorb, n, Account::LossDelivery)
}

/// An absorbed delivery turned out undelivered: the supplier owes us its cost.
pub fn unabsorb(order: &Order, n: u16, supplier: SupplierId, cost: Money) -> Vec<Transfer> {
    billed(
        order,
        Effect::Unabsorb,
        n,
        Account::Dispute(supplier),
        Account::LossDelivery,
        cost,
    )
    .into_iter()
    .collect()
}

/// A second delivery for one order; `n` is the number of the surplus attempt.
pub fn surplus(order: &Order, n: u16, supplier: SupplierId, cost: Money) -> Vec<Transfer> {
    billed(
        order,
        Effect::Surplus,
        n,
        Account::LossDelivery,
        Account::Prepaid(supplier),
        cost,
    )
    .into_iter()
    .collect()
}

/// A supplier's bill. Free goods have no row: a transfer is above zero (INV-5).
fn billed(
    order: &Order,
    effect: Effect,
    n: u16,
    debit: Account,
    credit: Account,
    cost: Money,
) -> Option<Transfer> {
    cost.is_positive()
        .then(|| exact(order.id.into(), effect, n, debit, credit, cost))
}

/// Money of a member came in by hand; what the member owes is netted from it (D36).
pub fn deposit(subject: SubjectId, member: MemberId, bank: BankId, amount: Money) -> Vec<Transfer> {
    vec![
        exact(
            subject,
            Effect::Deposit,
            1,
            Account::Bank(bank),
            Account::Available(member),
            amount,
        ),
        Transfer {
            key: EffectKey {
                subject,
                effect: Effect::Repay,
                n: 1,
            },
            debit: Account::Available(member),
            credit: Account::Receivable(member),
            amount: Amount::Owed { most: amount },
        },
    ]
}

/// A deposit by hand taken back in full; what is already spent is owed (INV-24).
pub fn correct_deposit(
    subject: SubjectId,
    member: MemberId,
    bank: BankId,
    amount: Money,
) -> Vec<Transfer> {
    vec![Transfer {
        key: EffectKey {
            subject,
            effect: Effect::DepositCorrection,
            n: 1,
        },
        debit: Account::Available(member),
        credit: Account::Bank(bank),
        amount: Amount::UpTo {
            amount,
            rest: Account::Receivable(member),
        },
    }]
}

/// Deposit at a supplier bought.
pub fn float(
    subject: SubjectId,
    supplier: SupplierId,
    bank: BankId,
    amount: Money,
) -> Vec<Transfer> {
    vec![exact(
        subject,
        Effect::Float,
        1,
        Account::Prepaid(supplier),
        Account::Bank(bank),
        amount,
    )]
}

/// A purchase of supplier deposit taken back.
pub fn correct_float(
    subject: SubjectId,
    supplier: SupplierId,
    bank: BankId,
    amount: Money,
) -> Vec<Transfer> {
    vec![exact(
        subject,
        Effect::FloatCorrection,
        1,
        Account::Bank(bank),
        Account::Prepaid(supplier),
        amount,
    )]
}

/// A supplier credited a reversed delivery, no more than it owes us.
pub fn dispute_credited(subject: SubjectId, supplier: SupplierId, amount: Money) -> Vec<Transfer> {
    let mut journal = dispute_credited_beyond(subject, supplier, amount);
    for transfer in &mut journal {
        transfer.amount = Amount::Covered(amount);
    }
    journal
}

/// The same, whatever it owes by the books.
pub fn dispute_credited_beyond(
    subject: SubjectId,
    supplier: SupplierId,
    amount: Money,
) -> Vec<Transfer> {
    vec![exact(
        subject,
        Effect::DisputeCredited,
        1,
        Account::Prepaid(supplier),
        Account::Dispute(supplier),
        amount,
    )]
}

/// A purchase that a restore had lost was delivered: the supplier has its cost, and nobody here pays for it but the house (INV-31). The same key as
/// that of a person who books it by hand: it happens once, whoever comes first.
pub fn lost(subject: SubjectId, supplier: SupplierId, cost: Money) -> Vec<Transfer> {
    vec![exact(
        subject,
        Effect::FloatCorrection,
        1,
        Account::LossDelivery,
        Account::Prepaid(supplier),
        cost,
    )]
}

/// A deposit came in through a gateway: to the member, what the member owes netted from it (D36), or to suspense; and what the gateway kept.
pub fn gateway_deposit(payment: &Payment, booked: Booked) -> Vec<Transfer> {
    let (subject, clearing) = (payment.id.into(), payment.account());
    let effect = Effect::GatewayDeposit;
    let mut journals = match booked.to {
        BookedTo::Member => {
            let (available, owed) = (
                Account::Available(payment.member),
                Account::Receivable(payment.member),
            );
            vec![
                exact(subject, effect, 1, clearing, available, booked.amount),
                Transfer {
                    key: EffectKey {
                        subject,
                        effect: Effect::Repay,
                        n: 1,
                    },
                    debit: available,
                    credit: owed,
                    amount: Amount::Owed {
                        most: booked.amount,
                    },
                },
            ]
        }
        BookedTo::Suspense => {
            let suspense = Account::SuspenseDeposit;
            vec![exact(subject, effect, 1, clearing, suspense, booked.amount)]
        }
    };
    if booked.fee.is_positive() {
        let effect = Effect::GatewayFee;
        journals.push(exact(
            subject,
            effect,
            1,
            Account::Fees,
            clearing,
            booked.fee,
        ));
    }
    journals
}

/// A part or all of it was taken back, the `n`-th time: in full; what the member has spent is owed (INV-24).
pub fn gateway_reversal(payment: &Payment, to: BookedTo, n: u16, amount: Money) -> Vec<Transfer> {
    let subject = payment.id.into();
    let (effect, clearing) = (Effect::GatewayReversal, payment.account());
    vec![match to {
        BookedTo::Member => Transfer {
            key: EffectKey { subject, effect, n },
            debit: Account::Available(payment.member),
            credit: clearing,
            amount: Amount::UpTo {
                amount,
                rest: Account::Receivable(payment.member),
            },
        },
        BookedTo::Suspense => {
            let suspense = Account::SuspenseDeposit;
            exact(subject, effect, n, suspense, clearing, amount)
        }
    }]
}

/// Money came to a bank account, and nobody knows yet whose it is.
pub fn bank_line(subject: SubjectId, bank: BankId, amount: Money) -> Vec<Transfer> {
    let suspense = Account::SuspenseDeposit;
    vec![exact(
        subject,
        Effect::BankLine,
        1,
        Account::Bank(bank),
        suspense,
        amount,
    )]
}

/// It is this member's; what the member owes is netted from it (D36).
pub fn claim(subject: SubjectId, member: MemberId, amount: Money) -> Vec<Transfer> {
    let available = Account::Available(member);
    vec![
        exact(
            subject,
            Effect::Claim,
            1,
            Account::SuspenseDeposit,
            available,
            amount,
        ),
        Transfer {
            key: EffectKey {
                subject,
                effect: Effect::Repay,
                n: 1,
            },
            debit: available,
            credit: Account::Receivable(member),
            amount: Amount::Owed { most: amount },
        },
    ]
}

/// A member gives of its balance to another; what that one owes is netted from it (D36). Two lines, because a line touches what one member can spend.
pub fn transfer(subject: SubjectId, from: MemberId, to: MemberId, amount: Money) -> Vec<Transfer> {
    let (effect, between) = (Effect::Transfer, Account::Transfers);
    let given = Account::Available(to);
    vec![
        exact(
            subject,
            effect,
            1,
            Account::Available(from),
            between,
            amount,
        ),
        exact(subject, effect, 1, between, given, amount),
        Transfer {
            key: EffectKey {
                subject,
                effect: Effect::Repay,
                n: 1,
            },
            debit: given,
            credit: Account::Receivable(to),
            amount: Amount::Owed { most: amount },
        },
    ]
}

/// A member's opening balance.
pub fn open_wallet(subject: SubjectId, member: MemberId, amount: Money) -> Vec<Transfer> {
    vec![exact(
        subject,
        Effect::Opening,
        1,
        Account::Opening,
        Account::Available(member),
        amount,
    )]
}

/// A supplier's opening deposit.
pub fn open_float(subject: SubjectId, supplier: SupplierId, amount: Money) -> Vec<Transfer> {
    vec![exact(
        subject,
        Effect::Opening,
        1,
        Account::Prepaid(supplier),
        Account::Opening,
        amount,
    )]
}
