//! The engine: the shell around the pure decisions. Only this module awaits.
//!
//! It reads what a decision needs, lets core decide, commits the write in one go and only then makes the call that the write allows. An order
//! walks through the files of this folder in this order: a bill is asked about first ([`inquire`](Engine::inquire)); [`submit`](Engine::submit) accepts it; [`run`](Engine::run) takes it from the bell or the sweep
//! (`work`), asks `board` for a route, commits the intent and makes the call (`call`); the outcome is heard and committed (`outcome`);
//! [`supplier_callback`](Engine::supplier_callback) stores what suppliers report later (`callback`, `reading`, `orphan` if nobody bought it and `lost` if nobody knows it any more); people rule with [`resolve`](Engine::resolve), give back with [`refund`](Engine::refund) (`refunds`) and move money with
//! [`deposit`](Engine::deposit) and [`float`](Engine::float) (`books`), freeze wallets and close cases (`administer`); members are told through their
//! endpoints (`deliver`, `webhooks`). Members' deposits come in through gateways: asked for (`deposits`), looked at (`payments`, and by hand `checks`), and told of (`notified`); those by transfer are `tickets`, and what came is told by `lines` of a bank's statement; they give of their balance to each other by `transfers`. What people watch of all that is recorded by [`meter`].

mod administer;
mod again;
mod balances;
mod board;
mod books;
mod builder;
mod call;
mod callback;
mod checks;
mod codes;
mod deliver;
mod deposits;
mod error;
mod finals;
mod gateways;
mod inquire;
mod line;
mod lines;
mod lost;
pub mod meter;
mod notified;
mod orphan;
mod outcome;
mod pace;
mod payments;
mod persist;
mod read_call;
mod readable;
mod reading;
mod reads;
mod recount;
mod refunds;
mod run;
mod seldom;
mod serial;
mod settings;
mod shared;
mod submit;
mod system;
mod tickets;
mod transfers;
mod waiting;
mod webhooks;
mod work;
mod written;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ports::{Catalog, Clock, Dice, Duty, Ledger, Members, Notifier, Outbox, Queue};

pub use board::SupplierView;
pub use books::{FloatMove, MoneyMove};
pub use builder::EngineBuilder;
pub use callback::{CallbackError, CallbackTaken, VerifiedCallback};
pub use checks::{CheckedDeposit, CheckedDeposits};
pub use deposits::NewDeposit;
pub use error::{BuildError, DepositError, InquireError, OperationError, RunError, SubmitError};
pub use gateways::GatewayRules;
pub use inquire::{Inquired, NewInquiry};
pub use lines::{LineTaken, VerifiedPush};
pub use notified::VerifiedNotification;
pub use orphan::Orphan;
pub use settings::{Settings, StrategyName, SupplierRules};
pub use submit::{NewOrder, Submitted};
pub use system::{SupplierIo, SystemClock, SystemDice};
pub use tickets::BankAccount;
pub use transfers::{NewTransfer, TransferError, Transferred};
pub use written::subject_of;

/// The engine of a server pulsa. Cheap to clone: every clone is the same engine.
///
/// Any number of tasks may use it at once. Orders are taken as soon as it is built; they are worked while [`Engine::run`] runs.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: meter::Record,
    ledger: Arc<dyn Ledger>,
    catalog: Arc<dyn Catalog>,
    members: Arc<dyn Members>,
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    dice: Arc<dyn Dice>,
    settings: Settings,
    board: board::Board,
    codes: codes::Codes,
    io: tokio::runtime::Handle,
    /// Keeps the threads of `io` alive where the engine started them itself.
    _own_io: Option<SupplierIo>,
    outcomes: outcome::Desk,
    calls: TaskTracker,
    /// Whether a run works.
    running: AtomicBool,
    /// Tells the last run to stop.
    shutdown: ArcSwap<CancellationToken>,
    /// Until when gateways are asked, which a process that works no orders does as well.
    gates: ArcSwap<CancellationToken>,
    /// Set while [`Engine::run`] works and has caught up with what an earlier one left.
    ready: watch::Sender<bool>,
    waiters: finals::Waiters,
    outbox: Arc<dyn Outbox>,
    notifier: Option<Arc<dyn Notifier>>,
    outgoing: deliver::Outgoing,
    meter: Arc<meter::Meter>,
    seldom: seldom::Seldom,
    /// Held while an orphan is kept, claimed or let go, so that none is let go that has just been claimed.
    orphans: tokio::sync::Mutex<orphan::Kept>,
    /// Callbacks that wait to be applied.
    waiting: waiting::Waiting,
    /// Held from the look at what a supplier owes us to the booking that rests on it, so that two people never draw on one debt twice.
    by_hand: tokio::sync::Mutex<()>,
    /// A place for each inquiry that is out.
    asking: tokio::sync::Semaphore,
    /// Where members' deposits come in.
    gateways: gateways::Gateways,
    /// Which of the processes over this store does what one does for all; `None` if there is only this one.
    duty: Option<Arc<dyn Duty>>,
}

impl Inner {
    /// Whether other processes work on the same store.
    fn is_shared(&self) -> bool {
        self.duty.is_some()
    }

    /// Whether what one does for all is ours to do.
    fn is_on_duty(&self) -> bool {
        self.duty.as_ref().is_none_or(|duty| duty.is_ours())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}
