//! Where the server keeps its record, and how the first start fills it.

use std::path::PathBuf;
use std::sync::Arc;

use eraflazz_core::ports::Vault;
use eraflazz_store_memory::{
    Compacted, Findings, FolderError, MemoryStore, StoreSettings, check, compact,
};
use tokio::task::{JoinError, spawn_blocking};

use crate::monitor::Monitor;
use crate::settings::{Folder, Store};
use crate::vault::{KeyVault, Unopened};

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Secrets are not written without a key to seal them.
    #[error("store.vault_key: {}", KeyVault::required())]
    NoKey,
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What a first start that was cut short has left cannot be removed.
    #[error("{}: {error}", folder.display())]
    LeftOver {
        /// What is in the way.
        folder: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The work was given up half-way: reading what is damaged may panic.
    #[error("the store could not be read: the program panicked over it")]
    GivenUp(#[from] JoinError),
    /// There is no folder to look at.
    #[error(
        "store.kind: the store is in memory only: there is nothing to copy, to check or to compact"
    )]
    NoFolder,
}

impl Store {
    /// Opens the store that these settings name, with all that was acknowledged before in it; `monitor` shows what it does. May take seconds.
    pub async fn open(&self, monitor: &Monitor) -> Result<MemoryStore, StoreError> {
        match self {
            Self::Memory => Ok(MemoryStore::new()),
            Self::Folder(folder) => folder.opened(Some(monitor.clone())).await,
        }
    }

    /// The folder, for what only a folder can do.
    pub fn folder(&self) -> Result<&Folder, StoreError> {
        match self {
            Self::Memory => Err(StoreError::NoFolder),
            Self::Folder(folder) => Ok(folder),
        }
    }
}

impl Folder {
    /// Opens the store in it; nobody watches.
    pub async fn open(&self) -> Result<MemoryStore, StoreError> {
        self.opened(None).await
    }

    /// Opens the store in it to be read: nothing in the folder changes, and nothing can be written.
    pub async fn open_to_read(&self) -> Result<MemoryStore, StoreError> {
        let (data, vault) = (self.data.clone(), Arc::new(self.vault()?));
        Ok(spawn_blocking(move || MemoryStore::open_to_read(&data, vault)).await??)
    }

    async fn opened(&self, monitor: Option<Monitor>) -> Result<MemoryStore, StoreError> {
        let (data, vault) = (self.data.clone(), Arc::new(self.vault()?));
        let settings = StoreSettings {
            checkpoint_bytes: self.checkpoint_bytes,
            checkpoint_every: self.checkpoint_every,
            ..StoreSettings::default()
        };
        // Recorders are found by thread: this is the one that opens.
        let open = move || {
            let open = || MemoryStore::open(&data, vault, settings);
            match monitor {
                Some(monitor) => monitor.watch(open),
                None => open(),
            }
        };
        Ok(spawn_blocking(open).await??)
    }

    /// Checks the store in it, which no process may write meanwhile, and changes nothing. Without a key the secrets in it are not opened.
    pub async fn check(&self) -> Result<Findings, StoreError> {
        let vault: Box<dyn Vault> = match &self.vault_key {
            Some(_) => Box::new(self.vault()?),
            None => Box::new(Unopened),
        };
        let data = self.data.clone();
        Ok(spawn_blocking(move || check(&data, &*vault)).await??)
    }

    /// Makes the files of the store in it, which no process may have open, as small as what is in them.
    pub async fn compact(&self) -> Result<Compacted, StoreError> {
        let data = self.data.clone();
        Ok(spawn_blocking(move || compact(&data)).await??)
    }

    /// Where a first start is prepared: beside the folder, on the same disk.
    #[must_use]
    pub fn draft(&self) -> Self {
        let mut name = self.data.clone().into_os_string();
        name.push(".first-start");
        Self {
            data: name.into(),
            backups: None,
            ..self.clone()
        }
    }

    /// Removes it with everything in it, if it is there.
    pub fn remove(&self) -> Result<(), StoreError> {
        match std::fs::remove_dir_all(&self.data) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::LeftOver {
                    folder: self.data.clone(),
                    error,
                })
            }
            _ => Ok(()),
        }
    }

    /// Whether the first start is still to come.
    pub fn is_new(&self) -> bool {
        !MemoryStore::is_in(&self.data)
    }

    /// What seals secrets in it.
    pub(crate) fn vault(&self) -> Result<KeyVault, StoreError> {
        let key = self.vault_key.as_ref().ok_or(StoreError::NoKey)?;
        KeyVault::new(key).ok_or(StoreError::NoKey)
    }
}

/// Copies everything acknowledged so far into `target`; the number of the last batch in it.
pub async fn backup(store: Arc<MemoryStore>, target: PathBuf) -> Result<u64, StoreError> {
    Ok(spawn_blocking(move || store.backup(&target)).await??)
}
