//! A fake Moota over real HTTP: rows of bank statements, listed page by page, and pushed with a signature until they are taken.
//!
//! Written from the vendor's pages and captured rows, without a line of the adapter's: it signs and writes by itself.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use sandbox::moota::{Moota, Row, Settings};
//!
//! let bank = Moota::start(Settings::default()).await?;
//! let row = bank.comes(&Row::credit(50_437));
//! assert!(bank.letter(&[row]).body.contains("50437"));
//! # Ok(())
//! # }
//! ```

mod server;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    clock::local,
    gateway::{Letter, deliver},
    premises::{Open, Premises},
};

/// How often a push is sent again that was not taken.
const RESENDS: u32 = 3;

/// One account at a bank, as Moota reads it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// Moota's own id of the account.
    pub bank_id: String,
    /// Its number at the bank.
    pub account_number: String,
    /// The token of every call.
    pub token: String,
    /// The secret that signs pushes.
    pub secret: String,
    /// Where pushes go; may be set later.
    pub webhook_url: Option<String>,
    /// Wait before a push that was not taken is sent again.
    pub resend_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            bank_id: "BANKtest01".into(),
            account_number: "1234567890".into(),
            token: "sample-token-of-the-sandbox".into(),
            secret: "sample-secret-of-the-sandbox".into(),
            webhook_url: None,
            resend_after: Duration::from_mins(1),
        }
    }
}

/// A row of a statement, before Moota has it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Rupiah.
    pub amount: i64,
    /// `CR` or `DB`.
    pub kind: &'static str,
    /// What the bank writes.
    pub description: String,
    /// Whether the bank shows a running balance.
    pub balance: bool,
    /// Of which account, if not of that of the settings.
    pub bank_id: Option<String>,
}

impl Row {
    /// Money that comes in.
    pub fn credit(amount: i64) -> Self {
        Self {
            amount,
            kind: "CR",
            description: "TRSF E-BANKING CR BUDI".into(),
            balance: true,
            bank_id: None,
        }
    }
}

/// A running Moota. Dropping it closes the port, every connection and all that was still to happen.
#[derive(Debug)]
pub struct Moota {
    desk: Arc<Desk>,
    open: Open,
}

#[derive(Debug)]
struct Desk {
    settings: Settings,
    premises: Arc<Premises>,
    rows: Mutex<Vec<Value>>,
}

impl Desk {
    fn rows(&self) -> std::sync::MutexGuard<'_, Vec<Value>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Moota {
    /// Binds a loopback port and serves until stopped or dropped. Fails when the port is taken.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let premises = Premises::new(settings.webhook_url.clone())?;
        let port = settings.port;
        let desk = Arc::new(Desk {
            settings,
            premises: Arc::clone(&premises),
            rows: Mutex::default(),
        });
        let open = Open::at(port, premises, server::router(Arc::clone(&desk))).await?;
        Ok(Self { desk, open })
    }

    /// What an adapter takes as its base, for example `http://127.0.0.1:9700/api/v2`.
    pub fn base_url(&self) -> String {
        format!("http://{}/api/v2", self.open.address)
    }

    /// What it was started with.
    pub fn settings(&self) -> &Settings {
        &self.desk.settings
    }

    /// Where pushes go from now on.
    pub fn set_webhook_url(&self, url: impl Into<String>) {
        self.desk.premises.post.set_url(Some(url.into()));
    }

    /// A row shows up in the statement, dated now; its place in it. Nothing is pushed: see [`announce`](Self::announce).
    pub fn comes(&self, row: &Row) -> usize {
        let Settings {
            bank_id,
            account_number,
            ..
        } = &self.desk.settings;
        let date = local(self.desk.premises.clock.now_ms());
        let mut rows = self.desk.rows();
        let place = rows.len();
        let id = format!("MUTAtest{:03}", place + 1);
        let count = i64::try_from(place).unwrap_or(i64::MAX);
        let balance = if row.balance {
            5_000_000 + 1_000 * count
        } else {
            0
        };
        rows.push(json!({
            "account_number": account_number, "date": date, "description": row.description, "note": "", "amount": row.amount, "type": row.kind,
            "balance": balance, "updated_at": date, "created_at": date, "mutation_id": id, "token": id,
            "bank_id": row.bank_id.as_ref().unwrap_or(bank_id), "taggings": [],
        }));
        place
    }

    /// The bank is read anew: the row at this place shows up once more, under another id and to the letter the same. Its new place.
    pub fn is_read_anew(&self, place: usize) -> usize {
        let mut rows = self.desk.rows();
        let mut again = rows.get(place).cloned().unwrap_or_default();
        let id = format!("MUTAanew{:03}", rows.len() + 1);
        again["mutation_id"] = json!(id);
        again["token"] = json!(id);
        rows.push(again);
        rows.len() - 1
    }

    /// The push that tells of these rows.
    pub fn letter(&self, places: &[usize]) -> Letter {
        let rows = self.desk.rows();
        let told: Vec<&Value> = places.iter().filter_map(|place| rows.get(*place)).collect();
        self.signed(json!(told).to_string())
    }

    /// A validly signed push with any body.
    pub fn signed(&self, body: String) -> Letter {
        let secret = self.desk.settings.secret.as_bytes();
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).map(|mut mac| {
            mac.update(body.as_bytes());
            base16ct::lower::encode_string(&mac.finalize().into_bytes())
        });
        let signature = mac.unwrap_or_default();
        Letter {
            url: self.desk.premises.post.url(),
            headers: vec![
                ("Signature".into(), signature),
                ("User-Agent".into(), "MootaBot/1.5".into()),
            ],
            body,
        }
    }

    /// Pushes these rows, and again up to three times until they are taken.
    pub fn announce(&self, places: &[usize]) {
        let (letter, desk) = (self.letter(places), Arc::clone(&self.desk));
        self.desk.premises.later(async move {
            for _ in 0..=RESENDS {
                let answer = deliver(&desk.premises.post.http, &letter).await;
                if answer.is_some_and(|(status, _)| (200..300).contains(&status)) {
                    return;
                }
                tokio::time::sleep(desk.settings.resend_after).await;
            }
        });
    }
}
