//! A file of the archive. Everything here blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use eraflazz_core::order::LogRow;
use eraflazz_core::time::Month;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::ArchiveError;
use crate::codec::{self, decode};
use crate::error::Trouble;

/// What a file is called while it is written.
const PART: &str = "writing.part";

/// A row of the log as it lies in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) subject: Uuid,
    pub(super) seq: i64,
    pub(super) version: i64,
    pub(super) body: Vec<u8>,
}

impl Row {
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(&self.body).to_vec()
    }
}

/// The same as a line of a file.
#[derive(Serialize, Deserialize)]
struct Line {
    subject: Uuid,
    seq: i64,
    version: i64,
    body: String,
    /// For people; what is read back is `body`.
    #[serde(skip_deserializing)]
    told: Option<Told>,
}

/// A row of the log, as JSON.
#[derive(Serialize)]
struct Told {
    at: String,
    entry: serde_json::Value,
    /// The raw bytes, as far as they are text.
    raw: String,
}

impl Line {
    fn of(row: &Row) -> Result<Self, Trouble> {
        let told: LogRow = decode(codec::LOG, row.subject, &row.body)?;
        let unwritable = |error: serde_json::Error| Trouble::Unreadable(error.to_string());
        Ok(Self {
            subject: row.subject,
            seq: row.seq,
            version: row.version,
            body: Base64::encode_string(&row.body),
            told: Some(Told {
                at: told.at.to_string(),
                entry: serde_json::to_value(&told.entry).map_err(unwritable)?,
                raw: String::from_utf8_lossy(&told.raw).into_owned(),
            }),
        })
    }
}

/// A file that was written and read back.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) sha256: [u8; 32],
    pub(super) bytes: u64,
    /// What was read back.
    pub(super) rows: Vec<Row>,
    folder: PathBuf,
}

impl Kept {
    /// Removes it again: its orders are not what they were.
    pub(super) fn discard(self) -> Result<(), ArchiveError> {
        for name in [beside(&self.name), self.name] {
            let path = self.folder.join(name);
            fs::remove_file(&path).map_err(ArchiveError::at(&path))?;
        }
        Ok(())
    }
}

/// The name of the file with a file's hash.
fn beside(name: &str) -> String {
    format!("{name}.sha256")
}

/// Writes the rows into a file of `folder` and reads them back from there. The same rows again make the same file.
pub(super) fn keep(folder: &Path, before: Month, rows: &[Row]) -> Result<Kept, ArchiveError> {
    let packed = pack(rows)?;
    let sha256: [u8; 32] = Sha256::digest(&packed).into();
    let part = folder.join(PART);
    write(&part, &packed)?;
    let read = read(&part, &sha256)?;
    if read != rows {
        let why = "what was written is not what was read back";
        return Err(ArchiveError::damaged(&part, why));
    }
    let hex = base16ct::lower::encode_string(&sha256);
    let name = format!("log-before-{before}-{}.jsonl.gz", &hex[..16]);
    let told = folder.join(beside(&name));
    write(&told, format!("{hex}  {name}\n").as_bytes())?;
    let path = folder.join(&name);
    fs::rename(&part, &path).map_err(ArchiveError::at(&path))?;
    let names = File::open(folder).and_then(|folder| folder.sync_all());
    names.map_err(ArchiveError::at(folder))?;
    Ok(Kept {
        name,
        sha256,
        bytes: packed.len() as u64,
        rows: read,
        folder: folder.to_owned(),
    })
}

/// The rows in a file, if it is the one with this hash.
pub(super) fn read(path: &Path, sha256: &[u8]) -> Result<Vec<Row>, ArchiveError> {
    let packed = fs::read(path).map_err(ArchiveError::at(path))?;
    if Sha256::digest(&packed).as_slice() != sha256 {
        let why = "its SHA-256 is not the one that the database has";
        return Err(ArchiveError::damaged(path, why));
    }
    let mut text = String::new();
    let unpacked = GzDecoder::new(packed.as_slice()).read_to_string(&mut text);
    unpacked.map_err(|error| ArchiveError::damaged(path, error.to_string()))?;
    let rows = text.lines().enumerate().map(|(place, line)| {
        let wrong = |why: String| ArchiveError::damaged(path, format!("line {}: {why}", place + 1));
        let line: Line = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let body = Base64::decode_vec(&line.body);
        Ok(Row {
            subject: line.subject,
            seq: line.seq,
            version: line.version,
            body: body.map_err(|error| wrong(error.to_string()))?,
        })
    });
    rows.collect()
}

fn pack(rows: &[Row]) -> Result<Vec<u8>, ArchiveError> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    let unwritable = |error: std::io::Error| ArchiveError::Database(error.to_string());
    for row in rows {
        let line = serde_json::to_vec(&Line::of(row)?);
        let line = line.map_err(|error| ArchiveError::Database(error.to_string()))?;
        packer.write_all(&line).map_err(unwritable)?;
        packer.write_all(b"\n").map_err(unwritable)?;
    }
    packer.finish().map_err(unwritable)
}

/// Writes a file anew, for its owner's eyes only, and forces it to the disk.
fn write(path: &Path, bytes: &[u8]) -> Result<(), ArchiveError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(ArchiveError::at(path)(error));
        }
        _ => {}
    }
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    let written = new.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(ArchiveError::at(path))
}

#[cfg(test)]
mod tests;
