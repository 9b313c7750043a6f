//! How a deposit stands, in the words of the API: what its stage, its state and its money come to.

use serde::{Deserialize, Serialize};

use super::row::{BookedTo, Payment, Stage};
use super::state::PaymentState;

/// How a deposit stands. Only `PAID` is in the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DepositStatus {
    /// Can be paid, or it is not known yet whether it can.
    Pending,
    /// Paid and credited.
    Paid,
    /// Not paid in time. Money that comes all the same is credited.
    Expired,
    /// Called off. Money that comes all the same is credited.
    Cancelled,
    /// There is nothing to pay: the gateway refused it, or the bank did.
    Failed,
    /// Other money came than was asked for, or the gateway wants a person to look.
    Review,
    /// Paid, and taken back since: wholly, or in part.
    Reversed,
}

impl DepositStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Paid,
        Self::Expired,
        Self::Cancelled,
        Self::Failed,
        Self::Review,
        Self::Reversed,
    ];

    /// The English word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Paid => "PAID",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
            Self::Review => "REVIEW",
            Self::Reversed => "REVERSED",
        }
    }
}

impl Payment {
    /// How it stands. It follows from the row alone, so a store may keep it beside the row to find it by.
    pub fn status(&self) -> DepositStatus {
        if self.taken_back.is_positive() {
            return DepositStatus::Reversed;
        }
        match self.booked.map(|booked| booked.to) {
            Some(BookedTo::Member) => return DepositStatus::Paid,
            Some(BookedTo::Suspense) => return DepositStatus::Review,
            None => {}
        }
        match self.stage {
            Stage::Refused(_) | Stage::NeverMade => return DepositStatus::Failed,
            Stage::Asked | Stage::Made => {}
        }
        match self.state {
            PaymentState::Pending | PaymentState::Authorized => DepositStatus::Pending,
            PaymentState::Failed | PaymentState::Denied => DepositStatus::Failed,
            PaymentState::Cancelled => DepositStatus::Cancelled,
            PaymentState::Expired => DepositStatus::Expired,
            // Of money that is not booked a person finds out whose it is.
            PaymentState::Challenged
            | PaymentState::Captured
            | PaymentState::Settled
            | PaymentState::PartlyRefunded
            | PaymentState::PartlyChargedBack => DepositStatus::Review,
            PaymentState::Refunded | PaymentState::ChargedBack => DepositStatus::Reversed,
        }
    }
}
