//! The entries of the catalog one by one: created, read, changed as they were seen, closed, never removed.

use std::time::Instant;

use reqwest::Method;
use rstest::rstest;
use sandbox::{Match, Plan};
use serde_json::{Value, json};

use crate::commands::{asked, said};
use crate::house::{Client, House, PATIENCE, Told, nonce, order, seconds};
use crate::leaks::captured;

async fn show(dewi: &Client, path: &str) -> Value {
    let told = dewi.get(&format!("/api/v1/admin{path}")).await;
    assert_eq!(told.http, 200, "{}", told.text);
    told.body["data"].clone()
}

/// A change of what is there, as it is there.
async fn change(dewi: &Client, path: &str, mut body: Value) -> Told {
    body["version"] = show(dewi, path).await["version"].clone();
    dewi.admin(path, &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_made_of_entries_and_sold() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let made = [
        ("/categories", json!({"slug": "games", "name": "Games"})),
        (
            "/products",
            json!({
                "code": "FF70", "name": "Free Fire 70", "category": "games", "destination": {"digits": [8, 12]}, "base_price": "10000.50",
                "input_fields": [{"key": "user_id", "label": "Player ID", "rule": {"digits": {"min": 8, "max": 12}}}],
            }),
        ),
        (
            "/mappings",
            json!({"product": "FF70", "supplier": "digiflazz", "sku": "xld10", "cost": 10_000}),
        ),
        (
            "/suppliers",
            json!({"slug": "digiflazz", "name": "Sandbox"}),
        ),
    ];
    for (path, body) in &made {
        for _ in 0..2 {
            let told = dewi.admin(path, body).await;
            assert_eq!(told.http, 200, "the same again: {}", told.text);
        }
    }
    let rule = json!({"tier": "retail", "category": "games", "flat": 500});
    assert_eq!(dewi.admin("/prices", &rule).await.http, 200);
    let product = show(&dewi, "/products/FF70").await;
    assert_eq!(product["brand"], "Games");
    assert_eq!(product["destination"], json!({"digits": [8, 12]}));
    assert_eq!(product["input_fields"][0]["key"], "user_id");
    let bought = json!({"ref_id": "E-1", "product": "FF70", "destination": "0878000050"});
    let told = agen.post_and_wait(&bought).await;
    assert_eq!(
        told.body["data"]["price"], 10_501,
        "up to whole rupiah: {}",
        told.text
    );
    for (path, field, other) in [
        (
            "/categories",
            "name",
            json!({"slug": "games", "name": "Lain"}),
        ),
        (
            "/mappings",
            "cost",
            json!({"product": "FF70", "supplier": "digiflazz", "sku": "xld10", "cost": 9_999}),
        ),
        (
            "/suppliers",
            "name",
            json!({"slug": "digiflazz", "name": "Lain"}),
        ),
    ] {
        let told = dewi.admin(path, &other).await;
        assert_eq!(told.refusal(), (409, "ALREADY_EXISTS"));
        assert_eq!(told.body["errors"][0]["pointer"], format!("/{field}"));
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_what_they_have_not_seen() {
    let house = House::open().await;
    let dewi = house.dewi();
    for (path, first, second) in [
        (
            "/categories/pulsa",
            json!({"name": "A"}),
            json!({"name": "B"}),
        ),
        (
            "/products/XL10",
            json!({"base_price": 10_100}),
            json!({"multi": true}),
        ),
        (
            "/mappings/0",
            json!({"cost": "9999.50"}),
            json!({"priority": 3}),
        ),
        (
            "/suppliers/digiflazz",
            json!({"active": false}),
            json!({"name": "B"}),
        ),
    ] {
        let seen = show(&dewi, path).await["version"].clone();
        let with = |mut body: Value| {
            body["version"] = seen.clone();
            body
        };
        let told = dewi.admin(path, &with(first.clone())).await;
        assert_eq!(told.http, 200, "{path}: {}", told.text);
        assert_ne!(told.body["data"]["version"], seen);
        let again = dewi.admin(path, &with(first)).await;
        assert_eq!(again.http, 200, "it is so already: {}", again.text);
        let told = dewi.admin(path, &with(second)).await;
        assert_eq!(told.refusal(), (409, "DATA_CHANGED"), "{path}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_17_what_the_engine_closed_meanwhile_is_not_opened_by_who_has_not_seen_it() {
    let house = House::open().await;
    let dewi = house.dewi();
    let before = show(&dewi, "/mappings/0").await;
    let route = json!({"product": "XL10", "supplier": "digiflazz", "sku": "xld10"});
    dewi.admin("/catalog/switch", &json!({"route": route, "active": false}))
        .await;
    let cost = json!({"version": before["version"], "cost": 10_100});
    let told = dewi.admin("/mappings/0", &cost).await;
    assert_eq!(told.refusal(), (409, "DATA_CHANGED"));
    assert_eq!(show(&dewi, "/mappings/0").await["active"], false);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_is_not_sold_and_nothing_is_removed() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let closed = [
        "/products/XL10",
        "/mappings/0",
        "/suppliers/digiflazz",
        "/categories/pulsa",
    ];
    for (n, path) in closed.iter().enumerate() {
        assert_eq!(
            change(&dewi, path, json!({"active": false})).await.http,
            200
        );
        let told = agen.post(&order(&format!("C-{n}"), "087800005001")).await;
        assert_eq!(told.refusal(), (422, "PRODUCT_UNAVAILABLE"), "{path}");
        assert_eq!(change(&dewi, path, json!({"active": true})).await.http, 200);
    }
    for (active, http) in [(false, 422), (true, 200)] {
        let switch = json!({"category": "pulsa", "active": active});
        assert_eq!(dewi.admin("/catalog/switch", &switch).await.http, 200);
        let told = agen
            .post_and_wait(&order(&format!("C-{active}"), "087800005002"))
            .await;
        assert_eq!(told.http, http, "{}", told.text);
    }
    let told = agen.post_and_wait(&order("C-9", "087800005001")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let told = show(&dewi, "/suppliers/digiflazz").await;
    assert_eq!(
        (&told["deposit"], &told["configured"]),
        (&json!(99_980_000), &json!(true))
    );
    let path = "/api/v1/admin/products/XL10";
    let request = dewi.signed(&Method::DELETE, path, b"", seconds(), &nonce());
    let told = request.send().await.unwrap();
    assert_eq!(told.status(), 405);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supplier_is_shown_as_it_is() {
    let house = House::open_with(&[("ENGINE__BALANCE_EVERY", "1m")]).await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let path = "/suppliers/digiflazz";
    let told = agen.post_and_wait(&order("V-1", "087800005091")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let began = Instant::now();
    let told = loop {
        let told = show(&dewi, path).await;
        if told["balance"] != Value::Null {
            break told;
        }
        assert!(began.elapsed() < PATIENCE, "its balance was not read");
        tokio::task::yield_now().await;
    };
    assert_eq!(told["balance"]["left"], house.sandbox.balance());
    assert!(
        told["balance"]["read_at"]
            .as_str()
            .unwrap()
            .ends_with("+07:00")
    );
    assert_eq!(
        (&told["open"], &told["closed_by"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(
        (&told["success_ppm"], &told["doubt_ppm"]),
        (&json!(1_000_000), &json!(0))
    );
    assert_eq!(
        (&told["free"], &told["waiting"]),
        (&json!(99_990_000), &json!(0))
    );
    let number = "087800005092";
    house
        .sandbox
        .script(Match::CustomerNo(number.into()), Plan::gagal());
    let told = agen.post_and_wait(&order("V-2", number)).await;
    assert_eq!(told.data("status"), "FAILED", "{}", told.text);
    assert_eq!(
        show(&dewi, path).await["success_ppm"],
        937_500,
        "one of sixteen"
    );
    change(&dewi, path, json!({"active": false})).await;
    let told = show(&dewi, path).await;
    assert_eq!(
        (&told["open"], &told["closed_by"]),
        (&json!(false), &json!("supplier switched off"))
    );
    house.close().await;
}

/// What may be bought in a day is set, seen as it is used up, and taken away.
#[tokio::test(flavor = "multi_thread")]
async fn a_quota_of_a_day_is_set_told_and_kept_to() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let (supplier, route) = ("/suppliers/digiflazz", "/mappings/0");
    assert_eq!(show(&dewi, supplier).await["quota_orders"], json!(null));
    for (path, quota) in [
        (supplier, json!({"quota_orders": 1})),
        (route, json!({"quota_amount": "10000.50"})),
    ] {
        let told = change(&dewi, path, quota).await;
        assert_eq!(told.http, 200, "{}", told.text);
    }
    assert_eq!(show(&dewi, route).await["quota_amount"], "10000.50");
    let bought = agen.post_and_wait(&order("Q-1", "087800005001")).await;
    assert_eq!(bought.data("status"), "SUCCESS", "{}", bought.text);
    let told = show(&dewi, supplier).await;
    assert_eq!(
        (&told["quota_used_orders"], &told["quota_used_amount"]),
        (&json!(1), &json!(10_000))
    );
    assert_eq!(
        (&told["open"], &told["closed_by"]),
        (&json!(false), &json!("over its quota of the day"))
    );
    let told = agen.post_and_wait(&order("Q-2", "087800005002")).await;
    assert_eq!(told.refusal(), (422, "PRODUCT_UNAVAILABLE"));
    // Who only renames it leaves its quota.
    change(&dewi, supplier, json!({"name": "Sandbox"})).await;
    assert_eq!(show(&dewi, supplier).await["quota_orders"], 1);
    // Without the supplier's, the route's own stands: one costs 10,000.
    change(&dewi, supplier, json!({"quota_orders": null})).await;
    let told = agen.post_and_wait(&order("Q-3", "087800005003")).await;
    assert_eq!(told.refusal(), (422, "PRODUCT_UNAVAILABLE"));
    change(&dewi, route, json!({"quota_amount": null})).await;
    let told = agen.post_and_wait(&order("Q-4", "087800005004")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_page_by_page_and_an_import_keeps_the_form() {
    let house = House::open().await;
    let dewi = house.dewi();
    let fields = json!([{"key": "note", "label": "Catatan", "rule": {"text": {"max": 20}}}]);
    let told = change(&dewi, "/products/XL10", json!({"input_fields": fields})).await;
    assert_eq!(told.http, 200, "{}", told.text);
    let file = json!({"products": [{
        "code": "XL10", "name": "XL 10", "category": "pulsa", "destination": "phone", "base_price": 10_000,
    }]});
    assert_eq!(dewi.admin("/catalog/import", &file).await.http, 200);
    assert_eq!(show(&dewi, "/products/XL10").await["input_fields"], fields);
    let first = show(&dewi, "/products?limit=2").await;
    assert_eq!(first["products"].as_array().unwrap().len(), 2);
    let next = first["next_cursor"].as_str().unwrap();
    let rest = show(&dewi, &format!("/products?limit=2&cursor={next}")).await;
    assert_eq!(rest["products"].as_array().unwrap().len(), 1);
    house.close().await;
}

#[rstest]
#[case("/categories", json!({"slug": "Games", "name": "Games"}), "/slug")]
#[case("/categories", json!({"slug": "games", "name": ""}), "/name")]
#[case("/products", json!({"code": "A1", "name": "A", "category": "x", "destination": "phone", "base_price": 1}), "/category")]
#[case("/products", json!({"code": "A1", "name": "A", "category": "pulsa", "destination": {"digits": [5, 4]}, "base_price": 1}), "/destination")]
#[case("/products", json!({"code": "A1", "name": "A", "category": "pulsa", "destination": "phone", "base_price": -1}), "/base_price")]
#[case("/mappings", json!({"product": "NO", "supplier": "digiflazz", "sku": "s", "cost": 1}), "/product")]
#[case("/mappings", json!({"product": "XL10", "supplier": "lain", "sku": "s", "cost": 1}), "/supplier")]
#[case("/mappings", json!({"product": "XL10", "supplier": "digiflazz", "sku": "s", "cost": 0}), "/cost")]
#[case("/mappings", json!({"product": "XL10", "supplier": "digiflazz", "sku": "s", "cost": 1, "quota_amount": -1}), "/quota_amount")]
#[case("/suppliers", json!({"slug": "lain", "name": "Lain"}), "/slug")]
#[case("/suppliers", json!({"slug": "digiflazz", "name": "Lain", "quota_orders": -1}), "/quota_orders")]
#[case("/products/XL10", json!({"name": "A"}), "/version")]
#[case("/products/XL10", json!({"version": "9f86d081884c7d65*"}), "/version")]
#[case("/mappings/0", json!({"version": "9F86D081884C7D65", "active": true}), "/version")]
#[tokio::test(flavor = "multi_thread")]
async fn t_02_bad_entries_are_named(#[case] path: &str, #[case] body: Value, #[case] field: &str) {
    let house = House::open().await;
    let told = house.dewi().admin(path, &body).await;
    assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_line_says_what_was_before_and_after() {
    let log = captured();
    let house = House::open().await;
    let dewi = house.dewi();
    let told = change(
        &dewi,
        "/products/XL10",
        json!({"base_price": 10_100, "multi": true}),
    )
    .await;
    let request = told.headers["x-request-id"].to_str().unwrap().to_owned();
    let text = log.text();
    let line = text
        .lines()
        .find(|line| line.contains(" audit: ") && line.contains(&request));
    let line = line.unwrap_or_default();
    for part in [
        "action=\"product.change\"",
        "product XL10",
        "base_price: 10000 -> 10100",
        "multi: false -> true",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_do_the_same() {
    let house = House::open().await;
    let made = said(asked(
        &house,
        "category create slug=games name=Games --json",
    ))
    .await
    .json();
    assert_eq!(made["slug"], "games");
    let seen = said(asked(&house, "product show XL10 --json")).await.json();
    let version = seen["version"].as_str().unwrap();
    let line = format!("product change XL10 --version {version} active=false cut_off=23:45-00:15");
    let told = said(asked(&house, &line)).await;
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("23:45-00:15"), "{}", told.out);
    let list = said(asked(&house, "mapping list")).await;
    assert!(list.out.contains("xld10"), "{}", list.out);
    let list = said(asked(&house, "supplier list --json")).await.json();
    assert_eq!(list[0]["slug"], "digiflazz");
    let stale = said(asked(&house, &line.replace("23:45", "23:40"))).await;
    assert_eq!(stale.code, 1);
    assert!(stale.err.contains("DATA_CHANGED"), "{}", stale.err);
    house.close().await;
}
