//! What people are shown. Whatever is open, and whatever went wrong and was told to the house, must stand before somebody, with a reason and since
//! when (INV-33). Operators rule about nothing else: what the engine does not show them, nobody would look for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Auditor, Word};

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

    /// Whether whoever took note of this knows that goods and money did not go together.
    const fn tells_of_goods(self) -> bool {
        matches!(
            self,
            Self::LateSuccess | Self::Reversed | Self::Surplus | Self::Hinted
        )
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
        self.shown
            .entry(listed.id)
            .or_default()
            .insert(listed.reason);
        if listed.since > now || listed.until <= listed.since {
            let parcel = self.by_id.get(&listed.id).copied();
            let parcel = parcel.map(|number| self.orders[number as usize].parcel);
            self.object(
                parcel,
                format!("{listed:?} stands before a person since or until a time that cannot be (INV-33)"),
            );
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
        for parcel in 0..self.parcels.len() {
            let parcel = u32::try_from(parcel).unwrap_or(u32::MAX);
            let Some(what) = self.contradiction(parcel) else {
                continue;
            };
            let is_seen = self.parcels[parcel as usize].orders.iter().any(|order| {
                let id = self.orders[*order as usize].told.map(|told| told.id);
                id.is_some_and(|id| {
                    listed.contains_key(&id)
                        || self
                            .shown
                            .get(&id)
                            .is_some_and(|why| why.iter().any(|why| why.tells_of_goods()))
                })
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
        let parcel = &self.parcels[parcel as usize];
        let words = parcel
            .orders
            .iter()
            .filter_map(|order| self.orders[*order as usize].told)
            .map(|told| told.word);
        let successes = words.filter(|word| *word == Word::Success).count();
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
        if known > successes {
            return Some(format!(
                "suppliers delivered {known} and said so, members pay for {successes}"
            ));
        }
        (successes > stand && gone > 0).then(|| {
            format!("suppliers took {gone} back and said so, members pay for {successes} of {stand} that stand")
        })
    }
}
