//! Callbacks: durable until applied, kept when nobody claims them.

use std::sync::Arc;

use eraflazz_core::commit::Changes;
use eraflazz_core::ids::{InboxId, SupplierId};
use eraflazz_core::ports::{Due, InboxRow, InboxState};
use eraflazz_core::supplier::{Claim, Reason, Sighting};
use eraflazz_core::text::TheirRef;

use super::Books;
use super::world::{MUCH_LATER, NOW, SUPPLIER, World};

async fn due(world: &World) -> Vec<Due> {
    world.store.due(MUCH_LATER, 100).await.unwrap()
}

/// It is due from its arrival to the commit that applies it, and gone after.
pub async fn a_callback_waits_until_it_is_applied(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let row = world.callback();
    assert_eq!(world.store.inbox(row.id).await.unwrap(), None);
    world.store.put_inbox(row.clone()).await.unwrap();
    assert_eq!(world.store.inbox(row.id).await.unwrap(), Some(row.clone()));
    assert_eq!(due(&world).await, [Due::Inbox(row.id)]);
    assert_eq!(due(&world).await, [Due::Inbox(row.id)], "reading is free");
    world
        .done(Changes {
            inbox_done: vec![row.id],
            ..Changes::at(NOW)
        })
        .await;
    assert_eq!(world.store.inbox(row.id).await.unwrap(), None);
    assert_eq!(due(&world).await, []);
}

/// The first row under an id stays.
pub async fn the_same_callback_again_changes_nothing(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let row = world.callback();
    world.store.put_inbox(row.clone()).await.unwrap();
    let other = InboxRow {
        signed: false,
        ..row.clone()
    };
    world.store.put_inbox(row.clone()).await.unwrap();
    world.store.put_inbox(other).await.unwrap();
    assert_eq!(world.store.inbox(row.id).await.unwrap(), Some(row.clone()));
    assert_eq!(due(&world).await, [Due::Inbox(row.id)]);
}

/// Orphans and quarantined ones stay readable; a copy that comes again does not wake them.
pub async fn a_callback_set_aside_is_kept_and_no_longer_due(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    for aside in [InboxState::Orphan, InboxState::Quarantined] {
        let row = world.callback();
        world.store.put_inbox(row.clone()).await.unwrap();
        for _repeated in 0..2 {
            world.store.set_inbox_aside(row.id, aside).await.unwrap();
        }
        world.store.put_inbox(row.clone()).await.unwrap();
        assert_eq!(due(&world).await, []);
        let kept = world.store.inbox(row.id).await.unwrap();
        if let Some(kept) = kept {
            assert_eq!(kept.state, aside);
        } else {
            // "If it still waits" lets a store file it elsewhere; then a commit must not find it waiting either.
            let apply = Changes {
                inbox_done: vec![row.id],
                ..Changes::at(NOW)
            };
            world.refused(apply).await;
        }
    }
}

/// An orphan that need not be kept any longer is taken out by a commit, once, and named by nothing any more.
pub async fn an_orphan_leaves_by_a_commit(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let their_ref: TheirRef = "Q-1".parse().unwrap();
    let says = Sighting {
        their_ref: Some(their_ref.clone()),
        ..Sighting::new(Claim::Delivered, Reason::None)
    };
    let row = InboxRow {
        sightings: Some(vec![says]),
        ..world.callback()
    };
    world.store.put_inbox(row.clone()).await.unwrap();
    let orphan = InboxState::Orphan;
    world.store.set_inbox_aside(row.id, orphan).await.unwrap();
    let leaves = Changes {
        inbox_done: vec![row.id],
        ..Changes::at(NOW)
    };
    world.done(leaves.clone()).await;
    world.refused(leaves).await;
    assert_eq!(world.store.inbox(row.id).await.unwrap(), None);
    assert_eq!(world.store.set_aside(None, 9).await.unwrap(), []);
    let named = world.store.orphans_naming(SUPPLIER, &their_ref).await;
    assert_eq!(named.unwrap(), []);
    world.store.set_inbox_aside(row.id, orphan).await.unwrap();
    assert_eq!(world.store.set_aside(None, 9).await.unwrap(), [], "gone");
    assert_eq!(due(&world).await, []);
}

/// Each commit that names a callback as unreadable counts one try.
pub async fn inv_28_failed_tries_are_counted(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let row = world.callback();
    world.store.put_inbox(row.clone()).await.unwrap();
    for tries in 1..=3 {
        world
            .done(Changes {
                inbox_tries: vec![row.id],
                ..Changes::at(NOW)
            })
            .await;
        let counted = world.store.inbox(row.id).await.unwrap().unwrap();
        assert_eq!(counted.tries, tries);
    }
}

/// An orphan is found by each transaction of its supplier that it names, and all of them page by page, until it waits again.
pub async fn e_07_orphans_are_found_by_what_they_name(store: Arc<dyn Books>) {
    let world = World::open(store).await;
    let (this, that): (TheirRef, TheirRef) = ("Q-1".parse().unwrap(), "Q-2".parse().unwrap());
    let naming = |refs: &[&TheirRef]| {
        let says = |their_ref: &&TheirRef| Sighting {
            their_ref: Some((*their_ref).clone()),
            ..Sighting::new(Claim::Delivered, Reason::None)
        };
        InboxRow {
            sightings: Some(refs.iter().map(says).collect()),
            ..world.callback()
        }
    };
    let both = naming(&[&this, &that]);
    let one = naming(&[&this]);
    let elsewhere = InboxRow {
        supplier: SupplierId(1),
        ..naming(&[&this])
    };
    let waiting = naming(&[&this]);
    let quarantined = naming(&[&this]);
    for (row, state) in [
        (&both, Some(InboxState::Orphan)),
        (&one, Some(InboxState::Orphan)),
        (&elsewhere, Some(InboxState::Orphan)),
        (&waiting, None),
        (&quarantined, Some(InboxState::Quarantined)),
    ] {
        world.store.put_inbox(row.clone()).await.unwrap();
        if let Some(state) = state {
            world.store.set_inbox_aside(row.id, state).await.unwrap();
        }
    }
    let found = async |their_ref| {
        let found = world.store.orphans_naming(SUPPLIER, their_ref).await;
        found.unwrap()
    };
    assert_eq!(found(&this).await, [both.id, one.id]);
    assert_eq!(found(&that).await, [both.id]);
    let page = async |after, limit| -> Vec<InboxId> {
        let rows = world.store.set_aside(after, limit).await.unwrap();
        rows.iter().map(|row| row.id).collect()
    };
    assert_eq!(page(None, 2).await, [both.id, one.id]);
    let rest = [elsewhere.id, quarantined.id];
    assert_eq!(page(Some(one.id), 3).await, rest, "one is shown too");
    for _repeated in 0..2 {
        let again = InboxState::Waiting;
        world.store.set_inbox_aside(both.id, again).await.unwrap();
    }
    assert_eq!(
        due(&world).await,
        [Due::Inbox(both.id), Due::Inbox(waiting.id)]
    );
    assert_eq!(found(&this).await, [one.id]);
    assert_eq!(found(&that).await, []);
    let rest = [one.id, elsewhere.id, quarantined.id];
    assert_eq!(page(None, 9).await, rest);
    let applied = Changes {
        inbox_done: vec![one.id],
        ..Changes::at(NOW)
    };
    world.done(applied).await;
    assert_eq!(found(&this).await, []);
}
