//! One product, five suppliers in three dialects, over HTTP from their fakes: who is asked, and why.

use std::collections::BTreeSet;
use std::time::Instant;

use sandbox::otomax::Otomax;
use sandbox::vip::Vip;
use sandbox::{Match, Plan, ProductRow};
use serde_json::{Value, json};

use crate::house::{House, PATIENCE, SEED};

/// The cheapest first: Digiflazz, VIP, and three of the `OtomaX` family, the last of them in the dialect of IRS.
const SOLD: &str = r#"
[[suppliers]]
slug = "vip"
name = "VIP"
float = 100000000

[[suppliers]]
slug = "sinar"
name = "Sinar"
float = 100000000

[[suppliers]]
slug = "bulan"
name = "Bulan"
float = 100000000

[[suppliers]]
slug = "citra"
name = "Citra"
float = 100000000

[[products]]
code = "MIX10"
name = "Pulsa 10.000"
category = "pulsa"
destination = "phone"
base_price = 10850
sn_required = true

[[mappings]]
product = "MIX10"
supplier = "digiflazz"
sku = "xld10"
cost = 10000

[[mappings]]
product = "MIX10"
supplier = "vip"
sku = "S10"
cost = 10500

[[mappings]]
product = "MIX10"
supplier = "sinar"
sku = "S10"
cost = 10600

[[mappings]]
product = "MIX10"
supplier = "bulan"
sku = "S10"
cost = 10700

[[mappings]]
product = "MIX10"
supplier = "citra"
sku = "S10"
cost = 10800
"#;

const NAMES: [&str; 3] = ["sinar", "bulan", "citra"];
const PASSWORD: &str = "sandi-uji-lima";

struct Market {
    house: House,
    vip: Vip,
    servers: Vec<Otomax>,
}

