//! Purchases that were delivered and told badly: nothing that is heard then may count as proof, least of all that nothing happened.

use eraflazz_core::supplier::{Claim, Written};

use super::hearing::{claim, rows, send, send_told};
use super::line::{Cut, Telling};
use super::{Means, SupplierFixture};

/// One purchase, told like this: it was bought, the adapter tried once, and what it heard proves nothing.
async fn proves_nothing(fixture: &impl SupplierFixture, telling: Telling) {
    let purchase = fixture.purchase();
    let what = format!("{telling:?}");
    let exchange = send_told(fixture, &purchase, telling).await;
    assert_eq!(exchange.written, Written::Yes, "{what}");
    let said = claim(&purchase, &exchange);
    assert_eq!(said, Claim::Unclear, "{what}: {exchange:?}");
    assert_eq!(fixture.deliveries(&purchase.supplier_ref), 1, "{what}");
}

/// The table's "ask again", "timeout", "internal error": the goods may have left.
pub async fn inv_12_a_code_that_leaves_it_open_proves_nothing(fixture: impl SupplierFixture) {
    for row in rows(&fixture, |means| means == Means::Open) {
        let purchase = fixture.purchase();
        fixture.fate(row.says, true);
        let exchange = send(&fixture, &purchase).await;
        assert_eq!(claim(&purchase, &exchange), Claim::Unclear, "{row:?}");
        assert_eq!(fixture.deliveries(&purchase.supplier_ref), 1);
    }
}

/// Provider tables grow; what is not in ours is not guessed.
pub async fn inv_12_a_code_never_published_proves_nothing(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    fixture.fate(fixture.unpublished(), true);
    let exchange = send(&fixture, &purchase).await;
    assert_eq!(claim(&purchase, &exchange), Claim::Unclear, "{exchange:?}");
    assert_eq!(fixture.deliveries(&purchase.supplier_ref), 1);
}

/// The connection is closed without a byte.
pub async fn e_01_a_lost_answer_proves_nothing(fixture: impl SupplierFixture) {
    proves_nothing(&fixture, Telling::Lost).await;
}

/// A delivery and a refusal, each told like this: neither is believed.
async fn nothing_is_believed(fixture: &impl SupplierFixture, telling: &Telling) {
    let codes = fixture.codes();
    let delivered = codes.iter().find(|row| row.means == Means::Delivered);
    let refused = |means| matches!(means, Means::Refused(_));
    let refused = codes.iter().find(|row| refused(row.means));
    for row in delivered.into_iter().chain(refused) {
        fixture.fate(row.says, row.means == Means::Delivered);
        let purchase = fixture.purchase();
        let exchange = send_told(fixture, &purchase, telling.clone()).await;
        let said = claim(&purchase, &exchange);
        assert_eq!(said, Claim::Unclear, "{row:?}, {telling:?}: {exchange:?}");
    }
}

/// Less than was announced, though it may begin like a whole one, and lack no more than its last digit.
pub async fn a_cut_answer_proves_nothing(fixture: impl SupplierFixture) {
    for cut in Cut::places() {
        nothing_is_believed(&fixture, &Telling::Cut(cut)).await;
    }
}

/// The same where nothing was announced: either the format shows that something is missing, or the adapter must want a length or chunks.
pub async fn an_answer_without_an_end_proves_nothing(fixture: impl SupplierFixture) {
    for cut in Cut::places() {
        nothing_is_believed(&fixture, &Telling::Unframed(cut)).await;
    }
}

/// A proxy's opinion.
pub async fn an_html_page_proves_nothing(fixture: impl SupplierFixture) {
    for status in [200, 403, 502] {
        proves_nothing(&fixture, Telling::Page(status)).await;
    }
}

/// Nobody knows who said it: 404 is no "not found", 503 is no "not taken".
pub async fn a_bare_http_status_proves_nothing(fixture: impl SupplierFixture) {
    for status in [200, 400, 401, 404, 429, 500, 503] {
        proves_nothing(&fixture, Telling::Bare(status)).await;
    }
}

/// Who follows one sends the purchase again.
pub async fn a_redirect_is_not_followed_and_proves_nothing(fixture: impl SupplierFixture) {
    proves_nothing(&fixture, Telling::Redirect).await;
}

/// And the call returns within the profile's timeout.
pub async fn e_01_silence_proves_nothing_and_ends(fixture: impl SupplierFixture) {
    proves_nothing(&fixture, Telling::Silence).await;
}

/// Whoever looks into the case later has nothing else.
pub async fn what_was_read_of_a_bad_answer_is_kept(fixture: impl SupplierFixture) {
    for telling in [
        Telling::Page(502),
        Telling::Cut(Cut::Before(1)),
        Telling::Unframed(Cut::Before(1)),
    ] {
        let what = format!("{telling:?}");
        let exchange = send_told(&fixture, &fixture.purchase(), telling).await;
        assert!(!exchange.raw.is_empty(), "{what}: the answer is evidence");
    }
}
