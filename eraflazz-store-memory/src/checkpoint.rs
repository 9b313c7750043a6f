//! A checkpoint of the store: from what was set apart in memory to the archive, and from the archive back to memory.

use std::path::Path;
use std::sync::Arc;

use eraflazz_core::catalog::{CatalogData, QuotaKey, QuotaUse, Snapshot};
use eraflazz_core::commit::{Case, CaseKey, OutboxRow};
use eraflazz_core::ids::{InboxId, InquiryId, MemberId, OrderId, PaymentId};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::{Account, Wallet};
use eraflazz_core::member::Member;
use eraflazz_core::order::Aggregate;
use eraflazz_core::payment::Payment;
use eraflazz_core::ports::{InboxRow, Vault};
use eraflazz_core::text::KeyId;
use eraflazz_core::webhook::{EndpointRow, EndpointState};

use crate::archive::{Archive, ArchiveError, Checkpoint, Shelf};
use crate::folder::FolderError;
use crate::journal::{End, SealedEndpoint, SealedKey};
use crate::state::{Sealed, Shelves, State};

/// A checkpoint to be written. Takes its time; memory and journal go on meanwhile.
pub(crate) struct Job {
    pub(crate) archive: Arc<Archive>,
    pub(crate) sealed: Arc<Sealed>,
    pub(crate) vault: Arc<dyn Vault>,
}

impl Job {
    /// Writes it. Once it returns the journal is not needed up to where it goes.
    pub(crate) fn run(&self) -> Result<(), ArchiveError> {
        let checkpoint = written(&self.sealed, &*self.vault)?;
        self.archive.checkpoint(checkpoint)
    }
}

fn written(sealed: &Sealed, vault: &dyn Vault) -> Result<Checkpoint, ArchiveError> {
    let rows = &sealed.transfers;
    let mut checkpoint = Checkpoint::through(sealed.end.through, rows.from());
    checkpoint.checksum = sealed.end.checksum;
    checkpoint.transfers = rows.starting(rows.from()).copied().collect();
    let of_orders = sealed.orders.iter().map(|(_, log)| log);
    let of_others = sealed.subjects.iter().map(|(_, log)| log);
    checkpoint.log = of_orders
        .chain(of_others)
        .flatten()
        .flat_map(|log| log.iter())
        .cloned()
        .collect();
    let orders = sealed.orders.iter();
    checkpoint.orders = orders.map(|(agg, _)| Aggregate::clone(agg)).collect();
    checkpoint.their_refs.clone_from(&sealed.their_refs);
    checkpoint.nonces = sealed.nonces.iter().cloned().collect();
    checkpoint.nonces.sort_unstable();
    shelve(&mut checkpoint, &sealed.shelves, vault)?;
    Ok(checkpoint)
}

fn shelve(
    checkpoint: &mut Checkpoint,
    shelves: &Shelves,
    vault: &dyn Vault,
) -> Result<(), ArchiveError> {
    let unsealed = |error| ArchiveError::Unwritable(format!("a secret: {error}"));
    let wallets = shelves.wallets.iter();
    checkpoint.shelve(Shelf::Wallets, wallets.map(|row| (row.member, row)))?;
    checkpoint.shelve(Shelf::Houses, &shelves.houses)?;
    let inbox = shelves.inbox.iter();
    checkpoint.shelve(Shelf::Inbox, inbox.map(|row| (row.id, row)))?;
    let inquiries = shelves.inquiries.iter();
    checkpoint.shelve(Shelf::Inquiries, inquiries.map(|row| (row.id, row)))?;
    let payments = shelves.payments.iter();
    checkpoint.shelve(Shelf::Payments, payments.map(|row| (row.id, row)))?;
    checkpoint.shelve(Shelf::Quotas, &shelves.quotas)?;
    let cases = shelves.cases.iter();
    checkpoint.shelve(Shelf::Cases, cases.map(|row| (row.key, row)))?;
    let outbox = shelves.outbox.iter();
    checkpoint.shelve(Shelf::Outbox, outbox.map(|row| (row.order, row)))?;
    let members = shelves.members.iter();
    checkpoint.shelve(Shelf::Members, members.map(|row| (row.id, &**row)))?;
    let keys = shelves.keys.iter().map(|key| {
        let sealed = SealedKey::seal(key, vault).map_err(unsealed)?;
        Ok((key.id.clone(), sealed))
    });
    let keys = keys.collect::<Result<Vec<_>, ArchiveError>>()?;
    checkpoint.shelve(Shelf::Keys, keys)?;
    let endpoints = shelves.endpoints.iter().map(|row| {
        let sealed = SealedEndpoint::seal(&row.endpoint, vault).map_err(unsealed)?;
        Ok((row.endpoint.member, (row.version, row.state, sealed)))
    });
    let endpoints = endpoints.collect::<Result<Vec<_>, ArchiveError>>()?;
    checkpoint.shelve(Shelf::Endpoints, endpoints)?;
    let catalog = &shelves.catalog;
    let whole = [((), (catalog.version(), catalog.data()))];
    checkpoint.shelve(Shelf::Catalog, whole)
}

