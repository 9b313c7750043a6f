//! The Digiflazz adapter keeps the promises of a supplier, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use conformance::{Said, Scene, SupplierFixture};
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Purchase, RawRequest};
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};
use sandbox::{Endpoint, Fault, Match, Plan, Sandbox, webhook_signature};
use serde_json::json;

const TIMEOUT: Duration = Duration::from_secs(2);
const SIGNATURE: &str = "x-hub-signature";

struct AtSandbox {
    digiflazz: Digiflazz,
    /// `None` once nobody listens there any more.
    sandbox: Mutex<Option<Sandbox>>,
    secret: String,
    purchases: AtomicU32,
}

impl AtSandbox {
    async fn start() -> Self {
        let sandbox = Sandbox::start(sandbox::Config {
            min_interval: Duration::ZERO,
            ..sandbox::Config::default()
        })
        .await
        .unwrap();
        let account = sandbox.config();
        let secret = account.webhook_secret.clone().unwrap();
        let key = account.api_key.as_str();
        let config = Config {
            base_url: sandbox.base_url(),
            timeout: TIMEOUT,
            min_interval: Duration::ZERO,
            ..Config::new(&account.username, key, secret.as_str())
        };
        Self {
            digiflazz: Digiflazz::new(config).unwrap(),
            sandbox: Mutex::new(Some(sandbox)),
            secret,
            purchases: AtomicU32::new(0),
        }
    }

    fn at<T: Default>(&self, read: impl FnOnce(&Sandbox) -> T) -> T {
        self.sandbox
            .lock()
            .unwrap()
            .as_ref()
            .map(read)
            .unwrap_or_default()
    }
}

#[async_trait]
impl SupplierFixture for AtSandbox {
    fn supplier(&self) -> &dyn Supplier {
        &self.digiflazz
    }

    fn purchase(&self) -> Purchase {
        let number = self.purchases.fetch_add(1, Ordering::Relaxed);
        Purchase {
            supplier_ref: SupplierRef::parse(&format!("E00CONFORMANCE{number:05}Z")).unwrap(),
            sku: "xld10".parse().unwrap(),
            target: format!("0812{number:08}").parse().unwrap(),
            cap: Money::rupiah(10_500).unwrap(),
            send: 1,
            age: Duration::ZERO,
        }
    }

    async fn play(&self, scene: Scene) {
        let plan = match scene {
            Scene::Deliver => Plan::sukses(),
            Scene::RefuseUnformed => Plan::rc("43"),
            Scene::RefuseFormed => Plan::rc("54"),
            Scene::Pending => Plan::pending(),
            Scene::AnswerLost => Plan::sukses().fault(Fault::Lost),
            Scene::AnswerCut => Plan::sukses().fault(Fault::CutBody),
            Scene::HtmlPage => Plan::sukses().fault(Fault::HtmlPage(502)),
            Scene::Silence => Plan::sukses().fault(Fault::late(TIMEOUT * 20)),
            Scene::UnknownWord => Plan::sukses().fault(Fault::SayRc("97".to_owned())),
            Scene::WrongReference => Plan::sukses().fault(Fault::WrongRef),
            Scene::WrongTarget => Plan::sukses().fault(Fault::WrongDestination),
            Scene::Unreachable => {
                let sandbox = self.sandbox.lock().unwrap().take();
                if let Some(sandbox) = sandbox {
                    sandbox.stop().await;
                }
                return;
            }
        };
        self.at(|sandbox| sandbox.script(Match::Any, plan));
    }

    async fn spoil_reads(&self) {
        self.at(|sandbox| {
            for endpoint in [Endpoint::Balance, Endpoint::PriceList] {
                sandbox.spoil(endpoint, Fault::HtmlPage(502));
            }
        });
    }

    async fn arrivals(&self, reference: &SupplierRef) -> u32 {
        self.at(|sandbox| sandbox.posts_of(reference.as_str()))
    }

    async fn deliveries(&self, reference: &SupplierRef) -> u32 {
        self.at(|sandbox| {
            let ledger = sandbox.ledger();
            assert!(ledger.closes());
            ledger
                .purchase(reference.as_str())
                .map_or(0, |row| row.deliveries)
        })
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
                    "sn": "0123456789",
                    "buyer_last_saldo": 990_000,
                    "price": 10_000,
                } })
                .to_string(),
            ),
            Said::Bytes(bytes) => Bytes::copy_from_slice(bytes),
        };
        let signature = webhook_signature(&self.secret, &body);
        RawRequest {
            method: "POST".to_owned(),
            path: "/callbacks/digiflazz".to_owned(),
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
    fixture: AtSandbox::start,
    status: Resubmit,
    callback: Signed,
    price_cap: Enforced,
    price_list: Present,
}
