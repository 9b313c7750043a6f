//! The adapter for servers of the `OtomaX` family keeps the promises of a supplier, against a fake of such a server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use conformance::{Code, Delivery, Line, Means, Said, SupplierFixture};
use eraflazz_core::supplier::prelude::*;
use eraflazz_suppliers::otomax::{Config, Otomax};
use fake::{Fake, PRICE, SN};

struct AtFake {
    otomax: Otomax,
    line: Line,
    fake: Fake,
    purchases: AtomicU32,
}

impl AtFake {
    async fn start() -> Self {
        let fake = Fake::start().await;
        let line = Line::to(fake.url()).await;
        let profile = Profile {
            timeout: Duration::from_secs(2),
            ..Config::silent_profile()
        };
        let config = Config::new(line.url(), "erz001", "1234", "rahasia", profile);
        Self {
            otomax: Otomax::new(config).unwrap(),
            line,
            fake,
            purchases: AtomicU32::new(0),
        }
    }
}

impl SupplierFixture for AtFake {
    fn supplier(&self) -> &dyn Supplier {
        &self.otomax
    }

    fn line(&self) -> &Line {
        &self.line
    }

    fn purchase(&self) -> Purchase {
        let number = self.purchases.fetch_add(1, Ordering::Relaxed);
        Purchase {
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

    /// The words of sellers' templates.
    fn codes(&self) -> Vec<Code> {
        let row = |says, means| Code { says, means };
        vec![
            row("SUKSES", Means::Delivered),
            row("akan diproses", Means::UnderWay),
            row(
                "GAGAL. Saldo tidak cukup",
                Means::Refused(Reason::SupplierFunds),
            ),
            row("GAGAL. Pin Salah", Means::Refused(Reason::AccountFault)),
            row("GAGAL", Means::Failed(Reason::None)),
            row("GAGAL. Stok kosong", Means::Failed(Reason::OutOfStock)),
            row(
                "GAGAL. Nomor tujuan salah",
                Means::Failed(Reason::BadDestination),
            ),
            row(
                "GAGAL. Produk sedang gangguan",
                Means::Failed(Reason::SellerTrouble),
            ),
            row("GAGAL. Cut off", Means::Failed(Reason::CutOff)),
            row("GAGAL Timeout", Means::PerhapsFailed(Reason::Timeout)),
            row("SUKSES SEBAGIAN", Means::Open),
            row("SUKSES (REFUND)", Means::Open),
            row("belum sukses", Means::Open),
        ]
    }

    fn unpublished(&self) -> &'static str {
        "MUNGKIN"
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
    fixture: AtFake::start,
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
