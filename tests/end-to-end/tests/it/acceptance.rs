//! Orders come in: references, refusals, cancels, strangers.

use end_to_end::{Alerts, Script, Setup, minutes, resubmit, rp};
use eraflazz_core::catalog::{CatalogChange, CutOff, Product};
use eraflazz_core::engine::{NewOrder, OperationError, SubmitError};
use eraflazz_core::member::MemberStatus;
use eraflazz_core::order::{OrderState, Refusal, Returned};
use eraflazz_core::ports::{Catalog, Ledger, Members, OrderFilter, Page};
use eraflazz_core::supplier::Reason;

#[tokio::test(start_paused = true)]
async fn inv_15_an_order_is_delivered_and_paid_once() {
    let world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    assert_eq!(order.state, OrderState::Held);
    assert_eq!(order.balance_after, Some(rp(100_000_000 - 10_500)));
    world.settle().await;
    let order = world.look(&order).await.order;
    assert_eq!(order.state, OrderState::Succeeded);
    assert_eq!(order.delivery.unwrap().cost, rp(9_800));
    assert_eq!(world.supplier(0).executions(), 1);
    assert_eq!(world.supplier(0).sends(), 1);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_18_the_same_request_again_is_the_same_order() {
    let world = Setup::default().start().await;
    let wish = || world.wish("A-1", "0812-3456-7890");
    let first = world.engine.submit(wish()).await.unwrap();
    world.settle().await;
    let again = world.engine.submit(wish()).await.unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(again.order.id, first.order.id);
    assert_eq!(again.order.state, OrderState::Succeeded, "as it stands now");
    assert_eq!(world.supplier(0).executions(), 1);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_18_the_same_ref_for_something_else_changes_nothing() {
    let world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    let others: [NewOrder; 4] = [
        // The same number to a phone product; which rule reads it is today's catalog's business, not the repetition's.
        world.wish("A-1", "+6281234567890"),
        world.wish("A-1", "081234567891"),
        world.wish("A-1", "081234567890").max_price(rp(20_000)),
        world.wish("A-1", "081234567890").counter(2),
    ];
    for other in others {
        let answer = world.try_submit(other).await;
        assert!(
            matches!(answer, Err(SubmitError::RefMismatch)),
            "{answer:?}"
        );
    }
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_06_a_refusal_for_lack_of_money_stays_after_a_deposit() {
    let world = Setup::default().deposit(0).start().await;
    let refused = world.submit("A-1").await;
    let reason = OrderState::Refused(Refusal::InsufficientBalance {
        needed: rp(10_500),
        available: rp(0),
    });
    assert_eq!(refused.state, reason);
    world.deposit(world.h2h, "later", 50_000).await;
    let again = world.submit("A-1").await;
    assert_eq!((again.id, again.state), (refused.id, reason));
    let fresh = world.submit("A-2").await;
    assert_eq!(fresh.state, OrderState::Held);
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 1);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_06_every_refusal_on_the_merits_is_kept() {
    let world = Setup::default().start().await;
    let wishes = [
        (world.wish("A-1", "123"), Refusal::InvalidDestination),
        (
            world.wish("A-2", "081234567890").max_price(rp(10_499)),
            Refusal::PriceChanged { sell: rp(10_500) },
        ),
    ];
    for (wish, refusal) in wishes {
        for _ in 0..2 {
            let order = world.try_submit(wish.clone()).await.unwrap();
            assert_eq!(order.state, OrderState::Refused(refusal));
        }
    }
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_14_a_product_that_is_closed_or_in_its_cut_off_is_refused_and_stays_so() {
    // The world begins at 10:00 in Jakarta.
    let window = CutOff::from_clock_times("09:00", "11:00").unwrap();
    let world = Setup::default().start().await;
    let open = world.store().snapshot().await.unwrap().products()[0].clone();
    let closed = Product {
        active: false,
        ..open.clone()
    };
    let cut_off = Product {
        cut_off: window,
        ..open.clone()
    };
    let put = async |product| {
        let change = vec![CatalogChange::PutProduct(product)];
        world.store().change(change).await.unwrap();
    };
    for (name, product, refusal) in [
        ("A-1", closed, Refusal::ProductClosed),
        ("A-2", cut_off, Refusal::ProductCutOff),
    ] {
        put(product).await;
        assert_eq!(world.submit(name).await.state, OrderState::Refused(refusal));
        put(open.clone()).await;
        let again = world.submit(name).await;
        assert_eq!(again.state, OrderState::Refused(refusal), "for ever");
    }
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn cancel_only_before_the_first_intent() {
    let mut world = Setup::default().build().await;
    let order = world.submit("A-1").await;
    let cancelled = world.engine.cancel(world.h2h, order.id).await.unwrap();
    assert_eq!(cancelled.state, OrderState::Returned(Returned::Cancelled));
    let again = world.engine.cancel(world.h2h, order.id).await;
    assert!(matches!(again, Err(OperationError::Illegal(_))));

    let sent = world.submit("A-2").await;
    world.run();
    world.settle().await;
    let late = world.engine.cancel(world.h2h, sent.id).await;
    assert!(matches!(late, Err(OperationError::Illegal(_))));
    assert_eq!(world.supplier(0).sends(), 1);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn cancel_is_refused_between_two_routes() {
    let world = Setup::default()
        .supplier(resubmit(), Script::refuses(Reason::OutOfStock))
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(end_to_end::secs(5)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Held);
    let answer = world.engine.cancel(world.h2h, order.id).await;
    assert!(
        matches!(answer, Err(OperationError::Illegal(_))),
        "{answer:?}"
    );
    world.settle().await;
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_34_a_foreign_order_looks_like_a_missing_one() {
    let world = Setup::default().build().await;
    let order = world.submit("A-1").await;
    let ref_id = &order.ref_id;
    assert_eq!(world.engine.order(world.shop, ref_id).await.unwrap(), None);
    let waited = world
        .engine
        .wait_final(world.shop, ref_id, minutes(1))
        .await;
    assert_eq!(waited.unwrap(), None);
    let foreign = world.engine.cancel(world.shop, order.id).await.unwrap_err();
    let missing = eraflazz_core::ids::OrderId::mint(world.now(), &[9; 10]);
    let missing = world.engine.cancel(world.shop, missing).await.unwrap_err();
    assert!(matches!(foreign, OperationError::NotFound));
    assert_eq!(foreign.to_string(), missing.to_string());
    let page = Page::first(10);
    let listed = world
        .engine
        .orders(world.shop, &OrderFilter::default(), &page)
        .await;
    assert!(listed.unwrap().is_empty());
    let ours = world
        .engine
        .order(world.h2h, ref_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        ours.state,
        OrderState::Held,
        "nobody else's cancel touched it"
    );
    // The same reference of another member is another order.
    let other = world
        .try_submit(world.wish_of(world.shop, "A-1", "081234567890"))
        .await
        .unwrap();
    assert_ne!(other.id, order.id);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_34_a_suspended_member_orders_nothing_more_and_what_is_open_finishes() {
    let mut world = Setup::default().build().await;
    let order = world.submit("A-1").await;
    let member = world.store().member(world.h2h).await.unwrap().unwrap();
    let mut suspended = (*member).clone();
    suspended.status = MemberStatus::Suspended;
    world
        .store()
        .put_member(suspended, Some(member))
        .await
        .unwrap();
    let refused = world.try_submit(world.wish("A-2", "081234567891")).await;
    assert!(matches!(refused, Err(SubmitError::MemberSuspended)));
    world.run();
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn d_18_too_many_waiting_orders_are_refused_and_not_kept() {
    let mut world = Setup::default().settings(|s| s.held_max = 3).build().await;
    for n in 0..3 {
        let wish = world.wish(&format!("A-{n}"), "081234567890");
        world.try_submit(wish).await.unwrap();
    }
    let wish = world.wish("A-3", "081234567890");
    let refused = world.try_submit(wish.clone()).await;
    assert!(
        matches!(refused, Err(SubmitError::Overloaded { .. })),
        "{refused:?}"
    );
    assert_eq!(
        world.engine.order(world.h2h, &wish.ref_id).await.unwrap(),
        None
    );
    let page = Page::first(10);
    let kept = world
        .store()
        .orders_of(world.h2h, &OrderFilter::default(), &page)
        .await
        .unwrap();
    assert_eq!(kept.len(), 3);
    world.run();
    world.settle().await;
    assert_eq!(
        world.try_submit(wish).await.unwrap().state,
        OrderState::Held
    );
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 4);
    world.audit().await;
}

/// D28: one line an order, at its end; what is refused at birth ends there.
#[tokio::test(start_paused = true)]
async fn d_28_a_refused_order_has_its_line_in_the_log() {
    let (alerts, _listening) = Alerts::listen();
    let world = Setup::default().deposit(0).start().await;
    let refused = world.submit("A-1").await;
    assert!(matches!(refused.state, OrderState::Refused(_)));
    let line = format!("trace_id={}", refused.id);
    let told = |what: &str| alerts.text().lines().filter(|it| it.contains(what)).count();
    assert_eq!(
        (told("order ended"), told(&line)),
        (1, 1),
        "{}",
        alerts.text()
    );
    world.submit("A-1").await;
    assert_eq!(told("order ended"), 1, "a repetition ends nothing");
}

/// What suppliers have of ours is read when a process begins to work. Until then nobody can say that it is too little.
#[tokio::test]
async fn d_17_a_process_that_has_not_read_the_deposits_refuses_no_order_for_want_of_them() {
    let world = Setup::default().build().await;
    let newcomer = world.newcomer();
    let wish = world.wish("A-1", "081234567890");
    let order = newcomer.submit(wish).await.unwrap().order;
    assert_eq!(order.state, OrderState::Held);
}
