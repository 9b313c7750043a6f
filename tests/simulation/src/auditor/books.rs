//! The end of a world: every rupiah explained (INV-1, 3, 4, 5, 7, 14 to 16, 19, 32, 33).

use std::collections::{BTreeMap, BTreeSet};

use super::{Auditor, Ordered, Word, rupiah};

/// Where money can be, in the auditor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pot {
    /// What a member can spend.
    Available(u16),
    /// What is set aside for its open orders.
    Held(u16),
    /// What it owes.
    Receivable(u16),
    /// Paid to a supplier in advance.
    Prepaid(u16),
    /// Owed back by a supplier.
    Dispute(u16),
    /// Everything else that the house has, earns or spends: bank, sales, cost of goods.
    House,
    /// Deliveries that nobody pays for.
    Loss,
}

/// A movement of money as the statements show it.
#[derive(Clone, Copy, Debug)]
pub struct Movement {
    /// Of which order or deposit, by the engine's id.
    pub subject: u128,
    /// The debit side.
    pub debit: Pot,
    /// The credit side.
    pub credit: Pot,
    /// In hundredths.
    pub amount: i64,
}

/// What a member reads of its wallet.
#[derive(Clone, Copy, Debug)]
pub struct Purse {
    /// Whose.
    pub member: u16,
    /// What it can spend.
    pub available: i64,
    /// What is set aside.
    pub held: i64,
    /// What it owes.
    pub receivable: i64,
}

/// What a supplier's own statement says is left, and what our books say.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Whose.
    pub supplier: u16,
    /// Left, by the supplier.
    pub theirs: i64,
    /// Paid in advance and owed back, by our books.
    pub ours: i64,
}

/// What the world shows at its end.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    /// Every movement.
    pub movements: Vec<Movement>,
    /// Every wallet.
    pub purses: Vec<Purse>,
    /// Every supplier.
    pub statements: Vec<Statement>,
}

/// What moved into each pot for one subject.
type Sums = BTreeMap<Pot, i64>;

impl Pot {
    const fn supplier(self) -> Option<u16> {
        match self {
            Self::Prepaid(supplier) | Self::Dispute(supplier) => Some(supplier),
            Self::Available(_) | Self::Held(_) | Self::Receivable(_) | Self::House | Self::Loss => {
                None
            }
        }
    }

    /// What a debit does to it: pots of ours grow, those of others shrink.
    const fn debit_sign(self) -> i64 {
        match self {
            Self::Available(_) | Self::Held(_) => -1,
            Self::Receivable(_)
            | Self::Prepaid(_)
            | Self::Dispute(_)
            | Self::House
            | Self::Loss => 1,
        }
    }
}

impl Auditor {
    /// Closes the books: what has been told must be all that happened, and every rupiah must be somewhere.
    pub fn close(&mut self, closing: &Closing) {
        let mut totals = Sums::new();
        let mut by_subject: BTreeMap<u128, Sums> = BTreeMap::new();
        let mut given_back: BTreeSet<u128> = BTreeSet::new();
        for movement in &closing.movements {
            if movement.amount <= 0 {
                self.object(None, format!("a movement of {} (INV-5)", movement.amount));
            }
            // A hold that went back, or a price that was paid again.
            let (debit, credit) = (movement.debit, movement.credit);
            let is_released = matches!((debit, credit), (Pot::Held(_), Pot::Available(_)));
            let is_members = matches!(debit, Pot::Available(_) | Pot::Receivable(_));
            if is_released || (is_members && credit == Pot::House) {
                given_back.insert(movement.subject);
            }
            for (pot, sign) in [(movement.debit, 1), (movement.credit, -1)] {
                let change = sign * pot.debit_sign() * movement.amount;
                let total = totals.entry(pot).or_default();
                *total += change;
                self.judge_pot(pot, *total);
                if let Pot::Available(member) = pot {
                    self.had(member, *total);
                }
                *by_subject
                    .entry(movement.subject)
                    .or_default()
                    .entry(pot)
                    .or_default() += change;
            }
        }
        let none = Sums::new();
        let mut charged: BTreeMap<u16, i64> = BTreeMap::new();
        for number in 0..self.orders.len() {
            let order = self.orders[number].clone();
            let sums = order
                .told
                .and_then(|told| by_subject.get(&told.id))
                .unwrap_or(&none);
            self.judge_post(number);
            let was_back = order.told.is_some_and(|told| given_back.contains(&told.id));
            *charged.entry(order.member).or_default() +=
                self.close_order(number, &order, sums, was_back);
        }
        for purse in &closing.purses {
            self.close_purse(
                purse,
                &totals,
                charged.get(&purse.member).copied().unwrap_or(0),
            );
        }
        self.close_suppliers(closing, &by_subject);
        self.judge_repeats(&closing.movements);
    }

    /// What is in a pot after each movement, in the order in which they were made (INV-4).
    fn judge_pot(&mut self, pot: Pot, total: i64) {
        let least = match pot {
            Pot::Available(member) => -self.limit(member),
            Pot::Held(_) | Pot::Receivable(_) => 0,
            Pot::Prepaid(_) | Pot::Dispute(_) | Pot::House | Pot::Loss => return,
        };
        if total < least {
            self.object(
                None,
                format!("{pot:?} was at {} for a moment (INV-4)", rupiah(total)),
            );
        }
    }

