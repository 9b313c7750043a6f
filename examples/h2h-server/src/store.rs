//! Where the server keeps its record, and how the first start fills it.

#[cfg(feature = "postgres")]
mod database;
#[cfg(not(feature = "postgres"))]
mod no_database;
#[cfg(feature = "postgres")]
mod redis;

use std::path::PathBuf;
use std::sync::Arc;

use eraflazz_core::commit::Unavailable;
use eraflazz_core::engine::{Engine, EngineBuilder, SystemClock};
use eraflazz_core::ids::Installation;
use eraflazz_core::ports::{Catalog, Ledger, Members, Outbox, Pace, Vault};
use eraflazz_store_memory::{
    Compacted, Findings, FolderError, LocalQueue, MemoryStore, StoreSettings, check, compact,
};
use secrecy::SecretString;
use tokio::task::{JoinError, spawn_blocking};

use crate::epoch::EpochError;
use crate::monitor::Monitor;
use crate::rates::Tally;
use crate::settings::{Folder, Role, Store};
use crate::vault::{KeyVault, Unopened};

#[cfg(feature = "postgres")]
pub use database::{Checked, Epochs, Migrated, Shared};
#[cfg(not(feature = "postgres"))]
pub(crate) use no_database::NONE;

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
    /// It is no folder.
    #[error(
        "store.kind: the store is a database: it is copied and cared for by its own tools, see the page of eraflazz-store-postgres"
    )]
    NotAFolder,
    /// The database cannot be used.
    #[error("{0}")]
    Database(String),
    /// The file with the epoch.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// A store, open.
#[derive(Debug)]
pub enum Opened {
    /// In memory or in a folder: this process has it alone.
    Alone(Arc<MemoryStore>),
    /// In a database, beside other processes.
    #[cfg(feature = "postgres")]
    Shared(Shared),
}

/// Everything that a store is.
pub trait Record: eraflazz_core::ports::Store + Ledger + Catalog + Members + Outbox {}

impl<T: eraflazz_core::ports::Store + Ledger + Catalog + Members + Outbox> Record for T {}

impl Opened {
    /// An engine over it, to be furnished.
    pub fn engine(&self) -> EngineBuilder {
        match self {
            Self::Alone(store) => {
                let clock = Arc::new(SystemClock::start());
                Engine::builder(Arc::clone(store), Arc::new(LocalQueue::new()), clock)
            }
            #[cfg(feature = "postgres")]
            Self::Shared(shared) => shared.engine(),
        }
    }

    /// All of it.
    pub fn record(&self) -> &dyn Record {
        match self {
            Self::Alone(store) => &**store,
            #[cfg(feature = "postgres")]
            Self::Shared(shared) => shared.record(),
        }
    }

    /// The books, to be shared.
    pub fn ledger(&self) -> Arc<dyn Ledger> {
        match self {
            Self::Alone(store) => Arc::clone(store) as Arc<dyn Ledger>,
            #[cfg(feature = "postgres")]
            Self::Shared(shared) => shared.ledger(),
        }
    }

    /// Where calls are counted for all servers together, if they have such a place.
    pub fn tally(&self) -> Option<Arc<dyn Tally>> {
        match self {
            Self::Alone(_) => None,
            #[cfg(feature = "postgres")]
            Self::Shared(shared) => shared.tally(),
        }
    }

    /// Where calls to the suppliers of this installation are counted for all servers together, if they have such a place.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "with databases it names the counters")
    )]
    pub fn pace(&self, installation: Installation) -> Option<Arc<dyn Pace>> {
        match self {
            Self::Alone(_) => None,
            #[cfg(feature = "postgres")]
            Self::Shared(shared) => shared.pace(installation),
        }
    }

    /// Looks whether what tells servers of orders is there, and says so loudly if it is not. Nothing depends on it: the store is the queue (INV-26).
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unused_async, reason = "with databases it asks one")
    )]
    pub async fn look_at_queue(&self) {
        match self {
            Self::Alone(_) => {}
            #[cfg(feature = "postgres")]
            Self::Shared(shared) => shared.look_for_redis().await,
        }
    }

    /// The store that this process has alone, for what only that can do.
    pub fn alone(&self) -> Option<&Arc<MemoryStore>> {
        match self {
            Self::Alone(store) => Some(store),
            #[cfg(feature = "postgres")]
            Self::Shared(_) => None,
        }
    }
}

impl Store {
    /// Opens the store that these settings name, with all that was acknowledged before in it, for a process of this role; `monitor` shows what it does. May take seconds.
    pub async fn open(&self, monitor: &Monitor, role: Role) -> Result<Opened, StoreError> {
        match self {
            Self::Memory => Ok(Opened::Alone(Arc::new(MemoryStore::new()))),
            Self::Folder(folder) => {
                let store = folder.opened(Some(monitor.clone())).await?;
                Ok(Opened::Alone(Arc::new(store)))
            }
            // As large as the rest together.
            Self::Postgres(database) => Box::pin(database.open(role)).await,
        }
    }

    /// The folder, for what only a folder can do.
    pub fn folder(&self) -> Result<&Folder, StoreError> {
        match self {
            Self::Memory => Err(StoreError::NoFolder),
            Self::Folder(folder) => Ok(folder),
            Self::Postgres(_) => Err(StoreError::NotAFolder),
        }
    }

    /// What seals secrets in it, if it keeps any.
    pub fn vault_key(&self) -> Option<&SecretString> {
        match self {
            Self::Memory => None,
            Self::Folder(folder) => folder.vault_key.as_ref(),
            Self::Postgres(database) => database.vault_key.as_ref(),
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
