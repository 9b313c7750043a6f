//! The catalog: one snapshot, replaced as a whole.

use std::sync::Arc;

use eraflazz_core::catalog::CatalogChange;
use eraflazz_core::ids::ProductId;
use eraflazz_core::ports::ChangeError;

use super::Books;
use super::world::{World, product, rupiah};

/// Reading an empty store is not an error.
pub async fn an_empty_store_has_an_empty_catalog(store: Arc<dyn Books>) {
    let snapshot = store.snapshot().await.unwrap();
    assert!(snapshot.products().is_empty() && snapshot.suppliers().is_empty());
    assert_eq!(store.supplier_funds().await.unwrap(), []);
}

/// One wrong change among good ones: none is made, and the error names the entry.
pub async fn a_change_is_made_whole_or_not_at_all(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let before = world.store.snapshot().await.unwrap();
    let good = CatalogChange::SetBasePrice {
        product: ProductId(0),
        base_price: rupiah(777),
    };
    let wrong = CatalogChange::PutProduct(product(9, "XL90"));
    let error = world.store.change(vec![good.clone(), wrong]).await;
    assert!(matches!(error, Err(ChangeError::Catalog(_))), "{error:?}");
    assert_eq!(world.store.snapshot().await.unwrap(), before);

    let changed = world.store.change(vec![good]).await.unwrap();
    assert!(changed.version() > before.version());
    assert_eq!(world.store.snapshot().await.unwrap(), changed);
    let base = changed.product(ProductId(0)).unwrap().base_price;
    assert_eq!(base, rupiah(777));
}

/// Changes are absolute.
pub async fn repeating_a_change_raises_the_version_only(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let change = CatalogChange::PutProduct(product(1, "XL20"));
    let first = world.store.change(vec![change.clone()]).await.unwrap();
    let second = world.store.change(vec![change]).await.unwrap();
    assert_eq!(first.data(), second.data());
}
