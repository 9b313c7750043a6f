//! The Digiflazz adapter keeps the promises of a supplier, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use conformance::supplier::CLOSED_SKU;
use conformance::{BillFixture, Code, Delivery, Line, Means, Said, SupplierFixture};
use eraflazz_core::supplier::prelude::*;
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};
use sandbox::{Endpoint, Fault, Match, Plan, ProductRow, Sandbox, webhook_signature};
use serde_json::json;

const TIMEOUT: Duration = Duration::from_secs(2);
const SIGNATURE: &str = "x-hub-signature";
const SN: &str = "1234567890";
/// How references of bills begin here.
const BILL: &str = "E00CONFORMBILL";

struct AtSandbox {
    digiflazz: Digiflazz,
    line: Line,
    sandbox: Sandbox,
    purchases: AtomicU32,
}

impl AtSandbox {
    async fn start() -> Self {
        let sandbox = Sandbox::start(sandbox::Config {
            min_interval: Duration::ZERO,
            price_list_interval: Duration::ZERO,
            products: vec![
                ProductRow::new("xld10", 10_000),
                ProductRow {
                    buyer_product_status: false,
                    ..ProductRow::new(CLOSED_SKU, 10_000)
                },
                ProductRow::new("gratis", 0),
            ],
            ..sandbox::Config::default()
        })
        .await
        .unwrap();
        sandbox.script(Match::Any, Plan::sukses().sn(SN));
        let line = Line::to(&sandbox.base_url()).await;
        let account = sandbox.config();
        let (key, secret) = (account.api_key.as_str(), secret(&sandbox));
        let config = Config {
            base_url: line.url().to_owned(),
            timeout: TIMEOUT,
            min_interval: Duration::ZERO,
            ..Config::new(&account.username, key, secret)
        };
        Self {
            digiflazz: Digiflazz::new(config).unwrap(),
            line,
            sandbox,
            purchases: AtomicU32::new(0),
        }
    }
}

fn secret(sandbox: &Sandbox) -> &str {
    sandbox.config().webhook_secret.as_deref().unwrap()
}

/// Digiflazz developer pages, "Response Code"; which of them leave it open is how money-safety INV-13 reads the page.
const TABLE: [(Means, &[&str]); 19] = [
    (Means::Delivered, &["00"]),
    (Means::UnderWay, &["03", "99"]),
    (
        Means::Refused(Reason::Other),
        &["40", "56", "63", "65", "87"],
    ),
    (
        Means::Refused(Reason::AccountFault),
        &["41", "42", "45", "61", "82", "88"],
    ),
    (Means::Refused(Reason::SupplierFunds), &["44"]),
    (
        Means::Refused(Reason::ProductClosed),
        &["43", "67", "80", "81"],
    ),
    (Means::Refused(Reason::Duplicate), &["47"]),
    (Means::Refused(Reason::SellerTrouble), &["62"]),
    (Means::Refused(Reason::CutOff), &["66"]),
    (Means::Refused(Reason::OutOfStock), &["68"]),
    (Means::Refused(Reason::Price), &["69"]),
    (Means::Failed(Reason::Other), &["02"]),
    (
        Means::Failed(Reason::BadDestination),
        &["51", "52", "54", "57", "59", "60", "72", "73", "84"],
    ),
    (Means::Failed(Reason::ProductClosed), &["53"]),
    (Means::Failed(Reason::SellerTrouble), &["55"]),
    (Means::Failed(Reason::CutOff), &["58"]),
    (Means::Failed(Reason::Unstable), &["71"]),
    (Means::PerhapsFailed(Reason::Timeout), &["01", "70"]),
    (Means::Open, &["49", "50", "83", "85", "86"]),
];

impl SupplierFixture for AtSandbox {
    fn supplier(&self) -> &dyn Supplier {
        &self.digiflazz
    }

    fn line(&self) -> &Line {
        &self.line
    }

