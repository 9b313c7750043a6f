//! What has left for the archive, read back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use eraflazz_core::commit::Unavailable;
use eraflazz_core::ids::SubjectId;
use eraflazz_core::order::LogRow;
use sqlx::Row as _;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::{ArchiveError, file};
use crate::codec::{self, decode};
use crate::error::Trouble;
use crate::open;
use crate::sql;
use crate::store::PostgresStore;
use crate::value::odd;

/// What was found in the files of the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveFindings {
    /// Files that the database names.
    pub files: u64,
    /// Orders whose log is in them.
    pub orders: u64,
    /// Rows of the log.
    pub rows: u64,
    /// What is wrong, file by file.
    pub wrong: Vec<String>,
}

impl PostgresStore {
    /// The same store, which finds the files of the archive in `folder`. Without it the log of an order that has left for the archive is
    /// [`Unavailable`], and the answer names the file; nothing else needs them.
    #[must_use]
    pub fn with_archive(mut self, folder: PathBuf) -> Self {
        self.archive = Some(folder);
        self
    }

    /// Reads every file of the archive that the database at `url` names, from `folder`: whether it is there, has its hash, and has in it what it should. Changes nothing.
    pub async fn check_archive(url: &str, folder: &Path) -> Result<ArchiveFindings, ArchiveError> {
        let mut conn = open::prepared(url).await?;
        let named = sqlx::query_as(sql::ARCHIVES).fetch_all(&mut conn).await?;
        let named: Vec<(String, Vec<u8>, i64, i64)> = named;
        let mut found = ArchiveFindings::default();
        for (name, sha256, rows, orders) in named {
            let path = folder.join(&name);
            let read = spawn_blocking(move || file::read(&path, &sha256)).await;
            let read = read.map_err(|_| odd("a file of the archive"))?;
            found.files += 1;
            found.orders += orders.cast_unsigned();
            found.rows += rows.cast_unsigned();
            match read {
                Ok(lines) => {
                    let bodies = lines
                        .iter()
                        .map(|row| decode::<LogRow>(codec::LOG, row.subject, &row.body).map(drop));
                    let unreadable = bodies.filter_map(Result::err);
                    let told = unreadable.map(|trouble| format!("{name}: {trouble}"));
                    found.wrong.extend(told);
                    if u64::try_from(lines.len()) != Ok(rows.cast_unsigned()) {
                        let why = format!("{name}: {} rows of {rows} are in it", lines.len());
                        found.wrong.push(why);
                    }
                }
                Err(error) => found.wrong.push(error.to_string()),
            }
        }
        Ok(found)
    }

    /// The log of a subject, from here and from the archive.
    pub(crate) async fn whole_log(&self, subject: SubjectId) -> Result<Vec<LogRow>, Unavailable> {
        let here = sqlx::query_as(sql::LOG).bind(subject.0);
        let here = here.fetch_all(&self.pool).await.map_err(Trouble::from)?;
        // In this order: what leaves between the two is found twice, and not never.
        let mut rows: BTreeMap<i64, Vec<u8>> = BTreeMap::from_iter::<Vec<(i64, Vec<u8>)>>(here);
        let left = sqlx::query(sql::ARCHIVES_OF).bind(subject.0);
        for file in left.fetch_all(&self.pool).await.map_err(Trouble::from)? {
            let name: String = file.try_get(0).map_err(Trouble::from)?;
            let sha256: Vec<u8> = file.try_get(1).map_err(Trouble::from)?;
            rows.extend(self.rows_in_file(subject.0, name, sha256).await?);
        }
        let log = rows
            .values()
            .map(|body| decode(codec::LOG, subject.0, body));
        Ok(log.collect::<Result<_, _>>()?)
    }

    async fn rows_in_file(
        &self,
        subject: Uuid,
        name: String,
        sha256: Vec<u8>,
    ) -> Result<Vec<(i64, Vec<u8>)>, Unavailable> {
        let missing = |why: &str| Unavailable {
            may_have_committed: false,
            why: format!("this log has left for the file {name} of the archive: {why}"),
        };
        let Some(folder) = &self.archive else {
            return Err(missing("it is not said which folder that is in"));
        };
        let path = folder.join(&name);
        let read = spawn_blocking(move || file::read(&path, &sha256)).await;
        let read = read.map_err(|_| missing("it could not be read"))?;
        let rows = read.map_err(|error| missing(&error.to_string()))?;
        let ours = rows.into_iter().filter(|row| row.subject == subject);
        Ok(ours.map(|row| (row.seq, row.body)).collect())
    }
}
