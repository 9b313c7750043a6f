//! The record of a world: in memory, or in memory and on a disk that fails.

use std::sync::Arc;

use eraflazz_store_memory::MemoryStore;

use crate::chance::Chance;
use crate::scene::Scene;

/// The record.
#[derive(Debug)]
pub enum Record {
    /// In memory, and nothing takes it away.
    Memory(Arc<MemoryStore>),
}

impl Record {
    /// The record as a process that starts finds it.
    pub fn open(&self, _scene: &Arc<Scene>, _chance: &Chance) -> Result<Arc<MemoryStore>, String> {
        match self {
            Self::Memory(store) => Ok(Arc::clone(store)),
        }
    }

    /// The power goes, perhaps.
    pub fn lose_power(&self, _scene: &Arc<Scene>, _chance: &Chance) {}

    /// Whether only one process may have it open.
    pub const fn has_one_owner(&self) -> bool {
        match self {
            Self::Memory(_) => false,
        }
    }
}
