//! `/api/v1/admin/backup`: a copy of the store while it runs, in the folder that the settings name.

use axum::extract::State;
use eraflazz_core::text::Slug;
use eraflazz_core::time::Timestamp;
use eraflazz_store_memory::FolderError;

use crate::admin::{BackupTold, NewBackup};
use crate::app::App;
use crate::auth::Call;
use crate::backups::BackupError;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::store::StoreError;

/// So many copies can be named by one second: more than can be made in it.
const SAME_SECOND_MAX: u8 = 9;

/// Makes a copy and checks it. A name that is taken is refused, so the same call again makes nothing.
pub(super) async fn make(
    State(app): State<App>,
    call: Call,
) -> Result<Success<BackupTold>, ApiError> {
    let NewBackup { name } = call.json()?;
    let mut names = match name {
        Some(name) => vec![name],
        None => by_moment(app.engine().now()),
    }
    .into_iter();
    let backups = app
        .backups()
        .ok_or_else(|| ApiError::not_possible("store.backups of the settings names no folder"))?;
    let (name, made) = loop {
        let name = names
            .next()
            .ok_or_else(|| ApiError::plain(ErrorCode::AlreadyExists))?;
        call.about(format!("backup {name}"));
        match backups.make(&name).await {
            Err(BackupError::Taken) => {}
            made => break (name, made.map_err(|error| not_made(&error))?),
        }
    };
    let told = BackupTold {
        name,
        folder: made.folder.display().to_string(),
        bytes: made.bytes,
        batches: made.findings.batches,
        orders: made.findings.orders,
        transfers: made.findings.transfers,
    };
    Ok(Success::new("Cadangan dibuat dan diperiksa.", told))
}

/// `backup-20260131-235959`, Jakarta's time; what comes after it in the same second, in the order in which their names are sorted.
fn by_moment(now: Timestamp) -> Vec<Slug> {
    let text = now.to_string();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (day, time) = digits.split_at(digits.len().min(8));
    let time = time.get(..6).unwrap_or(time);
    let again = (2..=SAME_SECOND_MAX).map(|count| format!("-{count}"));
    let endings = std::iter::once(String::new()).chain(again);
    let names = endings.map(|ending| format!("backup-{day}-{time}{ending}"));
    names.filter_map(|name| Slug::new(&name).ok()).collect()
}

fn not_made(error: &BackupError) -> ApiError {
    match error {
        BackupError::Taken => ApiError::plain(ErrorCode::AlreadyExists),
        BackupError::Busy => ApiError::not_possible(&error.to_string()),
        BackupError::Store(StoreError::Folder(FolderError::NoRoom { .. })) => {
            tracing::error!(alert = "a backup was not made", %error, "backup");
            ApiError::not_possible(&format!("store.backups: {error}"))
        }
        BackupError::BooksOpen(_) | BackupError::Store(_) | BackupError::File { .. } => {
            tracing::error!(alert = "a backup was not made", %error, "backup");
            ApiError::not_possible("the backup was not made; the log of the server says why")
        }
    }
}
