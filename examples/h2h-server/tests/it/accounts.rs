//! Suppliers that come, and settings of theirs that change, while the server runs; secrets that go in and never come out.

use std::path::Path;
use std::time::Duration;

use rstest::rstest;
use sandbox::{Fault, Match, Plan, Sandbox};
use serde_json::{Value, json};

use crate::commands::{asked, said};
use crate::durable::{KEY, place};
use crate::house::{Client, House, Told, order};
use crate::leaks::captured;

const KEY_OF_SECOND: &str = "canary-key-of-the-second-0001";
const HOOK_OF_SECOND: &str = "canary-hook-of-the-second-0001";

/// A second account, at a provider of its own.
async fn second() -> Sandbox {
    let config = sandbox::Config {
        name: "second".to_owned(),
        username: "second-user".to_owned(),
        api_key: KEY_OF_SECOND.to_owned(),
        webhook_secret: Some(HOOK_OF_SECOND.to_owned()),
        opening_balance: 50_000_000,
        ..sandbox::Config::default()
    };
    Sandbox::start(config).await.unwrap()
}

fn settings(second: &Sandbox, key: &str) -> Value {
    json!({
        "kind": "digiflazz", "base_url": second.base_url(), "username": "second-user", "api_key": key,
        "webhook_secret": HOOK_OF_SECOND, "max_in_flight": 7, "poll": ["1m", "2m"], "timeout": "240s",
    })
}

async fn show(dewi: &Client) -> Value {
    let told = dewi.get("/api/v1/admin/suppliers/kedua").await;
    assert_eq!(told.http, 200, "{}", told.text);
    told.body["data"].clone()
}

async fn change(dewi: &Client, settings: Value) -> Told {
    let version = show(dewi).await["version"].clone();
    let body = json!({"version": version, "settings": settings});
    dewi.admin("/suppliers/kedua", &body).await
}

/// The second supplier sells what the first one sells, and is the only one that does.
async fn add(house: &House, settings: &Value) -> Told {
    let dewi = house.dewi();
    let body = json!({"slug": "kedua", "name": "Kedua", "settings": settings});
    let told = dewi.admin("/suppliers", &body).await;
    assert_eq!(told.http, 200, "{}", told.text);
    for (path, body) in [
        (
            "/floats",
            json!({"supplier": "kedua", "amount": 50_000_000, "source": "bca", "reference": "K-1", "kind": "bought"}),
        ),
        (
            "/mappings",
            json!({"product": "XL10", "supplier": "kedua", "sku": "xld10", "cost": 10_000}),
        ),
        (
            "/catalog/switch",
            json!({"supplier": "digiflazz", "active": false}),
        ),
    ] {
        let told = dewi.admin(path, &body).await;
        assert_eq!(told.http, 200, "{path}: {}", told.text);
    }
    told
}

async fn in_folder(data: &Path) -> House {
    House::open_with(&[
        ("STORE__KIND", "folder"),
        ("STORE__DATA", data.to_str().unwrap()),
        ("STORE__VAULT_KEY", KEY),
    ])
    .await
}

