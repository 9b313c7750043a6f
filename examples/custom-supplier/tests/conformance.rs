//! The adapter of the README keeps the promises of a supplier, against a fake Warung.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use conformance::{Code, Delivery, Line, Means, Said, SupplierFixture};
use custom_supplier::Warung;
use eraflazz_core::supplier::prelude::*;
use fake::{Fake, KEY};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;

const SIGNATURE: &str = "x-warung-signature";
const SECRET: &str = "sample-callback-secret";
const TIMEOUT: Duration = Duration::from_secs(2);

struct AtFake {
    warung: Warung,
    line: Line,
    fake: Fake,
    purchases: AtomicU32,
}

impl AtFake {
    async fn start() -> Self {
        let fake = Fake::start().await;
        let line = Line::to(fake.url()).await;
        Self {
            warung: Warung::new(line.url(), KEY, SECRET, TIMEOUT).unwrap(),
            line,
            fake,
            purchases: AtomicU32::new(0),
        }
    }
}

impl SupplierFixture for AtFake {
    fn supplier(&self) -> &dyn Supplier {
        &self.warung
    }

    fn line(&self) -> &Line {
        &self.line
    }

    fn purchase(&self) -> Purchase {
        let number = self.purchases.fetch_add(1, Ordering::Relaxed);
        Purchase {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            supplier_ref: SupplierRef::parse(&format!("E00CONFORMANCE{number:05}Z")).unwrap(),
            sku: "XL10".parse().unwrap(),
            target: "087800001230".parse().unwrap(),
            cap: Money::rupiah(10_500).unwrap(),
            send: 1,
            age: Duration::ZERO,
        }
    }

    fn delivery(&self) -> Delivery {
        Delivery {
            billed: Money::from_hundredths(1_000_050),
            written: "10000.50",
            sn: "0123456789",
        }
    }

    /// The table of the README, by Warung's words.
    fn codes(&self) -> Vec<Code> {
        let row = |says, means| Code { says, means };
        vec![
            row("delivered", Means::Delivered),
            row("working", Means::UnderWay),
            row("rejected", Means::Refused(Reason::ProductClosed)),
            row("failed", Means::Failed(Reason::Other)),
            row("unknown", Means::Open),
        ]
    }

    fn unpublished(&self) -> &'static str {
        "mungkin"
    }

    fn fate(&self, code: &'static str, delivers: bool) {
        self.fake.shop().fate = (code, delivers);
    }

    fn refuse_reads(&self) {
        self.fake.shop().reads_refused = true;
    }

    fn arrivals(&self, reference: &SupplierRef) -> u32 {
        self.fake.shop().sold(reference.as_str()).arrivals
    }

    fn deliveries(&self, reference: &SupplierRef) -> u32 {
        self.fake.shop().sold(reference.as_str()).deliveries
    }

    fn callback(&self, said: Said<'_>) -> RawRequest {
        let body = match said {
            Said::Delivered(purchase) => {
                let order = json!({
                    "ref": purchase.supplier_ref, "sku": purchase.sku, "target": purchase.target,
                    "state": "delivered", "sn": "0123456789", "price": "10000.50",
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

    fn callback_answer(&self) -> Answer {
        Answer::ok()
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
    reference: Ours,
    product: Told,
    price: Told,
    serial: Told,
    cuts: Shown,
}

#[test]
fn t_07_no_adapter_without_a_real_key_and_a_real_secret() {
    for (key, secret) in [("", SECRET), (KEY, "short")] {
        assert!(Warung::new("http://127.0.0.1:9", key, secret, TIMEOUT).is_err());
    }
}
