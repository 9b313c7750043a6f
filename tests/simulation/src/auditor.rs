//! The auditor: keeps books of its own from what the outside saw, and trusts nobody.
//!
//! It shares no code with the engine and knows none of its types. It hears of orders as members place them, of what members are told, of what
//! suppliers were asked to do, did, billed and said, of deposits and of rulings; all as plain numbers. What can be judged at once it judges at
//! once; the rest when a world closes ([`books`]).
//!
//! A *parcel* is a product for a destination, which is what suppliers deliver. Almost every parcel has one order; some have several, because
//! members buy the same again.

pub mod books;
mod deals;
mod post;
mod proof;
mod purses;
mod queue;
mod refunds;
mod repeats;
mod standing;
mod tariff;
mod telling;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use deals::{Bought, Deal, Executed, Intent, Terms};
pub use proof::{Failure, Heard};
pub use queue::{Listed, Orphaned, Reason};
pub use standing::Standing;
pub use tariff::Tariff;
pub use telling::{Telling, Word};

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

/// An order as its member knows it.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// Which parcel.
    pub parcel: u32,
    /// Whose.
    pub member: u16,
    /// What.
    pub product: u32,
    /// Under which number, if it is one of several of the same on one day.
    pub counter: u8,
    /// Whose prices its member pays.
    pub tier: u16,
    /// When it was placed, in milliseconds of the host.
    pub placed_at: u64,
    /// What it costs for ever, in hundredths, once it is in the record.
    pub price: Option<i64>,
    /// When it was first seen in the record.
    pub accepted_at: u64,
    /// The last that was heard of it.
    pub told: Option<Telling>,
    /// Everything that was heard of it, by revision.
    pub tellings: Vec<Telling>,
    /// Its revisions, and since when the record had each.
    pub recorded: Vec<(u32, u64)>,
    /// The newest version that the record has.
    pub version: u32,
    /// The revision of a commit that failed: a dying disk may have kept it all the same.
    pub perhaps: Option<u32>,
    /// The newest revision that came to its member's endpoint.
    pub posted: Option<u32>,
    /// Whether the member itself took it back before anything was sent.
    pub cancelled: bool,
    /// Whether the house pays for a late delivery, if a person ruled about that.
    pub house_pays: Option<bool>,
    /// Who a person was about to rule that pays.
    pub house_may_pay: Vec<bool>,
    /// What people are known to have given back of it.
    pub refunds: Vec<i64>,
    /// What they may have given back of it: all that was asked for and is not known to have been refused.
    pub may_refund: i64,
    /// Whether it was refused at once and costs nothing.
    pub refused: bool,
    /// Whether its member had brought money when it was placed.
    pub had_purse: bool,
    /// Which order it repeats, by the engine's id, if it was refused for that.
    pub repeats: Option<u128>,
}

/// What a member asks for.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// Which parcel.
    pub parcel: u32,
    /// What.
    pub product: u32,
    /// Who.
    pub member: u16,
    /// Under which number, if it is one of several of the same on one day; 1 if nothing was said.
    pub counter: u8,
    /// Whose prices it pays.
    pub tier: u16,
    /// When, in milliseconds of the host.
    pub at: u64,
}

#[derive(Debug, Default)]
struct Parcel {
    orders: Vec<u32>,
    deals: Vec<Deal>,
    /// Deliveries that nobody pays for, of which a person took note.
    borne: usize,
    /// Whether a person took note of a second delivery.
    surplus_seen: bool,
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
    tariffs: BTreeMap<Tariff, tariff::Eras>,
    needs_sn: BTreeSet<u32>,
    listening: BTreeSet<u16>,
    absorbing: BTreeSet<u16>,
    protected: BTreeSet<u16>,
    standing: Standing,
    limits: BTreeMap<u16, i64>,
    /// Who is known to have brought money.
    brought: BTreeSet<u16>,
    /// The least that each of them ever had to spend since, by the record.
    poorest: BTreeMap<u16, i64>,
    /// Which orders were refused for want of money.
    too_poor: BTreeSet<u32>,
    deposits: BTreeMap<u16, i64>,
    floats: BTreeMap<u16, i64>,
    violations: Vec<Violation>,
}

impl Auditor {
    /// Empty books about suppliers on these terms.
    pub fn new(terms: Vec<Terms>) -> Self {
        Self {
            terms,
            parcels: Vec::new(),
            orders: Vec::new(),
            by_id: BTreeMap::new(),
            tariffs: BTreeMap::new(),
            needs_sn: BTreeSet::new(),
            listening: BTreeSet::new(),
            absorbing: BTreeSet::new(),
            protected: BTreeSet::new(),
            standing: Standing::default(),
            limits: BTreeMap::new(),
            brought: BTreeSet::new(),
            poorest: BTreeMap::new(),
            too_poor: BTreeSet::new(),
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

    /// This product is never delivered without a serial number.
    pub fn needs_sn(&mut self, product: u32) {
        self.needs_sn.insert(product);
    }

    /// A member places the next order; they are numbered from 0.
    pub fn ordered(&mut self, placed: &Placed) {
        let number = u32::try_from(self.orders.len()).unwrap_or(u32::MAX);
        self.parcel(placed.parcel).orders.push(number);
        self.orders.push(Ordered {
            parcel: placed.parcel,
            member: placed.member,
            product: placed.product,
            counter: placed.counter,
            tier: placed.tier,
            placed_at: placed.at,
            price: None,
            accepted_at: u64::MAX,
            told: None,
            tellings: Vec::new(),
            recorded: Vec::new(),
            version: 0,
            perhaps: None,
            posted: None,
            cancelled: false,
            house_pays: None,
            house_may_pay: Vec::new(),
            refunds: Vec::new(),
            may_refund: 0,
            refused: false,
            had_purse: self.brought.contains(&placed.member),
            repeats: None,
        });
    }

    /// The member took it back.
    pub fn cancelled(&mut self, number: u32) {
        let order = &mut self.orders[number as usize];
        order.cancelled = true;
        let parcel = order.parcel;
        if self.deals_of(number).next().is_some() {
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

    /// It was refused because nobody could or would sell it.
    pub fn refused_unsold(&mut self) {
        self.standing.unsold += 1;
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
