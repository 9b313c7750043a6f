//! Goods for players, over HTTP: one destination, told to each supplier as it wants it, and bound by what it was told (INV-11, E-9).

use std::time::Duration;

use sandbox::otomax::Otomax;
use sandbox::vip::Vip;
use sandbox::{Match, Plan, ProductRow};
use serde_json::{Value, json};

use crate::house::{Client, House, SEED, Told};

/// One game with zones at three suppliers, and one with servers.
const GAMES: &str = r#"
[[suppliers]]
slug = "vip"
name = "VIP"
float = 100000000

[[suppliers]]
slug = "sinar"
name = "Sinar"
float = 100000000

[[products]]
code = "ML86"
name = "Mobile Legends 86 Diamonds"
category = "pulsa"
destination = { player = [6, 10], zone = [4, 5] }
base_price = 10000

[[products]]
code = "GI60"
name = "Genshin Impact 60 Genesis"
category = "pulsa"
destination = "fields"
base_price = 10000
input_fields = [
    { key = "user_id", label = "UID", rule = { digits = { min = 9, max = 10 } } },
    { key = "server", label = "Server", rule = { one_of = ["os_asia", "os_usa"] } },
]

[[mappings]]
product = "ML86"
supplier = "digiflazz"
sku = "xld10"
cost = 10000
priority = 1
form = "{user_id}{zone_id}"

[[mappings]]
product = "ML86"
supplier = "sinar"
sku = "ML86"
cost = 10000
priority = 2
form = "{user_id}-{zone_id}"

[[mappings]]
product = "ML86"
supplier = "vip"
sku = "game/ML86-S1"
cost = 10000
priority = 3

[[mappings]]
product = "GI60"
supplier = "digiflazz"
sku = "xld10"
cost = 10000
form = "{user_id}|{server}"
"#;

const PASSWORD: &str = "sandi-uji-sinar";

struct Arcade {
    house: House,
    vip: Vip,
    sinar: Otomax,
}

