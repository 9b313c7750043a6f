//! Buying from a server of the `OtomaX` family that is settings alone, over HTTP, from its fake.

use std::time::Instant;

use sandbox::otomax::{Otomax, Settings};
use sandbox::{Fault, Match, Plan, ProductRow};
use serde_json::json;

use crate::house::{House, PATIENCE, SEED, Told};

/// Two products: one that only this supplier sells, and one that it sells when the first supplier fails.
const SOLD: &str = r#"
[[suppliers]]
slug = "sinar"
name = "Sinar"
float = 100000000

[[products]]
code = "S10"
name = "Telkomsel 10.000"
category = "pulsa"
destination = "phone"
base_price = 10850
sn_required = true

[[mappings]]
product = "S10"
supplier = "sinar"
sku = "S10"
cost = 10850

[[mappings]]
product = "XL10"
supplier = "sinar"
sku = "XLD10"
cost = 10400
"#;

const PASSWORD: &str = "sandi-uji-sinar";

struct Market {
    house: House,
    sinar: Otomax,
}

impl Market {
    async fn open() -> Self {
        Self::open_with(Settings::default(), &[]).await
    }

    async fn open_with(sold: Settings, more: &[(&str, &str)]) -> Self {
        let sinar = Otomax::start(Settings {
            password: PASSWORD.to_owned(),
            opening_balance: 100_000_000,
            products: vec![
                ProductRow {
                    multi: sold.products[0].multi,
                    ..ProductRow::new("S10", 10_850)
                },
                ProductRow::new("XLD10", 10_400),
            ],
            ..sold
        })
        .await
        .unwrap();
        let base = sinar.base_url();
        let own = [
            ("SUPPLIERS__SINAR__KIND", "otomax"),
            ("SUPPLIERS__SINAR__BASE_URL", base.as_str()),
            ("SUPPLIERS__SINAR__MEMBER", "erz001"),
            ("SUPPLIERS__SINAR__PIN", "1234"),
            ("SUPPLIERS__SINAR__PASSWORD", PASSWORD),
            // Sixty times faster, as all that takes time here.
            ("SUPPLIERS__SINAR__POLL", "20s,30s,30s"),
            ("SUPPLIERS__SINAR__SETTLE_DELAY", "30s"),
            ("SUPPLIERS__SINAR__TIMEOUT", "240s"),
        ];
        let seed = format!("{SEED}\n{SOLD}");
        let house = House::open_selling(&seed, &[&own[..], more].concat()).await;
        sinar.set_report_url(house.url("/api/v1/callbacks/supplier/sinar"));
        Self { house, sinar }
    }

    async fn buys(&self, product: &str, ref_id: &str, number: &str) -> Told {
        let order = json!({"ref_id": ref_id, "product": product, "destination": number});
        self.house.agen().post(&order).await
    }

