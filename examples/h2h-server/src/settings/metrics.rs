//! `[metrics]`: where a scraper finds the page of metrics.

use std::net::SocketAddr;

use crate::strict::Section;

/// `[metrics]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// An address of this machine alone, with a listener of its own, at which `GET /metrics` asks for no key. None: only operators see the page, at
    /// the address that everybody uses.
    pub listen: Option<SocketAddr>,
}

impl Metrics {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        const RULE: &str = "a loopback address and a port, like 127.0.0.1:9464: whoever reaches it reads what the house earns";
        let listen = section.optional::<String>("listen").and_then(|text| {
            let address = text.parse().ok();
            let here = address.filter(|address: &SocketAddr| address.ip().is_loopback());
            if here.is_none() {
                section.refuse("listen", RULE);
            }
            here
        });
        section.end();
        Self { listen }
    }
}
