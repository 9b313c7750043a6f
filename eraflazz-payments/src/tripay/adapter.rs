//! The trait.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Act, Amount, GatewayProfile, Method, NewPayment, PaymentClaim, PaymentExchange, PaymentReading,
    PaymentReason, PaymentRef, PaymentSighting,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::{RawRequest, ReadError, Unauthenticated};
use reqwest::{Client, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::value::RawValue;
use url::Url;

use super::channel::{self, Channel, FeeQuote, Instruction};
use super::config::wrong;
use super::wire::{self, ClosedBody, Contents, ItemBody, OpenBody, Payment};
use super::{Config, callback, classify, sign};
use crate::address::is_loopback;
use crate::config::ConfigError;
use crate::http::{self, Fetched};
use crate::json::{self, Field};
use crate::meter::Meter;

/// How many payments under one reference are looked at: one is usual, and more than a page would be a flood.
const PAGE: &str = "50";

/// One merchant at Tripay, in one environment.
pub struct Tripay {
    config: Config,
    profile: GatewayProfile,
    client: Client,
    meter: Meter,
    base: Url,
}

impl Tripay {
    /// An adapter with these settings. All are checked here, once; the error names the field.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let base = config.check()?;
        let client = http::payment_client(
            config.timing.timeout,
            config.proxy.as_ref(),
            config.local_address,
        )
        .ok_or(wrong("proxy", "usable: no client could be set up here"))?;
        let has_open = config.environment == eraflazz_core::payment::Environment::Production
            || is_loopback(&base);
        Ok(Self {
            profile: config.profile(has_open),
            client,
            meter: Meter::new("tripay"),
            base,
            config,
        })
    }

    /// The channels that are open to this merchant. Reads only.
    pub async fn channels(&self) -> Result<Vec<Channel>, ReadError> {
        let body = self.read(&["merchant", "payment-channel"], &[]).await?;
        channel::channels(data(&body)?)
    }

    /// The method of a closed payment that is this channel of Tripay's, if it is one that these settings use.
    pub fn method_of(&self, code: &str) -> Option<Method> {
        let method = self.config.method_of(code)?;
        self.config.methods.contains(&method).then_some(method)
    }

    /// What a payment of `amount` would cost: at one channel, or at all. Reads only.
    pub async fn fees(
        &self,
        amount: Money,
        channel: Option<&str>,
    ) -> Result<Vec<FeeQuote>, ReadError> {
        let amount = amount.floor_rupiah().to_string();
        let mut query = vec![("amount", amount.as_str())];
        query.extend(channel.map(|code| ("code", code)));
        let body = self.read(&["merchant", "fee-calculator"], &query).await?;
        channel::quotes(data(&body)?)
    }

    /// How to pay at a channel, as text without HTML. Reads only.
    pub async fn instructions(
        &self,
        channel: &str,
        pay_code: &str,
        amount: Money,
    ) -> Result<Vec<Instruction>, ReadError> {
        let amount = amount.floor_rupiah().to_string();
        let query = [
            ("code", channel),
            ("pay_code", pay_code),
            ("amount", amount.as_str()),
            ("allow_html", "0"),
        ];
        let body = self.read(&["payment", "instruction"], &query).await?;
        channel::instructions(data(&body)?)
    }

    async fn read(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Bytes, ReadError> {
        let request = self
            .get(path, query)
            .ok_or_else(|| ReadError::Unreadable("the request could not be written".to_owned()))?;
        let answer = http::call(request).await;
        self.meter.reads.ended(&answer);
        answer
            .map(|fetched| fetched.body)
            .map_err(|lost| ReadError::Unreachable(lost.how.to_string()))
    }

    fn url(&self, path: &[&str]) -> Option<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(path);
        Some(url)
    }

    fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Option<RequestBuilder> {
        let mut url = self.url(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Some(self.with_key(self.client.get(url)))
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .bearer_auth(self.config.api_key.expose_secret())
            .header(reqwest::header::ACCEPT, "application/json")
    }

    /// Path and body of a create; `Err` says why nothing is sent.
    fn request(
        &self,
        payment: &NewPayment,
    ) -> Result<(&'static [&'static str], Vec<u8>), PaymentReason> {
        if let Err(error) = payment.check() {
            tracing::warn!(code = %payment.code, %error, "a payment that no gateway is asked for");
            return Err(PaymentReason::BadRequest);
        }
        let bad = PaymentReason::BadRequest;
        let (merchant, code) = (self.config.merchant_code.as_str(), payment.code.as_str());
        let key = &self.config.private_key;
        match payment.amount {
            Amount::Fixed(amount) => {
                let method = Some(payment.method)
                    .filter(|method| self.profile.methods.contains(method))
                    .and_then(|method| self.config.channel(method))
                    .ok_or(PaymentReason::NotOffered)?;
                let amount = amount.whole_rupiah().ok_or(bad)?;
                let expires = payment.expires_in.map(|wait| payment.created_at.plus(wait));
                let body = ClosedBody {
                    method,
                    merchant_ref: code,
                    amount,
                    customer_name: &payment.customer.name,
                    customer_email: &payment.customer.email,
                    customer_phone: &payment.customer.phone,
                    order_items: payment.items.iter().map(ItemBody::of).collect(),
                    callback_url: payment.notify_url.as_deref(),
                    return_url: payment.return_url.as_deref(),
                    expired_time: expires.map(eraflazz_core::time::Timestamp::seconds),
                    signature: sign::request(key, [merchant, code, &amount.to_string()])
                        .ok_or(bad)?,
                };
                let body = serde_json::to_vec(&body).map_err(|_| bad)?;
                Ok((&["transaction", "create"], body))
            }
            Amount::Open => {
                let method = Some(payment.method)
                    .filter(|method| self.profile.open_methods.contains(method))
                    .and_then(Config::open_channel)
                    .ok_or(PaymentReason::NotOffered)?;
                let body = OpenBody {
                    method,
                    merchant_ref: code,
                    customer_name: &payment.customer.name,
                    signature: sign::request(key, [merchant, method, code]).ok_or(bad)?,
                };
                let body = serde_json::to_vec(&body).map_err(|_| bad)?;
                Ok((&["open-payment", "create"], body))
            }
        }
    }

    fn one(&self, data: Field<'_>) -> PaymentSighting {
        json::inner::<Payment<'_>>(data).map_or_else(
            || unclear(PaymentReason::Unreadable),
            |seen| classify::payment(&seen, Some(self.config.environment)),
        )
    }

    /// The payments of a list; those under another reference are left out, because the filter of Tripay's list is not ours to trust.
    fn listed(&self, data: Field<'_>, payment: &PaymentRef) -> Vec<PaymentSighting> {
        let Some(rows) = json::list(data) else {
            return vec![unclear(PaymentReason::Unreadable)];
        };
        let is_ours = |seen: &PaymentSighting| {
            seen.our_ref
                .as_ref()
                .is_some_and(|echo| echo.as_str() == payment.ours.as_str())
        };
        let read = |row: &RawValue| {
            let seen = self.one(Some(row));
            let is_kept = is_ours(&seen) || seen.reason == PaymentReason::Unreadable;
            is_kept.then_some(seen)
        };
        let mut found: Vec<PaymentSighting> = rows.into_iter().filter_map(read).collect();
        for seen in &mut found {
            // A list is asked for by the standing code, so what is in it was paid by it; its rows do not repeat it.
            seen.standing.clone_from(&payment.standing);
        }
        if found.is_empty() {
            found.push(PaymentSighting::new(
                PaymentClaim::NotFound,
                PaymentReason::None,
            ));
        }
        found
    }
}

