//! Seats: the engine's suppliers, each with its adapter, the house's rules about it and threads of its own (D12).
//!
//! Those that the builder was given sit from the start, for good. Those whose account the catalog keeps are seated when a catalog with that account is taken, and
//! anew when it is another one: calls under way end with the adapter that began them, the next one is made by the new. An account that does not open leaves
//! its supplier without a seat: nothing is bought there, and a person is told. The name counts: an account never takes a seat that the builder gave away.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use crate::catalog::{SealedAccount, Snapshot, SupplierInfo};
use crate::engine::builder::check_profile;
use crate::engine::meter::Meter;
use crate::engine::reading::{AT_ONCE, On, Reader};
use crate::engine::settings::SupplierRules;
use crate::engine::system::SupplierIo;
use crate::ports::{AccountError, Accounts, OpenedAccount, Supplier};
use crate::supplier::Profile;
use crate::text::Slug;

/// One of the engine's suppliers.
pub(in crate::engine) struct Seat {
    /// The name under which the engine knows it.
    pub(in crate::engine) name: Slug,
    /// Its place among the engine's suppliers, by which its metrics are found. Whoever is seated anew keeps it.
    pub(in crate::engine) place: usize,
    pub(in crate::engine) adapter: Arc<dyn Supplier>,
    pub(in crate::engine) rules: SupplierRules,
    pub(in crate::engine) lines: Arc<Lines>,
}

impl Seat {
    pub(in crate::engine) fn profile(&self) -> &Profile {
        self.adapter.profile()
    }
}

/// Where the code of one supplier, or of one payment gateway, runs.
pub(in crate::engine) struct Lines {
    /// Its calls.
    pub(in crate::engine) calls: Handle,
    /// Its callbacks.
    pub(in crate::engine) reader: Reader,
    /// The threads behind both, if they are the engine's own.
    _own: Vec<SupplierIo>,
}

impl Lines {
    /// Those of who has this name: on the runtime that was given for all, or on threads of its own.
    pub(in crate::engine) fn start(given: Option<&Handle>, name: &Slug) -> io::Result<Self> {
        if let Some(io) = given {
            return Ok(Self {
                calls: io.clone(),
                reader: Reader::new(On::Given(io.clone())),
                _own: Vec::new(),
            });
        }
        let handle = |threads: &SupplierIo| {
            let shut_down = || io::Error::other("shut down");
            threads.handle().ok_or_else(shut_down)
        };
        let line = SupplierIo::line(name.as_str())?;
        let reader = SupplierIo::readers(name.as_str(), AT_ONCE)?;
        Ok(Self {
            calls: handle(&line)?,
            reader: Reader::new(On::Own(handle(&reader)?)),
            _own: vec![line, reader],
        })
    }
}

/// Where suppliers are seated.
pub(in crate::engine) struct Seats {
    /// By the builder's word.
    given: Vec<Arc<Seat>>,
    accounts: Option<Arc<dyn Accounts>>,
    meter: Arc<Meter>,
    /// The runtime that was given for all calls.
    io: Option<Handle>,
    processes: u32,
    /// By the catalog's. Held while somebody is seated.
    kept: Mutex<BTreeMap<Slug, Kept>>,
}

/// The turn of one who seats: one at a time.
pub(super) struct Turn<'a> {
    seats: &'a Seats,
    kept: MutexGuard<'a, BTreeMap<Slug, Kept>>,
}

impl Turn<'_> {
    /// The seat of each supplier of the catalog, by its id.
    pub(super) fn seat_all(&mut self, snapshot: &Snapshot) -> Vec<Option<Arc<Seat>>> {
        let suppliers = snapshot.suppliers().iter();
        suppliers
            .map(|info| self.seats.seat(&mut self.kept, info))
            .collect()
    }
}

/// A supplier whose account the catalog keeps.
struct Kept {
    place: usize,
    lines: Arc<Lines>,
    /// The account that was opened last, whatever came of it.
    account: SealedAccount,
    seat: Option<Arc<Seat>>,
}

