//! Purchases whose answers are whole.

use eraflazz_core::money::Money;
use eraflazz_core::supplier::{Claim, Formed, Written};

use super::hearing::{about, claim, reply, send};
use super::{Scene, SupplierFixture};

/// No retry, no redirect, no second try behind the engine's back.
pub async fn one_send_is_one_request_and_one_purchase(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Delivered);
    assert_eq!(fixture.arrivals(&purchase.supplier_ref).await, 1);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref).await, 1);
}

/// Whose delivery it is and what it is billed at; the raw answer is kept as evidence.
pub async fn e_09_a_delivery_names_its_goods_and_its_price(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(exchange.written, Written::Yes);
    assert!(!exchange.raw.is_empty(), "the raw answer is evidence");
    let sighting = about(&purchase, reply(), &exchange.sightings).unwrap();
    let named = sighting.our_ref.is_some() || sighting.sku.is_some();
    assert!(named && sighting.target.is_some(), "{sighting:?}");
    let price = sighting.price.unwrap();
    assert!(price > Money::ZERO && price <= purchase.cap);
}

/// Another supplier may be asked at once, so nothing may have been formed here.
pub async fn a_refusal_that_formed_nothing_is_unformed(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.play(Scene::RefuseUnformed).await;
    let exchange = send(&fixture, &purchase).await;
    let unformed = Claim::Refused { formed: Formed::No };
    assert_eq!(claim(&purchase, &exchange), unformed);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref).await, 0);
}

/// A transaction that was formed has rules of its own.
pub async fn inv_13_a_failure_that_was_formed_says_so(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.play(Scene::RefuseFormed).await;
    let exchange = send(&fixture, &purchase).await;
    let said = claim(&purchase, &exchange);
    let formed = matches!(
        said,
        Claim::Refused {
            formed: Formed::Yes | Formed::Doubtful
        }
    );
    assert!(formed, "{said:?}");
}

/// Neither delivered nor refused.
pub async fn a_purchase_under_way_is_pending(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.play(Scene::Pending).await;
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Pending);
}

/// The one case in which nothing was written, and the only one (every other case checks the reverse).
pub async fn inv_09_who_cannot_be_reached_was_certainly_not_asked(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.play(Scene::Unreachable).await;
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(exchange.written, Written::No);
    assert_eq!(claim(&purchase, &exchange), Claim::NotSent);
    assert_eq!(fixture.arrivals(&purchase.supplier_ref).await, 0);
}

/// Eight at once: each gets the answer to its own reference.
pub async fn purchases_side_by_side_are_not_mixed_up(fixture: impl SupplierFixture) {
    let purchases: Vec<_> = (0..8).map(|_| fixture.purchase()).collect();
    let mut calls: Vec<_> = purchases
        .iter()
        .map(|purchase| Box::pin(fixture.supplier().send(purchase)))
        .collect();
    let mut answers: Vec<_> = purchases.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
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
    })
    .await;
    for (purchase, answer) in purchases.iter().zip(answers) {
        assert_eq!(claim(purchase, &answer.unwrap()), Claim::Delivered);
        assert_eq!(fixture.deliveries(&purchase.supplier_ref).await, 1);
    }
}

/// The provider is told the cap and refuses by itself, before it forms anything.
pub async fn inv_17_nothing_is_bought_above_the_cap(fixture: impl SupplierFixture) {
    let mut purchase = fixture.purchase();
    purchase.cap = Money::rupiah(1).unwrap();
    let exchange = send(&fixture, &purchase).await;
    let unformed = Claim::Refused { formed: Formed::No };
    assert_eq!(claim(&purchase, &exchange), unformed);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref).await, 0);
}
