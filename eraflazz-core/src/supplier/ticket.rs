//! Deposit tickets: how we are told to pay into our account at a supplier. No money moves by them; what was paid is booked by who paid it.

use crate::money::Money;

use super::ReadError;

/// A ticket that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketOrder {
    /// What is to be paid in, in whole rupiah.
    pub amount: Money,
    /// From which bank, as the supplier calls it, where it asks.
    pub bank: Option<String>,
    /// In whose name the transfer comes, where the supplier asks.
    pub owner: Option<String>,
}

/// What is to be transferred, and where to. A fact that the supplier did not tell by itself is in [`Ticket::told`], if anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The exact sum: suppliers know a transfer by its last digits. At least what was asked for.
    pub amount: Money,
    /// The bank to pay to.
    pub bank: Option<String>,
    /// Its account.
    pub account: Option<String>,
    /// What must stand in the transfer.
    pub note: Option<String>,
    /// The supplier's own words, for people, where it answers in words.
    pub told: Option<String>,
}

/// Why there is no ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// This supplier has no tickets, or its settings do not say how to ask for one.
    #[error("this supplier gives no deposit tickets")]
    NotOffered,
    /// What was asked for breaks a rule of the supplier. Nothing was sent.
    #[error("{field}: {rule}")]
    Wrong {
        /// The field of [`TicketOrder`].
        field: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// There was no answer, or none that gives a ticket.
    #[error(transparent)]
    Unread(#[from] ReadError),
}
