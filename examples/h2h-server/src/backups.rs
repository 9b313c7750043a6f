//! Copies of the store, made while it runs, in the one folder that the settings name.
//!
//! Callers give a name, never a path. A copy is written under `NAME.part`, checked as `h2h-server check` would, and only then called `NAME`:
//! whatever has that name is whole. What fails half-way is removed at once, what a crash left half-way before the next copy of any name: the shop
//! needs the room, because a store whose disk is full writes nothing any more.

use std::fs::{DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eraflazz_core::text::Slug;
use eraflazz_store_memory::{Findings, FolderError, MemoryStore, check};
use tokio::sync::Mutex;
use tokio::task::{JoinError, spawn_blocking};

use crate::settings::Folder;
use crate::store::StoreError;
use crate::vault::KeyVault;

/// What the folder of a copy is called after its name, until it is whole. No [`Slug`] has a dot in it.
pub(crate) const PART: &str = ".part";

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Where it is.
    pub folder: PathBuf,
    /// What it takes on disk.
    pub bytes: u64,
    /// What is in it.
    pub findings: Findings,
}

/// Why there is no new copy. What was there stays.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is one of that name.
    #[error("there is a backup of this name already")]
    Taken,
    /// Another one is being made.
    #[error("a backup is being made already")]
    Busy,
    /// The copy is what the store is, and the store is wrong.
    #[error("the books of the copy do not close: {0}")]
    BooksOpen(String),
    /// The store could not be copied, or the copy not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of the backups cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// What.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl From<FolderError> for BackupError {
    fn from(error: FolderError) -> Self {
        Self::Store(error.into())
    }
}

impl From<JoinError> for BackupError {
    fn from(error: JoinError) -> Self {
        Self::Store(error.into())
    }
}

/// Where copies of a store go.
#[derive(Debug)]
pub struct Backups {
    store: Arc<MemoryStore>,
    vault: Arc<KeyVault>,
    folder: PathBuf,
    /// Held while one is made: two at once would only be slower.
    making: Arc<Mutex<()>>,
}

impl Backups {
    /// Copies of `store`, which was opened from `from`; `None` if its settings name no place for them.
    pub fn of(store: Arc<MemoryStore>, from: &Folder) -> Result<Option<Self>, StoreError> {
        let Some(folder) = from.backups.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            store,
            vault: Arc::new(from.vault()?),
            folder,
            making: Arc::default(),
        }))
    }

    /// Makes the copy `name` with everything acknowledged before the call. Orders go on meanwhile; it goes on if the caller hangs up. Reading the copy
    /// back takes as much memory as the store itself, until it is done.
    pub async fn make(&self, name: &Slug) -> Result<Backup, BackupError> {
        let making = Arc::clone(&self.making).try_lock_owned();
        let making = making.map_err(|_| BackupError::Busy)?;
        let (store, vault) = (Arc::clone(&self.store), Arc::clone(&self.vault));
        let (folder, name) = (self.folder.clone(), name.clone());
        spawn_blocking(move || {
            let _making = making;
            copy(&store, &vault, &folder, name.as_str())
        })
        .await?
    }
}

fn copy(
    store: &MemoryStore,
    vault: &KeyVault,
    folder: &Path,
    name: &str,
) -> Result<Backup, BackupError> {
    let (whole, part) = (folder.join(name), folder.join(format!("{name}{PART}")));
    if whole.exists() {
        return Err(BackupError::Taken);
    }
    make(folder).map_err(at(folder))?;
    remove_parts(folder)?;
    let copied = checked(store, vault, &part).and_then(|(bytes, findings)| {
        std::fs::rename(&part, &whole)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(at(&whole))?;
        Ok(Backup {
            folder: whole,
            bytes,
            findings,
        })
    });
    if copied.is_err()
        && let Err(stays) = remove(&part)
    {
        // The error of the copy is the one to tell; the next copy tries to remove it again.
        tracing::warn!(part = %part.display(), error = %stays, "what a failed backup wrote could not be removed");
    }
    copied
}

/// Copies the store into `part` and checks the copy: what it takes, and what is in it.
fn checked(
    store: &MemoryStore,
    vault: &KeyVault,
    part: &Path,
) -> Result<(u64, Findings), BackupError> {
    store.backup(part)?;
    let findings = check(part, vault)?;
    if !findings.differences.is_empty() {
        let lines = findings.differences.iter().map(ToString::to_string);
        return Err(BackupError::BooksOpen(lines.collect::<Vec<_>>().join("; ")));
    }
    let bytes = size(part).map_err(at(part))?;
    Ok((bytes, findings))
}

/// Makes the folder, for the server's user alone.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Removes what copies left half-way that were cut short. Only one copy is made at a time, and it is not begun yet.
fn remove_parts(folder: &Path) -> Result<(), BackupError> {
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let of = name.and_then(|name| name.strip_suffix(PART));
        if of.is_some_and(|of| Slug::new(of).is_ok()) {
            remove(&path).map_err(at(&path))?;
        }
    }
    Ok(())
}

pub(crate) fn remove(part: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::File { path, error }
}

fn size(folder: &Path) -> io::Result<u64> {
    let files = std::fs::read_dir(folder)?;
    files.map(|file| Ok(file?.metadata()?.len())).sum()
}
