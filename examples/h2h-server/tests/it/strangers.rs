//! T-13 on the wire: where a webhook may lead, whatever a name or a redirect says.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::ports::{Message, Notifier};
use eraflazz_core::webhook::{Endpoint, EndpointUrl, Outcome};
use h2h_server::webhooks::{Guard, HttpNotifier, Names};

use crate::house::{House, order};
use crate::receiver::Receiver;
use crate::webhooks::standard;

/// Every name has these addresses.
struct Fixed {
    addresses: Vec<IpAddr>,
    asked: AtomicUsize,
}

#[async_trait]
impl Names for Fixed {
    async fn look_up(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.addresses.clone())
    }
}

/// What comes of telling an order to `https` or `http` at this address, where every name has these addresses and loopback is allowed, and how often
/// names were asked for.
async fn tell(url: &str, ports: &[u16], addresses: &[&str]) -> (Outcome, usize) {
    let house = House::open().await;
    house.agen().post(&order("T-1", "087800001001")).await;
    let engine = house.server.engine();
    let member = house.member("agen").await;
    let told = engine.order(member, &"T-1".parse().unwrap()).await;
    let names = Arc::new(Fixed {
        addresses: addresses.iter().map(|one| one.parse().unwrap()).collect(),
        asked: AtomicUsize::new(0),
    });
    let guard = Guard {
        plain_http: true,
        ports: ports.to_vec(),
        allow_private: vec!["127.0.0.1/32".parse().unwrap()],
        own_addresses: vec!["93.184.216.34".parse().unwrap()],
    };
    let asked: Arc<dyn Names> = Arc::<Fixed>::clone(&names);
    let notifier = HttpNotifier::new(guard, asked, Duration::from_secs(2)).unwrap();
    let endpoint = Endpoint {
        member,
        url: EndpointUrl::new(url).unwrap(),
        format: standard(),
    };
    let message = Message {
        order: told.unwrap().unwrap(),
        catalog: engine.catalog().await.unwrap(),
        at: engine.now(),
    };
    let answer = notifier.notify(&endpoint, &message).await;
    house.close().await;
    (answer.outcome, names.asked.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn t_13_the_address_that_was_checked_is_the_one_that_is_called() {
    let receiver = Receiver::start().await;
    let url = format!("http://shop.example:{}/ok", receiver.port);
    let (outcome, asked) = tell(&url, &[receiver.port], &["127.0.0.1"]).await;
    assert_eq!(outcome, Outcome::Taken { code: 200 });
    assert_eq!(asked, 1, "a second answer could be another one");
    let host = format!("shop.example:{}", receiver.port);
    assert_eq!(receiver.got()[0].header("host"), host);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_13_one_forbidden_address_of_a_name_is_enough() {
    let receiver = Receiver::start().await;
    let url = format!("http://shop.example:{}/ok", receiver.port);
    for addresses in [
        &["127.0.0.1", "10.0.0.1"][..],
        &["127.0.0.1", "169.254.169.254"],
        &["127.0.0.1", "::ffff:10.0.0.1"],
        &["127.0.0.1", "fe80::1"],
        &["127.0.0.2"],
        &["93.184.216.34", "127.0.0.1"],
        &[],
    ] {
        let (outcome, _) = tell(&url, &[receiver.port], addresses).await;
        assert!(
            matches!(outcome, Outcome::Blocked(_)),
            "{addresses:?}: {outcome:?}"
        );
    }
    assert!(receiver.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn t_13_other_ports_and_local_names_are_never_called() {
    let receiver = Receiver::start().await;
    for url in [
        receiver.url("ok"),
        format!("http://shop.example:{}/ok", receiver.port),
        "http://localhost.:80/".to_owned(),
        "http://shop.example:5432/".to_owned(),
        format!("http://2130706434:{}/ok", receiver.port),
    ] {
        let (outcome, asked) = tell(&url, &[1], &["127.0.0.1"]).await;
        assert!(matches!(outcome, Outcome::Blocked(_)), "{url}: {outcome:?}");
        assert_eq!(asked, 0, "{url}");
    }
    assert!(receiver.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_home_is_no_connection() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("http://127.0.0.1:{port}/ok");
    let (outcome, _) = tell(&url, &[port], &["127.0.0.1"]).await;
    assert_eq!(outcome, Outcome::NoConnection);
}
