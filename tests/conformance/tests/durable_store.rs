//! The memory store with a journal keeps the promises of a store: in a folder with its writer thread, and on a storage without one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::{Ready, ready};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use conformance::{Books, SampleVault};
use eraflazz_store_memory::{MemoryStore, StoreSettings};
use redb::backends::InMemoryBackend;

mod folder {
    use super::*;

    fn fresh() -> Ready<Arc<dyn Books>> {
        let vault = Arc::new(SampleVault);
        let store = MemoryStore::open(&new_folder(), vault, StoreSettings::default()).unwrap();
        ready(Arc::new(store))
    }

    conformance::store_suite!(fresh);
}

mod storage {
    use super::*;

    fn fresh() -> Ready<Arc<dyn Books>> {
        ready(Arc::new(in_memory(StoreSettings::default())))
    }

    conformance::store_suite!(fresh);
}

/// Whatever cannot move is in the archive as soon as it is committed.
mod archived {
    use super::*;

    fn fresh() -> Ready<Arc<dyn Books>> {
        let settings = StoreSettings {
            checkpoint_bytes: 1,
            ..StoreSettings::default()
        };
        ready(Arc::new(in_memory(settings)))
    }

    conformance::store_suite!(fresh);
}

fn in_memory(settings: StoreSettings) -> MemoryStore {
    let (journal, archive) = (InMemoryBackend::new(), InMemoryBackend::new());
    MemoryStore::open_on(journal, archive, Arc::new(SampleVault), settings).unwrap()
}

/// A folder for one case. They stay until the next run, for whoever wants to look.
fn new_folder() -> PathBuf {
    static ALL: LazyLock<PathBuf> = LazyLock::new(|| {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("durable_store");
        if all.exists() {
            std::fs::remove_dir_all(&all).unwrap();
        }
        all
    });
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    ALL.join(COUNT.fetch_add(1, Ordering::Relaxed).to_string())
}
