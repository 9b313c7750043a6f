//! What people are shown. Whatever is open, and whatever went wrong and was told to the house, must stand before somebody, with a reason and since
//! when (INV-33). Operators rule about nothing else: what the engine does not show them, nobody would look for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Auditor, Ordered, Word};

/// Why something stands before a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It takes too long.
    Escalated,
    /// It was said to be delivered, and not to be.
    Disputed,
    /// It was delivered after the money went back.
    LateSuccess,
    /// It was taken back after it had been delivered.
    Reversed,
    /// It was delivered a second time.
    Surplus,
    /// It cost more than it may, or nobody could read what.
    OverCap,
    /// The books would have broken.
    Broken,
    /// A callback cannot be read.
    Unreadable,
    /// Something was delivered that nobody here remembers having bought.
    Orphan,
    /// Somebody said the contrary, and it is no proof.
    Hinted,
}

impl Reason {
    /// Whether a person rules about the order, rather than taking note of something.
    const fn asks_for_a_ruling(self) -> bool {
        matches!(self, Self::Escalated | Self::Disputed)
    }

    /// Whether the house bears what was delivered without pay once a person has taken note of this: nobody pays for a second delivery (INV-14), nor, where a
    /// person knows of one, for what is left of the two when the other was taken back, unless that person has the member pay again.
    const fn is_borne(self, surplus_seen: bool) -> bool {
        matches!(self, Self::Surplus) || (matches!(self, Self::Reversed) && surplus_seen)
    }
}

/// Something that people are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The engine's id of the order.
    pub id: u128,
    /// Why.
    pub reason: Reason,
    /// Since when, in milliseconds.
    pub since: u64,
    /// By when somebody should have ruled.
    pub until: u64,
}

/// By how much goods and money of a parcel do not go together, as far as suppliers certainly said so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gap {
    /// Deliveries that nobody pays for.
    unpaid: usize,
    /// The same, of all that stand, whether or not that was said for certain.
    beyond: usize,
    /// Payments for what was taken back.
    undelivered: usize,
}

/// A callback that names no purchase of ours, as people are shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Orphaned {
    /// Whose.
    pub supplier: u16,
    /// For which destination.
    pub parcel: u32,
    /// When it came, in milliseconds.
    pub since: u64,
}

impl Auditor {
    /// A person saw this in the queue.
    pub fn shown(&mut self, listed: Listed, now: u64) {
        if listed.since > now || listed.until <= listed.since {
            let parcel = self.by_id.get(&listed.id).copied();
            let parcel = parcel.map(|number| self.orders[number as usize].parcel);
            self.object(
                parcel,
                format!("{listed:?} stands before a person since or until a time that cannot be (INV-33)"),
            );
        }
    }

    /// A person has taken note of this and closes it. What the house bears since is settled; whatever comes after it must be shown again.
    pub fn closed(&mut self, id: u128, reason: Reason) {
        let Some(number) = self.by_id.get(&id) else {
            return;
        };
        let parcel = self.orders[*number as usize].parcel;
        let known = self.parcel(parcel);
        known.surplus_seen |= reason == Reason::Surplus;
        if reason.is_borne(known.surplus_seen) {
            // They see statements, and what stands in them, whether or not the house was certainly told.
            let gap = self.gap(parcel);
            self.parcel(parcel).borne = gap.unpaid.max(gap.beyond);
        }
    }

