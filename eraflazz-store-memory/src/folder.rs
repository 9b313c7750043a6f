//! The folder of a durable store: which files it has, and whose it is.

use std::fs::{File, OpenOptions, TryLockError};
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
            Unreadable::File(error) => Self::Unreadable {
                file,
                why: error.to_string(),
            },
            Unreadable::Damaged => Self::Unreadable {
                file,
                why: "the file is damaged".to_owned(),
            },
            Unreadable::Batch(batch, damage) => Self::Batch {
                file,
                batch,
                damage,
            },
        }
    }
}

/// A folder that is ours as long as this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder, which is made if it is not there.
    pub(crate) fn take(path: &Path) -> Result<Self, FolderError> {
        std::fs::create_dir_all(path).map_err(|error| of_file(path, error))?;
        let file = path.join(LOCK);
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&file)
            .map_err(|error| of_file(&file, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse {
                folder: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(of_file(&file, error)),
        }
    }

    /// Takes a folder that has a store in it.
    pub(crate) fn take_existing(path: &Path) -> Result<Self, FolderError> {
        let file = path.join(JOURNAL);
        std::fs::metadata(&file).map_err(|error| of_file(&file, error))?;
        Self::take(path)
    }

    /// The path of one of its files.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether it has this file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.file(name).exists()
    }

    /// What its files take, in bytes.
    pub(crate) fn len(&self) -> Result<u64, FolderError> {
        let lengths = [JOURNAL, ARCHIVE].map(|name| {
            let path = self.file(name);
            let found = std::fs::metadata(&path);
            found
                .map(|file| file.len())
                .map_err(|error| of_file(&path, error))
        });
        lengths.into_iter().sum()
    }

    /// Opens one of its files for reading and writing.
    pub(crate) fn open<T>(
        &self,
        name: &str,
        open: impl FnOnce(&Path, FileBackend) -> Result<T, FolderError>,
    ) -> Result<T, FolderError> {
        let path = self.file(name);
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = not_empty(&path, file)?;
        on_redb(&path, file, open)
    }

    /// Makes one of its files: written as a whole by `begin` under another name, so that a crash on the way leaves nothing that looks like it.
    pub(crate) fn begin<T>(
        &self,
        name: &str,
        begin: impl FnOnce(&Path, FileBackend) -> Result<T, FolderError>,
    ) -> Result<T, FolderError> {
        let draft = self.draft(name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&draft)
            .map_err(|error| of_file(&draft, error))?;
        let begun = on_redb(&draft, file, begin)?;
        self.name_draft(name)?;
        Ok(begun)
    }

    /// Makes one of its files a copy of another one.
    pub(crate) fn copy(&self, from: &Path, name: &str) -> Result<(), FolderError> {
        let draft = self.draft(name);
        std::fs::copy(from, &draft)
            .and_then(|_| File::open(&draft)?.sync_all())
            .map_err(|error| of_file(&draft, error))?;
        self.name_draft(name)
    }

    fn draft(&self, name: &str) -> PathBuf {
        self.file(&format!("{name}.new"))
    }

    fn name_draft(&self, name: &str) -> Result<(), FolderError> {
        let path = self.file(name);
        std::fs::rename(self.draft(name), &path)
            .and_then(|()| File::open(&self.path)?.sync_all())
            .map_err(|error| of_file(&path, error))
    }

    /// Reads one of its files and leaves it as it is.
    pub(crate) fn look<T>(
        &self,
        name: &str,
        look: impl FnOnce(&Path, Untouched) -> Result<T, FolderError>,
    ) -> Result<T, FolderError> {
        let path = self.file(name);
        let file = not_empty(&path, File::open(&path))?;
        let file = Untouched::new(file).map_err(|error| of_file(&path, error))?;
        look(&path, file)
    }
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
