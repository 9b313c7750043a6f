//! Starting the server and stopping it.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use eraflazz_core::catalog::SupplierInfo;
use eraflazz_core::commit::Unavailable;
use eraflazz_core::engine::{BuildError, Engine, RunError};
use eraflazz_core::ports::Supplier;
use eraflazz_core::text::Slug;
use eraflazz_payments::ConfigError;
use eraflazz_store_memory::{FolderError, MemoryStore};
use eraflazz_suppliers::digiflazz::Digiflazz;
use eraflazz_suppliers::otomax::Otomax;
use eraflazz_suppliers::vip::Vip;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::accounts::Accounts;
use crate::app::App;
use crate::backups::Backups;
use crate::fence::Fence;
use crate::fill::{FillError, fill, is_empty};
use crate::gateways::{self, Adapter};
use crate::listen;
use crate::monitor::{Monitor, open_page};
use crate::routes::{router, router_of_worker};
use crate::seed::Seed;
use crate::settings::{Account, Folder, Role, Settings, Store};
use crate::store::{Opened, Record, StoreError, backup};
use crate::strict::Problems;
use crate::sync::nightly;
use crate::webhooks::{HttpNotifier, SystemNames, Voice};

/// Connections to the listener of metrics: a scraper needs one.
const SCRAPERS_MAX: usize = 16;

/// Why no order is taken while a start has not looked at all that it looks at.
const UNCHECKED: &str = "the start is not through with its checks";

/// How long open calls may take when a start has failed.
const GIVEN_UP: Duration = Duration::from_secs(2);

/// Why the server did not start. Nothing is left running.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The seed file is wrong; everything that is.
    #[error("{0}")]
    Seed(Problems),
    /// The disk is too small to begin on.
    #[error(
        "store.data: {}: a first start makes the store beside this folder and copies it there, for which {needed} MiB have to be free, so that orders find room as well; {free} MiB are, and nothing was begun",
        folder.display()
    )]
    NoRoom {
        /// The folder of the store.
        folder: PathBuf,
        /// What is free there, in MiB.
        free: u64,
        /// What has to be, in MiB.
        needed: u64,
    },
    /// An adapter refuses its settings.
    #[error("suppliers.{name}: {error}")]
    Supplier {
        /// Whose.
        name: Slug,
        /// What is wrong.
        error: Box<dyn Error + Send + Sync>,
    },
    /// A gateway's adapter refuses its settings.
    #[error("gateway.{name}: {error}")]
    Gateway {
        /// Whose.
        name: Slug,
        /// What is wrong.
        error: ConfigError,
    },
    /// A supplier or a gateway cannot be called from the address that its settings name.
    #[error("{section}.{name}.local_address: {address}: {error}")]
    Outbound {
        /// In which section of the settings.
        section: &'static str,
        /// Whose.
        name: Slug,
        /// Which.
        address: IpAddr,
        /// Why.
        error: io::Error,
    },
    /// There is no way out for webhooks: TLS could not be set up.
    #[error("webhooks: {0}")]
    Webhooks(String),
    /// The engine refuses how it is put together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The epoch is below one of the record.
    #[error("engine.epoch: {0}")]
    Epoch(RunError),
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The empty store could not be filled.
    #[error(transparent)]
    Fill(#[from] FillError),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The address is taken, or not ours.
    #[error("{setting}: {address}: {error}")]
    Listen {
        /// Which setting named it.
        setting: &'static str,
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
}

/// What had gone wrong before the server was told to stop.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// The engine could not begin to work.
    #[error("the engine ended by itself: {0}")]
    Engine(#[from] RunError),
    /// One of them panicked.
    #[error("a task of the server failed: {0}")]
    Task(#[from] JoinError),
}

/// A running server. Dropping it stops nothing; see [`Running::stop`].
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    engine: Engine,
    drain: Duration,
    stopping: CancellationToken,
    working: CancellationToken,
    faulted: CancellationToken,
    http: JoinHandle<()>,
    engine_run: JoinHandle<Result<(), RunError>>,
    /// What is done at set times.
    schedules: JoinHandle<()>,
}

/// Reads and builds all that [`start`] would (adapters, engine, and the seed in a store that is thrown away) and says what is wrong in
/// the same words. Nothing is left running, no supplier is called, and no address is listened on.
pub async fn check(settings: &Settings) -> Result<(), StartError> {
    let seed = load_seed(settings)?;
    can_call(settings)?;
    let store = Opened::Alone(Arc::new(MemoryStore::new()));
    let engine = engine_over(&store, settings, &Monitor::default())?;
    let keeps = !matches!(settings.store, Store::Memory);
    if keeps && settings.store.vault_key().is_none() {
        return Err(StoreError::NoKey.into());
    }
    check_record(settings).await?;
    match &seed {
        Some(seed) => fill_empty(store.record(), &engine, settings, seed)
            .await
            .map(drop),
        None => Ok(()),
    }
}

/// Whether the epoch fits what is in the store: the record, and for a database the file beside it as well (INV-31), and the wallets there their transfers. Writes nothing. Of a folder that a server has
/// open that one has looked.
pub async fn check_record(settings: &Settings) -> Result<(), StartError> {
    let store = match &settings.store {
        Store::Memory => return Ok(()),
        Store::Folder(folder) if folder.is_new() => return Ok(()),
        Store::Folder(folder) => match folder.open_to_read().await {
            Err(StoreError::Folder(FolderError::InUse { .. })) => return Ok(()),
            opened => Opened::Alone(Arc::new(opened?)),
        },
        store @ Store::Postgres(_) => store.open(&Monitor::default(), Role::Api).await?,
    };
    let mut settings = settings.clone();
    let fence = Fence::begin(&store, &mut settings.engine).await?;
    let fence = fence.checked().await?;
    if let Some(why) = fence.shut() {
        return Err(StoreError::Database(why.to_owned()).into());
    }
    let engine = engine_over(&store, &settings, &Monitor::default())?;
    engine.check_epoch().await.map_err(StartError::Epoch)
}

/// Starts the server with the seed that `settings` name. It is read only if the store is empty.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    start_from(settings, load_seed).await
}

