//! The auditor: keeps books of its own from what the outside saw, and trusts nobody.
//!
//! It shares no code with the engine and knows none of its types. It hears of orders as members place them, of what members are told, of what
//! suppliers were asked to do, did, billed and said, of deposits and of rulings; all as plain numbers. What can be judged at once it judges at
//! once; the rest when a world closes ([`books`]).
//!
//! A *parcel* is a product for a destination, which is what suppliers deliver. Almost every parcel has one order; some have several, because
//! members buy the same again.

pub mod books;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

/// An amount in hundredths, for people.
fn rupiah(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
    if rest == 0 {
        format!("{sign}Rp {whole}")
    } else {
        format!("{sign}Rp {whole},{rest:02}")
    }
}

/// How an order stands, in the words that members hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Accepted.
    Pending,
    /// Under way.
    Processing,
    /// Delivered and paid.
    Success,
    /// Not delivered, not paid.
    Failed,
    /// Delivered, then taken back; the money is back.
    Refund,
}

impl Word {
    /// Whether members may hear `next` after this, with any number of words between them left out.
    const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending | Self::Processing => true,
            Self::Success => matches!(next, Self::Success | Self::Refund),
            Self::Failed => matches!(next, Self::Failed | Self::Success | Self::Refund),
            Self::Refund => matches!(next, Self::Refund | Self::Success),
        }
    }
}

/// What a member is told of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The engine's id of it.
    pub id: u128,
    /// How it stands.
    pub word: Word,
    /// Rises with every change.
    pub revision: u32,
    /// Whether a person looks at it.
    pub review: bool,
    /// The serial number.
    pub sn: Option<u64>,
    /// What it costs the member, in hundredths.
    pub price: i64,
}

/// An order as its member knows it.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// Which parcel.
    pub parcel: u32,
    /// Whose.
    pub member: u16,
    /// The price on the list when it was placed, in hundredths.
    pub price: i64,
    /// The last that was heard of it.
    pub told: Option<Telling>,
    /// Whether the member itself took it back before anything was sent.
    pub cancelled: bool,
    /// Whether it was refused at once and costs nothing.
    pub refused: bool,
}

/// A purchase at a supplier, under one reference.
#[derive(Clone, Debug)]
pub struct Deal {
    /// Where.
    pub supplier: u16,
    /// Under which of our references, as a number.
    pub reference: u128,
    /// When bytes left last, in milliseconds.
    pub sent_at: u64,
    /// Since when we were told, in a way that proves it, that it was not delivered.
    pub denied_at: Option<u64>,
    /// Until when nothing else may be bought, because the failure may still turn.
    pub settles_at: u64,
    /// How often it was executed.
    pub executions: u32,
    /// How often an execution was taken back.
    pub reversals: u32,
    /// What the supplier billed for it, less what it credited, in hundredths.
    pub billed: i64,
    /// Its serial numbers.
    pub sns: Vec<u64>,
    /// Whether we could not know what it cost: the price was not said, or cannot be read.
    pub cost_unsaid: bool,
    /// Whether the supplier executed it more than once of its own accord.
    pub ran_twice: bool,
    /// Whether a person ruled about it.
    pub ruled: bool,
    /// What the supplier said last in a way that we may believe: delivered or not.
    pub last_word: Option<bool>,
}

impl Deal {
    /// Whether our books cannot show what it cost, through no fault of ours: it was not said, could not be read, or was contradicted last.
    const fn is_explained(&self) -> bool {
        let delivered = self.executions > self.reversals;
        let contradicted = match self.last_word {
            Some(word) => word != delivered,
            None => true,
        };
        self.cost_unsaid || self.ran_twice || contradicted
    }
}

#[derive(Debug, Default)]
struct Parcel {
    orders: Vec<u32>,
    deals: Vec<Deal>,
}

/// What a supplier promised about itself, as far as the auditor needs it.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Whether it may be sent the same reference again, and how long after the last time, in milliseconds.
    pub resend_after: Option<u64>,
    /// How long after a formed failure nothing else may be bought, in milliseconds.
    pub settle_delay: u64,
    /// For how long an intent to send is one's own, in milliseconds: twice its timeout and ten seconds.
    pub lease: u64,
}