/// What the archive's last checkpoint left in memory.
pub(crate) struct Restored {
    pub(crate) state: State,
    pub(crate) catalog: Arc<Snapshot>,
    /// Where the journal goes on.
    pub(crate) end: End,
}

/// Reads it. `file` is for errors.
pub(crate) fn restored(
    archive: &Archive,
    vault: &dyn Vault,
    file: &Path,
) -> Result<Restored, FolderError> {
    read(archive, vault).map_err(|why| FolderError::of_archive(file, &why))
}

fn read(archive: &Archive, vault: &dyn Vault) -> Result<Restored, ArchiveError> {
    let mut state = State::archived(archive.transfers_len()?);
    for loaded in archive.live()? {
        state.take_back(loaded);
    }
    state.forget_fetched();
    for (member, wallet) in archive.shelf::<MemberId, Wallet>(Shelf::Wallets)? {
        state.wallets.insert(member, wallet);
    }
    let houses = archive.shelf::<Account, i128>(Shelf::Houses)?;
    state.houses.extend(houses);
    for (_, row) in archive.shelf::<InboxId, InboxRow>(Shelf::Inbox)? {
        state.write_inbox(row);
    }
    for (_, row) in archive.shelf::<InquiryId, Inquiry>(Shelf::Inquiries)? {
        state.inquiries.put(row);
    }
    for (_, row) in archive.shelf::<PaymentId, Payment>(Shelf::Payments)? {
        state.payments.put(row);
    }
    let quotas = archive.shelf::<QuotaKey, QuotaUse>(Shelf::Quotas)?;
    state.quotas.extend(quotas);
    let cases = archive.shelf::<CaseKey, Case>(Shelf::Cases)?;
    state.cases.extend(cases);
    for (_, row) in archive.shelf::<OrderId, OutboxRow>(Shelf::Outbox)? {
        state.outbox.put(row);
    }
    for (id, member) in archive.shelf::<MemberId, Member>(Shelf::Members)? {
        state.by_code.insert(member.code.clone(), id);
        state.members.insert(id, Arc::new(member));
    }
    for (id, sealed) in archive.shelf::<KeyId, SealedKey>(Shelf::Keys)? {
        let key = sealed.open(vault).map_err(|_| ArchiveError::Sealed)?;
        state.keys.insert(id, Arc::new(key));
    }
    let endpoints =
        archive.shelf::<MemberId, (u32, EndpointState, SealedEndpoint)>(Shelf::Endpoints)?;
    for (member, (version, endpoint_state, sealed)) in endpoints {
        let endpoint = sealed.open(vault).map_err(|_| ArchiveError::Sealed)?;
        let row = EndpointRow {
            endpoint: Arc::new(endpoint),
            version,
            state: endpoint_state,
        };
        state.endpoints.insert(member, row);
    }
    let catalog = archive.shelf::<(), (u64, CatalogData)>(Shelf::Catalog)?;
    let catalog = match catalog.into_iter().next() {
        Some(((), (version, data))) => {
            Snapshot::new(version, data).map_err(|wrong| ArchiveError::Damaged {
                table: "shelves",
                key: "catalog".to_owned(),
                why: wrong.to_string(),
            })?
        }
        None => Snapshot::default(),
    };
    Ok(Restored {
        state,
        catalog: Arc::new(catalog),
        end: archive.end()?,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::PathBuf;

    use eraflazz_core::catalog::{CatalogChange, Tier, TierId};
    use eraflazz_core::ports::Catalog;

    use super::*;
    use crate::no_vault::NoVault;
    use crate::store::{MemoryStore, StoreSettings};

    fn open(folder: &Path) -> MemoryStore {
        let settings = StoreSettings {
            checkpoint_bytes: 2_000,
            ..StoreSettings::default()
        };
        MemoryStore::open(folder, Arc::new(NoVault), settings).unwrap()
    }

    fn checkpoint_of(store: &MemoryStore) -> u64 {
        let archive = store.shared.archive.as_ref().unwrap();
        archive.end().unwrap().through
    }

    /// A process that lives too short for a checkpoint leaves a longer journal to the next one, which counts it.
    #[test]
    fn restarts_put_no_checkpoint_off() {
        let name = format!("eraflazz-short-lives-{}", std::process::id());
        let folder: PathBuf = std::env::temp_dir().join(name);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.unwrap();
        let mut lives = 0;
        while lives < 200 && checkpoint_of(&open(&folder)) == 0 {
            let tier = Tier {
                id: TierId(0),
                slug: "retail".parse().unwrap(),
                name: format!("Retail {lives}"),
            };
            let store = open(&folder);
            let changed = store.change(vec![CatalogChange::PutTier(tier)]);
            runtime.block_on(changed).unwrap();
            lives += 1;
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert!((2..200).contains(&lives), "after {lives} lives");
    }
}
