//! A store in a real folder: whose it is, what is in it, and what a process that dies leaves behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use eraflazz_core::commit::{Changes, Refused, Verdict};
use eraflazz_core::ports::{Catalog, Ledger, Members, OrderFilter, Page, Store, Vault, VaultError};
use eraflazz_store_memory::{Damage, FolderError, MemoryStore, StoreSettings, check, compact};
use secrecy::SecretSlice;

use crate::vault::SampleVault;
use crate::world::{accept, deposit, key, member, order_id, release, rp, subject, terms, tier};

/// Tells the other process which folder to open and what to do there.
const FOLDER: &str = "ERAFLAZZ_TEST_FOLDER";
const ORDERS: u64 = 20;

fn open(folder: &Path) -> Result<MemoryStore, FolderError> {
    MemoryStore::open(folder, Arc::new(SampleVault), StoreSettings::default())
}

/// The same with a checkpoint every few batches.
fn open_small(folder: &Path) -> Result<MemoryStore, FolderError> {
    let settings = StoreSettings {
        checkpoint_bytes: 2_000,
        ..StoreSettings::default()
    };
    MemoryStore::open(folder, Arc::new(SampleVault), settings)
}

/// A case has all folders to itself: a process that was just started holds copies of every lock of this one until its program runs.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An empty place for one case.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("folder-{name}"));
    if place.exists() {
        std::fs::remove_dir_all(&place).unwrap();
    }
    place
}

/// The answer of a store with a thread of its own.
fn answer<T>(call: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(call)
}

fn fill(store: &MemoryStore) {
    answer(async {
        store.change(vec![tier()]).await.unwrap();
        store.put_member(terms(1, 0), None).await.unwrap();
        store.put_key(key(1, 1)).await.unwrap();
        store.commit(vec![deposit(1, 1, 1_000)]).await.unwrap();
        for n in 0..ORDERS {
            let verdicts = store.commit(vec![accept(n, 1, 10)]).await.unwrap();
            assert!(matches!(verdicts.as_slice(), [Verdict::Done(_)]));
        }
    });
}

fn assert_filled(store: &MemoryStore) {
    let wallet = answer(store.wallet(member(1))).unwrap().unwrap();
    assert_eq!((wallet.available, wallet.held), (rp(800), rp(200)));
    assert_eq!(answer(store.depth()).unwrap().held, ORDERS);
}

/// Another process that does this in the folder. True if it succeeded.
fn in_another_process(folder: &Path, what: &str) -> bool {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            &format!("folder::other_process::{what}"),
        ])
        .env(FOLDER, folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("running 1 test"), "{text}");
    output.status.success()
}

mod other_process {
    use super::*;

    fn folder() -> PathBuf {
        std::env::var_os(FOLDER).unwrap().into()
    }

    #[test]
    #[ignore = "run by the tests of this file, in a process of its own"]
    fn is_refused() {
        let refused = open(&folder()).unwrap_err();
        assert!(
            matches!(&refused, FolderError::InUse { folder } if *folder == self::folder()),
            "{refused}"
        );
        assert!(refused.to_string().contains("another process"));
    }

    #[test]
    #[ignore = "run by the tests of this file, in a process of its own"]
    fn dies_at_work() {
        fill(&open(&folder()).unwrap());
        // The store above was closed in good order; this one is not.
        let store = open(&folder()).unwrap();
        answer(store.commit(vec![deposit(2, 1, 5)])).unwrap();
        std::process::abort();
    }
}

#[test]
fn a_second_process_is_refused_and_the_first_goes_on() {
    let _alone = alone();
    let folder = place("second");
    let store = open(&folder).unwrap();
    assert!(in_another_process(&folder, "is_refused"));
    assert!(matches!(open(&folder), Err(FolderError::InUse { .. })));
    fill(&store);
    assert_filled(&store);
    drop(store);
    assert!(!in_another_process(&folder, "is_refused"), "nobody had it");
}

#[test]
fn what_a_dead_process_acknowledged_is_there_and_its_lock_is_not() {
    let _alone = alone();
    let folder = place("dead");
    assert!(!in_another_process(&folder, "dies_at_work"));
    let store = open(&folder).unwrap();
    assert_eq!(
        answer(store.wallet(member(1))).unwrap().unwrap().available,
        rp(805)
    );
    assert_eq!(answer(store.log(subject(2))).unwrap(), []);
}

