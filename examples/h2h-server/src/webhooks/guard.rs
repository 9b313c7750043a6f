//! Which addresses may be called at all (T-13): judged when an endpoint is set and again at every call.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::address::{Blocked, check_public};

/// The rules of this installation. The default lets `https` to public addresses on ports 443 and 8443 through, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Whether `http` is allowed, and port 80 with it.
    pub plain_http: bool,
    /// Ports besides 443 and 8443.
    pub ports: Vec<u16>,
    /// Networks that are called although they are not public, by address as well as by name.
    pub allow_private: Vec<IpNet>,
    /// Addresses of ours.
    pub own_addresses: Vec<IpAddr>,
}

impl Guard {
    /// The address, read once: what is checked here is what is called. An IP address in place of a name only if it is in an allowed network; it does not
    /// matter in which of its many forms it is written.
    pub fn check_url(&self, text: &str) -> Result<Url, Blocked> {
        let url = Url::parse(text).map_err(|_| Blocked("not an address"))?;
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http => {}
            _ => return Err(Blocked("https only")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Blocked("user name or password in the address"));
        }
        if url.fragment().is_some() {
            return Err(Blocked("fragment in the address"));
        }
        let port = url.port_or_known_default().unwrap_or(0);
        let usual = matches!(port, 443 | 8443) || (port == 80 && self.plain_http);
        if !usual && !self.ports.contains(&port) {
            return Err(Blocked(
                "port: 443 or 8443, 80 where http is allowed, or one that webhooks.ports of the settings names",
            ));
        }
        match url.host() {
            Some(Host::Domain(name)) => self.check_name(name)?,
            Some(Host::Ipv4(address)) => self.check_literal(address.into())?,
            Some(Host::Ipv6(address)) => self.check_literal(address.into())?,
            None => return Err(Blocked("no host")),
        }
        Ok(url)
    }

    /// Whether this address may be connected to. For a name, *every* address it has must pass.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Blocked> {
        let address = address.to_canonical();
        if self.allows(address) {
            return Ok(());
        }
        if self
            .own_addresses
            .iter()
            .any(|own| own.to_canonical() == address)
        {
            return Err(Blocked("our own address"));
        }
        check_public(address)
    }

    fn check_literal(&self, address: IpAddr) -> Result<(), Blocked> {
        if self.allows(address.to_canonical()) {
            Ok(())
        } else {
            Err(Blocked("an IP address in place of a name"))
        }
    }

    /// Names that mean this machine or its neighbours by their form alone; all others are judged by their addresses.
    fn check_name(&self, name: &str) -> Result<(), Blocked> {
        if name.is_empty() || name.len() > 253 || name.ends_with('.') {
            return Err(Blocked("host name"));
        }
        let is_local = !name.contains('.')
            || [".localhost", ".local", ".internal", ".home.arpa"]
                .iter()
                .any(|suffix| name.ends_with(suffix));
        if is_local && self.allow_private.is_empty() {
            return Err(Blocked("local name"));
        }
        Ok(())
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.allow_private
            .iter()
            .any(|network| network.contains(&address))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("http://shop.example/hook")]
    #[case::other_scheme("ftp://shop.example/")]
    #[case::file("file:///etc/passwd")]
    #[case::user("https://user@shop.example/")]
    #[case::password("https://:secret@shop.example/")]
    #[case::user_that_looks_like_a_host("https://shop.example@169.254.169.254/")]
    #[case::fragment("https://shop.example/#a")]
    #[case::database("https://shop.example:5432/")]
    #[case::ssh("https://shop.example:22/")]
    #[case::eighty("https://shop.example:80/")]
    #[case::port_zero("https://shop.example:0/")]
    #[case::localhost("https://localhost/")]
    #[case::localhost_dot("https://localhost./")]
    #[case::localhost_case("https://LOCALHOST/")]
    #[case::sub_localhost("https://a.localhost/")]
    #[case::dot("https://shop.example./")]
    #[case::single_label("https://intranet/")]
    #[case::internal("https://db.internal")]
    #[case::loopback("https://127.0.0.1/")]
    #[case::short("https://127.1/")]
    #[case::decimal("https://2130706433/")]
    #[case::octal("https://0177.0.0.1/")]
    #[case::hex("https://0x7f.0.0.1/")]
    #[case::hex_whole("https://0x7f000001/")]
    #[case::fullwidth("https://１２７.0.0.1/")]
    #[case::percent("https://%31%32%37.0.0.1/")]
    #[case::metadata("https://169.254.169.254/latest/meta-data/")]
    #[case::six("https://[::1]/")]
    #[case::mapped("https://[::ffff:127.0.0.1]/")]
    #[case::mapped_private("https://[::ffff:10.0.0.1]/")]
    #[case::zone("https://[fe80::1%25eth0]/")]
    #[case::public_literal("https://1.1.1.1/")]
    #[case::no_host("https:///hook")]
    #[case::backslash("https:\\\\127.0.0.1\\hook")]
    #[case::nothing("")]
    fn t_13_addresses_that_are_not_for_strangers_are_blocked(#[case] url: &str) {
        assert!(Guard::default().check_url(url).is_err());
    }

    #[rstest]
    #[case("https://shop.example/hook")]
    #[case("https://shop.example:8443/hook?token=1")]
    #[case("https://SHOP.example/")]
    #[case("https://xn--tko-sna.example/")]
    fn an_endpoint_has_a_public_name(#[case] url: &str) {
        assert!(Guard::default().check_url(url).is_ok());
    }

    #[test]
    fn t_13_every_exception_is_an_operators() {
        let plain = Guard {
            plain_http: true,
            ..Guard::default()
        };
        assert!(plain.check_url("http://shop.example/hook").is_ok());
        assert!(plain.check_url("http://shop.example:8080/hook").is_err());
        let port = Guard {
            ports: vec![9443],
            ..Guard::default()
        };
        assert!(port.check_url("https://shop.example:9443/").is_ok());
        let here = Guard {
            allow_private: vec!["127.0.0.0/8".parse().unwrap()],
            ..Guard::default()
        };
        for url in [
            "https://127.0.0.1/",
            "https://localhost/",
            "https://[::ffff:127.0.0.1]/",
        ] {
            assert!(here.check_url(url).is_ok(), "{url}");
        }
        for url in [
            "https://[fd00::1]/",
            "https://[::1]/",
            "https://127.0.0.1:5432/",
        ] {
            assert!(here.check_url(url).is_err(), "{url}");
        }
        assert_eq!(here.check_address([127, 0, 0, 1].into()), Ok(()));
        assert!(here.check_address([10, 0, 0, 1].into()).is_err());
    }

    #[rstest]
    #[case("93.184.216.34")]
    #[case("::ffff:93.184.216.34")]
    fn t_13_our_own_addresses_are_blocked(#[case] address: &str) {
        let address = address.parse().unwrap();
        assert_eq!(Guard::default().check_address(address), Ok(()));
        let ours = Guard {
            own_addresses: vec!["93.184.216.34".parse().unwrap()],
            ..Guard::default()
        };
        assert_eq!(ours.check_address(address), Err(Blocked("our own address")));
    }
}
