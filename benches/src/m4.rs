//! M4: what a settled order costs for ever in a store with a folder: memory, disk, and time to start.
//!
//! A million orders are bought, then all of them go to the archive. A process of its own opens the folder, another one an empty folder: the
//! difference is what the orders take. What an order takes while it may move is measured over those that no checkpoint has taken yet.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::report::Figure;
use benches::shop::{Failure, Shop};
use eraflazz_core::catalog::{CatalogChange, Tier, TierId};
use eraflazz_core::ports::Catalog;
use eraflazz_store_memory::{MemoryStore, StoreSettings, compact};
use serde::{Deserialize, Serialize};

use crate::m3::NoSecrets;

/// What one process saw that opened a folder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Opened {
    seconds: f64,
    /// Resident afterwards, in bytes.
    resident: u64,
}

/// Opens the folder, for [`measure`] in another process.
pub(crate) fn open(folder: &Path) -> Result<Opened, Failure> {
    let began = Instant::now();
    let store = MemoryStore::open(folder, Arc::new(NoSecrets), StoreSettings::default())?;
    let opened = Opened {
        seconds: began.elapsed().as_secs_f64(),
        resident: resident()?,
    };
    drop(store);
    Ok(opened)
}

/// Measures in a folder of its own under `place`, which is removed afterwards.
pub(crate) async fn measure(orders: usize, place: &Path) -> Result<Vec<Figure>, Failure> {
    let folder = place.join(format!("eraflazz-m4-{}", std::process::id()));
    let figures = in_folder(orders, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    figures
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates and counts far below 2^52, for a report"
)]
async fn in_folder(orders: usize, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let (few, many, empty) = (
        folder.join("few"),
        folder.join("many"),
        folder.join("empty"),
    );
    // Enough that what the journal's file takes in memory, whatever is in it, is little beside them.
    let recent = (orders / 5).max(1);
    fill(&few, recent, u64::MAX).await?;
    fill(&many, orders, StoreSettings::default().checkpoint_bytes).await?;
    archive_all(&many).await?;
    let (live, archived, nothing) = (reopen(&few)?, reopen(&many)?, reopen(&empty)?);
    let disk = compact(&many)?.after;
    let per = |opened: &Opened, orders: usize| {
        opened.resident.saturating_sub(nothing.resident) as f64 / orders as f64
    };
    let figure = |line: &str, value: f64, unit, floor, goal| Figure {
        line: line.to_owned(),
        value,
        unit,
        baseline: None,
        ratio: None,
        floor,
        goal,
        better: "lower",
        audit: "n/a".to_owned(),
    };
    let millions = orders as f64 / 1e6;
    Ok(vec![
        figure("M4.ram", per(&archived, orders), "B/order", 200.0, 64.0),
        figure("M4.live", per(&live, recent), "B/order", 4_096.0, 3_072.0),
        figure(
            "M4.disk",
            disk as f64 / orders as f64,
            "B/order",
            1_536.0,
            717.0,
        ),
        figure("M4.reopen", archived.seconds / millions, "s/1M", 5.0, 1.0),
    ])
}

/// Buys so many orders in a new store.
async fn fill(folder: &Path, orders: usize, checkpoint_bytes: u64) -> Result<(), Failure> {
    let settings = StoreSettings {
        orders_max: orders + 1,
        checkpoint_bytes,
        checkpoint_every: Duration::from_hours(24),
    };
    let store = MemoryStore::open(folder, Arc::new(NoSecrets), settings)?;
    let shop = Shop::over(store, 1_000).await?;
    let (_, audit) = crate::m1::run("M4", &shop, orders).await?;
    if audit == "ok" {
        Ok(())
    } else {
        Err(audit.into())
    }
}

/// Takes what is left in the journal to the archive.
async fn archive_all(folder: &Path) -> Result<(), Failure> {
    let settings = StoreSettings {
        checkpoint_bytes: 1,
        ..StoreSettings::default()
    };
    let store = MemoryStore::open(folder, Arc::new(NoSecrets), settings)?;
    // Something must be written for a checkpoint to begin.
    let something = CatalogChange::PutTier(Tier {
        id: TierId(1),
        slug: "retail".parse()?,
        name: "Retail".to_owned(),
    });
    store.change(vec![something]).await?;
    Ok(())
}

fn reopen(folder: &Path) -> Result<Opened, Failure> {
    let child = Command::new(std::env::current_exe()?)
        .arg("reopen")
        .arg(PathBuf::from(folder))
        .output()?;
    if !child.status.success() {
        return Err(String::from_utf8_lossy(&child.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&child.stdout)?)
}

fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("no VmRSS")?.parse::<u64>()? * 1024)
}
