//! A fake VIP Reseller over real HTTP: orders that nothing names, lists of what was ordered lately, callbacks that prove nothing.
//!
//! Written from the vendor's pages and captured answers, and like the rest of the sandbox without a line of the adapter's. It keeps the books that the fake
//! Digiflazz keeps; an order's id in them is its `trxid`. In plans a code is one of [`WORDS`]: `"success"`, `"process"`, `"error-tujuan"`, `"saldo"`. Without a
//! plan the last four digits of the number decide, as the table in the README says.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use sandbox::vip::{Settings, Vip};
//! use sandbox::{Fault, Match, Plan};
//!
//! let seller = Vip::start(Settings::default()).await?;
//! seller.script(Match::Next, Plan::rc("process").fault(Fault::Lost)).unwrap();
//! assert!(seller.ledger().closes());
//! # Ok(())
//! # }
//! ```

mod callback;
mod seller;
mod server;
mod services;
mod telling;
mod words;

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use md5::{Digest as _, Md5};
use serde_json::Value;

use self::seller::Seller;
pub use self::words::{WORDS, Word};
use crate::{
    clock,
    config::ProductRow,
    fault::Fault,
    ledger::{Ledger, Violation},
    premises::{Open, Premises},
    script::{Match, Plan},
    webhook::{Delivery, Signing},
};

/// How a callback's body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `{"data":{"trxid":…}}`.
    Json,
    /// `{"trxid":…}`.
    FlatJson,
    /// `data[trxid]=…`.
    Form,
    /// `data={"trxid":…}`.
    FormOfJson,
    /// `trxid=…`.
    FlatForm,
}

/// One account. `Default` sells `S10` for Rp 10,500, and diamonds in two lanes, from a deposit of Rp 1,000,000.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Shown in logs and in the ledger.
    pub name: String,
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// The account's API id.
    pub api_id: String,
    /// The account's API key.
    pub api_key: String,
    /// Who may call; everybody if empty.
    pub allowed: Vec<IpAddr>,
    /// The deposit to start with, whole rupiah.
    pub opening_balance: i64,
    /// What the section for prepaid goods sells, at the price of the account's level.
    pub prepaid: Vec<ProductRow>,
    /// What the section for games sells; the brand is the game.
    pub games: Vec<ProductRow>,
    /// Where callbacks go; may be set later.
    pub callback_url: Option<String>,
    /// How they are written.
    pub callback_encoding: Encoding,
    /// Whether rows of the list say when they were ordered.
    pub rows_have_times: bool,
    /// Whether what is told of games names their codes. The vendor's page does not.
    pub games_have_codes: bool,
    /// How late the answer for a number that ends in `0004` is.
    pub late: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let game = |code: &str, title: &str, game: &str, price| ProductRow {
            product_name: title.into(),
            brand: game.into(),
            category: "Games".into(),
            ..ProductRow::new(code, price)
        };
        let now_ms = clock::Clock::new().now_ms();
        let minutes = |minutes: i64| clock::time_of_day(now_ms + minutes * 60_000);
        Self {
            name: "vip".into(),
            port: 0,
            api_id: "APIID123".into(),
            api_key: "sample-key-of-the-sandbox".into(),
            allowed: Vec::new(),
            opening_balance: 1_000_000,
            prepaid: vec![
                ProductRow::new("S10", 10_500),
                ProductRow {
                    seller_product_status: false,
                    ..ProductRow::new("S5", 5_400)
                },
                ProductRow {
                    start_cut_off: minutes(-30),
                    end_cut_off: minutes(30),
                    ..ProductRow::new("XLDHR3", 48_175)
                },
            ],
            games: vec![
                game("ML86-S1", "86 Diamonds", "Mobile Legends A", 18_750),
                game("ML86-S2", "86 Diamonds", "Mobile Legends B", 18_900),
                game("FF70", "70 Diamonds", "Free Fire", 9_000),
            ],
            callback_url: None,
            callback_encoding: Encoding::Json,
            rows_have_times: true,
            games_have_codes: false,
            late: Duration::from_secs(65),
        }
    }
}

