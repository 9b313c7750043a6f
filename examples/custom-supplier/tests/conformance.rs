//! The adapter of the README keeps the promises of a supplier, against a fake Warung.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use conformance::{Said, Scene, SupplierFixture};
use custom_supplier::Warung;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Purchase, RawRequest};
use fake::Fake;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;

const SIGNATURE: &str = "x-warung-signature";
const SECRET: &str = "sample-callback-secret";
const TIMEOUT: Duration = Duration::from_secs(2);

struct AtFake {
    warung: Warung,
    fake: Fake,
    purchases: AtomicU32,
}

impl AtFake {
    async fn start() -> Self {
        let fake = Fake::start().await;
        let warung = Warung::new(&fake.url(), "sample-key-of-warung", SECRET, TIMEOUT);
        Self {
            warung: warung.unwrap(),
            fake,
            purchases: AtomicU32::new(0),
        }
    }
}

#[async_trait]
impl SupplierFixture for AtFake {
    fn supplier(&self) -> &dyn Supplier {
        &self.warung
    }

    fn purchase(&self) -> Purchase {
        let number = self.purchases.fetch_add(1, Ordering::Relaxed);
        Purchase {
            supplier_ref: SupplierRef::parse(&format!("E00CONFORMANCE{number:05}Z")).unwrap(),
            sku: "XL10".parse().unwrap(),
            target: "087800001230".parse().unwrap(),
            cap: Money::rupiah(10_500).unwrap(),
            send: 1,
            age: Duration::ZERO,
        }
    }

    async fn play(&self, scene: Scene) {
        self.fake.play(scene).await;
    }

    async fn spoil_reads(&self) {
        self.fake.spoil_reads();
    }

    async fn arrivals(&self, reference: &SupplierRef) -> u32 {
        self.fake.sold(reference.as_str()).arrivals
    }

    async fn deliveries(&self, reference: &SupplierRef) -> u32 {
        self.fake.sold(reference.as_str()).deliveries
    }

    fn callback(&self, said: Said<'_>) -> RawRequest {
        let body = match said {
            Said::Delivered(purchase) => {
                let order = json!({
                    "ref": purchase.supplier_ref, "sku": purchase.sku, "target": purchase.target,
                    "state": "delivered", "sn": "0123456789", "price": 10_000,
                });
                Bytes::from(order.to_string())
            }
            Said::Bytes(bytes) => Bytes::copy_from_slice(bytes),
        };
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&body);
        let signature = base16ct::lower::encode_string(&mac.finalize().into_bytes());
        RawRequest {
            method: "POST".to_owned(),
            path: "/callbacks/warung".to_owned(),
            headers: BTreeMap::from([(SIGNATURE.to_owned(), vec![signature])]),
            body,
            source: None,
        }
    }

    fn signature_header(&self) -> Option<&'static str> {
        Some(SIGNATURE)
    }
}

conformance::supplier_suite! {
    fixture: AtFake::start,
    status: Dedicated,
    callback: Signed,
    price_cap: Enforced,
    price_list: Absent,
}

#[test]
fn t_07_no_adapter_without_a_real_key_and_a_real_secret() {
    for (key, secret) in [("", SECRET), ("sample-key-of-warung", "short")] {
        assert!(Warung::new("http://127.0.0.1:9", key, secret, TIMEOUT).is_err());
    }
}
