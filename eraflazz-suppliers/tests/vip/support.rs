//! One account, one purchase.

use std::time::Duration;

use eraflazz_core::ids::SupplierRef;
use eraflazz_core::supplier::{AttemptView, Exchange, Purchase, Sighting};
use eraflazz_core::text::{Sku, Target};
use eraflazz_suppliers::vip::{Config, Vip};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const API_ID: &str = "canary-id";
pub(crate) const API_KEY: &str = "canary-sample-key-456";
/// `md5(API_ID + API_KEY)`.
pub(crate) const SIGN: &str = "a11d9ddb5d6d4fba2bec240c5a6c6972";

pub(crate) fn config(base: &str) -> Config {
    Config {
        base_url: format!("{base}/api"),
        timeout: Duration::from_millis(800),
        ..Config::new(API_ID, API_KEY)
    }
}

pub(crate) fn adapter(base: &str) -> Vip {
    Vip::new(config(base)).unwrap()
}

pub(crate) fn purchase() -> Purchase {
    bought("S10", "081234567890")
}

pub(crate) fn bought(sku: &str, target: &str) -> Purchase {
    Purchase {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: SupplierRef::parse("E0101HF5S2K3A0B1C2DZ").unwrap(),
        sku: Sku::new(sku).unwrap(),
        target: Target::new(target).unwrap(),
        cap: "11000".parse().unwrap(),
        send: 1,
        age: Duration::ZERO,
    }
}

/// The same to ask about, known by this id.
pub(crate) fn attempt(purchase: &Purchase, their_ref: Option<&str>) -> AttemptView {
    AttemptView {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        supplier_ref: purchase.supplier_ref,
        their_ref: their_ref.map(|id| id.parse().unwrap()),
        sku: purchase.sku.clone(),
        target: purchase.target.clone(),
        sends: 1,
        age: Duration::from_mins(2),
    }
}

pub(crate) const SUCCESS: &str = r#"{"result":true,"data":{"trxid":"ABC123XYZ","data":"081234567890","code":"S10","service":"Telkomsel 10.000","status":"success","note":"0123456789012345","balance":989500,"price":10500},"message":"Pesanan diterima"}"#;

pub(crate) const REFUSED: &str =
    r#"{"result":false,"data":null,"message":"Saldo tidak mencukupi"}"#;

/// A server that answers everything alike.
pub(crate) async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

pub(crate) fn json(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/json")
}

/// The one sighting of an exchange.
pub(crate) fn only(exchange: &Exchange) -> &Sighting {
    match exchange.sightings.as_slice() {
        [one] => one,
        other => panic!("{} sightings", other.len()),
    }
}