/// What the record has of the intent behind a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// How much of its lease is left, in milliseconds.
    pub lease_left: u64,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// About which parcel, if it is about one.
    pub parcel: Option<u32>,
    /// What.
    pub what: String,
}

/// The books.
#[derive(Debug)]
pub struct Auditor {
    terms: Vec<Terms>,
    parcels: Vec<Parcel>,
    orders: Vec<Ordered>,
    by_id: BTreeMap<u128, u32>,
    deposits: BTreeMap<u16, i64>,
    floats: BTreeMap<u16, i64>,
    violations: Vec<Violation>,
}

impl Auditor {
    /// Empty books about suppliers on these terms.
    pub const fn new(terms: Vec<Terms>) -> Self {
        Self {
            terms,
            parcels: Vec::new(),
            orders: Vec::new(),
            by_id: BTreeMap::new(),
            deposits: BTreeMap::new(),
            floats: BTreeMap::new(),
            violations: Vec::new(),
        }
    }

    /// What it objects to so far.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The orders of a parcel.
    pub fn orders_of(&self, parcel: u32) -> &[u32] {
        self.parcels
            .get(parcel as usize)
            .map_or(&[], |parcel| &parcel.orders)
    }

    /// Something that must not be.
    pub fn object(&mut self, parcel: Option<u32>, what: String) {
        self.violations.push(Violation { parcel, what });
    }

    fn parcel(&mut self, number: u32) -> &mut Parcel {
        let place = number as usize;
        if self.parcels.len() <= place {
            self.parcels.resize_with(place + 1, Parcel::default);
        }
        &mut self.parcels[place]
    }

    fn deal(&mut self, parcel: u32, reference: u128) -> Option<&mut Deal> {
        let deals = &mut self.parcel(parcel).deals;
        deals.iter_mut().find(|deal| deal.reference == reference)
    }

    /// A member places order `number` (they count up from 0) for a parcel.
    pub fn ordered(&mut self, number: u32, parcel: u32, member: u16, price: i64) {
        debug_assert_eq!(
            number as usize,
            self.orders.len(),
            "orders are numbered in order"
        );
        self.parcel(parcel).orders.push(number);
        self.orders.push(Ordered {
            parcel,
            member,
            price,
            told: None,
            cancelled: false,
            refused: false,
        });
    }

    /// The member took it back.
    pub fn cancelled(&mut self, number: u32) {
        let order = &mut self.orders[number as usize];
        order.cancelled = true;
        let parcel = order.parcel;
        if self.parcel(parcel).orders.len() == 1 && !self.parcel(parcel).deals.is_empty() {
            self.object(
                Some(parcel),
                format!("r{number} was taken back after something was sent for it"),
            );
        }
    }

    /// It was refused at birth.
    pub fn refused(&mut self, number: u32) {
        self.orders[number as usize].refused = true;
    }

    /// A member is told how its order stands.
    pub fn told(&mut self, number: u32, telling: Telling) {
        let order = &mut self.orders[number as usize];
        let parcel = order.parcel;
        let before = order.told;
        if before.is_none_or(|before| before.revision <= telling.revision) {
            order.told = Some(telling);
        }
        if telling.price != order.price {
            let what = format!(
                "r{number} was placed at {} and is told to cost {}",
                rupiah(order.price),
                rupiah(telling.price)
            );
            self.object(Some(parcel), what);
        }
        if let Some(before) = before {
            let (older, newer) = if before.revision <= telling.revision {
                (before, telling)
            } else {
                (telling, before)
            };
            if before.id != telling.id {
                self.object(Some(parcel), format!("r{number} is two orders (INV-18)"));
            }
            if older.revision == newer.revision && older != newer {
                let what = format!(
                    "r{number} revision {} was told as {older:?} and as {newer:?} (INV-29)",
                    newer.revision
                );
                self.object(Some(parcel), what);
            }
            if !older.word.may_become(newer.word) {
                let what = format!(
                    "r{number} was told {:?} and later {:?}",
                    older.word, newer.word
                );
                self.object(Some(parcel), what);
            }
        } else if self
            .by_id
            .insert(telling.id, number)
            .is_some_and(|other| other != number)
        {
            self.object(
                Some(parcel),
                format!("r{number} has the id of another order"),
            );
        }
        match telling.word {
            Word::Success => self.judge_success(number, telling),
            Word::Failed => self.judge_failure(number),
            Word::Refund => self.judge_refund(number),
            Word::Pending | Word::Processing => {}
        }
    }

