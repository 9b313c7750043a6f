//! What was bought for each order, and what suppliers did about it.

use super::Auditor;
use super::proof::Proof;

/// A purchase at a supplier, under one reference.
#[derive(Clone, Debug)]
pub struct Deal {
    /// Where.
    pub supplier: u16,
    /// Under which of our references, as a number.
    pub reference: u128,
    /// For which order.
    pub order: u32,
    /// When bytes left last, in milliseconds.
    pub sent_at: u64,
    /// By which send of its reference that was, from 1.
    pub send: u32,
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
    /// All that it billed for it, whatever it credited.
    pub billed_at_all: i64,
    /// Its serial numbers.
    pub sns: Vec<u64>,
    /// Whether we could not know what it cost: the price was not said, cannot be read, or was said of something that nobody here knows, and people are
    /// shown that in the end.
    pub cost_unsaid: bool,
    /// Whether the supplier executed it more than once of its own accord.
    pub ran_twice: bool,
    /// Whether a person ruled about it.
    pub ruled: bool,
    /// What the supplier said last in a way that we may believe: delivered or not.
    pub last_word: Option<bool>,
    /// The same, of what the house certainly heard: what it acknowledged, or was answered when nothing went wrong any more.
    pub certain: Option<bool>,
    /// What has been sent and said, as far as it makes proof.
    pub(super) proof: Proof,
}

impl Deal {
    /// Whether our books cannot show what it cost, through no fault of ours: it was not said, could not be read, named nothing of ours, or was contradicted
    /// last.
    pub(super) const fn is_explained(&self) -> bool {
        let delivered = self.executions > self.reversals;
        let contradicted = match self.last_word {
            Some(word) => word != delivered,
            None => true,
        };
        let denied = self.proof.perhaps_denied && delivered;
        self.cost_unsaid || self.ran_twice || contradicted || denied
    }
}

impl Deal {
    /// The most by which our books may be wrong about it where they cannot know: all that was billed for it, or what it should have cost, which is at most the order's
    /// price.
    pub(super) fn could_cost(&self, price: i64) -> i64 {
        self.billed_at_all.max(price)
    }
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
    /// For which order.
    pub order: u32,
    /// When whoever decided it read the lists, at the earliest, in milliseconds of the host.
    pub read_at: u64,
    /// When it was decided, in milliseconds of the host.
    pub decided_at: u64,
    /// How much of its lease is left, in milliseconds.
    pub lease_left: u64,
}

/// Bytes of a purchase that leave for a supplier.
#[derive(Clone, Copy, Debug)]
pub struct Bought {
    /// For which destination.
    pub parcel: u32,
    /// Which product the supplier takes it for; `None` if it sells nothing under this code.
    pub product: Option<u32>,
    /// Where.
    pub supplier: u16,
    /// Under which reference.
    pub reference: u128,
    /// For the how-manieth time.
    pub send: u32,
    /// What it may cost at most, in hundredths, as the supplier is told.
    pub cap: i64,
    /// What the record had of it as the call began.
    pub intent: Option<Intent>,
    /// When.
    pub at: u64,
}

/// A purchase that a supplier executes.
#[derive(Clone, Copy, Debug)]
pub struct Executed {
    /// For which destination.
    pub parcel: u32,
    /// What it delivers.
    pub product: Option<u32>,
    /// Under which reference.
    pub reference: u128,
    /// What it bills, in hundredths.
    pub billed: i64,
    /// The serial number.
    pub sn: u64,
    /// Whether it was executed before, and this is of the supplier's own accord.
    pub again: bool,
}

impl Auditor {
    pub(super) fn deals_of(&self, number: u32) -> impl Iterator<Item = &Deal> {
        let parcel = self.orders[number as usize].parcel as usize;
        let deals = self.parcels.get(parcel).map_or(&[][..], |all| &all.deals);
        deals.iter().filter(move |deal| deal.order == number)
    }

    /// Purchases for the order that are not proven undelivered.
    pub(super) fn alive(&self, number: u32) -> usize {
        let deals = self.deals_of(number);
        deals.filter(|deal| deal.denied_at.is_none()).count()
    }

