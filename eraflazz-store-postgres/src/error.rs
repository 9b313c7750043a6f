//! What can go wrong between this store and its server, told by SQLSTATE and by the names of constraints, never by words.

use eraflazz_core::commit::Unavailable;
use eraflazz_core::ports::VaultError;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The server, or the way to it.
    #[error("{0}")]
    Sql(#[from] sqlx::Error),
    /// A row that is not what was written.
    #[error("a row cannot be read: {0}")]
    Unreadable(String),
    /// A secret.
    #[error("{0}")]
    Vault(#[from] VaultError),
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Somebody else was there first: with fresh reads it goes through, or is refused for its own sake.
    Retry,
    /// A constraint stood in the way of what was accepted: the units are asked one by one, with fresh reads.
    OneByOne,
    /// The connection is of no use any more.
    Reconnect,
    /// Trying again does not help.
    GiveUp,
}

impl Trouble {
    /// What is to be done about it, where nothing is committed.
    pub(crate) fn remedy(&self) -> Remedy {
        let Self::Sql(error) = self else {
            return Remedy::GiveUp;
        };
        let Some(error) = error.as_database_error() else {
            return Remedy::Reconnect;
        };
        let code = error.code().unwrap_or_default();
        match (code.get(..2).unwrap_or_default(), &*code) {
            // Serialization failure, deadlock; a lock or a statement that took too long.
            (_, "40001" | "40P01" | "55P03" | "57014") => Remedy::Retry,
            // Integrity: unique, check, not null, append-only.
            ("23", _) => Remedy::OneByOne,
            // Connection, shutdown, standby, too many connections, no memory or disk.
            ("08" | "57" | "25" | "53" | "58", _) => Remedy::Reconnect,
            _ => Remedy::GiveUp,
        }
    }

    /// Whether a right is missing.
    pub(crate) fn is_denied(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        let error = error.as_database_error();
        let code = error.and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| code == "42501")
    }

    /// The constraint that fired, if one did.
    pub(crate) fn constraint(&self) -> Option<&str> {
        let Self::Sql(error) = self else { return None };
        let error = error.as_database_error()?;
        let code = error.code()?;
        code.starts_with("23").then(|| error.constraint()).flatten()
    }
}

/// What was asked for was not done, and it is certain.
impl From<Trouble> for Unavailable {
    fn from(trouble: Trouble) -> Self {
        Self {
            may_have_committed: false,
            why: trouble.to_string(),
        }
    }
}

/// The same where a statement that writes may have got through.
pub(crate) fn uncertain(trouble: &Trouble) -> Unavailable {
    Unavailable {
        may_have_committed: true,
        why: trouble.to_string(),
    }
}
