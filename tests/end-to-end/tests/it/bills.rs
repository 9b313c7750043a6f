//! Bills: asked about first, then paid once, where they were asked, under the reference they were asked under (E-35).

use end_to_end::{Moment, Say, Script, Setup, World, minutes, pays_bills, resubmit, rp, secs};
use eraflazz_core::catalog::ProductKind;
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::{InquireError, SubmitError};
use eraflazz_core::inquiry::{Inquiry, NotPayable};
use eraflazz_core::order::{AttemptState, OrderState, Returned};
use eraflazz_core::supplier::{Asked, Finding, Formed, InquiryError, ReadError, Reason};

const NUMBER: &str = "530000000001";
/// What the first supplier takes, by its script too.
const COST: i64 = 9_800;
const SELL: i64 = COST + 500;

/// Two suppliers that pay bills; what the customer owes is known to both.
async fn world(first: Script) -> World {
    let setup = Setup::default()
        .supplier(pays_bills(), first)
        .supplier(pays_bills(), Script::delivers());
    let world = setup.start().await;
    for n in 0..2 {
        let bill = Finding::of_bill(rp(COST));
        world.supplier(n).owes(NUMBER, Ok(bill));
    }
    world
}

async fn spent(world: &World) -> i64 {
    let wallet = world.wallet(world.h2h).await;
    100_000_000 - wallet.available.floor_rupiah() - wallet.held.floor_rupiah()
}

#[tokio::test(start_paused = true)]
async fn e_35_a_bill_is_paid_under_the_reference_it_was_asked_under() {
    let world = world(Script::delivers()).await;
    let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
    assert_eq!(
        (inquiry.quote.sell, inquiry.quote.cost_cap),
        (rp(SELL), rp(COST))
    );
    assert_eq!(spent(&world).await, 0, "asking costs nothing");
    let asked = world.supplier(0).questions();
    assert_eq!((asked.len(), asked[0].asked), (1, Asked::Bill));
    let order = world
        .try_submit(world.pays(world.h2h, "A-1", &inquiry))
        .await
        .unwrap();
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    let attempt = &agg.attempts[0];
    assert_eq!(attempt.supplier_ref, asked[0].supplier_ref);
    assert_eq!((attempt.kind, attempt.sends), (ProductKind::Postpaid, 1));
    assert_eq!(spent(&world).await, SELL);
    world.audit().await;
}

/// The inquiry has the payment's reference: where the payment was lost, an answer that tells of the inquiry says success, and has no serial number.
#[tokio::test(start_paused = true)]
async fn e_35_the_success_of_an_inquiry_is_not_taken_for_the_payments() {
    let told_of_the_inquiry = Script::says(Say::Unclear(Reason::Timeout)).then(Say::WithoutSn);
    let world = world(told_of_the_inquiry).await;
    let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
    let wish = world.pays(world.h2h, "A-1", &inquiry);
    let order = world.try_submit(wish).await.unwrap();
    world.pass(minutes(30)).await;
    assert_eq!(spent(&world).await, 0, "set aside, not taken");
    let agg = world.look(&order).await;
    assert_eq!(agg.attempts[0].state, AttemptState::AwaitSn);
    assert_eq!(agg.attempts.len(), 1, "and nobody else is paid");
    assert_eq!(world.supplier(0).sends(), 1);
}

/// Another supplier's amount is another bill: after a failure the money goes back.
#[tokio::test(start_paused = true)]
async fn e_35_a_bill_that_fails_is_paid_by_no_other() {
    for formed in [Formed::No, Formed::Yes] {
        let world = world(Script::says(Say::Refused(formed, Reason::OutOfStock))).await;
        let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
        let order = world
            .try_submit(world.pays(world.h2h, "A-1", &inquiry))
            .await
            .unwrap();
        world.settle().await;
        let agg = world.look(&order).await;
        let returned = OrderState::Returned(Returned::Rejected(Reason::OutOfStock));
        assert_eq!((agg.order.state, agg.attempts.len()), (returned, 1));
        assert_eq!(
            (world.supplier(0).sends(), world.supplier(1).sends()),
            (1, 0)
        );
        assert_eq!(spent(&world).await, 0);
        let again = world
            .try_submit(world.pays(world.h2h, "A-2", &inquiry))
            .await;
        assert!(
            matches!(again, Err(SubmitError::Inquiry(NotPayable::Used))),
            "{again:?}"
        );
        world.audit().await;
    }
}

