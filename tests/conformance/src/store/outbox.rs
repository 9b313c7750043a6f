//! What members must still learn: one row an order, the newest revision, only for who listens (INV-29).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::commit::{Changes, EndpointStateWrite, OutboxKey, OutboxRow};
use eraflazz_core::ids::MemberId;
use eraflazz_core::order::{Order, OrderState};
use eraflazz_core::ports::{ChangeError, OutboxDepth, Page};
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{Disabled, Endpoint, EndpointState, Format, Report};

use super::Books;
use super::world::{MUCH_LATER, NOW, World, accept, step, unit};

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn outbox(rows: &[OutboxRow], done: &[OutboxKey]) -> Changes {
    Changes {
        outbox: rows.to_vec(),
        outbox_done: done.to_vec(),
        ..Changes::at(NOW)
    }
}

async fn due_at(world: &World, now: Timestamp) -> Vec<OutboxRow> {
    let nobody = BTreeSet::new();
    let due = world.store.due_outbox(now, &nobody, 100, 100).await;
    due.unwrap()
}

async fn due(world: &World) -> Vec<OutboxRow> {
    due_at(world, MUCH_LATER).await
}

async fn depth(world: &World, member: MemberId) -> (u64, u64) {
    let one = world.store.outbox_depth(Some(member)).await.unwrap();
    let all = world.store.outbox_depth(None).await.unwrap();
    assert!(all.waiting >= one.waiting && all.parked >= one.parked);
    (one.waiting, one.parked)
}

/// Accepts an order with its row.
async fn told(world: &World, member: MemberId) -> Order {
    let order = world.order(member, 100);
    world
        .done(Changes {
            outbox: vec![OutboxRow::now(&order, NOW)],
            ..accept(&order)
        })
        .await;
    world.read(order.id).await.order
}

/// The row of the order as it is one revision later, with that revision.
async fn changed(world: &World, order: &Order) -> Order {
    let next = Order {
        revision: order.revision + 1,
        ..step(order, OrderState::Held)
    };
    world
        .done(Changes {
            outbox: vec![OutboxRow::now(&next, later(9))],
            ..unit(&next, [])
        })
        .await;
    next
}

/// Committed or not with the order; read without being taken.
pub async fn inv_29_what_must_be_told_comes_with_its_change(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    world.listens(budi, "toko").await;
    let order = told(&world, budi).await;
    let row = OutboxRow::now(&order, NOW);
    for _reading in 0..2 {
        assert_eq!(due(&world).await, [row]);
    }
    assert_eq!(
        due_at(&world, Timestamp::from_micros(NOW.micros() - 1)).await,
        []
    );
    assert_eq!(depth(&world, budi).await, (1, 0));
    let too_dear = world.order(budi, 1_000_000);
    let refused = Changes {
        outbox: vec![OutboxRow::now(&too_dear, NOW)],
        ..accept(&too_dear)
    };
    world.refused(refused).await;
    assert_eq!(due(&world).await, [row]);
}

/// A newer one takes the place of an older one that waits, and is due at its own time; an older one says nothing.
pub async fn inv_29_the_newest_revision_of_an_order_is_told(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    world.listens(budi, "toko").await;
    let order = told(&world, budi).await;
    let newer = changed(&world, &order).await;
    let row = OutboxRow::now(&newer, later(9));
    assert_eq!(due(&world).await, [row]);
    assert_eq!(due_at(&world, later(8)).await, []);
    world
        .done(outbox(&[OutboxRow::now(&order, NOW)], &[]))
        .await;
    assert_eq!(due(&world).await, [row]);
    let again = OutboxRow {
        due: Some(later(1)),
        ..row
    };
    world.done(outbox(&[again], &[])).await;
    assert_eq!(due(&world).await, [again], "sent once more");
}

/// What was delivered leaves; what became newer meanwhile stays. Repeating it changes nothing.
pub async fn inv_29_delivered_rows_leave_unless_news_came(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    world.listens(budi, "toko").await;
    let order = told(&world, budi).await;
    let sent = OutboxRow::now(&order, NOW).key();
    let newer = changed(&world, &order).await;
    let row = OutboxRow::now(&newer, later(9));
    world.done(outbox(&[], &[sent])).await;
    assert_eq!(due(&world).await, [row], "that was the older one");
    for _repeated in 0..2 {
        world.done(outbox(&[], &[row.key()])).await;
        assert_eq!(due(&world).await, []);
        assert_eq!(depth(&world, budi).await, (0, 0));
    }
    let late = OutboxRow { tries: 3, ..row };
    world.done(outbox(&[late], &[])).await;
    assert_eq!(due(&world).await, [], "bookkeeping of a row that is gone");
}

/// Without an endpoint, or with a disabled one, nothing is kept.
pub async fn who_does_not_listen_is_told_nothing(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    let first = told(&world, budi).await;
    assert_eq!(depth(&world, budi).await, (0, 0));
    world.listens(budi, "toko").await;
    assert_eq!(due(&world).await, [], "it listens from now on");
    let second = told(&world, budi).await;
    disable(&world, budi, 1).await;
    changed(&world, &first).await;
    assert_eq!(due(&world).await, []);
    assert_eq!(depth(&world, budi).await, (1, 0), "what waited is kept");
    world.listens(budi, "toko").await;
    assert_eq!(due(&world).await, [OutboxRow::now(&second, NOW)]);
}

