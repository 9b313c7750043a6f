//! Orders come in.
use end_to_end::Setup;
use eraflazz_core::order::OrderState;

#[tokio::test(start_paused = true)]
async fn an_order_is_delivered_and_paid() {
    let world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}