/// What became of a payment without an answer is asked by the call that only asks; it is sent once.
#[tokio::test(start_paused = true)]
async fn e_35_a_payment_in_doubt_is_asked_about_and_never_sent_again() {
    let world = world(Script::lost().then(Say::Delivered)).await;
    let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
    let order = world
        .try_submit(world.pays(world.h2h, "A-1", &inquiry))
        .await
        .unwrap();
    world.pass(minutes(1)).await;
    assert_eq!(
        world.look(&order).await.attempts[0].state,
        AttemptState::Unknown
    );
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(
        (agg.order.state, agg.attempts[0].sends),
        (OrderState::Succeeded, 1)
    );
    assert_eq!(world.supplier(0).sends(), 1);
    world.audit().await;
}

/// The process dies after the inquiry: the next one pays it. It dies in the payment: the next one asks.
#[tokio::test(start_paused = true)]
async fn e_35_a_death_between_inquiry_and_payment_loses_nothing() {
    let setup = Setup::default().on_disk();
    let mut world = setup
        .supplier(pays_bills(), Script::delivers())
        .start()
        .await;
    world
        .supplier(0)
        .owes(NUMBER, Ok(Finding::of_bill(rp(COST))));
    let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
    world.life.end();
    world.restart();
    world.pass(secs(1)).await;
    assert_eq!(world.ask("CEK-1", NUMBER).await.unwrap(), inquiry);
    assert_eq!(
        world.supplier(0).questions().len(),
        1,
        "nobody was asked again"
    );
    world.life.ends(Moment::DuringSend);
    let order = world
        .try_submit(world.pays(world.h2h, "A-1", &inquiry))
        .await
        .unwrap();
    world.pass(secs(10)).await;
    assert!(world.life.is_over());
    world.restart();
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(
        (agg.order.state, agg.attempts[0].sends),
        (OrderState::Succeeded, 1)
    );
    assert_eq!(world.supplier(0).sends(), 1);
    assert_eq!(spent(&world).await, SELL);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_35_an_inquiry_is_paid_by_who_made_it_while_it_lasts_and_once() {
    let world = world(Script::delivers()).await;
    let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
    let refused = async |wish| match world.try_submit(wish).await {
        Err(SubmitError::Inquiry(why)) => why,
        other => panic!("{other:?}"),
    };
    let foreign = world.pays(world.shop, "A-1", &inquiry);
    assert_eq!(refused(foreign).await, NotPayable::Unknown);
    let mut another = world.pays(world.h2h, "A-1", &inquiry);
    another.destination = "530000000002".to_owned();
    assert_eq!(refused(another).await, NotPayable::Another);
    let mut missing = world.pays(world.h2h, "A-1", &inquiry);
    missing.inquiry = Some(Inquiry::id_of(world.h2h, &"CEK-9".parse().unwrap()));
    assert_eq!(refused(missing).await, NotPayable::Unknown);
    let mut without = world.pays(world.h2h, "A-1", &inquiry);
    without.inquiry = None;
    let without = world.try_submit(without).await;
    assert!(
        matches!(
            without,
            Err(SubmitError::Field {
                field: "inquiry_id",
                ..
            })
        ),
        "{without:?}"
    );

    let first = world.pays(world.h2h, "A-1", &inquiry);
    let twins = vec![
        first.clone(),
        world.pays(world.h2h, "A-2", &inquiry),
        first.clone(),
    ];
    let mut answers = world.engine.submit_many(twins).await.into_iter();
    let order = answers.next().unwrap().unwrap().order;
    let second = answers.next().unwrap();
    assert!(
        matches!(second, Err(SubmitError::Inquiry(NotPayable::Used))),
        "{second:?}"
    );
    assert!(answers.next().unwrap().unwrap().repeated);
    world.settle().await;
    world.pass(minutes(31)).await;
    // Repeated when the inquiry is over, an order is the order it was.
    assert_eq!(world.try_submit(first).await.unwrap().id, order.id);
    assert_eq!(
        refused(world.pays(world.h2h, "A-3", &inquiry)).await,
        NotPayable::Expired
    );
    assert_eq!(spent(&world).await, SELL);
    world.audit().await;
}

/// An order that found no free slot in time is given back, and not paid on another day than its inquiry's.
#[tokio::test(start_paused = true)]
async fn e_35_no_payment_leaves_once_the_inquiry_is_over() {
    let mut world = Setup::default()
        .supplier(pays_bills(), Script::delivers())
        .settings(|settings| settings.inquiry_ttl = minutes(5))
        .build()
        .await;
    world
        .supplier(0)
        .owes(NUMBER, Ok(Finding::of_bill(rp(COST))));
    let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
    world.pass(minutes(4)).await;
    let order = world
        .try_submit(world.pays(world.h2h, "A-1", &inquiry))
        .await
        .unwrap();
    world.pass(minutes(2)).await;
    world.run();
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Returned(Returned::Deadline));
    assert_eq!(world.supplier(0).sends(), 0);
    world.audit().await;
}

