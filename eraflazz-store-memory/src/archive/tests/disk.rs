//! A disk that can lose its power.

use std::io;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

use super::world::Dice;

/// Storage in memory that knows what was made durable and what was not. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    /// As programs see it.
    bytes: Vec<u8>,
    /// As it was at the last sync.
    durable: Vec<u8>,
    /// Writes since then.
    pending: Vec<(usize, Vec<u8>)>,
    /// How many more operations succeed; `None` for all.
    left: Option<u64>,
}

/// A disk writes sectors whole.
const SECTOR: usize = 512;

impl Disk {
    /// From now on only this many operations succeed.
    pub(super) fn fail_after(&self, operations: u64) {
        self.0.lock().unwrap().left = Some(operations);
    }

    /// What is found when the power is back: of the writes that were not synced any may be there, in any order, in part.
    pub(super) fn after_power_cut(&self, dice: &mut Dice) -> Self {
        let platter = self.0.lock().unwrap();
        let mut bytes = platter.durable.clone();
        let mut pending: Vec<_> = platter.pending.iter().collect();
        for last in (1..pending.len()).rev() {
            pending.swap(last, usize::try_from(dice.below(last as u64 + 1)).unwrap());
        }
        for (offset, data) in pending {
            for (sector, data) in data.chunks(SECTOR).enumerate() {
                if dice.below(2) == 0 {
                    let begin = offset + sector * SECTOR;
                    if bytes.len() < begin + data.len() {
                        bytes.resize(begin + data.len(), 0);
                    }
                    bytes[begin..begin + data.len()].copy_from_slice(data);
                }
            }
        }
        let page = 4096;
        let whole = bytes.len().next_multiple_of(page);
        bytes.resize(whole.max(platter.durable.len()), 0);
        Self::of(bytes)
    }

    /// What is found when only the program died.
    pub(super) fn after_kill(&self) -> Self {
        Self::of(self.0.lock().unwrap().bytes.clone())
    }

    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let platter = Platter {
            durable: bytes.clone(),
            bytes,
            ..Platter::default()
        };
        Self(Arc::new(Mutex::new(platter)))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    fn operate<T>(&self, operation: impl FnOnce(&mut Platter) -> T) -> io::Result<T> {
        let mut platter = self.0.lock().unwrap();
        match &mut platter.left {
            Some(0) => return Err(io::Error::new(io::ErrorKind::StorageFull, "no power")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(operation(&mut platter))
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let platter = self.0.lock().unwrap();
        let begin = usize::try_from(offset).unwrap();
        let from = platter.bytes.get(begin..begin + out.len());
        out.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.operate(|platter| {
            let len = usize::try_from(len).unwrap();
            platter.bytes.resize(len, 0);
            // The length of a file is kept in order with its data by the journals of file systems.
            platter.durable.resize(len, 0);
            platter
                .pending
                .retain(|(offset, data)| offset + data.len() <= len);
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.operate(|platter| {
            platter.durable.clone_from(&platter.bytes);
            platter.pending.clear();
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.operate(|platter| {
            let begin = usize::try_from(offset).unwrap();
            platter.bytes[begin..begin + data.len()].copy_from_slice(data);
            platter.pending.push((begin, data.to_vec()));
        })
    }
}