fn every_byte(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| std::fs::read(file.unwrap().path()).unwrap_or_default());
    files.flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn t_21_a_supplier_comes_sells_changes_its_key_and_is_there_after_a_restart() {
    let log = captured();
    let (data, second) = (place("accounts"), second().await);
    let house = in_folder(&data).await;
    let (dewi, agen) = (house.dewi(), house.agen());
    second.set_webhook_url(house.url("/api/v1/callbacks/supplier/kedua"));
    let mut heard = Vec::new();

    // Under a key that is not the account's nothing is bought: the money comes back, and the supplier is let be.
    let told = add(&house, &settings(&second, "canary-key-that-is-no-more-01")).await;
    assert_eq!(told.body["data"]["kept_in"], "catalog", "{}", told.text);
    assert_eq!(told.body["data"]["configured"], true);
    assert_eq!(told.body["data"]["settings"]["username"], "second-user");
    assert_eq!(told.body["data"]["settings"]["max_in_flight"], 7);
    assert_eq!(
        told.body["data"]["secrets"],
        json!(["api_key", "webhook_secret"])
    );
    heard.push(told.text);
    let told = agen.post_and_wait(&order("A-1", "087800006001")).await;
    assert_eq!(told.data("status"), "FAILED", "{}", told.text);
    let shown = show(&dewi).await;
    assert_eq!(
        (&shown["tripped"], &shown["open"]),
        (&json!(true), &json!(false))
    );
    let why = shown["closed_by"].as_str().unwrap();
    assert!(
        why.starts_with("account tripped: it refuses our account, since "),
        "{why}"
    );
    assert_eq!(second.deliveries_to("087800006001"), 0);

    // The right one is taken on at once.
    let told = change(&dewi, json!({"api_key": KEY_OF_SECOND})).await;
    assert_eq!(told.http, 200, "{}", told.text);
    assert_eq!(told.body["data"]["tripped"], false);
    heard.push(told.text);
    let told = agen.post_and_wait(&order("A-2", "087800006002")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let pending = Plan::pending().then(Duration::from_millis(100), "00");
    second.script(Match::CustomerNo("087800006003".into()), pending);
    let told = agen.post_and_wait(&order("A-3", "087800006003")).await;
    assert_eq!(
        told.data("status"),
        "SUCCESS",
        "its callback is taken: {}",
        told.text
    );
    heard.push(dewi.get("/api/v1/admin/suppliers").await.text);
    heard.push(dewi.get("/api/v1/admin/catalog").await.text);
    house.close().await;

    let house = in_folder(&data).await;
    let told = house
        .agen()
        .post_and_wait(&order("A-4", "087800006004"))
        .await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    assert_eq!(second.deliveries_to("087800006004"), 1);
    heard.push(show(&house.dewi()).await.to_string());
    house.close().await;
    second.stop().await;

    let mut disk = every_byte(&data);
    disk.extend(log.text().into_bytes());
    disk.extend(heard.concat().into_bytes());
    let canary = b"canary-";
    assert!(!disk.windows(canary.len()).any(|bytes| bytes == canary));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_under_way_ends_with_the_settings_that_began_it() {
    let (house, second) = (House::open().await, second().await);
    let (dewi, agen) = (house.dewi(), house.agen());
    add(&house, &settings(&second, KEY_OF_SECOND)).await;
    let number = "087800006011";
    let slow = Plan::sukses().fault(Fault::Late { millis: 1_000 });
    second.script(Match::CustomerNo(number.into()), slow);
    assert_eq!(agen.post(&order("B-1", number)).await.http, 200);
    while second.deliveries_to(number) == 0 {
        agen.balance().await;
    }
    let told = change(&dewi, json!({"api_key": "canary-key-that-is-no-more-01"})).await;
    assert_eq!(told.http, 200, "{}", told.text);
    agen.until("B-1", "SUCCESS").await;
    let told = agen.post_and_wait(&order("B-2", "087800006012")).await;
    assert_eq!(
        told.data("status"),
        "FAILED",
        "the next one has the new key: {}",
        told.text
    );
    house.close().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_11_an_account_never_becomes_another_one() {
    let (house, second) = (House::open().await, second().await);
    let dewi = house.dewi();
    add(&house, &settings(&second, KEY_OF_SECOND)).await;
    for (given, field) in [
        (json!({"username": "third-user"}), "username"),
        (json!({"testing": true}), "testing"),
        (
            json!({"kind": "vip", "username": null, "webhook_secret": null, "api_id": "abcdefgh"}),
            "kind",
        ),
    ] {
        let told = change(&dewi, given).await;
        let field = format!("/settings/{field}");
        assert_eq!(told.refused_field(), (422, field.as_str()), "{}", told.text);
    }
    // It may be said again, and what is off may stay off.
    let told = change(&dewi, json!({"testing": false, "username": "second-user"})).await;
    assert_eq!(told.http, 200, "{}", told.text);
    house.close().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_13_another_address_takes_no_secret_along() {
    let (house, second) = (House::open().await, second().await);
    let (dewi, third) = (house.dewi(), self::second().await);
    add(&house, &settings(&second, KEY_OF_SECOND)).await;
    for moved in [
        json!({"base_url": third.base_url()}),
        json!({"base_url": third.base_url(), "api_key": KEY_OF_SECOND}),
        json!({"proxy": third.base_url()}),
    ] {
        let told = change(&dewi, moved.clone()).await;
        assert_eq!(told.http, 422, "{moved}: {}", told.text);
        assert!(told.text.contains("given anew"), "{}", told.text);
    }
    let whole = settings(&third, KEY_OF_SECOND);
    assert_eq!(change(&dewi, whole).await.http, 200);
    let told = house
        .agen()
        .post_and_wait(&order("D-1", "087800006021"))
        .await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    assert_eq!(
        (second.balance(), third.deliveries_to("087800006021")),
        (50_000_000, 1)
    );
    house.close().await;
    second.stop().await;
    third.stop().await;
}

#[rstest]
#[case(json!({"kind": "pulsa"}), "/settings/kind")]
#[case(json!({"base_url": "http://provider.example.com"}), "/settings/base_url")]
#[case(json!({"base_url": "https://provider.example.com"}), "/settings/base_url")]
#[case(json!({"api_key": "short"}), "/settings/api_key")]
#[case(json!({"api_key": null}), "/settings/api_key")]
#[case(json!({"max_in_flight": 0}), "/settings/max_in_flight")]
#[case(json!({"poll": ["1s"]}), "/settings/poll/0")]
#[case(json!({"local_address": "192.0.2.1"}), "/settings/local_address")]
#[case(json!({"alert_below": -1}), "/settings/alert_below")]
#[case(json!({"pin": "1234"}), "/settings/pin")]
#[case(json!([]), "/settings")]
#[tokio::test(flavor = "multi_thread")]
async fn t_02_wrong_settings_name_the_field(#[case] wrong: Value, #[case] field: &str) {
    let (house, second) = (House::open().await, second().await);
    let mut settings = settings(&second, KEY_OF_SECOND);
    match wrong.as_object() {
        Some(wrong) => settings.as_object_mut().unwrap().extend(wrong.clone()),
        None => settings = wrong,
    }
    let body = json!({"slug": "kedua", "name": "Kedua", "settings": settings});
    let told = house.dewi().admin("/suppliers", &body).await;
    assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    assert!(!told.text.contains("canary-"), "{}", told.text);
    let told = house.dewi().get("/api/v1/admin/suppliers/kedua").await;
    assert_eq!(told.http, 404, "nothing was added");
    house.close().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_03_what_the_settings_file_names_is_changed_there_and_who_may_not_do_everything_changes_none()
 {
    let (house, second) = (House::open().await, second().await);
    let dewi = house.dewi();
    let settings = settings(&second, KEY_OF_SECOND);
    let path = "/api/v1/admin/suppliers/digiflazz";
    let told = dewi.get(path).await;
    assert_eq!(told.body["data"]["kept_in"], "file");
    assert_eq!(told.body["data"]["settings"], Value::Null);
    let version = told.body["data"]["version"].clone();
    let body = json!({"version": version, "settings": settings});
    let told = dewi.admin("/suppliers/digiflazz", &body).await;
    assert_eq!(told.refused_field(), (422, "/settings"), "{}", told.text);
    assert!(told.text.contains("[suppliers.digiflazz]"), "{}", told.text);

    let catalog = house.client("ek_test_rekrut_01", "test-secret-of-rekrut-01-abcdef");
    let body = json!({"slug": "kedua", "name": "Kedua", "settings": settings});
    let told = catalog.admin("/suppliers", &body).await;
    assert_eq!(told.refusal(), (403, "SCOPE_MISSING"), "{}", told.text);
    house.close().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_27_the_same_again_changes_nothing_and_nobody_changes_what_they_have_not_seen() {
    let (house, second) = (House::open().await, second().await);
    let dewi = house.dewi();
    let settings = settings(&second, KEY_OF_SECOND);
    add(&house, &settings).await;
    let first = show(&dewi).await["version"].clone();
    let body = json!({"slug": "kedua", "name": "Kedua", "settings": settings});
    assert_eq!(dewi.admin("/suppliers", &body).await.http, 200);
    assert_eq!(change(&dewi, settings.clone()).await.http, 200);
    assert_eq!(show(&dewi).await["version"], first);
    let mut other = body.clone();
    other["settings"]["max_in_flight"] = json!(8);
    let told = dewi.admin("/suppliers", &other).await;
    assert_eq!(told.refusal(), (409, "ALREADY_EXISTS"));
    assert_eq!(told.body["errors"][0]["pointer"], "/settings");
    assert_eq!(change(&dewi, json!({"max_in_flight": 9})).await.http, 200);
    let stale = json!({"version": first, "settings": {"max_in_flight": 10}});
    let told = dewi.admin("/suppliers/kedua", &stale).await;
    assert_eq!(told.refusal(), (409, "DATA_CHANGED"), "{}", told.text);
    // An import of a file, which has no settings, leaves them.
    let file = json!({"suppliers": [{"slug": "kedua", "name": "Berganti nama"}]});
    let told = dewi.admin("/catalog/import", &file).await;
    assert_eq!(told.http, 200, "{}", told.text);
    let told = show(&dewi).await;
    assert_eq!(
        (&told["name"], &told["settings"]["max_in_flight"]),
        (&json!("Berganti nama"), &json!(9))
    );
    house.close().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_11_a_supplier_leaves_the_file_for_the_catalog_only_with_nothing_open() {
    let (data, second) = (place("account-moves"), second().await);
    let base = second.base_url();
    let folder = data.to_str().unwrap();
    let stored = [
        ("STORE__KIND", "folder"),
        ("STORE__DATA", folder),
        ("STORE__VAULT_KEY", KEY),
    ];
    let named = [
        ("SUPPLIERS__KEDUA__KIND", "digiflazz"),
        ("SUPPLIERS__KEDUA__BASE_URL", base.as_str()),
        ("SUPPLIERS__KEDUA__USERNAME", "second-user"),
        ("SUPPLIERS__KEDUA__API_KEY", KEY_OF_SECOND),
        ("SUPPLIERS__KEDUA__WEBHOOK_SECRET", HOOK_OF_SECOND),
    ];
    let house = House::open_with(&[&stored[..], &named[..]].concat()).await;
    let dewi = house.dewi();
    for (path, body) in [
        ("/suppliers", json!({"slug": "kedua", "name": "Kedua"})),
        (
            "/floats",
            json!({"supplier": "kedua", "amount": 50_000_000, "source": "bca", "reference": "K-1", "kind": "bought"}),
        ),
        (
            "/mappings",
            json!({"product": "XL10", "supplier": "kedua", "sku": "xld10", "cost": 9_000}),
        ),
    ] {
        let told = dewi.admin(path, &body).await;
        assert_eq!(told.http, 200, "{path}: {}", told.text);
    }
    let number = "087800006031";
    second.script(Match::CustomerNo(number.into()), Plan::pending());
    house.agen().post(&order("F-1", number)).await;
    while second.ledger().purchases.is_empty() {
        house.agen().balance().await;
    }
    house.close().await;

    let house = House::open_with(&stored).await;
    let dewi = house.dewi();
    assert_eq!(show(&dewi).await["configured"], false);
    let whole = settings(&second, KEY_OF_SECOND);
    let told = change(&dewi, whole).await;
    assert_eq!(told.refused_field(), (422, "/settings"), "{}", told.text);
    assert!(told.text.contains("purchases are open"), "{}", told.text);
    house.close().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_reads_settings_from_a_file() {
    let (house, second) = (House::open().await, second().await);
    let folder = place("account-file");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("sinar.toml");
    let text = format!(
        "kind = \"digiflazz\"\nbase_url = \"{}\"\nusername = \"second-user\"\napi_key = \"{KEY_OF_SECOND}\"\nwebhook_secret = \"{HOOK_OF_SECOND}\"\nmax_in_flight = 3\n",
        second.base_url()
    );
    std::fs::write(&file, text).unwrap();
    let line = format!(
        "supplier create slug=kedua name=Kedua settings=@{} --json",
        file.display()
    );
    let told = said(asked(&house, &line)).await.json();
    assert_eq!(told["settings"]["max_in_flight"], 3, "{told}");
    assert!(!told.to_string().contains("canary-"), "{told}");
    let told = said(asked(&house, "supplier show kedua")).await;
    assert!(told.out.contains("api_key"), "{}", told.out);
    let none = said(asked(
        &house,
        "supplier create slug=tiga name=Tiga settings=@none.toml",
    ))
    .await;
    assert!(none.err.contains("none.toml"), "{}", none.err);
    std::fs::remove_dir_all(&folder).unwrap();
    house.close().await;
    second.stop().await;
}
