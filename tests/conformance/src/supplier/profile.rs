//! The profile: constant, consistent, and what the suite was told.

use std::time::Duration;

use eraflazz_core::supplier::{NotFound, Reference, Status};

use super::hearing::send;
use super::{Cap, Claims, ReferenceClaim, StatusClaim, SupplierFixture};

/// Cases are skipped by claims, so the claims must be true.
#[expect(
    clippy::needless_pass_by_value,
    reason = "cases take the fixture they were given"
)]
pub fn the_claims_are_those_of_the_profile(fixture: impl SupplierFixture, claims: Claims) {
    let profile = fixture.supplier().profile();
    let status = match profile.status {
        Status::Dedicated => StatusClaim::Dedicated,
        Status::Listing => StatusClaim::Listing,
        Status::Resubmit { .. } => StatusClaim::Resubmit,
        Status::None => StatusClaim::None,
    };
    let price_cap = if profile.price_cap_field {
        Cap::Enforced
    } else {
        Cap::Unknown
    };
    let reference = match profile.reference {
        Reference::Ours { .. } => ReferenceClaim::Ours,
        Reference::Theirs => ReferenceClaim::Theirs,
    };
    let callback = profile.callback;
    let profiled = Claims {
        status,
        callback,
        price_cap,
        reference,
    };
    assert_eq!(claims, profiled);
}

/// Numbers that the engine can work with, the same before and after a call.
pub async fn the_profile_is_sane_and_constant(fixture: impl SupplierFixture) {
    let supplier = fixture.supplier();
    let profile = supplier.profile().clone();
    let timeout = profile.timeout.as_millis();
    assert!(
        (1_000..=3_000).contains(&timeout),
        "the fixture's adapter has a timeout of 1 to 3 s, and its client the same"
    );
    assert!(profile.max_in_flight > 0);
    assert!(!profile.poll.is_empty(), "doubt is asked about");
    assert!(profile.poll_later > Duration::ZERO);
    let all_checks: Duration = profile.poll.iter().sum();
    assert!(
        profile.poll_max_age > all_checks,
        "asking does not end before its schedule"
    );
    if let NotFound::ProofAfter(wait) = profile.not_found {
        assert!(
            wait > profile.timeout,
            "a purchase may be on its way for as long as a call may take (INV-12)"
        );
    }
    if let Status::Resubmit {
        max_age,
        min_interval,
    } = profile.status
    {
        assert!(
            !profile.failed_ref_may_run_again,
            "asking by sending again would buy what has failed"
        );
        assert!(
            matches!(profile.reference, Reference::Ours { .. }),
            "only our reference tells a second send from a second purchase"
        );
        assert!(
            profile.poll_max_age <= max_age / 2,
            "a reference must be known for twice as long as it is sent (INV-13)"
        );
        let waits = profile.poll.iter().chain([&profile.poll_later]);
        for wait in waits {
            assert!(*wait >= min_interval, "a check sooner than it may be sent");
        }
    }
    send(&fixture, &fixture.purchase()).await;
    assert_eq!(*supplier.profile(), profile);
}
