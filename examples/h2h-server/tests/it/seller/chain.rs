//! One house buys from another, both whole: our own adapter of this family against our own door.

use sandbox::{Match, Plan};
use serde_json::json;

use super::{Buyer, ON};
use crate::house::{House, SEED};

/// What a second house sells out of the first one.
const RESOLD: &str = r#"
[[suppliers]]
slug = "hulu"
name = "Hulu"
float = 100000000

[[products]]
code = "XLB10"
name = "XL 10.000 dari hulu"
category = "pulsa"
destination = { phone = ["xl"] }
base_price = 10500
sn_required = true

[[mappings]]
product = "XLB10"
supplier = "hulu"
sku = "XL10"
cost = 10500
"#;

/// One house that buys from another, both whole.
struct Chain {
    above: House,
    below: House,
    buyer: Buyer,
}

/// A port on this machine that nobody listens on now.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Chain {
    async fn open(more: &[(&str, &str)], plain: bool) -> Self {
        let port = free_port().to_string();
        let listen = format!("127.0.0.1:{port}");
        let here = [
            ("WEBHOOKS__PLAIN_HTTP", "true"),
            ("WEBHOOKS__ALLOW_PRIVATE", "127.0.0.0/8"),
            ("WEBHOOKS__PORTS", port.as_str()),
        ];
        let above = House::open_with(&[&ON[..], &here].concat()).await;
        let buyer = Buyer::of(&above, "HILIR01", "agen", &json!({"plain": plain})).await;
        let base = above.url(if plain { "/irs/toko" } else { "/otomax/toko" });
        let own = [
            ("SERVER__LISTEN", listen.as_str()),
            ("SUPPLIERS__HULU__KIND", "otomax"),
            ("SUPPLIERS__HULU__BASE_URL", base.as_str()),
            ("SUPPLIERS__HULU__MEMBER", "HILIR01"),
            ("SUPPLIERS__HULU__PIN", buyer.pin.as_str()),
            ("SUPPLIERS__HULU__PASSWORD", buyer.password.as_str()),
            ("SUPPLIERS__HULU__SETTLE_DELAY", "30s"),
            ("SUPPLIERS__HULU__TIMEOUT", "240s"),
        ];
        let seed = format!("{SEED}\n{RESOLD}");
        let below = House::open_selling(&seed, &[&own[..], more].concat()).await;
        Self {
            above,
            below,
            buyer,
        }
    }

    async fn buys(&self, ref_id: &str, number: &str) {
        let order = json!({"ref_id": ref_id, "product": "XLB10", "destination": number});
        let told = self.below.agen().post(&order).await;
        assert_eq!(told.http, 200, "{}", told.text);
    }

    /// The reference under which the only order of the house above runs at its own supplier, once it is there.
    async fn above_ref(&self) -> String {
        let began = std::time::Instant::now();
        loop {
            if let Some(row) = self.above.sandbox.ledger().purchases.first() {
                return row.ref_id.clone();
            }
            assert!(began.elapsed() < crate::house::PATIENCE);
            tokio::task::yield_now().await;
        }
    }

    async fn close(self) {
        self.below.close().await;
        self.above.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_house_buys_from_another_and_asks_until_it_knows() {
    let chain = Chain::open(&[("SUPPLIERS__HULU__POLL", "20s,30s,30s")], false).await;
    let number = "087800001201";
    let sandbox = &chain.above.sandbox;
    sandbox.script(Match::CustomerNo(number.to_owned()), Plan::pending());
    chain.buys("C-1", number).await;
    let above_ref = chain.above_ref().await;
    let told = chain.below.agen().until("C-1", "PROCESSING").await;
    assert_eq!(told.data("sn"), "");
    assert!(sandbox.settle(&above_ref, "00").await);
    let below = chain.below.agen().until("C-1", "SUCCESS").await;
    let above = chain.above.agen().get("/api/v1/transactions").await;
    let above = &above.body["data"]["transactions"][0];
    assert_eq!(below.data("sn"), above["sn"], "{above}");
    assert!(!below.data("sn").is_empty());
    assert_eq!(sandbox.deliveries_to(number), 1);
    assert_eq!(chain.above.agen().balance().await, 50_000_000 - 10_500);
    assert_eq!(chain.below.agen().balance().await, 50_000_000 - 11_000);
    chain.close().await;
}

/// The buyer's house would not ask for hours: the report makes it.
#[tokio::test(flavor = "multi_thread")]
async fn one_house_hears_the_report_of_another() {
    let chain = Chain::open(&[("SUPPLIERS__HULU__POLL", "6h,6h,6h")], false).await;
    let number = "087800001202";
    let report = chain.below.url("/api/v1/callbacks/supplier/hulu");
    let set = json!({"url": report, "format": "otomax_get"});
    let told = chain
        .above
        .dewi()
        .admin("/members/agen/webhook", &set)
        .await;
    assert_eq!(told.http, 200, "{}", told.text);
    let sandbox = &chain.above.sandbox;
    sandbox.script(Match::CustomerNo(number.to_owned()), Plan::pending());
    chain.buys("C-2", number).await;
    let above_ref = chain.above_ref().await;
    chain.below.agen().until("C-2", "PROCESSING").await;
    assert!(sandbox.settle(&above_ref, "00").await);
    let told = chain.below.agen().until("C-2", "SUCCESS").await;
    assert!(!told.data("sn").is_empty());
    assert_eq!(sandbox.deliveries_to(number), 1);
    chain.close().await;
}

/// What fails above fails below, and nobody has paid.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_house_above_cannot_deliver_is_paid_back_below() {
    let chain = Chain::open(&[("SUPPLIERS__HULU__POLL", "20s,30s,30s")], false).await;
    let number = "087800001203";
    let sandbox = &chain.above.sandbox;
    sandbox.script(Match::CustomerNo(number.to_owned()), Plan::gagal());
    chain.buys("C-3", number).await;
    chain.below.agen().until("C-3", "FAILED").await;
    assert_eq!(chain.above.agen().balance().await, 50_000_000);
    assert_eq!(chain.below.agen().balance().await, 50_000_000);
    assert_eq!(sandbox.deliveries_to(number), 0);
    assert!(
        chain
            .buyer
            .get("/otomax/toko/balance?memberID=x")
            .await
            .1
            .contains("Format")
    );
    chain.close().await;
}

/// IRS has no question that only asks: the same order again is the question.
#[tokio::test(flavor = "multi_thread")]
async fn one_house_buys_from_another_in_the_words_of_irs() {
    let irs = [
        ("SUPPLIERS__HULU__PRESET", "irs"),
        ("SUPPLIERS__HULU__USER", "u1"),
        ("SUPPLIERS__HULU__STATUS", "resubmit"),
        ("SUPPLIERS__HULU__FAILED_REF_MAY_RUN_AGAIN", "false"),
        ("SUPPLIERS__HULU__MIN_INTERVAL", "20s"),
        ("SUPPLIERS__HULU__POLL", "20s,30s,30s"),
    ];
    let chain = Chain::open(&irs, true).await;
    let number = "087800001204";
    let sandbox = &chain.above.sandbox;
    sandbox.script(Match::CustomerNo(number.to_owned()), Plan::pending());
    chain.buys("C-4", number).await;
    let above_ref = chain.above_ref().await;
    assert!(sandbox.settle(&above_ref, "00").await);
    let told = chain.below.agen().until("C-4", "SUCCESS").await;
    assert!(!told.data("sn").is_empty());
    assert_eq!(sandbox.deliveries_to(number), 1);
    chain.close().await;
}