fn load_seed(settings: &Settings) -> Result<Option<Seed>, StartError> {
    let seed = settings.seed.as_deref().map(Seed::load);
    seed.transpose().map_err(StartError::Seed)
}

/// Starts the server with this seed, whatever `settings` name. It takes orders when this returns, unless its engine has failed already: see
/// [`Running::ended`]. Reads and callbacks are served as soon as it listens, which is before what a start looks at is looked at.
pub async fn start_with(settings: Settings, seed: Option<Seed>) -> Result<Running, StartError> {
    start_from(settings, |_| Ok(seed.clone())).await
}

async fn start_from(
    mut settings: Settings,
    seed: impl Fn(&Settings) -> Result<Option<Seed>, StartError>,
) -> Result<Running, StartError> {
    can_call(&settings)?;
    if let Store::Folder(folder) = &settings.store
        && folder.is_new()
        && let Some(seed) = seed(&settings)?
    {
        first_start(folder, &settings, &seed).await?;
    }
    let monitor = Monitor::default();
    let store = settings.store.open(&monitor, settings.server.role).await?;
    store.look_at_queue().await;
    let fence = Fence::begin(&store, &mut settings.engine).await?;
    let engine = engine_over(&store, &settings, &monitor)?;
    engine.check_epoch().await.map_err(StartError::Epoch)?;
    if is_empty(store.record()).await?
        && let Some(seed) = seed(&settings)?
        && fill_empty(store.record(), &engine, &settings, &seed).await?
    {
        tracing::info!("the empty store was filled from the seed");
    }
    look_at_suppliers(&store, &settings).await?;
    // From here on it is read, and nothing is sent and no order is taken before the checks are through (money-safety section 7).
    engine.hold_orders(UNCHECKED);
    engine.stand_by().await?;
    let front = Front::open(&engine, &store, &settings, monitor).await?;
    match fence.checked().await {
        Ok(fence) => Ok(front.begin(fence, &settings).await),
        Err(error) => {
            front.close().await;
            Err(error.into())
        }
    }
}

/// What answers, from before the checks of a start until the end.
struct Front {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    app: App,
    stopping: CancellationToken,
    working: CancellationToken,
    faulted: CancellationToken,
    http: JoinHandle<()>,
}

