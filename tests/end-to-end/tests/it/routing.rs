//! Routing in the large: five suppliers of one product.

use end_to_end::{Alerts, Script, Setup, World, minutes, resubmit, rp, secs};
use eraflazz_core::catalog::CatalogChange;
use eraflazz_core::engine::{StrategyName, SupplierRules};
use eraflazz_core::ids::MappingId;
use eraflazz_core::order::{Entry, LogRow, Order, OrderState, Refusal};
use eraflazz_core::ports::{Catalog as _, Ledger as _};
use eraflazz_core::route::{By, Explanation, Note, Weights};
use eraflazz_core::supplier::Reason;

fn five() -> Setup {
    (0..5).fold(Setup::default(), |setup, _| {
        setup.supplier(resubmit(), Script::delivers())
    })
}

async fn log(world: &World, order: &Order) -> Vec<LogRow> {
    world.store().log(order.id.into()).await.unwrap()
}

/// What was found when the first attempt was intended.
async fn first_choice(world: &World, order: &Order) -> (MappingId, Explanation) {
    let rows = log(world, order).await;
    let choice = rows.into_iter().find_map(|row| {
        let Entry::Intent { mapping, why, .. } = row.entry else {
            return None;
        };
        Some((mapping, why))
    });
    choice.unwrap()
}

async fn buys(world: &World, n: u32) -> Order {
    let wish = world.wish(&format!("R-{n}"), &format!("0812345{n:05}"));
    let order = world.engine.submit(wish).await.unwrap().order;
    world.pass(secs(2)).await;
    order
}

#[tokio::test(start_paused = true)]
async fn e_13_a_supplier_is_not_asked_for_more_than_it_says_is_left() {
    let (alerts, _listening) = Alerts::listen();
    let rules = SupplierRules {
        alert_below: Some(rp(100_000)),
    };
    let world = five()
        .settings(|settings| settings.balance_every = Some(minutes(5)))
        .rules('a', rules)
        .start()
        .await;
    // Our books say a hundred million.
    world.supplier(0).set_balance(rp(30_000));
    world.pass(secs(61)).await;
    let told = || alerts.count("a supplier's deposit runs low");
    assert_eq!(told(), 1);
    for n in 0..3 {
        buys(&world, n).await;
    }
    assert_eq!(
        (world.supplier(0).sends(), world.supplier(1).sends()),
        (2, 1),
        "two leave 10 400, and an order may cost 10 500"
    );
    let last = buys(&world, 3).await;
    let (_, why) = first_choice(&world, &last).await;
    assert!(why.found.contains(&(MappingId(0), Note::OutOfBalance)));
    // Who runs low is asked every minute: what was paid in is soon known.
    world.supplier(0).set_balance(rp(1_000_000));
    world.pass(secs(61)).await;
    buys(&world, 4).await;
    assert_eq!(world.supplier(0).sends(), 3);
    assert_eq!(told(), 1, "once");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn d_24_by_success_rate_who_failed_lately_comes_after_who_did_not() {
    let world = five()
        .settings(|settings| settings.strategy = StrategyName::SuccessRate)
        .start()
        .await;
    world
        .supplier(0)
        .script(Script::refuses(Reason::OutOfStock));
    buys(&world, 0).await;
    let second = buys(&world, 1).await;
    assert_eq!(
        (world.supplier(0).sends(), world.supplier(1).sends()),
        (1, 2)
    );
    let (_, why) = first_choice(&world, &second).await;
    assert_eq!((why.by, why.roll), (By::SuccessRate, None));
    assert_eq!(why.found.last(), Some(&(MappingId(0), Note::Ranked(4))));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn d2_by_weighted_score_every_supplier_has_its_share_and_the_roll_is_logged() {
    let weighted = StrategyName::Weighted(Weights::DEFAULT);
    let world = five()
        .settings(|settings| settings.strategy = weighted)
        .start()
        .await;
    for n in 0..60 {
        let order = buys(&world, n).await;
        let (taken, why) = first_choice(&world, &order).await;
        assert_eq!(why.by, By::Weighted);
        assert!(why.roll.is_some());
        assert_eq!(why.found[0], (taken, Note::Chosen));
    }
    for supplier in 0..5 {
        assert!(world.supplier(supplier).sends() > 2, "{supplier}");
    }
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn d17_an_order_refused_for_want_of_a_route_records_what_was_found_of_each() {
    let world = five().start().await;
    let dearer = |n| CatalogChange::SetMappingCost {
        mapping: MappingId(n),
        cost: rp(1_000_000),
        stock: None,
    };
    let changes = (0..5).map(dearer).collect();
    world.store().change(changes).await.unwrap();
    let order = buys(&world, 0).await;
    assert_eq!(
        order.state,
        OrderState::Refused(Refusal::ProductUnavailable)
    );
    let rows = log(&world, &order).await;
    let Entry::Refused { routes, .. } = &rows[0].entry else {
        panic!("{:?}", rows[0]);
    };
    let expected: Vec<(MappingId, Note)> = (0..5).map(|n| (MappingId(n), Note::OverCap)).collect();
    assert_eq!(routes.found, expected);
    world.audit().await;
}
