//! The catalog keeps itself by the supplier's price list: over HTTP, against the sandbox, by the command and by the API.

use std::time::Duration;

use rstest::rstest;
use sandbox::{Endpoint, Fault, ProductRow};
use serde_json::{Value, json};

use crate::commands::{asked, said};
use crate::house::{Client, House, Told, order};

/// What the sandbox sells besides `xld10`.
fn more(house: &House) {
    let games = ProductRow {
        category: "Games".into(),
        brand: "FREE FIRE".into(),
        product_name: "Free Fire 70 Diamond".into(),
        ..ProductRow::new("ff70", 9_100)
    };
    let zoned = ProductRow {
        brand: "MOBILE LEGENDS".into(),
        ..ProductRow {
            buyer_sku_code: "ml86".into(),
            ..games.clone()
        }
    };
    let closed = ProductRow {
        seller_product_status: false,
        ..ProductRow::new("xld5", 5_100)
    };
    let stocked = ProductRow {
        unlimited_stock: false,
        stock: 7,
        start_cut_off: "23:30".into(),
        end_cut_off: "0:15".into(),
        ..ProductRow::new("xld25", 24_500)
    };
    for row in [games, zoned, closed, stocked] {
        house.sandbox.put_product(row);
    }
}

/// The list may be asked for again.
fn later(house: &House) {
    house.sandbox.advance(Duration::from_mins(6));
}

async fn sync(dewi: &Client) -> Told {
    let wanted = json!({"supplier": "digiflazz", "force": true});
    let told = dewi.admin("/catalog/sync", &wanted).await;
    assert_eq!(told.http, 200, "{}", told.text);
    told
}

fn counted(told: &Told, names: &[&str]) -> Vec<u64> {
    let all = &told.body["data"]["statistics"];
    names
        .iter()
        .map(|name| all[name].as_u64().unwrap())
        .collect()
}

async fn product(dewi: &Client, code: &str) -> Value {
    let told = dewi.get("/api/v1/admin/catalog").await;
    let all = told.body["data"]["products"].as_array().unwrap().clone();
    let found = all.into_iter().find(|product| product["code"] == code);
    found.unwrap_or_default()
}

