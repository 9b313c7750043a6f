//! Addresses that a stranger must not make us call (T-13). Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not called. Names the rule, never the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Blocked(pub &'static str);

/// Whether `address` is one of the public internet. Forms that carry an IPv4 address inside (mapped, 6to4, NAT64) are judged by that one; what has
/// no public meaning is blocked, and so is everything outside the global unicast block of IPv6, whatever it will be used for one day.
pub fn check_public(address: IpAddr) -> Result<(), Blocked> {
    match address {
        IpAddr::V4(v4) => check_v4(v4),
        IpAddr::V6(v6) => check_v6(v6),
    }
}

/// Network, prefix length, name. From the IANA special-purpose registry.
const BLOCKED_V4: [(Ipv4Addr, u32, &str); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8, "this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private address"),
    (
        Ipv4Addr::new(100, 64, 0, 0),
        10,
        "carrier-grade NAT address",
    ),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback address"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "reserved address"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation address"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "reserved address"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "reserved address"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmark address"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation address"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation address"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved address"),
];

fn check_v4(address: Ipv4Addr) -> Result<(), Blocked> {
    let bits = address.to_bits();
    for (network, length, name) in BLOCKED_V4 {
        let mask = u32::MAX << (32 - length);
        if bits & mask == network.to_bits() {
            return Err(Blocked(name));
        }
    }
    Ok(())
}

fn check_v6(address: Ipv6Addr) -> Result<(), Blocked> {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match parts {
        // Mapped; and the well-known prefix of NAT64, behind which every IPv4 address can be reached.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            check_v4(v4(high, low))
        }
        // 6to4.
        [0x2002, high, low, ..] => check_v4(v4(high, low)),
        [0, 0, 0, 0, 0, 0, 0, 0..=1] => Err(Blocked("loopback address")),
        [0xfc00..=0xfdff, ..] => Err(Blocked("private address")),
        [0xfe80..=0xfebf, ..] => Err(Blocked("link-local address")),
        [0xff00..=0xffff, ..] => Err(Blocked("multicast address")),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Err(Blocked("documentation address")),
        // Teredo, benchmarking, overlays.
        [0x2001, 0..=0x01ff, ..] => Err(Blocked("reserved address")),
        [0x2000..=0x3fff, ..] => Ok(()),
        _ => Err(Blocked("reserved address")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::this("0.0.0.0")]
    #[case("0.1.2.3")]
    #[case::private("10.0.0.1")]
    #[case("10.255.255.255")]
    #[case("172.16.0.1")]
    #[case("172.31.255.255")]
    #[case("192.168.1.1")]
    #[case::cgnat("100.64.0.1")]
    #[case("100.127.255.255")]
    #[case::loopback("127.0.0.1")]
    #[case("127.255.255.254")]
    #[case::metadata("169.254.169.254")]
    #[case::reserved("192.0.0.8")]
    #[case("192.88.99.1")]
    #[case("198.18.0.1")]
    #[case("198.19.255.255")]
    #[case("240.0.0.1")]
    #[case::broadcast("255.255.255.255")]
    #[case::documentation("192.0.2.1")]
    #[case("198.51.100.7")]
    #[case("203.0.113.7")]
    #[case::multicast("224.0.0.1")]
    #[case("239.255.255.255")]
    #[case::unspecified("::")]
    #[case::loopback("::1")]
    #[case::unique_local("fc00::1")]
    #[case("fdff::1")]
    #[case::link_local("fe80::1")]
    #[case("febf::1")]
    #[case::site_local("fec0::1")]
    #[case::multicast("ff02::1")]
    #[case::documentation("2001:db8::1")]
    #[case("3fff:1::1")]
    #[case::teredo("2001::1")]
    #[case("2001:20::1")]
    #[case::discard("100::1")]
    #[case::local_nat64("64:ff9b:1::1")]
    #[case::mapped("::ffff:127.0.0.1")]
    #[case("::ffff:10.0.0.1")]
    #[case("::ffff:169.254.169.254")]
    #[case::compatible("::127.0.0.1")]
    #[case::translated("::ffff:0:127.0.0.1")]
    #[case::nat64("64:ff9b::10.0.0.1")]
    #[case("64:ff9b::169.254.169.254")]
    #[case::six_to_four("2002:7f00:1::1")]
    #[case("2002:a9fe:a9fe::1")]
    #[case::srv6("5f00::1")]
    fn t_13_addresses_that_are_not_public_are_blocked(#[case] address: &str) {
        assert!(check_public(address.parse().unwrap()).is_err());
    }

    #[rstest]
    #[case("1.1.1.1")]
    #[case("8.8.8.8")]
    #[case("9.255.255.255")]
    #[case("11.0.0.0")]
    #[case("100.63.255.255")]
    #[case("100.128.0.0")]
    #[case("126.255.255.255")]
    #[case("128.0.0.0")]
    #[case("172.15.255.255")]
    #[case("172.32.0.0")]
    #[case("192.167.255.255")]
    #[case("198.17.255.255")]
    #[case("198.20.0.0")]
    #[case("223.255.255.255")]
    #[case("2606:4700:4700::1111")]
    #[case("2400:cb00::1")]
    #[case("::ffff:1.1.1.1")]
    #[case("64:ff9b::1.1.1.1")]
    #[case("2002:101:101::1")]
    fn public_addresses_are_called(#[case] address: &str) {
        assert_eq!(check_public(address.parse().unwrap()), Ok(()));
    }
}
