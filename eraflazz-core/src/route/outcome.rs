//! What an attempt says about its supplier: success, failure, doubt, or nothing.

use crate::supplier::Reason;

/// What became of an attempt, as core judged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Delivered.
    Delivered,
    /// Proven undelivered by the supplier's refusal.
    Rejected(Reason),
    /// Proven undelivered because nothing was sent. The reason is ours or the network's.
    NotSent(Reason),
    /// Nobody knows yet.
    Unknown,
}

/// What that says about whoever is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Success,
    /// It did not.
    Failure,
    /// It may have. Counted apart: a doubt is no failure (D24).
    Doubt,
}

/// Whose fault a rejection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The caller's: the destination, a purchase made before.
    Caller,
    /// That of our account at the supplier: used up or broken.
    Account,
    /// The product's there.
    Product,
    /// The supplier's as a whole.
    Supplier,
    /// Our own: the supplier never heard of it.
    Ours,
}

const fn fault(reason: Reason) -> Fault {
    match reason {
        Reason::BadDestination | Reason::Duplicate => Fault::Caller,
        Reason::SupplierFunds | Reason::AccountFault => Fault::Account,
        Reason::None
        | Reason::OutOfStock
        | Reason::CutOff
        | Reason::Price
        | Reason::SellerTrouble
        | Reason::Unstable
        | Reason::ProductClosed
        | Reason::NotFound
        | Reason::Other => Fault::Product,
        Reason::RateLimited | Reason::Timeout | Reason::Unreadable | Reason::Contradiction => {
            Fault::Supplier
        }
        Reason::Withheld => Fault::Ours,
    }
}

impl Sent {
    /// What it says about this supplier's route of this product: for its [`Health`](super::Health) and breaker. `None` for faults
    /// of the caller, of our account, or our own (D24).
    pub const fn for_route(self) -> Option<Outcome> {
        match self {
            Self::Delivered => Some(Outcome::Success),
            Self::Unknown => Some(Outcome::Doubt),
            Self::Rejected(reason) | Self::NotSent(reason) => match fault(reason) {
                Fault::Caller | Fault::Account | Fault::Ours => None,
                Fault::Product | Fault::Supplier => Some(Outcome::Failure),
            },
        }
    }

    /// What it says about the supplier as a whole: for its breaker. A refusal on the merits is a supplier at work; one that could
    /// not be reached is not.
    pub const fn for_supplier(self) -> Option<Outcome> {
        match self {
            Self::Delivered => Some(Outcome::Success),
            Self::Unknown => Some(Outcome::Doubt),
            Self::NotSent(reason) => match fault(reason) {
                Fault::Caller | Fault::Account | Fault::Ours => None,
                Fault::Product | Fault::Supplier => Some(Outcome::Failure),
            },
            Self::Rejected(reason) => match fault(reason) {
                Fault::Account | Fault::Ours => None,
                Fault::Caller | Fault::Product => Some(Outcome::Success),
                Fault::Supplier => Some(Outcome::Failure),
            },
        }
    }

    /// True if our account there is used up or broken: the supplier is tripped until somebody looked (E-13, D40).
    pub const fn trips_account(self) -> bool {
        match self {
            Self::Rejected(reason) => matches!(fault(reason), Fault::Account),
            Self::Delivered | Self::NotSent(_) | Self::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Sent::Delivered, Some(Outcome::Success), Some(Outcome::Success), false)]
    #[case(Sent::Unknown, Some(Outcome::Doubt), Some(Outcome::Doubt), false)]
    #[case(
        Sent::NotSent(Reason::None),
        Some(Outcome::Failure),
        Some(Outcome::Failure),
        false
    )]
    #[case(
        Sent::NotSent(Reason::Timeout),
        Some(Outcome::Failure),
        Some(Outcome::Failure),
        false
    )]
    #[case(Sent::NotSent(Reason::AccountFault), None, None, false)]
    #[case(Sent::NotSent(Reason::Withheld), None, None, false)]
    #[case(
        Sent::Rejected(Reason::BadDestination),
        None,
        Some(Outcome::Success),
        false
    )]
    #[case(Sent::Rejected(Reason::Duplicate), None, Some(Outcome::Success), false)]
    #[case(Sent::Rejected(Reason::SupplierFunds), None, None, true)]
    #[case(Sent::Rejected(Reason::AccountFault), None, None, true)]
    #[case(
        Sent::Rejected(Reason::None),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::OutOfStock),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::CutOff),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::Price),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::SellerTrouble),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::Unstable),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::ProductClosed),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::NotFound),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::Other),
        Some(Outcome::Failure),
        Some(Outcome::Success),
        false
    )]
    #[case(
        Sent::Rejected(Reason::RateLimited),
        Some(Outcome::Failure),
        Some(Outcome::Failure),
        false
    )]
    #[case(
        Sent::Rejected(Reason::Timeout),
        Some(Outcome::Failure),
        Some(Outcome::Failure),
        false
    )]
    #[case(
        Sent::Rejected(Reason::Unreadable),
        Some(Outcome::Failure),
        Some(Outcome::Failure),
        false
    )]
    #[case(
        Sent::Rejected(Reason::Contradiction),
        Some(Outcome::Failure),
        Some(Outcome::Failure),
        false
    )]
    fn every_outcome_falls_on_whom_it_concerns(
        #[case] sent: Sent,
        #[case] route: Option<Outcome>,
        #[case] supplier: Option<Outcome>,
        #[case] trips: bool,
    ) {
        assert_eq!(sent.for_route(), route);
        assert_eq!(sent.for_supplier(), supplier);
        assert_eq!(sent.trips_account(), trips);
    }
}
