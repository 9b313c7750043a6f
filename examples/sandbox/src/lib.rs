//! A fake Digiflazz over real HTTP, faithful to its developer pages, with a ledger of its own.
//!
//! It exists to be an independent witness. It shares no code with the engine or its adapters: it signs, reads
//! and counts by itself, so "the sandbox sold this once" is a statement about the world and not about us. It
//! promises that its deposit is always what was put in less what its purchases cost ([`Ledger::closes`]), and
//! that faults change what is said, never what was done.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use sandbox::{Config, Fault, Match, Plan, Sandbox};
//!
//! let sandbox = Sandbox::start(Config::default()).await?;
//! // The next purchase happens, but its answer never arrives.
//! sandbox.script(Match::Next, Plan::sukses().fault(Fault::Lost));
//! assert!(sandbox.base_url().ends_with("/v1"));
//! assert!(sandbox.ledger().closes());
//! # Ok(())
//! # }
//! ```
//!
//! Not served: deposit tickets.

mod biller;
mod bills;
mod clock;
mod config;
mod control;
mod counter;
mod door;
mod fault;
mod form;
pub mod gateway;
mod ledger;
pub mod midtrans;
pub mod moota;
pub mod otomax;
mod premises;
pub mod raw;
pub mod rc;
mod script;
mod server;
mod shop;
mod sign;
pub mod tripay;
pub mod vip;
mod webhook;
mod wire;

use std::{io, sync::Arc, time::Duration};

use serde_json::Value;

pub use crate::{
    bills::BillRow,
    config::{ChangedPayload, Config, ProductRow, TooSoon},
    control::Script,
    fault::Fault,
    ledger::{Ledger, Purchase, State, Violation, ViolationKind},
    script::{Later, Match, Plan, Spoilt},
    shop::Endpoint,
    sign::{request_sign, webhook_signature},
    webhook::{Delivery, Signing},
};
use crate::{
    premises::{Open, Premises},
    shop::Shop,
};

/// A running sandbox. Dropping it closes the port, every connection and all that was still to happen.
#[derive(Debug)]
pub struct Sandbox {
    shop: Arc<Shop>,
    open: Open,
}

impl Sandbox {
    /// Binds a loopback port and serves until stopped or dropped.
    ///
    /// Fails when the port is taken.
    pub async fn start(config: Config) -> io::Result<Self> {
        let premises = Premises::new(config.webhook_url.clone())?;
        let port = config.port;
        let shop = Arc::new(Shop::new(config, Arc::clone(&premises)));
        let router = server::router(Arc::clone(&shop)).merge(control::router(Arc::clone(&shop)));
        let open = Open::at(port, premises, router).await?;
        Ok(Self { shop, open })
    }

    /// Stops, and returns once the port is free: a later connection is refused.
    pub async fn stop(self) {
        self.open.close().await;
    }

    /// What an adapter takes as its base URL, for example `http://127.0.0.1:7010/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.open.address)
    }

    /// Where the sandbox's own endpoints live, for example `http://127.0.0.1:7010/sandbox`.
    pub fn control_url(&self) -> String {
        format!("http://{}/sandbox", self.open.address)
    }

    /// What it was started with.
    pub fn config(&self) -> &Config {
        &self.shop.config
    }

    /// Says how purchases go from now on. Said again for the same purchases, a lasting plan replaces the lasting
    /// one before it; plans with a count queue up.
    pub fn script(&self, which: Match, plan: Plan) {
        self.shop.counter().rules.add(which, plan);
    }

    /// Spoils the next answer of a reading endpoint; faults queue up, one an answer.
    pub fn spoil(&self, endpoint: Endpoint, fault: Fault) {
        self.shop
            .counter()
            .faults
            .entry(endpoint)
            .or_default()
            .push(fault);
    }

    /// Resets every new connection before a byte is read, and hangs up on the open ones.
    pub fn shut_door(&self) {
        self.shop.premises.door.shut();
    }

    /// Takes connections again.
    pub fn open_door(&self) {
        self.shop.premises.door.open();
    }

    /// How many connections were turned away.
    pub fn turned_away(&self) -> u64 {
        self.shop.premises.door.turned_away()
    }

    /// Where webhooks go from now on.
    pub fn set_webhook_url(&self, url: impl Into<String>) {
        self.shop.premises.post.set_url(Some(url.into()));
    }

    /// Moves the calendar forward. What was to happen later still takes its real time.
    pub fn advance(&self, by: Duration) {
        self.shop.premises.clock.advance(by);
    }

    /// Adds to the deposit (or takes out, if negative), whole rupiah.
    pub fn top_up(&self, amount: i64) {
        self.shop.counter().books.top_up(amount);
    }

    /// Puts a product on the shelf, in place of the one with the same SKU.
    pub fn put_product(&self, row: ProductRow) {
        self.shop.counter().put_product(row);
    }

    /// Takes the product with this SKU off the shelf and off the list.
    pub fn remove_product(&self, sku: &str) {
        self.shop.counter().remove_product(sku);
    }

    /// What this customer's bill takes from the deposit from now on, whole rupiah; nothing owed is a bill that is not there yet.
    pub fn owe(&self, customer_no: impl Into<String>, price: i64) {
        self.shop.counter().debts.insert(customer_no.into(), price);
    }

    /// Gives a formed transaction another code now, and returns when its `update` webhook was delivered.
    /// `false` if no transaction has this id.
    pub async fn settle(&self, ref_id: &str, rc: &str) -> bool {
        let id = self.shop.counter().books.id_of(ref_id);
        let Some(id) = id else {
            return false;
        };
        self.shop.settle(id, rc);
        self.shop.announce_update(id).await;
        true
    }

    /// Sends the ping of a newly saved webhook, and returns when it was delivered.
    pub async fn ping(&self) {
        let body = self.shop.ping_body(&self.shop.config.hook_id);
        self.shop.deliver("ping", &body, Signing::Right, None).await;
    }

    /// Sends any body as a webhook, true or not, and returns when it was delivered. The books do not change.
    pub async fn forge_webhook(&self, event: &str, body: &Value, signing: Signing) {
        self.shop.deliver(event, body, signing, None).await;
    }

    /// The webhooks sent so far, oldest first.
    pub fn webhooks(&self) -> Vec<Delivery> {
        self.shop.premises.post.sent()
    }

    /// A copy of the books.
    pub fn ledger(&self) -> Ledger {
        self.shop.counter().books.copy(&self.shop.config.name)
    }

    /// The deposit, whole rupiah.
    pub fn balance(&self) -> i64 {
        self.shop.counter().books.balance()
    }

    /// [`Ledger::deliveries_to`] of the books as they stand.
    pub fn deliveries_to(&self, customer_no: &str) -> u32 {
        self.shop.counter().books.deliveries_to(customer_no)
    }

    /// How many calls with good credentials came for an id, whether or not they formed anything.
    pub fn posts_of(&self, ref_id: &str) -> u32 {
        self.shop.posts_of(ref_id)
    }

    /// What the caller did that a careful one never does.
    pub fn violations(&self) -> Vec<Violation> {
        self.shop.counter().books.violations.clone()
    }
}
