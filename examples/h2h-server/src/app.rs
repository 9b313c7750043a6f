//! What every request handler shares.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::catalog::{Snapshot, SupplierInfo};
use eraflazz_core::engine::{Engine, SystemDice};
use eraflazz_core::ids::MemberId;
use eraflazz_core::text::Slug;
use ipnet::IpNet;
use tokio::sync::MutexGuard;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::accounts::Accounts;
use crate::auth::Bucket;
use crate::backups::Backups;
use crate::gateways::Gateways;
use crate::limits::NonceMemory;
use crate::monitor::Monitor;
use crate::rates::{FromGateway, Rates, Tally};
use crate::seller::Locks;
use crate::settings::{Origin, Seller, Settings};
use crate::sync::Lists;
use crate::webhooks::{Blocked, Guard};

/// Members whose calls are counted at once.
const MEMBERS_MAX: u64 = 1_000_000;

/// The engine, and what the HTTP side keeps beside it: nothing here is needed for correctness, all of it may be lost at any
/// moment. Cheap to clone: every clone is the same.
#[derive(Clone, Debug)]
pub struct App {
    inner: Arc<Inner>,
    backups: Option<Arc<Backups>>,
    tally: Option<Arc<dyn Tally>>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    dice: SystemDice,
    trusted_proxies: Vec<IpNet>,
    cors_origins: Vec<Origin>,
    body_timeout: Duration,
    per_address: u32,
    /// Of the suppliers that the settings name.
    callbacks: BTreeMap<Slug, u32>,
    accounts: Accounts,
    addresses: Rates<IpAddr>,
    members: Rates<(MemberId, Bucket)>,
    suppliers: Rates<Slug>,
    notifications: Rates<FromGateway>,
    gateways: Gateways,
    nonces: NonceMemory,
    seller: Option<Seller>,
    locks: Locks,
    stopping: CancellationToken,
    /// Held by whoever changes the catalog, from reading it to writing it: ids are given by what is there.
    catalog_changes: tokio::sync::Mutex<()>,
    lists: Lists,
    webhooks: Guard,
    monitor: Monitor,
    docs: bool,
}

impl App {
    /// The same as [`App::watched`], with a monitor of its own that has nothing of the engine's.
    pub fn new(engine: Engine, settings: &Settings, stopping: CancellationToken) -> Self {
        Self::watched(engine, settings, stopping, Monitor::default())
    }

    /// The shared state for `engine` under `settings`, watched by `monitor`; once `stopping` is cancelled nobody is kept waiting any more.
    pub fn watched(
        engine: Engine,
        settings: &Settings,
        stopping: CancellationToken,
        monitor: Monitor,
    ) -> Self {
        let callbacks = settings
            .suppliers
            .iter()
            .map(|(name, supplier)| (name.clone(), supplier.callbacks_per_minute))
            .collect();
        let shares = settings.limits.processes;
        let inner = Inner {
            engine,
            dice: SystemDice,
            trusted_proxies: settings.server.trusted_proxies.clone(),
            cors_origins: settings.server.cors_origins.clone(),
            body_timeout: settings.server.body_timeout.duration(),
            per_address: settings.limits.per_address,
            callbacks,
            accounts: Accounts::new(settings, monitor.clone()),
            addresses: Rates::new(u64::from(settings.limits.addresses_max), shares),
            members: Rates::new(MEMBERS_MAX, shares),
            suppliers: Rates::new(u64::from(u16::MAX), shares),
            notifications: Rates::new(u64::from(u16::MAX), shares),
            gateways: monitor.watch(|| Gateways::new(settings)),
            nonces: NonceMemory::new(),
            seller: settings.seller.clone(),
            locks: Locks::new(),
            stopping,
            catalog_changes: tokio::sync::Mutex::default(),
            lists: Lists::new(settings),
            webhooks: settings.webhooks.clone(),
            monitor,
            docs: settings.server.docs,
        };
        Self {
            inner: Arc::new(inner),
            backups: None,
            tally: None,
        }
    }

    /// With a place for copies of the store.
    #[must_use]
    pub fn with_backups(mut self, backups: Option<Backups>) -> Self {
        self.backups = backups.map(Arc::new);
        self
    }

    /// With a place where calls are counted for all servers together.
    #[must_use]
    pub fn with_tally(mut self, tally: Option<Arc<dyn Tally>>) -> Self {
        self.tally = tally;
        self
    }