#[async_trait]
impl PaymentGateway for Tripay {
    fn profile(&self) -> &GatewayProfile {
        &self.profile
    }

    async fn create(&self, payment: &NewPayment) -> PaymentExchange {
        let (path, body) = match self.request(payment) {
            Ok(request) => request,
            Err(reason) => return PaymentExchange::not_sent(reason),
        };
        let Some(url) = self.url(path) else {
            return PaymentExchange::not_sent(PaymentReason::BadRequest);
        };
        let request = self
            .with_key(self.client.post(url))
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body);
        let answer = http::call(request).await;
        self.meter.creates.ended(&answer);
        match answer {
            Ok(fetched) => {
                let seen = match wire::open(&fetched.body) {
                    Contents::Data(data) => self.one(data),
                    Contents::Failure => refused(&fetched),
                    Contents::Unreadable => unclear(PaymentReason::Unreadable),
                };
                PaymentExchange::answered(fetched.body, vec![seen])
            }
            Err(lost) => lost.exchange(),
        }
    }

    async fn look(&self, payment: &PaymentRef) -> PaymentExchange {
        let request = match (&payment.theirs, &payment.standing) {
            (Some(theirs), _) => self.get(
                &["transaction", "detail"],
                &[("reference", theirs.as_str())],
            ),
            (None, Some(standing)) => self.get(
                &["open-payment", standing.as_str(), "transactions"],
                &[("per_page", PAGE)],
            ),
            (None, None) => self.get(
                &["merchant", "transactions"],
                &[
                    ("merchant_ref", payment.ours.as_str()),
                    ("per_page", PAGE),
                    ("sort", "desc"),
                ],
            ),
        };
        let Some(request) = request else {
            return PaymentExchange::not_sent(PaymentReason::BadRequest);
        };
        let answer = http::call(request).await;
        self.meter.looks.ended(&answer);
        match answer {
            Ok(fetched) => {
                let seen = match wire::open(&fetched.body) {
                    Contents::Data(data) if payment.theirs.is_some() => vec![self.one(data)],
                    Contents::Data(data) => self.listed(data, payment),
                    Contents::Failure if fetched.http_status == 404 => vec![PaymentSighting::new(
                        PaymentClaim::NotFound,
                        PaymentReason::None,
                    )],
                    Contents::Failure => vec![unclear(reason(fetched.http_status))],
                    Contents::Unreadable => vec![unclear(PaymentReason::Unreadable)],
                };
                PaymentExchange::answered(fetched.body, seen)
            }
            Err(lost) => lost.exchange(),
        }
    }

    /// Tripay has no such calls: always `NotSent`.
    async fn act(&self, _payment: &PaymentRef, _act: &Act) -> PaymentExchange {
        PaymentExchange::not_sent(PaymentReason::NotOffered)
    }

    fn read_callback(&self, request: &RawRequest) -> Result<PaymentReading, Unauthenticated> {
        callback::read(&self.config.private_key, self.config.environment, request)
    }
}

