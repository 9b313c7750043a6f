//! What members are told, judged as they hear it.

use super::{Auditor, rupiah};

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
    /// What was ordered.
    pub product: u32,
    /// Whether a person looks at it.
    pub review: bool,
    /// The serial number.
    pub sn: Option<u64>,
    /// What it costs the member, in hundredths.
    pub price: i64,
    /// How much of that went back since it was last paid, in hundredths.
    pub refunded: i64,
}

impl Auditor {
    /// A member is told how its order stands.
    pub fn told(&mut self, number: u32, telling: Telling) {
        let order = &mut self.orders[number as usize];
        let (parcel, before) = (Some(order.parcel), order.told);
        if before.is_none_or(|before| before.revision <= telling.revision) {
            order.told = Some(telling);
        }
        let place = order
            .tellings
            .partition_point(|known| known.revision < telling.revision);
        let same = order.tellings.get(place).copied();
        let same = same.filter(|known| known.revision == telling.revision);
        if same.is_none() {
            order.tellings.insert(place, telling);
        }
        let older = place
            .checked_sub(1)
            .map(|place| (order.tellings[place], telling));
        let newer = order.tellings.get(place + 1).map(|newer| (telling, *newer));
        let price = order.price;
        if price != Some(telling.price) {
            let price = price.map_or_else(|| "no price".to_owned(), rupiah);
            let what = format!(
                "r{number} was accepted at {price} and is told to cost {} (INV-16)",
                rupiah(telling.price)
            );
            self.object(parcel, what);
        }
        if let Some(same) = same
            && same != telling
        {
            let what = format!(
                "r{number} revision {} was told as {same:?} and as {telling:?} (INV-29)",
                telling.revision
            );
            self.object(parcel, what);
        }
        for (older, newer) in [older, newer].into_iter().flatten() {
            if !older.word.may_become(newer.word) {
                let what = format!(
                    "r{number} was told {:?} and later {:?}",
                    older.word, newer.word
                );
                self.object(parcel, what);
            }
        }
        if before.is_some_and(|before| before.id != telling.id) {
            self.object(parcel, format!("r{number} is two orders (INV-18)"));
        }
        if self
            .by_id
            .insert(telling.id, number)
            .is_some_and(|other| other != number)
        {
            self.object(parcel, format!("r{number} has the id of another order"));
        }
        let wanted = self.orders[number as usize].product;
        if telling.product != wanted {
            self.object(
                parcel,
                format!(
                    "r{number} is for product {wanted} and is told as {}",
                    telling.product
                ),
            );
        }
        self.judge_refunded(number, telling);
        match telling.word {
            Word::Success => self.judge_success(number, telling),
            Word::Failed => self.judge_failure(number),
            Word::Refund => self.judge_refund(number),
            Word::Pending | Word::Processing => {}
        }
    }

    /// A SUCCESS told has a delivery, with its serial number; and with one at all if the product needs it, unless a person or a late report said
    /// so without.
    fn judge_success(&mut self, number: u32, telling: Telling) {
        let parcel = Some(self.orders[number as usize].parcel);
        let delivered = self.deals_of(number).any(|deal| deal.executions > 0);
        let right_sn = telling
            .sn
            .is_none_or(|sn| self.deals_of(number).any(|deal| deal.sns.contains(&sn)));
        if !delivered {
            self.object(
                parcel,
                format!("r{number} is told SUCCESS, and nobody delivered it"),
            );
        }
        if !right_sn {
            let what = format!(
                "r{number} is told a serial number that no delivery of it has: {:?}",
                telling.sn
            );
            self.object(parcel, what);
        }
        let product = self.orders[number as usize].product;
        let excused = |deal: &super::Deal| deal.ruled || deal.denied_at.is_some();
        if telling.sn.is_none()
            && self.needs_sn.contains(&product)
            && !self.deals_of(number).any(excused)
        {
            let what = format!(
                "r{number} is told SUCCESS without the serial number that product {product} needs"
            );
            self.object(parcel, what);
        }
    }

    /// A FAILED told means that nothing of it can still be delivered, as far as anybody could prove (INV-12).
    fn judge_failure(&mut self, number: u32) {
        let parcel = self.orders[number as usize].parcel;
        if self.is_given_back(number) && self.alive(number) > 0 {
            self.object(
                Some(parcel),
                format!("r{number} is told FAILED while a purchase for it was not proven undelivered (INV-12)"),
            );
        }
    }

    /// A REFUND told means that a delivery was taken back, or that a person said so: one message is not enough (E-4). Or that people gave back all of it.
    fn judge_refund(&mut self, number: u32) {
        let order = &self.orders[number as usize];
        let (parcel, price) = (order.parcel, order.price.unwrap_or(0));
        let is_given = order.may_refund >= price;
        let taken_back = |deal: &super::Deal| deal.reversals > 0 || deal.ruled;
        if !is_given && !self.deals_of(number).any(taken_back) {
            self.object(
                Some(parcel),
                format!("r{number} is told REFUND, and nobody took a delivery back (E-4)"),
            );
        }
    }

    /// Whether its member knows that the money is back.
    pub(super) fn is_given_back(&self, number: u32) -> bool {
        let told = self.orders[number as usize].told;
        told.is_some_and(|told| matches!(told.word, Word::Failed | Word::Refund))
    }
}
