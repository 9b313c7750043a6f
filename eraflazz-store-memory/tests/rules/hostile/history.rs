//! Files of a store to put hostile bytes into.

use std::sync::Arc;

use eraflazz_core::order::AttemptState;
use eraflazz_core::ports::{Catalog, InboxState, Members, Store};
use eraflazz_store_memory::{MemoryStore, StoreSettings};

use super::entry::{Plain, Ram};
use crate::world::{
    accept, callback, capture, deposit, endpoint, inbox_id, intend, key, look, member, next, now,
    refund, release, set_endpoint, set_member, terms, tier, turned,
};

/// A store in which everything happened once, with a checkpoint now and then if `checkpoint_bytes` is small.
pub(crate) fn history(checkpoint_bytes: u64) -> (Ram, Ram) {
    let (journal, archive) = (Ram::default(), Ram::default());
    let settings = StoreSettings {
        checkpoint_bytes,
        ..StoreSettings::default()
    };
    let store =
        MemoryStore::open_on(journal.clone(), archive.clone(), Arc::new(Plain), settings).unwrap();
    now(store.change(vec![tier()])).unwrap();
    set_member(&store, terms(1, 50)).unwrap();
    now(store.put_key(key(1, 1))).unwrap();
    set_endpoint(&store, endpoint(1, 1)).unwrap();
    now(store.commit(vec![deposit(1, 1, 1_000)])).unwrap();
    now(store.commit(vec![
        accept(1, 1, 100),
        accept(2, 1, 200),
        accept(3, 1, 300),
    ]))
    .unwrap();
    now(store.commit(vec![intend(&look(&store, 1), 1)])).unwrap();
    now(store.put_inbox(callback(1))).unwrap();
    let mut unit = capture(&look(&store, 1), 1, 90);
    unit.inbox_done.push(inbox_id(1));
    now(store.commit(vec![unit, intend(&look(&store, 3), 1)])).unwrap();
    now(store.put_inbox(callback(2))).unwrap();
    now(store.set_inbox_aside(inbox_id(2), InboxState::Orphan)).unwrap();
    let third = look(&store, 3);
    let mut unit = next(&third, third.order.state);
    unit.attempts.push(turned(&third, 1, AttemptState::Unknown));
    now(store.commit(vec![unit])).unwrap();
    now(store.commit(vec![release(&look(&store, 2), None)])).unwrap();
    now(store.commit(vec![refund(&look(&store, 1), 1)])).unwrap();
    now(store.remove_endpoint(member(1))).unwrap();
    drop(store);
    (journal, archive)
}
