//! `[server]`: where it listens and whom it believes.

use std::net::{Ipv4Addr, SocketAddr};

use axum::http::HeaderValue;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de};
use url::Url;

use super::network::Network;
use super::span::Span;
use super::supplier::is_loopback;
use crate::strict::Section;

/// What a server does of the work of all that share a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything. The only one that can be alone.
    All,
    /// Takes orders and callbacks, answers reads, administers; sends nothing to any supplier.
    Api,
    /// Works orders and tells members; answers nobody but whoever asks whether it is well.
    Worker,
}

/// `[server]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it does.
    pub role: Role,
    /// The address it listens on, plain HTTP. Off loopback only behind a named proxy that does the TLS.
    pub listen: SocketAddr,
    /// Networks of the proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose pages may call the members' API from a browser. Exact ones, no pattern.
    pub cors_origins: Vec<Origin>,
    /// How long a request's body may take altogether.
    pub body_timeout: Span,
    /// How long a request's header may take from its first byte to its last.
    pub header_timeout: Span,
    /// How long a connection may lie idle between two requests.
    pub idle_timeout: Span,
    /// Connections at once.
    pub connections_max: usize,
    /// Connections at once from one address that is no trusted proxy.
    pub connections_per_address: usize,
    /// Whether `/docs` and `/api/v1/openapi.json` are served.
    pub docs: bool,
}

impl Server {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let server = Self {
            role: section.or("role", Role::All),
            listen: read_listen(&mut section),
            trusted_proxies: section
                .each::<Proxy>("trusted_proxies")
                .into_iter()
                .map(|proxy| proxy.0)
                .collect(),
            cors_origins: section.each("cors_origins"),
            body_timeout: section.within(
                "body_timeout",
                Span::seconds(10),
                Span::seconds(1)..=Span::seconds(60),
            ),
            header_timeout: section.within(
                "header_timeout",
                Span::seconds(10),
                Span::millis(100)..=Span::seconds(60),
            ),
            idle_timeout: section.within(
                "idle_timeout",
                Span::seconds(75),
                Span::millis(100)..=Span::seconds(600),
            ),
            connections_max: section.count("connections_max", 10_000, 1..=1_000_000, "connections"),
            connections_per_address: section.count(
                "connections_per_address",
                1_000,
                1..=1_000_000,
                "connections",
            ),
            docs: section.or("docs", true),
        };
        if !server.listen.ip().is_loopback() && server.trusted_proxies.is_empty() {
            section.refuse(
                "listen",
                "plain HTTP is served on loopback only, or behind a proxy named in trusted_proxies",
            );
        }
        section.end();
        server
    }
}

/// A network whose machines may say for whom they call.
struct Proxy(IpNet);

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let Network(network) = Network::deserialize(source)?;
        if network.prefix_len() == 0 {
            return Err(de::Error::custom("the whole internet is not a proxy"));
        }
        Ok(Self(network))
    }
}

/// An origin as browsers send it: `https://app.example.com`, with a port if it is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    /// The header that names it.
    pub const fn header(&self) -> &HeaderValue {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        let is_exact = Url::parse(&text).is_ok_and(|url| {
            let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
            is_safe && !text.contains('*') && url.origin().ascii_serialization() == text
        });
        let header = HeaderValue::from_str(&text).ok().filter(|_| is_exact);
        header.map(Self).ok_or_else(|| {
            de::Error::custom(
                "one exact origin is expected, like https://app.example.com: no *, no path, and https unless it is this machine",
            )
        })
    }
}

fn read_listen(section: &mut Section<'_>) -> SocketAddr {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let Some(text) = section.optional::<String>("listen") else {
        return usual;
    };
    text.parse().unwrap_or_else(|_| {
        section.refuse(
            "listen",
            "an address and a port are expected, like 127.0.0.1:8080 or [::1]:8080",
        );
        usual
    })
}
