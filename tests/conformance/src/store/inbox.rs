//! Callbacks: durable until applied, kept when nobody claims them.

use std::sync::Arc;

use eraflazz_core::commit::Changes;
use eraflazz_core::ports::{Due, InboxRow, InboxState};

use super::Books;
use super::world::{MUCH_LATER, NOW, World};

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
