//! The choice: which routes of a product can be sold by now, and in which order to try them.

use crate::catalog::{CutOff, Mapping, Product, ProductKind, QuotaLeft};
use crate::ids::MappingId;
use crate::money::Money;
use crate::schedule::HELD_RETRY;
use crate::time::Timestamp;

use super::breaker::Gate;
use super::explain::{Explanation, Note};
use super::health::Health;
use super::strategy::{Scene, SortKey, Strategy};

/// One route of the product and how it has done.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The route.
    pub mapping: &'a Mapping,
    /// How it has done lately.
    pub health: Health,
    /// Whether its breaker lets an order pass.
    pub breaker: Gate,
    /// What its quota leaves of today.
    pub quota: QuotaLeft,
}

/// What is known of a supplier at this moment. The default is one that was never heard of: not registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SupplierFacts {
    /// Whether an adapter is registered for it.
    pub registered: bool,
    /// Whether the catalog has it switched on.
    pub active: bool,
    /// Its own daily closed window.
    pub cut_off: Option<CutOff>,
    /// `prepaid − exposure`: what is left there once everything under way has been billed at its cap; `None` where the deposit is
    /// not watched.
    pub free_funds: Option<Money>,
    /// What its quota leaves of today.
    pub quota: QuotaLeft,
    /// Calls under way.
    pub in_flight: u32,
    /// Calls under way at once, at most.
    pub max_in_flight: u32,
    /// When the next call may start; `None` for at once.
    pub next_slot_at: Option<Timestamp>,
    /// Whether the breaker of the supplier as a whole lets an order pass.
    pub breaker: Gate,
    /// Whether its account trip is set.
    pub tripped: bool,
}

/// Everything that a choice rests on.
#[derive(Clone, Copy, Debug)]
pub struct RankInput<'a> {
    /// What is to be bought.
    pub product: &'a Product,
    /// Whether it is sold: neither it nor its category is closed.
    pub sold: bool,
    /// Its routes.
    pub candidates: &'a [Candidate<'a>],
    /// Facts by supplier id. Suppliers beyond the end are not registered.
    pub suppliers: &'a [SupplierFacts],
    /// What an attempt may cost at most (INV-17).
    pub cost_cap: Money,
    /// Routes that this order has taken already.
    pub tried: &'a [MappingId],
    /// Now.
    pub now: Timestamp,
    /// What the dice gave, for strategies that draw.
    pub roll: u64,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// What was found of every route, the sellable ones first, the best of them first of all.
    pub explanation: Explanation,
    /// What to do with it.
    pub outlook: Outlook,
}

impl Ranking {
    /// Sellable routes, the best first.
    pub fn order(&self) -> impl Iterator<Item = MappingId> + '_ {
        self.explanation
            .found
            .iter()
            .take_while(|(_, note)| note.is_sellable())
            .map(|(id, _)| *id)
    }

    /// The best route, if any is sellable.
    pub fn best(&self) -> Option<MappingId> {
        self.order().next()
    }
}

/// What a ranking means for the order (D17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// There is a route.
    Sellable,
    /// Only routes that are full, spaced or behind an open breaker: worth another look then.
    OnlyWaiting {
        /// When the first of them may be free.
        until: Timestamp,
    },
    /// Nothing that waiting would mend.
    Nothing,
}

