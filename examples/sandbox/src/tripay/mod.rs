//! A fake Tripay over real HTTP: closed and open payments, lists, channels, fees, instructions, and callbacks that are sent again until they are taken.
//!
//! Written from the vendor's pages and captured answers, without a line of the adapter's: it signs, reads and counts by itself.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use sandbox::gateway::{Call, Spoil};
//! use sandbox::tripay::{Settings, Tripay};
//!
//! let gateway = Tripay::start(Settings::default()).await?;
//! // The next payment is made, but its answer never arrives.
//! gateway.spoil(Call::Create, Spoil::Lost);
//! assert!(gateway.base_url().ends_with("/api-sandbox"));
//! # Ok(())
//! # }
//! ```

mod channels;
mod desk;
mod server;

use std::{io, sync::Arc, time::Duration};

use self::desk::Desk;
pub use self::desk::{Fate, Payment};
use crate::{
    gateway::{Call, Letter, Spoil},
    premises::{Open, Premises},
};

/// One merchant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// The merchant's code.
    pub merchant_code: String,
    /// The key of every call.
    pub api_key: String,
    /// The key that signs.
    pub private_key: String,
    /// Where callbacks go that name no address of their own; may be set later.
    pub callback_url: Option<String>,
    /// Whether the customer bears the fee.
    pub customer_bears: bool,
    /// Wait before a callback that was not taken is sent again.
    pub resend_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            merchant_code: "T12345".into(),
            api_key: "DEV-sample-key-of-the-sandbox".into(),
            private_key: "sample-private-key-of-the-sandbox".into(),
            callback_url: None,
            customer_bears: false,
            resend_after: Duration::from_mins(2),
        }
    }
}

/// A running gateway. Dropping it closes the port, every connection and all that was still to happen.
#[derive(Debug)]
pub struct Tripay {
    desk: Arc<Desk>,
    open: Open,
}

impl Tripay {
    /// Binds a loopback port and serves until stopped or dropped. Fails when the port is taken.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let premises = Premises::new(settings.callback_url.clone())?;
        let port = settings.port;
        let desk = Arc::new(Desk::new(settings, Arc::clone(&premises)));
        let open = Open::at(port, premises, server::router(Arc::clone(&desk))).await?;
        Ok(Self { desk, open })
    }

    /// What an adapter takes as its base, for example `http://127.0.0.1:9400/api-sandbox`.
    pub fn base_url(&self) -> String {
        format!("http://{}/api-sandbox", self.open.address)
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

    /// Where callbacks go from now on.
    pub fn set_callback_url(&self, url: impl Into<String>) {
        self.desk.premises.post.set_url(Some(url.into()));
    }

    /// The payments under a reference of the merchant's, oldest first.
    pub fn payments(&self, merchant_ref: &str) -> Vec<Payment> {
        self.desk.payments(merchant_ref)
    }

    /// How many requests with good credentials asked for a payment.
    pub fn creates(&self) -> u32 {
        self.desk.creates()
    }

    /// Gives a payment another fate. No callback goes out: see [`announce`](Self::announce). `false` if there is none.
    pub fn settle(&self, reference: &str, fate: Fate) -> bool {
        self.desk.settle(reference, fate)
    }

    /// A customer pays `amount` by a standing code; the reference of his payment. `None` if there is no such code.
    pub fn pay_open(&self, uuid: &str, amount: i64) -> Option<String> {
        self.desk.pay_open(uuid, amount)
    }

    /// The callback that tells of a payment as it stands.
    pub fn letter(&self, reference: &str) -> Option<Letter> {
        self.desk.letter(reference)
    }

    /// A validly signed callback with any body, as Tripay's own tester sends them.
    pub fn tester(&self, body: &str) -> Letter {
        self.desk.signed(body.to_owned(), None)
    }

    /// Sends the callback of a payment as it stands, and again up to three times until it is taken.
    pub fn announce(&self, reference: &str) {
        if let Some(letter) = self.desk.letter(reference) {
            self.desk.send(letter);
        }
    }

    /// Sends any letter in the same way.
    pub fn send(&self, letter: Letter) {
        self.desk.send(letter);
    }
}
