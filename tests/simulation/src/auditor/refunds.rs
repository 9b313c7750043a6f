//! What people give back of a delivery (E-20, E-21): the desk keeps its own list, members hear how much went back, and the movements must agree with both.

use super::{Auditor, Ordered, Telling, Word, rupiah};

/// An amount that goes back, in hundredths.
type Back = i64;

impl Ordered {
    /// Whether people gave back all of its price.
    pub(super) fn is_given_away(&self) -> bool {
        let given: Back = self.refunds.iter().sum();
        let is_all = |told: Telling| told.word == Word::Refund && given >= told.price;
        self.told.is_some_and(is_all)
    }
}

impl Auditor {
    /// An order that its member knows as delivered: the first from `start` on, in the order in which they were placed. Its number, its parcel, the engine's id and its
    /// price.
    pub fn delivered_from(&self, start: u64) -> Option<(u32, u32, u128, i64)> {
        let count = self.orders.len() as u64;
        let places = (0..count).map(|step| (start % count.max(1) + step) % count);
        places
            .filter_map(|place| u32::try_from(place).ok())
            .find_map(|number| {
                let order = &self.orders[number as usize];
                let told = order.told.filter(|told| told.word == Word::Success)?;
                Some((number, order.parcel, told.id, told.price))
            })
    }

    /// A person is about to give back so much of the price: it may be written although nobody hears of it.
    pub fn may_refund(&mut self, number: u32, amount: Back) {
        self.orders[number as usize].may_refund += amount;
    }

    /// It is known what came of it: given back, or refused.
    pub fn refunded(&mut self, number: u32, amount: Back, done: bool) {
        let order = &mut self.orders[number as usize];
        if !done {
            order.may_refund -= amount;
            return;
        }
        order.refunds.push(amount);
        let (parcel, price) = (order.parcel, order.price.unwrap_or(0));
        if amount <= 0 || amount > price {
            let amount = rupiah(amount);
            self.object(
                Some(parcel),
                format!("{amount} of r{number} were given back (E-21)"),
            );
        }
    }

    /// What a member hears went back fits how its order stands.
    pub(super) fn judge_refunded(&mut self, number: u32, telling: Telling) {
        let (back, price) = (telling.refunded, telling.price);
        let fits = match telling.word {
            Word::Pending | Word::Processing | Word::Failed => back == 0,
            Word::Success => (0..price).contains(&back),
            // Of what the house had paid nothing goes back.
            Word::Refund => back == price || back == 0,
        };
        if !fits {
            let parcel = self.orders[number as usize].parcel;
            let (word, back) = (telling.word, rupiah(back));
            self.object(
                Some(parcel),
                format!("r{number} is told {word:?} with {back} given back (E-20)"),
            );
        }
    }

    /// What the member was told last went back is what the desk gave: all of it; or, of an order that was paid for again, what was given since.
    pub(super) fn close_refunds(&mut self, number: usize, order: &Ordered, was_back: bool) {
        let Some(told) = order.told else { return };
        let given: Back = order.refunds.iter().sum();
        let is_right = match told.word {
            Word::Success if was_back => sums_of(&order.refunds).contains(&told.refunded),
            Word::Success => told.refunded == given,
            Word::Refund => given <= told.price || was_back,
            Word::Pending | Word::Processing | Word::Failed => given == 0,
        };
        if !is_right {
            let (word, told, given) = (told.word, rupiah(told.refunded), rupiah(given));
            self.object(
                Some(order.parcel),
                format!("r{number} is {word:?}: its member heard that {told} went back, and the desk gave {given} (E-20)"),
            );
        }
    }
}

/// What any of these come to together.
fn sums_of(amounts: &[Back]) -> Vec<Back> {
    amounts.iter().fold(vec![0], |mut sums, amount| {
        let more: Vec<Back> = sums.iter().map(|sum| sum + amount).collect();
        sums.extend(more);
        sums
    })
}
