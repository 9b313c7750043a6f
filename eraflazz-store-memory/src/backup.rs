//! A copy of a store while it runs.

use std::path::Path;

use crate::folder::{Folder, FolderError, JOURNAL};
use crate::journal::{End, Journal};
use crate::store::MemoryStore;

impl MemoryStore {
    /// Copies everything that was acknowledged when it was called into `target`, which becomes a folder that [`MemoryStore::open`] takes, and reads
    /// the copy back. Orders go on meanwhile. Gives the number of the last batch in it.
    ///
    /// Blocks while it writes. Refuses a `target` that holds a store already; what a backup that failed leaves is taken for none. Secrets are in
    /// the copy as they are in the store, sealed: keep the vault's key as well, elsewhere.
    pub fn backup(&self, target: &Path) -> Result<u64, FolderError> {
        let reader = self.reader.as_ref().ok_or(FolderError::NoFolder)?;
        let folder = Folder::take(target)?;
        if folder.file(JOURNAL).exists() {
            return Err(FolderError::Occupied {
                folder: target.to_owned(),
            });
        }
        let mut written = End::default();
        folder.begin(JOURNAL, |file| {
            written = reader.copy_to(file)?;
            Ok(())
        })?;
        let read = folder.look(JOURNAL, |file| {
            Journal::open(file, |_| Ok(())).map(|copy| copy.end())
        })?;
        if read == written {
            Ok(written.through)
        } else {
            Err(FolderError::Unreadable {
                file: folder.file(JOURNAL),
                why: "what was written is not what was read back".to_owned(),
            })
        }
    }
}
