//! How many connections each address has.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The bits of an IPv6 address that name a customer of a network rather than one of their machines.
const CUSTOMER_BITS: u32 = 64;

/// Connections by address. Bounded by the number of connections: who has none has no entry.
#[derive(Clone, Debug)]
pub(super) struct Seats {
    most: usize,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    of: Option<IpAddr>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Seats {
    /// At most `most` for each address.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// A place for one more connection of `address`; always one if there is none to count. `None` if it has all it may have.
    pub(super) fn take(&self, address: Option<IpAddr>) -> Option<Seat> {
        let of = address.map(customer);
        if let Some(of) = of {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let count = taken.entry(of).or_default();
            if *count >= self.most {
                return None;
            }
            *count += 1;
        }
        Some(Seat {
            of,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(of) = self.of else {
            return;
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = taken.entry(of) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn customer(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let bits = address.to_bits() >> CUSTOMER_BITS << CUSTOMER_BITS;
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_has_its_places_and_gets_them_back() {
        let seats = Seats::new(2);
        let one = seats.take(Some(address("192.0.2.1")));
        let two = seats.take(Some(address("192.0.2.1")));
        assert!(one.is_some() && two.is_some());
        assert!(seats.take(Some(address("192.0.2.1"))).is_none());
        assert!(seats.take(Some(address("192.0.2.2"))).is_some());
        drop(one);
        let again = seats.take(Some(address("192.0.2.1")));
        assert!(again.is_some());
        drop((two, again));
        assert!(seats.taken.lock().unwrap().is_empty(), "nobody is kept");
    }

    #[test]
    fn one_customers_ipv6_addresses_are_one() {
        let seats = Seats::new(1);
        let _one = seats.take(Some(address("2001:db8:1:2::1")));
        assert!(seats.take(Some(address("2001:db8:1:2:ffff::9"))).is_none());
        assert!(seats.take(Some(address("2001:db8:1:3::1"))).is_some());
    }

    #[test]
    fn who_is_not_counted_always_has_a_place() {
        let seats = Seats::new(1);
        let all: Vec<_> = (0..10).map(|_| seats.take(None)).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
