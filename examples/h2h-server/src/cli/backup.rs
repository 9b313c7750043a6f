//! `backup`: a copy of the store, by whoever holds it. A server that runs makes it among its own backups; without one this program makes it
//! wherever it is told to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::text::Slug;
use eraflazz_store_memory::FolderError;
use serde_json::{Value, json};

use super::desk::{Desk, DeskError};
use super::open;
use super::show::{Show, facts};
use crate::admin::{BackupTold, NewBackup};
use crate::settings::{Folder, Settings};
use crate::store::{self, StoreError};

/// How long a copy may take.
const PATIENCE: Duration = Duration::from_hours(1);

/// Copies the store of `settings` into `target`, or has the server that has it open do so.
pub async fn run(settings: Settings, target: Option<PathBuf>, show: Show) -> Result<(), DeskError> {
    let wrong = |error: StoreError| DeskError::NotReady(error.to_string());
    let folder = settings.store.folder().map_err(wrong)?;
    let Some(target) = target else {
        // Only a server names copies by itself: it alone has the moment.
        let Some(base) = server_over(folder, &settings).await? else {
            let why = "no server has this store open: say into which folder it is copied";
            return Err(DeskError::NotReady(why.to_owned()));
        };
        return at_server(&open::at_server(&base)?, None, show).await;
    };
    if let Some(base) = server_over(folder, &settings).await? {
        let name = among(folder.backups.as_deref(), &target)?;
        return at_server(&open::at_server(&base)?, Some(name), show).await;
    }
    // A name means the same whether a server runs or not.
    let target = match (&folder.backups, name_of(&target)) {
        (Some(backups), Ok(name)) => backups.join(name.as_str()),
        _ => target,
    };
    let store = Arc::new(folder.open_to_read().await.map_err(wrong)?);
    let batches = store::backup(store, target.clone()).await.map_err(wrong)?;
    let folder = target.display().to_string();
    show.answer(
        json!({"folder": folder, "batches": batches}),
        |_: &Value| format!("{folder}: {batches} batches"),
    )
}

/// Has a server make a copy among its backups, under this name or one that it finds.
pub async fn at_server(desk: &Desk, name: Option<Slug>, show: Show) -> Result<(), DeskError> {
    let wanted = NewBackup { name };
    let made = desk.post_patiently("/backup", &wanted, PATIENCE).await?;
    show.answer(made, |made: &BackupTold| {
        facts(&[
            ("folder", made.folder.clone()),
            ("bytes", made.bytes.to_string()),
            ("batches", made.batches.to_string()),
            ("orders", made.orders.to_string()),
            ("transfers", made.transfers.to_string()),
        ])
    })
}

/// The name that a person gives to a copy at a server far away.
pub fn name_of(target: &Path) -> Result<Slug, DeskError> {
    let name = target.to_str().and_then(|text| Slug::new(text).ok());
    name.ok_or_else(|| {
        let why = format!(
            "a backup at a server has a name, not a path: {}",
            Slug::RULE
        );
        DeskError::NotReady(why)
    })
}

/// The name of `target` if it is one of the server's backups: the name alone, or in the folder that they are in.
fn among(backups: Option<&Path>, target: &Path) -> Result<Slug, DeskError> {
    let parent = target.parent();
    let is_there = backups.is_some() && (parent == backups || parent == Some(Path::new("")));
    let name = target.file_name().filter(|_| is_there);
    let name = name.and_then(|name| Slug::new(name.to_str()?).ok());
    name.ok_or_else(|| {
        let place = backups.map_or_else(
            || "its store.backups names none".to_owned(),
            |backups| format!("{}, the folder that store.backups names", backups.display()),
        );
        let why = format!("a server has this store open and copies only into one place: {place}");
        DeskError::NotReady(why)
    })
}

/// The server that has the folder open, if one has.
async fn server_over(folder: &Folder, settings: &Settings) -> Result<Option<String>, DeskError> {
    match folder.check().await {
        Err(StoreError::Folder(FolderError::InUse { .. })) => {
            Ok(Some(format!("http://{}", settings.server.listen)))
        }
        // A folder with nothing in it is not made one on the way, and one that is wrong is not copied.
        checked => checked
            .map(|_| None)
            .map_err(|error| DeskError::NotReady(error.to_string())),
    }
}
