//! `backup`: a copy of the store, by whoever holds it. A server that runs makes it among its own backups; without one this program makes it
//! wherever it is told to.

use std::fs::File;
use std::io;
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
use crate::backups::{PART, remove};
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
    let place =
        Place::new(&folder.data, target).map_err(|why| DeskError::NotReady(why.to_string()))?;
    let store = Arc::new(folder.open_to_read().await.map_err(wrong)?);
    let copied = store::backup(store, place.part.clone()).await;
    let batches = copied.map_err(|error| {
        // It is not called so yet; whoever reads it knows the folder by its name.
        if let StoreError::Folder(FolderError::NoRoom { free, needed, .. }) = error {
            let folder = place.whole.clone();
            wrong(
                FolderError::NoRoom {
                    folder,
                    free,
                    needed,
                }
                .into(),
            )
        } else {
            wrong(error)
        }
    })?;
    let named = place.name();
    named.map_err(|why| DeskError::NotReady(why.to_string()))?;
    let folder = place.whole.display().to_string();
    show.answer(
        json!({"folder": folder, "batches": batches}),
        |_: &Value| format!("{folder}: {batches} batches"),
    )
}

/// Why a copy is not made there. Nothing was written.
#[derive(Debug, thiserror::Error)]
enum PlaceError {
    #[error("{}: it has no name: say into which new folder the store is copied", .0.display())]
    NoName(PathBuf),
    #[error("{}: it is in the data folder, or is it: a backup is a folder of its own, outside of it", .0.display())]
    InData(PathBuf),
    #[error("{}: something is in this folder already: a backup is a new folder, or an empty one", .0.display())]
    Taken(PathBuf),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
}

impl PlaceError {
    fn of(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File { path, error }
    }
}

/// Where a copy is made while no server runs: beside its name, which it gets once it is whole.
struct Place {
    whole: PathBuf,
    part: PathBuf,
}

impl Place {
    /// A place outside of `data` where nothing is yet. What a copy of the same name left that was cut short is removed.
    fn new(data: &Path, whole: PathBuf) -> Result<Self, PlaceError> {
        let mut name = whole
            .file_name()
            .ok_or_else(|| PlaceError::NoName(whole.clone()))?
            .to_owned();
        name.push(PART);
        let part = whole.with_file_name(name);
        let data = data.canonicalize().map_err(PlaceError::of(data))?;
        if really(&whole)
            .map_err(PlaceError::of(&whole))?
            .starts_with(data)
        {
            return Err(PlaceError::InData(whole));
        }
        if has_more_than(&whole, &[]).map_err(PlaceError::of(&whole))? {
            return Err(PlaceError::Taken(whole));
        }
        // Only what a store consists of is surely a copy that was cut short.
        if has_more_than(&part, &STORE_FILES).map_err(PlaceError::of(&part))? {
            return Err(PlaceError::Taken(part));
        }
        remove(&part).map_err(PlaceError::of(&part))?;
        Ok(Self { whole, part })
    }

    /// The copy is whole: it gets its name.
    fn name(&self) -> Result<(), PlaceError> {
        let parent = match self.whole.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        std::fs::rename(&self.part, &self.whole)
            .and_then(|()| File::open(parent)?.sync_all())
            .map_err(PlaceError::of(&self.whole))
    }
}

/// What the names of the files of a store begin with.
const STORE_FILES: [&str; 3] = ["journal.redb", "archive.redb", "lock"];

/// Whether `folder` has anything in it whose name begins otherwise.
fn has_more_than(folder: &Path, usual: &[&str]) -> io::Result<bool> {
    let files = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        files => files?,
    };
    for file in files {
        let name = file?.file_name();
        let name = name.to_string_lossy();
        if !usual.iter().any(|usual| name.starts_with(usual)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where it is, or will be once it is made, whatever links lead there.
fn really(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    for there in path.ancestors() {
        if let (Ok(found), Ok(rest)) = (there.canonicalize(), path.strip_prefix(there)) {
            return Ok(found.join(rest));
        }
    }
    Ok(path)
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
    if !target.is_absolute() && target.components().count() < 2 {
        let name = name_of(target)?;
        if backups.is_some() {
            return Ok(name);
        }
    }
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
