//! The trait.

use std::fmt;

use async_trait::async_trait;
use eraflazz_core::payment::{
    Act, GatewayProfile, Method, NewPayment, PayWith, PaymentClaim, PaymentExchange,
    PaymentReading, PaymentReason, PaymentRef, PaymentSighting, PaymentState,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::{RawRequest, Unauthenticated};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::classify::{self, Asked};
use super::config::wrong;
use super::wire::{Payment, Snap};
use super::{Config, callback, charge, sign};
use crate::config::ConfigError;
use crate::http::{self, Fetched, Lost};
use crate::json as read;
use crate::meter::Meter;

const REASON_CHARS_MAX: usize = 255;

/// One merchant at Midtrans, in one environment.
pub struct Midtrans {
    config: Config,
    profile: GatewayProfile,
    client: Client,
    meter: Meter,
    core: Url,
    snap: Url,
    authorization: HeaderValue,
    signers: Vec<SecretString>,
}

impl Midtrans {
    /// An adapter with these settings. All are checked here, once; the error names the field.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let (core, snap) = config.check()?;
        let client = http::payment_client(
            config.timing.timeout,
            config.proxy.as_ref(),
            config.local_address,
        )
        .ok_or(wrong("proxy", "usable: no client could be set up here"))?;
        let basic = format!("Basic {}", sign::authorization(&config.server_key));
        let mut authorization = HeaderValue::try_from(basic)
            .map_err(|_| wrong("server_key", "printable ASCII characters"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            profile: config.profile(),
            client,
            meter: Meter::new("midtrans"),
            core,
            snap,
            authorization,
            signers: config.signers(),
            config,
        })
    }

    fn url(base: &Url, path: &[&str]) -> Option<Url> {
        let mut url = base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(path);
        Some(url)
    }

    fn post(&self, url: Url, body: &Value) -> RequestBuilder {
        self.with_key(self.client.post(url))
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string())
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json")
    }

    fn heard(&self, answer: Result<Fetched, Lost>, asked: Asked) -> PaymentExchange {
        match answer {
            Ok(fetched) => {
                let seen = read::object::<Payment<'_>>(&fetched.body)
                    .map_or(unclear(PaymentReason::Unreadable), |seen| {
                        classify::payment(&seen, asked, self.config.merchant_id.as_deref())
                    });
                PaymentExchange::answered(fetched.body, vec![seen])
            }
            Err(lost) => lost.exchange(),
        }
    }

    /// The request of a create; `Err` says why nothing is sent.
    fn request(&self, payment: &NewPayment) -> Result<RequestBuilder, PaymentReason> {
        if let Err(error) = payment.check() {
            tracing::warn!(code = %payment.code, %error, "a payment that no gateway is asked for");
            return Err(PaymentReason::BadRequest);
        }
        if !self.profile.methods.contains(&payment.method) {
            return Err(PaymentReason::NotOffered);
        }
        let body = charge::body(payment, &self.config.qris_acquirer)?;
        let url = if payment.method == Method::Page {
            Self::url(&self.snap, &["transactions"])
        } else {
            Self::url(&self.core, &["v2", "charge"])
        };
        let mut request = self.post(url.ok_or(PaymentReason::BadRequest)?, &body);
        if payment.method != Method::Page {
            // One name for one operation: these keys are the merchant's, whatever is called.
            request = request.header("Idempotency-Key", format!("charge-{}", payment.code));
        }
        if let Some(url) = &payment.notify_url {
            request = request.header("X-Override-Notification", url);
        }
        Ok(request)
    }

    /// Path, body and kind of an act; `Err` says why nothing is sent.
    fn act_request(
        payment: &PaymentRef,
        act: &Act,
    ) -> Result<(Vec<String>, Value, Asked), PaymentReason> {
        let id = id(payment).to_owned();
        let bad = PaymentReason::BadRequest;
        let path = |id: String, verbs: &[&str]| {
            let mut path = vec!["v2".to_owned(), id];
            path.extend(verbs.iter().map(|verb| (*verb).to_owned()));
            path
        };
        Ok(match act {
            Act::Cancel => (path(id, &["cancel"]), json!({}), Asked::Act),
            Act::Expire => (path(id, &["expire"]), json!({}), Asked::Act),
            Act::Approve => (path(id, &["approve"]), json!({}), Asked::Act),
            Act::Deny => (path(id, &["deny"]), json!({}), Asked::Act),
            Act::Capture(amount) => {
                // A capture names the payment by Midtrans's own id alone.
                let theirs = payment.theirs.as_ref().ok_or(bad)?;
                let mut body = json!({ "transaction_id": theirs.as_str() });
                if let (Some(amount), Some(fields)) = (amount, body.as_object_mut()) {
                    let amount = amount.whole_rupiah().filter(|amount| *amount > 0);
                    fields.insert("gross_amount".to_owned(), json!(amount.ok_or(bad)?));
                }
                (
                    vec!["v2".to_owned(), "capture".to_owned()],
                    body,
                    Asked::Act,
                )
            }
            Act::Refund {
                key,
                amount,
                reason,
                direct,
            } => {
                let amount = amount.whole_rupiah().filter(|amount| *amount > 0);
                let is_text = (1..=REASON_CHARS_MAX).contains(&reason.chars().count());
                if !is_text {
                    return Err(bad);
                }
                let body = json!({ "refund_key": key.as_str(), "amount": amount.ok_or(bad)?, "reason": reason });
                let verbs: &[&str] = if *direct {
                    &["refund", "online", "direct"]
                } else {
                    &["refund"]
                };
                (path(id, verbs), body, Asked::Refund)
            }
        })
    }
}

