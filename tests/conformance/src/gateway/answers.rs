//! Looking and acting.

use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Act, ActKind, Amount, Expected, Mismatch, PaymentClaim, PaymentCode, PaymentReason, PaymentRef,
    PaymentState, against,
};
use eraflazz_core::supplier::Written;

use super::{Fate, GatewayFixture, only, row};
use crate::supplier::Telling;

fn nobodys() -> PaymentRef {
    PaymentRef::ours(PaymentCode::parse("E0000000000000NOBODY").unwrap())
}

/// "Not found" is an answer; a create that is still under way may be behind it.
pub async fn nobodys_payment_is_not_found(fixture: impl GatewayFixture) {
    let exchange = fixture.gateway().look(&nobodys()).await;
    assert_eq!(
        only(&exchange).claim,
        PaymentClaim::NotFound,
        "{exchange:?}"
    );
}

/// Asked often, told badly: the payment is what it was.
pub async fn a_look_changes_nothing_and_proves_nothing_when_lost(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    let ours = PaymentRef::ours(payment.code);
    for telling in [
        Telling::Lost,
        Telling::Page(404),
        Telling::Bare(404),
        Telling::Page(503),
        Telling::Bare(500),
    ] {
        let what = format!("{telling:?}");
        fixture.line().tell(telling);
        let exchange = fixture.gateway().look(&ours).await;
        assert_eq!(only(&exchange).claim, PaymentClaim::Unclear, "{what}");
    }
    fixture.line().tell(Telling::Whole);
    let seen = fixture.gateway().look(&ours).await;
    assert_eq!(only(&seen).claim, PaymentClaim::Is(PaymentState::Pending));
    assert_eq!(fixture.made(payment.code), 1);
}

/// By our reference, then by the gateway's own id.
pub async fn inv_22_what_was_paid_is_told_with_its_amount_and_its_own_name(
    fixture: impl GatewayFixture,
) {
    let payment = fixture.payment();
    let made = fixture.gateway().create(&payment).await;
    fixture.becomes(payment.code, Fate::Paid);
    let ours = fixture
        .gateway()
        .look(&PaymentRef::ours(payment.code))
        .await;
    let theirs = only(&made).their_ref.clone();
    let by_theirs = PaymentRef {
        theirs: theirs.clone(),
        ..PaymentRef::ours(payment.code)
    };
    let again = fixture.gateway().look(&by_theirs).await;
    let Amount::Fixed(asked) = payment.amount else {
        panic!("a fixed amount is expected");
    };
    for exchange in [&ours, &again] {
        let seen = only(exchange);
        assert!(
            seen.state().is_some_and(PaymentState::is_paid),
            "{exchange:?}"
        );
        assert_eq!(seen.their_ref, theirs);
        let expected = Expected {
            reference: by_theirs.clone(),
            payable: only(&made).amount,
            ..row(&payment)
        };
        assert_eq!(against(&expected, seen), Ok(Some(asked)));
    }
}

/// A gateway that names another amount than ours credits nothing.
pub async fn inv_22_another_amount_is_not_ours(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    fixture.becomes(payment.code, Fate::Paid);
    let exchange = fixture
        .gateway()
        .look(&PaymentRef::ours(payment.code))
        .await;
    let Amount::Fixed(asked) = payment.amount else {
        panic!("a fixed amount is expected");
    };
    let one = Money::rupiah(1).unwrap();
    for other in [asked.checked_add(one), asked.checked_sub(one)] {
        let other = Expected {
            amount: Amount::Fixed(other.unwrap()),
            ..row(&payment)
        };
        assert!(matches!(
            against(&other, only(&exchange)),
            Err(Mismatch::Amount { .. })
        ));
    }
}

/// The end without money.
pub async fn an_expired_payment_is_told(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    fixture.becomes(payment.code, Fate::Expired);
    let exchange = fixture
        .gateway()
        .look(&PaymentRef::ours(payment.code))
        .await;
    assert_eq!(
        only(&exchange).claim,
        PaymentClaim::Is(PaymentState::Expired)
    );
}

/// Late money is money.
pub async fn e_29_money_after_expiry_is_told_as_money(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    fixture.becomes(payment.code, Fate::Expired);
    fixture.becomes(payment.code, Fate::Paid);
    let exchange = fixture
        .gateway()
        .look(&PaymentRef::ours(payment.code))
        .await;
    assert!(only(&exchange).state().is_some_and(PaymentState::is_paid));
}

fn acts() -> [Act; 6] {
    [
        Act::Cancel,
        Act::Expire,
        Act::Capture(None),
        Act::Approve,
        Act::Deny,
        Act::Refund {
            key: "rf-conformance-1".parse().unwrap(),
            amount: Money::rupiah(1_000).unwrap(),
            reason: "goods could not be delivered".to_owned(),
            direct: false,
        },
    ]
}

/// A profile is a promise in both directions.
pub async fn an_act_that_is_not_listed_is_not_sent(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    let listed = &fixture.gateway().profile().acts;
    let reference = PaymentRef::ours(payment.code);
    for act in acts().iter().filter(|act| !listed.contains(&act.kind())) {
        let exchange = fixture.gateway().act(&reference, act).await;
        assert_eq!(exchange.written, Written::No, "{act:?}");
        assert_eq!(only(&exchange).claim, PaymentClaim::NotSent);
        assert_eq!(only(&exchange).reason, PaymentReason::NotOffered);
    }
    if listed.contains(&ActKind::Cancel) {
        let exchange = fixture.gateway().act(&reference, &Act::Cancel).await;
        let called_off = PaymentClaim::Is(PaymentState::Cancelled);
        assert_eq!(only(&exchange).claim, called_off, "{exchange:?}");
        let again = fixture.gateway().act(&reference, &Act::Cancel).await;
        let is_settled =
            only(&again).claim == called_off || only(&again).reason == PaymentReason::WrongState;
        assert!(is_settled, "{again:?}");
    }
}

/// Nothing there, nothing done: refused or not sent, never a state.
pub async fn an_act_on_nobodys_payment_changes_nothing(fixture: impl GatewayFixture) {
    for act in acts() {
        let exchange = fixture.gateway().act(&nobodys(), &act).await;
        let claim = only(&exchange).claim;
        assert!(
            matches!(claim, PaymentClaim::Refused | PaymentClaim::NotSent),
            "{act:?}: {exchange:?}"
        );
    }
}
