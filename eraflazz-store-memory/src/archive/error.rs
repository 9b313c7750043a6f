//! What can go wrong with the archive.

use super::FORMAT;

/// Why the archive did not answer, or did not take a checkpoint. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file cannot be read or written: the disk, or somebody else has it open.
    #[error("the archive cannot be used: {0}")]
    Storage(#[source] Box<redb::Error>),
    /// What was read is not what was written. Restore a backup.
    #[error("the archive is damaged at {table}[{key}]: {why}")]
    Damaged {
        /// In which table.
        table: &'static str,
        /// Under which key.
        key: String,
        /// What is wrong there.
        why: String,
    },
    /// The file was written by another version of this program.
    #[error("the archive has format {found}, this program reads format {FORMAT}")]
    Format {
        /// The format of the file.
        found: u32,
    },
    /// The checkpoint does not follow the one before it: it would leave a hole or tell something twice.
    #[error(
        "the checkpoint does not follow the last one: {what} begins at {found}, expected {expected}"
    )]
    OutOfStep {
        /// What does not follow.
        what: &'static str,
        /// Where it would have to begin.
        expected: u64,
        /// Where it begins.
        found: u64,
    },
    /// An earlier call panicked half-way: what is in memory is not known to be right. Open the archive again.
    #[error("an earlier call panicked; the archive is closed")]
    Closed,
    /// A secret in it cannot be opened: another key than the one it was sealed with, or damage.
    #[error(
        "a secret in the archive cannot be opened: another key than the one it was sealed with, or damage"
    )]
    Sealed,
    /// A value that cannot be written.
    #[error("the checkpoint cannot be written: {0}")]
    Unwritable(String),
}

/// What the archive answers.
pub type Result<T, E = ArchiveError> = std::result::Result<T, E>;

macro_rules! from_redb {
    ($($error:ident),+) => {
        $(impl From<redb::$error> for ArchiveError {
            fn from(error: redb::$error) -> Self {
                Self::Storage(Box::new(error.into()))
            }
        })+
    };
}

from_redb!(
    DatabaseError,
    TransactionError,
    TableError,
    StorageError,
    CommitError,
    CompactionError
);

impl ArchiveError {
    /// A damaged row.
    pub(super) fn damaged(
        table: &'static str,
        key: impl std::fmt::Debug,
        why: impl Into<String>,
    ) -> Self {
        Self::Damaged {
            table,
            key: format!("{key:?}"),
            why: why.into(),
        }
    }
}