impl Arcade {
    async fn open() -> Self {
        let vip = Vip::start(sandbox::vip::Settings {
            opening_balance: 100_000_000,
            ..sandbox::vip::Settings::default()
        });
        let vip = vip.await.unwrap();
        let sinar = Otomax::start(sandbox::otomax::Settings {
            password: PASSWORD.to_owned(),
            opening_balance: 100_000_000,
            products: vec![ProductRow::new("ML86", 10_000)],
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
            ("SUPPLIERS__SINAR__POLL", "20s,30s,30s"),
            ("SUPPLIERS__SINAR__SETTLE_DELAY", "30s"),
            ("SUPPLIERS__SINAR__TIMEOUT", "240s"),
        ];
        let house = House::open_selling(&format!("{SEED}\n{GAMES}"), &own).await;
        vip.set_callback_url(house.url("/api/v1/callbacks/supplier/vip"));
        sinar.set_report_url(house.url("/api/v1/callbacks/supplier/sinar"));
        Self { house, vip, sinar }
    }

    async fn buys(&self, product: &str, ref_id: &str, destination: &str) -> Told {
        let order = json!({"ref_id": ref_id, "product": product, "destination": destination});
        self.house.agen().post(&order).await
    }

    async fn close(self) {
        let ledger = self.house.sandbox.ledger();
        assert!(ledger.closes() && ledger.violations.is_empty());
        assert!(self.sinar.ledger().closes());
        assert_eq!(self.sinar.violations(), []);
        self.house.close().await;
        self.vip.stop().await;
        self.sinar.stop().await;
    }
}

async fn turns(dewi: &Client, mapping: u32, active: bool) {
    let path = format!("/mappings/{mapping}");
    let told = dewi.get(&format!("/api/v1/admin{path}")).await;
    let body = json!({"version": told.data("version"), "active": active});
    let told = dewi.admin(&path, &body).await;
    assert_eq!(told.http, 200, "{}", told.text);
}

/// One game, one normal form, three ways of telling it; what each supplier says back is bound by what it was told.
#[tokio::test(flavor = "multi_thread")]
async fn e_09_one_player_is_told_to_each_supplier_as_it_wants_it() {
    let arcade = Arcade::open().await;
    let (agen, dewi) = (arcade.house.agen(), arcade.house.dewi());
    arcade.buys("ML86", "P-1", "12345678 (2012)").await;
    let told = agen.until("P-1", "SUCCESS").await;
    assert_eq!(told.data("destination"), "12345678(2012)", "{}", told.text);
    let bought = arcade.house.sandbox.ledger().purchases[0].clone();
    assert_eq!(bought.customer_no, "123456782012");

    // Pending first: what settles it is the webhook, which names what was told.
    let pending = Plan::pending().then(Duration::from_millis(100), "00");
    arcade.house.sandbox.script(Match::Next, pending);
    arcade.buys("ML86", "P-2", "87654321-2012").await;
    agen.until("P-2", "SUCCESS").await;

    turns(&dewi, 1, false).await;
    arcade.buys("ML86", "P-3", "12345678|2012").await;
    arcade.buys("ML86", "P-4", "12345678/2013").await;
    agen.until("P-4", "SUCCESS").await;
    let bought = arcade.sinar.ledger().purchases[0].clone();
    assert_eq!(bought.customer_no, "12345678-2013");

    turns(&dewi, 2, false).await;
    arcade.buys("ML86", "P-5", "12345678,2014").await;
    agen.until("P-5", "SUCCESS").await;
    assert_eq!(arcade.vip.deliveries_to("12345678(2014)"), 1);
    arcade.close().await;
}

/// A server's name is a field like any other, and a bar may stand before it where nobody signs it.
#[tokio::test(flavor = "multi_thread")]
async fn a_product_says_which_fields_it_takes() {
    let arcade = Arcade::open().await;
    let agen = arcade.house.agen();
    let listed = agen.get("/api/v1/products?limit=100").await;
    let rows = listed.body["data"]["products"].as_array().unwrap();
    let mut rows = rows.iter();
    let row = rows.find(|row| row["code"] == "GI60").unwrap();
    let schema = &row["target_schema"];
    assert_eq!(schema["kind"], "fields", "{row}");
    assert_eq!(schema["fields"][1]["key"], "server");
    let refused = arcade.buys("GI60", "F-1", "800012345(os_mars)").await;
    assert_eq!(refused.body["error_code"], "INVALID_DESTINATION");
    arcade.buys("GI60", "F-2", "800012345/os_asia").await;
    let told = agen.until("F-2", "SUCCESS").await;
    assert_eq!(told.data("destination"), "800012345(os_asia)");
    let bought = arcade.house.sandbox.ledger().purchases[0].clone();
    assert_eq!(bought.customer_no, "800012345|os_asia");
    arcade.close().await;
}

/// Fields by their names are the same destination as fields written behind it, and so the same order (INV-18).
#[tokio::test(flavor = "multi_thread")]
async fn inv_18_fields_may_be_given_by_their_names() {
    let arcade = Arcade::open().await;
    let agen = arcade.house.agen();
    let named = |ref_id: &str, fields: Value| json!({"ref_id": ref_id, "product": "GI60", "destination": "800012345", "fields": fields});
    let told = agen.post(&named("N-1", json!({"server": "os_asia"}))).await;
    assert_eq!(
        told.data("destination"),
        "800012345(os_asia)",
        "{}",
        told.text
    );
    agen.until("N-1", "SUCCESS").await;
    let told = arcade.buys("GI60", "N-1", "800012345(os_asia)").await;
    assert_eq!(told.headers["idempotent-replayed"], "true");
    for (fields, field) in [
        (json!({}), "/fields/server"),
        (
            json!({"server": "os_asia", "zone_id": "1"}),
            "/fields/zone_id",
        ),
        (
            json!({"server": "os_asia", "user_id": "1"}),
            "/fields/user_id",
        ),
        (json!({"server": "os_asia)(x"}), "/fields/server"),
        (json!({"server": 1}), "/fields/server"),
    ] {
        let told = agen.post(&named("N-2", fields)).await;
        assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    }
    // What is no value of the field is refused as any other destination is, and kept.
    let told = agen.post(&named("N-3", json!({"server": "os_mars"}))).await;
    assert_eq!(
        told.refusal(),
        (422, "INVALID_DESTINATION"),
        "{}",
        told.text
    );
    let plain = json!({"ref_id": "N-4", "product": "XL10", "destination": "087800006101", "fields": {"zone_id": "1"}});
    assert_eq!(
        agen.post(&plain).await.refused_field(),
        (422, "/fields/zone_id")
    );
    arcade.close().await;
}

/// A form that cannot be told is named with its field and rule, where it is entered.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_form_is_refused_where_it_is_entered() {
    let arcade = Arcade::open().await;
    let dewi = arcade.house.dewi();
    for (path, product, supplier, form, rule) in [
        (
            "1",
            "ML86",
            "digiflazz",
            "{user_id}",
            "leaves out the field {zone_id}",
        ),
        ("1", "ML86", "digiflazz", "{user_id}{zone}", "names {zone}"),
        ("0", "XL10", "digiflazz", "{user_id}", "has no fields"),
        (
            "3",
            "ML86",
            "vip",
            "{user_id}{zone_id}",
            "runs fields together",
        ),
        ("1", "ML86", "digiflazz", "{user_id", "printable ASCII"),
    ] {
        let told = dewi.get(&format!("/api/v1/admin/mappings/{path}")).await;
        let change = json!({"version": told.data("version"), "form": form});
        let changed = dewi.admin(&format!("/mappings/{path}"), &change).await;
        let new = json!({"product": product, "supplier": supplier, "sku": "baru", "cost": 1, "form": form});
        let added = dewi.admin("/mappings", &new).await;
        for told in [changed, added] {
            assert_eq!(told.http, 422, "{form}: {}", told.text);
            let error = &told.body["errors"][0];
            assert_eq!(error["pointer"], "/form", "{}", told.text);
            assert!(told.text.contains(rule), "{form}: {}", told.text);
        }
    }
    // What is good is told back.
    let told = dewi.get("/api/v1/admin/mappings/3").await;
    let change = json!({"version": told.data("version"), "form": "{user_id}.{zone_id}"});
    let told = dewi.admin("/mappings/3", &change).await;
    assert_eq!(told.data("form"), "{user_id}.{zone_id}", "{}", told.text);
    arcade.close().await;
}

