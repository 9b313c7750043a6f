//! What became of it: by a status call, or by sending the same purchase again.

use std::time::Duration;

use eraflazz_core::supplier::{Claim, NotFound, Purchase};

use super::hearing::{ask, claim, send};
use super::{Scene, SupplierFixture};

/// Doubt is resolved by asking.
pub async fn asking_finds_a_delivery_whose_answer_was_lost(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.play(Scene::AnswerLost).await;
    send(&fixture, &purchase).await;
    let exchange = ask(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Delivered);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref).await, 1);
}

/// Asked about what was never sent, nothing is bought.
pub async fn asking_never_buys(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    for _ in 0..2 {
        ask(&fixture, &purchase).await;
    }
    assert_eq!(fixture.arrivals(&purchase.supplier_ref).await, 0);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref).await, 0);
}

/// "Not found" is no refusal, unless the profile says that it is a contract.
pub async fn inv_12_a_stranger_is_never_proof(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let exchange = ask(&fixture, &purchase).await;
    let said = claim(&purchase, &exchange);
    match fixture.supplier().profile().not_found {
        NotFound::NoProof => assert_eq!(said, Claim::Unclear),
        NotFound::ProofAfter(_) => assert_ne!(said, Claim::Delivered),
    }
}

/// An HTML page instead of a status.
pub async fn inv_12_a_spoilt_status_proves_nothing(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    send(&fixture, &purchase).await;
    fixture.spoil_reads().await;
    let exchange = ask(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Unclear);
}

/// The purchase, as the resend rule sends it again.
fn again(purchase: &Purchase, send: u32) -> Purchase {
    Purchase {
        send,
        age: Duration::from_mins(2),
        ..purchase.clone()
    }
}

/// After a lost answer the same purchase is sent again, twice: it was bought once, and the answer says so.
pub async fn inv_13_sent_again_it_is_bought_once(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.play(Scene::AnswerLost).await;
    send(&fixture, &purchase).await;
    for number in 2..=3 {
        let exchange = send(&fixture, &again(&purchase, number)).await;
        assert_eq!(claim(&purchase, &exchange), Claim::Delivered);
    }
    assert_eq!(fixture.arrivals(&purchase.supplier_ref).await, 3);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref).await, 1);
}

/// A pending purchase sent again is still the same one: the provider finds no difference to refuse.
pub async fn inv_11_sent_again_the_request_is_the_same(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.play(Scene::Pending).await;
    send(&fixture, &purchase).await;
    let exchange = send(&fixture, &again(&purchase, 2)).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Pending);
}

/// The engine does not call it, and if somebody does, nothing is sent and nothing is proven.
pub async fn without_a_status_call_asking_says_nothing(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let exchange = ask(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Unclear);
    assert_eq!(fixture.arrivals(&purchase.supplier_ref).await, 0);
}
