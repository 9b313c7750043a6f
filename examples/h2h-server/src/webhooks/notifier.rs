//! Sending: one guarded request, and what came of it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ports::{Ledger, Message, Notifier};
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{Answer, Endpoint, Format, Outcome, Report, Signing};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, WebhookError,
};
use url::Url;

use super::address::Blocked;
use super::guard::Guard;
use super::message::{Event, Spoken, report_body, report_url, sign};
use super::names::{Names, Vetted};
use crate::seller::texts::Sentences;

/// How much of an answer is read.
const READ_MAX: usize = 16 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle connections are dropped before common servers drop them.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// Carries messages over HTTP. Follows no redirect, repeats nothing, uses no proxy, calls only addresses that its [`Guard`] lets pass.
#[derive(Clone, Debug)]
pub struct HttpNotifier {
    guard: Arc<Guard>,
    client: Client,
    voice: Option<Voice>,
}

/// With what servers of the `OtomaX` family are spoken to.
#[derive(Clone)]
pub struct Voice {
    /// The sentences of this house.
    pub sentences: Sentences,
    /// Where a member's deposit stands.
    pub ledger: Arc<dyn Ledger>,
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Voice")
    }
}

impl HttpNotifier {
    /// A notifier under these rules, whose calls take at most `timeout`.
    pub fn new(
        guard: Guard,
        names: Arc<dyn Names>,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let guard = Arc::new(guard);
        let vetted = Vetted {
            guard: Arc::clone(&guard),
            names,
        };
        let client = Client::builder()
            .dns_resolver(Arc::new(vetted))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .gzip(false)
            .http1_only()
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(4)
            .user_agent(concat!("eraflazz/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            guard,
            client,
            voice: None,
        })
    }

    /// One that speaks to servers of the `OtomaX` family as well.
    #[must_use]
    pub fn speaking(mut self, voice: Voice) -> Self {
        self.voice = Some(voice);
        self
    }

    /// The rules.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    async fn request(
        &self,
        url: Url,
        endpoint: &Endpoint,
        message: &Message,
    ) -> Result<RequestBuilder, Unsendable> {
        match &endpoint.format {
            Format::Standard(signing) => self.signed(url, signing, message),
            Format::LegacyGet(report) => {
                let spoken = self.spoken(report, message).await?;
                Ok(self.client.get(report_url(url, report, message, spoken)))
            }
            Format::LegacyPost(report) => {
                let spoken = self.spoken(report, message).await?;
                let body = serde_json::to_vec(&report_body(report, message, spoken))?;
                let posted = self.client.post(url).body(body);
                Ok(posted.header(CONTENT_TYPE, "application/json"))
            }
        }
    }

    /// What a report says in a dialect, if it speaks one.
    async fn spoken(
        &self,
        report: &Report,
        message: &Message,
    ) -> Result<Option<Spoken<'_>>, Unsendable> {
        if !report.speaks() {
            return Ok(None);
        }
        let voice = self.voice.as_ref().ok_or(Unsendable::NoVoice)?;
        let wallet = voice.ledger.wallet(message.order.member).await?;
        Ok(Some(Spoken {
            sentences: &voice.sentences,
            balance: wallet.ok_or(Unsendable::NoWallet)?.available,
        }))
    }

    fn signed(
        &self,
        url: Url,
        signing: &Signing,
        message: &Message,
    ) -> Result<RequestBuilder, Unsendable> {
        let body = serde_json::to_vec(&Event::of(message))?;
        let (id, seconds) = (message.event().to_string(), message.at.seconds());
        let signature = sign(signing, &id, seconds, &body)?;
        Ok(self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_ID, id)
            .header(HEADER_WEBHOOK_TIMESTAMP, seconds.to_string())
            .header(HEADER_WEBHOOK_SIGNATURE, signature)
            .body(body))
    }
}

/// A message of ours that cannot be written down: a fault of ours.
#[derive(Debug, thiserror::Error)]
enum Unsendable {
    #[error("the body: {0}")]
    Body(#[from] serde_json::Error),
    #[error("the signature: {0}")]
    Signature(#[from] WebhookError),
    #[error("the sentence: this notifier has none")]
    NoVoice,
    #[error("the sentence: its member has no wallet")]
    NoWallet,
    #[error("the sentence: {0}")]
    Unavailable(#[from] Unavailable),
}

#[async_trait]
impl Notifier for HttpNotifier {
    async fn notify(&self, endpoint: &Endpoint, message: &Message) -> Answer {
        let url = match self.guard.check_url(endpoint.url.as_str()) {
            Ok(url) => url,
            Err(blocked) => return refuse_to_call(endpoint, blocked),
        };
        let request = match self.request(url, endpoint, message).await {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(trace_id = %message.order.id, %error, "a webhook could not be written down");
                return Answer::bare(Outcome::Broken);
            }
        };
        match request.send().await {
            Ok(response) => heard(response, message.at).await,
            Err(error) => match blocked(&error) {
                Some(blocked) => refuse_to_call(endpoint, blocked),
                None => Answer::bare(how(&error)),
            },
        }
    }
}

/// Somebody wanted us to call where we do not call: written down for whoever looks after strangers (T-13).
fn refuse_to_call(endpoint: &Endpoint, Blocked(why): Blocked) -> Answer {
    tracing::warn!(member = %endpoint.member, why, alert = "webhook blocked", "a webhook address is not one that we call");
    Answer::bare(Outcome::Blocked(why))
}

async fn heard(mut response: Response, now: Timestamp) -> Answer {
    let code = response.status().as_u16();
    let outcome = if response.status().is_success() {
        Outcome::Taken { code }
    } else {
        let asked = response.headers().get(RETRY_AFTER);
        let asked = asked.and_then(|asked| asked.to_str().ok());
        Outcome::Refused {
            code,
            retry_after: asked.and_then(|asked| wait_asked(asked, now)),
        }
    };
    // The status is the answer. What follows it is for support only, so how it ends does not matter.
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= READ_MAX {
            break;
        }
    }
    Answer::with_body(outcome, &body)
}

/// `Retry-After`: seconds, or a date.
fn wait_asked(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some(Timestamp::from_micros(until.timestamp_micros()).since(now))
}

/// The guard's refusal, if that is why there is no answer.
fn blocked(error: &reqwest::Error) -> Option<Blocked> {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(blocked) = error.downcast_ref::<Blocked>() {
            return Some(*blocked);
        }
        source = error.source();
    }
    None
}

fn how(error: &reqwest::Error) -> Outcome {
    if error.is_timeout() {
        Outcome::TimedOut
    } else if error.is_builder() || error.is_connect() {
        Outcome::NoConnection
    } else {
        Outcome::Broken
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("120", Some(120))]
    #[case(" 5 ", Some(5))]
    #[case("Thu, 01 Jan 2026 00:01:00 GMT", Some(60))]
    #[case::past("Wed, 31 Dec 2025 00:00:00 GMT", Some(0))]
    #[case("-1", None)]
    #[case("soon", None)]
    #[case("", None)]
    fn retry_after_is_read_in_both_forms(#[case] text: &str, #[case] seconds: Option<u64>) {
        let now = Timestamp::from_millis(1_767_225_600_000);
        assert_eq!(wait_asked(text, now), seconds.map(Duration::from_secs));
    }
}
