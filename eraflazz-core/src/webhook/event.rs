//! One event for one member, and what became of sending it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::OrderId;
use crate::order::{Order, PublicStatus};
use crate::time::Timestamp;

/// The id of an event: the same for the same revision of the same order, for ever, however often it is sent (C10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId {
    /// Of which order.
    pub order: OrderId,
    /// Which change of it.
    pub revision: u32,
}

impl EventId {
    /// The event that `order` is now.
    pub const fn of(order: &Order) -> Self {
        Self {
            order: order.id,
            revision: order.revision,
        }
    }
}

impl fmt::Display for EventId {
    /// `evt_<32 hex digits>_<revision>`. Holds no `.`: Standard Webhooks joins the signed parts with it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "evt_{}_{}", self.order.0.simple(), self.revision)
    }
}

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// An order changed.
    Updated,
    /// A delivered order was reversed and its money went back.
    Refunded,
}

impl EventKind {
    /// What `order` is now.
    pub const fn of(order: &Order) -> Self {
        match order.status() {
            PublicStatus::Refund => Self::Refunded,
            PublicStatus::Pending
            | PublicStatus::Processing
            | PublicStatus::Success
            | PublicStatus::Failed => Self::Updated,
        }
    }

    /// The word in the message.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Updated => "transaction.updated",
            Self::Refunded => "transaction.refunded",
        }
    }
}

/// What became of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// 2xx: the receiver has it.
    Taken {
        /// Which.
        code: u16,
    },
    /// Any other answer, redirects included.
    Refused {
        /// Which.
        code: u16,
        /// When the receiver asks to be called again, if it says so.
        retry_after: Option<Duration>,
    },
    /// The address is one that we do not call. Says why, in a few words that name no address.
    Blocked(&'static str),
    /// No connection.
    NoConnection,
    /// No answer in time.
    TimedOut,
    /// The connection broke, or what came back was no answer.
    Broken,
}

impl Outcome {
    /// Every word of [`Outcome::word`].
    pub const WORDS: [&'static str; 6] = [
        "taken",
        "refused",
        "blocked",
        "no connection",
        "timed out",
        "broken",
    ];

    /// Whether the receiver has it.
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Taken { .. })
    }

    /// The HTTP status, if there was an answer.
    pub const fn code(self) -> Option<u16> {
        match self {
            Self::Taken { code } | Self::Refused { code, .. } => Some(code),
            Self::Blocked(_) | Self::NoConnection | Self::TimedOut | Self::Broken => None,
        }
    }

    /// In one word, for logs and tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taken { .. } => "taken",
            Self::Refused { .. } => "refused",
            Self::Blocked(_) => "blocked",
            Self::NoConnection => "no connection",
            Self::TimedOut => "timed out",
            Self::Broken => "broken",
        }
    }
}

/// What one try brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What became of it.
    pub outcome: Outcome,
    /// The start of the answer's body, at most [`Answer::KEPT_MAX`] characters, for support. Never shown raw: whatever is not a plain
    /// printable ASCII character is a `.` here.
    pub kept: String,
}

impl Answer {
    /// How much of an answer is kept.
    pub const KEPT_MAX: usize = 1024;

    /// An answer without a body.
    pub const fn bare(outcome: Outcome) -> Self {
        Self {
            outcome,
            kept: String::new(),
        }
    }

    /// An answer with this body, of which the start is kept.
    pub fn with_body(outcome: Outcome, body: &[u8]) -> Self {
        let plain = |byte: &u8| match byte {
            b'<' | b'>' | b'&' | b'"' | b'\'' | b'`' => '.',
            0x20..0x7F => char::from(*byte),
            _ => '.',
        };
        Self {
            outcome,
            kept: body.iter().take(Self::KEPT_MAX).map(plain).collect(),
        }
    }
}

/// A try that was made, for support. Kept in memory only: the last few of each member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What was sent.
    pub event: EventId,
    /// When it was begun.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// Which try of this revision it was, from 1.
    pub tries: u16,
    /// What it brought.
    pub answer: Answer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_10_an_event_has_one_name_for_ever() {
        let event = EventId {
            order: OrderId(uuid::Uuid::from_u128(0x0123)),
            revision: 7,
        };
        assert_eq!(
            event.to_string(),
            "evt_00000000000000000000000000000123_7",
            "receivers know it by this text"
        );
    }

    #[test]
    fn t_24_an_answer_is_kept_short_and_plain() {
        let answer = Answer::with_body(Outcome::Broken, &b"<b>\x1b[31m\0ok\xff".repeat(1_000));
        assert_eq!(answer.kept.len(), Answer::KEPT_MAX);
        assert!(answer.kept.starts_with(".b..[31m.ok.."), "{}", answer.kept);
    }
}