/// Puts the sellable routes in order and says of every other one why it was skipped. Pure: the same input gives the same answer.
pub fn rank(input: &RankInput<'_>, strategy: &dyn Strategy) -> Ranking {
    let minute = input.now.wib_minute();
    let closed = product_closed(input, minute);
    let mut sellable = Vec::with_capacity(input.candidates.len());
    let mut notes = Vec::with_capacity(input.candidates.len());
    let mut until: Option<Timestamp> = None;

    for candidate in input.candidates {
        let id = candidate.mapping.id;
        let found = match closed {
            Some(note) => Err(Skip::because(note)),
            None => check(candidate, input, minute),
        };
        match found {
            Ok(()) => sellable.push(candidate),
            Err(skip) => {
                notes.push((id, skip.note));
                until = match (until, skip.until) {
                    (Some(first), Some(other)) => Some(first.min(other)),
                    (first, other) => first.or(other),
                };
            }
        }
    }

    let cheapest = sellable
        .iter()
        .map(|candidate| candidate.mapping.cost)
        .min();
    let scene = Scene {
        now: input.now,
        cheapest: cheapest.unwrap_or(Money::ZERO),
        roll: input.roll,
    };
    let key = |candidate: &&Candidate<'_>| {
        strategy
            .key(candidate, &scene)
            .with_id(candidate.mapping.id)
    };
    let mut keys: Vec<u128> = sellable.iter().map(key).collect();
    keys.sort_unstable();
    let outlook = match (keys.is_empty(), until) {
        (false, _) => Outlook::Sellable,
        (true, Some(until)) => Outlook::OnlyWaiting { until },
        (true, None) => Outlook::Nothing,
    };
    let skipped = notes.len();
    notes.extend(keys.iter().enumerate().map(|(place, key)| {
        let note = match place {
            0 => Note::Chosen,
            _ => Note::Ranked(u16::try_from(place).unwrap_or(u16::MAX)),
        };
        (SortKey::id_of(*key), note)
    }));
    notes.rotate_left(skipped);
    Ranking {
        explanation: Explanation {
            by: strategy.by(),
            roll: strategy.draws().then_some(input.roll),
            found: notes,
        },
        outlook,
    }
}

/// Why a route is skipped, and from when it may be worth another look.
struct Skip {
    note: Note,
    until: Option<Timestamp>,
}

impl Skip {
    const fn because(note: Note) -> Self {
        Self { note, until: None }
    }

    const fn until(note: Note, until: Timestamp) -> Self {
        Self {
            note,
            until: Some(until),
        }
    }
}

fn product_closed(input: &RankInput<'_>, minute: u16) -> Option<Note> {
    if !input.sold {
        return Some(Note::Inactive);
    }
    covers(input.product.cut_off, minute).then_some(Note::CutOff)
}

/// Whether a route is sellable. What waiting cannot mend is looked at first, so that a note never promises too much.
fn check(candidate: &Candidate<'_>, input: &RankInput<'_>, minute: u16) -> Result<(), Skip> {
    let mapping = candidate.mapping;
    let Some(supplier) = input
        .suppliers
        .get(mapping.supplier.index())
        .filter(|supplier| supplier.registered)
    else {
        return Err(Skip::because(Note::NotRegistered));
    };
    if let Some(note) = unsellable(candidate, supplier, input, minute) {
        return Err(Skip::because(note));
    }
    for gate in [candidate.breaker, supplier.breaker] {
        if let Gate::Open { until } = gate {
            return Err(Skip::until(Note::BreakerOpen, until));
        }
    }
    if supplier.in_flight >= supplier.max_in_flight {
        return Err(Skip::until(Note::Full, input.now.plus(HELD_RETRY)));
    }
    match supplier.next_slot_at {
        Some(slot) if input.now < slot => Err(Skip::until(Note::Spaced, slot)),
        _ => Ok(()),
    }
}

fn unsellable(
    candidate: &Candidate<'_>,
    supplier: &SupplierFacts,
    input: &RankInput<'_>,
    minute: u16,
) -> Option<Note> {
    let mapping = candidate.mapping;
    // What a bill costs is known by its question alone, and is never more than the cap.
    let cost = match input.product.kind {
        ProductKind::Prepaid => mapping.cost,
        ProductKind::Postpaid => input.cost_cap,
    };
    if !mapping.is_open() {
        Some(Note::Inactive)
    } else if !supplier.active {
        Some(Note::SupplierInactive)
    } else if input.tried.contains(&mapping.id) {
        Some(Note::AlreadyTried)
    } else if mapping.stock == Some(0) {
        Some(Note::OutOfStock)
    } else if covers(mapping.cut_off, minute) || covers(supplier.cut_off, minute) {
        Some(Note::CutOff)
    } else if mapping.cost > input.cost_cap {
        Some(Note::OverCap)
    } else if !candidate.quota.takes(cost) || !supplier.quota.takes(cost) {
        Some(Note::OverQuota)
    } else if supplier
        .free_funds
        .is_some_and(|free| free < input.cost_cap)
    {
        Some(Note::OutOfBalance)
    } else if supplier.tripped {
        Some(Note::Tripped)
    } else {
        None
    }
}

fn covers(window: Option<CutOff>, minute: u16) -> bool {
    window.is_some_and(|window| window.covers_minute(minute))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
