//! The catalog, administered: imports, prices, what is open.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::house::{Client, House, Told, nonce, order, seconds};

/// Sends a catalog as TOML.
async fn import(dewi: &Client, query: &str, toml: &str) -> Told {
    let path = format!("/api/v1/admin/catalog/import{query}");
    let request = dewi.signed(&Method::POST, &path, toml.as_bytes(), seconds(), &nonce());
    let mut request = request.build().unwrap();
    request
        .headers_mut()
        .insert("content-type", "application/toml".parse().unwrap());
    Told::of(dewi.http.execute(request).await.unwrap()).await
}

async fn catalog(dewi: &Client) -> Value {
    dewi.get("/api/v1/admin/catalog").await.body["data"].clone()
}

const MORE: &str = r#"
[[categories]]
slug = "data"
name = "Paket data"

[[products]]
code = "XL25"
name = "XL 25.000"
category = "pulsa"
destination = { phone = ["xl"] }
base_price = 24500

[[mappings]]
product = "XL25"
supplier = "digiflazz"
sku = "xld25"
cost = "24000.50"

[[mappings]]
product = "XL10"
supplier = "digiflazz"
sku = "xld10"
cost = 9900

[[prices]]
member = "agen"
product = "XL25"
sell = 25000
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_is_imported_into_the_one_that_is_there() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let before = catalog(&dewi).await;
    let checked = import(&dewi, "?check=true", MORE).await;
    assert_eq!(
        checked.body["data"]["only_checked"], true,
        "{}",
        checked.text
    );
    assert_eq!(catalog(&dewi).await, before, "a check changes nothing");
    let done = import(&dewi, "", MORE).await;
    assert_eq!(done.body["data"]["changes"], 5, "{}", done.text);
    let after = catalog(&dewi).await;
    let products = after["products"].as_array().unwrap();
    assert_eq!(products.len(), 4, "the rest stays");
    assert_eq!(
        products[0]["routes"][0]["cost"], 9_900,
        "replaced in its place"
    );
    assert_eq!(products[0]["routes"].as_array().unwrap().len(), 1);
    assert_eq!(products[3]["routes"][0]["cost"], "24000.50");
    let again = import(&dewi, "", MORE).await;
    assert_eq!(again.http, 200);
    let mut repeated = catalog(&dewi).await;
    repeated["version"] = after["version"].clone();
    assert_eq!(
        repeated, after,
        "repeating it changes nothing but the version"
    );
    let list = agen.get("/api/v1/products").await;
    let rows = list.body["data"]["products"].as_array().unwrap();
    assert!(
        rows.iter()
            .any(|row| row["code"] == "XL25" && row["price"] == 25_000)
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_catalog_is_refused_whole_and_every_fault_is_named() {
    let house = House::open().await;
    let dewi = house.dewi();
    let before = catalog(&dewi).await;
    let broken = MORE
        .replace("category = \"pulsa\"", "category = \"pulza\"")
        .replace(
            "supplier = \"digiflazz\"\nsku = \"xld25\"",
            "supplier = \"lain\"\nsku = \"xld25\"",
        )
        .replace("sell = 25000", "sell = 25000\nflat = 1");
    let told = import(&dewi, "", &broken).await;
    let faults: Vec<&str> = told.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        faults,
        ["/products/0/category", "/mappings/0/supplier", "/prices/0"],
        "{}",
        told.text
    );
    for (text, pointer) in [
        (
            "[[members]]\ncode = \"x\"\ntier = \"retail\"\nkind = \"shop\"\n",
            "/members",
        ),
        (
            "[[suppliers]]\nslug = \"digiflazz\"\nname = \"D\"\nfloat = 5\n",
            "/suppliers/0/float",
        ),
        (
            "[[suppliers]]\nslug = \"baru\"\nname = \"B\"\n",
            "/suppliers/0/slug",
        ),
        ("[[product]]\ncode = \"X\"\n", "/product"),
        ("[[categories]]\nslug = \"a\"\n", "/categories/0"),
        ("categories = 1\n", "/categories"),
    ] {
        let told = import(&dewi, "", text).await;
        assert_eq!(told.http, 422, "{text}: {}", told.text);
        let named = told.body["errors"][0]["pointer"].as_str().unwrap();
        assert!(named.starts_with(pointer), "{text}: {named}");
    }
    let json = dewi
        .admin(
            "/catalog/import",
            &json!({"categories": [{"slug": "game", "name": "Game"}]}),
        )
        .await;
    assert_eq!(json.http, 200, "the same shape as JSON: {}", json.text);
    let mut after = catalog(&dewi).await;
    after["version"] = before["version"].clone();
    assert_eq!(after, before);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_route_stays_closed_through_an_import() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let route = json!({"product": "XL10", "supplier": "digiflazz", "sku": "xld10"});
    for _ in 0..2 {
        let closed = dewi
            .admin("/catalog/switch", &json!({"route": route, "active": false}))
            .await;
        assert_eq!(closed.http, 200, "{}", closed.text);
    }
    assert_eq!(import(&dewi, "", MORE).await.http, 200);
    let told = agen.post(&order("T-1", "087800005001")).await;
    assert_eq!(told.refusal(), (422, "PRODUCT_UNAVAILABLE"));
    dewi.admin("/catalog/switch", &json!({"route": route, "active": true}))
        .await;
    let told = agen.post_and_wait(&order("T-2", "087800005001")).await;
    assert_eq!(told.data("status"), "SUCCESS");
    for what in [
        json!({"supplier": "digiflazz", "active": false}),
        json!({"product": "XL10", "active": false}),
    ] {
        assert_eq!(dewi.admin("/catalog/switch", &what).await.http, 200);
    }
    let told = agen.post(&order("T-3", "087800005002")).await;
    assert_eq!(told.refusal(), (422, "PRODUCT_UNAVAILABLE"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_are_set_and_removed() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let price = async || {
        let list = agen.get("/api/v1/products").await;
        list.body["data"]["products"][0]["price"].clone()
    };
    assert_eq!(price().await, 10_500);
    let own = json!({"member": "agen", "product": "XL10", "sell": 10_200});
    for _ in 0..2 {
        assert_eq!(dewi.admin("/prices", &own).await.http, 200);
        assert_eq!(price().await, 10_200);
    }
    let gone = json!({"member": "agen", "product": "XL10"});
    assert_eq!(dewi.admin("/prices/remove", &gone).await.http, 200);
    assert_eq!(
        dewi.admin("/prices/remove", &gone).await.refusal(),
        (404, "NOT_FOUND")
    );
    assert_eq!(price().await, 10_500);
    let base = dewi
        .admin("/products/XL10/base-price", &json!({"base_price": 11_000}))
        .await;
    assert_eq!(base.http, 200, "{}", base.text);
    assert_eq!(price().await, 11_500);
    let absent = dewi
        .admin("/products/NONE9/base-price", &json!({"base_price": 1}))
        .await;
    assert_eq!(absent.refusal(), (404, "NOT_FOUND"));
    house.close().await;
}

#[rstest]
#[case("/prices", json!({"tier": "retail", "member": "agen", "product": "XL10", "flat": 1}), "")]
#[case("/prices", json!({"tier": "gold", "product": "XL10", "flat": 1}), "/tier")]
#[case("/prices", json!({"tier": "retail", "product": "XL99", "flat": 1}), "/product")]
#[case("/prices", json!({"tier": "retail", "product": "XL10"}), "")]
#[case("/prices", json!({"tier": "retail", "product": "XL10", "ppm": 10_000_001}), "/ppm")]
#[case("/prices", json!({"tier": "retail", "product": "XL10", "flat": 1.5}), "/flat")]
#[case("/prices", json!({"tier": "retail", "product": "XL10", "flat": 1, "cost": 1}), "/cost")]
#[case("/prices/remove", json!({"tier": "retail", "category": "pulsa", "flat": 500}), "/flat")]
#[case("/catalog/switch", json!({"active": true}), "")]
#[case("/catalog/switch", json!({"supplier": "lain", "active": true}), "/supplier")]
#[case("/catalog/switch", json!({"product": "XL10"}), "/active")]
#[case("/catalog/switch", json!({"route": {"product": "XL10", "supplier": "digiflazz", "sku": "no"}, "active": true}), "/route")]
#[case("/products/XL10/base-price", json!({"base_price": "1.005"}), "/base_price")]
#[case("/products/XL10/base-price", json!({"base_price": -1}), "/base_price")]
#[case("/products/XL10/base-price", json!({"base_price": 10_000_000_000_000_u64}), "/base_price")]
#[tokio::test(flavor = "multi_thread")]
async fn t_02_bad_prices_are_named(#[case] path: &str, #[case] body: Value, #[case] field: &str) {
    let house = House::open().await;
    let told = house.dewi().admin(path, &body).await;
    assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_are_recounted_while_the_server_runs() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    agen.post_and_wait(&order("H-1", "087800005003")).await;
    let told = dewi.get("/api/v1/admin/books").await;
    assert_eq!(told.body["data"]["closes"], true, "{}", told.text);
    assert_eq!(told.body["data"]["differences"], json!([]));
    house.close().await;
}
