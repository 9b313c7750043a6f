//! `[server]`: where it listens and whom it believes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;

use super::span::Span;
use crate::strict::Section;

/// `[server]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The address it listens on, plain HTTP. Off loopback only behind a named proxy that does the TLS.
    pub listen: SocketAddr,
    /// Networks of the proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
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
}

impl Server {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let server = Self {
            listen: section.or("listen", SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            trusted_proxies: read_networks(&mut section),
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
            connections_max: section.within("connections_max", 10_000, 1..=1_000_000),
            connections_per_address: section.within(
                "connections_per_address",
                1_000,
                1..=1_000_000,
            ),
        };
        if !server.listen.ip().is_loopback() && server.trusted_proxies.is_empty() {
            section.refuse(
                "listen",
                "plain HTTP is served on loopback only, or behind a proxy named in trusted_proxies",
            );
        }
        for (index, network) in server.trusted_proxies.iter().enumerate() {
            if network.prefix_len() == 0 {
                section.refuse(
                    &format!("trusted_proxies[{index}]"),
                    "the whole internet is not a proxy",
                );
            }
        }
        section.end();
        server
    }
}

/// Networks, or single addresses.
fn read_networks(section: &mut Section<'_>) -> Vec<IpNet> {
    let texts: Vec<String> = section.or("trusted_proxies", Vec::new());
    let mut networks = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let network = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match network {
            Ok(network) => networks.push(network),
            Err(_) => section.refuse(
                &format!("trusted_proxies[{index}]"),
                "an address or a network like 10.0.0.0/8 is expected",
            ),
        }
    }
    networks
}
