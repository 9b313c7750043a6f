//! A disk in memory, which outlives the processes that write to it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use conformance::SampleVault;
use eraflazz_store_memory::{MemoryStore, StoreSettings};
use redb::StorageBackend;

/// One file. Clones are the same file.
#[derive(Clone, Debug, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Sheet {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap()
    }

    /// What is on it now, out of reach of whoever still has it open.
    fn as_left(&self) -> Self {
        Self(Arc::new(Mutex::new(self.bytes().clone())))
    }
}

impl StorageBackend for Sheet {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let begin = usize::try_from(offset).unwrap();
        let bytes = self.bytes();
        let found = bytes.get(begin..begin + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.bytes().resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let begin = usize::try_from(offset).unwrap();
        self.bytes()[begin..begin + data.len()].copy_from_slice(data);
        Ok(())
    }
}

/// The journal and the archive of one store.
#[derive(Debug, Default)]
pub struct Disk {
    journal: Sheet,
    archive: Sheet,
}

impl Disk {
    /// What the process that had it open leaves behind when it dies: everything that it had written, and nothing that it writes from now on.
    pub(crate) fn as_left(&self) -> Self {
        Self {
            journal: self.journal.as_left(),
            archive: self.archive.as_left(),
        }
    }

    /// The store on it, read from its first byte.
    pub(crate) fn open(&self) -> MemoryStore {
        let (journal, archive) = (self.journal.clone(), self.archive.clone());
        let settings = StoreSettings::default();
        MemoryStore::open_on(journal, archive, Arc::new(SampleVault), settings).unwrap()
    }
}