impl Seats {
    pub(in crate::engine) fn new(
        suppliers: Vec<(Slug, SupplierRules, Arc<dyn Supplier>)>,
        accounts: Option<Arc<dyn Accounts>>,
        meter: Arc<Meter>,
        io: Option<Handle>,
        processes: u32,
    ) -> io::Result<Self> {
        let mut given = Vec::with_capacity(suppliers.len());
        for (place, (name, rules, adapter)) in suppliers.into_iter().enumerate() {
            let lines = Arc::new(Lines::start(io.as_ref(), &name)?);
            given.push(Arc::new(Seat {
                name,
                place,
                adapter,
                rules,
                lines,
            }));
        }
        Ok(Self {
            given,
            accounts,
            meter,
            io,
            processes,
            kept: Mutex::default(),
        })
    }

    /// Waits until nobody else seats.
    pub(super) fn turn(&self) -> Turn<'_> {
        Turn {
            seats: self,
            kept: self.kept.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Whether the builder was given a supplier of this name.
    pub(in crate::engine) fn is_given(&self, name: &Slug) -> bool {
        self.given.iter().any(|seat| seat.name == *name)
    }

    fn seat(&self, kept: &mut BTreeMap<Slug, Kept>, info: &SupplierInfo) -> Option<Arc<Seat>> {
        if let Some(seat) = self.given.iter().find(|seat| seat.name == info.slug) {
            return Some(Arc::clone(seat));
        }
        let (account, accounts) = (info.account.as_ref()?, self.accounts.as_ref()?);
        if let Some(known) = kept.get(&info.slug)
            && known.account == *account
        {
            return known.seat.clone();
        }
        // Threads and metrics are kept by whoever was there before under the name.
        let (place, lines) = match kept.remove(&info.slug) {
            Some(Kept { place, lines, .. }) => (place, lines),
            None => self.make_room(&**accounts, &info.slug)?,
        };
        let seat = match self.open(&info.slug, account) {
            Ok(OpenedAccount { adapter, rules }) => {
                tracing::info!(supplier = %info.slug, "seated by its account in the catalog");
                Some(Arc::new(Seat {
                    name: info.slug.clone(),
                    place,
                    adapter,
                    rules,
                    lines: Arc::clone(&lines),
                }))
            }
            Err(error) => {
                self.tell_unseated(&info.slug, &error.to_string());
                None
            }
        };
        let now = Kept {
            place,
            lines,
            account: account.clone(),
            seat: seat.clone(),
        };
        kept.insert(info.slug.clone(), now);
        seat
    }

    /// Threads and metrics for one that was never seated. Without them it is tried again with the next catalog.
    fn make_room(&self, accounts: &dyn Accounts, name: &Slug) -> Option<(usize, Arc<Lines>)> {
        let lines = match Lines::start(self.io.as_ref(), name) {
            Ok(lines) => Arc::new(lines),
            Err(error) => {
                self.tell_unseated(name, &error.to_string());
                return None;
            }
        };
        let mut place = None;
        accounts.watched(&mut || place = Some(self.meter.seat(name)));
        // Who registers nothing has no place among the metrics, and buys all the same.
        Some((place.unwrap_or(usize::MAX), lines))
    }

    fn tell_unseated(&self, name: &Slug, why: &str) {
        tracing::error!(
            supplier = %name,
            why,
            alert = "a supplier's account does not open",
            "nothing is bought there by this process"
        );
        self.meter.alert("supplier");
    }

    /// What the account comes to, if the engine can work with it.
    pub(in crate::engine) fn open(
        &self,
        name: &Slug,
        account: &SealedAccount,
    ) -> Result<OpenedAccount, AccountError> {
        let wrong = |field: &str, rule: &str| AccountError {
            field: field.to_owned(),
            rule: rule.to_owned(),
        };
        let accounts = self.accounts.as_ref();
        let accounts = accounts.ok_or_else(|| wrong("account", "this engine opens no accounts"))?;
        let opened = accounts.open(name, account)?;
        let checked = check_profile(opened.adapter.profile(), self.processes);
        checked.map_err(|(field, rule)| wrong(field, rule))?;
        Ok(opened)
    }
}