    /// Gives what the member paid for it.
    fn close_order(&mut self, number: usize, order: &Ordered, sums: &Sums, was_back: bool) -> i64 {
        let parcel = Some(order.parcel);
        let Some(told) = order.told else {
            self.object(parcel, format!("r{number} never got an answer (INV-33)"));
            return 0;
        };
        let of = |pot: Pot| sums.get(&pot).copied().unwrap_or(0);
        let held = of(Pot::Held(order.member));
        let paid = of(Pot::Receivable(order.member)) - of(Pot::Available(order.member));
        let word = told.word;
        let absorbed = word == Word::Success && paid == 0 && of(Pot::Loss) > 0;
        let price = order.price.unwrap_or(0);
        let expected = match word {
            Word::Pending | Word::Processing => (price, price),
            Word::Success if absorbed => (0, 0),
            Word::Success => (0, price - told.refunded),
            Word::Failed | Word::Refund => (0, 0),
        };
        if (held, paid) != expected {
            self.object(
                parcel,
                format!(
                    "r{number} is {word:?}: {} held and {} taken, where {} and {} are right (INV-7, INV-15)",
                    rupiah(held),
                    rupiah(paid),
                    rupiah(expected.0),
                    rupiah(expected.1)
                ),
            );
        }
        self.count(order, word);
        let was_back = was_back || absorbed;
        self.close_refunds(number, order, was_back);
        if word == Word::Success && was_back {
            self.judge_late(number, order, absorbed);
        }
        if absorbed && !self.was_denied(order.parcel) {
            self.object(parcel, format!("r{number} was delivered and nobody paid"));
        }
        self.judge_poverty(number, order);
        if order.refused && (word != Word::Failed || !sums.is_empty()) {
            self.object(parcel, format!("r{number} was refused and moved money"));
        }
        if matches!(word, Word::Pending | Word::Processing) && !told.review {
            self.object(
                parcel,
                format!("r{number} is still {word:?} and nobody looks at it (INV-33)"),
            );
        }
        expected.1 - expected.0
    }

    fn was_denied(&self, parcel: u32) -> bool {
        let deals = &self.parcels[parcel as usize].deals;
        deals.iter().any(|deal| deal.denied_at.is_some())
    }

    fn close_purse(&mut self, purse: &Purse, totals: &Sums, charged: i64) {
        let member = purse.member;
        let of = |pot: Pot| totals.get(&pot).copied().unwrap_or(0);
        let counted = [
            Pot::Available(member),
            Pot::Held(member),
            Pot::Receivable(member),
        ]
        .map(of);
        let kept = [purse.available, purse.held, purse.receivable];
        if counted != kept {
            self.object(
                None,
                format!("member {member} has {kept:?}, its movements say {counted:?} (INV-3)"),
            );
        }
        self.purse(purse, None);
        let deposited = self.deposits.get(&member).copied().unwrap_or(0);
        let left = purse.available + purse.held - purse.receivable;
        // What is held is still the member's, so only what was settled is gone.
        if left != deposited - charged {
            self.object(
                None,
                format!(
                    "member {member} deposited {} and paid {}, and has {}",
                    rupiah(deposited),
                    rupiah(charged),
                    rupiah(left)
                ),
            );
        }
    }

    /// What each supplier billed for an order is what our books say it cost, or the supplier's own fault explains the difference (INV-32).
    fn close_suppliers(&mut self, closing: &Closing, by_subject: &BTreeMap<u128, Sums>) {
        let mut explained: BTreeMap<u16, i64> = BTreeMap::new();
        let mut objections = Vec::new();
        for (number, parcel) in (0_u32..).zip(&self.parcels) {
            for &order in &parcel.orders {
                let deals = || parcel.deals.iter().filter(move |deal| deal.order == order);
                let told = self.orders[order as usize].told;
                let sums = told.and_then(|told| by_subject.get(&told.id));
                let pots = sums.into_iter().flat_map(|sums| sums.keys());
                let mut suppliers: BTreeSet<u16> = pots.filter_map(|pot| pot.supplier()).collect();
                suppliers.extend(deals().map(|deal| deal.supplier));
                for supplier in suppliers {
                    let deals = || deals().filter(move |deal| deal.supplier == supplier);
                    let billed: i64 = deals().map(|deal| deal.billed).sum();
                    let of = |pot: Pot| sums.and_then(|sums| sums.get(&pot)).copied().unwrap_or(0);
                    let booked = -of(Pot::Prepaid(supplier)) - of(Pot::Dispute(supplier));
                    if billed == booked {
                        continue;
                    }
                    *explained.entry(supplier).or_default() += booked - billed;
                    // No more than what those deals could have cost, whatever of it we heard and booked.
                    let price = self.orders[order as usize].price.unwrap_or(0);
                    let explained = deals().filter(|deal| deal.is_explained());
                    let bound: i64 = explained.map(|deal| deal.could_cost(price)).sum();
                    if (booked - billed).abs() > bound {
                        objections.push((
                            number,
                            format!(
                                "supplier {supplier} billed {} for one order and our books say {} (INV-32)",
                                rupiah(billed),
                                rupiah(booked)
                            ),
                        ));
                    }
                }
            }
            let by_us = parcel
                .deals
                .iter()
                .filter(|deal| deal.executions > deal.reversals && deal.denied_at.is_none());
            if by_us.count() > parcel.orders.len() {
                objections.push((number, "delivered twice by our own act (INV-14)".to_owned()));
            }
        }
        for (parcel, what) in objections {
            self.object(Some(parcel), what);
        }
        for statement in &closing.statements {
            let supplier = statement.supplier;
            let known = explained.get(&supplier).copied().unwrap_or(0);
            if statement.theirs != statement.ours + known {
                self.object(
                    None,
                    format!(
                        "supplier {supplier} has {} of ours by its statement and {} by our books, of which {} is explained",
                        rupiah(statement.theirs),
                        rupiah(statement.ours),
                        rupiah(known)
                    ),
                );
            }
        }
    }
}
