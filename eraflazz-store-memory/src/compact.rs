//! Giving back the space that files kept after what was in them had left.

use std::path::Path;

use crate::archive::Archive;
use crate::folder::{ARCHIVE, Folder, FolderError, JOURNAL};
use crate::journal;

/// What the files of a store took, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
}

/// Makes the files of the store in `folder` as small as what is in them. Refuses a folder that a process has open. Some seconds for a million
/// orders; a crash on the way leaves the store as it is.
pub fn compact(folder: &Path) -> Result<Compacted, FolderError> {
    let folder = Folder::take_existing(folder)?;
    let before = folder.len()?;
    folder.open(ARCHIVE, |path, file| {
        let mut archive = Archive::in_file(path, file)?;
        let given_back = archive.compact();
        given_back.map_err(|why| FolderError::of_archive(path, &why))
    })?;
    folder.open(JOURNAL, |path, file| {
        journal::compact(file).map_err(|wrong| FolderError::of_journal(path, wrong))
    })?;
    let after = folder.len()?;
    Ok(Compacted { before, after })
}