#[test]
fn what_was_acknowledged_is_there_when_it_is_opened_again() {
    let _alone = alone();
    let folder = place("again");
    let store = open(&folder).unwrap();
    fill(&store);
    drop(store);
    for _ in 0..3 {
        assert_filled(&open(&folder).unwrap());
    }
}

#[test]
fn commits_that_wait_together_are_all_answered() {
    let _alone = alone();
    let folder = place("together");
    let store = open(&folder).unwrap();
    fill(&store);
    std::thread::scope(|scope| {
        for n in 0..16 {
            let store = &store;
            scope.spawn(move || {
                let units: Vec<Changes> = (0..8).map(|i| deposit(100 + n * 8 + i, 1, 1)).collect();
                for unit in units {
                    let verdicts = answer(store.commit(vec![unit])).unwrap();
                    assert!(matches!(verdicts.as_slice(), [Verdict::Done(_)]));
                }
            });
        }
    });
    drop(store);
    let wallet = answer(open(&folder).unwrap().wallet(member(1))).unwrap();
    assert_eq!(wallet.unwrap().available, rp(800 + 128));
}

#[test]
fn a_start_that_was_cut_short_is_started_anew() {
    let _alone = alone();
    let folder = place("draft");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("journal.redb.new"), [0; 5_000]).unwrap();
    fill(&open(&folder).unwrap());
    assert_filled(&open(&folder).unwrap());
}

#[test]
fn a_journal_that_was_emptied_or_is_another_file_is_refused_and_left_alone() {
    let _alone = alone();
    for (case, content) in [
        ("empty", Vec::new()),
        ("stranger", b"not a journal".to_vec()),
    ] {
        let folder = place(case);
        fill(&open(&folder).unwrap());
        let file = folder.join("journal.redb");
        std::fs::write(&file, &content).unwrap();
        let refused = open(&folder).unwrap_err();
        assert!(refused.to_string().contains("journal.redb"), "{refused}");
        assert_eq!(std::fs::read(&file).unwrap(), content);
    }
}

/// A vault with another key.
struct Other;

impl Vault for Other {
    fn seal(&self, _: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(plain.to_vec())
    }

    fn open(&self, _: &str, _: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        Err(VaultError::NotOpened)
    }
}

#[test]
fn another_vault_key_is_told_from_damage() {
    let _alone = alone();
    let folder = place("vault");
    fill(&open(&folder).unwrap());
    let refused = MemoryStore::open(&folder, Arc::new(Other), StoreSettings::default());
    assert!(matches!(
        refused.unwrap_err(),
        FolderError::Batch {
            batch: 3,
            damage: Damage::Sealed,
            ..
        }
    ));
    assert_filled(&open(&folder).unwrap());
}

#[test]
fn a_backup_while_orders_come_is_a_store_as_it_was_at_one_moment() {
    let _alone = alone();
    let (folder, target) = (place("copied"), place("copy"));
    let store = open_small(&folder).unwrap();
    fill(&store);
    let batches = std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            for n in 100..200 {
                answer(store.commit(vec![accept(n, 1, 1)])).unwrap();
            }
        });
        let batches = store.backup(&target).unwrap();
        busy.join().unwrap();
        batches
    });
    let found = check(&target, &SampleVault).unwrap();
    assert_eq!((found.batches, found.differences), (batches, Vec::new()));
    let copy = open(&target).unwrap();
    let held = answer(copy.depth()).unwrap().held;
    assert!((ORDERS..=ORDERS + 100).contains(&held), "{held}");
    // The copy goes on by itself, and so does the store.
    answer(copy.commit(vec![deposit(3, 1, 1)])).unwrap();
    answer(store.commit(vec![deposit(3, 1, 1)])).unwrap();
    assert_eq!(answer(store.depth()).unwrap().held, ORDERS + 100);
}