impl Front {
    async fn open(
        engine: &Engine,
        store: &Opened,
        settings: &Settings,
        monitor: Monitor,
    ) -> Result<Self, StartError> {
        let (listener, address) = bind("server.listen", settings.server.listen).await?;
        let scraped = match settings.metrics.listen {
            Some(at) => Some(bind("metrics.listen", at).await?),
            None => None,
        };
        let metrics_address = scraped.as_ref().map(|(_, address)| *address);
        let (stopping, working) = (CancellationToken::new(), CancellationToken::new());
        let faulted = CancellationToken::new();
        let backups = backups_of(store, settings)?;
        tokio::spawn(monitor.clone().keep_up(working.clone()));
        let app = App::watched(engine.clone(), settings, stopping.clone(), monitor);
        let app = app.with_backups(backups).with_tally(store.tally());
        let routes = match settings.server.role {
            Role::All | Role::Api => router(app.clone()),
            Role::Worker => router_of_worker(app.clone()),
        };
        let bounds = listen::Bounds::from(&settings.server);
        let http = tokio::spawn({
            let (app, stopping) = (app.clone(), stopping.clone());
            let at_end = faulted.clone().drop_guard();
            async move {
                let _at_end = at_end;
                let page = async {
                    if let Some((scraped, _)) = scraped {
                        let few = listen::Bounds {
                            connections_max: SCRAPERS_MAX,
                            ..bounds.clone()
                        };
                        listen::serve(scraped, open_page(app), few, stopping.clone()).await;
                    }
                };
                let all = listen::serve(listener, routes, bounds.clone(), stopping.clone());
                tokio::join!(all, page);
            }
        });
        tracing::info!(%address, metrics = metrics_address.map(tracing::field::display), "listening");
        Ok(Self {
            address,
            metrics_address,
            app,
            stopping,
            working,
            faulted,
            http,
        })
    }

    /// Behind what answers, the work begins, unless the checks have found something. Returns when orders are taken, or when it is certain that none are.
    async fn begin(self, fence: Fence, settings: &Settings) -> Running {
        fence.tell();
        let (role, refused) = (settings.server.role, fence.refuses_orders());
        let (engine, is_shut) = (self.app.engine().clone(), refused.is_some());
        if let Some(why) = refused {
            engine.refuse_orders(why);
        }
        let engine_run = tokio::spawn({
            let (engine, working) = (engine.clone(), self.working.clone());
            let at_end = self.faulted.clone().drop_guard();
            async move {
                let _at_end = at_end;
                work(engine, role, is_shut, working).await
            }
        });
        if !is_shut {
            tokio::spawn({
                let (faulted, working) = (self.faulted.clone(), self.working.clone());
                async move {
                    if working.run_until_cancelled(fence.falls()).await.is_some() {
                        faulted.cancel();
                    }
                }
            });
        }
        let schedules = keep_schedules(self.app, role, is_shut, self.working.clone());
        tokio::select! {
            biased;
            () = self.faulted.cancelled() => {}
            () = std::future::ready(()), if is_shut => tracing::warn!("taking no orders"),
            () = engine.ready() => tracing::info!("taking orders"),
        }
        Running {
            address: self.address,
            metrics_address: self.metrics_address,
            engine,
            drain: settings.engine.drain_timeout,
            stopping: self.stopping,
            working: self.working,
            faulted: self.faulted,
            http: self.http,
            engine_run,
            schedules,
        }
    }

    /// The start has failed: nothing is left running.
    async fn close(mut self) {
        self.stopping.cancel();
        self.working.cancel();
        if tokio::time::timeout(GIVEN_UP, &mut self.http)
            .await
            .is_err()
        {
            self.http.abort();
        }
    }
}

/// A server without suppliers sells nothing. And a supplier has one account: where the settings name one that the catalog keeps an account of as well, theirs counts, and somebody should know.
async fn look_at_suppliers(store: &Opened, settings: &Settings) -> Result<(), StartError> {
    let catalog = store.record().snapshot().await?;
    let has_account = |supplier: &SupplierInfo| supplier.account.is_some();
    if settings.suppliers.is_empty() && !catalog.suppliers().iter().any(has_account) {
        tracing::warn!(
            "there is no supplier yet: name one in [suppliers] of the settings, or `h2h-server supplier create` one with its settings"
        );
    }
    for supplier in catalog.suppliers() {
        if supplier.account.is_some() && settings.suppliers.contains_key(&supplier.slug) {
            tracing::warn!(
                supplier = %supplier.slug,
                "the settings name it, so the account that the catalog keeps of it is not used"
            );
        }
    }
    Ok(())
}

