//! What a person can rule about an order (D38), in words.

use serde::{Deserialize, Serialize};

use crate::ids::AttemptNo;
use crate::money::Money;
use crate::text::Sn;
use crate::time::Timestamp;

/// What a person rules (D38). Each is legal only where section 6 of money-safety has the move ([`may_rule`](super::may_rule)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// The supplier's text or statement proves delivery.
    Delivered {
        /// The serial number, if there is one.
        sn: Option<Sn>,
        /// What it cost, if it is known to differ from the catalog's.
        cost: Option<Money>,
    },
    /// The supplier's text or statement proves non-delivery.
    NotDelivered {
        /// The text or the statement line.
        proof: String,
    },
    /// Delivered after the money went back: the member pays again.
    Reclaim {
        /// The serial number, if it is not known yet.
        sn: Option<Sn>,
        /// What it cost, if it is known to differ from what the supplier billed or the catalog says. Of what is booked already there is none to be told.
        cost: Option<Money>,
    },
    /// Delivered after the money went back: the house pays.
    Absorb {
        /// The serial number, if it is not known yet.
        sn: Option<Sn>,
        /// What it cost, as of [`Resolution::Reclaim`].
        cost: Option<Money>,
    },
    /// Wait longer.
    KeepWaiting {
        /// Until when a person has time.
        until: Timestamp,
    },
    /// Take it back: only before anything was intended, as the caller itself may.
    Cancel,
}

impl Resolution {
    /// The member pays again what the supplier billed, or what the catalog says.
    pub const RECLAIM: Self = Self::Reclaim {
        sn: None,
        cost: None,
    };
    /// The house pays what the supplier billed, or what the catalog says.
    pub const ABSORB: Self = Self::Absorb {
        sn: None,
        cost: None,
    };

    /// What it says that the delivery cost.
    pub const fn cost(&self) -> Option<Money> {
        match self {
            Self::Delivered { cost, .. }
            | Self::Reclaim { cost, .. }
            | Self::Absorb { cost, .. } => *cost,
            Self::NotDelivered { .. } | Self::KeepWaiting { .. } | Self::Cancel => None,
        }
    }

    /// The same, of this attempt and no other.
    pub const fn of(self, attempt: AttemptNo) -> Ruling {
        Ruling {
            resolution: self,
            attempt: Some(attempt),
        }
    }

    /// Without what it carries.
    pub const fn kind(&self) -> RulingKind {
        match self {
            Self::Delivered { .. } => RulingKind::Delivered,
            Self::NotDelivered { .. } => RulingKind::NotDelivered,
            Self::Reclaim { .. } => RulingKind::Reclaim,
            Self::Absorb { .. } => RulingKind::Absorb,
            Self::KeepWaiting { .. } => RulingKind::KeepWaiting,
            Self::Cancel => RulingKind::Cancel,
        }
    }
}

/// A person's ruling: what, and of which attempt.
///
/// A supplier's statement is about one purchase, so a ruling is about one attempt. It may leave it unsaid where only one can be meant; where several can,
/// it is refused rather than guessed ([`resolve`](super::resolve())). It answers what was said of its attempt; what was said of another stays before a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What.
    pub resolution: Resolution,
    /// Of which attempt. [`Resolution::KeepWaiting`] and [`Resolution::Cancel`] speak of none.
    pub attempt: Option<AttemptNo>,
}

impl From<Resolution> for Ruling {
    fn from(resolution: Resolution) -> Self {
        Self {
            resolution,
            attempt: None,
        }
    }
}

/// The rulings without what they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RulingKind {
    /// [`Resolution::Delivered`].
    Delivered,
    /// [`Resolution::NotDelivered`].
    NotDelivered,
    /// [`Resolution::Reclaim`].
    Reclaim,
    /// [`Resolution::Absorb`].
    Absorb,
    /// [`Resolution::KeepWaiting`].
    KeepWaiting,
    /// [`Resolution::Cancel`].
    Cancel,
}

impl RulingKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Delivered,
        Self::NotDelivered,
        Self::Reclaim,
        Self::Absorb,
        Self::KeepWaiting,
        Self::Cancel,
    ];

    /// True if it speaks of one attempt.
    pub const fn is_about_an_attempt(self) -> bool {
        match self {
            Self::Delivered | Self::NotDelivered | Self::Reclaim | Self::Absorb => true,
            Self::KeepWaiting | Self::Cancel => false,
        }
    }

    /// Its name in requests and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::NotDelivered => "not_delivered",
            Self::Reclaim => "reclaim",
            Self::Absorb => "absorb",
            Self::KeepWaiting => "keep_waiting",
            Self::Cancel => "cancel",
        }
    }
}
