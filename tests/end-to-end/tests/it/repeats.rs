//! A request that comes again after the world has changed: the same order, for ever (INV-6, INV-18).

use end_to_end::{Say, Script, Setup, World, resubmit, secs};
use eraflazz_core::catalog::{Buyers, CatalogChange, DestinationRule, Goods, Product, TierId};
use eraflazz_core::engine::SubmitError;
use eraflazz_core::ids::{CategoryId, ProductId};
use eraflazz_core::order::{OrderState, Refusal};
use eraflazz_core::ports::{Catalog, Members};

const NUMBER: &str = "081234567890";

async fn product_with(world: &World, change: impl FnOnce(&mut Product)) {
    let snapshot = world.store().snapshot().await.unwrap();
    let mut product = snapshot.product(ProductId(0)).unwrap().clone();
    change(&mut product);
    world
        .store()
        .change(vec![CatalogChange::PutProduct(product)])
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn inv_06_an_accepted_order_is_found_again_after_the_product_became_strict() {
    let world = Setup::default()
        .supplier(resubmit(), Script::says(Say::Pending))
        .start()
        .await;
    product_with(&world, |p| {
        p.destination = DestinationRule::Phone {
            operators: vec![eraflazz_core::catalog::Operator::Xl],
            strict: false,
        }
    })
    .await;
    let first = world.submit("A-1").await; // accepted, with a warning
    assert_eq!(first.state, OrderState::Held);
    world.pass(secs(5)).await;
    product_with(&world, |p| {
        p.destination = DestinationRule::Phone {
            operators: vec![eraflazz_core::catalog::Operator::Xl],
            strict: true,
        }
    })
    .await;
    let again = world.try_submit(world.wish("A-1", NUMBER)).await;
    assert_eq!(again.unwrap().id, first.id);
}

#[tokio::test(start_paused = true)]
async fn inv_06_an_accepted_order_is_found_again_after_the_member_became_strict() {
    let world = Setup::default().start().await;
    product_with(&world, |p| {
        p.destination = DestinationRule::Phone {
            operators: vec![eraflazz_core::catalog::Operator::Xl],
            strict: false,
        }
    })
    .await;
    let first = world.submit("A-1").await;
    world.settle().await;
    let member = world.store().member(world.h2h).await.unwrap().unwrap();
    let mut strict = (*member).clone();
    strict.strict_operator = true;
    world
        .store()
        .put_member(strict, Some(member))
        .await
        .unwrap();
    let again = world.try_submit(world.wish("A-1", NUMBER)).await;
    assert_eq!(again.unwrap().id, first.id);
}

#[tokio::test(start_paused = true)]
async fn inv_06_a_refused_destination_stays_refused_after_the_rule_was_widened() {
    let world = Setup::default().start().await;
    product_with(&world, |p| {
        p.destination = DestinationRule::Phone {
            operators: vec![eraflazz_core::catalog::Operator::Xl],
            strict: true,
        }
    })
    .await;
    let first = world.submit("A-1").await;
    assert_eq!(
        first.state,
        OrderState::Refused(Refusal::InvalidDestination)
    );
    product_with(&world, |p| p.destination = DestinationRule::any_phone()).await;
    let again = world.try_submit(world.wish("A-1", NUMBER)).await;
    assert_eq!(again.unwrap().id, first.id);
}

#[tokio::test(start_paused = true)]
async fn inv_06_an_accepted_order_is_found_again_after_its_price_rule_was_removed() {
    let world = Setup::default().start().await;
    let first = world.submit("A-1").await;
    world.settle().await;
    world
        .store()
        .change(vec![CatalogChange::RemovePrice {
            buyers: Buyers::Tier(TierId(0)),
            goods: Goods::Category(CategoryId(0)),
        }])
        .await
        .unwrap();
    let again = world.try_submit(world.wish("A-1", NUMBER)).await;
    assert_eq!(again.unwrap().id, first.id);
}

#[tokio::test(start_paused = true)]
async fn inv_19_a_shop_that_presses_twice_buys_a_multi_product_once() {
    let world = Setup::default().start().await;
    product_with(&world, |p| p.multi = true).await;
    let a = world
        .try_submit(world.wish_of(world.shop, "A-1", NUMBER))
        .await
        .unwrap();
    let b = world
        .try_submit(world.wish_of(world.shop, "A-2", NUMBER))
        .await
        .unwrap();
    assert_eq!(a.state, OrderState::Held);
    assert_eq!(
        b.state,
        OrderState::Refused(Refusal::DuplicateOrder { earlier: a.id })
    );
}

#[tokio::test(start_paused = true)]
async fn inv_18_only_the_very_same_request_is_a_repetition() {
    let world = Setup::default().start().await;
    let first = world.submit("A-1").await;
    let same = world.try_submit(world.wish("A-1", NUMBER)).await;
    assert_eq!(same.unwrap().id, first.id);
    let mut unknown = world.wish("A-1", NUMBER);
    unknown.product = "GONE".parse().unwrap();
    for other in [
        unknown,
        world.wish("A-1", "081234567891"),
        world.wish("A-1", "0812-3456-7890"),
        world.wish("A-1", NUMBER).counter(2),
        world.wish("A-1", NUMBER).max_price(first.quote.sell),
    ] {
        let told = world.try_submit(other).await;
        assert!(matches!(told, Err(SubmitError::RefMismatch)), "{told:?}");
    }
}

/// Two PLN customers, one reference: the second must not hear that it has been paid for.
#[tokio::test(start_paused = true)]
async fn e_18_a_customer_id_that_begins_like_a_phone_number_is_another_customer() {
    let world = Setup::default().start().await;
    product_with(&world, |p| p.destination = DestinationRule::PlnMeter).await;
    let first = world.try_submit(world.wish("A-1", "628123456789")).await;
    assert_eq!(first.unwrap().state, OrderState::Held);
    let other = world.try_submit(world.wish("A-1", "08123456789")).await;
    assert!(matches!(other, Err(SubmitError::RefMismatch)), "{other:?}");
}
