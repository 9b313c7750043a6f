//! The folder of a durable store: which files it has, and whose it is.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;

use crate::archive::ArchiveError;
use crate::journal::batch::Damage;
use crate::journal::{Unreadable, Untouched};

/// The archive.
pub(crate) const ARCHIVE: &str = "archive.redb";
/// The journal.
pub(crate) const JOURNAL: &str = "journal.redb";
/// Held by the one process that has the folder open. Its content says nothing; the lock goes with the process, however that ends.
const LOCK: &str = "lock";

/// Why a folder was not opened, copied or checked. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process has it, or this one has it twice.
    #[error("{}: another process has this folder open", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// There is a store in it already.
    #[error("{}: there is a store in this folder already", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The store is in memory only.
    #[error("the store is in memory only: there is nothing to copy")]
    NoFolder,
    /// A copy would fill the disk, and a store whose disk is full writes nothing any more.
    #[error(
        "{}: {} MiB are free there and a copy needs {} MiB: what the store takes, and as much again, {} MiB at least, that stays free",
        folder.display(), free >> 20, needed >> 20, crate::backup::SPARE_MIN >> 20
    )]
    NoRoom {
        /// Where the copy was to be.
        folder: PathBuf,
        /// What is free there, in bytes.
        free: u64,
        /// What has to be.
        needed: u64,
    },
    /// A file could not be opened, read or made.
    #[error("{}: {error}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file is not what it should be, or the system gave it up half-way.
    #[error("{}: {why}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A batch of the journal is not what was written, or not for this program.
    #[error("{}: batch {batch}: {damage}", file.display())]
    Batch {
        /// The file.
        file: PathBuf,
        /// The number of the batch, counted from 1.
        batch: u64,
        /// What is wrong with it.
        damage: Damage,
    },
}

impl FolderError {
    pub(crate) fn of_archive(file: &Path, wrong: &ArchiveError) -> Self {
        Self::Unreadable {
            file: file.to_owned(),
            why: wrong.to_string(),
        }
    }

    pub(crate) fn of_journal(file: &Path, wrong: Unreadable) -> Self {
        let file = file.to_owned();
        match wrong {
            Unreadable::File(error, good) => Self::Unreadable {
                file,
                why: format!("{error}{}", as_far_as(good)),
            },
            Unreadable::Damaged(good) => Self::Unreadable {
                file,
                why: format!("the file is damaged{}", as_far_as(good)),
            },
            Unreadable::Batch(batch, damage) => Self::Batch {
                file,
                batch,
                damage,
            },
        }
    }
}

/// How far a damaged journal is good, where that is known.
fn as_far_as(good: Option<u64>) -> String {
    match good {
        None => String::new(),
        Some(0) => "; none of its batches could be read".to_owned(),
        Some(batch) => format!("; the last batch known to be good is {batch}"),
    }
}

/// What only the owner of the process may read: every file of a store, and the folders that are made for it.
#[cfg(unix)]
const FILE_MODE: u32 = 0o600;
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o700;

/// A folder that is ours as long as this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// None where nobody ever wrote: in a copy that somebody made by hand, and only read.
    lock: Option<File>,
}

impl Drop for Folder {
    /// Gives it back. A process that is being started beside us has every file open that we have, until it becomes another program: closing ours alone would
    /// not end the lock.
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            // Without it the lock goes with the last one who has the file open.
            let _goes_later = lock.unlock();
        }
    }
}

impl Folder {
    /// Takes the folder, which is made if it is not there.
    pub(crate) fn take(path: &Path) -> Result<Self, FolderError> {
        make_folder(path).map_err(|error| of_file(path, error))?;
        let file = path.join(LOCK);
        let lock = ours(
            OpenOptions::new().write(true).create(true).truncate(false),
            &file,
        );
        let lock = lock.map_err(|error| of_file(&file, error))?;
        let locked = lock.try_lock();
        Self::taken(path, &file, locked, lock)
    }

    fn taken(
        path: &Path,
        file: &Path,
        locked: Result<(), TryLockError>,
        lock: File,
    ) -> Result<Self, FolderError> {
        match locked {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                lock: Some(lock),
            }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse {
                folder: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(of_file(file, error)),
        }
    }

