//! Putting an engine together: what it cannot live without is an argument, what has a good default is a method, and everything is
//! checked once, in [`EngineBuilder::build`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::board::{Board, Seats, Shares};
use super::codes::Codes;
use super::deliver::Outgoing;
use super::error::BuildError;
use super::finals::Waiters;
use super::gateways::{GatewayRules, Gateways, Registered, Watch};
use super::meter::{Meter, Record};
use super::outcome::Desk;
use super::settings::{Settings, StrategyName, SupplierRules};
use super::system::{SupplierIo, SystemDice};
use super::tickets::{BankAccount, TicketDesk};
use super::{Engine, Inner};
use crate::ports::{
    Accounts, BankFeed, Catalog, Clock, Dice, Duty, Ledger, Members, Notifier, Outbox, Pace,
    PaymentGateway, Queue, Store, Supplier,
};
use crate::route::{Cheapest, Priority, Strategy, SuccessRate, Weighted};
use crate::supplier::{Profile, Reference, Status};
use crate::text::Slug;

/// An engine under construction. Made by [`Engine::builder`].
pub struct EngineBuilder {
    store: Arc<dyn Store>,
    ledger: Arc<dyn Ledger>,
    catalog: Arc<dyn Catalog>,
    members: Arc<dyn Members>,
    outbox: Arc<dyn Outbox>,
    notifier: Option<Arc<dyn Notifier>>,
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    dice: Arc<dyn Dice>,
    settings: Settings,
    strategy: Option<Box<dyn Strategy>>,
    suppliers: Vec<(String, Arc<dyn Supplier>)>,
    rules: Vec<(String, SupplierRules)>,
    accounts: Option<Arc<dyn Accounts>>,
    gateways: Vec<Registered>,
    io: Option<Handle>,
    duty: Option<Arc<dyn Duty>>,
    pace: Option<Arc<dyn Pace>>,
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .suppliers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        f.debug_struct("EngineBuilder")
            .field("settings", &self.settings)
            .field("suppliers", &names)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine over `store`, which is the record of orders, money, catalog and members, with `queue` as its bell and `clock` as its time.
    pub fn builder<S>(store: Arc<S>, queue: Arc<dyn Queue>, clock: Arc<dyn Clock>) -> EngineBuilder
    where
        S: Store + Ledger + Catalog + Members + Outbox + 'static,
    {
        EngineBuilder {
            store: Arc::clone(&store) as Arc<dyn Store>,
            ledger: Arc::clone(&store) as Arc<dyn Ledger>,
            catalog: Arc::clone(&store) as Arc<dyn Catalog>,
            members: Arc::clone(&store) as Arc<dyn Members>,
            outbox: store,
            notifier: None,
            queue,
            clock,
            dice: Arc::new(SystemDice),
            settings: Settings::default(),
            strategy: None,
            suppliers: Vec::new(),
            rules: Vec::new(),
            accounts: None,
            gateways: Vec::new(),
            io: None,
            duty: None,
            pace: None,
        }
    }
}

impl EngineBuilder {
    /// Registers a supplier under the name that the catalog calls it by. Two accounts at one provider are two suppliers.
    #[must_use]
    pub fn supplier(mut self, name: impl Into<String>, supplier: Arc<dyn Supplier>) -> Self {
        self.suppliers.push((name.into(), supplier));
        self
    }

    /// The house's own rules about the supplier registered under this name.
    #[must_use]
    pub fn rules(mut self, name: impl Into<String>, rules: SupplierRules) -> Self {
        self.rules.push((name.into(), rules));
        self
    }

    /// Says who makes adapters of the accounts that the catalog keeps ([`SupplierInfo::account`](crate::catalog::SupplierInfo::account)): suppliers that come, and
    /// settings that change, while the engine runs. A name that [`Self::supplier`] registered is never theirs. Without this such suppliers have no adapter.
    #[must_use]
    pub fn accounts(mut self, accounts: Arc<dyn Accounts>) -> Self {
        self.accounts = Some(accounts);
        self
    }

    /// Registers a payment gateway under this name, by which members choose it and notifications find it.
    #[must_use]
    pub fn gateway(
        mut self,
        name: impl Into<String>,
        rules: GatewayRules,
        gateway: Arc<dyn PaymentGateway>,
    ) -> Self {
        self.gateways.push(Registered {
            name: name.into(),
            rules,
            adapter: gateway,
            watch: None,
        });
        self
    }

