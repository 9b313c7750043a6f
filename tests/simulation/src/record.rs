//! The record of a world: in memory, or in memory and on a disk that tears, fails and fills up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conformance::SampleVault;
use eraflazz_store_memory::{MemoryStore, StoreSettings};

use crate::chance::Chance;
use crate::disk::{self, Disk};
use crate::fault::Fault;
use crate::scene::Scene;

/// The record.
#[derive(Debug)]
pub struct Record(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    current: Option<Arc<MemoryStore>>,
    disk: Option<OnDisk>,
}

#[derive(Debug)]
struct OnDisk {
    disk: Disk,
    settings: StoreSettings,
    /// What will go wrong with it.
    armed: Option<Fault>,
}

impl Record {
    /// In memory, and nothing takes it away.
    pub fn in_memory() -> Self {
        let current = Some(Arc::new(MemoryStore::new()));
        Self(Mutex::new(Kept {
            current,
            disk: None,
        }))
    }

    /// On an empty disk.
    pub fn on_disk(chance: &Chance) -> Self {
        let settings = StoreSettings {
            checkpoint_bytes: chance.between(20_000, 2_000_000),
            ..StoreSettings::default()
        };
        let disk = OnDisk {
            disk: Disk::default(),
            settings,
            armed: None,
        };
        Self(Mutex::new(Kept {
            current: None,
            disk: Some(disk),
        }))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The record as the process that has it open sees it.
    pub fn current(&self) -> Option<Arc<MemoryStore>> {
        self.kept().current.clone()
    }

    /// The record as it is founded, on a disk with which nothing goes wrong yet.
    pub fn found(&self) -> Result<Arc<MemoryStore>, String> {
        let mut kept = self.kept();
        let Kept { current, disk } = &mut *kept;
        if let Some(disk) = disk {
            *current = Some(Arc::new(disk.open()?));
        }
        current
            .clone()
            .ok_or_else(|| "no record in memory".to_owned())
    }

    /// The record as a process that starts finds it. A disk that fails while it is being opened is replaced by a good one with the same on it.
    pub fn open(&self, scene: &Scene, chance: &Chance) -> Result<Arc<MemoryStore>, String> {
        let mut kept = self.kept();
        let Kept { current, disk } = &mut *kept;
        let Some(disk) = disk else {
            return current
                .clone()
                .ok_or_else(|| "no record in memory".to_owned());
        };
        disk.arm(scene, chance);
        let opened = match disk.open() {
            Ok(store) => store,
            Err(_) if disk.armed.is_some() => {
                disk.strike(scene);
                disk.take_over(chance);
                disk.open()?
            }
            Err(why) => return Err(why),
        };
        let store = Arc::new(opened);
        *current = Some(Arc::clone(&store));
        Ok(store)
    }

    /// The disk failed under the process that had it open.
    pub fn failed(&self, scene: &Scene) {
        if let Some(disk) = &mut self.kept().disk {
            disk.strike(scene);
        }
    }

    /// A process is gone: what the next one finds is what the disk has.
    pub fn left_behind(&self, chance: &Chance) {
        if let Some(disk) = &mut self.kept().disk {
            disk.take_over(chance);
        }
    }

    /// Whether only one process may have it open.
    pub fn has_one_owner(&self) -> bool {
        self.kept().disk.is_some()
    }
}

impl OnDisk {
    fn open(&self) -> Result<MemoryStore, String> {
        let (journal, archive) = (self.disk.journal(), self.disk.archive());
        let opened = MemoryStore::open_on(journal, archive, Arc::new(SampleVault), self.settings);
        opened.map_err(|error| error.to_string())
    }

    /// Draws what will go wrong while the next process has it, and when.
    fn arm(&mut self, scene: &Scene, chance: &Chance) {
        let at = self.disk.ops() + chance.between(1, 3_000);
        let faults = [
            (Fault::StorageTorn, disk::Fault::Cut(at)),
            (Fault::StorageFails, disk::Fault::Fail(at)),
            (Fault::StorageFull, disk::Fault::Full(self.room(chance))),
        ];
        let drawn = faults
            .into_iter()
            .find(|(fault, _)| scene.faults.is_drawn(*fault));
        if let Some((fault, how)) = drawn {
            self.armed = Some(fault);
            self.disk = self.disk.clone().with(how);
        }
    }

    /// What fits on it: perhaps less than the longest file claims, since what was never written of a file has no room yet.
    fn room(&self, chance: &Chance) -> u64 {
        let longest = self.disk.seen().iter().map(Vec::len).max().unwrap_or(0);
        let longest = u64::try_from(longest).unwrap_or(0);
        chance.between(longest / 4, longest + 100_000)
    }

    fn strike(&self, scene: &Scene) {
        if let Some(fault) = self.armed {
            scene.struck_at_last(fault, None);
        }
    }

    /// The files as they are found next: after a power cut only what was synced, and any part of the rest in any order.
    fn take_over(&mut self, chance: &Chance) {
        let files = if self.armed == Some(Fault::StorageTorn) {
            self.disk.after_power_loss(chance.below(1_000))
        } else {
            self.disk.seen()
        };
        self.disk = Disk::holding(files);
        self.armed = None;
    }
}
