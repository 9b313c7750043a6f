//! What became of it: by a status call, or by sending the same purchase again.

use std::time::Duration;

use eraflazz_core::supplier::{Claim, Formed, NotFound, Purchase, Reason};

use super::hearing::{
    another, ask, ask_told, claim, is_formed_failure, reworded, rows, send, send_told,
};
use super::line::{Cut, Telling};
use super::{Means, SupplierFixture};

/// Doubt is resolved by asking.
pub async fn asking_finds_a_delivery_whose_answer_was_lost(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    send_told(&fixture, &purchase, Telling::Lost).await;
    let exchange = ask(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Delivered);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref), 1);
}

/// Neither delivered nor refused.
pub async fn asking_finds_a_purchase_under_way(fixture: impl SupplierFixture) {
    for row in rows(&fixture, |means| means == Means::UnderWay) {
        let purchase = fixture.purchase();
        fixture.fate(row.says, false);
        send(&fixture, &purchase).await;
        let exchange = ask(&fixture, &purchase).await;
        assert_eq!(claim(&purchase, &exchange), Claim::Pending, "{row:?}");
    }
}

/// Core believes a failure from a status call only if it was formed: `Formed::No` speaks of one POST.
pub async fn inv_13_asking_finds_a_failure_that_was_formed(fixture: impl SupplierFixture) {
    for row in rows(&fixture, is_formed_failure) {
        let purchase = fixture.purchase();
        let perhaps = matches!(row.means, Means::PerhapsFailed(_));
        fixture.fate(row.says, perhaps);
        send_told(&fixture, &purchase, Telling::Lost).await;
        let exchange = ask(&fixture, &purchase).await;
        let doubtful = Claim::Refused {
            formed: Formed::Doubtful,
        };
        let failed = Claim::Refused {
            formed: Formed::Yes,
        };
        let said = claim(&purchase, &exchange);
        let honest = said == doubtful || said == failed && !perhaps;
        assert!(honest, "{row:?} read as {said:?}");
    }
}

/// Asked about what was never sent, nothing is bought.
pub async fn asking_never_buys(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    for _ in 0..2 {
        ask(&fixture, &purchase).await;
    }
    assert_eq!(fixture.arrivals(&purchase.supplier_ref), 0);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref), 0);
}

/// "Not found" is no refusal. Where the contract makes it proof, core wants its reason, and counts the time itself.
pub async fn inv_12_a_stranger_is_never_proof(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let exchange = ask(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Unclear);
    if let NotFound::ProofAfter(_) = fixture.supplier().profile().not_found {
        let reasons = exchange.sightings.iter().map(|sighting| sighting.reason);
        assert_eq!(reasons.collect::<Vec<_>>(), [Reason::NotFound]);
    }
}

/// A delivered purchase, asked about and answered like this: nothing is learnt.
async fn teaches_nothing(fixture: &impl SupplierFixture, telling: Telling) {
    let purchase = fixture.purchase();
    send(fixture, &purchase).await;
    let what = format!("{telling:?}");
    let exchange = ask_told(fixture, &purchase, telling).await;
    let said = claim(&purchase, &exchange);
    assert_eq!(said, Claim::Unclear, "{what}: {exchange:?}");
}

/// Lost, cut, without an end, a page, a bare status, a redirect.
pub async fn inv_12_a_spoilt_status_proves_nothing(fixture: impl SupplierFixture) {
    teaches_nothing(&fixture, Telling::Lost).await;
    teaches_nothing(&fixture, Telling::Redirect).await;
    for cut in Cut::places() {
        teaches_nothing(&fixture, Telling::Cut(cut)).await;
        teaches_nothing(&fixture, Telling::Unframed(cut)).await;
    }
    for status in [200, 403, 502] {
        teaches_nothing(&fixture, Telling::Page(status)).await;
    }
    for status in [200, 400, 401, 404, 429, 500, 503] {
        teaches_nothing(&fixture, Telling::Bare(status)).await;
    }
}

/// And the call returns within the profile's timeout.
pub async fn inv_12_a_silent_status_proves_nothing_and_ends(fixture: impl SupplierFixture) {
    teaches_nothing(&fixture, Telling::Silence).await;
}

/// That the question was not put says nothing about the purchase.
pub async fn inv_12_a_status_call_that_reaches_nobody_proves_nothing(
    fixture: impl SupplierFixture,
) {
    let purchase = fixture.purchase();
    send(&fixture, &purchase).await;
    fixture.line().close().await;
    let exchange = ask(&fixture, &purchase).await;
    let said = claim(&purchase, &exchange);
    assert!(matches!(said, Claim::NotSent | Claim::Unclear), "{said:?}");
}

/// The table is the same closed one.
pub async fn inv_12_a_status_never_published_proves_nothing(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.fate(fixture.unpublished(), true);
    send(&fixture, &purchase).await;
    let exchange = ask(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Unclear, "{exchange:?}");
}

/// Whose status it is is what the answer says, not what was asked for.
async fn binds_to_nothing(fixture: &impl SupplierFixture, purchase: &Purchase, name: &str) {
    send(fixture, purchase).await;
    let exchange = ask_told(fixture, purchase, reworded(name, &another(name))).await;
    assert_eq!(claim(purchase, &exchange), Claim::Unclear, "{exchange:?}");
}

/// For our reference.
pub async fn e_09_a_status_about_another_reference_binds_to_nothing(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    binds_to_nothing(&fixture, &purchase, purchase.supplier_ref.as_str()).await;
}

/// For the destination.
pub async fn e_09_a_status_about_another_destination_binds_to_nothing(
    fixture: impl SupplierFixture,
) {
    let purchase = fixture.purchase();
    binds_to_nothing(&fixture, &purchase, purchase.target.as_str()).await;
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
    send_told(&fixture, &purchase, Telling::Lost).await;
    for number in 2..=3 {
        let exchange = send(&fixture, &again(&purchase, number)).await;
        assert_eq!(claim(&purchase, &exchange), Claim::Delivered);
    }
    assert_eq!(fixture.arrivals(&purchase.supplier_ref), 3);
    assert_eq!(fixture.deliveries(&purchase.supplier_ref), 1);
}

/// A pending purchase sent again is still the same one: the provider finds no difference to refuse.
pub async fn inv_11_sent_again_the_request_is_the_same(fixture: impl SupplierFixture) {
    for row in rows(&fixture, |means| means == Means::UnderWay) {
        let purchase = fixture.purchase();
        fixture.fate(row.says, false);
        send(&fixture, &purchase).await;
        let exchange = send(&fixture, &again(&purchase, 2)).await;
        assert_eq!(claim(&purchase, &exchange), Claim::Pending, "{row:?}");
    }
}

/// The engine does not call it, and if somebody does, nothing is sent and nothing is proven.
pub async fn without_a_status_call_asking_says_nothing(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let exchange = ask(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Unclear);
    assert_eq!(fixture.arrivals(&purchase.supplier_ref), 0);
}