    /// Closed, with books that add up on both sides.
    async fn close(self) {
        assert!(self.sinar.ledger().closes());
        assert_eq!(self.sinar.violations(), []);
        self.house.close().await;
        self.sinar.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_bought_by_settings_alone_and_has_its_serial_number() {
    let market = Market::open().await;
    let agen = market.house.agen();
    let before = agen.balance().await;
    let number = "081200007001";
    market.buys("S10", "O-1", number).await;
    let told = agen.until("O-1", "SUCCESS").await;
    let bought = market.sinar.ledger().purchases[0].clone();
    assert_eq!(Some(told.data("sn")), bought.sn.as_deref(), "{}", told.text);
    assert_eq!(market.sinar.deliveries_to(number), 1);
    assert_eq!(agen.balance().await, before - 11_350);
    assert_eq!(market.sinar.balance(), 100_000_000 - 10_850);
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_clear_with_pin_and_password_it_is_bought_as_well() {
    let sold = Settings {
        without_sign: true,
        ..Settings::default()
    };
    let market = Market::open_with(sold, &[("SUPPLIERS__SINAR__PRESET", "otomax-plain")]).await;
    market.buys("S10", "O-2", "081200007002").await;
    market.house.agen().until("O-2", "SUCCESS").await;
    market.close().await;
}

/// IRS has no question that only asks: the same order again is the question, and buys nothing.
#[tokio::test(flavor = "multi_thread")]
async fn in_the_dialect_of_irs_a_lost_reply_is_asked_about_by_the_same_order() {
    let sold = Settings {
        without_sign: true,
        ..Settings::default()
    };
    let irs = [
        ("SUPPLIERS__SINAR__PRESET", "irs"),
        ("SUPPLIERS__SINAR__USER", "u1"),
        ("SUPPLIERS__SINAR__STATUS", "resubmit"),
        ("SUPPLIERS__SINAR__FAILED_REF_MAY_RUN_AGAIN", "false"),
        ("SUPPLIERS__SINAR__MIN_INTERVAL", "20s"),
    ];
    let market = Market::open_with(sold, &irs).await;
    let number = "081200007008";
    market
        .sinar
        .script(Match::Next, Plan::rc("20").fault(Fault::Lost))
        .unwrap();
    market.buys("S10", "O-8", number).await;
    market.house.agen().until("O-8", "SUCCESS").await;
    let ref_id = market.sinar.ledger().purchases[0].ref_id.clone();
    assert!(market.sinar.orders_of(&ref_id) >= 2);
    assert_eq!(market.sinar.deliveries_to(number), 1);
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_gives_the_money_back() {
    let market = Market::open().await;
    let agen = market.house.agen();
    let before = agen.balance().await;
    // The last one closes the supplier until somebody looks.
    for (code, number) in [
        ("52", "081200007003"),
        ("50", "081200007004"),
        ("43", "081200007005"),
    ] {
        let of = Match::CustomerNo(number.to_owned());
        market.sinar.script(of, Plan::rc(code)).unwrap();
        market.buys("S10", code, number).await;
        agen.until(code, "FAILED").await;
        assert_eq!(market.sinar.deliveries_to(number), 0, "{code}");
    }
    assert_eq!(agen.balance().await, before);
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_answered_and_only_makes_the_server_ask() {
    let market = Market::open().await;
    let number = "081200007006";
    market.sinar.script(Match::Next, Plan::rc("2")).unwrap();
    market.buys("S10", "O-6", number).await;
    let agen = market.house.agen();
    let ref_id = {
        let began = Instant::now();
        loop {
            if let Some(row) = market.sinar.ledger().purchases.first() {
                break row.ref_id.clone();
            }
            assert!(began.elapsed() < PATIENCE);
            tokio::task::yield_now().await;
        }
    };
    // Whoever knows the reference can say this; it is not true yet.
    let lie = format!("refid={ref_id}&status=40&message=S10.{number}%20GAGAL");
    market.sinar.forge_report(&lie).await;
    let told = agen.get("/api/v1/transactions/O-6").await;
    assert_ne!(told.data("status"), "FAILED", "{}", told.text);
    assert!(market.sinar.settle(&ref_id, "20").await);
    agen.until("O-6", "SUCCESS").await;
    let answers = market.sinar.reports();
    assert!(answers.iter().all(|report| report.http_status == Some(200)));
    assert_eq!(
        market.sinar.orders_of(&ref_id),
        1,
        "asked, never sent again"
    );
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_01_a_lost_reply_is_asked_about_and_bought_once() {
    let market = Market::open().await;
    for (place, fault) in [
        Fault::Lost,
        Fault::CutBody,
        Fault::HtmlPage(502),
        Fault::WrongRef,
    ]
    .into_iter()
    .enumerate()
    {
        let (ref_id, number) = (format!("O-1{place}"), format!("08120000701{place}"));
        let plan = Plan::rc("20").fault(fault);
        market.sinar.script(Match::Next, plan).unwrap();
        market.buys("S10", &ref_id, &number).await;
        market.house.agen().until(&ref_id, "SUCCESS").await;
        assert_eq!(market.sinar.deliveries_to(&number), 1);
    }
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_at_the_first_supplier_is_bought_from_the_next_one() {
    let market = Market::open().await;
    let agen = market.house.agen();
    let before = agen.balance().await;
    let number = "087800007020";
    let sandbox = &market.house.sandbox;
    sandbox.script(Match::CustomerNo(number.to_owned()), Plan::gagal());
    market.buys("XL10", "O-20", number).await;
    let told = agen.until("O-20", "SUCCESS").await;
    let bought = market.sinar.ledger().purchases[0].clone();
    assert_eq!(Some(told.data("sn")), bought.sn.as_deref());
    assert_eq!(sandbox.deliveries_to(number), 0);
    assert_eq!(market.sinar.deliveries_to(number), 1);
    assert_eq!(
        agen.balance().await,
        before - 10_500,
        "the price that was quoted"
    );
    market.close().await;
}

/// The server answers the second order of a day with the first one's state and serial number.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_before_is_no_delivery_and_no_failure() {
    let sold = Settings {
        products: vec![ProductRow {
            multi: false,
            ..ProductRow::new("S10", 10_850)
        }],
        ..Settings::default()
    };
    let market = Market::open_with(sold, &[]).await;
    let agen = market.house.agen();
    let number = "081200007030";
    market.buys("S10", "O-30", number).await;
    agen.until("O-30", "SUCCESS").await;
    let after = agen.balance().await;
    market.buys("S10", "O-31", number).await;
    let began = Instant::now();
    let told = loop {
        let told = agen.get("/api/v1/transactions/O-31").await;
        assert!(
            ["PENDING", "PROCESSING"].contains(&told.data("status")),
            "{}",
            told.text
        );
        if told.body["data"]["under_review"] == true {
            break told;
        }
        assert!(began.elapsed() < PATIENCE, "{}", told.text);
        tokio::task::yield_now().await;
    };
    assert_eq!(told.data("sn"), "");
    assert_eq!(market.sinar.deliveries_to(number), 1);
    assert_eq!(agen.balance().await, after - 11_350, "held");
    market.close().await;
}
