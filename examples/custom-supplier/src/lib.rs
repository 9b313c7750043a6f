//! An adapter for an imaginary supplier, "Warung", from nothing. README.md in this folder shows its protocol and walks through it.
use eraflazz_core::supplier::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, redirect::Policy, retry::never};
use std::time::Duration;

/// One account at Warung. Its client never acts on its own: a redirect followed or a request repeated could be a second purchase.
pub struct Warung {
    base: String,
    key: String,
    mac: Hmac<sha2::Sha256>,
    http: Client,
    profile: Profile,
}

impl Warung {
    /// An adapter for the account with this `key`; an error names the setting that is wrong.
    pub fn new(base: &str, key: &str, secret: &str, timeout: Duration) -> Result<Self, String> {
        if key.len() < 16 || secret.len() < 16 {
            return Err("key, secret: at least 16 characters".to_owned());
        }
        let http = Client::builder().redirect(Policy::none()).retry(never());
        let http = http.timeout(timeout).no_proxy().build();
        Ok(Self {
            base: base.to_owned(),
            key: key.to_owned(),
            mac: Hmac::new_from_slice(secret.as_bytes()).map_err(|error| error.to_string())?,
            http: http.map_err(|error| error.to_string())?,
            profile: profile(timeout),
        })
    }

    /// One request, once. Only a connection that was never made proves that nothing was sent; anything less than a whole answer is doubt.
    async fn call(&self, request: RequestBuilder) -> Exchange {
        let mut raw = Vec::new();
        let heard = async {
            let mut answer = request.header("x-api-key", &self.key).send().await?;
            while let Some(chunk) = answer.chunk().await? {
                raw.extend(chunk);
            }
            reqwest::Result::Ok(())
        };
        match heard.await {
            Ok(()) => Exchange::answered(raw.clone().into(), vec![sighting(&raw)]),
            Err(error) if error.is_connect() => Exchange::not_sent(Reason::Timeout),
            Err(_) => Exchange::unclear(raw.into(), Reason::Timeout),
        }
    }
}

/// What Warung's contract says. `Profile` names for each field what to take where yours is silent.
fn profile(timeout: Duration) -> Profile {
    let shape = RefShape::Alphanumeric;
    Profile {
        status: Status::Dedicated,
        reference: Reference::Ours { shape },
        callback: Callback::Signed,
        failed_ref_may_run_again: false,
        not_found: NotFound::NoProof,
        settle_delay: Duration::ZERO, // "failed" is final, says Warung
        reversal_window: Duration::from_hours(24 * 7),
        poll: [2, 3, 3, 3, 3].map(Duration::from_mins).to_vec(),
        poll_later: Duration::from_mins(30),
        poll_max_age: Duration::from_hours(24 * 7),
        sn_policy: SnPolicy::ByProduct,
        repeat: Repeat::ByRef,
        bills: None,
        price_cap_field: true,
        cut_off: None,
        max_in_flight: 50,
        min_gap: Duration::ZERO,
        timeout,
    }
}

/// What Warung says, in answers and callbacks alike. A field of the wrong shape makes the whole unreadable.
#[derive(serde::Deserialize)]
struct Said {
    r#ref: Option<SupplierRef>,
    sku: Option<Sku>,
    target: Option<Target>,
    state: Option<String>,
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
    let (claim, reason) = match said.state.as_deref() {
        Some("delivered") => (Claim::Delivered, Reason::None),
        Some("working") => (Claim::Pending, Reason::None),
        Some("rejected") => (refused(Formed::No), Reason::ProductClosed),
        Some("failed") => (refused(Formed::Yes), Reason::Other),
        Some("unknown") => (Claim::Unclear, Reason::NotFound), // not found proves nothing
        _ => (Claim::Unclear, Reason::Other), // nor does a word that we do not know
    };
    Sighting {
        our_ref: said.r#ref,
        sku: said.sku,
        target: said.target,
        sn: said.sn.as_deref().and_then(Sn::read),
        price: said.price.filter(|price| price.is_positive()),
        price_unread: said.price.is_some_and(|price| !price.is_positive()),
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
        let body = serde_json::json!({ "ref": purchase.supplier_ref, "sku": purchase.sku,
            "target": purchase.target, "max_price": purchase.cap.floor_rupiah() });
        let url = format!("{}/orders", self.base);
        self.call(self.http.post(url).json(&body)).await
    }

    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        let url = format!("{}/orders/{}", self.base, attempt.supplier_ref);
        self.call(self.http.get(url)).await
    }

    /// Warung sells for known prices and knows no customers.
    async fn inquire(&self, _question: &Question) -> Result<Finding, InquiryError> {
        Err(InquiryError::NotOffered)
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        let url = format!("{}/balance", self.base);
        self.call(self.http.get(url)).await.balance()
    }

    /// Warung's prices come by mail. An empty list would be a lie: it says that nothing is sold.
    async fn price_list(&self) -> Result<PriceList, ReadError> {
        Err(ReadError::Unreadable("there is none".to_owned()))
    }

    /// True statements only: an HMAC-SHA256 over the raw body, before a byte of it is read.
    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        let hex = request.header("x-warung-signature").unwrap_or_default();
        let signature = base16ct::mixed::decode_vec(hex).unwrap_or_default();
        let mac = self.mac.clone().chain_update(&request.body);
        mac.verify_slice(&signature).map_err(|_| Unauthenticated)?;
        let (sightings, answer) = (vec![sighting(&request.body)], Answer::ok());
        Ok(Reading { sightings, answer })
    }
}
