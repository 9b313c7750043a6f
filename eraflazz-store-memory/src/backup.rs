//! A copy of a store while it runs.

use std::io;
use std::path::Path;

use crate::archive::Archive;
use crate::folder::{ARCHIVE, Folder, FolderError, JOURNAL};
use crate::journal::{End, Journal, Reader, Unreadable};
use crate::store::MemoryStore;

/// Beside a copy stays free what the store takes, and at least so many bytes: orders go on, and a checkpoint writes before it gives back.
pub(crate) const SPARE_MIN: u64 = 256 << 20;

impl MemoryStore {
    /// Copies everything that was acknowledged when it was called into `target`, which becomes a folder that [`MemoryStore::open`] takes, and reads
    /// the copy back. Orders go on meanwhile; a checkpoint waits. Gives the number of the last batch in it.
    ///
    /// Blocks while it writes. Refuses a `target` that holds a store already, and a disk without [room](FolderError::NoRoom) for the copy and the
    /// store's own growth. What a backup that failed had written is removed. Secrets are in
    /// the copy as they are in the store, sealed: keep the vault's key as well, elsewhere.
    pub fn backup(&self, target: &Path) -> Result<u64, FolderError> {
        self.backup_where(target, free_at)
    }

    /// The same where `free` says how many bytes are free around a folder, if that is known.
    fn backup_where(
        &self,
        target: &Path,
        free: impl FnOnce(&Path) -> io::Result<Option<u64>>,
    ) -> Result<u64, FolderError> {
        let (Some(journal), Some(archive), Some(source)) =
            (&self.reader, &self.shared.archive, &self.folder)
        else {
            return Err(FolderError::NoFolder);
        };
        let folder = Folder::take(target)?;
        if folder.has(JOURNAL) || folder.has(ARCHIVE) {
            return Err(FolderError::Occupied {
                folder: target.to_owned(),
            });
        }
        let copied =
            room(source, &folder, free).and_then(|()| copy(journal, archive, source, &folder));
        match copied {
            Ok(end) => Ok(end.through),
            Err(error) => {
                folder.give_up();
                Err(error)
            }
        }
    }
}

/// Refuses where the copy would leave too little room.
fn room(
    source: &Folder,
    target: &Folder,
    free: impl FnOnce(&Path) -> io::Result<Option<u64>>,
) -> Result<(), FolderError> {
    let taken = source.len()?;
    let needed = taken.saturating_add(taken.max(SPARE_MIN));
    let folder = target.path().to_owned();
    match free(&folder) {
        Ok(Some(free)) if free < needed => Err(FolderError::NoRoom {
            folder,
            free,
            needed,
        }),
        Ok(_) => Ok(()),
        Err(error) => Err(FolderError::File {
            file: folder,
            error,
        }),
    }
}

/// What a process of this user may still write around `folder`, in bytes; `None` where the file system does not count.
#[cfg(unix)]
fn free_at(folder: &Path) -> io::Result<Option<u64>> {
    let system = rustix::fs::statvfs(folder)?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    Ok((system.f_blocks > 0).then_some(free))
}

#[cfg(not(unix))]
fn free_at(_: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}

fn copy(
    journal: &Reader,
    archive: &Archive,
    source: &Folder,
    folder: &Folder,
) -> Result<End, FolderError> {
    let of_archive = |why| FolderError::of_archive(&source.file(ARCHIVE), &why);
    // As long as no checkpoint follows, the journal keeps every batch after the one in the archive.
    let copied = archive.at_rest(|| {
        let from = archive.end()?;
        let copied = folder.copy(&source.file(ARCHIVE), ARCHIVE);
        let written = copied.and_then(|()| {
            folder.begin(JOURNAL, |path, file| {
                let written = journal.copy_to(file, from);
                written.map_err(|wrong| FolderError::of_journal(path, wrong))
            })
        });
        Ok(written)
    });
    let written = copied.and_then(|copied| copied).map_err(of_archive)??;
    folder.name_both()?;
    if read_back(folder)? == written {
        Ok(written)
    } else {
        Err(FolderError::Unreadable {
            file: folder.file(JOURNAL),
            why: "what was written is not what was read back".to_owned(),
        })
    }
}

fn read_back(folder: &Folder) -> Result<End, FolderError> {
    let archive = folder.look(ARCHIVE, Archive::in_file)?;
    let from = archive
        .end()
        .map_err(|why| FolderError::of_archive(&folder.file(ARCHIVE), &why))?;
    folder.look(JOURNAL, |path, file| {
        let journal = Journal::open(file, from, |_| Ok(()));
        journal
            .map(|copy| copy.end())
            .map_err(|wrong: Unreadable| FolderError::of_journal(path, wrong))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::no_vault::NoVault;
    use crate::store::StoreSettings;

    /// A place of one test's own.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let name = format!("eraflazz-backup-{name}-{}", std::process::id());
            Self(std::env::temp_dir().join(name))
        }

        fn store(&self) -> MemoryStore {
            let settings = StoreSettings::default();
            MemoryStore::open(&self.0.join("data"), Arc::new(NoVault), settings).unwrap()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _not_there = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_copy_that_would_leave_too_little_room_is_not_begun() {
        let place = Place::new("room");
        let (store, target) = (place.store(), place.0.join("copy"));
        let taken = store.folder.as_ref().unwrap().len().unwrap();
        let enough = taken + SPARE_MIN;
        let refused = store.backup_where(&target, |_| Ok(Some(enough - 1)));
        let refused = refused.unwrap_err();
        let FolderError::NoRoom {
            folder,
            free,
            needed,
        } = &refused
        else {
            panic!("{refused}");
        };
        assert_eq!((folder, *free, *needed), (&target, enough - 1, enough));
        let text = refused.to_string();
        let parts = [
            format!("{} MiB are free", free >> 20),
            format!("needs {} MiB", needed >> 20),
        ];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(!target.exists(), "nothing is left");
        store.backup_where(&target, |_| Ok(Some(enough))).unwrap();
        assert!(MemoryStore::is_in(&target));
    }

    #[test]
    fn a_copy_is_made_where_nobody_counts_what_is_free() {
        let place = Place::new("uncounted");
        let (store, target) = (place.store(), place.0.join("copy"));
        store.backup_where(&target, |_| Ok(None)).unwrap();
        assert!(MemoryStore::is_in(&target));
    }

    #[cfg(unix)]
    #[test]
    fn the_disk_says_what_is_free() {
        assert!(free_at(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap() > Some(0));
    }
}