impl Settings {
    /// What signs requests and callbacks: `md5(api_id + api_key)`.
    pub fn sign(&self) -> String {
        let mut hash = Md5::new();
        hash.update(&self.api_id);
        hash.update(&self.api_key);
        base16ct::lower::encode_string(&hash.finalize())
    }
}

/// A plan that this provider cannot follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unplayable {
    /// No row of [`WORDS`] is called this, or it is a refusal where an order was formed already.
    Word(String),
    /// This cannot go wrong here.
    Fault(Fault),
}

impl std::fmt::Display for Unplayable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(code) => write!(f, "no order becomes {code:?} here"),
            Self::Fault(fault) => write!(f, "this provider has no such fault: {fault:?}"),
        }
    }
}

impl std::error::Error for Unplayable {}

/// A running provider. Dropping it closes the port, every connection and all that was still to happen.
#[derive(Debug)]
pub struct Vip {
    seller: Arc<Seller>,
    open: Open,
}

impl Vip {
    /// Binds a loopback port and serves until stopped or dropped.
    ///
    /// Fails when the port is taken.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let premises = Premises::new(settings.callback_url.clone())?;
        let port = settings.port;
        let seller = Arc::new(Seller::new(settings, Arc::clone(&premises)));
        let open = Open::at(port, premises, server::router(Arc::clone(&seller))).await?;
        Ok(Self { seller, open })
    }

    /// Stops, and returns once the port is free: a later connection is refused.
    pub async fn stop(self) {
        self.open.close().await;
    }

    /// What an adapter takes as its base, for example `http://127.0.0.1:9300/api`.
    pub fn base_url(&self) -> String {
        format!("http://{}/api", self.open.address)
    }

    /// What it was started with.
    pub fn settings(&self) -> &Settings {
        &self.seller.settings
    }

    /// Says how orders go from now on, as [`Sandbox::script`](crate::Sandbox::script) does. An order has no reference of the caller's, so [`Match::RefId`] fits none.
    pub fn script(&self, which: Match, plan: Plan) -> Result<(), Unplayable> {
        telling::playable(&plan)?;
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

    /// Whether each row of a list stands in it twice from now on.
    pub fn list_twice(&self, twice: bool) {
        self.seller.desk().rows_twice = twice;
    }

    /// Whether rows that are no orders stand in a list from now on.
    pub fn list_junk(&self, junk: bool) {
        self.seller.desk().rows_of_junk = junk;
    }

    /// How callbacks are written from now on.
    pub fn encode_callbacks(&self, encoding: Encoding) {
        self.seller.desk().encoding = encoding;
    }

    /// Where callbacks go from now on.
    pub fn set_callback_url(&self, url: impl Into<String>) {
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

    /// Gives an order another status now, and returns when its callback was delivered. `false` if there is no such order, or no such word.
    pub async fn settle(&self, trxid: &str, code: &str) -> bool {
        let id = self.seller.desk().books.id_of(trxid);
        match (id, words::find(code)) {
            (Some(id), Some(word)) if word.formed => {
                self.seller.settle(id, word);
                self.seller.call(id).await;
                true
            }
            _ => false,
        }
    }

    /// Sends this as a callback, true or not, and returns when it was delivered. The books do not change.
    pub async fn forge_callback(&self, body: &Value, signing: Signing) {
        let body = body.to_string();
        self.seller
            .deliver(&body, "application/json", signing)
            .await;
    }

    /// The callbacks sent so far, oldest first.
    pub fn callbacks(&self) -> Vec<Delivery> {
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

    /// How many times goods were handed out to a target; one with a zone is written `ID(ZONE)`.
    pub fn deliveries_to(&self, target: &str) -> u32 {
        self.seller.desk().books.deliveries_to(target)
    }

    /// How many orders with good credentials came for a target, whether or not they formed anything; questions are not counted.
    pub fn orders_for(&self, target: &str) -> u32 {
        self.seller.desk().orders_for(target)
    }

    /// What the caller did that a careful one never does: an order for goods and a target of which one is under way.
    pub fn violations(&self) -> Vec<Violation> {
        self.seller.desk().books.violations.clone()
    }
}
