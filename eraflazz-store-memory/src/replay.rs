//! Doing again what the journal says was done.
//!
//! Every entry goes through the rule that let it in the first time; one that is refused now proves that the journal is not what was written.

use std::sync::Arc;

use eraflazz_core::catalog::{CatalogChange, Snapshot};
use eraflazz_core::commit::{Verdict, apply_one};
use eraflazz_core::ports::Vault;
use eraflazz_core::time::Timestamp;

use crate::archive::{Archive, ArchiveError};
use crate::checkpoint::Restored;
use crate::fetch::Fetched;
use crate::journal::batch::{Batch, Damage};
use crate::journal::entry::{Entry, entries};
use crate::members::{check_endpoint, check_key, check_member};
use crate::state::State;

/// What the checkpoint and the batches so far have left.
pub(crate) struct Replay<'a> {
    pub(crate) state: State,
    pub(crate) catalog: Arc<Snapshot>,
    archive: &'a Archive,
    vault: &'a dyn Vault,
    /// Why the archive did not give what a batch needs, if that is why it is refused.
    pub(crate) unread: Option<ArchiveError>,
    /// When the first and the last of its units were decided.
    pub(crate) since: Option<(Timestamp, Timestamp)>,
}

impl<'a> Replay<'a> {
    /// What the checkpoint left, and nothing yet of the journal.
    pub(crate) fn of(restored: Restored, archive: &'a Archive, vault: &'a dyn Vault) -> Self {
        let Restored { state, catalog, .. } = restored;
        Self {
            state,
            catalog,
            archive,
            vault,
            unread: None,
            since: None,
        }
    }

    pub(crate) fn batch(&mut self, batch: &Batch) -> Result<(), Damage> {
        for entry in entries(batch.entries, &batch.body) {
            self.entry(entry?)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: Entry<'static>) -> Result<(), Damage> {
        match entry {
            Entry::Unit(unit) => {
                self.fetch(|fetched, state, archive| {
                    unit.moves()
                        .try_for_each(|id| fetched.order(id, state, archive))
                })?;
                let Some(unit) = unit.whole(&self.state) else {
                    return refused("a unit moves an order or attempt that is not there");
                };
                self.fetch(|fetched, state, archive| fetched.of_unit(&unit, state, archive))?;
                let (first, last) = self.since.unwrap_or((unit.at, unit.at));
                self.since = Some((first, last.max(unit.at)));
                match apply_one(unit, &mut self.state) {
                    Verdict::Done(_) => Ok(()),
                    Verdict::Refused(_) => refused("a unit was accepted once and is refused now"),
                }
            }
            Entry::Inbox(row) => {
                self.state.write_inbox(row.into_owned());
                Ok(())
            }
            Entry::InboxAside(id, to) => {
                self.state.set_inbox_aside(id, to);
                Ok(())
            }
            Entry::Catalog(changes) => {
                let Ok(next) = CatalogChange::apply(&self.catalog, &changes) else {
                    return refused("a change of the catalog was accepted once and is refused now");
                };
                self.catalog = Arc::new(next);
                Ok(())
            }
            Entry::Member(member) => {
                let Ok(wallet) = check_member(&self.state, &self.catalog, &member) else {
                    return refused("a member was accepted once and is refused now");
                };
                self.state.write_member(member.into_owned(), wallet);
                Ok(())
            }
            Entry::Key(sealed) => {
                let key = sealed.open(self.vault).map_err(|_| Damage::Sealed)?;
                if check_key(&self.state, &key).is_err() {
                    return refused("a key was accepted once and is refused now");
                }
                self.state.write_key(key);
                Ok(())
            }
            Entry::Endpoint(sealed) => {
                let endpoint = sealed.open(self.vault).map_err(|_| Damage::Sealed)?;
                if check_endpoint(&self.state, &endpoint).is_err() {
                    return refused("an endpoint was accepted once and is refused now");
                }
                self.state.write_endpoint(endpoint);
                Ok(())
            }
            Entry::Inquiry(inquiry) => {
                self.state.inquiries.put(inquiry.into_owned());
                Ok(())
            }
            Entry::NoEndpoint(member) => {
                self.state.remove_endpoint(member);
                Ok(())
            }
        }
    }
}

impl Replay<'_> {
    /// Brings back from the archive what `look` finds.
    fn fetch(
        &mut self,
        look: impl FnOnce(&mut Fetched, &State, &Archive) -> Result<(), ArchiveError>,
    ) -> Result<(), Damage> {
        let mut fetched = Fetched::default();
        if let Err(error) = look(&mut fetched, &self.state, self.archive) {
            self.unread = Some(error);
            return refused("the archive could not be read");
        }
        fetched.put(&mut self.state);
        Ok(())
    }
}

const fn refused(rule: &'static str) -> Result<(), Damage> {
    Err(Damage::Refused { rule })
}