    /// A SUCCESS told has a delivery, with its serial number.
    fn judge_success(&mut self, number: u32, telling: Telling) {
        let parcel = self.orders[number as usize].parcel;
        let successes = self.told_of(parcel, Word::Success);
        let deals = &self.parcel(parcel).deals;
        let delivered: u32 = deals.iter().map(|deal| deal.executions).sum();
        let right_sn = telling
            .sn
            .is_none_or(|sn| deals.iter().any(|deal| deal.sns.contains(&sn)));
        if successes > delivered {
            self.object(
                Some(parcel),
                format!("r{number} is told SUCCESS, and nobody delivered it"),
            );
        }
        if !right_sn {
            let what = format!(
                "r{number} is told a serial number that no delivery of it has: {:?}",
                telling.sn
            );
            self.object(Some(parcel), what);
        }
    }

    /// A FAILED told means that nothing of it can still be delivered, as far as anybody could prove (INV-12).
    fn judge_failure(&mut self, number: u32) {
        let parcel = self.orders[number as usize].parcel;
        let waiting = self.not_failed(parcel);
        let alive = self.alive(parcel);
        if alive > waiting {
            self.object(
                Some(parcel),
                format!("r{number} is told FAILED while a purchase for it was not proven undelivered (INV-12)"),
            );
        }
    }

    /// A REFUND told means that a delivery was taken back, or that a person said so: one message is not enough (E-4).
    fn judge_refund(&mut self, number: u32) {
        let parcel = self.orders[number as usize].parcel;
        let deals = &self.parcel(parcel).deals;
        if !deals.iter().any(|deal| deal.reversals > 0 || deal.ruled) {
            self.object(
                Some(parcel),
                format!("r{number} is told REFUND, and nobody took a delivery back (E-4)"),
            );
        }
    }

    fn told_of(&mut self, parcel: u32, word: Word) -> u32 {
        let orders = std::mem::take(&mut self.parcel(parcel).orders);
        let told = orders
            .iter()
            .filter(|order| {
                self.orders[**order as usize]
                    .told
                    .is_some_and(|told| told.word == word)
            })
            .count();
        self.parcel(parcel).orders = orders;
        u32::try_from(told).unwrap_or(u32::MAX)
    }

    /// Orders of the parcel that may be delivered as far as their members know.
    fn not_failed(&mut self, parcel: u32) -> u32 {
        let all = u32::try_from(self.parcel(parcel).orders.len()).unwrap_or(u32::MAX);
        all - self.told_of(parcel, Word::Failed)
    }

    /// Purchases of the parcel that are not proven undelivered.
    fn alive(&mut self, parcel: u32) -> u32 {
        let deals = &self.parcel(parcel).deals;
        let alive = deals.iter().filter(|deal| deal.denied_at.is_none()).count();
        u32::try_from(alive).unwrap_or(u32::MAX)
    }

    /// Bytes of a purchase leave for a supplier. `intent` is what the record had of it as the call began.
    pub fn buys(
        &mut self,
        parcel: u32,
        supplier: u16,
        reference: u128,
        send: u32,
        intent: Option<Intent>,
        at: u64,
    ) {
        let terms = self.terms[usize::from(supplier)];
        match intent {
            None => self.object(
                Some(parcel),
                "bytes left before their intent was committed (INV-9)".to_owned(),
            ),
            Some(intent) if intent.lease_left < terms.lease / 2 => self.object(
                Some(parcel),
                format!(
                    "bytes left when {} ms of a lease of {} ms were left (INV-27)",
                    intent.lease_left, terms.lease
                ),
            ),
            Some(_) => {}
        }
        if let Some(deal) = self.deal(parcel, reference) {
            let last = std::mem::replace(&mut deal.sent_at, at);
            match terms.resend_after {
                None => self.object(
                    Some(parcel),
                    "a reference was sent again to a supplier that might run it again".to_owned(),
                ),
                Some(least) if at < last + least => {
                    self.object(
                        Some(parcel),
                        format!("a reference was sent again after {} ms", at - last),
                    );
                }
                Some(_) => {}
            }
            return;
        }
        if send > 1 && terms.resend_after.is_none() {
            self.object(
                Some(parcel),
                "a second send to a supplier that might run it again".to_owned(),
            );
        }
        let deals = &self.parcel(parcel).deals;
        let unsettled = deals.iter().any(|deal| !deal.ruled && at < deal.settles_at);
        self.parcel(parcel).deals.push(Deal {
            supplier,
            reference,
            sent_at: at,
            denied_at: None,
            settles_at: 0,
            executions: 0,
            reversals: 0,
            billed: 0,
            sns: Vec::new(),
            cost_unsaid: false,
            ran_twice: false,
            ruled: false,
            last_word: None,
        });
        let orders = self.not_failed(parcel);
        if self.alive(parcel) > orders {
            self.object(
                Some(parcel),
                "another purchase was made while an earlier one was not proven undelivered (INV-10)".to_owned(),
            );
        }
        if unsettled && self.parcel(parcel).orders.len() == 1 {
            self.object(
                Some(parcel),
                "another purchase was made within the settle delay".to_owned(),
            );
        }
    }