/// What a server of this role does until it is told to stop. One that is shut out sends nothing and applies nothing.
async fn work(
    engine: Engine,
    role: Role,
    is_shut: bool,
    working: CancellationToken,
) -> Result<(), RunError> {
    match role {
        _ if is_shut => {
            working.cancelled().await;
            Ok(())
        }
        Role::All | Role::Worker => engine.run(working).await,
        Role::Api => engine.stand_by_until(working).await,
    }
}

/// What is done at set times, until the server stops. Who only takes orders leaves it to those who work, and who is shut out does nothing.
fn keep_schedules(
    app: App,
    role: Role,
    is_shut: bool,
    working: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        if role != Role::Api && !is_shut {
            nightly::watch(app, working).await;
        }
    })
}

/// Whether this machine has the addresses from which suppliers and gateways are called. An adapter would only find out at its first call.
fn can_call(settings: &Settings) -> Result<(), StartError> {
    let suppliers = settings.suppliers.iter();
    let suppliers =
        suppliers.map(|(name, supplier)| ("suppliers", name, supplier.account.local_address()));
    let gateways = settings.gateways.iter();
    let gateways =
        gateways.map(|(name, gateway)| ("gateway", name, gateway.merchant.local_address()));
    for (section, name, address) in suppliers.chain(gateways) {
        if let Some(address) = address {
            // Nothing is sent: the system looks whether the address is its own.
            UdpSocket::bind((address, 0)).map_err(|error| StartError::Outbound {
                section,
                name: name.clone(),
                address,
                error,
            })?;
        }
    }
    Ok(())
}

async fn bind(
    setting: &'static str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |error| StartError::Listen {
        setting,
        address,
        error,
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}

/// The routes over the store that `settings` name, for whoever administers it while no server runs. Nothing is sent and nothing is
/// listened on; the store is closed when the routes are dropped. For whoever only `reads` the folder stays as it is, to the byte.
pub async fn at_hand(settings: &Settings, reads: bool) -> Result<Router, StartError> {
    let monitor = Monitor::default();
    let store = match &settings.store {
        Store::Folder(folder) if reads => Opened::Alone(Arc::new(folder.open_to_read().await?)),
        // Whoever works orders hears of what is done here.
        Store::Folder(_) | Store::Memory | Store::Postgres(_) => {
            settings.store.open(&monitor, Role::Api).await?
        }
    };
    let engine = engine_over(&store, settings, &monitor)?;
    engine.stand_by().await?;
    let app = App::watched(engine, settings, CancellationToken::new(), monitor);
    Ok(router(app))
}

fn backups_of(store: &Opened, settings: &Settings) -> Result<Option<Backups>, StoreError> {
    match (&settings.store, store.alone()) {
        (Store::Folder(folder), Some(store)) => Backups::of(Arc::clone(store), folder),
        _ => Ok(None),
    }
}

/// Fills a folder that is yet to be: beside it, and copied there as a whole, so that a start that is cut short leaves either no store or a full one.
async fn first_start(folder: &Folder, settings: &Settings, seed: &Seed) -> Result<(), StartError> {
    let draft = folder.draft();
    draft.remove()?;
    let store = Arc::new(draft.open().await?);
    let opened = Opened::Alone(Arc::clone(&store));
    let engine = engine_over(&opened, settings, &Monitor::default())?;
    fill_empty(opened.record(), &engine, settings, seed).await?;
    let copied = backup(store, folder.data.clone()).await;
    drop((engine, opened));
    draft.remove()?;
    copied.map_err(of_first_start)?;
    tracing::info!("the empty store was filled from the seed");
    Ok(())
}

/// Nobody asked for a copy: what the room is needed for is another thing.
fn of_first_start(error: StoreError) -> StartError {
    if let StoreError::Folder(FolderError::NoRoom {
        folder,
        free,
        needed,
    }) = error
    {
        return StartError::NoRoom {
            folder,
            free: free >> 20,
            needed: needed >> 20,
        };
    }
    error.into()
}