/// What the settled orders of many checkpoints answer, in another process too, and that their journal is gone.
#[test]
fn what_left_memory_still_answers_and_the_journal_is_bounded() {
    let _alone = alone();
    let folder = place("archived");
    let store = open_small(&folder).unwrap();
    fill(&store);
    let settled = 1_000..1_600;
    for n in settled.clone() {
        answer(store.commit(vec![accept(n, 1, 1)])).unwrap();
        let agg = answer(store.orders(&[order_id(n)])).unwrap().pop().unwrap();
        answer(store.commit(vec![release(&agg.unwrap(), None)])).unwrap();
    }
    let shown = |store: &MemoryStore| {
        let ids: Vec<_> = settled.clone().map(order_id).collect();
        let orders = answer(store.orders(&ids)).unwrap();
        let all = Page::first(Page::MAX);
        let listed = answer(store.orders_of(member(1), &OrderFilter::default(), &all)).unwrap();
        let returned = OrderFilter {
            status: Some(orders[0].as_ref().unwrap().order.status()),
            ..OrderFilter::default()
        };
        let deep = Page {
            skip: 500,
            limit: 10,
        };
        let deep = answer(store.orders_of(member(1), &returned, &deep)).unwrap();
        let mutations = answer(store.mutations(
            member(1),
            &Page {
                skip: 700,
                limit: 50,
            },
        ))
        .unwrap();
        (
            orders,
            listed,
            deep,
            mutations,
            answer(store.trial_balance(0, 10_000)).unwrap(),
        )
    };
    let before = shown(&store);
    assert_eq!(
        (before.1.len(), before.2.len(), before.3.len()),
        (200, 10, 50)
    );
    assert_eq!(before.2[0].id, order_id(1_099));
    // A repeat finds the order that left, whatever memory has forgotten.
    let repeated = answer(store.commit(vec![accept(1_003, 1, 1)])).unwrap();
    assert_eq!(
        repeated,
        [Verdict::Refused(Refused::RefTaken {
            order: order_id(1_003)
        })]
    );
    drop(store);
    let store = open(&folder).unwrap();
    assert_eq!(shown(&store), before);
    drop(store);
    let found = check(&folder, &SampleVault).unwrap();
    assert_eq!(
        (found.orders, found.differences.clone()),
        (ORDERS + 600, Vec::new())
    );
    let smaller = compact(&folder).unwrap();
    assert!(smaller.after < smaller.before, "{smaller:?}");
    assert_eq!(check(&folder, &SampleVault).unwrap(), found);
    let journal = std::fs::metadata(folder.join("journal.redb"))
        .unwrap()
        .len();
    assert!(journal < 2 << 20, "{journal} bytes");
}

#[test]
fn an_archive_that_is_lost_or_anothers_is_refused() {
    let _alone = alone();
    let (folder, other) = (place("mine"), place("anothers"));
    for (folder, first) in [(&folder, 50), (&other, 60)] {
        let store = open_small(folder).unwrap();
        fill(&store);
        for n in first..first + 40 {
            answer(store.commit(vec![deposit(n, 1, 1)])).unwrap();
        }
    }
    let archive = folder.join("archive.redb");
    std::fs::remove_file(&archive).unwrap();
    let refused = open(&folder).unwrap_err().to_string();
    assert!(refused.contains("archive.redb"), "{refused}");
    assert!(!archive.exists(), "it would be taken for an empty one");
    std::fs::copy(other.join("archive.redb"), &archive).unwrap();
    let refused = open(&folder).unwrap_err().to_string();
    assert!(refused.contains("journal.redb: batch"), "{refused}");
}

/// Before the first checkpoint as after it: an archive without its journal is never the beginning of a new store.
#[test]
fn c_14_a_journal_that_is_lost_is_refused_and_the_archive_stays_as_it_is() {
    let _alone = alone();
    for (name, open_it) in [
        ("journal-lost-early", open as fn(&Path) -> _),
        ("journal-lost", open_small),
    ] {
        let folder = place(name);
        let store = open_it(&folder).unwrap();
        fill(&store);
        for n in 50..90 {
            answer(store.commit(vec![deposit(n, 1, 1)])).unwrap();
        }
        drop(store);
        let archive = std::fs::read(folder.join("archive.redb")).unwrap();
        let whole = place("whole");
        let other = open(&whole).unwrap();
        std::fs::remove_file(folder.join("journal.redb")).unwrap();
        assert!(MemoryStore::is_in(&folder), "it is no new folder");
        let refused = open_it(&folder).unwrap_err().to_string();
        assert!(refused.contains("journal.redb"), "{refused}");
        assert!(matches!(
            other.backup(&folder),
            Err(FolderError::Occupied { .. })
        ));
        let after = std::fs::read(folder.join("archive.redb")).unwrap();
        assert!(after == archive, "the archive was touched");
    }
}

