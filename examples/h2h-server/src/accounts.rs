//! Accounts at suppliers that the catalog keeps: settings that came over HTTP, sealed for the supplier's name by the vault that seals every secret of the store.
//!
//! What comes in is read by the same strict reader as the section of a file. What goes out is what no secret is. An account is one account for ever: another
//! login is another supplier, since what is open would be asked for, or bought again, where nobody knows of it (INV-11). And an address that changes takes no
//! secret along: whoever names the new one brings the secrets, so that nobody has them sent where they can read them.

use std::collections::BTreeMap;
use std::fmt;
use std::net::UdpSocket;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use eraflazz_core::catalog::{SealedAccount, SupplierInfo};
use eraflazz_core::ports::{self, AccountError, OpenedAccount, Vault, VaultError};
use eraflazz_core::text::Slug;
use secrecy::ExposeSecret as _;

use crate::admin::AccountSettings;
use crate::monitor::Monitor;
use crate::serve::adapter;
use crate::settings::{Pace, Settings, Supplier};
use crate::strict::{Node, Problems, read_json};
use crate::vault::{KeyVault, Unopened};

/// Who we are there. Whoever changes one of these speaks of another account.
const IDENTITY: [&str; 6] = ["kind", "username", "testing", "member", "user", "api_id"];
/// Where secrets are sent.
const ADDRESS: [&str; 3] = ["base_url", "backup_url", "proxy"];

/// For a store that forgets everything with its process: nothing of it is ever on a disk.
static THROWN_AWAY: LazyLock<Arc<dyn Vault>> = LazyLock::new(thrown_away);

fn thrown_away() -> Arc<dyn Vault> {
    match KeyVault::thrown_away() {
        Some(vault) => Arc::new(vault),
        // It seals nothing.
        None => Arc::new(Unopened),
    }
}

/// Opens and seals accounts.
pub struct Accounts {
    vault: Arc<dyn Vault>,
    monitor: Monitor,
    pace: Pace,
    /// What a supplier elsewhere breaks, where every one has to be on this machine (D31).
    only_here: Option<&'static str>,
    /// What was opened last under each name, so that a callback opens nothing.
    opened: Mutex<BTreeMap<Slug, (SealedAccount, Arc<Opened>)>>,
}

/// An account that was opened.
pub struct Opened {
    /// As it was given.
    pub settings: AccountSettings,
    /// What it comes to.
    pub supplier: Supplier,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accounts")
    }
}

impl Accounts {
    /// Those of a server with these settings; what adapters tell of themselves is recorded at `monitor`.
    pub fn new(settings: &Settings, monitor: Monitor) -> Self {
        let own = settings.store.vault_key().and_then(KeyVault::new);
        let vault = own.map_or_else(
            || Arc::clone(&THROWN_AWAY),
            |vault| Arc::new(vault) as Arc<dyn Vault>,
        );
        Self {
            vault,
            monitor,
            pace: settings.pace,
            only_here: only_here(settings),
            opened: Mutex::default(),
        }
    }

    /// The account of a supplier of the catalog; `None` if it has none, or one that this server cannot open.
    pub fn of(&self, supplier: &SupplierInfo) -> Option<Arc<Opened>> {
        self.opened(&supplier.slug, supplier.account.as_ref()?).ok()
    }

    fn opened(&self, name: &Slug, account: &SealedAccount) -> Result<Arc<Opened>, AccountError> {
        let mut known = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((sealed, opened)) = known.get(name)
            && sealed == account
        {
            return Ok(Arc::clone(opened));
        }
        let closed =
            |_: VaultError| wrong("account", "it was sealed under another key, or is damaged");
        let plain = self
            .vault
            .open(&context(name), account.sealed())
            .map_err(closed)?;
        let settings: AccountSettings = read_json(plain.expose_secret())
            .map_err(|_| wrong("account", "what was sealed are no settings"))?;
        let supplier = self.read("", &settings).map_err(|problems| {
            let first = problems.all().first();
            first.map_or_else(
                || wrong("account", "no settings of a supplier"),
                |first| wrong(&first.field, &first.rule),
            )
        })?;
        let opened = Arc::new(Opened { settings, supplier });
        known.insert(name.clone(), (account.clone(), Arc::clone(&opened)));
        Ok(opened)
    }

