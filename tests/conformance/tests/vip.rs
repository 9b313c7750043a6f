//! The VIP Reseller adapter keeps the promises of a supplier, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use conformance::{Code, Delivery, Line, Means, Said, SupplierFixture};
use eraflazz_core::supplier::prelude::*;
use eraflazz_suppliers::vip::{Config, Vip};
use sandbox::rc::Status as Fate;
use sandbox::vip::{Settings, WORDS};
use sandbox::{Fault, Match, Plan, ProductRow};

/// As the sandbox's `S10` is sold, and as its price stands in an answer.
const PRICE: (i64, &str) = (10_500, "10500");
const SN: &str = "0123456789012345";
const SIGNATURE: &str = "x-client-signature";

struct AtSandbox {
    vip: Vip,
    line: Line,
    seller: sandbox::vip::Vip,
    purchases: AtomicU32,
}

impl AtSandbox {
    async fn start() -> Self {
        let closed = ProductRow {
            seller_product_status: false,
            ..ProductRow::new(conformance::supplier::CLOSED_SKU, 5_000)
        };
        let seller = sandbox::vip::Vip::start(Settings {
            prepaid: vec![
                ProductRow::new("S10", PRICE.0),
                closed,
                ProductRow::new("GRATIS", 0),
            ],
            ..Settings::default()
        });
        let seller = seller.await.unwrap();
        let line = Line::to(&seller.base_url()).await;
        let settings = seller.settings();
        let config = Config {
            base_url: line.url().to_owned(),
            timeout: Duration::from_secs(2),
            ..Config::new(settings.api_id.as_str(), settings.api_key.as_str())
        };
        let fixture = Self {
            vip: Vip::new(config).unwrap(),
            line,
            seller,
            purchases: AtomicU32::new(0),
        };
        fixture.fate("success", true);
        fixture
    }

    /// Whom the purchase under this reference is for: the provider knows no more of it.
    fn target(reference: &SupplierRef) -> String {
        format!("0812{}", &reference.as_str()[10..])
    }
}

impl SupplierFixture for AtSandbox {
    fn supplier(&self) -> &dyn Supplier {
        &self.vip
    }

    fn line(&self) -> &Line {
        &self.line
    }

    fn purchase(&self) -> Purchase {
        // Nothing that ends as the numbers do for which the sandbox has a plan of its own.
        let number = 1_000 + self.purchases.fetch_add(1, Ordering::Relaxed);
        let supplier_ref = SupplierRef::parse(&format!("0017000000{number:08}")).unwrap();
        Purchase {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            supplier_ref,
            sku: "S10".parse().unwrap(),
            target: Self::target(&supplier_ref).parse().unwrap(),
            cap: Money::rupiah(11_000).unwrap(),
            send: 1,
            age: Duration::ZERO,
        }
    }

    fn delivery(&self) -> Delivery {
        Delivery {
            billed: Money::rupiah(PRICE.0).unwrap(),
            written: PRICE.1,
            sn: SN,
        }
    }

    /// The status words, and messages with the words that the vendor is known to use.
    fn codes(&self) -> Vec<Code> {
        let row = |says, means| Code { says, means };
        vec![
            row("success", Means::Delivered),
            row("waiting", Means::UnderWay),
            row("process", Means::UnderWay),
            row("processing", Means::UnderWay),
            row("saldo", Means::Refused(Reason::SupplierFunds)),
            row("ip", Means::Refused(Reason::AccountFault)),
            row("sign", Means::Refused(Reason::AccountFault)),
            row("layanan", Means::Refused(Reason::OutOfStock)),
            row("tujuan", Means::Refused(Reason::BadDestination)),
            row("ditolak", Means::Refused(Reason::None)),
            row("error", Means::Failed(Reason::None)),
            row("failed", Means::Failed(Reason::None)),
            row("error-tujuan", Means::Failed(Reason::BadDestination)),
            row("error-gangguan", Means::Failed(Reason::OutOfStock)),
            row("partial", Means::Open),
        ]
    }

    fn unpublished(&self) -> &'static str {
        "mungkin"
    }

    fn fate(&self, code: &'static str, delivers: bool) {
        let word = WORDS.iter().find(|word| word.code == code).unwrap();
        let plan = if (word.status == Fate::Sukses) == delivers {
            Plan::rc(code)
        } else {
            let truth = if delivers { "success" } else { "error" };
            Plan::rc(truth).fault_always(Fault::SayRc(code.to_owned()))
        };
        self.seller.script(Match::Any, plan.sn(SN)).unwrap();
    }

    fn refuse_reads(&self) {
        self.seller.lock_out(true);
    }

    fn arrivals(&self, reference: &SupplierRef) -> u32 {
        self.seller.orders_for(&Self::target(reference))
    }

    fn deliveries(&self, reference: &SupplierRef) -> u32 {
        self.seller.deliveries_to(&Self::target(reference))
    }

    fn callback(&self, said: Said<'_>) -> RawRequest {
        let body = match said {
            Said::Delivered(purchase) => {
                let (sku, target) = (&purchase.sku, &purchase.target);
                let body = format!(
                    r#"{{"data":{{"trxid":"ABC123XYZ","data":"{target}","code":"{sku}","service":"Telkomsel 10.000","status":"success","note":"{SN}","price":{}}}}}"#,
                    PRICE.1
                );
                Bytes::from(body)
            }
            Said::Bytes(bytes) => Bytes::copy_from_slice(bytes),
        };
        let header = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
        RawRequest {
            method: "POST".to_owned(),
            path: "/callbacks/vip".to_owned(),
            headers: BTreeMap::from([
                header(SIGNATURE, &self.seller.settings().sign()),
                header("content-type", "application/json"),
            ]),
            body,
            source: None,
        }
    }

    fn callback_answer(&self) -> Answer {
        Answer {
            status: 200,
            content_type: "application/json",
            body: Bytes::from_static(br#"{"success":true}"#),
        }
    }

    fn signature_header(&self) -> Option<&'static str> {
        Some(SIGNATURE)
    }
}

conformance::supplier_suite! {
    fixture: AtSandbox::start,
    status: Listing,
    callback: Hint,
    price_cap: Unknown,
    price_list: Present,
    reference: Theirs,
    product: Told,
    price: Told,
    serial: Told,
    cuts: Shown,
}
