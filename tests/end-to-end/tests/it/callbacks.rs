//! Callbacks: early, late, strange.

use std::time::Duration;

use end_to_end::{
    Alerts, Moment, Say, Script, Setup, World, dedicated, minutes, report, resubmit, rp, secs,
};
use eraflazz_core::engine::{CallbackError, Orphan};
use eraflazz_core::ids::{InboxId, SupplierId};
use eraflazz_core::order::{AttemptState, Order, OrderState};
use eraflazz_core::ports::{InboxRow, InboxState, Page, Store, Supplier};
use eraflazz_core::supplier::{Claim, Formed, Profile, RawRequest, Reason, Reference, Sighting};
use eraflazz_core::text::TheirRef;
use eraflazz_core::time::Timestamp;

#[tokio::test(start_paused = true)]
async fn e_07_a_success_before_the_reply_is_applied_at_once() {
    let slow = Script::delivers().after(secs(20));
    let world = Setup::default().supplier(resubmit(), slow).start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    world.call_back(&order, 0, Say::Delivered).await;
    world.pass(secs(2)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.settle().await;
    world.pass(minutes(5)).await;
    assert_eq!(world.supplier(0).sends(), 1);
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500)
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_07_a_rejection_before_the_reply_waits_for_it() {
    let slow = Script::delivers().after(secs(20));
    let world = Setup::default()
        .supplier(resubmit(), slow)
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    world
        .call_back(&order, 0, Say::Refused(Formed::Yes, Reason::Other))
        .await;
    world.pass(secs(2)).await;
    let agg = world.look(&order).await;
    assert_eq!(agg.attempts[0].state, AttemptState::Unknown);
    assert_eq!(world.supplier(1).sends(), 0);
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(world.supplier(1).sends(), 0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_08_pending_after_success_is_kept_and_ignored() {
    let world = Setup::default().start().await;
    let order = world.submit("A-1").await;
    world.settle().await;
    let version = world.look(&order).await.order.version;
    world.call_back(&order, 0, Say::Pending).await;
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(agg.order.version, version + 1, "kept as evidence");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_35_an_unsigned_callback_is_nobodys() {
    let world = Setup::default()
        .supplier(resubmit(), Script::says(Say::Pending))
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    let agg = world.look(&order).await;
    let mut request = world
        .supplier(0)
        .callback(&agg.attempts[0].supplier_ref, Say::Pending);
    request.headers.clear();
    for name in ["a", "nobody"] {
        let answer = world.engine.supplier_callback(name, request.clone()).await;
        assert_eq!(answer, Err(CallbackError::Unauthenticated));
    }
    request.body = vec![b'x'; 64 * 1024 + 1].into();
    let answer = world.engine.supplier_callback("a", request).await;
    assert_eq!(answer, Err(CallbackError::TooLarge));
    world.audit().await;
}

/// A signed success that names the order by the supplier's own reference only, before that is known; and the supplier's word that makes it known.
async fn early_and_link(world: &World, order: &Order) -> [RawRequest; 2] {
    let attempt = world.look(order).await.attempts[0].clone();
    let says = |claim| Sighting {
        their_ref: Some("T-77".parse().unwrap()),
        sku: Some(attempt.sku.clone()),
        target: Some(attempt.target.clone()),
        price: Some(rp(9_800)),
        ..Sighting::new(claim, Reason::None)
    };
    let link = Sighting {
        our_ref: Some(attempt.supplier_ref),
        ..says(Claim::Pending)
    };
    [report(&[says(Claim::Delivered)]), report(&[link])]
}

fn theirs() -> Setup {
    let theirs = Profile {
        reference: Reference::Theirs,
        ..dedicated()
    };
    let silent = Script::says(Say::Unclear(Reason::Timeout)).executing();
    Setup::default().supplier(theirs, silent)
}

#[tokio::test(start_paused = true)]
async fn e_07_an_orphan_is_applied_once_its_reference_is_linked() {
    let world = theirs().start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(3)).await;
    let [early, link] = early_and_link(&world, &order).await;
    world.engine.supplier_callback("a", early).await.unwrap();
    world.pass(secs(3)).await;
    let state = world.look(&order).await.order.state;
    assert!(matches!(state, OrderState::InFlight(_)), "nobody's yet");
    world.engine.supplier_callback("a", link).await.unwrap();
    // Before the first status check, and by the bell.
    world.pass(Duration::from_millis(100)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.settle().await;
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn c_07_an_orphan_that_was_linked_by_a_dying_process_is_applied_by_the_next() {
    let mut world = theirs().start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(3)).await;
    let [early, link] = early_and_link(&world, &order).await;
    world.engine.supplier_callback("a", early).await.unwrap();
    world.pass(secs(3)).await;
    world.life.ends(Moment::AfterIntent);
    world.engine.supplier_callback("a", link).await.unwrap();
    world.pass(secs(3)).await;
    assert!(world.life.is_over());
    let agg = world.look(&order).await;
    assert!(agg.attempts[0].their_ref.is_some(), "linked");
    assert!(matches!(agg.order.state, OrderState::InFlight(_)));
    world.restart();
    world.engine.ready().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.settle().await;
    world.audit().await;
}

/// Where each start ended with its first failed read, none would come far enough: the next one finds still more.
#[tokio::test(start_paused = true)]
async fn c_07_a_start_among_many_orphans_survives_reads_that_fail_now_and_then() {
    let mut world = Setup::default().start().await;
    for n in 0..200 {
        let taken = world.engine.supplier_callback("a", nobodys(n)).await;
        taken.unwrap();
    }
    world.pass(secs(3)).await;
    assert_eq!(orphans(&world).await.len(), 200);
    world.life.end();
    world.restart();
    world.life.fails_callback_reads(10);
    let started = tokio::time::timeout(minutes(1), world.engine.ready()).await;
    assert!(started.is_ok(), "20 of its 200 reads failed");
    world.audit().await;
}

/// A wrong answer linked the attempt to a purchase that is not its own. What is said of that purchase is shown to people, and not lost on the attempt.
#[tokio::test(start_paused = true)]
async fn e_09_what_names_a_linked_id_and_other_goods_is_an_orphan() {
    let world = theirs().start().await;
    let order = world.submit("A-1").await;
    world.pass(secs(3)).await;
    let [_, link] = early_and_link(&world, &order).await;
    world.engine.supplier_callback("a", link).await.unwrap();
    world.pass(secs(3)).await;
    let before = world.look(&order).await;
    let theirs: TheirRef = "T-77".parse().unwrap();
    assert_eq!(before.attempts[0].their_ref, Some(theirs.clone()));
    let others = Sighting {
        their_ref: Some(theirs),
        sku: Some(before.attempts[0].sku.clone()),
        target: Some("089999999999".parse().unwrap()),
        ..Sighting::new(Claim::Delivered, Reason::None)
    };
    let others = world.engine.supplier_callback("a", report(&[others]));
    others.await.unwrap();
    world.pass(secs(3)).await;
    assert_eq!(world.look(&order).await, before);
    let shown = orphans(&world).await;
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(!shown[0].quarantined);
}

/// A Digiflazz webhook signs no time: one captured body can be sent again for ever, and a restart forgets nothing of it.
#[tokio::test(start_paused = true)]
async fn e_06_a_doubtful_callback_replayed_after_a_restart_buys_nothing_at_another_supplier() {
    let mut world = Setup::default()
        .supplier(resubmit(), Script::says(Say::Pending).executing())
        .supplier(resubmit(), Script::delivers())
        .start()
        .await;
    let order = world.submit("A-1").await;
    world.pass(secs(2)).await;
    let doubtful = Say::Refused(Formed::Doubtful, Reason::Timeout);
    world.call_back(&order, 0, doubtful).await;
    world.pass(secs(2)).await;
    let heard = world.look(&order).await;
    assert!(heard.attempts[0].doubt.is_some());
    world.stop().await;
    world.restart();
    world.engine.ready().await;
    world.pass(secs(62)).await;
    let before = world.look(&order).await;
    for _ in 0..20 {
        world.call_back(&order, 0, doubtful).await;
    }
    world.pass(secs(2)).await;
    assert_eq!(world.look(&order).await, before, "nothing is written");
    assert_eq!(world.supplier(1).sends(), 0);
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}

/// A callback about a purchase that no order of ours made.
fn nobodys(n: usize) -> RawRequest {
    let said = Sighting {
        their_ref: Some(format!("X-{n}").parse().unwrap()),
        target: Some("081234567890".parse().unwrap()),
        ..Sighting::new(Claim::Delivered, Reason::None)
    };
    report(&[said])
}

async fn orphans(world: &World) -> Vec<Orphan> {
    let mut all = Vec::new();
    loop {
        let page = Page {
            limit: 150,
            skip: all.len(),
        };
        let found = world.engine.orphans(&page).await.unwrap();
        if found.is_empty() {
            return all;
        }
        all.extend(found);
    }
}

#[tokio::test(start_paused = true)]
async fn e_07_of_orphans_the_newest_1000_are_kept_and_one_line_tells_of_all() {
    let (log, _listening) = Alerts::listen();
    let world = Setup::default().start().await;
    for n in 0..1_203 {
        let taken = world.engine.supplier_callback("a", nobodys(n)).await;
        taken.unwrap();
        world.pass(Duration::from_millis(1)).await;
    }
    world.pass(minutes(11)).await;
    let kept = orphans(&world).await;
    assert_eq!(kept.len(), 1_000);
    for (orphan, n) in kept.iter().zip(203..) {
        let said = orphan.sightings[0].their_ref.as_ref().unwrap();
        assert_eq!(said.as_str(), format!("X-{n}"));
        assert_eq!(orphan.raw, nobodys(n).body);
    }
    let told = "alert=\"a callback names no attempt of ours\"";
    assert_eq!(log.count(told), 1);
    assert_eq!(
        log.count("supplier=\"a\" their_ref=X-0"),
        1,
        "{}",
        log.text()
    );
    assert_eq!(log.count("081234567890"), 0);
    world
        .engine
        .supplier_callback("a", nobodys(9_999))
        .await
        .unwrap();
    world.pass(secs(1)).await;
    assert_eq!(log.count(told), 2, "later it is told again");
    assert_eq!(log.count("untold=1202"), 1);
    world.audit().await;
}

/// A callback that was stored at `received_at`, by whatever process.
async fn stored(
    world: &World,
    request: RawRequest,
    received_at: Timestamp,
    state: InboxState,
) -> InboxId {
    let row = row(world, request, received_at, state);
    let id = row.id;
    world.store().put_inbox(row).await.unwrap();
    id
}

fn row(world: &World, request: RawRequest, received_at: Timestamp, state: InboxState) -> InboxRow {
    let said = world.supplier(0).read_callback(&request).unwrap();
    InboxRow {
        id: InboxId::mint(received_at, &[1; 10]),
        supplier: SupplierId(0),
        received_at,
        signed: true,
        sightings: Some(said.sightings),
        request,
        tries: 0,
        state,
    }
}

/// Among others a start takes what waits, and what comes meanwhile is every day's work: where callbacks never cease it would not end.
#[tokio::test(start_paused = true)]
async fn c_07_a_start_among_others_ends_although_callbacks_never_cease() {
    let mut world = Setup::default().among_others().build().await;
    let at = |n: u64| world.now().minus(secs(n));
    stored(&world, nobodys(0), at(0), InboxState::Waiting).await;
    let coming =
        (1..50_u8).map(|n| row(&world, nobodys(n.into()), at(n.into()), InboxState::Waiting));
    world.life.brings_meanwhile(coming.collect());
    let engine = world.engine.clone();
    world.run();
    engine.ready().await;
    assert!(world.life.left_to_come() > 40);
    assert!(!orphans(&world).await.is_empty(), "what waited is applied");
}

#[tokio::test(start_paused = true)]
async fn e_07_an_orphan_is_kept_for_30_days() {
    let mut world = Setup::default().build().await;
    let ago = |days: u64| world.now().minus(minutes(days * 24 * 60));
    stored(&world, nobodys(0), ago(31), InboxState::Orphan).await;
    let young = stored(&world, nobodys(1), ago(29), InboxState::Orphan).await;
    assert_eq!(orphans(&world).await.len(), 2);
    world.run();
    world.pass(secs(1)).await;
    let kept: Vec<_> = orphans(&world).await.iter().map(|kept| kept.id).collect();
    assert_eq!(kept, [young]);
}

#[tokio::test(start_paused = true)]
async fn callbacks_that_wait_for_the_store_do_not_fill_the_log() {
    let world = Setup::default()
        .supplier(resubmit(), Script::says(Say::Pending).executing())
        .start()
        .await;
    let mut sent = Vec::new();
    for n in 0..7 {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        sent.push(world.try_submit(wish).await.unwrap());
    }
    world.pass(secs(2)).await;
    let (log, _listening) = Alerts::listen();
    world.life.is_cut_off(true);
    for order in &sent {
        let attempt = world.look(order).await.attempts[0].clone();
        let request = world
            .supplier(0)
            .callback(&attempt.supplier_ref, Say::Delivered);
        world.pass(Duration::from_millis(1)).await;
        stored(&world, request, world.now(), InboxState::Waiting).await;
    }
    world.pass(minutes(1)).await;
    assert_eq!(log.count("a callback could not be applied yet"), 6);
    assert!(log.count("WARN") < 20, "{}", log.text());
    world.life.is_cut_off(false);
    world.settle().await;
    for order in &sent {
        assert_eq!(world.look(order).await.order.state, OrderState::Succeeded);
    }
    world.audit().await;
}

/// A callback is as old as when it came, however long it waited to be applied: a failure that came before the last send was over is no answer to it.
#[tokio::test(start_paused = true)]
async fn inv_13_a_callback_that_waited_is_as_old_as_when_it_came() {
    let silent = Script::says(Say::Unclear(Reason::Timeout)).executing();
    let world = Setup::default().supplier(resubmit(), silent).start().await;
    let order = world.submit("A-1").await;
    world.pass(minutes(1)).await;
    let before = world.now();
    world.pass(minutes(1) + secs(10)).await;
    assert_eq!(world.supplier(0).sends(), 2);
    let supplier_ref = world.look(&order).await.attempts[0].supplier_ref;
    let failed = Say::Refused(Formed::Yes, Reason::Other);
    let request = world.supplier(0).callback(&supplier_ref, failed);
    stored(&world, request, before, InboxState::Waiting).await;
    world.pass(secs(5)).await;
    let state = world.look(&order).await.order.state;
    assert!(matches!(state, OrderState::InFlight(_)), "{state:?}");
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}
