//! The store in a database: opened, prepared, checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::engine::{Engine, EngineBuilder};
use eraflazz_core::ids::{Epoch, Installation};
use eraflazz_core::ledger::{Difference, Recount};
use eraflazz_core::ports::{self, Clock, Ledger, Pace};
use eraflazz_core::time::Month;
use eraflazz_store_postgres::{
    ArchiveError, ArchiveFindings, Archived, OpenError, Part, PostgresBell, PostgresClock,
    PostgresDuty, PostgresStore, StoreSettings, Works,
};
use secrecy::ExposeSecret as _;

use super::redis::Together;
use super::{Opened, Record, StoreError};
use crate::epoch::{self, EpochError};
use crate::rates::Tally;
use crate::settings::{Database, Queue, Role};
use crate::vault::{KeyVault, Unopened};

/// How often a process that runs looks whether the epoch is still its own.
const LOOKED_EVERY: Duration = Duration::from_secs(5);
/// Transfers that are recounted at once.
const PAGE: usize = 10_000;

/// A database that other processes have open too, and this one's part in it.
#[derive(Clone, Debug)]
pub struct Shared {
    store: Arc<PostgresStore>,
    clock: Arc<PostgresClock>,
    works: Works,
    epoch_file: Option<PathBuf>,
    /// What the servers have in common in a Redis, if they have one.
    together: Option<Together>,
}

/// The epoch of the database and that of the file beside this server.
#[derive(Debug)]
pub struct Epochs {
    /// In the database.
    pub recorded: Epoch,
    /// In the file, or why it says none.
    pub filed: Result<Epoch, EpochError>,
}

impl Epochs {
    /// The epoch, if there is no doubt about it.
    pub fn agreed(&self) -> Option<Epoch> {
        let filed = self.filed.as_ref().ok();
        filed.copied().filter(|filed| *filed == self.recorded)
    }
}

/// What a migration did.
#[derive(Debug)]
pub struct Migrated {
    /// Whether there was no schema before.
    pub is_new: bool,
    /// The epoch of the record.
    pub epoch: Epoch,
}

/// What was found in a database.
#[derive(Debug)]
pub struct Checked {
    /// How many transfers were added up.
    pub transfers: u64,
    /// What is not the sum of its transfers.
    pub differences: Vec<Difference>,
}

impl Shared {
    pub(super) fn engine(&self) -> EngineBuilder {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let queue: Arc<dyn ports::Queue> = match &self.together {
            Some(together) => together.queue(),
            None => Arc::new(PostgresBell::start(
                &self.store,
                Arc::clone(&clock),
                self.works,
            )),
        };
        let duty = PostgresDuty::start(&self.store, self.works);
        Engine::builder(Arc::clone(&self.store), queue, clock).duty(Arc::new(duty))
    }

    /// Where calls are counted for all servers together.
    pub(super) fn tally(&self) -> Option<Arc<dyn Tally>> {
        self.together.as_ref().map(Together::tally)
    }

    /// Where calls to suppliers are counted for all servers together.
    pub(super) fn pace(&self, installation: Installation) -> Option<Arc<dyn Pace>> {
        let together = self.together.as_ref();
        together.map(|together| together.pace(installation))
    }

    /// Says so loudly if there is no Redis where there should be one.
    pub(super) async fn look_for_redis(&self) {
        if let Some(together) = &self.together {
            together.look().await;
        }
    }

    pub(super) fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::clone(&self.store) as Arc<dyn Ledger>
    }

    pub(super) fn record(&self) -> &dyn Record {
        &*self.store
    }

    /// Which wallets are not what their transfers say, in words; `None` if all are. What there is to wait for is every wallet and the transfers of some seconds.
    pub async fn miscounted(&self) -> Result<Option<String>, StoreError> {
        let found = self.store.verify_wallets().await?;
        if found.is_empty() {
            return Ok(None);
        }
        let named: Vec<String> = found.iter().map(ToString::to_string).collect();
        Ok(Some(format!(
            "{}: nothing is sent and no order is taken before they agree, or that wallet is frozen, and the server begins anew; `h2h-server check` counts from the first transfer on",
            named.join("; ")
        )))
    }

    /// Which epoch it is, there and here.
    pub async fn epochs(&self) -> Result<Epochs, StoreError> {
        Ok(Epochs {
            recorded: self.store.epoch().await?,
            filed: epoch::read(self.epoch_file.as_deref()),
        })
    }

    /// Raises the epoch, there first and then here. The file decides if it is ahead already: it was changed before the restore.
    pub async fn raise_epoch(&self) -> Result<Epoch, StoreError> {
        let Epochs { recorded, filed } = self.epochs().await?;
        let ahead = filed.ok().filter(|filed| *filed > recorded);
        let next = ahead.or_else(|| Epoch::new(recorded.number() + 1));
        let refused = |why: &str| StoreError::Database(why.to_owned());
        let next = next.ok_or_else(|| refused("there is no epoch after this one"))?;
        let raised = self.store.raise_epoch(recorded, next).await;
        let raised = raised.map_err(|error| {
            if error.may_have_committed {
                StoreError::Unavailable(error)
            } else {
                // The database answers; whoever asked it may not.
                refused(&error.why)
            }
        })?;
        if !raised {
            return Err(refused("somebody else has just raised the epoch"));
        }
        epoch::write(self.epoch_file.as_deref(), next)?;
        Ok(next)
    }

    /// Returns once the epoch is not `ours` any more, in the database or in the file: whoever runs must end.
    pub async fn outlived(&self, ours: Epoch) {
        loop {
            tokio::time::sleep(LOOKED_EVERY).await;
            // A database that does not answer sends nobody away.
            if let Ok(epochs) = self.epochs().await
                && epochs.agreed() != Some(ours)
            {
                return;
            }
        }
    }
}