    /// Takes a folder that has a store in it.
    pub(crate) fn take_existing(path: &Path) -> Result<Self, FolderError> {
        has_store(path)?;
        let folder = Self::take(path)?;
        folder.end_naming()?;
        Ok(folder)
    }

    /// Takes a folder that has a store in it to read it, and changes nothing: others may read it meanwhile, and nobody may write.
    pub(crate) fn take_to_read(path: &Path) -> Result<Self, FolderError> {
        has_store(path)?;
        let file = path.join(LOCK);
        match File::open(&file) {
            Ok(lock) => {
                let locked = lock.try_lock_shared();
                Self::taken(path, &file, locked, lock)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self {
                path: path.to_owned(),
                lock: None,
            }),
            Err(error) => Err(of_file(&file, error)),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of one of its files.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether it has this file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.file(name).exists()
    }

    /// Refuses a folder that has lost its journal or its archive.
    pub(crate) fn has_both(&self) -> Result<(), FolderError> {
        self.len().map(drop)
    }

    /// What its files take, in bytes.
    pub(crate) fn len(&self) -> Result<u64, FolderError> {
        let lengths = [JOURNAL, ARCHIVE].map(|name| {
            let path = self.found(name);
            let found = std::fs::metadata(&path);
            found
                .map(|file| file.len())
                .map_err(|error| of_file(&path, error))
        });
        lengths.into_iter().sum()
    }

    /// Where one of its files is. An archive that has not got its name yet is whole as soon as the journal has its own: see [`Folder::name_both`].
    fn found(&self, name: &str) -> PathBuf {
        if name == ARCHIVE && !self.has(ARCHIVE) && self.has(JOURNAL) {
            let draft = self.draft(ARCHIVE);
            if draft.exists() {
                return draft;
            }
        }
        self.file(name)
    }

    /// Opens one of its files for reading and writing.
    pub(crate) fn open<T>(
        &self,
        name: &str,
        open: impl FnOnce(&Path, FileBackend) -> Result<T, FolderError>,
    ) -> Result<T, FolderError> {
        let path = self.file(name);
        let file = ours(OpenOptions::new().read(true).write(true), &path);
        let file = not_empty(&path, file)?;
        on_redb(&path, file, open)
    }

    /// Makes one of its files, written as a whole by `begin`, which gets its name with [`Folder::name_both`].
    pub(crate) fn begin<T>(
        &self,
        name: &str,
        begin: impl FnOnce(&Path, FileBackend) -> Result<T, FolderError>,
    ) -> Result<T, FolderError> {
        let draft = self.draft(name);
        let file = begin_file(&draft).map_err(|error| of_file(&draft, error))?;
        let begun = on_redb(&draft, file, begin)?;
        File::open(&draft)
            .and_then(|file| file.sync_all())
            .map_err(|error| of_file(&draft, error))?;
        Ok(begun)
    }

    /// Makes one of its files, a copy of another one, which gets its name with [`Folder::name_both`].
    pub(crate) fn copy(&self, from: &Path, name: &str) -> Result<(), FolderError> {
        let draft = self.draft(name);
        let mut source = File::open(from).map_err(|error| of_file(from, error))?;
        begin_file(&draft)
            .and_then(|mut copy| {
                io::copy(&mut source, &mut copy)?;
                copy.sync_all()
            })
            .map_err(|error| of_file(&draft, error))
    }

    /// Gives both files their names, once both are on the disk. The journal comes first, and with it the store is there: where only the archive is missing,
    /// a crash came between, and [`Folder::end_naming`] ends it. The other way round nobody could tell a beginning from a store that has lost its journal.
    pub(crate) fn name_both(&self) -> Result<(), FolderError> {
        self.sync()?;
        self.name_draft(JOURNAL)?;
        self.name_draft(ARCHIVE)
    }

    /// Ends what a crash cut short in [`Folder::name_both`].
    pub(crate) fn end_naming(&self) -> Result<(), FolderError> {
        if self.found(ARCHIVE) == self.draft(ARCHIVE) {
            self.name_draft(ARCHIVE)?;
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), FolderError> {
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| of_file(&self.path, error))
    }

    /// Removes what was begun in it, and the folder itself if nothing else is in it. What cannot be removed stays: the next one begins over it.
    pub(crate) fn give_up(self) {
        for name in [JOURNAL, ARCHIVE] {
            let _not_begun = std::fs::remove_file(self.draft(name));
            let _not_there = std::fs::remove_file(self.file(name));
        }
        let _not_there = std::fs::remove_file(self.file(LOCK));
        let _not_ours = std::fs::remove_dir(&self.path);
    }

    fn draft(&self, name: &str) -> PathBuf {
        self.file(&format!("{name}.new"))
    }

    fn name_draft(&self, name: &str) -> Result<(), FolderError> {
        let path = self.file(name);
        std::fs::rename(self.draft(name), &path).map_err(|error| of_file(&path, error))?;
        self.sync()
    }

    /// Reads one of its files and leaves it as it is.
    pub(crate) fn look<T>(
        &self,
        name: &str,
        look: impl FnOnce(&Path, Untouched) -> Result<T, FolderError>,
    ) -> Result<T, FolderError> {
        let path = self.found(name);
        let file = not_empty(&path, File::open(&path))?;
        let file = Untouched::new(file).map_err(|error| of_file(&path, error))?;
        look(&path, file)
    }
}

fn has_store(path: &Path) -> Result<(), FolderError> {
    let file = path.join(JOURNAL);
    match std::fs::metadata(&file) {
        Ok(_) => Ok(()),
        Err(error) => Err(of_file(&file, error)),
    }
}

/// Makes the folder, for its owner alone, if it is not there. One that is there stays as somebody set it up.
fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER_MODE);
    builder.recursive(true).create(path)
}