    /// Registers a bank account of the house as a gateway under this name: members pay in by transfers of exact amounts, and `feed` tells what came. The number in
    /// `rules` is that of the bank account in the books.
    #[must_use]
    pub fn bank(
        mut self,
        name: impl Into<String>,
        rules: GatewayRules,
        account: &BankAccount,
        feed: Arc<dyn BankFeed>,
    ) -> Self {
        self.gateways.push(Registered {
            name: name.into(),
            rules,
            adapter: Arc::new(TicketDesk::new(account)),
            watch: Some(Watch {
                feed,
                read_above: account.read_above,
            }),
        });
        self
    }

    /// Settings other than the defaults.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// A way of ranking routes other than the one named in the settings.
    #[must_use]
    pub fn strategy(mut self, strategy: Box<dyn Strategy>) -> Self {
        self.strategy = Some(strategy);
        self
    }

    /// Dice other than the host's: seeded ones make a run repeatable.
    #[must_use]
    pub fn dice(mut self, dice: Arc<dyn Dice>) -> Self {
        self.dice = dice;
        self
    }

    /// Who carries messages to members' endpoints. Without one nobody is told anything, and what should be told waits.
    #[must_use]
    pub fn notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifier = Some(notifier);
        self
    }

    /// A runtime for calls to suppliers and endpoints, in place of the engine's own threads: two, one more for each supplier, and while
    /// callbacks come up to eight more that read them. Whoever shares one among suppliers must know that none of their adapters blocks it.
    #[must_use]
    pub fn supplier_io(mut self, handle: Handle) -> Self {
        self.io = Some(handle);
        self
    }

    /// Says that other processes work on the same store, and which of them does what one does for all. Then due work is shared with them
    /// ([`Store::take_due`]), and what they commit is looked for: suppliers' funds every few seconds, an order that somebody waits for as
    /// long as they wait. Without this an engine is alone with its store.
    #[must_use]
    pub fn duty(mut self, duty: Arc<dyn Duty>) -> Self {
        self.duty = Some(duty);
        self
    }

    /// Says where the processes that work on the same store count their calls to suppliers together. Then this one keeps to the whole
    /// [`min_gap`](crate::supplier::Profile::min_gap) and makes no call that was not counted there first; while nobody can count, it keeps to its share
    /// ([`Settings::processes`], at least two). Without this it always does. A supplier whose gap is so long that a turn might not come within the lease of
    /// an attempt is shared out as without it.
    #[must_use]
    pub fn pace(mut self, pace: Arc<dyn Pace>) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Checks everything once and gives the engine, or names the first field that is wrong. Its metrics go to the recorder that is in force now.
    pub fn build(self) -> Result<Engine, BuildError> {
        self.settings
            .check()
            .map_err(|(field, rule)| BuildError::Setting { field, rule })?;
        let mut suppliers: Vec<(Slug, Arc<dyn Supplier>)> =
            Vec::with_capacity(self.suppliers.len());
        for (name, supplier) in self.suppliers {
            let slug = Slug::new(&name).map_err(|_| BuildError::SupplierName(name.clone()))?;
            if suppliers.iter().any(|(known, _)| *known == slug) {
                return Err(BuildError::SupplierTwice(name));
            }
            let profile = supplier.profile();
            let checked = check_profile(profile, self.settings.processes);
            checked.map_err(|(field, rule)| BuildError::Profile { name, field, rule })?;
            suppliers.push((slug, supplier));
        }
        let gateways = Gateways::of(self.gateways, self.io.as_ref())?;
        let rules = rules_by_place(self.rules, &suppliers)?;
        let strategy = self
            .strategy
            .unwrap_or_else(|| match self.settings.strategy {
                StrategyName::Cheapest => Box::new(Cheapest),
                StrategyName::Priority => Box::new(Priority),
                StrategyName::SuccessRate => Box::new(SuccessRate),
                StrategyName::Weighted(weights) => Box::new(Weighted(weights)),
            });
        let no_threads = |error: std::io::Error| BuildError::Threads(error.to_string());
        let (io, own) = threads(self.io.clone()).map_err(no_threads)?;
        let meter = Arc::new(Meter::new(suppliers.iter().map(|(slug, _)| slug)));
        let seated = suppliers.into_iter().zip(rules);
        let seated = seated.map(|((slug, supplier), rules)| (slug, rules, supplier));
        let seats = Seats::new(
            seated.collect(),
            self.accounts,
            Arc::clone(&meter),
            self.io,
            self.settings.processes,
        )
        .map_err(no_threads)?;
        let store = Record::new(self.store, Arc::clone(&self.clock), Arc::clone(&meter));
        let processes = self.settings.processes;
        let inner = Inner {
            store,
            ledger: self.ledger,
            catalog: self.catalog,
            members: self.members,
            queue: self.queue,
            clock: self.clock,
            dice: self.dice,
            settings: self.settings,
            board: Board::new(seats, strategy, Shares::new(processes, self.pace)),
            codes: Codes::default(),
            io,
            _own_io: own,
            outcomes: Desk::new(),
            calls: TaskTracker::new(),
            running: AtomicBool::new(false),
            shutdown: ArcSwap::default(),
            gates: ArcSwap::default(),
            ready: watch::Sender::new(false),
            waiters: Waiters::default(),
            outbox: self.outbox,
            notifier: self.notifier,
            outgoing: Outgoing::default(),
            meter,
            seldom: super::seldom::Seldom::default(),
            orphans: tokio::sync::Mutex::default(),
            waiting: super::waiting::Waiting::default(),
            by_hand: tokio::sync::Mutex::default(),
            asking: tokio::sync::Semaphore::new(super::inquire::ASKED_AT_ONCE),
            gateways,
            duty: self.duty,
        };
        Ok(Engine {
            inner: Arc::new(inner),
        })
    }
}