/// Whether there was something to fill.
async fn fill_empty(
    store: &dyn Record,
    engine: &Engine,
    settings: &Settings,
    seed: &Seed,
) -> Result<bool, StartError> {
    let mut problems = Problems::default();
    let configured = settings.suppliers.keys().cloned().collect();
    seed.check_suppliers(&configured, &mut problems);
    if !problems.is_empty() {
        return Err(StartError::Seed(problems));
    }
    Ok(fill(store, engine, seed).await?)
}

/// An engine over this store, furnished by `settings`; its metrics and its adapters' are recorded at `monitor`.
pub(crate) fn engine_over(
    store: &Opened,
    settings: &Settings,
    monitor: &Monitor,
) -> Result<Engine, StartError> {
    monitor.watch(|| build(store, settings, monitor))
}

fn build(store: &Opened, settings: &Settings, monitor: &Monitor) -> Result<Engine, StartError> {
    let accounts = Arc::new(Accounts::new(settings, monitor.clone()));
    let builder = store.engine().settings(settings.engine.clone());
    let mut builder = builder.accounts(accounts);
    if let Some(pace) = store.pace(settings.engine.installation) {
        builder = builder.pace(pace);
    }
    for (name, supplier) in &settings.suppliers {
        let adapter = adapter(&supplier.account).map_err(|error| StartError::Supplier {
            name: name.clone(),
            error,
        })?;
        builder = builder
            .supplier(name.as_str(), adapter)
            .rules(name.as_str(), supplier.rules);
    }
    for (name, gateway) in &settings.gateways {
        let adapter =
            gateways::adapter(&gateway.merchant).map_err(|error| StartError::Gateway {
                name: name.clone(),
                error,
            })?;
        let (name, rules) = (name.as_str(), gateway.rules.clone());
        builder = match adapter {
            Adapter::Gateway(gateway) => builder.gateway(name, rules, gateway),
            Adapter::Bank(account, feed) => builder.bank(name, rules, &account, feed),
        };
    }
    let notifier = HttpNotifier::new(
        settings.webhooks.clone(),
        Arc::new(SystemNames),
        settings.engine.webhook.timeout,
    )
    .map_err(|error| StartError::Webhooks(error.to_string()))?;
    let sentences = settings.seller.as_ref().map(|seller| &seller.sentences);
    let notifier = notifier.speaking(Voice {
        sentences: sentences.cloned().unwrap_or_default(),
        ledger: store.ledger(),
    });
    Ok(builder.notifier(Arc::new(notifier)).build()?)
}

/// The adapter for an account.
pub(crate) fn adapter(
    account: &Account,
) -> Result<Arc<dyn Supplier>, Box<dyn Error + Send + Sync>> {
    Ok(match account {
        Account::Digiflazz(config) => Arc::new(Digiflazz::new((**config).clone())?),
        Account::Otomax(config) => Arc::new(Otomax::new((**config).clone())?),
        Account::Vip(config) => Arc::new(Vip::new((**config).clone())?),
    })
}

impl Running {
    /// Where it listens; the port is real even if the settings said 0.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where scrapers find its metrics without a key, if anywhere; the port is real as well.
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Its engine, for whoever runs it inside another program.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns when the server ended by itself: a fault, because it runs until it is told to stop.
    pub async fn ended(&self) {
        self.faulted.cancelled().await;
    }

    /// Stops: no new connection is taken, silent ones are ended, open requests are answered, then calls to suppliers under way are heard or left to
    /// their leases (INV-30). Returns when all is still, after at most twice the engine's `drain_timeout`. Whatever was accepted
    /// stays accepted. Says what had gone wrong, if the server had ended by itself.
    pub async fn stop(mut self) -> Result<(), StopError> {
        tracing::info!("draining");
        self.stopping.cancel();
        let http = tokio::time::timeout(self.drain, &mut self.http).await;
        if http.is_err() {
            tracing::warn!("connections are still open after the drain timeout");
            self.http.abort();
        }
        self.working.cancel();
        // The engine bounds its own drain.
        (&mut self.engine_run).await??;
        (&mut self.schedules).await?;
        if let Ok(ended) = http {
            ended?;
        }
        tracing::info!("stopped");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_start_without_room_says_what_the_room_is_for() {
        let no_room = FolderError::NoRoom {
            folder: "data".into(),
            free: 5 << 20,
            needed: 257 << 20,
        };
        let told = of_first_start(no_room.into()).to_string();
        for part in [
            "store.data: data: a first start",
            "257 MiB have to be free",
            "5 MiB are",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }
}
