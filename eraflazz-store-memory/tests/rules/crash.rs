//! What survives: wherever the disk stops, fails or fills up, the store that is opened next holds all that was acknowledged, and of what was under
//! way all of it or nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use eraflazz_core::commit::{Changes, Unavailable};
use eraflazz_core::member::KeyState;
use eraflazz_core::order::AttemptState;
use eraflazz_core::ports::{Catalog, ChangeError, InboxState, Members, Store};
use eraflazz_store_memory::{FolderError, MemoryStore, StoreSettings};

use crate::disk::{Disk, Fault, Files};
use crate::vault::SampleVault;
use crate::world::{
    Picture, accept, callback, capture, deposit, inbox_id, intend, key, look, next, now, picture,
    release, terms, tier, turned,
};

/// A checkpoint now and then within the history.
fn open(disk: &Disk) -> Result<MemoryStore, FolderError> {
    open_with(disk, 700)
}

fn open_with(disk: &Disk, checkpoint_bytes: u64) -> Result<MemoryStore, FolderError> {
    let settings = StoreSettings {
        checkpoint_bytes,
        ..StoreSettings::default()
    };
    let vault = Arc::new(SampleVault);
    MemoryStore::open_on(disk.journal(), disk.archive(), vault, settings)
}

/// A disk with an empty store on it.
fn new_disk() -> Disk {
    let disk = Disk::default();
    drop(open(&disk).unwrap());
    Disk::holding(disk.seen())
}

/// One thing that is asked of the store, and acknowledged as a whole.
type Ask = fn(&MemoryStore) -> Result<(), Unavailable>;

/// The history: the walk of several orders, with everything else that a store is asked.
const HISTORY: [Ask; 14] = [
    |store| of_terms(now(store.change(vec![tier()])).map(drop)),
    |store| of_terms(now(store.put_member(terms(1, 0), None))),
    |store| of_terms(now(store.put_key(key(1, 1)))),
    |store| commit(store, vec![deposit(1, 1, 1_000)]),
    // C1: an order and its hold, and in the same batch one that cannot be paid.
    |store| {
        commit(
            store,
            vec![accept(1, 1, 100), accept(2, 1, 2_000), accept(3, 1, 300)],
        )
    },
    |store| commit(store, vec![intend(&look(store, 1), 1)]),
    |store| now(store.put_inbox(callback(1))),
    // C8: evidence, effect and money in one commit.
    |store| {
        let mut unit = capture(&look(store, 1), 1, 90);
        unit.inbox_done.push(inbox_id(1));
        commit(store, vec![unit, intend(&look(store, 3), 1)])
    },
    |store| now(store.put_inbox(callback(2))),
    |store| now(store.set_inbox_aside(inbox_id(2), InboxState::Orphan)),
    |store| {
        let mut unit = next(&look(store, 3), look(store, 3).order.state);
        unit.attempts
            .push(turned(&look(store, 3), 1, AttemptState::Unknown));
        commit(store, vec![unit])
    },
    |store| {
        commit(
            store,
            vec![release(&look(store, 3), Some(1)), accept(4, 1, 50)],
        )
    },
    |store| {
        let mut revoked = key(1, 1);
        revoked.state = KeyState::Revoked;
        of_terms(now(store.put_key(revoked)))
    },
    |store| commit(store, large(40)),
];

/// More than one page of the file.
fn large(orders: u64) -> Vec<Changes> {
    (10..10 + orders).map(|n| accept(n, 1, 1)).collect()
}

fn commit(store: &MemoryStore, units: Vec<Changes>) -> Result<(), Unavailable> {
    now(store.commit(units)).map(drop)
}

fn of_terms(answer: Result<(), ChangeError>) -> Result<(), Unavailable> {
    match answer {
        Ok(()) => Ok(()),
        Err(ChangeError::Unavailable(why)) => Err(why),
        Err(wrong) => panic!("refused: {wrong}"),
    }
}

/// Plays the history until something is not acknowledged: how many asks were, and what the next one heard.
fn play(store: &MemoryStore) -> (usize, Option<Unavailable>) {
    for (done, ask) in HISTORY.iter().enumerate() {
        if let Err(why) = ask(store) {
            return (done, Some(why));
        }
    }
    (HISTORY.len(), None)
}

/// The store after each number of asks, on a disk that does what it should; and how often the disk was asked.
fn unharmed() -> (Vec<Picture>, u64) {
    let disk = new_disk();
    let store = open(&disk).unwrap();
    let mut pictures = vec![picture(&store)];
    for ask in HISTORY {
        ask(&store).unwrap();
        pictures.push(picture(&store));
    }
    drop(store);
    (pictures, disk.ops())
}

/// The disk after the fault holds what was acknowledged, or one ask more if that may have been committed; and the history goes on from there.
fn restored(
    files: Files,
    pictures: &[Picture],
    acknowledged: usize,
    may_be_more: bool,
    case: &str,
) {
    let disk = Disk::holding(files);
    let store = open(&disk).unwrap_or_else(|error| panic!("{case}: {error}"));
    let found = picture(&store);
    let done = if found == pictures[acknowledged] {
        acknowledged
    } else {
        assert!(
            may_be_more,
            "{case}: more or less than the {acknowledged} acknowledged asks"
        );
        assert!(
            Some(&found) == pictures.get(acknowledged + 1),
            "{case}: neither {acknowledged} asks nor one more"
        );
        acknowledged + 1
    };
    for ask in &HISTORY[done..] {
        ask(&store).unwrap();
    }
    assert!(
        picture(&store) == pictures[HISTORY.len()],
        "{case}: it did not go on as it should"
    );
}