    /// A supplier said so that it counts as proof that a purchase is not delivered, after it had been `formed` there or not.
    pub fn denied(&mut self, parcel: u32, reference: u128, formed: bool, at: u64) {
        let delays: Vec<u64> = self.terms.iter().map(|terms| terms.settle_delay).collect();
        if let Some(deal) = self.deal(parcel, reference)
            && deal.denied_at.is_none()
        {
            deal.denied_at = Some(at);
            if formed {
                deal.settles_at = at + delays[usize::from(deal.supplier)];
            }
        }
    }

    /// A person ruled that a purchase is not (or is) delivered, having seen the supplier's statement.
    pub fn ruled(&mut self, parcel: u32, reference: u128, delivered: bool, at: u64) {
        if let Some(deal) = self.deal(parcel, reference) {
            deal.ruled = true;
            if !delivered {
                deal.denied_at.get_or_insert(at);
            }
        }
    }

    /// A supplier said that a purchase is delivered (or not) in a way that we may believe.
    pub fn said(&mut self, parcel: u32, reference: u128, delivered: bool) {
        if let Some(deal) = self.deal(parcel, reference) {
            deal.last_word = Some(delivered);
        }
    }

    /// A supplier executes a purchase, again perhaps, and bills it.
    pub fn executed(&mut self, parcel: u32, reference: u128, billed: i64, sn: u64, again: bool) {
        let Some(deal) = self.deal(parcel, reference) else {
            self.object(
                Some(parcel),
                "a supplier delivered what was never bought".to_owned(),
            );
            return;
        };
        deal.executions += 1;
        deal.billed += billed;
        deal.sns.push(sn);
        deal.ran_twice |= again;
        let deals = &self.parcel(parcel).deals;
        let by_us = deals
            .iter()
            .filter(|deal| deal.executions > 0 && deal.denied_at.is_none())
            .count();
        let orders = self.parcel(parcel).orders.len();
        if by_us > orders {
            self.object(
                Some(parcel),
                "one order was delivered twice by our own act (INV-14)".to_owned(),
            );
        }
    }

    /// A serial number under which a supplier may name a delivery, beside the one it was made with.
    pub fn also_known_as(&mut self, parcel: u32, reference: u128, sn: u64) {
        if let Some(deal) = self.deal(parcel, reference) {
            deal.sns.push(sn);
        }
    }

    /// The supplier does not say what it bills for this one.
    pub fn cost_unsaid(&mut self, parcel: u32, reference: u128) {
        if let Some(deal) = self.deal(parcel, reference) {
            deal.cost_unsaid = true;
        }
    }

    /// A supplier takes a delivery back and credits what it billed.
    pub fn reversed(&mut self, parcel: u32, reference: u128, credited: i64) {
        if let Some(deal) = self.deal(parcel, reference) {
            deal.reversals += 1;
            deal.billed -= credited;
        }
    }

    /// Money of a member came in.
    pub fn deposited(&mut self, member: u16, amount: i64) {
        *self.deposits.entry(member).or_default() += amount;
    }

    /// Money was paid to a supplier in advance.
    pub fn floated(&mut self, supplier: u16, amount: i64) {
        *self.floats.entry(supplier).or_default() += amount;
    }
}
