//! What a supplier can and cannot do: the facts that core's rules ask for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalog::{CutOff, ProductKind};
use crate::ids::RefShape;

/// What an adapter declares about its supplier. Every field is required; there is no default, because a guessed answer to any of
/// them can cost money (architecture D3).
///
/// Where the provider's contract is silent, take the value after *if silent*: the one that costs least if it is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// How the fate of an attempt at prepaid goods is asked for. If silent: `None`, and a person looks.
    pub status: Status,
    /// How the fate of the payment of a bill is asked for; `None` where no bills are paid, and then [`Supplier::inquire`](crate::ports::Supplier::inquire) is
    /// never asked about one. Never `Resubmit`: the amount of a bill belongs to its inquiry.
    pub bills: Option<Status>,
    /// Whose reference identifies an attempt.
    pub reference: Reference,
    /// What a callback proves. If silent: `Hint`.
    pub callback: Callback,
    /// Whether a reference that failed may be executed when it is sent again. If so it is never sent again. If silent:
    /// `true`, which excludes `Resubmit`.
    pub failed_ref_may_run_again: bool,
    /// What "not found" proves. If silent: `NoProof`.
    pub not_found: NotFound,
    /// How long after a formed rejection nothing may follow, neither another route nor the money back, because it may still turn. Zero only if
    /// the provider says that its failures are final. If silent: 2 to 5 min; the customer waits that much longer.
    pub settle_delay: Duration,
    /// How long after a success a late reversal is expected. For people: the engine hears a reversal whenever it comes. If silent: 7 days.
    pub reversal_window: Duration,
    /// Waits before each status check, the first from the end of the send; then the order is escalated to a person. At least one. If
    /// silent: 2 min, then four times 3 min.
    pub poll: Vec<Duration>,
    /// Wait between checks once `poll` is used up; above zero. If silent: 30 min.
    pub poll_later: Duration,
    /// Age of an attempt after which no check is made any more: longer than all of `poll`. If silent: 7 days, and at most half of what a
    /// supplier with `Resubmit` remembers. Nothing fails by age: after it only a callback or a person moves the order.
    pub poll_max_age: Duration,
    /// When a success needs a serial number. If silent: `ByProduct`.
    pub sn_policy: SnPolicy,
    /// How a second purchase of the same goods for the same destination is told from the first. If silent: `Never`.
    pub repeat: Repeat,
    /// Whether the supplier refuses by itself above a price cap that we send. For people and the kit; the adapter sends the cap. If
    /// silent: `false`.
    pub price_cap_field: bool,
    /// Daily closed window of the whole supplier, if it has one; products' own windows are in their mappings. The engine sends nothing
    /// inside (resends included); it still asks.
    pub cut_off: Option<CutOff>,
    /// Calls under way at once, at most, of all processes together. Kept by the engine, each process to its share of it
    /// ([`Settings::processes`](crate::engine::Settings::processes)), for `send` and `ask` together; `balance` and `price_list` are not counted. A full supplier is skipped as a route and its checks come later. If silent: 8.
    pub max_in_flight: u32,
    /// Least time between the *starts* of two calls. Kept by the engine as `max_in_flight` is, before a call begins: no wait of
    /// it falls into `timeout`. Processes that count their calls together ([`Pace`](crate::ports::Pace)) share nothing out: together they keep to it. If silent: zero if no limit is named, else the limit's own.
    pub min_gap: Duration,
    /// Total time for one call, answer included, and of the adapter's own client. At least what the provider promises ("answers within
    /// 30 s": 35 s); half of what the lease is built from (D15). The engine gives `send` and `ask` 5 s more before it cuts them off. If
    /// silent: 60 s.
    pub timeout: Duration,
}

impl Profile {
    /// How the fate of an attempt at goods of this kind is asked for.
    pub const fn status_of(&self, kind: ProductKind) -> Status {
        match (kind, self.bills) {
            (ProductKind::Prepaid, _) => self.status,
            (ProductKind::Postpaid, Some(status)) => status,
            (ProductKind::Postpaid, None) => Status::None,
        }
    }

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
    /// A list of recent transactions, in which `ask` finds the attempt by its reference; where none is known, core does
    /// ([`adopt`](crate::order::adopt())).
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
    /// Ours, in this shape, echoed in answers and callbacks.
    Ours {
        /// What it accepts.
        shape: RefShape,
    },
    /// Only its own: two live attempts with the same (supplier, SKU, target) are forbidden, and each of its ids belongs to one attempt for ever (INV-11).
    Theirs,
}

/// What a callback of this supplier proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Callback {
    /// It carries a signature over the fields we use: believed as a reply is.
    Signed,
    /// It is a hint: ask before believing (INV-35).
    Hint,
}

/// What "not found" proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotFound {
    /// Nothing (INV-12).
    NoProof,
    /// Contractually: non-delivery, once this much has passed since the end of the last send. Longer than `timeout`.
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

/// How a second purchase of the same goods is told from the first. A declaration for people and catalogs: the engine does not read it; its
/// guard against doubles works on orders, before any supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeat {
    /// By our reference: a new reference is a new purchase, the same one never buys again.
    ByRef,
    /// By a counter in the request: without the next number a second purchase of the day is refused as a duplicate
    /// ([`Reason::Duplicate`](super::Reason::Duplicate)).
    Counter,
    /// Not at all: a second purchase may be refused as a duplicate or answered with the first one's outcome.
    Never,
}