/// Wherever the first start dies, the next one is either the first again or goes on.
#[test]
fn c_11_a_beginning_that_was_cut_short_is_begun_again_or_ended() {
    let _alone = alone();
    let begun = place("begun");
    let store = open(&begun).unwrap();
    fill(&store);
    drop(store);
    let draft = |folder: &Path, name: &str| folder.join(format!("{name}.new"));
    // Neither file has its name, and what is there may be half of one.
    let folder = place("begun-no-name");
    std::fs::create_dir(&folder).unwrap();
    for name in ["archive.redb", "journal.redb"] {
        std::fs::write(draft(&folder, name), b"half of it").unwrap();
    }
    assert!(!MemoryStore::is_in(&folder));
    fill(&open(&folder).unwrap());
    assert_filled(&open(&folder).unwrap());
    // The journal has its name and the archive has not: whoever looks or copies sees all of it, whoever opens it ends it.
    let folder = place("begun-half-named");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(begun.join("journal.redb"), folder.join("journal.redb")).unwrap();
    std::fs::copy(begun.join("archive.redb"), draft(&folder, "archive.redb")).unwrap();
    assert!(MemoryStore::is_in(&folder));
    let found = check(&folder, &SampleVault).unwrap();
    assert_eq!((found.orders, found.differences.len()), (ORDERS, 0));
    assert_filled(&MemoryStore::open_to_read(&folder, Arc::new(SampleVault)).unwrap());
    assert!(
        !folder.join("archive.redb").exists(),
        "a look changes nothing"
    );
    assert_filled(&open(&folder).unwrap());
    assert!(!draft(&folder, "archive.redb").exists());
    compact(&folder).unwrap();
    assert_filled(&open(&folder).unwrap());
}

#[test]
fn a_backup_takes_the_place_of_nothing() {
    let _alone = alone();
    let (folder, target) = (place("copied-twice"), place("copy-twice"));
    let store = open(&folder).unwrap();
    fill(&store);
    store.backup(&target).unwrap();
    assert!(matches!(
        store.backup(&target),
        Err(FolderError::Occupied { .. })
    ));
    assert!(matches!(
        store.backup(&folder),
        Err(FolderError::InUse { .. })
    ));
    assert!(matches!(
        MemoryStore::new().backup(&place("none")),
        Err(FolderError::NoFolder)
    ));
}

/// What a folder looks like from outside: its own time, and each file with its bytes and time.
fn picture(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let paths = paths.chain([folder.to_owned()]);
    let pictured = paths.map(|path| {
        let changed = std::fs::metadata(&path).unwrap().modified().unwrap();
        let bytes = std::fs::read(&path).unwrap_or_default();
        (path, (changed, bytes))
    });
    pictured.collect()
}

#[test]
fn a_store_opened_to_be_read_changes_nothing_and_takes_nothing() {
    let _alone = alone();
    let (folder, copy) = (place("read"), place("read-copy"));
    // Left behind by a process that died: redb has something to mend.
    assert!(!in_another_process(&folder, "dies_at_work"));
    let to_read = || MemoryStore::open_to_read(&folder, Arc::new(SampleVault));
    for without_lock in [false, true] {
        if without_lock {
            std::fs::remove_file(folder.join("lock")).unwrap();
        }
        let before = picture(&folder);
        let store = to_read().unwrap();
        let too = to_read().unwrap();
        for store in [&store, &too] {
            let wallet = answer(store.wallet(member(1))).unwrap().unwrap();
            assert_eq!(wallet.available, rp(805));
        }
        let refused = answer(store.commit(vec![deposit(3, 1, 1)])).unwrap_err();
        assert!(!refused.may_have_committed && refused.why.contains("to be read"));
        assert!(answer(store.put_key(key(2, 1))).is_err());
        assert!(answer(store.takes_writes()).is_err());
        assert_eq!(check(&folder, &SampleVault).unwrap().orders, ORDERS);
        if !without_lock {
            assert!(matches!(open(&folder), Err(FolderError::InUse { .. })));
            store.backup(&copy).unwrap();
        }
        drop((store, too));
        assert!(picture(&folder) == before, "without a lock: {without_lock}");
    }
    assert_eq!(
        check(&copy, &SampleVault).unwrap(),
        check(&folder, &SampleVault).unwrap()
    );
    let store = open(&folder).unwrap();
    assert!(matches!(to_read(), Err(FolderError::InUse { .. })));
    drop(store);
    let nowhere = place("read-nothing");
    assert!(MemoryStore::open_to_read(&nowhere, Arc::new(SampleVault)).is_err());
    assert!(!nowhere.exists());
}