    pub(crate) fn tally(&self) -> Option<&dyn Tally> {
        self.tally.as_deref()
    }

    pub(crate) fn backups(&self) -> Option<&Backups> {
        self.backups.as_deref()
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// What people watch.
    pub fn monitor(&self) -> &Monitor {
        &self.inner.monitor
    }

    /// Cancelled when the server stops.
    pub fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }

    pub(crate) fn dice(&self) -> &SystemDice {
        &self.inner.dice
    }

    pub(crate) fn trusted_proxies(&self) -> &[IpNet] {
        &self.inner.trusted_proxies
    }

    pub(crate) fn cors_origins(&self) -> &[Origin] {
        &self.inner.cors_origins
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        self.inner.body_timeout
    }

    pub(crate) fn per_address(&self) -> u32 {
        self.inner.per_address
    }

    /// How many callbacks a minute this supplier may send; `None` if neither the settings nor the catalog have an account there.
    pub(crate) async fn callbacks_per_minute(&self, supplier: &Slug) -> Option<u32> {
        if let Some(limit) = self.inner.callbacks.get(supplier) {
            return Some(*limit);
        }
        let catalog = self.engine().catalog().await.ok()?;
        let known = catalog.supplier_named(supplier.as_str())?;
        let account = self.inner.accounts.of(known)?;
        Some(account.supplier.callbacks_per_minute)
    }

    /// Whether the settings of the server name this supplier: then they have the only word about it.
    pub(crate) fn is_in_settings(&self, supplier: &Slug) -> bool {
        self.inner.callbacks.contains_key(supplier)
    }

    /// The suppliers that the settings name, and those of which the catalog keeps the account.
    pub(crate) fn configured_suppliers(&self, catalog: &Snapshot) -> BTreeSet<Slug> {
        let kept = catalog.suppliers().iter();
        let kept = kept.filter(|supplier| supplier.account.is_some());
        let kept = kept.map(|supplier| &supplier.slug);
        kept.chain(self.inner.callbacks.keys()).cloned().collect()
    }

    /// The accounts that the catalog keeps.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// Whether the supplier has a price list to sync with.
    pub(crate) fn has_price_list(&self, supplier: &SupplierInfo) -> bool {
        if self.is_in_settings(&supplier.slug) {
            return self.inner.lists.listed().contains(&supplier.slug);
        }
        let account = self.inner.accounts.of(supplier);
        account.is_some_and(|account| account.supplier.account.has_price_list())
    }

    /// Whether the document of the API and its page are served.
    pub(crate) fn shows_docs(&self) -> bool {
        self.inner.docs
    }

    /// Whether a webhook may lead to `url`, as far as that is known before it is called.
    pub(crate) fn check_webhook(&self, url: &str) -> Result<Url, Blocked> {
        self.inner.webhooks.check_url(url)
    }

    /// Waits for the one place from which the catalog is changed.
    pub(crate) async fn change_catalog(&self) -> MutexGuard<'_, ()> {
        self.inner.catalog_changes.lock().await
    }

    /// What was read of suppliers' price lists.
    pub(crate) fn lists(&self) -> &Lists {
        &self.inner.lists
    }

    pub(crate) fn addresses(&self) -> &Rates<IpAddr> {
        &self.inner.addresses
    }

    pub(crate) fn members(&self) -> &Rates<(MemberId, Bucket)> {
        &self.inner.members
    }

    pub(crate) fn suppliers(&self) -> &Rates<Slug> {
        &self.inner.suppliers
    }

    /// How many notifications gateways sent lately.
    pub(crate) fn notifications(&self) -> &Rates<FromGateway> {
        &self.inner.notifications
    }

    /// The payment gateways that the settings name.
    pub(crate) fn gateways(&self) -> &Gateways {
        &self.inner.gateways
    }

    /// How this house sells to servers of the `OtomaX` family; `None` if it does not.
    pub(crate) fn seller(&self) -> Option<&Seller> {
        self.inner.seller.as_ref()
    }

    /// How the logins of buyers of that family fared lately.
    pub(crate) fn locks(&self) -> &Locks {
        &self.inner.locks
    }

    pub(crate) fn nonces(&self) -> &NonceMemory {
        &self.inner.nonces
    }
}
