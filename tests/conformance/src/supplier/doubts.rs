//! Purchases that were delivered and told badly: nothing that is heard then may count as proof, least of all that nothing happened.

use eraflazz_core::supplier::{Claim, Written};

use super::hearing::{claim, send};
use super::{Scene, SupplierFixture};

/// Plays the scene to one purchase: it was bought, the adapter tried once, and what it heard proves nothing.
async fn proves_nothing(fixture: impl SupplierFixture, scene: Scene) {
    let purchase = fixture.purchase();
    fixture.play(scene).await;
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(claim(&purchase, &exchange), Claim::Unclear, "{exchange:?}");
    let reference = &purchase.supplier_ref;
    assert_eq!(fixture.deliveries(reference).await, 1, "the scene delivers");
    assert_eq!(
        fixture.arrivals(reference).await,
        1,
        "sent once, whatever came back"
    );
}

/// The connection is closed without a byte.
pub async fn e_01_a_lost_answer_proves_nothing(fixture: impl SupplierFixture) {
    proves_nothing(fixture, Scene::AnswerLost).await;
}

/// Half an answer, though it may begin like a whole one.
pub async fn a_cut_answer_proves_nothing(fixture: impl SupplierFixture) {
    proves_nothing(fixture, Scene::AnswerCut).await;
}

/// A proxy's opinion.
pub async fn an_html_page_proves_nothing(fixture: impl SupplierFixture) {
    proves_nothing(fixture, Scene::HtmlPage).await;
}

/// And the call returns within the profile's timeout.
pub async fn e_01_silence_proves_nothing_and_ends(fixture: impl SupplierFixture) {
    proves_nothing(fixture, Scene::Silence).await;
}

/// Provider tables grow; what is not in ours is not guessed.
pub async fn a_word_never_published_proves_nothing(fixture: impl SupplierFixture) {
    proves_nothing(fixture, Scene::UnknownWord).await;
}

/// The answer names another reference: it must carry that name, or claim nothing.
pub async fn e_09_an_answer_about_another_reference_binds_to_nothing(
    fixture: impl SupplierFixture,
) {
    proves_nothing(fixture, Scene::WrongReference).await;
}

/// The same for the destination.
pub async fn e_09_an_answer_about_another_destination_binds_to_nothing(
    fixture: impl SupplierFixture,
) {
    proves_nothing(fixture, Scene::WrongTarget).await;
}
