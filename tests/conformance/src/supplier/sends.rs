//! Purchases whose answers are whole.

use eraflazz_core::money::Money;
use eraflazz_core::supplier::{Claim, Formed, Written};

use super::hearing::{about, claim, is_formed_failure, reply, rows, send, within};
use super::{Means, SupplierFixture};

const UNFORMED: Claim = Claim::Refused { formed: Formed::No };

/// No retry, no redirect, no second try behind the engine's back (every other case counts too).
pub async fn one_send_is_one_request_and_one_purchase(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(claim(&purchase, &exchange), Claim::Delivered);
    assert!(!exchange.raw.is_empty(), "the raw answer is evidence");
    assert_eq!(fixture.arrivals(&purchase.supplier_ref), 1);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref), 1);
}

/// The cases about codes rest on the author's table.
#[expect(
    clippy::unused_async,
    reason = "a case is awaited, whether or not it waits"
)]
pub async fn the_table_has_a_row_of_each_kind(fixture: impl SupplierFixture) {
    let has = |means| !rows(&fixture, means).is_empty();
    assert!(has(|means| means == Means::Delivered), "delivered");
    assert!(has(|means| means == Means::UnderWay), "under way");
    let is_refusal = |means| matches!(means, Means::Refused(_));
    assert!(has(is_refusal), "refused, not formed");
    assert!(has(is_formed_failure), "formed and failed");
    let strange = fixture.unpublished();
    let published = fixture.codes().iter().any(|code| code.says == strange);
    assert!(!published, "{strange} is published");
}

/// Another supplier may be asked at once, so nothing may have been formed here; and the reason says what is tried next.
pub async fn a_refusal_that_formed_nothing_is_unformed_for_its_reason(
    fixture: impl SupplierFixture,
) {
    for row in rows(&fixture, |means| matches!(means, Means::Refused(_))) {
        let purchase = fixture.purchase();
        fixture.fate(row.says, false);
        let exchange = send(&fixture, &purchase).await;
        let sighting = about(&purchase, reply(), &exchange.sightings).unwrap();
        assert_eq!(sighting.claim, UNFORMED, "{row:?}");
        assert_eq!(Means::Refused(sighting.reason), row.means, "{row:?}");
        assert_eq!(fixture.deliveries(&purchase.supplier_ref), 0);
    }
}

/// A transaction that was formed has rules of its own, and one that may turn out delivered has stricter ones.
pub async fn inv_13_a_failure_that_was_formed_says_so_with_its_reason(
    fixture: impl SupplierFixture,
) {
    for row in rows(&fixture, is_formed_failure) {
        let purchase = fixture.purchase();
        let perhaps = matches!(row.means, Means::PerhapsFailed(_));
        fixture.fate(row.says, perhaps);
        let exchange = send(&fixture, &purchase).await;
        let sighting = about(&purchase, reply(), &exchange.sightings).unwrap();
        let Claim::Refused { formed } = sighting.claim else {
            panic!("{row:?} read as {:?}", sighting.claim);
        };
        // To doubt a final failure costs time, no money.
        let honest = formed == Formed::Doubtful || formed == Formed::Yes && !perhaps;
        assert!(honest, "{row:?} read as {formed:?}");
        let reasons = [
            Means::Failed(sighting.reason),
            Means::PerhapsFailed(sighting.reason),
        ];
        assert!(reasons.contains(&row.means), "{row:?}: {sighting:?}");
    }
}

/// Neither delivered nor refused.
pub async fn a_purchase_under_way_is_pending(fixture: impl SupplierFixture) {
    for row in rows(&fixture, |means| means == Means::UnderWay) {
        let purchase = fixture.purchase();
        fixture.fate(row.says, false);
        let exchange = send(&fixture, &purchase).await;
        assert_eq!(claim(&purchase, &exchange), Claim::Pending, "{row:?}");
    }
}

/// The one case in which nothing was written, and the only one (every other case checks the reverse).
pub async fn inv_09_who_cannot_be_reached_was_certainly_not_asked(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.line().close().await;
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(exchange.written, Written::No);
    assert_eq!(claim(&purchase, &exchange), Claim::NotSent);
    assert_eq!(fixture.arrivals(&purchase.supplier_ref), 0);
}

/// Eight at once: each gets the answer to its own reference.
pub async fn purchases_side_by_side_are_not_mixed_up(fixture: impl SupplierFixture) {
    let purchases: Vec<_> = (0..8).map(|_| fixture.purchase()).collect();
    let mut calls: Vec<_> = purchases
        .iter()
        .map(|purchase| Box::pin(fixture.supplier().send(purchase)))
        .collect();
    let mut answers: Vec<_> = purchases.iter().map(|_| None).collect();
    let all = std::future::poll_fn(|context| {
        for (call, answer) in calls.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let std::task::Poll::Ready(exchange) = call.as_mut().poll(context)
            {
                *answer = Some(exchange);
            }
        }
        if answers.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    });
    within(&fixture, all).await;
    for (purchase, answer) in purchases.iter().zip(answers) {
        assert_eq!(claim(purchase, &answer.unwrap()), Claim::Delivered);
        assert_eq!(fixture.deliveries(&purchase.supplier_ref), 1);
    }
}

/// The provider is told the cap and refuses by itself, before it forms anything.
pub async fn inv_17_nothing_is_bought_above_the_cap(fixture: impl SupplierFixture) {
    let mut purchase = fixture.purchase();
    purchase.cap = Money::rupiah(1).unwrap();
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), UNFORMED);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref), 0);
}
