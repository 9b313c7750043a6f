//! A line of a bank's statement: money that came to an account of the house, and by what it is known again.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::row::Payment;
use crate::commit::Nonce;
use crate::ids::{GatewayId, SubjectId};
use crate::money::Money;
use crate::text::TheirRef;
use crate::time::{BusinessDay, Timestamp};

/// How far a bank's clock may be ahead of ours.
const SKEW: Duration = Duration::from_mins(5);

/// Money that came in, as the feed of one bank account tells it. What went out is no line of this kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankLine {
    /// What the bank says of it, in short, and the how-manieth it is of those that say the same: [`BankLine::key_of`]. Consumed once (INV-23).
    pub key: TheirRef,
    /// The id of whoever tells it, if there is one: consumed once as well, whatever else is told under it.
    pub id: Option<TheirRef>,
    /// How much, above zero.
    pub amount: Money,
    /// On which day.
    pub day: BusinessDay,
    /// When, where the bank says more than the day.
    pub at: Option<Timestamp>,
    /// The line as it came, without what is secret.
    pub raw: Bytes,
}

impl BankLine {
    /// The key of a line that says this. Two lines that are equal to the letter are told apart by `occurrence` (E-31).
    pub fn key_of(said: &[&str], occurrence: u16) -> Option<TheirRef> {
        let mut hash = Sha256::new();
        for part in said {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part);
        }
        let mut text = String::with_capacity(72);
        for byte in hash.finalize() {
            // Writing into a text never fails.
            let _ = write!(text, "{byte:02x}");
        }
        format!("{text}-{occurrence}").parse().ok()
    }

    /// What consuming it spends: by what it says, and by its id.
    pub(crate) fn nonces(&self, bank: GatewayId) -> Vec<Nonce> {
        let by_id = self.id.as_ref();
        let by_id = by_id.map(|id| Nonce::of_line_id(bank, id));
        by_id
            .into_iter()
            .chain([Nonce::of_line(bank, &self.key)])
            .collect()
    }

    /// Whose money it is while no ticket has it: its own subject in the books.
    pub fn subject(&self, bank: GatewayId) -> SubjectId {
        Nonce::of_line(bank, &self.key).subject()
    }

    /// Whether it can be what was transferred for this ticket: of its exact amount, not before it was asked for, and nothing else was (E-30).
    pub(crate) fn may_pay(&self, ticket: &Payment) -> bool {
        let since = ticket.created_at.minus(SKEW);
        let is_after = match self.at {
            Some(at) => at >= since,
            None => self.day >= since.business_day(),
        };
        is_after && ticket.booked.is_none() && ticket.amount == self.amount
    }
}
