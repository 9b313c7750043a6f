//! What was done at the desk, kept beside the store: `audit.log` in the data folder, one JSON object a line.
//!
//! A server's audit lines go where its log goes. A command that acts on the folder itself has no log that anybody keeps, so it leaves two lines here:
//! one with the result `begun` before anything is done, and one with what came of it. Each is on disk before the command goes on, so an act
//! without its first line was not done. Whoever only reads leaves none.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// An act, as it is told.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Act<'a> {
    /// When, Jakarta's time.
    pub timestamp: &'a str,
    /// Who sat there.
    pub operator: &'a str,
    /// What: `deposit`.
    pub action: &'a str,
    /// About what; while it is only begun, the path that was asked.
    pub subject: &'a str,
    /// `begun`, `done`, or why it was refused.
    pub result: &'a str,
    /// What the two lines of one act have in common.
    pub request_id: &'a str,
}

/// The file, open to be added to.
#[derive(Debug)]
pub struct AuditFile {
    path: PathBuf,
    file: Mutex<File>,
}

/// Why a line is not there.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct AuditError {
    path: PathBuf,
    error: io::Error,
}

impl AuditFile {
    /// What it is called in the data folder.
    pub const NAME: &'static str = "audit.log";

    /// Opens the file in `folder`, for its owner alone; it is made if it is not there. A line that a crash cut off gets its end.
    pub fn open(folder: &Path) -> Result<Self, AuditError> {
        let path = folder.join(Self::NAME);
        match begin(&path).and_then(|file| File::open(folder)?.sync_all().map(|()| file)) {
            Ok(file) => Ok(Self {
                path,
                file: Mutex::new(file),
            }),
            Err(error) => Err(AuditError { path, error }),
        }
    }

    /// Adds a line. Once this returns it is on disk.
    pub fn add(&self, act: &Act<'_>) -> Result<(), AuditError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let added = serde_json::to_vec(act)
            .map_err(io::Error::other)
            .and_then(|mut line| {
                line.push(b'\n');
                file.write_all(&line)?;
                file.sync_all()
            });
        added.map_err(|error| AuditError {
            path: self.path.clone(),
            error,
        })
    }
}

fn begin(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A link would have what is done written into somebody else's file.
        let no_link = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        options.mode(0o600).custom_flags(no_link);
    }
    let mut file = options.open(path).map_err(|error| {
        if path.is_symlink() {
            io::Error::new(error.kind(), "it is a symbolic link, and must be a file")
        } else {
            error
        }
    })?;
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}
