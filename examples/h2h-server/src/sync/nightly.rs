//! Syncs at set times. Whichever process is on duty looks; the one that begins a run writes that down in the catalog first, so one alone has it, and another
//! takes over what a dead one has left.

use std::time::Duration;

use eraflazz_core::catalog::{CatalogChange, Snapshot, SupplierInfo};
use eraflazz_core::ports::ChangeError;
use eraflazz_core::time::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{How, SyncError, sync};
use crate::app::App;

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
        let done = sync(app, &supplier.slug, &How::default()).await;
        let result = done.as_ref().map_or("failed", |_| "done");
        tracing::info!(
            target: "audit",
            operator = "schedule",
            action = "catalog.sync",
            subject = %format!("sync of {} due {due}", supplier.slug),
            result,
            "administration"
        );
        if let Err(error) = done {
            failed(supplier, &error);
        }
    }
    begun
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

    use eraflazz_core::ids::SupplierId;
    use eraflazz_store_memory::MemoryStore;
    use sandbox::{Endpoint, Fault, Sandbox};

    use super::*;
    use crate::monitor::Monitor;
    use crate::seed::Seed;
    use crate::serve::engine_over;
    use crate::settings::{Settings, Source};
    use crate::store::Opened;

    const SEED: &str = include_str!("../../seed.sandbox.toml");

    /// Two servers over one store, and the supplier of both.
    struct Two {
        sandbox: Sandbox,
        apps: [App; 2],
    }

    impl Two {
        async fn open(schedule: &str) -> Self {
            let sandbox = Sandbox::start(sandbox::Config::default()).await.unwrap();
            let account = sandbox.config();
            let all = [
                ("ENGINE__INSTALLATION", "T".to_owned()),
                ("STORE__KIND", "memory".to_owned()),
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
            let all: HashMap<_, _> = all
                .map(|(name, value)| (format!("ERAFLAZZ__{name}"), value))
                .into();
            let settings = Settings::load(&Source::new().environment(all)).unwrap();
            let store = Arc::new(MemoryStore::new());
            let opened = Opened::Alone(Arc::clone(&store));
            let filled = engine_over(&opened, &settings, &Monitor::default()).unwrap();
            let seed = Seed::read(SEED).unwrap();
            crate::fill::fill(opened.record(), &filled, &seed)
                .await
                .unwrap();
            let app = || {
                let engine = engine_over(&opened, &settings, &Monitor::default()).unwrap();
                App::new(engine, &settings, CancellationToken::new())
            };
            let apps = [app(), app()];
            for app in &apps {
                app.engine().stand_by().await.unwrap();
            }
            Self { sandbox, apps }
        }

        async fn mark(&self) -> eraflazz_core::catalog::SyncMark {
            let catalog = self.apps[0].engine().catalog().await.unwrap();
            catalog.sync_mark(SupplierId(0))
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
    async fn without_a_schedule_nothing_runs() {
        let two = Two::open("").await;
        let now = two.apps[0].engine().now();
        let started = now.minus(Duration::from_hours(48));
        assert_eq!(turn(&two.apps[0], started, now).await, 0);
        two.sandbox.stop().await;
    }
}