/// Every survivor of a disk that stopped.
fn survivors(disk: &Disk) -> impl Iterator<Item = (String, Files)> {
    let cut = (0..6).map(|seed| (format!("seed {seed}"), disk.after_power_loss(seed)));
    cut.chain([("the system stayed up".to_owned(), disk.seen())])
}

#[test]
fn c_01_c_02_c_08_a_power_cut_leaves_all_that_was_acknowledged_and_nothing_by_halves() {
    let (pictures, ops) = unharmed();
    let empty = new_disk().seen();
    for cut in 0..ops {
        let disk = Disk::holding(empty.clone()).with(Fault::Cut(cut));
        let (acknowledged, heard) = match open(&disk) {
            Ok(store) => {
                let (acknowledged, heard) = play(&store);
                assert!(
                    picture(&store) == pictures[acknowledged],
                    "memory is ahead of the disk"
                );
                (acknowledged, heard)
            }
            Err(_) => (0, None),
        };
        let may_be_more = heard.is_some_and(|why| why.may_have_committed);
        for (survivor, bytes) in survivors(&disk) {
            let case = format!("cut at operation {cut}, {survivor}");
            restored(bytes, &pictures, acknowledged, may_be_more, &case);
        }
    }
}

#[test]
fn c_02_a_failed_flush_drops_the_batch_and_nothing_is_written_after_it() {
    let (pictures, ops) = unharmed();
    let empty = new_disk().seen();
    for fail in 0..ops {
        let disk = Disk::holding(empty.clone()).with(Fault::Fail(fail));
        let Ok(store) = open(&disk) else { continue };
        let (acknowledged, heard) = play(&store);
        assert!(
            picture(&store) == pictures[acknowledged],
            "memory is ahead of the disk"
        );
        if let Some(heard) = &heard {
            assert!(heard.why.contains("the disk failed"), "{}", heard.why);
            let closed = now(store.takes_writes()).unwrap_err();
            assert_eq!(closed.why, heard.why, "whoever watches hears it too");
            let later = commit(&store, vec![deposit(9, 1, 1)]).unwrap_err();
            assert!(!later.may_have_committed);
            assert!(
                later.why.contains("until the store is opened anew"),
                "{}",
                later.why
            );
        }
        drop(store);
        let may_be_more = heard.is_some_and(|why| why.may_have_committed);
        for (survivor, bytes) in survivors(&disk) {
            let case = format!("operation {fail} failed, {survivor}");
            restored(bytes, &pictures, acknowledged, may_be_more, &case);
        }
    }
}

#[test]
fn a_full_disk_refuses_new_work_and_loses_nothing() {
    let empty = new_disk().seen();
    let room = empty.iter().map(Vec::len).max().unwrap();
    let room = 2 * u64::try_from(room).unwrap();
    let disk = Disk::holding(empty).with(Fault::Full(room));
    let store = open(&disk).unwrap();
    let (acknowledged, heard) = play(&store);
    assert_eq!((acknowledged, heard), (HISTORY.len(), None));
    let refused = (10..)
        .find_map(|n| commit(&store, vec![deposit(n, 1, 1)]).err())
        .unwrap();
    assert!(refused.why.contains("no storage space"), "{}", refused.why);
    let before = picture(&store);
    drop(store);
    for (survivor, bytes) in survivors(&disk) {
        let restored = open(&Disk::holding(bytes)).unwrap();
        assert!(picture(&restored) == before, "{survivor}");
        assert_eq!(
            commit(&restored, vec![deposit(8, 1, 1)]),
            Ok(()),
            "{survivor}"
        );
    }
}

#[test]
fn a_flipped_byte_in_a_batch_is_found_or_changes_nothing() {
    // Without a checkpoint all of it is in the journal. Flipped bytes of an archive are its own tests'.
    let open = |disk: &Disk| open_with(disk, u64::MAX);
    let disk = new_disk();
    let store = open(&disk).unwrap();
    assert_eq!(play(&store).0, HISTORY.len());
    let before = picture(&store);
    drop(store);
    let whole = disk.seen();
    let places = (0..whole[0].len()).filter(|at| whole[0][*at] != 0);
    let mut named = BTreeSet::new();
    // Every byte is too much for a test that runs each time; the stride is prime, so that it hits every kind of place.
    for at in places.step_by(13) {
        let mut files = whole.clone();
        files[0][at] ^= 1 << (at % 8);
        match open(&Disk::holding(files)) {
            Ok(store) => {
                assert!(picture(&store) == before, "byte {at} changed what is read");
                // What was not noticed is not in the way either.
                commit(&store, vec![deposit(9, 1, 1)]).unwrap();
            }
            Err(FolderError::Batch { file, batch, .. }) => {
                assert_eq!(file.as_os_str(), "journal.redb");
                named.insert(batch);
            }
            Err(FolderError::Unreadable { file, .. }) => {
                assert_eq!(file.as_os_str(), "journal.redb");
            }
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
    let all = 1..=u64::try_from(HISTORY.len()).unwrap();
    assert!(all.eq(named), "every batch was hit");
}

/// Secrets do not lie open on the disk.
#[test]
fn inv_37_the_secret_of_a_key_is_on_the_disk_only_sealed() {
    let disk = new_disk();
    let store = open(&disk).unwrap();
    assert_eq!(play(&store).0, HISTORY.len());
    drop(store);
    let secret = b"sample-secret-of-key";
    for file in disk.seen() {
        assert!(file.windows(secret.len()).all(|bytes| bytes != secret));
    }
}
