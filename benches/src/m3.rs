//! M3: as M1, but on disk before it is acknowledged, against M1 of the same run; and how often the disk is synced for an order that comes alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use benches::report::Figure;
use benches::shop::{Failure, Shop};
use eraflazz_core::ports::{Depth, Vault, VaultError};
use eraflazz_store_memory::{MemoryStore, StoreSettings};
use redb::StorageBackend;
use redb::backends::FileBackend;
use secrecy::SecretSlice;
use tokio_util::sync::CancellationToken;

/// Measures in a folder of its own under `place`, which is removed afterwards.
pub(crate) async fn measure(orders: usize, place: &Path) -> Result<Vec<Figure>, Failure> {
    let folder = place.join(format!("eraflazz-m3-{}", std::process::id()));
    let figures = in_folder(orders, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    figures
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates and counts far below 2^52, for a report"
)]
async fn in_folder(orders: usize, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let shop = Shop::open(1_000, orders + 1).await?;
    let (peer, _) = crate::m1::run("M3's peer", &shop, orders).await?;
    drop(shop);
    let settings = StoreSettings {
        orders_max: orders + 1,
        ..StoreSettings::default()
    };
    let store = MemoryStore::open(folder, Arc::new(NoSecrets), settings)?;
    let shop = Shop::over(store, 1_000).await?;
    let (rate, audit) = crate::m1::run("M3", &shop, orders).await?;
    drop(shop);
    let bytes = std::fs::metadata(folder.join("journal.redb"))?.len();
    let alone = syncs_alone(folder.join("alone.redb")).await?;
    Ok(vec![
        Figure {
            line: "M3".to_owned(),
            value: rate as f64,
            unit: "orders/s",
            baseline: Some(peer as f64),
            ratio: Some(rate as f64 / peer as f64),
            floor: 0.25,
            goal: 0.5,
            better: "higher",
            audit,
        },
        Figure {
            line: "M3.syncs".to_owned(),
            value: alone,
            unit: "syncs",
            baseline: None,
            ratio: None,
            floor: 3.0,
            goal: 3.0,
            better: "lower",
            audit: "n/a".to_owned(),
        },
        Figure {
            line: "M3.disk".to_owned(),
            value: bytes as f64 / orders as f64,
            unit: "B/order",
            baseline: None,
            ratio: None,
            floor: 4_096.0,
            goal: 1_024.0,
            better: "lower",
            audit: "n/a".to_owned(),
        },
    ])
}

/// Orders one after the other, each settled before the next comes: the syncs of the one in the middle.
#[expect(clippy::cast_precision_loss, reason = "a small count, for a report")]
async fn syncs_alone(path: PathBuf) -> Result<f64, Failure> {
    const ORDERS: usize = 200;
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    let syncs = Arc::new(AtomicU64::new(0));
    let storage = Counted {
        file: FileBackend::new(file)?,
        syncs: Arc::clone(&syncs),
    };
    let archive = redb::backends::InMemoryBackend::new();
    let settings = StoreSettings::default();
    let store = MemoryStore::open_on(storage, archive, Arc::new(NoSecrets), settings)?;
    let shop = Shop::over(store, 1).await?;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(shop.engine.clone().run(shutdown.clone()));
    let mut each = Vec::with_capacity(ORDERS);
    for n in 0..ORDERS {
        let before = syncs.load(Ordering::Relaxed);
        shop.engine.submit(shop.order(n)?).await?;
        while shop.engine.depth().await? != Depth::default() {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
        each.push(syncs.load(Ordering::Relaxed) - before);
    }
    shutdown.cancel();
    running.await??;
    // Now and then the file grows, which is a sync more.
    each.sort_unstable();
    Ok(each[ORDERS / 2] as f64)
}

/// A file that counts how often it is synced.
#[derive(Debug)]
struct Counted {
    file: FileBackend,
    syncs: Arc<AtomicU64>,
}

impl StorageBackend for Counted {
    fn len(&self) -> std::io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.file.write(offset, data)
    }
}

/// A bench keeps no keys: nothing is ever sealed, and nothing opened.
pub(crate) struct NoSecrets;

impl Vault for NoSecrets {
    fn seal(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, VaultError> {
        Err(VaultError::NotSealed)
    }

    fn open(&self, _: &str, _: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        Err(VaultError::NotOpened)
    }
}
