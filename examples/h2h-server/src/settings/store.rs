//! `[store]`: where the record is kept.

use std::path::PathBuf;
use std::time::Duration;

use eraflazz_store_memory::StoreSettings;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::Purpose;
use super::queue::Queue;
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
    /// In a `PostgreSQL` database, which any number of servers have open.
    Postgres(Database),
}

/// A store in a database.
#[derive(Clone, Debug)]
pub struct Database {
    /// The address, with the password if it has one; `None` only where nothing is to be started.
    pub url: Option<SecretString>,
    /// What seals secrets at rest; the same for every server over one database.
    pub vault_key: Option<SecretString>,
    /// The file with the epoch, outside of the database (INV-31).
    pub epoch_file: Option<PathBuf>,
    /// Transactions at once, and connections that read.
    pub lanes: usize,
    /// Connections that read.
    pub readers: u32,
    /// Who tells whoever works orders that there is something to work.
    pub queue: Queue,
    /// The folder with the logs that have left the database, if it is here.
    pub archive: Option<PathBuf>,
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
    Postgres,
}

/// What an address of a database looks like. Never shows the one that was given: it may have a password in it.
const ADDRESS: &str = "postgres://USER@HOST:PORT/DATABASE, perhaps with ?sslmode=verify-full; the password is best given by itself, as store.password";

/// The parameters that an address may have after its `?`.
const PARAMETERS: [&str; 8] = [
    "host",
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "options",
];

/// The address with the password, if it is one that is understood.
fn address(url: &SecretString, password: Option<&SecretString>) -> Option<SecretString> {
    let mut url = Url::parse(url.expose_secret()).ok()?;
    let is_ours = matches!(url.scheme(), "postgres" | "postgresql");
    let has_place = url.path().len() > 1 && url.fragment().is_none();
    let mut parameters = url.query_pairs();
    let is_known = parameters.all(|(name, _)| PARAMETERS.contains(&&*name));
    if !(is_ours && has_place && is_known) {
        return None;
    }
    if let Some(password) = password {
        url.set_password(Some(password.expose_secret())).ok()?;
    }
    Some(SecretString::from(String::from(url)))
}

/// Whether there is a password in an address, which is for everybody to see on a command line.
pub fn has_password(url: &str) -> bool {
    Url::parse(url).map_or(url.contains('@'), |url| url.password().is_some())
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
        let is_shared = section.is_clean().then_some(kind == Kind::Postgres);
        let keeps = section.is_clean() && kind != Kind::Memory;
        let data = section.or("data", PathBuf::from("./data"));
        if data.as_os_str().is_empty() {
            section.refuse("data", "a folder");
        }
        let is_keyless = !section.has("vault_key");
        if is_keyless && keeps && purpose == Purpose::Start {
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
        let queue = Queue::read(&mut section, is_shared);
        let database = Database::read(&mut section, kind, purpose);
        if kind == Kind::Postgres && backups.is_some() {
            section.refuse("backups", "a database is copied by its own tools");
        }
        if kind != Kind::Postgres && database.archive.is_some() {
            section.refuse(
                "archive",
                "for a database only: a folder has its archive within it",
            );
        }
        section.end();
        match kind {
            Kind::Postgres => Self::Postgres(Database {
                vault_key,
                queue,
                ..database
            }),
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

impl Store {
    /// Whether all servers count calls together.
    pub(super) const fn counts_in_redis(&self) -> bool {
        match self {
            Self::Postgres(database) => database.queue.is_redis(),
            Self::Folder(_) | Self::Memory => false,
        }
    }
}

impl Database {
    /// All but the key of the vault and the queue.
    fn read(section: &mut Section<'_>, kind: Kind, purpose: Purpose) -> Self {
        let is_here = kind == Kind::Postgres;
        for (key, rule) in [
            ("url", ADDRESS),
            (
                "epoch_file",
                "required with a database: a file outside of it with its epoch, 0 at first",
            ),
        ] {
            // The epoch is nothing to whoever only looks.
            let is_needed = is_here && (key == "url" || purpose == Purpose::Start);
            if is_needed && !section.has(key) {
                section.refuse(key, rule);
            }
        }
        let given: Option<SecretString> = section.optional("url");
        let password: Option<SecretString> = section.optional("password");
        let url = given
            .as_ref()
            .and_then(|url| address(url, password.as_ref()));
        if given.is_some() && url.is_none() {
            section.refuse("url", ADDRESS);
        }
        let epoch_file: Option<PathBuf> = section.optional("epoch_file");
        Self {
            url,
            vault_key: None,
            epoch_file,
            lanes: section.count("lanes", 2, 1..=64, "transactions at once"),
            readers: section.count("readers", 8, 4..=1_000, "connections"),
            queue: Queue::Postgres,
            archive: section.optional("archive"),
        }
    }
}
