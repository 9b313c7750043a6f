//! The profile: constant, consistent, and what the suite was told.

use std::time::Duration;

use eraflazz_core::supplier::Status;

use super::{Claims, PriceCap, StatusClaim, SupplierFixture};

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
        PriceCap::Enforced
    } else {
        PriceCap::Unknown
    };
    let callback = profile.callback;
    let profiled = Claims {
        status,
        callback,
        price_cap,
    };
    assert_eq!(claims, profiled);
}

/// Numbers that the engine can work with, the same before and after a call.
pub async fn the_profile_is_sane_and_constant(fixture: impl SupplierFixture) {
    let supplier = fixture.supplier();
    let profile = supplier.profile().clone();
    assert!(profile.timeout > Duration::ZERO);
    assert!(profile.lease() > profile.timeout);
    assert!(profile.max_in_flight > 0);
    assert!(profile.poll_later > Duration::ZERO);
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
            profile.poll_max_age <= max_age / 2,
            "a reference must be known for twice as long as it is sent (INV-13)"
        );
        let waits = profile.poll.iter().chain([&profile.poll_later]);
        for wait in waits {
            assert!(*wait >= min_interval, "a check sooner than it may be sent");
        }
    }
    super::hearing::send(&fixture, &fixture.purchase()).await;
    assert_eq!(*supplier.profile(), profile);
}
