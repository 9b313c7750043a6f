//! Webhooks to members: the newest revision, at least once, whoever dies in between (INV-29).

use std::time::Duration;

use end_to_end::{Moment, Say, Script, Setup, Told, World, minutes, resubmit, secs};
use eraflazz_core::ids::MemberId;
use eraflazz_core::order::{OrderState, PublicStatus};
use eraflazz_core::ports::{Members, Outbox, OutboxDepth, Page};
use eraflazz_core::supplier::Reason;
use eraflazz_core::text::Operator;
use eraflazz_core::webhook::{Disabled, EndpointState, Outcome};

const DOWN: Outcome = Outcome::Refused {
    code: 500,
    retry_after: None,
};

fn owner() -> Operator {
    "owner".parse().unwrap()
}

fn hours(n: u64) -> Duration {
    Duration::from_hours(n)
}

fn revisions(told: &[Told]) -> Vec<u32> {
    told.iter().map(|told| told.event.revision).collect()
}

async fn state(world: &World, member: MemberId) -> EndpointState {
    let row = world.store().endpoint(member).await.unwrap();
    row.unwrap().state
}

async fn depth(world: &World) -> (u64, u64) {
    let OutboxDepth { waiting, parked } = world.store().outbox_depth(None).await.unwrap();
    (waiting, parked)
}

/// A supplier that needs a minute: a message is due long before the order ends.
fn slowly() -> Setup {
    let script = Script::says(Say::Delivered).after(secs(20));
    Setup::default().supplier(resubmit(), script)
}

