//! What a gateway says has become of a payment, and how far along that is.

use serde::{Deserialize, Serialize};

/// The state of a payment at its gateway. Closed: a new one is decided everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Waits for the customer.
    Pending,
    /// A card's or wallet's money is reserved, not taken.
    Authorized,
    /// Taken, but the gateway's fraud check wants a person to look: not paid.
    Challenged,
    /// An error at the gateway or its partner.
    Failed,
    /// Refused by the bank or the fraud check; after a settlement: taken back.
    Denied,
    /// Called off.
    Cancelled,
    /// Not paid in time.
    Expired,
    /// Taken from a card: paid, and may still be called off.
    Captured,
    /// Paid: the money is with the gateway.
    Settled,
    /// A part went back to the customer.
    PartlyRefunded,
    /// A part was taken back by the card's bank.
    PartlyChargedBack,
    /// All of it went back to the customer.
    Refunded,
    /// All of it was taken back by the card's bank.
    ChargedBack,
}

impl PaymentState {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::Pending,
        Self::Authorized,
        Self::Challenged,
        Self::Failed,
        Self::Denied,
        Self::Cancelled,
        Self::Expired,
        Self::Captured,
        Self::Settled,
        Self::PartlyRefunded,
        Self::PartlyChargedBack,
        Self::Refunded,
        Self::ChargedBack,
    ];

    /// How far along: a message of a lower rank than what is known is late, not news.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Authorized | Self::Challenged => 1,
            Self::Failed | Self::Denied | Self::Cancelled | Self::Expired => 2,
            Self::Captured => 3,
            Self::Settled => 4,
            Self::PartlyRefunded | Self::PartlyChargedBack => 5,
            Self::Refunded | Self::ChargedBack => 6,
        }
    }

    /// The customer has paid and all of it is still there.
    pub const fn is_paid(self) -> bool {
        matches!(self, Self::Captured | Self::Settled)
    }

    /// Ended without money.
    pub const fn is_unpaid_end(self) -> bool {
        self.rank() == 2
    }

    /// Paid once, and a part or all of it gone back.
    pub const fn is_reversed(self) -> bool {
        self.rank() >= 5
    }

    /// The word for it outside.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorized => "authorized",
            Self::Challenged => "challenged",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Captured => "captured",
            Self::Settled => "settled",
            Self::PartlyRefunded => "partly_refunded",
            Self::PartlyChargedBack => "partly_charged_back",
            Self::Refunded => "refunded",
            Self::ChargedBack => "charged_back",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paid_unpaid_and_reversed_exclude_each_other() {
        for state in PaymentState::ALL {
            let kinds = [state.is_paid(), state.is_unpaid_end(), state.is_reversed()];
            assert!(
                kinds.iter().filter(|is| **is).count() <= 1,
                "{}",
                state.word()
            );
        }
    }
}