/// The supplier takes more than it told: the member pays what was told (INV-16), the cost is booked, a case opened, the route closed (INV-17).
#[tokio::test(start_paused = true)]
async fn e_35_a_bill_that_changed_its_amount_costs_the_member_what_was_told() {
    let world = world(Script::says(Say::Billed(rp(COST + 1)))).await;
    let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
    let order = world
        .try_submit(world.pays(world.h2h, "A-1", &inquiry))
        .await
        .unwrap();
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.delivery.unwrap().cost, rp(COST + 1));
    assert_eq!(world.case_kinds().await, [CaseKind::OverCap]);
    assert_eq!(spent(&world).await, SELL);
    let catalog = world.catalog().await;
    assert!(!catalog.mapping(inquiry.mapping).unwrap().active);
    world.audit().await;
}

/// Whoever has no such question is passed by; who does not answer is followed by the next; where the customer is wrong nobody else is asked.
#[tokio::test(start_paused = true)]
async fn an_inquiry_goes_to_who_can_answer_it() {
    let unread = |why: &str| Err(InquiryError::Unread(ReadError::Unreachable(why.to_owned())));
    let refused = |reason| {
        Err(InquiryError::Refused {
            reason,
            code: "60".to_owned(),
        })
    };
    let world = Setup::default()
        .supplier(resubmit(), Script::delivers())
        .supplier(pays_bills(), Script::delivers())
        .supplier(pays_bills(), Script::delivers())
        .start()
        .await;
    world.supplier(1).owes("530000000001", unread("cut"));
    world
        .supplier(2)
        .owes("530000000001", Ok(Finding::of_bill(rp(COST))));
    let second = world.ask("CEK-1", "530000000001").await.unwrap();
    assert_eq!(second.supplier, world.supplier(2).id);
    world
        .supplier(1)
        .owes("530000000002", refused(Reason::BadDestination));
    world
        .supplier(2)
        .owes("530000000002", Ok(Finding::of_bill(rp(COST))));
    let wrong = world.ask("CEK-2", "530000000002").await;
    let reason = Reason::BadDestination;
    assert!(matches!(wrong, Err(InquireError::Refused { reason: told }) if told == reason));
    let nobody = world.ask("CEK-3", "530000000003").await;
    assert!(
        matches!(nobody, Err(InquireError::NotOffered)),
        "{nobody:?}"
    );
    assert!(world.supplier(0).questions().is_empty(), "it pays no bills");
    world
        .supplier(1)
        .owes("530000000004", Ok(Finding::of_bill(rp(0))));
    let empty = world.ask("CEK-4", "530000000004").await;
    assert!(matches!(empty, Err(InquireError::NoAnswer)), "{empty:?}");
    world.audit().await;
}

/// A failed payment that turns out paid is told by a callback, as any late success.
#[tokio::test(start_paused = true)]
async fn e_03_a_bill_that_was_paid_after_all_is_booked() {
    let world = world(Script::says(Say::Refused(Formed::Yes, Reason::Other))).await;
    let inquiry = world.ask("CEK-1", NUMBER).await.unwrap();
    let order = world
        .try_submit(world.pays(world.h2h, "A-1", &inquiry))
        .await
        .unwrap();
    world.pass(secs(10)).await;
    assert!(matches!(
        world.look(&order).await.order.state,
        OrderState::Returned(_)
    ));
    world.call_back(&order, 0, Say::Delivered).await;
    world.pass(secs(10)).await;
    assert_eq!(
        world.look(&order).await.order.state,
        OrderState::LateDelivered
    );
    world.audit().await;
}
