//! What an adapter read: sightings.
//!
//! An adapter never judges. Each reply or callback becomes zero or more [`Sighting`]s through one closed table of its own;
//! core binds them to an attempt and judges them by its history (money-safety section 5).

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::purchase::ReadError;
use crate::ids::SupplierRef;
use crate::money::Money;
use crate::text::{ReplyCode, Sku, Sn, Target, TheirRef};
use crate::time::Timestamp;

/// One statement about one attempt, as read from a reply or callback.
///
/// *Names* (`our_ref`, `their_ref`, `sku`, `target`) and the code behind `claim`: `None` means that the answer has no such field. One that is
/// there but cannot be read makes the whole sighting [`Claim::Unclear`]: left out in silence, the rest could bind to the wrong attempt.
///
/// *Amounts and the serial number*: exact or `None`, never rounded, never a substitute. What cannot be read does not undo a delivery: one
/// without a price is booked at the cost expected of its route, one without the serial number that its product needs waits for it. A price that is
/// there and cannot be read is [`price_unread`](Self::price_unread): what the supplier billed is then unknown, and a person must find out.
///
/// Pass on every name that the answer has: [`order::bind`](crate::order::bind()) says what is about an attempt. A delivery binds only with
/// `target` and one of `our_ref`, `their_ref` (once known) and `sku`; a callback only with one of the two references; and no name in it may be
/// another's. Where the supplier knows no reference of ours, its own id must not be another attempt's, nor the purchase older than the send. Never fill in
/// what you sent for what the answer does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Our reference as the supplier echoed it.
    pub our_ref: Option<SupplierRef>,
    /// The supplier's own id of the transaction.
    pub their_ref: Option<TheirRef>,
    /// The supplier's product code as echoed.
    pub sku: Option<Sku>,
    /// The destination as echoed.
    pub target: Option<Target>,
    /// What is asserted about delivery.
    pub claim: Claim,
    /// Why, for people, health and fail-over scope; never for doubt ([`Reason::Duplicate`] is the one exception).
    pub reason: Reason,
    /// The supplier's own code of this answer, for people who ask its support: nothing is decided by it any more. `None` if the answer has none, or what cannot
    /// be one.
    pub code: Option<ReplyCode>,
    /// The serial number, if there is a real one. [`Sn::read`] gives `None` for placeholders (`-`, `0`) and for what cannot be one
    /// (control characters, more than 512 bytes); neither makes the sighting unclear.
    pub sn: Option<Sn>,
    /// What the supplier says it bills: above zero. (`Money`'s own reader takes negative amounts; core ignores such a price.)
    pub price: Option<Money>,
    /// Whether the answer has a price that is none: text, a third decimal, below zero, beyond every bound. `price` is `None` then. The delivery
    /// stands at the expected cost, a case is opened and the route is closed, as for a bill above the cap (E-10, INV-17).
    pub price_unread: bool,
    /// What the supplier says is left of our deposit; may be negative.
    pub balance: Option<Money>,
    /// When the supplier formed the purchase, by its own clock; `None` if the answer does not say. Needed of the rows of a list where the supplier knows
    /// no reference of ours: a purchase older than the send is nobody's answer to it ([`adopt`](crate::order::adopt())). Of no other use.
    pub formed_at: Option<Timestamp>,
}

impl Sighting {
    /// A sighting that asserts `claim` for `reason` and nothing else; fill in what was read.
    pub const fn new(claim: Claim, reason: Reason) -> Self {
        Self {
            our_ref: None,
            their_ref: None,
            sku: None,
            target: None,
            claim,
            reason,
            code: None,
            sn: None,
            price: None,
            price_unread: false,
            balance: None,
            formed_at: None,
        }
    }
}

/// What a sighting asserts about delivery. Closed on purpose: a new claim must be decided everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Claim {
    /// No byte of the request was written: local refusal, DNS or connect failure, TLS failure on a fresh connection. Proof only as
    /// the outcome of the first and only `send`; of `ask` it says that the question was not put.
    NotSent,
    /// The supplier refuses or reports failure.
    Refused {
        /// Whether a transaction had been formed there.
        formed: Formed,
    },
    /// Accepted, in process.
    Pending,
    /// Delivered.
    Delivered,
    /// Anything else: silence, unknown codes, contradictions, unreadable bodies. Proves nothing.
    Unclear,
}

impl Claim {
    /// Says for certain that it was delivered, or that it was not.
    pub(crate) const fn is_definitive(self) -> bool {
        self.is_failure() || matches!(self, Self::Delivered)
    }

    /// Says of a purchase that was formed that it failed.
    pub(crate) const fn is_failure(self) -> bool {
        match self {
            Self::Refused {
                formed: Formed::Yes | Formed::Doubtful,
            } => true,
            // Of a question that was not put, or not answered, nothing follows for the purchase.
            Self::Refused { formed: Formed::No }
            | Self::NotSent
            | Self::Pending
            | Self::Delivered
            | Self::Unclear => false,
        }
    }
}

