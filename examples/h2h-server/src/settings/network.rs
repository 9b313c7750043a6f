//! Networks as people write them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de};

/// A network like `10.0.0.0/8` whose numbers have one meaning: `053.0.0.0/8` is 43 to some programs and 53 to others, so it is nothing.
pub fn plain_network(text: &str) -> Option<IpNet> {
    let (address, prefix) = text.split_once('/')?;
    let network = text.parse::<IpNet>().ok()?;
    let is_plain = address.parse::<IpAddr>().is_ok() && network.prefix_len().to_string() == prefix;
    is_plain.then_some(network)
}

/// A network like `10.0.0.0/8`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(pub IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        plain_network(&text)
            .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
            .map(Self)
            .ok_or_else(|| de::Error::custom("an address or a network like 10.0.0.0/8 is expected"))
    }
}

#[cfg(test)]
mod tests {
    use super::plain_network;

    #[test]
    fn a_network_has_one_meaning() {
        for text in ["203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"] {
            assert!(plain_network(text).is_some(), "{text}");
        }
        for text in [
            "053.0.113.0/24",
            "53.0.0.00/8",
            "53.0.0.0/08",
            "53.0.0.0/+8",
            "::/032",
            "53.0.0.0",
            "",
        ] {
            assert_eq!(plain_network(text), None, "{text}");
        }
    }
}
