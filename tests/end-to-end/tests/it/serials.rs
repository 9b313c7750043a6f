//! Serial numbers that come twice (E-12).

use end_to_end::{Alerts, Say, Script, Setup, World, report, resubmit, secs};
use eraflazz_core::catalog::{CatalogChange, Product};
use eraflazz_core::order::{Order, OrderState};
use eraflazz_core::ports::Catalog;
use eraflazz_core::supplier::{Claim, Reason, Sighting};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const SN: &str = "0123-4567-8901-2345";
const ALERT: &str = "a serial number was seen on another order of this supplier";

/// Orders and has its last attempt's supplier deliver it with this serial number, twice.
async fn delivered(world: &World, ref_id: &str, sn: &str) -> Order {
    let order = world.submit(ref_id).await;
    world.pass(secs(3)).await;
    let attempt = world.look(&order).await.attempts.pop().unwrap();
    let sighting = Sighting {
        our_ref: Some(attempt.supplier_ref),
        target: Some(attempt.target.clone()),
        sn: Some(sn.parse().unwrap()),
        ..Sighting::new(Claim::Delivered, Reason::None)
    };
    let name = ["a", "b"][attempt.supplier.index()];
    for _repeated in 0..2 {
        let said = report(std::slice::from_ref(&sighting));
        world.engine.supplier_callback(name, said).await.unwrap();
        world.pass(secs(3)).await;
    }
    let order = world.look(&order).await.order;
    assert_eq!(order.state, OrderState::Succeeded, "it never blocks");
    order
}

fn pending() -> Script {
    Script::says(Say::Pending).executing()
}

#[tokio::test(start_paused = true)]
async fn e_12_a_serial_number_of_another_order_is_told_and_blocks_nothing() {
    let (alerts, _listening) = Alerts::listen();
    let mut world = Setup::default()
        .supplier(resubmit(), pending())
        .start()
        .await;
    delivered(&world, "A-1", SN).await;
    delivered(&world, "A-2", "9876-5432").await;
    assert_eq!(alerts.count(ALERT), 0, "{}", alerts.text());
    let twin = delivered(&world, "A-3", SN).await;
    assert_eq!(alerts.count(ALERT), 1, "{}", alerts.text());
    let text = alerts.text();
    let line = text.lines().find(|line| line.contains(ALERT)).unwrap();
    assert!(line.contains(&format!("trace_id={} ", twin.id)), "{line}");
    assert!(line.contains("supplier=\"a\""), "{line}");
    // 30 days after that one nobody is told any more.
    world.stop().await;
    world.pass(Duration::from_hours(30 * 24)).await;
    world.shutdown = CancellationToken::new();
    world.run();
    delivered(&world, "A-4", SN).await;
    assert_eq!(alerts.count(ALERT), 1, "{}", alerts.text());
    assert!(!alerts.text().contains(SN), "INV-37");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_12_two_suppliers_may_use_one_number() {
    let (alerts, _listening) = Alerts::listen();
    let world = Setup::default()
        .supplier(resubmit(), pending())
        .supplier(resubmit(), pending())
        .start()
        .await;
    delivered(&world, "A-1", SN).await;
    world
        .supplier(0)
        .script(Script::refuses(Reason::ProductClosed));
    let second = delivered(&world, "A-2", SN).await;
    assert_eq!(second.delivery.unwrap().attempt.0, 2);
    assert_eq!(alerts.count(ALERT), 0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_12_vouchers_of_one_batch_may_share_a_number() {
    for (multi, told) in [(true, 0), (false, 1)] {
        let (alerts, _listening) = Alerts::listen();
        let world = Setup::default()
            .supplier(resubmit(), pending())
            .start()
            .await;
        let snapshot = world.store().snapshot().await.unwrap();
        let vouchers = Product {
            multi,
            ..snapshot.products()[0].clone()
        };
        let change = vec![CatalogChange::PutProduct(vouchers)];
        world.store().change(change).await.unwrap();
        delivered(&world, "A-1", SN).await;
        delivered(&world, "A-2", SN).await;
        assert_eq!(alerts.count(ALERT), told);
        world.audit().await;
    }
}