    fn purchase(&self) -> Purchase {
        let number = self.purchases.fetch_add(1, Ordering::Relaxed);
        Purchase {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            supplier_ref: SupplierRef::parse(&format!("E00CONFORMANCE{number:05}Z")).unwrap(),
            sku: "xld10".parse().unwrap(),
            target: format!("0812{number:08}").parse().unwrap(),
            cap: Money::rupiah(10_500).unwrap(),
            send: 1,
            age: Duration::ZERO,
        }
    }

    fn delivery(&self) -> Delivery {
        Delivery {
            billed: Money::rupiah(10_000).unwrap(),
            written: "10000",
            sn: SN,
        }
    }

    fn codes(&self) -> Vec<Code> {
        let rows = TABLE.iter().flat_map(|(means, codes)| {
            let means = *means;
            codes.iter().map(move |says| Code { says, means })
        });
        rows.collect()
    }

    fn unpublished(&self) -> &'static str {
        "97"
    }

    fn fate(&self, code: &'static str, delivers: bool) {
        let plan = match (code, delivers) {
            ("00", true) => Plan::sukses().sn(SN),
            // Delivered, and said to have failed with this code.
            (code, true) => Plan::sukses()
                .fault_always(Fault::SayRc(code.to_owned()))
                .fault_always(Fault::Contradiction),
            (code, false) => Plan::rc(code),
        };
        self.sandbox.script(Match::Any, plan);
    }

    fn refuse_reads(&self) {
        for endpoint in [Endpoint::Balance, Endpoint::PriceList] {
            let refusal = Fault::ObjectForList("41".to_owned());
            self.sandbox.spoil(endpoint, refusal);
        }
    }

    fn arrivals(&self, reference: &SupplierRef) -> u32 {
        let reference = reference.as_str();
        if reference.starts_with(BILL) {
            // Questions about a bill, before and after, have its reference too and buy nothing.
            let ledger = self.sandbox.ledger();
            return ledger.purchase(reference).map_or(0, |row| row.posts);
        }
        self.sandbox.posts_of(reference)
    }

    fn deliveries(&self, reference: &SupplierRef) -> u32 {
        let ledger = self.sandbox.ledger();
        assert!(ledger.closes());
        let row = ledger.purchase(reference.as_str());
        row.map_or(0, |row| row.deliveries)
    }

    fn callback(&self, said: Said<'_>) -> RawRequest {
        let body = match said {
            Said::Delivered(purchase) => Bytes::from(
                json!({ "data": {
                    "ref_id": purchase.supplier_ref.as_str(),
                    "customer_no": purchase.target.as_str(),
                    "buyer_sku_code": purchase.sku.as_str(),
                    "message": "Transaksi Sukses",
                    "status": "Sukses",
                    "rc": "00",
                    "sn": SN,
                    "buyer_last_saldo": 990_000,
                    "price": 10_000,
                } })
                .to_string(),
            ),
            Said::Bytes(bytes) => Bytes::copy_from_slice(bytes),
        };
        let signature = webhook_signature(secret(&self.sandbox), &body);
        RawRequest {
            method: "POST".to_owned(),
            path: "/callbacks/digiflazz".to_owned(),
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

impl BillFixture for AtSandbox {
    fn bill(&self) -> Question {
        let number = self.purchases.fetch_add(1, Ordering::Relaxed);
        Question {
            asked: Asked::Bill,
            supplier_ref: SupplierRef::parse(&format!("{BILL}{number:05}Z")).unwrap(),
            sku: "pln".parse().unwrap(),
            target: format!("5300001{number:05}").parse().unwrap(),
        }
    }

    fn nobody(&self) -> Target {
        "530000000003".parse().unwrap()
    }
}

conformance::bill_suite!(AtSandbox::start);

conformance::supplier_suite! {
    fixture: AtSandbox::start,
    status: Resubmit,
    callback: Signed,
    price_cap: Enforced,
    price_list: Present,
    reference: Ours,
    product: Told,
    price: Told,
    serial: Told,
    cuts: Shown,
}
