//! The fake VIP Reseller from outside: a plain client that signs by itself.

use std::time::Duration;

use sandbox::vip::{Settings, Unplayable, Vip};
use sandbox::{Fault, Match, Plan, ViolationKind};
use serde_json::Value;

struct Buyer {
    http: reqwest::Client,
    base: String,
    key: String,
    sign: String,
}

impl Buyer {
    fn of(seller: &Vip) -> Self {
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: seller.base_url(),
            key: seller.settings().api_key.clone(),
            sign: seller.settings().sign(),
        }
    }

    async fn post(&self, section: &str, fields: &[(&str, &str)]) -> reqwest::Result<Value> {
        let own = [("key", self.key.as_str()), ("sign", self.sign.as_str())];
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(own.iter().chain(fields))
            .finish();
        let request = self
            .http
            .post(format!("{}/{section}", self.base))
            .body(form);
        let text = request.send().await?.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn order(&self, code: &str, number: &str) -> Value {
        let fields = [("type", "order"), ("service", code), ("data_no", number)];
        self.post("prepaid", &fields).await.unwrap()
    }

    async fn status(&self, fields: &[(&str, &str)]) -> Value {
        let fields = [&[("type", "status")][..], fields].concat();
        self.post("prepaid", &fields).await.unwrap()
    }
}

async fn open() -> (Vip, Buyer) {
    let seller = Vip::start(Settings::default()).await.unwrap();
    let buyer = Buyer::of(&seller);
    (seller, buyer)
}

#[tokio::test]
async fn an_order_is_answered_and_listed_as_the_page_shows() {
    let (seller, buyer) = open().await;
    let told = buyer.order("S10", "081234567899").await;
    let bought = seller.ledger().purchases[0].clone();
    assert_eq!(told["result"], true);
    let data = &told["data"];
    assert_eq!(data["trxid"], bought.ref_id.as_str());
    assert_eq!(
        (&data["data"], &data["code"]),
        (&"081234567899".into(), &"S10".into())
    );
    assert_eq!(
        (&data["price"], &data["balance"]),
        (&10_500.into(), &989_500.into())
    );
    assert_eq!(
        (&data["status"], &data["note"]),
        (&"success".into(), &bought.sn.into())
    );
    let listed = buyer.status(&[("limit", "10")]).await;
    let asked = buyer.status(&[("trxid", &bought.ref_id)]).await;
    assert_eq!(listed["data"], asked["data"]);
    let row = &listed["data"][0];
    assert_eq!(row["trxid"], data["trxid"]);
    assert_eq!(row.get("balance"), None);
    assert_eq!(
        row["created_date"].as_str().unwrap().len(),
        "2023-01-23 17:56:45".len()
    );
    let unknown = buyer.status(&[("trxid", "NOBODYS")]).await;
    assert_eq!(unknown["result"], false);
    assert!(seller.ledger().closes());
}

