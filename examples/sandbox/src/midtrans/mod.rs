//! A fake Midtrans over real HTTP: charges, Snap pages, status, capture, cancel, expiry, refunds, and notifications that are sent again by the vendor's table.
//!
//! Written from the vendor's pages and captured answers, without a line of the adapter's: HTTP 200 around most of its codes, amounts as text with two
//! decimals, times in Jakarta without saying so, and a signature that leaves out the state.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use sandbox::gateway::{Call, Spoil};
//! use sandbox::midtrans::{Midtrans, Settings};
//!
//! let gateway = Midtrans::start(Settings::default()).await?;
//! // The next payment is made, but its answer never arrives.
//! gateway.spoil(Call::Create, Spoil::Lost);
//! assert!(gateway.snap_url().ends_with("/snap/v1"));
//! # Ok(())
//! # }
//! ```

mod desk;
mod server;

use std::{io, sync::Arc, time::Duration};

use self::desk::Desk;
pub use self::desk::{Payment, Refund};
use crate::{
    gateway::{Call, Letter, Spoil},
    premises::{Open, Premises},
};

/// One merchant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// The merchant's id.
    pub merchant_id: String,
    /// The key of every call; it signs notifications as well.
    pub server_key: String,
    /// Where notifications go; may be set later.
    pub notification_url: Option<String>,
    /// How long one minute of the vendor's table of retries takes.
    pub retry_minute: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            merchant_id: "G000000001".into(),
            server_key: "SB-Mid-server-sample-of-the-sandbox".into(),
            notification_url: None,
            retry_minute: Duration::from_mins(1),
        }
    }
}

/// A running gateway. Dropping it closes the port, every connection and all that was still to happen.
#[derive(Debug)]
pub struct Midtrans {
    desk: Arc<Desk>,
    open: Open,
}

impl Midtrans {
    /// Binds a loopback port and serves until stopped or dropped. Fails when the port is taken.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let premises = Premises::new(settings.notification_url.clone())?;
        let port = settings.port;
        let desk = Arc::new(Desk::new(settings, Arc::clone(&premises)));
        let open = Open::at(port, premises, server::router(Arc::clone(&desk))).await?;
        Ok(Self { desk, open })
    }

    /// The address of the Core API.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.open.address)
    }

    /// The address of Snap.
    pub fn snap_url(&self) -> String {
        format!("http://{}/snap/v1", self.open.address)
    }

    /// What it was started with.
    pub fn settings(&self) -> &Settings {
        &self.desk.settings
    }

    /// Spoils the next answer to such a call.
    pub fn spoil(&self, call: Call, spoil: Spoil) {
        self.desk.spoils.add(call, spoil);
    }

    /// Resets every new connection before a byte is read, and hangs up on the open ones.
    pub fn shut_door(&self) {
        self.desk.premises.door.shut();
    }

    /// Takes connections again.
    pub fn open_door(&self) {
        self.desk.premises.door.open();
    }

    /// Where notifications go from now on.
    pub fn set_notification_url(&self, url: impl Into<String>) {
        self.desk.premises.post.set_url(Some(url.into()));
    }

    /// The payment under an order id, or under the gateway's own.
    pub fn payment(&self, id: &str) -> Option<Payment> {
        self.desk.payment(id)
    }

    /// How many requests with good credentials asked for a payment.
    pub fn creates(&self) -> u32 {
        self.desk.creates()
    }

    /// Gives a payment a `transaction_status`, whatever the table of moves says: money that comes late, or is taken back. No notification goes out: see
    /// [`announce`](Self::announce). `false` if there is none.
    pub fn settle(&self, id: &str, status: &str) -> bool {
        self.desk.settle(id, status)
    }

    /// The notification that tells of a payment as it stands.
    pub fn letter(&self, id: &str) -> Option<Letter> {
        self.desk.letter(id)
    }

    /// Sends it, and again by the vendor's table until it is taken.
    pub fn announce(&self, id: &str) {
        if let Some(letter) = self.desk.letter(id) {
            self.desk.send(letter);
        }
    }
}
