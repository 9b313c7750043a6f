//! The epoch outside of the database: a number in a file, which no restore of the database takes back (INV-31).

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use eraflazz_core::ids::Epoch;

/// Why the file does not say which epoch it is.
#[derive(Debug, thiserror::Error)]
pub enum EpochError {
    /// No file is named.
    #[error("store.epoch_file: required with a database: a file outside of it with its epoch")]
    Unnamed,
    /// It cannot be read or written.
    #[error("store.epoch_file: {}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It says something else.
    #[error("store.epoch_file: {}: a number from 0 to {} is expected, and nothing else", path.display(), Epoch::MAX)]
    NoNumber {
        /// Which.
        path: PathBuf,
    },
}

/// What the file says.
pub fn read(path: Option<&Path>) -> Result<Epoch, EpochError> {
    let path = path.ok_or(EpochError::Unnamed)?;
    let text = std::fs::read_to_string(path).map_err(at(path))?;
    let number = text.trim().parse().ok();
    let no_number = || EpochError::NoNumber {
        path: path.to_owned(),
    };
    number.and_then(Epoch::new).ok_or_else(no_number)
}

/// Has it say this, whole or not at all, on disk when it returns.
pub fn write(path: Option<&Path>, epoch: Epoch) -> Result<(), EpochError> {
    let path = path.ok_or(EpochError::Unnamed)?;
    let mut draft = path.to_owned().into_os_string();
    draft.push(".part");
    let draft = PathBuf::from(draft);
    let put = || {
        let mut file = std::fs::File::create(&draft)?;
        writeln!(file, "{}", epoch.number())?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    put().map_err(at(path))
}

/// Makes the file for an epoch, unless there is one.
pub fn begin(path: Option<&Path>, epoch: Epoch) -> Result<(), EpochError> {
    match path {
        Some(file) if file.exists() => Ok(()),
        _ => write(path, epoch),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> EpochError {
    let path = path.to_owned();
    move |error| EpochError::File { path, error }
}
