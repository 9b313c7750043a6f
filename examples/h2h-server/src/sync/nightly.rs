//! Syncs at set times. Whichever process is on duty looks; the one that begins a run writes that down in the catalog first, so one alone has it, and another
//! takes over what a dead one has left.

use std::time::Duration;

use eraflazz_core::catalog::{CatalogChange, ProductKind, Snapshot, SupplierInfo};
use eraflazz_core::ports::ChangeError;
use eraflazz_core::supplier::ReadError;
use eraflazz_core::time::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{How, SyncError, sync};
use crate::app::App;
use crate::schedule::Schedule;

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How long a run has until another may begin it anew; also how soon one that failed is tried again.
const RUN_TIME: Duration = Duration::from_mins(15);

/// Looks again and again until `ended` is cancelled.
pub async fn watch(app: App, ended: CancellationToken) {
    let started = app.engine().now();
    let look = async {
        loop {
            turn(&app, started, app.engine().now()).await;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    ended.run_until_cancelled(look).await;
}

/// Runs what is due at `now`; how many syncs were begun. Nothing was missed before `started` of a supplier that was never synced.
pub async fn turn(app: &App, started: Timestamp, now: Timestamp) -> usize {
    let Some(schedule) = app.lists().schedule() else {
        return 0;
    };
    if !app.engine().is_on_duty() {
        return 0;
    }
    run_due(app, schedule, started, now).await
}

/// The same for a process that believes itself on duty: others may believe so too.
async fn run_due(app: &App, schedule: &Schedule, started: Timestamp, now: Timestamp) -> usize {
    let Ok(catalog) = app.engine().catalog().await else {
        // Out of reach: whoever takes orders says so; it is looked again.
        return 0;
    };
    let mut begun = 0;
    for supplier in due_for(app, &catalog) {
        let mark = catalog.sync_mark(supplier.id);
        let Some(due) = schedule.due(&mark, started, now) else {
            continue;
        };
        let begin = CatalogChange::BeginRun {
            supplier: supplier.id,
            due,
            at: now,
            until: now.plus(RUN_TIME),
        };
        match app.engine().change_catalog(vec![begin]).await {
            Ok(_) => begun += 1,
            Err(ChangeError::Overtaken) => continue,
            Err(error) => {
                failed(supplier, &error.into());
                continue;
            }
        }
        // The list of bills first: the run has ended when the whole list of prepaid goods is synced. Whoever dies in between, or finds that the provider does not
        // give both at once, leaves a run that is begun anew, with a list of bills that is known by then.
        let bills = How {
            bills: true,
            ..How::default()
        };
        if sells_bills(&catalog, supplier) {
            run(app, supplier, due, &bills).await;
        }
        run(app, supplier, due, &How::default()).await;
    }
    begun
}

/// One list of the supplier, with its line in the audit.
async fn run(app: &App, supplier: &SupplierInfo, due: Timestamp, how: &How) {
    let done = sync(app, &supplier.slug, how).await;
    let result = done.as_ref().map_or("failed", |_| "done");
    let what = if how.bills { "sync of bills" } else { "sync" };
    tracing::info!(
        target: "audit",
        operator = "schedule",
        action = "catalog.sync",
        subject = %format!("{what} of {} due {due}", supplier.slug),
        result,
        "administration"
    );
    match done {
        Ok(_) => {}
        Err(SyncError::Read(ReadError::TooSoon(wait))) => tracing::info!(
            supplier = %supplier.slug,
            wait_s = wait.as_secs(),
            "the provider gives no list so soon after another one: the run begins anew in a quarter of an hour"
        ),
        Err(error) => failed(supplier, &error),
    }
}

/// Whether we sell bills of this supplier: somebody has synced them before, or entered one.
fn sells_bills(catalog: &Snapshot, supplier: &SupplierInfo) -> bool {
    catalog.mappings().iter().any(|mapping| {
        let product = catalog.product(mapping.product);
        mapping.supplier == supplier.id
            && product.is_some_and(|product| product.kind == ProductKind::Postpaid)
    })
}

fn failed(supplier: &SupplierInfo, error: &SyncError) {
    tracing::error!(alert = "a scheduled sync failed", supplier = %supplier.slug, %error, "nothing was changed");
}

/// Suppliers that we buy from and that have a list.
fn due_for<'a>(app: &App, catalog: &'a Snapshot) -> impl Iterator<Item = &'a SupplierInfo> {
    let suppliers = catalog.suppliers().iter();
    suppliers.filter(|supplier| supplier.active && app.has_price_list(supplier))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use eraflazz_core::catalog::Mapping;
    use eraflazz_core::ids::SupplierId;
    use sandbox::{Endpoint, Fault, Sandbox};
    #[cfg(feature = "postgres")]
    use tokio::task::JoinSet;

    use super::*;
    use crate::monitor::Monitor;
    use crate::seed::Seed;
    use crate::serve::engine_over;
    use crate::settings::{Role, Settings, Source};
    use crate::store::Opened;

    const SEED: &str = include_str!("../../seed.sandbox.toml");

    /// Two servers over one store, and the supplier of both.
    struct Two {
        sandbox: Sandbox,
        apps: [App; 2],
    }

    impl Two {
        async fn open(schedule: &str) -> Self {
            Self::over(schedule, &[("STORE__KIND", "memory".to_owned())]).await
        }

        /// Each with the database open by itself, as on two machines.
        #[cfg(feature = "postgres")]
        async fn in_database(schedule: &str) -> Self {
            let server = conformance::servers::Postgres::shared();
            let url = server.database();
            eraflazz_store_postgres::PostgresStore::migrate(&url)
                .await
                .unwrap();
            let store = [
                ("STORE__KIND", "postgres".to_owned()),
                ("STORE__URL", url),
                ("STORE__EPOCH_FILE", "/nowhere/epoch".to_owned()),
                ("STORE__VAULT_KEY", "5eed".repeat(16)),
            ];
            Self::over(schedule, &store).await
        }

        async fn over(schedule: &str, store: &[(&str, String)]) -> Self {
            let sandbox = Sandbox::start(sandbox::Config::default()).await.unwrap();
            let account = sandbox.config();
            let all = [
                ("ENGINE__INSTALLATION", "T".to_owned()),
                ("SYNC__SCHEDULE", schedule.to_owned()),
                ("SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz".to_owned()),
                ("SUPPLIERS__DIGIFLAZZ__BASE_URL", sandbox.base_url()),
                ("SUPPLIERS__DIGIFLAZZ__USERNAME", account.username.clone()),
                ("SUPPLIERS__DIGIFLAZZ__API_KEY", account.api_key.clone()),
                (
                    "SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
                    account.webhook_secret.clone().unwrap(),
                ),
            ];
            let all = all.into_iter().chain(store.iter().cloned());
            let all: HashMap<_, _> = all
                .map(|(name, value)| (format!("ERAFLAZZ__{name}"), value))
                .collect();
            let settings = Settings::load(&Source::new().environment(all)).unwrap();
            let monitor = Monitor::default();
            let open = || settings.store.open(&monitor, Role::All);
            let first = open().await.unwrap();
            let second = match &first {
                Opened::Alone(store) => Opened::Alone(Arc::clone(store)),
                #[cfg(feature = "postgres")]
                Opened::Shared(_) => open().await.unwrap(),
            };
            let filled = engine_over(&first, &settings, &Monitor::default()).unwrap();
            let seed = Seed::read(SEED).unwrap();
            crate::fill::fill(first.record(), &filled, &seed)
                .await
                .unwrap();
            let apps = [&first, &second].map(|opened| {
                let engine = engine_over(opened, &settings, &Monitor::default()).unwrap();
                App::new(engine, &settings, CancellationToken::new())
            });
            for app in &apps {
                app.engine().stand_by().await.unwrap();
            }
            Self { sandbox, apps }
        }

        /// By the newer of what the two know: over a database, one hears of the other's changes a moment later.
        async fn mark(&self) -> eraflazz_core::catalog::SyncMark {
            let [one, other] = &self.apps;
            let one = one.engine().catalog().await.unwrap();
            let other = other.engine().catalog().await.unwrap();
            let newer = if other.version() > one.version() {
                other
            } else {
                one
            };
            newer.sync_mark(SupplierId(0))
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_processes_run_what_is_due_once() {
        let two = Two::open("* * * * *").await;
        let now = two.apps[0].engine().now();
        let started = now.minus(Duration::from_mins(3));
        assert_eq!(turn(&two.apps[0], now, now).await, 0, "nothing is due yet");
        let [one, other] = &two.apps;
        let (one, other) = tokio::join!(turn(one, started, now), turn(other, started, now));
        assert_eq!(one + other, 1);
        let mark = two.mark().await;
        assert!(mark.synced_at.is_some() && mark.run.unwrap().ended);
        for app in &two.apps {
            assert_eq!(turn(app, started, now).await, 0, "it was run");
        }
        // Three were missed: one is run, by whoever looks first.
        let later = now.plus(Duration::from_mins(3));
        assert_eq!(turn(&two.apps[1], started, later).await, 1);
        assert_eq!(turn(&two.apps[0], started, later).await, 0);
        two.sandbox.stop().await;
    }

    /// At two in the morning, by two servers with a database between them: what is due is begun by one, again and again, and what nobody ran for days is caught up with once.
    /// Which of the two is on duty counts for less than what the catalog says: a server that has just lost its duty may not know it yet.
    #[cfg(feature = "postgres")]
    #[tokio::test(flavor = "multi_thread")]
    async fn two_servers_over_a_database_run_what_is_due_at_two_once() {
        let two = Two::in_database("0 2 * * *").await;
        let [one, other] = &two.apps;
        let today = one.engine().now().business_day().begins();
        let day = Duration::from_hours(24);
        let mut night = today.plus(Duration::from_hours(2));
        let started = night.minus(Duration::from_mins(1));
        assert_eq!(turn(one, started, started).await, 0, "nothing is due yet");
        for missed in [0, 0, 3] {
            night = night.plus(day * missed);
            let mut looks = JoinSet::new();
            for app in [one, other, one, other] {
                let app = app.clone();
                looks.spawn(async move {
                    let schedule = app.lists().schedule().unwrap();
                    run_due(&app, schedule, started, night).await
                });
            }
            let begun: usize = looks.join_all().await.into_iter().sum();
            assert_eq!(begun, 1);
            let mark = two.mark().await;
            assert_eq!(
                mark.run.map(|run| (run.due, run.ended)),
                Some((night, true))
            );
            night = night.plus(day);
            two.sandbox.advance(day);
        }
        two.sandbox.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_failed_is_tried_again_by_another_when_its_time_is_up() {
        let two = Two::open("0 2 * * *").await;
        let now = two.apps[0].engine().now();
        let started = now.minus(Duration::from_hours(24));
        two.sandbox
            .spoil(Endpoint::PriceList, Fault::EmptyBody(200));
        assert_eq!(turn(&two.apps[0], started, now).await, 1);
        assert_eq!(two.mark().await.synced_at, None);
        let soon = now.plus(Duration::from_mins(14));
        assert_eq!(turn(&two.apps[1], started, soon).await, 0);
        two.sandbox.advance(Duration::from_mins(15));
        let later = now.plus(RUN_TIME);
        assert_eq!(turn(&two.apps[1], started, later).await, 1);
        assert!(two.mark().await.synced_at.is_some());
        two.sandbox.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn bills_that_are_sold_are_synced_at_night_as_well() {
        let two = Two::open("0 2 * * *").await;
        let [one, other] = &two.apps;
        let slug = "digiflazz".parse().unwrap();
        let bills = How {
            bills: true,
            ..How::default()
        };
        sync(one, &slug, &bills).await.unwrap();
        let is_bill = |catalog: &Snapshot, mapping: &Mapping| {
            let product = catalog.product(mapping.product).unwrap();
            product.kind == ProductKind::Postpaid
        };
        let catalog = one.engine().catalog().await.unwrap();
        let mut mappings = catalog.mappings().iter();
        let bill = mappings.find(|known| is_bill(&catalog, known)).unwrap();
        let close = CatalogChange::SetMappingListing {
            mapping: bill.id,
            listed: false,
            cost: bill.cost,
            stock: bill.stock,
            cut_off: bill.cut_off,
        };
        one.engine().change_catalog(vec![close]).await.unwrap();
        two.sandbox.advance(Duration::from_mins(6));
        let now = other.engine().now();
        let started = now.minus(Duration::from_hours(24));
        assert_eq!(turn(other, started, now).await, 1);
        let catalog = other.engine().catalog().await.unwrap();
        assert!(
            catalog.mapping(bill.id).unwrap().listed,
            "it is on the list"
        );
        // The provider gave the other list not so soon; then the run has not ended, and the list of bills is known.
        assert_eq!(two.mark().await.synced_at, None);
        two.sandbox.advance(Duration::from_mins(15));
        assert_eq!(turn(other, started, now.plus(RUN_TIME)).await, 1);
        assert!(two.mark().await.synced_at.is_some());
        two.sandbox.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_a_schedule_nothing_runs() {
        let two = Two::open("").await;
        let now = two.apps[0].engine().now();
        let started = now.minus(Duration::from_hours(48));
        assert_eq!(turn(&two.apps[0], started, now).await, 0);
        two.sandbox.stop().await;
    }
}