    /// Nothing went wrong for hours, members heard how their orders stand, nobody has ruled since: what is open or contradicted is in the queue.
    pub fn judge_queue(&mut self, queue: &[Listed], orphans: &[Orphaned], now: u64) {
        let mut listed: BTreeMap<u128, BTreeSet<Reason>> = BTreeMap::new();
        for one in queue {
            self.shown(*one, now);
            listed.entry(one.id).or_default().insert(one.reason);
        }
        for number in 0..self.orders.len() {
            let order = &self.orders[number];
            let (parcel, Some(told)) = (order.parcel, order.told) else {
                continue;
            };
            let waits = listed.get(&told.id);
            let waits = waits.is_some_and(|why| why.iter().any(|why| why.asks_for_a_ruling()));
            let is_open = matches!(told.word, Word::Pending | Word::Processing);
            if is_open && !waits {
                self.object(
                    Some(parcel),
                    format!(
                        "r{number} is still {:?} and in nobody's queue (INV-33)",
                        told.word
                    ),
                );
            }
            if told.review != waits {
                self.object(
                    Some(parcel),
                    format!(
                        "r{number} is told under_review: {}, and in a queue: {waits} (INV-33)",
                        told.review
                    ),
                );
            }
        }
        for orphan in orphans.iter().filter(|orphan| orphan.since <= now) {
            let deals = &mut self.parcel(orphan.parcel).deals;
            for deal in deals
                .iter_mut()
                .filter(|deal| deal.supplier == orphan.supplier)
            {
                deal.cost_unsaid = true;
            }
        }
        for parcel in 0..self.parcels.len() {
            let parcel = u32::try_from(parcel).unwrap_or(u32::MAX);
            let Some(what) = self.contradiction(parcel) else {
                continue;
            };
            let is_seen = self.parcels[parcel as usize].orders.iter().any(|order| {
                let id = self.orders[*order as usize].told.map(|told| told.id);
                id.is_some_and(|id| listed.contains_key(&id))
            });
            let speaks = |orphan: &Orphaned| {
                let deals = &self.parcels[parcel as usize].deals;
                let is_there = deals.iter().any(|deal| deal.supplier == orphan.supplier);
                orphan.parcel == parcel && is_there && orphan.since <= now
            };
            if !is_seen && !orphans.iter().any(speaks) {
                self.object(
                    Some(parcel),
                    format!("{what}, and nobody is shown it (INV-33)"),
                );
            }
        }
    }

    /// What suppliers certainly told the house of a parcel, and what members were told of it do not go together.
    fn contradiction(&self, parcel: u32) -> Option<String> {
        let gap = self.gap(parcel);
        let borne = self.parcels[parcel as usize].borne;
        if gap.unpaid > borne {
            return Some(format!(
                "suppliers delivered {} more than members pay for and said so, and the house bears {borne}",
                gap.unpaid
            ));
        }
        (gap.undelivered > 0).then(|| {
            format!(
                "suppliers took back {} that members pay for and said so",
                gap.undelivered
            )
        })
    }

    fn gap(&self, parcel: u32) -> Gap {
        let parcel = &self.parcels[parcel as usize];
        let orders = || parcel.orders.iter().map(|it| &self.orders[*it as usize]);
        let is_success = |order: &&Ordered| order.told.is_some_and(|it| it.word == Word::Success);
        let successes = orders().filter(is_success).count();
        // Delivered all the same, and the house knows that nobody pays.
        let stands = |number: u32| {
            let deals = || parcel.deals.iter().filter(move |deal| deal.order == number);
            deals().any(|deal| deal.executions > deal.reversals)
        };
        let is_given_away = |number: &&u32| self.orders[**number as usize].is_given_away();
        let given_away = parcel.orders.iter().filter(is_given_away);
        let given_away = given_away.filter(|number| stands(**number)).count();
        let executed = parcel.deals.iter().filter(|deal| deal.executions > 0);
        let (mut stand, mut known, mut gone) = (0, 0, 0);
        for deal in executed {
            match (deal.executions > deal.reversals, deal.certain) {
                (true, certain) => {
                    stand += 1;
                    known += usize::from(certain == Some(true));
                }
                (false, Some(false)) => gone += 1,
                (false, _) => stand += 1,
            }
        }
        let undelivered = if gone > 0 {
            successes.saturating_sub(stand)
        } else {
            0
        };
        Gap {
            unpaid: known.saturating_sub(successes + given_away),
            beyond: stand.saturating_sub(successes + given_away),
            undelivered,
        }
    }
}
