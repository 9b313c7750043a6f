//! What members have, at every moment (INV-4).

use super::books::Purse;
use super::{Auditor, Ordered, rupiah};

impl Auditor {
    /// How far a member may go below zero, in hundredths.
    pub fn lends(&mut self, member: u16, limit: i64) {
        self.limits.insert(member, limit);
    }

    pub(super) fn limit(&self, member: u16) -> i64 {
        self.limits.get(&member).copied().unwrap_or(0)
    }

    /// It was refused at birth because its member could not pay, it was told.
    pub fn refused_as_too_poor(&mut self, number: u32) {
        self.too_poor.insert(number);
    }

    /// What a member has to spend after a movement, in the order in which they were made.
    pub(super) fn had(&mut self, member: u16, available: i64) {
        let poorest = self.poorest.entry(member).or_insert(available);
        *poorest = available.min(*poorest);
    }

    /// Who had brought money before and never had less than the price could pay.
    pub(super) fn judge_poverty(&mut self, number: usize, order: &Ordered) {
        let is_told = u32::try_from(number).is_ok_and(|number| self.too_poor.contains(&number));
        let Some(price) = order.price.filter(|_| is_told && order.had_purse) else {
            return;
        };
        let Some(poorest) = self.poorest.get(&order.member).copied() else {
            return;
        };
        if poorest + self.limit(order.member) >= price {
            let what = format!(
                "r{number} of {} is refused for want of money, and its member never had less than {}",
                rupiah(price),
                rupiah(poorest)
            );
            self.object(Some(order.parcel), what);
        }
    }

    /// A wallet as some commit left it.
    pub fn purse(&mut self, purse: &Purse, parcel: Option<u32>) {
        let Purse {
            member,
            available,
            held,
            receivable,
        } = *purse;
        self.brought.insert(member);
        if available < -self.limit(member) || held < 0 || receivable < 0 {
            self.object(
                parcel,
                format!(
                    "member {member} is overdrawn: {available} to spend, {held} held, {receivable} owed (INV-4)"
                ),
            );
        }
    }
}
