//! The folder of a durable store: which files it has, and whose it is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::journal::Unreadable;
use crate::journal::batch::Damage;

/// The journal.
pub(crate) const JOURNAL: &str = "journal.redb";
/// Held by the one process that has the folder open. Its content says nothing; the lock goes with the process, however that ends.
const LOCK: &str = "lock";

/// Why a durable store was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it, or this one has it twice.
    #[error("{}: another process has this folder open", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
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

impl OpenError {
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
    pub(crate) fn take(path: &Path) -> Result<Self, OpenError> {
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
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                folder: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(of_file(&file, error)),
        }
    }

    /// The path of one of its files.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens one of its files for reading and writing. One that is not there is first written as a whole by `begin` under another name, so that a
    /// crash on the way leaves nothing that looks like it.
    pub(crate) fn open(
        &self,
        name: &str,
        begin: impl FnOnce(File, &Path) -> Result<(), OpenError>,
    ) -> Result<File, OpenError> {
        let path = self.file(name);
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(of_file(&path, error)),
            Ok(file) => {
                let length = file
                    .metadata()
                    .map_err(|error| of_file(&path, error))?
                    .len();
                return if length > 0 {
                    Ok(file)
                } else {
                    // It would be taken for a new one, and everything in it for never written.
                    Err(OpenError::Unreadable {
                        file: path,
                        why: "the file is empty, which it never is".to_owned(),
                    })
                };
            }
        }
        let draft = self.file(&format!("{name}.new"));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&draft);
        begin(file.map_err(|error| of_file(&draft, error))?, &draft)?;
        std::fs::rename(&draft, &path)
            .and_then(|()| File::open(&self.path)?.sync_all())
            .and_then(|()| OpenOptions::new().read(true).write(true).open(&path))
            .map_err(|error| of_file(&path, error))
    }
}

fn of_file(path: &Path, error: io::Error) -> OpenError {
    OpenError::File {
        file: path.to_owned(),
        error,
    }
}
