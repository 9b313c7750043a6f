//! What members have, at every moment (INV-4).

use super::Auditor;
use super::books::Purse;

impl Auditor {
    /// How far a member may go below zero, in hundredths.
    pub fn lends(&mut self, member: u16, limit: i64) {
        self.limits.insert(member, limit);
    }

    pub(super) fn limit(&self, member: u16) -> i64 {
        self.limits.get(&member).copied().unwrap_or(0)
    }

    /// A wallet as some commit left it.
    pub fn purse(&mut self, purse: &Purse, parcel: Option<u32>) {
        let Purse {
            member,
            available,
            held,
            receivable,
        } = *purse;
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
