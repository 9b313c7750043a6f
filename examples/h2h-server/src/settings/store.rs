//! `[store]`: where the record is kept.

use std::path::PathBuf;
use std::time::Duration;

use eraflazz_store_memory::StoreSettings;
use secrecy::SecretString;
use serde::Deserialize;

use super::Purpose;
use super::secret::{PLACEHOLDER, usable_secret};
use super::span::Span;
use crate::strict::Section;
use crate::vault::KeyVault;

/// `[store]`.
#[derive(Clone, Debug)]
pub enum Store {
    /// On disk before it is acknowledged.
    Folder(Folder),
    /// In memory: everything is forgotten when the server stops. For trials.
    Memory,
}

/// A store on disk.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder; made if it is not there.
    pub data: PathBuf,
    /// What seals secrets at rest. Whoever opens the folder needs it; settings that start nothing do not.
    pub vault_key: Option<SecretString>,
    /// After so many bytes of journal a checkpoint begins.
    pub checkpoint_bytes: u64,
    /// Or after so long.
    pub checkpoint_every: Duration,
    /// The folder that a running server copies it into, and the only one.
    pub backups: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Folder,
    Memory,
}

/// A sample that was left in is told as one. Whatever else is no key is told what a key is, and not what half of that it lacks.
fn usable_key(key: &SecretString) -> Result<(), &'static str> {
    match usable_secret(key) {
        Err(PLACEHOLDER) => Err(PLACEHOLDER),
        _ if KeyVault::new(key).is_none() => Err(KeyVault::RULE),
        rule => rule,
    }
}

impl Store {
    pub(super) fn read(mut section: Section<'_>, purpose: Purpose) -> Self {
        let kind = section.or("kind", Kind::Folder);
        let on_disk = section.is_clean() && kind == Kind::Folder;
        let data = section.or("data", PathBuf::from("./data"));
        if data.as_os_str().is_empty() {
            section.refuse("data", "a folder");
        }
        let is_keyless = !section.has("vault_key");
        if is_keyless && on_disk && purpose == Purpose::Start {
            section.refuse("vault_key", KeyVault::required());
        }
        let vault_key: Option<SecretString> = section.optional("vault_key");
        if let Some(Err(rule)) = vault_key.as_ref().map(usable_key) {
            section.refuse("vault_key", rule);
        }
        let usual = StoreSettings::default();
        let kib = usual.checkpoint_bytes / 1024;
        let checkpoint_kib = section.count("checkpoint_kib", kib, 1..=1 << 20, "KiB");
        let checkpoint_every = section.within(
            "checkpoint_every",
            Span::from(usual.checkpoint_every),
            Span::seconds(1)..=Span::seconds(24 * 3_600),
        );
        let backups: Option<PathBuf> = section.optional("backups");
        if backups
            .as_ref()
            .is_some_and(|backups| backups.starts_with(&data))
        {
            section.refuse("backups", "not within data");
        }
        section.end();
        match kind {
            Kind::Folder => Self::Folder(Folder {
                data,
                vault_key,
                checkpoint_bytes: checkpoint_kib * 1024,
                checkpoint_every: checkpoint_every.duration(),
                backups,
            }),
            Kind::Memory => Self::Memory,
        }
    }
}
