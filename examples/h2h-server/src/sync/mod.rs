//! Syncing the catalog with a supplier's price list: read or remembered, planned by core, changed all at once.

pub mod nightly;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::catalog::ProductKind;
use eraflazz_core::catalog::sync::{Plan, PlanError, Remark, Rules, Statistics, plan};
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ids::SupplierId;
use eraflazz_core::ports::ChangeError;
use eraflazz_core::supplier::{PriceList, ReadError};
use eraflazz_core::text::Slug;
use eraflazz_core::time::Timestamp;
use tokio::sync::Mutex;

use crate::app::App;
use crate::schedule::Schedule;
use crate::settings::Settings;

/// Fresh looks at a catalog that others keep changing.
const TRIES: usize = 16;

/// How lists are kept, and what becomes of them.
#[derive(Debug)]
pub(crate) struct Lists {
    keep: Duration,
    rules: Rules,
    schedule: Option<Schedule>,
    /// Suppliers whose adapters have one.
    listed: BTreeSet<Slug>,
    /// Held while one is read: a supplier is never asked twice at once.
    read: Mutex<BTreeMap<(SupplierId, ProductKind), Listed>>,
}

/// A list, and when it was read.
#[derive(Clone, Debug)]
struct Listed {
    at: Timestamp,
    list: Arc<PriceList>,
}

/// What is wanted of a sync.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// Asks the supplier, however fresh the list is that is known.
    pub force: bool,
    /// The list of bills in place of that of prepaid goods.
    pub bills: bool,
    /// One category alone, by the supplier's name or by ours.
    pub only: Option<String>,
    /// Changes nothing.
    pub dry_run: bool,
}

/// What a sync did, or would do.
#[derive(Clone, Debug)]
pub struct Synced {
    /// The version of the catalog.
    pub version: u64,
    /// When the list was read.
    pub read_at: Timestamp,
    /// When the whole list was last synced, this time included.
    pub synced_at: Option<Timestamp>,
    /// What it comes to.
    pub statistics: Statistics,
    /// What a person should know.
    pub remarks: Vec<Remark>,
}

/// Why nothing was synced. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The catalog does not know it.
    #[error("no such supplier")]
    NoSupplier,
    /// Nobody can ask it.
    #[error("the settings do not name this supplier")]
    NoAdapter,
    /// There is no list.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The list is not believed.
    #[error(transparent)]
    List(#[from] PlanError),
    /// The store refused.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Lists {
    pub(crate) fn new(settings: &Settings) -> Self {
        let suppliers = settings.suppliers.iter();
        let listed = suppliers.filter(|(_, supplier)| supplier.account.has_price_list());
        Self {
            keep: settings.sync.keep,
            rules: settings.sync.rules.clone(),
            schedule: settings.sync.schedule.clone(),
            listed: listed.map(|(name, _)| name.clone()).collect(),
            read: Mutex::default(),
        }
    }

    /// When lists are synced without anybody's word.
    pub(crate) fn schedule(&self) -> Option<&Schedule> {
        self.schedule.as_ref()
    }

    /// Suppliers whose adapters have a list.
    pub(crate) fn listed(&self) -> &BTreeSet<Slug> {
        &self.listed
    }

    /// The list, as young as it has to be. One that could not be read leaves the one that is known as it is.
    async fn of(
        &self,
        app: &App,
        supplier: SupplierId,
        goods: ProductKind,
        force: bool,
    ) -> Result<Listed, SyncError> {
        let mut read = self.read.lock().await;
        let now = app.engine().now();
        let fresh = read
            .get(&(supplier, goods))
            .filter(|known| now.since(known.at) < self.keep);
        if let (Some(known), false) = (fresh, force) {
            return Ok(known.clone());
        }
        let list = app.engine().price_list(supplier, goods).await;
        let listed = Listed {
            at: app.engine().now(),
            list: Arc::new(list.ok_or(SyncError::NoAdapter)??),
        };
        read.insert((supplier, goods), listed.clone());
        Ok(listed)
    }
}

/// Brings the catalog to what the supplier's list says, all of it or nothing.
pub async fn sync(app: &App, supplier: &Slug, how: &How) -> Result<Synced, SyncError> {
    let catalog = app.engine().catalog().await?;
    let known = catalog.supplier_named(supplier.as_str());
    let id = known.ok_or(SyncError::NoSupplier)?.id;
    let lists = app.lists();
    let goods = if how.bills {
        ProductKind::Postpaid
    } else {
        ProductKind::Prepaid
    };
    let Listed { at, list } = lists.of(app, id, goods, how.force).await?;
    let _alone = app.change_catalog().await;
    for _ in 0..TRIES {
        let catalog = app.engine().catalog().await?;
        let now = app.engine().now();
        let only = how.only.as_deref();
        let made = plan(&catalog, id, &list, only, &lists.rules, now)?;
        let told = Synced {
            version: catalog.version(),
            read_at: at,
            synced_at: catalog.sync_mark(id).synced_at,
            statistics: made.statistics,
            remarks: made.remarks.clone(),
        };
        if how.dry_run {
            return Ok(told);
        }
        // When a supplier was synced is said of its prepaid goods: what is due at night is reckoned from it.
        let whole = (only.is_none() && !how.bills).then_some((id, now));
        if made.changes.is_empty() && whole.is_none() {
            return Ok(told);
        }
        tell(supplier, &made);
        match app
            .engine()
            .change_catalog(made.commit(catalog.version(), whole))
            .await
        {
            Ok(after) => {
                return Ok(Synced {
                    version: after.version(),
                    synced_at: after.sync_mark(id).synced_at,
                    ..told
                });
            }
            Err(ChangeError::Overtaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ChangeError::Overtaken.into())
}

/// What nobody would look at otherwise.
fn tell(supplier: &Slug, made: &Plan) {
    if made.statistics.approvals > 0 {
        tracing::warn!(
            alert = "a sync waits for a person",
            %supplier,
            approvals = made.statistics.approvals,
            "see `h2h-server approval list`"
        );
    }
    for remark in &made.remarks {
        let sku = remark.sku.as_ref().map(tracing::field::display);
        tracing::info!(%supplier, sku, "{}", remark.text);
    }
}
