//! Balance and price list: read in full, or an error.

use eraflazz_core::money::Money;
use eraflazz_core::supplier::{PriceList, ReadError};

use super::hearing::{send, within};
use super::line::{Cut, Telling};
use super::{CLOSED_SKU, SupplierFixture};

async fn balance(fixture: &impl SupplierFixture) -> Result<Money, ReadError> {
    within(fixture, fixture.supplier().balance()).await
}

async fn price_list(fixture: &impl SupplierFixture) -> Result<PriceList, ReadError> {
    within(fixture, fixture.supplier().price_list()).await
}

fn spoilt() -> [Telling; 7] {
    [
        Telling::Lost,
        Telling::Redirect,
        Telling::Page(200),
        Telling::Page(502),
        Telling::Bare(200),
        Telling::Bare(404),
        Telling::Bare(500),
    ]
}

fn cut() -> impl Iterator<Item = Telling> {
    Cut::places().flat_map(|cut| [Telling::Cut(cut), Telling::Unframed(cut)])
}

/// And it falls by what was billed, to the last hundredth.
pub async fn the_balance_is_an_exact_amount(fixture: impl SupplierFixture) {
    let before = balance(&fixture).await.unwrap();
    assert!(before > Money::ZERO, "the fake has some money of ours");
    send(&fixture, &fixture.purchase()).await;
    let after = balance(&fixture).await.unwrap();
    assert_eq!(before.checked_sub(after), Some(fixture.delivery().billed));
}

async fn no_balance(fixture: &impl SupplierFixture, telling: Telling) {
    let what = format!("{telling:?}");
    fixture.line().tell(telling);
    let balance = balance(fixture).await;
    assert!(balance.is_err(), "{what} read as {balance:?}");
}

/// An HTML page is not a balance of zero.
pub async fn a_balance_that_is_spoilt_is_an_error_never_zero(fixture: impl SupplierFixture) {
    for telling in spoilt() {
        no_balance(&fixture, telling).await;
    }
}

/// Nor are its first digits the balance.
pub async fn a_cut_balance_is_an_error_never_less(fixture: impl SupplierFixture) {
    for telling in cut() {
        no_balance(&fixture, telling).await;
    }
}

/// The provider's error answer has no balance in it.
pub async fn a_refused_balance_is_an_error_never_zero(fixture: impl SupplierFixture) {
    fixture.refuse_reads();
    no_balance(&fixture, Telling::Whole).await;
}

/// Nor is a supplier that cannot be reached.
pub async fn a_balance_of_nobody_is_an_error_never_zero(fixture: impl SupplierFixture) {
    fixture.line().close().await;
    let balance = balance(&fixture).await;
    assert!(
        matches!(balance, Err(ReadError::Unreachable(_))),
        "{balance:?}"
    );
}

/// The engine does not cut this call off.
pub async fn a_balance_that_never_comes_ends(fixture: impl SupplierFixture) {
    no_balance(&fixture, Telling::Silence).await;
}

/// The goods of the fixture are on it, open, at what they are billed at.
pub async fn the_price_list_has_what_is_sold_at_its_price(fixture: impl SupplierFixture) {
    let list = price_list(&fixture).await.unwrap();
    let sku = fixture.purchase().sku;
    let row = list.rows.iter().find(|row| row.sku.same_as(&sku)).unwrap();
    assert!(row.active);
    assert_eq!(row.price, fixture.delivery().billed);
}

/// Closed by us there or by the seller: it is not for sale.
pub async fn a_closed_product_is_never_listed_as_open(fixture: impl SupplierFixture) {
    let list = price_list(&fixture).await.unwrap();
    let open = list.rows.iter().filter(|row| row.active);
    let skus: Vec<_> = open.map(|row| row.sku.as_str()).collect();
    let closed = skus.iter().any(|sku| sku.eq_ignore_ascii_case(CLOSED_SKU));
    assert!(!closed, "{skus:?}");
}

/// Neither dropped in silence nor listed at a price that nobody named.
pub async fn a_row_that_cannot_be_read_is_named(fixture: impl SupplierFixture) {
    let list = price_list(&fixture).await.unwrap();
    assert_eq!(list.refused.len(), 1, "{list:?}");
    let sold_for_nothing = list.rows.iter().any(|row| row.price <= Money::ZERO);
    assert!(!sold_for_nothing, "{list:?}");
}

async fn no_price_list(fixture: &impl SupplierFixture, telling: Telling) {
    let what = format!("{telling:?}");
    fixture.line().tell(telling);
    let list = price_list(fixture).await;
    assert!(list.is_err(), "{what} read as {list:?}");
}

/// An HTML page does not say that nothing is sold.
pub async fn a_price_list_that_is_spoilt_is_an_error_never_empty(fixture: impl SupplierFixture) {
    for telling in spoilt() {
        no_price_list(&fixture, telling).await;
    }
}

/// Its first rows are not all of them.
pub async fn a_cut_price_list_is_an_error_never_shorter(fixture: impl SupplierFixture) {
    for telling in cut() {
        no_price_list(&fixture, telling).await;
    }
}

/// The provider's error answer has no rows in it.
pub async fn a_refused_price_list_is_an_error_never_empty(fixture: impl SupplierFixture) {
    fixture.refuse_reads();
    no_price_list(&fixture, Telling::Whole).await;
}

/// Nor does a supplier that cannot be reached.
pub async fn a_price_list_of_nobody_is_an_error_never_empty(fixture: impl SupplierFixture) {
    fixture.line().close().await;
    let list = price_list(&fixture).await;
    assert!(matches!(list, Err(ReadError::Unreachable(_))), "{list:?}");
}

/// The engine does not cut this call off.
pub async fn a_price_list_that_never_comes_ends(fixture: impl SupplierFixture) {
    no_price_list(&fixture, Telling::Silence).await;
}

/// An empty list would say that nothing is sold any more.
pub async fn without_a_price_list_reading_it_is_an_error(fixture: impl SupplierFixture) {
    no_price_list(&fixture, Telling::Whole).await;
}
