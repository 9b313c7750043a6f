//! How orders end, counted; and who pays for what was delivered after the money went back (E-3).

use super::{Auditor, Ordered, Word};

/// How many orders ended in each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Delivered.
    pub success: u64,
    /// Not delivered.
    pub failed: u64,
    /// Delivered, and taken back.
    pub refunded: u64,
    /// Refused at birth.
    pub refused: u64,
    /// Of these, neither for want of money nor as a repetition: nobody could or would sell it. Not one of the ways in which orders end, so not among the
    /// [named](Self::named()).
    pub unsold: u64,
    /// Taken back by the member itself.
    pub cancelled: u64,
    /// Neither.
    pub open: u64,
    /// Delivered late, and the member paid again.
    pub reclaimed: u64,
    /// Delivered late, and the house paid.
    pub absorbed: u64,
}

impl Standing {
    /// Each count with its name.
    pub const fn named(&self) -> [(&'static str, u64); 8] {
        [
            ("success", self.success),
            ("failed", self.failed),
            ("refunded", self.refunded),
            ("refused", self.refused),
            ("cancelled", self.cancelled),
            ("open", self.open),
            ("reclaimed", self.reclaimed),
            ("absorbed", self.absorbed),
        ]
    }

    /// The counts of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            success: self.success + other.success,
            failed: self.failed + other.failed,
            refunded: self.refunded + other.refunded,
            refused: self.refused + other.refused,
            unsold: self.unsold + other.unsold,
            cancelled: self.cancelled + other.cancelled,
            open: self.open + other.open,
            reclaimed: self.reclaimed + other.reclaimed,
            absorbed: self.absorbed + other.absorbed,
        }
    }
}

impl Auditor {
    /// The house pays for what is delivered to this member after its money went back.
    pub fn absorbs(&mut self, member: u16) {
        self.absorbing.insert(member);
    }

    /// A person ruled who pays for a late delivery.
    pub fn ruled_who_pays(&mut self, number: u32, house: bool) {
        self.orders[number as usize].house_pays = Some(house);
    }

    /// A person was about to rule so.
    pub fn may_rule_who_pays(&mut self, number: u32, house: bool) {
        self.orders[number as usize].house_may_pay.push(house);
    }

    /// An order that was delivered although its money had gone back once.
    pub(super) fn judge_late(&mut self, number: usize, order: &Ordered, absorbed: bool) {
        if absorbed {
            self.standing.absorbed += 1;
        } else {
            self.standing.reclaimed += 1;
        }
        let policy = self.absorbing.contains(&order.member);
        let expected = order.house_pays.unwrap_or(policy);
        if absorbed != expected && !order.house_may_pay.contains(&absorbed) {
            let who = |house: bool| if house { "the house" } else { "the member" };
            self.object(
                Some(order.parcel),
                format!(
                    "r{number} was delivered late, {} paid, and {} should have (E-3)",
                    who(absorbed),
                    who(expected)
                ),
            );
        }
    }

    pub(super) const fn count(&mut self, order: &Ordered, word: Word) {
        let standing = &mut self.standing;
        let place = match word {
            Word::Success => &mut standing.success,
            Word::Refund => &mut standing.refunded,
            Word::Pending | Word::Processing => &mut standing.open,
            Word::Failed if order.refused => &mut standing.refused,
            Word::Failed if order.cancelled => &mut standing.cancelled,
            Word::Failed => &mut standing.failed,
        };
        *place += 1;
    }

    /// How orders ended, once the books are closed.
    pub const fn standing(&self) -> Standing {
        self.standing
    }
}