/// A create that was answered with a failure. Its texts are not stable, so they say nothing; neither does a failure of the server itself.
fn refused(fetched: &Fetched) -> PaymentSighting {
    if fetched.http_status >= 500 {
        return unclear(PaymentReason::GatewayTrouble);
    }
    PaymentSighting::new(PaymentClaim::Refused, reason(fetched.http_status))
}

const fn reason(http_status: u16) -> PaymentReason {
    match http_status {
        401 | 403 => PaymentReason::AccountFault,
        429 => PaymentReason::RateLimited,
        500.. => PaymentReason::GatewayTrouble,
        _ => PaymentReason::BadRequest,
    }
}

const fn unclear(reason: PaymentReason) -> PaymentSighting {
    PaymentSighting::new(PaymentClaim::Unclear, reason)
}

fn data(body: &[u8]) -> Result<Field<'_>, ReadError> {
    match wire::open(body) {
        Contents::Data(data) => Ok(data),
        Contents::Failure => Err(ReadError::Refused {
            code: "success: false".to_owned(),
        }),
        Contents::Unreadable => Err(ReadError::Unreadable(
            "not an answer of Tripay's".to_owned(),
        )),
    }
}

impl fmt::Debug for Tripay {
    /// As [`Config`]'s: without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tripay")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
