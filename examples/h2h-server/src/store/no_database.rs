//! A program that was built without databases.

use super::{Opened, StoreError};
use crate::settings::{Database, Role};

/// What it says to whoever names one.
pub(crate) const NONE: &str =
    "store.kind: this program was built without databases: build it with `--features postgres`";

impl Database {
    #[expect(clippy::unused_async, reason = "with databases it opens one")]
    pub(super) async fn open(&self, _: Role) -> Result<Opened, StoreError> {
        Err(StoreError::Database(NONE.to_owned()))
    }
}