async fn approvals(dewi: &Client) -> Vec<Value> {
    let told = dewi.get("/api/v1/admin/approvals").await;
    told.body["data"]["approvals"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_becomes_products_that_are_sold_at_the_default_markup() {
    let house = House::open().await;
    more(&house);
    let (dewi, agen) = (house.dewi(), house.agen());
    let told = sync(&dewi).await;
    let counts = counted(
        &told,
        &[
            "total",
            "created",
            "updated",
            "unchanged",
            "skipped_inactive",
            "categories_created",
        ],
    );
    assert_eq!(counts, [5, 3, 0, 1, 1, 1], "{}", told.text);
    let made = product(&dewi, "FF70").await;
    assert_eq!(
        (&made["category"], &made["active"]),
        (&json!("games"), &json!(true))
    );
    assert_eq!(
        product(&dewi, "ML86").await["active"],
        true,
        "it is known how its players are told"
    );
    let stocked = product(&dewi, "XL25").await;
    assert_eq!(stocked, Value::Null, "the code is the supplier's: XLD25");
    assert_eq!(product(&dewi, "XLD25").await["routes"][0]["stock"], 7);
    let prices = agen.get("/api/v1/products").await;
    let rows = prices.body["data"]["products"].as_array().unwrap();
    let price = |code: &str| {
        let row = rows.iter().find(|row| row["code"] == code);
        row.map(|row| row["price"].clone()).unwrap_or_default()
    };
    assert_eq!(price("FF70"), 12_100, "9,100 and 3,000");
    assert_eq!(
        price("XLD25"),
        25_000,
        "the category was there: its own rule counts"
    );
    let bought = json!({"ref_id": "S-1", "product": "FF70", "destination": "123456789"});
    let told = agen.post_and_wait(&bought).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let bought = json!({"ref_id": "S-2", "product": "ML86", "destination": "12345678 (2012)"});
    let told = agen.post_and_wait(&bought).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let told_of: Vec<String> = house
        .sandbox
        .ledger()
        .purchases
        .iter()
        .map(|purchase| purchase.customer_no.clone())
        .collect();
    assert_eq!(told_of, ["123456789", "123456782012"]);
    house.close().await;
}

/// Bills have a list of their own, and one limit with the other: what is refused closes nothing, and neither list speaks of what is on the other.
#[tokio::test(flavor = "multi_thread")]
async fn bills_are_synced_from_their_own_list() {
    let house = House::open().await;
    more(&house);
    let dewi = house.dewi();
    sync(&dewi).await;
    let bills = json!({"supplier": "digiflazz", "bills": true, "force": true});
    let told = dewi.admin("/catalog/sync", &bills).await;
    assert_ne!(told.http, 200, "asked too soon: {}", told.text);
    let before = dewi.get("/api/v1/admin/catalog").await.body["data"].clone();
    later(&house);
    let told = dewi.admin("/catalog/sync", &bills).await;
    assert_eq!(told.http, 200, "{}", told.text);
    assert_eq!(
        counted(&told, &["total", "created", "approvals"]),
        [15, 15, 0]
    );
    let pln = dewi.get("/api/v1/admin/products/PLN").await;
    assert_eq!(pln.data("kind"), "postpaid", "{}", pln.text);
    assert_eq!(pln.body["data"]["active"], true);
    assert_eq!(
        product(&dewi, "PDAM").await["active"],
        false,
        "a person looks first"
    );
    let synced = dewi.get("/api/v1/admin/catalog").await.body["data"].clone();
    assert_ne!(before, synced);
    later(&house);
    let told = sync(&dewi).await;
    assert_eq!(
        counted(&told, &["updated", "approvals"]),
        [0, 0],
        "{}",
        told.text
    );
    assert!(approvals(&dewi).await.is_empty());
    let line = "sync-products --supplier digiflazz --bills --dry-run --json";
    let told = said(asked(&house, line)).await.json();
    assert_eq!(told["statistics"]["unchanged"], 15);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_list_again_changes_nothing_and_is_remembered_for_an_hour() {
    let house = House::open_with(&[("TIME_SCALE", "1")]).await;
    more(&house);
    let dewi = house.dewi();
    let first = sync(&dewi).await;
    let before = dewi.get("/api/v1/admin/catalog").await.body["data"].clone();
    // Not asked: the provider would refuse it.
    let told = dewi
        .admin("/catalog/sync", &json!({"supplier": "digiflazz"}))
        .await;
    assert_eq!(
        counted(&told, &["created", "updated", "unchanged", "approvals"]),
        [0, 0, 4, 0]
    );
    assert_eq!(told.data("read_at"), first.data("read_at"));
    assert_ne!(told.body["data"]["last_synced_at"], Value::Null);
    let forced = json!({"supplier": "digiflazz", "force": true});
    let told = dewi.admin("/catalog/sync", &forced).await;
    assert_eq!(
        told.refusal(),
        (429, "RATE_LIMITED"),
        "the provider's limit stays"
    );
    assert_eq!(told.headers["retry-after"], "300");
    later(&house);
    let told = sync(&dewi).await;
    assert_eq!(counted(&told, &["created", "updated"]), [0, 0]);
    let mut after = dewi.get("/api/v1/admin/catalog").await.body["data"].clone();
    after["version"] = before["version"].clone();
    assert_eq!(after, before);
    house.close().await;
}

#[rstest]
#[case::refused(Fault::ObjectForList("41".into()))]
#[case::empty(Fault::EmptyBody(200))]
#[case::page(Fault::HtmlPage(502))]
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_list_changes_nothing(#[case] fault: Fault) {
    let house = House::open().await;
    let dewi = house.dewi();
    let before = dewi.get("/api/v1/admin/catalog").await.body["data"].clone();
    house.sandbox.spoil(Endpoint::PriceList, fault);
    let wanted = json!({"supplier": "digiflazz"});
    let told = dewi.admin("/catalog/sync", &wanted).await;
    assert_eq!(told.refusal(), (409, "NOT_POSSIBLE"), "{}", told.text);
    assert_eq!(dewi.get("/api/v1/admin/catalog").await.body["data"], before);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_sells_nothing_closes_nothing() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    house.sandbox.put_product(ProductRow {
        buyer_product_status: false,
        ..ProductRow::new("xld10", 10_000)
    });
    let wanted = json!({"supplier": "digiflazz"});
    let told = dewi.admin("/catalog/sync", &wanted).await;
    assert_eq!(told.refusal(), (409, "NOT_POSSIBLE"), "{}", told.text);
    house.sandbox.put_product(ProductRow::new("xld10", 10_000));
    let told = agen.post_and_wait(&order("N-1", "087800005001")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_17_sync_opens_what_sync_closed_and_never_what_an_operator_closed() {
    let house = House::open().await;
    more(&house);
    let (dewi, agen) = (house.dewi(), house.agen());
    let close = |row: ProductRow| ProductRow {
        seller_product_status: false,
        ..row
    };
    house
        .sandbox
        .put_product(close(ProductRow::new("xld10", 10_000)));
    sync(&dewi).await;
    let told = agen.post(&order("O-1", "087800005001")).await;
    assert_eq!(told.refusal(), (422, "PRODUCT_UNAVAILABLE"));
    house.sandbox.put_product(ProductRow::new("xld10", 10_000));
    later(&house);
    sync(&dewi).await;
    let told = agen.post_and_wait(&order("O-2", "087800005001")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let route = json!({"product": "XL10", "supplier": "digiflazz", "sku": "xld10"});
    dewi.admin("/catalog/switch", &json!({"route": route, "active": false}))
        .await;
    house.sandbox.put_product(ProductRow::new("xld10", 9_900));
    later(&house);
    sync(&dewi).await;
    assert_eq!(product(&dewi, "XL10").await["routes"][0]["cost"], 9_900);
    let told = agen.post(&order("O-3", "087800005002")).await;
    assert_eq!(told.refusal(), (422, "PRODUCT_UNAVAILABLE"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rise_above_the_threshold_is_not_sold_until_a_person_agrees() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    house.sandbox.put_product(ProductRow::new("xld10", 12_000));
    let told = sync(&dewi).await;
    assert_eq!(counted(&told, &["updated", "approvals"]), [1, 1]);
    let told = agen.post(&order("P-1", "087800005001")).await;
    assert_eq!(
        told.refusal(),
        (422, "PRODUCT_UNAVAILABLE"),
        "its cost is known, and above what is paid"
    );
    let asked = approvals(&dewi).await;
    assert_eq!(
        (&asked[0]["from"], &asked[0]["to"]),
        (&json!(10_000), &json!(12_000))
    );
    let path = format!("/approvals/{}", asked[0]["id"].as_str().unwrap());
    let stale = json!({"version": "0123456789abcdef", "approve": true});
    assert_eq!(
        dewi.admin(&path, &stale).await.refusal(),
        (409, "DATA_CHANGED")
    );
    let seen = json!({"version": asked[0]["version"], "approve": true, "note": "their new price"});
    assert_eq!(dewi.admin(&path, &seen).await.http, 200);
    assert_eq!(dewi.admin(&path, &seen).await.refusal(), (404, "NOT_FOUND"));
    let told = agen.post_and_wait(&order("P-2", "087800005001")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    assert_eq!(told.body["data"]["price"], 12_500);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_is_gone_waits_for_a_person_and_a_no_is_remembered() {
    let house = House::open().await;
    more(&house);
    let (dewi, agen) = (house.dewi(), house.agen());
    house.sandbox.remove_product("xld10");
    let told = sync(&dewi).await;
    assert_eq!(counted(&told, &["approvals"]), [1]);
    let asked = approvals(&dewi).await;
    assert_eq!(
        (&asked[0]["kind"], &asked[0]["sku"]),
        (&json!("withdrawal"), &json!("xld10"))
    );
    let path = format!("/approvals/{}", asked[0]["id"].as_str().unwrap());
    let no = json!({"version": asked[0]["version"], "approve": false});
    assert_eq!(dewi.admin(&path, &no).await.body["data"]["rejected"], true);
    later(&house);
    assert_eq!(counted(&sync(&dewi).await, &["approvals"]), [0]);
    let seen = approvals(&dewi).await;
    let yes = json!({"version": seen[0]["version"], "approve": true});
    assert_eq!(dewi.admin(&path, &yes).await.http, 200, "minds change");
    assert!(approvals(&dewi).await.is_empty());
    let told = agen.post(&order("W-1", "087800005001")).await;
    assert_eq!(told.refusal(), (422, "PRODUCT_UNAVAILABLE"));
    house.close().await;
}

#[rstest]
#[case(json!({"supplier": "lain"}), "/supplier")]
#[case(json!({"supplier": "digiflazz", "category": "Sayur"}), "/category")]
#[case(json!({"supplier": "digiflazz", "dry": true}), "/dry")]
#[case(json!({}), "/supplier")]
#[tokio::test(flavor = "multi_thread")]
async fn t_02_what_is_wrong_with_a_sync_is_named(#[case] body: Value, #[case] field: &str) {
    let house = House::open().await;
    let told = house.dewi().admin("/catalog/sync", &body).await;
    assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_shows_the_statistics_and_a_dry_run_changes_nothing() {
    let house = House::open().await;
    more(&house);
    let dewi = house.dewi();
    let before = dewi.get("/api/v1/admin/catalog").await.body["data"].clone();
    let line = "sync-products --supplier digiflazz --category Games --dry-run";
    let told = said(asked(&house, line)).await;
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("would be done"), "{}", told.out);
    assert_eq!(dewi.get("/api/v1/admin/catalog").await.body["data"], before);
    let line = "sync-products --supplier digiflazz --json";
    let told = said(asked(&house, line)).await.json();
    assert_eq!(told["statistics"]["created"], 3);
    let told = said(asked(&house, "sync-products --supplier digiflazz")).await;
    for row in [
        "total",
        "created",
        "updated",
        "skipped (inactive)",
        "categories created",
        "last synced",
    ] {
        assert!(told.out.contains(row), "{row} in {}", told.out);
    }
    house.sandbox.put_product(ProductRow::new("xld10", 15_000));
    later(&house);
    said(asked(
        &house,
        "sync-products --supplier digiflazz --force --json",
    ))
    .await
    .json();
    let list = said(asked(&house, "approval list --json")).await.json();
    let (id, version) = (
        list[0]["id"].as_str().unwrap(),
        list[0]["version"].as_str().unwrap(),
    );
    let shown = said(asked(&house, "approval list")).await;
    assert!(
        shown.out.contains("base price 10000 -> 15000"),
        "{}",
        shown.out
    );
    let told = said(asked(
        &house,
        &format!("approval reject {id} --version {version}"),
    ))
    .await;
    assert_eq!(
        (told.code, told.out.as_str()),
        (0, "rejected\n"),
        "{}",
        told.err
    );
    house.close().await;
}
