//! What the log keeps of a deposit through a gateway, beside the raw bytes it rests on (INV-20).

use serde::{Deserialize, Serialize};

use super::code::PaymentCode;
use super::method::Method;
use super::row::Stage;
use super::sighting::{PaymentClaim, PaymentReason, PaymentSighting};
use super::state::PaymentState;
use crate::ids::GatewayId;
use crate::money::Money;
use crate::text::TheirRef;

/// A row of the log of a deposit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DepositEntry {
    /// It was asked for: the intent, before the gateway is called.
    Opened {
        /// At which gateway.
        gateway: GatewayId,
        /// Under which reference of ours.
        code: PaymentCode,
        /// How it is paid.
        method: Method,
        /// What is asked for.
        amount: Money,
    },
    /// Something was heard of it.
    Heard {
        /// Through what.
        through: Through,
        /// What was read.
        seen: Vec<Seen>,
        /// How far the create was after it.
        stage: Stage,
        /// The state after it.
        state: PaymentState,
    },
    /// A notification came, from whom it says; by itself it moves nothing (INV-35). The subject of one that names no deposit of ours is its own.
    Notified {
        /// From which gateway.
        gateway: GatewayId,
        /// What was read.
        seen: Vec<Seen>,
    },
    /// Money came to a bank account, and no ticket awaits it: it lies in suspense. Its subject is its own.
    Line {
        /// To which account.
        bank: GatewayId,
        /// What it is known by.
        key: TheirRef,
        /// How much.
        amount: Money,
    },
}

/// Through what the gateway was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Through {
    /// The answer to the create.
    Create,
    /// The answer to a look.
    Look,
    /// The answer to a cancel or an expiry.
    Act,
    /// A line of the statement of a bank account.
    Line,
}

impl Through {
    /// Whether money may move by it: what a gateway answers when it is asked, and what a bank has written down (INV-35).
    pub const fn proves(self) -> bool {
        match self {
            Self::Look | Self::Line => true,
            Self::Create | Self::Act => false,
        }
    }
}

/// What one sighting said, in short; the bytes say the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What was asserted.
    pub claim: PaymentClaim,
    /// Why.
    pub reason: PaymentReason,
    /// Of which payment of theirs.
    pub theirs: Option<TheirRef>,
    /// What the customer pays or has paid.
    pub amount: Option<Money>,
    /// What has gone back.
    pub refunded: Option<Money>,
}

impl From<&PaymentSighting> for Seen {
    fn from(sighting: &PaymentSighting) -> Self {
        Self {
            claim: sighting.claim,
            reason: sighting.reason,
            theirs: sighting.their_ref.clone(),
            amount: sighting.amount,
            refunded: sighting.refunded,
        }
    }
}