#[cfg(unix)]
#[test]
fn t_20_nobody_else_may_look_into_the_files_of_a_store() {
    use std::os::unix::fs::PermissionsExt as _;
    let modes = |folder: &Path| -> Vec<(PathBuf, u32)> {
        let paths = picture(folder).into_keys();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        paths.map(|path| (path.clone(), mode(&path))).collect()
    };
    let private = |folder: &Path| {
        for (path, mode) in modes(folder) {
            let expected = if path == *folder { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "{}: {mode:o}", path.display());
        }
    };
    let _alone = alone();
    let (folder, copy) = (place("private"), place("private-copy"));
    let store = open(&folder).unwrap();
    fill(&store);
    store.backup(&copy).unwrap();
    drop(store);
    private(&folder);
    private(&copy);
    assert_eq!(modes(&folder).len(), 4, "two files, the lock, the folder");

    // What an earlier version left open to all is closed by the next start.
    for (path, _) in modes(&folder) {
        if path != folder {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
    drop(open(&folder).unwrap());
    private(&folder);
}

#[test]
fn a_journal_that_the_disk_spoiled_says_how_far_it_is_good() {
    let _alone = alone();
    let folder = place("spoiled");
    fill(&open(&folder).unwrap());
    let file = folder.join("journal.redb");
    let whole = std::fs::read(&file).unwrap();
    let (mut refused, mut by_redb) = (0, 0);
    for at in (0..whole.len()).step_by(4096) {
        if whole[at..at + 512].iter().all(|byte| *byte == 0) {
            continue;
        }
        let mut spoiled = whole.clone();
        spoiled[at..at + 512].fill(0xa5);
        std::fs::write(&file, &spoiled).unwrap();
        if let Err(why) = check(&folder, &SampleVault) {
            let why = why.to_string();
            refused += 1;
            by_redb += usize::from(!why.contains("journal.redb: batch "));
            let says = ["batch ", "none of its batches could be read"];
            assert!(says.iter().any(|says| why.contains(says)), "at {at}: {why}");
        }
    }
    assert!(refused >= 5 && by_redb >= 2, "{refused}, {by_redb}");
    std::fs::write(&file, &whole).unwrap();
    assert_filled(&open(&folder).unwrap());
}

#[test]
fn a_check_tells_what_is_there_and_changes_nothing() {
    let _alone = alone();
    let folder = place("checked");
    assert!(matches!(
        check(&folder, &SampleVault),
        Err(FolderError::File { .. })
    ));
    assert!(!folder.exists(), "a check makes no folder");
    // Left behind by a process that died: redb has something to mend.
    assert!(!in_another_process(&folder, "dies_at_work"));
    let before = std::fs::read(folder.join("journal.redb")).unwrap();
    let found = check(&folder, &SampleVault).unwrap();
    assert_eq!((found.orders, found.transfers), (ORDERS, ORDERS + 2));
    assert_eq!(found.batches, ORDERS + 5);
    assert_eq!(found.differences, []);
    assert!(std::fs::read(folder.join("journal.redb")).unwrap() == before);

    let store = open(&folder).unwrap();
    assert!(matches!(
        check(&folder, &SampleVault),
        Err(FolderError::InUse { .. })
    ));
    drop(store);
    assert_eq!(check(&folder, &SampleVault).unwrap(), found);
}
