//! The four kinds of supplier that the rules tell apart.

use std::time::Duration;

use eraflazz_core::ids::RefShape;
use eraflazz_core::supplier::{Callback, NotFound, Profile, Reference, Repeat, SnPolicy, Status};

/// A supplier that is asked by sending again, as Digiflazz is.
pub fn resubmit() -> Profile {
    Profile {
        status: Status::Resubmit {
            max_age: Duration::from_hours(90 * 24),
            min_interval: Duration::from_mins(1),
        },
        reference: Reference::Ours {
            shape: RefShape::Alphanumeric,
        },
        callback: Callback::Signed,
        failed_ref_may_run_again: false,
        not_found: NotFound::NoProof,
        settle_delay: Duration::ZERO,
        reversal_window: Duration::from_hours(24),
        poll: [2, 3, 3, 3, 3].map(Duration::from_mins).to_vec(),
        poll_later: Duration::from_mins(30),
        poll_max_age: Duration::from_hours(7 * 24),
        sn_policy: SnPolicy::ByProduct,
        repeat: Repeat::ByRef,
        bills: None,
        price_cap_field: false,
        cut_off: None,
        max_in_flight: 1_000,
        min_gap: Duration::ZERO,
        timeout: Duration::from_secs(30),
    }
}

/// A supplier with a status call of its own.
pub fn dedicated() -> Profile {
    Profile {
        status: Status::Dedicated,
        ..resubmit()
    }
}

/// A supplier that pays bills: asked about their payment by a call that only asks, about all else by sending again, as Digiflazz is.
pub fn pays_bills() -> Profile {
    Profile {
        bills: Some(Status::Dedicated),
        ..resubmit()
    }
}

/// A supplier of texts, as `OtomaX` is: it cannot be asked, a failed reference may run again, and what it reports is a hint.
pub fn text() -> Profile {
    Profile {
        status: Status::None,
        callback: Callback::Hint,
        failed_ref_may_run_again: true,
        ..resubmit()
    }
}

/// A supplier that knows only its own references and lists what it did lately.
pub fn listing() -> Profile {
    Profile {
        status: Status::Listing,
        reference: Reference::Theirs,
        ..resubmit()
    }
}

/// The same as VIP is: what it reports is a hint, a failed one may run again, and nothing is ever sent twice.
pub fn vip() -> Profile {
    Profile {
        callback: Callback::Hint,
        failed_ref_may_run_again: true,
        settle_delay: Duration::from_mins(2),
        repeat: Repeat::Never,
        ..listing()
    }
}

/// A server of the `OtomaX` family that answers questions: what it reports is a hint, and a failed reference may run again.
pub fn otomax() -> Profile {
    Profile {
        callback: Callback::Hint,
        failed_ref_may_run_again: true,
        ..dedicated()
    }
}
