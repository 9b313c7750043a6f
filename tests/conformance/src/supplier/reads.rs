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

/// An HTML page is not an empty price list and not a balance of zero.
pub async fn a_read_that_fails_is_an_error_never_zero_or_empty(fixture: impl SupplierFixture) {
    fixture.spoil_reads().await;
    let balance = fixture.supplier().balance().await;
    assert!(
        matches!(balance, Err(ReadError::Unreadable(_))),
        "{balance:?}"
    );
    let list = fixture.supplier().price_list().await;
    assert!(matches!(list, Err(ReadError::Unreadable(_))), "{list:?}");
}

/// Nor is a supplier that cannot be reached.
pub async fn a_read_of_nobody_is_an_error_never_zero_or_empty(fixture: impl SupplierFixture) {
    fixture.play(Scene::Unreachable).await;
    let balance = fixture.supplier().balance().await;
    assert!(
        matches!(balance, Err(ReadError::Unreachable(_))),
        "{balance:?}"
    );
    let list = fixture.supplier().price_list().await;
    assert!(matches!(list, Err(ReadError::Unreachable(_))), "{list:?}");
}