/// The fields of a product may change after its forms were entered: what does not tell two players apart any more is not used where nothing else does.
#[tokio::test(flavor = "multi_thread")]
async fn inv_11_a_form_that_no_longer_tells_apart_is_not_used() {
    let arcade = Arcade::open().await;
    let dewi = arcade.house.dewi();
    let set = async |path: &str, mut change: serde_json::Value| {
        let told = dewi.get(&format!("/api/v1/admin{path}")).await;
        change["version"] = json!(told.data("version"));
        let told = dewi.admin(path, &change).await;
        assert_eq!(told.http, 200, "{}", told.text);
    };
    for other in [1, 2] {
        turns(&dewi, other, false).await;
    }
    let zones_of_four = json!({"player": [6, 10], "zone": [4, 4]});
    set("/products/ML86", json!({"destination": zones_of_four})).await;
    set("/mappings/3", json!({"form": "{user_id}{zone_id}"})).await;
    let zones_of_both = json!({"player": [6, 10], "zone": [4, 5]});
    set("/products/ML86", json!({"destination": zones_of_both})).await;
    let told = arcade.buys("ML86", "T-1", "12345678(2012)").await;
    assert_eq!(
        told.body["error_code"], "PRODUCT_UNAVAILABLE",
        "{}",
        told.text
    );
    assert_eq!(arcade.vip.ledger().purchases.len(), 0);
    arcade.close().await;
}