#[tokio::test]
async fn a_game_has_a_zone_and_no_code_and_a_list_of_its_own() {
    let (seller, buyer) = open().await;
    let fields = [
        ("type", "order"),
        ("service", "ML86-S2"),
        ("data_no", "12345678"),
        ("data_zone", "2012"),
    ];
    let told = buyer.post("game-feature", &fields).await.unwrap();
    assert_eq!(told["data"]["zone"], "2012");
    assert_eq!(told["data"].get("code"), None);
    assert_eq!(seller.deliveries_to("12345678(2012)"), 1);
    assert_eq!(seller.balance(), 1_000_000 - 18_900);
    assert_eq!(buyer.status(&[]).await["data"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn whoever_is_not_the_account_or_not_listed_is_sent_away() {
    let (seller, mut buyer) = open().await;
    buyer.sign = "0".repeat(32);
    let told = buyer.order("S10", "081234567899").await;
    assert_eq!(
        (&told["result"], &told["data"]),
        (&false.into(), &Value::Null)
    );
    assert_eq!(told["message"], "Signature tidak valid");
    assert!(seller.ledger().purchases.is_empty());
    let seller = Vip::start(Settings {
        allowed: vec!["192.0.2.1".parse().unwrap()],
        ..Settings::default()
    });
    let seller = seller.await.unwrap();
    let told = Buyer::of(&seller).order("S10", "081234567899").await;
    assert_eq!(told["message"], "IP Anda tidak terdaftar pada whitelist");
}

#[tokio::test]
async fn the_lists_hold_what_real_ones_hold() {
    let (_seller, buyer) = open().await;
    let services = [("type", "services")];
    let rows = buyer.post("prepaid", &services).await.unwrap();
    let rows = rows["data"].as_array().unwrap();
    assert_eq!(
        (&rows[0]["code"], &rows[0]["type"]),
        (&"".into(), &"not-filtered".into())
    );
    let of = |code: &str| rows.iter().find(|row| row["code"] == code).unwrap();
    assert_eq!(of("S10")["price"]["special"], 10_500);
    assert_eq!(of("S5")["status"], "empty");
    assert_ne!(of("XLDHR3")["maintenace"], "00:00 - 00:00");
    let told = buyer.order("XLDHR3", "081234567899").await;
    assert_eq!(told["result"], false, "closed now");
    let lanes = buyer.post("game-feature", &services).await.unwrap();
    let lanes = lanes["data"].as_array().unwrap().clone();
    assert_ne!(lanes[0]["price"], lanes[1]["price"]);
    assert_eq!(lanes[0]["name"], lanes[1]["name"]);
}

#[tokio::test]
async fn numbers_decide_where_nothing_is_planned() {
    let (seller, buyer) = open().await;
    let of = async |number: &str| buyer.order("S10", number).await["data"]["status"].clone();
    assert_eq!(of("081200000001").await, "waiting");
    assert_eq!(of("081200000003").await, "process");
    let page = buyer.order("S10", "081200000005").await;
    assert!(page.as_str().unwrap().starts_with("<html>"), "{page}");
    assert_eq!(seller.ledger().purchases.len(), 2);
    // The same once more, while it is under way: nothing here tells it from another.
    assert_eq!(of("081200000003").await, "process");
    assert_eq!(seller.violations()[0].kind, ViolationKind::SentAgain);
    assert_eq!(seller.orders_for("081200000003"), 2);
    let late = tokio::time::timeout(Duration::from_millis(50), of("081200000004"));
    assert!(late.await.is_err());
    assert_eq!(
        seller.deliveries_to("081200000004"),
        1,
        "and yet it was ordered"
    );
}

#[tokio::test]
async fn lists_can_repeat_rows_and_hold_junk() {
    let (seller, buyer) = open().await;
    buyer.order("S10", "081234567899").await;
    let rows = async || buyer.status(&[]).await["data"].as_array().unwrap().len();
    assert_eq!(rows().await, 1);
    seller.list_twice(true);
    assert_eq!(rows().await, 2);
    seller.list_junk(true);
    assert_eq!(rows().await, 4);
}

#[tokio::test]
async fn nicknames_are_courtesy() {
    let (_seller, buyer) = open().await;
    let name = async |player: &str, zone: &str| {
        let fields = [
            ("type", "get-nickname"),
            ("code", "mobile-legends"),
            ("target", player),
            ("additional_target", zone),
        ];
        buyer.post("game-feature", &fields).await.unwrap()
    };
    assert_eq!(name("12345678", "2012").await["data"], "Eraflazz Player");
    assert_eq!(name("12345679", "2012").await["result"], false);
}

#[tokio::test]
async fn a_plan_that_cannot_be_played_is_refused() {
    let (seller, _) = open().await;
    let refused = |plan| seller.script(Match::Next, plan).unwrap_err();
    assert_eq!(refused(Plan::rc("99")), Unplayable::Word("99".into()));
    let later = Plan::rc("process").then(Duration::ZERO, "saldo");
    assert_eq!(refused(later), Unplayable::Word("saldo".into()));
    let fault = Plan::rc("success").fault(Fault::NumericRc);
    assert_eq!(refused(fault), Unplayable::Fault(Fault::NumericRc));
}
