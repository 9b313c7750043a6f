//! A fake server of the `OtomaX` family over real HTTP: text replies, an unsigned report, the sentence that means two things. It takes orders in the
//! dialect of IRS as well.
//!
//! Written from sellers' manuals and their published samples (there is no official specification), and like the rest of the
//! sandbox without a line of the adapter's. It keeps the books that the fake Digiflazz keeps. In plans a code is one of
//! [`STATUSES`]: `"20"` delivered, `"2"` waiting, `"40"` failed, `"52"` wrong number.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use sandbox::otomax::{Otomax, Settings};
//! use sandbox::{Fault, Match, Plan};
//!
//! let seller = Otomax::start(Settings::default()).await?;
//! seller.script(Match::Next, Plan::rc("20").fault(Fault::Lost)).unwrap();
//! assert!(seller.ledger().closes());
//! # Ok(())
//! # }
//! ```

mod faults;
mod report;
mod seller;
mod server;
mod sign;
mod words;

use std::{io, sync::Arc, time::Duration};

use self::seller::Seller;
pub use self::{
    sign::sign,
    words::{Number, STATUSES},
};
use crate::{
    config::ProductRow,
    fault::Fault,
    ledger::{Ledger, Violation},
    premises::{Open, Premises},
    script::{Match, Plan},
    webhook::Delivery,
};

/// One account at a server of this family. `Default` sells `S10` for Rp 10,850 from a deposit of Rp 1,000,000 to the account of the
/// sellers' manuals.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Shown in logs and in the ledger.
    pub name: String,
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// The account's name (memberID).
    pub member: String,
    /// The account's PIN.
    pub pin: String,
    /// The account's password.
    pub password: String,
    /// Whether PIN and password are taken in clear in place of a signature.
    pub without_sign: bool,
    /// The deposit to start with, whole rupiah.
    pub opening_balance: i64,
    /// What is sold. A row that is not `multi` is sold once a day and number: the next one is answered with the first one's state.
    pub products: Vec<ProductRow>,
    /// Where reports go; may be set later.
    pub report_url: Option<String>,
    /// Whether `check=1` for a reference that nobody sent tells of the newest purchase of the same goods for the same number that day, in the
    /// name of the reference that was asked for. Careless servers do.
    pub asks_by_goods: bool,
    /// Whether a reference that failed buys again when it is sent again. Old servers do.
    pub failed_ref_runs_again: bool,
    /// An advert in front of every reply, and one behind.
    pub adverts: (String, String),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "otomax".into(),
            port: 0,
            member: "ERZ001".into(),
            pin: "1234".into(),
            password: "sandi-contoh".into(),
            without_sign: false,
            opening_balance: 1_000_000,
            products: vec![ProductRow::new("S10", 10_850)],
            report_url: None,
            asks_by_goods: false,
            failed_ref_runs_again: false,
            adverts: (String::new(), String::new()),
        }
    }
}

/// A plan that a text server cannot follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unplayable {
    /// No status has this number.
    Code(String),
    /// This cannot go wrong here: it is about JSON, or about signatures.
    Fault(Fault),
}

impl std::fmt::Display for Unplayable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "no status of this family has the number {code:?}"),
            Self::Fault(fault) => write!(f, "a text server has no such fault: {fault:?}"),
        }
    }
}

impl std::error::Error for Unplayable {}

/// A running server. Dropping it closes the port, every connection and all that was still to happen.
#[derive(Debug)]
pub struct Otomax {
    seller: Arc<Seller>,
    open: Open,
}

impl Otomax {
    /// Binds a loopback port and serves until stopped or dropped.
    ///
    /// Fails when the port is taken.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let premises = Premises::new(settings.report_url.clone())?;
        let port = settings.port;
        let seller = Arc::new(Seller::new(settings, Arc::clone(&premises)));
        let open = Open::at(port, premises, server::router(Arc::clone(&seller))).await?;
        Ok(Self { seller, open })
    }

    /// Stops, and returns once the port is free: a later connection is refused.
    pub async fn stop(self) {
        self.open.close().await;
    }

    /// What an adapter takes as its base, for example `http://127.0.0.1:6969`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.open.address)
    }

    /// What it was started with.
    pub fn settings(&self) -> &Settings {
        &self.seller.settings
    }

    /// Says how purchases go from now on, as [`Sandbox::script`](crate::Sandbox::script) does.
    pub fn script(&self, which: Match, plan: Plan) -> Result<(), Unplayable> {
        faults::playable(&plan)?;
        self.seller.desk().rules.add(which, plan);
        Ok(())
    }

    /// Resets every new connection before a byte is read, and hangs up on the open ones.
    pub fn shut_door(&self) {
        self.seller.premises.door.shut();
    }

    /// Takes connections again.
    pub fn open_door(&self) {
        self.seller.premises.door.open();
    }

    /// Refuses the account's credentials from now on, or takes them again.
    pub fn lock_out(&self, refused: bool) {
        self.seller.desk().is_locked_out = refused;
    }

    /// Where reports go from now on.
    pub fn set_report_url(&self, url: impl Into<String>) {
        self.seller.premises.post.set_url(Some(url.into()));
    }

    /// Moves the calendar forward.
    pub fn advance(&self, by: Duration) {
        self.seller.premises.clock.advance(by);
    }

    /// Adds to the deposit (or takes out, if negative), whole rupiah.
    pub fn top_up(&self, amount: i64) {
        self.seller.desk().books.top_up(amount);
    }

    /// Gives a purchase another status now, and returns when its report was delivered. `false` if there is no such purchase, or
    /// no such number.
    pub async fn settle(&self, ref_id: &str, code: &str) -> bool {
        let id = self.seller.desk().books.id_of(ref_id);
        match (id, words::find(code)) {
            (Some(id), Some(number)) => {
                self.seller.settle(id, number);
                self.seller.report(id).await;
                true
            }
            _ => false,
        }
    }

    /// Sends this query as a report, true or not, and returns when it was delivered. The books do not change.
    pub async fn forge_report(&self, query: &str) {
        self.seller.deliver(query).await;
    }

    /// The reports sent so far, oldest first.
    pub fn reports(&self) -> Vec<Delivery> {
        self.seller.premises.post.sent()
    }

    /// A copy of the books.
    pub fn ledger(&self) -> Ledger {
        self.seller.desk().books.copy(&self.seller.settings.name)
    }

    /// The deposit, whole rupiah.
    pub fn balance(&self) -> i64 {
        self.seller.desk().books.balance()
    }

    /// How many times goods were handed out to a number.
    pub fn deliveries_to(&self, number: &str) -> u32 {
        self.seller.desk().books.deliveries_to(number)
    }

    /// How many orders with good credentials came under a reference, whether or not they formed anything; questions are not counted.
    pub fn orders_of(&self, ref_id: &str) -> u32 {
        self.seller.desk().orders_of(ref_id)
    }

    /// What the caller did that a careful one never does.
    pub fn violations(&self) -> Vec<Violation> {
        self.seller.desk().books.violations.clone()
    }
}