    /// What the settings come to, or all that is wrong with them, each under `path`.
    fn read(&self, path: &str, settings: &AccountSettings) -> Result<Supplier, Problems> {
        let mut problems = Problems::default();
        let table = settings.table().clone();
        let supplier = Supplier::from_table(path, table, self.pace, self.only_here, &mut problems);
        supplier.filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// A new account of these settings, sealed for the supplier of this name; or all that is wrong with them.
    pub fn make(&self, name: &Slug, settings: &AccountSettings) -> Result<SealedAccount, Problems> {
        let refused = |rule: String| {
            let mut problems = Problems::default();
            problems.add("settings", rule);
            problems
        };
        let supplier = self.read("settings", settings)?;
        if let Some(address) = supplier.account.local_address()
            && let Err(error) = UdpSocket::bind((address, 0))
        {
            let mut problems = Problems::default();
            problems.add(
                "settings.local_address",
                format!("no address of this machine: {error}"),
            );
            return Err(problems);
        }
        let plain = serde_json::to_vec(settings).map_err(|error| refused(error.to_string()))?;
        let sealed = self.vault.seal(&context(name), &plain);
        let sealed = sealed.map_err(|error| refused(error.to_string()))?;
        SealedAccount::new(sealed).map_err(|error| refused(error.to_string()))
    }

    /// The account with what `given` sets: the same one if that is nothing new.
    pub fn change(
        &self,
        name: &Slug,
        account: &SealedAccount,
        given: &AccountSettings,
    ) -> Result<SealedAccount, Problems> {
        let mut problems = Problems::default();
        let before = match self.opened(name, account) {
            Ok(opened) => opened,
            Err(error) => {
                problems.add(
                    "settings",
                    format!("those that are there cannot be opened: {error}"),
                );
                return Err(problems);
            }
        };
        let after = before.settings.with(given);
        if after == before.settings {
            return Ok(account.clone());
        }
        for key in IDENTITY {
            if has(&before.settings, key) != has(&after, key) {
                problems.add(
                    format!("settings.{key}"),
                    "another account is another supplier: what is open at this one would be asked for, or bought again, there",
                );
            }
        }
        let moves = |key: &&&str| has(&before.settings, key) != has(&after, key);
        if let Some(moved) = ADDRESS.iter().find(moves) {
            for secret in before.settings.secrets() {
                let is_gone = after.get(&secret).is_none();
                if !is_gone && given.get(&secret).is_none() {
                    let rule = format!(
                        "given anew with another {moved}: no secret goes where nobody who knows it has sent it"
                    );
                    problems.add(format!("settings.{secret}"), rule);
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        self.make(name, &after)
    }

    /// Whether the account has these settings already.
    pub fn is(&self, name: &Slug, account: &SealedAccount, settings: &AccountSettings) -> bool {
        let opened = self.opened(name, account);
        opened.is_ok_and(|opened| opened.settings == *settings)
    }
}

/// Whether nothing here is real, and why: the same rules as for suppliers of the settings file.
fn only_here(settings: &Settings) -> Option<&'static str> {
    let mut networks = settings.webhooks.allow_private.iter();
    if settings.pace.0 > 1 {
        Some("on this machine, while time_scale is above 1")
    } else if networks.any(|network| network.addr().is_loopback()) {
        Some("on this machine, while webhooks.allow_private has addresses of it")
    } else {
        None
    }
}

/// What stands there; a switch that is not there is off.
fn has<'a>(settings: &'a AccountSettings, key: &str) -> Option<&'a Node> {
    settings
        .get(key)
        .filter(|value| **value != Node::Bool(false))
}

/// What an account is sealed for.
fn context(name: &Slug) -> String {
    format!("supplier/{name}")
}

fn wrong(field: &str, rule: &str) -> AccountError {
    AccountError {
        field: field.to_owned(),
        rule: rule.to_owned(),
    }
}

impl ports::Accounts for Accounts {
    fn open(
        &self,
        supplier: &Slug,
        account: &SealedAccount,
    ) -> Result<OpenedAccount, AccountError> {
        let opened = self.opened(supplier, account)?;
        let adapter = self.monitor.watch(|| adapter(&opened.supplier.account));
        Ok(OpenedAccount {
            adapter: adapter.map_err(|error| wrong("account", &error.to_string()))?,
            rules: opened.supplier.rules,
        })
    }

    fn watched(&self, registers: &mut dyn FnMut()) {
        self.monitor.watch(registers);
    }
}
