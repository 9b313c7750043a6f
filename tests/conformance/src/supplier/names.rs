//! What a delivery says of itself: whose it is, what it costs, its serial number. Passed on as it was said, or not at all.

use eraflazz_core::supplier::{Claim, Purchase, Sighting};

use super::SupplierFixture;
use super::hearing::{about, another, claim, reply, send, send_reworded};

/// What a delivery says.
async fn delivered(fixture: &impl SupplierFixture) -> (Purchase, Sighting) {
    let purchase = fixture.purchase();
    let exchange = send(fixture, &purchase).await;
    let sighting = about(&purchase, reply(), &exchange.sightings).unwrap();
    assert_eq!(sighting.claim, Claim::Delivered);
    (purchase, sighting.clone())
}

/// An answer in which `name` is another: it must carry that name, or claim nothing. The goods were delivered.
async fn binds_to_nothing(
    fixture: &impl SupplierFixture,
    purchase: &Purchase,
    name: &str,
    to: &str,
) {
    let exchange = send_reworded(fixture, purchase, name, to).await;
    let said = claim(purchase, &exchange);
    assert_eq!(said, Claim::Unclear, "{to:?} for {name:?}: {exchange:?}");
    assert_eq!(fixture.deliveries(&purchase.supplier_ref), 1);
}

/// Without it core does not believe a delivery.
pub async fn e_09_a_delivery_names_its_destination(fixture: impl SupplierFixture) {
    let (purchase, sighting) = delivered(&fixture).await;
    let named = sighting.target.unwrap();
    assert!(named.same_as(&purchase.target), "{named:?}");
}

/// What we sent is not what it says.
pub async fn e_09_an_answer_about_another_destination_binds_to_nothing(
    fixture: impl SupplierFixture,
) {
    let purchase = fixture.purchase();
    let target = purchase.target.as_str();
    binds_to_nothing(&fixture, &purchase, target, &another(target)).await;
}

/// As the provider echoes it.
pub async fn e_09_a_delivery_names_its_reference(fixture: impl SupplierFixture) {
    let (purchase, sighting) = delivered(&fixture).await;
    assert_eq!(sighting.our_ref, Some(purchase.supplier_ref));
}

/// The same for our reference.
pub async fn e_09_an_answer_about_another_reference_binds_to_nothing(
    fixture: impl SupplierFixture,
) {
    let purchase = fixture.purchase();
    let reference = purchase.supplier_ref.as_str();
    binds_to_nothing(&fixture, &purchase, reference, &another(reference)).await;
}

/// A name that is there but unreadable is not one that is absent: the others would bind without it.
pub async fn e_09_a_reference_that_cannot_be_ours_binds_to_nothing(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let reference = purchase.supplier_ref.as_str();
    binds_to_nothing(&fixture, &purchase, reference, "NOT-ONE-OF-OURS").await;
}

/// Passed on, because the provider says it.
pub async fn e_09_a_delivery_names_its_product(fixture: impl SupplierFixture) {
    let (purchase, sighting) = delivered(&fixture).await;
    let named = sighting.sku.unwrap();
    assert!(named.same_as(&purchase.sku), "{named:?}");
}

/// The same for the product.
pub async fn e_09_an_answer_about_another_product_binds_to_nothing(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let sku = purchase.sku.as_str();
    binds_to_nothing(&fixture, &purchase, sku, &another(sku)).await;
}

/// Neither rounded nor left out.
pub async fn t_10_a_delivery_is_billed_to_the_last_hundredth(fixture: impl SupplierFixture) {
    let (_, sighting) = delivered(&fixture).await;
    assert_eq!(sighting.price, Some(fixture.delivery().billed));
}

/// What is not an amount above zero is none: neither the nearest one nor what was expected. The delivery may stand, or be unclear.
pub async fn t_10_a_price_is_exact_or_absent(fixture: impl SupplierFixture) {
    let written = fixture.delivery().written;
    let whole = written.split('.').next().unwrap_or(written);
    for odd in [
        format!("{whole}.505"),
        format!("-{written}"),
        format!("{whole}.5x"),
    ] {
        let purchase = fixture.purchase();
        let exchange = send_reworded(&fixture, &purchase, written, &odd).await;
        for sighting in exchange.sightings {
            assert_eq!(sighting.price, None, "from {odd:?}");
            let told = sighting.price_unread || sighting.claim == Claim::Unclear;
            assert!(told, "E-10: from {odd:?} as if there were no price");
        }
    }
}

/// It is the proof of delivery, often the goods themselves.
pub async fn e_12_a_serial_number_is_passed_on(fixture: impl SupplierFixture) {
    let (_, sighting) = delivered(&fixture).await;
    assert_eq!(sighting.sn.unwrap().as_str(), fixture.delivery().sn);
}

/// The goods are out; their number is not.
pub async fn e_12_a_placeholder_is_no_serial_number(fixture: impl SupplierFixture) {
    for placeholder in ["-", "0"] {
        let purchase = fixture.purchase();
        let sn = fixture.delivery().sn;
        let exchange = send_reworded(&fixture, &purchase, sn, placeholder).await;
        let sighting = about(&purchase, reply(), &exchange.sightings).unwrap();
        assert_eq!(sighting.claim, Claim::Delivered);
        assert_eq!(sighting.sn, None, "{placeholder:?} is no serial number");
    }
}
