//! Where a request really comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Entries of the forwarding header that are looked at, from the right.
const HOPS_MAX: usize = 16;

/// The client's address: the socket's, unless that is one of the `trusted` proxies; then the right-most entry of
/// `X-Forwarded-For` that is not one of them. What stands further left was written by the client and counts for nothing.
///
/// An entry that is no address ends the search at the last proxy known to be ours, so garbage cannot make a caller look like
/// somebody else. IPv4 addresses wrapped in IPv6 count as IPv4.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer.to_canonical();
    if !is_trusted(client) {
        return client;
    }
    let entries = headers
        .get_all("x-forwarded-for")
        .iter()
        .rev()
        // By bytes: what a client wrote into the same line must not spoil the entry that the proxy added.
        .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    for entry in entries.take(HOPS_MAX) {
        let Some(address) = address(entry) else {
            break;
        };
        client = address;
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry.trim_ascii()).ok()?;
    entry
        .parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    // Nobody is believed but the socket.
    #[case("203.0.113.9", &["198.51.100.7"], "203.0.113.9")]
    #[case("203.0.113.9", &["10.0.0.2, 10.0.0.3"], "203.0.113.9")]
    // One proxy, two proxies, and what the client claims to their left.
    #[case("10.0.0.1", &["198.51.100.7"], "198.51.100.7")]
    #[case("10.0.0.1", &["198.51.100.7, 10.0.0.2"], "198.51.100.7")]
    #[case("10.0.0.1", &["127.0.0.1, 198.51.100.7"], "198.51.100.7")]
    #[case("10.0.0.1", &["127.0.0.1", "198.51.100.7, 10.0.0.2"], "198.51.100.7")]
    #[case("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7")]
    #[case("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7")]
    // Garbage and silence.
    #[case("10.0.0.1", &[], "10.0.0.1")]
    #[case("10.0.0.1", &[""], "10.0.0.1")]
    #[case("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1")]
    #[case("10.0.0.1", &["198.51.100.7, é, 10.0.0.2"], "10.0.0.2")]
    #[case("10.0.0.1", &["é, 198.51.100.7"], "198.51.100.7")]
    #[case("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
    // One address, however it is wrapped.
    #[case("::ffff:10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7")]
    #[case("fd00::1", &["198.51.100.7"], "198.51.100.7")]
    fn t_08_the_right_most_stranger_is_the_client(
        #[case] peer: &str,
        #[case] forwarded: &[&str],
        #[case] client: &str,
    ) {
        let trusted = ["10.0.0.0/24".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for value in forwarded {
            let value = axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append("x-forwarded-for", value);
        }
        assert_eq!(
            client_address(peer.parse().unwrap(), &headers, &trusted),
            client.parse::<IpAddr>().unwrap()
        );
    }

    #[test]
    fn a_long_chain_is_not_followed_for_ever() {
        let mut headers = HeaderMap::new();
        let chain = format!("198.51.100.7{}", ", 10.0.0.2".repeat(HOPS_MAX));
        headers.insert("x-forwarded-for", chain.parse().unwrap());
        let trusted = ["10.0.0.0/24".parse().unwrap()];
        let client = client_address("10.0.0.1".parse().unwrap(), &headers, &trusted);
        assert_eq!(client, "10.0.0.2".parse::<IpAddr>().unwrap());
    }
}
