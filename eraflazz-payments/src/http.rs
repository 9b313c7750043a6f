//! HTTP for payments: a client that never acts on its own, and the one place that says what a failed request proves.
//!
//! Shared by all adapters. Nothing here knows a gateway.

use std::net::IpAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use eraflazz_core::payment::{PaymentExchange, PaymentReason};
use eraflazz_core::supplier::Written;
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};

/// Longest wait for a connection: well under every total timeout, because a total timeout while still connecting cannot be told from one after the request
/// was written.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);
/// Idle connections are dropped before common servers and balancers drop them.
const POOL_IDLE: Duration = Duration::from_secs(20);
/// Most that is read of an answer: a page of fifty payments with their instructions has its place in it.
pub(crate) const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A client for payments: HTTP/1.1 only, follows no redirect, retries nothing, uses no proxy that nobody configured.
pub(crate) fn payment_client(
    timeout: Duration,
    proxy: Option<&SecretString>,
    local_address: Option<IpAddr>,
) -> Option<Client> {
    let builder = Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT_MAX.min(timeout / 2))
        .timeout(timeout)
        .pool_idle_timeout(POOL_IDLE)
        .local_address(local_address)
        .user_agent(concat!("eraflazz/", env!("CARGO_PKG_VERSION")));
    let builder = match proxy {
        Some(proxy) => builder.proxy(Proxy::all(proxy.expose_secret()).ok()?),
        None => builder.no_proxy(),
    };
    builder.build().ok()
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// HTTP status.
    pub(crate) http_status: u16,
    /// The body.
    pub(crate) body: Bytes,
}

/// A call that brought no whole answer.
#[derive(Debug)]
pub(crate) struct Lost {
    /// Whether a byte of the request may have left.
    pub(crate) written: Written,
    /// What was read before the end.
    pub(crate) partial: Bytes,
    /// What happened, for people.
    pub(crate) how: How,
}

impl Lost {
    /// What a request that brought no whole answer proves.
    pub(crate) fn exchange(self) -> PaymentExchange {
        tracing::debug!(written = ?self.written, how = %self.how, "no whole answer");
        match (self.written, self.how) {
            (Written::No, _) => PaymentExchange::not_sent(PaymentReason::Timeout),
            (Written::Yes, How::TooLarge) => {
                PaymentExchange::unclear(self.partial, PaymentReason::Unreadable)
            }
            (Written::Yes, How::NoConnection | How::Timeout | How::Broken) => {
                PaymentExchange::unclear(self.partial, PaymentReason::Timeout)
            }
        }
    }
}

/// How a call was lost. Says nothing about addresses, so that no secret in a URL reaches a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum How {
    /// No connection.
    #[error("no connection")]
    NoConnection,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// More than the cap.
    #[error("the answer is too large")]
    TooLarge,
}

/// Sends `request`, one of a [`payment_client`], once, and reads its bounded answer.
pub(crate) async fn call(request: RequestBuilder) -> Result<Fetched, Lost> {
    match request.send().await {
        Ok(response) => read_capped(response).await,
        Err(error) => Err(Lost {
            // Only a request that could not be built, or a connection that was never made, certainly wrote nothing.
            written: if error.is_builder() || error.is_connect() {
                Written::No
            } else {
                Written::Yes
            },
            partial: Bytes::new(),
            how: how(&error),
        }),
    }
}

fn how(error: &reqwest::Error) -> How {
    if error.is_timeout() {
        How::Timeout
    } else if error.is_builder() || error.is_connect() {
        How::NoConnection
    } else {
        How::Broken
    }
}

async fn read_capped(mut response: Response) -> Result<Fetched, Lost> {
    let http_status = response.status().as_u16();
    let mut body = BytesMut::new();
    loop {
        let how = match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                body.extend_from_slice(&chunk);
                continue;
            }
            Ok(Some(_)) => How::TooLarge,
            Ok(None) => {
                return Ok(Fetched {
                    http_status,
                    body: body.freeze(),
                });
            }
            Err(error) if error.is_timeout() => How::Timeout,
            Err(_) => How::Broken,
        };
        return Err(Lost {
            // An answer had begun: the request was read, whatever broke since.
            written: Written::Yes,
            partial: body.freeze(),
            how,
        });
    }
}
