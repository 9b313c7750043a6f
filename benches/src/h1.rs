//! H1: signed orders over HTTP, on disk before they are acknowledged, against an echo of the same bodies by the same generator.

use std::path::Path;
use std::sync::Arc;

use benches::audit::recount;
use benches::load::Pace;
use benches::load::echo::Echo;
use benches::report::Figure;
use benches::shop::{Failure, Shop};
use eraflazz_core::ports::Depth;
use eraflazz_store_memory::{MemoryStore, StoreSettings};
use tokio_util::sync::CancellationToken;

use crate::door::{Door, Drive, answered, drive, give_keys, vault};

/// Members that take turns.
const MEMBERS: u16 = 64;

/// Measures in a folder of its own under `place`, which is removed afterwards.
pub(crate) async fn measure(orders: u64, place: &Path) -> Result<Figure, Failure> {
    let folder = place.join(format!("eraflazz-h1-{}", std::process::id()));
    let figure = in_folder(orders, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    figure
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
async fn in_folder(orders: u64, folder: &Path) -> Result<Figure, Failure> {
    let load = Drive {
        members: usize::from(MEMBERS),
        orders,
        pace: Pace::Closed,
        wait: 0,
    };
    let echo = Echo::start().await?;
    let peer = answered(&drive(&echo.address, load, "run0").await?)?;
    drop(echo);

    let store_settings = StoreSettings {
        orders_max: usize::try_from(orders)? + 1,
        ..StoreSettings::default()
    };
    let store = MemoryStore::open(folder, Arc::new(vault()?), store_settings)?;
    let shop = Shop::over(store, MEMBERS).await?;
    give_keys(&*shop.store, &shop.members).await?;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(shop.engine.clone().run(shutdown.clone()));
    shop.engine.ready().await;
    let door = Door::open(&shop.engine).await?;

    let ours = answered(&drive(&door.address, load, "run1").await?)?;
    while shop.engine.depth().await? != Depth::default() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    shutdown.cancel();
    running.await??;
    door.close().await?;
    let audit = recount(&shop.engine, orders).await?;
    Ok(Figure {
        line: "H1".to_owned(),
        value: ours as f64,
        unit: "orders/s",
        baseline: Some(peer as f64),
        ratio: Some(ours as f64 / peer as f64),
        floor: 0.3,
        goal: 0.5,
        better: "higher",
        audit,
    })
}