async fn disable(world: &World, member: MemberId, version: u32) {
    let state = EndpointState::Disabled {
        why: Disabled::Gone,
        since: NOW,
    };
    world
        .done(Changes {
            endpoint_states: vec![EndpointStateWrite {
                member,
                version,
                state,
            }],
            ..Changes::at(NOW)
        })
        .await;
}

/// A row with tries replaces the one of its revision; without a due time it is parked and seen.
pub async fn a_failed_try_waits_and_a_used_up_one_is_parked(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    world.listens(budi, "toko").await;
    let order = told(&world, budi).await;
    let row = OutboxRow::now(&order, NOW);
    let waits = OutboxRow {
        due: Some(later(5)),
        tries: 1,
        ..row
    };
    world.done(outbox(&[waits], &[])).await;
    assert_eq!(due_at(&world, later(4)).await, []);
    assert_eq!(due_at(&world, later(5)).await, [waits]);
    let parked = OutboxRow {
        due: None,
        tries: 10,
        ..row
    };
    world.done(outbox(&[parked], &[])).await;
    assert_eq!(due(&world).await, []);
    assert_eq!(depth(&world, budi).await, (0, 1));
    let page = Page::first(10);
    assert_eq!(world.store.parked(budi, &page).await.unwrap(), [parked]);
    let rest = Page { skip: 1, ..page };
    assert_eq!(world.store.parked(budi, &rest).await.unwrap(), []);
    world.done(outbox(&[row], &[])).await;
    assert_eq!(due(&world).await, [row], "sent again by hand");
    assert_eq!(depth(&world, budi).await, (1, 0));
}

/// The longest overdue of each come first, so many of each; who is busy is left out.
pub async fn much_for_one_hides_nothing_from_another(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let budi = world.member("budi", 100_000, 0).await;
    let sari = world.member("sari", 100_000, 0).await;
    world.listens(budi, "mati").await;
    world.listens(sari, "toko").await;
    for _order in 0..20 {
        told(&world, budi).await;
    }
    let order = told(&world, sari).await;
    let row = OutboxRow {
        due: Some(later(60)),
        ..OutboxRow::now(&order, NOW)
    };
    world.done(outbox(&[row], &[])).await;
    let store = &world.store;
    let nobody = BTreeSet::new();
    let found = store.due_outbox(later(60), &nobody, 2, 10).await.unwrap();
    let whose: Vec<MemberId> = found.iter().map(|row| row.member).collect();
    assert_eq!(whose, [budi, budi, sari]);
    let found = store.due_outbox(later(60), &nobody, 9, 5).await.unwrap();
    assert_eq!(found.len(), 5);
    let busy = BTreeSet::from([budi]);
    let found = store.due_outbox(later(60), &busy, 2, 10).await.unwrap();
    assert_eq!(found, [row]);
}

/// A new version, active, whatever the one before it was; what was found out about that one says nothing.
pub async fn an_endpoint_set_again_begins_anew(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    assert_eq!(world.store.endpoint(budi).await.unwrap(), None);
    let first = world.listens(budi, "toko").await;
    let row = world.store.endpoint(budi).await.unwrap().unwrap();
    assert_eq!((&*row.endpoint, row.state), (&first, EndpointState::WELL));
    disable(&world, budi, row.version).await;
    let off = world.store.endpoint(budi).await.unwrap().unwrap();
    assert!(!off.state.is_active());
    let second = world.listens(budi, "baru").await;
    disable(&world, budi, row.version).await;
    let anew = world.store.endpoint(budi).await.unwrap().unwrap();
    assert_eq!(
        (&*anew.endpoint, anew.state),
        (&second, EndpointState::WELL)
    );
    assert!(anew.version > row.version);
}

/// Nothing waits for it any more. Idempotent.
pub async fn a_removed_endpoint_takes_what_waits_along(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    world.listens(budi, "toko").await;
    told(&world, budi).await;
    for _repeated in 0..2 {
        world.store.remove_endpoint(budi).await.unwrap();
        assert_eq!(world.store.endpoint(budi).await.unwrap(), None);
        let depth = world.store.outbox_depth(None).await.unwrap();
        assert_eq!(depth, OutboxDepth::default());
    }
    world.listens(budi, "toko").await;
    assert_eq!(due(&world).await, []);
}

/// Strangers have none; a report says something.
pub async fn wrong_endpoints_are_refused_by_field(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let endpoint = world.listens(budi, "toko").await;
    let stranger = Endpoint {
        member: world.stranger("x").id,
        ..endpoint.clone()
    };
    let silent = |form: fn(Report) -> Format| Endpoint {
        format: form(Report { fields: Vec::new() }),
        ..endpoint.clone()
    };
    let (got, posted) = (silent(Format::LegacyGet), silent(Format::LegacyPost));
    for (wrong, named) in [(stranger, "member"), (got, "format"), (posted, "format")] {
        let over = world.store.endpoint(wrong.member).await.unwrap();
        let over = over.map(|row| row.endpoint);
        match world.store.put_endpoint(wrong, over).await {
            Err(ChangeError::Member { field, .. }) => assert_eq!(field, named),
            other => panic!("{named}: {other:?}"),
        }
    }
    let kept = world.store.endpoint(budi).await.unwrap().unwrap();
    assert_eq!(*kept.endpoint, endpoint);
}