/// Opens a file for its owner alone, whatever the process allows others by default or an earlier version allowed them.
fn ours(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, FILE_MODE);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mut permissions = file.metadata()?.permissions();
        if permissions.mode() & !FILE_MODE & 0o777 != 0 {
            permissions.set_mode(FILE_MODE);
            // A file system without modes, or a file that somebody else lends: whoever set that up has decided.
            let _as_it_is = file.set_permissions(permissions);
        }
    }
    Ok(file)
}

/// A new file in place of whatever has its name.
fn begin_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(true);
    ours(options, path)
}

/// An empty file would be taken for a new one, and everything that was in it for never written.
fn not_empty(path: &Path, file: io::Result<File>) -> Result<File, FolderError> {
    let file = file.map_err(|error| of_file(path, error))?;
    let length = file.metadata().map_err(|error| of_file(path, error))?.len();
    if length > 0 {
        Ok(file)
    } else {
        Err(FolderError::Unreadable {
            file: path.to_owned(),
            why: "the file is empty, which it never is".to_owned(),
        })
    }
}

fn on_redb<T>(
    path: &Path,
    file: File,
    work: impl FnOnce(&Path, FileBackend) -> Result<T, FolderError>,
) -> Result<T, FolderError> {
    let file = FileBackend::new(file)
        .map_err(|error| FolderError::of_journal(path, Unreadable::from(error)))?;
    work(path, file)
}

fn of_file(path: &Path, error: io::Error) -> FolderError {
    FolderError::File {
        file: path.to_owned(),
        error,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_being_started_beside_us_does_not_keep_a_folder_that_is_given_back() {
        let name = format!("eraflazz-given-back-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let folder = Folder::take(&path).unwrap();
        let seen_by_a_child = folder.lock.as_ref().unwrap().try_clone().unwrap();
        assert!(matches!(
            Folder::take(&path),
            Err(FolderError::InUse { .. })
        ));
        drop(folder);
        let again = Folder::take(&path).unwrap();
        drop(seen_by_a_child);
        again.give_up();
        assert!(!path.exists());
    }

    #[test]
    fn c_11_the_journal_is_named_first() {
        let name = format!("eraflazz-naming-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let folder = Folder::take(&path).unwrap();
        std::fs::write(folder.draft(JOURNAL), b"a journal").unwrap();
        // Without a draft of the archive naming ends where a crash would have ended it.
        folder.name_both().unwrap_err();
        assert!(folder.has(JOURNAL) && !folder.has(ARCHIVE));
        folder.give_up();
        assert!(!path.exists());
    }
}
