//! The archive: logs of ended orders, in files.
//!
//! The log is most of what an order takes, and the one thing about it on which nothing is decided; so it is what leaves (`migrations/0003_the_archive.sql` says what
//! stays, and why). An order without its log is answered, repeated and settled like any other, on every machine, whoever has the files.
//!
//! # How a file comes about
//! Up to 2,000 orders with nothing open, in the order of their ids: their rows are read, written into a new file, forced to the disk, **read back and
//! unpacked from there**, compared row by row; the file gets its name, which has its hash in it. Then one transaction locks the orders, looks once more that
//! nothing about them is open, writes down the file's name and hash and whose log is in it, and takes out exactly the rows that were read back, byte for byte. A kill at any moment leaves
//! the log where it was, or in both places, never in neither; the next run goes on. An order that has woken meanwhile is left out, and the file made anew.
//!
//! # What a file is
//! JSON lines under gzip, one a row of the log: `zcat FILE | jq` shows it without any program of ours. `body` is the row as it lay in the database, and what is
//! read back; `told` is the same for people. Beside it lies `FILE.sha256`, as `sha256sum --check` reads it.

mod file;
mod moving;
mod reading;

use std::path::{Path, PathBuf};

use crate::error::Trouble;
use crate::open::OpenError;

pub use moving::Archived;
pub use reading::ArchiveFindings;

/// Why nothing was moved to the archive, or not all, or why it cannot be read. What was moved before is moved; asked again, it goes on.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It did not do what was asked. The log is where it was or in both places.
    #[error("the database: {0}; nothing is lost, ask again")]
    Database(String),
    /// A file or its folder.
    #[error("{}: {error}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file is not what was written.
    #[error("{}: {why}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The month has not begun.
    #[error("{before} has not begun: orders of {now} are not moved before it ends")]
    TooEarly {
        /// What was asked for.
        before: String,
        /// The month that it is.
        now: String,
    },
    /// Another one is at it.
    #[error("another `archive` is at work on this database: wait for its end")]
    Busy,
}

impl ArchiveError {
    fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Folder { path, error }
    }

    fn damaged(path: &Path, why: impl Into<String>) -> Self {
        let (path, why) = (path.to_owned(), why.into());
        Self::Damaged { path, why }
    }
}

impl From<Trouble> for ArchiveError {
    fn from(trouble: Trouble) -> Self {
        Self::Database(trouble.to_string())
    }
}

impl From<sqlx::Error> for ArchiveError {
    fn from(error: sqlx::Error) -> Self {
        Trouble::from(error).into()
    }
}
