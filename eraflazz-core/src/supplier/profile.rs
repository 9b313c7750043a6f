//! What a supplier can and cannot do: the facts that core's rules ask for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalog::CutOff;
use crate::ids::RefShape;

/// What an adapter declares about its supplier. Every field is required; there is no default, because a guessed answer to any of
/// them can cost money (architecture D3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// How the fate of an attempt is asked for.
    pub status: Status,
    /// Whose reference identifies an attempt.
    pub reference: Reference,
    /// What a callback proves.
    pub callback: Callback,
    /// Whether a reference that failed may be executed when it is sent again. If so it is never sent again.
    pub failed_ref_may_run_again: bool,
    /// What "not found" proves.
    pub not_found: NotFound,
    /// How long after a formed rejection nothing may follow, because it may still turn.
    pub settle_delay: Duration,
    /// How long after a success a late reversal is expected and watched for.
    pub reversal_window: Duration,
    /// Waits before each status check, the first from the end of the send; then the order is escalated to a person.
    pub poll: Vec<Duration>,
    /// Wait between checks once `poll` is used up.
    pub poll_later: Duration,
    /// Age of an attempt after which no check is made any more.
    pub poll_max_age: Duration,
    /// When a success needs a serial number.
    pub sn_policy: SnPolicy,
    /// How a second purchase of the same goods for the same destination is told from the first.
    pub repeat: Repeat,
    /// Whether the supplier refuses by itself above a price cap that we send.
    pub price_cap_field: bool,
    /// Daily closed window of the whole supplier, if it has one; products' own windows are in their mappings.
    pub cut_off: Option<CutOff>,
    /// Calls under way at once, at most.
    pub max_in_flight: u32,
    /// Least time between the starts of two calls.
    pub min_gap: Duration,
    /// Total time for one call; half of what the lease is built from (D15).
    pub timeout: Duration,
}

impl Profile {
    /// How long a worker holds an attempt that it has begun to send: `2 × timeout + 10 s` (D15). After that the attempt is
    /// UNKNOWN, whoever was calling.
    pub fn lease(&self) -> Duration {
        self.timeout
            .saturating_mul(2)
            .saturating_add(Duration::from_secs(10))
    }
}

/// How the fate of an attempt is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// A call that only asks.
    Dedicated,
    /// A list of recent transactions.
    Listing,
    /// The purchase itself, sent again under the same reference (resend rule).
    Resubmit {
        /// The supplier forgets a reference after this; we stop at half of it.
        max_age: Duration,
        /// Least time from the end of one call to the start of the next for one reference.
        min_interval: Duration,
    },
    /// No way to ask.
    None,
}

/// Whose reference identifies an attempt at the supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reference {
    /// Ours, in this shape.
    Ours {
        /// What it accepts.
        shape: RefShape,
    },
    /// Only its own: two live attempts with the same (supplier, SKU, target) are forbidden (INV-11).
    Theirs,
}

/// What a callback of this supplier proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Callback {
    /// It carries a signature over the fields we use.
    Signed,
    /// It is a hint: ask before believing (INV-35).
    Hint,
}

/// What "not found" proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotFound {
    /// Nothing (INV-12).
    NoProof,
    /// Contractually: non-delivery, once this much has passed since the last send.
    ProofAfter(Duration),
}

/// When a success needs a serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnPolicy {
    /// As the product says.
    ByProduct,
    /// Always: a success without one waits for it.
    Required,
    /// Never.
    Optional,
}

/// How a second purchase of the same goods is told from the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeat {
    /// By our reference.
    ByRef,
    /// By a counter in the request.
    Counter,
    /// Not at all.
    Never,
}
