//! A disk with the two files of a store, that loses power, tears writes, forgets the order of what was not synced, fails, and fills up.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use redb::StorageBackend;

/// A disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<Platters>>);

/// What is in the files: the journal, then the archive.
pub(crate) type Files = [Vec<u8>; 2];

/// One of the files.
#[derive(Clone, Debug)]
pub(crate) struct DiskFile {
    disk: Disk,
    which: usize,
}

#[derive(Debug, Default)]
struct Platters {
    /// What a power cut cannot take.
    synced: Files,
    /// What a reader sees.
    seen: Files,
    /// What was written since the last sync of each file, in order.
    since: [Vec<Op>; 2],
    /// How many writes, resizes and syncs there were.
    ops: u64,
    fault: Option<Fault>,
    /// Dead: nothing works any more.
    off: bool,
}

#[derive(Clone, Debug)]
enum Op {
    Write(u64, Vec<u8>),
    Resize(u64),
}

/// What goes wrong, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The power goes at this operation.
    Cut(u64),
    /// This operation fails, the others do not.
    Fail(u64),
    /// There is no room beyond this many bytes.
    Full(u64),
}

impl Op {
    fn run(&self, on: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => {
                let at = usize::try_from(*at).unwrap();
                if on.len() < at + bytes.len() {
                    on.resize(at + bytes.len(), 0);
                }
                on[at..at + bytes.len()].copy_from_slice(bytes);
            }
            Self::Resize(len) => on.resize(usize::try_from(*len).unwrap(), 0),
        }
    }
}

impl Disk {
    /// A disk with this on it.
    pub(crate) fn holding(files: Files) -> Self {
        let disk = Self::default();
        {
            let mut platters = disk.lock();
            platters.seen.clone_from(&files);
            platters.synced = files;
        }
        disk
    }

    /// The same disk, on which this will go wrong, counted from now.
    pub(crate) fn with(self, fault: Fault) -> Self {
        self.lock().fault = Some(fault);
        self
    }

    pub(crate) fn journal(&self) -> DiskFile {
        self.file(0)
    }

    pub(crate) fn archive(&self) -> DiskFile {
        self.file(1)
    }

    fn file(&self, which: usize) -> DiskFile {
        let disk = self.clone();
        DiskFile { disk, which }
    }

    pub(crate) fn ops(&self) -> u64 {
        self.lock().ops
    }

    /// What a process that starts after this one died finds: the system was up all the time.
    pub(crate) fn seen(&self) -> Files {
        self.lock().seen.clone()
    }

    /// What is there when the power comes back: what was synced, and of the rest anything: `0` none of it, `1` all of it, any other seed a part in any
    /// order, of which the last may be torn.
    pub(crate) fn after_power_loss(&self, seed: u64) -> Files {
        let platters = self.lock();
        let mut files = platters.synced.clone();
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        for (bytes, since) in files.iter_mut().zip(&platters.since) {
            let mut left = match seed {
                0 => Vec::new(),
                _ => since.clone(),
            };
            if seed > 1 {
                left.retain(|_| dice.next_u32() % 2 == 0);
                for place in (1..left.len()).rev() {
                    let other = dice.next_u64() % (u64::try_from(place).unwrap() + 1);
                    left.swap(place, usize::try_from(other).unwrap());
                }
                if let Some(Op::Write(_, bytes)) = left.last_mut() {
                    let torn = dice.next_u64() % (u64::try_from(bytes.len()).unwrap() + 1);
                    bytes.truncate(usize::try_from(torn).unwrap());
                }
            }
            for op in left {
                op.run(bytes);
            }
        }
        files
    }

    fn lock(&self) -> MutexGuard<'_, Platters> {
        self.0.lock().unwrap()
    }
}

impl Platters {
    /// Counts an operation that needs a file to be `len` bytes long, and fails it if it is to fail.
    fn count(&mut self, len: u64) -> io::Result<()> {
        let at = self.ops;
        self.ops += 1;
        match self.fault {
            _ if self.off => Err(io::Error::other("there is no power")),
            Some(Fault::Cut(cut)) if at >= cut => {
                self.off = true;
                Err(io::Error::other("the power went"))
            }
            Some(Fault::Fail(fail)) if at == fail => Err(io::Error::other("the disk failed")),
            Some(Fault::Full(room)) if len > room => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn run(&mut self, which: usize, op: Op) {
        op.run(&mut self.seen[which]);
        self.since[which].push(op);
    }
}

impl StorageBackend for DiskFile {
    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(self.disk.lock().seen[self.which].len()).unwrap())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let platters = self.disk.lock();
        let at = usize::try_from(offset).unwrap();
        let found = platters.seen[self.which].get(at..at + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut platters = self.disk.lock();
        platters.count(len)?;
        platters.run(self.which, Op::Resize(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut platters = self.disk.lock();
        platters.count(0)?;
        let Platters { synced, since, .. } = &mut *platters;
        for op in since[self.which].drain(..) {
            op.run(&mut synced[self.which]);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut platters = self.disk.lock();
        platters.count(offset + u64::try_from(data.len()).unwrap())?;
        platters.run(self.which, Op::Write(offset, data.to_vec()));
        Ok(())
    }
}
