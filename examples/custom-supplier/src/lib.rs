//! An adapter for an imaginary supplier, "Warung", from nothing. README.md in this folder shows its protocol and walks through it.
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::ids::{RefShape, SupplierRef};
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    Answer, AttemptView, Callback, Claim, Exchange, Formed, NotFound, PriceList, Profile, Purchase,
    RawRequest, ReadError, Reading, Reason, Reference, Repeat, Sighting, SnPolicy, Status,
    Unauthenticated,
};
use eraflazz_core::text::{Sku, Sn, Target};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, redirect::Policy, retry::never};
use serde::Deserialize;

/// One account at Warung.
pub struct Warung {
    base: String,
    key: String,
    secret: String,
    http: Client,
    profile: Profile,
}

impl Warung {
    /// An adapter for the account with this `key`; an error names the setting that is wrong.
    pub fn new(base: &str, key: &str, secret: &str, timeout: Duration) -> Result<Self, String> {
        if key.len() < 16 || secret.len() < 16 {
            return Err("key, secret: at least 16 characters".to_owned());
        }
        // It never acts on its own: a redirect followed or a request repeated could be a second purchase.
        let http = Client::builder().timeout(timeout).no_proxy();
        let http = http.redirect(Policy::none()).retry(never()).build();
        Ok(Self {
            base: base.to_owned(),
            key: key.to_owned(),
            secret: secret.to_owned(),
            http: http.map_err(|error| format!("timeout: {error}"))?,
            profile: profile(timeout),
        })
    }

    /// One request, once. A whole answer is read for what it says; anything less is doubt. Only a connection that was never made
    /// proves that nothing was sent.
    async fn call(&self, request: RequestBuilder) -> Exchange {
        let body = match request.header("x-api-key", &self.key).send().await {
            Ok(answer) => answer.bytes().await,
            Err(error) if error.is_connect() => return Exchange::not_sent(Reason::Timeout),
            Err(error) => Err(error),
        };
        match body {
            Ok(raw) => Exchange::answered(raw.clone(), vec![sighting(&raw)]),
            Err(_) => Exchange::unclear(Bytes::new(), Reason::Timeout),
        }
    }

    /// True statements only: an HMAC-SHA256 over the raw body, before a byte of it is read.
    fn verify(&self, request: &RawRequest) -> Option<()> {
        let hex = request.header("x-warung-signature")?;
        let signature = base16ct::lower::decode_vec(hex).ok()?;
        let mac = Hmac::<sha2::Sha256>::new_from_slice(self.secret.as_bytes()).ok()?;
        let mac = mac.chain_update(&request.body);
        mac.verify_slice(&signature).ok()
    }
}

/// What Warung's contract says. Where yours is silent, take the answer that costs least if it is wrong.
fn profile(timeout: Duration) -> Profile {
    Profile {
        status: Status::Dedicated,
        reference: Reference::Ours {
            shape: RefShape::Alphanumeric,
        },
        callback: Callback::Signed,
        failed_ref_may_run_again: false,
        not_found: NotFound::NoProof,
        settle_delay: Duration::ZERO,
        reversal_window: Duration::from_hours(24 * 7),
        poll: [2, 3, 3, 3, 3].map(Duration::from_mins).to_vec(),
        poll_later: Duration::from_mins(30),
        poll_max_age: Duration::from_hours(24 * 7),
        sn_policy: SnPolicy::ByProduct,
        repeat: Repeat::ByRef,
        price_cap_field: true,
        cut_off: None,
        max_in_flight: 50,
        min_gap: Duration::ZERO,
        timeout,
    }
}

/// What Warung says, in answers and callbacks alike. A field of the wrong shape makes the whole unreadable.
#[derive(Deserialize)]
struct Said {
    r#ref: Option<SupplierRef>,
    sku: Option<Sku>,
    target: Option<Target>,
    #[serde(default)]
    state: String,
    sn: Option<String>,
    price: Option<Money>,
    balance: Option<Money>,
}

/// The closed table from Warung's words to what they assert. It judges nothing: core does.
fn sighting(body: &[u8]) -> Sighting {
    let Ok(said) = serde_json::from_slice::<Said>(body) else {
        return Sighting::new(Claim::Unclear, Reason::Unreadable);
    };
    let refused = |formed| Claim::Refused { formed };
    let (claim, reason) = match said.state.as_str() {
        "delivered" => (Claim::Delivered, Reason::None),
        "working" => (Claim::Pending, Reason::None),
        "rejected" => (refused(Formed::No), Reason::Other),
        "failed" => (refused(Formed::Yes), Reason::Other),
        "unknown" => (Claim::Unclear, Reason::NotFound), // not found proves nothing
        _ => (Claim::Unclear, Reason::Other),            // nor does a word that we do not know
    };
    Sighting {
        our_ref: said.r#ref,
        sku: said.sku,
        target: said.target,
        sn: said.sn.as_deref().and_then(Sn::read),
        price: said.price,
        balance: said.balance,
        ..Sighting::new(claim, reason)
    }
}

#[async_trait]
impl Supplier for Warung {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn send(&self, purchase: &Purchase) -> Exchange {
        let body = serde_json::json!({
            "ref": purchase.supplier_ref, "sku": purchase.sku, "target": purchase.target,
            "max_price": purchase.cap.floor_rupiah(),
        });
        let request = self.http.post(format!("{}/orders", self.base));
        self.call(request.json(&body)).await
    }

    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        let url = format!("{}/orders/{}", self.base, attempt.supplier_ref);
        self.call(self.http.get(url)).await
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        let request = self.http.get(format!("{}/balance", self.base));
        let answer = self.call(request).await;
        match answer.sightings.first().and_then(|said| said.balance) {
            Some(balance) => Ok(balance),
            None if answer.raw.is_empty() => Err(ReadError::Unreachable("no answer".to_owned())),
            None => Err(ReadError::Unreadable("no balance".to_owned())),
        }
    }

    /// Warung's prices come by mail. An empty list would be a lie: it says that nothing is sold.
    async fn price_list(&self) -> Result<PriceList, ReadError> {
        Err(ReadError::Unreadable("there is none".to_owned()))
    }

    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        self.verify(request).ok_or(Unauthenticated)?;
        Ok(Reading {
            sightings: vec![sighting(&request.body)],
            answer: Answer::ok(),
        })
    }
}
