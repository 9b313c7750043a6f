//! The adapter for servers of the `OtomaX` family keeps the promises of a supplier, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use conformance::{Code, Delivery, Line, Means, Said, SupplierFixture};
use eraflazz_core::supplier::prelude::*;
use eraflazz_suppliers::otomax::{Config, Otomax};
use sandbox::otomax::{STATUSES, Settings};
use sandbox::rc::Status as Fate;
use sandbox::{Fault, Match, Plan};

/// As the sandbox's `S10` is sold, and as its price stands in a reply.
const PRICE: (i64, &str) = (10_850, "10850");
const SN: &str = "R251112.1911.2100F1";

struct AtSandbox {
    otomax: Otomax,
    line: Line,
    seller: sandbox::otomax::Otomax,
    purchases: AtomicU32,
}

impl AtSandbox {
    async fn start() -> Self {
        let seller = sandbox::otomax::Otomax::start(Settings::default());
        let seller = seller.await.unwrap();
        let line = Line::to(&seller.base_url()).await;
        let profile = Profile {
            timeout: Duration::from_secs(2),
            ..Config::silent_profile()
        };
        let config = Config::new(line.url(), "erz001", "1234", "sandi-contoh", profile);
        let fixture = Self {
            otomax: Otomax::new(config).unwrap(),
            line,
            seller,
            purchases: AtomicU32::new(0),
        };
        fixture.fate("20", true);
        fixture
    }
}

impl SupplierFixture for AtSandbox {
    fn supplier(&self) -> &dyn Supplier {
        &self.otomax
    }

    fn line(&self) -> &Line {
        &self.line
    }

    fn purchase(&self) -> Purchase {
        let number = self.purchases.fetch_add(1, Ordering::Relaxed);
        Purchase {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            supplier_ref: SupplierRef::parse(&format!("0017000000000{number:05}")).unwrap(),
            sku: "S10".parse().unwrap(),
            target: format!("0812{number:08}").parse().unwrap(),
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

    /// `OtomaX`'s numbers as sellers publish them, each with its words in the reply.
    fn codes(&self) -> Vec<Code> {
        let row = |says, means| Code { says, means };
        vec![
            row("20", Means::Delivered),
            row("0", Means::UnderWay),
            row("1", Means::UnderWay),
            row("2", Means::UnderWay),
            row("3", Means::UnderWay),
            row("4", Means::UnderWay),
            row("43", Means::Refused(Reason::SupplierFunds)),
            row("pin", Means::Refused(Reason::AccountFault)),
            row("40", Means::Failed(Reason::None)),
            row("45", Means::Failed(Reason::OutOfStock)),
            row("47", Means::Failed(Reason::SellerTrouble)),
            row("50", Means::Failed(Reason::None)),
            row("52", Means::Failed(Reason::BadDestination)),
            row("53", Means::Failed(Reason::Other)),
            row("54", Means::Failed(Reason::Other)),
            row("55", Means::PerhapsFailed(Reason::Timeout)),
            row("56", Means::Failed(Reason::BadDestination)),
            row("58", Means::Failed(Reason::BadDestination)),
            row("59", Means::Failed(Reason::Price)),
            row("69", Means::Failed(Reason::CutOff)),
            row("sebagian", Means::Open),
            row("refund", Means::Open),
            row("belum", Means::Open),
        ]
    }

    fn unpublished(&self) -> &'static str {
        "mungkin"
    }

    fn fate(&self, code: &'static str, delivers: bool) {
        let number = STATUSES.iter().find(|number| number.code == code).unwrap();
        let plan = if (number.status == Fate::Sukses) == delivers {
            Plan::rc(code)
        } else {
            let truth = if delivers { "20" } else { "40" };
            Plan::rc(truth).fault_always(Fault::SayRc(code.to_owned()))
        };
        self.seller.script(Match::Any, plan.sn(SN)).unwrap();
    }

    fn refuse_reads(&self) {
        self.seller.lock_out(true);
    }

    fn arrivals(&self, reference: &SupplierRef) -> u32 {
        self.seller.orders_of(reference.as_str())
    }

    fn deliveries(&self, reference: &SupplierRef) -> u32 {
        let ledger = self.seller.ledger();
        ledger
            .purchase(reference.as_str())
            .map_or(0, |row| row.deliveries)
    }

    fn callback(&self, said: Said<'_>) -> RawRequest {
        let body = match said {
            Said::Delivered(purchase) => {
                let (reference, sku, target) = (
                    purchase.supplier_ref.as_str(),
                    &purchase.sku,
                    &purchase.target,
                );
                let message = format!("{sku}.{target} SUKSES. SN/Ref: {SN}. Saldo 10.000");
                let fields = [
                    ("refid", reference),
                    ("status", "20"),
                    ("message", &message),
                ];
                let form = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                Bytes::from(form)
            }
            Said::Bytes(bytes) => Bytes::copy_from_slice(bytes),
        };
        RawRequest {
            method: "POST".to_owned(),
            path: "/callbacks/otomax".to_owned(),
            headers: BTreeMap::new(),
            body,
            source: None,
        }
    }

    fn callback_answer(&self) -> Answer {
        Answer::ok()
    }

    fn signature_header(&self) -> Option<&'static str> {
        None
    }
}

conformance::supplier_suite! {
    fixture: AtSandbox::start,
    status: Dedicated,
    callback: Hint,
    price_cap: Unknown,
    price_list: Absent,
    reference: Ours,
    product: Told,
    price: Told,
    serial: Told,
    cuts: Hidden,
}
