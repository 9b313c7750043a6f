//! Outgoing webhooks: `create` when a transaction is formed, `update` when it changes, and the ping.
//!
//! Bodies and headers are those of the developer pages; the signature covers the raw bytes. A delivery is
//! tried once: the provider documents no retry, so a receiver may not count on any.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{fault::Fault, shop::Shop, sign, wire};

/// A webhook that was sent, or tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// `create`, `update` or `ping`; `report` of a text server.
    pub event: String,
    /// The body exactly as sent; of a report the query, because it has no body.
    pub body: String,
    /// The signature header, if any.
    pub signature: Option<String>,
    /// The receiver's HTTP status; `None` if it could not be reached.
    pub http_status: Option<u16>,
    /// On the sandbox's clock, milliseconds since 1970.
    pub at_ms: i64,
}

/// The post room.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) http: reqwest::Client,
    url: Mutex<Option<String>>,
    sent: Mutex<Vec<Delivery>>,
}

impl Post {
    pub(crate) fn new(url: Option<String>) -> reqwest::Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(5))
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()?,
            url: Mutex::new(url),
            sent: Mutex::default(),
        })
    }

    /// Where what has no address of its own goes.
    pub(crate) fn url(&self) -> Option<String> {
        let url = self.url.lock().unwrap_or_else(PoisonError::into_inner);
        url.clone()
    }

    pub(crate) fn set_url(&self, to: Option<String>) {
        *self.url.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// What was sent so far, oldest first.
    pub(crate) fn sent(&self) -> Vec<Delivery> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.clone()
    }

    /// Sends `letter` by `request`, once, and keeps it with the answer's status.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder, letter: Delivery) {
        let http_status = match request.send().await {
            Ok(answer) => Some(answer.status().as_u16()),
            Err(error) => {
                tracing::warn!(event = letter.event, %error, "not delivered");
                None
            }
        };
        let letter = Delivery {
            http_status,
            ..letter
        };
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(letter);
    }
}

/// How a webhook is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// As the receiver expects.
    Right,
    /// With another secret.
    Wrong,
    /// Not at all.
    None,
}

impl Shop {
    /// Starts a new transaction's future: its `create`, then each later change with its `update`.
    pub(crate) fn drive(self: &Arc<Self>, id: usize, created: Value, create_sent: bool) {
        let shop = Arc::clone(self);
        self.premises
            .later(async move { shop.future_of(id, created, create_sent).await });
    }

    async fn future_of(&self, id: usize, created: Value, mut create_sent: bool) {
        let (later, reordered) = {
            let counter = self.counter();
            let Some(order) = counter.books.order(id) else {
                return;
            };
            let webhooks = order.plan.on_webhooks();
            (
                order.plan.later.clone(),
                webhooks.contains(&Fault::WebhookReordered),
            )
        };
        if !create_sent && !reordered {
            sleep(self.config.create_delay).await;
            self.announce(id, "create", created.clone()).await;
            create_sent = true;
        }
        for step in later {
            sleep(Duration::from_millis(step.after_ms)).await;
            self.settle(id, &step.rc);
            self.announce_update(id).await;
            if !create_sent {
                self.announce(id, "create", created.clone()).await;
                create_sent = true;
            }
        }
    }

    /// Sends `update` with the transaction as it stands.
    pub(crate) async fn announce_update(&self, id: usize) {
        let data = self
            .counter()
            .books
            .order(id)
            .map(|order| wire::transaction(&order.row));
        if let Some(data) = data {
            self.announce(id, "update", data).await;
        }
    }

    /// Sends a webhook about a transaction, spoilt as its plan says.
    pub(crate) async fn announce(&self, id: usize, event: &str, mut data: Value) {
        let (faults, url) = {
            let counter = self.counter();
            let Some(order) = counter.books.order(id) else {
                return;
            };
            (order.plan.on_webhooks(), order.callback_url.clone())
        };
        if faults.contains(&Fault::WebhookNever) {
            return;
        }
        let signing = if faults.contains(&Fault::WebhookWrongSignature) {
            Signing::Wrong
        } else if faults.contains(&Fault::WebhookUnsigned) {
            Signing::None
        } else {
            Signing::Right
        };
        let mut copies = 1;
        for fault in &faults {
            fault.distort(&mut data);
            if let Fault::WebhookRepeated(times) = fault {
                copies = *times;
            }
        }
        let body = json!({ "data": data });
        for _ in 0..copies {
            self.deliver(event, &body, signing, url.as_deref()).await;
        }
        if faults.contains(&Fault::WebhookUnknownRef) {
            let mut data = data;
            if let Some(ref_id) = data.get_mut("ref_id") {
                *ref_id = json!("NOBODY-SENT-THIS");
            }
            let body = json!({ "data": data });
            self.deliver(event, &body, Signing::Right, url.as_deref())
                .await;
        }
    }

    /// The ping's body; it carries the secret in clear text, as the real one does.
    pub(crate) fn ping_body(&self, hook_id: &str) -> Value {
        let url = self.premises.post.url().unwrap_or_default();
        json!({
            "sed": "AgXXtVAHp",
            "hook_id": hook_id,
            "hook": {
                "url": url,
                "secret": self.config.webhook_secret.as_deref().unwrap_or_default(),
                "type": "application/json",
                "status": 1,
            },
        })
    }

    /// Posts a body to the purchase's own callback URL or else to the account's; nowhere if neither is set.
    pub(crate) async fn deliver(
        &self,
        event: &str,
        body: &Value,
        signing: Signing,
        url: Option<&str>,
    ) {
        let post = &self.premises.post;
        let Some(url) = url.map(str::to_owned).or_else(|| post.url()) else {
            return;
        };
        let named = body["data"]["ref_id"].as_str();
        let agent = if named.is_some_and(|ref_id| self.counter().is_bill(ref_id)) {
            "Digiflazz-Pasca-Hookshot"
        } else {
            "Digiflazz-Hookshot"
        };
        let body = body.to_string();
        let secret = self.config.webhook_secret.as_deref();
        let signature = match (signing, secret) {
            (Signing::Right, Some(secret)) => {
                Some(sign::webhook_signature(secret, body.as_bytes()))
            }
            (Signing::Wrong, _) => Some(sign::webhook_signature("not-the-secret", body.as_bytes())),
            (Signing::Right, None) | (Signing::None, _) => None,
        };
        let mut request = post
            .http
            .post(&url)
            .header("Content-Type", "application/json")
            .header("User-Agent", agent)
            .header("X-Digiflazz-Event", event)
            .body(body.clone());
        if let Some(signature) = &signature {
            request = request.header("X-Hub-Signature", signature);
        }
        let letter = Delivery {
            event: event.to_owned(),
            body,
            signature,
            http_status: None,
            at_ms: self.premises.clock.now_ms(),
        };
        post.send(request, letter).await;
    }
}