/// The rules of each supplier, in the order of the suppliers.
fn rules_by_place(
    rules: Vec<(String, SupplierRules)>,
    suppliers: &[(Slug, Arc<dyn Supplier>)],
) -> Result<Vec<SupplierRules>, BuildError> {
    let mut placed = vec![SupplierRules::default(); suppliers.len()];
    for (name, rules) in rules {
        let place = suppliers.iter().position(|(slug, _)| slug.as_str() == name);
        let Some(place) = place.and_then(|place| placed.get_mut(place)) else {
            return Err(BuildError::RulesOfNobody(name));
        };
        *place = rules;
    }
    Ok(placed)
}

/// Where what suppliers share runs; the threads behind it, if they are the engine's own.
fn threads(given: Option<Handle>) -> std::io::Result<(Handle, Option<SupplierIo>)> {
    if let Some(io) = given {
        return Ok((io, None));
    }
    let own = SupplierIo::start()?;
    let shut_down = || std::io::Error::other("shut down");
    let io = own.handle().ok_or_else(shut_down)?;
    Ok((io, Some(own)))
}

/// What a profile must not say. An adapter that lies here would cost money later.
pub(super) fn check_profile(
    profile: &Profile,
    processes: u32,
) -> Result<(), (&'static str, &'static str)> {
    if profile.timeout.is_zero() {
        return Err(("timeout", "above zero"));
    }
    if profile.max_in_flight == 0 {
        return Err(("max_in_flight", "at least 1"));
    }
    if profile.max_in_flight < processes {
        return Err(("max_in_flight", "at least 1 for each of the processes"));
    }
    if profile.poll.is_empty() || profile.poll_later.is_zero() {
        return Err(("poll", "at least one wait, and a later one above zero"));
    }
    if let Some(status) = profile.bills {
        let is_ours = matches!(profile.reference, Reference::Ours { .. });
        if matches!(status, Status::Resubmit { .. }) || !is_ours {
            return Err((
                "bills",
                "asked about and paid under a reference of ours, and never paid twice",
            ));
        }
    }
    if let Status::Resubmit {
        max_age,
        min_interval,
    } = profile.status
    {
        if profile.failed_ref_may_run_again {
            return Err((
                "status",
                "a supplier whose failed references may run again is never sent one twice",
            ));
        }
        if min_interval.is_zero() || max_age <= min_interval {
            return Err(("status", "min_interval above zero and below max_age"));
        }
        if profile.reference == Reference::Theirs {
            return Err(("status", "sending again needs a reference of ours"));
        }
    }
    Ok(())
}
