//! Balance and price list: read in full, or an error.

use eraflazz_core::money::Money;
use eraflazz_core::supplier::ReadError;

use super::{Scene, SupplierFixture};

/// And it falls when something is bought.
pub async fn the_balance_is_an_amount(fixture: impl SupplierFixture) {
    let supplier = fixture.supplier();
    let before = supplier.balance().await.unwrap();
    assert!(before > Money::ZERO, "the fake has some money of ours");
    supplier.send(&fixture.purchase()).await;
    assert!(supplier.balance().await.unwrap() < before);
}

/// The goods of the fixture are on it, at a price below its cap.
pub async fn the_price_list_has_what_is_sold(fixture: impl SupplierFixture) {
    let list = fixture.supplier().price_list().await.unwrap();
    assert!(list.refused.is_empty(), "{:?}", list.refused);
    let purchase = fixture.purchase();
    let row = list.rows.iter().find(|row| row.sku.same_as(&purchase.sku));
    let row = row.unwrap();
    assert!(row.active && row.price > Money::ZERO && row.price <= purchase.cap);
}

/// An HTML page is not a balance of zero.
pub async fn a_balance_that_fails_is_an_error_never_zero(fixture: impl SupplierFixture) {
    fixture.spoil_reads().await;
    let balance = fixture.supplier().balance().await;
    assert!(
        matches!(balance, Err(ReadError::Unreadable(_))),
        "{balance:?}"
    );
}

/// Nor is a supplier that cannot be reached.
pub async fn a_balance_of_nobody_is_an_error_never_zero(fixture: impl SupplierFixture) {
    fixture.play(Scene::Unreachable).await;
    let balance = fixture.supplier().balance().await;
    assert!(
        matches!(balance, Err(ReadError::Unreachable(_))),
        "{balance:?}"
    );
}

/// An HTML page does not say that nothing is sold.
pub async fn a_price_list_that_fails_is_an_error_never_empty(fixture: impl SupplierFixture) {
    fixture.spoil_reads().await;
    let list = fixture.supplier().price_list().await;
    assert!(matches!(list, Err(ReadError::Unreadable(_))), "{list:?}");
}

/// Nor does a supplier that cannot be reached.
pub async fn a_price_list_of_nobody_is_an_error_never_empty(fixture: impl SupplierFixture) {
    fixture.play(Scene::Unreachable).await;
    let list = fixture.supplier().price_list().await;
    assert!(matches!(list, Err(ReadError::Unreachable(_))), "{list:?}");
}

/// An empty list would say that nothing is sold any more.
pub async fn without_a_price_list_reading_it_is_an_error(fixture: impl SupplierFixture) {
    let list = fixture.supplier().price_list().await;
    assert!(list.is_err(), "{list:?}");
}
