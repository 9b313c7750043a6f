//! HTTP for purchases: a client that never acts on its own, and the one place that says what a failed request proves.
//!
//! Shared by all adapters. Nothing here knows a provider.

use std::net::IpAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use eraflazz_core::supplier::{Exchange, Reason, Written};
use reqwest::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};

/// Longest wait for a connection (D15). Well under every total timeout: a *total* timeout while still connecting cannot be told
/// from one after the request was written, and so counts as written.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);
/// Idle connections are dropped before common servers and balancers (60 s and more) drop them.
const POOL_IDLE: Duration = Duration::from_secs(20);
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

/// How calls leave this machine.
#[derive(Clone, Debug)]
pub(crate) struct Outbound<'a> {
    /// Total time of one call, its answer included.
    pub(crate) timeout: Duration,
    /// An HTTP proxy; it may carry credentials. Without one the environment's proxies are ignored too.
    pub(crate) proxy: Option<&'a SecretString>,
    /// The local address to call from, where providers keep lists of addresses.
    pub(crate) local_address: Option<IpAddr>,
    /// Whether answers may come compressed. Then it cannot be told any more whether one had a known end.
    pub(crate) compressed: bool,
}

/// Why there is no client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoClient {
    /// The proxy's address is not one.
    Proxy,
    /// TLS or the system's resolver could not be set up.
    Setup,
}

/// A client for purchases: HTTP/1.1 only, follows no redirect (a failure of the second host would look like one of the first),
/// retries nothing, uses no proxy that nobody configured.
pub(crate) fn purchase_client(outbound: &Outbound<'_>) -> Result<Client, NoClient> {
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT_MAX.min(outbound.timeout / 2))
        .timeout(outbound.timeout)
        .pool_idle_timeout(POOL_IDLE)
        .tcp_keepalive(TCP_KEEPALIVE)
        .gzip(outbound.compressed)
        .local_address(outbound.local_address)
        .user_agent(concat!("eraflazz/", env!("CARGO_PKG_VERSION")));
    builder = match outbound.proxy {
        Some(proxy) => {
            builder.proxy(Proxy::all(proxy.expose_secret()).map_err(|_| NoClient::Proxy)?)
        }
        None => builder.no_proxy(),
    };
    builder.build().map_err(|_| NoClient::Setup)
}

/// A whole answer. Its HTTP status is for the log only.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// HTTP status.
    pub(crate) http_status: u16,
    /// The body.
    pub(crate) body: Bytes,
    /// Whether the answer says where it ends, by its length or in chunks. Of one that ends where the connection does, half looks like all.
    pub(crate) is_delimited: bool,
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
    /// What a purchase or a question that brought no whole answer proves.
    pub(crate) fn exchange(self) -> Exchange {
        tracing::debug!(written = ?self.written, how = %self.how, "no whole answer");
        match (self.written, self.how) {
            (Written::No, _) => Exchange::not_sent(Reason::Timeout),
            (Written::Yes, How::TooLarge) => Exchange::unclear(self.partial, Reason::Unreadable),
            (Written::Yes, How::NoConnection | How::Timeout | How::Broken) => {
                Exchange::unclear(self.partial, Reason::Timeout)
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

#[cfg(feature = "digiflazz")]
/// Posts `body` as JSON, once, and reads at most `cap` bytes of the answer.
pub(crate) async fn post_json(
    client: &Client,
    url: reqwest::Url,
    body: Bytes,
    cap: usize,
) -> Result<Fetched, Lost> {
    let request = client
        .post(url)
        .header(reqwest::header::CONTENT_TYPE, "application/json")
        .header(reqwest::header::ACCEPT, "application/json")
        .body(body);
    call(request, cap).await
}

/// Sends `request`, one of a [`purchase_client`], once, and reads at most `cap` bytes of the answer.
pub(crate) async fn call(request: RequestBuilder, cap: usize) -> Result<Fetched, Lost> {
    match request.send().await {
        Ok(response) => read_capped(response, cap).await,
        Err(error) => Err(Lost {
            written: written(&error),
            partial: Bytes::new(),
            how: how(&error),
        }),
    }
}

/// What a request that failed before its answer began proves: only a request that could not be built, or a connection that was
/// never made (resolver, refusal, TLS handshake), certainly wrote nothing. Valid for [`purchase_client`] alone: with redirects
/// on, the failed connection may be the second one.
fn written(error: &reqwest::Error) -> Written {
    if error.is_builder() || error.is_connect() {
        Written::No
    } else {
        Written::Yes
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

async fn read_capped(mut response: Response, cap: usize) -> Result<Fetched, Lost> {
    let http_status = response.status().as_u16();
    let headers = response.headers();
    let is_delimited =
        headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let mut body = BytesMut::new();
    loop {
        let how = match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= cap => {
                body.extend_from_slice(&chunk);
                continue;
            }
            Ok(Some(_)) => How::TooLarge,
            Ok(None) => {
                return Ok(Fetched {
                    http_status,
                    body: body.freeze(),
                    is_delimited,
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
