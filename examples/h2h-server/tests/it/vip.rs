//! Buying from VIP Reseller, over HTTP, from its fake: orders that nothing names.

use std::time::Instant;

use sandbox::otomax::Otomax;
use sandbox::vip::{Encoding, Settings, Vip};
use sandbox::{Fault, Match, Plan, ProductRow, Signing};
use serde_json::json;

use crate::house::{House, PATIENCE, SEED, Told};

/// Credit that this supplier sells first and another after it, a game with zones in two lanes, and one without.
const SOLD: &str = r#"
[[suppliers]]
slug = "vip"
name = "VIP"
float = 100000000

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

[[products]]
code = "ML86"
name = "Mobile Legends 86 Diamonds"
category = "pulsa"
destination = { player = [6, 10], zone = [4, 5] }
base_price = 19000
sn_required = true

[[products]]
code = "FF70"
name = "Free Fire 70 Diamonds"
category = "pulsa"
destination = { digits = [8, 12] }
base_price = 9000

[[mappings]]
product = "S10"
supplier = "vip"
sku = "S10"
cost = 10500

[[mappings]]
product = "S10"
supplier = "sinar"
sku = "S10"
cost = 10850

[[mappings]]
product = "ML86"
supplier = "vip"
sku = "game/ML86-S1"
cost = 18750

[[mappings]]
product = "FF70"
supplier = "vip"
sku = "game/FF70"
cost = 9000
"#;

const PASSWORD: &str = "sandi-uji-sinar";

struct Market {
    house: House,
    vip: Vip,
    sinar: Otomax,
}

impl Market {
    async fn open() -> Self {
        Self::open_with(Settings::default()).await
    }

    async fn open_with(settings: Settings) -> Self {
        let vip = Vip::start(Settings {
            opening_balance: 100_000_000,
            ..settings
        });
        let vip = vip.await.unwrap();
        let sinar = Otomax::start(sandbox::otomax::Settings {
            password: PASSWORD.to_owned(),
            opening_balance: 100_000_000,
            products: vec![ProductRow::new("S10", 10_850)],
            ..sandbox::otomax::Settings::default()
        });
        let sinar = sinar.await.unwrap();
        let (base, second) = (vip.base_url(), sinar.base_url());
        let account = vip.settings();
        let own = [
            ("SUPPLIERS__VIP__KIND", "vip"),
            ("SUPPLIERS__VIP__BASE_URL", base.as_str()),
            ("SUPPLIERS__VIP__API_ID", account.api_id.as_str()),
            ("SUPPLIERS__VIP__API_KEY", account.api_key.as_str()),
            // Sixty times faster, as all that takes time here.
            ("SUPPLIERS__VIP__POLL", "20s,30s,30s,30s"),
            ("SUPPLIERS__VIP__SETTLE_DELAY", "30s"),
            ("SUPPLIERS__VIP__TIMEOUT", "120s"),
            ("SUPPLIERS__SINAR__KIND", "otomax"),
            ("SUPPLIERS__SINAR__BASE_URL", second.as_str()),
            ("SUPPLIERS__SINAR__MEMBER", "erz001"),
            ("SUPPLIERS__SINAR__PIN", "1234"),
            ("SUPPLIERS__SINAR__PASSWORD", PASSWORD),
            ("SUPPLIERS__SINAR__TIMEOUT", "240s"),
        ];
        let seed = format!("{SEED}\n{SOLD}");
        let house = House::open_selling(&seed, &own).await;
        vip.set_callback_url(house.url("/api/v1/callbacks/supplier/vip"));
        Self { house, vip, sinar }
    }

    async fn buys(&self, product: &str, ref_id: &str, destination: &str) -> Told {
        let order = json!({"ref_id": ref_id, "product": product, "destination": destination});
        self.house.agen().post(&order).await
    }

    /// The id of the only order at VIP, once there is one.
    async fn bought(&self) -> String {
        let began = Instant::now();
        loop {
            if let [only] = self.vip.ledger().purchases.as_slice() {
                return only.ref_id.clone();
            }
            assert!(began.elapsed() < PATIENCE);
            tokio::task::yield_now().await;
        }
    }

