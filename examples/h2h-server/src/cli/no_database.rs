//! What is done to a database, in a program that was built without.

use super::desk::DeskError;
use super::show::Show;
use super::{ArchiveArgs, EpochCommand, MigrateArgs};
use crate::settings::{Database, Settings, Store};
use crate::store::NONE;

fn none() -> Result<(), DeskError> {
    Err(DeskError::NotReady(NONE.to_owned()))
}

/// Refused.
#[expect(clippy::unused_async, reason = "with databases it migrates one")]
pub async fn migrate(_: MigrateArgs, _: &Store, _: Show) -> Result<(), DeskError> {
    none()
}

/// Refused.
#[expect(clippy::unused_async, reason = "with databases it checks one")]
pub async fn check(_: &Database, _: Show) -> Result<(), DeskError> {
    none()
}

/// Refused.
#[expect(clippy::unused_async, reason = "with databases it moves logs")]
pub async fn archive(_: ArchiveArgs, _: &Store, _: Show) -> Result<(), DeskError> {
    none()
}

/// Refused.
#[expect(clippy::unused_async, reason = "with databases it asks one")]
pub async fn epoch(_: EpochCommand, _: Settings, _: Show) -> Result<(), DeskError> {
    none()
}