impl Market {
    async fn open(vip_has: i64, more: &[(&str, &str)]) -> Self {
        let vip = Vip::start(sandbox::vip::Settings {
            opening_balance: vip_has,
            ..sandbox::vip::Settings::default()
        });
        let vip = vip.await.unwrap();
        let account = vip.settings();
        let mut own: Vec<(String, String)> = [
            ("SUPPLIERS__VIP__KIND", "vip"),
            ("SUPPLIERS__VIP__BASE_URL", vip.base_url().as_str()),
            ("SUPPLIERS__VIP__API_ID", account.api_id.as_str()),
            ("SUPPLIERS__VIP__API_KEY", account.api_key.as_str()),
            // Sixty times faster, as all that takes time here.
            ("SUPPLIERS__VIP__POLL", "20s,30s,30s,30s"),
            ("SUPPLIERS__VIP__SETTLE_DELAY", "30s"),
            ("SUPPLIERS__VIP__TIMEOUT", "120s"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec();
        let mut servers = Vec::new();
        for (name, price) in NAMES.into_iter().zip([10_600, 10_700, 10_800]) {
            let irs = name == "citra";
            let server = Otomax::start(sandbox::otomax::Settings {
                password: PASSWORD.to_owned(),
                opening_balance: 100_000_000,
                without_sign: irs,
                products: vec![ProductRow::new("S10", price)],
                ..sandbox::otomax::Settings::default()
            });
            let server = server.await.unwrap();
            let base = server.base_url();
            let mut says = vec![
                ("KIND", "otomax"),
                ("BASE_URL", base.as_str()),
                ("MEMBER", "erz001"),
                ("PIN", "1234"),
                ("PASSWORD", PASSWORD),
                ("POLL", "20s,30s,30s"),
                ("SETTLE_DELAY", "30s"),
                ("TIMEOUT", "240s"),
            ];
            if irs {
                says.extend([
                    ("PRESET", "irs"),
                    ("USER", "u1"),
                    ("STATUS", "resubmit"),
                    ("FAILED_REF_MAY_RUN_AGAIN", "false"),
                    ("MIN_INTERVAL", "20s"),
                ]);
            }
            let upper = name.to_ascii_uppercase();
            own.extend(says.into_iter().map(|(key, value)| {
                let key = format!("SUPPLIERS__{upper}__{key}");
                (key, value.to_owned())
            }));
            servers.push(server);
        }
        let own: Vec<(&str, &str)> = own
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .chain(more.iter().copied())
            .collect();
        let house = House::open_selling(&format!("{SEED}\n{SOLD}"), &own).await;
        vip.set_callback_url(house.url("/api/v1/callbacks/supplier/vip"));
        for (name, server) in NAMES.iter().zip(&servers) {
            server.set_report_url(house.url(&format!("/api/v1/callbacks/supplier/{name}")));
        }
        Self {
            house,
            vip,
            servers,
        }
    }

    async fn buys(&self, ref_id: &str, number: &str) {
        let order = json!({"ref_id": ref_id, "product": "MIX10", "destination": number});
        self.house.agen().post(&order).await;
    }

    /// The order as operators see it.
    async fn shown(&self, ref_id: &str) -> Value {
        let dewi = self.house.dewi();
        let path = format!("/api/v1/admin/orders?member=agen&ref_id={ref_id}");
        let found = dewi.get(&path).await;
        let id = found.body["data"]["orders"][0]["id"].as_str().unwrap();
        let path = format!("/api/v1/admin/orders/{id}");
        dewi.get(&path).await.body["data"].clone()
    }

    async fn close(self) {
        assert!(self.vip.ledger().closes());
        assert_eq!(self.vip.violations(), []);
        for server in &self.servers {
            assert!(server.ledger().closes());
            assert_eq!(server.violations(), []);
        }
        self.house.close().await;
        self.vip.stop().await;
        for server in self.servers {
            server.stop().await;
        }
    }
}

/// What was found of each route, by supplier, the best first.
fn found(choice: &Value) -> Vec<(String, String)> {
    let routes = choice["routes"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    routes
        .iter()
        .map(|route| (word(&route["supplier"]), word(&route["found"])))
        .collect()
}

fn of_route(choice: &Value, supplier: &str) -> String {
    let found = found(choice);
    let route = found.into_iter().find(|(name, _)| name == supplier);
    route.unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_11_what_four_suppliers_refuse_in_their_dialects_the_fifth_delivers_once() {
    let market = Market::open(100_000_000, &[]).await;
    let number = "087800005101";
    let before = market.house.agen().balance().await;
    let sandbox = &market.house.sandbox;
    sandbox.script(Match::CustomerNo(number.to_owned()), Plan::gagal());
    market.vip.script(Match::Next, Plan::rc("error")).unwrap();
    market.servers[0]
        .script(Match::Next, Plan::rc("45"))
        .unwrap();
    market.servers[1]
        .script(Match::Next, Plan::rc("47"))
        .unwrap();
    market.buys("R-1", number).await;
    let told = market.house.agen().until("R-1", "SUCCESS").await;
    let bought = market.servers[2].ledger().purchases[0].clone();
    assert_eq!(Some(told.data("sn")), bought.sn.as_deref());
    assert_eq!(market.servers[2].deliveries_to(number), 1);
    assert_eq!(market.vip.deliveries_to(number), 0);
    assert_eq!(market.house.agen().balance().await, before - 11_350);

    let shown = market.shown("R-1").await;
    let choices = shown["choices"].as_array().unwrap();
    let led_to: Vec<String> = choices
        .iter()
        .map(|choice| found(choice)[0].0.clone())
        .collect();
    assert_eq!(led_to, ["digiflazz", "vip", "sinar", "bulan", "citra"]);
    let attempts: Vec<&Value> = choices.iter().map(|choice| &choice["attempt"]).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
    assert_eq!(of_route(&choices[0], "citra"), "sellable, 4 behind");
    for gone in ["digiflazz", "vip", "sinar", "bulan"] {
        assert_eq!(of_route(&choices[4], gone), "tried already");
    }
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_weighted_orders_are_shared_out_and_the_roll_is_on_record() {
    let market = Market::open(100_000_000, &[("ENGINE__STRATEGY", "weighted")]).await;
    let mut taken = BTreeSet::new();
    let began = Instant::now();
    for n in 0.. {
        let ref_id = format!("R-3-{n}");
        // How a number ends is what comes of it at some of the fakes: 1 is delivered everywhere.
        market
            .buys(&ref_id, &format!("0878000{:04}1", 6_000 + n))
            .await;
        market.house.agen().until(&ref_id, "SUCCESS").await;
        let shown = market.shown(&ref_id).await;
        let choice = &shown["choices"][0];
        assert_eq!(choice["by"], "weighted score");
        assert!(choice["roll"].as_str().unwrap().parse::<u64>().is_ok());
        let first = found(choice)[0].clone();
        assert_eq!(first.1, "chosen");
        assert_eq!(shown["attempts"][0]["supplier"], first.0.as_str());
        taken.insert(first.0);
        if taken.len() == 5 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "only {taken:?} after {n}");
    }
    market.close().await;
}