#[async_trait]
impl PaymentGateway for Midtrans {
    fn profile(&self) -> &GatewayProfile {
        &self.profile
    }

    async fn create(&self, payment: &NewPayment) -> PaymentExchange {
        let request = match self.request(payment) {
            Ok(request) => request,
            Err(reason) => return PaymentExchange::not_sent(reason),
        };
        let answer = http::call(request).await;
        self.meter.creates.ended(&answer);
        match answer {
            Ok(fetched) if payment.method == Method::Page => {
                let seen = page(&fetched);
                PaymentExchange::answered(fetched.body, vec![seen])
            }
            other => self.heard(other, Asked::Charge),
        }
    }

    async fn look(&self, payment: &PaymentRef) -> PaymentExchange {
        let Some(url) = Self::url(&self.core, &["v2", id(payment), "status"]) else {
            return PaymentExchange::not_sent(PaymentReason::BadRequest);
        };
        let answer = http::call(self.with_key(self.client.get(url))).await;
        self.meter.looks.ended(&answer);
        let mut exchange = self.heard(answer, Asked::Status);
        for seen in &mut exchange.sightings {
            // A question is not refused: it is not answered.
            if seen.claim == PaymentClaim::Refused {
                seen.claim = PaymentClaim::Unclear;
            }
        }
        exchange
    }

    async fn act(&self, payment: &PaymentRef, act: &Act) -> PaymentExchange {
        let (path, body, asked) = match Self::act_request(payment, act) {
            Ok(request) => request,
            Err(reason) => return PaymentExchange::not_sent(reason),
        };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some(url) = Self::url(&self.core, &path) else {
            return PaymentExchange::not_sent(PaymentReason::BadRequest);
        };
        let answer = http::call(self.post(url, &body)).await;
        self.meter.acts.ended(&answer);
        self.heard(answer, asked)
    }

    fn read_callback(&self, request: &RawRequest) -> Result<PaymentReading, Unauthenticated> {
        callback::read(&self.signers, self.config.merchant_id.as_deref(), request)
    }
}

/// Midtrans's own id where it is known: some payments are found by nothing else.
fn id(payment: &PaymentRef) -> &str {
    payment
        .theirs
        .as_ref()
        .map_or(payment.ours.as_str(), |theirs| theirs.as_str())
}

/// Snap's answer. Its HTTP status is documented to mean something: 201 with a token is the only success.
fn page(fetched: &Fetched) -> PaymentSighting {
    let Some(seen) = read::object::<Snap<'_>>(&fetched.body) else {
        return unclear(PaymentReason::Unreadable);
    };
    let token = read::shown(seen.token);
    if matches!(fetched.http_status, 200 | 201) && token.is_some() {
        return PaymentSighting {
            pay_with: PayWith {
                token,
                url: read::shown(seen.redirect_url),
                ..PayWith::default()
            },
            ..PaymentSighting::new(PaymentClaim::Is(PaymentState::Pending), PaymentReason::None)
        };
    }
    let is_refusal = seen.error_messages.is_some();
    match fetched.http_status {
        400 | 404 if is_refusal => {
            PaymentSighting::new(PaymentClaim::Refused, PaymentReason::BadRequest)
        }
        401 | 403 if is_refusal => {
            PaymentSighting::new(PaymentClaim::Refused, PaymentReason::AccountFault)
        }
        500.. => unclear(PaymentReason::GatewayTrouble),
        _ => unclear(PaymentReason::Unreadable),
    }
}

const fn unclear(reason: PaymentReason) -> PaymentSighting {
    PaymentSighting::new(PaymentClaim::Unclear, reason)
}

impl fmt::Debug for Midtrans {
    /// As [`Config`]'s: without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Midtrans")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
