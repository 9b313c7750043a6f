//! The log of an order: its inputs, one row a commit (INV-20).

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::judge::Class;
use super::model::{Refusal, Returned};
use super::ruling::Resolution;
use crate::commit::CaseKind;
use crate::ids::{AttemptNo, InboxId, MappingId, SubjectId, SupplierId, SupplierRef};
use crate::ledger::Effect;
use crate::money::Money;
use crate::payment::DepositEntry;
use crate::pricing::Quote;
use crate::route::Explanation;
use crate::supplier::Sighting;
use crate::text::{Operator, RefId, TheirRef};
use crate::time::Timestamp;

/// One row of the append-only log: what was heard or decided, and when. It *is* the evidence, the history and the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// The order, or the subject of money without an order (D37).
    pub subject: SubjectId,
    /// The version of the order that this commit wrote; 1 for money without an order.
    pub version: u32,
    /// When it was decided, by the engine's clock.
    pub at: Timestamp,
    /// What happened.
    pub entry: Entry,
    /// The raw bytes it rests on, as far as they were read; empty if there were none.
    pub raw: Bytes,
    /// SHA-256 of `raw`, if there is any.
    pub hash: Option<[u8; 32]>,
}

impl Channel {
    /// The same, not to be believed by itself: worth asking about (INV-35).
    pub(super) const fn as_hint(self) -> Self {
        match self {
            Self::Reply { .. } | Self::Status { .. } => self,
            Self::Callback {
                inbox, received_at, ..
            } => Self::Callback {
                inbox,
                signed: false,
                received_at,
            },
        }
    }

    /// When what is heard at `now` was received: a callback may have waited in the inbox.
    pub(super) fn received_at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Reply { .. } | Self::Status { .. } => now,
            Self::Callback { received_at, .. } => received_at,
        }
    }
}

impl LogRow {
    /// A row without raw evidence.
    pub const fn new(subject: SubjectId, version: u32, at: Timestamp, entry: Entry) -> Self {
        Self {
            subject,
            version,
            at,
            entry,
            raw: Bytes::new(),
            hash: None,
        }
    }

    /// The same row resting on `raw`.
    #[must_use]
    pub fn with_raw(mut self, raw: Bytes) -> Self {
        self.hash = (!raw.is_empty()).then(|| Sha256::digest(&raw).into());
        self.raw = raw;
        self
    }
}

/// What a log row records: every input of a decision, so that the fold of the log reproduces the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// The order was accepted at this quote.
    Accepted {
        /// What was agreed.
        quote: Quote,
    },
    /// The order was refused at birth.
    Refused {
        /// Why.
        refusal: Refusal,
        /// What was found of each route, if that was why.
        routes: Explanation,
    },
    /// An attempt was intended (or sent again, `send` > 1).
    Intent {
        /// Which attempt.
        attempt: AttemptNo,
        /// To which supplier.
        supplier: SupplierId,
        /// Through which mapping.
        mapping: MappingId,
        /// Which send of its reference.
        send: u32,
        /// Why this supplier.
        why: Explanation,
    },
    /// A status check was begun.
    Check {
        /// Of which attempt.
        attempt: AttemptNo,
        /// The how-manieth.
        number: u16,
    },
    /// Something was heard about an attempt.
    Heard {
        /// About which.
        attempt: AttemptNo,
        /// Through what.
        channel: Channel,
        /// What was read.
        sightings: Vec<Sighting>,
        /// Which of the supplier's ids in it were other attempts' then.
        taken: Vec<TheirRef>,
        /// What core made of each.
        classes: Vec<Class>,
        /// What followed at once, if the next attempt rode in this commit.
        then: Option<Box<Entry>>,
    },
    /// Something was heard that could not be read; the bytes are kept.
    Unread {
        /// About which attempt.
        attempt: AttemptNo,
        /// Through what.
        channel: Channel,
    },
    /// The lease of a call passed without an answer.
    LeasePassed {
        /// Whose.
        attempt: AttemptNo,
    },
    /// The order was put before a person.
    Escalated {
        /// Because of which attempt.
        attempt: AttemptNo,
    },
    /// The money went back without anything having been heard: deadline, cancel, or no route left after a wait.
    Returned {
        /// Why.
        why: Returned,
        /// What was found of each route, if none was left or none opened in time.
        routes: Explanation,
    },
    /// A person ruled.
    Resolved {
        /// What.
        resolution: Resolution,
        /// Of which attempt, if it speaks of one.
        attempt: Option<AttemptNo>,
        /// Who.
        by: Operator,
        /// What followed at once, if the next attempt rode in this commit.
        then: Option<Box<Entry>>,
    },
    /// Money without an order.
    Money {
        /// What moved.
        effect: Effect,
        /// The caller's reference: `source/reference`.
        reference: String,
        /// Who.
        by: Operator,
    },
    /// A person froze a wallet, or thawed it. The subject is the member.
    WalletFlag {
        /// Whether it takes holds no more.
        frozen: bool,
        /// Why.
        note: String,
        /// Who.
        by: Operator,
    },
    /// A person looked at a case and closed it.
    CaseClosed {
        /// What it was about.
        kind: CaseKind,
        /// The version that had opened it.
        opened_at: u32,
        /// What came of it.
        note: String,
        /// Who.
        by: Operator,
    },
    /// A supplier said that it delivered what the books had lost in a restore (INV-31). The subject is that purchase.
    Orphan {
        /// Which supplier.
        supplier: SupplierId,
        /// Under which of our references.
        our_ref: SupplierRef,
        /// What was read.
        sightings: Vec<Sighting>,
    },
    /// Something about a member's deposit through a gateway. The subject is the deposit, or what nobody knows.
    Deposit(DepositEntry),
    /// A person gave back a part or all of what the member paid; the delivery stands.
    Refunded {
        /// The desk's reference.
        reference: RefId,
        /// How much.
        amount: Money,
        /// Why.
        note: String,
        /// Who.
        by: Operator,
    },
}

/// Through what something was heard about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// The answer to the `send`-th send.
    Reply {
        /// Which send it answers.
        send: u32,
    },
    /// The answer to a status read.
    Status {
        /// When the read began.
        began: Timestamp,
    },
    /// A callback.
    Callback {
        /// Its place in the inbox.
        inbox: InboxId,
        /// Whether a signature over the fields used was verified.
        signed: bool,
        /// When it came, which may be long before it is applied.
        received_at: Timestamp,
    },
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn inv_20_a_row_has_the_hash_of_what_it_rests_on() {
        let row = || {
            let subject = SubjectId(Uuid::from_u128(1));
            let entry = Entry::Escalated {
                attempt: AttemptNo(1),
            };
            LogRow::new(subject, 1, Timestamp::from_millis(0), entry)
        };
        assert_eq!(row().hash, None);
        assert_eq!(row().with_raw(Bytes::new()).hash, None);
        let rests = row().with_raw(Bytes::from_static(b"{}"));
        let hash: [u8; 32] = Sha256::digest(b"{}").into();
        assert_eq!(
            (rests.hash, rests.raw),
            (Some(hash), Bytes::from_static(b"{}"))
        );
    }
}
