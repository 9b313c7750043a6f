//! What members see of an order.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::model::{Order, OrderState};
use crate::money::Money;

/// The five words of an order's status, wherever a stranger sees one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PublicStatus {
    /// Accepted, waits for a route.
    Pending,
    /// A supplier works on it.
    Processing,
    /// Delivered.
    Success,
    /// Not delivered; nothing was charged, or it went back.
    Failed,
    /// Delivered, then reversed; the money went back.
    Refund,
}

impl PublicStatus {
    /// The English word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Refund => "REFUND",
        }
    }

    /// The Indonesian word for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Processing => "Diproses",
            Self::Success => "Sukses",
            Self::Failed => "Gagal",
            Self::Refund => "Refund",
        }
    }
}

/// The words that people at the desk see; why it was refused or returned is told beside them.
impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(_) => "refused",
            Self::Held => "held",
            Self::InFlight(no) => return write!(f, "in flight: attempt {no}"),
            Self::Succeeded => "succeeded",
            Self::Returned(_) => "returned",
            Self::Reversed => "reversed",
            Self::LateDelivered => "delivered late",
        })
    }
}

impl OrderState {
    /// The word that members see.
    pub const fn public(self) -> PublicStatus {
        match self {
            Self::Held => PublicStatus::Pending,
            Self::InFlight(_) => PublicStatus::Processing,
            Self::Succeeded | Self::LateDelivered => PublicStatus::Success,
            Self::Returned(_) | Self::Refused(_) => PublicStatus::Failed,
            Self::Reversed => PublicStatus::Refund,
        }
    }
}

impl Order {
    /// The word that members see.
    pub const fn status(&self) -> PublicStatus {
        self.state.public()
    }

    /// Whether a person is looking at it.
    pub const fn under_review(&self) -> bool {
        self.review.is_some()
    }

    /// How much of the price has gone back to the member since it was last paid.
    pub fn refunded(&self) -> Money {
        self.delivery.as_ref().map_or(Money::ZERO, |it| it.refunded)
    }

    /// True if members would see a difference between `before` and this.
    pub(super) fn looks_different(&self, before: &Self) -> bool {
        self.status() != before.status()
            || self.under_review() != before.under_review()
            || self.delivery.as_ref().map(|d| &d.sn) != before.delivery.as_ref().map(|d| &d.sn)
            || self.refunded() != before.refunded()
    }
}
