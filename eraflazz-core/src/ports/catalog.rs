//! The catalog and the members, as data in the store.

use std::sync::Arc;

use async_trait::async_trait;

use crate::catalog::{CatalogChange, CatalogError, Snapshot};
use crate::commit::Unavailable;
use crate::member::KeyError;

/// What is sold. One immutable, versioned snapshot, replaced as a whole (D8).
#[async_trait]
pub trait Catalog: Send + Sync {
    /// The current snapshot. Cheap; the same `Arc` until something changes.
    async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable>;

    /// Applies all changes or none, and gives the new snapshot. Changes are absolute, so that repeating them changes nothing but the version.
    async fn change(&self, changes: Vec<CatalogChange>) -> Result<Arc<Snapshot>, ChangeError>;
}

/// Why a change was not made. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// It breaks a rule of the catalog; names the field.
    #[error(transparent)]
    Catalog(CatalogError),
    /// It breaks a rule of keys.
    #[error("key: {0}")]
    Key(#[from] KeyError),
    /// It breaks a rule of members; names the field.
    #[error("{field}: {rule}")]
    Member {
        /// Which field.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// It was made from what is not there any more: somebody changed it meanwhile. Read it again, and change that.
    #[error("somebody else changed it meanwhile")]
    Overtaken,
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<CatalogError> for ChangeError {
    fn from(error: CatalogError) -> Self {
        if error.is_overtaken() {
            Self::Overtaken
        } else {
            Self::Catalog(error)
        }
    }
}

impl ChangeError {
    /// What every store says of a change from `over`, the thing as it was read, to `wanted`, where `there` is what it has now.
    pub fn unless_overtaken<T: PartialEq>(
        there: Option<&T>,
        over: Option<&T>,
        wanted: &T,
    ) -> Result<(), Self> {
        if there == over || there == Some(wanted) {
            Ok(())
        } else {
            Err(Self::Overtaken)
        }
    }
}
