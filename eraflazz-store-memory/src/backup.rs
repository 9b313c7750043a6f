//! A copy of a store while it runs.

use std::path::Path;

use crate::archive::Archive;
use crate::folder::{ARCHIVE, Folder, FolderError, JOURNAL};
use crate::journal::{End, Journal, Unreadable};
use crate::store::MemoryStore;

impl MemoryStore {
    /// Copies everything that was acknowledged when it was called into `target`, which becomes a folder that [`MemoryStore::open`] takes, and reads
    /// the copy back. Orders go on meanwhile; a checkpoint waits. Gives the number of the last batch in it.
    ///
    /// Blocks while it writes. Refuses a `target` that holds a store already; what a backup that failed leaves is taken for none. Secrets are in
    /// the copy as they are in the store, sealed: keep the vault's key as well, elsewhere.
    pub fn backup(&self, target: &Path) -> Result<u64, FolderError> {
        let (Some(journal), Some(archive), Some(source)) =
            (&self.reader, &self.shared.archive, &self.folder)
        else {
            return Err(FolderError::NoFolder);
        };
        let folder = Folder::take(target)?;
        if folder.has(JOURNAL) {
            return Err(FolderError::Occupied {
                folder: target.to_owned(),
            });
        }
        let of_archive = |why| FolderError::of_archive(&source.file(ARCHIVE), &why);
        // As long as no checkpoint follows, the journal keeps every batch after the one in the archive.
        let copied = archive.at_rest(|| {
            let from = archive.end()?;
            let copied = folder.copy(&source.file(ARCHIVE), ARCHIVE);
            let written = copied.and_then(|()| {
                folder.begin(JOURNAL, |path, file| {
                    let written = journal.copy_to(file, from);
                    written.map_err(|wrong| FolderError::of_journal(path, wrong))
                })
            });
            Ok(written)
        });
        let written = copied.and_then(|copied| copied).map_err(of_archive)??;
        if read_back(&folder)? == written {
            Ok(written.through)
        } else {
            Err(FolderError::Unreadable {
                file: folder.file(JOURNAL),
                why: "what was written is not what was read back".to_owned(),
            })
        }
    }
}

fn read_back(folder: &Folder) -> Result<End, FolderError> {
    let archive = folder.look(ARCHIVE, Archive::in_file)?;
    let from = archive
        .end()
        .map_err(|why| FolderError::of_archive(&folder.file(ARCHIVE), &why))?;
    folder.look(JOURNAL, |path, file| {
        let journal = Journal::open(file, from, |_| Ok(()));
        journal
            .map(|copy| copy.end())
            .map_err(|wrong: Unreadable| FolderError::of_journal(path, wrong))
    })
}