    /// The order is neither delivered nor given up, and somebody was called.
    async fn waits_for_a_person(&self, ref_id: &str) {
        let began = Instant::now();
        loop {
            let path = format!("/api/v1/transactions/{ref_id}");
            let told = self.house.agen().get(&path).await;
            assert!(
                ["PENDING", "PROCESSING"].contains(&told.data("status")),
                "{}",
                told.text
            );
            if told.body["data"]["under_review"] == true {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{}", told.text);
            tokio::task::yield_now().await;
        }
    }

    /// Closed, with books that add up on both sides.
    async fn close(self) {
        assert!(self.vip.ledger().closes());
        assert_eq!(self.vip.violations(), []);
        assert!(self.sinar.ledger().closes());
        self.house.close().await;
        self.vip.stop().await;
        self.sinar.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_is_bought_and_has_its_serial_number() {
    let market = Market::open().await;
    let agen = market.house.agen();
    let before = agen.balance().await;
    let number = "081200008011";
    market.buys("S10", "V-1", number).await;
    let told = agen.until("V-1", "SUCCESS").await;
    let bought = market.vip.ledger().purchases[0].clone();
    assert_eq!(Some(told.data("sn")), bought.sn.as_deref(), "{}", told.text);
    assert_eq!(market.vip.deliveries_to(number), 1);
    assert_eq!(market.vip.balance(), 100_000_000 - 10_500);
    assert_eq!(agen.balance().await, before - 11_350);
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_is_bought_for_a_player_and_the_zone() {
    let market = Market::open().await;
    let agen = market.house.agen();
    let told = market.buys("ML86", "V-2", "12345678 (2012)").await;
    assert_eq!(told.data("destination"), "12345678(2012)", "{}", told.text);
    let told = agen.until("V-2", "SUCCESS").await;
    let bought = market.vip.ledger().purchases[0].clone();
    assert_eq!(Some(told.data("sn")), bought.sn.as_deref(), "{}", told.text);
    assert_eq!(bought.sku, "ML86-S1");
    assert_eq!(market.vip.deliveries_to("12345678(2012)"), 1);
    market.buys("FF70", "V-3", "123456781").await;
    agen.until("V-3", "SUCCESS").await;
    assert_eq!(market.vip.deliveries_to("123456781"), 1);
    let told = market.buys("ML86", "V-4", "123456782012").await;
    let code = &told.body["error_code"];
    assert_eq!(code, "INVALID_DESTINATION", "a zone is missing");
    assert_eq!(market.vip.ledger().purchases.len(), 2);
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_its_time_is_asked_about_until_it_is_there() {
    let market = Market::open().await;
    // As the provider's page has it: waiting, process, success, with callbacks.
    let number = "081200000001";
    market.buys("S10", "V-5", number).await;
    market.house.agen().until("V-5", "SUCCESS").await;
    assert_eq!(market.vip.deliveries_to(number), 1);
    let callbacks = market.vip.callbacks();
    assert!(callbacks.iter().all(|one| one.http_status == Some(200)));
    market.close().await;
}

/// However it is written, and by whom: it only has the server ask.
#[tokio::test(flavor = "multi_thread")]
async fn inv_35_a_callback_is_answered_and_only_makes_the_server_ask() {
    for (place, encoding) in [
        Encoding::Json,
        Encoding::FlatJson,
        Encoding::Form,
        Encoding::FormOfJson,
        Encoding::FlatForm,
    ]
    .into_iter()
    .enumerate()
    {
        let market = Market::open().await;
        let agen = market.house.agen();
        market.vip.encode_callbacks(encoding);
        market.vip.script(Match::Next, Plan::rc("process")).unwrap();
        let number = format!("08120000802{place}");
        market.buys("S10", "V-6", &number).await;
        let id = market.bought().await;
        // Whoever has seen one callback can say this; it is not true yet.
        let lie = json!({"data": {"trxid": id, "data": number, "code": "S10", "status": "error", "note": "Gagal"}});
        for (signing, answered) in [
            (Signing::Right, 200),
            (Signing::Wrong, 401),
            (Signing::None, 401),
        ] {
            market.vip.forge_callback(&lie, signing).await;
            let last = market.vip.callbacks().pop().unwrap();
            assert_eq!(last.http_status, Some(answered), "{signing:?}");
        }
        let told = agen.get("/api/v1/transactions/V-6").await;
        assert_ne!(told.data("status"), "FAILED", "{}", told.text);
        assert!(market.vip.settle(&id, "success").await);
        agen.until("V-6", "SUCCESS").await;
        let last = market.vip.callbacks().pop().unwrap();
        assert_eq!(last.http_status, Some(200), "{encoding:?}");
        assert_eq!(market.vip.orders_for(&number), 1);
        market.close().await;
    }
}

/// It may be there before the answer to the order, and four times.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_may_come_before_the_answer() {
    let market = Market::open().await;
    let number = "081200000006";
    market.buys("S10", "V-7", number).await;
    market.house.agen().until("V-7", "SUCCESS").await;
    assert_eq!(market.vip.deliveries_to(number), 1);
    let callbacks = market.vip.callbacks();
    assert!(callbacks.len() >= 4);
    assert!(callbacks.iter().all(|one| one.http_status == Some(200)));
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_and_a_failure_go_to_the_next_supplier() {
    let market = Market::open().await;
    let agen = market.house.agen();
    let before = agen.balance().await;
    let (mut bought, orders) = (
        0,
        ["layanan", "error-gangguan", "error", "ditolak", "saldo"],
    );
    for (place, code) in orders.into_iter().enumerate() {
        let number = format!("08120000803{place}");
        market.vip.script(Match::Next, Plan::rc(code)).unwrap();
        market.buys("S10", code, &number).await;
        let told = agen.until(code, "SUCCESS").await;
        bought += 1;
        let sold = market.sinar.ledger().purchases.last().cloned().unwrap();
        assert_eq!(Some(told.data("sn")), sold.sn.as_deref(), "{code}");
        assert_eq!(market.vip.deliveries_to(&number), 0, "{code}");
        assert_eq!(market.sinar.deliveries_to(&number), 1, "{code}");
    }
    assert_eq!(agen.balance().await, before - bought * 11_350);
    market.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_gives_the_money_back() {
    let market = Market::open().await;
    let agen = market.house.agen();
    let before = agen.balance().await;
    // Refused at once, and failed after a while.
    market.vip.script(Match::Next, Plan::rc("tujuan")).unwrap();
    for (ref_id, number) in [("V-8", "081200008041"), ("V-9", "081200000002")] {
        market.buys("S10", ref_id, number).await;
        agen.until(ref_id, "FAILED").await;
        assert_eq!(
            market.sinar.deliveries_to(number),
            0,
            "nobody else is asked"
        );
    }
    assert_eq!(agen.balance().await, before);
    market.close().await;
}

/// An answer that is lost, late, cut or somebody else's: the order is found in the list, and never sent twice.
#[tokio::test(flavor = "multi_thread")]
async fn e_01_inv_11_an_order_whose_answer_was_lost_is_adopted_and_bought_once() {
    let market = Market::open().await;
    let agen = market.house.agen();
    market.vip.list_twice(true);
    market.vip.list_junk(true);
    for (place, fault) in [
        Fault::Lost,
        Fault::CutBody,
        Fault::HtmlPage(502),
        Fault::HttpStatus(500),
        Fault::EmptyBody(200),
        Fault::Late { millis: 2_500 },
    ]
    .into_iter()
    .enumerate()
    {
        let (ref_id, number) = (format!("V-1{place}"), format!("08120000805{place}"));
        let plan = Plan::rc("process")
            .then(std::time::Duration::from_millis(200), "success")
            .fault(fault.clone());
        market.vip.script(Match::Next, plan).unwrap();
        market.buys("S10", &ref_id, &number).await;
        let told = agen.until(&ref_id, "SUCCESS").await;
        let bought = market.vip.ledger().purchases.last().cloned().unwrap();
        assert_eq!(Some(told.data("sn")), bought.sn.as_deref(), "{fault:?}");
        assert_eq!(market.vip.orders_for(&number), 1, "{fault:?}");
        assert_eq!(market.vip.deliveries_to(&number), 1, "{fault:?}");
        assert_eq!(market.sinar.deliveries_to(&number), 0, "{fault:?}");
    }
    market.close().await;
}

/// Nothing was ordered behind the gateway, which nobody can know: neither bought elsewhere nor given back, and a person is called.
#[tokio::test(flavor = "multi_thread")]
async fn inv_12_an_order_that_is_in_no_list_waits_for_a_person() {
    let market = Market::open().await;
    let agen = market.house.agen();
    let number = "081200000005";
    let before = agen.balance().await;
    market.buys("S10", "V-20", number).await;
    market.waits_for_a_person("V-20").await;
    assert_eq!(agen.balance().await, before - 11_350, "held");
    assert_eq!(market.vip.orders_for(number), 1);
    assert_eq!(market.sinar.deliveries_to(number), 0);
    market.close().await;
}

/// What the provider tells of games names no code, so nobody can say whose a row is; an account that names it is looked through like any other.
#[tokio::test(flavor = "multi_thread")]
async fn inv_11_a_game_whose_answer_was_lost_is_adopted_only_by_its_code() {
    for games_have_codes in [true, false] {
        let market = Market::open_with(Settings {
            games_have_codes,
            ..Settings::default()
        })
        .await;
        let lost = Plan::rc("success").fault(Fault::Lost);
        market.vip.script(Match::Next, lost).unwrap();
        market.buys("ML86", "V-30", "12345678(2012)").await;
        if games_have_codes {
            market.house.agen().until("V-30", "SUCCESS").await;
        } else {
            market.waits_for_a_person("V-30").await;
        }
        assert_eq!(market.vip.orders_for("12345678(2012)"), 1);
        market.close().await;
    }
}