/// Whether a refusal speaks of a transaction that the supplier had formed. The source is the provider's own table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Formed {
    /// Refused before a transaction was formed. Proof only in the reply to the first and only `send`: it says nothing about earlier sends
    /// of the same reference, and in a status answer or callback it changes nothing. Where the supplier knows no reference of ours, such an answer names
    /// no transaction of theirs either: one that does is another purchase's.
    No,
    /// A transaction was formed and has finally failed. Also what a status call or callback reports as failed for good.
    Yes,
    /// Reported as failed by a code that may still turn out delivered: believed when said again later (INV-13).
    Doubtful,
}

/// Why a supplier says what it says. It steers what follows a *proven* rejection or a request that was never sent
/// ([`after_rejection`](crate::order::follow::after_rejection) is the closed table) and whose failure that was for health and breakers. With
/// any other claim it is for people only (one exception: [`NotFound`](Self::NotFound) under [`ProofAfter`](super::NotFound::ProofAfter)).
///
/// "Another route" below means: the next sellable route of the product, or the money back if there is none. If in doubt between two,
/// take the one after which less happens: `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reason {
    /// No reason given, or none needed. Another route; the route failed.
    None,
    /// The seller has no stock. Another route; without one the same may be asked again after 1, 2, 5 min. The route failed.
    OutOfStock,
    /// The destination is wrong and would be everywhere. *The order ends: no other route is tried, the money goes back.* Nobody failed.
    BadDestination,
    /// Our deposit at the supplier is used up. Another route; *nothing more is bought from the supplier* until its balance reads above zero or an
    /// operator says so.
    SupplierFunds,
    /// Our account at the supplier is broken: credentials, IP list, not verified. As [`SupplierFunds`](Self::SupplierFunds).
    AccountFault,
    /// The supplier thinks it has done this already. Another route once no other order of ours for the same goods and destination is under
    /// way. Nobody failed.
    Duplicate,
    /// The supplier does not know the transaction. Goes with `Unclear` and proves nothing (INV-12).
    NotFound,
    /// Closed for cut-off or maintenance. Another route; the route failed.
    CutOff,
    /// The price is above our cap. Another route; the route failed.
    Price,
    /// The seller is in trouble; asking again later is invited. As [`OutOfStock`](Self::OutOfStock).
    SellerTrouble,
    /// The product is unstable; asking again later is invited. As [`OutOfStock`](Self::OutOfStock).
    Unstable,
    /// The product is closed, unknown or not for us, here. Another route; the route failed.
    ProductClosed,
    /// Too many calls. Another route; route and supplier failed.
    RateLimited,
    /// No connection, no complete answer in time, or the connection broke. Another route; route and supplier failed.
    Timeout,
    /// The answer could not be read. Goes with `Unclear`.
    Unreadable,
    /// The answer contradicts itself. Goes with `Unclear`.
    Contradiction,
    /// A reason without a word of its own here. Another route; the route failed.
    Other,
    /// We ourselves kept the request back before its first byte: this process stops, or it committed the intent too late. Goes with `NotSent`, and the engine
    /// says it; an adapter has no use for it. The route is not used up: it may be taken again, three times. Nobody failed.
    Withheld,
}

/// Whether a byte of the request may have reached the supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Written {
    /// Certainly not.
    No,
    /// Possibly: everything after the first byte.
    Yes,
}

/// What one call to a supplier brought. Never an `Err`: a failure is a sighting.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Whether a byte may have left. `No` goes with exactly one [`Claim::NotSent`].
    pub written: Written,
    /// The raw answer as evidence, as far as it was read, also if it broke off or was not understood; empty if there was none.
    pub raw: Bytes,
    /// What was read. Empty means that nothing could be: the same as one [`Claim::Unclear`].
    pub sightings: Vec<Sighting>,
}

impl Exchange {
    /// A call that certainly wrote nothing.
    pub fn not_sent(reason: Reason) -> Self {
        Self {
            written: Written::No,
            raw: Bytes::new(),
            sightings: vec![Sighting::new(Claim::NotSent, reason)],
        }
    }

    /// A call that may have arrived and told us nothing.
    pub fn unclear(raw: Bytes, reason: Reason) -> Self {
        Self {
            written: Written::Yes,
            raw,
            sightings: vec![Sighting::new(Claim::Unclear, reason)],
        }
    }

    /// A call that was answered.
    pub fn answered(raw: Bytes, sightings: Vec<Sighting>) -> Self {
        Self {
            written: Written::Yes,
            raw,
            sightings,
        }
    }

    /// The balance that the answer tells, for adapters that read it by the same table as their purchases. Nothing heard is
    /// [`ReadError::Unreachable`], an answer without a balance [`ReadError::Unreadable`]; neither is ever zero.
    pub fn balance(&self) -> Result<Money, ReadError> {
        let told = self.sightings.iter().find_map(|sighting| sighting.balance);
        told.ok_or_else(|| {
            if self.raw.is_empty() {
                ReadError::Unreachable("no answer".to_owned())
            } else {
                ReadError::Unreadable("no balance in the answer".to_owned())
            }
        })
    }
}
