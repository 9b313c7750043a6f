//! What an adapter read: sightings.
//!
//! An adapter never judges. Each reply or callback becomes zero or more [`Sighting`]s through one closed table of its own;
//! core binds them to an attempt and judges them by its history (money-safety section 5).

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::ids::SupplierRef;
use crate::money::Money;
use crate::text::{Sku, Sn, Target, TheirRef};

/// One statement about one attempt, as read from a reply or callback. Absent fields were absent, or not readable as what they
/// should be.
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
    /// The serial number, if there is a real one ([`Sn::read`]).
    pub sn: Option<Sn>,
    /// What the supplier says it bills.
    pub price: Option<Money>,
    /// What the supplier says is left of our deposit.
    pub balance: Option<Money>,
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
            sn: None,
            price: None,
            balance: None,
        }
    }
}

/// What a sighting asserts about delivery. Closed on purpose: a new claim must be decided everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Claim {
    /// No byte of the request was written: local refusal, DNS or connect failure, TLS failure on a fresh connection.
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

/// Whether a refusal speaks of a transaction that the supplier had formed. The source is the provider's own table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Formed {
    /// Refused before a transaction was formed: says nothing about earlier sends of the same reference.
    No,
    /// A transaction was formed and has finally failed.
    Yes,
    /// Reported as failed by a code that may still turn out delivered: believed when said again later (INV-13).
    Doubtful,
}

/// Why a supplier says what it says. Grows with the adapters; what follows from each is one closed table in
/// [`order::follow`](crate::order::follow).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reason {
    /// No reason given, or none needed.
    None,
    /// The seller has no stock.
    OutOfStock,
    /// The destination is wrong and would be everywhere.
    BadDestination,
    /// Our deposit at the supplier is used up.
    SupplierFunds,
    /// Our account at the supplier is broken: credentials, IP list, not verified.
    AccountFault,
    /// The supplier thinks it has done this already.
    Duplicate,
    /// The supplier does not know the transaction. Proves nothing (INV-12).
    NotFound,
    /// Closed for cut-off or maintenance.
    CutOff,
    /// The price is above our cap.
    Price,
    /// The seller is in trouble; asking again later is invited.
    SellerTrouble,
    /// The product is unstable; asking again later is invited.
    Unstable,
    /// The product is closed, unknown or not for us.
    ProductClosed,
    /// Too many calls.
    RateLimited,
    /// No complete answer in time, or the connection broke.
    Timeout,
    /// The answer could not be read.
    Unreadable,
    /// The answer contradicts itself.
    Contradiction,
    /// A reason without a word of its own here.
    Other,
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
    /// The raw answer as evidence, as far as it was read; empty if there was none.
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
}
