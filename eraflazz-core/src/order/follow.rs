//! The second of the two closed tables: `class × reason -> next step` (money-safety section 5, D39).

use super::judge::Class;
use crate::supplier::Reason;

/// What follows a class for the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Nothing new: what was planned stands.
    Stay,
    /// Keep the hold and ask later.
    Wait,
    /// Proven undelivered: another route, or the money back.
    Reroute(Reroute),
    /// Proven undelivered and it would be everywhere: the money back.
    End,
    /// Delivered: the hold becomes revenue.
    Settle,
    /// Delivered after proof of the contrary: settle, reclaim, absorb, or a surplus.
    Late,
    /// The same during a dispute: kept until that is over, and settled before money goes back or another route is taken.
    LateInDispute,
    /// Undelivered after delivery: the money back, the supplier owes us.
    Reverse,
    /// Contradiction: a person, unless an authenticated read settles it.
    Dispute,
    /// Not to be believed by itself: ask as soon as asking is possible.
    AskSoon,
    /// The contradiction is resolved in favour of the delivery.
    Uphold,
}

/// What a proven rejection means for the search for another route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reroute {
    /// The same supplier may be asked again (1, 2, 5 min) once no other route is left.
    pub retry_invited: bool,
    /// The supplier as a whole is out of order until an operator or a successful balance read says otherwise.
    pub trips_supplier: bool,
    /// No other route while another order of ours for the same goods and destination is under way.
    pub after_twin: bool,
}

impl Reroute {
    /// Any other route.
    pub const PLAIN: Self = Self {
        retry_invited: false,
        trips_supplier: false,
        after_twin: false,
    };
}

/// What follows. Every class and reason by name: a new one does not compile until somebody has decided.
pub const fn follow(class: Class, reason: Reason) -> Next {
    match class {
        Class::Nothing => Next::Stay,
        Class::Hint => Next::AskSoon,
        Class::Doubt | Class::Pending | Class::Unknown | Class::AwaitSn => Next::Wait,
        Class::Success => Next::Settle,
        Class::LateSuccess => Next::Late,
        Class::LateHeard => Next::LateInDispute,
        Class::LateReversal => Next::Reverse,
        Class::ReversalHeard | Class::Conflict => Next::Dispute,
        Class::Upheld => Next::Uphold,
        Class::NotSent | Class::RejectedUnformed | Class::RejectedFormed => after_rejection(reason),
    }
}

/// What a proven rejection, or a request that was never sent, leaves to be tried (D39).
///
/// | Reason | What follows |
/// |---|---|
/// | `BadDestination` | the order ends, the money goes back; no other route is tried |
/// | `OutOfStock`, `SellerTrouble`, `Unstable` | another route; if none is left, the same again after 1, 2, 5 min |
/// | `SupplierFunds`, `AccountFault` | another route; the supplier is tripped until its balance reads above zero or an operator looked |
/// | `Duplicate` | another route, but not while another order of ours for the same goods and destination is under way |
/// | all others | another route |
///
/// Each waits for the settle delay of every formed rejection first. Without a route the money goes back. Whose failure it was for health
/// and breakers is another table: [`route::Sent`](crate::route::Sent).
pub const fn after_rejection(reason: Reason) -> Next {
    match reason {
        Reason::BadDestination => Next::End,
        Reason::OutOfStock | Reason::SellerTrouble | Reason::Unstable => Next::Reroute(Reroute {
            retry_invited: true,
            ..Reroute::PLAIN
        }),
        Reason::SupplierFunds | Reason::AccountFault => Next::Reroute(Reroute {
            trips_supplier: true,
            ..Reroute::PLAIN
        }),
        Reason::Duplicate => Next::Reroute(Reroute {
            after_twin: true,
            ..Reroute::PLAIN
        }),
        Reason::None
        | Reason::NotFound
        | Reason::CutOff
        | Reason::Price
        | Reason::ProductClosed
        | Reason::RateLimited
        | Reason::Timeout
        | Reason::Unreadable
        | Reason::Contradiction
        | Reason::Other
        | Reason::Withheld => Next::Reroute(Reroute::PLAIN),
    }
}
