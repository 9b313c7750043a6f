//! A file that is read and never written: what somebody writes to it stays in memory.
//!
//! redb mends a file that was not closed properly as it opens it. Whoever only looks must not: with this the mending happens beside the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

const PAGE: usize = 4096;

/// The file, with what was written beside it.
#[derive(Debug)]
pub(crate) struct Untouched(Mutex<Pages>);

#[derive(Debug)]
struct Pages {
    file: File,
    file_len: u64,
    len: u64,
    written: BTreeMap<u64, Box<[u8; PAGE]>>,
}

impl Untouched {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        let pages = Pages {
            file,
            file_len: len,
            len,
            written: BTreeMap::new(),
        };
        Ok(Self(Mutex::new(pages)))
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    /// Reads from the file; what lies behind its end is zero.
    fn read_file(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        out.fill(0);
        let there = self.file_len.saturating_sub(offset);
        let there = usize::try_from(there).unwrap_or(usize::MAX).min(out.len());
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(&mut out[..there])
    }

    /// Calls `each` for every piece of `len` bytes from `offset` that lies within one page: the page, where in it, and where in the whole.
    fn pieces(
        offset: u64,
        len: usize,
    ) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
        let page_len = PAGE as u64;
        let mut done = 0;
        std::iter::from_fn(move || {
            let at = offset + done as u64;
            let within = usize::try_from(at % page_len).unwrap_or(0);
            let piece = (PAGE - within).min(len - done);
            let range = done..done + piece;
            done += piece;
            (piece > 0).then_some((at / page_len, within, range))
        })
    }
}

impl StorageBackend for Untouched {
    fn len(&self) -> io::Result<u64> {
        Ok(self.pages().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut pages = self.pages();
        if offset + out.len() as u64 > pages.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        pages.read_file(offset, out)?;
        for (page, within, range) in Pages::pieces(offset, out.len()) {
            if let Some(written) = pages.written.get(&page) {
                let len = range.len();
                out[range].copy_from_slice(&written[within..within + len]);
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut pages = self.pages();
        if len < pages.len {
            // What grows again later is zero.
            pages.file_len = pages.file_len.min(len);
            let kept = len.div_ceil(PAGE as u64);
            pages.written.split_off(&kept);
            let end = usize::try_from(len % PAGE as u64).unwrap_or(0);
            if let Some(last) = pages.written.get_mut(&(len / PAGE as u64)) {
                last[end..].fill(0);
            }
        }
        pages.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut pages = self.pages();
        for (page, within, range) in Pages::pieces(offset, data.len()) {
            if !pages.written.contains_key(&page) {
                let mut whole = Box::new([0; PAGE]);
                pages.read_file(page * PAGE as u64, &mut whole[..])?;
                pages.written.insert(page, whole);
            }
            if let Some(written) = pages.written.get_mut(&page) {
                written[within..within + range.len()].copy_from_slice(&data[range]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
