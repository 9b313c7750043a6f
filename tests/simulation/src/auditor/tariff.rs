//! The lists that change during the sale, and by which amount an order is judged: the one in force when it was accepted (INV-16, INV-17).

use super::{Auditor, rupiah};

/// An amount that is on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tariff {
    /// What a product sells at to members of a tier.
    Price {
        /// Which product.
        product: u32,
        /// Which tier.
        tier: u16,
    },
    /// What must be left of the price of a product.
    Margin {
        /// Which product.
        product: u32,
    },
    /// What a supplier charges for a product, as far as the house knows.
    Cost {
        /// Which supplier.
        supplier: u16,
        /// Which product.
        product: u32,
    },
}

/// How long an amount was on its list. While a change is being entered both may be in force.
#[derive(Clone, Copy, Debug)]
struct Era {
    amount: i64,
    from: u64,
    until: u64,
}

/// The amounts of one list, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Eras(Vec<Era>);

impl Eras {
    /// The amounts that may have been in force at some moment from `a` to `b`.
    fn between(&self, a: u64, b: u64) -> impl Iterator<Item = i64> {
        self.0
            .iter()
            .filter(move |era| era.from <= b && era.until >= a)
            .map(|era| era.amount)
    }
}

impl Auditor {
    /// Somebody begins to enter an amount, at this time in milliseconds of the host.
    pub fn enters(&mut self, tariff: Tariff, amount: i64, at: u64) {
        let eras = &mut self.tariffs.entry(tariff).or_default().0;
        eras.push(Era {
            amount,
            from: at,
            until: u64::MAX,
        });
    }

    /// The last amount that was entered is in force, and no other any more.
    pub fn entered(&mut self, tariff: Tariff, at: u64) {
        let eras = &mut self.tariffs.entry(tariff).or_default().0;
        if let Some((_, before)) = eras.split_last_mut() {
            for era in before {
                era.until = era.until.min(at);
            }
        }
    }

    fn amounts(&self, tariff: Tariff, a: u64, b: u64) -> impl Iterator<Item = i64> {
        let eras = self.tariffs.get(&tariff);
        eras.into_iter().flat_map(move |eras| eras.between(a, b))
    }

    /// An order is in the record at this price, accepted or refused: one that was on the list since it was placed.
    pub fn accepted(&mut self, number: u32, price: i64, at: u64) {
        let order = &mut self.orders[number as usize];
        if order.price.is_some() {
            return;
        }
        order.price = Some(price);
        order.accepted_at = at;
        let (parcel, placed) = (order.parcel, order.placed_at);
        let tariff = Tariff::Price {
            product: order.product,
            tier: order.tier,
        };
        if !self.amounts(tariff, placed, at).any(|known| known == price) {
            let listed: Vec<String> = self.amounts(tariff, placed, at).map(rupiah).collect();
            self.object(
                Some(parcel),
                format!(
                    "r{number} is accepted at {}, where the list said {} (INV-16)",
                    rupiah(price),
                    listed.join(" or ")
                ),
            );
        }
    }

    /// A purchase is made at a cost that leaves what must be left, as far as the house knew when it decided; and says no higher cost to the supplier.
    pub(super) fn judge_cost(
        &mut self,
        order: u32,
        supplier: u16,
        cap: i64,
        (read_at, decided_at): (u64, u64),
    ) {
        let ordered = &self.orders[order as usize];
        let (parcel, product) = (ordered.parcel, ordered.product);
        let margin = Tariff::Margin { product };
        let least = self
            .amounts(margin, ordered.placed_at, ordered.accepted_at)
            .min();
        let most = ordered.price.unwrap_or(0) - least.unwrap_or(0);
        let cost = Tariff::Cost { supplier, product };
        let known = self.amounts(cost, read_at, decided_at).min();
        if cap > most {
            self.object(
                Some(parcel),
                format!(
                    "r{order} may cost {} at supplier {supplier}, where at most {} leaves the margin (INV-17)",
                    rupiah(cap),
                    rupiah(most)
                ),
            );
        }
        if known.is_none_or(|known| known > most) {
            self.object(
                Some(parcel),
                format!(
                    "r{order} was bought at supplier {supplier} for {}, which was known from {read_at} to {decided_at} ms, where at most {} leaves the margin (INV-17)",
                    rupiah(known.unwrap_or(0)),
                    rupiah(most)
                ),
            );
        }
    }
}
