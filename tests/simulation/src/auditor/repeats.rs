//! The same goods twice on one day (INV-19): judged at the end, by the statements alone, in the order in which money was set aside and went back.
//!
//! A member who is protected gets the same product for the same destination once a day under one counter: a second order is refused for as long as the
//! money of the first has not come back. When it has, the place is free, and a late delivery of the first does not take it again.

use std::collections::BTreeMap;

use super::books::{Movement, Pot};
use super::{Auditor, Ordered};

/// When a world begins: ten in the morning in Jakarta, in milliseconds of the day.
const MORNING: u64 = 10 * 3_600_000;
const DAY: u64 = 24 * 3_600_000;

/// What a member gets once: on which day, who, what, for whom, under which counter.
type Place = (u64, u16, u32, u32, u8);

impl Ordered {
    /// What it is apart from its day.
    const fn goods(&self) -> (u16, u32, u32, u8) {
        (self.member, self.product, self.parcel, self.counter)
    }

    /// The place that it takes. `None` if it is uncertain on which day it was accepted.
    const fn place(&self) -> Option<Place> {
        let day = business_day(self.placed_at);
        if self.accepted_at == u64::MAX || business_day(self.accepted_at) != day {
            return None;
        }
        let (member, product, parcel, counter) = self.goods();
        Some((day, member, product, parcel, counter))
    }
}

const fn business_day(at: u64) -> u64 {
    (at + MORNING) / DAY
}

impl Auditor {
    /// This member is protected from ordering the same twice by mistake.
    pub fn protects(&mut self, member: u16) {
        self.protected.insert(member);
    }

    /// It was refused at birth as a repetition of this one, by the engine's id.
    pub fn refused_as_repetition(&mut self, number: u32, earlier: u128) {
        self.orders[number as usize].repeats = Some(earlier);
    }

    /// Nobody who is protected got the same twice, and nobody was refused what would have been the first.
    pub(super) fn judge_repeats(&mut self, movements: &[Movement]) {
        let mut taken: BTreeMap<Place, u32> = BTreeMap::new();
        let mut paid: BTreeMap<u32, i64> = BTreeMap::new();
        let mut twice = Vec::new();
        for movement in movements {
            let Some(number) = self.by_id.get(&movement.subject).copied() else {
                continue;
            };
            let order = &self.orders[number as usize];
            let Some(place) = order.place() else { continue };
            let net = paid.entry(number).or_default();
            *net += match (movement.debit, movement.credit) {
                (Pot::Available(_), _) => movement.amount,
                (_, Pot::Available(_)) => -movement.amount,
                _ => 0,
            };
            // A part that a person gave back frees nothing (E-20).
            let is_back = *net <= 0;
            match (movement.debit, movement.credit) {
                (Pot::Available(member), Pot::Held(_)) if self.protected.contains(&member) => {
                    if let Some(first) = taken.insert(place, number)
                        && first != number
                    {
                        twice.push((order.parcel, first, number));
                    }
                }
                (_, Pot::Available(_)) if is_back && taken.get(&place) == Some(&number) => {
                    taken.remove(&place);
                }
                _ => {}
            }
        }
        for (parcel, first, second) in twice {
            let what = format!(
                "r{second} was accepted on the same day as r{first}, for the same goods (INV-19)"
            );
            self.object(Some(parcel), what);
        }
        for number in 0..self.orders.len() {
            self.judge_repetition(number);
        }
    }

    /// What was refused as a repetition repeats something of a member that is protected.
    fn judge_repetition(&mut self, number: usize) {
        let order = &self.orders[number];
        let Some(earlier) = order.repeats else { return };
        let earlier = self.by_id.get(&earlier);
        let earlier = earlier.map(|number| &self.orders[*number as usize]);
        let is_one = earlier
            .is_some_and(|earlier| !earlier.refused && earlier.goods() == order.goods())
            && self.protected.contains(&order.member);
        if !is_one {
            let what = format!("r{number} was refused as a repetition of nothing (INV-19)");
            self.object(Some(order.parcel), what);
        }
    }
}