#[tokio::test(start_paused = true)]
async fn inv_29_each_change_is_told_as_it_is_when_it_is_sent() {
    let world = slowly().start().await;
    world.listens(world.h2h, "toko").await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.pass(secs(2)).await;
    let told = world.receivers().told(world.h2h);
    let last = told.last().unwrap();
    assert_eq!(last.status, PublicStatus::Success);
    assert_eq!(last.event.revision, world.look(&order).await.order.revision);
    assert_eq!(last.ref_id, order.ref_id);
    let seen = revisions(&told);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    assert_eq!(depth(&world).await, (0, 0));
    assert_eq!(world.engine.deliveries(world.h2h).len(), told.len());
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_29_a_newer_revision_takes_the_place_of_one_that_waits() {
    let world = slowly().start().await;
    world.listens(world.h2h, "toko").await;
    world.receivers().answer(world.h2h, DOWN, secs(0));
    let order = world.submit("A-1").await;
    world.pass(secs(4)).await;
    assert_eq!(depth(&world).await, (1, 0), "one row an order");
    world.pass(secs(17)).await;
    world.receivers().take(world.h2h);
    world.settle().await;
    world.pass(minutes(3)).await;
    let told = world.receivers().told(world.h2h);
    assert_eq!(told.last().unwrap().status, PublicStatus::Success);
    let newest = world.look(&order).await.order.revision;
    let taken = told.iter().filter(|told| told.event.revision == newest);
    assert!(taken.count() <= 2, "{:?}", revisions(&told));
    assert_eq!(depth(&world).await, (0, 0));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_member_without_an_endpoint_leaves_nothing_behind() {
    let world = Setup::default().start().await;
    for n in 0..50 {
        let wish = world.wish(&format!("A-{n}"), &format!("0812345{n:05}"));
        world.try_submit(wish).await.unwrap();
    }
    world.settle().await;
    assert_eq!(depth(&world).await, (0, 0));
    world.listens(world.h2h, "toko").await;
    world.pass(minutes(1)).await;
    assert!(world.receivers().told(world.h2h).is_empty());
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn c_09_what_was_not_told_before_the_death_is_told_after_it() {
    let mut world = Setup::default().start().await;
    world.listens(world.h2h, "toko").await;
    world.receivers().answer(world.h2h, DOWN, secs(0));
    world.life.ends(Moment::AfterOutcome);
    world.submit("A-1").await;
    world.pass(minutes(5)).await;
    assert!(world.life.is_over());
    assert_eq!(depth(&world).await, (1, 0));
    world.receivers().take(world.h2h);
    world.restart();
    world.pass(minutes(5)).await;
    let told = world.receivers().told(world.h2h);
    assert_eq!(told.last().unwrap().status, PublicStatus::Success);
    assert_eq!(depth(&world).await, (0, 0));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn c_10_delivered_and_not_marked_is_delivered_again_under_the_same_id() {
    let mut world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.listens(world.h2h, "toko").await;
    world.life.ends(Moment::AfterWebhook);
    world.engine.redeliver(order.id, &owner()).await.unwrap();
    world.pass(secs(5)).await;
    assert!(world.life.is_over());
    assert_eq!(depth(&world).await, (1, 0), "delivered, not marked");
    world.restart();
    world.pass(secs(5)).await;
    let told = world.receivers().told(world.h2h);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].event, told[1].event);
    assert_eq!(depth(&world).await, (0, 0));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_receiver_slows_nobody() {
    let world = Setup::default().start().await;
    world.listens(world.shop, "mati").await;
    world.listens(world.h2h, "toko").await;
    // Every call to it hangs until it is cut off.
    world.receivers().answer(world.shop, DOWN, hours(1));
    for n in 0..100 {
        let number = format!("0812345{n:05}");
        let wish = world.wish_of(world.shop, &format!("S-{n}"), &number);
        world.try_submit(wish).await.unwrap();
    }
    world.pass(secs(20)).await;
    let order = world.submit("A-1").await;
    world.pass(secs(3)).await;
    let told = world.receivers().told(world.h2h);
    assert_eq!(told.last().unwrap().status, PublicStatus::Success);
    assert!(told[0].at.since(order.created_at) < secs(1));
    assert_eq!(world.receivers().most_at_once(world.shop), 16);
    let (waiting, _) = depth(&world).await;
    assert_eq!(waiting, 100, "all that the dead one must still learn");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_webhook_changes_no_order_and_is_parked_in_the_end() {
    let world = Setup::default().start().await;
    world.listens(world.h2h, "toko").await;
    world.receivers().answer(world.h2h, DOWN, secs(0));
    let order = world.submit("A-1").await;
    world.settle().await;
    let version = world.look(&order).await.order.version;
    world.pass(hours(60)).await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(agg.order.version, version);
    assert_eq!(depth(&world).await, (0, 1));
    let parked = world.store().parked(world.h2h, &Page::first(10)).await;
    assert_eq!(parked.unwrap()[0].order, order.id);
    let last = agg.order.revision;
    let told = world.receivers().told(world.h2h);
    let tries: Vec<_> = told.iter().filter(|t| t.event.revision == last).collect();
    assert_eq!(tries.len(), 10, "the first try and nine more");
    let waits = tries.windows(2).map(|pair| pair[1].at.since(pair[0].at));
    let published = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400];
    for (wait, published) in waits.zip(published.map(secs)) {
        let most = published / 10 * 12 + secs(2);
        assert!(wait >= published / 10 * 8 && wait <= most, "{wait:?}");
    }

    world.receivers().take(world.h2h);
    world.engine.redeliver(order.id, &owner()).await.unwrap();
    world.pass(secs(2)).await;
    assert_eq!(depth(&world).await, (0, 0));
    assert_eq!(state(&world, world.h2h).await, EndpointState::WELL);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_gone_is_disabled_until_it_is_set_again() {
    let world = Setup::default().start().await;
    world.listens(world.h2h, "toko").await;
    let gone = Outcome::Refused {
        code: 410,
        retry_after: None,
    };
    world.receivers().answer(world.h2h, gone, secs(0));
    let first = world.submit("A-1").await;
    world.settle().await;
    world.pass(secs(10)).await;
    let EndpointState::Disabled { why, .. } = state(&world, world.h2h).await else {
        panic!("still called");
    };
    assert_eq!(why, Disabled::Gone);
    let heard = world.receivers().told(world.h2h).len();
    let second = world
        .try_submit(world.wish("A-2", "081234567891"))
        .await
        .unwrap();
    world.settle().await;
    world.pass(hours(1)).await;
    assert_eq!(world.receivers().told(world.h2h).len(), heard);
    assert!(world.engine.redeliver(first.id, &owner()).await.is_err());

    world.receivers().take(world.h2h);
    world.listens(world.h2h, "baru").await;
    world.pass(secs(5)).await;
    let told = world.receivers().told(world.h2h);
    assert!(
        told[heard..]
            .iter()
            .all(|told| told.event.order == first.id)
    );
    assert_eq!(told.len(), heard + 1, "what waited was kept");
    assert_eq!(told[heard].url, "https://baru.example/hook");
    let range = (first.created_at, world.now());
    let sent = world
        .engine
        .replay(world.h2h, range.0, range.1, &owner())
        .await;
    assert_eq!(sent.unwrap(), 2);
    world.pass(secs(5)).await;
    let told = world.receivers().told(world.h2h);
    assert!(told.iter().any(|told| told.event.order == second.id));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_takes_nothing_for_five_days_is_disabled() {
    let world = Setup::default().start().await;
    world.listens(world.h2h, "toko").await;
    world.receivers().answer(world.h2h, DOWN, secs(0));
    for day in 0..6 {
        let active = state(&world, world.h2h).await.is_active();
        assert!(active, "day {day}");
        let wish = world.wish(&format!("A-{day}"), &format!("08123456789{day}"));
        world.try_submit(wish).await.unwrap();
        world.pass(hours(24)).await;
    }
    let EndpointState::Disabled { why, since } = state(&world, world.h2h).await else {
        panic!("still called");
    };
    assert_eq!(why, Disabled::Dead);
    assert!(since <= world.now());
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn retry_after_keeps_the_whole_endpoint_quiet() {
    let world = Setup::default().start().await;
    world.listens(world.h2h, "toko").await;
    let busy = Outcome::Refused {
        code: 429,
        retry_after: Some(minutes(10)),
    };
    world.receivers().answer(world.h2h, busy, secs(0));
    world.submit("A-1").await;
    world.pass(secs(1)).await;
    let heard = world.receivers().told(world.h2h).len();
    world
        .try_submit(world.wish("A-2", "081234567891"))
        .await
        .unwrap();
    world.pass(minutes(9)).await;
    assert_eq!(world.receivers().told(world.h2h).len(), heard);
    world.receivers().take(world.h2h);
    world.pass(minutes(4)).await;
    assert_eq!(depth(&world).await, (0, 0));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_members_receiver_at_its_usual_pace_is_never_behind() {
    let world = Setup::default().start().await;
    world.listens(world.h2h, "toko").await;
    let taken = Outcome::Taken { code: 200 };
    let pace = Duration::from_millis(300);
    world.receivers().answer(world.h2h, taken, pace);
    let (mut waiting, mut n) = (Vec::new(), 0);
    for _ in 0..60 {
        for _ in 0..20 {
            let wish = world.wish(&format!("A-{n}"), &format!("0812345{n:05}"));
            world.try_submit(wish).await.unwrap();
            world.pass(Duration::from_millis(50)).await;
            n += 1;
        }
        waiting.push(depth(&world).await.0);
    }
    // What waits is what the last second or two brought, at the end as in the beginning.
    let most = waiting.iter().max().unwrap();
    assert!(*most <= 40, "{waiting:?}");
    world.settle().await;
    world.pass(secs(2)).await;
    assert_eq!(depth(&world).await, (0, 0));
    let at_once = world.receivers().most_at_once(world.h2h);
    assert!(at_once <= 16, "{at_once}");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn d_12_an_endpoint_that_is_hopelessly_behind_is_disabled() {
    let world = Setup::default()
        .settings(|settings| {
            settings.webhook.waiting_max = 20;
            settings.webhook.per_endpoint = 2;
        })
        .start()
        .await;
    world.listens(world.h2h, "toko").await;
    // It takes what it gets, one in seven seconds.
    let taken = Outcome::Taken { code: 200 };
    world.receivers().answer(world.h2h, taken, secs(14));
    for n in 0..100 {
        let wish = world.wish(&format!("A-{n}"), &format!("0812345{n:05}"));
        world.try_submit(wish).await.unwrap();
        world.pass(secs(1)).await;
    }
    let EndpointState::Disabled { why, .. } = state(&world, world.h2h).await else {
        panic!("still called");
    };
    assert_eq!(why, Disabled::Behind);
    let (waiting, _) = depth(&world).await;
    assert!(waiting < 60, "{waiting}");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_34_a_suspended_members_orders_finish_and_are_told() {
    let script = Script::says(Say::Unclear(Reason::Timeout)).then(Say::Delivered);
    let world = Setup::default().supplier(resubmit(), script).start().await;
    world.listens(world.h2h, "toko").await;
    world.submit("A-1").await;
    world.pass(secs(10)).await;
    let member = world.store().member(world.h2h).await.unwrap().unwrap();
    let suspended = eraflazz_core::member::Member {
        status: eraflazz_core::member::MemberStatus::Suspended,
        ..(*member).clone()
    };
    world
        .store()
        .put_member(suspended, Some(member))
        .await
        .unwrap();
    world.settle().await;
    world.pass(secs(2)).await;
    let told = world.receivers().told(world.h2h);
    assert_eq!(told.last().unwrap().status, PublicStatus::Success);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_34_nobody_is_told_of_another_members_order() {
    let world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.listens(world.shop, "lain").await;
    let mut unit = eraflazz_core::commit::Changes::at(world.now());
    unit.outbox.push(eraflazz_core::commit::OutboxRow {
        member: world.shop,
        ..eraflazz_core::commit::OutboxRow::now(&order, world.now())
    });
    eraflazz_core::ports::Store::commit(&**world.store(), vec![unit])
        .await
        .unwrap();
    world.pass(secs(5)).await;
    assert!(world.receivers().told(world.shop).is_empty());
    assert_eq!(depth(&world).await, (0, 0));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_30_a_stop_waits_for_the_try_under_way() {
    let mut world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.listens(world.h2h, "toko").await;
    let taken = Outcome::Taken { code: 200 };
    world.receivers().answer(world.h2h, taken, secs(5));
    world.engine.redeliver(order.id, &owner()).await.unwrap();
    world.pass(secs(1)).await;
    world.stop().await;
    assert_eq!(depth(&world).await, (0, 0), "told and marked");
    assert_eq!(world.receivers().told(world.h2h).len(), 1);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_removed_endpoint_is_told_nothing_more() {
    let world = Setup::default().start().await;
    world.listens(world.h2h, "toko").await;
    world.receivers().answer(world.h2h, DOWN, secs(0));
    world.submit("A-1").await;
    world.settle().await;
    assert_eq!(depth(&world).await, (1, 0));
    let heard = world.receivers().told(world.h2h).len();
    let gone = world.engine.remove_endpoint(world.h2h, &owner()).await;
    gone.unwrap();
    assert_eq!(depth(&world).await, (0, 0));
    world.pass(hours(1)).await;
    assert_eq!(world.receivers().told(world.h2h).len(), heard);
    world.audit().await;
}
