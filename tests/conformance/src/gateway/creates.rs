//! Creating: once, and honest about what is not known.

use std::time::Duration;

use eraflazz_core::payment::{
    Amount, Method, PaymentClaim, PaymentReason, PaymentRef, PaymentState, SecondCreate, against,
};
use eraflazz_core::supplier::Written;

use super::{GatewayFixture, only, row};
use crate::supplier::{Cut, Telling};

/// One request makes one payment, and its answer names it, us and the amount.
pub async fn a_payment_is_made_once_and_told_whole(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    let exchange = fixture.gateway().create(&payment).await;
    let seen = only(&exchange);
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(
        seen.claim,
        PaymentClaim::Is(PaymentState::Pending),
        "{exchange:?}"
    );
    against(&row(&payment), seen).unwrap();
    assert!(seen.their_ref.is_some(), "{seen:?}");
    assert!(seen.pay_with.code.is_some(), "nothing to pay by: {seen:?}");
    assert!(seen.expires_at.is_some(), "{seen:?}");
    assert!(!exchange.raw.is_empty());
    assert_eq!(fixture.made(payment.code), 1);
    assert_eq!(fixture.asked(), 1);
}

/// Refused here, before a byte leaves.
pub async fn a_payment_that_breaks_a_rule_is_not_sent(fixture: impl GatewayFixture) {
    let mut payment = fixture.payment();
    payment.items.clear();
    let exchange = fixture.gateway().create(&payment).await;
    assert_eq!(exchange.written, Written::No);
    assert_eq!(only(&exchange).claim, PaymentClaim::NotSent);
    assert_eq!(only(&exchange).reason, PaymentReason::BadRequest);
    assert_eq!(fixture.asked(), 0);
}

/// A profile is a promise in both directions.
pub async fn what_the_profile_does_not_offer_is_not_sent(fixture: impl GatewayFixture) {
    let profile = fixture.gateway().profile();
    let all = [
        Method::Card,
        Method::Page,
        Method::Bank(eraflazz_core::payment::Bank::Other),
        Method::Wallet(eraflazz_core::payment::Wallet::Gopay),
    ];
    let missing = all.into_iter().find(|m| !profile.methods.contains(m));
    let mut payment = fixture.payment();
    payment.method = missing.unwrap();
    if payment.method == Method::Card {
        payment.card = Some(eraflazz_core::payment::Card {
            token: "a-token".to_owned(),
            authenticate: true,
            reserve_only: false,
        });
    }
    let exchange = fixture.gateway().create(&payment).await;
    assert_eq!(only(&exchange).claim, PaymentClaim::NotSent);
    assert_eq!(only(&exchange).reason, PaymentReason::NotOffered);
    assert_eq!(fixture.asked(), 0);
}

/// No connection: proof that nothing was asked.
pub async fn e_01_a_create_that_nobody_heard_wrote_nothing(fixture: impl GatewayFixture) {
    fixture.line().close().await;
    let exchange = fixture.gateway().create(&fixture.payment()).await;
    assert_eq!(exchange.written, Written::No);
    assert_eq!(only(&exchange).claim, PaymentClaim::NotSent);
    assert_eq!(fixture.asked(), 0);
}

/// The payment is there, and nobody said so: a look by our own reference finds it before another is made.
pub async fn e_01_a_lost_create_proves_nothing_and_is_found_by_our_reference(
    fixture: impl GatewayFixture,
) {
    let payment = fixture.payment();
    fixture.line().tell(Telling::Lost);
    let exchange = fixture.gateway().create(&payment).await;
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(only(&exchange).claim, PaymentClaim::Unclear, "{exchange:?}");
    assert_eq!(fixture.made(payment.code), 1);
    fixture.line().tell(Telling::Whole);
    let found = fixture
        .gateway()
        .look(&PaymentRef::ours(payment.code))
        .await;
    let seen = only(&found);
    assert_eq!(seen.claim, PaymentClaim::Is(PaymentState::Pending));
    assert!(seen.their_ref.is_some());
    against(&row(&payment), seen).unwrap();
    assert_eq!(fixture.asked(), 1, "a lost create was sent again");
}

async fn proves_nothing(fixture: &impl GatewayFixture, telling: Telling) {
    let payment = fixture.payment();
    let what = format!("{telling:?}");
    fixture.line().tell(telling);
    let exchange = fixture.gateway().create(&payment).await;
    fixture.line().tell(Telling::Whole);
    assert_eq!(exchange.written, Written::Yes, "{what}");
    assert_eq!(only(&exchange).claim, PaymentClaim::Unclear, "{what}");
    assert_eq!(fixture.made(payment.code), 1, "{what}");
}

/// Cut where nobody can see it by its length.
pub async fn e_03_half_an_answer_proves_nothing(fixture: impl GatewayFixture) {
    for cut in [Cut::Half, Cut::Before(1), Cut::Before(2)] {
        proves_nothing(&fixture, Telling::Cut(cut)).await;
        proves_nothing(&fixture, Telling::Unframed(cut)).await;
    }
}

/// Whoever stands in front of a gateway knows nothing of payments, whatever status he gives.
pub async fn e_05_a_page_or_a_bare_status_proves_nothing(fixture: impl GatewayFixture) {
    for status in [200, 400, 403, 404, 429, 500, 502, 503, 504] {
        proves_nothing(&fixture, Telling::Page(status)).await;
        proves_nothing(&fixture, Telling::Bare(status)).await;
    }
}

/// Who follows one asks twice.
pub async fn a_redirect_is_not_followed(fixture: impl GatewayFixture) {
    proves_nothing(&fixture, Telling::Redirect).await;
    assert_eq!(fixture.asked(), 1);
}

/// The engine never does it; the profile says what would happen.
pub async fn a_second_create_does_what_the_profile_says(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    for _ in 0..2 {
        fixture.gateway().create(&payment).await;
    }
    let looked = fixture
        .gateway()
        .look(&PaymentRef::ours(payment.code))
        .await;
    match fixture.gateway().profile().second_create {
        SecondCreate::Refused => assert_eq!(fixture.made(payment.code), 1),
        SecondCreate::MakesAnother => {
            assert_eq!(fixture.made(payment.code), 2);
            assert_eq!(looked.sightings.len(), 2, "a look has to show both");
            let [one, other] = looked.sightings.as_slice() else {
                panic!("{looked:?}");
            };
            assert_ne!(one.their_ref, other.their_ref);
        }
    }
}

/// Fields that the engine leans on.
pub async fn the_profile_can_be_lived_with(fixture: impl GatewayFixture) {
    let before = fixture.gateway().profile().clone();
    fixture.gateway().create(&fixture.payment()).await;
    let profile = fixture.gateway().profile();
    assert_eq!(*profile, before, "it is constant");
    assert!(profile.methods.contains(&fixture.payment().method));
    assert!(matches!(fixture.payment().amount, Amount::Fixed(_)));
    assert!(!profile.poll.is_empty());
    assert!(profile.poll_max_age > profile.poll.iter().sum());
    assert!(profile.max_in_flight > 0);
    assert!(profile.timeout >= Duration::from_millis(10));
}
