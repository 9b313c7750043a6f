//! One account, one purchase.

use std::time::Duration;

use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{AttemptView, Exchange, Profile, Purchase, Sighting};
use eraflazz_core::text::{Sku, Target};
use eraflazz_suppliers::otomax::{Config, Otomax};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) fn config(base: &str) -> Config {
    let profile = Profile {
        timeout: Duration::from_millis(800),
        ..Config::silent_profile()
    };
    Config::new(base, "erz001", "1234", "rahasia", profile)
}

pub(crate) fn adapter(base: &str) -> Otomax {
    Otomax::new(config(base)).unwrap()
}

pub(crate) fn purchase() -> Purchase {
    Purchase {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: SupplierRef::parse("900001").unwrap(),
        sku: Sku::new("s10").unwrap(),
        target: Target::new("081234567890").unwrap(),
        cap: "11000".parse::<Money>().unwrap(),
        send: 1,
        age: Duration::ZERO,
    }
}

pub(crate) fn attempt() -> AttemptView {
    let purchase = purchase();
    AttemptView {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: purchase.supplier_ref,
        their_ref: None,
        sku: purchase.sku,
        target: purchase.target,
        sends: 1,
        age: Duration::from_mins(2),
    }
}

pub(crate) const SUCCESS: &str = "T#77 R#900001 S10.081234567890 SUKSES. SN: R251112.1911. Saldo 278.334 - 10.850 = 267.484 @19:11";

/// A server that answers everything alike.
pub(crate) async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// A server that answers one request with exactly these bytes and closes.
pub(crate) async fn saying(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    base
}

/// The one sighting of an exchange.
pub(crate) fn only(exchange: &Exchange) -> &Sighting {
    match exchange.sightings.as_slice() {
        [one] => one,
        other => panic!("{} sightings", other.len()),
    }
}
