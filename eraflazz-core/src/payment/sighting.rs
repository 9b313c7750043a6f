//! What was read of a gateway's answer or notification.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::state::PaymentState;
use crate::money::Money;
use crate::supplier::{Answer, Written};
use crate::text::{EchoedRef, RefundKey, TheirRef};
use crate::time::Timestamp;

/// One statement about one payment.
///
/// Names and amounts: `None` means that the answer has no such field. One that is there and cannot be read makes the sighting
/// [`PaymentClaim::Unclear`]; nothing is rounded, and nothing that we sent is filled in for what was not said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentSighting {
    /// Our reference as echoed.
    pub our_ref: Option<EchoedRef>,
    /// The gateway's id of the payment: what is credited, once (INV-22).
    pub their_ref: Option<TheirRef>,
    /// The gateway's id of a standing code.
    pub standing: Option<TheirRef>,
    /// What is asserted.
    pub claim: PaymentClaim,
    /// Why, for people and for what may follow a refusal.
    pub reason: PaymentReason,
    /// What the customer pays or has paid, a fee of his included.
    pub amount: Option<Money>,
    /// What the gateway keeps.
    pub fees: Option<Fees>,
    /// All that has gone back so far.
    pub refunded: Option<Money>,
    /// The refunds it consists of, as far as they are told.
    pub refunds: Vec<RefundSeen>,
    /// The gateway's word for how it is paid.
    pub channel: Option<String>,
    /// What the customer needs to pay.
    pub pay_with: PayWith,
    /// Until when it can be paid.
    pub expires_at: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

impl PaymentSighting {
    /// A sighting that asserts `claim` for `reason` and nothing else.
    pub const fn new(claim: PaymentClaim, reason: PaymentReason) -> Self {
        Self {
            our_ref: None,
            their_ref: None,
            standing: None,
            claim,
            reason,
            amount: None,
            fees: None,
            refunded: None,
            refunds: Vec::new(),
            channel: None,
            pay_with: PayWith {
                code: None,
                biller: None,
                url: None,
                qr_text: None,
                qr_url: None,
                token: None,
            },
            expires_at: None,
            paid_at: None,
        }
    }

    /// The state that is asserted, if one is.
    pub const fn state(&self) -> Option<PaymentState> {
        match self.claim {
            PaymentClaim::Is(state) => Some(state),
            PaymentClaim::NotSent
            | PaymentClaim::Refused
            | PaymentClaim::NotFound
            | PaymentClaim::Unclear => None,
        }
    }
}

/// What a sighting asserts. Closed on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentClaim {
    /// No byte of the request was written.
    NotSent,
    /// The gateway refuses this request: nothing was made or changed by it. Says nothing of earlier ones.
    Refused,
    /// The gateway does not know the payment. Of a create whose answer was lost it proves something only when said again after
    /// [`not_found_settles`](super::GatewayProfile::not_found_settles).
    NotFound,
    /// The payment is in this state.
    Is(PaymentState),
    /// Anything else. Proves nothing.
    Unclear,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PaymentReason {
    /// None given, or none needed.
    None,
    /// Our credentials, address list or merchant account: no retry helps.
    AccountFault,
    /// This way to pay is not open to us.
    ChannelClosed,
    /// The request breaks one of the gateway's rules.
    BadRequest,
    /// The card's token is missing or used up: the customer gives the card again.
    CardToken,
    /// The reference is taken: the payment under it is to be looked up, or the refund was asked for before.
    Duplicate,
    /// The state does not allow it: look, then decide.
    WrongState,
    /// The amount is refused, or the merchant's balance is too small for it.
    Amount,
    /// The bank refuses.
    Bank,
    /// Too many calls.
    RateLimited,
    /// This gateway cannot do it.
    NotOffered,
    /// No connection, no complete answer in time, or the connection broke.
    Timeout,
    /// The gateway or its partner is in trouble.
    GatewayTrouble,
    /// The answer could not be read.
    Unreadable,
    /// Fields contradict each other: amounts that do not add up, a code that does not go with the state.
    Contradiction,
    /// It is of the other environment.
    Environment,
    /// It is of another merchant.
    Merchant,
    /// It is not in rupiah.
    Currency,
    /// A word that no table lists.
    Unlisted,
}

/// What the gateway keeps of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Borne by us.
    pub merchant: Money,
    /// Borne by the customer, on top of what was asked for; part of the amount.
    pub customer: Money,
    /// What is left for us.
    pub received: Money,
}

/// A refund as the gateway lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundSeen {
    /// Its key; `None` if it was not ours, as those begun in a dashboard.
    pub key: Option<RefundKey>,
    /// How much.
    pub amount: Money,
    /// Whether the bank has confirmed it.
    pub is_confirmed: bool,
}

/// What the customer needs to pay. Debug output of sightings shows it: it is no secret, but it is the customer's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayWith {
    /// A virtual account number, a store's code, a bill's key.
    pub code: Option<String>,
    /// Mandiri's biller code.
    pub biller: Option<String>,
    /// A page or an app to go on in.
    pub url: Option<String>,
    /// The text of a QR code.
    pub qr_text: Option<String>,
    /// A picture of it.
    pub qr_url: Option<String>,
    /// The token of the gateway's page.
    pub token: Option<String>,
}

/// What one call to a gateway brought. Never an `Err`: a failure is a sighting.
#[derive(Clone, Debug)]
pub struct PaymentExchange {
    /// Whether a byte may have left. `No` goes with exactly one [`PaymentClaim::NotSent`].
    pub written: Written,
    /// The raw answer as evidence; empty if there was none.
    pub raw: Bytes,
    /// What was read.
    pub sightings: Vec<PaymentSighting>,
}

impl PaymentExchange {
    /// A call that certainly wrote nothing.
    pub fn not_sent(reason: PaymentReason) -> Self {
        Self {
            written: Written::No,
            raw: Bytes::new(),
            sightings: vec![PaymentSighting::new(PaymentClaim::NotSent, reason)],
        }
    }

    /// A call that may have arrived and told us nothing.
    pub fn unclear(raw: Bytes, reason: PaymentReason) -> Self {
        Self {
            written: Written::Yes,
            raw,
            sightings: vec![PaymentSighting::new(PaymentClaim::Unclear, reason)],
        }
    }

    /// A call that was answered.
    pub const fn answered(raw: Bytes, sightings: Vec<PaymentSighting>) -> Self {
        Self {
            written: Written::Yes,
            raw,
            sightings,
        }
    }
}

/// What an authenticated notification said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentReading {
    /// What was read; empty for tests and the like.
    pub sightings: Vec<PaymentSighting>,
    /// The exact answer that this gateway expects once the notification is stored.
    pub answer: Answer,
}