impl Database {
    pub(super) async fn open(&self, role: Role) -> Result<Opened, StoreError> {
        let works = match role {
            Role::All | Role::Worker => Works::Here,
            Role::Api => Works::Elsewhere,
        };
        let key = self.vault_key.as_ref().ok_or(StoreError::NoKey)?;
        let vault = KeyVault::new(key).ok_or(StoreError::NoKey)?;
        let settings = StoreSettings {
            lanes: self.lanes,
            readers: self.readers,
        };
        let store = PostgresStore::open(self.url()?, Arc::new(vault), settings).await;
        let mut store = store.map_err(|error| told(&error))?;
        if let Some(folder) = &self.archive {
            store = store.with_archive(folder.clone());
        }
        let store = Arc::new(store);
        let clock = Arc::new(PostgresClock::start(&store).await?);
        let together = match &self.queue {
            Queue::Local | Queue::Postgres => None,
            Queue::Redis(address) => Some(Together::open(address, self.name())?),
        };
        Ok(Opened::Shared(Shared {
            store,
            clock,
            works,
            epoch_file: self.epoch_file.clone(),
            together,
        }))
    }

    /// Brings the schema to the version that this program knows. A new record begins with the epoch 0, in the file as well if settings name one.
    ///
    /// Then `roles` get their rights, beside those that had them before.
    pub async fn migrate(&self, roles: &[(String, Part)]) -> Result<Migrated, StoreError> {
        let url = self.url()?;
        let open = async || {
            let opened = PostgresStore::open(url, Arc::new(Unopened), StoreSettings::default());
            opened.await
        };
        let is_new = matches!(open().await, Err(OpenError::Schema { found: None, .. }));
        let migrated = PostgresStore::migrate(url).await;
        migrated.map_err(|error| told(&error))?;
        let granted = PostgresStore::grant(url, roles).await;
        granted.map_err(|error| told(&error))?;
        let store = open().await.map_err(|error| told(&error))?;
        let epoch = store.epoch().await?;
        if is_new && self.epoch_file.is_some() {
            epoch::begin(self.epoch_file.as_deref(), epoch)?;
        }
        Ok(Migrated { is_new, epoch })
    }

    /// Adds up every transfer and compares with every balance. Reads only; servers may run.
    pub async fn check(&self) -> Result<Checked, StoreError> {
        let opened = PostgresStore::open(self.url()?, Arc::new(Unopened), StoreSettings::default());
        let store = opened.await.map_err(|error| told(&error))?;
        let mut recount = Recount::default();
        loop {
            if let Some(kept) = store.trial_balance(recount.rows(), PAGE).await? {
                recount.add(&kept.rows);
                return Ok(Checked {
                    transfers: recount.rows(),
                    differences: recount.differences(&kept),
                });
            }
            recount.add(&store.transfers(recount.rows(), PAGE).await?);
        }
    }

    /// Moves the logs of orders that were accepted before this month, and about which nothing is open, into files in `into`, or in the folder of the settings.
    pub async fn archive(
        &self,
        into: Option<&Path>,
        before: Month,
    ) -> Result<Archived, StoreError> {
        let folder = self.archive_folder(into)?;
        let moved = PostgresStore::archive(self.url()?, folder, before).await;
        moved.map_err(|error| not_archived(&error))
    }

    /// Reads every file of the archive that the database names.
    pub async fn check_archive(&self, into: Option<&Path>) -> Result<ArchiveFindings, StoreError> {
        let folder = self.archive_folder(into)?;
        let found = PostgresStore::check_archive(self.url()?, folder).await;
        found.map_err(|error| not_archived(&error))
    }

    fn archive_folder<'a>(&'a self, into: Option<&'a Path>) -> Result<&'a Path, StoreError> {
        let missing = "store.archive: the folder of the archive is required, here or by --into";
        let missing = || StoreError::Database(missing.to_owned());
        into.or(self.archive.as_deref()).ok_or_else(missing)
    }

    /// The name of the database, which all servers over it call it by wherever they are.
    fn name(&self) -> &str {
        let url = self.url.as_ref().map_or("", |url| url.expose_secret());
        let (place, _) = url.split_once('?').unwrap_or((url, ""));
        place.rsplit_once('/').map_or("", |(_, name)| name)
    }

    fn url(&self) -> Result<&str, StoreError> {
        let url = self.url.as_ref();
        let missing = || StoreError::Database("store.url: required".to_owned());
        Ok(url.ok_or_else(missing)?.expose_secret())
    }
}

fn not_archived(error: &ArchiveError) -> StoreError {
    match error {
        ArchiveError::Open(error) => told(error),
        ArchiveError::Database(_)
        | ArchiveError::Folder { .. }
        | ArchiveError::Damaged { .. }
        | ArchiveError::TooEarly { .. }
        | ArchiveError::Busy => StoreError::Database(format!("store.archive: {error}")),
    }
}

/// What is wrong, with the command that mends it.
fn told(error: &OpenError) -> StoreError {
    let mend = match error {
        OpenError::Schema { found, known } if found.is_none_or(|found| found < *known) => {
            " (h2h-server migrate)"
        }
        OpenError::Schema { .. }
        | OpenError::Address(_)
        | OpenError::OutOfReach(_)
        | OpenError::Migration(_)
        | OpenError::Grants(_)
        | OpenError::Setting(_) => "",
    };
    StoreError::Database(format!("store.url: {error}{mend}"))
}
