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