    /// Bytes of a purchase leave for a supplier.
    pub fn buys(&mut self, bought: &Bought) {
        let parcel = Some(bought.parcel);
        let terms = self.terms[usize::from(bought.supplier)];
        match bought.intent {
            None => self.object(
                parcel,
                "bytes left before their intent was committed (INV-9)".to_owned(),
            ),
            Some(intent) if intent.lease_left < terms.lease / 2 => self.object(
                parcel,
                format!(
                    "bytes left when {} ms of a lease of {} ms were left (INV-27)",
                    intent.lease_left, terms.lease
                ),
            ),
            Some(_) => {}
        }
        let known = bought.intent.map(|intent| intent.order);
        let known = known.filter(|order| (*order as usize) < self.orders.len());
        let first = self.orders_of(bought.parcel).first().copied();
        let Some(order) = known.or(first) else {
            return self.object(parcel, "goods were bought that nobody ordered".to_owned());
        };
        self.judge_goods(order, bought.parcel, bought.product, "bought");
        let lease = bought.intent.map_or(0, |intent| intent.lease_left);
        if let Some(deal) = self.deal(bought.parcel, bought.reference) {
            let last = std::mem::replace(&mut deal.sent_at, bought.at);
            let before = std::mem::replace(&mut deal.send, bought.send);
            deal.proof.begins(bought.send, bought.at, lease);
            self.judge_resend(bought, terms, last);
            if bought.send <= before {
                self.object(
                    parcel,
                    format!(
                        "send {} of a reference left after send {before} (INV-9)",
                        bought.send
                    ),
                );
            }
            return;
        }
        if bought.send > 1 && terms.resend_after.is_none() {
            self.object(
                parcel,
                "a second send to a supplier that might run it again".to_owned(),
            );
        }
        let times = |intent: Intent| (intent.read_at, intent.decided_at);
        let times = bought.intent.map_or((0, 0), times);
        // Sent again it only asks, whatever it would cost by now.
        if bought.send == 1 {
            self.judge_cost(order, bought.supplier, bought.cap, times);
        }
        let unsettled = self
            .deals_of(order)
            .any(|deal| !deal.ruled && bought.at < deal.settles_at);
        let mut proof = Proof::default();
        proof.begins(bought.send, bought.at, lease);
        self.parcel(bought.parcel).deals.push(Deal {
            supplier: bought.supplier,
            reference: bought.reference,
            order,
            sent_at: bought.at,
            send: bought.send,
            denied_at: None,
            settles_at: 0,
            executions: 0,
            reversals: 0,
            billed: 0,
            billed_at_all: 0,
            sns: Vec::new(),
            cost_unsaid: false,
            ran_twice: false,
            ruled: false,
            last_word: None,
            certain: None,
            proof,
        });
        if self.is_given_back(order) {
            self.object(
                parcel,
                format!("r{order} was bought after its member heard that it failed"),
            );
        } else if self.alive(order) > 1 {
            self.object(
                parcel,
                "another purchase was made while an earlier one was not proven undelivered (INV-10)".to_owned(),
            );
        }
        if unsettled {
            self.object(
                parcel,
                "another purchase was made within the settle delay".to_owned(),
            );
        }
    }

    fn judge_resend(&mut self, bought: &Bought, terms: Terms, last: u64) {
        let parcel = Some(bought.parcel);
        match terms.resend_after {
            None => self.object(
                parcel,
                "a reference was sent again to a supplier that might run it again".to_owned(),
            ),
            Some(least) if bought.at < last + least => self.object(
                parcel,
                format!("a reference was sent again after {} ms", bought.at - last),
            ),
            Some(_) => {}
        }
    }

    /// What is bought and delivered for an order is what was ordered, for whom it was ordered.
    fn judge_goods(&mut self, order: u32, parcel: u32, product: Option<u32>, what: &str) {
        let ordered = &self.orders[order as usize];
        let (wanted, at) = (ordered.product, ordered.parcel);
        if at != parcel {
            self.object(
                Some(at),
                format!("r{order} is for destination {at}, and {what} for {parcel}"),
            );
        }
        if product != Some(wanted) {
            self.object(
                Some(parcel),
                format!("r{order} is for product {wanted}, and {what} was {product:?}"),
            );
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

    /// The ruling is in the record: whatever the supplier had said before, this is what the house knows. The same words again are no news to it (E-6).
    pub fn ruling_stands(&mut self, parcel: u32, reference: u128, delivered: bool) {
        self.said(parcel, reference, delivered, true);
    }

    /// A supplier said that a purchase is delivered (or not) in a way that we may believe; `certain` if we cannot have missed it.
    pub fn said(&mut self, parcel: u32, reference: u128, delivered: bool, certain: bool) {
        if let Some(deal) = self.deal(parcel, reference) {
            deal.last_word = Some(delivered);
            deal.proof.perhaps_denied &= !certain;
            // What may have been heard leaves it open what is known.
            if certain || deal.certain != Some(delivered) {
                deal.certain = certain.then_some(delivered);
            }
        }
    }

    /// A supplier executes a purchase, again perhaps, and bills it.
    pub fn executed(&mut self, executed: &Executed) {
        let parcel = executed.parcel;
        let Some(deal) = self.deal(parcel, executed.reference) else {
            self.object(
                Some(parcel),
                "a supplier delivered what was never bought".to_owned(),
            );
            return;
        };
        deal.executions += 1;
        deal.billed += executed.billed;
        deal.billed_at_all += executed.billed;
        deal.sns.push(executed.sn);
        deal.ran_twice |= executed.again;
        let order = deal.order;
        self.judge_goods(order, parcel, executed.product, "delivered");
        let by_us = self
            .deals_of(order)
            .filter(|deal| deal.executions > 0 && deal.denied_at.is_none())
            .count();
        if by_us > 1 {
            self.object(
                Some(parcel),
                "one order was delivered twice by our own act (INV-14)".to_owned(),
            );
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
}
